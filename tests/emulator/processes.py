"""Child processes that never outlive this one."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

PR_SET_PDEATHSIG = 1  # linux/prctl.h
STOP_SECONDS = 5.0

# Linux only; elsewhere `stop` ends a child for every end of ours but a SIGKILL.
LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
# The kernel takes the *thread* that started a child for its parent, so one that lives as long as the process
# starts them all.
SPAWNER = ThreadPoolExecutor(1, thread_name_prefix="spawner")


def free_port():
    """A port of loopback that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _leash():
    """What a child does before it becomes its program: die when its parent does, however that dies."""
    if LIBC is not None:
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def start(command, **options):
    """
    Start a program in a process group of its own, so that a Ctrl-C in the terminal reaches only us and we
    stop it in order.
    """

    def spawn():
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            preexec_fn=_leash,
            start_new_session=True,
            **options,
        )

    return SPAWNER.submit(spawn).result()


def stop(process):
    """End a child: a request, then force."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def listen_for_stop(parent_holds_stdin):
    """
    An event that SIGINT and SIGTERM set and, where the parent holds the other end of our stdin, the end of
    that: a pipe closes however the parent ends. To be called before anything is started, so that a start is
    never cut in half.
    """
    told = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: told.set())
    if parent_holds_stdin:
        threading.Thread(target=lambda: (_drain(sys.stdin.fileno()), told.set()), daemon=True).start()
    return told


def _drain(descriptor):
    while os.read(descriptor, 4096):
        pass
