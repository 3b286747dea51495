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
    return [int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()]


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def gone_soon(pids):
    deadline = time.monotonic() + 10
    while any(map(alive, pids)):
        assert time.monotonic() < deadline, f"still there: {[pid for pid in pids if alive(pid)]}"
        time.sleep(0.02)


@pytest.fixture
def program():
    process = subprocess.Popen(
        [sys.executable, "-m", "emulator", "--until-stdin-closes"],
        cwd=TESTS,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.mark.parametrize("end", ["interrupt", "close stdin", "kill"])
def test_it_ends_with_its_children_and_its_folder(program, end):
    addresses = json.loads(program.stdout.readline())
    started = children(program.pid)
    assert started and addresses["pid"] == program.pid
    if end == "close stdin":
        program.stdin.close()
    else:
        number = {"interrupt": signal.SIGINT, "kill": signal.SIGKILL}[end]
        os.kill(program.pid, number)
    assert program.wait(10) == (-signal.SIGKILL if end == "kill" else 0)
    gone_soon(started)
    # Nothing can clean up after a SIGKILL but the processes.
    assert Path(addresses["folder"]).exists() == (end == "kill")
