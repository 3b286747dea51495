//! The KMS keys of a region: what each is, its state, when it will be deleted, and its policy.

use keytrail_engine::document::{Deletion, Facts};
use keytrail_engine::event::Event;
use keytrail_engine::subject::{Kind, SubjectId};
use keytrail_engine::time::Time;
use keytrail_ledger::capability::{Clock, Inventory, InventoryError, PolicySource};
use keytrail_ledger::{Cursor, Ledger, Slots};

use crate::observe::CONSISTENT_AFTER;
use crate::progress::Kept;
use crate::{Fault, PAGES, Sweep, Swept, Unit, observe};

impl<L, I, P, C> Sweep<L, I, P, C>
where
    L: Ledger + Slots,
    I: Inventory,
    P: PolicySource,
    C: Clock,
{
    /// Describes the keys that are listed, then those of the ledger that the listing didn't show. Where keys may not be
    /// listed, the ones that logs were seen to use are described all the same.
    pub(crate) async fn kms_keys(
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
            if kept.progress.marking {
                let next = self.known_kms_keys(there, unit, began, kept).await?;
                if self.turn(kept, next).await? {
                    return Ok(Swept::Whole);
                }
                continue;
            }
            match there.kms_keys(&unit.region, kept.progress.marker.as_deref()).await {
                Ok(page) => {
                    self.describe(there, unit, began, page.keys, kept).await?;
                    kept.progress.marker = page.next;
                }
                Err(InventoryError::Refused { code, source }) if code.contains("AccessDenied") => {
                    tracing::warn!(error = %source, "KMS keys may not be listed: the known ones are described");
                    kept.progress.marker = None;
                }
                Err(error) => return Err(error.into()),
            }
            kept.progress.marking = kept.progress.marker.is_none();
            kept.write(&self.ledger).await?;
        }
        Ok(Swept::More)
    }

    async fn known_kms_keys(
        &self,
        there: &I,
        unit: &Unit,
        began: Time,
        kept: &mut Kept,
    ) -> Result<Option<Box<str>>, Fault> {
        let after = kept.progress.marker.clone().map(Cursor);
        let page = self.ledger.scan(Kind::KmsKey, self.clock.now(), after.as_ref(), 20).await?;
        let undescribed = page.entries.into_iter().filter(|stored| {
            let (subject, facts) = (&stored.document.subject, &stored.document.facts);
            let here = (&subject.partition, &subject.account, &subject.region)
                == (&unit.partition, &unit.account, &unit.region);
            matches!(facts, Facts::KmsKey(key) if here
                && key.observed.at().is_none_or(|at| at < began - CONSISTENT_AFTER)
                && !matches!(key.deletion(began), Deletion::Done(_)))
        });
        let keys = undescribed.map(|stored| stored.document.subject).collect();
        self.describe(there, unit, began, keys, kept).await?;
        Ok(page.next.map(|next| next.0))
    }

    async fn describe(
        &self,
        there: &I,
        unit: &Unit,
        began: Time,
        keys: Vec<SubjectId>,
        kept: &mut Kept,
    ) -> Result<(), Fault> {
        let mut events: Vec<Event> = Vec::new();
        for key in keys {
            let answer = there.kms_key(&key).await?;
            events.extend(observe::kms_key(unit, began, key, answer));
        }
        self.take(kept, events).await
    }
}
