"""Event patterns, case by case from EventBridge's documentation, then through rules to queues."""

import json

import pytest

from emulator.patterns import InvalidPattern, matches, require_valid

RECORD = {
    "source": "aws.iam",
    "detail-type": "AWS API Call via CloudTrail",
    "detail": {
        "eventName": "UpdateServiceSpecificCredential",
        "sourceIPAddress": "198.51.100.7",
        "errorCode": None,
        "readOnly": False,
        "count": 3,
        "empty": [],
        "requestParameters": {"userName": "alice"},
        "resources": [
            {"type": "AWS::KMS::Key", "accountId": "111122223333"},
            {"type": "AWS::Logs::LogGroup", "accountId": "444455556666"},
        ],
    },
}


@pytest.mark.parametrize(
    ("detail", "expected"),
    [
        ({"eventName": ["UpdateServiceSpecificCredential", "Other"]}, True),
        ({"eventName": ["updateservicespecificcredential"]}, False),
        ({"eventName": [{"prefix": "Update"}]}, True),
        ({"eventName": [{"prefix": {"equals-ignore-case": "uPDATE"}}]}, True),
        ({"eventName": [{"suffix": "Credential"}]}, True),
        ({"eventName": [{"equals-ignore-case": "updateSERVICEspecificCredential"}]}, True),
        ({"eventName": [{"wildcard": "Update*Credential"}]}, True),
        ({"eventName": [{"wildcard": "Update*Key"}]}, False),
        ({"eventName": [{"wildcard": "Update\\*Credential"}]}, False),
        ({"eventName": [{"anything-but": ["Other"]}]}, True),
        ({"eventName": [{"anything-but": {"prefix": "Update"}}]}, False),
        ({"eventName": [{"anything-but": {"wildcard": ["Up*", "Down*"]}}]}, False),
        ({"absent": [{"anything-but": ["Other"]}]}, False),
        ({"absent": [{"exists": False}]}, True),
        ({"absent": {"deeper": [{"exists": False}]}}, True),
        ({"absent": {"deeper": [{"exists": True}]}}, False),
        ({"errorCode": [{"exists": True}]}, True),
        ({"errorCode": [None]}, True),
        ({"absent": [None]}, False),
        ({"requestParameters": [{"exists": True}]}, False),
        ({"requestParameters": {"userName": ["alice"]}}, True),
        ({"readOnly": [False]}, True),
        ({"readOnly": [0]}, False),
        ({"count": [3.0]}, True),
        ({"count": ["3"]}, False),
        ({"count": [{"numeric": [">", 2, "<=", 3]}]}, True),
        ({"count": [{"numeric": ["<", 3]}]}, False),
        ({"eventName": [{"numeric": ["=", 3]}]}, False),
        ({"sourceIPAddress": [{"cidr": "198.51.100.0/24"}]}, True),
        ({"sourceIPAddress": [{"cidr": "10.0.0.0/8"}]}, False),
        ({"empty": ["x"]}, False),
        ({"resources": {"type": ["AWS::KMS::Key"]}}, True),
        ({"resources": {"type": ["AWS::KMS::Key"], "accountId": ["444455556666"]}}, False),
        ({"resources": {"type": ["AWS::Logs::LogGroup"], "accountId": ["444455556666"]}}, True),
        ({"$or": [{"eventName": ["Other"]}, {"count": [3]}]}, True),
        ({"$or": [{"eventName": ["Other"]}, {"count": [4]}]}, False),
        ({"count": [3], "$or": [{"eventName": ["Other"]}, {"readOnly": [True]}]}, False),
    ],
)
def test_operators(detail, expected):
    pattern = {"source": ["aws.iam"], "detail": detail}
    require_valid(pattern)
    assert matches(pattern, RECORD) is expected


@pytest.mark.parametrize(
    "pattern",
    [
        {},
        [],
        {"source": "aws.iam"},
        {"source": []},
        {"source": [["aws.iam"]]},
        {"source": [{"regex": ".*"}]},
        {"source": [{"prefix": "a", "suffix": "b"}]},
        {"source": [{"exists": "true"}]},
        {"count": [{"numeric": ["~", 3]}]},
        {"count": [{"numeric": [">"]}]},
        {"source": [{"anything-but": {"cidr": "10.0.0.0/8"}}]},
        {"$or": [{"source": ["a"]}]},
    ],
)
def test_what_eventbridge_refuses(pattern):
    with pytest.raises(InvalidPattern):
        require_valid(pattern)


@pytest.fixture
def rule_to_queue(client, control, name):
    """Makes a rule on the default bus with queues behind it; gives their URLs."""
    events, sqs = client("events"), client("sqs")

    def make(pattern, queues=1):
        rule = name("rule")
        events.put_rule(Name=rule, EventPattern=json.dumps(pattern))
        urls = [sqs.create_queue(QueueName=name("queue"))["QueueUrl"] for _ in range(queues)]
        arns = [
            sqs.get_queue_attributes(QueueUrl=u, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
            for u in urls
        ]
        events.put_targets(Rule=rule, Targets=[{"Id": str(n), "Arn": arn} for n, arn in enumerate(arns)])
        return rule, urls

    return make


def received(client, url):
    messages = client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(message["Body"]) for message in messages]


def put(client, detail, source="aws.iam"):
    entry = {"Source": source, "DetailType": RECORD["detail-type"], "Detail": json.dumps(detail)}
    return client("events").put_events(Entries=[entry])


def test_an_event_reaches_the_queues_of_the_rules_it_matches(client, rule_to_queue):
    _, (kms, also_kms) = rule_to_queue({"detail": {"resources": {"type": ["AWS::KMS::Key"]}}}, queues=2)
    _, (other,) = rule_to_queue({"detail": {"resources": {"type": ["AWS::Lambda::Function"]}}})
    assert put(client, RECORD["detail"])["FailedEntryCount"] == 0
    (envelope,) = received(client, kms)
    assert set(envelope) == {
        "version",
        "id",
        "source",
        "account",
        "time",
        "region",
        "resources",
        "detail-type",
        "detail",
    }
    assert (envelope["source"], envelope["detail"], envelope["account"]) == (
        "aws.iam",
        RECORD["detail"],
        "123456789012",
    )
    assert envelope["time"].endswith("Z")
    assert received(client, also_kms) == [envelope] and received(client, other) == []


def test_texts_arrive_as_they_were_sent(client, rule_to_queue):
    _, (queue,) = rule_to_queue({"source": [{"prefix": "hostile"}]})
    detail = {"a": '"}<id><detail>\\ \u0000\u202e', "b": ["<time>", None, 1.5, True]}
    put(client, detail, source='hostile "<account>"')
    (envelope,) = received(client, queue)
    assert (envelope["detail"], envelope["source"]) == (detail, 'hostile "<account>"')


def test_an_event_for_a_queue_that_is_gone_goes_to_the_targets_dead_letter_queue(client, control, name):
    events, sqs, rule = client("events"), client("sqs"), name("rule")
    urls = [sqs.create_queue(QueueName=name("queue"))["QueueUrl"] for _ in range(2)]
    target, dead_letters = (
        sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        for url in urls
    )
    events.put_rule(Name=rule, EventPattern='{"source": ["test.gone"]}')
    events.put_targets(
        Rule=rule, Targets=[{"Id": "1", "Arn": target, "DeadLetterConfig": {"Arn": dead_letters}}]
    )
    sqs.delete_queue(QueueUrl=urls[0])
    put(client, {"n": 1}, source="test.gone")
    assert [envelope["detail"] for envelope in received(client, urls[1])] == [{"n": 1}]


def test_a_disabled_rule_sends_nothing(client, rule_to_queue):
    rule, (queue,) = rule_to_queue({"source": ["aws.test.disabled"]})
    client("events").disable_rule(Name=rule)
    put(client, {}, source="aws.test.disabled")
    assert received(client, queue) == []


def test_a_pattern_that_cannot_be_deployed_is_refused(client, control):
    events = client("events")
    for pattern in ({"source": [{"regex": "."}]}, {"source": ["x" * 2048]}):
        with pytest.raises(events.exceptions.InvalidEventPatternException):
            events.put_rule(Name="bad", EventPattern=json.dumps(pattern))
