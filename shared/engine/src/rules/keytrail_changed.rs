//! Somebody changed what Keytrail is made of: its rules, queues, table, topics, functions, schedules, roles or policy.

use std::collections::BTreeMap;

use super::Rule;
use crate::document::{Document, Facts, PartEntry};
use crate::finding::{Finding, Severity};
use crate::lattice::Entry;
use crate::policy::Policy;
use crate::subject::Kind;
use crate::switched::by_keytrail;
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "keytrail_changed",
    title: "Keytrail itself changed",
    why: "Who blinds the watch first is not seen afterwards. A deployment does the same, and somebody knows of it.",
    severity: Severity::High,
    settle: Span::hours(0),
    judges: &[Kind::Account],
    judge,
};

/// One finding for each principal and hour: a deployment changes many things, and is one piece of news.
fn judge(document: &Document, _: &World, policy: &Policy, _: Time) -> Vec<Finding> {
    let Facts::Account(account) = &document.facts else { return Vec::new() };
    let mut changes: BTreeMap<(Time, &str), Vec<&Entry<PartEntry>>> = BTreeMap::new();
    for entry in account.parts.entries().filter(|entry| !by_keytrail(&entry.value.by, policy)) {
        let who = entry.value.by.who.as_ref().map_or("somebody", |who| who.as_str());
        changes.entry((entry.at.floor_hour(), who)).or_default().push(entry);
    }
    let found = changes.iter().map(|((hour, who), changes)| finding(document, *hour, who, changes));
    found.collect()
}

fn finding(document: &Document, hour: Time, who: &str, changes: &[&Entry<PartEntry>]) -> Finding {
    let deeds = changes.iter().map(|entry| format!("{} {}", entry.value.call, entry.value.part));
    let is_one = changes.len() == 1;
    let what = match changes.first().filter(|_| is_one) {
        Some(one) => format!("{who} changed a part of Keytrail: {} {}", one.value.call, one.value.part),
        None => format!("{who} changed parts of Keytrail"),
    };
    RULE.found(&document.subject, &format!("{hour}/{who}"), what)
        .since(changes.first().map_or(hour, |entry| entry.at))
        .evidence("changes", super::joined(deeds))
        .evidence("from", super::joined(changes.iter().filter_map(|entry| entry.value.by.from.as_ref())))
        .evidence(
            "events",
            super::joined(changes.iter().filter_map(|entry| entry.value.by.event_id.as_ref())),
        )
        .next("If nobody deployed it, take it for an attack: what it blinded may have been used meanwhile.")
        .next("To put everything back, deploy the template again.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::What;
    use crate::subject::SubjectId;
    use crate::telling::{ACCOUNT, KEYTRAIL, SOMEBODY, Telling, minute};

    fn changed(telling: &mut Telling, at: Time, who: &str, part: &str) {
        telling.tell_by(at, who, What::PartChanged { part: part.into(), call: "PutRule".into() });
    }

    #[test]
    fn each_principal_and_hour_is_one_finding_and_keytrail_itself_is_none() {
        let mut telling = Telling::new();
        changed(&mut telling, minute(1), SOMEBODY, "keytrail-a");
        changed(&mut telling, minute(2), SOMEBODY, "keytrail-b");
        changed(&mut telling, minute(3), "another", "keytrail-b");
        changed(&mut telling, minute(4), KEYTRAIL, "keytrail-b");
        changed(&mut telling, minute(61), SOMEBODY, "keytrail-a");
        let subject = SubjectId::account("aws".into(), ACCOUNT.into(), "us-east-1".into());
        let found = telling.found(RULE.id, &subject, minute(100));
        let said: Vec<&str> = found.iter().map(|it| &*it.what).collect();
        assert_eq!(said.len(), 3);
        assert!(said.contains(&format!("{SOMEBODY} changed parts of Keytrail").as_str()));
        assert!(said.contains(&"another changed a part of Keytrail: PutRule keytrail-b"));
        let once = found.iter().map(|it| it.id.clone()).collect::<Vec<_>>();
        changed(&mut telling, minute(5), SOMEBODY, "keytrail-c");
        let again = telling.found(RULE.id, &subject, minute(100));
        assert!(again.iter().all(|it| once.contains(&it.id)), "another deed of the same hour is no news");
    }
}
