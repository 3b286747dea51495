//! The user behind API keys gets other powers.

use super::Rule;
use crate::document::{Document, Facts, User};
use crate::event::Grant;
use crate::finding::{Finding, Severity};
use crate::policy::Policy;
use crate::subject::Kind;
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "backing_user_pivot",
    title: "User of an API key gets other powers",
    why: "A user that exists for an API key needs nothing else; an intruder makes it a way back in.",
    severity: Severity::High,
    settle: Span::hours(0),
    judges: &[Kind::User],
    judge,
};

/// What is given around the time a key is made belongs to setting it up.
const SET_UP: Span = Span::hours(24);
/// The policy that Keytrail itself attaches to deny bearer calls, see `infra/template.yaml`.
pub(super) const DENIAL: &str = "/KeytrailDenyBearer";

fn judge(document: &Document, _: &World, _: &Policy, _: Time) -> Vec<Finding> {
    let Facts::User(user) = &document.facts else { return Vec::new() };
    let name = &document.subject.name;
    let grants = user.grants.entries().filter_map(|entry| {
        let given = given(&entry.value.grant)?;
        is_late(user, entry.at).then_some((entry, given))
    });
    let found = grants.map(|(entry, given)| {
        let what = format!("User {name}, who has API keys, was given {given}");
        RULE.found(&document.subject, &entry.record.to_string(), what)
            .since(entry.at)
            .evidence("given by", entry.value.by.who.as_ref())
            .evidence("from", entry.value.by.from.as_ref())
            .evidence("event", entry.value.by.event_id.as_ref())
            .next(
                "Ask who gave it whether it was meant. If not, take it away and replace the user's API keys.",
            )
    });
    found.collect()
}

/// Whether the user had an API key, and none was made around then.
fn is_late(user: &User, at: Time) -> bool {
    let made: Vec<Time> = user.keys.values().filter_map(|held| held.first).collect();
    made.iter().any(|made| *made < at)
        && !made.iter().any(|made| *made <= at + SET_UP && at <= *made + SET_UP)
}

fn given(grant: &Grant) -> Option<String> {
    Some(match grant {
        Grant::AccessKey => "an access key".to_owned(),
        Grant::LoginProfile => "a console password".to_owned(),
        Grant::ManagedPolicy(policy) if policy.as_str().ends_with(DENIAL) => return None,
        Grant::ManagedPolicy(policy) => format!("the policy {policy}"),
        Grant::InlinePolicy(name) => format!("the inline policy {name}"),
        Grant::Group(name) => format!("membership of group {name}"),
        Grant::ManagedPolicyTaken(_) => return None,
    })
}
