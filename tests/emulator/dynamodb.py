"""DynamoDB Local: AWS's own engine, in memory."""

import http.client
import subprocess
import time
from pathlib import Path

from . import processes

TOOLS = Path(__file__).resolve().parents[2] / ".tools"
READY_SECONDS = 60.0
# Started often and for short: the first compiler only, and the collector that starts fastest.
JAVA_OPTIONS = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx1g")


class DynamoDBLocal:
    """
    A running DynamoDB Local. It listens on every interface of the machine (it has no option for an address),
    holds nothing but what tests put into it, and forgets everything at `stop`.
    """

    def __init__(self, log_path):
        self.host, self.port = "127.0.0.1", processes.free_port()
        home = (TOOLS / "dynamodb" / "current").resolve()
        java = TOOLS / "bin" / "java"
        if not home.exists() or not java.exists():
            raise FileNotFoundError("DynamoDB Local is not installed: run tests/tools/install dynamodb")
        self._log_path = log_path
        with open(log_path, "wb") as log:
            self._process = processes.start(
                [
                    java.resolve(),
                    *JAVA_OPTIONS,
                    f"-Djava.library.path={home / 'DynamoDBLocal_lib'}",
                    "-jar",
                    home / "DynamoDBLocal.jar",
                    "-inMemory",
                    "-sharedDb",  # one database for all access keys
                    "-disableTelemetry",
                    "-port",
                    self.port,
                ],
                cwd=home,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def wait_until_ready(self):
        """Returns when it answers; raises with its own words when it doesn't."""
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise RuntimeError(f"DynamoDB Local ended at its start: {Path(self._log_path).read_text()}")
            if self._answers():
                return
            time.sleep(0.02)
        raise TimeoutError(
            f"DynamoDB Local did not answer within {READY_SECONDS:.0f} s, see {self._log_path}"
        )

    def _answers(self):
        connection = http.client.HTTPConnection(self.host, self.port, timeout=5)
        try:
            # An unsigned request is refused with 400, which is an answer.
            connection.request("GET", "/")
            return connection.getresponse().status == 400
        except OSError:
            return False
        finally:
            connection.close()

    def stop(self):
        # It has nothing to save, and takes two seconds to end in order.
        self._process.kill()
        self._process.wait()
