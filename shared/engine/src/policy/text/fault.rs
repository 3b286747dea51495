//! What is wrong with a policy's text.

use std::fmt;
use std::ops::Range;

/// Something wrong with a policy's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The line, from 1.
    pub line: usize,
    /// The key with the tables it is in (`api_keys.max_lifetime_days`); empty where the text is no TOML.
    pub key: String,
    /// What is wrong.
    pub problem: String,
    /// What to write instead.
    pub remedy: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, key, problem, remedy } = self;
        write!(f, "line {line}: ")?;
        if !key.is_empty() {
            write!(f, "{key} ")?;
        }
        write!(f, "{problem}; {remedy}")
    }
}

/// The faults found so far.
pub(super) struct Faults<'t> {
    text: &'t str,
    found: Vec<Fault>,
}

impl<'t> Faults<'t> {
    pub(super) const fn of(text: &'t str) -> Self {
        Self { text, found: Vec::new() }
    }

    pub(super) fn add(&mut self, at: Range<usize>, key: String, problem: String, remedy: String) {
        self.found.push(Fault { line: self.line(at.start), key, problem, remedy });
    }

    pub(super) fn syntax(&mut self, at: Option<Range<usize>>, message: &str) {
        let at = at.unwrap_or(0..0);
        let remedy = "see https://toml.io for how TOML is written".to_owned();
        self.add(at, String::new(), format!("this is no TOML: {}", message.replace('\n', ", ")), remedy);
    }

    fn line(&self, offset: usize) -> usize {
        let before = self.text.as_bytes().get(..offset).unwrap_or(self.text.as_bytes());
        before.iter().filter(|byte| **byte == b'\n').count() + 1
    }

    pub(super) fn into_result<T>(mut self, whole: T) -> Result<T, Vec<Fault>> {
        self.found.sort_by(|a, b| (a.line, &a.key).cmp(&(b.line, &b.key)));
        if self.found.is_empty() { Ok(whole) } else { Err(self.found) }
    }
}
