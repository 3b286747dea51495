"""A person's requests: the real command writes them, and the real functions carry them out."""

import json
from datetime import UTC, datetime, timedelta

from emulator.stack import ACCOUNT, REGION
from local import records
from local.deployment import wait_for


def place(keytrail):
    return ["--table", keytrail.deployment.table, "--region", REGION]


def ask(keytrail, *words):
    """What `keytrail WORDS` answers, in JSON."""
    policy = ["--policy-parameter", f"/{keytrail.deployment.name}/policy"]
    asked = keytrail.run(["keytrail", *words, *place(keytrail), *policy, "--yes", "--format", "json"])
    assert asked.returncode == 0, asked
    return json.loads(asked.stdout)


def recorded(keytrail, user, key, status, seconds):
    """CloudTrail records what was done, a few seconds later than everything before it."""
    moment = datetime.now(UTC) + timedelta(seconds=seconds)
    keytrail.put(records.envelope(records.key_status_set(user, key, status, moment)))
    subject = f"aws/{ACCOUNT}/global/api-key/{key}"
    wait_for(lambda: records.time_text(moment) in keytrail.document(subject)["body"]["S"])
    # Before that moment the record is one of the future, and the key as it was.
    wait_for(lambda: datetime.now(UTC) > moment + timedelta(seconds=1))


def test_a_person_switches_a_key_off_and_on_again_and_it_is_held(keytrail, control):
    since = control.mark()
    user, key = keytrail.new_key()
    off = ask(keytrail, "deactivate", key, "--why", "its service is gone")
    assert off["state"] == "recorded" and off["by_is_proved"], off
    assert [it["do"] for it in off["actions"]] == ["deactivate_api_key"]
    keytrail.wait_until_inactive(user, key)
    wait_for(lambda: "done" in keytrail.states("action", key))
    recorded(keytrail, user, key, "Inactive", seconds=2)

    on = ask(keytrail, "reactivate", key, "--why", "billing still needs it")
    assert [it["do"] for it in on["actions"]] == ["reactivate_api_key"], on
    wait_for(lambda: keytrail.status(user, key) == "Active")
    keytrail.settle()
    wait_for(lambda: keytrail.states("action", key) == ["done", "done"])
    recorded(keytrail, user, key, "Active", seconds=2)

    writes = keytrail.writes(control, since, user)
    assert [it["params"]["Status"] for it in writes] == ["Inactive", "Active"]
    said = [page["Message"] for page in keytrail.wait_for_pages(key, 2)]
    assert any("its service is gone" in it for it in said), "who asked why is told"
    rows = json.loads(keytrail.run(["keytrail", "keys", *place(keytrail), "--format", "json"]).stdout)
    (row,) = [row for row in rows if row["id"] == key]
    assert row["stage"] == "held", row


def test_the_same_request_twice_is_one(keytrail, control):
    since = control.mark()
    user, key = keytrail.new_key()
    words = ["compromised", key, "--why", "seen in a paste", "--request-id", f"ticket-{key}"]
    assert ask(keytrail, *words)["state"] == "recorded"
    keytrail.wait_until_inactive(user, key)
    assert ask(keytrail, *words)["state"] == "already"
    keytrail.settle()
    keytrail.tick()
    keytrail.settle()
    assert len(keytrail.writes(control, since, user)) == 1
