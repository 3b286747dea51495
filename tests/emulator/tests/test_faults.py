"""Faults as AWS's own client meets them."""

import time

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError

from emulator.control_client import ControlError


def outcome(call, **parameters):
    """The code and status of an answer, or the kind of trouble there was instead of one."""
    try:
        call(**parameters)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
    except HTTPClientError:
        return "disconnected", None
    return "ok", 200


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("Throttling", 400),
        ("ServiceUnavailable", 503),
        ("AccessDenied", 403),
        ("EntityTemporarilyUnmodifiable", 409),
        ("LimitExceeded", 409),
        ("NoSuchEntity", 404),
        ("ServiceFailure", 500),
    ],
)
def test_iam_errors_come_with_the_status_that_iam_gives_them(iam, control, code, status):
    control.plant(service="iam", action="ListUsers", count=1, answer={"code": code})
    assert [outcome(iam.list_users) for _ in range(2)] == [(code, status), ("ok", 200)]


def test_a_json_service_too(client, control):
    events = client("events")
    control.plant(
        service="events", action="List*", answer={"code": "InternalException", "message": "planted"}
    )
    assert outcome(events.list_rules) == ("InternalException", 500)
    control.plant(service="sqs", action="*", answer={"code": "ThrottlingException", "status": 429})
    assert outcome(client("sqs").list_queues) == ("ThrottlingException", 429)


def test_dynamodb_with_the_fields_that_its_errors_have(client, control):
    reasons = [{"Code": "TransactionConflict", "Message": "conflict"}, {"Code": "None"}]
    answer = {"code": "TransactionCanceledException", "fields": {"CancellationReasons": reasons}}
    control.plant(service="dynamodb", action="TransactWriteItems", count=1, answer=answer)
    dynamodb = client("dynamodb")
    put = {"Put": {"TableName": "t", "Item": {"k": {"S": "v"}}}}
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as caught:
        dynamodb.transact_write_items(TransactItems=[put])
    assert caught.value.response["CancellationReasons"] == reasons


def test_botocores_own_retries_get_through(client, control):
    control.plant(service="iam", action="ListUsers", count=2, answer={"code": "Throttling"})
    mark = control.mark()
    client("iam", attempts=3).list_users()
    assert [call["error"] for call in control.log(since=mark, action="ListUsers")[0]] == [
        "Throttling",
        "Throttling",
        None,
    ]


def test_only_calls_with_these_parameters(iam, control, user):
    control.plant(service="iam", where={"AllUsers": "true"}, answer={"code": "AccessDenied"})
    logs = {"ServiceName": "logs.amazonaws.com"}
    assert outcome(iam.list_service_specific_credentials, AllUsers=True, **logs) == ("AccessDenied", 403)
    assert outcome(iam.list_service_specific_credentials, UserName=user, **logs) == ("ok", 200)


def test_only_this_caller_and_after_some_went_through(client, control):
    key = "AKIASWEEPFUNCTION000"
    control.plant(service="iam", access_key=key, skip=1, count=1, answer={"code": "Throttling"})
    sweep, other = client("iam", access_key=key), client("iam")
    assert [outcome(c.list_users)[0] for c in (other, sweep, other, sweep, sweep)] == [
        "ok",
        "ok",
        "ok",
        "Throttling",
        "ok",
    ]


def test_before_means_no_effect_and_after_means_an_effect_and_no_answer(iam, control, name):
    refused, lost, cut = name("refused"), name("lost"), name("cut")
    control.plant(service="iam", action="CreateUser", count=1, answer={"code": "ServiceUnavailable"})
    assert outcome(iam.create_user, UserName=refused) == ("ServiceUnavailable", 503)
    control.plant(
        service="iam", action="CreateUser", count=1, answer={"code": "InternalFailure"}, when="after"
    )
    assert outcome(iam.create_user, UserName=lost) == ("InternalFailure", 500)
    control.plant(service="iam", action="CreateUser", count=1, disconnect=True, when="after")
    assert outcome(iam.create_user, UserName=cut) == ("disconnected", None)
    existing = {user["UserName"] for user in iam.list_users()["Users"]}
    assert {lost, cut} <= existing and refused not in existing


def test_a_delay_holds_one_caller_and_not_the_others(iam, client, control):
    control.plant(service="sts", delay=0.3)
    started = time.monotonic()
    assert outcome(client("sts").get_caller_identity) == ("ok", 200)
    assert time.monotonic() - started >= 0.3
    impatient = Config(read_timeout=0.1, retries={"total_max_attempts": 1})
    sts = boto3.client(
        "sts", endpoint_url=iam.meta.endpoint_url, region_name="us-east-1", config=impatient,
        aws_access_key_id="x", aws_secret_access_key="x",
    )  # fmt: skip
    assert outcome(sts.get_caller_identity) == ("disconnected", None)
    assert outcome(iam.list_users) == ("ok", 200)


def test_removed_faults_strike_no_more(iam, control):
    one = control.plant(service="iam", action="ListUsers", answer={"code": "Throttling"})
    control.plant(service="iam", action="ListGroups", answer={"code": "Throttling"})
    assert [fault["id"] for fault in control.planted()][0] == one
    control.remove_faults(one)
    assert (outcome(iam.list_users)[0], outcome(iam.list_groups)[0]) == ("ok", "Throttling")
    control.remove_faults()
    assert outcome(iam.list_groups)[0] == "ok"


@pytest.mark.parametrize(
    "fault",
    [
        {"servise": "iam", "answer": {"code": "Throttling"}},
        {"answer": {"status": 500}},
        {"when": "during", "answer": {"code": "Throttling"}},
        {"when": "after"},
    ],
)
def test_a_fault_that_could_never_strike_is_refused(control, fault):
    with pytest.raises(ControlError):
        control.plant(**fault)
