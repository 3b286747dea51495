//! What of a fleet reaches the engine: all of it as it is, or with something missing.

use keytrail_engine::event::{
    ApiKeySeen, BearerCall, Caller, Event, Expiry, Grant, Place, Status, Token, What,
};
use keytrail_engine::fingerprint::hash64;
use keytrail_engine::ids::{Agent, Network, RecordId, UserName};
use keytrail_engine::time::{Span, Time};

use crate::{Call, Fleet, Key, REGIONS, START, Theft};

/// One way in which a fleet is recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Variant {
    /// Calls carry their credential's id. No public record does.
    pub ids: bool,
    /// The replaced key is never switched off, so that two are active.
    pub two_active: bool,
    /// Calls carry no user agent.
    pub no_agents: bool,
    /// One record in a hundred is lost.
    pub drops: bool,
}

/// What is not a call: the keys' lives and what is done to their users.
pub type Side = (i64, Event);

impl Fleet {
    /// A call as the engine hears of it; `None` where it is lost.
    pub fn event(&self, number: usize, call: &Call, variant: Variant) -> Option<Event> {
        let record = RecordId(hash64("fleet", format!("{}/{number}", self.seed)));
        if variant.drops && record.0.is_multiple_of(100) {
            return None;
        }
        let key = &self.keys[usize::from(call.key)];
        let user = UserName::new(&key.user);
        let agent = &self.agents[usize::from(call.agent)];
        let network = match call.address {
            std::net::IpAddr::V4(it) => {
                let [a, b, c, _] = it.octets();
                format!("{a}.{b}.{c}.0/24")
            }
            std::net::IpAddr::V6(it) => {
                let site = u128::from(it) & (u128::MAX << 80);
                format!("{}/48", std::net::Ipv6Addr::from(site))
            }
        };
        let id = &key.credentials[usize::from(call.second_key)];
        let bearer = BearerCall {
            service: "logs.amazonaws.com".into(),
            user: Some(user.clone()),
            key: variant.ids.then(|| id.as_str().into()),
            token: Token::LongTerm,
            log_group: Some(self.groups[call.group as usize].as_str().into()),
            denied: call.denied.then(|| "AccessDeniedException".into()),
        };
        let caller = Caller {
            principal: None,
            account: Some(key.account.as_str().into()),
            user: Some(user),
            service: false,
            address: Some(call.address),
            network: Some(Network::new(network)),
            agent: (!variant.no_agents).then(|| short(agent)),
        };
        Some(Event {
            record,
            event_id: None,
            revision: 0,
            time: Some(moment(call.at).floor_second()),
            place: place(key, REGIONS[usize::from(call.region)]),
            caller,
            foreign_envelope: false,
            what: What::BearerCall(bearer),
        })
    }

    /// What happens beside the calls, by time.
    pub fn side(&self, variant: Variant) -> Vec<Side> {
        let mut side: Vec<Side> = Vec::new();
        for (index, key) in self.keys.iter().enumerate() {
            side.extend(life_of(index, key, variant));
        }
        for (index, theft) in self.thefts.iter().enumerate() {
            side.extend(pivot(index, &self.keys[usize::from(theft.key)], theft));
        }
        side.sort_by_key(|(at, event)| (*at, event.record));
        side
    }
}

/// The moment so many milliseconds after the start.
pub(crate) fn moment(at: i64) -> Time {
    START + Span::seconds(at / 1_000)
}

fn place(key: &Key, region: &str) -> Place {
    Place { partition: "aws".into(), account: key.account.as_str().into(), region: region.into() }
}

fn short(agent: &str) -> Agent {
    let (product, rest) = agent.split_once('/').unwrap_or((agent, ""));
    let major: String = rest.chars().take_while(char::is_ascii_digit).collect();
    Agent::new(format!("{product}/{major}"))
}

fn told(at: i64, name: &str, key: &Key, what: What) -> Side {
    let record = RecordId(hash64("fleet side", format!("{}/{name}", key.user)));
    let caller = Caller {
        principal: Some(format!("arn:aws:iam::{}:role/deployer", key.account).as_str().into()),
        ..Caller::default()
    };
    let (time, place) = (Some(moment(at)), place(key, "us-east-1"));
    (at, Event { record, event_id: None, revision: 0, time, place, caller, foreign_envelope: false, what })
}

fn life_of(index: usize, key: &Key, variant: Variant) -> Vec<Side> {
    let user = UserName::new(&key.user);
    let seen = |number: usize, at: i64| {
        What::ApiKeyCreated(ApiKeySeen {
            key: key.credentials[number].as_str().into(),
            user: Some(user.clone()),
            service: Some("logs.amazonaws.com".into()),
            status: Some(Status::Active),
            created: Some(moment(at)),
            expires: Some(Expiry::At(moment(at) + Span::days(180))),
            alias: None,
        })
    };
    let before = -(index as i64 % 50 + 1) * crate::cast::HOUR;
    let mut life = vec![
        told(before, "user", key, What::UserCreated { user: user.clone() }),
        told(before, "first", key, seen(0, before)),
        told(key.second_created, "second", key, seen(1, key.second_created)),
    ];
    if !variant.two_active {
        let id = key.credentials[0].as_str().into();
        let off = What::ApiKeyStatusChanged { key: id, user: Some(user), status: Status::Inactive };
        life.push(told(key.first_off, "off", key, off));
    }
    life
}

fn pivot(index: usize, key: &Key, theft: &Theft) -> Option<Side> {
    let user = UserName::new(&key.user);
    let what = What::UserGranted { user, grant: Grant::AccessKey };
    Some(told(theft.pivots?, &format!("pivot {index}"), key, what))
}
