//! One worker's share of a replay.

use keytrail_engine::event::Event;
use keytrail_engine::parse::{self, Meaning, ParseSettings};
use keytrail_engine::read::RawRecord;

use super::Replayed;
use super::documents::Documents;
use super::tally::{Skipped, Tally};
use crate::input::{Item, Source};

/// What one worker has read so far.
pub(super) struct Fold<'s> {
    settings: &'s ParseSettings,
    documents: Documents,
    tally: Tally,
}

impl<'s> Fold<'s> {
    pub(super) fn new(settings: &'s ParseSettings) -> Self {
        Self { settings, documents: Documents::default(), tally: Tally::default() }
    }

    pub(super) fn take(&mut self, source: &Source, item: Item<'_>) {
        match item {
            Item::Record(record) => self.record(source, &record),
            Item::Trouble(trouble) => self.tally.skipped.add(Skipped::trouble(source, &trouble)),
            Item::PassedOver(reason) => *self.tally.passed_over.entry(reason).or_default() += 1,
        }
    }

    fn record(&mut self, source: &Source, record: &RawRecord<'_>) {
        self.tally.records += 1;
        let is_named = record.event_source.is_some() && record.event_name.is_some();
        if (is_named || record.envelope.is_some()) && !parse::is_worth_reading(record) {
            return self.tally.ignore(record);
        }
        match parse::meaning(record.json, record.envelope.as_ref(), None, self.settings) {
            Meaning::Events(events) => events.iter().for_each(|event| self.event(event)),
            Meaning::Ignored => self.tally.ignore(record),
            Meaning::Unresolved(shape) => self.tally.unresolved(shape, source, record.position),
            Meaning::Broken(fault) => {
                self.tally.records -= 1;
                self.tally.skipped.add(Skipped::broken(source, record.position, fault));
            }
        }
    }

    fn event(&mut self, event: &Event) {
        self.tally.events += 1;
        self.tally.newest = self.tally.newest.max(event.time);
        self.documents.absorb(event);
    }

    pub(super) fn finish(self, replayed: &mut Replayed) {
        for document in self.documents.into_documents() {
            replayed.world.add(document);
        }
        replayed.tally.join(self.tally);
    }
}
