"""Every stack can be made and goes again, save what is kept by choice.

What moto passes over is listed, by type: another one fails. What is listed is checked as data by tests/infra.
"""

import boto3
import pytest

from stacks import Deployed, plain, upload_code
from template import MEMBER, PACKAGED, PATH, TRAIL, template

pytestmark = pytest.mark.filterwarnings("ignore:Tried to parse")

# moto's CloudFormation has none of these. Where tests/infra checks them:
PASSED_OVER = {
    "AWS::CloudTrail::Trail": "test_trail.py",
    "AWS::CloudWatch::Alarm": "test_stack.py, test_forwarding.py",
    "AWS::CloudWatch::Dashboard": "test_dashboard.py",
    "AWS::Logs::MetricFilter": "test_dashboard.py",
    "AWS::Events::EventBusPolicy": "test_forwarding.py",
    "AWS::Lambda::EventInvokeConfig": "test_stack.py",
    "AWS::S3::BucketPolicy": "test_trail.py",
    "AWS::SNS::Subscription": "test_stack.py",
    "AWS::SNS::TopicPolicy": "test_access.py",
    "AWS::SQS::QueuePolicy": "test_access.py, test_forwarding.py",
    "AWS::Scheduler::Schedule": "test_stack.py",
}
HUB = "arn:aws:events:us-east-1:123456789012:event-bus/keytrail-hub"
PARAMETERS = {
    PATH: {"OrganizationId": "o-a1b2c3d4e5", "Email": "oncall@example.com", "PolicyParameter": "/keytrail/policy",
           "RescueKmsKeys": "true", "EventBusArn": "arn:aws:events:us-east-1:123456789012:event-bus/siem",
           "ChatTopicArn": "arn:aws:sns:us-east-1:123456789012:chat"},
    PACKAGED: {"CodeBucket": "released", "CodePrefix": "0.1.0/", "Architecture": "x86_64"},
    MEMBER: {
        "HubBusArn": HUB,
        "OrganizationId": "o-a1b2c3d4e5",
        "ExternalId": "0123456789abcdef",
        "SweepRoleArn": "arn:aws:iam::123456789012:role/sweep",
        "RespondRoleArn": "arn:aws:iam::123456789012:role/respond",
    },
    TRAIL: {},
}
FEWEST = {PATH: {}, PACKAGED: {"CodeBucket": "released"}, MEMBER: {"HubBusArn": HUB}, TRAIL: {}}
VARIANTS = [pytest.param(path, chosen[path], id=f"{path.stem}-{name}")
            for name, chosen in (("all", PARAMETERS), ("fewest", FEWEST)) for path in PARAMETERS]  # fmt: skip


def kept(path):
    """The logical ids of what stays when the stack goes."""
    return {name for name, part in template(path)["Resources"].items() if part.get("DeletionPolicy") == "Retain"}


def there():
    """What there is in the account, of everything that a stack of ours makes and moto knows."""
    iam, events = boto3.client("iam"), boto3.client("events")
    buses = [bus["Name"] for bus in events.list_event_buses()["EventBuses"]]
    return {
        "table": boto3.client("dynamodb").list_tables()["TableNames"],
        "queue": boto3.client("sqs").list_queues().get("QueueUrls", []),
        "topic": boto3.client("sns").list_topics()["Topics"],
        "subscription": boto3.client("sns").list_subscriptions()["Subscriptions"],
        "role": iam.list_roles()["Roles"],
        "policy": [part["PolicyName"] for part in iam.list_policies(Scope="Local")["Policies"]],
        "bus": [bus for bus in buses if bus != "default"],
        "rule": [rule for bus in buses for rule in events.list_rules(EventBusName=bus)["Rules"]],
        "function": boto3.client("lambda").list_functions()["Functions"],
        "mapping": boto3.client("lambda").list_event_source_mappings()["EventSourceMappings"],
        "log group": boto3.client("logs").describe_log_groups()["logGroups"],
        "bucket": [b["Name"] for b in boto3.client("s3").list_buckets()["Buckets"] if b["Name"] != "released"],
    }


@pytest.mark.parametrize(("path", "parameters"), VARIANTS)
def test_a_stack_is_made_whole_and_goes_again(aws, path, parameters):
    upload_code()
    whole = plain(path)
    stack = Deployed("keytrail", whole, **parameters)
    assert stack.status() == "CREATE_COMPLETE"
    assert stack.skipped <= set(PASSED_OVER)

    made = {name for _, name in stack.resources()}
    conditional = {name for name, part in whole["Resources"].items() if "Condition" in part}
    wanted = {name for name, part in whole["Resources"].items() if part["Type"] not in stack.skipped}
    assert wanted - made <= (conditional if path == PACKAGED or parameters == FEWEST[path] else set())
    assert set(stack.outputs()) == set(whole["Outputs"])

    before = there()
    stack.delete()
    left = {kind: things for kind, things in there().items() if things}
    may_stay = {"table", "policy", "bucket"}
    assert set(left) <= may_stay and all(left[kind] == before[kind] for kind in left)
    assert bool(left) == bool(kept(path) & made)


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1"])
def test_the_hubs_outputs_are_what_a_member_asks_for(aws, region):
    upload_code()
    hub = Deployed("keytrail", plain(PATH))
    member = Deployed("keytrail-forward", plain(MEMBER), HubBusArn=hub.outputs()["HubBusArn"], IamRegion=region)
    rules = {name for kind, name in member.resources() if kind == "AWS::Events::Rule"}
    assert ("UsersRule" in rules) == (region == "us-east-1")
    events = boto3.client("events")
    forwarding = [
        target["Arn"]
        for rule in events.list_rules()["Rules"]
        if rule["Name"].startswith("keytrail-forward")
        for target in events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
    ]
    assert forwarding == [hub.outputs()["HubBusArn"]] * len(rules)


def test_every_type_that_is_passed_over_is_checked_elsewhere(aws):
    used = {part["Type"] for path in PARAMETERS for part in plain(path)["Resources"].values()}
    folder = PATH.parents[1] / "tests" / "infra"
    assert set(PASSED_OVER) <= used
    for kind in PASSED_OVER:
        for name in PASSED_OVER[kind].split(", "):
            assert (folder / name).exists(), name
