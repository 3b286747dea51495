"""What other regions and accounts forward, and who may: infra/member.yaml and the hub's bus."""

import json
import re

import pytest
from emulator import patterns

from access import ADMINISTRATOR, listed, may, role, service, statements
from samples import samples
from template import ACCOUNT, MEMBER, Stack

ORGANIZATION, OUTSIDE, OTHER = "o-a1b2c3d4e5", "o-f6g7h8i9j0", "444455556666"
HUB = Stack(OrganizationId=ORGANIZATION)
SWEEP, RESPOND = HUB.arn("SweepRole"), HUB.arn("RespondRole")
ROLES = {
    "OrganizationId": ORGANIZATION,
    "ExternalId": "0123456789abcdef",
    "SweepRoleArn": SWEEP,
    "RespondRoleArn": RESPOND,
}
SAMPLES = dict(samples())
# What changes Keytrail itself happens where the hub is.
HEARD_AT_HOME_ONLY = {"OwnPartsRule"}
HEARD = {name: rule for name, rule in HUB.rules().items() if name not in HEARD_AT_HOME_ONLY}
# Only these come from one region of the partition.
GLOBAL = {"ApiKeysRule", "UsersRule", "HealthRule"}


def member(region="us-east-1", account=OTHER, **parameters):
    return Stack(MEMBER, region, account, HubBusArn=HUB.arn("Hub"), **parameters)


def matching(rules, envelope):
    return [name for name, rule in rules.items() if patterns.matches(rule["EventPattern"], envelope)]


def names_of(pattern):
    """The event names that stand in a pattern, wherever."""
    return set(re.findall(r"\b[A-Z][A-Za-z0-9]+\b", json.dumps(pattern["detail"])))


@pytest.mark.parametrize("name", HEARD)
def test_a_member_hears_what_the_hub_hears(name):
    rule, same = HEARD[name], member().rules()[name]
    assert same.get("State") == rule.get("State")
    for key in ("source", "detail-type"):
        assert same["EventPattern"][key] == rule["EventPattern"][key]
    # A member may be newer than its hub, and the hub's own rules then pass over what it doesn't know.
    assert names_of(same["EventPattern"]) >= names_of(rule["EventPattern"])
    assert set(member().rules()) == set(HEARD)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_forwarded_once_by_the_rule_that_hears_it_at_home(name):
    home = matching(HUB.rules(), SAMPLES[name])
    expected = [rule for rule in home if rule not in HEARD_AT_HOME_ONLY]
    assert matching(member().rules(), SAMPLES[name]) == expected


def test_what_comes_from_one_region_only_is_heard_there_only():
    assert set(HEARD) - set(member("eu-central-1").rules()) == GLOBAL
    assert set(member("eu-central-1", IamRegion="eu-central-1").rules()) == set(HEARD)


@pytest.mark.parametrize("name", HEARD)
def test_a_rule_forwards_to_the_hub_as_a_role_that_can_do_nothing_else(name):
    stack = member()
    (target,) = stack.rules()[name]["Targets"]
    assert (target["Arn"], target["RoleArn"]) == (HUB.arn("Hub"), stack.arn("ForwardRole"))
    assert target["DeadLetterConfig"] == {"Arn": stack.arn("Undelivered")}
    (policy,) = stack["ForwardRole"]["Policies"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert (statement["Action"], statement["Resource"]) == ("events:PutEvents", HUB.arn("Hub"))


@pytest.mark.parametrize("name", SAMPLES)
def test_a_forwarded_sample_ends_in_the_queue_where_the_hubs_own_ends(name):
    def queues(rules):
        return [rules[rule]["Targets"][0]["Arn"] for rule in matching(rules, SAMPLES[name])]

    assert queues(HUB.rules("Hub")) == queues(HEARD)


@pytest.mark.parametrize("name", HUB.rules("Hub"))
def test_a_pattern_of_the_bus_is_one_that_eventbridge_takes_and_names_no_account(name):
    pattern = HUB.rules("Hub")[name]["EventPattern"]
    patterns.require_valid(pattern)
    assert len(json.dumps(pattern)) <= patterns.LONGEST_PATTERN
    assert all(source.startswith("aws.") for source in pattern["source"])
    assert "account" not in pattern


def test_the_rule_for_changes_names_what_its_five_say():
    five = ("ApiKeysRule", "UsersRule", "KmsKeysRule", "LogTargetsRule", "TrailsRule")
    details = [HUB.rules()[name]["EventPattern"]["detail"] for name in five]
    forwarded = HUB.rules("Hub")["ForwardedChangesRule"]["EventPattern"]["detail"]
    for key in ("eventSource", "eventName"):
        assert set(forwarded[key]) >= {value for detail in details for value in detail[key]}


def test_the_rules_on_the_bus_reach_the_queues():
    policy = HUB["EventQueuesPolicy"]["PolicyDocument"]
    for name, rule in HUB.rules("Hub").items():
        context = service("events.amazonaws.com", **{"aws:SourceArn": HUB.arn(name)})
        assert f"/Hub/{name}" in HUB.arn(name)
        for queue in (rule["Targets"][0]["Arn"], HUB.arn("UndeliveredEvents")):
            assert may(context, "sqs:SendMessage", queue, attached=policy)


def bus_policy(stack):
    return {"Statement": [policy["Statement"] for policy in stack.of_type("AWS::Events::EventBusPolicy").values()]}


def test_only_forwarders_of_the_organization_put_events():
    policy, bus = bus_policy(HUB), HUB.arn("Hub")
    forwarder = member().arn("ForwardRole")

    def may_put(arn, organization, own=ADMINISTRATOR):
        keys = {"aws:PrincipalOrgID": organization} if organization else {}
        # Across accounts both sides have to say yes.
        return may(role(arn, **keys), "events:PutEvents", bus, own=[own]) and may(
            role(arn, **keys), "events:PutEvents", bus, attached=policy
        )

    assert may_put(forwarder, ORGANIZATION, own=member()["ForwardRole"]["Policies"][0]["PolicyDocument"])
    assert not may_put(forwarder, OUTSIDE)
    assert not may_put(forwarder, None)
    assert not may_put(f"arn:aws:iam::{OTHER}:role/admin", ORGANIZATION)
    assert not may_put(f"arn:aws:iam::{OTHER}:root", ORGANIZATION)


def test_without_an_organization_no_other_account_puts_events():
    assert bus_policy(Stack()) == {"Statement": []}


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1"])
def test_what_cannot_be_forwarded_is_kept_and_alarms(region):
    stack = member(region)
    policy = stack["UndeliveredPolicy"]["PolicyDocument"]
    for name in stack.rules():
        context = service("events.amazonaws.com", **{"aws:SourceArn": stack.arn(name)})
        assert may(context, "sqs:SendMessage", stack.arn("Undelivered"), attached=policy)
    for other in (
        service("events.amazonaws.com", **{"aws:SourceArn": f"arn:aws:events:{region}:{OTHER}:rule/other"}),
        service("sns.amazonaws.com"),
        role(f"arn:aws:iam::{OTHER}:role/any"),
    ):
        assert not may(other, "sqs:SendMessage", stack.arn("Undelivered"), attached=policy)
    alarm = stack["UndeliveredNotEmpty"]
    assert "AlarmActions" not in alarm
    topic = f"arn:aws:sns:{region}:{OTHER}:operations"
    assert member(region, AlarmTopicArn=topic)["UndeliveredNotEmpty"]["AlarmActions"] == [topic]


def test_nothing_can_be_read_or_changed_where_nobody_asked_for_it():
    for stack in (
        member(),
        member(SweepRoleArn=SWEEP, RespondRoleArn=RESPOND),
        member(**(ROLES | {"ExternalId": ""})),
        member(**(ROLES | {"OrganizationId": ""})),
        member("eu-central-1", **ROLES),
    ):
        assert not {"KeytrailRead", "KeytrailRespond", "KeytrailDenyBearer"} & set(stack.resources)


@pytest.mark.parametrize(("name", "holder", "other"), [("KeytrailRead", SWEEP, RESPOND), ("KeytrailRespond", RESPOND, SWEEP)])
def test_a_role_is_taken_by_one_function_of_the_organization_that_knows_the_id(name, holder, other):
    trust = member(**ROLES)[name]["AssumeRolePolicyDocument"]
    right = {"aws:PrincipalOrgID": ORGANIZATION, "sts:ExternalId": ROLES["ExternalId"]}

    def may_assume(arn, **keys):
        return may(role(arn, **keys), "sts:AssumeRole", "*", attached=as_resource_policy(trust))

    assert may_assume(holder, **right)
    assert not may_assume(other, **right)
    assert not may_assume(f"arn:aws:iam::{ACCOUNT}:root", **right)
    assert not may_assume(holder, **(right | {"aws:PrincipalOrgID": OUTSIDE}))
    for missing in right:
        assert not may_assume(holder, **{key: value for key, value in right.items() if key != missing})
    assert ":root" not in json.dumps(trust)


def as_resource_policy(trust):
    """A trust policy is about its role; it names no resource."""
    return {"Statement": [statement | {"Resource": "*"} for statement in trust["Statement"]]}


def of_services(document, services):
    """The statements of these services, without the account that they are about."""
    allowed = [s for s in statements(document, "Allow") if {a.split(":")[0] for a in listed(s["Action"])} <= services]
    return json.loads(re.sub(r"\b(444455556666|111122223333)\b", "ACCOUNT", json.dumps(allowed)))


@pytest.mark.parametrize(
    ("name", "at_home", "services"),
    [("KeytrailRead", "SweepPolicy", {"iam", "logs", "cloudtrail", "kms", "ec2"}), ("KeytrailRespond", "RespondPolicy", {"iam"})],
)
def test_a_role_allows_exactly_what_the_function_may_do_at_home(name, at_home, services):
    (inline,) = member(**ROLES)[name]["Policies"]
    # What a function writes to its own log is no business of another account.
    home = [s for s in of_services(HUB[at_home]["PolicyDocument"], services) if s["Sid"] != "Log"]
    assert of_services(inline["PolicyDocument"], services) == home, f"{at_home} and infra/member.yaml differ"
    assert len(inline["PolicyDocument"]["Statement"]) == len(home)


def test_the_policy_that_respond_attaches_is_the_hubs():
    assert member(**ROLES)["KeytrailDenyBearer"]["PolicyDocument"] == HUB["KeytrailDenyBearer"]["PolicyDocument"]
    assert member(**ROLES).resources["KeytrailDenyBearer"]["DeletionPolicy"] == "Retain"
