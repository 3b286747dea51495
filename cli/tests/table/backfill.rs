//! `keytrail backfill`.

use keytrail_ledger::{ItemKind, Ledger as _, State};

use crate::emulator::{block_on, keytrail, table};

/// A policy that would do everything, so that what isn't done is held back for being a replay.
fn policy(folder: &tempfile::TempDir) -> String {
    let file = folder.path().join("policy.toml");
    std::fs::write(&file, "mode = \"enforce\"\nenrolled_accounts = [\"111122223333\"]\n").unwrap();
    file.to_str().unwrap().to_owned()
}

#[test]
fn an_archive_is_known_to_the_table_and_neither_told_nor_acted_upon() {
    let (name, ledger) = table();
    let folder = tempfile::tempdir().unwrap();
    let policy = policy(&folder);
    let backfill = |how: &str| {
        keytrail(&[
            "backfill",
            "events/story",
            "--table",
            &name,
            "--policy",
            &policy,
            "--format",
            "json",
            how,
        ])
    };
    let items = |kind| block_on(ledger.items_of_kind(kind, None, 500)).unwrap().entries;

    let looked = backfill("--dry-run");
    assert_eq!(looked.code, Some(0), "{}", looked.stderr);
    assert!(looked.json()["events"].as_u64().unwrap() > 30, "{}", looked.stdout);
    let unasked = keytrail(&["backfill", "events/story", "--table", &name, "--policy", &policy]);
    assert_eq!(unasked.code, Some(6), "{}", unasked.stderr);
    assert!(items(ItemKind::Finding).is_empty(), "neither wrote anything");

    let written = backfill("--yes");
    assert_eq!(written.code, Some(0), "{}", written.stderr);
    let told = written.json();
    assert!(told["written"].as_u64().unwrap() > 0 && told["failed_count"] == 0, "{told}");
    assert!(told["held_back_count"].as_u64().unwrap() > 0, "{told}");
    assert!(told["caller"].as_str().unwrap().starts_with("arn:aws:sts::"), "{told}");
    assert!(!items(ItemKind::Finding).is_empty());
    assert!(items(ItemKind::Notice).is_empty(), "nobody is told");
    let actions = items(ItemKind::Action);
    assert!(!actions.is_empty() && actions.iter().all(|it| it.item.state == State::Withheld), "{actions:?}");

    // What the table knows of keys is what a replay of the same knows.
    let state = folder.path().join("state").to_str().unwrap().to_owned();
    assert_eq!(keytrail(&["replay", "events/story", "--state", &state]).code, Some(0));
    let now = ["--now", "2026-11-13T00:00:00Z", "--format", "json"];
    let shown = |place: [&str; 2]| keytrail(&[&["keys"][..], &place, &now].concat()).json();
    let of_table: Vec<_> =
        shown(["--table", &name]).as_array().unwrap().iter().map(|it| it["id"].clone()).collect();
    let of_state: Vec<_> =
        shown(["--state", &state]).as_array().unwrap().iter().map(|it| it["id"].clone()).collect();
    assert_eq!(of_table, of_state);

    let again = backfill("--yes").json();
    assert_eq!((&again["fired"], &again["held_back_count"]), (&serde_json::json!({}), &0.into()), "{again}");
}
