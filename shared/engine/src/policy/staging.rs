//! A rule that is new to a ledger alerts for a while before it acts, so that people see first what it would have done.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Cause, Policy};
use crate::time::{Span, Time};

/// For how long a rule that is new to a ledger alerts only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Staging {
    /// Days from when the ledger first saw the rule; 0 for none.
    pub days: u32,
}

impl Default for Staging {
    fn default() -> Self {
        Self { days: 7 }
    }
}

/// Since when a ledger has known the rules that it did not begin with. Those that are not named it has always known: whoever
/// begins a ledger has chosen what is enforced knowing them.
pub type NewRules = BTreeMap<Box<str>, Time>;

impl Policy {
    /// Until when a rule alerts only, whatever its mode: by its own `enforce_from`, and because it is new to the ledger. The
    /// second never delays what is done about a reported compromise, nor what a person asks for.
    pub fn staged_until(&self, rule: &str, now: Time) -> Option<Time> {
        let own = self.rules.get(rule).and_then(|settings| settings.enforce_from);
        let new = match Cause::of(rule) {
            Cause::Reported | Cause::Person => None,
            Cause::Staleness | Cause::Rotation | Cause::Rule => {
                let since = self.new_rules.get(rule);
                since.map(|since| *since + Span::days(i64::from(self.staging.days)))
            }
        };
        own.max(new).filter(|until| now < *until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Mode, RuleSettings};

    fn day(days: i64) -> Time {
        crate::telling::START + Span::days(days)
    }

    fn policy(rule: &str) -> Policy {
        Policy { mode: Mode::Enforce, new_rules: [(rule.into(), day(0))].into(), ..Policy::default() }
    }

    #[test]
    fn a_new_rule_alerts_for_its_first_days_and_enforces_on_the_moment_after() {
        let policy = policy("unused_key");
        let at = |now| policy.mode_for("unused_key", &"111122223333".into(), None, now);
        assert_eq!((at(day(0)), at(day(7) - Span::seconds(1))), (Mode::Alert, Mode::Alert));
        assert_eq!(at(day(7)), Mode::Enforce);
        assert_eq!(policy.staged_until("unused_key", day(0)), Some(day(7)));
        assert_eq!(policy.staged_until("stolen_key_suspected", day(0)), None, "it was always known");
    }

    #[test]
    fn a_report_and_a_person_wait_for_nothing() {
        for rule in ["compromise_reported", "requested_by_person"] {
            assert_eq!(policy(rule).staged_until(rule, day(0)), None, "{rule}");
        }
    }

    #[test]
    fn the_later_of_the_two_counts_and_no_days_are_none() {
        let mut policy = policy("unused_key");
        let own = |at| RuleSettings { enforce_from: Some(at), ..RuleSettings::default() };
        for (from, until) in [(3, 7), (9, 9)] {
            policy.rules.insert("unused_key".into(), own(day(from)));
            assert_eq!(policy.staged_until("unused_key", day(1)), Some(day(until)));
        }
        policy.rules.clear();
        policy.staging.days = 0;
        assert_eq!(policy.staged_until("unused_key", day(0)), None);
    }
}
