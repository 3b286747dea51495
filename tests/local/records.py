"""CloudTrail records and AWS Health events as AWS would write them about what a test or a person does on the emulator."""

import itertools
import uuid
from datetime import UTC, datetime

from emulator.stack import ACCOUNT, REGION

_numbers = itertools.count(1)
DETAIL_TYPE = "AWS API Call via CloudTrail"


def time_text(moment=None):
    return (moment or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _record(source, name, moment, **parts):
    return {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": "AROAEXAMPLEADMIN00001:admin",
            "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/admin/admin",
            "accountId": ACCOUNT,
        },
        "eventTime": time_text(moment),
        "eventSource": source,
        "eventName": name,
        "awsRegion": REGION,
        "sourceIPAddress": "192.0.2.1",
        "userAgent": "aws-cli/2.31.0",
        "requestParameters": None,
        "responseElements": None,
        "requestID": str(uuid.uuid4()),
        "eventID": str(uuid.uuid4()),
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
        **parts,
    }


def envelope(record):
    """As EventBridge delivers a CloudTrail record."""
    return {"source": f"aws.{record['eventSource'].split('.')[0]}", "detail-type": DETAIL_TYPE, "detail": record}


def user_created(user, moment=None):
    return _record(
        "iam.amazonaws.com",
        "CreateUser",
        moment,
        requestParameters={"userName": user},
        responseElements={"user": {"userName": user, "path": "/", "arn": f"arn:aws:iam::{ACCOUNT}:user/{user}"}},
    )


def key_created(user, key, moment=None, service="logs.amazonaws.com", days=30):
    return _record(
        "iam.amazonaws.com",
        "CreateServiceSpecificCredential",
        moment,
        requestParameters={"userName": user, "serviceName": service, "credentialAgeDays": days},
        responseElements={
            "serviceSpecificCredential": {
                "userName": user,
                "serviceName": service,
                "serviceSpecificCredentialId": key,
                "serviceCredentialAlias": f"{user}-at-{ACCOUNT}",
                "status": "Active",
                "createDate": (moment or datetime.now(UTC)).strftime("%b %d, %Y %I:%M:%S %p"),
            }
        },
    )


def key_status_set(user, key, status, moment=None):
    """What CloudTrail records of a key's being switched off or on."""
    return _record(
        "iam.amazonaws.com",
        "UpdateServiceSpecificCredential",
        moment,
        requestParameters={"userName": user, "serviceSpecificCredentialId": key, "status": status},
    )


def bearer_call(user, moment=None, group="/shop/checkout", address="198.51.100.7"):
    arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}"
    return _record(
        "logs.amazonaws.com",
        "CallWithBearerToken",
        moment,
        userIdentity={
            "type": "IAMUser",
            "principalId": "AIDAEXAMPLEGATEWAY001",
            "arn": f"arn:aws:iam::{ACCOUNT}:user/{user}",
            "accountId": ACCOUNT,
            "userName": user,
        },
        sourceIPAddress=address,
        userAgent="otel-collector/0.130.0",
        requestParameters={"logGroupIdentifier": arn},
        resources=[{"accountId": ACCOUNT, "type": "AWS::Logs::LogGroupAuthorization", "ARN": arn}],
        managementEvent=False,
        eventCategory="Data",
    )


def exposed(*entities):
    """AWS Health's report that credentials, or users, are exposed."""
    number = next(_numbers)
    return {
        "source": "aws.health",
        "detail-type": "AWS Health Event",
        "detail": {
            "eventArn": f"arn:aws:health:us-east-1::event/RISK/AWS_RISK_CREDENTIALS_EXPOSED/EXPOSED_{number}_{uuid.uuid4()}",
            "service": "RISK",
            "eventTypeCode": "AWS_RISK_CREDENTIALS_EXPOSED",
            "eventTypeCategory": "issue",
            "startTime": datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT"),
            "eventDescription": [{"language": "en_US", "latestDescription": "Credentials were found in public."}],
            "affectedEntities": [{"entityValue": entity} for entity in entities],
        },
    }


def _kms(name, arn, moment, request=None, answer=None):
    return _record(
        "kms.amazonaws.com",
        name,
        moment,
        requestParameters={"keyId": arn, **(request or {})},
        responseElements={"keyId": arn, **(answer or {})},
        resources=[{"accountId": ACCOUNT, "type": "AWS::KMS::Key", "ARN": arn}],
    )


def kms_key_created(arn, moment=None):
    made = {"keySpec": "SYMMETRIC_DEFAULT", "keyUsage": "ENCRYPT_DECRYPT", "origin": "AWS_KMS", "multiRegion": False}
    shown = {**made, "aWSAccountId": ACCOUNT, "arn": arn, "keyId": arn.rsplit("/", 1)[1], "keyState": "Enabled", "enabled": True}
    record = _kms("CreateKey", arn, moment)
    record["requestParameters"] = {**made, "bypassPolicyLockoutSafetyCheck": False}
    record["responseElements"] = {"keyMetadata": shown}
    return record


def kms_key_deletion_scheduled(arn, deletion, moment=None):
    date = deletion.strftime("%b %d, %Y, %I:%M:%S %p")
    answer = {"keyState": "PendingDeletion", "deletionDate": date, "pendingWindowInDays": 7}
    return _kms("ScheduleKeyDeletion", arn, moment, {"pendingWindowInDays": 7}, answer)


def log_group_created(name, kms_key, moment=None):
    return _record("logs.amazonaws.com", "CreateLogGroup", moment, requestParameters={"logGroupName": name, "kmsKeyId": kms_key})
