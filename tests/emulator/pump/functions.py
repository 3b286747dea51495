"""The functions and their processes."""

import json
import os
import queue
import threading

from ..control_client import Control
from .sandbox import Result, Sandbox


class FunctionPool:
    """As many sandboxes as the function's concurrency; an invocation waits for one that is free."""

    def __init__(self, function, config):
        self.function = function
        self._control = Control(config.control) if config.control else None
        self._sandboxes = [Sandbox(function, config, n, os.environ) for n in range(function.concurrency)]
        self._free = queue.SimpleQueue()
        for sandbox in self._sandboxes:
            self._free.put(sandbox)
        self._registered = []
        self._lock = threading.Lock()
        self.invocations = 0
        self.errors = 0

    def start(self):
        for sandbox in self._sandboxes:
            sandbox.start()
        self._register()

    def invoke(self, event):
        """`event` as bytes or as what JSON is made of; a Result."""
        payload = event if isinstance(event, bytes) else json.dumps(event).encode()
        sandbox = self._free.get()
        try:
            if sandbox.pid is None:
                result = self._revive(sandbox)
                if result is not None:
                    return self._count(result)
            return self._count(sandbox.invoke(payload))
        finally:
            self._free.put(sandbox)

    def kill(self):
        """End the function's processes as a crash would."""
        for sandbox in self._sandboxes:
            sandbox.kill()

    def stop(self):
        for sandbox in self._sandboxes:
            sandbox.stop()

    def status(self):
        return {
            "pids": [sandbox.pid for sandbox in self._sandboxes],
            "starts": sum(sandbox.starts for sandbox in self._sandboxes),
            "cold_start_ms": [
                round(s.cold_start_seconds * 1000, 1) for s in self._sandboxes if s.cold_start_seconds
            ],
            "invocations": self.invocations,
            "errors": self.errors,
        }

    def _revive(self, sandbox):
        """Start a dead sandbox again; the failed Result of the invocation where it won't."""
        try:
            sandbox.start()
        except (RuntimeError, OSError) as error:
            sandbox.stop()
            return Result(b"", str(error))
        self._register()
        return None

    def _count(self, result):
        with self._lock:
            self.invocations += 1
            self.errors += result.error is not None
        return result

    def _register(self):
        """Tell the emulator whom a fault with `kill` ends."""
        pids = [sandbox.pid for sandbox in self._sandboxes if sandbox.pid is not None]
        if self._control is not None:
            self._control.set_caller(self.function.access_key, pids)
