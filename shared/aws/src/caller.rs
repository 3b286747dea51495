//! Who calls: the identity that AWS itself sees behind the credentials.
//!
//! STS speaks AWS Query only: a form is posted, XML comes back. Of its calls Keytrail needs one, which answers with three
//! short texts.
//!
//! Source: <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>

use keytrail_engine::ids::{AccountId, Arn};
use keytrail_engine::time::Time;

use crate::plain_call::{PlainClient, element};
use crate::{Failure, FailureKind};

const FORM: &str = "Action=GetCallerIdentity&Version=2011-06-15";

/// Whose credentials these are, in AWS's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallerIdentity {
    /// `arn:aws:sts::111122223333:assumed-role/operator/name`, or a user's ARN.
    pub arn: Arn,
    /// The account.
    pub account: AccountId,
}

/// Asks STS, which answers whatever the caller may do.
pub(crate) async fn identity(client: &PlainClient) -> Result<CallerIdentity, Failure> {
    read(&client.form(FORM).await?.body).ok_or_else(|| Failure {
        kind: FailureKind::Refused,
        code: "UnreadableAnswer".into(),
        source: "STS's answer names no ARN and account".into(),
    })
}

/// What AWS's clock says: the date of an answer of STS.
pub(crate) async fn clock(client: &PlainClient) -> Result<Time, Failure> {
    client.form(FORM).await?.date.ok_or_else(|| Failure {
        kind: FailureKind::Refused,
        code: "UnreadableAnswer".into(),
        source: "STS's answer has no date".into(),
    })
}

fn read(answer: &str) -> Option<CallerIdentity> {
    let (arn, account) = (element(answer, "Arn")?, element(answer, "Account")?);
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    (is_account && arn.starts_with("arn:"))
        .then(|| CallerIdentity { arn: arn.into(), account: account.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_names_who_calls() {
        let xml = "<GetCallerIdentityResponse><GetCallerIdentityResult>\
                   <Arn>arn:aws:iam::111122223333:user/operator@example.com</Arn><UserId>AIDA</UserId>\
                   <Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";
        let caller = read(xml).unwrap();
        assert_eq!(caller.arn.as_str(), "arn:aws:iam::111122223333:user/operator@example.com");
        assert_eq!(caller.account.as_str(), "111122223333");
    }

    #[test]
    fn what_is_no_answer_names_nobody() {
        let with = |arn: &str, account: &str| read(&format!("<Arn>{arn}</Arn><Account>{account}</Account>"));
        for (arn, account) in [
            ("", "111122223333"),
            ("operator", "111122223333"),
            ("arn:aws:iam::1:user/a", "1"),
            ("arn:aws:iam::1:user/a", "11112222333x"),
            ("arn:aws:iam::1:user/&amp;", "111122223333"),
        ] {
            assert_eq!(with(arn, account), None, "{arn} {account}");
        }
        for xml in ["", "<html>", "<Arn>arn:aws:iam::1:user/a", "<Arn>arn:aws:iam::1:user/a</Arn>"] {
            assert_eq!(read(xml), None, "{xml}");
        }
    }
}
