//! A test alert that goes all the way: from the ledger's outbox by the table's stream to notify, and from there to the topic.
//!
//! It is written as every notice is; what takes it further is the deployment itself. Where it stops is told as a problem.

use std::time::Duration;

use keytrail_aws::dynamo::DynamoLedger;
use keytrail_aws::{AwsConfig, SystemClock};
use keytrail_engine::finding::Severity;
use keytrail_engine::ids::Region;
use keytrail_engine::notice::{Notice, Outcome};
use keytrail_engine::subject::SubjectId;
use keytrail_engine::time::{Span, Time};
use keytrail_ledger::capability::{Clock as _, Deployment};
use keytrail_ledger::{Commit, Item, ItemId, Ledger, LedgerError, State};
use serde::Serialize;

use super::Diagnosis;
use crate::render;

/// How often it is looked whether the alert was published.
const LOOK: Duration = Duration::from_millis(500);

/// A test alert that was published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Published {
    /// The notice's id, which stands in every form of the message.
    pub notice: Box<str>,
    /// When it was written.
    pub written: Time,
    /// When the ledger showed that SNS had taken it.
    pub published: Time,
}

/// How an alert stands.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Standing {
    /// SNS took it.
    Published(Time),
    /// It isn't published yet: why, and what to do about it.
    Stuck {
        what: String,
        fix: &'static str,
        /// It won't be, however long one waits.
        for_good: bool,
    },
}

/// Writes an alert, and waits for it. What goes wrong becomes a problem of the diagnosis.
pub(crate) async fn send(
    config: &AwsConfig,
    deployment: &Deployment,
    severity: Severity,
    seconds: u16,
    found: &mut Diagnosis,
) {
    let Some(Ok(table)) = deployment.tables.get("Table") else {
        found.wrong("test_alert", "no test alert was written: the table could not be looked at", "see above");
        return;
    };
    let ledger = DynamoLedger::new(config.dynamodb(), &table.name);
    let by = match config.caller().await {
        Ok(caller) => caller.arn,
        Err(error) => {
            found.wrong(
                "test_alert",
                format!("no test alert was written: STS says {error}"),
                "see the message",
            );
            return;
        }
    };
    let account = deployment.account.as_ref().into();
    let subject = SubjectId::account(deployment.partition.as_ref().into(), account, Region::global());
    let now = SystemClock.now();
    let notice = Notice::test(now, subject.clone(), by.as_str(), severity);
    let id = ItemId::notice(&notice.id);
    let written = Commit { items: vec![Item::notice(subject, notice, now)], ..Commit::at(now) };
    if let Err(error) = ledger.commit(&written).await {
        found.wrong(
            "test_alert",
            format!("the test alert could not be written: {}", told(&error)),
            "write it as the role that the stack's parameter OperatorRoleArn names; nobody else but Keytrail's functions may",
        );
        return;
    }
    render::complain("test alert", &format!("{id} is written; waiting {seconds} seconds at most"));
    match wait(&ledger, &id, now + Span::seconds(i64::from(seconds))).await {
        Standing::Published(published) => {
            found.test_alert = Some(Published { notice: id.name, written: now, published });
        }
        Standing::Stuck { what, fix, .. } => {
            found.wrong("test_alert", format!("the test alert {id} is stuck: {what}"), fix);
        }
    }
}

/// Looks until it is published, can't be any more, or the time is up.
async fn wait(ledger: &impl Ledger, id: &ItemId, until: Time) -> Standing {
    loop {
        let standing = match ledger.items(std::slice::from_ref(id)).await {
            Ok(items) => standing(items.first().map(|stored| &stored.item)),
            Err(error) => Standing::Stuck {
                what: format!("the ledger doesn't say how it stands: {}", told(&error)),
                fix: "look again, or at the topic's subscribers",
                for_good: false,
            },
        };
        let waits = matches!(standing, Standing::Stuck { for_good: false, .. });
        if !waits || SystemClock.now() >= until {
            return standing;
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// How an alert stands, by its item in the outbox.
fn standing(item: Option<&Item>) -> Standing {
    let stuck = |what: String, fix, for_good| Standing::Stuck { what, fix, for_good };
    let Some(item) = item else {
        return stuck("it is no longer in the table".into(), "see who deletes items of the ledger", true);
    };
    match (item.state, &item.outcome) {
        (State::Done, _) => Standing::Published(item.changed),
        (State::Pending, _) => stuck(
            "notify has not taken it up: the table's stream doesn't come to it, or it fails at once".into(),
            "look at the event source and at the log of the function Notify, and at the queue GivenUp; what else is told \
             here may say why",
            false,
        ),
        (State::Waiting { due }, Some(Outcome::Failed { code })) => stuck(
            format!("SNS refuses it, and says {code}; notify tries again at {due}"),
            "mend the topic, its policy, its key or notify's role; what else is told here may say which",
            false,
        ),
        (State::Waiting { due }, _) => stuck(
            format!(
                "notify took it up at {} and has not said that it is published: SNS asks for a pause, or notify died at \
                 it; it is tried again at {due}",
                item.changed
            ),
            "look at the log of the function Notify",
            false,
        ),
        (state, _) => stuck(
            format!("it ended as {}: the ledger was restored from a backup meanwhile", state.word()),
            "see docs/upkeep.md about restoring, then ask again",
            true,
        ),
    }
}

/// An error with what it comes from.
pub(crate) fn told(error: &LedgerError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(state: State, outcome: Option<Outcome>) -> Item {
        let subject = SubjectId::account("aws".into(), "111122223333".into(), Region::global());
        let at = Time::from_millis(1_785_542_400_000);
        let notice = Notice::test(at, subject.clone(), "arn:aws:iam::111122223333:user/a", Severity::Info);
        Item { state, outcome, ..Item::notice(subject, notice, at) }
    }

    #[test]
    fn where_it_stands_is_told_and_only_what_ended_is_waited_for_no_longer() {
        let due = Time::from_millis(1_785_542_700_000);
        let refused = Some(Outcome::Failed { code: "KMSAccessDenied".into() });
        let cases = [
            (Some(item(State::Pending, None)), "notify has not taken it up", false),
            (Some(item(State::Waiting { due }, refused)), "says KMSAccessDenied", false),
            (Some(item(State::Waiting { due }, None)), "has not said that it is published", false),
            (Some(item(State::Withheld, None)), "ended as withheld", true),
            (None, "no longer in the table", true),
        ];
        for (item, expected, ends) in cases {
            let Standing::Stuck { what, for_good, .. } = standing(item.as_ref()) else {
                panic!("{expected}")
            };
            assert!(what.contains(expected), "{what}");
            assert_eq!(for_good, ends, "{what}");
        }
        let done = item(State::Done, None);
        assert_eq!(standing(Some(&done)), Standing::Published(done.changed));
    }
}
