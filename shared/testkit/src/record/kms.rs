//! KMS keys. The shapes are those of <https://docs.aws.amazon.com/kms/latest/developerguide/understanding-kms-entries.html>.

use serde_json::{Value, json};

use super::{ACCOUNT, Caller, REGION, Record, kms_date, later};

const DAY: i64 = 86_400;

/// A KMS key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KmsKey {
    account: String,
    region: String,
    id: String,
    origin: String,
}

impl KmsKey {
    /// The key `id` (a UUID, or `mrk-…`) in the default account and region, with material made by KMS.
    pub fn new(id: &str) -> Self {
        Self {
            account: ACCOUNT.to_owned(),
            region: REGION.to_owned(),
            id: id.to_owned(),
            origin: "AWS_KMS".to_owned(),
        }
    }

    /// In another account and region.
    pub fn placed(self, account: &str, region: &str) -> Self {
        Self { account: account.to_owned(), region: region.to_owned(), ..self }
    }

    /// With material from elsewhere: `EXTERNAL`, `AWS_CLOUDHSM` or `EXTERNAL_KEY_STORE`.
    pub fn of_origin(self, origin: &str) -> Self {
        Self { origin: origin.to_owned(), ..self }
    }

    /// The key's ARN.
    pub fn arn(&self) -> String {
        format!("arn:aws:kms:{}:{}:key/{}", self.region, self.account, self.id)
    }

    /// `CreateKey`.
    pub fn create(&self, at: &str) -> Record {
        self.call("CreateKey", at)
            .with(
                "/requestParameters",
                json!({
                    "description": "",
                    "keyUsage": "ENCRYPT_DECRYPT",
                    "keySpec": "SYMMETRIC_DEFAULT",
                    "customerMasterKeySpec": "SYMMETRIC_DEFAULT",
                    "origin": self.origin,
                    "bypassPolicyLockoutSafetyCheck": false,
                    "multiRegion": self.id.starts_with("mrk-"),
                }),
            )
            .with("/responseElements/keyMetadata", self.shown(at))
    }

    /// `ReplicateKey` into `region`, recorded where this key is. KMS records a `CreateKey` in the replica's region
    /// as well: that is `self.replica_in(region).create(at)`.
    pub fn replicate(&self, region: &str, at: &str) -> Record {
        let replica = self.replica_in(region);
        let mut shown = replica.shown(at);
        shown["keyState"] = "Creating".into();
        shown["enabled"] = false.into();
        shown["multiRegionConfiguration"] = json!({
            "multiRegionKeyType": "REPLICA",
            "primaryKey": { "arn": self.arn(), "region": self.region },
            "replicaKeys": [{ "arn": replica.arn(), "region": region }],
        });
        self.call("ReplicateKey", at)
            .with(
                "/requestParameters",
                json!({ "keyId": self.id, "replicaRegion": region, "description": "" }),
            )
            .with("/responseElements", json!({ "replicaKeyMetadata": shown, "replicaPolicy": POLICY }))
    }

    /// The replica of this key in another region: the same id.
    pub fn replica_in(&self, region: &str) -> Self {
        Self { region: region.to_owned(), ..self.clone() }
    }

    /// `EnableKey`.
    pub fn enable(&self, at: &str) -> Record {
        self.change("EnableKey", at)
    }

    /// `DisableKey`.
    pub fn disable(&self, at: &str) -> Record {
        self.change("DisableKey", at)
    }

    /// `ScheduleKeyDeletion` after `days` (7 to 30).
    pub fn schedule_deletion(&self, days: i64, at: &str) -> Record {
        self.change("ScheduleKeyDeletion", at).with("/requestParameters/pendingWindowInDays", days).with(
            "/responseElements",
            json!({
                "keyId": self.arn(),
                "keyState": "PendingDeletion",
                "deletionDate": kms_date(&later(at, days * DAY)),
                "pendingWindowInDays": days,
            }),
        )
    }

    /// `ScheduleKeyDeletion` of a primary that still has replicas: there is no date yet.
    pub fn schedule_deletion_after_replicas(&self, days: i64, at: &str) -> Record {
        self.schedule_deletion(days, at)
            .with("/responseElements/keyState", "PendingReplicaDeletion")
            .without("/responseElements/deletionDate")
    }

    /// `CancelKeyDeletion`. KMS leaves the key disabled.
    pub fn cancel_deletion(&self, at: &str) -> Record {
        self.change("CancelKeyDeletion", at)
    }

    /// `DeleteKey`, by KMS itself when the waiting time is over.
    pub fn delete(&self, at: &str) -> Record {
        self.by_kms("DeleteKey", at)
    }

    /// `ImportKeyMaterial` that expires after `days`, or never.
    pub fn import_material(&self, days: Option<i64>, at: &str) -> Record {
        let record =
            self.change("ImportKeyMaterial", at).with("/requestParameters/importType", "NEW_KEY_MATERIAL");
        match days {
            Some(days) => record
                .with("/requestParameters/expirationModel", "KEY_MATERIAL_EXPIRES")
                .with("/requestParameters/validTo", kms_date(&later(at, days * DAY))),
            None => record.with("/requestParameters/expirationModel", "KEY_MATERIAL_DOES_NOT_EXPIRE"),
        }
    }

    /// `DeleteImportedKeyMaterial`.
    pub fn delete_material(&self, at: &str) -> Record {
        self.change("DeleteImportedKeyMaterial", at)
    }

    /// `DeleteExpiredKeyMaterial`, by KMS itself when imported material expires.
    pub fn expire_material(&self, at: &str) -> Record {
        self.by_kms("DeleteExpiredKeyMaterial", at).with("/serviceEventDetails/keyId", self.id.as_str())
    }

    /// `RotateKey`, by KMS itself.
    pub fn rotate(&self, at: &str) -> Record {
        self.by_kms("RotateKey", at)
            .with("/serviceEventDetails", json!({ "rotationType": "AUTOMATIC", "keyId": self.id }))
    }

    /// `RotateKeyOnDemand`.
    pub fn rotate_on_demand(&self, at: &str) -> Record {
        self.change("RotateKeyOnDemand", at).with("/responseElements/keyId", self.id.as_str())
    }

    /// `PutKeyPolicy` with a policy, a JSON text with newlines.
    pub fn put_policy(&self, policy: &str, at: &str) -> Record {
        self.change("PutKeyPolicy", at)
            .with("/requestParameters/policyName", "default")
            .with("/requestParameters/policy", policy)
            .with("/requestParameters/bypassPolicyLockoutSafetyCheck", false)
    }

    fn change(&self, name: &str, at: &str) -> Record {
        self.call(name, at)
            .with("/requestParameters/keyId", self.id.as_str())
            .with("/responseElements/keyId", self.arn())
    }

    fn call(&self, name: &str, at: &str) -> Record {
        Record::new("kms.amazonaws.com", name, at)
            .placed(&self.account, &self.region)
            .agent("aws-cli/2.27.41 md/command#kms")
            .with("/resources", self.resources())
    }

    fn by_kms(&self, name: &str, at: &str) -> Record {
        self.call(name, at)
            .by(&Caller::Aws)
            .from("AWS Internal")
            .agent("AWS Internal")
            .with("/eventType", "AwsServiceEvent")
    }

    fn resources(&self) -> Value {
        json!([{ "accountId": self.account, "type": "AWS::KMS::Key", "ARN": self.arn() }])
    }

    fn shown(&self, at: &str) -> Value {
        let waits = self.origin == "EXTERNAL";
        json!({
            "aWSAccountId": self.account,
            "keyId": self.id,
            "arn": self.arn(),
            "creationDate": kms_date(at),
            "enabled": !waits,
            "description": "",
            "keyUsage": "ENCRYPT_DECRYPT",
            "keyState": if waits { "PendingImport" } else { "Enabled" },
            "origin": self.origin,
            "keyManager": "CUSTOMER",
            "customerMasterKeySpec": "SYMMETRIC_DEFAULT",
            "keySpec": "SYMMETRIC_DEFAULT",
            "encryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
            "multiRegion": self.id.starts_with("mrk-"),
        })
    }
}

const POLICY: &str = "{\n  \"Version\" : \"2012-10-17\",\n  \"Statement\" : [ {\n    \"Effect\" : \"Allow\",\n    \
                      \"Principal\" : {\n      \"AWS\" : \"arn:aws:iam::111122223333:root\"\n    },\n    \
                      \"Action\" : \"kms:*\",\n    \"Resource\" : \"*\"\n  } ]\n}";
