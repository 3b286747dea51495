//! What rescue does in KMS: looks at a key whose deletion is scheduled, cancels that, and enables the key.
//!
//! Sources: <https://docs.aws.amazon.com/kms/latest/APIReference/API_CancelKeyDeletion.html>,
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKey.html>,
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_ListResourceTags.html>

use keytrail_engine::event::KmsKeyState;
use keytrail_engine::subject::SubjectId;
use keytrail_ledger::capability::{AdminError, KmsKeyAdmin};
use serde::Deserialize;
use serde_json::{Value, json};

use super::refused;
use crate::iam::Pages;
use crate::json_call::{JsonClient, KMS};
use crate::{AwsConfig, Failure};

/// The KMS calls that save a key from its deletion, in whatever region the key is.
#[derive(Clone, Debug)]
pub struct KmsAdmin {
    aws: AwsConfig,
}

impl KmsAdmin {
    /// With the credentials of a role that may make them.
    pub const fn new(aws: AwsConfig) -> Self {
        Self { aws }
    }

    fn client(&self, key: &SubjectId) -> JsonClient {
        self.aws.in_region(&key.region).json(KMS)
    }

    /// A call about one key that answers nothing of interest.
    async fn tell(&self, name: &str, key: &SubjectId) -> Result<(), AdminError> {
        let answer: Result<Value, Failure> = self.client(key).call(name, &json!({"KeyId": arn(key)})).await;
        Ok(answer.map(drop)?)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Described {
    key_metadata: Metadata,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata {
    key_state: Box<str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TagPage {
    tags: Vec<Tag>,
    next_marker: Option<Box<str>>,
    #[serde(default)]
    truncated: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    tag_key: Box<str>,
    tag_value: Box<str>,
}

impl KmsKeyAdmin for KmsAdmin {
    async fn state(&self, key: &SubjectId) -> Result<Option<KmsKeyState>, AdminError> {
        let ask = json!({"KeyId": arn(key)});
        let described: Described = match self.client(key).call("DescribeKey", &ask).await {
            Ok(described) => described,
            Err(failure) if &*failure.code == "NotFoundException" => return Ok(None),
            Err(failure) => return Err(failure.into()),
        };
        let word = &described.key_metadata.key_state;
        let state = KmsKeyState::from_word(word).ok_or_else(|| {
            refused("UnknownKeyState", &format!("KMS shows a key in the state {word:?}, which is not known"))
        })?;
        Ok(Some(state))
    }

    async fn has_tag(&self, key: &SubjectId, (name, value): (&str, &str)) -> Result<bool, AdminError> {
        let client = self.client(key);
        let mut pages = Pages::new();
        loop {
            let mut ask = json!({"KeyId": arn(key)});
            if let (Some(after), Some(ask)) = (pages.marker(), ask.as_object_mut()) {
                ask.insert("Marker".to_owned(), after.into());
            }
            let page: TagPage = client.call("ListResourceTags", &ask).await?;
            if page.tags.iter().any(|tag| &*tag.tag_key == name && &*tag.tag_value == value) {
                return Ok(true);
            }
            if !pages.another(page.truncated, page.next_marker.as_deref())? {
                return Ok(false);
            }
        }
    }

    async fn cancel_deletion(&self, key: &SubjectId) -> Result<(), AdminError> {
        self.tell("CancelKeyDeletion", key).await
    }

    async fn enable(&self, key: &SubjectId) -> Result<(), AdminError> {
        self.tell("EnableKey", key).await
    }
}

fn arn(key: &SubjectId) -> String {
    let SubjectId { partition, account, region, name, .. } = key;
    format!("arn:{partition}:kms:{region}:{account}:key/{name}")
}
