"""AWS errors on the wire, in the protocol that the caller speaks."""

import functools
import json
import uuid
from xml.sax.saxutils import escape

from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader

# Errors that are no part of a service's model;
# https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
STATUS = {
    "AccessDenied": 403,
    "ExpiredToken": 403,
    "InternalFailure": 500,
    "InternalServerError": 500,
    "InvalidClientTokenId": 403,
    "ServiceUnavailable": 503,
    "ServiceUnavailableException": 503,
    "RequestTimeout": 408,
    "SlowDown": 503,
}
DEFAULT_STATUS = (
    400  # Throttling, ThrottlingException, ValidationError, AccessDeniedException of the JSON services, ...
)
DEFAULT_MESSAGE = {"Throttling": "Rate exceeded", "ThrottlingException": "Rate exceeded"}


@functools.cache
def modelled_status(service):
    """error code -> HTTP status, as the service's own model has it."""
    try:
        shapes = Loader().load_service_model(service, "service-2")["shapes"]
    except UnknownServiceError:
        return {}
    found = {}
    for name, shape in shapes.items():
        if shape.get("exception"):
            error = shape.get("error", {})
            usual = 500 if shape.get("fault") else DEFAULT_STATUS
            found[error.get("code", name)] = error.get("httpStatusCode", usual)
    return found


def status_of(service, code):
    return modelled_status(service).get(code) or STATUS.get(code, DEFAULT_STATUS)


def render(call, answer):
    """(status, headers, body) of an error; `answer` as in a fault."""
    code = answer["code"]
    status = int(answer.get("status") or status_of(call.service, code))
    message = answer.get("message") or DEFAULT_MESSAGE.get(code, f"{code} (planted)")
    request_id = str(uuid.uuid4())
    headers = [("x-amzn-RequestId", request_id)]
    if call.protocol == "json":
        body = {"__type": code, "message": message, **answer.get("fields", {})}
        headers += [("Content-Type", "application/x-amz-json-1.0"), ("x-amzn-errortype", code)]
        return status, headers, json.dumps(body).encode()
    fault = "Sender" if status < 500 else "Receiver"
    error = f"<Type>{fault}</Type><Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
    body = f"<ErrorResponse><Error>{error}</Error><RequestId>{request_id}</RequestId></ErrorResponse>"
    return status, [*headers, ("Content-Type", "text/xml")], body.encode()
