use super::{Item, Progress, Source, read_all};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs;
use std::io::Write;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

const ONE: NonZeroUsize = NonZeroUsize::MIN;

/// What reading gave, one line per item, in order: `NAME: eventName`, `NAME! trouble`, `NAME- passed over`.
fn read(path: &Path) -> Vec<String> {
    read_on(ONE, &[path.to_owned()], &Progress::default())
}

fn read_on(threads: NonZeroUsize, paths: &[PathBuf], progress: &Progress) -> Vec<String> {
    let on_item = |lines: &mut Vec<String>, source: &Source, item: Item<'_>| {
        let name = source.path().file_name().unwrap_or_default().to_string_lossy();
        lines.push(match item {
            Item::Record(record) => format!("{name}: {}", record.event_name.unwrap_or("-")),
            Item::Trouble(trouble) => format!("{name}! {trouble}"),
            Item::PassedOver(reason) => format!("{name}- {reason}"),
        });
    };
    read_all(paths, threads, Vec::new, on_item, progress).concat()
}

/// What reading a file of this content gave.
fn read_bytes(bytes: &[u8]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f");
    fs::write(&path, bytes).unwrap();
    read(&path)
}

fn record(name: &str) -> String {
    format!(r#"{{"eventVersion":"1.11","eventSource":"x.amazonaws.com","eventName":"{name}"}}"#)
}

fn log_file(names: &[&str]) -> String {
    let records: Vec<_> = names.iter().map(|name| record(name)).collect();
    format!(r#"{{"Records":[{}]}}"#, records.join(","))
}

/// So many records, `N0`, `N1`, …, one a line, each with so many bytes that compress badly.
fn lines(count: usize, ballast: usize) -> String {
    let mut state = 7u64;
    let mut noise = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'a' + (state >> 59) as u8 % 26)
    };
    (0..count)
        .map(|number| {
            let ballast: String = (0..ballast).map(|_| noise()).collect();
            format!(r#"{{"eventSource":"x","x":"{ballast}","eventName":"N{number}"}}"#) + "\n"
        })
        .collect()
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("f: N{number}")).collect()
}

fn repeat(lines: &[String], times: usize) -> Vec<String> {
    std::iter::repeat_n(lines, times).flatten().cloned().collect()
}

fn gzip(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    gzip_at(bytes, Compression::fast())
}

fn gzip_at(bytes: impl AsRef<[u8]>, level: Compression) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), level);
    encoder.write_all(bytes.as_ref()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn plain_and_gzip_are_told_by_content() {
    let file = log_file(&["A", "B"]);
    assert_eq!(read_bytes(file.as_bytes()), ["f: A", "f: B"]);
    assert_eq!(read_bytes(&gzip(&file)), ["f: A", "f: B"]);
    assert_eq!(read_bytes(&gzip("")), ["f! record 0 at byte 0: the input is empty"]);
    assert_eq!(read_bytes(b""), ["f! record 0 at byte 0: the input is empty"]);
    assert_eq!(read_bytes(b"hello"), ["f! record 0 at byte 0: the input is not JSON"]);
}

#[test]
fn members_of_one_file_are_one_input() {
    let files = [gzip(log_file(&["A"])), gzip(""), gzip(log_file(&["A"])), gzip(log_file(&["B"]))];
    assert_eq!(read_bytes(&files.concat()), ["f: A", "f: A", "f: B"]);

    let text = lines(300, 100);
    let cut: Vec<_> = text.as_bytes().chunks(777).flat_map(gzip).collect();
    assert_eq!(read_bytes(&cut), names(300));
}

#[test]
fn what_looks_like_a_member_inside_another_is_not_one() {
    // Stored uncompressed: a member's beginning, and before it a size that a member could have.
    let decoy = [9, 0, 0, 0, 0x1f, 0x8b, 8, 0];
    let stored = gzip_at(
        [record("A").as_bytes(), b"\n", &decoy, b"\n", record("B").as_bytes()].concat(),
        Compression::none(),
    );
    assert!(stored.windows(decoy.len()).any(|bytes| bytes == decoy));
    assert_eq!(
        read_bytes(&stored),
        ["f: A", "f! record 1 at byte 76: expected a record, found something that is not JSON", "f: B"]
    );
}

#[test]
fn large_files_and_large_members_stream() {
    let plain = lines(45, 100_000);
    assert_eq!(read_bytes(plain.as_bytes()), names(45), "a plain file of 4.5 MB");
    assert_eq!(read_bytes(&gzip_at(&plain, Compression::none())), names(45), "a gzip file of 4.5 MB");
    let wide = lines(2, 10).replace("x\":\"", &format!("x\":\"{}", "y".repeat(3 << 20)));
    let member = gzip(&wide);
    assert!(member.len() < 1 << 20);
    assert_eq!(read_bytes(&member.repeat(2)), repeat(&names(2), 2), "members of 6 MB");
    let mut many = wide.repeat(3);
    many.push_str(&record("A"));
    assert_eq!(
        read_bytes(&gzip(&many)),
        [repeat(&names(2), 3), vec!["f: A".to_owned()]].concat(),
        "a member of 18 MB"
    );
}

#[test]
fn records_before_damage_are_delivered_and_the_damage_is_named() {
    let text = lines(2000, 200);
    let whole = gzip(&text);
    let end = whole.len();

    let cut = read_bytes(&whole[..end / 2]);
    let (trouble, records) = cut.split_last().unwrap();
    assert_eq!(
        *trouble,
        format!("f! at byte {} of the compressed file: the file ends inside a gzip member", end / 2)
    );
    assert_eq!(records, &names(2000)[..records.len()]);
    assert!((900..1100).contains(&records.len()), "{}", records.len());

    let mut wrong_sum = whole.clone();
    wrong_sum[end - 8] ^= 1;
    let mut read = read_bytes(&wrong_sum);
    assert!(read.pop().unwrap().starts_with("f! at byte "));
    assert_eq!(read, names(2000));

    let mut wrong_size = whole.clone();
    wrong_size[end - 3] ^= 0x40;
    let mut read = read_bytes(&wrong_size);
    assert!(read.pop().unwrap().starts_with("f! at byte "));
    assert_eq!(read, names(2000));

    let mut wrong_middle = whole.clone();
    for byte in &mut wrong_middle[end / 2..end / 2 + 64] {
        *byte ^= 0xa5;
    }
    let read = read_bytes(&wrong_middle);
    assert!(read.iter().any(|line| line.starts_with("f! at byte ")), "{:?}", read.last());
    assert!(read.len() > 800);
    assert_eq!(read[..800], names(800));

    let tail = [whole.clone(), b"tail".to_vec()].concat();
    let mut read = read_bytes(&tail);
    assert_eq!(
        read.pop().unwrap(),
        format!(
            "f! at byte {end} of the compressed file: something that is no gzip member follows the last one"
        )
    );
    assert_eq!(read, names(2000));

    assert_eq!(read_bytes(&[whole, vec![0; 1024]].concat()), names(2000), "padding is no damage");
}

#[test]
fn a_bomb_meets_a_limit() {
    let bomb = gzip_at(vec![b' '; 66 << 20], Compression::default());
    let [line] = read_bytes(&bomb).try_into().unwrap();
    assert!(
        line.starts_with("f! inflates to more than 250 times its size, which no trail does; stopped after "),
        "{line}"
    );
    let members = gzip_at(vec![b' '; 15 << 20], Compression::default()).repeat(5);
    let [line] = read_bytes(&members).try_into().unwrap();
    assert!(line.starts_with("f! inflates to more than 250 times its size"), "{line}");
    let record = gzip(format!(r#"[{{"eventName":"A","x":"{}"}},{}]"#, "y".repeat(5 << 20), record("B")));
    assert_eq!(
        read_bytes(&record),
        ["f! record 0 at byte 1: larger than the limit of 4194304 bytes for one record", "f: B"]
    );
}

fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

#[test]
fn folders_are_walked_in_order_and_what_is_no_trail_is_passed_over_aloud() {
    let (a, b, c, d) = (log_file(&["A"]), log_file(&["B"]), log_file(&["C"]), log_file(&["D"]));
    let folder = tree(&[
        ("AWSLogs/111122223333/CloudTrail/us-east-1/2026/08/01/b.json", &b),
        ("AWSLogs/111122223333/CloudTrail/us-east-1/2026/07/31/a.json", &a),
        ("AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/07/31/z.json", "{}"),
        ("AWSLogs/111122223333/Config/us-east-1/z.json", "{}"),
        ("AWSLogs/o-abc/444455556666/CloudTrail/eu-west-1/c.json", &c),
        ("AWSLogs/o-abc/444455556666/vpcflowlogs/z", "{}"),
        ("Config/d.json", &d),
        ("README.md", "# Trails\n"),
        (".DS_Store", "\0"),
        ("digest.json", r#"{"digestStartTime":"2026-08-01T00:00:00Z"}"#),
        ("other.json", "{}"),
    ]);
    std::os::unix::fs::symlink(folder.path(), folder.path().join("loop")).unwrap();
    std::os::unix::fs::symlink("nowhere", folder.path().join("lost")).unwrap();
    let expected = [
        ".DS_Store- hidden",
        "a.json: A",
        "b.json: B",
        "CloudTrail-Digest- CloudTrail digest",
        "Config- another service's logs",
        "c.json: C",
        "vpcflowlogs- another service's logs",
        "d.json: D",
        "README.md- not JSON",
        "digest.json- CloudTrail digest",
        "loop- link to a folder",
        "lost! cannot open",
        "other.json! record 0 at byte 0: an object without any field of a CloudTrail record or an EventBridge event",
    ];
    assert_eq!(read(folder.path()), expected);
}

#[test]
fn what_was_named_is_read_or_is_trouble() {
    let folder = tree(&[("README.md", "# Trails\n"), (".hidden", &log_file(&["A"]))]);
    let at = |name: &str| folder.path().join(name);
    let read = read_on(ONE, &[at("missing"), at("README.md"), at(".hidden")], &Progress::default());
    assert_eq!(
        read,
        ["missing! cannot open", "README.md! record 0 at byte 0: the input is not JSON", ".hidden: A"]
    );
}

#[test]
fn any_number_of_threads_reads_the_same() {
    let folder = tempfile::tempdir().unwrap();
    for file in 0..40 {
        let text = log_file(&[&format!("A{file}"), &format!("B{file}")]);
        let bytes = if file % 2 == 0 { gzip(text) } else { text.into_bytes() };
        fs::write(folder.path().join(format!("{file}.json")), bytes).unwrap();
    }
    let paths = [folder.path().to_owned()];
    let one = read(folder.path());
    assert_eq!(one.len(), 80);
    for threads in [2, 5] {
        let progress = Progress::default();
        progress.expect(super::total_bytes(&paths));
        let mut several = read_on(NonZeroUsize::new(threads).unwrap(), &paths, &progress);
        let mut one = one.clone();
        several.sort();
        one.sort();
        assert_eq!(several, one);
        let reached = progress.reached();
        assert_eq!((reached.files, reached.records), (40, 80));
        assert!(reached.bytes_done > 0);
        assert_eq!(reached.bytes_done, reached.bytes_total);
    }
}

#[test]
fn a_path_shows_no_control_characters() {
    let source = Source::named(Path::new("a\u{1b}[2J\nb"));
    assert_eq!(source.to_string(), "a\\u{1b}[2J\\nb");
}
