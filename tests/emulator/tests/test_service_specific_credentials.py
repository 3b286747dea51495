"""The five operations through botocore's own client, which holds every answer against IAM's model."""

import base64
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

LOGS = "logs.amazonaws.com"
CODECOMMIT = "codecommit.amazonaws.com"
DAY = 86_400


def create(iam, user, service=LOGS, **more):
    return iam.create_service_specific_credential(UserName=user, ServiceName=service, **more)[
        "ServiceSpecificCredential"
    ]


def listed(iam, **more):
    return iam.list_service_specific_credentials(**more)["ServiceSpecificCredentials"]


def status(iam, user):
    return [entry["Status"] for entry in listed(iam, UserName=user)]


def refused(code, http_status, call, **parameters):
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response
    assert (error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"]) == (code, http_status)
    return error["Error"]["Message"]


@pytest.fixture
def with_keys(iam, user):
    """A client that signs as the user."""
    key = iam.create_access_key(UserName=user)["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]


def test_an_api_key_has_an_alias_and_a_secret_and_no_password(iam, user):
    key = create(iam, user)
    assert set(key) == {
        "CreateDate", "ServiceName", "ServiceSpecificCredentialId", "UserName", "Status",
        "ServiceCredentialAlias", "ServiceCredentialSecret",
    }  # fmt: skip
    assert (
        key["ServiceSpecificCredentialId"].startswith("ACCA")
        and len(key["ServiceSpecificCredentialId"]) == 21
    )
    assert (key["ServiceName"], key["UserName"], key["Status"]) == (LOGS, user, "Active")
    assert key["ServiceCredentialAlias"] == f"{user}-at-123456789012"


@pytest.mark.parametrize("service", [CODECOMMIT, "cassandra.amazonaws.com"])
def test_a_password_service_has_a_user_name_and_a_password(iam, user, service):
    login = create(iam, user, service)
    assert login["ServiceUserName"] == f"{user}-at-123456789012" and login["ServicePassword"]
    assert "ServiceCredentialSecret" not in login and "ExpirationDate" not in login


def test_a_bedrock_key_is_the_published_envelope(iam, user):
    key = create(iam, user, "bedrock.amazonaws.com")
    secret = key["ServiceCredentialSecret"]
    assert secret.startswith("ABSK")
    assert base64.b64decode(secret[4:]).decode().startswith(key["ServiceCredentialAlias"] + ":")


def test_a_listing_shows_no_secret(iam, user):
    key, login = create(iam, user), create(iam, user, CODECOMMIT)
    entries = {entry["ServiceSpecificCredentialId"]: entry for entry in listed(iam, UserName=user)}
    hidden = {"ServiceCredentialSecret", "ServicePassword"}
    for made in (key, login):
        shown = {name: value for name, value in made.items() if name not in hidden}
        shown.pop("ResponseMetadata", None)
        assert entries[made["ServiceSpecificCredentialId"]] == shown


def test_an_age_gives_a_date_and_the_status_becomes_expired_when_it_comes(iam, control, user):
    key = create(iam, user, CredentialAgeDays=30)
    assert key["ExpirationDate"] - key["CreateDate"] == timedelta(days=30)
    control.set_clock(offset_seconds=30 * DAY - 60)
    assert status(iam, user) == ["Active"]
    control.set_clock(advance_seconds=120)
    assert status(iam, user) == ["Expired"]
    by_id = {"UserName": user, "ServiceSpecificCredentialId": key["ServiceSpecificCredentialId"]}
    refused("ValidationError", 400, iam.reset_service_specific_credential, **by_id)
    refused("ValidationError", 400, iam.update_service_specific_credential, **by_id, Status="Active")
    iam.delete_service_specific_credential(**by_id)
    assert status(iam, user) == []


@pytest.mark.parametrize("days", [1, 36_600])
def test_the_ends_of_the_age(iam, user, days):
    key = create(iam, user, CredentialAgeDays=days)
    assert key["ExpirationDate"] - key["CreateDate"] == timedelta(days=days)


@pytest.mark.parametrize(
    "parameters",
    [
        {"ServiceName": LOGS, "CredentialAgeDays": 36_601},
        {"ServiceName": CODECOMMIT, "CredentialAgeDays": 30},
    ],
)
def test_ages_that_are_refused(iam, user, parameters):
    refused("ValidationError", 400, iam.create_service_specific_credential, UserName=user, **parameters)


def test_update_turns_a_key_off_and_on(iam, user):
    by_id = {
        "UserName": user,
        "ServiceSpecificCredentialId": create(iam, user)["ServiceSpecificCredentialId"],
    }
    iam.update_service_specific_credential(**by_id, Status="Inactive")
    assert status(iam, user) == ["Inactive"]
    iam.update_service_specific_credential(**by_id, Status="Inactive")
    iam.update_service_specific_credential(**by_id, Status="Active")
    assert status(iam, user) == ["Active"]


@pytest.mark.parametrize("bad", ["Expired", "inactive", "Deleted"])
def test_update_refuses_other_statuses(iam, user, bad):
    by_id = {
        "UserName": user,
        "ServiceSpecificCredentialId": create(iam, user)["ServiceSpecificCredentialId"],
    }
    refused("ValidationError", 400, iam.update_service_specific_credential, **by_id, Status=bad)
    assert status(iam, user) == ["Active"]


def test_reset_gives_a_new_secret_under_the_same_id(iam, user):
    key = create(iam, user)
    by_id = {"UserName": user, "ServiceSpecificCredentialId": key["ServiceSpecificCredentialId"]}
    iam.update_service_specific_credential(**by_id, Status="Inactive")
    renewed = iam.reset_service_specific_credential(**by_id)["ServiceSpecificCredential"]
    assert renewed["ServiceCredentialSecret"] != key["ServiceCredentialSecret"]
    unchanged = {"ServiceSpecificCredentialId", "CreateDate", "ServiceCredentialAlias"}
    assert {name: renewed[name] for name in unchanged} == {name: key[name] for name in unchanged}
    assert renewed["Status"] == "Inactive"


def test_two_for_each_user_and_service(iam, user):
    aliases = {create(iam, user)["ServiceCredentialAlias"] for _ in range(2)}
    assert len(aliases) == 2
    refused("LimitExceeded", 409, iam.create_service_specific_credential, UserName=user, ServiceName=LOGS)
    create(iam, user, "xray.amazonaws.com")
    oldest = listed(iam, UserName=user, ServiceName=LOGS)[0]["ServiceSpecificCredentialId"]
    iam.delete_service_specific_credential(UserName=user, ServiceSpecificCredentialId=oldest)
    assert {create(iam, user)["ServiceCredentialAlias"]} < aliases


def test_unknown_users_keys_and_services(iam, user, name):
    other = name("user")
    iam.create_user(UserName=other)
    of_another = create(iam, other)["ServiceSpecificCredentialId"]
    nobody, never = "no-such-user", "ACCA" + "A" * 17
    refused("NoSuchEntity", 404, iam.create_service_specific_credential, UserName=nobody, ServiceName=LOGS)
    refused(
        "NotSupportedService",
        404,
        iam.create_service_specific_credential,
        UserName=user,
        ServiceName="s3.amazonaws.com",
    )
    refused("NoSuchEntity", 404, iam.list_service_specific_credentials, UserName=nobody)
    refused(
        "NotSupportedService", 404, iam.list_service_specific_credentials, UserName=user, ServiceName="s3"
    )
    for credential_id in (never, of_another):
        by_id = {"UserName": user, "ServiceSpecificCredentialId": credential_id}
        refused("NoSuchEntity", 404, iam.update_service_specific_credential, **by_id, Status="Inactive")
        refused("NoSuchEntity", 404, iam.reset_service_specific_credential, **by_id)
        refused("NoSuchEntity", 404, iam.delete_service_specific_credential, **by_id)
    assert status(iam, other) == ["Active"]


def test_without_a_user_name_the_caller_is_meant(iam, client, user, with_keys):
    itself = client("iam", *with_keys)
    mine = create(iam, user)["ServiceSpecificCredentialId"]
    assert [entry["ServiceSpecificCredentialId"] for entry in listed(itself)] == [mine]
    itself.update_service_specific_credential(ServiceSpecificCredentialId=mine, Status="Inactive")
    assert status(iam, user) == ["Inactive"]
    itself.reset_service_specific_credential(ServiceSpecificCredentialId=mine)
    itself.delete_service_specific_credential(ServiceSpecificCredentialId=mine)
    assert listed(itself) == []


def test_without_a_user_name_a_caller_that_is_no_user_is_refused(iam, user):
    mine = create(iam, user)["ServiceSpecificCredentialId"]
    update = iam.update_service_specific_credential
    refused("ValidationError", 400, update, ServiceSpecificCredentialId=mine, Status="Inactive")
    refused("ValidationError", 400, iam.list_service_specific_credentials)
    assert status(iam, user) == ["Active"]


def test_all_users(iam, name):
    users = [name("crowd") for _ in range(3)]
    for user in users:
        iam.create_user(UserName=user)
    made = {create(iam, user)["ServiceSpecificCredentialId"] for user in users}
    other_service = create(iam, users[0], CODECOMMIT)["ServiceSpecificCredentialId"]
    found = {entry["ServiceSpecificCredentialId"] for entry in listed(iam, AllUsers=True, ServiceName=LOGS)}
    assert made <= found and other_service not in found
    both = {"AllUsers": True, "UserName": users[0], "ServiceName": LOGS}
    refused("ValidationError", 400, iam.list_service_specific_credentials, **both)
    refused("ValidationError", 400, iam.list_service_specific_credentials, AllUsers=True)


def pages(iam, between=lambda: None, **parameters):
    """Every page of a listing, by hand, as botocore has no paginator for it."""
    marker = {}
    while True:
        answer = iam.list_service_specific_credentials(**parameters, **marker)
        yield [entry["ServiceSpecificCredentialId"] for entry in answer["ServiceSpecificCredentials"]]
        assert answer["IsTruncated"] == ("Marker" in answer)
        if not answer["IsTruncated"]:
            return
        marker = {"Marker": answer["Marker"]}
        between()


def test_pages_hold_everything_once_however_small(iam, control, user):
    services = [LOGS, "xray.amazonaws.com", CODECOMMIT]
    made = {
        create(iam, user, service)["ServiceSpecificCredentialId"] for service in services for _ in range(2)
    }
    assert len(list(pages(iam, UserName=user))) == 1
    by_request = list(pages(iam, UserName=user, MaxItems=4))
    control.set_iam(page_size=1)
    by_setting = list(pages(iam, UserName=user, MaxItems=4))
    assert [len(entries) for entries in by_request] == [4, 2]
    assert [len(entries) for entries in by_setting] == [1] * 6
    for found in (by_request, by_setting):
        assert sorted(sum(found, [])) == sorted(made)


def test_pages_of_users_hold_every_user_once(iam, control, name):
    made = {name("user") for _ in range(5)}
    for user_name in made:
        iam.create_user(UserName=user_name)
    for page_size, max_items in ((2, 100), (100, 2)):
        control.set_iam(page_size=page_size)
        listed, marker = [], {}
        while marker is not None:
            page = iam.list_users(MaxItems=max_items, **marker)
            assert len(page["Users"]) <= 2
            listed += [user["UserName"] for user in page["Users"]]
            marker = {"Marker": page["Marker"]} if page["IsTruncated"] else None
        assert made <= set(listed) and len(listed) == len(set(listed))


def test_a_deletion_between_two_pages_hides_no_other_key(iam, control, user):
    made = [create(iam, user, s)["ServiceSpecificCredentialId"] for s in (LOGS, LOGS, CODECOMMIT, CODECOMMIT)]
    control.set_iam(page_size=2)
    first = next(pages(iam, UserName=user))
    gone = first[-1]

    def between():
        iam.delete_service_specific_credential(UserName=user, ServiceSpecificCredentialId=gone)

    assert sorted(sum(pages(iam, between, UserName=user), [])) == sorted(made)


def test_a_foreign_marker_is_refused(iam, user):
    refused("ValidationError", 400, iam.list_service_specific_credentials, UserName=user, Marker="nonsense")


def test_stale_listings_show_what_was(iam, control, user):
    key = create(iam, user)["ServiceSpecificCredentialId"]
    by_id = {"UserName": user, "ServiceSpecificCredentialId": key}
    control.set_iam(stale_listings=2)
    iam.update_service_specific_credential(**by_id, Status="Inactive")
    assert [status(iam, user) for _ in range(3)] == [["Active"], ["Active"], ["Inactive"]]
    iam.delete_service_specific_credential(**by_id)
    assert [status(iam, user) for _ in range(3)] == [["Inactive"], ["Inactive"], []]
    create(iam, user)
    assert [status(iam, user) for _ in range(3)] == [[], [], ["Active"]]


def test_a_user_with_a_key_cannot_be_deleted(iam, user):
    key = create(iam, user)["ServiceSpecificCredentialId"]
    refused("DeleteConflict", 409, iam.delete_user, UserName=user)
    iam.delete_service_specific_credential(UserName=user, ServiceSpecificCredentialId=key)
    iam.delete_user(UserName=user)


def test_a_renamed_user_keeps_its_keys_and_a_recreated_one_has_none(iam, user, name):
    key = create(iam, user)["ServiceSpecificCredentialId"]
    renamed = name("renamed")
    iam.update_user(UserName=user, NewUserName=renamed)
    assert [(e["UserName"], e["ServiceSpecificCredentialId"]) for e in listed(iam, UserName=renamed)] == [
        (renamed, key)
    ]
    iam.create_user(UserName=user)
    assert listed(iam, UserName=user) == []


def test_accounts_are_apart(iam, client, user):
    create(iam, user)
    elsewhere = client("iam")
    elsewhere.meta.events.register(
        "before-sign.iam",
        lambda request, **_: request.headers.add_header("x-moto-account-id", "111122223333"),
    )
    refused("NoSuchEntity", 404, elsewhere.list_service_specific_credentials, UserName=user)
    elsewhere.create_user(UserName=user)
    assert listed(elsewhere, UserName=user) == []
    assert create(elsewhere, user)["ServiceCredentialAlias"] == f"{user}-at-111122223333"
