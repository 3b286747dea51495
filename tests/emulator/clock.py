"""The emulator's clock: the machine's, moved by an offset that tests control."""

import threading
from datetime import UTC, datetime, timedelta


class Clock:
    """
    Tells the time in UTC. Only what this package adds looks at it; moto's own services use the machine's
    clock.
    """

    def __init__(self):
        self._lock = threading.Lock()
        self._offset = timedelta()

    def now(self):
        with self._lock:
            return datetime.now(UTC) + self._offset

    @property
    def offset_seconds(self):
        with self._lock:
            return self._offset.total_seconds()

    def set_offset(self, seconds):
        with self._lock:
            self._offset = timedelta(seconds=seconds)

    def advance(self, seconds):
        with self._lock:
            self._offset += timedelta(seconds=seconds)
