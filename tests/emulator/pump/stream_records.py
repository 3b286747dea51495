"""A stream's records as Lambda hands them to functions."""

import base64
from datetime import datetime


def lambda_record(record, stream_arn, region):
    """
    A GetRecords record in the shape of a DynamoDB stream event: times as seconds, binary as base64.

    https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
    """
    return {
        "eventID": record["eventID"],
        "eventName": record["eventName"],
        "eventVersion": record.get("eventVersion", "1.1"),
        "eventSource": "aws:dynamodb",
        "awsRegion": region,
        "dynamodb": _plain(record["dynamodb"]),
        "eventSourceARN": stream_arn,
        **({"userIdentity": _identity(record["userIdentity"])} if record.get("userIdentity") else {}),
    }


def sequence_number(record):
    return record["dynamodb"]["SequenceNumber"]


def _identity(identity):
    """A TTL deletion's: GetRecords and Lambda spell the fields differently."""
    return {"type": identity.get("Type"), "principalId": identity.get("PrincipalId")}


def _plain(value):
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [_plain(part) for part in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime):
        return int(value.timestamp())
    return value
