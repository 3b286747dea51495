//! Log groups, their KMS keys, their retention and whether bearer tokens open them.
//!
//! Fields as in <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_Operations.html>; no record of
//! `AssociateKmsKey`, `DisassociateKmsKey` or `PutBearerTokenAuthentication` is public.

use super::json::Object;
use super::names;
use super::record::{Reading, Record};
use super::shape::Gap;
use super::text::clean;
use crate::event::{KmsKeyRef, LogTargetName, Place, What};
use crate::ids::{Arn, ArnParts, LogGroupName};
use crate::subject::SubjectId;

pub(super) const SOURCE: &str = "logs.amazonaws.com";

pub(super) const NAMES: &[&str] = &[
    "AssociateKmsKey",
    "CreateLogGroup",
    "DeleteLogGroup",
    "DeleteRetentionPolicy",
    "DisassociateKmsKey",
    "PutBearerTokenAuthentication",
    "PutRetentionPolicy",
];

pub(super) fn read(record: &Record<'_>) -> Reading {
    let request = record.request();
    let target = target(&record.place, &request);
    let key = kms_key(&record.place, &request, "kmsKeyId");
    if let Some(code) = &record.failure {
        let associates = record.name == "AssociateKmsKey" || record.name == "CreateLogGroup" && key.is_some();
        let told = if associates {
            What::AssociationFailed { target, key, code: code.clone() }.into()
        } else {
            record.attempt(code, target.as_ref().map(|target| subject(&record.place, target)))
        };
        return Ok(vec![told]);
    }
    let target = target.ok_or(Gap::Target)?;
    let what = match &*record.name {
        "AssociateKmsKey" => What::Associated { target, key: key.ok_or(Gap::KmsKey)? },
        "DisassociateKmsKey" => What::Disassociated { target },
        "CreateLogGroup" => What::LogGroupCreated { target, key },
        "DeleteLogGroup" => What::LogGroupDeleted { target },
        "PutRetentionPolicy" => {
            let days = request.get("retentionInDays").and_then(|days| days.whole()).ok_or(Gap::Value)?;
            What::RetentionSet { target, days: Some(days) }
        }
        "DeleteRetentionPolicy" => What::RetentionSet { target, days: None },
        _ => {
            let enabled = request.get("bearerTokenAuthenticationEnabled").and_then(|flag| flag.flag());
            What::BearerAuthenticationSet { target, enabled: enabled.ok_or(Gap::Value)? }
        }
    };
    Ok(vec![what.into()])
}

fn subject(place: &Place, target: &LogTargetName) -> SubjectId {
    SubjectId::log_target(place.partition.clone(), place.account.clone(), place.region.clone(), target)
}

/// The log target that a request names, by name or by ARN. An ARN of another account or region is not believed: a call
/// changes targets of its own.
fn target(place: &Place, request: &Object<'_>) -> Option<LogTargetName> {
    const FIELDS: [&str; 5] =
        ["resourceIdentifier", "logGroupName", "logGroupIdentifier", "logGroupArn", "resourceArn"];
    let text = FIELDS.iter().find_map(|field| request.text(field))?;
    let Some(arn) = ArnParts::parse(&text) else {
        return names::log_group(&text).map(LogTargetName::LogGroup);
    };
    let own = [(arn.account, place.account.as_str()), (arn.region, place.region.as_str())]
        .iter()
        .all(|(said, own)| said.is_empty() || said == own);
    if arn.service != "logs" || !own {
        return None;
    }
    if arn.resource == "query-result" || arn.resource.starts_with("query-result:") {
        return Some(LogTargetName::QueryResults);
    }
    log_group_of(&arn).map(LogTargetName::LogGroup)
}

/// The log group of an ARN such as `arn:aws:logs:us-east-1:111122223333:log-group:NAME`, also with `:*` behind it.
pub(super) fn log_group_of(arn: &ArnParts<'_>) -> Option<LogGroupName> {
    let (kind, name) = arn.resource.split_once(':')?;
    if arn.service != "logs" || !kind.starts_with("log-group") {
        return None;
    }
    names::log_group(name.split(':').next()?)
}

/// The KMS key that a request names: a key ARN, or an id in the place of the call. CloudWatch Logs wants an ARN.
pub(super) fn kms_key(place: &Place, request: &Object<'_>, field: &str) -> Option<KmsKeyRef> {
    let text = request.text(field)?;
    let key = names::kms_key_of_arn(&text).or_else(|| {
        let id = names::kms_key_id(&text)?;
        Some(SubjectId::kms_key(place.partition.clone(), place.account.clone(), place.region.clone(), &id))
    });
    Some(key.map_or_else(|| KmsKeyRef::Unresolved(Arn::new(clean(&text, 512))), KmsKeyRef::Key))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Case, events, gap, whats};
    use super::*;

    const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

    fn case(name: &str, request: &str) -> Case {
        Case::new(SOURCE, name).request(request)
    }

    fn group(name: &str) -> LogTargetName {
        LogTargetName::LogGroup(name.into())
    }

    fn key() -> KmsKeyRef {
        KmsKeyRef::Key(SubjectId::kms_key_of_arn(KEY).unwrap())
    }

    #[test]
    fn an_association_names_its_target_in_either_field() {
        for (field, value, target) in [
            ("logGroupName", "/app", group("/app")),
            ("resourceIdentifier", "arn:aws:logs:us-east-1:111122223333:log-group:/app", group("/app")),
            ("resourceIdentifier", "arn:aws:logs:us-east-1:111122223333:log-group:/app:*", group("/app")),
            (
                "resourceIdentifier",
                "arn:aws:logs:us-east-1:111122223333:query-result:*",
                LogTargetName::QueryResults,
            ),
        ] {
            let request = format!(r#"{{"{field}":"{value}","kmsKeyId":"{KEY}"}}"#);
            assert_eq!(
                whats(&case("AssociateKmsKey", &request)),
                [What::Associated { target: target.clone(), key: key() }]
            );
            let request = format!(r#"{{"{field}":"{value}"}}"#);
            assert_eq!(whats(&case("DisassociateKmsKey", &request)), [What::Disassociated { target }]);
        }
    }

    #[test]
    fn a_key_is_an_arn_an_id_or_something_that_only_kms_can_resolve() {
        for (text, expected) in [
            (KEY, key()),
            ("1234abcd-12ab-34cd-56ef-1234567890ab", key()),
            ("alias/logs", KmsKeyRef::Unresolved("alias/logs".into())),
            (
                "arn:aws:kms:us-east-1:111122223333:alias/logs",
                KmsKeyRef::Unresolved("arn:aws:kms:us-east-1:111122223333:alias/logs".into()),
            ),
        ] {
            let request = format!(r#"{{"logGroupName":"/app","kmsKeyId":"{text}"}}"#);
            assert_eq!(
                whats(&case("CreateLogGroup", &request)),
                [What::LogGroupCreated { target: group("/app"), key: Some(expected) }]
            );
        }
        assert_eq!(gap(&case("AssociateKmsKey", r#"{"logGroupName":"/app"}"#)), Gap::KmsKey);
    }

    #[test]
    fn a_target_elsewhere_is_not_believed() {
        for arn in [
            "arn:aws:logs:us-east-1:999999999999:log-group:/app",
            "arn:aws:logs:eu-west-1:111122223333:log-group:/app",
            "arn:aws:s3:::bucket",
        ] {
            assert_eq!(
                gap(&case("DisassociateKmsKey", &format!(r#"{{"resourceIdentifier":"{arn}"}}"#))),
                Gap::Target
            );
        }
    }

    #[test]
    fn a_failed_association_is_told_as_one_even_if_it_names_nothing() {
        let code: Box<str> = "InvalidParameterException".into();
        let request = format!(r#"{{"logGroupName":"/app","kmsKeyId":"{KEY}"}}"#);
        for name in ["AssociateKmsKey", "CreateLogGroup"] {
            let expected =
                What::AssociationFailed { target: Some(group("/app")), key: Some(key()), code: code.clone() };
            assert_eq!(whats(&case(name, &request).error(&code)), [expected]);
        }
        let denied = whats(&case("AssociateKmsKey", "null").error("AccessDenied"));
        assert_eq!(
            denied,
            [What::AssociationFailed { target: None, key: None, code: "AccessDenied".into() }]
        );
        let plain = whats(
            &case("CreateLogGroup", r#"{"logGroupName":"/app"}"#).error("ResourceAlreadyExistsException"),
        );
        assert!(matches!(&plain[..], [What::Attempt { on: Some(on), .. }] if on.name.as_ref() == "/app"));
    }

    #[test]
    fn retention_and_bearer_authentication_are_told_with_their_values() {
        let put = |days: &str| {
            case("PutRetentionPolicy", &format!(r#"{{"logGroupName":"/app","retentionInDays":{days}}}"#))
        };
        let set = |days| [What::RetentionSet { target: group("/app"), days }];
        assert_eq!(whats(&put("30")), set(Some(30)));
        assert_eq!(whats(&put("\"30\"")), set(Some(30)));
        assert_eq!(whats(&case("DeleteRetentionPolicy", r#"{"logGroupName":"/app"}"#)), set(None));
        for (flag, enabled) in [("true", true), ("\"true\"", true), ("false", false)] {
            for target in ["/app", "arn:aws:logs:us-east-1:111122223333:log-group:/app"] {
                let request = format!(
                    r#"{{"logGroupIdentifier":"{target}","bearerTokenAuthenticationEnabled":{flag}}}"#
                );
                let expected = What::BearerAuthenticationSet { target: group("/app"), enabled };
                assert_eq!(whats(&case("PutBearerTokenAuthentication", &request)), [expected]);
            }
        }
        assert_eq!(
            gap(&case("PutBearerTokenAuthentication", r#"{"logGroupIdentifier":"/app"}"#)),
            Gap::Value
        );
        assert_eq!(
            whats(&case("DeleteLogGroup", r#"{"logGroupName":"/app"}"#)),
            [What::LogGroupDeleted { target: group("/app") }]
        );
    }

    #[test]
    fn the_place_is_the_records() {
        let event = events(&case("DeleteLogGroup", r#"{"logGroupName":"/app"}"#)).remove(0);
        assert_eq!(
            (event.place.account.as_str(), event.place.region.as_str()),
            ("111122223333", "us-east-1")
        );
    }
}
