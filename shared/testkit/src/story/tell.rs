//! The records that tell a step.

use serde_json::Value;

use super::cast::{
    AGENTS, account, api_key, group, group_name, key_id, kms_key, moment, region, trail, user, user_name,
};
use crate::record::{ApiKey, AssociateBy, KmsKey, Record, Trail, bearer, report};

use super::step::{GroupStep, KeyStep, KmsStep, Step, TrailStep, UserStep};

impl Step {
    /// The records that tell it, `second` seconds after the story's start.
    pub fn records(&self, second: u32) -> Vec<Value> {
        match self {
            Self::Report { user, key, health: true } => {
                let named = if key % 2 == 0 { key_id(*user, *key) } else { user_name(*user).to_owned() };
                vec![report::health("AWS_RISK_CREDENTIALS_EXPOSED", &named, &moment(second))]
            }
            Self::Report { user, .. } => {
                let finding = "UnauthorizedAccess:IAMUser/TorIPCaller";
                vec![report::guard_duty(finding, user_name(*user), 5.5, &moment(second))]
            }
            told => told.told(second).into_iter().map(Record::json).collect(),
        }
    }

    fn told(&self, second: u32) -> Vec<Record> {
        let at = &moment(second);
        match self {
            Self::Key { user, key, what } => vec![what.told(api_key(*user, *key), at)],
            Self::Call { user, key, group, network, agent, id, denied } => {
                vec![call(*user, *key, *group, *network, *agent, *id, *denied, at)]
            }
            Self::ShortTermCall { group, network } => {
                vec![
                    bearer::short_term("log-shipper", group_name(*group), at)
                        .from(&address(u16::from(*network))),
                ]
            }
            Self::OtherService { user, service } => vec![other_service(user_name(*user), *service, at)],
            Self::Flood { .. } => self.flood(second),
            Self::KeyFlips { user, key, times, apart } => {
                let flip = |n| api_key(*user, *key).update(status(n % 2 == 1), &later(second, n, *apart));
                (0..u32::from(*times)).map(flip).collect()
            }
            Self::ManyTargets { key, targets } => {
                let key = kms_key(*key);
                (0..*targets).map(|n| numbered(n).associate(AssociateBy::LogGroupName, &key, at)).collect()
            }
            Self::AssociationFlips { group: name, times, apart } => {
                let flip = |n: u32| {
                    let (group, at) = (group(*name), &later(second, n, *apart));
                    match n % 3 {
                        2 => group.disassociate(AssociateBy::LogGroupName, at),
                        n => group.associate(AssociateBy::LogGroupName, &kms_key(n as usize), at),
                    }
                };
                (0..u32::from(*times)).map(flip).collect()
            }
            Self::Kms { key, what } => what.told(&kms_key(*key), at),
            Self::Group { group, key, what } => what.told(*group, &kms_key(*key), at, second),
            Self::User { user, what } => what.told(*user, at, second),
            Self::Trail { trail: name, what } => vec![what.told(&trail(*name), at)],
            Self::Report { .. } => Vec::new(),
        }
    }

    fn flood(&self, second: u32) -> Vec<Record> {
        let Self::Flood { user, calls, apart, networks, agents, groups } = self else { return Vec::new() };
        (0..*calls)
            .map(|n| {
                let group = format!("/flood/{}", n % groups.max(&1));
                let at = later(second, u32::from(n), *apart);
                bearer::call_in(account(user / 2), region(usize::from(n) % 2), user_name(*user), &group, &at)
                    .from(&address(n % networks.max(&1)))
                    .agent(&format!("sender-{}/1.{n}", n % agents.max(&1)))
                    .nth(u64::from(n))
            })
            .collect()
    }
}

impl KeyStep {
    fn told(&self, key: ApiKey, at: &str) -> Record {
        match self {
            Self::Created(None) => key.create(at),
            Self::Created(Some(days)) => key.valid_for_days(i64::from(*days)).create(at),
            Self::Status(active) => key.update(status(*active), at),
            Self::StatusFailed(active) => {
                key.update(status(*active), at).failed("NoSuchEntityException", "no such key")
            }
            Self::Reset => key.reset(at),
            Self::Deleted => key.delete(at),
        }
    }
}

impl KmsStep {
    fn told(self, key: &KmsKey, at: &str) -> Vec<Record> {
        vec![match self {
            Self::Create => key.create(at),
            Self::Replicate => {
                return vec![key.replicate("us-west-2", at), key.replica_in("us-west-2").create(at)];
            }
            Self::Enable => key.enable(at),
            Self::Disable => key.disable(at),
            Self::ScheduleDeletion => key.schedule_deletion(7, at),
            Self::ScheduleDeletionAfterReplicas => key.schedule_deletion_after_replicas(30, at),
            Self::CancelDeletion => key.cancel_deletion(at),
            Self::Delete => key.delete(at),
            Self::ImportMaterial => key.import_material(Some(1), at),
            Self::ExpireMaterial => key.expire_material(at),
            Self::DeleteMaterial => key.delete_material(at),
            Self::Rotate => key.rotate(at),
            Self::RotateOnDemand => key.rotate_on_demand(at),
            Self::PutPolicy => {
                key.put_policy("{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": []\n}", at)
            }
        }]
    }
}

impl GroupStep {
    fn told(self, name: usize, key: &KmsKey, at: &str, second: u32) -> Vec<Record> {
        use AssociateBy::{LogGroupName, QueryResults, ResourceIdentifier};
        let target = group(name);
        vec![match self {
            Self::Create => target.create(None, at),
            Self::CreateWithKey => target.create(Some(key), at),
            Self::Delete => target.delete(at),
            Self::Recreate => return vec![target.delete(at), target.create(None, &later(second, 1, 1))],
            Self::Associate => target.associate(LogGroupName, key, at),
            Self::AssociateByIdentifier => target.associate(ResourceIdentifier, key, at),
            Self::AssociateQueryResults => target.associate(QueryResults, key, at),
            Self::AssociateFailed => {
                target.associate(LogGroupName, key, at).failed("InvalidParameterException", "no such KMS key")
            }
            Self::AssociateDenied => target.associate(LogGroupName, key, at).denied(),
            Self::Disassociate => target.disassociate(LogGroupName, at),
            Self::DisassociateQueryResults => target.disassociate(QueryResults, at),
            Self::PutRetention => target.put_retention(30, at),
            Self::DeleteRetention => target.delete_retention(at),
            Self::BearerOn => target.put_bearer_token_authentication(true, at),
            Self::BearerOff => target.put_bearer_token_authentication(false, at),
        }]
    }
}

impl UserStep {
    fn told(self, name: usize, at: &str, second: u32) -> Vec<Record> {
        let user = user(name);
        vec![match self {
            Self::Create => user.create(at),
            Self::Delete => user.delete(at),
            Self::Recreate => return vec![user.delete(at), user.create(&later(second, 1, 1))],
            Self::Tag => user.tag("owner", "=1+1", at),
            Self::Untag => user.untag("owner", at),
            Self::CreateAccessKey => user.create_access_key("AKIAI44QH8DHBEXAMPLE", at),
            Self::CreateLoginProfile => user.create_login_profile(at),
            Self::AttachPolicy => user.attach_policy("arn:aws:iam::aws:policy/PowerUserAccess", at),
            Self::PutPolicy => user.put_policy("extra", "{}", at),
            Self::Quarantine => user.quarantine(at),
        }]
    }
}

impl TrailStep {
    fn told(self, trail: &Trail, at: &str) -> Record {
        match self {
            Self::Start => trail.start(at),
            Self::Stop => trail.stop(at),
            Self::Delete => trail.delete(at),
            Self::SelectBearerCalls => trail.select(true, at),
            Self::SelectManagementOnly => trail.select(false, at),
            Self::SelectWithoutKms => trail.select_basic(true, at),
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "the fields of one variant")]
fn call(
    user: usize,
    key: usize,
    group: usize,
    network: u8,
    agent: usize,
    id: Option<usize>,
    denied: bool,
    at: &str,
) -> Record {
    let call = bearer::call_in(account(user / 2), region(group / 2), user_name(user), group_name(group), at)
        .from(&address(u16::from(network)))
        .agent(AGENTS[agent % AGENTS.len()]);
    let call = if denied { bearer::refused(call, "AccessDenied") } else { call };
    match id {
        Some(place) => call.with(bearer::ID_PLACES[place % bearer::ID_PLACES.len()], key_id(user, key)),
        None => call,
    }
}

fn other_service(user: &str, service: usize, at: &str) -> Record {
    match service % 4 {
        0 => bearer::bedrock(user, at),
        1 => bearer::mantle(user, at),
        2 => bearer::anthropic(user, at),
        _ => bearer::metrics(user, at),
    }
}

/// Every number is another /24.
fn address(network: u16) -> String {
    format!("10.{}.{}.7", network >> 8, network & 0xff)
}

fn numbered(target: u16) -> crate::record::LogGroup {
    crate::record::LogGroup::new(&format!("/many/{target}"))
}

fn status(active: bool) -> &'static str {
    if active { "Active" } else { "Inactive" }
}

fn later(second: u32, times: u32, apart: u16) -> String {
    moment(second + times * u32::from(apart))
}
