//! The fast way against a full parser, and every way of cutting an input against the whole of it.

use super::{Fault, Limits, Position, RawRecord, Splitter, split};
use proptest::prelude::*;
use serde_json::Value;
use serde_json::value::RawValue;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    json: String,
    event_source: Option<String>,
    event_name: Option<String>,
    position: Position,
}

fn seen(item: Result<RawRecord<'_>, Fault>) -> Result<Seen, Fault> {
    item.map(|record| Seen {
        json: String::from_utf8_lossy(record.json).into_owned(),
        event_source: record.event_source.map(str::to_owned),
        event_name: record.event_name.map(str::to_owned),
        position: record.position,
    })
}

fn whole(input: &[u8], limits: Limits) -> Vec<Result<Seen, Fault>> {
    let mut items = Vec::new();
    split(input, limits, &mut |item| items.push(seen(item)));
    items
}

/// Presents the input in windows that grow by the given numbers of bytes.
fn pieces(input: &[u8], limits: Limits, sizes: &[usize]) -> Vec<Result<Seen, Fault>> {
    let mut items = Vec::new();
    let mut splitter = Splitter::new(limits);
    let (mut start, mut end) = (0, 0);
    for size in sizes.iter().cycle() {
        end = (end + size).min(input.len());
        let last = end == input.len();
        start += splitter.feed(&input[start..end], last, &mut |item| items.push(seen(item)));
        if last {
            assert_eq!(start, end);
            break;
        }
    }
    items
}

/// A text in JSON's quotes, with some of its characters spelled as escapes.
fn quoted(text: String) -> impl Strategy<Value = String> {
    let length = text.chars().count();
    prop::collection::vec(prop::bool::weighted(0.05), length).prop_map(move |escaped| {
        let mut json = String::from("\"");
        for (character, escaped) in text.chars().zip(escaped) {
            if escaped {
                let mut units = [0; 2];
                json.extend(character.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
            } else {
                let plain = serde_json::to_string(&character).unwrap();
                json.push_str(&plain[1..plain.len() - 1]);
            }
        }
        json.push('"');
        json
    })
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => "[a-zA-Z.]{0,12}",
        1 => any::<String>(),
        1 => prop::sample::select(vec![
            "eventName", "eventSource", "\"eventName\":\"x\"", "\\\"", "\\", "{", "}]", "callWithBearerToken",
        ]).prop_map(str::to_owned),
    ]
    .prop_flat_map(quoted)
}

fn space() -> impl Strategy<Value = &'static str> {
    prop_oneof![8 => Just(""), 1 => Just(" "), 1 => Just("\n\t"), 1 => Just("                    ")]
}

fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("-1.5e3".to_owned()),
        any::<i64>().prop_map(|number| number.to_string()),
        text(),
        text(),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec((space(), inner.clone()), 0..4).prop_map(|items| {
                let items: Vec<_> =
                    items.into_iter().map(|(space, item)| format!("{space}{item}{space}")).collect();
                format!("[{}]", items.join(","))
            }),
            prop::collection::vec((text(), space(), inner), 0..4).prop_map(object),
        ]
    })
}

fn object(members: Vec<(String, &str, String)>) -> String {
    let members: Vec<_> = members
        .into_iter()
        .map(|(key, space, value)| format!("{space}{key}{space}:{space}{value}{space}"))
        .collect();
    format!("{{{}}}", members.join(","))
}

/// Names that make an object a record, more often than not spelled plainly, in any order and number.
fn record() -> impl Strategy<Value = String> {
    let key = prop_oneof![
        4 => Just("\"eventSource\"".to_owned()),
        4 => Just("\"eventName\"".to_owned()),
        1 => quoted("eventSource".to_owned()),
        1 => quoted("eventName".to_owned()),
        3 => Just("\"userIdentity\"".to_owned()),
        2 => text().prop_filter("an envelope's own names", |key| !key.contains("detail")),
    ];
    prop::collection::vec((key, space(), value()), 0..8).prop_map(|mut members| {
        members.push(("\"eventVersion\"".to_owned(), "", "\"1.11\"".to_owned()));
        object(members)
    })
}

/// What a full parser says of `{"Records":[…]}`; of repeated members it keeps the last.
fn parsed(input: &str) -> Vec<(String, Option<String>, Option<String>)> {
    #[derive(serde::Deserialize)]
    struct File<'a> {
        #[serde(borrow, rename = "Records")]
        records: Vec<&'a RawValue>,
    }
    let file: File<'_> = serde_json::from_str(input).unwrap();
    let text = |record: &Value, name: &str| record.get(name).and_then(Value::as_str).map(str::to_owned);
    file.records
        .into_iter()
        .map(|json| {
            let record: Value = serde_json::from_str(json.get()).unwrap();
            (json.get().to_owned(), text(&record, "eventSource"), text(&record, "eventName"))
        })
        .collect()
}

/// Bytes of which most mean something to JSON or to this module.
fn jsonish() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => prop::sample::select(br#"{}[],:" \"#.to_vec()).prop_map(|byte| vec![byte]),
        2 => prop::sample::select(vec![
            "\"Records\":[", "\"Events\":[", "\"eventName\":\"x\"", "\"eventSource\":\"y\",", "{\"eventName\":",
            "\"detail\":{", "\"detail-type\":\"t\",", "\"messageId\":1,", "\"body\":\"{}\"", "\"CloudTrailEvent\":\"[]\"",
            "\\u00", "\n{", "\n", "\u{feff}", "\0", "null", "17",
        ]).prop_map(|text| text.as_bytes().to_vec()),
        1 => any::<u8>().prop_map(|byte| vec![byte]),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

fn limits() -> impl Strategy<Value = Limits> {
    prop_oneof![
        Just(Limits::default()),
        (1usize..200, 1usize..6).prop_map(|(record_bytes, depth)| Limits { record_bytes, depth }),
    ]
}

proptest! {
    #[test]
    fn records_and_names_are_those_of_a_full_parser(records in prop::collection::vec(record(), 0..6), space in space()) {
        let input = format!("{{\"Records\":[{space}{}]}}", records.join(&format!(",{space}")));
        let read: Vec<_> = whole(input.as_bytes(), Limits::default())
            .into_iter()
            .map(|item| item.map(|seen| (seen.json, seen.event_source, seen.event_name)))
            .collect::<Result<_, _>>()
            .unwrap();
        prop_assert_eq!(read, parsed(&input));
    }

    #[test]
    fn a_record_stands_where_its_position_says(records in prop::collection::vec(record(), 0..6)) {
        let input = records.join("\n");
        let starts = records.iter().scan(0, |next, record| {
            let start = *next;
            *next += record.len() as u64 + 1;
            Some(start)
        });
        let read = whole(input.as_bytes(), Limits::default());
        let positions: Vec<_> = read.into_iter().flatten().map(|seen| seen.position.offset).collect();
        prop_assert_eq!(positions, starts.collect::<Vec<_>>());
    }

    #[test]
    fn pieces_read_like_the_whole(
        records in prop::collection::vec(record(), 0..5),
        limits in limits(),
        sizes in prop::collection::vec(1usize..150, 1..5),
    ) {
        let input = format!("\u{feff}{{\"x\":[1],\"Records\":[{}],\"y\":\"z\"}}\n", records.join(","));
        prop_assert_eq!(pieces(input.as_bytes(), limits, &sizes), whole(input.as_bytes(), limits));
    }

    #[test]
    fn any_bytes_read_alike_in_pieces_and_whole(
        input in jsonish(),
        limits in limits(),
        sizes in prop::collection::vec(1usize..40, 1..5),
    ) {
        prop_assert_eq!(pieces(&input, limits, &sizes), whole(&input, limits));
    }

    #[test]
    fn a_flag_anywhere_is_seen(record in record()) {
        let holds = |value: &Value| value.to_string().contains("allWithBearerToken");
        let expected = holds(&serde_json::from_str(&record).unwrap());
        split(record.as_bytes(), Limits::default(), &mut |item| {
            assert!(item.unwrap().may_hold_bearer_flag() || !expected);
        });
    }
}

#[test]
fn of_two_reasons_to_give_up_the_first_in_the_input_counts_however_it_is_cut() {
    let (input, limits) = (b"{[\"\n{{{\"R\":[\"[", Limits { record_bytes: 19, depth: 2 });
    assert_eq!(pieces(input, limits, &[1]), whole(input, limits));
}
