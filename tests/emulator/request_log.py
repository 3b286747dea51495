"""A record of every API call that reached the emulator, so that a test can say what was *not* done."""

import json
import re
import threading
from collections import deque
from datetime import UTC, datetime

KEPT = 200_000  # calls; the oldest go first
LONGEST_TEXT = 1024  # characters of a parameter
SECRET = re.compile(
    r"password|secret|sessiontoken|bearertoken|webidentitytoken|samlassertion|privatekey", re.IGNORECASE
)


def without_secrets(value, name=""):
    """The parameters as they may be kept: secrets hidden, long texts cut, bytes never decoded."""
    if SECRET.search(name):
        return "***"
    if isinstance(value, dict):
        return {key: without_secrets(part, key) for key, part in value.items()}
    if isinstance(value, list):
        return [without_secrets(part) for part in value]
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        return f"{value[:LONGEST_TEXT]}... ({len(value)} characters)"
    return value


class RequestLog:
    """Entries are dicts, numbered from 1 by `seq`; the numbers go on through `clear`."""

    def __init__(self, file=None):
        self._lock = threading.Lock()
        self._entries = deque(maxlen=KEPT)
        self._file = file
        self._last = 0

    def add(self, call, account, status, error, fault, capacity, milliseconds):
        entry = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "service": call.service,
            "action": call.action,
            "write": call.writes,
            "account": account,
            "region": call.region,
            "accessKey": call.access_key,
            "params": without_secrets(call.params),
            "status": status,
            "error": error,
            "fault": fault,
            "capacity": capacity,
            "ms": round(milliseconds, 2),
        }
        with self._lock:
            self._last += 1
            entry = {"seq": self._last, **entry}
            self._entries.append(entry)
            if self._file is not None:
                self._file.write(json.dumps(entry, default=str) + "\n")
                self._file.flush()

    def select(self, since=0, **wanted):
        """The entries after number `since` whose fields equal `wanted`."""
        with self._lock:
            entries = list(self._entries)
        return [
            entry
            for entry in entries
            if entry["seq"] > since and all(entry[field] == value for field, value in wanted.items())
        ]

    def clear(self):
        with self._lock:
            self._entries.clear()

    @property
    def last(self):
        with self._lock:
            return self._last
