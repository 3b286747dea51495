//! What is wrong with Keytrail itself, in words.

use crate::ids::ArnParts;
use crate::rules::quoted;
use crate::trouble::Trouble;

/// What the parts of a page say.
pub(super) struct Told {
    /// In one sentence, without its full stop.
    pub(super) what: String,
    pub(super) why: String,
    pub(super) does: String,
    pub(super) next: Vec<String>,
}

pub(super) fn told(trouble: &Trouble) -> Told {
    match trouble {
        Trouble::PolicyBroken { why, in_force, .. } => Told {
            what: "the policy can't be read, and nothing is enforced".into(),
            why: format!("Until it is mended no key is switched off, whatever is found: {why}."),
            does: format!(
                "It goes on seeing and telling by the last good policy ({in_force}). What it would do waits, and is done if the \
                 policy is mended in time."
            ),
            next: vec![
                "Mend the policy. This tells every fault of a file:".into(),
                "keytrail policy check policy.toml".into(),
            ],
        },
        Trouble::LedgerRestored { began, store, .. } => Told {
            what: "the ledger was restored from a backup, and nothing is done to any key".into(),
            why: format!(
                "What was done since the backup is in no record of the ledger. It is paused since {began}, in {store}."
            ),
            does: "It observes, lists what AWS has, and lets expire what the backup still had to do: every action that expires is \
                   told."
                .into(),
            next: vec!["Look at what expired, and do it by hand if it is due. Then:".into(), resume(store)],
        },
        Trouble::Damaged { what, why } => Told {
            what: format!("the ledger can't read {what}"),
            why: format!("What it says is neither judged nor done: {why}."),
            does: "It goes on without it, and leaves it as it is.".into(),
            next: vec![
                "If a newer Keytrail wrote it, upgrade this one.".into(),
                "Else restore the item from a backup of the table, or delete it: documents are made again by records and by the \
                 next sweep."
                    .into(),
            ],
        },
    }
}

/// The command by which a person ends the pause of a store.
fn resume(store: &str) -> String {
    let arn = store.split_once('#').map_or(store, |(arn, _)| arn);
    let table = ArnParts::parse(arn).and_then(|arn| Some((arn.resource.strip_prefix("table/")?, arn.region)));
    match table {
        Some((table, region)) => {
            format!("keytrail resume --table {} --region {}", quoted(table), quoted(region))
        }
        None => "keytrail resume --table NAME".into(),
    }
}
