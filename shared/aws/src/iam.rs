//! IAM's listings: pages by hand, and what a credential in one says.

use aws_sdk_iam::Client;
use aws_sdk_iam::types::StatusType;
use keytrail_engine::event::{Status, UserSeen};
use keytrail_engine::ids::{CredentialId, ServiceName};
use keytrail_ledger::capability::Listed;

use crate::Failure;
use crate::actions::refused;

/// A user's keys and policies are a few; who gets more pages than this is being led in a circle.
const MOST_PAGES: usize = 100;

/// The place in a listing. A listing that can't be finished is an error and never a short listing.
#[derive(Debug, Default)]
pub(crate) struct Pages {
    marker: Option<String>,
    read: usize,
}

impl Pages {
    /// Before the first page.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// What to ask for the next page with.
    pub(crate) fn marker(&self) -> Option<String> {
        self.marker.clone()
    }

    /// Takes note of a page; true if another one follows.
    pub(crate) fn another(&mut self, truncated: bool, marker: Option<&str>) -> Result<bool, Failure> {
        if !truncated {
            return Ok(false);
        }
        self.read += 1;
        match marker {
            Some(marker) if self.read < MOST_PAGES && self.marker.as_deref() != Some(marker) => {
                self.marker = Some(marker.to_owned());
                Ok(true)
            }
            _ => Err(refused("EndlessListing", "IAM says that the listing goes on, and doesn't go on")),
        }
    }
}

/// The API keys of a user and service.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListServiceSpecificCredentials.html>
pub(crate) async fn keys_of(
    client: &Client,
    user: &str,
    service: &ServiceName,
) -> Result<Vec<Listed>, Failure> {
    let mut keys = Vec::new();
    let mut pages = Pages::new();
    loop {
        let call = client.list_service_specific_credentials();
        let call = call.user_name(user).service_name(service.as_str()).set_marker(pages.marker());
        let page = call.send().await.map_err(Failure::of)?;
        for key in page.service_specific_credentials() {
            keys.push(Listed {
                key: CredentialId::new(key.service_specific_credential_id()),
                service: ServiceName::new(key.service_name()),
                status: status(key.status())?,
            });
        }
        if !pages.another(page.is_truncated(), page.marker())? {
            return Ok(keys);
        }
    }
}

/// A user's path and tags. IAM would take the caller where no user is named: an empty name is refused.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUser.html>
pub(crate) async fn user(client: &Client, user: &str) -> Result<UserSeen, Failure> {
    if user.is_empty() {
        return Err(refused("EmptyName", "the user has no name"));
    }
    let answer = client.get_user().user_name(user).send().await.map_err(Failure::of)?;
    let Some(shown) = answer.user().filter(|shown| shown.user_name() == user) else {
        return Err(refused("AnotherUser", "IAM shows another user than the one that was asked for"));
    };
    let tags = shown.tags().iter().map(|tag| (tag.key().into(), tag.value().into())).collect();
    Ok(UserSeen::Shown { path: shown.path().into(), tags })
}

/// A status that Keytrail doesn't know permits nothing: the listing is refused.
pub(crate) fn status(status: &StatusType) -> Result<Status, Failure> {
    match status {
        StatusType::Active => Ok(Status::Active),
        StatusType::Inactive => Ok(Status::Inactive),
        StatusType::Expired => Ok(Status::Expired),
        other => Err(refused(
            "UnknownStatus",
            &format!("IAM shows an API key with the status {:?}", other.as_str()),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listing_ends_where_it_says_and_not_before() {
        let mut pages = Pages::new();
        assert!(pages.another(true, Some("a")).unwrap());
        assert_eq!(pages.marker().as_deref(), Some("a"));
        assert!(pages.another(true, Some("b")).unwrap());
        assert!(!pages.another(false, None).unwrap());
    }

    #[test]
    fn a_listing_that_leads_nowhere_or_in_a_circle_is_an_error() {
        assert!(Pages::new().another(true, None).is_err());
        let mut pages = Pages::new();
        assert!(pages.another(true, Some("a")).unwrap());
        assert!(pages.another(true, Some("a")).is_err());
        let mut pages = Pages::new();
        let far = (0..MOST_PAGES + 1).map(|n| pages.another(true, Some(&n.to_string())));
        assert!(far.collect::<Result<Vec<_>, _>>().is_err());
    }

    #[test]
    fn a_status_that_nobody_knows_is_no_status() {
        assert_eq!(status(&StatusType::from("Expired")).unwrap(), Status::Expired);
        assert_eq!(&*status(&StatusType::from("Suspended")).unwrap_err().code, "UnknownStatus");
    }
}
