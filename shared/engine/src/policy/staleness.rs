//! When a key that nobody uses is warned about, switched off and deleted.

use serde::{Deserialize, Serialize};

use super::{KeyTraits, Pattern, Policy};
use crate::ids::{Region, ServiceName, TrailName};
use crate::time::Span;

/// The limits of staleness, in days, and the regions in which keys may be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Staleness {
    /// A key that was not used for so long is warned about.
    pub unused_days: u32,
    /// A key that was never used is warned about so long after its creation.
    pub never_used_days: u32,
    /// From the first warning to the final one.
    pub final_warning_days: u32,
    /// From the first warning to the deactivation.
    pub deactivate_days: u32,
    /// From the deactivation to the deletion.
    pub delete_days: u32,
    /// The regions in which keys may be used. "Not used" can be said only where use is known in each of them.
    pub regions: Vec<Region>,
    /// The trails that record every bearer call. Where there is none, use is not known.
    pub trails: Vec<TrailPlace>,
    /// Other limits for some keys; the first that fits counts.
    pub limits: Vec<Limit>,
}

impl Default for Staleness {
    /// The regions are those of the preview:
    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_HTTP_Endpoints_BearerTokenAuth.html>
    fn default() -> Self {
        let regions = ["us-east-1", "us-east-2", "us-west-1", "us-west-2"];
        Self {
            unused_days: 90,
            never_used_days: 30,
            final_warning_days: 7,
            deactivate_days: 14,
            delete_days: 30,
            regions: regions.map(Region::from).to_vec(),
            trails: Vec::new(),
            limits: Vec::new(),
        }
    }
}

/// A trail and the region that it lives in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrailPlace {
    /// Its home region.
    pub region: Region,
    /// Its name.
    pub name: TrailName,
}

/// Other limits for the keys that it names. All that is named must match.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limit {
    /// The name of the key's user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<Pattern>,
    /// The key's service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<ServiceName>,
    /// A tag of the user, and its value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<(Box<str>, Pattern)>,
    /// See [`Staleness::unused_days`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unused_days: Option<u32>,
    /// See [`Staleness::never_used_days`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub never_used_days: Option<u32>,
}

impl Limit {
    /// Whether it may fit a key, which nobody can say before its user's tags were read.
    fn asks(&self, key: &KeyTraits<'_>) -> bool {
        let unread = self.tag.as_ref().is_some_and(|(tag, value)| key.tagged(tag, value).is_none());
        unread && Self { tag: None, ..self.clone() }.fits(key)
    }

    fn fits(&self, key: &KeyTraits<'_>) -> bool {
        let user = self.user.as_ref().is_none_or(|it| key.user.is_some_and(|user| it.matches(user)));
        let service = self.service.as_ref().is_none_or(|it| key.service == Some(it.as_str()));
        let tag = self.tag.as_ref().is_none_or(|(tag, value)| key.tagged(tag, value).unwrap_or(false));
        user && service && tag
    }
}

/// The limits that hold for one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyLimits {
    /// Unused for so long.
    pub unused: Span,
    /// Never used so long after its creation.
    pub never_used: Span,
}

impl Policy {
    /// Whether the limits that hold for a key hang on tags that nobody could read.
    pub fn key_limits_are_unsure(&self, key: &KeyTraits<'_>) -> bool {
        let mut limits = self.staleness.limits.iter();
        limits.find(|limit| limit.fits(key) || limit.asks(key)).is_some_and(|limit| limit.asks(key))
    }

    /// The limits of staleness that hold for a key.
    pub fn key_limits(&self, key: &KeyTraits<'_>) -> KeyLimits {
        let own = self.staleness.limits.iter().find(|limit| limit.fits(key));
        let days = |own: Option<u32>, usual: u32| Span::days(i64::from(own.unwrap_or(usual)));
        KeyLimits {
            unused: days(own.and_then(|it| it.unused_days), self.staleness.unused_days),
            never_used: days(own.and_then(|it| it.never_used_days), self.staleness.never_used_days),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::CredentialId;

    #[test]
    fn the_first_limit_that_fits_counts() {
        let limit = |user: &str, days| Limit {
            user: Some(Pattern::new(user)),
            unused_days: Some(days),
            ..Limit::default()
        };
        let limits = vec![limit("ci-*", 10), limit("*", 20)];
        let staleness = Staleness { limits, ..Staleness::default() };
        let policy = Policy { staleness, ..Policy::default() };
        let id = CredentialId::new("ACCA1");
        for (user, days) in [("ci-1", 10), ("other", 20)] {
            let key = KeyTraits { user: Some(user), service: None, credential: &id, facts: None };
            let limits = policy.key_limits(&key);
            assert_eq!((limits.unused, limits.never_used), (Span::days(days), Span::days(30)));
        }
    }
}
