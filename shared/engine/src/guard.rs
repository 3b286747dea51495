//! What speaks against an action upon a key, whatever the finding says: the guard rails.

use crate::action::{Action, ActionKind, Reason};
use crate::document::ApiKey;
use crate::ids::CredentialId;
use crate::policy::{Cause, ExemptFrom, KeyTraits, Policy};
use crate::subject::SubjectId;
use crate::time::Time;
use crate::world::World;

/// The first guard rail that holds an action back.
pub(crate) fn objection(action: &Action, world: &World, policy: &Policy, now: Time) -> Option<Reason> {
    match &action.kind {
        ActionKind::DeactivateApiKey { key, .. } | ActionKind::DeleteApiKey { key, .. } => {
            let subject = &action.subject;
            let id = SubjectId::api_key(subject.partition.clone(), subject.account.clone(), key);
            exempt(Cause::of(&action.rule), key, world.api_key(&id)?, policy, now)
        }
        // Undoing harms nobody, and a user or a KMS key is no subject of exemptions.
        ActionKind::ReactivateApiKey { .. }
        | ActionKind::DenyBearerCalls { .. }
        | ActionKind::AllowBearerCalls { .. }
        | ActionKind::RescueKmsKey { .. } => None,
    }
}

/// An exemption of the policy. A person's own request outranks those from staleness, and none from everything.
fn exempt(cause: Cause, id: &CredentialId, key: &ApiKey, policy: &Policy, now: Time) -> Option<Reason> {
    let traits = traits(id, key);
    let reaches = |from: ExemptFrom| from == ExemptFrom::All || cause == Cause::Staleness;
    let exemption = policy.exemptions.iter().find(|it| reaches(it.from) && it.holds(&traits, now))?;
    Some(Reason::Exempt { why: format!("{} (until {})", exemption.reason, exemption.until).into() })
}

/// A key as limits and exemptions ask about it.
pub(crate) fn traits<'a>(id: &'a CredentialId, key: &'a ApiKey) -> KeyTraits<'a> {
    KeyTraits {
        user: key.user.value().map(|user| user.as_str()),
        service: key.service.value().map(|service| service.as_str()),
        credential: id,
        // Records show how tags changed, never all of them: what can't be said exempts.
        tags: None,
    }
}
