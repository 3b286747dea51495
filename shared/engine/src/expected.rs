//! What a person teaches by saying that a finding is expected.

use crate::document::{Document, Facts};
use crate::event::Lesson;
use crate::finding::{Finding, FindingId};
use crate::ids::Network;
use crate::judge::judge;
use crate::policy::Policy;
use crate::rules;
use crate::time::Time;
use crate::world::World;

/// Rules that compare calls with habits, so that a habit can be taught. What rests on a list or on a key's state is changed
/// there.
const OF_HABITS: [&str; 15] = [
    "anonymous_network",
    "call_in_silent_hour",
    "denied_across_log_groups",
    "denied_burst",
    "dormant_key_awakened",
    "first_seen_log_group",
    "first_seen_network",
    "first_seen_provider",
    "first_seen_region",
    "first_seen_user_agent",
    "impossible_concurrency",
    "impossible_travel",
    "second_sender",
    "stolen_key_suspected",
    "volume_spike",
];

/// Rules whose findings are about one network.
const OF_A_NETWORK: [&str; 3] = ["first_seen_network", "impossible_concurrency", "anonymous_network"];

/// Findings and networks that one lesson names at most, so that a document stays small.
const NAMED: usize = 8;

/// Whether a habit can be taught by calling a finding of this rule expected.
pub fn is_teachable(rule: &str) -> bool {
    OF_HABITS.contains(&rule)
}

/// What calling a standing finding expected teaches: the finding, with an incident each signal of it, and the networks
/// that they are about. `None` if the document has no such finding, or one that teaches nothing.
pub fn lesson(
    finding: &FindingId,
    document: &Document,
    world: &World,
    policy: &Policy,
    now: Time,
) -> Option<(Finding, Lesson)> {
    let standing = judge(document, world, policy, now);
    let meant = standing.into_iter().find(|standing| standing.id == *finding)?;
    if !is_teachable(&meant.rule) {
        return None;
    }
    let mut signals = rules::signals_of(&meant, document, world, policy, now);
    signals.truncate(NAMED - 1);
    let mut findings: Vec<FindingId> = signals.into_iter().chain([meant.id.clone()]).collect();
    findings.sort_unstable();
    findings.dedup();
    let mut networks = networks_of(&findings, document);
    networks.truncate(NAMED);
    Some((meant, Lesson { findings, networks, taken_back: false }))
}

/// The networks that findings are about: a finding's id follows from its rule, subject and network.
fn networks_of(findings: &[FindingId], document: &Document) -> Vec<Network> {
    let Facts::Usage(facts) = &document.facts else { return Vec::new() };
    let blocks = facts.habits.blocks.values().map(|held| &held.value);
    let networks = facts.sightings.networks.values().map(|held| &held.value);
    let is_meant = |network: &&Network| {
        OF_A_NETWORK
            .iter()
            .any(|rule| findings.contains(&FindingId::of(rule, &document.subject, network.as_str())))
    };
    let mut meant: Vec<Network> = blocks.chain(networks).filter(is_meant).cloned().collect();
    meant.sort_unstable();
    meant.dedup();
    meant
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::What;
    use crate::subject::{DocumentId, SubjectId};
    use crate::telling::{START, Telling, key, usage};
    use crate::time::Span;

    const USER: &str = "gateway";

    /// A sender of forty days, and then calls from elsewhere with another tool.
    fn strange() -> (Telling, Time) {
        let mut telling = Telling::with_key("ACCA1", USER);
        for hour in 0..40 * 24 {
            telling.called(START + Span::hours(hour), USER, "192.0.2.10", "fluent-bit/4.0", false);
        }
        let at = START + Span::hours(40 * 24) + Span::minutes(30);
        telling.called(at, USER, "198.51.100.7", "curl/8.9", false);
        (telling, at + Span::hours(3))
    }

    fn standing(telling: &Telling, now: Time) -> Vec<Finding> {
        let document = telling.document(&usage(USER)).unwrap();
        judge(document, &telling.world, &telling.policy, now)
    }

    fn rules(telling: &Telling, now: Time) -> Vec<String> {
        standing(telling, now).iter().map(|finding| finding.rule.to_string()).collect()
    }

    fn id_of(telling: &Telling, rule: &str, now: Time) -> FindingId {
        standing(telling, now).into_iter().find(|finding| *finding.rule == *rule).unwrap().id
    }

    fn teach(telling: &mut Telling, rule: &str, now: Time) -> Lesson {
        let id = id_of(telling, rule, now);
        let document = telling.document(&usage(USER)).unwrap();
        let (_, lesson) = lesson(&id, document, &telling.world, &telling.policy, now).unwrap();
        let subject: SubjectId = usage(USER);
        telling.tell(now, What::Expected { subject, lesson: lesson.clone(), why: "the new office".into() });
        lesson
    }

    #[test]
    fn an_incident_that_is_expected_takes_its_signals_along() {
        let (mut telling, now) = strange();
        let before = rules(&telling, now);
        for rule in ["stolen_key_suspected", "first_seen_network", "first_seen_user_agent"] {
            assert!(before.iter().any(|it| it == rule), "{before:?}");
        }
        let lesson = teach(&mut telling, "stolen_key_suspected", now);
        assert!(lesson.findings.len() >= 3, "{lesson:?}");
        let networks: Vec<&str> = lesson.networks.iter().map(Network::as_str).collect();
        assert_eq!(networks, ["198.51.0.0/16"]);
        assert_eq!(rules(&telling, now), Vec::<String>::new());
    }

    #[test]
    fn a_network_that_is_expected_is_no_news_to_any_rule() {
        let (mut telling, now) = strange();
        teach(&mut telling, "first_seen_network", now);
        let after = rules(&telling, now);
        assert!(
            after.iter().all(|it| it != "first_seen_network" && it != "impossible_concurrency"),
            "{after:?}"
        );
        assert!(
            after.iter().any(|it| it == "first_seen_user_agent"),
            "nobody said that the tool is expected"
        );
        // Another host of that block, at the same time as the usual one, is expected too; another block is not.
        telling.called(now, USER, "198.51.100.99", "curl/8.9", false);
        telling.called(now, USER, "192.0.2.10", "fluent-bit/4.0", false);
        let after = rules(&telling, now + Span::hours(3));
        assert!(
            after.iter().all(|it| it != "first_seen_network" && it != "impossible_concurrency"),
            "{after:?}"
        );
        telling.called(now, USER, "203.0.113.5", "curl/8.9", false);
        let after = rules(&telling, now + Span::hours(3));
        assert!(after.iter().any(|it| it == "first_seen_network"), "{after:?}");
    }

    #[test]
    fn a_lesson_is_taken_back() {
        let (mut telling, now) = strange();
        let before = rules(&telling, now);
        let mut lesson = teach(&mut telling, "stolen_key_suspected", now);
        lesson.taken_back = true;
        let (later, why) = (now + Span::minutes(1), "nobody knows it".into());
        telling.tell(later, What::Expected { subject: usage(USER), lesson, why });
        assert_eq!(rules(&telling, now), before);
        teach(&mut telling, "stolen_key_suspected", now + Span::minutes(2));
        assert_eq!(rules(&telling, now), Vec::<String>::new(), "the newest word counts");
    }

    #[test]
    fn only_habits_are_taught() {
        let (telling, now) = strange();
        let document = telling.document(&usage(USER)).unwrap();
        let unknown = FindingId::new("00000000000000000000000000000000");
        assert_eq!(lesson(&unknown, document, &telling.world, &telling.policy, now), None);
        let key = telling.document(&key("ACCA1")).unwrap();
        let standing = judge(key, &telling.world, &telling.policy, now);
        assert!(!standing.is_empty());
        for finding in standing {
            assert_eq!(lesson(&finding.id, key, &telling.world, &telling.policy, now), None, "{finding:?}");
        }
        for rule in OF_HABITS.iter().chain(&OF_A_NETWORK) {
            assert!(rules::Rule::by_id(rule).is_some(), "{rule}");
        }
    }

    #[test]
    fn a_lesson_about_one_user_teaches_nothing_about_another() {
        let (mut telling, now) = strange();
        let lesson = teach(&mut telling, "stolen_key_suspected", now);
        for hour in 0..40 * 24 {
            telling.called(START + Span::hours(hour), "billing", "192.0.2.10", "fluent-bit/4.0", false);
        }
        telling.called(now, "billing", "198.51.100.7", "curl/8.9", false);
        let document = telling.world.get(&DocumentId::main(usage("billing"))).unwrap();
        let found = judge(document, &telling.world, &telling.policy, now + Span::hours(3));
        assert!(found.iter().any(|finding| *finding.rule == *"first_seen_user_agent"), "{found:?}");
        assert!(found.iter().all(|finding| !lesson.findings.contains(&finding.id)));
    }
}
