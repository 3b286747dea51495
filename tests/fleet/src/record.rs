//! The same calls as CloudTrail records.

use keytrail_testkit::record::{bearer, uuid};
use serde_json::Value;

use crate::variant::moment;
use crate::{Call, Fleet, REGIONS, Variant};

impl Fleet {
    /// A call as a CloudTrail record, constructed like all records of bearer calls; `None` where it is lost.
    pub fn record(&self, number: usize, call: &Call, variant: Variant) -> Option<Value> {
        let event = self.event(number, call, variant)?;
        let key = &self.keys[usize::from(call.key)];
        let at = moment(call.at).to_string();
        let region = REGIONS[usize::from(call.region)];
        let group = &self.groups[call.group as usize];
        let record = bearer::call_in(&key.account, region, &key.user, group, &at)
            .from(&call.address.to_string())
            .id(&uuid(event.record.0));
        let record = match variant.no_agents {
            true => record.without("/userAgent"),
            false => record.agent(&self.agents[usize::from(call.agent)]),
        };
        let record = match variant.ids {
            true => record
                .with("/userIdentity/credentialId", key.credentials[usize::from(call.second_key)].as_str()),
            false => record,
        };
        let record = if call.denied { bearer::refused(record, "AccessDeniedException") } else { record };
        Some(record.json())
    }
}
