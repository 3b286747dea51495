//! Telling people what is wrong with Keytrail itself.

use keytrail_engine::ids::{AccountId, Partition, Region};
use keytrail_engine::notice::Notice;
use keytrail_engine::subject::SubjectId;
use keytrail_engine::time::Time;
use keytrail_engine::trouble::Trouble;

use crate::capability::PolicyInForce;
use crate::commit::Commit;
use crate::error::LedgerError;
use crate::item::Item;
use crate::ledger::Ledger;

/// The trouble of a policy that can't be read; `None` where it can.
pub fn policy_trouble(in_force: &PolicyInForce) -> Option<Trouble> {
    let broken = in_force.broken.as_ref()?;
    Some(Trouble::PolicyBroken {
        version: broken.version.clone(),
        why: broken.to_string().into(),
        in_force: in_force.policy.version(),
    })
}

/// Puts trouble into the outbox of the account that Keytrail runs in. Whoever notices it and however often, it is told once;
/// true for the first.
///
/// # Errors
/// Those of the ledger.
pub async fn tell_trouble(
    ledger: &impl Ledger,
    partition: Partition,
    account: AccountId,
    trouble: Trouble,
    now: Time,
) -> Result<bool, LedgerError> {
    // Global, so that functions which know nothing of the region name the same subject.
    let subject = SubjectId::account(partition, account, Region::global());
    let notice = Item::notice(subject.clone(), Notice::trouble(now, subject, trouble), now);
    let committed = ledger.commit(&Commit { items: vec![notice], ..Commit::at(now) }).await?;
    Ok(!committed.created.is_empty())
}
