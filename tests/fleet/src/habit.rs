//! When a kind of sender calls: how many calls an hour has, by the hour of the week.

use crate::cast::Kind;
use crate::draw::Draw;

/// A sender's rhythm.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rhythm {
    kind: Kind,
    /// Calls an hour, or a run, at full strength.
    rate: i64,
    /// The hour of the day, UTC, at which its day (or its run) begins.
    begins: i64,
    /// The day on which a weekly or monthly job runs.
    day: i64,
}

impl Rhythm {
    pub(crate) fn new(draw: &mut Draw, kind: Kind) -> Self {
        let rate = match kind {
            Kind::Collector => draw.within(6, 24),
            Kind::Application => draw.within(2, 18),
            Kind::Nightly => draw.within(8, 50),
            Kind::Weekly => draw.within(15, 60),
            Kind::Monthly => draw.within(20, 60),
            Kind::Autoscaled => draw.within(8, 24),
            Kind::Builds => draw.within(6, 20),
        };
        let begins = match kind {
            Kind::Application | Kind::Builds => draw.within(5, 15),
            _ => draw.within(0, 23),
        };
        Self { kind, rate, begins, day: draw.within(0, 27) }
    }

    /// The calls of an hour, `hour` counted from the start of the fleet.
    pub(crate) fn calls(&self, draw: &mut Draw, hour: i64) -> i64 {
        let (day, of_day) = (hour / 24, (hour + 24 - self.begins) % 24);
        // The working week turns with the sender's own day.
        let weekday = ((hour - self.begins).div_euclid(24)).rem_euclid(7);
        let at_work = weekday < 5;
        let strength = match self.kind {
            Kind::Collector => {
                if of_day < 14 {
                    100
                } else {
                    60
                }
            }
            Kind::Autoscaled => {
                if of_day < 12 && at_work {
                    120
                } else {
                    50
                }
            }
            Kind::Application => match of_day {
                0..=10 if at_work => 100,
                11..=13 if at_work => 25,
                _ => 0,
            },
            Kind::Builds => {
                if at_work && of_day < 11 && draw.happens(400) {
                    100
                } else {
                    0
                }
            }
            Kind::Nightly => {
                if of_day == 0 {
                    100
                } else {
                    0
                }
            }
            Kind::Weekly => {
                if of_day == 0 && day % 7 == self.day % 7 {
                    100
                } else {
                    0
                }
            }
            Kind::Monthly => {
                if of_day == 0 && day % 28 == self.day {
                    100
                } else {
                    0
                }
            }
        };
        // Weekends are quieter for those that never rest.
        let strength = if !at_work && self.kind == Kind::Collector { strength * 8 / 10 } else { strength };
        let average = self.rate * strength / 100;
        if average == 0 { 0 } else { draw.within(average * 7 / 10, average * 13 / 10 + 1) }
    }

    /// Within how many minutes of the hour the calls fall: a job is done when it is done.
    pub(crate) const fn minutes(&self) -> i64 {
        match self.kind {
            Kind::Nightly | Kind::Weekly | Kind::Monthly => 35,
            Kind::Builds => 20,
            _ => 60,
        }
    }
}
