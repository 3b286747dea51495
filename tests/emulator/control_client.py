"""The control interface, called from Python."""

import json
import urllib.error
import urllib.request
from urllib.parse import urlencode


class ControlError(Exception):
    """What the emulator said against a control request."""


class Control:
    """`url` is the `control` of the emulator's addresses."""

    def __init__(self, url):
        self._url = url

    def log(self, since=0, **fields):
        """(the logged calls, the number of the last one)."""
        query = urlencode({"since": since, **{name: _text(value) for name, value in fields.items()}})
        answer = self._call("GET", f"log?{query}")
        return answer["calls"], answer["last"]

    def mark(self):
        """The number of the last call, for `log(since=...)` later."""
        return self._call("GET", "log?error=none")["last"]

    def plant(self, **fault):
        return self._call("POST", "faults", fault)["id"]

    def planted(self):
        return self._call("GET", "faults")["faults"]

    def remove_faults(self, fault_id=None):
        self._call("DELETE", "faults" if fault_id is None else f"faults?id={fault_id}")

    def set_clock(self, **offset):
        return self._call("PUT", "clock", offset)

    def set_caller(self, access_key, pids):
        self._call("PUT", "callers", {"access_key": access_key, "pids": list(pids)})

    def deploy_stack(self, name, resources, regions):
        self._call("PUT", "stack", {"name": name, "resources": resources, "regions": regions})

    def set_iam(self, **settings):
        return self._call("PUT", "iam", settings)

    def _call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self._url}/{path}", data=data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            raise ControlError(json.load(error)["error"]) from error


def _text(value):
    return json.dumps(value) if isinstance(value, bool) else value
