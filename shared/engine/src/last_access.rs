//! What IAM says of a user's last call to a service, and what that says against retiring a key.

use crate::action::Reason;
use crate::silence::last_possible_use;
use crate::subject::SubjectId;
use crate::time::{Span, Time};
use crate::world::World;

/// When a user last called a service, with whatever credential, as IAM's report tells it. It names no key, and it is hours behind.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GenerateServiceLastAccessedDetails.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastAccess {
    /// Not in the time for which IAM keeps it.
    Never,
    /// Then.
    At(Time),
    /// IAM doesn't say.
    Unreadable,
}

/// What IAM's report has against retiring a key for being unused. A veto, never a permission: that the report shows no use says
/// nothing, since it may not have come to it yet.
pub fn objection(key: &SubjectId, world: &World, access: LastAccess) -> Option<Reason> {
    let facts = world.api_key(key)?;
    // The last use that is known stands for its whole hour; what was called before the key was made was not called with it.
    let known = last_possible_use(key, facts, world).map(|at| at + Span::hours(1)).max(facts.created());
    match access {
        LastAccess::Never => None,
        LastAccess::Unreadable => Some(Reason::LastAccessUnread),
        LastAccess::At(at) => known.is_none_or(|known| at > known).then_some(Reason::UsedSince { at }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telling::{START, Telling, key, minute};

    #[test]
    fn a_use_that_no_record_told_of_speaks_against_it_and_an_older_one_does_not() {
        let mut telling = Telling::with_key("ACCA1", "gateway");
        let of = |telling: &Telling, access| objection(&key("ACCA1"), &telling.world, access);
        assert_eq!(of(&telling, LastAccess::At(START)), None, "before the key was there");
        let at = START + Span::seconds(1);
        assert_eq!(of(&telling, LastAccess::At(at)), Some(Reason::UsedSince { at }));
        telling.called(minute(90), "gateway", "192.0.2.1", "curl/8", false);
        for (minutes, vetoes) in [(90, false), (120, false), (121, true)] {
            let at = minute(minutes);
            let expected = vetoes.then_some(Reason::UsedSince { at });
            assert_eq!(of(&telling, LastAccess::At(at)), expected, "{minutes}");
        }
    }

    #[test]
    fn that_iam_shows_no_use_is_no_objection_and_that_it_says_nothing_is_one() {
        let telling = Telling::with_key("ACCA1", "gateway");
        let of = |access| objection(&key("ACCA1"), &telling.world, access);
        assert_eq!(of(LastAccess::Never), None);
        assert_eq!(of(LastAccess::Unreadable), Some(Reason::LastAccessUnread));
    }
}
