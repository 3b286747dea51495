//! A new secret for an API key, for the person who runs the command: no function of Keytrail's may do this.

use std::fmt;

use aws_sdk_iam::Client;
use keytrail_engine::event::Status;
use keytrail_engine::ids::{CredentialId, ServiceName, UserName};
use keytrail_engine::services::API_KEY_SERVICES;

use crate::Failure;
use crate::actions::refused;
use crate::iam::keys_of;

/// The secret of an API key. It is in no log: its `Debug` says nothing.
pub struct Secret(String);

impl Secret {
    /// The secret, for whoever shows it to the one person.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// A user's API key as IAM lists it; `None` if none of the services whose credentials are API keys lists it.
///
/// # Errors
///
/// [`Failure`], as of any call.
pub async fn api_key(
    client: &Client,
    user: &UserName,
    key: &CredentialId,
) -> Result<Option<(ServiceName, Status)>, Failure> {
    for row in API_KEY_SERVICES {
        let service = ServiceName::new(row.name);
        let listed = keys_of(client, user.as_str(), &service).await?;
        if let Some(found) = listed.into_iter().find(|listed| listed.key == *key) {
            return Ok(Some((service, found.status)));
        }
    }
    Ok(None)
}

/// `ResetServiceSpecificCredential`: the key keeps its id and its status, the old secret works no more.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ResetServiceSpecificCredential.html>
///
/// # Errors
///
/// [`Failure`]; after [`crate::FailureKind::Unreachable`] it may have been done, and the secret is lost: the same again gives
/// another one.
pub async fn reset(client: &Client, user: &UserName, key: &CredentialId) -> Result<Secret, Failure> {
    let call = client.reset_service_specific_credential();
    let call = call.user_name(user.as_str()).service_specific_credential_id(key.as_str());
    let answer = call.send().await.map_err(Failure::of)?;
    let secret = answer.service_specific_credential.and_then(|reset| reset.service_credential_secret);
    let secret = secret.filter(|secret| !secret.is_empty());
    secret.map(Secret).ok_or_else(|| refused("NoSecret", "IAM's answer holds no secret of an API key"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_in_no_log() {
        let secret = Secret("ABSK-s3cret".to_owned());
        assert_eq!(format!("{secret:?}"), "Secret(..)");
        assert_eq!(secret.reveal(), "ABSK-s3cret");
    }
}
