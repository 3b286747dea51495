//! Any bytes, cut anywhere, read as they do in one piece; whatever comes out of them is understood or refused, and
//! nothing panics. The first two bytes say how the rest is cut and how large and deep a record may be.
#![no_main]

use keytrail_engine::parse::{ParseSettings, is_worth_reading, meaning};
use keytrail_engine::read::{Fault, Limits, RawRecord, Splitter, split};
use libfuzzer_sys::fuzz_target;

type Seen = Result<(Vec<u8>, Option<String>, Option<String>, u64, u64), Fault>;

fn seen(item: Result<RawRecord<'_>, Fault>) -> Seen {
    item.map(|record| {
        let text = |text: Option<&str>| text.map(str::to_owned);
        let position = record.position;
        (
            record.json.to_vec(),
            text(record.event_source),
            text(record.event_name),
            position.ordinal,
            position.offset,
        )
    })
}

fn pieces(input: &[u8], limits: Limits, size: usize) -> Vec<Seen> {
    let mut items = Vec::new();
    let mut splitter = Splitter::new(limits);
    let (mut start, mut end) = (0, 0);
    loop {
        end = (end + size).min(input.len());
        let last = end == input.len();
        start += splitter.feed(&input[start..end], last, &mut |item| items.push(seen(item)));
        if last {
            return items;
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let [size, limit, input @ ..] = data else { return };
    let limits = match limit {
        0..128 => Limits::default(),
        _ => Limits { record_bytes: usize::from(*limit), depth: usize::from(limit % 8) + 1 },
    };
    let settings = ParseSettings::default();
    let mut whole = Vec::new();
    split(input, limits, &mut |item| {
        if let Ok(record) = &item {
            let _ = is_worth_reading(record);
            let _ = meaning(record.json, record.envelope.as_ref(), None, &settings);
        }
        whole.push(seen(item));
    });
    assert_eq!(pieces(input, limits, usize::from(*size) + 1), whole);
    let _ = meaning(input, None, None, &settings);
});
