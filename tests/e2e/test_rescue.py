"""A KMS key that logs hang on is saved from its deletion, through the real binaries and moto's KMS."""

import json
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from local import records
from local.deployment import ACCESS_KEYS, wait_for

TAG = {"TagKey": "keytrail:rescue", "TagValue": "true"}


@pytest.fixture
def kms(keytrail):
    return keytrail.deployment.client("kms")


def endangered(keytrail, kms, tags):
    """A key that protects a log group and waits for its deletion, in KMS and on the bus: (ARN, id)."""
    arn = kms.create_key(Tags=tags)["KeyMetadata"]["Arn"]
    key = arn.rsplit("/", 1)[1]
    then, now = datetime.now(UTC) - timedelta(minutes=2), datetime.now(UTC)
    keytrail.put(
        records.envelope(records.kms_key_created(arn, then)),
        records.envelope(records.log_group_created(f"/e2e/{uuid.uuid4()}", arn, then + timedelta(seconds=30))),
    )
    keytrail.settle()
    kms.schedule_key_deletion(KeyId=arn, PendingWindowInDays=7)
    keytrail.put(records.envelope(records.kms_key_deletion_scheduled(arn, now + timedelta(days=7))))
    wait_for(lambda: keytrail.states("action", key) == ["pending"])
    return arn, key


def state(kms, arn):
    return kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyState"]


def outcome(keytrail, key):
    """What the one page of how it ended says."""
    pages = wait_for(lambda: [json.loads(page["Message"]) for page in keytrail.pages(key) if '"outcome"' in page["Message"]])
    assert len(pages) == 1
    return pages[0]["news"]


def writes(control, since):
    calls, _ = control.log(since=since, service="kms", write=True)
    return [call["action"] for call in calls if call["accessKey"] == ACCESS_KEYS["Rescue"]]


def test_a_key_that_opts_in_is_saved_and_enabled_and_told(keytrail, kms, control):
    arn, key = endangered(keytrail, kms, [TAG])
    keytrail.settle()
    assert state(kms, arn) == "PendingDeletion", "respond leaves it to rescue"
    since = control.mark()
    keytrail.rescue()
    assert state(kms, arn) == "Enabled"
    assert writes(control, since) == ["CancelKeyDeletion", "EnableKey"]
    assert keytrail.states("action", key) == ["done"]
    assert outcome(keytrail, key)["outcome"] == "done"


def test_a_key_without_the_tag_is_left_to_people(keytrail, kms, control):
    arn, key = endangered(keytrail, kms, [])
    since = control.mark()
    keytrail.rescue()
    assert (state(kms, arn), writes(control, since)) == ("PendingDeletion", [])
    told = outcome(keytrail, key)
    assert (told["reason"], told["tag"]) == ("not_opted_in", "keytrail:rescue=true")


def test_a_key_policy_that_refuses_is_told_so(keytrail, kms, control):
    arn, key = endangered(keytrail, kms, [TAG])
    control.plant(service="kms", action="CancelKeyDeletion", answer={"code": "AccessDeniedException"})
    keytrail.rescue()
    assert state(kms, arn) == "PendingDeletion"
    told = outcome(keytrail, key)
    assert (told["outcome"], told["code"]) == ("failed", "AccessDenied")


def test_rescue_is_killed_before_it_cancels_and_the_next_minute_does_it(keytrail, kms, control):
    arn, key = endangered(keytrail, kms, [TAG])
    control.plant(service="kms", action="CancelKeyDeletion", kill=True, when="before", count=1)
    assert keytrail.pump.functions["Rescue"].invoke({"rescue": "tick"}).error is not None
    assert keytrail.states("action", key) == ["pending"]
    keytrail.rescue()
    assert (state(kms, arn), keytrail.states("action", key)) == ("Enabled", ["done"])
