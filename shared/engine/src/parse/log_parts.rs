//! What else in CloudWatch Logs is made with a KMS key: anomaly detectors, lookup tables, scheduled queries, integrations.
//!
//! Fields as in <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_Operations.html>; no record of any
//! of these calls is public. Like a log group, each has lifetimes, and a need for a key ends with its deletion.

use super::json::Object;
use super::logs;
use super::record::{Reading, Record};
use super::shape::Gap;
use super::text::clean;
use crate::event::{KmsKeyRef, LogPart, LogTargetName, What};
use crate::ids::ArnParts;

pub(super) const NAMES: &[&str] = &[
    "CreateLogAnomalyDetector",
    "CreateLookupTable",
    "CreateScheduledQuery",
    "DeleteIntegration",
    "DeleteLogAnomalyDetector",
    "DeleteLookupTable",
    "DeleteScheduledQuery",
    "PutIntegration",
    "UpdateLookupTable",
    "UpdateScheduledQuery",
];

/// Where the results of a scheduled query go, each place with a KMS key of its own.
pub const SCHEDULED_QUERY_DESTINATIONS: [(&str, &str); 2] =
    [("s3Configuration", "s3"), ("lookupTableConfiguration", "lookup-table")];

pub(super) fn read(record: &Record<'_>) -> Reading {
    let (request, response) = (record.request(), record.response());
    if let Some(code) = &record.failure {
        return Ok(vec![record.attempt(code, None)]);
    }
    let (part, fields): (_, &[&str]) = match &*record.name {
        "CreateLogAnomalyDetector" | "DeleteLogAnomalyDetector" => {
            (LogPart::AnomalyDetector, &["anomalyDetectorArn", "detectorName"])
        }
        "CreateLookupTable" | "UpdateLookupTable" | "DeleteLookupTable" => {
            (LogPart::LookupTable, &["lookupTableArn", "lookupTableName"])
        }
        "PutIntegration" | "DeleteIntegration" => (LogPart::Integration, &["integrationName"]),
        _ => (LogPart::ScheduledQuery, &["scheduledQueryArn", "identifier", "name"]),
    };
    let named = fields.iter().find_map(|field| response.text(field).or_else(|| request.text(field)));
    let name = end_of_arn(&named.ok_or(Gap::Target)?);
    let key = |from: &Object<'_>, field| logs::kms_key(&record.place, from, field);
    let keys: Vec<(String, Option<KmsKeyRef>)> = match part {
        LogPart::ScheduledQuery => {
            let to = request.object("destinationConfiguration");
            let place =
                |(field, word): (&str, &str)| (format!("{name}/{word}"), key(&to.object(field), "kmsKeyId"));
            SCHEDULED_QUERY_DESTINATIONS.into_iter().map(place).collect()
        }
        LogPart::Integration => {
            let config = request.object("resourceConfig").object("openSearchResourceConfig");
            vec![(name, key(&config, "kmsKeyArn"))]
        }
        LogPart::AnomalyDetector | LogPart::LookupTable => vec![(name, key(&request, "kmsKeyId"))],
    };
    let told = keys.into_iter().filter_map(|(name, key)| {
        let target = LogTargetName::Other(part, name.into());
        Some(match (&*record.name, key) {
            (name, _) if name.starts_with("Delete") => What::LogGroupDeleted { target },
            (name, Some(key)) if name.starts_with("Create") => {
                What::LogGroupCreated { target, key: Some(key) }
            }
            // An update may leave the key as it was, or put a first one on.
            (_, Some(key)) => What::Associated { target, key },
            (_, None) => return None,
        })
    });
    Ok(told.map(Into::into).collect())
}

/// What stands behind the kind in an ARN, or a name as it is.
pub fn end_of_arn(text: &str) -> String {
    let end = ArnParts::parse(text).and_then(|arn| arn.resource.split_once([':', '/']).map(|(_, end)| end));
    clean(end.unwrap_or(text), 256).into()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Case, gap, ignored, whats};
    use super::*;
    use crate::subject::SubjectId;

    const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

    fn case(name: &str, request: &str) -> Case {
        Case::new(logs::SOURCE, name).request(request)
    }

    fn other(part: LogPart, name: &str) -> LogTargetName {
        LogTargetName::Other(part, name.into())
    }

    fn key() -> KmsKeyRef {
        KmsKeyRef::Key(SubjectId::kms_key_of_arn(KEY).unwrap())
    }

    #[test]
    fn a_part_that_is_made_with_a_key_depends_on_it_until_it_is_deleted() {
        let made = |target| [What::LogGroupCreated { target, key: Some(key()) }];
        let gone = |target| [What::LogGroupDeleted { target }];
        let arn = "arn:aws:logs:us-east-1:111122223333:anomaly-detector:abc-1";
        let create =
            case("CreateLogAnomalyDetector", &format!(r#"{{"detectorName":"shop","kmsKeyId":"{KEY}"}}"#))
                .response(&format!(r#"{{"anomalyDetectorArn":"{arn}"}}"#));
        let detector = || other(LogPart::AnomalyDetector, "abc-1");
        assert_eq!(whats(&create), made(detector()));
        let delete = case("DeleteLogAnomalyDetector", &format!(r#"{{"anomalyDetectorArn":"{arn}"}}"#));
        assert_eq!(whats(&delete), gone(detector()));

        let table = || other(LogPart::LookupTable, "hosts");
        let create =
            case("CreateLookupTable", &format!(r#"{{"lookupTableName":"hosts","kmsKeyId":"{KEY}"}}"#));
        assert_eq!(whats(&create), made(table()));
        let arn = "arn:aws:logs:us-east-1:111122223333:lookup-table:hosts";
        assert_eq!(
            whats(&case("DeleteLookupTable", &format!(r#"{{"lookupTableArn":"{arn}"}}"#))),
            gone(table())
        );
        let update =
            case("UpdateLookupTable", &format!(r#"{{"lookupTableArn":"{arn}","kmsKeyId":"{KEY}"}}"#));
        assert_eq!(whats(&update), [What::Associated { target: table(), key: key() }]);
        assert!(ignored(&case("UpdateLookupTable", &format!(r#"{{"lookupTableArn":"{arn}"}}"#))));
        assert!(ignored(&case("CreateLookupTable", r#"{"lookupTableName":"plain"}"#)));

        let put = case(
            "PutIntegration",
            &format!(
                r#"{{"integrationName":"search","resourceConfig":{{"openSearchResourceConfig":{{"kmsKeyArn":"{KEY}"}}}}}}"#
            ),
        );
        let search = || other(LogPart::Integration, "search");
        assert_eq!(whats(&put), [What::Associated { target: search(), key: key() }]);
        assert_eq!(whats(&case("DeleteIntegration", r#"{"integrationName":"search"}"#)), gone(search()));
    }

    #[test]
    fn a_scheduled_query_has_a_key_for_each_place_of_its_results() {
        let to = format!(r#"{{"s3Configuration":{{"kmsKeyId":"{KEY}"}},"lookupTableConfiguration":{{}}}}"#);
        let create =
            case("CreateScheduledQuery", &format!(r#"{{"name":"daily","destinationConfiguration":{to}}}"#));
        let target = || other(LogPart::ScheduledQuery, "daily/s3");
        assert_eq!(whats(&create), [What::LogGroupCreated { target: target(), key: Some(key()) }]);
        let gone = whats(&case("DeleteScheduledQuery", r#"{"identifier":"daily"}"#));
        let expected = ["daily/s3", "daily/lookup-table"]
            .map(|name| What::LogGroupDeleted { target: other(LogPart::ScheduledQuery, name) });
        assert_eq!(gone, expected);
    }

    #[test]
    fn what_names_nothing_is_a_gap() {
        assert_eq!(gap(&case("DeleteIntegration", "null")), Gap::Target);
    }
}
