//! The report as a page.

use crate::run::{command, keytrail, names, root};

/// A state of samples, with hostile texts wherever a record of a key's creation and of its use has some.
fn state(folder: &tempfile::TempDir) -> String {
    let state = folder.path().join("state").to_str().unwrap().to_owned();
    let run = keytrail(&["replay", "events/story", "--state", &state]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    state
}

const HOSTILE: &str = "</td></title></style><script>alert(1)</script><img src=x onerror=alert(2)>\" autofocus onfocus='alert(3)\u{202e}";

/// The tags of a page, each as it is written.
fn tags(page: &str) -> Vec<&str> {
    page.split('<').skip(1).map(|rest| rest.split('>').next().unwrap()).collect()
}

#[test]
fn the_page_has_what_the_commands_show_and_asks_for_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let state = state(&folder);
    let page = keytrail(&["report", "--state", &state, "--out", "-"]).stdout;
    for list in ["keys", "kms"] {
        for row in keytrail(&[list, "--state", &state, "--format", "json"]).json().as_array().unwrap() {
            assert!(page.contains(row["id"].as_str().unwrap()), "{row}");
        }
    }
    for finding in keytrail(&["findings", "--state", &state, "--format", "json"]).json().as_array().unwrap() {
        assert!(page.contains(finding["rule"].as_str().unwrap()), "{finding}");
    }
    for tag in tags(&page) {
        let name = tag.trim_start_matches('/').split([' ', '\n']).next().unwrap();
        assert!(!["script", "link", "img", "iframe", "object", "base", "form"].contains(&name), "{tag}");
        assert!(!tag.contains("href") && !tag.contains("src=") && !tag.contains(" on"), "{tag}");
    }
    assert!(page.contains("default-src 'none'"));
    insta::assert_snapshot!(page);
}

#[test]
fn every_tag_is_closed_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let page = keytrail(&["report", "--state", &state(&folder), "--out", "-"]).stdout;
    let body = page.split("</style>").nth(1).unwrap();
    let mut open = vec!["html", "head"];
    for tag in tags(body) {
        match tag.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "{tag}"),
            None if tag.ends_with('/') => {}
            None => open.push(tag.split([' ', '\n']).next().unwrap()),
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn hostile_names_stay_text() {
    let mut seen = 0;
    for file in names(&root().join("events/key_created")) {
        let sample = std::fs::read_to_string(root().join("events/key_created").join(&file)).unwrap();
        let Ok(mut record) = serde_json::from_str::<serde_json::Value>(&sample) else { continue };
        record["userIdentity"]["arn"] = HOSTILE.into();
        record["userAgent"] = HOSTILE.into();
        record["requestParameters"]["userName"] = HOSTILE.into();
        record["sourceIPAddress"] = HOSTILE.into();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("record.json");
        std::fs::write(&path, record.to_string()).unwrap();
        let state = folder.path().join("state").to_str().unwrap().to_owned();
        keytrail(&["replay", path.to_str().unwrap(), "--state", &state]);
        let page = keytrail(&["report", "--state", &state, "--out", "-"]).stdout;
        seen += usize::from(page.contains("&lt;script&gt;alert(1)"));
        for tag in tags(&page) {
            assert!(
                !tag.contains("script") && !tag.contains("onerror") && !tag.contains("onfocus"),
                "{file}: {tag}"
            );
        }
        assert!(!page.contains('\u{202e}'), "{file}");
    }
    assert!(seen > 0, "no page shows the hostile names");
}

#[test]
fn a_page_is_written_where_it_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let state = state(&folder);
    let out = folder.path().join("report.html").to_str().unwrap().to_owned();
    assert_eq!(keytrail(&["report", "--state", &state, "--out", &out]).code, Some(0));
    let printed = keytrail(&["report", "--state", &state, "--out", "-"]).stdout;
    assert_eq!(std::fs::read_to_string(&out).unwrap(), printed);
    let nowhere = command(&["report", "--state", &state, "--out", "no/such/folder.html"]).output().unwrap();
    assert_eq!(nowhere.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&nowhere.stderr).contains("cannot write no/such/folder.html"));
}
