"""What each role may do, and who may touch the table, the queues and the topics."""

import itertools
import re

import pytest

from access import ADMINISTRATOR, listed, may, role, service, statements
from template import ACCOUNT, PATH, Stack

OPERATOR = f"arn:aws:iam::{ACCOUNT}:role/operators"
STACK = Stack(OperatorRoleArn=OPERATOR, PolicyParameter="/keytrail/policy", RescueKmsKeys="true")
FUNCTIONS = ("Detect", "Respond", "Notify", "Sweep", "Rescue")
POLICIES = {name: STACK[f"{name}Policy"]["PolicyDocument"] for name in FUNCTIONS}
USER = f"arn:aws:iam::{ACCOUNT}:user/ingest/sender"
DENY_POLICY = STACK.arn("KeytrailDenyBearer")
ADMIN = f"arn:aws:iam::{ACCOUNT}:role/admin"


def allowed(function, action, resource, **keys):
    return may(role(STACK.arn(f"{function}Role"), **keys), action, resource, own=[POLICIES[function]])


def who_may(action, resource, **keys):
    return {name for name in FUNCTIONS if allowed(name, action, resource, **keys)}


def actions(function):
    return {action for statement in statements(POLICIES[function], "Allow") for action in listed(statement["Action"])}


@pytest.mark.parametrize(
    ("prefix", "holders"),
    [
        ("iam:Update", {"Respond"}),
        ("iam:Delete", {"Respond"}),
        ("iam:Attach", {"Respond"}),
        ("iam:Detach", {"Respond"}),
        ("iam:Put", set()),
        ("iam:Create", set()),
        ("iam:Pass", set()),
        ("iam:Reset", set()),
        ("sns:", {"Notify"}),
        ("kms:", {"Sweep", "Rescue"}),
        ("kms:Put", set()),
        ("kms:Schedule", set()),
        ("kms:Disable", set()),
        ("kms:Cancel", {"Rescue"}),
        ("kms:Enable", {"Rescue"}),
        ("kms:Decrypt", set()),
        ("sts:", set()),
        ("lambda:", set()),
        ("cloudtrail:", {"Sweep"}),
        ("dynamodb:Delete", set()),
        ("dynamodb:Scan", set()),
        ("sqs:ReceiveMessage", {"Detect", "Sweep"}),
    ],
)
def test_a_power_has_the_holders_it_needs(prefix, holders):
    assert {name for name in FUNCTIONS if any(action.startswith(prefix) for action in actions(name))} == holders


def test_no_action_is_a_wildcard():
    assert not [action for name in FUNCTIONS for action in actions(name) if "*" in action]


def test_respond_switches_the_api_keys_of_users_and_nothing_else():
    for action in ("iam:UpdateServiceSpecificCredential", "iam:DeleteServiceSpecificCredential"):
        assert who_may(action, USER) == {"Respond"}
        name = "iam:ServiceSpecificCredentialServiceName"
        assert allowed("Respond", action, USER, **{name: "logs.amazonaws.com"})
        for password in ("codecommit.amazonaws.com", "cassandra.amazonaws.com"):
            assert not allowed("Respond", action, USER, **{name: password})
        assert not allowed("Respond", action, USER.replace(ACCOUNT, "444455556666"))


def test_users_are_looked_at_by_those_who_weigh_their_tags():
    assert who_may("iam:GetUser", USER) == {"Respond", "Sweep"}
    assert not allowed("Respond", "iam:GetUser", USER.replace(ACCOUNT, "444455556666"))
    assert who_may("iam:GenerateServiceLastAccessedDetails", USER) == {"Respond"}
    assert who_may("iam:GetServiceLastAccessedDetails", "*") == {"Respond"}
    for write in ("iam:TagUser", "iam:UntagUser", "iam:UpdateUser"):
        assert who_may(write, USER) == set()


@pytest.mark.parametrize("action", ["iam:AttachUserPolicy", "iam:DetachUserPolicy"])
def test_respond_attaches_and_detaches_one_policy(action):
    assert allowed("Respond", action, USER, **{"iam:PolicyARN": DENY_POLICY})
    for other in ("arn:aws:iam::aws:policy/AdministratorAccess", f"{DENY_POLICY}2", DENY_POLICY.replace("KeytrailDeny", "")):
        assert not allowed("Respond", action, USER, **{"iam:PolicyARN": other})
    assert not allowed("Respond", action, USER)
    assert not allowed("Respond", action.replace("User", "Role"), USER, **{"iam:PolicyARN": DENY_POLICY})


@pytest.mark.parametrize("action", ["kms:CancelKeyDeletion", "kms:EnableKey"])
def test_rescue_changes_keys_that_opt_in_and_no_others(action):
    key = f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    tag = "aws:ResourceTag/keytrail:rescue"
    assert who_may(action, key, **{tag: "true"}) == {"Rescue"}
    assert who_may(action, key) == set()
    assert who_may(action, key, **{tag: "false"}) == set()
    assert who_may(action, key.replace(ACCOUNT, "444455556666"), **{tag: "true"}) == set()
    assert who_may("kms:TagResource", key, **{tag: "true"}) == set()


def test_nothing_of_rescue_is_there_where_nobody_asked_for_it():
    without = Stack()
    assert not [name for name in without.resources if "Rescue" in name]
    assert without["Respond"]["Environment"]["Variables"]["KEYTRAIL_RESCUE_FUNCTION"] == ""
    assert STACK["Respond"]["Environment"]["Variables"]["KEYTRAIL_RESCUE_FUNCTION"] == STACK["Rescue"]["FunctionName"]


def test_what_may_name_no_resource():
    """Every `*` of the roles is a call that takes no resource; each is in AWS's Service Authorization Reference."""
    found = {
        (name, action)
        for name in FUNCTIONS
        for statement in statements(POLICIES[name], "Allow")
        for action in listed(statement["Action"])
        if "*" in listed(statement["Resource"])
    }
    assert found == {
        ("Respond", "dynamodb:ListStreams"),
        ("Notify", "dynamodb:ListStreams"),
        ("Respond", "iam:GetServiceLastAccessedDetails"),
        ("Sweep", "iam:ListUsers"),
        ("Sweep", "logs:DescribeLogGroups"),
        ("Sweep", "logs:DescribeLookupTables"),
        ("Sweep", "logs:ListLogAnomalyDetectors"),
        ("Sweep", "logs:ListScheduledQueries"),
        ("Sweep", "cloudtrail:DescribeTrails"),
        ("Sweep", "cloudtrail:LookupEvents"),
        ("Sweep", "kms:ListKeys"),
        ("Sweep", "ec2:DescribeRegions"),
    }


def test_sweep_takes_one_role_of_other_accounts_and_none_without_an_external_id():
    members = Stack(ExternalId="0123456789abcdef")["SweepPolicy"]["PolicyDocument"]

    def takes(policy, name, account="444455556666"):
        arn = f"arn:aws:iam::{account}:role/{name}"
        return may(role(STACK.arn("SweepRole")), "sts:AssumeRole", arn, own=[policy])

    assert takes(members, "KeytrailRead")
    assert not any(takes(members, name) for name in ("KeytrailRespond", "KeytrailReadAll", "admin/KeytrailRead"))
    assert not takes(POLICIES["Sweep"], "KeytrailRead")


def test_what_eventsources_and_destinations_need():
    for queue in ("ControlQueue", "UsageQueue"):
        for action in ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"):
            assert who_may(action, STACK.arn(queue)) == {"Detect"}
    stream = STACK["Respond"]["Events"]["Stream"]["Properties"]["Stream"]
    for action in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"):
        assert who_may(f"dynamodb:{action}", stream) == {"Respond", "Notify"}
    assert who_may("sqs:SendMessage", STACK.arn("GivenUp")) == {"Respond", "Notify", "Sweep"}
    assert who_may("sqs:SendMessage", STACK.arn("SweepQueue")) == {"Sweep"}
    assert who_may("sqs:SendMessage", STACK.arn("ControlQueue")) == set()


def test_the_indexes_are_sweeps_and_the_table_everyones():
    table = STACK.arn("Table")
    readers = {"due": {"Sweep", "Rescue"}, "kinds": {"Sweep"}}
    for index in STACK["Table"]["GlobalSecondaryIndexes"]:
        name = index["IndexName"]
        assert who_may("dynamodb:Query", f"{table}/index/{name}") == readers[name]
    # DescribeTable tells one table from another, also from the one that it was restored from.
    for action in ("GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "ConditionCheckItem", "DescribeTable"):
        assert who_may(f"dynamodb:{action}", table) == set(FUNCTIONS)
        assert who_may(f"dynamodb:{action}", f"{table}2") == set()


def test_the_policy_parameter_is_readable_only_where_there_is_one():
    arn = f"arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/keytrail/policy"
    assert who_may("ssm:GetParameter", arn) == {"Detect", "Respond", "Sweep", "Rescue"}
    assert who_may("ssm:GetParameter", f"{arn}/other") == set()
    without = Stack(RescueKmsKeys="true")
    for name in FUNCTIONS:
        document = without[f"{name}Policy"]["PolicyDocument"]
        assert "ssm:GetParameter" not in {a for s in statements(document, "Allow") for a in listed(s["Action"])}


WRITES = ["PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "PartiQLInsert", "PartiQLUpdate", "PartiQLDelete"]


@pytest.mark.parametrize("action", [f"dynamodb:{name}" for name in WRITES])
def test_the_table_lets_nobody_else_write(action):
    def may_write(stack, arn):
        policy = stack["Table"]["ResourcePolicy"]["PolicyDocument"]
        return may(role(arn), action, stack.arn("Table"), own=[ADMINISTRATOR], attached=policy)

    for name in FUNCTIONS:
        assert may_write(STACK, STACK.arn(f"{name}Role"))
    assert may_write(STACK, OPERATOR)
    assert not may_write(Stack(), OPERATOR)
    for other in (ADMIN, f"arn:aws:iam::{ACCOUNT}:root", f"arn:aws:iam::{ACCOUNT}:user/a", STACK.arn("DetectRole") + "2"):
        assert not may_write(STACK, other)
    # Time to live deletes as DynamoDB itself.
    policy = STACK["Table"]["ResourcePolicy"]["PolicyDocument"]
    assert not [s for s in statements(policy, "Deny") if may_be_denied(s, service("dynamodb.amazonaws.com"), action)]


def may_be_denied(statement, context, action):
    allow = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    return not may(context, action, STACK.arn("Table"), own=[allow], attached={"Statement": [statement]})


def test_the_table_lets_others_read():
    policy = STACK["Table"]["ResourcePolicy"]["PolicyDocument"]
    assert may(role(ADMIN), "dynamodb:Query", STACK.arn("Table"), own=[ADMINISTRATOR], attached=policy)
    assert may(role(ADMIN), "dynamodb:PutResourcePolicy", STACK.arn("Table"), own=[ADMINISTRATOR], attached=policy)


@pytest.mark.parametrize("queue", ["ControlQueue", "UsageQueue"])
def test_only_our_rules_send_records(queue):
    arn = STACK.arn(queue)

    def may_send(context, stack=STACK, own=()):
        return may(context, "sqs:SendMessage", arn, own=own, attached=stack["EventQueuesPolicy"]["PolicyDocument"])

    for rule in STACK.of_type("AWS::Events::Rule"):
        assert may_send(service("events.amazonaws.com", **{"aws:SourceArn": STACK.arn(rule)}))
    other_rule = f"arn:aws:events:us-east-1:{ACCOUNT}:rule/other"
    assert not may_send(service("events.amazonaws.com", **{"aws:SourceArn": other_rule}))
    assert not may_send(service("sns.amazonaws.com", **{"aws:SourceArn": STACK.arn("Pages")}))
    assert not may_send(role(ADMIN), own=[ADMINISTRATOR])
    assert may_send(role(OPERATOR), own=[ADMINISTRATOR])
    assert not may_send(role(OPERATOR), stack=Stack(), own=[ADMINISTRATOR])


def test_undelivered_events_are_kept():
    policy = STACK["EventQueuesPolicy"]["PolicyDocument"]
    for rule in STACK.of_type("AWS::Events::Rule"):
        context = service("events.amazonaws.com", **{"aws:SourceArn": STACK.arn(rule)})
        assert may(context, "sqs:SendMessage", STACK.arn("UndeliveredEvents"), attached=policy)
    schedule = STACK["ScheduleRole"]["Policies"][0]["PolicyDocument"]
    context = role(STACK.arn("ScheduleRole"))
    assert may(context, "sqs:SendMessage", STACK.arn("UndeliveredEvents"), own=[schedule], attached=policy)
    for name in ("Sweep", "Rescue"):
        assert may(context, "lambda:InvokeFunction", STACK.arn(name), own=[schedule])
    assert not may(context, "lambda:InvokeFunction", STACK.arn("Respond"), own=[schedule])


def test_only_sweep_sends_units():
    policy = STACK["SweepQueuePolicy"]["PolicyDocument"]
    arn = STACK.arn("SweepQueue")
    assert may(role(STACK.arn("SweepRole")), "sqs:SendMessage", arn, own=[POLICIES["Sweep"]], attached=policy)
    assert not may(role(ADMIN), "sqs:SendMessage", arn, own=[ADMINISTRATOR], attached=policy)
    assert not may(service("events.amazonaws.com"), "sqs:SendMessage", arn, attached=policy)


def alarm(account=ACCOUNT):
    keys = {"aws:SourceAccount": account, "aws:SourceArn": f"arn:aws:cloudwatch:us-east-1:{account}:alarm:any"}
    return service("cloudwatch.amazonaws.com", **keys)


def test_notify_and_alarms_publish_and_nobody_else():
    pages = STACK["PagesPolicy"]["PolicyDocument"]
    topic = STACK.arn("Pages")
    assert may(role(STACK.arn("NotifyRole")), "sns:Publish", topic, own=[POLICIES["Notify"]], attached=pages)
    assert may(alarm(), "sns:Publish", topic, attached=pages)
    assert not may(alarm("444455556666"), "sns:Publish", topic, attached=pages)
    assert not may(role(ADMIN), "sns:Publish", topic, own=[ADMINISTRATOR], attached=pages)
    own = STACK["OwnAlarmsPolicy"]["PolicyDocument"]
    assert may(alarm(), "sns:Publish", STACK.arn("OwnAlarms"), attached=own)
    assert not may(alarm("444455556666"), "sns:Publish", STACK.arn("OwnAlarms"), attached=own)


def test_notify_reaches_the_bus_and_the_chat_that_the_stack_was_given_and_no_other():
    bus, chat = f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/siem", f"arn:aws:sns:us-east-1:{ACCOUNT}:chat"
    with_both = Stack(EventBusArn=bus, ChatTopicArn=chat)["NotifyPolicy"]["PolicyDocument"]
    notify = role(STACK.arn("NotifyRole"))
    for action, resource in (("events:PutEvents", bus), ("sns:Publish", chat)):
        assert may(notify, action, resource, own=[with_both])
        assert not may(notify, action, f"{resource}-other", own=[with_both])
        assert not may(notify, action, resource, own=[Stack()["NotifyPolicy"]["PolicyDocument"]])


@pytest.mark.parametrize("action", ["kms:GenerateDataKey", "kms:Decrypt"])
def test_who_publishes_may_use_the_topics_key(action):
    policy, key = STACK["PagesKey"]["KeyPolicy"], STACK.arn("PagesKey")
    through_sns = {"kms:ViaService": "sns.us-east-1.amazonaws.com"}
    assert may(role(STACK.arn("NotifyRole"), **through_sns), action, key, attached=policy)
    assert not may(role(STACK.arn("NotifyRole")), action, key, attached=policy)
    assert may(alarm(), action, key, attached=policy)
    assert not may(alarm("444455556666"), action, key, attached=policy)
    assert not may(role(STACK.arn("RespondRole"), **through_sns), action, key, attached=policy)


def test_the_alarms_topic_hangs_on_no_key():
    assert "KmsMasterKeyId" not in STACK["OwnAlarms"]
    assert STACK["Pages"]["KmsMasterKeyId"] == STACK.arn("PagesKey")


def test_every_arn_names_its_partition():
    text = re.sub(r"^ *#.*$", "", PATH.read_text(encoding="utf-8"), flags=re.MULTILINE)
    text = re.sub(r"AllowedPattern: .*", "", text)
    assert re.findall(r"arn:(?!\$\{AWS::Partition\}:).*", text) == []


def test_each_function_logs_into_its_own_group():
    for one, other in itertools.product(FUNCTIONS, repeat=2):
        group = STACK.arn(f"{other}Log")
        for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
            assert allowed(one, action, group) == (one == other)
        assert not allowed(one, "logs:CreateLogGroup", group)
