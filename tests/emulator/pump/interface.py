"""
The pump's HTTP interface.

    GET  /status                                 functions, mappings, how long all has been quiet
    POST /quiet {"seconds": 0.5, "timeout": 30}  answers once it has been quiet for so long, or 504
    PUT  /mappings/NAME {"enabled": true}
    POST /functions/NAME/kill                    ends the function's processes as a crash would
    POST /2015-03-31/functions/NAME/invocations  Lambda's own Invoke, for `cargo lambda invoke` and the like
"""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def serve(pump, port=0):
    """Serve on loopback in a thread of its own; the server, whose `server_port` is the port."""
    server = ThreadingHTTPServer(("127.0.0.1", port), type("Handler", (_Handler,), {"pump": pump}))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.1,), name="interface", daemon=True).start()
    return server


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    pump = None

    def do_GET(self):
        self._handle()

    do_PUT = do_POST = do_GET

    def _handle(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        for method, pattern, act in ROUTES:
            found = re.fullmatch(pattern, self.path)
            if found and method == self.command:
                try:
                    return self._answer(*act(self.pump, body, *found.groups()))
                except KeyError as error:
                    return self._answer(404, {"error": f"there is no {error}"})
                except (ValueError, TypeError, AttributeError) as error:
                    return self._answer(400, {"error": str(error)})
        return self._answer(404, {"error": f"no such control: {self.command} {self.path}"})

    def _answer(self, status, body, headers=()):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response_only(status)
        for name, value in (
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(data))),
            *headers,
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_args):
        pass


def _status(pump, _body):
    return 200, pump.status()


def _quiet(pump, body):
    try:
        pump.wait_until_quiet(**json.loads(body or b"{}"))
    except TimeoutError as error:
        return 504, {"error": str(error)}
    return 200, pump.status()


def _enable(pump, body, name):
    pump.enable(name, bool(json.loads(body)["enabled"]))
    return 200, pump.status()["mappings"][name]


def _kill(pump, _body, name):
    pump.functions[name].kill()
    return 200, {}


def _invoke(pump, body, name):
    result = pump.functions[name].invoke(body)
    if result.error is None:
        return 200, result.body
    answer = result.body or json.dumps({"errorType": "Runtime", "errorMessage": result.error}).encode()
    return 200, answer, (("X-Amz-Function-Error", "Unhandled"),)


ROUTES = (
    ("GET", "/status", _status),
    ("POST", "/quiet", _quiet),
    ("PUT", "/mappings/([^/]+)", _enable),
    ("POST", "/functions/([^/]+)/kill", _kill),
    ("POST", "/2015-03-31/functions/([^/]+)/invocations", _invoke),
)
