"""What is wrong with Keytrail itself, through the real binaries: it stops enforcing, and pages."""

import json

from conftest import ENFORCE

from emulator.stack import REGION
from local import records
from local.deployment import wait_for


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

