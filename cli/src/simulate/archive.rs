//! An archive's events, in the order in which they happened.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use keytrail_engine::event::Event;
use keytrail_engine::parse::{self, Meaning, ParseSettings};

use crate::input::{self, Item, Progress, Source};
use crate::replay::Skipped;

/// How many of what was skipped are named.
const NAMED: usize = 100;

/// What was read.
#[derive(Debug, Default)]
pub(crate) struct Archive {
    /// By time; those without one come first.
    pub(crate) events: Vec<Event>,
    pub(crate) records: u64,
    pub(crate) skipped_count: u64,
    pub(crate) skipped: Vec<Skipped>,
}

impl Archive {
    pub(crate) fn read(
        paths: &[PathBuf],
        threads: NonZeroUsize,
        settings: &ParseSettings,
        progress: &Progress,
    ) -> Self {
        let take = |archive: &mut Self, source: &Source, item: Item<'_>| archive.take(source, item, settings);
        let parts = input::read_all(paths, threads, Self::default, take, progress);
        let mut whole = Self::default();
        for part in parts {
            whole.events.extend(part.events);
            whole.records += part.records;
            whole.skipped_count += part.skipped_count;
            whole.skipped.extend(part.skipped);
        }
        // Which worker read what is chance; the order is not.
        whole.events.sort_by(|one, two| {
            (one.time, one.record, one.revision).cmp(&(two.time, two.record, two.revision))
        });
        whole.skipped.sort_by_key(|skipped| skipped.place.file.clone());
        whole.skipped.truncate(NAMED);
        whole
    }

    fn take(&mut self, source: &Source, item: Item<'_>, settings: &ParseSettings) {
        let record = match item {
            Item::Record(record) => record,
            Item::Trouble(trouble) => return self.skip(Skipped::trouble(source, &trouble)),
            Item::PassedOver(_) => return,
        };
        self.records += 1;
        let is_named = record.event_source.is_some() && record.event_name.is_some();
        if (is_named || record.envelope.is_some()) && !parse::is_worth_reading(&record) {
            return;
        }
        match parse::meaning(record.json, record.envelope.as_ref(), None, settings) {
            Meaning::Events(events) => self.events.extend(events),
            Meaning::Ignored | Meaning::Unresolved(_) => {}
            Meaning::Broken(fault) => {
                self.records -= 1;
                self.skip(Skipped::broken(source, record.position, fault));
            }
        }
    }

    fn skip(&mut self, skipped: Skipped) {
        self.skipped_count += 1;
        if self.skipped.len() < NAMED {
            self.skipped.push(skipped);
        }
    }
}
