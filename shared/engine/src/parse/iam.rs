//! IAM users and the powers they are given.

use super::json::Object;
use super::names;
use super::record::{Reading, Record, Told};
use super::shape::Gap;
use super::text::{clean, cut};
use crate::event::{CompromiseSource, Compromised, Grant, What};
use crate::ids::{Arn, ArnParts, UserName};
use crate::subject::SubjectId;

pub(super) const SOURCE: &str = "iam.amazonaws.com";

pub(super) const NAMES: &[&str] = &[
    "AddUserToGroup",
    "AttachUserPolicy",
    "CreateAccessKey",
    "CreateLoginProfile",
    "CreateUser",
    "DeleteUser",
    "DetachUserPolicy",
    "PutUserPolicy",
    "TagUser",
    "UntagUser",
    "UpdateLoginProfile",
];

/// The managed policies with which AWS itself quarantines a user; each version has another ending.
///
/// Source: <https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSCompromisedKeyQuarantineV4.html>
const QUARANTINE: &str = "AWSCompromisedKeyQuarantine";

pub(super) fn read(record: &Record<'_>) -> Reading {
    let (request, response) = (record.request(), record.response());
    if let Some(code) = &record.failure {
        return Ok(vec![record.attempt(code, failed_on(record, &request))]);
    }
    let seen = match &*record.name {
        "CreateUser" => response.object("user"),
        "CreateAccessKey" => response.object("accessKey"),
        "CreateLoginProfile" => response.object("loginProfile"),
        _ => Object::default(),
    };
    let user = user(record, &seen, &request).ok_or(Gap::Target)?;
    let grant = |grant| What::UserGranted { user: user.clone(), grant }.into();
    let told = match &*record.name {
        "CreateUser" => return Ok(created(&user, &request)),
        "DeleteUser" => What::UserDeleted { user }.into(),
        "TagUser" => return some(tags(&user, &request)),
        "UntagUser" => return some(untags(&user, &request)),
        "CreateAccessKey" => grant(Grant::AccessKey),
        "CreateLoginProfile" | "UpdateLoginProfile" => grant(Grant::LoginProfile),
        "AddUserToGroup" => grant(Grant::Group(named(&request, "groupName")?)),
        "PutUserPolicy" => grant(Grant::InlinePolicy(named(&request, "policyName")?)),
        "DetachUserPolicy" => grant(Grant::ManagedPolicyTaken(policy(&request)?)),
        _ => return Ok(attached(user, policy(&request)?)),
    };
    Ok(vec![told])
}

/// The user that a call was about: as the response says, else the request, else the caller, whom IAM takes where a
/// request names nobody (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html>).
pub(super) fn user(record: &Record<'_>, seen: &Object<'_>, request: &Object<'_>) -> Option<UserName> {
    match seen.text("userName").or_else(|| request.text("userName")) {
        Some(name) => names::user_name(&name),
        None => record.caller.user.clone(),
    }
}

/// The user that a failed call was about. Null parameters, as every denied call has, say nothing of the target.
pub(super) fn failed_on(record: &Record<'_>, request: &Object<'_>) -> Option<SubjectId> {
    if request.is_empty() {
        return None;
    }
    user(record, &Object::default(), request).map(|user| record.user_subject(&user))
}

fn named(request: &Object<'_>, field: &str) -> Result<Box<str>, Gap> {
    request.text(field).map(|name| clean(&name, 128)).filter(|name| !name.is_empty()).ok_or(Gap::Value)
}

fn policy(request: &Object<'_>) -> Result<Arn, Gap> {
    let arn = request.text("policyArn").map(|arn| clean(&arn, 2_048));
    arn.filter(|arn| ArnParts::parse(arn).is_some()).map(Arn::new).ok_or(Gap::Value)
}

fn some(told: Vec<Told>) -> Reading {
    if told.is_empty() { Err(Gap::Value) } else { Ok(told) }
}

fn created(user: &UserName, request: &Object<'_>) -> Vec<Told> {
    let mut told = vec![What::UserCreated { user: user.clone() }.into()];
    told.extend(tags(user, request));
    told
}

fn tags(user: &UserName, request: &Object<'_>) -> Vec<Told> {
    let tags = request.items("tags").into_iter().filter_map(|tag| {
        let tag = tag.object();
        let value = tag.get("value").and_then(|value| value.text()).unwrap_or_default();
        Some(tagged(user, &tag.text("key")?, Some(chars(&value, 256))))
    });
    tags.collect()
}

fn untags(user: &UserName, request: &Object<'_>) -> Vec<Told> {
    request.items("tagKeys").into_iter().filter_map(|key| Some(tagged(user, &key.text()?, None))).collect()
}

fn tagged(user: &UserName, tag: &str, value: Option<Box<str>>) -> Told {
    What::UserTagged { user: user.clone(), tag: chars(tag, 128), value }.into()
}

/// The first characters of a text, as they are: a tag's name is what it is compared by.
fn chars(text: &str, count: usize) -> Box<str> {
    let end = text.char_indices().nth(count).map_or(text.len(), |(end, _)| end);
    cut(text, end).into()
}

fn attached(user: UserName, policy: Arn) -> Vec<Told> {
    let quarantine = ArnParts::parse(policy.as_str()).is_some_and(|arn| {
        // Account `aws`: a customer's policy of this name is not AWS's word.
        let name = arn.resource.strip_prefix("policy/").and_then(|path| path.rsplit('/').next());
        arn.service == "iam" && arn.account == "aws" && name.is_some_and(|name| name.starts_with(QUARANTINE))
    });
    let mut told =
        vec![What::UserGranted { user: user.clone(), grant: Grant::ManagedPolicy(policy.clone()) }.into()];
    if quarantine {
        let source = CompromiseSource::QuarantinePolicy(policy);
        told.push(What::CompromiseReported { of: Compromised::User(user), source }.into());
    }
    told
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Case, events, gap, whats};
    use super::*;

    fn case(name: &str, request: &str) -> Case {
        Case::iam(name).request(request)
    }

    #[test]
    fn powers_are_told_with_their_name() {
        let grant = |grant| vec![What::UserGranted { user: "sender".into(), grant }];
        for (name, rest, expected) in [
            ("CreateAccessKey", "", grant(Grant::AccessKey)),
            ("CreateLoginProfile", r#","passwordResetRequired":false"#, grant(Grant::LoginProfile)),
            ("UpdateLoginProfile", "", grant(Grant::LoginProfile)),
            ("AddUserToGroup", r#","groupName":"Admins""#, grant(Grant::Group("Admins".into()))),
            (
                "PutUserPolicy",
                r#","policyName":"all","policyDocument":"{}""#,
                grant(Grant::InlinePolicy("all".into())),
            ),
            (
                "DetachUserPolicy",
                r#","policyArn":"arn:aws:iam::aws:policy/A""#,
                grant(Grant::ManagedPolicyTaken("arn:aws:iam::aws:policy/A".into())),
            ),
            (
                "AttachUserPolicy",
                r#","policyArn":"arn:aws:iam::aws:policy/AdministratorAccess""#,
                grant(Grant::ManagedPolicy("arn:aws:iam::aws:policy/AdministratorAccess".into())),
            ),
            ("CreateUser", "", vec![What::UserCreated { user: "sender".into() }]),
            ("DeleteUser", "", vec![What::UserDeleted { user: "sender".into() }]),
        ] {
            assert_eq!(whats(&case(name, &format!(r#"{{"userName":"sender"{rest}}}"#))), expected, "{name}");
        }
    }

    #[test]
    fn every_version_of_the_quarantine_policy_reports_a_compromise() {
        for version in ["", "V2", "V3", "V4", "V9"] {
            for partition in ["aws", "aws-cn"] {
                let arn = format!("arn:{partition}:iam::aws:policy/AWSCompromisedKeyQuarantine{version}");
                let told =
                    whats(&case("AttachUserPolicy", &format!(r#"{{"userName":"u","policyArn":"{arn}"}}"#)));
                let source = CompromiseSource::QuarantinePolicy(arn.as_str().into());
                assert_eq!(told.len(), 2);
                assert_eq!(told[1], What::CompromiseReported { of: Compromised::User("u".into()), source });
            }
        }
        let mine = r#"{"userName":"u","policyArn":"arn:aws:iam::111122223333:policy/AWSCompromisedKeyQuarantineV2"}"#;
        assert_eq!(whats(&case("AttachUserPolicy", mine)).len(), 1);
    }

    #[test]
    fn each_tag_is_an_event_of_its_own() {
        let tag = |tag: &str, value: Option<&str>| What::UserTagged {
            user: "u".into(),
            tag: tag.into(),
            value: value.map(Into::into),
        };
        let request = r#"{"userName":"u","tags":[{"key":"team","value":"obs"},{"key":"empty","value":""},{"value":"x"}]}"#;
        assert_eq!(whats(&case("TagUser", request)), [tag("team", Some("obs")), tag("empty", Some(""))]);
        assert_eq!(whats(&case("UntagUser", r#"{"userName":"u","tagKeys":["team"]}"#)), [tag("team", None)]);
        let created = whats(&case("CreateUser", request));
        assert_eq!((created.len(), &created[0]), (3, &What::UserCreated { user: "u".into() }));
        let long = format!(r#"{{"userName":"u","tagKeys":["{}"]}}"#, "é".repeat(500));
        let What::UserTagged { tag, .. } = &whats(&case("UntagUser", &long))[0] else { panic!() };
        assert_eq!(tag.chars().count(), 128);
    }

    #[test]
    fn who_names_nobody_means_himself_if_he_succeeded() {
        assert_eq!(
            whats(&case("CreateAccessKey", "null"))[0],
            What::UserGranted { user: "admin".into(), grant: Grant::AccessKey }
        );
        let denied = events(&case("CreateAccessKey", "null").error("AccessDenied"));
        assert!(matches!(&denied[0].what, What::Attempt { on: None, .. }));
        assert_eq!(gap(&case("CreateAccessKey", "null").caller(r#"{"type":"Root"}"#)), Gap::Target);
        assert_eq!(gap(&case("CreateUser", r#"{"userName":"=HYPERLINK(1)"}"#)), Gap::Target);
    }
}
