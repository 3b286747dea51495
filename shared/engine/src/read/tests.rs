use super::{Fault, Limits, RawRecord, split};

/// One line per item: `ordinal@offset source name json`, or `ordinal@offset ! reason`.
fn read(input: &str) -> Vec<String> {
    read_within(input.as_bytes(), Limits::default())
}

fn read_within(input: &[u8], limits: Limits) -> Vec<String> {
    let mut lines = Vec::new();
    split(input, limits, &mut |item| lines.push(line(item)));
    lines
}

fn line(item: Result<RawRecord<'_>, Fault>) -> String {
    match item {
        Ok(record) => format!(
            "{}@{} {} {} {}",
            record.position.ordinal,
            record.position.offset,
            record.event_source.unwrap_or("-"),
            record.event_name.unwrap_or("-"),
            String::from_utf8_lossy(record.json)
        ),
        Err(fault) => {
            format!("{}@{} ! {}", fault.position.ordinal, fault.position.offset, fault.reason)
        }
    }
}

const A: &str = r#"{"eventVersion":"1.11","eventSource":"a","eventName":"A"}"#;
const B: &str = r#"{"eventName":"B","eventSource":"b","eventVersion":"1.11"}"#;

fn a(ordinal: u64, offset: u64) -> String {
    format!("{ordinal}@{offset} a A {A}")
}

fn b(ordinal: u64, offset: u64) -> String {
    format!("{ordinal}@{offset} b B {B}")
}

#[test]
fn every_container_gives_its_records() {
    let (alone, after) = (A.len() as u64, A.len() as u64 + 1);
    let cases = [
        ("log file", format!(r#"{{"Records":[{A},{B}]}}"#), vec![a(0, 12), b(1, 12 + after)]),
        ("no records", r#"{"Records":[]}"#.into(), vec![]),
        (
            "spaced log file",
            format!("{{ \"Records\" : [ {A} , {B} ] }}\r\n"),
            vec![a(0, 16), b(1, 18 + after)],
        ),
        ("bare array", format!("[{A},{B}]"), vec![a(0, 1), b(1, 1 + after)]),
        ("empty array", "[]".into(), vec![]),
        ("one record", A.into(), vec![a(0, 0)]),
        ("JSON lines", format!("{A}\n{B}\n"), vec![a(0, 0), b(1, after)]),
        ("no line break at all", format!("{A}{B}"), vec![a(0, 0), b(1, alone)]),
        (
            "lines of containers",
            format!("{{\"Records\":[{A}]}}\n[{B}]\n"),
            vec![a(0, 12), b(1, 12 + alone + 4)],
        ),
        ("array of containers", format!(r#"[{{"Records":[{A}]}},[{B}]]"#), vec![a(0, 13), b(1, 17 + alone)]),
        (
            "list between other members",
            format!(r#"{{"n":[{{}}],"Records":[{A}],"x":{{"y":[1]}},"z":-1}}"#),
            vec![a(0, 21)],
        ),
        ("two lists", format!(r#"{{"Records":[{A}],"Records":[{B}]}}"#), vec![a(0, 12), b(1, 25 + alone)]),
        ("name of the list in escapes", format!(r#"{{"\u0052ecords":[{A}]}}"#), vec![a(0, 17)]),
        ("mark and padding", format!("\u{feff}  \n{A}\n\0\0\0"), vec![a(0, 6)]),
    ];
    for (case, input, expected) in cases {
        assert_eq!(read(&input), expected, "{case}");
    }
}

#[test]
fn a_record_printed_over_many_lines_is_one_record() {
    let pretty = "{\n  \"eventSource\" : \"a\",\n  \"userIdentity\": {\n    \"eventName\": \"no\"\n  },\n  \"eventName\":\n    \"A\"\n}\n";
    let trimmed = pretty.trim_end();
    assert_eq!(read(pretty), [format!("0@0 a A {trimmed}")]);
    let two = format!("{pretty}{pretty}");
    assert_eq!(read(&two), [format!("0@0 a A {trimmed}"), format!("1@{} a A {trimmed}", pretty.len())]);
}

#[test]
fn names_are_those_of_a_full_parser() {
    let cases = [
        (r#"{"eventSource":"s","eventName":"n"}"#, "s", "n"),
        (r#"{"eventSource":"s","eventName":"\u006e\n\"\\"}"#, "s", "n\n\"\\"),
        (r#"{"event\u0053ource":"s","\u0065ventName":"n"}"#, "s", "n"),
        (r#"{"eventSource":"s","eventName":"m","eventName":"n"}"#, "s", "n"),
        (r#"{"eventSource":"s","eventName":"m","event\u004eame":"n"}"#, "s", "n"),
        (r#"{"eventSource":"s","eventName":null}"#, "s", "-"),
        (r#"{"eventSource":"s","eventName":"n","eventName":7}"#, "s", "-"),
        (r#"{"eventSource":["s"],"eventName":{"a":"n"}}"#, "-", "-"),
        (r#"{"x":{"eventSource":"no","eventName":"no"},"eventName":"n"}"#, "-", "n"),
        (r#"{"x":"\"eventName\":\"no\"","eventSource":"s","eventName":"n"}"#, "s", "n"),
        (r#"{"x\\":"\\","eventSource":"s","eventName":"n"}"#, "s", "n"),
        ("{\"eventSource\"\t:\r\n \"s\",\"eventName\" : \"é\u{202f}\"}", "s", "é\u{202f}"),
        (r#"{"xeventName":"no","eventSource":"","eventName":""}"#, "", ""),
        (r#"{"eventCategory":"Insight","insightDetails":{"eventName":"no"}}"#, "-", "-"),
    ];
    for (record, source, name) in cases {
        assert_eq!(read(&format!("[{record}]")), [format!("0@1 {source} {name} {record}")]);
    }
}

#[test]
fn envelopes_are_opened_and_kept_beside() {
    let envelope = |detail: &str| {
        format!(
            r#"{{"version":"0","id":"1-2","detail-type":"AWS API Call via CloudTrail","source":"aws.iam","account":"123456789012","time":"2026-08-01T00:00:00Z","region":"us-east-1","resources":[],"detail":{detail}}}"#
        )
    };
    let mut seen = Vec::new();
    let health = r#"{"service":"RISK","eventTypeCode":"AWS_RISK_CREDENTIALS_EXPOSED"}"#;
    let input = format!("[{},{}]", envelope(A), envelope(health));
    split(input.as_bytes(), Limits::default(), &mut |item| {
        let record = item.unwrap();
        let envelope = record.envelope.unwrap();
        assert_eq!(envelope.id, Some("1-2"));
        assert_eq!(envelope.source, Some("aws.iam"));
        assert_eq!(envelope.detail_type, Some("AWS API Call via CloudTrail"));
        assert_eq!(envelope.account, Some("123456789012"));
        assert_eq!(envelope.region, Some("us-east-1"));
        assert_eq!(envelope.time, Some("2026-08-01T00:00:00Z"));
        seen.push((record.event_name.map(str::to_owned), String::from_utf8_lossy(record.json).into_owned()));
    });
    assert_eq!(seen, [(Some("A".into()), A.into()), (None, health.into())]);

    let faults = [
        (envelope("null"), "expected a record, found null"),
        (envelope(&"[".repeat(100)), "the input ends before this record is closed"),
    ];
    for (input, reason) in faults {
        assert_eq!(read(&input), [format!("0@0 ! {reason}")]);
    }
}

#[test]
fn records_inside_strings_are_read() {
    let quoted = |text: &str| serde_json::to_string(text).unwrap();
    let envelope = format!(r#"{{"detail-type":"AWS API Call via CloudTrail","detail":{A}}}"#);
    let message = |body: &str| format!(r#"{{"messageId":"m","body":{},"attributes":{{}}}}"#, quoted(body));
    let batch = format!(r#"{{"Records":[{},{}]}}"#, message(&envelope), message("oops"));
    let second = 13 + message(&envelope).len();
    assert_eq!(
        read(&batch),
        [a(0, 12), format!("1@{second} ! not valid JSON: a string that should hold a record holds no JSON")]
    );

    let found = format!(
        "{{\n    \"Events\": [\n        {{\n            \"EventId\": \"e\",\n            \"EventName\": \"no\",\n            \"CloudTrailEvent\": {}\n        }}\n    ],\n    \"NextToken\": \"n\"\n}}\n",
        quoted(A)
    );
    assert_eq!(read(&found), [a(0, 26)]);

    let inner = message(&message(&message(A)));
    assert_eq!(read(&inner), ["0@0 ! nested deeper than the limit of 2 levels"]);
}

#[test]
fn what_is_broken_is_named_and_the_rest_is_read() {
    let after = A.len() as u64 + 1;
    let cases = [
        (
            "wrong types",
            format!(r#"{{"Records":[5,"}}",null,true,{A}]}}"#),
            vec![
                "0@12 ! expected a record, found a number".into(),
                "1@14 ! expected a record, found a string".into(),
                "2@18 ! expected a record, found null".into(),
                "3@23 ! expected a record, found a boolean".into(),
                a(4, 28),
            ],
        ),
        (
            "no record",
            format!(r#"[{{"a":1}},{{}},{A}]"#),
            vec![
                "0@1 ! an object without any field of a CloudTrail record or an EventBridge event".into(),
                "1@9 ! an object without any field of a CloudTrail record or an EventBridge event".into(),
                a(2, 12),
            ],
        ),
        (
            "bad JSON that balances",
            format!(r#"[{{"eventName":x}},{A}]"#),
            vec!["0@1 ! not valid JSON: expected value at line 1 column 14".into(), a(1, 17)],
        ),
        (
            "a line cut inside a string",
            format!("{A}\n{{\"eventName\":\"Crea\n{B}\n"),
            vec![
                a(0, 0),
                format!("1@{after} ! not valid JSON: a line break or control character inside a string"),
                b(2, after + 19),
            ],
        ),
        (
            "a line cut between members",
            format!("{{\"eventName\":\"A\",\n{A}\n{B}"),
            vec!["0@0 ! the input ends before this record is closed".into(), a(1, 18), b(2, 18 + after)],
        ),
        (
            "a first line cut at its front",
            format!("ame\":\"A\"}}\n{A}"),
            vec!["0@0 ! not valid JSON: expected `{` or `[`".into(), a(1, 10)],
        ),
        (
            "cut inside a record",
            format!(r#"{{"Records":[{A},{{"eventNa"#),
            vec![a(0, 12), format!("1@{} ! the input ends before this record is closed", 12 + after)],
        ),
        (
            "cut between records",
            format!(r#"{{"Records":[{A},"#),
            vec![a(0, 12), format!("1@{} ! the input ends before its list of records is closed", 12 + after)],
        ),
        (
            "no comma",
            format!("[{A}{A}]"),
            vec![
                a(0, 1),
                format!("1@{after} ! not valid JSON: expected a comma between records"),
                a(2, after),
            ],
        ),
        (
            "comma at the end",
            format!("[{A},]\n{B}"),
            vec![
                a(0, 1),
                format!("1@{} ! not valid JSON: expected a value after the comma", after + 1),
                b(2, after + 3),
            ],
        ),
        ("another text", format!("# Records\n\n{A}\n"), vec!["0@0 ! the input is not JSON".into()]),
        ("nothing", " \n".into(), vec!["0@2 ! the input is empty".into()]),
        (
            "digest file",
            r#"{"awsAccountId":"1","digestStartTime":"t","logFiles":[{}]}"#.into(),
            vec!["0@0 ! a CloudTrail digest file, which holds no records".into()],
        ),
    ];
    for (case, input, expected) in cases {
        assert_eq!(read(&input), expected, "{case}");
    }
}

#[test]
fn limits_hold_and_the_rest_is_read() {
    let limits = Limits { record_bytes: 200, depth: 6 };
    let large = format!(r#"{{"eventSource":"a","eventName":"A","x":"{}"}}"#, "y".repeat(300));
    let deep = format!(r#"{{"eventSource":"a","eventName":"A","x":{}1{}}}"#, "[".repeat(6), "]".repeat(6));
    for (broken, reason) in [
        (large, "larger than the limit of 200 bytes for one record"),
        (deep, "nested deeper than the limit of 6 levels"),
    ] {
        let next = broken.len() as u64 + 1;
        let list = format!("[{broken},{A}]");
        assert_eq!(read_within(list.as_bytes(), limits), [format!("0@1 ! {reason}"), a(1, next + 1)]);
        let lines = format!("{broken}\n{A}");
        assert_eq!(read_within(lines.as_bytes(), limits), [format!("0@0 ! {reason}"), a(1, next)]);
    }
    let brackets = "[".repeat(100_000);
    assert_eq!(read(&brackets), ["0@16 ! nested deeper than the limit of 16 levels"]);
    let braces = r#"{"eventName":"#.repeat(100_000);
    assert_eq!(read(&braces), ["0@0 ! nested deeper than the limit of 128 levels"]);
}

#[test]
fn a_bearer_flag_is_never_overlooked() {
    let cases = [
        (r#"{"additionalEventData":{"callWithBearerToken":true}}"#, true),
        (r#"{"eventName":"CallWithBearerToken","eventSource":"x"}"#, true),
        (r#"{"eventName":"n","eventSource":"s","x":{"\u0063allWithBearerToken":true}}"#, true),
        (r#"{"eventName":"n","eventSource":"s","x":{"c\u0061llWithBearerToken":true}}"#, true),
        (r#"{"eventName":"n","eventSource":"s","x":"\"\u202f"}"#, false),
        (r#"{"eventName":"n","eventSource":"s","x":{"callWithBearer":true}}"#, false),
    ];
    for (record, expected) in cases {
        let record = record.replacen('{', r#"{"eventVersion":"1","#, 1);
        split(record.as_bytes(), Limits::default(), &mut |item| {
            assert_eq!(item.unwrap().may_hold_bearer_flag(), expected, "{record}");
        });
    }
}
