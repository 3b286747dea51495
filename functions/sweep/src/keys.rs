//! The API keys of a service: the listing, and what it doesn't show.

use std::collections::BTreeSet;

use keytrail_engine::document::{Document, Facts, Standing};
use keytrail_engine::event::{ApiKeySeen, Event};
use keytrail_engine::ids::{CredentialId, ServiceName, UserName};
use keytrail_engine::subject::Kind;
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
    /// Lists the keys, then marks those of the ledger that the whole listing didn't show.
    pub(crate) async fn api_keys(
        &self,
        there: &I,
        unit: &Unit,
        service: &ServiceName,
        kept: &mut Kept,
        until: Time,
    ) -> Result<Swept, Fault> {
        for page in 0..PAGES {
            if self.stops(page, until) {
                break;
            }
            let began = self.begin(kept).await?;
            if kept.progress.marking {
                let next = self.mark_absent(unit, service, began, kept).await?;
                if self.turn(kept, next).await? {
                    return Ok(Swept::Whole);
                }
                continue;
            }
            let user_by_user = kept.progress.user_by_user;
            let read = match user_by_user {
                true => self.users_page(there, unit, service, began, kept).await,
                false => self.page(there, unit, service, began, kept).await,
            };
            match read {
                Err(Fault::Inventory(InventoryError::AllUsersRefused { source })) if !user_by_user => {
                    tracing::warn!(service = %service, error = %source, "listing user by user");
                    kept.progress.user_by_user = true;
                    kept.progress.marker = None;
                }
                // There was no listing, so that nothing is inferred from what it doesn't show.
                Err(Fault::Inventory(InventoryError::NotSupportedService)) => {
                    self.turn(kept, None).await?;
                    return Ok(Swept::Whole);
                }
                read => {
                    kept.progress.marker = read?;
                    if kept.progress.marker.is_none() && kept.progress.fault.is_some() {
                        self.turn(kept, None).await?;
                        return Ok(Swept::Whole);
                    }
                    kept.progress.marking = kept.progress.marker.is_none();
                }
            }
            kept.write(&self.ledger).await?;
        }
        Ok(Swept::More)
    }

    async fn page(
        &self,
        there: &I,
        unit: &Unit,
        service: &ServiceName,
        began: Time,
        kept: &mut Kept,
    ) -> Result<Option<Box<str>>, Fault> {
        let page = there.keys_of_all_users(service, kept.progress.marker.as_deref()).await?;
        let events = with_users(there, unit, began, page.keys).await?;
        self.take(kept, events).await?;
        Ok(page.next)
    }

    /// A page of users, and each one's keys. A user that vanished meanwhile has none.
    async fn users_page(
        &self,
        there: &I,
        unit: &Unit,
        service: &ServiceName,
        began: Time,
        kept: &mut Kept,
    ) -> Result<Option<Box<str>>, Fault> {
        let (users, next) = there.users(kept.progress.marker.as_deref()).await?;
        let mut keys = Vec::new();
        for user in &users {
            keys.extend(there.keys_of_user(service, user).await?);
        }
        let events = with_users(there, unit, began, keys).await?;
        self.take(kept, events).await?;
        Ok(next)
    }

    /// Keys of the service that memory has and the whole listing didn't show.
    async fn mark_absent(
        &self,
        unit: &Unit,
        service: &ServiceName,
        began: Time,
        kept: &mut Kept,
    ) -> Result<Option<Box<str>>, Fault> {
        let now = self.clock.now();
        let after = kept.progress.marker.clone().map(Cursor);
        let page = self.ledger.scan(Kind::ApiKey, now, after.as_ref(), 50).await?;
        // One that can't be read isn't marked. Judging tells of it, as it goes through all of them.
        let documents = page.entries.iter().map(|stored| &stored.document);
        let gone = documents.filter(|document| unseen(document, unit, service, began));
        let gone: Vec<_> = gone
            .map(|document| observe::absent(unit, began, &CredentialId::new(&document.subject.name)))
            .collect();
        self.take(kept, gone).await?;
        Ok(page.next.map(|next| next.0))
    }
}

/// What a page shows of keys, and what IAM shows of their users: a listing of keys names them, and says neither path nor tags.
async fn with_users(
    there: &impl Inventory,
    unit: &Unit,
    began: Time,
    keys: Vec<ApiKeySeen>,
) -> Result<Vec<Event>, InventoryError> {
    let users: BTreeSet<UserName> = keys.iter().filter_map(|key| key.user.clone()).collect();
    let mut events: Vec<_> = keys.into_iter().map(|seen| observe::api_key(unit, began, seen)).collect();
    for user in users {
        if let Some(seen) = there.user(&user).await? {
            events.push(observe::user(unit, began, user, seen));
        }
    }
    Ok(events)
}

/// Whether a key should have been in a listing that began then, and wasn't.
fn unseen(document: &Document, unit: &Unit, service: &ServiceName, began: Time) -> bool {
    let Facts::ApiKey(key) = &document.facts else { return false };
    let here = document.subject.account == unit.account && document.subject.partition == unit.partition;
    let of_service = key.service.value() == Some(service);
    let shown = key.observed.at().is_some_and(|at| at >= began - CONSISTENT_AFTER);
    // One that was created while the listing ran may be missing from it.
    let older = key.created().is_none_or(|created| created < began - CONSISTENT_AFTER);
    here && of_service && !shown && older && key.standing(began) != Standing::Deleted
}
