//! Whose calls were these? Attribution by elimination, since no public record of a bearer call names its credential.

use crate::document::{ApiKey, Hour};
use crate::ids::CredentialId;
use crate::subject::SubjectId;
use crate::time::Span;
use crate::world::World;

/// Who an hour's id-less calls belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attribution {
    /// To the only key that was not certainly out of use then.
    Key(CredentialId),
    /// To one of these, in the order of their ids.
    Ambiguous(Vec<CredentialId>),
    /// To none that a record or a listing shows.
    Unknown,
}

/// IAM is eventually consistent: a key that was switched off a moment ago may work for a while, and one that was
/// just created appears in records a little later. No bound is documented; this much is given at both ends.
pub const SLACK: Span = Span::minutes(15);

/// The API keys to which the id-less calls of a usage subject may belong, whenever they were made.
#[derive(Debug)]
pub struct Candidates<'w>(Vec<(CredentialId, &'w ApiKey)>);

impl<'w> Candidates<'w> {
    /// The keys that records tie to a usage subject's user and service.
    pub fn of(usage: &SubjectId, world: &'w World) -> Self {
        let keys = usage.service_and_user().map(|(service, user)| world.keys_of(usage, &user, &service));
        Self(keys.unwrap_or_default())
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// To whom an hour's id-less calls belong.
    pub fn attribute(&self, hour: &Hour) -> Attribution {
        let (Some(first), Some(last)) = (hour.seen.first, hour.seen.last) else {
            return Attribution::Unknown;
        };
        let mut possible = self
            .0
            .iter()
            .filter(|(_, key)| !key.certainly_unusable(first - SLACK, last + SLACK))
            .map(|(id, _)| id);
        match (possible.next(), possible.next()) {
            (None, _) => Attribution::Unknown,
            (Some(only), None) => Attribution::Key(only.clone()),
            (Some(one), Some(two)) => {
                Attribution::Ambiguous([one, two].into_iter().chain(possible).cloned().collect())
            }
        }
    }
}
