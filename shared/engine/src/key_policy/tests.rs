use super::*;
use crate::event::LogTargetName;
use proptest::prelude::{Just, Strategy, prop_assert, prop_assert_eq, prop_oneof, proptest};

const GROUP: &str = "aws/111122223333/us-east-1/log-target//app";

fn key() -> SubjectId {
    SubjectId::kms_key_of_arn("arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab")
        .unwrap()
}

fn read(policy: &str, target: &str) -> Answer {
    KeyPolicy::read(policy).logs_may(&key(), &SubjectId::parse(target).unwrap(), Purpose::Read)
}

fn write(policy: &str) -> Answer {
    KeyPolicy::read(policy).logs_may(&key(), &SubjectId::parse(GROUP).unwrap(), Purpose::Write)
}

const ROOT: &str = r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}"#;
const EVERYBODY: &str = r#"{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}"#;

/// A policy of one statement for the service, with a condition.
fn service(condition: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{ROOT},{{"Effect":"Allow","Principal":{{"Service":"logs.us-east-1.amazonaws.com"}},
        "Action":["kms:Encrypt*","kms:Decrypt*","kms:ReEncrypt*","kms:GenerateDataKey*","kms:Describe*"],"Resource":"*",
        "Condition":{condition}}}]}}"#
    )
}

/// Everybody may, and a statement denies.
fn denied(rest: &str) -> String {
    format!(r#"{{"Statement":[{EVERYBODY},{{"Effect":"Deny","Action":"kms:*","Resource":"*",{rest}}}]}}"#)
}

use Answer::{Allows, CannotTell, Denies};

/// The policies of AWS's page on encrypting log data, and what becomes of them with another log group, region or account.
#[test]
fn the_documented_policies_allow_what_they_are_for() {
    let one = service(
        r#"{"ArnEquals":{"kms:EncryptionContext:aws:logs:arn":"arn:aws:logs:us-east-1:111122223333:log-group:/app"}}"#,
    );
    let all = service(
        r#"{"ArnLike":{"kms:EncryptionContext:aws:logs:arn":"arn:aws:logs:us-east-1:111122223333:log-group:*"}}"#,
    );
    let account = service(
        r#"{"ArnLike":{"kms:EncryptionContext:aws:logs:arn":"arn:aws:logs:us-east-1:111122223333:*"}}"#,
    );
    for (target, of_one, of_all) in [
        (GROUP, Allows, Allows),
        ("aws/111122223333/us-east-1/log-target//app/other", Denies, Allows),
        ("aws/111122223333/us-west-2/log-target//app", Denies, Denies),
        ("aws/444455556666/us-east-1/log-target//app", Denies, Denies),
    ] {
        assert_eq!((read(&one, target), read(&all, target)), (of_one, of_all), "{target}");
        assert_eq!(read(&account, target), of_all, "{target}");
    }
    assert_eq!((write(&one), write(&all)), (Allows, Allows));
    // The policy that KMS gives a key without one: the account may, the service not.
    assert_eq!(read(&format!(r#"{{"Statement":{ROOT}}}"#), GROUP), Denies);
}

#[test]
fn query_results_have_no_documented_context() {
    let results = SubjectId::log_target(
        "aws".into(),
        "111122223333".into(),
        "us-east-1".into(),
        &LogTargetName::QueryResults,
    );
    let may = |policy: &str| KeyPolicy::read(policy).logs_may(&key(), &results, Purpose::Read);
    let arn = "arn:aws:logs:us-east-1:111122223333:query-result:*";
    for key in ["kms:EncryptionContext:aws:logs:arn", "aws:SourceArn"] {
        assert_eq!(may(&service(&format!(r#"{{"ArnEquals":{{"{key}":"{arn}"}}}}"#))), CannotTell);
    }
    assert_eq!(may(&service("{}")), Allows);
    assert_eq!(may(&format!(r#"{{"Statement":{ROOT}}}"#)), Denies);
}

#[test]
fn conditions_are_told_as_far_as_they_are_known() {
    for (condition, expected) in [
        ("{}", Allows),
        (r#"{"StringEquals":{"kms:ViaService":"logs.us-east-1.amazonaws.com"}}"#, CannotTell),
        (r#"{"StringLike":{"kms:ViaService":"logs.*.amazonaws.com"}}"#, CannotTell),
        (r#"{"StringEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com"}}"#, Denies),
        (r#"{"StringEquals":{"aws:SourceAccount":"111122223333"}}"#, CannotTell),
        (r#"{"StringEquals":{"aws:SourceAccount":"444455556666"}}"#, Denies),
        (r#"{"StringEqualsIfExists":{"aws:SourceAccount":"111122223333"}}"#, Allows),
        (r#"{"ArnLike":{"aws:SourceArn":"arn:aws:logs:us-east-1:111122223333:*"}}"#, CannotTell),
        (r#"{"ArnLike":{"aws:SourceArn":"arn:aws:logs:us-east-1:444455556666:*"}}"#, Denies),
        (r#"{"Bool":{"aws:PrincipalIsAWSService":"true"}}"#, Allows),
        (r#"{"Bool":{"aws:PrincipalIsAWSService":false}}"#, Denies),
        (r#"{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}"#, CannotTell),
        (r#"{"StringEquals":{"kms:EncryptionContext:aws:logs:arn":"${aws:SourceArn}"}}"#, CannotTell),
        (r#"{"StringEquals":{"kms:EncryptionContext:team":"a"}}"#, Denies),
        (r#"{"Null":{"kms:EncryptionContext:aws:logs:arn":"false"}}"#, Allows),
        (r#"{"Null":{"kms:EncryptionContext:aws:logs:arn":"true"}}"#, Denies),
        (r#"{"ForAnyValue:StringEquals":{"kms:EncryptionContextKeys":["a","aws:logs:arn"]}}"#, Allows),
        (r#"{"ForAllValues:StringEquals":{"kms:EncryptionContextKeys":["aws:logs:arn"]}}"#, Allows),
        (r#"{"ForAllValues:StringEquals":{"kms:EncryptionContextKeys":"a"}}"#, Denies),
        (r#"{"ForAllValues:StringNotEquals":{"kms:EncryptionContextKeys":["a","b"]}}"#, Allows),
        (r#"{"ForAnyValue:StringNotEquals":{"kms:EncryptionContextKeys":["aws:logs:arn"]}}"#, Denies),
        (r#"{"DateLessThan":{"aws:CurrentTime":"2030-01-01T00:00:00Z"}}"#, CannotTell),
        (r#"{"ArnLike":{"kms:EncryptionContext:aws:logs:arn":"arn:aws:logs:*"}}"#, CannotTell),
        (r#"{"stringlike":{"KMS:encryptioncontext:AWS:logs:ARN":"*:log-group:/a?p"}}"#, Allows),
        (r#""broken""#, CannotTell),
    ] {
        assert_eq!(read(&service(condition), GROUP), expected, "{condition}");
    }
}

#[test]
fn a_denial_beats_an_allowance_if_it_is_sure() {
    for (rest, expected) in [
        (r#""Principal":"*""#, Denies),
        (r#""Principal":{"AWS":"*"}"#, Denies),
        (r#""Principal":{"AWS":"444455556666"}"#, Allows),
        (r#""Principal":{"Service":["s3.amazonaws.com","logs.us-east-1.amazonaws.com"]}"#, Denies),
        (r#""Principal":{"Service":"logs.eu-west-1.amazonaws.com"}"#, Allows),
        (r#""Principal":{"Service":"logs.amazonaws.com"}"#, CannotTell),
        (r#""NotPrincipal":{"AWS":"arn:aws:iam::111122223333:root"}"#, Denies),
        (r#""NotPrincipal":{"Service":"logs.us-east-1.amazonaws.com"}"#, Allows),
        (r#""Principal":"*","Condition":{"Bool":{"aws:PrincipalIsAWSService":"false"}}"#, Allows),
        (r#""Principal":"*","Condition":{"BoolIfExists":{"aws:PrincipalIsAWSService":"false"}}"#, Allows),
        (r#""Principal":"*","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}}"#, CannotTell),
        (
            r#""Principal":"*","Condition":{"StringNotEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com"}}"#,
            Denies,
        ),
        (
            r#""Principal":"*","Condition":{"StringNotEquals":{"kms:ViaService":"logs.us-east-1.amazonaws.com"}}"#,
            CannotTell,
        ),
        (
            r#""Principal":"*","Condition":{"ArnNotLike":{"kms:EncryptionContext:aws:logs:arn":"arn:aws:logs:*:*:log-group:/app"}}"#,
            Allows,
        ),
        (
            r#""Principal":"*","Condition":{"ArnNotEquals":{"kms:EncryptionContext:aws:logs:arn":"arn:aws:logs:us-east-1:111122223333:log-group:/x"}}"#,
            Denies,
        ),
        (r#""Principal":"*","Later":true"#, CannotTell),
    ] {
        assert_eq!(read(&denied(rest), GROUP), expected, "{rest}");
    }
}

#[test]
fn reading_and_writing_are_told_apart() {
    let only = |effect: &str, actions: &str| {
        format!(
            r#"{{"Statement":[{},{{"Effect":"{effect}","Principal":"*",{actions},"Resource":"*"}}]}}"#,
            if effect == "Deny" { EVERYBODY } else { ROOT }
        )
    };
    for (policy, expected) in [
        (only("Allow", r#""Action":"kms:decrypt""#), (Allows, Denies)),
        (only("Allow", r#""Action":["kms:Encrypt"]"#), (Denies, Allows)),
        (only("Allow", r#""NotAction":"kms:Decrypt""#), (Denies, Allows)),
        (only("Deny", r#""Action":"kms:GenerateDataKey""#), (Allows, Allows)),
        (only("Deny", r#""NotAction":["kms:Decrypt","kms:Describe*"]"#), (Allows, Denies)),
        (only("Deny", r#""Action":"*""#), (Denies, Denies)),
    ] {
        assert_eq!((read(&policy, GROUP), write(&policy)), expected, "{policy}");
    }
}

#[test]
fn through_logs_is_not_the_service_itself() {
    let policy = format!(
        r#"{{"Statement":[{{"Effect":"Allow","Principal":{{"AWS":"111122223333"}},"Action":"kms:*","Resource":"*",
        "Condition":{{"StringEquals":{{"kms:ViaService":"logs.us-east-1.amazonaws.com"}}}}}},{ROOT}]}}"#
    );
    assert_eq!(read(&policy, GROUP), CannotTell);
}

#[test]
fn what_is_no_policy_cannot_be_told() {
    for text in ["", "null", "[]", "{}", r#"{"Statement":1}"#, r#"{"Statement":[1]}"#, "{\"Statement\":[{}"] {
        assert_eq!(read(text, GROUP), CannotTell, "{text}");
    }
    // KMS takes none without a statement; one without any allows nothing.
    assert_eq!(read(r#"{"Statement":[]}"#, GROUP), Denies);
}

#[test]
fn an_account_is_shut_out_only_if_nobody_of_it_is_named() {
    let of = |principal: &str| {
        let policy = format!(
            r#"{{"Statement":[{{"Effect":"Allow","Principal":{principal},"Action":"kms:*","Resource":"*"}}]}}"#
        );
        KeyPolicy::read(&policy).account_may_administer(&key())
    };
    for (principal, expected) in [
        (r#"{"AWS":"arn:aws:iam::111122223333:root"}"#, Allows),
        (r#"{"AWS":["444455556666","111122223333"]}"#, Allows),
        (r#"{"AWS":"arn:aws:iam::111122223333:role/admin"}"#, CannotTell),
        (r#"{"AWS":"AROAEXAMPLE"}"#, CannotTell),
        (r#"{"AWS":"arn:aws:iam::444455556666:root"}"#, Denies),
        (r#"{"Service":"logs.us-east-1.amazonaws.com"}"#, Denies),
    ] {
        assert_eq!(of(principal), expected, "{principal}");
    }
}

#[test]
fn a_policy_is_told_from_another_by_what_it_says() {
    let print = |text: &str| KeyPolicy::read(text).fingerprint();
    let spaced = r#"{ "Version": "2012-10-17", "Statement": [ {"Effect":"Allow", "Action":"kms:*"} ] }"#;
    assert_eq!(print(spaced), print(r#"{"Statement":{"Action":"kms:*","Effect":"Allow"}}"#));
    assert_ne!(print(spaced), print(r#"{"Statement":{"Action":"kms:*","Effect":"Deny"}}"#));
}

/// Any JSON, with the words of policies in it.
fn json() -> impl Strategy<Value = Value> {
    const WORDS: [&str; 16] = [
        "Allow",
        "Deny",
        "*",
        "kms:*",
        "kms:Decrypt",
        "AWS",
        "Service",
        "logs.us-east-1.amazonaws.com",
        "111122223333",
        "arn:aws:iam::111122223333:root",
        "StringLike",
        "ForAllValues:ArnNotLikeIfExists",
        "Null",
        "kms:ViaService",
        "kms:EncryptionContext:aws:logs:arn",
        "arn:aws:logs:*:*:log-group:*",
    ];
    const NAMES: [&str; 9] = [
        "Statement",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "Condition",
        "StringEquals",
    ];
    let word = prop_oneof![4 => proptest::sample::select(&WORDS[..]).prop_map(str::to_owned), 1 => ".{0,8}"];
    let name =
        prop_oneof![3 => proptest::sample::select(&NAMES[..]).prop_map(str::to_owned), 2 => word.clone()];
    let leaf = prop_oneof![
        6 => word.prop_map(Value::from),
        1 => proptest::arbitrary::any::<bool>().prop_map(Value::from),
        1 => proptest::arbitrary::any::<i32>().prop_map(Value::from),
        1 => Just(Value::Null),
    ];
    leaf.prop_recursive(6, 64, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::btree_map(name.clone(), inner, 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn ask_all(text: &str) -> [Answer; 3] {
    [read(text, GROUP), write(text), KeyPolicy::read(text).account_may_administer(&key())]
}

proptest! {
    #[test]
    fn every_text_has_an_answer(text in ".{0,200}") {
        ask_all(&text);
    }

    #[test]
    fn every_json_has_an_answer(json in json()) {
        ask_all(&json.to_string());
        ask_all(&serde_json::json!({ "Statement": json }).to_string());
    }

    /// Another denial never lets more, another allowance never less.
    #[test]
    fn a_statement_moves_the_answer_one_way(statements in proptest::collection::vec(json(), 0..4), more in json()) {
        let policy = |statements: &[Value]| serde_json::json!({ "Statement": statements }).to_string();
        let before = ask_all(&policy(&statements));
        for (effect, is_stricter) in [("Deny", true), ("Allow", false)] {
            let mut more = more.clone();
            let Value::Object(fields) = &mut more else { continue };
            fields.insert("Effect".to_owned(), effect.into());
            let mut with = statements.clone();
            with.push(more);
            for (before, after) in before.iter().zip(ask_all(&policy(&with))) {
                let one_way = if is_stricter { after >= *before } else { after <= *before };
                prop_assert!(one_way);
            }
        }
    }

    #[test]
    fn a_glob_matches_what_its_definition_matches(pattern in "[ab*?]{0,8}", text in "[ab]{0,10}") {
        fn by_definition(pattern: &[u8], text: &[u8]) -> bool {
            match (pattern, text) {
                ([], []) => true,
                ([b'*', rest @ ..], _) if by_definition(rest, text) => true,
                ([b'*', ..], [_, rest @ ..]) => by_definition(pattern, rest),
                ([b'?', pattern @ ..], [_, text @ ..]) => by_definition(pattern, text),
                ([one, pattern @ ..], [other, text @ ..]) if one == other => by_definition(pattern, text),
                _ => false,
            }
        }
        prop_assert_eq!(statement::glob(&pattern, &text), by_definition(pattern.as_bytes(), text.as_bytes()));
    }
}
