"""One process of a function, under a cargo-lambda runtime emulator of its own."""

import http.client
import json
import select
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from .. import processes
from .runtime_api import RuntimeApi

CARGO_LAMBDA = Path(__file__).resolve().parents[3] / ".tools" / "bin" / "cargo-lambda"
START_SECONDS = 20.0
WATCH_SECONDS = 0.05  # how soon a dead function is noticed
OUTLIVES = ("PATH", "HOME", "RUST_BACKTRACE", "LLVM_PROFILE_FILE")


@dataclass(frozen=True)
class Result:
    """
    `error` is None where the function answered; else what went wrong, in one line. `body` is the function's
    bytes.
    """

    body: bytes
    error: str | None = None


def write_project(folder, names):
    """
    cargo-lambda serves the binaries of a Cargo project and looks no further than their names: a project of
    names only.
    """
    binaries = "".join(f'[[bin]]\nname = "{name}"\npath = "main.rs"\n' for name in names)
    Path(folder, "Cargo.toml").write_text(
        f'[package]\nname = "functions"\nversion = "0.0.0"\nedition = "2021"\n[workspace]\n{binaries}'
    )
    Path(folder, "main.rs").write_text("fn main() {}\n")


class Sandbox:
    """
    Starts with `start`, then serves one `invoke` at a time. After a crash or a timeout it is down (`pid` is
    None) and nothing of it is used again: `start` makes function and runtime emulator anew, so that no
    invocation left over is handed out late.
    """

    def __init__(self, function, config, number, environment):
        self._function = function
        self._config = config
        self._environment = environment
        self._log_path = Path(config.logs, f"{function.name}-{number}.log")
        self._runtime = self._api = self._process = self._project = None
        self._runtime_port = None
        self.starts = 0
        self.cold_start_seconds = None

    @property
    def pid(self):
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self):
        """
        Start function and emulator; returns when the function asks for work. Raises RuntimeError when it
        doesn't.
        """
        self.stop()
        self._start_runtime()
        arn = f"arn:aws:lambda:{self._config.region}:{self._config.account}:function:{self._function.name}"
        self._api = RuntimeApi(self._function, arn, self._runtime_port)
        started = time.monotonic()
        with open(self._log_path, "ab") as log:
            self._process = processes.start(
                self._function.command, env=self._variables(), stdout=log, stderr=subprocess.STDOUT
            )
        self.starts += 1
        while not self._api.polled.wait(0.005):
            if self._process.poll() is not None:
                raise RuntimeError(
                    f"{self._function.name} ended before it asked for work, see {self._log_path}"
                )
            if time.monotonic() - started > START_SECONDS:
                raise RuntimeError(
                    f"{self._function.name} asked for no work in {START_SECONDS:.0f} s, see {self._log_path}"
                )
        self.cold_start_seconds = self._api.first_poll - started

    def invoke(self, payload):
        """
        Hand over an event (bytes of JSON) and wait for the outcome, the function's death or its timeout.
        """
        connection = http.client.HTTPConnection("127.0.0.1", self._runtime_port)
        try:
            path = f"/2015-03-31/functions/{self._function.name}/invocations"
            connection.request("POST", path, body=payload, headers={"Content-Type": "application/json"})
            if problem := self._wait_for(connection.sock):
                self.stop()
                return Result(b"", problem)
            response = connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            self.stop()
            return Result(b"", f"the runtime emulator failed: {error!r}")
        finally:
            connection.close()
        return Result(body, None if response.status == 200 else _function_error(body))

    def kill(self):
        """End the function as a crash would; whoever waits for its answer is told."""
        if (process := self._process) is not None:
            process.kill()
            process.wait()

    def stop(self):
        """Take everything down; the function without warning, as Lambda does."""
        for process in (self._process, self._runtime):
            if process is not None:
                process.kill()
                process.wait()
        if self._api is not None:
            self._api.close()
        if self._project is not None:
            shutil.rmtree(self._project, ignore_errors=True)
        self._runtime = self._api = self._process = self._project = None

    def _wait_for(self, answered):
        deadline = time.monotonic() + self._function.timeout
        while not select.select([answered], [], [], WATCH_SECONDS)[0]:
            if self._process.poll() is not None:
                return f"the function ended with {self._process.returncode}"
            if time.monotonic() > deadline:
                return f"the function took longer than {self._function.timeout:g} s"
        return None

    def _start_runtime(self):
        if not CARGO_LAMBDA.exists():
            raise RuntimeError("cargo-lambda is not installed: run tests/tools/install lambda")
        self._project = tempfile.mkdtemp(prefix="keytrail-function-")
        write_project(self._project, [self._function.name])
        self._runtime_port = processes.free_port()
        options = ["--only-lambda-apis", "--ignore-changes", "--invoke-address", "127.0.0.1"]
        with open(self._log_path, "ab") as log:
            self._runtime = processes.start(
                [CARGO_LAMBDA, "lambda", "watch", *options, "--invoke-port", self._runtime_port],
                cwd=self._project,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + START_SECONDS
        while not _listens(self._runtime_port):
            if self._runtime.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"cargo-lambda did not start, see {self._log_path}")
            time.sleep(0.005)

    def _variables(self):
        """
        The environment that Lambda documents, and the function's own; of ours only what programs cannot do
        without.
        """
        function, config = self._function, self._config
        return {
            **{name: value for name, value in self._environment.items() if name in OUTLIVES},
            "AWS_LAMBDA_RUNTIME_API": self._api.address,
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": "local",
            "AWS_LAMBDA_LOG_FORMAT": "JSON",
            "AWS_REGION": config.region,
            "AWS_DEFAULT_REGION": config.region,
            "AWS_ACCESS_KEY_ID": function.access_key,
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_ENDPOINT_URL": config.endpoint,
            "_HANDLER": "bootstrap",
            "TZ": ":UTC",
            **function.environment,
        }


def _listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _function_error(body):
    """The runtime API's error document in one line: {"errorType": ..., "errorMessage": ...}."""
    try:
        document = json.loads(body)
        return f"{document.get('errorType')}: {document.get('errorMessage')}"
    except (ValueError, AttributeError):
        return f"the function failed: {body[:200]!r}"
