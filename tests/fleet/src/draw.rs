//! Drawing from a seed.

use keytrail_testkit::random::Random;

/// A seeded source of choices. Integers only, so that every machine draws the same.
#[derive(Clone, Debug)]
pub(crate) struct Draw {
    random: Random,
    seed: u64,
}

impl Draw {
    pub(crate) fn new(seed: u64) -> Self {
        Self { random: Random::new(seed ^ 0x6b65_7974_7261_696c), seed }
    }

    /// Another source, which follows from the seed and `number` alone: what one key does moves no other.
    pub(crate) fn branch(&self, number: u64) -> Self {
        Self::new(self.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ number.wrapping_mul(0xD1B5_4A32_D192_ED03))
    }

    /// A number of `from..=to`.
    pub(crate) fn within(&mut self, from: i64, to: i64) -> i64 {
        from + self.random.below((to - from + 1).max(1) as u64) as i64
    }

    /// An index below `bound`.
    pub(crate) fn index(&mut self, bound: usize) -> usize {
        self.random.below(bound as u64) as usize
    }

    pub(crate) fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        self.random.pick(choices)
    }

    /// True so many times in a thousand.
    pub(crate) fn happens(&mut self, per_mille: u64) -> bool {
        self.random.below(1_000) < per_mille
    }
}
