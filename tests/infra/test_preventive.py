"""The policies of infra/preventive, evaluated: what each denies, and what it leaves alone."""

import json

import pytest

from access import ADMINISTRATOR, listed, may, role, statements
from template import ACCOUNT, ROOT, Stack

FOLDER = ROOT / "infra" / "preventive"
FILES = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))}
DENYING = [name for name, policy in FILES.items() if not statements(policy, "Allow")]
KEYTRAIL_DENIES = Stack()["KeytrailDenyBearer"]["PolicyDocument"]["Statement"][0]["Action"]
CREATE = "iam:CreateServiceSpecificCredential"
USER = f"arn:aws:iam::{ACCOUNT}:user/log-senders/web"
LOGS, BEDROCK, UNKNOWN = "logs.amazonaws.com", "bedrock.amazonaws.com", "a-service-of-next-year.amazonaws.com"
PASSWORDS = ["codecommit.amazonaws.com", "cassandra.amazonaws.com"]


def may_create(policy, service=None, days=None, own=ADMINISTRATOR, user=USER):
    keys = {"iam:ServiceSpecificCredentialServiceName": service, "iam:ServiceSpecificCredentialAgeDays": days}
    context = role(f"arn:aws:iam::{ACCOUNT}:role/admin", **{key: value for key, value in keys.items() if value})
    return may(context, CREATE, user, own=[part for part in (own, FILES[policy]) if part])


def may_use(policy, action):
    return may({"aws:PrincipalArn": USER}, action, "*", own=[ADMINISTRATOR, FILES[policy]])


def test_no_api_keys_lets_nobody_make_or_use_one():
    for service in (LOGS, BEDROCK, UNKNOWN, None):
        assert not may_create("no_api_keys", service, "1")
    for action in KEYTRAIL_DENIES:
        assert not may_use("no_api_keys", action)


def test_no_use_stops_every_call_and_no_creation():
    for action in KEYTRAIL_DENIES:
        assert not may_use("no_use", action)
    assert may_create("no_use", LOGS)
    assert may_use("no_use", "logs:PutLogEvents")


def test_logs_only_denies_every_other_service_also_one_that_nobody_knows_yet():
    assert may_create("logs_only", LOGS)
    for service in (BEDROCK, UNKNOWN, None, "xray.amazonaws.com"):
        assert not may_create("logs_only", service)


@pytest.mark.parametrize(("days", "allowed"), [("1", True), ("90", True), ("91", False), ("365", False), (None, False)])
@pytest.mark.parametrize("service", [LOGS, BEDROCK, UNKNOWN])
def test_ninety_days_is_the_most_and_no_age_is_too_much(service, days, allowed):
    assert may_create("ninety_days", service, days) == allowed


def test_each_of_the_two_denies_is_needed():
    by_number, by_absence = FILES["ninety_days"]["Statement"]
    for alone, slips in ((by_number, None), (by_absence, "365")):
        keys = {"iam:ServiceSpecificCredentialServiceName": LOGS} | ({"iam:ServiceSpecificCredentialAgeDays": slips} if slips else {})
        assert may(role("arn:aws:iam::1:role/r", **keys), CREATE, USER, own=[ADMINISTRATOR, {"Statement": [alone]}])


@pytest.mark.parametrize("policy", DENYING)
@pytest.mark.parametrize("service", PASSWORDS)
def test_passwords_are_left_alone(policy, service):
    # They have no age.
    assert may_create(policy, service)


@pytest.mark.parametrize("policy", DENYING)
def test_keys_that_leak_can_still_be_switched_off_and_deleted(policy):
    for action in ("UpdateServiceSpecificCredential", "DeleteServiceSpecificCredential", "ListServiceSpecificCredentials"):
        assert may(role(f"arn:aws:iam::{ACCOUNT}:role/admin"), f"iam:{action}", USER, own=[ADMINISTRATOR, FILES[policy]])


def test_who_is_allowed_makes_keys_of_logs_with_an_end_for_senders():
    allow = "allow_logs_ninety_days"
    assert may_create(allow, LOGS, "90", own=None)
    for service, days in ((LOGS, "91"), (LOGS, None), (BEDROCK, "90"), (None, "90")):
        assert not may_create(allow, service, days, own=None)
    assert not may_create(allow, LOGS, "90", own=None, user=f"arn:aws:iam::{ACCOUNT}:user/admin")


@pytest.mark.parametrize("policy", FILES)
def test_a_file_fits_and_is_described(policy):
    # The smallest of the limits is that of a service control policy.
    # https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
    assert len((FOLDER / f"{policy}.json").read_text(encoding="utf-8")) <= 5120
    assert f"| `{policy}.json` |" in (FOLDER / "README.md").read_text(encoding="utf-8")
    assert FILES[policy]["Version"] == "2012-10-17"
    for statement in FILES[policy]["Statement"]:
        # What a service control policy knows: no Principal; a Deny without it is for all.
        assert not {"Principal", "NotPrincipal"} & set(statement)
        assert listed(statement["Action"])


def test_every_plane_of_use_is_denied_that_keytrail_denies():
    for policy in ("no_api_keys", "no_use"):
        denied = {a for s in FILES[policy]["Statement"] for a in listed(s["Action"]) if a != CREATE}
        assert denied == set(KEYTRAIL_DENIES)
