//! A key that was switched off because somebody else may have it, and is on again by nobody's leave.
//!
//! Only Keytrail's own commands and those whom policy names as responders may switch it on. Whoever else does is taken for
//! the intruder: it is undone, three times at most, and then the user's bearer calls are denied.

use super::Rule;
use crate::action::ActionKind;
use crate::document::{ApiKey, Document, Facts};
use crate::finding::{Finding, Severity};
use crate::ids::CredentialId;
use crate::policy::Policy;
use crate::subject::Kind;
use crate::switched::{Reactivation, Why, by_responder, reactivations};
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "reactivation_after_compromise",
    title: "Compromised API key switched on again",
    why: "Who switches a compromised key on again is the intruder, or lets the intruder back in.",
    severity: Severity::Critical,
    settle: Span::hours(0),
    judges: &[Kind::ApiKey],
    judge,
};

/// So often a reactivation is undone; whoever does it again has more endurance than a budget.
const UNDONE: usize = 3;

fn judge(document: &Document, world: &World, policy: &Policy, now: Time) -> Vec<Finding> {
    let Facts::ApiKey(key) = &document.facts else { return Vec::new() };
    let mut tampering = reactivations(&document.subject, key, world, policy, now);
    tampering.retain(|it| it.why == Why::Compromise && !by_responder(&it.entry.value.by, policy));
    let numbered = tampering.iter().enumerate();
    numbered.map(|(before, it)| finding(document, key, it, before)).collect()
}

fn finding(document: &Document, key: &ApiKey, it: &Reactivation<'_>, before: usize) -> Finding {
    let (id, by) = (&document.subject.name, &it.entry.value.by);
    let who = by.who.as_ref().map_or("somebody", |who| who.as_str());
    let what = format!(
        "{who} switched API key {id} of {} on again, which had been switched off as compromised",
        super::user_of(key)
    );
    RULE.found(&document.subject, &it.entry.record.to_string(), what)
        .since(it.entry.at)
        .evidence("by", by.who.as_ref())
        .evidence("from", by.from.as_ref())
        .evidence("event", by.event_id.as_ref())
        .evidence("switched off", Some(it.off))
        .evidence("times before", Some(before).filter(|before| *before > 0))
        .remedy(remedy(id, key, before))
        .next("Ask who did it whether it was meant. If they don't know of it, their own credentials are compromised too.")
        .next(format!("To switch it off by hand: {}", super::deactivate_key(key, id)))
}

fn remedy(id: &str, key: &ApiKey, before: usize) -> Option<ActionKind> {
    let (user, service) = (key.user.value()?.clone(), key.service.value()?.clone());
    if before >= UNDONE {
        return Some(ActionKind::DenyBearerCalls { user });
    }
    Some(ActionKind::DeactivateApiKey { key: CredentialId::new(id), user, service })
}

#[cfg(test)]
mod tests;
