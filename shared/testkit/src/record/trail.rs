//! Trails: whether and what CloudTrail records.

use serde_json::{Value, json};

use super::{ACCOUNT, REGION, Record};

/// A trail of the default account and region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trail(String);

impl Trail {
    /// The trail `name`.
    pub fn new(name: &str) -> Self {
        Self(name.to_owned())
    }

    /// The trail's ARN.
    pub fn arn(&self) -> String {
        format!("arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/{}", self.0)
    }

    /// `StartLogging`.
    pub fn start(&self, at: &str) -> Record {
        self.call("StartLogging", at).with("/requestParameters/name", self.arn())
    }

    /// `StopLogging`.
    pub fn stop(&self, at: &str) -> Record {
        self.call("StopLogging", at).with("/requestParameters/name", self.arn())
    }

    /// `DeleteTrail`.
    pub fn delete(&self, at: &str) -> Record {
        self.call("DeleteTrail", at).with("/requestParameters/name", self.0.as_str())
    }

    /// `UpdateTrail`, to record one region or all.
    pub fn update(&self, multi_region: bool, at: &str) -> Record {
        let settings = json!({ "name": self.0, "isMultiRegionTrail": multi_region });
        self.call("UpdateTrail", at).with("/requestParameters", settings).with(
            "/responseElements",
            json!({ "name": self.0, "trailARN": self.arn(), "isMultiRegionTrail": multi_region }),
        )
    }

    /// `PutEventSelectors` with advanced selectors: all management events, and bearer calls or not.
    pub fn select(&self, bearer_calls: bool, at: &str) -> Record {
        let field = |field: &str, equals: &str| json!({ "field": field, "equals": [equals] });
        let mut selectors =
            vec![json!({ "name": "management", "fieldSelectors": [field("eventCategory", "Management")] })];
        if bearer_calls {
            let fields =
                [field("eventCategory", "Data"), field("resources.type", "AWS::Logs::LogGroupAuthorization")];
            selectors.push(json!({ "name": "API keys", "fieldSelectors": fields }));
        }
        self.put(json!({ "trailName": self.0, "advancedEventSelectors": selectors }), at)
    }

    /// `PutEventSelectors` with basic selectors, which can't select bearer calls.
    pub fn select_basic(&self, without_kms: bool, at: &str) -> Record {
        let excluded = if without_kms { vec!["kms.amazonaws.com"] } else { Vec::new() };
        let selector = json!({
            "readWriteType": "All",
            "includeManagementEvents": true,
            "dataResources": [],
            "excludeManagementEventSources": excluded,
        });
        self.put(json!({ "trailName": self.0, "eventSelectors": [selector] }), at)
    }

    fn put(&self, request: Value, at: &str) -> Record {
        let mut response = request.clone();
        response["trailARN"] = self.arn().into();
        self.call("PutEventSelectors", at)
            .with("/requestParameters", request)
            .with("/responseElements", response)
            .without("/responseElements/trailName")
    }

    fn call(&self, name: &str, at: &str) -> Record {
        Record::new("cloudtrail.amazonaws.com", name, at).agent("aws-cli/2.27.41 md/command#cloudtrail")
    }
}
