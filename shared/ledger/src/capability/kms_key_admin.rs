//! The KMS calls that save a key from its deletion. Only rescue holds them.

use keytrail_engine::event::KmsKeyState;
use keytrail_engine::subject::SubjectId;

use super::AdminError;

/// The KMS calls on a key whose deletion is scheduled. Each names the key by its ARN, and goes to the key's own region.
pub trait KmsKeyAdmin: Send + Sync {
    /// `DescribeKey`: the key's state; `None` where KMS knows no such key.
    fn state(&self, key: &SubjectId) -> impl Future<Output = Result<Option<KmsKeyState>, AdminError>> + Send;

    /// `ListResourceTags`: whether the key carries a tag with this value.
    fn has_tag(
        &self,
        key: &SubjectId,
        tag: (&str, &str),
    ) -> impl Future<Output = Result<bool, AdminError>> + Send;

    /// `CancelKeyDeletion`, which leaves the key disabled.
    fn cancel_deletion(&self, key: &SubjectId) -> impl Future<Output = Result<(), AdminError>> + Send;

    /// `EnableKey`.
    fn enable(&self, key: &SubjectId) -> impl Future<Output = Result<(), AdminError>> + Send;
}
