//! What the table's operations cost, as DynamoDB itself says.

use std::sync::Mutex;

use aws_sdk_dynamodb::types::ConsumedCapacity;

/// Capacity units: a write unit writes 1 KB, a read unit reads 4 KB consistently or 8 KB otherwise, a transaction takes
/// twice as many. Indexes are counted in.
///
/// Source: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/capacity-mode.html>
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spent {
    /// Units of all reads.
    pub read_units: f64,
    /// Units of all writes.
    pub write_units: f64,
}

/// Adds up what was spent.
#[derive(Debug, Default)]
pub(super) struct Meter(Mutex<Spent>);

impl Meter {
    /// Counts reads.
    pub(super) fn read<'a>(&self, capacities: impl IntoIterator<Item = &'a ConsumedCapacity>) {
        let units = total(capacities);
        self.with(|spent| spent.read_units += units);
    }

    /// Counts writes.
    pub(super) fn write<'a>(&self, capacities: impl IntoIterator<Item = &'a ConsumedCapacity>) {
        let units = total(capacities);
        self.with(|spent| spent.write_units += units);
    }

    /// All that was spent since this was asked last.
    pub(super) fn take(&self) -> Spent {
        self.with(std::mem::take)
    }

    fn with<T>(&self, act: impl FnOnce(&mut Spent) -> T) -> T {
        // A sum of numbers is whole at any moment, whoever panicked.
        act(&mut self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

fn total<'a>(capacities: impl IntoIterator<Item = &'a ConsumedCapacity>) -> f64 {
    capacities.into_iter().filter_map(ConsumedCapacity::capacity_units).sum()
}
