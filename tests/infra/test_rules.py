"""What the rules let through, held against every sample and against what must stay out."""

import json

import pytest
from emulator import patterns

from samples import enveloped, samples
from template import Stack

RULES = Stack().rules()
FORWARDED = Stack().rules("Hub")
SAMPLES = dict(samples())
CONTROL, USAGE = "ControlQueue", "UsageQueue"
TRAIL_TYPES = ["AWS API Call via CloudTrail", "AWS Service Event via CloudTrail"]


def matching(envelope, rules=RULES):
    return [name for name, rule in rules.items() if patterns.matches(rule["EventPattern"], envelope)]


def expected(envelope):
    """The rule for a sample, told from its source alone: every sample is something that the engine understands."""
    if envelope["source"] == "aws.health":
        return "HealthRule"
    if envelope["source"] == "aws.guardduty":
        return "GuardDutyRule"
    source, name = envelope["detail"]["eventSource"], envelope["detail"]["eventName"]
    match source.removesuffix(".amazonaws.com"):
        case "iam" if "Role" in name or "Policy" in name and "User" not in name:
            return "OwnPartsRule"
        case "dynamodb" | "events" | "lambda" | "scheduler" | "sns" | "sqs" | "ssm":
            return "OwnPartsRule"
        case "iam":
            return "ApiKeysRule" if "ServiceSpecificCredential" in name else "UsersRule"
        case "kms":
            return "KmsKeysRule"
        case "cloudtrail":
            return "TrailsRule"
        case "logs" if name != "CallWithBearerToken":
            return "LogTargetsRule"
    return "BearerCallsRule"


def record(source, name, **rest):
    return enveloped({"eventSource": f"{source}.amazonaws.com", "eventName": name, "eventType": "AwsApiCall"} | rest)


def flagged(source, name, part="requestParameters", flag=True):
    return record(source, name, **{part: {"callWithBearerToken": flag}})


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_matches_the_rule_for_it_and_no_other(name):
    assert matching(SAMPLES[name]) == [expected(SAMPLES[name])]


def test_the_samples_exercise_every_rule():
    assert {expected(envelope) for envelope in SAMPLES.values()} == set(RULES)


@pytest.mark.parametrize("name", RULES)
def test_a_pattern_is_one_that_eventbridge_takes(name):
    pattern = RULES[name]["EventPattern"]
    patterns.require_valid(pattern)
    assert len(json.dumps(pattern)) <= patterns.LONGEST_PATTERN
    # A path in a branch of $or and beside it, or EventBridge refuses the pattern.
    branches = pattern["detail"].get("$or", [])
    assert not set(pattern["detail"]) & {field for branch in branches for field in branch}


@pytest.mark.parametrize("name", RULES)
def test_a_rule_hears_only_aws_and_both_kinds_of_trail_event(name):
    pattern = RULES[name]["EventPattern"]
    # Nobody but AWS may put an event whose source begins so.
    assert all(source.startswith("aws.") for source in pattern["source"])
    if name not in ("HealthRule", "GuardDutyRule"):
        assert pattern["detail-type"] == TRAIL_TYPES
        branches = [pattern["detail"]] if "eventSource" in pattern["detail"] else pattern["detail"]["$or"]
        sources = [source for branch in branches for source in branch["eventSource"]]
        assert [f"aws.{source.removesuffix('.amazonaws.com')}" for source in sources] == pattern["source"]
    # Read-only management events come only if asked for; some bearer calls are such.
    everything = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
    assert RULES[name].get("State", "ENABLED") == (everything if name == "BearerCallsRule" else "ENABLED")


@pytest.mark.parametrize("name", RULES | FORWARDED)
def test_use_and_only_use_goes_to_the_usage_queue(name):
    stack = Stack()
    (target,) = (RULES | FORWARDED)[name]["Targets"]
    assert target["Arn"] == stack.arn(USAGE if name in ("BearerCallsRule", "ForwardedUseRule") else CONTROL)
    assert target["DeadLetterConfig"] == {"Arn": stack.arn("UndeliveredEvents")}
    # An event arrives as EventBridge has it.
    assert not {"Input", "InputPath", "InputTransformer"} & set(target)


@pytest.mark.parametrize(
    "envelope",
    [
        record("iam", "ListServiceSpecificCredentials", readOnly=True),
        record("iam", "GetUser", readOnly=True),
        record("iam", "CreateRole"),
        record("kms", "Decrypt", readOnly=True),
        record("kms", "GenerateDataKey", readOnly=True),
        record("kms", "CreateAlias"),
        record("logs", "DescribeLogGroups", readOnly=True),
        record("logs", "PutLogEvents"),
        record("logs", "CreateLogStream"),
        record("cloudtrail", "GetTrailStatus", readOnly=True),
        record("bedrock-runtime", "Converse", requestParameters=None, additionalEventData={}),
        flagged("bedrock-runtime", "Converse", flag=False),
        flagged("bedrock-runtime", "Converse", flag="false"),
        flagged("s3", "GetObject"),
        # Another service's calls of the same name.
        record("transfer", "CreateUser"),
        record("sso-directory", "CreateUser"),
        record("payment-cryptography", "CreateKey"),
        record("cognito-idp", "DeleteUser"),
        # What an application puts on the bus, and other things than trail events.
        record("iam", "CreateUser") | {"source": "my.application"},
        record("iam", "CreateUser") | {"detail-type": "AWS Console Action via CloudTrail"},
        {"source": "aws.health", "detail-type": "AWS Health Event", "detail": {"eventTypeCode": "AWS_EC2_OPERATIONAL_ISSUE"}},
        {"source": "aws.health", "detail-type": "AWS Health Abuse Event", "detail": {"eventTypeCode": "AWS_ABUSE_DOS_REPORT"}},
        {"source": "aws.guardduty", "detail-type": "GuardDuty Finding", "detail": {"resource": {"instanceDetails": {}}}},
        {
            "source": "aws.guardduty",
            "detail-type": "GuardDuty Finding",
            "detail": {"resource": {"accessKeyDetails": {"accessKeyId": "ASIA", "userType": "AssumedRole", "userName": "r"}}},
        },
    ],
    ids=lambda envelope: f"{envelope['source']}-{envelope['detail'].get('eventName', 'report')}",
)
def test_what_is_not_understood_stays_out(envelope):
    assert matching(envelope) == []


@pytest.mark.parametrize("part", ["requestParameters", "additionalEventData"])
@pytest.mark.parametrize("flag", [True, "true", "True", "TRUE"])
def test_a_bearer_call_is_known_by_its_flag(part, flag):
    assert matching(flagged("bedrock-mantle", "CreateInference", part, flag)) == ["BearerCallsRule"]
    assert matching(flagged("logs", "PutLogEvents", part, flag)) == ["BearerCallsRule"]


@pytest.mark.parametrize("part", ["requestParameters", "additionalEventData"])
def test_a_change_made_with_an_api_key_is_heard_once_as_a_change(part):
    for name in RULES["LogTargetsRule"]["EventPattern"]["detail"]["eventName"]:
        assert matching(flagged("logs", name, part)) == ["LogTargetsRule"]


def test_what_kms_does_itself_is_heard():
    for name in ("DeleteKey", "RotateKey", "DeleteExpiredKeyMaterial"):
        assert matching(record("kms", name, eventType="AwsServiceEvent")) == ["KmsKeysRule"]


def test_an_attack_sequence_with_a_user_among_its_actors_is_heard():
    actors = [{"id": "1", "user": {"type": "AssumedRole"}}, {"id": "2", "user": {"type": "IAMUser", "name": "sender"}}]
    finding = {"service": {"detection": {"sequence": {"actors": actors}}}, "resource": {"resourceType": "AttackSequence"}}
    envelope = {"source": "aws.guardduty", "detail-type": "GuardDuty Finding", "detail": finding}
    assert matching(envelope) == ["GuardDutyRule"]
    actors[1]["user"]["type"] = "Root"
    assert matching(envelope) == []
