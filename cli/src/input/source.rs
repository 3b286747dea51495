use keytrail_engine::read::{Fault, RawRecord};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// One file, or standard input.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Source {
    path: PathBuf,
    /// Whether the operator named it, rather than a folder above it.
    named: bool,
}

impl Source {
    pub(super) fn named(path: &Path) -> Self {
        Self { path: path.to_owned(), named: true }
    }

    pub(super) fn found(path: PathBuf) -> Self {
        Self { path, named: false }
    }

    /// Where it is; `-` is standard input.
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn is_named(&self) -> bool {
        self.named
    }
}

impl fmt::Display for Source {
    /// The path, with whatever could move a terminal's cursor or end a line escaped.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.path.to_string_lossy().chars() {
            if character.is_control() {
                write!(f, "{}", character.escape_default())?;
            } else {
                write!(f, "{character}")?;
            }
        }
        Ok(())
    }
}

/// What reading a source gives, in the order of its content.
#[derive(Debug)]
pub enum Item<'a> {
    /// A record.
    Record(RawRecord<'a>),
    /// Something that should have been read and was not. The rest goes on.
    Trouble(Trouble),
    /// Something in a folder that is no CloudTrail by its place or kind, and is not read.
    PassedOver(PassedOver),
}

impl<'a> From<Result<RawRecord<'a>, Fault>> for Item<'a> {
    fn from(item: Result<RawRecord<'a>, Fault>) -> Self {
        match item {
            Ok(record) => Self::Record(record),
            Err(fault) => Self::Trouble(Trouble::Record(fault)),
        }
    }
}

/// Why something was not read.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// A record that is broken, or a container that is.
    #[error("{0}")]
    Record(Fault),
    /// A gzip member that is broken, or bytes behind the last one. What was inflated before it has been delivered.
    #[error("at byte {offset} of the compressed file: {problem}")]
    Gzip {
        /// Bytes of the file before the place where the damage was found.
        offset: u64,
        /// What is wrong there.
        problem: String,
    },
    /// A gzip file that inflates out of all proportion; the rest of the file is not read.
    #[error(
        "inflates to more than {ratio} times its size, which no trail does; stopped after {inflated} bytes"
    )]
    Bomb {
        /// The limit.
        ratio: u64,
        /// Bytes inflated until then.
        inflated: u64,
    },
    /// The operating system's refusal.
    #[error("cannot {attempt}")]
    Io {
        /// `open`, `read` or `list`.
        attempt: &'static str,
        /// Its own words.
        #[source]
        source: io::Error,
    },
}

/// Why something in a folder was passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PassedOver {
    /// A name that begins with a dot.
    Hidden,
    /// Digests of CloudTrail's log file validation, which hold no records.
    Digest,
    /// The folder of another service's logs, beside CloudTrail's own in an `AWSLogs` tree.
    OtherService,
    /// Neither JSON nor gzip.
    NotJson,
    /// A link to a folder, which might lead in circles.
    LinkedFolder,
    /// A socket, a pipe or a device.
    NotAFile,
}

impl fmt::Display for PassedOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hidden => "hidden",
            Self::Digest => "CloudTrail digest",
            Self::OtherService => "another service's logs",
            Self::NotJson => "not JSON",
            Self::LinkedFolder => "link to a folder",
            Self::NotAFile => "not a regular file",
        })
    }
}
