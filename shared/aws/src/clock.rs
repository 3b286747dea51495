//! The system's clock.

use std::time::{SystemTime, UNIX_EPOCH};

use keytrail_engine::time::Time;
use keytrail_ledger::capability::Clock;

/// The time of the machine. Lambda keeps it right.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Time {
        // A clock before 1970 or past the year 292277026 is broken; 1970 makes every time limit hold back.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Time::from_millis(i64::try_from(since.as_millis()).unwrap_or_default())
    }
}
