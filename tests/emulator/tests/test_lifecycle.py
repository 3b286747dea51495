"""The emulator as a program: it leaves nothing behind, however it ends."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[2]


def children(pid):
    return [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def gone_soon(pids):
    deadline = time.monotonic() + 30
    while any(map(alive, pids)):
        assert time.monotonic() < deadline, f"still there: {[pid for pid in pids if alive(pid)]}"
        time.sleep(0.02)


@pytest.fixture
def start(tmp_path):
    """Starts a program of the package, with a pipe as its stdin and its folders where pytest clears up."""
    started = []
    environment = {**os.environ, "TMPDIR": str(tmp_path)}

    def start(*arguments):
        command = [sys.executable, "-m", *arguments, "--until-stdin-closes"]
        process = subprocess.Popen(
            command, cwd=TESTS, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        return process, json.loads(process.stdout.readline())

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def end(process, how):
    if how == "close stdin":
        process.stdin.close()
    else:
        os.kill(process.pid, {"interrupt": signal.SIGINT, "kill": signal.SIGKILL}[how])
    assert process.wait(30) == (-signal.SIGKILL if how == "kill" else 0)


HOWS = ["interrupt", "close stdin", "kill"]


@pytest.mark.parametrize("how", HOWS)
def test_the_emulator_ends_with_its_children_and_its_folder(start, how):
    program, addresses = start("emulator")
    running = children(program.pid)
    assert len(running) == 1 and addresses["pid"] == program.pid
    end(program, how)
    gone_soon(running)
    # Nothing can clean up after a SIGKILL but the processes.
    assert Path(addresses["folder"]).exists() == (how == "kill")


@pytest.mark.parametrize("how", HOWS)
def test_the_pump_ends_with_its_functions(start, how, tmp_path):
    function = {
        "command": [sys.executable, str(Path(__file__).with_name("function.py"))],
        "environment": {"SEEN": str(tmp_path / "seen")},
        "access_key": "AKIAPUMPEDFUNCTION00",
    }
    config = {
        "endpoint": "http://127.0.0.1:1", "region": "us-east-1", "account": "123456789012",
        "logs": str(tmp_path),
        "functions": {"one": function, "two": {**function, "concurrency": 2}},
        # Nobody answers at the endpoint: the poller is in trouble, and must end all the same.
        "mappings": {"m": {"kind": "queue", "function": "one", "queue": "none"}},
    }  # fmt: skip
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config))
    program, _ = start("emulator.pump", str(path))
    running = children(program.pid)
    assert len(running) == 6  # three functions, and cargo-lambda for each
    end(program, how)
    gone_soon(running)
