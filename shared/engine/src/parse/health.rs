//! AWS Health: credentials that AWS found exposed or believes compromised.
//!
//! Sample: <https://github.com/aws/aws-health-tools/tree/master/automated-actions/AWS_RISK_CREDENTIALS_EXPOSED>

use super::json::Object;
use super::report::{Report, Said, access_key};
use super::shape::Gap;
use super::text::clean;
use super::{dates, names};
use crate::event::{CompromiseSource, Compromised, Event};
use crate::ids::{AccountId, ArnParts};
use crate::read::Envelope;
use crate::time::Time;

/// The envelope's source.
pub(super) const SOURCE: &str = "aws.health";

/// What Health writes where it means the whole account, or doesn't know.
const NOBODY: [&str; 2] = ["AWS_ACCOUNT", "UNKNOWN"];

/// What names a report in a shape.
pub(super) fn name(detail: &Object<'_>) -> Box<str> {
    detail.text("eventTypeCode").map(|code| clean(&code, 128)).unwrap_or_default()
}

/// One event for each entity that is named; none for a code that isn't about risk.
///
/// Health repeats an event in a second region, and again when it changes: `eventArn` and the entity are its identity.
pub(super) fn read(
    detail: &Object<'_>,
    envelope: &Envelope<'_>,
    received: Option<Time>,
) -> Result<Vec<Event>, Gap> {
    let code = name(detail);
    if !code.starts_with("AWS_RISK_") {
        return Ok(Vec::new());
    }
    let (arn, account) = (detail.text("eventArn"), detail.text("affectedAccount"));
    let said = Said { account: account.as_deref(), region: None, arn: arn.as_deref() };
    let mut report = Report::of(&said, detail.get("startTime").and_then(dates::read), envelope, received)?;
    report.id = arn.as_deref().or(envelope.id).map(|id| clean(id, 512)).ok_or(Gap::Target)?;
    let entities = detail.items("affectedEntities").into_iter();
    let named = entities.filter_map(|entity| compromised(entity.object().text("entityValue")?.trim()));
    let events: Vec<_> =
        named.map(|(of, owner)| report.event(of, owner, CompromiseSource::Health(code.clone()))).collect();
    if events.is_empty() { Err(Gap::Target) } else { Ok(events) }
}

/// Whom an entity names. Every sample has an access key's id; what an API key's entity looks like isn't documented, so that
/// its id, a user's name and a user's ARN are all understood.
fn compromised(entity: &str) -> Option<(Compromised, Option<AccountId>)> {
    if let Some(key) = names::credential_id(entity) {
        return Some((Compromised::ApiKey(key), None));
    }
    if let Some(user) = names::user_of_arn(entity) {
        return Some((Compromised::User(user), names::account(ArnParts::parse(entity)?.account)));
    }
    if let Some(key) = access_key(entity) {
        return Some((key, None));
    }
    let is_nobody = NOBODY.contains(&entity) || names::account(entity).is_some();
    let user = names::user_name(entity).filter(|_| !is_nobody)?;
    Some((Compromised::User(user), None))
}

#[cfg(test)]
mod tests {
    use super::super::Meaning;
    use super::super::testing::{report_events, report_meaning};
    use super::*;
    use crate::event::What;

    const ARN: &str = "arn:aws:health:us-east-1::event/AWS_RISK_CREDENTIALS_EXPOSED_X";

    fn detail(rest: &str) -> String {
        format!(
            r#"{{"eventArn":"{ARN}","service":"RISK","eventTypeCode":"AWS_RISK_CREDENTIALS_EXPOSED",
            "startTime":"Sat, 05 Jun 2016 15:10:09 GMT",{rest}}}"#
        )
    }

    fn envelope<'a>() -> Envelope<'a> {
        Envelope {
            source: Some(SOURCE),
            detail_type: Some("AWS Health Event"),
            account: Some("111122223333"),
            region: Some("us-east-1"),
            time: Some("2016-06-05T06:27:57Z"),
            ..Envelope::default()
        }
    }

    fn of(entities: &str) -> Vec<Event> {
        report_events(&detail(&format!("\"affectedEntities\":[{entities}]")), &envelope())
    }

    #[test]
    fn every_kind_of_entity_is_understood() {
        for (entity, expected) in [
            ("ACCA1234EXAMPLE1234", Compromised::ApiKey("ACCA1234EXAMPLE1234".into())),
            ("AKIAIOSFODNN7EXAMPLE", Compromised::AccessKey("AKIAIOSFODNN7EXAMPLE".into())),
            ("sender", Compromised::User("sender".into())),
            ("arn:aws:iam::111122223333:user/path/sender", Compromised::User("sender".into())),
        ] {
            let events = of(&format!(r#"{{"entityValue":"{entity}"}}"#));
            let source = CompromiseSource::Health("AWS_RISK_CREDENTIALS_EXPOSED".into());
            assert_eq!(events[0].what, What::CompromiseReported { of: expected, source }, "{entity}");
            assert_eq!(events[0].time, Time::parse("2016-06-05T15:10:09Z"));
            assert!(!events[0].foreign_envelope);
        }
    }

    #[test]
    fn each_entity_is_an_event_with_an_identity_that_a_repeat_shares() {
        let entities = r#"{"entityValue":"a"},{"entityValue":"b"},{"entityValue":"AWS_ACCOUNT"}"#;
        let events = of(entities);
        assert_eq!(events.len(), 2);
        assert_ne!(events[0].record, events[1].record);
        let backup = Envelope { region: Some("us-west-2"), id: Some("other"), ..envelope() };
        let again = report_events(&detail(&format!("\"affectedEntities\":[{entities}]")), &backup);
        assert_eq!(events[0].record, again[0].record);
    }

    #[test]
    fn a_report_of_another_account_is_marked() {
        let one = detail(r#""affectedAccount":"999999999999","affectedEntities":[{"entityValue":"a"}]"#);
        let other = detail(r#""affectedEntities":[{"entityValue":"arn:aws:iam::999999999999:user/a"}]"#);
        for detail in [one, other] {
            let event = report_events(&detail, &envelope()).remove(0);
            assert_eq!((event.place.account.as_str(), event.foreign_envelope), ("999999999999", true));
        }
    }

    #[test]
    fn what_names_nobody_is_shown_and_other_codes_are_ignored() {
        for entities in
            ["", r#"{"entityValue":"UNKNOWN"}"#, r#"{"entityValue":"111122223333"}"#, r#"{"x":1}"#]
        {
            let meaning = report_meaning(&detail(&format!("\"affectedEntities\":[{entities}]")), &envelope());
            let Meaning::Unresolved(shape) = meaning else { panic!("{entities}") };
            assert_eq!((&*shape.source, &*shape.name), (SOURCE, "AWS_RISK_CREDENTIALS_EXPOSED"));
        }
        let other = r#"{"eventArn":"a","eventTypeCode":"AWS_EC2_INSTANCE_RETIREMENT"}"#;
        assert_eq!(report_meaning(other, &envelope()), Meaning::Ignored);
    }

    #[test]
    fn a_call_to_health_is_no_report() {
        let call = r#"{"eventSource":"health.amazonaws.com","eventName":"DescribeEvents"}"#;
        let envelope = Envelope { detail_type: Some("AWS API Call via CloudTrail"), ..envelope() };
        assert_eq!(report_meaning(call, &envelope), Meaning::Ignored);
    }
}
