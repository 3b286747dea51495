//! The life of an API key: `*ServiceSpecificCredential`.

use serde_json::{Value, json};

use super::{ACCOUNT, Caller, REGION, Record, iam_date, later};

const DAY: i64 = 86_400;

/// An API key and what `CreateServiceSpecificCredential` says of it.
///
/// Nobody has published these records. `responseElements.serviceSpecificCredential` with `serviceName`,
/// `serviceSpecificCredentialId`, `userName` and an expiration date is what a vendor's public rule reads
/// (<https://docs.datadoghq.com/security/default_rules/def-000-l7a/>); the other names follow IAM's model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    account: String,
    user: String,
    id: String,
    service: String,
    days: Option<i64>,
}

impl ApiKey {
    /// A CloudWatch Logs API key `id` (`ACCA…`) of `user`, which never expires.
    pub fn new(user: &str, id: &str) -> Self {
        Self {
            account: ACCOUNT.to_owned(),
            user: user.to_owned(),
            id: id.to_owned(),
            service: "logs.amazonaws.com".to_owned(),
            days: None,
        }
    }

    /// In another account.
    pub fn in_account(self, account: &str) -> Self {
        Self { account: account.to_owned(), ..self }
    }

    /// For another service.
    pub fn for_service(self, service: &str) -> Self {
        Self { service: service.to_owned(), ..self }
    }

    /// Expires that many days after its creation (`CredentialAgeDays`; the console's "never" is about 36,600).
    pub fn valid_for_days(self, days: i64) -> Self {
        Self { days: Some(days), ..self }
    }

    /// `CreateServiceSpecificCredential`.
    pub fn create(&self, at: &str) -> Record {
        let mut request = json!({ "userName": self.user, "serviceName": self.service });
        if let Some(days) = self.days {
            request["credentialAgeDays"] = days.into();
        }
        self.record("CreateServiceSpecificCredential", at)
            .with("/requestParameters", request)
            .with("/responseElements/serviceSpecificCredential", self.shown(at))
    }

    /// `UpdateServiceSpecificCredential` to `status`: `Active` or `Inactive`.
    pub fn update(&self, status: &str, at: &str) -> Record {
        self.record("UpdateServiceSpecificCredential", at).with(
            "/requestParameters",
            json!({ "userName": self.user, "serviceSpecificCredentialId": self.id, "status": status }),
        )
    }

    /// `ResetServiceSpecificCredential`: the same id with a new secret. `at` is also taken for the creation, so that
    /// the response's dates are those of a key created just before.
    pub fn reset(&self, at: &str) -> Record {
        self.record("ResetServiceSpecificCredential", at)
            .with(
                "/requestParameters",
                json!({ "userName": self.user, "serviceSpecificCredentialId": self.id }),
            )
            .with("/responseElements/serviceSpecificCredential", self.shown(at))
    }

    /// `DeleteServiceSpecificCredential`.
    pub fn delete(&self, at: &str) -> Record {
        self.record("DeleteServiceSpecificCredential", at).with(
            "/requestParameters",
            json!({ "userName": self.user, "serviceSpecificCredentialId": self.id }),
        )
    }

    /// The same record by the key's own user, who need not name itself: no `userName` in the request.
    pub fn by_its_own_user(&self, record: Record) -> Record {
        record.without("/requestParameters/userName").by(&Caller::user(&self.user))
    }

    fn record(&self, name: &str, at: &str) -> Record {
        Record::new("iam.amazonaws.com", name, at).placed(&self.account, REGION)
    }

    fn shown(&self, at: &str) -> Value {
        let mut shown = json!({
            "createDate": iam_date(at),
            "serviceName": self.service,
            "serviceCredentialAlias": format!("{}-at-{}", self.user, self.account),
            "serviceSpecificCredentialId": self.id,
            "userName": self.user,
            "status": "Active",
        });
        if let Some(days) = self.days {
            shown["expirationDate"] = later(at, days * DAY).into();
        }
        shown
    }
}
