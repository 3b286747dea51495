"""The trail for accounts that have none: what it records, and who may write to its bucket."""

import pytest

from access import ADMINISTRATOR, may, role, service
from template import ACCOUNT, TRAIL, Stack

STACK = Stack(TRAIL)
OUR_TRAIL = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/keytrail"
POLICY = STACK["BucketPolicy"]["PolicyDocument"]
BUCKET = STACK.arn("Bucket")
FILES = f"{BUCKET}/AWSLogs/{ACCOUNT}/CloudTrail/us-east-1/2026/11/01/file.json.gz"
TLS = {"aws:SecureTransport": "true"}


def records(**fields):
    """Whether one of the selectors takes an event with these fields in: the fields of a selector all have to hold."""
    return any(
        all(fields.get(field["Field"]) in field["Equals"] for field in selector["FieldSelectors"])
        for selector in STACK["Trail"]["AdvancedEventSelectors"]
    )


def test_it_records_what_keytrail_reads_and_no_other_data():
    assert records(eventCategory="Management", readOnly="false", eventSource="iam.amazonaws.com")
    # Nothing of KMS is excluded.
    assert records(eventCategory="Management", readOnly="false", eventSource="kms.amazonaws.com")
    assert records(eventCategory="Data", **{"resources.type": "AWS::Logs::LogGroupAuthorization"})
    assert not records(eventCategory="Management", readOnly="true")
    assert not records(eventCategory="Data", **{"resources.type": "AWS::S3::Object"})


def test_it_records_everywhere_and_its_files_can_be_proved():
    trail = STACK["Trail"]
    for key in ("IsLogging", "IsMultiRegionTrail", "IncludeGlobalServiceEvents", "EnableLogFileValidation"):
        assert trail[key] is True, key
    assert STACK.resources["Trail"]["DependsOn"] == "BucketPolicy"


def cloudtrail(trail, **keys):
    return service("cloudtrail.amazonaws.com", **{"aws:SourceArn": trail}, **TLS, **keys)


@pytest.mark.parametrize(("trail", "allowed"), [(OUR_TRAIL, True), (OUR_TRAIL.replace(ACCOUNT, "444455556666"), False)])
def test_only_our_trail_writes(trail, allowed):
    acl = {"s3:x-amz-acl": "bucket-owner-full-control"}
    assert may(cloudtrail(trail), "s3:GetBucketAcl", BUCKET, attached=POLICY) == allowed
    assert may(cloudtrail(trail, **acl), "s3:PutObject", FILES, attached=POLICY) == allowed
    assert not may(cloudtrail(trail), "s3:PutObject", FILES, attached=POLICY)
    assert not may(cloudtrail(trail, **acl), "s3:PutObject", f"{BUCKET}/elsewhere", attached=POLICY)
    assert not may(cloudtrail(trail, **acl), "s3:GetObject", FILES, attached=POLICY)


def test_nobody_reads_without_tls():
    reader = f"arn:aws:iam::{ACCOUNT}:role/reader"
    assert may(role(reader, **TLS), "s3:GetObject", FILES, own=[ADMINISTRATOR], attached=POLICY)
    plain = role(reader, **{"aws:SecureTransport": "false"})
    assert not may(plain, "s3:GetObject", FILES, own=[ADMINISTRATOR], attached=POLICY)


def test_the_files_outlive_the_stack_and_mistakes():
    bucket, whole = STACK["Bucket"], STACK.resources["Bucket"]
    assert (whole["DeletionPolicy"], whole["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
