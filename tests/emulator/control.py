"""
The emulator's own HTTP interface, beside AWS's: the request log, faults, the clock, IAM's settings.

    GET    /_emulator/log?since=SEQ&service=iam&action=...&write=true&error=...  {"last": SEQ, "calls": [...]}
    DELETE /_emulator/log
    POST   /_emulator/faults      a fault (see faults.Fault)                      {"id": N}
    GET    /_emulator/faults
    DELETE /_emulator/faults[?id=N]
    GET    /_emulator/clock                                                       {"now", "offset_seconds"}
    PUT    /_emulator/clock       {"offset_seconds": S} or {"advance_seconds": S}
    PUT    /_emulator/stack       {"name": STACK, "resources": [{"name", "type", "physical"}, ...], "regions"}
    PUT    /_emulator/callers     {"access_key": KEY, "pids": [...]}              whom `kill` ends
    GET    /_emulator/iam                                                         IAM's settings
    PUT    /_emulator/iam         {"page_size": N, "stale_listings": N, "services": [...]}, any of them
"""

import json
from dataclasses import asdict, dataclass
from urllib.parse import parse_qsl

from .callers import Callers
from .clock import Clock
from .faults import Faults, InvalidFault, read_fault
from .iam_extension import Settings
from .request_log import RequestLog
from .stack_parts import StackParts

PREFIX = "/_emulator/"
LOG_FIELDS = ("service", "action", "account", "accessKey", "error", "write")


@dataclass
class Emulator:
    """The state that the control interface reads and writes."""

    log: RequestLog
    faults: Faults
    clock: Clock
    iam: Settings
    callers: Callers
    stack_parts: StackParts


class BadRequest(ValueError):
    """What is wrong with a control request."""


def answer(emulator, environ):
    """(status, headers, body) of a control request."""
    path = environ["PATH_INFO"].removeprefix(PREFIX)
    route = ROUTES.get((environ["REQUEST_METHOD"], path))
    if route is None:
        status, body = 404, {"error": f"no such control: {environ['REQUEST_METHOD']} {path}"}
    else:
        try:
            query = dict(parse_qsl(environ.get("QUERY_STRING", "")))
            status, body = 200, route(emulator, query, _read_json(environ))
        except (BadRequest, InvalidFault, KeyError, TypeError, ValueError) as error:
            status, body = 400, {"error": str(error)}
    return status, [("Content-Type", "application/json")], json.dumps(body, default=str).encode()


def _read_json(environ):
    length = int(environ.get("CONTENT_LENGTH") or 0)
    return json.loads(environ["wsgi.input"].read(length)) if length else {}


def _log(emulator, query, _body):
    since = int(query.pop("since", 0))
    unknown = set(query) - set(LOG_FIELDS)
    if unknown:
        raise BadRequest(f"the log cannot be asked by {', '.join(sorted(unknown))}")
    if "write" in query:
        query["write"] = query["write"] == "true"
    return {"last": emulator.log.last, "calls": emulator.log.select(since, **query)}


def _clear_log(emulator, _query, _body):
    emulator.log.clear()
    return {}


def _plant(emulator, _query, body):
    return {"id": emulator.faults.plant(read_fault(body))}


def _planted(emulator, _query, _body):
    return {"faults": emulator.faults.planted()}


def _remove(emulator, query, _body):
    if "id" not in query:
        emulator.faults.clear()
        return {}
    # A fault that has used itself up is gone already, which is what the caller wants.
    return {"removed": emulator.faults.remove(int(query["id"]))}


def _clock(emulator, _query, _body):
    return {"now": emulator.clock.now().isoformat(), "offset_seconds": emulator.clock.offset_seconds}


def _set_clock(emulator, query, body):
    if set(body) == {"offset_seconds"}:
        emulator.clock.set_offset(float(body["offset_seconds"]))
    elif set(body) == {"advance_seconds"}:
        emulator.clock.advance(float(body["advance_seconds"]))
    else:
        raise BadRequest("the clock takes offset_seconds or advance_seconds")
    return _clock(emulator, query, body)


def _set_caller(emulator, _query, body):
    emulator.callers.register(str(body["access_key"]), [int(pid) for pid in body["pids"]])
    return {}


def _set_stack(emulator, _query, body):
    emulator.stack_parts.deploy(str(body["name"]), list(body["resources"]), list(body["regions"]))
    return {}


def _iam(emulator, _query, _body):
    return asdict(emulator.iam)


def _set_iam(emulator, query, body):
    unknown = set(body) - set(asdict(emulator.iam))
    if unknown:
        raise BadRequest(f"IAM has no setting {', '.join(sorted(unknown))}")
    for name, value in body.items():
        setattr(emulator.iam, name, value)
    return _iam(emulator, query, body)


ROUTES = {
    ("GET", "log"): _log,
    ("DELETE", "log"): _clear_log,
    ("POST", "faults"): _plant,
    ("GET", "faults"): _planted,
    ("DELETE", "faults"): _remove,
    ("GET", "clock"): _clock,
    ("PUT", "clock"): _set_clock,
    ("PUT", "callers"): _set_caller,
    ("PUT", "stack"): _set_stack,
    ("GET", "iam"): _iam,
    ("PUT", "iam"): _set_iam,
}
