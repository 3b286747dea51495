//! From a finding to an action, or to the reason why there is none.

use crate::action::{Action, ActionKind, Reason, Withheld};
use crate::document::{ApiKey, Facts, Standing};
use crate::event::Status;
use crate::finding::Finding;
use crate::guard;
use crate::ids::ServiceName;
use crate::judge::judge;
use crate::policy::{Cause, Mode, Policy};
use crate::rules::half_rescued;
use crate::services;
use crate::subject::{DocumentId, Kind, SubjectId};
use crate::time::{Span, Time};
use crate::world::World;

/// Events act only within this time of their moment; later they alert.
pub const ACT_WITHIN: Span = Span::hours(6);

/// An action for staleness is dropped if it could not be taken within this time of its date.
pub const STALENESS_WITHIN: Span = Span::days(90);

/// Under what circumstances it is decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// The records come from files or from the redrive of an old queue.
    pub replay: bool,
    /// The ledger was restored and waits for a person's `resume`.
    pub ledger_paused: bool,
    /// The policy in force is the last good one, since the newest can't be read.
    pub policy_broken: bool,
}

/// What follows from a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Nothing that Keytrail could do.
    Nothing,
    /// To be done.
    Act(Action),
    /// To be done, but held back.
    Withhold(Withheld),
}

/// What follows from a finding under a policy.
pub fn decide(
    finding: &Finding,
    world: &World,
    policy: &Policy,
    now: Time,
    circumstances: Circumstances,
) -> Decision {
    let Some(kind) = finding.remedy.clone() else { return Decision::Nothing };
    // An event's remedy is urgent or wrong; a key that nobody uses can wait for a budget or a listing, and is asked about
    // anew each time.
    let not_after = match Cause::of(&finding.rule) {
        Cause::Staleness | Cause::Rotation => now + STALENESS_WITHIN,
        _ => finding.since.unwrap_or(now) + ACT_WITHIN,
    };
    let action = Action {
        id: Action::id_of(&finding.id, &kind),
        kind,
        subject: finding.subject.clone(),
        finding: finding.id.clone(),
        rule: finding.rule.clone(),
        not_after,
        policy: policy.version(),
    };
    match held_back(&action, finding, world, policy, now, circumstances) {
        Some(reason) => Decision::Withhold(Withheld { action, reason }),
        None => Decision::Act(action),
    }
}

/// Whether an action is still wanted right before it is carried out: asked with documents and policy read again.
/// `None` is yes; otherwise the reason why not.
pub fn still_wanted(
    action: &Action,
    world: &World,
    policy: &Policy,
    now: Time,
    circumstances: Circumstances,
) -> Option<Reason> {
    let document = world.get(&DocumentId::main(action.subject.clone()));
    let findings = document.map(|document| judge(document, world, policy, now)).unwrap_or_default();
    let standing = findings.into_iter().find(|finding| finding.id == action.finding);
    let Some(finding) = standing.or_else(|| begun(action, world, policy, now)) else {
        return Some(Reason::Withdrawn);
    };
    // The item itself is trusted in nothing: what it asks for must be what the finding asks for now.
    if finding.remedy.as_ref() != Some(&action.kind) || Action::id_of(&finding.id, &action.kind) != action.id
    {
        return Some(Reason::Withdrawn);
    }
    held_back(action, &finding, world, policy, now, circumstances)
}

/// The finding of an action whose first step is done, by which it no longer stands, and whose last may not be.
fn begun(action: &Action, world: &World, policy: &Policy, now: Time) -> Option<Finding> {
    let ActionKind::RescueKmsKey { key: subject } = &action.kind else { return None };
    half_rescued(subject, world.kms_key(subject)?, &action.finding, policy, now)
}

/// The first reason to hold an action back, most fundamental first.
fn held_back(
    action: &Action,
    finding: &Finding,
    world: &World,
    policy: &Policy,
    now: Time,
    circumstances: Circumstances,
) -> Option<Reason> {
    if circumstances.replay {
        return Some(Reason::Replay);
    }
    match mode(finding, world, policy, now) {
        Mode::Observe => return Some(Reason::ObserveMode),
        // Enforced at last, and not yet: since the rule is new.
        Mode::Alert if at_last(finding, world, policy) == Mode::Enforce => {
            let until = policy.staged_until(&finding.rule, now);
            return Some(until.map_or(Reason::AlertMode, |until| Reason::Staged { until }));
        }
        Mode::Alert => return Some(Reason::AlertMode),
        Mode::Enforce => {}
    }
    if !policy.enrolled_accounts.contains(&action.subject.account) {
        return Some(Reason::AccountNotEnrolled);
    }
    if let Some(objection) = &finding.objection {
        return Some(objection.clone());
    }
    // What holds for good comes before what passes: nothing waits for a moment at which it is refused all the same.
    if not_after(action, finding) < now {
        return Some(too_late(action, finding));
    }
    if circumstances.policy_broken {
        return Some(Reason::BrokenPolicy);
    }
    if circumstances.ledger_paused {
        return Some(Reason::LedgerPaused);
    }
    if let Some(until) = finding.settles.filter(|until| *until > now) {
        return Some(Reason::NotSettled { until });
    }
    target(action, world, now).or_else(|| guard::objection(action, finding, world, policy, now))
}

/// What may be done about a finding: the most careful of what policy says of its rule, account and service.
pub fn mode(finding: &Finding, world: &World, policy: &Policy, now: Time) -> Mode {
    let service = service_of(finding, world);
    let service = service.as_ref().map(|it| it.as_str());
    policy.mode_for(&finding.rule, &finding.subject.account, service, now)
}

/// What may be done about it once its rule is no longer new.
fn at_last(finding: &Finding, world: &World, policy: &Policy) -> Mode {
    let service = service_of(finding, world);
    let service = service.as_ref().map(|it| it.as_str());
    policy.mode_at_last(&finding.rule, &finding.subject.account, service)
}

fn service_of(finding: &Finding, world: &World) -> Option<ServiceName> {
    let of_remedy = finding.remedy.as_ref().and_then(ActionKind::service).cloned();
    let subject = &finding.subject;
    of_remedy.or_else(|| match subject.kind {
        Kind::Usage => subject.service_and_user().map(|(service, _)| service),
        Kind::ApiKey => world.api_key(subject)?.service.value().cloned(),
        _ => None,
    })
}

/// What the action says, and never later than the finding allows: an item that was written by hand lives no longer.
fn not_after(action: &Action, finding: &Finding) -> Time {
    finding.since.map_or(action.not_after, |since| action.not_after.min(since + ACT_WITHIN))
}

fn too_late(action: &Action, finding: &Finding) -> Reason {
    let not_after = action.not_after;
    finding.since.map_or(Reason::Expired { not_after }, |happened| Reason::TooOld { happened })
}

/// What the target's own document has against the action.
fn target(action: &Action, world: &World, now: Time) -> Option<Reason> {
    match &action.kind {
        ActionKind::DeactivateApiKey { key, service, .. }
        | ActionKind::ReactivateApiKey { key, service, .. }
        | ActionKind::DeleteApiKey { key, service, .. } => {
            let subject = &action.subject;
            let life = SubjectId::api_key(subject.partition.clone(), subject.account.clone(), key);
            match (services::by_name(service.as_str()), world.api_key(&life)) {
                (None, _) => Some(Reason::ForeignService),
                (_, None) => Some(Reason::TargetUnknown),
                (Some(_), Some(life)) => api_key(&action.kind, life, now),
            }
        }
        ActionKind::DenyBearerCalls { .. } | ActionKind::AllowBearerCalls { .. } => None,
        ActionKind::RescueKmsKey { key } => world
            .facts(key)
            .filter(|facts| matches!(facts, Facts::KmsKey(_)))
            .is_none()
            .then_some(Reason::TargetUnknown),
    }
}

fn api_key(kind: &ActionKind, life: &ApiKey, now: Time) -> Option<Reason> {
    let wanted = match kind {
        ActionKind::DeactivateApiKey { .. } => [Standing::Is(Status::Active), Standing::Unknown],
        ActionKind::ReactivateApiKey { .. } | ActionKind::DeleteApiKey { .. } => {
            [Standing::Is(Status::Inactive), Standing::Is(Status::Inactive)]
        }
        _ => return None,
    };
    match life.standing(now) {
        Standing::Contested => Some(Reason::Contested),
        standing if wanted.contains(&standing) => None,
        _ => Some(Reason::AlreadySo),
    }
}
