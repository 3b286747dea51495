"""The log must be able to prove that something was not done, and must keep no secret."""

import json
from pathlib import Path

import pytest

from emulator.control_client import ControlError

KEY = "AKIARESPONDFUNCTION0"


def test_every_call_is_there_with_its_parameters_and_its_caller(client, control, name):
    mark, user = control.mark(), name("user")
    client("iam", access_key=KEY).create_user(UserName=user)
    client("sns").list_topics()
    first, second = control.log(since=mark)[0]
    assert (first["service"], first["action"], first["write"], first["accessKey"]) == (
        "iam",
        "CreateUser",
        True,
        KEY,
    )
    assert (first["params"], first["status"], first["error"]) == ({"UserName": user}, 200, None)
    assert (first["account"], first["region"]) == ("123456789012", "us-east-1")
    assert (second["service"], second["action"], second["write"]) == ("sns", "ListTopics", False)


def test_asked_by_service_writing_and_number(client, control, iam, user):
    mark = control.mark()
    iam.list_service_specific_credentials(UserName=user)
    client("sts").get_caller_identity()
    assert control.log(since=mark, service="iam", write=True)[0] == []
    made = iam.create_service_specific_credential(UserName=user, ServiceName="logs.amazonaws.com")
    credential_id = made["ServiceSpecificCredential"]["ServiceSpecificCredentialId"]
    before = control.mark()
    iam.update_service_specific_credential(
        UserName=user, ServiceSpecificCredentialId=credential_id, Status="Inactive"
    )
    (write,) = control.log(since=before, service="iam", write=True)[0]
    assert write["params"] == {
        "UserName": user,
        "ServiceSpecificCredentialId": credential_id,
        "Status": "Inactive",
    }


def test_refused_calls_are_there_with_their_error(iam, control):
    mark = control.mark()
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.list_service_specific_credentials(UserName="nobody-at-all")
    (refused,) = control.log(since=mark, error="NoSuchEntity")[0]
    assert (refused["action"], refused["status"]) == ("ListServiceSpecificCredentials", 404)


def test_what_the_emulator_lacks_says_so(client, control):
    logs, mark = client("logs"), control.mark()
    with pytest.raises(logs.exceptions.ClientError, match="associate_kms_key") as caught:
        logs.associate_kms_key(logGroupName="group", kmsKeyId="key")
    assert caught.value.response["Error"]["Code"] == "NotImplemented"
    assert [call["status"] for call in control.log(since=mark)[0]] == [501]


def test_secrets_are_hidden_and_long_texts_cut(client, control, stack, user, name):
    mark = control.mark()
    client("iam").create_login_profile(UserName=user, Password="hunter2-hunter2")
    queue = client("sqs").create_queue(QueueName=name("queue"))["QueueUrl"]
    client("sqs").send_message(QueueUrl=queue, MessageBody="x" * 5000)
    profile, _, message = control.log(since=mark)[0]
    assert profile["params"]["Password"] == "***"
    assert message["params"]["MessageBody"].endswith("... (5000 characters)")
    on_disk = Path(stack.addresses["folder"], "requests.jsonl").read_text()
    assert "hunter2" not in on_disk
    assert any(json.loads(line)["seq"] == profile["seq"] for line in on_disk.splitlines())


def test_a_misspelt_question_is_an_error(control):
    with pytest.raises(ControlError, match="servce"):
        control.log(servce="iam")
