use super::Position;
use std::fmt;

/// Something in the input that is no record, with the place where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where it begins.
    pub position: Position,
    /// What is wrong with it.
    pub reason: Reason,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Position { ordinal, offset } = self.position;
        write!(f, "record {ordinal} at byte {offset}: {}", self.reason)
    }
}

/// Why something is no record. The text never quotes the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The input does not begin like JSON; nothing more of it is read.
    NotJson,
    /// The input holds nothing but blanks.
    Empty,
    /// Something other than an object stands where a record should.
    WrongType {
        /// What stands there: `a number`, `a string`, …
        found: &'static str,
    },
    /// An object with none of the fields of a record or an envelope.
    NotARecord,
    /// A digest file of CloudTrail's log file validation, which lists log files and holds no records.
    Digest,
    /// Not JSON.
    Malformed {
        /// What was expected, or what the JSON parser said.
        problem: String,
    },
    /// A control character stands inside a string, as where a line was cut off.
    ControlCharacter,
    /// The input ends inside a record.
    TruncatedRecord,
    /// The input ends, after a whole record, before its container is closed.
    TruncatedContainer,
    /// Larger than [`Limits::record_bytes`](super::Limits::record_bytes).
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// Nested deeper than [`Limits::depth`](super::Limits::depth), or containers inside containers without end.
    TooDeep {
        /// The limit, in levels.
        limit: usize,
    },
}

impl Reason {
    pub(super) fn malformed(problem: impl Into<String>) -> Self {
        Self::Malformed { problem: problem.into() }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotJson => f.write_str("the input is not JSON"),
            Self::Empty => f.write_str("the input is empty"),
            Self::WrongType { found } => write!(f, "expected a record, found {found}"),
            Self::NotARecord => {
                f.write_str("an object without any field of a CloudTrail record or an EventBridge event")
            }
            Self::Digest => f.write_str("a CloudTrail digest file, which holds no records"),
            Self::Malformed { problem } => write!(f, "not valid JSON: {problem}"),
            Self::ControlCharacter => {
                f.write_str("not valid JSON: a line break or control character inside a string")
            }
            Self::TruncatedRecord => f.write_str("the input ends before this record is closed"),
            Self::TruncatedContainer => f.write_str("the input ends before its list of records is closed"),
            Self::TooLarge { limit } => write!(f, "larger than the limit of {limit} bytes for one record"),
            Self::TooDeep { limit } => write!(f, "nested deeper than the limit of {limit} levels"),
        }
    }
}
