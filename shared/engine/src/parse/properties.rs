//! What holds for every record, of whatever source.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::testing::{Case, events, gap, ignored, meaning_of};
use super::*;
use crate::event::What;
use crate::time::Span;

/// Of a description only that there is no such key means something: it is no change and has no gaps.
fn names() -> Vec<(&'static str, &'static str)> {
    let changes = understood().filter(|(_, name)| *name != "DescribeKey");
    changes.chain([("logs.amazonaws.com", "CallWithBearerToken")]).collect()
}

#[test]
fn a_record_of_ours_that_says_nothing_is_shown_and_a_failed_one_is_no_change() {
    for (source, name) in names() {
        assert_eq!(is_ours(Some(source), Some(name)), Triage::Ours);
        let empty = Case::new(source, name).caller("null");
        assert!(matches!(meaning_of(&empty), Meaning::Unresolved(_)), "{name}");
        let failed = Case::new(source, name).error("AccessDenied");
        for event in events(&failed) {
            let harmless = match &event.what {
                What::Attempt { on: None, .. } | What::AssociationFailed { target: None, key: None, .. } => {
                    true
                }
                What::BearerCall(call) => call.denied.is_some(),
                _ => false,
            };
            assert!(harmless, "{name}: {:?}", event.what);
        }
    }
}

#[test]
fn triage_follows_source_and_name_together() {
    for (source, name, triage) in [
        ("iam.amazonaws.com", "CreateUser", Triage::Ours),
        ("transfer.amazonaws.com", "CreateUser", Triage::NotOurs),
        ("sso-directory.amazonaws.com", "CreateUser", Triage::NotOurs),
        ("iam.amazonaws.com", "ListServiceSpecificCredentials", Triage::NotOurs),
        ("kms.amazonaws.com", "Decrypt", Triage::NotOurs),
        ("logs.amazonaws.com", "DescribeLogGroups", Triage::OursIfFlagged),
        ("bedrock-runtime.amazonaws.com", "Converse", Triage::OursIfFlagged),
        ("xray.amazonaws.com", "CallWithBearerToken", Triage::Ours),
    ] {
        assert_eq!(is_ours(Some(source), Some(name)), triage, "{source} {name}");
    }
    assert_eq!(is_ours(None, Some("CreateUser")), Triage::NotOurs);
}

#[test]
fn calls_that_only_read_are_ignored() {
    for (source, name) in [
        ("iam.amazonaws.com", "GetUser"),
        ("kms.amazonaws.com", "DescribeKey"),
        ("logs.amazonaws.com", "DescribeLogGroups"),
    ] {
        assert!(ignored(&Case::new(source, name).with(r#""readOnly":true"#)));
        assert!(ignored(&Case::new(source, name)));
    }
}

fn deletion() -> Case {
    Case::new("logs.amazonaws.com", "DeleteLogGroup").request(r#"{"logGroupName":"/app"}"#)
}

#[test]
fn success_and_failure_are_told_apart() {
    for (members, failed) in [
        (vec![], None),
        (vec![r#""errorCode":null"#], None),
        (vec![r#""errorCode":"""#], None),
        (vec![r#""errorCode":"200""#], None),
        (vec![r#""errorCode":200"#], None),
        (vec![r#""errorCode":"200""#, r#""errorMessage":"OK""#], None),
        (vec![r#""errorCode":"Client.Gone.NotFound""#], Some("Client.Gone.NotFound")),
        (vec![r#""errorCode":"404""#], Some("404")),
        (vec![r#""errorMessage":"not today""#], Some("(no errorCode)")),
        (vec![r#""errorMessage":"""#], None),
    ] {
        let case = members.iter().fold(deletion(), |case, member| case.with(member));
        let code = match events(&case).remove(0).what {
            What::Attempt { code, .. } => Some(code),
            _ => None,
        };
        assert_eq!(code.as_deref(), failed, "{members:?}");
    }
}

#[test]
fn a_time_is_believed_unless_it_is_too_far_ahead_of_a_live_delivery() {
    let moment = Time::parse("2026-08-01T00:00:00Z").unwrap();
    let time = |case: &Case, received| match meaning(
        case.json().as_bytes(),
        None,
        received,
        &ParseSettings::default(),
    ) {
        Meaning::Events(events) => events[0].time,
        other => panic!("{other:?}"),
    };
    let case = deletion();
    assert_eq!(time(&case, None), Some(moment));
    assert_eq!(time(&case, Some(moment - Span::minutes(15))), Some(moment));
    assert_eq!(time(&case, Some(moment - Span::seconds(901))), None);
    for odd in [r#""eventTime":"""#, r#""eventTime":null"#, r#""eventTime":{}"#, r#""eventTime":"soon""#] {
        assert_eq!(time(&case.clone().with(odd), None), None, "{odd}");
    }
    assert_eq!(time(&case.clone().without("eventTime"), None), None);
    assert_eq!(time(&case.with(r#""eventTime":"2026-08-01 00:00:00.250""#), None), Some(moment));
}

#[test]
fn an_envelope_of_another_account_is_marked() {
    let foreign = |case: &Case, account| {
        let envelope = Envelope { account: Some(account), ..Envelope::default() };
        match meaning(case.json().as_bytes(), Some(&envelope), None, &ParseSettings::default()) {
            Meaning::Events(events) => events[0].foreign_envelope,
            other => panic!("{other:?}"),
        }
    };
    assert!(!foreign(&deletion(), "111122223333"));
    assert!(foreign(&deletion(), "999999999999"));
    assert!(foreign(&deletion(), "nonsense"));
    // KMS copies a cross-account call to the owner and to the caller, each in an envelope of its own account.
    let key = r#"{"keyId":"arn:aws:kms:us-east-1:999999999999:key/mrk-1"}"#;
    let copy = Case::new("kms.amazonaws.com", "EnableKey").request(key);
    assert!(!foreign(&copy, "111122223333"));
    let unaddressed = copy.without("recipientAccountId");
    assert!(!foreign(&unaddressed, "999999999999"));
    assert!(foreign(&unaddressed, "222222222222"));
}

#[test]
fn the_account_is_found_where_recipient_is_missing() {
    let bare = deletion().without("recipientAccountId");
    let account = |case: &Case| events(case).remove(0).place.account;
    assert_eq!(account(&bare).as_str(), "111122223333");
    let by_arn = bare.clone().caller(r#"{"arn":"arn:aws-cn:iam::222222222222:user/a"}"#);
    assert_eq!(account(&by_arn).as_str(), "222222222222");
    assert_eq!(events(&by_arn).remove(0).place.partition.as_str(), "aws-cn");
    let by_resource = bare
        .clone()
        .caller("null")
        .resources(r#"[{"ARN":"arn:aws:logs:us-east-1:333333333333:log-group:a"}]"#);
    assert_eq!(account(&by_resource).as_str(), "333333333333");
    assert_eq!(gap(&bare.clone().caller("null")), Gap::Account);
    assert_eq!(gap(&bare.with(r#""recipientAccountId":"x/y""#).caller("{}")), Gap::Account);
    assert_eq!(gap(&deletion().without("awsRegion")), Gap::Region);
}

#[test]
fn what_is_no_record_is_broken() {
    let broken = |json: &[u8]| meaning(json, None, None, &ParseSettings::default());
    for json in ["", "null", "[]", "{", "{}{}", "\"x\"", "{\"a\":x1}"] {
        assert_eq!(broken(json.as_bytes()), Meaning::Broken(Fault::NoObject), "{json}");
    }
    for json in ["{}", r#"{"eventName":"CreateUser"}"#, r#"{"eventSource":1,"eventName":"a"}"#] {
        assert_eq!(broken(json.as_bytes()), Meaning::Broken(Fault::NoName), "{json}");
    }
}

#[test]
fn an_envelope_of_something_else_is_ignored() {
    let envelope = Envelope { source: Some("aws.access-analyzer"), ..Envelope::default() };
    let finding = br#"{"findingId":"a","resource":"arn:aws:iam::111122223333:role/r"}"#;
    assert_eq!(meaning(finding, Some(&envelope), None, &ParseSettings::default()), Meaning::Ignored);
}

#[test]
fn bytes_that_are_no_text_hide_nothing() {
    let json = deletion().with(r#""userAgent":"?""#).json().replace('?', "\u{fffd}");
    let mut bytes = json.clone().into_bytes();
    let at = json.find('\u{fffd}').unwrap();
    bytes.splice(at..at + 3, [0xe2, 0x80]);
    assert!(matches!(meaning(&bytes, None, None, &ParseSettings::default()), Meaning::Events(_)));
    let surrogate = deletion().with(r#""userAgent":"\ud800/1.0""#);
    assert_eq!(events(&surrogate).remove(0).caller.agent.unwrap().as_str(), "\u{fffd}\u{fffd}\u{fffd}/1");
}

const SECRET: &str = "s3cr3t-ABSKdG9rZW4";

/// Every place of a record that could hold a secret, filled with one.
fn with_secrets(source: &str, name: &str) -> Vec<Case> {
    let fields = [
        "servicePassword",
        "ServicePassword",
        "serviceCredentialSecret",
        "ServiceCredentialSecret",
        "serviceApiKeyValue",
        "ServiceApiKeyValue",
        "serviceapikeyvalue",
        "secretAccessKey",
        "password",
        "token",
    ];
    let fields: Vec<_> = fields.iter().map(|field| format!("\"{field}\":\"{SECRET}\"")).collect();
    let secrets = fields.join(",");
    let seen = format!(
        r#"{{"serviceSpecificCredentialId":"ACCA1234EXAMPLE1234","userName":"u","serviceName":"logs.amazonaws.com",
        "serviceCredentialAlias":"u-at-1:{SECRET}",{secrets}}}"#
    );
    let request = format!(
        r#"{{"userName":"u","serviceName":"logs.amazonaws.com","status":"Active","logGroupName":"/a",
        "name":"keytrail-trail","trailName":"keytrail-trail","serviceSpecificCredentialId":"ACCA1234EXAMPLE1234","credentialId":"{SECRET}",{secrets},"{SECRET}":1}}"#
    );
    let case = Case::new(source, name)
        .request(&request)
        .additional(&format!("{{{secrets}}}"))
        .response(&format!(
            r#"{{"serviceSpecificCredential":{seen},"accessKey":{seen},"user":{seen},{secrets}}}"#
        ))
        .caller(&format!(
            r#"{{"type":"IAMUser","userName":"u","credentialId":"{SECRET}","accessKeyId":"{SECRET}"}}"#
        ))
        .with(&format!("\"errorMessage\":\"\",{secrets}"));
    let unresolved =
        case.clone().request(&format!("{{{secrets},\"{SECRET}\":1}}")).response(&format!("{{{secrets}}}"));
    let failed = case.clone().error("AccessDenied");
    vec![case, unresolved.caller("null"), failed]
}

#[test]
fn no_secret_leaves_the_parser() {
    for (source, name) in names() {
        let mut said = 0;
        for case in with_secrets(source, name) {
            let meaning = meaning_of(&case);
            said += usize::from(meaning != Meaning::Ignored);
            let mut told = format!("{meaning:?}");
            match &meaning {
                Meaning::Events(events) => told.push_str(&serde_json::to_string(events).unwrap()),
                Meaning::Unresolved(shape) => told.push_str(&serde_json::to_string(shape).unwrap()),
                Meaning::Ignored => {}
                Meaning::Broken(_) => panic!("{name}: the case is about nothing"),
            }
            assert!(!told.contains("s3cr3t") && !told.contains("ABSK"), "{name}: {told}");
        }
        assert!(said > 0, "{name}: the cases are about nothing");
    }
}

/// Any JSON, with the names that the parser looks for among its keys and values.
pub(super) fn any_json() -> impl Strategy<Value = Value> {
    let words = [
        "eventSource",
        "eventName",
        "userIdentity",
        "requestParameters",
        "responseElements",
        "additionalEventData",
        "resources",
        "ARN",
        "type",
        "keyId",
        "userName",
        "tags",
        "serviceSpecificCredential",
        "logGroupName",
        "IAMUser",
        "callWithBearerToken",
        "arn:aws:kms:us-east-1:111122223333:key/mrk-1",
        "ACCA1234EXAMPLE1234",
        "true",
        "eventTime",
        "errorCode",
        "addendum",
        "keyMetadata",
        "111122223333",
        "recipientAccountId",
        "awsRegion",
    ];
    let text = prop_oneof![prop::sample::select(words.to_vec()).prop_map(str::to_owned), ".{0,12}"];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((text.clone(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_bytes_have_a_meaning(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = meaning(&bytes, None, None, &ParseSettings::default());
    }

    #[test]
    fn any_json_has_a_meaning_and_the_same_one_twice(value in any_json(), (source, name) in prop::sample::select(names())) {
        let mut record = json!({"eventSource": source, "eventName": name, "awsRegion": "us-east-1",
            "recipientAccountId": "111122223333", "userIdentity": {"type": "IAMUser", "userName": "u"}});
        for part in ["requestParameters", "responseElements", "additionalEventData", "resources", "addendum"] {
            record[part] = value.clone();
        }
        if let (Value::Object(into), Value::Object(from)) = (&mut record, &value) {
            into.extend(from.clone());
        }
        let json = serde_json::to_vec(&record).unwrap();
        let settings = ParseSettings {
            id_paths: vec![IdPath::parse("requestParameters.type.keyId").unwrap()],
            ..ParseSettings::default()
        };
        let once = meaning(&json, None, None, &settings);
        prop_assert_eq!(&once, &meaning(&json, None, None, &settings));
        if let Meaning::Events(events) = once {
            prop_assert!(!events.is_empty());
        }
    }

    #[test]
    fn a_cut_record_has_a_meaning(end in 0usize..900, (source, name) in prop::sample::select(names())) {
        let json = with_secrets(source, name)[0].json();
        let bytes = json.as_bytes();
        let _ = meaning(&bytes[..end.min(bytes.len())], None, None, &ParseSettings::default());
    }
}
