//! Denies a user's bearer calls of every service, and allows them again: the policy `KeytrailDenyBearer`, and no other.

use aws_sdk_iam::Client;
use keytrail_engine::ids::Arn;
use keytrail_ledger::capability::DenyPolicy;

use crate::Failure;
use crate::iam::Pages;

/// `AttachUserPolicy`. Attaching what is attached changes nothing.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachUserPolicy.html>
pub(super) async fn attach(client: &Client, user: &str, policy: &Arn) -> Result<(), Failure> {
    let call = client.attach_user_policy().user_name(user).policy_arn(policy.as_str());
    call.send().await.map(drop).map_err(Failure::of)
}

/// `DetachUserPolicy`. What is not attached is `NoSuchEntity`.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DetachUserPolicy.html>
pub(super) async fn detach(client: &Client, user: &str, policy: &Arn) -> Result<(), Failure> {
    let call = client.detach_user_policy().user_name(user).policy_arn(policy.as_str());
    call.send().await.map(drop).map_err(Failure::of)
}

/// Whether it is attached, by `ListAttachedUserPolicies`, to its last page if it must be.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedUserPolicies.html>
pub(super) async fn look(client: &Client, user: &str, policy: &Arn) -> Result<DenyPolicy, Failure> {
    let mut pages = Pages::new();
    loop {
        let call = client.list_attached_user_policies().user_name(user).set_marker(pages.marker());
        let page = call.send().await.map_err(Failure::of)?;
        if page.attached_policies().iter().any(|attached| attached.policy_arn() == Some(policy.as_str())) {
            return Ok(DenyPolicy::Attached);
        }
        if !pages.another(page.is_truncated(), page.marker())? {
            return Ok(DenyPolicy::Absent);
        }
    }
}
