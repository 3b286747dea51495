"""
CloudTrail's `LookupEvents`, which moto has not: what reached the default bus as a management record is the history.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
"""

import json
from datetime import UTC, datetime

from moto.cloudtrail.responses import CloudTrailResponse
from moto.events.models import EventsBackend

KEPT = "management_events"
VIA = "AWS API Call via CloudTrail"
MOST = 50

_moto_put_events = EventsBackend.put_events


def _put_events(self, events):
    answer = _moto_put_events(self, events)
    for event in events:
        record = _record(event)
        if record is not None:
            self.__dict__.setdefault(KEPT, []).append(record)
    return answer


def _record(event):
    """The record of an event that CloudTrail would list: of the default bus, and no data event."""
    if event.get("DetailType") != VIA or event.get("EventBusName", "default") != "default":
        return None
    try:
        record = json.loads(event["Detail"])
    except (KeyError, ValueError):
        return None
    is_listed = isinstance(record, dict) and record.get("eventCategory", "Management") == "Management"
    return record if is_listed and "eventTime" in record and "eventName" in record else None


def _lookup_events(self):
    from moto.events.models import events_backends

    kept = events_backends[self.current_account][self.region].__dict__.get(KEPT, [])
    wanted = {each["AttributeKey"]: each["AttributeValue"] for each in self._get_param("LookupAttributes") or []}
    if set(wanted) - {"EventName"}:
        raise NotImplementedError(f"LookupEvents by {sorted(wanted)}")
    since, until = self._get_param("StartTime") or 0, self._get_param("EndTime") or float("inf")
    found = [each for each in kept if wanted.get("EventName", each["eventName"]) == each["eventName"]]
    found = [each for each in found if since <= _seconds(each) <= until]
    found.sort(key=_seconds, reverse=True)
    start, size = int(self._get_param("NextToken") or 0), min(self._get_param("MaxResults") or MOST, MOST)
    answer = {"Events": [{"EventName": each["eventName"], "CloudTrailEvent": json.dumps(each)} for each in found[start : start + size]]}
    if start + size < len(found):
        answer["NextToken"] = str(start + size)
    return json.dumps(answer)


def _seconds(record):
    return datetime.strptime(record["eventTime"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()


def install():
    """Make moto keep what passes the default bus, and list it."""
    EventsBackend.put_events = _put_events
    CloudTrailResponse.lookup_events = _lookup_events
