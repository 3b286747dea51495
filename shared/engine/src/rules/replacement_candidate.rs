//! The key of another user may have taken an API key's place: the console makes a new user for every key.

use super::Rule;
use crate::document::{Document, Facts, Standing};
use crate::event::Status;
use crate::finding::{Finding, Severity};
use crate::ids::UserName;
use crate::policy::Policy;
use crate::rotation::{rotation, takeovers};
use crate::silence::usage_of;
use crate::subject::Kind;
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "replacement_candidate",
    title: "Another user's API key that may replace this one",
    why: "The console makes a new user for every key, so that a rotation looks like two strangers until a person says otherwise.",
    severity: Severity::Low,
    settle: Span::hours(0),
    judges: &[Kind::ApiKey],
    judge,
};

fn judge(document: &Document, world: &World, policy: &Policy, now: Time) -> Vec<Finding> {
    let Facts::ApiKey(key) = &document.facts else { return Vec::new() };
    let (old, is_on) = (&document.subject, key.standing(now) == Standing::Is(Status::Active));
    if !is_on || rotation(old, key, world, policy, now).is_some() {
        return Vec::new();
    }
    let (Some(service), Some(made)) = (key.service.value(), key.created()) else { return Vec::new() };
    let candidates = takeovers(old, key, world);
    // Of several users nobody can say which took it over.
    let [user] = candidates.as_slice() else { return Vec::new() };
    let later = |it: &UserName| {
        let keys = world.keys_of(old, it, service).into_iter();
        keys.filter(|(_, new)| {
            new.standing(now) == Standing::Is(Status::Active) && new.created().is_some_and(|at| at > made)
        })
        .max_by_key(|(id, new)| (new.created(), id.clone()))
    };
    let Some((new, _)) = later(user) else { return Vec::new() };
    let what = format!(
        "API key {new} of user {user} sends to the log groups that API key {} of {} has left",
        old.name,
        super::user_of(key)
    );
    let log_groups = usage_of(old, key)
        .and_then(|usage| super::joined(world.targets_of(&usage).iter().map(|target| &target.name)));
    vec![
        RULE.found(old, new.as_str(), what)
            .evidence("user", key.user.value())
            .evidence("new key", Some(&new))
            .evidence("its user", Some(user))
            .evidence("log groups", log_groups)
            .next(format!(
                "If it took its place: keytrail replace {} --by {new} --why REASON --table TABLE",
                old.name
            )),
    ]
}
