"""Faults that tests plant: what to do wrong, to which calls, how often."""

import itertools
import threading
from dataclasses import dataclass, field, fields
from fnmatch import fnmatchcase

WHENS = ("before", "after")


class InvalidFault(ValueError):
    """Why a fault cannot be planted."""


@dataclass
class Fault:
    """
    Patterns are shell patterns. `where` names top-level parameters of the call.

    - `skip` calls that match go through first, then `count` of them are struck; no count means until it is
      removed.
    - `delay` seconds pass first. With none of `answer`, `disconnect` and `kill`, the call then goes through.
    - `answer` is an error: {"code", "message", "status", "fields"}; only the code is required.
    - `disconnect` closes the connection without a word.
    - `kill` ends the caller (the processes registered for its access key) and closes the connection.
    - `when` "before" keeps the call from its service; "after" lets it take effect and loses the service's
      answer.
    """

    service: str = "*"
    action: str = "*"
    where: dict = field(default_factory=dict)
    access_key: str | None = None
    count: int | None = None
    skip: int = 0
    delay: float = 0.0
    answer: dict | None = None
    disconnect: bool = False
    kill: bool = False
    when: str = "before"
    id: int = 0
    struck: int = 0

    @property
    def only_delays(self):
        return self.answer is None and not self.disconnect and not self.kill

    def matches(self, call):
        return (
            fnmatchcase(call.service, self.service)
            and fnmatchcase(call.action, self.action)
            and (self.access_key is None or fnmatchcase(call.access_key, self.access_key))
            and all(fnmatchcase(call.param(name) or "", str(pattern)) for name, pattern in self.where.items())
        )


def read_fault(wanted):
    """Make a fault out of JSON; a misspelt field is an error and not a fault that never strikes."""
    if not isinstance(wanted, dict):
        raise InvalidFault("a fault is a JSON object")
    unknown = set(wanted) - {field.name for field in fields(Fault)} | set(wanted) & {"id", "struck"}
    if unknown:
        raise InvalidFault(f"unknown field: {', '.join(sorted(unknown))}")
    fault = Fault(**wanted)
    if fault.when not in WHENS:
        raise InvalidFault(f"when is one of {', '.join(WHENS)}")
    if fault.answer is not None and not fault.answer.get("code"):
        raise InvalidFault("an answer needs a code")
    if fault.when == "after" and fault.only_delays:
        raise InvalidFault("a fault after the effect needs an answer, disconnect or kill")
    return fault


class Faults:
    """The planted faults, in the order of planting. The first that matches a call strikes it."""

    def __init__(self):
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self._faults = {}

    def plant(self, fault):
        with self._lock:
            fault.id = next(self._ids)
            self._faults[fault.id] = fault
            return fault.id

    def strike(self, call, only_by_name=False):
        """
        The fault for this call, used up by one; None mostly. `only_by_name`: only faults that name the
        caller's key.
        """
        with self._lock:
            for fault in list(self._faults.values()):
                if (only_by_name and fault.access_key is None) or not fault.matches(call):
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                fault.struck += 1
                if fault.count is not None and fault.struck >= fault.count:
                    del self._faults[fault.id]
                return fault
        return None

    def planted(self):
        with self._lock:
            return [vars(fault) for fault in self._faults.values()]

    def remove(self, fault_id):
        with self._lock:
            return self._faults.pop(fault_id, None) is not None

    def clear(self):
        with self._lock:
            self._faults.clear()
