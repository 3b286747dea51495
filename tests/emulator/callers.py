"""Which processes call with which access key, so that a fault can end one in the middle of a call."""

import contextlib
import os
import signal
import threading


class Callers:
    """access key -> process ids, as whoever starts the processes registers them."""

    def __init__(self):
        self._lock = threading.Lock()
        self._pids = {}

    def register(self, access_key, pids):
        """These processes, and no others, have this key."""
        with self._lock:
            self._pids[access_key] = list(pids)

    def kill(self, access_key):
        """End them at once, without a chance to clean up: what a crash or a Lambda timeout does."""
        with self._lock:
            pids = self._pids.pop(access_key, [])
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
