//! What is listed of CloudWatch Logs and of what records it: log groups, other parts with a KMS key, trails; and in which regions
//! there may be any.

use keytrail_engine::impact::Listed;
use keytrail_engine::time::Time;
use keytrail_ledger::capability::{Clock, Inventory, PolicySource};
use keytrail_ledger::{Ledger, Slots, enabled_slot, keep_listed};

use crate::progress::Kept;
use crate::{Fault, PAGES, Sweep, Swept, Unit, observe};

impl<L, I, P, C> Sweep<L, I, P, C>
where
    L: Ledger + Slots,
    I: Inventory,
    P: PolicySource,
    C: Clock,
{
    pub(crate) async fn log_groups(
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
            let page = there.log_groups(&unit.region, kept.progress.marker.as_deref()).await?;
            let events =
                page.groups.into_iter().map(|group| observe::log_group(unit, began, group)).collect();
            self.take(kept, events).await?;
            if self.turn(kept, page.next).await? {
                return Ok(Swept::Whole);
            }
        }
        Ok(Swept::More)
    }

    pub(crate) async fn log_parts(
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
            let page = there.log_parts(&unit.region, kept.progress.marker.as_deref()).await?;
            let events = page.parts.into_iter().map(|part| observe::log_part(unit, began, part)).collect();
            self.take(kept, events).await?;
            if self.turn(kept, page.next).await? {
                return Ok(Swept::Whole);
            }
        }
        Ok(Swept::More)
    }

    /// Leaves in the ledger which regions the account has enabled: whoever asks whether all of them were swept finds it there.
    pub(crate) async fn regions(&self, there: &I, unit: &Unit, kept: &mut Kept) -> Result<Swept, Fault> {
        let at = self.begin(kept).await?;
        let all = there.regions(&unit.region).await?;
        let slot = enabled_slot(&unit.partition, &unit.account);
        keep_listed(&self.ledger, &slot, &Listed { at, all }).await?;
        self.turn(kept, None).await?;
        Ok(Swept::Whole)
    }

    pub(crate) async fn trails(&self, there: &I, unit: &Unit, kept: &mut Kept) -> Result<Swept, Fault> {
        let began = self.begin(kept).await?;
        let trails = there.trails(&unit.region).await?;
        let events = trails.into_iter().map(|trail| observe::trail(unit, began, trail)).collect();
        self.take(kept, events).await?;
        self.turn(kept, None).await?;
        Ok(Swept::Whole)
    }
}
