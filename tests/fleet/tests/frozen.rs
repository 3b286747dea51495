//! The fleet is what it was when it was fixed, and what its labels say.

use keytrail_engine::event::{Event, What};
use keytrail_engine::fingerprint::fingerprint;
use keytrail_engine::parse::{Meaning, ParseSettings, meaning};
use keytrail_engine::time::Span;
use keytrail_fleet::{Fleet, Pace, Place, START, Size, Variant, Volume};

const SMALL: Size = Size { keys: 40, thefts: 20 };

/// All that a fleet says: every call, every label, every change.
fn hash(fleet: &Fleet) -> String {
    let mut said = Vec::new();
    for call in &fleet.calls {
        let agent = &fleet.agents[usize::from(call.agent)];
        let group = &fleet.groups[call.group as usize];
        let theft = call.theft.map_or(-1, i32::from);
        let bits = [call.at, i64::from(call.key), i64::from(call.region), i64::from(theft)];
        bits.iter().for_each(|it| said.extend(it.to_be_bytes()));
        said.extend([u8::from(call.denied), u8::from(call.second_key)]);
        said.extend(format!("{} {agent} {group}", call.address).into_bytes());
    }
    let labels = format!("{:?} {:?} {:?}", fleet.thefts, fleet.changes, fleet.keys);
    fingerprint("fleet", [said, labels.into_bytes()]).to_string()
}

#[test]
fn the_fleet_is_the_one_that_was_fixed() {
    let hashes = [1, 2, 3].map(|seed| hash(&Fleet::generate(seed, SMALL)));
    assert_eq!(
        hashes,
        [
            "35096725218262a1a76834480809e18d",
            "39349892b098d282fc91bea8b0553980",
            "37bfa1259f067a78f4b6448e80a2cd5d",
        ],
        "rules are tuned to the fleet, never the fleet to a rule"
    );
}

#[test]
fn labels_tell_what_was_planted() {
    let fleet = Fleet::generate(7, SMALL);
    assert_eq!(fleet.thefts.len(), SMALL.thefts);
    let mut stolen: Vec<u16> = fleet.thefts.iter().map(|it| it.key).collect();
    stolen.sort_unstable();
    stolen.dedup();
    assert_eq!(stolen.len(), SMALL.thefts, "each of another key");
    for (index, theft) in fleet.thefts.iter().enumerate() {
        let own: Vec<_> = fleet.calls.iter().filter(|it| it.theft == Some(index as u16)).collect();
        assert_eq!(own.len(), theft.calls);
        assert_eq!(own.first().map(|it| it.at), theft.first);
        assert!(own.iter().all(|it| it.key == theft.key && it.at >= theft.begins));
        if theft.pace == Pace::Fast {
            assert!(own.iter().all(|it| it.at < theft.begins + 3_600_000));
        }
        if theft.place == Place::SameEgress && theft.volume == Volume::Low && theft.copies_agent {
            assert_eq!(theft.leaves_a_trace(), theft.probes || theft.pivots.is_some());
        }
    }
    let honest = fleet.calls.iter().filter(|it| it.theft.is_none()).count();
    assert!(honest > 100_000, "{honest} calls of the senders themselves");
}

#[test]
fn a_record_means_what_the_event_says() {
    let fleet = Fleet::generate(5, Size { keys: 12, thefts: 6 });
    let variants = [
        Variant::default(),
        Variant { ids: true, ..Variant::default() },
        Variant { no_agents: true, ..Variant::default() },
        Variant { drops: true, ..Variant::default() },
    ];
    let stolen = fleet.calls.iter().enumerate().filter(|(_, it)| it.theft.is_some()).take(200);
    for (number, call) in fleet.calls.iter().enumerate().step_by(997).chain(stolen) {
        for variant in variants {
            let (event, record) = (fleet.event(number, call, variant), fleet.record(number, call, variant));
            assert_eq!(event.is_some(), record.is_some());
            let (Some(event), Some(record)) = (event, record) else { continue };
            let text = record.to_string();
            let Meaning::Events(read) = meaning(text.as_bytes(), None, None, &ParseSettings::default())
            else {
                panic!("{text}");
            };
            assert_eq!(bare(read.into_iter().next().unwrap()), bare(event), "{text}");
        }
    }
}

/// Without what a record says in more words.
fn bare(mut event: Event) -> Event {
    event.event_id = None;
    event.record = keytrail_engine::ids::RecordId(0);
    event.caller.principal = None;
    if let What::BearerCall(call) = &mut event.what {
        call.denied = call.denied.take().map(|_| "denied".into());
    }
    event
}

#[test]
fn whatever_is_missing_the_keys_lives_are_told() {
    let fleet = Fleet::generate(5, SMALL);
    let off = |variant| {
        let side = fleet.side(variant);
        assert!(side.windows(2).all(|two| two[0].0 <= two[1].0));
        side.iter().filter(|(_, it)| matches!(it.what, What::ApiKeyStatusChanged { .. })).count()
    };
    assert_eq!(off(Variant::default()), SMALL.keys);
    assert_eq!(off(Variant { two_active: true, ..Variant::default() }), 0);
    assert!(
        START + Span::days(90) > fleet.event(0, &fleet.calls[0], Variant::default()).unwrap().time.unwrap()
    );
}
