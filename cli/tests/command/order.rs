//! The same records in any order, any number of times, in any files, by any number of threads: the same answer.

use std::path::Path;

use serde_json::Value;

use crate::run::{keytrail, names, root};

/// Every record of a folder of `events/` that holds log files.
fn records(folder: &str) -> Vec<String> {
    let folder = root().join("events").join(folder);
    let records = names(&folder).into_iter().flat_map(|name| {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        let Value::Object(mut file) = serde_json::from_str(&text).unwrap() else { panic!("no log file") };
        let Some(Value::Array(records)) = file.remove("Records") else {
            return vec![text.replace('\n', " ")];
        };
        records.iter().map(Value::to_string).collect()
    });
    records.collect()
}

/// What follows from records alone.
fn facts(folder: &Path, threads: &str) -> Value {
    let mut json =
        keytrail(&["replay", folder.to_str().unwrap(), "--format", "json", "--threads", threads]).json();
    let counts = ["files", "records", "events", "ignored_count", "ignored"];
    counts.iter().for_each(|count| drop(json.as_object_mut().unwrap().remove(*count)));
    json
}

/// Writes records as lines, dealt out to so many files.
fn deal(records: &[&String], files: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in 0..files {
        let lines: String = records.iter().skip(file).step_by(files).map(|it| format!("{it}\n")).collect();
        std::fs::write(folder.path().join(format!("{file}.jsonl")), lines).unwrap();
    }
    folder
}

#[test]
fn any_order_any_number_of_times_any_files() {
    for theme in ["story", "kms_keys", "api_keys", "bearer_calls", "log_targets", "ambiguous_bearer_call"] {
        let records = records(theme);
        assert!(records.len() > 1, "{theme}");
        let forwards: Vec<_> = records.iter().collect();
        let expected = facts(deal(&forwards, 1).path(), "1");
        assert_eq!(expected["skipped_count"], 0, "{theme}");
        let backwards: Vec<_> = records.iter().rev().collect();
        let stride = (2..).find(|step| !records.len().is_multiple_of(*step)).unwrap();
        let strided: Vec<_> = (0..records.len()).map(|at| &records[at * stride % records.len()]).collect();
        let twice: Vec<_> = strided.iter().chain(&backwards).copied().collect();
        for (order, files, threads) in
            [(&backwards, 1, "1"), (&strided, 3, "2"), (&twice, 4, "3"), (&forwards, 7, "2")]
        {
            let got = facts(deal(order, files).path(), threads);
            assert_eq!(got, expected, "{theme} in {files} files by {threads} threads");
        }
    }
}
