//! A story for unit tests: what happened to a user's API keys, told record by record, and what is judged of it.

use crate::decide::{Circumstances, Decision, decide};
use crate::document::Document;
use crate::event::{
    ApiKeySeen, BearerCall, Caller, CompromiseSource, Compromised, Event, Expiry, Grant, Place, Request,
    Status, Token, What,
};
use crate::finding::Finding;
use crate::ids::{RecordId, UserName};
use crate::judge::judge;
use crate::policy::{Mode, Pattern, Policy};
use crate::subject::{DocumentId, SubjectId};
use crate::time::{Span, Time};
use crate::world::World;

pub(crate) const ACCOUNT: &str = "111122223333";
pub(crate) const SERVICE: &str = "logs.amazonaws.com";
/// Midnight.
pub(crate) const START: Time = Time::from_millis(1_785_542_400_000);
/// Keytrail's own session, as CloudTrail shows it.
pub(crate) const KEYTRAIL: &str = "arn:aws:sts::111122223333:assumed-role/keytrail-respond/a";
/// A person.
pub(crate) const SOMEBODY: &str = "arn:aws:iam::111122223333:user/somebody";

/// Minutes after the start.
pub(crate) fn minute(minutes: i64) -> Time {
    START + Span::minutes(minutes)
}

/// What was told so far, and the policy that holds: everything enforced, in an enrolled account.
#[derive(Clone)]
pub(crate) struct Telling {
    pub(crate) world: World,
    pub(crate) policy: Policy,
    records: u64,
}

impl Telling {
    pub(crate) fn new() -> Self {
        let mut policy = Policy { mode: Mode::Enforce, ..Policy::default() };
        policy.enrolled_accounts.insert(ACCOUNT.into());
        policy.principals.keytrail = vec![Pattern::new("*:assumed-role/keytrail-*")];
        Self { world: World::default(), policy, records: 0 }
    }

    /// A user's key, made at the start.
    pub(crate) fn with_key(key: &str, user: &str) -> Self {
        let mut telling = Self::new();
        telling.created(START, key, user);
        telling
    }

    pub(crate) fn tell(&mut self, at: Time, what: What) {
        self.tell_by(at, SOMEBODY, what);
    }

    pub(crate) fn tell_by(&mut self, at: Time, who: &str, what: What) {
        let caller = Caller { principal: Some(who.into()), ..Caller::default() };
        self.event(at, caller, false, what);
    }

    /// Told through another account than the one it is about.
    pub(crate) fn tell_from_elsewhere(&mut self, at: Time, what: What) {
        self.event(at, Caller::default(), true, what);
    }

    pub(crate) fn event(&mut self, at: Time, caller: Caller, foreign_envelope: bool, what: What) {
        self.records += 1;
        let place = Place { partition: "aws".into(), account: ACCOUNT.into(), region: "us-east-1".into() };
        let (record, event_id) = (RecordId(self.records), None);
        let time = Some(at);
        self.world.absorb(&Event {
            record,
            event_id,
            revision: 0,
            time,
            place,
            caller,
            foreign_envelope,
            what,
        });
    }

    pub(crate) fn created(&mut self, at: Time, key: &str, user: &str) {
        self.created_by(at, SOMEBODY, key, user);
    }

    pub(crate) fn created_by(&mut self, at: Time, who: &str, key: &str, user: &str) {
        let seen = ApiKeySeen {
            key: key.into(),
            user: Some(user.into()),
            service: Some(SERVICE.into()),
            status: Some(Status::Active),
            created: Some(at),
            expires: Some(Expiry::Never),
            alias: None,
        };
        self.tell_by(at, who, What::ApiKeyCreated(seen));
    }

    pub(crate) fn set(&mut self, at: Time, who: &str, key: &str, status: Status) {
        self.tell_by(at, who, What::ApiKeyStatusChanged { key: key.into(), user: None, status });
    }

    pub(crate) fn granted(&mut self, at: Time, who: &str, user: &str, grant: Grant) {
        self.tell_by(at, who, What::UserGranted { user: user.into(), grant });
    }

    /// A call without an id; `denied` says whether it was refused.
    pub(crate) fn called(&mut self, at: Time, user: &str, from: &str, agent: &str, denied: bool) {
        let address = from.parse().ok();
        let network = address.map(crate::network::site_of);
        let caller = Caller { address, network, agent: Some(agent.into()), ..Caller::default() };
        let call = BearerCall {
            service: SERVICE.into(),
            user: Some(UserName::new(user)),
            key: None,
            token: Token::LongTerm,
            log_group: Some("/shop/checkout".into()),
            denied: denied.then(|| "AccessDenied".into()),
        };
        self.event(at, caller, false, What::BearerCall(call));
    }

    pub(crate) fn reported(&mut self, at: Time, of: Compromised, source: CompromiseSource) {
        self.tell(at, What::CompromiseReported { of, source });
    }

    /// AWS Health names a key.
    pub(crate) fn exposed(&mut self, at: Time, key: &str) {
        self.reported(at, Compromised::ApiKey(key.into()), health("AWS_RISK_CREDENTIALS_EXPOSED"));
    }

    pub(crate) fn asked(&mut self, at: Time, key: &str, request: Request) {
        self.tell(at, What::Requested { key: key.into(), request, why: "why".into() });
    }

    /// What one rule finds in a document.
    pub(crate) fn found(&self, rule: &str, subject: &SubjectId, now: Time) -> Vec<Finding> {
        let Some(document) = self.document(subject) else { return Vec::new() };
        let mut findings = judge(document, &self.world, &self.policy, now);
        findings.retain(|finding| &*finding.rule == rule);
        findings
    }

    pub(crate) fn document(&self, subject: &SubjectId) -> Option<&Document> {
        self.world.get(&DocumentId::main(subject.clone()))
    }

    /// What would be done about a finding, or why not.
    pub(crate) fn decided(&self, finding: &Finding, now: Time) -> String {
        match decide(finding, &self.world, &self.policy, now, Circumstances::default()) {
            Decision::Nothing => "nothing".to_owned(),
            Decision::Act(action) => format!("{} {}", action.kind.word(), action.kind.target()),
            Decision::Withhold(withheld) => format!("withheld: {}", withheld.reason),
        }
    }

    /// What one rule finds, in a line each: severity, and what would be done.
    pub(crate) fn answers(&self, rule: &str, subject: &SubjectId, now: Time) -> Vec<String> {
        let found = self.found(rule, subject, now);
        found.iter().map(|it| format!("{}: {}", it.severity, self.decided(it, now))).collect()
    }
}

pub(crate) fn key(id: &str) -> SubjectId {
    SubjectId::api_key("aws".into(), ACCOUNT.into(), &id.into())
}

pub(crate) fn user(name: &str) -> SubjectId {
    SubjectId::user("aws".into(), ACCOUNT.into(), &name.into())
}

pub(crate) fn usage(name: &str) -> SubjectId {
    SubjectId::usage("aws".into(), ACCOUNT.into(), &SERVICE.into(), &name.into())
}

pub(crate) fn health(code: &str) -> CompromiseSource {
    CompromiseSource::Health(code.into())
}
