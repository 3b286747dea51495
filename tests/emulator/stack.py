"""The emulator as a whole: start it, where it is, stop it."""

import contextlib
import os
import tempfile
import threading
from pathlib import Path

from . import (
    cloudtrail_history,
    event_rules,
    gateway,
    iam_extension,
    kms_last_usage,
    kms_listing,
    kms_names,
    log_parts,
    queue_time,
    stack_parts,
)
from .callers import Callers
from .control import Emulator
from .dynamodb import DynamoDBLocal
from .faults import Faults
from .request_log import RequestLog

REGION = "us-east-1"
ACCOUNT = "123456789012"  # moto's, for callers whose access key it doesn't know


class Stack:
    """
    A running emulator; a context manager. `addresses` is what its users need, ready for JSON:

    - `endpoint`: the one URL for all services (AWS_ENDPOINT_URL), through the request log and the faults
    - `dynamodb`: DynamoDB Local's own URL, past both
    - `control`: the URL of the control interface
    - `region`, `account`, `folder`: the folder has the log files
    """

    def __init__(self, with_dynamodb=True):
        self._with_dynamodb = with_dynamodb
        self._closing = contextlib.ExitStack()
        self.addresses = {}

    def __enter__(self):
        with contextlib.ExitStack() as closing:
            folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="keytrail-emulator-")))
            dynamodb = self._start_dynamodb(closing, folder)
            endpoint = self._start_gateway(closing, folder, dynamodb)
            self.addresses = {
                "endpoint": endpoint,
                "control": f"{endpoint}/_emulator",
                "dynamodb": f"http://{dynamodb.host}:{dynamodb.port}" if dynamodb else None,
                "region": REGION,
                "account": ACCOUNT,
                "folder": str(folder),
                "pid": os.getpid(),
            }
            if dynamodb:
                dynamodb.wait_until_ready()
            self._closing = closing.pop_all()
        return self

    def __exit__(self, *_):
        self._closing.close()

    def _start_dynamodb(self, closing, folder):
        if not self._with_dynamodb:
            return None
        dynamodb = DynamoDBLocal(folder / "dynamodb.log")
        closing.callback(dynamodb.stop)
        return dynamodb

    def _start_gateway(self, closing, folder, dynamodb):
        clock, settings = iam_extension.install()
        event_rules.install()
        cloudtrail_history.install()
        kms_listing.install()
        kms_names.install()
        kms_last_usage.install()
        log_parts.install()
        queue_time.install()
        stack_parts.install()
        log_file = closing.enter_context(open(folder / "requests.jsonl", "w", encoding="utf-8"))
        emulator = Emulator(RequestLog(log_file), Faults(), clock, settings, Callers(), stack_parts.StackParts())
        server = gateway.serve(emulator, (dynamodb.host, dynamodb.port) if dynamodb else None)
        thread = threading.Thread(target=server.serve_forever, name="gateway", daemon=True)
        thread.start()
        closing.callback(thread.join)
        closing.callback(server.shutdown)
        return f"http://127.0.0.1:{server.server_port}"
