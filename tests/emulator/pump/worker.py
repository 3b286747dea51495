"""A thread that polls, can be switched off and on, and tells what it does."""

import sys
import threading
import time
import traceback

from botocore.exceptions import ClientError

# Between two rounds that find nothing: soon while things happen, seldom when they don't, as polling costs CPU.
SOONEST_SECONDS, LATEST_SECONDS = 0.02, 0.2
PATIENCE = 0.1  # of the time that has been quiet
TROUBLE_SECONDS = 0.5  # after an error of the source


class Worker:
    """
    Calls `poll(worker)` again and again. A poll does one round; it calls `worker.busy()` as soon as there is
    something to do and ends early where `worker.stopping` is set. An error of the source (a queue that is not
    there yet) is told, and tried again.
    """

    def __init__(self, name, poll, enabled=True):
        self.name = name
        self.stopping = threading.Event()
        self.trouble = None
        self._poll = poll
        self._enabled = threading.Event()
        self._quiet_since = self._last_idle = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self.enable(enabled)

    def start(self):
        self._thread.start()

    def enable(self, enabled):
        if enabled:
            self._enabled.set()
        else:
            self._enabled.clear()

    @property
    def enabled(self):
        return self._enabled.is_set()

    def busy(self):
        """There is something to do."""
        self._quiet_since = None

    @property
    def quiet_seconds(self):
        """
        Between the first and the last of the rounds in a row that found nothing to do; 0 in the middle of
        something.
        """
        since, last = self._quiet_since, self._last_idle
        return 0.0 if since is None or last is None else last - since

    def stop(self):
        self.stopping.set()

    def join(self):
        if self._thread.is_alive():
            self._thread.join(10)

    def _run(self):
        while not self.stopping.is_set():
            if self._enabled.is_set():
                self._round()
            else:
                self.busy()
            # A round that found something is followed by the next at once.
            if self._quiet_since is not None or not self.enabled:
                pause = self.quiet_seconds * PATIENCE
                self.stopping.wait(min(max(pause, SOONEST_SECONDS), LATEST_SECONDS))

    def _round(self):
        started = time.monotonic()
        before, self._quiet_since = self._quiet_since, started
        try:
            self._poll(self)
            self.trouble = None
        except Exception as error:  # whatever the source answers, a poller goes on
            self._tell(error)
            self.busy()
            self.stopping.wait(TROUBLE_SECONDS)
        if self._quiet_since is not None:
            self._quiet_since = before or started
            self._last_idle = time.monotonic()

    def _tell(self, error):
        """Once for each kind of trouble, not twice a second."""
        if repr(error) != self.trouble and not self.stopping.is_set():
            print(f"{self.name}: {error!r}", file=sys.stderr)
            if not isinstance(error, ClientError):
                traceback.print_exception(error)
        self.trouble = repr(error)
