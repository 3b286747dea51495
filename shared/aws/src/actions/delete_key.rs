//! Deletes an API key, for good.

use aws_sdk_iam::Client;

use crate::Failure;

/// `DeleteServiceSpecificCredential`.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteServiceSpecificCredential.html>
pub(super) async fn delete_key(client: &Client, user: &str, key: &str) -> Result<(), Failure> {
    let call = client.delete_service_specific_credential();
    call.user_name(user).service_specific_credential_id(key).send().await.map(drop).map_err(Failure::of)
}
