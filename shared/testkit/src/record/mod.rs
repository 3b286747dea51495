//! Builders of CloudTrail records, as `serde_json::Value`s that a test adjusts until they say what it needs.
//!
//! Each subject is a small value (`ApiKey`, `KmsKey`, `LogGroup`, `User`, `Trail`) whose methods make the records of
//! what happens to it. Most of these records nobody has published: their shapes follow the API models and the lower
//! camel case that IAM uses in CloudTrail, see `docs/samples.md`.
//!
//! ```
//! use keytrail_testkit::record::{ApiKey, bearer};
//!
//! let key = ApiKey::new("otel-gateway", "ACCAEXAMPLEGATEWAY01").valid_for_days(90);
//! let created = key.create("2026-11-02T09:00:00Z").json();
//! let call = bearer::call("otel-gateway", "/otel/app", "2026-11-02T09:05:00Z").from("192.0.2.10").json();
//! assert_eq!(created["responseElements"]["serviceSpecificCredential"]["status"], "Active");
//! assert_eq!(call["eventName"], "CallWithBearerToken");
//! ```

mod api_key;
pub mod bearer;
mod caller;
mod date;
mod kms;
mod logs;
pub mod report;
mod trail;
mod user;
pub mod wrap;

pub use api_key::ApiKey;
pub use caller::Caller;
pub use date::{iam_date, kms_date, later};
pub use kms::KmsKey;
pub use logs::{AssociateBy, LogGroup, disassociate_query_results};
pub use trail::Trail;
pub use user::User;

use serde_json::{Map, Value, json};

use crate::random::Random;

/// The account of every record that says no other.
pub const ACCOUNT: &str = "111122223333";
/// The region of every record that says no other.
pub const REGION: &str = "us-east-1";

/// A CloudTrail record in the making.
#[derive(Clone, Debug, PartialEq)]
pub struct Record(Value);

impl Record {
    /// A successful management call to `source` (`iam.amazonaws.com`) named `name`, by the deployment role.
    pub fn new(source: &str, name: &str, at: &str) -> Self {
        let record = Self(json!({
            "eventVersion": "1.11",
            "eventTime": at,
            "eventSource": source,
            "eventName": name,
            "awsRegion": REGION,
            "sourceIPAddress": "198.51.100.20",
            "userAgent": "aws-cli/2.27.41 md/command#iam",
            "requestParameters": null,
            "responseElements": null,
            "readOnly": false,
            "eventType": "AwsApiCall",
            "managementEvent": true,
            "recipientAccountId": ACCOUNT,
            "eventCategory": "Management",
        }));
        record.by(&Caller::role("ci-deployer"))
    }

    /// Sets the field that a JSON pointer names (`/userIdentity/credentialId`), making the objects on its way.
    ///
    /// # Panics
    /// When something on the way is neither an object nor null, or the pointer doesn't begin with a slash.
    pub fn with(mut self, pointer: &str, value: impl Into<Value>) -> Self {
        let path = pointer.strip_prefix('/').expect("a JSON pointer begins with a slash");
        let mut here = &mut self.0;
        for step in path.split('/') {
            if here.is_null() {
                *here = Value::Object(Map::new());
            }
            here = here.as_object_mut().expect("only objects on the way").entry(step).or_insert(Value::Null);
        }
        *here = value.into();
        self
    }

    /// Removes the field that a JSON pointer names; nothing happens when there is none.
    pub fn without(mut self, pointer: &str) -> Self {
        let (parent, field) = pointer.rsplit_once('/').expect("a JSON pointer begins with a slash");
        if let Some(parent) = self.0.pointer_mut(parent).and_then(Value::as_object_mut) {
            parent.remove(field);
        }
        self
    }

    /// Who called.
    pub fn by(self, caller: &Caller) -> Self {
        let account = self.text("/recipientAccountId");
        self.with("/userIdentity", caller.identity(&account))
    }

    /// From where: `sourceIPAddress`, which need not be an address.
    pub fn from(self, address: &str) -> Self {
        self.with("/sourceIPAddress", address)
    }

    /// With what: `userAgent`.
    pub fn agent(self, agent: &str) -> Self {
        self.with("/userAgent", agent)
    }

    /// Delivered again with better content: the correction of the record whose `eventID` is `original`.
    pub fn correcting(self, original: &str) -> Self {
        self.with("/addendum", json!({ "reason": "UPDATED_DATA", "originalEventID": original }))
    }

    /// One of the two records that a call across accounts makes: they share this id and differ in `eventID`.
    pub fn shared(self, id: &str) -> Self {
        self.with("/sharedEventID", id)
    }

    /// The `eventID`. Without it, the id follows from the content: the same record built twice is the same record.
    pub fn id(self, event_id: &str) -> Self {
        self.with("/eventID", event_id)
    }

    /// Tells records apart that are otherwise equal, such as two calls in one second.
    pub fn nth(self, number: u64) -> Self {
        let id = uuid(number ^ 0x5EED);
        self.with("/requestID", id)
    }

    /// The call failed: no response.
    pub fn failed(self, code: &str, message: &str) -> Self {
        self.with("/errorCode", code).with("/errorMessage", message).with("/responseElements", Value::Null)
    }

    /// The call was denied. As in captures from IAM, KMS and Logs, it doesn't say what it was aimed at.
    pub fn denied(self) -> Self {
        let action = self.text("/eventName");
        self.failed("AccessDenied", &format!("not authorized to perform {action}"))
            .with("/requestParameters", Value::Null)
            .without("/resources")
    }

    /// A text of the record, empty where there is none.
    pub fn text(&self, pointer: &str) -> String {
        self.0.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// The record, with `requestID` and `eventID` filled in.
    pub fn json(self) -> Value {
        let missing = |field: &&str| self.0.get(field).is_none();
        let missing: Vec<_> = ["requestID", "eventID"].into_iter().filter(missing).collect();
        if missing.is_empty() {
            return self.0;
        }
        let seed = fingerprint(&self.0.to_string());
        let fill =
            |record: Self, field: &str| record.with(&format!("/{field}"), uuid(seed ^ fingerprint(field)));
        missing.into_iter().fold(self, fill).0
    }
}

impl Record {
    /// Sets account and region, also where the caller's identity follows from the account.
    fn placed(self, account: &str, region: &str) -> Self {
        self.with("/recipientAccountId", account).with("/awsRegion", region).by(&Caller::role("ci-deployer"))
    }
}

/// FNV-1a, good enough to tell records apart.
fn fingerprint(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The UUID that `seed` names.
pub fn uuid(seed: u64) -> String {
    let mut random = Random::new(seed);
    let (high, low) = (random.bits(), random.bits());
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xfff,
        0x8000 | low >> 48 & 0x3fff,
        low & 0xffff_ffff_ffff
    )
}

#[cfg(test)]
mod tests;
