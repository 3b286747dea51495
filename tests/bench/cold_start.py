"""
What a cold start costs: from the start of the process to its first poll for work, with its clients built.

    (cd functions && cargo build --release -p keytrail-detect -p keytrail-respond -p keytrail-notify -p keytrail-tests)
    .tools/emulator/bin/python tests/bench/cold_start.py [--runs 30] [--binaries target/release]

Beside the functions, in the same run, by turns: a binary that is lambda_runtime and nothing else, and a Python handler with
boto3. CPU is what the kernel's scheduler has given to the process's threads up to the poll (schedstat, in nanoseconds);
memory is the resident set at that moment and its peak until then. The zip is the binary alone, as it is deployed.
"""

import argparse
import io
import statistics
import subprocess
import sys
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
ENVIRONMENT = {
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "not a secret",
    "AWS_LAMBDA_FUNCTION_NAME": "measured",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
    "AWS_LAMBDA_FUNCTION_VERSION": "1",
    "KEYTRAIL_TABLE": "keytrail",
    "KEYTRAIL_TOPIC_ARN": "arn:aws:sns:us-east-1:111122223333:pages",
    "KEYTRAIL_DENY_POLICY_ARN": "arn:aws:iam::111122223333:policy/KeytrailDenyBearer",
}


class RuntimeApi:
    """Lambda's runtime API as far as the first poll, which is never answered."""

    def __init__(self):
        self.polled = threading.Event()
        self.done = threading.Event()
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                api.polled.set()
                api.done.wait(10)

            def log_message(self, *_args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()


def measure(command):
    """(CPU in ms, resident MiB, peak MiB) at the first poll."""
    api = RuntimeApi()
    environment = {**ENVIRONMENT, "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{api.server.server_port}"}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        if not api.polled.wait(20):
            sys.exit(f"{command[0]} didn't ask for work: {process.stderr.peek()[:500]}")
        tasks = Path(f"/proc/{process.pid}/task").iterdir()
        nanoseconds = sum(int((task / "schedstat").read_text().split()[0]) for task in tasks)
        status = dict(
            line.split(":", 1) for line in Path(f"/proc/{process.pid}/status").read_text().splitlines() if ":" in line
        )
        resident, peak = (int(status[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))
        return nanoseconds / 1e6, resident, peak
    finally:
        process.kill()
        process.wait()
        api.done.set()
        api.server.shutdown()
        api.server.server_close()


def zipped(path):
    """The size of a zip with the binary, in MB."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.write(path, "bootstrap")
    return len(buffer.getvalue()) / 1e6


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--binaries", type=Path, default=ROOT / "target" / "release")
    arguments = parser.parse_args()
    functions = {name: arguments.binaries / f"keytrail-{name}" for name in ("detect", "respond", "notify")}
    commands = {
        "lambda_runtime alone": [arguments.binaries / "bare-lambda"],
        **{name: [path] for name, path in functions.items()},
        "boto3": [sys.executable, HERE / "boto3_handler.py"],
    }
    results = {name: [] for name in commands}
    for _ in range(arguments.runs):
        for name, command in commands.items():
            results[name].append(measure([str(part) for part in command]))
    median = lambda name, index: statistics.median(run[index] for run in results[name])  # noqa: E731
    python = median("boto3", 0)
    print(f"{'':22}{'CPU ms':>8}{'least':>8}{'most':>8}{'RSS MiB':>9}{'peak':>7}{'zip MB':>8}{'boto3 is':>10}")
    for name, runs in results.items():
        cpu = [run[0] for run in runs]
        size = f"{zipped(functions[name]):8.2f}" if name in functions else f"{'':8}"
        print(
            f"{name:22}{statistics.median(cpu):8.2f}{min(cpu):8.2f}{max(cpu):8.2f}{median(name, 1):9.1f}{median(name, 2):7.1f}"
            f"{size}{python / statistics.median(cpu):9.0f}x"
        )


if __name__ == "__main__":
    main()
