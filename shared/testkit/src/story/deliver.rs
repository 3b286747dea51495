//! How a story's records arrive: in any order, any of them again, in any batches.

use proptest::prelude::*;
use serde_json::Value;

use crate::random::Random;

/// One way for records to arrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Names the order; 0 keeps the order in which the story is told.
    pub order: u64,
    /// Of a hundred records, how many come once more.
    pub again: u64,
    /// Records in a batch at most; at least 1.
    pub batch: usize,
}

impl Delivery {
    /// As told, once, all at once.
    pub fn as_told() -> Self {
        Self { order: 0, again: 0, batch: usize::MAX }
    }

    /// The batches in which `records` arrive.
    pub fn deliver<T: Clone>(&self, records: &[T]) -> Vec<Vec<T>> {
        let mut random = Random::new(self.order);
        let mut arriving = records.to_vec();
        arriving.extend(records.iter().filter(|_| random.below(100) < self.again).cloned());
        if self.order != 0 {
            random.shuffle(&mut arriving);
        }
        let mut batches = Vec::new();
        let mut rest = arriving.as_slice();
        while !rest.is_empty() {
            let most = self.batch.clamp(1, rest.len()) as u64;
            let (batch, after) = rest.split_at(1 + random.below(most) as usize);
            batches.push(batch.to_vec());
            rest = after;
        }
        if self.batch == usize::MAX { vec![arriving] } else { batches }
    }

    /// The batches, each as the text of a CloudTrail log file.
    pub fn files(&self, records: &[Value]) -> Vec<String> {
        let file = |batch: Vec<Value>| crate::record::wrap::file(&batch).to_string();
        self.deliver(records).into_iter().map(file).collect()
    }
}

/// Any way of arriving.
pub fn delivery() -> impl Strategy<Value = Delivery> {
    let batch = prop_oneof![Just(1_usize), 2_usize..20, Just(usize::MAX)];
    (any::<u64>(), prop_oneof![Just(0_u64), 1_u64..60], batch).prop_map(|(order, again, batch)| Delivery {
        order,
        again,
        batch,
    })
}
