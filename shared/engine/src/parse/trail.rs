//! Trails: whether they record, and what.

use super::json::{Object, Raw};
use super::names;
use super::record::{Reading, Record, Told};
use super::shape::Gap;
use crate::event::{Place, Selectors, TrailChange, What};
use crate::ids::ArnParts;
use crate::subject::SubjectId;

pub(super) const SOURCE: &str = "cloudtrail.amazonaws.com";

pub(super) const NAMES: &[&str] =
    &["CreateTrail", "DeleteTrail", "PutEventSelectors", "StartLogging", "StopLogging", "UpdateTrail"];

const BEARER_CALLS: &str = "AWS::Logs::LogGroupAuthorization";
const KMS: &str = "kms.amazonaws.com";

pub(super) fn read(record: &Record<'_>) -> Reading {
    let (request, response) = (record.request(), record.response());
    let said = |object: &Object<'_>| {
        ["trailARN", "trailName", "name"]
            .iter()
            .find_map(|field| object.text(field))
            .map(|text| text.into_owned())
    };
    let said = said(&response).or_else(|| said(&request));
    let trail = said.as_deref().and_then(names::trail);
    if let Some(code) = &record.failure {
        let Place { partition, account, region } = record.place.clone();
        let on =
            trail.map(|trail| SubjectId::coverage(partition, account, region, &format!("trail/{trail}")));
        return Ok(vec![record.attempt(code, on)]);
    }
    let trail = trail.ok_or(Gap::Target)?;
    let change = match &*record.name {
        "StartLogging" => TrailChange::Started,
        "StopLogging" => TrailChange::Stopped,
        "CreateTrail" => TrailChange::Created,
        "DeleteTrail" => TrailChange::Deleted,
        "PutEventSelectors" => TrailChange::SelectorsPut(selectors(&request).ok_or(Gap::Value)?),
        _ => TrailChange::Updated,
    };
    let place = said.and_then(|arn| place(&arn));
    Ok(vec![Told { what: What::TrailChanged { trail, change }, place }])
}

/// A trail's own place: an organization's trail is its management account's, whoever administers it.
fn place(arn: &str) -> Option<Place> {
    let arn = ArnParts::parse(arn)?;
    Some(Place {
        partition: names::partition(arn.partition)?,
        account: names::account(arn.account)?,
        region: names::region(arn.region)?,
    })
}

/// What the selectors in an answer of `GetEventSelectors` let through; `None` if there are none in it. CloudTrail spells
/// them there as in a record, but for the case of letters.
///
/// Source: <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetEventSelectors.html>
pub fn trail_selectors(answer: &str) -> Option<Selectors> {
    selectors(&Object::read(answer)?)
}

/// What the selectors of a request let through; `None` if it has none. A trail has one kind of selectors or the other.
fn selectors(request: &Object<'_>) -> Option<Selectors> {
    let (advanced, basic) = (request.items("advancedEventSelectors"), request.items("eventSelectors"));
    let selected: Vec<Selected> = if advanced.is_empty() {
        basic.into_iter().flat_map(|selector| of_basic(&selector.object())).collect()
    } else {
        advanced.into_iter().map(|selector| of_advanced(&selector.object())).collect()
    };
    if selected.is_empty() {
        return None;
    }
    let writes: Vec<_> = selected.iter().filter(|one| one.sort == Sort::ManagementWrites).collect();
    let calls: Vec<_> = selected.iter().filter(|one| one.sort == Sort::BearerCalls).collect();
    Some(Selectors {
        management_writes: !writes.is_empty(),
        // Events pass if any selector lets them, so that only a gap in all of them is one.
        kms_excluded: !writes.is_empty() && writes.iter().all(|one| one.is_narrow),
        bearer_calls: !calls.is_empty(),
        narrowed: !calls.is_empty() && calls.iter().all(|one| one.is_narrow),
    })
}

/// What one selector selects.
struct Selected {
    sort: Sort,
    /// Of management writes: not KMS's. Of bearer calls: perhaps not all.
    is_narrow: bool,
}

#[derive(PartialEq, Eq)]
enum Sort {
    ManagementWrites,
    BearerCalls,
    Other,
}

/// An event selector
/// (<https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html>).
fn of_basic(selector: &Object<'_>) -> Vec<Selected> {
    let reads_only = selector.text("readWriteType").is_some_and(|sort| sort == "ReadOnly");
    let management = selector.get("includeManagementEvents").and_then(Raw::flag).unwrap_or(true);
    let mut selected = vec![Selected {
        sort: if management && !reads_only { Sort::ManagementWrites } else { Sort::Other },
        is_narrow: has(&selector.items("excludeManagementEventSources"), KMS),
    }];
    let data = selector.items("dataResources").into_iter().map(Raw::object);
    let calls = data.filter(|data| data.text("type").is_some_and(|sort| sort == BEARER_CALLS));
    selected.extend(calls.map(|_| Selected { sort: Sort::BearerCalls, is_narrow: true }));
    selected
}

/// An advanced event selector
/// (<https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html>).
fn of_advanced(selector: &Object<'_>) -> Selected {
    let (mut is_management, mut is_bearer) = (false, false);
    let (mut reads_only, mut without_kms, mut is_cut) = (false, false, false);
    let fields = selector.items("fieldSelectors");
    for field in fields.iter().map(|field| field.object()) {
        let equals = field.items("equals");
        match field.text("field").as_deref() {
            Some("eventCategory") => is_management = has(&equals, "Management"),
            Some("resources.type") => is_bearer = has(&equals, BEARER_CALLS),
            Some("readOnly") => reads_only = !has(&equals, "false"),
            Some("eventSource") => {
                let excluded = field.items("notEquals");
                without_kms = has(&excluded, KMS);
                let ours = [super::iam::SOURCE, super::logs::SOURCE, SOURCE];
                is_cut |= excluded.is_empty() || ours.iter().any(|source| has(&excluded, source));
            }
            _ => is_cut = true,
        }
    }
    if is_bearer {
        return Selected { sort: Sort::BearerCalls, is_narrow: fields.len() > 2 };
    }
    let writes = is_management && !reads_only && !is_cut;
    Selected { sort: if writes { Sort::ManagementWrites } else { Sort::Other }, is_narrow: without_kms }
}

fn has(items: &[Raw<'_>], word: &str) -> bool {
    items.iter().any(|item| item.text().is_some_and(|text| text == word))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Case, events, gap, whats};
    use super::*;

    const ARN: &str = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit";

    fn case(name: &str, request: &str) -> Case {
        Case::new(SOURCE, name).request(request)
    }

    fn put(selectors: &str) -> Selectors {
        let case = case("PutEventSelectors", &format!(r#"{{"trailName":"audit",{selectors}}}"#));
        match whats(&case).remove(0) {
            What::TrailChanged { change: TrailChange::SelectorsPut(selectors), .. } => selectors,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_trail_is_itself_by_name_and_by_arn() {
        for (name, change) in [
            ("CreateTrail", TrailChange::Created),
            ("StartLogging", TrailChange::Started),
            ("StopLogging", TrailChange::Stopped),
            ("UpdateTrail", TrailChange::Updated),
            ("DeleteTrail", TrailChange::Deleted),
        ] {
            for said in ["audit", ARN] {
                let case = case(name, &format!(r#"{{"name":"{said}"}}"#));
                assert_eq!(
                    whats(&case),
                    [What::TrailChanged { trail: "audit".into(), change: change.clone() }]
                );
            }
        }
        assert_eq!(gap(&case("StopLogging", "null")), Gap::Target);
    }

    #[test]
    fn a_trail_is_where_its_arn_is() {
        let region = |case: &Case| events(case).remove(0).place.region;
        assert_eq!(region(&case("StopLogging", r#"{"name":"audit"}"#)).as_str(), "us-east-1");
        let answered = case("UpdateTrail", r#"{"name":"audit"}"#)
            .response(&format!(r#"{{"name":"audit","trailARN":"{ARN}"}}"#));
        assert_eq!(region(&answered).as_str(), "eu-west-1");
    }

    #[test]
    fn selectors_are_read_for_what_they_let_through() {
        let data = |rest: &str| {
            format!(
                r#""advancedEventSelectors":[{{"fieldSelectors":[{{"field":"eventCategory","equals":["Data"]}},
            {{"field":"resources.type","equals":["AWS::Logs::LogGroupAuthorization"]}}{rest}]}}]"#
            )
        };
        let management = |rest: &str| {
            format!(
                r#""advancedEventSelectors":[{{"fieldSelectors":[{{"field":"eventCategory","equals":["Management"]}}{rest}]}}]"#
            )
        };
        let basic = |rest: &str| format!(r#""eventSelectors":[{{"includeManagementEvents":true{rest}}}]"#);
        let none = Selectors::default();
        let calls = Selectors { bearer_calls: true, ..none };
        let writes = Selectors { management_writes: true, ..none };
        for (selectors, expected) in [
            (data(""), calls),
            (
                data(r#",{"field":"resources.ARN","startsWith":["arn:aws:logs"]}"#),
                Selectors { narrowed: true, ..calls },
            ),
            (data(r#",{"field":"readOnly","equals":["false"]}"#), Selectors { narrowed: true, ..calls }),
            (management(""), writes),
            (management(r#",{"field":"readOnly","equals":["false"]}"#), writes),
            (management(r#",{"field":"readOnly","equals":["true"]}"#), none),
            (
                management(r#",{"field":"eventSource","notEquals":["kms.amazonaws.com"]}"#),
                Selectors { kms_excluded: true, ..writes },
            ),
            (management(r#",{"field":"eventSource","notEquals":["rdsdata.amazonaws.com"]}"#), writes),
            (management(r#",{"field":"eventSource","notEquals":["iam.amazonaws.com"]}"#), none),
            (management(r#",{"field":"eventName","equals":["CreateUser"]}"#), none),
            (basic(r#","readWriteType":"All""#), writes),
            (basic(r#","readWriteType":"WriteOnly""#), writes),
            (basic(r#","readWriteType":"ReadOnly""#), none),
            (
                basic(r#","excludeManagementEventSources":["kms.amazonaws.com"]"#),
                Selectors { kms_excluded: true, ..writes },
            ),
            (r#""eventSelectors":[{"includeManagementEvents":"false"}]"#.to_owned(), none),
            (
                r#""advancedEventSelectors":[{"fieldSelectors":[{"field":"eventCategory","equals":["Data"]},
                {"field":"resources.type","equals":["AWS::S3::Object"]}]}]"#
                    .to_owned(),
                none,
            ),
        ] {
            assert_eq!(put(&selectors), expected, "{selectors}");
        }
        assert_eq!(gap(&case("PutEventSelectors", r#"{"trailName":"audit"}"#)), Gap::Value);
    }

    #[test]
    fn an_answer_is_read_as_a_request_is() {
        let answer = r#"{"TrailARN":"arn","AdvancedEventSelectors":[{"Name":"x","FieldSelectors":[
            {"Field":"eventCategory","Equals":["Data"]},
            {"Field":"resources.type","Equals":["AWS::Logs::LogGroupAuthorization"]}]}]}"#;
        let calls = Selectors { bearer_calls: true, ..Selectors::default() };
        assert_eq!(trail_selectors(answer), Some(calls));
        let answer = r#"{"EventSelectors":[{"ReadWriteType":"All","IncludeManagementEvents":true,"DataResources":[],
            "ExcludeManagementEventSources":["kms.amazonaws.com"]}]}"#;
        let writes = Selectors { management_writes: true, kms_excluded: true, ..Selectors::default() };
        assert_eq!(trail_selectors(answer), Some(writes));
        for answer in ["", "[]", "{}", r#"{"EventSelectors":[]}"#, r#"{"EventSelectors":"x"}"#] {
            assert_eq!(trail_selectors(answer), None, "{answer}");
        }
    }

    #[test]
    fn a_failed_call_is_an_attempt_on_the_trail() {
        let told = whats(&case("StopLogging", r#"{"name":"audit"}"#).error("AccessDenied"));
        assert!(
            matches!(&told[..], [What::Attempt { on: Some(on), .. }] if on.name.as_ref() == "trail/audit")
        );
    }
}
