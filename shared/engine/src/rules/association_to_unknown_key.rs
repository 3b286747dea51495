//! A log target was given a KMS key that doesn't exist, or one of which no record told.

use super::Rule;
use super::standing::{Standing, standing_on};
use crate::document::{Described, Document, Facts, KmsKey};
use crate::finding::{Finding, Severity};
use crate::policy::Policy;
use crate::subject::{Kind, Part};
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "association_to_unknown_key",
    title: "Logs are associated with a KMS key that nobody knows",
    why: "A key that does not exist encrypts nothing, and one whose creation nobody saw was made where nobody looks.",
    severity: Severity::Medium,
    settle: Span::hours(0),
    judges: &[Kind::KmsKey],
    judge,
};

/// Judged on the key, whose document comes with those of its log targets. Nothing is said before KMS was asked for the
/// key: most keys are older than what this ledger has seen, and that is no news.
fn judge(document: &Document, world: &World, policy: &Policy, now: Time) -> Vec<Finding> {
    let (Part::Main, Facts::KmsKey(key)) = (&document.part, &document.facts) else { return Vec::new() };
    let Some((sign, next)) = unknown(key, policy, now) else { return Vec::new() };
    standing_on(&document.subject, world, now).map(|it| finding(&it, &sign, next)).collect()
}

fn unknown(key: &KmsKey, policy: &Policy, now: Time) -> Option<(String, &'static str)> {
    if key.birth().is_some() || key.deleted.at().is_some() {
        return None;
    }
    match &key.observed.get().filter(|it| it.at <= now)?.value {
        Described::NotFound => Some((
            "which does not exist, says KMS".to_owned(),
            "Find out where the id is from: of a deleted key nothing that it encrypted can be read.",
        )),
        Described::Shown(seen) => {
            let seen_since = policy.kms.creations_seen_since?;
            let created = seen.created.filter(|created| *created >= seen_since)?;
            Some((
                format!("which was created on {created}, and no record told of it"),
                "Find out why its creation did not reach Keytrail: a trail without KMS events, or a region that is not forwarded.",
            ))
        }
    }
}

fn finding(it: &Standing<'_>, sign: &str, next: &str) -> Finding {
    let by = &it.entry.value.by;
    let what =
        format!("{} was associated with KMS key {}, {sign}", super::log_target(it.subject), it.key.name);
    RULE.found(it.key, &it.entry.record.to_string(), what)
        .since(it.entry.at)
        .evidence("KMS key", Some(super::kms_arn(it.key)))
        .evidence("associated by", by.who.as_ref())
        .evidence("from", by.from.as_ref())
        .evidence("event", by.event_id.as_ref())
        .next(next)
        .next(format!("Associate a key that you know: {}", super::associate(it.subject, None)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Caller, Event, KmsKeyRef, KmsKeySeen, LogTargetName, Place, What};
    use crate::ids::RecordId;
    use crate::subject::{DocumentId, SubjectId};

    const SINCE: Time = Time::from_millis(1_785_542_400_000);

    /// The findings about a log group's key that KMS describes as created at a moment.
    fn found(created: Time, policy: &Policy) -> usize {
        let key = SubjectId::kms_key_of_arn("arn:aws:kms:us-east-1:111122223333:key/k").unwrap();
        let seen = KmsKeySeen { created: Some(created), ..KmsKeySeen::default() };
        let mut world = World::default();
        for (number, what) in [
            What::Associated {
                target: LogTargetName::LogGroup("/app".into()),
                key: KmsKeyRef::Key(key.clone()),
            },
            What::KmsKeyObserved { key: key.clone(), seen: Box::new(seen), policy: None },
        ]
        .into_iter()
        .enumerate()
        {
            world.absorb(&Event {
                record: RecordId(number as u64),
                event_id: None,
                revision: 0,
                time: Some(SINCE + Span::days(2)),
                place: Place {
                    partition: "aws".into(),
                    account: "111122223333".into(),
                    region: "us-east-1".into(),
                },
                caller: Caller::default(),
                foreign_envelope: false,
                what,
            });
        }
        judge(world.get(&DocumentId::main(key)).unwrap(), &world, policy, SINCE + Span::days(3)).len()
    }

    #[test]
    fn a_key_older_than_the_installation_is_no_news() {
        let mut policy = Policy::default();
        assert_eq!(found(SINCE + Span::days(1), &policy), 0, "nobody knows since when creations are seen");
        policy.kms.creations_seen_since = Some(SINCE);
        assert_eq!(found(SINCE - Span::days(1), &policy), 0);
        assert_eq!(found(SINCE + Span::days(1), &policy), 1);
    }
}
