"""The records and reports in events/, each in the envelope in which EventBridge delivers it."""

import gzip
import json

from template import ROOT

EVENTS = ROOT / "events"
DETAIL_TYPES = {"AwsServiceEvent": "AWS Service Event via CloudTrail"}


def samples():
    """Pairs of a name and an envelope, one for each record."""
    for path in sorted(path for path in EVENTS.rglob("*") if path.is_file()):
        for number, envelope in enumerate(envelopes(documents(path.read_bytes()))):
            yield f"{path.relative_to(EVENTS)}#{number}", envelope


def documents(content):
    text = (gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content).decode()
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return [json.loads(line) for line in text.splitlines() if line.strip()]


def envelopes(value):
    if isinstance(value, list):
        for part in value:
            yield from envelopes(part)
    elif "detail-type" in value:
        yield value
    elif "eventName" in value:
        yield enveloped(value)
    elif "Records" in value:
        yield from envelopes(value["Records"])
    elif "Events" in value:
        yield from envelopes([json.loads(event["CloudTrailEvent"]) for event in value["Events"]])
    elif "body" in value:
        yield from envelopes(json.loads(value["body"]))
    else:
        raise ValueError(f"no record in {sorted(value)}")


def enveloped(record):
    """A CloudTrail record as EventBridge delivers it."""
    return {
        "version": "0",
        "id": record.get("eventID", "none"),
        "detail-type": DETAIL_TYPES.get(record.get("eventType"), "AWS API Call via CloudTrail"),
        "source": "aws." + record["eventSource"].removesuffix(".amazonaws.com"),
        "account": record.get("recipientAccountId", "111122223333"),
        "time": record.get("eventTime", "2026-11-01T00:00:00Z"),
        "region": record.get("awsRegion", "us-east-1"),
        "resources": [],
        "detail": record,
    }
