//! What can never be read, kept with its reason and without its secrets.

use serde::{Deserialize, Serialize};

use crate::fingerprint::fingerprint;
use crate::time::Time;

/// Characters of a parked text that are kept.
const KEPT: usize = 4_096;

/// A run of token characters this long may be a secret: an API key's is far longer, and an id that is masked with it
/// is no loss.
const TOKEN: usize = 20;

/// A text that can never be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parked {
    /// Why, with the position in the text.
    pub reason: Box<str>,
    /// Its beginning; whatever may be a secret is masked.
    pub text: Box<str>,
    /// Its length in bytes.
    pub bytes: usize,
    /// When it was parked.
    pub at: Time,
}

impl Parked {
    /// Parks a text.
    pub fn new(text: &str, reason: impl Into<Box<str>>, at: Time) -> Self {
        Self { reason: reason.into(), text: masked(text).into(), bytes: text.len(), at }
    }
}

/// What names a text: the same text is parked once.
pub fn name_of(text: &str) -> String {
    fingerprint("parked", [text]).to_string()
}

/// The beginning of a text, with every long run of token characters masked by its length. A run that reaches beyond
/// what is kept is masked too, so that no cut leaves the first half of a secret.
fn masked(text: &str) -> String {
    let token = |c: char| c.is_ascii_alphanumeric() || "+/=_-.~".contains(c);
    let mut out = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next().filter(|_| out.len() < KEPT) {
        let run = rest.find(|c| token(c) != token(first)).unwrap_or(rest.len());
        let (head, tail) = rest.split_at(run);
        match head.chars().count() {
            long if token(first) && long >= TOKEN => out.push_str(&format!("[{long} characters]")),
            _ => out.extend(head.chars().take(KEPT)),
        }
        rest = tail;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_secret_is_masked_and_the_rest_can_be_read() {
        let parked = Parked::new(
            r#"{"eventName":"Create","serviceCredentialSecret":"ACWLb3RlbC1nYXRld2F5LWF0LTEx"#,
            "cut off at byte 81",
            Time::default(),
        );
        assert_eq!(&*parked.text, r#"{"eventName":"Create","[23 characters]":"[28 characters]"#);
    }

    proptest! {
        #[test]
        fn no_long_token_survives_anywhere(before in "\\PC{0,5000}", secret in "[A-Za-z0-9+/]{24,60}", after in ".{0,40}") {
            let parked = Parked::new(&format!("{before}\"{secret}\"{after}"), "broken", Time::default());
            prop_assert!(!parked.text.contains(&secret[..TOKEN]));
            prop_assert!(parked.text.len() < 6 * KEPT);
        }
    }
}
