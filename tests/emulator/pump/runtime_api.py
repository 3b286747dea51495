"""
The runtime API that one function process sees: cargo-lambda's, with what that gets wrong put right on the
way.

cargo-lambda answers a constant for the deadline (600000, which is in 1970) and for the function's ARN; both
are documented at https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html.
"""

import http.client
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NEXT = "/2018-06-01/runtime/invocation/next"
DEADLINE = "lambda-runtime-deadline-ms"
FUNCTION_ARN = "lambda-runtime-invoked-function-arn"
HOP_BY_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive"}


class RuntimeApi:
    """
    Serves on a free port until `close`. `first_poll` is when the function first asked for work
    (time.monotonic).
    """

    def __init__(self, function, function_arn, upstream_port):
        self.function_arn = function_arn
        self.timeout = function.timeout
        self.upstream = ("127.0.0.1", upstream_port)
        self.prefix = f"/.rt/{function.name}"
        self.polled = threading.Event()
        self.first_poll = None
        self._server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"api": self}))
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def address(self):
        return f"127.0.0.1:{self._server.server_port}"

    def note_poll(self):
        if self.first_poll is None:
            self.first_poll = time.monotonic()
            self.polled.set()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        # A function that is killed resets its connections, and that is no news here.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    api = None

    def do_GET(self):
        if self.path == NEXT:
            self.api.note_poll()
        self._forward()

    def do_POST(self):
        self._forward()

    def _forward(self):
        body = (
            self.rfile.read(int(self.headers.get("Content-Length") or 0)) if self.command == "POST" else None
        )
        headers = {
            name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP | {"host"}
        }
        upstream = http.client.HTTPConnection(*self.api.upstream)
        try:
            upstream.request(self.command, self.api.prefix + self.path, body=body, headers=headers)
            response = upstream.getresponse()
            answer = response.read()
            self._answer(response, answer)
        except (OSError, http.client.HTTPException):
            # The sandbox is being taken down: cargo-lambda or the function has gone already.
            self.close_connection = True
        finally:
            upstream.close()

    def _answer(self, response, body):
        self.send_response_only(response.status)
        for name, value in response.getheaders():
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, self._corrected(name.lower(), value))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _corrected(self, name, value):
        if name == DEADLINE:
            return str(int((time.time() + self.api.timeout) * 1000))
        return self.api.function_arn if name == FUNCTION_ARN else value

    def log_message(self, *_args):
        pass
