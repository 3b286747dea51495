"""
The one endpoint of the emulator: every AWS call goes through here, is logged, is struck by a planted fault or
not, and is then answered by moto or by DynamoDB Local.
"""

import http.client
import io
import json
import socket
import threading
import time
import traceback
from collections import namedtuple

from moto.iam.models import get_account_id_from
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server

from . import control, errors
from .calls import read_call
from .queue_time import CALL_TIME

DYNAMODB = ("dynamodb", "dynamodbstreams")
# The poller that plays AWS's part is neither logged nor struck, unless a fault names its key.
POLLER_ACCESS_KEY = "AKIAKEYTRAILPOLLER00"
NOT_FORWARDED = {"connection", "transfer-encoding", "content-length", "keep-alive"}
RECEIVE_POLL_SECONDS = 0.05

Answer = namedtuple("Answer", "status headers body")


class DynamoDB:
    """Hands calls on to DynamoDB Local, over one connection for each thread."""

    def __init__(self, host, port):
        self._address = (host, port)
        self._connections = threading.local()

    def answer(self, environ, call):
        headers = {
            name[5:].replace("_", "-").lower(): value
            for name, value in environ.items()
            if name.startswith("HTTP_")
            and name not in ("HTTP_CONNECTION", "HTTP_HOST", "HTTP_TRANSFER_ENCODING")
        }
        headers["content-type"] = environ.get("CONTENT_TYPE", "application/x-amz-json-1.0")
        connection = self._connection()
        try:
            connection.request("POST", "/", body=call.body, headers=headers)
            response = connection.getresponse()
            body = response.read()
        except (http.client.HTTPException, OSError):
            # Not tried again here: the call may have taken effect. AWS's own clients decide.
            connection.close()
            raise
        kept = [(name, value) for name, value in response.getheaders() if name.lower() not in NOT_FORWARDED]
        return Answer(response.status, kept, body)

    def _connection(self):
        connection = getattr(self._connections, "open", None)
        if connection is None:
            connection = self._connections.open = http.client.HTTPConnection(*self._address, timeout=60)
            connection.connect()
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection


class Moto:
    """
    Hands calls on to moto, in this process and one at a time: moto's queues lose or double messages under
    threads. A call that waits for messages is therefore made of many that don't.
    """

    def __init__(self):
        self._application = DomainDispatcherApplication(create_backend_app)
        self._alone = threading.Lock()

    def answer(self, environ, call):
        if (call.service, call.action, call.protocol) == ("sqs", "ReceiveMessage", "json"):
            return self._receive(environ, call)
        return self._ask(environ, call.body)

    def _receive(self, environ, call):
        body = json.dumps({**call.params, "WaitTimeSeconds": 0}).encode()
        end = time.monotonic() + float(call.params.get("WaitTimeSeconds", 0))
        while True:
            answer = self._ask(environ, body)
            if answer.status != 200 or b'"Messages"' in answer.body or time.monotonic() >= end:
                return answer
            time.sleep(RECEIVE_POLL_SECONDS)

    def _ask(self, environ, body):
        started = {}

        def start_response(status, headers, _exc_info=None):
            started.update(status=int(status.split(" ", 1)[0]), headers=headers)

        asked = {**environ, "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        with self._alone, CALL_TIME.held():
            parts = self._application(asked, start_response)
            try:
                answered = b"".join(parts)
            finally:
                if hasattr(parts, "close"):
                    parts.close()
        kept = [(name, value) for name, value in started["headers"] if name.lower() not in NOT_FORWARDED]
        return Answer(started["status"], kept, answered)


class Gateway:
    """A WSGI application."""

    def __init__(self, emulator, moto, dynamodb):
        self._emulator = emulator
        self._moto = moto
        self._dynamodb = dynamodb

    def __call__(self, environ, start_response):
        if environ.get("PATH_INFO", "").startswith(control.PREFIX):
            return _respond(start_response, Answer(*control.answer(self._emulator, environ)))
        started = time.monotonic()
        call = read_call(environ)
        poller = call.access_key == POLLER_ACCESS_KEY
        fault = self._emulator.faults.strike(call, only_by_name=poller)
        answer = self._answer(environ, call, fault)
        if not poller:
            self._log(call, answer, fault, (time.monotonic() - started) * 1000)
        if answer is None:
            _hang_up(environ)
            return []
        return _respond(start_response, answer)

    def _answer(self, environ, call, fault):
        """The answer, or None where the connection is to be closed without one."""
        if fault is None:
            return self._ask(environ, call)
        time.sleep(fault.delay)
        if fault.only_delays:
            return self._ask(environ, call)
        if fault.when == "after":
            self._ask(environ, call)
        if fault.kill:
            self._emulator.callers.kill(call.access_key)
        return None if fault.disconnect or fault.kill else Answer(*errors.render(call, fault.answer))

    def _ask(self, environ, call):
        """
        The service's answer; a hole or a bug in an emulated service is an answer too, in the caller's
        protocol.
        """
        extra = self._emulator.stack_parts.answer(call)
        if extra is not None:
            return Answer(*extra)
        backend = self._dynamodb if call.service in DYNAMODB and self._dynamodb else self._moto
        try:
            return backend.answer(environ, call)
        except NotImplementedError as error:
            return Answer(
                *errors.render(call, {"code": "NotImplemented", "status": 501, "message": str(error)})
            )
        except Exception as error:
            traceback.print_exc()
            return Answer(
                *errors.render(call, {"code": "InternalFailure", "status": 500, "message": repr(error)})
            )

    def _log(self, call, answer, fault, milliseconds):
        status = None if answer is None else answer.status
        error = None if answer is None or status < 400 else _error_code(answer)
        capacity = _capacity(answer.body) if answer is not None and call.service == "dynamodb" else None
        account = get_account_id_from(call.access_key)
        self._emulator.log.add(call, account, status, error, fault and fault.id, capacity, milliseconds)


def _respond(start_response, answer):
    status = f"{answer.status} {http.client.responses.get(answer.status, 'Unknown')}"
    start_response(status, [*answer.headers, ("Content-Length", str(len(answer.body)))])
    return [answer.body]


def _hang_up(environ):
    """Close the client's connection; what the server then tries to write goes nowhere."""
    environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)


def _error_code(answer):
    """The code of an error in either protocol: `__type` of JSON, `<Code>` of XML."""
    body = answer.body.decode("utf-8", "replace")
    if "<Code>" in body:
        return body.split("<Code>", 1)[1].split("</Code>", 1)[0]
    try:
        return str(json.loads(body).get("__type", "")).rpartition("#")[2]
    except (ValueError, AttributeError):
        return "?"


def _capacity(body):
    """
    The capacity units that DynamoDB says a call consumed, over all its tables; None where the caller didn't
    ask.
    """
    if b'"ConsumedCapacity"' not in body:
        return None
    consumed = json.loads(body)["ConsumedCapacity"]
    consumed = consumed if isinstance(consumed, list) else [consumed]
    return sum(table.get("CapacityUnits", 0) for table in consumed)


class RequestHandler(MotoRequestHandler):
    """Connections stay open, and nothing is printed for a request."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_request(self, *_args):
        pass

    def log(self, level, message, *args):
        if level == "error":
            super().log(level, message, *args)


def serve(emulator, dynamodb_address):
    """A server on a free port of loopback, not yet serving."""
    dynamodb = DynamoDB(*dynamodb_address) if dynamodb_address else None
    application = Gateway(emulator, Moto(), dynamodb)
    return make_server("127.0.0.1", 0, application, threaded=True, request_handler=RequestHandler)
