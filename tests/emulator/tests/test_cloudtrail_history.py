"""What passed the default bus as a management record is what CloudTrail lists of the past."""

import json
from datetime import UTC, datetime


def record(name, time, **fields):
    return {"eventName": name, "eventTime": time, "eventSource": "kms.amazonaws.com", "eventID": f"{name}-{time}", **fields}


def put(client, *records):
    entries = [
        {"Source": "aws.kms", "DetailType": "AWS API Call via CloudTrail", "Detail": json.dumps(each)} for each in records
    ]
    for start in range(0, len(entries), 10):
        client("events").put_events(Entries=entries[start : start + 10])


def lookup(client, name, **more):
    answer = client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": name}], **more
    )
    return [json.loads(each["CloudTrailEvent"])["eventTime"] for each in answer["Events"]], answer.get("NextToken")


def test_management_records_are_listed_by_name_and_time_newest_first(client):
    times = [f"2026-08-0{day}T10:00:00Z" for day in (1, 3, 2)]
    put(client, *(record("HistoryA", time) for time in times), record("HistoryB", times[0]))
    put(client, record("HistoryA", "2026-08-04T10:00:00Z", eventCategory="Data"))
    assert lookup(client, "HistoryA") == (sorted(times, reverse=True), None)
    day = {"StartTime": datetime(2026, 8, 2, tzinfo=UTC), "EndTime": datetime(2026, 8, 3, tzinfo=UTC)}
    assert lookup(client, "HistoryA", **day)[0] == ["2026-08-02T10:00:00Z"]
    assert lookup(client, "HistoryC") == ([], None)


def test_pages_go_on_where_they_stopped(client):
    times = [f"2026-08-01T10:00:{second:02}Z" for second in range(5)]
    put(client, *(record("HistoryPages", time) for time in times))
    first, token = lookup(client, "HistoryPages", MaxResults=3)
    rest, end = lookup(client, "HistoryPages", MaxResults=3, NextToken=token)
    assert first + rest == sorted(times, reverse=True)
    assert end is None
