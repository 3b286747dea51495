//! Switches an API key off, or on again.

use aws_sdk_iam::Client;
use aws_sdk_iam::types::StatusType;
use keytrail_engine::event::Status;

use super::refused;
use crate::Failure;

/// `UpdateServiceSpecificCredential`.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateServiceSpecificCredential.html>
pub(super) async fn set_status(
    client: &Client,
    user: &str,
    key: &str,
    status: Status,
) -> Result<(), Failure> {
    let status = match status {
        Status::Active => StatusType::Active,
        Status::Inactive => StatusType::Inactive,
        // IAM's enumeration has it, because keys are shown with it. Time sets it and nobody else.
        Status::Expired => return Err(refused("StatusExpired", "nobody can set an API key to Expired")),
    };
    let call = client.update_service_specific_credential();
    let call = call.user_name(user).service_specific_credential_id(key).status(status);
    call.send().await.map(drop).map_err(Failure::of)
}
