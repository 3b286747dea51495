//! Whose calls were these? Attribution by elimination, since no public record of a bearer call names its credential.

use crate::document::Hour;
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

/// To whom the id-less calls of an hour of a usage subject belong.
pub fn attribute(usage: &SubjectId, hour: &Hour, world: &World) -> Attribution {
    let (Some((service, user)), Some(first), Some(last)) =
        (usage.service_and_user(), hour.seen.first, hour.seen.last)
    else {
        return Attribution::Unknown;
    };
    let keys = world.keys_of(usage, &user, &service);
    let possible = keys.into_iter().filter(|(_, key)| !key.certainly_unusable(first - SLACK, last + SLACK));
    let mut possible: Vec<CredentialId> = possible.map(|(id, _)| id).collect();
    match possible.len() {
        0 => Attribution::Unknown,
        1 => possible.pop().map_or(Attribution::Unknown, Attribution::Key),
        _ => Attribution::Ambiguous(possible),
    }
}
