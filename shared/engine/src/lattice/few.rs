//! A few values of many, without times: for items that must stay small.

use serde::{Deserialize, Serialize};

use super::Join;

/// The K least of the values that something had, and whether there were more.
///
/// Order-proof: a value among the K least of all is among the K least of every part that saw it, and there were
/// more than K if and only if some state saw K and another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
pub struct Few<T, const K: usize = 4> {
    /// Sorted, without repeats.
    values: Vec<T>,
    /// Whether there were others.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    more: bool,
}

impl<T, const K: usize> Default for Few<T, K> {
    fn default() -> Self {
        Self { values: Vec::new(), more: false }
    }
}

impl<T: Ord + Clone, const K: usize> Few<T, K> {
    /// Takes in a value. Returns whether anything changed.
    pub fn absorb(&mut self, value: &T) -> bool {
        let Err(index) = self.values.binary_search(value) else { return false };
        if index >= K {
            return !std::mem::replace(&mut self.more, true);
        }
        self.values.insert(index, value.clone());
        self.more |= self.values.len() > K;
        self.values.truncate(K);
        true
    }

    /// The values that it kept, least first.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &T> {
        self.values.iter()
    }

    /// Whether there were values that it did not keep.
    pub const fn has_more(&self) -> bool {
        self.more
    }
}

impl<T: Ord + Clone, const K: usize> Join for Few<T, K> {
    fn join(&mut self, other: &Self) -> bool {
        let news = other.more && !std::mem::replace(&mut self.more, true);
        other.values.iter().fold(news, |changed, value| self.absorb(value) | changed)
    }
}

#[cfg(test)]
mod tests {
    use super::super::laws::{self, Absorb};
    use super::*;
    use proptest::prelude::*;

    impl Absorb<u8> for Few<u8, 3> {
        fn take(&mut self, value: &u8) -> bool {
            self.absorb(value)
        }
    }

    #[test]
    fn it_says_whether_there_were_more() {
        let mut few = Few::<u8, 3>::default();
        for value in [3, 1, 2] {
            assert!(few.absorb(&value));
        }
        assert!(!few.has_more());
        assert!(few.absorb(&9) && few.has_more(), "one more is news, even where it is not kept");
        assert!(!few.absorb(&8), "yet another is none");
        assert_eq!(few.values().copied().collect::<Vec<_>>(), [1, 2, 3]);
    }

    proptest! {
        #[test]
        fn it_converges(deliveries in laws::deliveries(0_u8..9, 0..12)) {
            laws::converges::<Few<u8, 3>, u8>(&deliveries)?;
        }
    }
}
