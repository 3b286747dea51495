//! GuardDuty findings on IAM users.
//!
//! Fields: <https://docs.aws.amazon.com/guardduty/latest/APIReference/API_Finding.html>, in lower camel case as EventBridge
//! delivers them (<https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings_eventbridge.html>). GuardDuty doesn't
//! see bearer calls, so that a finding speaks of the user, never of an API key, unless it should name one.

use super::json::{Object, Raw};
use super::report::{Report, Said, access_key};
use super::shape::Gap;
use super::text::clean;
use super::{dates, names};
use crate::event::{CompromiseSource, Compromised, Event};
use crate::ids::AccountId;
use crate::read::Envelope;
use crate::time::Time;

/// The envelope's source.
pub(super) const SOURCE: &str = "aws.guardduty";

/// What names a finding in a shape.
pub(super) fn name(detail: &Object<'_>) -> Box<str> {
    detail.text("type").map(|sort| clean(&sort, 128)).unwrap_or_default()
}

/// One event for each IAM user or key that a finding is about; none for findings about other things.
///
/// A finding is repeated as it changes: each state of it is a statement of its own.
pub(super) fn read(
    detail: &Object<'_>,
    envelope: &Envelope<'_>,
    received: Option<Time>,
) -> Result<Vec<Event>, Gap> {
    let Some(concerned) = concerned(detail) else { return Ok(Vec::new()) };
    let (account, region, arn) = (detail.text("accountId"), detail.text("region"), detail.text("arn"));
    let said = Said { account: account.as_deref(), region: region.as_deref(), arn: arn.as_deref() };
    let updated = detail.get("updatedAt").or_else(|| detail.get("createdAt"));
    let mut report = Report::of(&said, updated.and_then(dates::read), envelope, received)?;
    report.id = detail.text("id").map(|id| clean(&id, 128)).ok_or(Gap::Target)?;
    report.revision = updated.and_then(Raw::text).map(|time| clean(&time, 64)).unwrap_or_default();
    let source = source(detail, &report);
    let events: Vec<_> =
        concerned.into_iter().map(|(of, owner)| report.event(of, owner, source.clone())).collect();
    if events.is_empty() { Err(Gap::Target) } else { Ok(events) }
}

fn source(detail: &Object<'_>, report: &Report) -> CompromiseSource {
    let service = detail.object("service");
    let is_titled_sample = detail.text("title").is_some_and(|title| title.starts_with("[SAMPLE]"));
    let severity = detail.get("severity").and_then(Raw::number).unwrap_or_default();
    CompromiseSource::GuardDuty {
        finding_type: name(detail),
        finding_id: report.id.clone(),
        // At most 10.0 by GuardDuty's own scale.
        severity_tenths: (severity * 10.0).round().clamp(0.0, 100.0) as u16,
        sample: is_titled_sample
            || service.object("additionalInfo").get("sample").and_then(Raw::flag) == Some(true),
        archived: service.get("archived").and_then(Raw::flag) == Some(true),
    }
}

type Concerned = (Compromised, Option<AccountId>);

/// Whom the finding is about; `None` if about no IAM user or key.
fn concerned(detail: &Object<'_>) -> Option<Vec<Concerned>> {
    let resource = detail.object("resource");
    let key = resource.object("accessKeyDetails");
    if !key.is_empty() {
        let is_user = key.text("userType").is_none_or(|sort| sort == "IAMUser");
        return is_user
            .then(|| who(key.text("accessKeyId").as_deref(), key.text("userName").as_deref(), None));
    }
    // An attack sequence names its actors.
    let actors = detail.object("service").object("detection").object("sequence").items("actors");
    let users: Vec<_> = actors.into_iter().map(|actor| actor.object().object("user")).collect();
    let users: Vec<_> =
        users.iter().filter(|user| user.text("type").is_some_and(|sort| sort == "IAMUser")).collect();
    if users.is_empty() {
        return None;
    }
    let named = users.iter().flat_map(|user| {
        let owner = user.object("account").text("uid").and_then(|id| names::account(&id));
        who(user.text("credentialUid").as_deref(), user.text("name").as_deref(), owner.as_ref())
    });
    Some(named.collect())
}

/// An API key by its id, and the user by name; only an access key whose user isn't said stands for itself.
fn who(key: Option<&str>, user: Option<&str>, owner: Option<&AccountId>) -> Vec<Concerned> {
    let api_key = key.and_then(names::credential_id).map(Compromised::ApiKey);
    let user = user.and_then(names::user_name).map(Compromised::User);
    let access_key = if user.is_none() { key.and_then(access_key) } else { None };
    [api_key, user, access_key].into_iter().flatten().map(|of| (of, owner.cloned())).collect()
}

#[cfg(test)]
mod tests {
    use super::super::Meaning;
    use super::super::testing::{report_events, report_meaning};
    use super::*;
    use crate::event::What;

    fn envelope<'a>() -> Envelope<'a> {
        Envelope {
            source: Some(SOURCE),
            detail_type: Some("GuardDuty Finding"),
            account: Some("111122223333"),
            ..Envelope::default()
        }
    }

    fn finding(resource: &str, rest: &str) -> String {
        format!(
            r#"{{"accountId":"111122223333","region":"us-east-1","partition":"aws","id":"5cc9","severity":8.9,
            "arn":"arn:aws:guardduty:us-east-1:111122223333:detector/d/finding/5cc9","type":"Recon:IAMUser/TorIPCaller",
            "createdAt":"2026-08-01T00:00:00.000Z","updatedAt":"2026-08-01T01:00:00.000Z","resource":{resource}{rest}}}"#
        )
    }

    const USER: &str = r#"{"resourceType":"AccessKey","accessKeyDetails":{"accessKeyId":"AKIAIOSFODNN7EXAMPLE",
        "principalId":"AIDA","userType":"IAMUser","userName":"sender"}}"#;

    #[test]
    fn a_finding_on_a_user_reports_the_user() {
        let events = report_events(&finding(USER, r#","service":{"archived":false}"#), &envelope());
        let source = CompromiseSource::GuardDuty {
            finding_type: "Recon:IAMUser/TorIPCaller".into(),
            finding_id: "5cc9".into(),
            severity_tenths: 89,
            sample: false,
            archived: false,
        };
        let of = Compromised::User("sender".into());
        assert_eq!(events[0].what, What::CompromiseReported { of, source });
        assert_eq!((events.len(), events[0].time), (1, Time::parse("2026-08-01T01:00:00Z")));
        assert_eq!(events[0].place.region.as_str(), "us-east-1");
    }

    #[test]
    fn samples_and_archived_findings_are_marked() {
        for (rest, expected) in [
            (r#","service":{"additionalInfo":{"sample":true}}"#, (true, false)),
            (r#","service":{"additionalInfo":{"sample":"true"},"archived":"true"}"#, (true, true)),
            (r#","title":"[SAMPLE] Reconnaissance","service":{"archived":true}"#, (true, true)),
            ("", (false, false)),
        ] {
            let What::CompromiseReported { source, .. } =
                report_events(&finding(USER, rest), &envelope()).remove(0).what
            else {
                panic!()
            };
            let CompromiseSource::GuardDuty { sample, archived, .. } = source else { panic!() };
            assert_eq!((sample, archived), expected, "{rest}");
        }
    }

    #[test]
    fn findings_on_other_things_are_ignored_and_nameless_users_are_shown() {
        let role =
            r#"{"accessKeyDetails":{"accessKeyId":"ASIAIOSFODNN7EXAMPLE","userType":"Role","userName":"r"}}"#;
        for resource in [role, r#"{"resourceType":"Instance","instanceDetails":{}}"#, "null"] {
            assert_eq!(report_meaning(&finding(resource, ""), &envelope()), Meaning::Ignored);
        }
        let nameless = r#"{"accessKeyDetails":{"userType":"IAMUser"}}"#;
        assert!(matches!(report_meaning(&finding(nameless, ""), &envelope()), Meaning::Unresolved(_)));
    }

    #[test]
    fn keys_are_reported_where_they_say_more_than_the_user() {
        let named = |key: &str, user: &str| {
            let resource =
                format!(r#"{{"accessKeyDetails":{{"accessKeyId":"{key}","userType":"IAMUser"{user}}}}}"#);
            let events = report_events(&finding(&resource, ""), &envelope());
            events
                .into_iter()
                .map(|event| match event.what {
                    What::CompromiseReported { of, .. } => of,
                    other => panic!("{other:?}"),
                })
                .collect::<Vec<_>>()
        };
        let api_key = Compromised::ApiKey("ACCA1234EXAMPLE1234".into());
        assert_eq!(
            named("ACCA1234EXAMPLE1234", r#","userName":"u""#),
            [api_key, Compromised::User("u".into())]
        );
        assert_eq!(
            named("AKIAIOSFODNN7EXAMPLE", ""),
            [Compromised::AccessKey("AKIAIOSFODNN7EXAMPLE".into())]
        );
    }

    #[test]
    fn an_attack_sequence_reports_its_users() {
        let sequence = r#","service":{"detection":{"sequence":{"actors":[
            {"user":{"type":"IAMUser","name":"sender","credentialUid":"AKIAIOSFODNN7EXAMPLE","account":{"uid":"111122223333"}}},
            {"user":{"type":"AssumedRole","name":"role"}}]}}}"#;
        let events = report_events(&finding("{\"resourceType\":\"AttackSequence\"}", sequence), &envelope());
        assert!(
            matches!(&events[0].what, What::CompromiseReported { of: Compromised::User(user), .. } if user.as_str() == "sender")
        );
        assert_eq!(events.len(), 1);
    }

    #[test]
    fn an_update_is_a_statement_of_its_own_and_a_repeat_is_not() {
        let record = |text: &str| report_events(text, &envelope()).remove(0).record;
        let finding = finding(USER, "");
        assert_eq!(record(&finding), record(&finding));
        assert_ne!(record(&finding), record(&finding.replace("T01:00:00", "T07:00:00")));
    }

    #[test]
    fn a_finding_of_a_member_account_is_marked() {
        let central = Envelope { account: Some("999999999999"), ..envelope() };
        let event = report_events(&finding(USER, ""), &central).remove(0);
        assert_eq!((event.place.account.as_str(), event.foreign_envelope), ("111122223333", true));
    }
}
