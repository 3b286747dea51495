"""Sweep through its real binary: what AWS lists and no record told of becomes known."""

import pytest
from conftest import ACCOUNT

from local.deployment import ACCESS_KEYS, wait_for

SERVICE = "logs.amazonaws.com"


@pytest.fixture
def unheard_key(keytrail):
    """A user with an API key of which no record told: (user, credential id)."""
    made = []

    def make(user):
        iam = keytrail.deployment.client("iam")
        iam.create_user(UserName=user)
        made.append(user)
        return iam.create_service_specific_credential(UserName=user, ServiceName=SERVICE, CredentialAgeDays=30)[
            "ServiceSpecificCredential"
        ]["ServiceSpecificCredentialId"]

    return make


def sweep(keytrail):
    result = keytrail.pump.functions["Sweep"].invoke({"sweep": "everything"})
    assert result.error is None, result
    keytrail.settle(quiet=1)


def known(keytrail, key):
    return keytrail.document(f"aws/{ACCOUNT}/global/api-key/{key}")


def test_keys_log_groups_and_trails_become_known_over_all_pages(keytrail, control, unheard_key):
    keys = [unheard_key(f"unheard-{number}") for number in range(3)]
    control.set_iam(page_size=1)
    deployment = keytrail.deployment
    deployment.client("logs").create_log_group(logGroupName="/unheard")
    deployment.client("s3").create_bucket(Bucket="unheard")
    deployment.client("cloudtrail").create_trail(Name="unheard", S3BucketName="unheard")
    since = control.mark()
    sweep(keytrail)

    wait_for(lambda: all(known(keytrail, key) for key in keys))
    wait_for(lambda: keytrail.document(f"aws/{ACCOUNT}/us-east-1/log-target//unheard"))
    wait_for(lambda: keytrail.document(f"aws/{ACCOUNT}/us-east-1/coverage/trail/unheard"))
    calls, _ = control.log(since=since, service="iam", accessKey=ACCESS_KEYS["Sweep"])
    assert {call["action"] for call in calls} == {"ListServiceSpecificCredentials", "GetUser"}, "and it writes nothing"
    listings = [call for call in calls if call["action"] == "ListServiceSpecificCredentials"]
    assert all(call["params"]["AllUsers"] == "true" for call in listings)
    of_service = [call for call in listings if call["params"]["ServiceName"] == SERVICE]
    assert len(of_service) >= len(keys)


def test_where_all_users_is_refused_each_user_is_listed(keytrail, control, unheard_key):
    key = unheard_key("unheard-alone")
    control.plant(
        service="iam", action="ListServiceSpecificCredentials", where={"AllUsers": "true"},
        access_key=ACCESS_KEYS["Sweep"], answer={"code": "AccessDenied", "status": 403},
    )  # fmt: skip
    since = control.mark()
    sweep(keytrail)

    wait_for(lambda: known(keytrail, key))
    calls, _ = control.log(since=since, service="iam", accessKey=ACCESS_KEYS["Sweep"])
    assert any(call["params"].get("UserName") == "unheard-alone" for call in calls)


def test_a_sweep_that_is_killed_goes_on_where_it_was(keytrail, control, unheard_key):
    keys = {unheard_key(f"unheard-killed-{number}") for number in range(4)}
    control.set_iam(page_size=1)
    listing = {"service": "iam", "where": {"ServiceName": SERVICE}, "access_key": ACCESS_KEYS["Sweep"]}
    control.plant(**listing, action="ListServiceSpecificCredentials", kill=True, skip=2, count=1)
    since = control.mark()
    sweep(keytrail)
    wait_for(lambda: all(known(keytrail, key) for key in keys), seconds=60)
    keytrail.settle(quiet=1)

    calls, _ = control.log(since=since, service="iam", accessKey=ACCESS_KEYS["Sweep"])
    markers = [call["params"].get("Marker") for call in calls if call["params"].get("ServiceName") == SERVICE]
    assert markers.count(None) == 1, "the first page is read once"
    assert len(markers) == len(set(markers)) + 1, "and only the page at which it was killed a second time"


def test_a_tick_leaves_a_heartbeat_and_binds_the_ledger_to_its_table(keytrail):
    keytrail.tick()
    first = keytrail.item("slot/heartbeat", "slot")
    epoch = keytrail.item("ledger", "epoch")
    keytrail.tick()
    assert keytrail.item("slot/heartbeat", "slot")["body"] != first["body"]
    assert keytrail.item("ledger", "epoch") == epoch
    assert f"table/{keytrail.deployment.table}" in epoch["body"]["S"]
    assert '"paused":false' in epoch["body"]["S"]
