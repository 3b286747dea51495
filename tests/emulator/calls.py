"""What an HTTP request to an AWS endpoint asks for."""

import io
import json
import re
from dataclasses import dataclass
from urllib.parse import parse_qsl

# Credential=AKIA.../20261120/us-east-1/iam/aws4_request
SCOPE = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/aws4_request")

# The two services that sign as another one.
STREAMS_TARGET = "DynamoDBStreams"

READS = (
    "Get",
    "List",
    "Describe",
    "Lookup",
    "Simulate",
    "Test",
    "Query",
    "Scan",
    "BatchGet",
    "TransactGet",
    "Receive",
)


@dataclass(frozen=True)
class Call:
    """
    One API call: `action` is the operation's name as its service model has it, `protocol` is "json" or
    "query".
    """

    service: str
    action: str
    region: str
    access_key: str
    protocol: str
    params: dict
    body: bytes

    @property
    def writes(self):
        """Whether the operation may change something, judged by its name."""
        return not self.action.startswith(READS)

    def param(self, name):
        """
        A top-level parameter as text, or None: booleans as `true` and `false`, which is how the query
        protocol has them.
        """
        value = self.params.get(name)
        if value is None or isinstance(value, str):
            return value
        return json.dumps(value)


def read_call(environ):
    """Read the call out of a WSGI request and leave the request readable for the next reader."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    scope = SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    access_key, region, service = scope.groups() if scope else ("", "", "")
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    if target:
        prefix, _, action = target.rpartition(".")
        if prefix.startswith(STREAMS_TARGET):
            service = "dynamodbstreams"
        return Call(service, action, region, access_key, "json", _json_object(body), body)
    form = body.decode("utf-8", "replace") or environ.get("QUERY_STRING", "")
    params = dict(parse_qsl(form, keep_blank_values=True))
    action = params.pop("Action", "")
    params.pop("Version", None)
    return Call(service, action, region, access_key, "query", params, body)


def _json_object(body):
    try:
        value = json.loads(body or b"{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
