"""Scenes on the emulator, from an event on the bus to a page in a queue, through the real binaries."""

import json
import random
from collections import Counter

from conftest import ACCOUNT

from local import records
from local.deployment import ACCESS_KEYS, wait_for


def test_a_compromised_key_is_taken_out_of_service(keytrail, control):
    since = control.mark()
    user, key = keytrail.new_key()
    keytrail.put(*(records.envelope(records.bearer_call(user)) for _ in range(5)))
    keytrail.put(records.exposed(key))
    keytrail.wait_until_inactive(user, key)

    wait_for(lambda: keytrail.states("action", key) == ["done"])
    pages = keytrail.wait_for_pages(key, len(keytrail.notices(key)))
    assert keytrail.states("finding", key).count("fired") >= 1
    wait_for(lambda: keytrail.document(f"aws/{ACCOUNT}/global/usage/logs.amazonaws.com/{user}"))
    writes = keytrail.writes(control, since, user)
    assert [(it["action"], it["params"]["Status"], it["accessKey"]) for it in writes] == [
        ("UpdateServiceSpecificCredential", "Inactive", ACCESS_KEYS["Respond"])
    ]
    attributes = pages[0]["MessageAttributes"]
    assert {"severity", "rule", "kind", "account", "region"} <= set(attributes), attributes
    assert len({page["MessageId"] for page in pages}) == len(pages)


def test_the_same_batch_three_times_and_shuffled_ends_the_same(keytrail, control):
    since = control.mark()
    user, key = keytrail.new_key()
    batch = [records.envelope(records.bearer_call(user)) for _ in range(7)] + [records.exposed(key)]
    for seed in range(3):
        random.Random(seed).shuffle(batch)
        keytrail.put(*batch)
    keytrail.wait_until_inactive(user, key)
    keytrail.settle()
    keytrail.put(*batch)
    keytrail.settle()
    keytrail.tick()
    keytrail.settle()

    assert keytrail.states("action", key) == ["done"]
    assert len(keytrail.writes(control, since, user)) == 1
    assert len(keytrail.pages(key)) == len(keytrail.notices(key)), "one page a notice"


def test_respond_is_killed_between_acting_and_recording(keytrail, control):
    since = control.mark()
    user, key = keytrail.new_key()
    control.plant(
        service="iam", action="UpdateServiceSpecificCredential", where={"UserName": user}, kill=True, when="after", count=1
    )
    keytrail.put(records.exposed(key))
    keytrail.wait_until_inactive(user, key)
    wait_for(lambda: keytrail.states("action", key) == ["done"])
    keytrail.settle()

    assert len(keytrail.writes(control, since, user)) == 1
    outcomes = [page for page in keytrail.wait_for_pages(key, 2) if '"outcome"' in page["Message"]]
    assert len(outcomes) == 1, "one outcome, told once"


def test_notify_is_killed_before_and_after_it_publishes(keytrail, control):
    user, key = keytrail.new_key()
    keytrail.settle()
    for when in ("before", "after"):
        control.plant(service="sns", action="Publish", access_key=ACCESS_KEYS["Notify"], kill=True, when=when, count=1)
    keytrail.put(records.exposed(key))
    keytrail.wait_until_inactive(user, key)
    # The lease of what was being published runs out after 90 seconds.
    keytrail.tick_until(lambda: set(keytrail.notices(key).values()) == {"done"})

    told = Counter(page["Message"] for page in keytrail.pages(key))
    assert len(told) == len(keytrail.notices(key)), "every page arrives"
    assert sorted(told.values()) == [1] * (len(told) - 1) + [2], "the page whose recording was cut off is repeated, and no other"


def test_what_is_down_holds_up_nothing_else_and_everything_arrives_when_it_recovers(keytrail, control):
    throttled, throttled_key = keytrail.new_key()
    other, other_key = keytrail.new_key()
    keytrail.settle()
    control.plant(service="iam", where={"UserName": throttled}, access_key=ACCESS_KEYS["Respond"], answer={"code": "Throttling"})
    keytrail.put(records.exposed(throttled_key))
    keytrail.put(records.exposed(other_key))
    keytrail.wait_until_inactive(other, other_key)
    assert keytrail.status(throttled, throttled_key) == "Active"
    wait_for(lambda: keytrail.states("action", throttled_key) == ["waiting"])

    control.plant(service="sns", action="Publish", answer={"code": "InternalError", "status": 500})
    unheard, unheard_key = keytrail.new_key()
    keytrail.put(records.exposed(unheard_key))
    keytrail.wait_until_inactive(unheard, unheard_key), "acting does not wait for telling"
    wait_for(lambda: "waiting" in keytrail.notices(unheard_key).values())

    control.remove_faults()
    keytrail.tick_until(lambda: keytrail.status(throttled, throttled_key) == "Inactive")
    keytrail.tick_until(lambda: set(keytrail.notices(unheard_key).values()) == {"done"})
    assert len(keytrail.pages(unheard_key)) == len(keytrail.notices(unheard_key))


def test_a_throttled_table_loses_nothing(keytrail, control):
    user, key = keytrail.new_key()
    keytrail.settle()
    control.plant(
        service="dynamodb", action="*", access_key=ACCESS_KEYS["Detect"], count=4,
        answer={"code": "ProvisionedThroughputExceededException"},
    )  # fmt: skip
    keytrail.put(records.exposed(key))
    keytrail.wait_until_inactive(user, key, seconds=60)


def test_an_action_written_by_hand_is_refused(keytrail, control):
    user, key = keytrail.new_key()
    _, template_key = compromised = keytrail.new_key()
    keytrail.put(records.exposed(template_key))
    keytrail.wait_until_inactive(*compromised)
    keytrail.settle()
    ((address, action),) = keytrail.outbox("action", template_key).items()
    since = control.mark()
    text = json.dumps(action).replace(address.removeprefix("action/"), "0" * 32)
    forged = json.loads(text.replace(template_key, key).replace(compromised[0], user))
    forged |= {"state": {"S": "pending"}, "version": {"N": "1"}, "drive": {"N": "0"}}
    forged.pop("outcome", None)
    keytrail.deployment.client("dynamodb").put_item(TableName=keytrail.deployment.table, Item=forged)
    wait_for(lambda: keytrail.item(forged["pk"]["S"], "item")["state"]["S"] not in ("pending", "waiting"))

    assert keytrail.item(forged["pk"]["S"], "item")["state"]["S"] == "withheld"
    assert keytrail.status(user, key) == "Active"
    assert keytrail.writes(control, since, user) == []


def test_a_poison_message_among_a_hundred_is_parked(keytrail):
    user, _ = keytrail.new_key()
    before = len(keytrail.parked())
    sqs = keytrail.deployment.client("sqs")
    bodies = [json.dumps({**records.envelope(records.bearer_call(user)), "account": ACCOUNT}) for _ in range(99)]
    bodies.insert(50, "{ this is no JSON \x1b[31m")
    queue = keytrail.deployment.queues["UsageQueue"]
    for start in range(0, 100, 10):
        entries = [{"Id": str(n), "MessageBody": body} for n, body in enumerate(bodies[start : start + 10])]
        assert not sqs.send_message_batch(QueueUrl=queue, Entries=entries).get("Failed")
    wait_for(lambda: len(keytrail.parked()) == before + 1)
    keytrail.settle()

    left = sqs.get_queue_attributes(
        QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    )["Attributes"]
    assert set(left.values()) == {"0"}, "nothing loops"
    wait_for(lambda: keytrail.document(f"aws/{ACCOUNT}/global/usage/logs.amazonaws.com/{user}"))


def test_observing_changes_nothing(deployed, control):
    since = control.mark()
    observing = deployed("observing", "", bus="observed")
    user, key = observing.new_key("observed-sender")
    observing.put(records.exposed(key), records.exposed(user))
    wait_for(lambda: observing.states("finding", key))
    observing.settle()
    observing.tick()
    observing.settle()

    assert observing.status(user, key) == "Active"
    calls, _ = control.log(since=since, service="iam", write=True)
    assert [call for call in calls if call["accessKey"] in ACCESS_KEYS.values()] == []
    assert observing.pages() == []
