//! Yes, no, and what lies between.

use std::ops::Not;

/// Whether something holds. Ordered, so that `max` is *or* and `min` is *and*.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sure {
    /// Surely not.
    No,
    /// It can't be told.
    Maybe,
    /// Surely.
    Yes,
}

impl From<bool> for Sure {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

impl Not for Sure {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Maybe => Self::Maybe,
            Self::Yes => Self::No,
        }
    }
}

/// Whether all hold.
pub(super) fn all(each: impl Iterator<Item = Sure>) -> Sure {
    each.min().unwrap_or(Sure::Yes)
}

/// Whether any holds.
pub(super) fn any(each: impl Iterator<Item = Sure>) -> Sure {
    each.max().unwrap_or(Sure::No)
}

/// What holds in every one of several cases that are all possible; otherwise it can't be told.
pub(super) fn agreed(mut cases: impl Iterator<Item = Sure>) -> Sure {
    let Some(first) = cases.next() else { return Sure::Maybe };
    if cases.all(|other| other == first) { first } else { Sure::Maybe }
}
