//! What a stack holds.
//!
//! Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStackResources.html>

use std::collections::BTreeMap;

use keytrail_ledger::capability::Answer;

use super::{unread, without};
use crate::plain_call::{PlainClient, element, elements, encoded};

const CALL: &str = "cloudformation:ListStackResources";
/// A page has a hundred resources, a stack five hundred: <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>
const MOST_PAGES: usize = 20;

/// One resource.
#[derive(Clone, Debug)]
pub(super) struct Resource {
    /// `AWS::SQS::Queue`.
    pub(super) kind: Box<str>,
    /// What it is called outside: a name, an ARN or a URL, as its kind has it.
    pub(super) physical: Box<str>,
}

/// The resources of a stack, by their names in its template. One that was deleted with the stack's knowledge is none.
pub(super) async fn resources(client: &PlainClient, stack: &str) -> Answer<BTreeMap<Box<str>, Resource>> {
    let mut found = BTreeMap::new();
    let mut after: Option<String> = None;
    for _ in 0..MOST_PAGES {
        let mut form = format!("Action=ListStackResources&Version=2010-05-15&StackName={}", encoded(stack));
        if let Some(token) = &after {
            form += &format!("&NextToken={}", encoded(token));
        }
        let page = client.form(form).await.map_err(|failure| unread(CALL, failure))?.body;
        for member in elements(&page, "member") {
            let text = |name| element(member, name);
            let (Some(name), Some(kind), Some(status)) =
                (text("LogicalResourceId"), text("ResourceType"), text("ResourceStatus"))
            else {
                return Err(without(CALL, "name, type or status of a resource"));
            };
            let Some(physical) = text("PhysicalResourceId").filter(|_| status != "DELETE_COMPLETE") else {
                continue;
            };
            found.insert(name.into(), Resource { kind: kind.into(), physical: physical.into() });
        }
        match element(&page, "NextToken") {
            Some(token) if after.as_deref() != Some(token) => after = Some(token.to_owned()),
            _ => return Ok(found),
        }
    }
    Err(without(CALL, "end of the listing"))
}
