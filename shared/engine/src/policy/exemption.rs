//! What is left alone, why, and until when.

use serde::{Deserialize, Serialize};

use super::Pattern;
use crate::ids::CredentialId;
use crate::time::Time;

/// How far an exemption reaches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExemptFrom {
    /// The key is not retired for being unused.
    #[default]
    Staleness,
    /// Nothing is done to the key, whatever happens; people are told each time it matters.
    All,
}

/// Keys that are left alone until a date, for a reason. All that is named must match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exemption {
    /// The name of the key's user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<Pattern>,
    /// A tag of the user, and its value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<(Box<str>, Pattern)>,
    /// One key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<CredentialId>,
    /// How far it reaches.
    #[serde(default)]
    pub from: ExemptFrom,
    /// Why; shown wherever the exemption holds something back.
    pub reason: Box<str>,
    /// When it ends.
    pub until: Time,
}

/// A key, as far as exemptions and limits ask about it.
#[derive(Clone, Copy, Debug)]
pub struct KeyTraits<'a> {
    /// Its user.
    pub user: Option<&'a str>,
    /// Its service.
    pub service: Option<&'a str>,
    /// Its id.
    pub credential: &'a CredentialId,
    /// The user's tags; `None` where they can't be said.
    pub tags: Option<&'a [(Box<str>, Box<str>)]>,
}

impl KeyTraits<'_> {
    /// Whether the user carries a tag; `None` where that can't be said.
    pub fn tagged(&self, tag: &str, value: &Pattern) -> Option<bool> {
        Some(self.tags?.iter().any(|(key, its)| **key == *tag && value.matches(its)))
    }
}

impl Exemption {
    /// Whether it holds for a key at a moment. An unread tag holds, a user that isn't known does not.
    pub fn holds(&self, key: &KeyTraits<'_>, now: Time) -> bool {
        let user = self.user.as_ref().is_none_or(|it| key.user.is_some_and(|user| it.matches(user)));
        let tag = self.tag.as_ref().is_none_or(|(tag, value)| key.tagged(tag, value).unwrap_or(true));
        let credential = self.credential.as_ref().is_none_or(|it| it == key.credential);
        user && tag && credential && now < self.until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> CredentialId {
        CredentialId::new("ACCA1")
    }

    fn exemption() -> Exemption {
        Exemption {
            user: None,
            tag: None,
            credential: None,
            from: ExemptFrom::Staleness,
            reason: "backup".into(),
            until: Time::from_millis(1_000),
        }
    }

    fn holds(exemption: &Exemption, tags: Option<&[(Box<str>, Box<str>)]>, at: i64) -> bool {
        let key = key();
        let traits = KeyTraits { user: Some("backup-1"), service: None, credential: &key, tags };
        exemption.holds(&traits, Time::from_millis(at))
    }

    #[test]
    fn it_ends_on_its_date_and_not_before() {
        assert!(holds(&exemption(), None, 999));
        assert!(!holds(&exemption(), None, 1_000));
    }

    #[test]
    fn all_that_it_names_must_match() {
        let mine = Exemption { user: Some(Pattern::new("backup-*")), ..exemption() };
        assert!(holds(&mine, None, 0));
        let of_another = Exemption { credential: Some(CredentialId::new("ACCA2")), ..mine };
        assert!(!holds(&of_another, None, 0));
    }

    #[test]
    fn a_tag_that_nobody_could_read_exempts() {
        let tagged = Exemption { tag: Some(("keep".into(), Pattern::new("y*"))), ..exemption() };
        let tags = |value: &str| [(Box::from("keep"), Box::from(value))];
        assert!(holds(&tagged, None, 0));
        assert!(holds(&tagged, Some(&tags("yes")), 0));
        assert!(!holds(&tagged, Some(&tags("no")), 0));
        assert!(!holds(&tagged, Some(&[]), 0));
    }
}
