//! Reports of compromise that are no CloudTrail records: EventBridge envelopes of AWS Health and GuardDuty.

use serde_json::{Value, json};

use super::{ACCOUNT, REGION, fingerprint, uuid};

/// An AWS Health event of the service `RISK`, after the sample in `aws/aws-health-tools`. `entity` is what it names:
/// in every published sample an access key id; a credential id, a user name or a user's ARN is accepted as well.
pub fn health(code: &str, entity: &str, at: &str) -> Value {
    json!({
        "version": "0",
        "id": uuid(fingerprint(&format!("{code}{entity}{at}"))),
        "detail-type": "AWS Health Event",
        "source": "aws.health",
        "account": ACCOUNT,
        "time": at,
        "region": REGION,
        "resources": [],
        "detail": {
            "eventArn": format!("arn:aws:health:us-east-1::event/RISK/{code}/{code}_EXAMPLE"),
            "service": "RISK",
            "eventTypeCode": code,
            "eventTypeCategory": "issue",
            "startTime": "Mon, 02 Nov 2026 15:10:09 GMT",
            "eventDescription": [{ "language": "en_US", "latestDescription": "A description of the event." }],
            "affectedEntities": [{ "entityValue": entity }],
        },
    })
}

/// A GuardDuty finding about `user`, in the shape of GuardDuty's API model.
pub fn guard_duty(finding_type: &str, user: &str, severity: f64, at: &str) -> Value {
    let id = fingerprint(&format!("{finding_type}{user}"));
    json!({
        "version": "0",
        "id": uuid(fingerprint(&format!("{finding_type}{user}{at}"))),
        "detail-type": "GuardDuty Finding",
        "source": "aws.guardduty",
        "account": ACCOUNT,
        "time": at,
        "region": REGION,
        "resources": [],
        "detail": {
            "schemaVersion": "2.0",
            "accountId": ACCOUNT,
            "region": REGION,
            "partition": "aws",
            "id": format!("{id:016x}{id:016x}"),
            "type": finding_type,
            "severity": severity,
            "createdAt": at,
            "updatedAt": at,
            "title": "An API was invoked from a known malicious address.",
            "resource": {
                "resourceType": "AccessKey",
                "accessKeyDetails": {
                    "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
                    "principalId": "AIDAEXAMPLEUSER00001",
                    "userName": user,
                    "userType": "IAMUser",
                },
            },
            "service": { "serviceName": "guardduty", "count": 1, "archived": false },
        },
    })
}
