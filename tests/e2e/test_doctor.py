"""`keytrail doctor` on a whole deployment: nothing is wrong with a clean one, and each thing that is planted is found."""

import json
import os
import subprocess

import pytest

from conftest import BINARIES, ENFORCE
from emulator.control_client import Control
from emulator.pump.config import read_config
from emulator.pump.pump import Pump
from emulator.stack import ACCOUNT, REGION, Stack
from local.deployment import OPERATOR
from whole import SELECTORS, Whole

READER = "AKIADOCTOR0000000000"
STACK = "keytrail-doctor"


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A deployment on an emulator of its own: the account has one trail, and it is this one's."""
    with Stack() as stack:
        whole = Whole(stack.addresses, BINARIES, "doctor", ENFORCE).create()
        whole.control = Control(stack.addresses["control"])
        whole.control.deploy_stack(STACK, whole.resources(), [REGION, *whole.regions])
        with Pump(read_config(whole.pump_config(tmp_path_factory.mktemp("doctor"), scheduled=False))) as pump:
            assert pump.functions["Sweep"].invoke({"sweep": "tick"}).error is None
        yield whole


def doctor(whole, *arguments, stack=STACK, access_key=READER):
    """(exit code, standard output)"""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    variables = {
        "AWS_ENDPOINT_URL": whole._addresses["endpoint"],
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": access_key,
        "AWS_SECRET_ACCESS_KEY": "local",
    }
    command = [str(BINARIES / "keytrail"), "doctor", "--stack", stack, *arguments]
    done = subprocess.run(command, env={**clean, **variables}, capture_output=True, text=True, check=False)
    assert done.returncode != 2 or done.stderr, "an error is told"
    return done.returncode, done.stdout or done.stderr


def found(whole):
    code, text = doctor(whole, "--format", "json")
    assert code in (0, 3, 5), text
    return code, json.loads(text)


def test_nothing_is_wrong_with_a_clean_one_and_nothing_is_written(whole):
    since = whole.control.mark()
    code, diagnosis = found(whole)
    assert (code, diagnosis["problems"], diagnosis["unread"]) == (0, [], [])
    assert diagnosis["looked_at"] > 40
    calls, _ = whole.control.log(since=since, accessKey=READER)
    assert len(calls) > 90
    writes = {call["action"] for call in calls if call["write"] and call["action"]}
    assert writes == set(), writes
    code, text = doctor(whole)
    assert code == 0 and "0 errors, 0 warnings" in text


class Planted:
    """What is wrong: how it is done, and undone."""

    def __init__(self, check, spoil, mend):
        self.check, self.spoil, self.mend = check, spoil, mend


def trail(**settings):
    return lambda whole: whole.client("cloudtrail").update_trail(Name="audit", **settings)


def selecting(*selectors):
    return lambda whole: whole.select(list(selectors))


def only_some(selector, field, **condition):
    return {**selector, "FieldSelectors": [*selector["FieldSelectors"], {"Field": field, **condition}]}


def queue(name, **attributes):
    return lambda whole: whole.client("sqs").set_queue_attributes(QueueUrl=whole.queues[name], Attributes=attributes)


def regional(call, **arguments):
    return lambda whole: getattr(whole.in_region("eu-central-1"), call)(**arguments)


def iam(call, role, **arguments):
    return lambda whole: getattr(whole.client("iam"), call)(RoleName=whole.own(role), **arguments)


def function(call, name, **arguments):
    return lambda whole: getattr(whole.client("lambda"), call)(FunctionName=whole.own(name), **arguments)


def source(name, enabled):
    def change(whole):
        functions = whole.client("lambda")
        listed = functions.list_event_source_mappings(FunctionName=whole.own(name))["EventSourceMappings"]
        functions.update_event_source_mapping(UUID=listed[0]["UUID"], Enabled=enabled)

    return change


def unsubscribe(whole):
    sns = whole.client("sns")
    for it in sns.list_subscriptions_by_topic(TopicArn=whole.topic("OwnAlarms"))["Subscriptions"]:
        sns.unsubscribe(SubscriptionArn=it["SubscriptionArn"])


def subscribe(whole):
    arn = whole.topic("OwnAlarms")
    whole.client("sns").subscribe(TopicArn=arn, Protocol="email", Endpoint="nobody@example.com")


def weaken_deny_policy(whole):
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "xray:*", "Resource": "*"}]}
    version = {"PolicyArn": whole.deny_policy, "PolicyDocument": json.dumps(document), "SetAsDefault": True}
    whole.client("iam").create_policy_version(**version)


def mend_deny_policy(whole):
    whole.client("iam").set_default_policy_version(PolicyArn=whole.deny_policy, VersionId="v1")


def topic_policy(whole, *kept):
    sns, arn = whole.client("sns"), whole.topic("Pages")
    policy = json.loads(sns.get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"])
    policy["Statement"] = [it for it in policy["Statement"] if it["Sid"] in kept]
    sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=json.dumps(policy))


def account_only_key(whole):
    root = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    policy = {"Statement": [{"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}]}
    whole.client("kms").put_key_policy(
        KeyId=whole._physical["PagesKey"], PolicyName="default", Policy=json.dumps(policy)
    )


def schedule(state):
    return lambda whole: whole.client("scheduler").update_schedule(**whole.schedule("Tick", State=state))


def hub_for_all(whole):
    anybody = {"Sid": "all", "Effect": "Allow", "Principal": "*", "Action": "events:PutEvents", "Resource": whole.hub}
    whole.client("events").put_permission(EventBusName=whole.own("Hub"), Policy=json.dumps({"Statement": [anybody]}))


def heartbeat(text):
    def change(whole):
        key = {"pk": {"S": "slot/heartbeat"}, "sk": {"S": "slot"}}
        whole.client("dynamodb").update_item(
            TableName=whole.table,
            Key=key,
            UpdateExpression="SET body = :body",
            ExpressionAttributeValues={":body": {"S": text}},
        )

    return change


def keep_heartbeat(whole):
    key = {"pk": {"S": "slot/heartbeat"}, "sk": {"S": "slot"}}
    kept = whole.client("dynamodb").get_item(TableName=whole.table, Key=key)["Item"]["body"]["S"]
    heartbeat(json.dumps({**json.loads(kept), "at": "2026-01-01T00:00:00Z"}))(whole)
    whole.kept_heartbeat = kept


EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
ANYBODY = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
CHANGES, CALLS = SELECTORS
PLANTED = [
    Planted("trail_stopped", lambda w: w.client("cloudtrail").stop_logging(Name="audit"), lambda w: w.client("cloudtrail").start_logging(Name="audit")),
    Planted("trail_management_events", selecting(CALLS), selecting(*SELECTORS)),
    Planted("trail_kms_excluded", selecting(only_some(CHANGES, "eventSource", NotEquals=["kms.amazonaws.com"]), CALLS), selecting(*SELECTORS)),
    Planted("trail_data_events", selecting(CHANGES), selecting(*SELECTORS)),
    Planted("trail_narrowed", selecting(CHANGES, only_some(CALLS, "resources.ARN", StartsWith=["arn:aws:logs:eu"])), selecting(*SELECTORS)),
    Planted("trail_regions", trail(IsMultiRegionTrail=False), trail(IsMultiRegionTrail=True)),
    Planted("rule_disabled", lambda w: w.client("events").disable_rule(Name=w.own("ApiKeysRule")), lambda w: w.client("events").enable_rule(Name=w.own("ApiKeysRule"))),
    Planted("rule_without_target", lambda w: w.client("events").remove_targets(Rule=w.own("UsersRule"), Ids=["control"]), lambda w: w.target("UsersRule")),
    Planted("forwarder_disabled", regional("disable_rule", Name="KmsKeysRule"), regional("enable_rule", Name="KmsKeysRule")),
    Planted("forwarder_missing", lambda w: [w.in_region("eu-central-1").remove_targets(Rule=it["Name"], Ids=["hub"]) for it in w.in_region("eu-central-1").list_rules()["Rules"]], lambda w: w.forward("eu-central-1")),
    Planted("hub_open", hub_for_all, lambda w: w.client("events").remove_permission(EventBusName=w.own("Hub"), RemoveAllPermissions=True)),
    Planted("queue_refuses_rule", lambda w: queue("ControlQueue", Policy=json.dumps({"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}]}))(w), lambda w: w.guard_queue("ControlQueue")),
    Planted("queue_unguarded", queue("SweepQueue", Policy=""), lambda w: w.guard_queue("SweepQueue")),
    Planted("dead_letters", lambda w: w.client("sqs").send_message(QueueUrl=w.queues["UndeliveredEvents"], MessageBody="x"), lambda w: w.client("sqs").purge_queue(QueueUrl=w.queues["UndeliveredEvents"])),
    Planted("function_switched_off", function("put_function_concurrency", "Respond", ReservedConcurrentExecutions=0), function("put_function_concurrency", "Respond", ReservedConcurrentExecutions=5)),
    Planted("source_disabled", source("Notify", False), source("Notify", True)),
    Planted("role_with_more", iam("put_role_policy", "RespondRole", PolicyName="more", PolicyDocument=json.dumps(EVERYTHING)), iam("delete_role_policy", "RespondRole", PolicyName="more")),
    Planted("role_without_policy", iam("delete_role_policy", "SweepRole", PolicyName="sweep"), lambda w: w.put_role_policy("SweepRole", w._stack["SweepPolicy"])),
    Planted("role_trust", iam("update_assume_role_policy", "DetectRole", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [ANYBODY]})), lambda w: w.client("iam").update_assume_role_policy(RoleName=w.own("DetectRole"), PolicyDocument=w.live(w._stack["DetectRole"]["AssumeRolePolicyDocument"]))),
    Planted("schedule_disabled", schedule("DISABLED"), schedule("ENABLED")),
    Planted("deny_policy_weak", weaken_deny_policy, mend_deny_policy),
    Planted("topic_unheard", unsubscribe, subscribe),
    Planted("topic_open", lambda w: topic_policy(w, "NotifyPublishes", "AlarmsPublish"), lambda w: w.guard_topic("Pages")),
    Planted("topic_refuses_notify", lambda w: topic_policy(w, "AlarmsPublish", "NobodyElsePublishes"), lambda w: w.guard_topic("Pages")),
    Planted("key_unusable", lambda w: w.client("kms").disable_key(KeyId=w._physical["PagesKey"]), lambda w: w.client("kms").enable_key(KeyId=w._physical["PagesKey"])),
    Planted("key_refuses", account_only_key, lambda w: w.put_key_policy()),
    Planted("table_deletable", lambda w: w.client("dynamodb").update_table(TableName=w.table, DeletionProtectionEnabled=False), lambda w: w.client("dynamodb").update_table(TableName=w.table, DeletionProtectionEnabled=True)),
    Planted("table_unguarded", lambda w: w.client("dynamodb").delete_resource_policy(ResourceArn=w.guard_table()), lambda w: w.guard_table()),
    Planted("table_recovery", lambda w: w.client("dynamodb").update_continuous_backups(TableName=w.table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False}), lambda w: w.client("dynamodb").update_continuous_backups(TableName=w.table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})),
    Planted("heartbeat_late", keep_heartbeat, lambda w: heartbeat(w.kept_heartbeat)(w)),
    Planted("policy_broken", lambda w: w.set_policy('mode = "perhaps"'), lambda w: w.set_policy(ENFORCE)),
]  # fmt: skip


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.check)
def test_what_is_planted_is_found_and_nothing_else(whole, planted):
    planted.spoil(whole)
    try:
        code, diagnosis = found(whole)
    finally:
        planted.mend(whole)
    assert code == 3
    assert {it["check"] for it in diagnosis["problems"]} == {planted.check}, diagnosis["problems"]
    assert all(it["what"] and it["fix"] for it in diagnosis["problems"])


def test_all_of_it_was_mended(whole):
    code, diagnosis = found(whole)
    assert (code, diagnosis["problems"]) == (0, [])


def test_what_may_not_be_read_is_told_by_its_permission(whole):
    fault = {"answer": {"code": "AccessDeniedException", "status": 403}, "access_key": READER}
    for service, action in (("events", "DescribeRule"), ("cloudtrail", "DescribeTrails")):
        whole.control.plant(service=service, action=action, **fault)
    try:
        code, diagnosis = found(whole)
    finally:
        whole.control.remove_faults()
    assert (code, diagnosis["problems"]) == (5, [])
    assert {it["call"] for it in diagnosis["unread"]} == {"events:DescribeRule", "cloudtrail:DescribeTrails"}


def test_a_stack_that_is_not_there_is_named(whole):
    code, text = doctor(whole, stack="nowhere")
    assert code == 2 and "nowhere" in text and "cloudformation:ListStackResources" in text


def alert(whole, *arguments):
    """What a test alert of the operator's comes to: (exit code, diagnosis)."""
    code, text = doctor(whole, "--format", "json", *arguments, access_key=OPERATOR)
    assert code in (0, 3), text
    return code, json.loads(text)


def inbox(whole, notice):
    """What the topic's subscriber got of a notice."""
    got = []
    while messages := whole.client("sqs").receive_message(QueueUrl=whole.inbox, MaxNumberOfMessages=10).get("Messages", []):
        for message in messages:
            whole.client("sqs").delete_message(QueueUrl=whole.inbox, ReceiptHandle=message["ReceiptHandle"])
            got.append(json.loads(message["Body"]))
    return [page for page in got if notice in page["Message"]]


@pytest.fixture
def running(whole, tmp_path):
    with Pump(read_config(whole.pump_config(tmp_path, scheduled=False))) as pump:
        yield pump


def test_a_test_alert_nobody_takes_up_is_told_as_stuck(whole):
    code, diagnosis = alert(whole, "--test-alert", "--wait", "1")
    (problem,) = diagnosis["problems"]
    assert (code, problem["check"]) == (3, "test_alert")
    assert "notify has not taken it up" in problem["what"] and "Notify" in problem["fix"]


def test_a_test_alert_travels_the_whole_way(whole, running):
    code, diagnosis = alert(whole, "--test-alert=critical", "--wait", "60")
    assert (code, diagnosis["problems"]) == (0, []), diagnosis
    sent = diagnosis["test_alert"]
    assert sent["written"] <= sent["published"]
    (page,) = inbox(whole, sent["notice"])
    said = json.loads(page["Message"])
    assert said["kind"] == "test" and said["severity"] == "critical"
    assert said["news"]["by"].startswith("arn:aws:") and ACCOUNT in said["news"]["by"]
    assert page["MessageAttributes"]["kind"]["Value"] == "test"


def test_a_test_alert_that_sns_refuses_is_told_with_its_code(whole, running):
    whole.control.plant(service="sns", action="Publish", answer={"code": "KMSAccessDenied", "status": 400})
    try:
        code, diagnosis = alert(whole, "--test-alert", "--wait", "15")
    finally:
        whole.control.remove_faults()
    (problem,) = diagnosis["problems"]
    assert (code, problem["check"]) == (3, "test_alert")
    assert "SNS refuses it, and says KMSAccessDenied" in problem["what"]


def test_who_may_not_write_is_told_so(whole):
    fault = {"answer": {"code": "AccessDeniedException", "status": 400}, "access_key": OPERATOR}
    for action in ("PutItem", "TransactWriteItems"):
        whole.control.plant(service="dynamodb", action=action, **fault)
    try:
        code, diagnosis = alert(whole, "--test-alert", "--wait", "1")
    finally:
        whole.control.remove_faults()
    (problem,) = diagnosis["problems"]
    assert code == 3 and "could not be written" in problem["what"] and "OperatorRoleArn" in problem["fix"]
