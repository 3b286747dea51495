//! Events on a bus of EventBridge: the notice as Keytrail says it, and as OCSF says it.
//!
//! Source: <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html>

use keytrail_ledger::capability::{Message, PublishError};
use serde::{Deserialize, Serialize};

use crate::json_call::JsonClient;
use crate::{Failure, FailureKind};

/// What rules match: docs/channels.md.
const SOURCE: &str = "keytrail";
const NOTICE: &str = "Keytrail Notice";
const OCSF: &str = "OCSF Detection Finding";

/// Entries of a call.
const ENTRIES: usize = 10;
/// Bytes of a call, of the 256 KiB that EventBridge takes: names and times count too.
const BYTES: usize = 240 * 1024;

/// A bus.
#[derive(Clone, Debug)]
pub struct EventBus {
    client: JsonClient,
    arn: Box<str>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Entry<'a> {
    source: &'static str,
    detail_type: &'static str,
    detail: &'a str,
    event_bus_name: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Entries<'a> {
    entries: &'a [Entry<'a>],
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    failed_entry_count: u32,
    entries: Vec<Taken>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Taken {
    error_code: Option<Box<str>>,
}

impl EventBus {
    /// The bus of an ARN; `client` is one of EventBridge.
    pub fn new(client: JsonClient, arn: &str) -> Self {
        Self { client, arn: arn.into() }
    }

    /// Puts a message on the bus.
    ///
    /// # Errors
    /// [`PublishError`]; what came before it is on the bus.
    pub async fn put(&self, message: &Message) -> Result<(), PublishError> {
        for entries in batches(&self.entries(message)) {
            let answer: Answer = self.client.call("PutEvents", &Entries { entries }).await?;
            if answer.failed_entry_count > 0 {
                let code = answer.entries.into_iter().find_map(|it| it.error_code);
                return Err(Failure {
                    kind: FailureKind::Refused,
                    code: code.unwrap_or_else(|| "FailedEntry".into()),
                    source: "EventBridge took only some of the events".into(),
                }
                .into());
            }
        }
        Ok(())
    }

    fn entries<'a>(&'a self, message: &'a Message) -> Vec<Entry<'a>> {
        let entry =
            |detail_type, detail| Entry { source: SOURCE, detail_type, detail, event_bus_name: &self.arn };
        let findings = message.ocsf.iter().map(|it| entry(OCSF, it.as_str()));
        std::iter::once(entry(NOTICE, message.json.as_str())).chain(findings).collect()
    }
}

/// As many entries as a call takes. One that is too large by itself is a batch of its own, and EventBridge's to refuse.
fn batches<'a, 'b>(mut entries: &'b [Entry<'a>]) -> Vec<&'b [Entry<'a>]> {
    let mut batches = Vec::new();
    while !entries.is_empty() {
        let mut bytes = 0;
        let fit = entries.iter().take(ENTRIES).take_while(|entry| {
            bytes += entry.detail.len();
            bytes <= BYTES
        });
        let (batch, rest) = entries.split_at(fit.count().max(1));
        batches.push(batch);
        entries = rest;
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_takes_ten_entries_and_no_more_bytes_than_eventbridge_does() {
        let sizes = |details: &[String]| -> Vec<usize> {
            let entries: Vec<Entry<'_>> = details
                .iter()
                .map(|detail| Entry { source: SOURCE, detail_type: OCSF, detail, event_bus_name: "b" })
                .collect();
            batches(&entries).iter().map(|batch| batch.len()).collect()
        };
        assert_eq!(sizes(&vec!["x".into(); 23]), [10, 10, 3]);
        assert_eq!(sizes(&vec!["x".repeat(100 * 1024); 3]), [2, 1]);
        assert_eq!(sizes(&["x".into(), "x".repeat(300 * 1024), "x".into()]), [1, 1, 1]);
        assert_eq!(sizes(&[]), [0; 0]);
    }
}
