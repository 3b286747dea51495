//! Somebody took away the policy with which Keytrail denies a user's bearer calls.

use super::Rule;
use super::backing_user_pivot::DENIAL;
use crate::document::{Document, Facts};
use crate::event::Grant;
use crate::finding::{Finding, Severity};
use crate::policy::Policy;
use crate::subject::Kind;
use crate::switched::by_keytrail;
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "deny_policy_detached",
    title: "Denial of bearer calls taken away",
    why: "The user's API keys work again for whoever has them.",
    severity: Severity::Critical,
    settle: Span::hours(0),
    judges: &[Kind::User],
    judge,
};

fn judge(document: &Document, _: &World, policy: &Policy, _: Time) -> Vec<Finding> {
    let Facts::User(user) = &document.facts else { return Vec::new() };
    let name = &document.subject.name;
    let taken = user.grants.entries().filter(|entry| match &entry.value.grant {
        Grant::ManagedPolicyTaken(taken) => {
            taken.as_str().ends_with(DENIAL) && !by_keytrail(&entry.value.by, policy)
        }
        _ => false,
    });
    let found = taken.map(|entry| {
        let by = &entry.value.by;
        let who = by.who.as_ref().map_or("Somebody", |who| who.as_str());
        RULE.found(
            &document.subject,
            &entry.record.to_string(),
            format!("{who} took the denial of bearer calls from user {name}"),
        )
        .since(entry.at)
        .evidence("by", by.who.as_ref())
        .evidence("from", by.from.as_ref())
        .evidence("event", by.event_id.as_ref())
        .next("Ask who did it whether it was meant. If they don't know of it, their own credentials are compromised.")
        .next(format!(
            "To deny them again: aws iam attach-user-policy --user-name {} --policy-arn arn:{}:iam::{}:policy{DENIAL}",
            super::quoted(name),
            document.subject.partition,
            document.subject.account
        ))
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Arn;
    use crate::telling::{KEYTRAIL, SOMEBODY, Telling, minute, user};

    #[test]
    fn somebody_who_takes_it_away_is_named_and_keytrail_itself_is_not() {
        let denial = Arn::new("arn:aws:iam::111122223333:policy/KeytrailDenyBearer");
        for (who, grant, count) in [
            (SOMEBODY, Grant::ManagedPolicyTaken(denial.clone()), 1),
            (KEYTRAIL, Grant::ManagedPolicyTaken(denial.clone()), 0),
            (SOMEBODY, Grant::ManagedPolicy(denial), 0),
            (SOMEBODY, Grant::ManagedPolicyTaken(Arn::new("arn:aws:iam::aws:policy/ReadOnlyAccess")), 0),
        ] {
            let mut telling = Telling::with_key("ACCA1", "u");
            telling.granted(minute(10), who, "u", grant);
            let found = telling.found(RULE.id, &user("u"), minute(11));
            assert_eq!(found.len(), count);
            assert!(found.iter().all(|it| it.what.starts_with(SOMEBODY)));
        }
    }
}
