//! When a notice is told: at once, with the incident that it belongs to, or in the digest of a day.
//!
//! Findings on one user's keys within an hour are one incident. The first pages; later ones are told together at the end of
//! the hour, unless one is graver than all before it: that pages again. What is low and asks for nothing waits for the digest.

use serde::{Deserialize, Serialize};

use crate::finding::Severity;
use crate::notice::{News, Notice};
use crate::time::{Span, Time};

/// For how long what is found about one user belongs to one incident.
pub const WINDOW: Span = Span::hours(1);

/// The hour of the day, UTC, at which a digest is told.
const DIGEST_AT: Span = Span::hours(7);

/// Notices that a group lists: more are told alone. Bounds the group's slot to a few kilobytes.
const MOST: usize = 200;

/// When a notice is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum When {
    /// Now, whatever else there is: something was done, or not, or is wrong with Keytrail itself.
    AtOnce,
    /// With an incident.
    WithIncident {
        /// Which, as the name of a slot.
        incident: String,
        /// Whether it may open one. What no longer stands only adds to one.
        opens: bool,
    },
    /// In the digest.
    InDigest {
        /// Which, as the name of a slot.
        digest: String,
        /// When it is told.
        at: Time,
    },
}

/// When a notice is told.
pub fn when(notice: &Notice) -> When {
    let (finding, opens) = match &notice.news {
        News::Found { finding, will: None, withheld: None } if finding.severity <= Severity::Low => {
            return digest(notice.at);
        }
        News::Found { finding, .. } => (finding, true),
        News::Withdrawn { finding } => (finding, false),
        News::Ended { .. } | News::BudgetSpent { .. } | News::Trouble { .. } | News::Test { .. } => {
            return When::AtOnce;
        }
    };
    let Some(user) = &notice.user else { return When::AtOnce };
    let near = &finding.subject;
    When::WithIncident { incident: format!("incident/{}/{}/{user}", near.partition, near.account), opens }
}

/// The next digest after a moment.
pub fn digest(after: Time) -> When {
    let today = after.floor_day() + DIGEST_AT;
    let at = if after < today { today } else { today + Span::days(1) };
    let day: String = at.to_string().chars().take(10).collect();
    When::InDigest { digest: format!("digest/{day}"), at }
}

/// Notices that are told together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// When it ends: what was added is told then.
    pub ends: Time,
    /// The gravest that was paged of it.
    pub severity: Severity,
    /// The notices that were paged, by id.
    pub paged: Vec<Box<str>>,
    /// The notices that wait for its end.
    pub added: Vec<Box<str>>,
    /// Those of an earlier group that ended, and that nobody has told yet.
    pub owed: Vec<Box<str>>,
}

/// What becomes of a notice that belongs to a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Take {
    /// It is told alone, now.
    Page,
    /// It waits until then.
    Wait {
        /// When the group ends.
        until: Time,
    },
    /// It is told now, together with these; its own id is among them.
    Together(Vec<Box<str>>),
    /// There is no group that it could add to.
    NoGroup,
}

impl Group {
    /// A digest: nothing of it is paged.
    pub const fn ending(ends: Time) -> Self {
        Self { ends, severity: Severity::Critical, paged: Vec::new(), added: Vec::new(), owed: Vec::new() }
    }

    /// What becomes of a notice, and the group from then on.
    pub fn take(
        group: Option<&Self>,
        id: &str,
        severity: Severity,
        opens: bool,
        now: Time,
    ) -> (Option<Self>, Take) {
        let has = |list: &[Box<str>]| list.iter().any(|it| **it == *id);
        let Some(known) = group else {
            return if opens {
                (Some(Self::opened(None, id, severity, now)), Take::Page)
            } else {
                (None, Take::NoGroup)
            };
        };
        let is_over = now >= known.ends;
        if has(&known.owed) || (is_over && has(&known.added)) {
            let added = known.added.iter().filter(|_| is_over);
            return (None, Take::Together(known.owed.iter().chain(added).cloned().collect()));
        }
        let wait = Take::Wait { until: known.ends };
        match is_over {
            true if opens => (Some(Self::opened(Some(known), id, severity, now)), Take::Page),
            true => (None, Take::NoGroup),
            false if has(&known.added) => (None, wait),
            false if has(&known.paged) => (None, Take::Page),
            false if opens && severity > known.severity => {
                let mut graver = Self { severity, ..known.clone() };
                graver.paged.push(id.into());
                (Some(graver), Take::Page)
            }
            false if known.added.len() >= MOST => (None, Take::Page),
            false => {
                let mut more = known.clone();
                more.added.push(id.into());
                (Some(more), wait)
            }
        }
    }

    fn opened(before: Option<&Self>, id: &str, severity: Severity, now: Time) -> Self {
        let owed = before.into_iter().flat_map(|it| it.owed.iter().chain(&it.added));
        let owed = owed.take(MOST).cloned().collect();
        Self { ends: now + WINDOW, severity, paged: vec![id.into()], added: Vec::new(), owed }
    }

    /// The group without notices that were told.
    #[must_use]
    pub fn without(mut self, told: &[Box<str>]) -> Self {
        self.added.retain(|id| !told.contains(id));
        self.owed.retain(|id| !told.contains(id));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Severity::{Critical, High, Medium};

    const START: Time = Time::from_millis(1_785_542_400_000);

    /// What becomes of notices, told by id, severity, whether they open a group, and the minute.
    fn taken(notices: &[(&str, Severity, bool, i64)]) -> Vec<Take> {
        let mut group = None;
        let mut take = |(id, severity, opens, minute): &(&str, Severity, bool, i64)| {
            let now = START + Span::minutes(*minute);
            let (after, take) = Group::take(group.as_ref(), id, *severity, *opens, now);
            group = after.or_else(|| group.take());
            take
        };
        notices.iter().map(&mut take).collect()
    }

    fn wait(minute: i64) -> Take {
        Take::Wait { until: START + Span::minutes(minute) }
    }

    fn together(ids: &[&str]) -> Take {
        Take::Together(ids.iter().map(|id| Box::from(*id)).collect())
    }

    #[test]
    fn the_first_pages_later_ones_wait_and_a_graver_one_pages_again() {
        let told = taken(&[
            ("a", Medium, true, 0),
            ("b", Medium, true, 10),
            ("c", High, true, 20),
            ("d", High, true, 30),
            ("e", Critical, true, 59),
            ("e", Critical, true, 59),
        ]);
        assert_eq!(told, [Take::Page, wait(60), Take::Page, wait(60), Take::Page, Take::Page]);
    }

    #[test]
    fn what_waited_is_told_together_at_the_end_of_the_hour_and_the_next_begins_another() {
        let before = [("a", High, true, 0), ("b", High, true, 10), ("c", Medium, true, 20)];
        let at = |more: &[(&str, Severity, bool, i64)]| taken(&[&before, more].concat()).split_off(3);
        assert_eq!(at(&[("b", High, true, 59)]), [wait(60)], "driven too early");
        assert_eq!(at(&[("b", High, true, 60)]), [together(&["b", "c"])]);
        assert_eq!(
            at(&[("d", Medium, true, 60), ("b", High, true, 61)]),
            [Take::Page, together(&["b", "c"])]
        );
    }

    #[test]
    fn what_no_longer_stands_opens_nothing() {
        assert_eq!(taken(&[("w", High, false, 0)]), [Take::NoGroup]);
        let told = taken(&[("a", Medium, true, 0), ("w", High, false, 10), ("x", High, false, 60)]);
        assert_eq!(told, [Take::Page, wait(60), Take::NoGroup], "a withdrawal is no rise");
    }

    #[test]
    fn what_was_told_is_listed_no_more() {
        let group = Group { added: vec!["b".into(), "c".into()], ..Group::ending(START) };
        let told = group.without(&["b".into()]);
        assert_eq!(told.added, ["c".into()] as [Box<str>; 1]);
    }

    #[test]
    fn a_digest_is_told_at_seven() {
        for (hour, day) in [(0, "2026-08-01"), (6, "2026-08-01"), (7, "2026-08-02"), (23, "2026-08-02")] {
            let When::InDigest { digest, at } = digest(START + Span::hours(hour)) else { panic!("{hour}") };
            assert_eq!(digest, format!("digest/{day}"), "{hour}");
            assert_eq!(at.to_string(), format!("{day}T07:00:00Z"), "{hour}");
        }
    }
}
