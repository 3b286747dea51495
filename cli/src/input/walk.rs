use super::source::{PassedOver, Source, Trouble};
use std::ffi::OsString;
use std::fs::{self, FileType};
use std::path::{Path, PathBuf};

/// The path that means standard input.
pub const STANDARD_INPUT: &str = "-";

/// What a walk comes across.
#[derive(Debug)]
pub(super) enum Met {
    File(Source),
    PassedOver(Source, PassedOver),
    Trouble(Source, Trouble),
}

/// Walks through the named paths one after another, and through folders depth first in the order of names.
///
/// Only the names of folders that are open are held.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    named: std::slice::Iter<'a, PathBuf>,
    open: Vec<Folder>,
}

#[derive(Debug)]
struct Folder {
    path: PathBuf,
    /// What it holds and was not yet met, in descending order.
    entries: Vec<(OsString, FileType)>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(paths: &'a [PathBuf]) -> Self {
        Self { named: paths.iter(), open: Vec::new() }
    }

    fn named(&mut self, path: &Path) -> Option<Met> {
        let source = Source::named(path);
        if path.as_os_str() == STANDARD_INPUT {
            return Some(Met::File(source));
        }
        match fs::metadata(path) {
            Ok(met) if met.is_dir() => self.enter(source),
            Ok(_) => Some(Met::File(source)),
            Err(error) => Some(Met::Trouble(source, Trouble::Io { attempt: "open", source: error })),
        }
    }

    /// Opens a folder; nothing is met by that alone, unless it fails.
    fn enter(&mut self, source: Source) -> Option<Met> {
        match list(source.path()) {
            Ok(entries) => {
                self.open.push(Folder { path: source.path().to_owned(), entries });
                None
            }
            Err(error) => Some(Met::Trouble(source, Trouble::Io { attempt: "list", source: error })),
        }
    }

    fn entry(&mut self, path: PathBuf, name: &OsString, kind: FileType) -> Option<Met> {
        if let Some(reason) = no_trail(&path, name, kind) {
            return Some(Met::PassedOver(Source::found(path), reason));
        }
        if kind.is_dir() {
            return self.enter(Source::found(path));
        }
        if kind.is_symlink() {
            match fs::metadata(&path) {
                Ok(target) if target.is_dir() => {
                    return Some(Met::PassedOver(Source::found(path), PassedOver::LinkedFolder));
                }
                Ok(target) if !target.is_file() => {
                    return Some(Met::PassedOver(Source::found(path), PassedOver::NotAFile));
                }
                // A link to nowhere is reported when it is opened.
                Ok(_) | Err(_) => {}
            }
        }
        Some(Met::File(Source::found(path)))
    }
}

impl Iterator for Walk<'_> {
    type Item = Met;

    fn next(&mut self) -> Option<Met> {
        loop {
            let met = match self.open.last_mut() {
                None => {
                    let path = self.named.next()?;
                    self.named(path)
                }
                Some(folder) => match folder.entries.pop() {
                    None => {
                        self.open.pop();
                        None
                    }
                    Some((name, kind)) => {
                        let path = folder.path.join(&name);
                        self.entry(path, &name, kind)
                    }
                },
            };
            if met.is_some() {
                return met;
            }
        }
    }
}

fn list(path: &Path) -> std::io::Result<Vec<(OsString, FileType)>> {
    let mut entries = fs::read_dir(path)?
        .map(|entry| entry.and_then(|entry| Ok((entry.file_name(), entry.file_type()?))))
        .collect::<std::io::Result<Vec<_>>>()?;
    entries.sort_unstable_by(|(one, _), (other, _)| other.cmp(one));
    Ok(entries)
}

/// Whether what a folder holds is no trail by its place and kind.
fn no_trail(path: &Path, name: &OsString, kind: FileType) -> Option<PassedOver> {
    if name.as_encoded_bytes().starts_with(b".") {
        Some(PassedOver::Hidden)
    } else if kind.is_dir() && name == "CloudTrail-Digest" {
        Some(PassedOver::Digest)
    } else if kind.is_dir() && is_account_log(path) && !name.as_encoded_bytes().starts_with(b"CloudTrail") {
        Some(PassedOver::OtherService)
    } else if kind.is_dir() || kind.is_file() || kind.is_symlink() {
        None
    } else {
        Some(PassedOver::NotAFile)
    }
}

/// Whether the path is that of one service's logs: `AWSLogs/ACCOUNT/…` or `AWSLogs/ORGANISATION/ACCOUNT/…`
/// (<https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html>).
fn is_account_log(path: &Path) -> bool {
    let mut above = path.ancestors().skip(1).filter_map(Path::file_name).map(|name| name.as_encoded_bytes());
    let account = above.next().is_some_and(|name| name.len() == 12 && name.iter().all(u8::is_ascii_digit));
    account
        && match above.next() {
            Some(b"AWSLogs") => true,
            Some(name) => name.starts_with(b"o-") && above.next() == Some(b"AWSLogs"),
            None => false,
        }
}

/// Bytes of all files that reading these paths would read, as they stand on disk; a file whose size cannot be
/// told counts nothing, and neither does standard input.
pub fn total_bytes(paths: &[PathBuf]) -> u64 {
    Walk::new(paths)
        .filter_map(|met| match met {
            Met::File(source) => fs::metadata(source.path()).ok(),
            Met::PassedOver(..) | Met::Trouble(..) => None,
        })
        .map(|file| file.len())
        .sum()
}
