//! What was recorded before the installation: ninety days of management events, read once.

use keytrail_engine::event::Event;
use keytrail_engine::parse::{Meaning, meaning, understood};
use keytrail_engine::time::{Span, Time};
use keytrail_ledger::capability::{Clock, Inventory, PolicySource};
use keytrail_ledger::{Ledger, LedgerError, Slots, keep_unresolved, park, unresolved_id};

use crate::progress::Kept;
use crate::{Fault, Sweep, Swept, Unit};

/// How far back CloudTrail keeps management events.
///
/// Source: <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html>
const KEPT: Span = Span::days(90);

/// Pages that one invocation reads at most: CloudTrail allows two calls a second.
const PAGES: usize = 10;

/// What puts an end to something is read before what begins it: between the two somebody would be paged for what is
/// long over.
const FIRST: [&str; 9] = [
    "CancelKeyDeletion",
    "EnableKey",
    "ImportKeyMaterial",
    "PutKeyPolicy",
    "DeleteLogGroup",
    "DeleteKey",
    "StartLogging",
    "DeleteServiceSpecificCredential",
    "DeleteUser",
];

/// The names of the events that are read, in their order.
pub(crate) fn names() -> Vec<&'static str> {
    let mut names = FIRST.to_vec();
    let others = understood().map(|(_, name)| name).filter(|name| *name != "DescribeKey");
    for name in others {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

impl<L, I, P, C> Sweep<L, I, P, C>
where
    L: Ledger + Slots,
    I: Inventory,
    P: PolicySource,
    C: Clock,
{
    /// Reads one name after the other. Its place is the name and CloudTrail's token.
    pub(crate) async fn history(
        &self,
        there: &I,
        unit: &Unit,
        kept: &mut Kept,
        until: Time,
    ) -> Result<Swept, Fault> {
        for page in 0..PAGES {
            if self.stops(page, until) {
                break;
            }
            let began = self.begin(kept).await?;
            let (name, token) = place(kept.progress.marker.as_deref());
            let Some(name) = name else {
                self.turn(kept, None).await?;
                return Ok(Swept::Whole);
            };
            let page = there.history(&unit.region, name, began - KEPT, began, token).await?;
            let events = self.past(&page.records).await?;
            self.take(kept, events).await?;
            let next = match page.next {
                Some(token) => Some(format!("{name} {token}")),
                None => after(name).map(str::to_owned),
            };
            if self.turn(kept, next.map(Into::into)).await? {
                return Ok(Swept::Whole);
            }
        }
        Ok(Swept::More)
    }

    /// What past records mean. What can't be read is kept, as detect keeps it.
    async fn past(&self, records: &[Box<str>]) -> Result<Vec<Event>, LedgerError> {
        let settings = self.policies.policy().await.policy.parse_settings();
        let now = self.clock.now();
        let mut told = Vec::new();
        for record in records {
            match meaning(record.as_bytes(), None, None, &settings) {
                Meaning::Events(events) => told.extend(events),
                // The same name of another service.
                Meaning::Ignored => {}
                Meaning::Unresolved(shape) => {
                    let id = unresolved_id(record.as_bytes());
                    keep_unresolved(&self.ledger, &shape, id, Some(now)).await?;
                }
                Meaning::Broken(fault) => park(&self.ledger, record, &format!("{fault:?}"), now).await?,
            }
        }
        Ok(told)
    }
}

/// The name that a marker says, the first one without any, and CloudTrail's token behind it.
fn place(marker: Option<&str>) -> (Option<&'static str>, Option<&str>) {
    let names = names();
    let Some(marker) = marker else { return (names.first().copied(), None) };
    let (name, token) = marker.split_once(' ').map_or((marker, None), |(name, token)| (name, Some(token)));
    (names.into_iter().find(|known| *known == name), token)
}

fn after(name: &str) -> Option<&'static str> {
    names().into_iter().skip_while(|known| *known != name).nth(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_once_and_each_is_followed_by_the_next() {
        let names = names();
        let known: std::collections::BTreeSet<_> = understood().map(|(_, name)| name).collect();
        assert!(FIRST.iter().all(|name| known.contains(name)), "{FIRST:?}");
        assert_eq!(names.len(), known.len() - 1);
        let mut read = vec![place(None).0.unwrap()];
        while let Some(next) = after(read.last().unwrap()) {
            read.push(next);
        }
        assert_eq!(read, names);
        assert_eq!(place(Some("EnableKey a b")), (Some("EnableKey"), Some("a b")));
        assert_eq!(place(Some("Gone")), (None, None));
    }
}
