//! One API key takes another's place: what stands at each step, from the new key to the deletion of the old.
//!
//! Judged on the old key. Who says that it is being replaced: [`crate::rotation`].

use super::Rule;
use crate::action::ActionKind;
use crate::attribution::SLACK;
use crate::document::{ApiKey, By, Document, Facts, Standing};
use crate::event::Status;
use crate::finding::{Finding, Severity};
use crate::ids::{CredentialId, ServiceName, UserName};
use crate::policy::Policy;
use crate::rotation::{Rotation, Step, Word, last_attempt, last_use_of, rotation, use_known};
use crate::subject::{Kind, SubjectId};
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "key_rotation",
    title: "API key that another one replaces",
    why: "A rotation that stops half way leaves two keys, of which nobody watches the old one.",
    severity: Severity::Low,
    settle: Span::hours(0),
    judges: &[Kind::ApiKey],
    judge,
};

/// Who sent so lately before the old key was switched off is expected to go on.
const LIVE: Span = Span::days(7);

fn judge(document: &Document, world: &World, policy: &Policy, now: Time) -> Vec<Finding> {
    let Facts::ApiKey(key) = &document.facts else { return Vec::new() };
    let old = &document.subject;
    let Some(rotation) = rotation(old, key, world, policy, now) else { return Vec::new() };
    let view = View { old, key, rotation: &rotation, world, policy, now };
    match key.standing(now) {
        Standing::Is(Status::Active) => view.working(),
        Standing::Is(Status::Inactive) => view.switched_off(),
        _ => Vec::new(),
    }
}

struct View<'a> {
    old: &'a SubjectId,
    key: &'a ApiKey,
    rotation: &'a Rotation<'a>,
    world: &'a World,
    policy: &'a Policy,
    now: Time,
}

impl View<'_> {
    fn working(&self) -> Vec<Finding> {
        let step = self.rotation.step(self.old, self.key, self.world, self.policy, self.now);
        let mut found = vec![self.opened(step)];
        if let Step::Silent { since } = step {
            found.push(self.safe(since));
        }
        if self.now >= self.rotation.opened + self.policy.rotation.stall() {
            found.push(self.stalled(step));
        }
        found
    }

    fn opened(&self, step: Step) -> Finding {
        let what = format!("{} takes the place of {}", self.new_name(), self.old_name());
        let word = match self.rotation.word {
            Word::Rotator => "the policy, which names who made it a rotator",
            Word::Person => "a person",
        };
        let mut finding = self.found("opened", &what);
        finding.severity = Severity::Info;
        let finding = finding
            .since(self.rotation.opened)
            .evidence("on the word of", Some(word))
            .evidence("created by", super::creator(self.rotation.key))
            .next("Give the new key to whatever sends with the old one.");
        if step == Step::Unclear {
            return finding.next(format!(
                "The records don't say with which key a call was made. Once the sender has the new one: keytrail deactivate {} \
                 --why REASON --table TABLE; then it is watched whether calls go on.",
                self.old.name
            ));
        }
        finding
    }

    fn safe(&self, since: Time) -> Finding {
        let what = format!(
            "{} is safe to switch off: {} is in use, and the old one silent since {}",
            self.old_name(),
            self.new_name(),
            day(since)
        );
        let fact = last_use_of(self.old, self.key, self.world);
        let fact = fact.map_or_else(|| "never".to_owned(), |at| at.to_string());
        self.found(&format!("safe/{fact}"), &what)
            .evidence("old key silent since", Some(since))
            .evidence("new key last used", self.rotation.last_delivery(self.world))
            .remedy(self.remedy(|key, user, service| ActionKind::DeactivateApiKey { key, user, service }))
            .next(super::deactivate_key(self.key, &self.old.name))
            .next(format!("To undo it: {}", super::reactivate_key(self.key, &self.old.name)))
    }

    fn stalled(&self, step: Step) -> Finding {
        let stands = match step {
            Step::NewUnusable => "the new key doesn't work".to_owned(),
            Step::NewUnused => "no call with the new key has been seen".to_owned(),
            Step::Unclear => "calls are made, and the records don't say with which key".to_owned(),
            Step::Overlap { last } => format!("the old key was last used on {}", day(last)),
            Step::UseUnknown => "whether the old key is used is not known".to_owned(),
            Step::Silent { since } => {
                format!("the old key has been silent since {}, and is still on", day(since))
            }
        };
        let what = format!("The replacement of {} by {} stalls: {stands}", self.old_name(), self.new_name());
        let mut finding = self.found("stalled", &what);
        finding.severity = Severity::Medium;
        finding
            .since(self.rotation.opened)
            .next(format!("Once the sender has the new key: {}", super::deactivate_key(self.key, &self.old.name)))
            .next(format!(
                "If the old key stays: keytrail hold {} --for 90d --why REASON --table TABLE, or delete the new one.",
                self.old.name
            ))
    }

    /// What follows once the old key is off, whoever switched it off.
    fn switched_off(&self) -> Vec<Finding> {
        let Some((off, by)) = self.key.switched_off() else { return Vec::new() };
        let off = off.max(self.rotation.opened);
        // An hour in which the old key still worked, or may have for a while, proves nothing.
        let from = (off + SLACK).floor_hour() + Span::hours(1);
        let delivered = self.rotation.last_delivery(self.world).filter(|last| *last >= from);
        match delivered {
            Some(last) => {
                let mut found = vec![self.delivers(off, last)];
                found.extend(self.delete(off, from, by));
                found
            }
            None => self.silent(off).into_iter().collect(),
        }
    }

    fn delivers(&self, off: Time, last: Time) -> Finding {
        let what =
            format!("Deliveries go on with {}, after {} was switched off", self.new_name(), self.old_name());
        let mut finding = self.found(&format!("delivers/{off}"), &what);
        finding.severity = Severity::Info;
        finding.since(off).evidence("switched off", Some(off)).evidence("new key last used", Some(last))
    }

    /// A live sender of which nothing was heard since. Where use isn't known, silence means nothing.
    fn silent(&self, off: Time) -> Option<Finding> {
        let waited = self.now >= off + self.policy.rotation.verify();
        let live = last_use_of(self.old, self.key, self.world).is_some_and(|last| off.since(last) <= LIVE);
        if !waited || !live {
            return None;
        }
        let known = use_known(self.old, self.key, self.world, self.policy, self.now)
            .is_some_and(|since| since <= off);
        let what = if known {
            format!("No call with {} since {} was switched off", self.new_name(), self.old_name())
        } else {
            format!("Whether deliveries go on since {} was switched off is not known", self.old_name())
        };
        let mut finding = self.found(&format!("{}/{off}", if known { "silent" } else { "unknown" }), &what);
        finding.severity = if known { Severity::High } else { Severity::Info };
        Some(
            finding
                .since(off)
                .evidence("switched off", Some(off))
                .next("Look at IncomingBytes of the log groups, and whether the sender has the new key.")
                .next(format!(
                    "To undo it: keytrail reactivate {} --why REASON --table TABLE",
                    self.old.name
                )),
        )
    }

    /// The old key's deletion after the recovery time, if nobody tried it since and the new one still delivers.
    fn delete(&self, off: Time, from: Time, by: &By) -> Option<Finding> {
        let due = off + self.policy.rotation.recovery();
        let tried =
            last_attempt(self.old, self.key, self.rotation, self.world).is_some_and(|last| last >= from);
        // Whoever stole a key goes on trying it, and needs it no more than anybody.
        let stolen = self.key.reports.entries().next().is_some() || self.key.course.compromised(self.now);
        let works = self.rotation.key.standing(self.now) == Standing::Is(Status::Active);
        if self.now < due || (tried && !stolen) || !works || by.foreign_envelope {
            return None;
        }
        let but = if tried { "whoever still tries it has stolen it" } else { "nobody tried it" };
        let what = format!(
            "{} has been off since {}, and {but}: {} delivers",
            self.old_name(),
            day(off),
            self.new_name()
        );
        Some(
            self.found(&format!("delete/{off}"), &what)
                .evidence("switched off", Some(off))
                .remedy(self.remedy(|key, user, service| ActionKind::DeleteApiKey { key, user, service }))
                .next(format!("To keep it: keytrail hold {} --why REASON --table TABLE", self.old.name)),
        )
    }

    fn found(&self, step: &str, what: &str) -> Finding {
        RULE.found(self.old, &format!("{}/{step}", self.rotation.new.name), what)
            .evidence("user", self.key.user.value())
            .evidence("service", self.key.service.value())
            .evidence("new key", Some(&self.rotation.new.name))
    }

    fn remedy(&self, kind: fn(CredentialId, UserName, ServiceName) -> ActionKind) -> Option<ActionKind> {
        let (user, service) = (self.key.user.value()?.clone(), self.key.service.value()?.clone());
        Some(kind(CredentialId::new(&self.old.name), user, service))
    }

    fn old_name(&self) -> String {
        format!("API key {} of {}", self.old.name, super::user_of(self.key))
    }

    fn new_name(&self) -> String {
        if self.rotation.key.user.value() == self.key.user.value() {
            return format!("API key {}", self.rotation.new.name);
        }
        format!("API key {} of {}", self.rotation.new.name, super::user_of(self.rotation.key))
    }
}

/// The day of a moment, as people write it.
fn day(at: Time) -> String {
    at.to_string().chars().take(10).collect()
}

#[cfg(test)]
mod tests;
