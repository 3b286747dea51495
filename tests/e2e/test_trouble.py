"""What is wrong with Keytrail itself, and what a person says, through the real binaries: who stops what, and who is told."""

import json
from datetime import UTC, datetime, timedelta

from conftest import ENFORCE

from emulator.stack import REGION
from local import records
from local.deployment import ACCESS_KEYS, wait_for


def messages(keytrail, rule):
    """The pages under a rule: (attributes, message)."""
    pages = keytrail.pages(f'"{rule}"')
    return [page for page in pages if page["MessageAttributes"]["rule"]["Value"] == rule]


def test_a_broken_policy_stops_enforcement_and_is_paged_once(deployed, control):
    broken = deployed("broken", ENFORCE, bus="broken")
    user, key = broken.new_key("broken-policy-sender")
    since = control.mark()
    broken.deployment.set_policy('mode = "off"')
    broken.put(records.exposed(key))
    wait_for(lambda: broken.states("action", key) == ["waiting"])
    wait_for(lambda: messages(broken, "policy_broken"))
    # A new process finds the last good version, and the same broken one behind it.
    broken.tick()
    broken.tick()
    broken.settle()

    (page,) = messages(broken, "policy_broken")
    assert page["MessageAttributes"]["severity"]["Value"] == "critical"
    assert "line 1" in page["Message"]
    assert broken.status(user, key) == "Active"
    assert broken.writes(control, since, user) == []


def test_a_restored_ledger_observes_until_the_command_of_its_page_is_run(deployed, control):
    restored = deployed("restored", ENFORCE, bus="restored")
    restored.tick()
    user, key = restored.new_key("restored-sender")
    later, later_key = restored.new_key("resumed-sender")
    since = control.mark()
    # As the table of a backup would say it: its epoch is another table's.
    dynamodb = restored.deployment.client("dynamodb")
    epoch = json.loads(restored.item("ledger", "epoch")["body"]["S"])
    dynamodb.update_item(
        TableName=restored.deployment.table,
        Key={"pk": {"S": "ledger"}, "sk": {"S": "epoch"}},
        UpdateExpression="SET body = :body",
        ExpressionAttributeValues={":body": {"S": json.dumps({**epoch, "store": "arn:of-the-table-before#1"})}},
    )
    restored.tick()
    restored.tick()
    wait_for(lambda: messages(restored, "ledger_restored"))
    restored.put(records.exposed(key))
    wait_for(lambda: restored.states("action", key) == ["waiting"])
    restored.settle()
    (page,) = messages(restored, "ledger_restored")
    assert restored.status(user, key) == "Active"
    assert restored.writes(control, since, user) == []

    store = json.loads(page["Message"])["news"]["store"]
    # DynamoDB Local has a region and an account of its own.
    assert f":table/{restored.deployment.table}#" in store
    resume = ["keytrail", "resume", "--table", restored.deployment.table, "--region", REGION]
    assert restored.run(resume).returncode != 0, "without a terminal nobody says yes"
    assert json.loads(restored.item("ledger", "epoch")["body"]["S"])["paused"] is True
    resumed = restored.run([*resume, "--yes"])
    assert resumed.returncode == 0, resumed
    restored.put(records.exposed(later_key))
    restored.wait_until_inactive(later, later_key)
    assert len(messages(restored, "ledger_restored")) == 1, "told once"


def test_a_hold_that_is_entered_while_an_action_waits_withholds_it(deployed, control, tmp_path):
    held = deployed("held", ENFORCE, bus="held")
    user, key = held.new_key("held-sender")
    policy = tmp_path / "policy.toml"
    policy.write_text(ENFORCE)
    table = ["--table", held.deployment.table, "--region", REGION, "--yes"]
    since = control.mark()
    control.plant(
        service="iam", where={"UserName": user}, access_key=ACCESS_KEYS["Respond"], answer={"code": "Throttling"}
    )
    asked = held.run(["keytrail", "deactivate", key, "--why", "no longer needed", "--policy", str(policy), *table])
    assert asked.returncode == 0, asked
    wait_for(lambda: held.states("action", key) == ["waiting"])

    until = (datetime.now(UTC) + timedelta(days=7)).strftime("%Y-%m-%d")
    hold = ["keytrail", "hold", key, "--until", until, "--why", "it feeds the audit", "--policy", str(policy), *table]
    assert (answer := held.run(hold)).returncode == 0, answer
    tried = len(held.writes(control, since, user))
    control.remove_faults()
    held.tick_until(lambda: held.states("action", key) == ["withheld"])
    held.settle()
    assert held.status(user, key) == "Active"
    assert len(held.writes(control, since, user)) == tried, "IAM was asked while it throttled, and not again"
    told = [page["Message"] for page in messages(held, "requested_by_person")]
    assert any('"held"' in text and until in text for text in told), told

    released = held.run(["keytrail", "release", key, "--why", "moved elsewhere", "--policy", str(policy), *table])
    assert released.returncode == 0, released
