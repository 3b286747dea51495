//! What could not be understood, kept where people find it.

use keytrail_engine::fingerprint::{fingerprint, hash64};
use keytrail_engine::lattice::{Seen, Sketch};
use keytrail_engine::parked::{Parked, name_of};
use keytrail_engine::parse::Shape;
use keytrail_engine::time::Time;
use serde::{Deserialize, Serialize};

use crate::{LedgerError, Slots, read_slot};

/// How often a slot is written again because another writer was faster.
const TRIES: usize = 8;

/// Parks a text that can never be read. The same text is parked once.
///
/// # Errors
/// Those of the ledger; the text then is not kept.
pub async fn park(slots: &impl Slots, text: &str, reason: &str, now: Time) -> Result<(), LedgerError> {
    let name = format!("parked/{}", name_of(text));
    let value = to_value(&name, &Parked::new(text, reason, now))?;
    match slots.set_slot(&name, &value, None).await {
        Err(LedgerError::Conflict { .. }) => Ok(()),
        other => other,
    }
}

/// Records that are ours and say too little, by shape.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Unresolved {
    shape: Option<Shape>,
    /// How many there were; a repeat counts once.
    records: Sketch,
    /// When they came.
    seen: Seen,
}

/// What tells a record that says too little from others of its shape.
pub fn unresolved_id(record: &[u8]) -> u64 {
    hash64("unresolved", record)
}

/// Counts a record (its [`unresolved_id`]) that is ours and says too little, under its shape.
///
/// # Errors
/// Those of the ledger; the record then is not counted.
pub async fn keep_unresolved(
    slots: &impl Slots,
    shape: &Shape,
    record: u64,
    at: Option<Time>,
) -> Result<(), LedgerError> {
    let text = serde_json::to_vec(shape).unwrap_or_default();
    let name = format!("unresolved/{}", fingerprint("shape", [text]));
    for _ in 0..TRIES {
        let held = read_slot::<Unresolved>(slots, &name).await?;
        let (mut held, version) =
            held.map_or((Unresolved::default(), None), |(it, version)| (it, Some(version)));
        held.shape.get_or_insert_with(|| shape.clone());
        if !held.records.absorb(record) {
            return Ok(());
        }
        if let Some(at) = at {
            held.seen.absorb(at);
        }
        match slots.set_slot(&name, &to_value(&name, &held)?, version).await {
            Err(LedgerError::Conflict { .. }) => {}
            other => return other,
        }
    }
    Err(LedgerError::Conflict { what: name.into() })
}

fn to_value(name: &str, value: &impl Serialize) -> Result<serde_json::Value, LedgerError> {
    serde_json::to_value(value)
        .map_err(|source| LedgerError::Corrupt { what: name.into(), source: source.into() })
}
