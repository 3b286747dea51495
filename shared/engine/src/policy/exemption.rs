//! What is left alone, why, and until when.

use serde::{Deserialize, Serialize};

use super::Pattern;
use crate::document::User;
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
    /// The path of the key's user, such as `/machines/`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<Pattern>,
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
    /// What is known of the user, its path and tags among it.
    pub facts: Option<&'a User>,
}

impl KeyTraits<'_> {
    /// Whether the user carries a tag; `None` where nobody has read its tags.
    pub fn tagged(&self, tag: &str, value: &Pattern) -> Option<bool> {
        Some(self.facts?.tag_read(tag)?.is_some_and(|its| value.matches(its)))
    }

    /// Whether the user's path fits; `None` where nobody has read it.
    pub fn under(&self, path: &Pattern) -> Option<bool> {
        Some(path.matches(self.facts?.path_read()?))
    }
}

impl Exemption {
    /// Whether it holds for a key at a moment. A tag or path that nobody could read holds, a user that isn't known does not.
    pub fn holds(&self, key: &KeyTraits<'_>, now: Time) -> bool {
        let user = self.user.as_ref().is_none_or(|it| key.user.is_some_and(|user| it.matches(user)));
        let path = self.path.as_ref().is_none_or(|path| key.under(path).unwrap_or(true));
        let tag = self.tag.as_ref().is_none_or(|(tag, value)| key.tagged(tag, value).unwrap_or(true));
        let credential = self.credential.as_ref().is_none_or(|it| it == key.credential);
        user && path && tag && credential && now < self.until
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{UserSeen, What};
    use crate::telling::{Telling, minute, user};

    fn exemption() -> Exemption {
        Exemption {
            user: None,
            path: None,
            tag: None,
            credential: None,
            from: ExemptFrom::Staleness,
            reason: "backup".into(),
            until: minute(1_000),
        }
    }

    fn holds_at(exemption: &Exemption, telling: &Telling, at: Time) -> bool {
        let key = CredentialId::new("ACCA1");
        let facts = telling.world.user(&user("backup-1"));
        exemption.holds(&KeyTraits { user: Some("backup-1"), service: None, credential: &key, facts }, at)
    }

    fn seen(path: &str, tags: &[(&str, &str)]) -> What {
        let tags = tags.iter().map(|(tag, value)| (Box::from(*tag), Box::from(*value))).collect();
        observed(UserSeen::Shown { path: path.into(), tags })
    }

    fn observed(seen: UserSeen) -> What {
        What::UserObserved { user: "backup-1".into(), seen }
    }

    fn tagged(value: Option<&str>) -> What {
        What::UserTagged { user: "backup-1".into(), tag: "keep".into(), value: value.map(Box::from) }
    }

    #[test]
    fn it_ends_on_its_date_and_not_before() {
        let telling = Telling::new();
        assert!(holds_at(&exemption(), &telling, minute(1_000) - crate::time::Span::seconds(1)));
        assert!(!holds_at(&exemption(), &telling, minute(1_000)));
    }

    #[test]
    fn all_that_it_names_must_match() {
        let telling = Telling::new();
        let mine = Exemption { user: Some(Pattern::new("backup-*")), ..exemption() };
        assert!(holds_at(&mine, &telling, minute(0)));
        let of_another = Exemption { credential: Some(CredentialId::new("ACCA2")), ..mine };
        assert!(!holds_at(&of_another, &telling, minute(0)));
    }

    #[test]
    fn a_tag_that_nobody_could_read_exempts() {
        let keep = Exemption { tag: Some(("keep".into(), Pattern::new("y*"))), ..exemption() };
        let mut telling = Telling::new();
        let holds = |telling: &Telling| holds_at(&keep, telling, minute(30));
        assert!(holds(&telling), "nobody has looked");
        telling.tell(minute(1), tagged(Some("no")));
        assert!(holds(&telling), "records never show that there were all");
        telling.tell(minute(2), seen("/", &[("keep", "yes")]));
        assert!(holds(&telling));
        telling.tell(minute(3), seen("/", &[("keep", "no")]));
        assert!(!holds(&telling));
        telling.tell(minute(4), seen("/", &[]));
        assert!(!holds(&telling));
        telling.tell(minute(5), observed(UserSeen::Unreadable));
        assert!(holds(&telling), "it could be read once, and can't any more");
    }

    #[test]
    fn what_was_changed_since_counts_and_what_was_changed_before_does_not() {
        let keep = Exemption { tag: Some(("keep".into(), Pattern::new("yes"))), ..exemption() };
        let mut telling = Telling::new();
        let holds = |telling: &Telling| holds_at(&keep, telling, minute(30));
        telling.tell(minute(1), tagged(Some("yes")));
        telling.tell(minute(2), seen("/", &[]));
        assert!(!holds(&telling), "taken away, though no record says so");
        telling.tell(minute(3), tagged(Some("yes")));
        assert!(holds(&telling));
        telling.tell(minute(4), tagged(None));
        assert!(!holds(&telling));
        telling.tell(minute(5), What::UserDeleted { user: "backup-1".into() });
        telling.tell(minute(6), What::UserCreated { user: "backup-1".into() });
        assert!(holds(&telling), "nobody has looked at this user of the name");
    }

    #[test]
    fn a_path_exempts_those_under_it_and_those_of_whom_nobody_could_say() {
        let machines = Exemption { path: Some(Pattern::new("/machines/*")), ..exemption() };
        let mut telling = Telling::new();
        let holds = |telling: &Telling| holds_at(&machines, telling, minute(30));
        assert!(holds(&telling));
        telling.tell(minute(1), seen("/machines/backup/", &[]));
        assert!(holds(&telling));
        telling.tell(minute(2), seen("/people/", &[]));
        assert!(!holds(&telling));
    }
}
