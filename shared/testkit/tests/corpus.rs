//! The corpus holds what it is said to hold, as the engine reads it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use keytrail_engine::event::What;
use keytrail_engine::parse::{Meaning, ParseSettings, meaning};
use keytrail_engine::read::{Limits, split};
use keytrail_testkit::corpus::Corpus;

fn meanings(corpus: &Corpus) -> Vec<Meaning> {
    let mut found = Vec::new();
    for text in corpus.texts() {
        split(&text, Limits::default(), &mut |record| {
            let record = record.unwrap();
            found.push(meaning(record.json, record.envelope.as_ref(), None, &ParseSettings::default()));
        });
    }
    found
}

#[test]
fn one_record_in_twenty_is_understood_and_the_others_are_foreign() {
    let corpus = Corpus { records: 6_000, files: 12, seed: 7, subjects: 20, hours: 24 };
    let (mut ours, mut bearer, mut users) = (0, 0, BTreeSet::new());
    for meaning in meanings(&corpus) {
        let events = match meaning {
            Meaning::Ignored => continue,
            Meaning::Events(events) => events,
            other => panic!("{other:?}"),
        };
        ours += 1;
        for event in events {
            if let What::BearerCall(call) = event.what {
                assert_eq!(call.key, None);
                bearer += 1;
                users.insert(call.user.unwrap());
            }
        }
    }
    assert!((240..=360).contains(&ours), "{ours} of 6,000 are ours");
    assert!(bearer * 10 >= ours * 8 && bearer < ours, "{bearer} of {ours} are bearer calls");
    assert_eq!(users.len(), 20);
}
