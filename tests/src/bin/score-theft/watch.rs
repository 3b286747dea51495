//! A fleet, run past the engine call by call.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::net::IpAddr;
use std::sync::Arc;

use keytrail_engine::document::{Document, Facts};
use keytrail_engine::event::{Event, What};
use keytrail_engine::finding::{Finding, FindingId};
use keytrail_engine::geography::{Atlas, Geography, Place, System};
use keytrail_engine::judge::judge;
use keytrail_engine::needs::{Need, needs};
use keytrail_engine::network::{NetworkList, site_of};
use keytrail_engine::policy::theft::WEIGHTS;
use keytrail_engine::policy::{Policy, RuleSettings};
use keytrail_engine::rules::RULES;
use keytrail_engine::subject::{DocumentId, Kind, Part, SubjectId};
use keytrail_engine::time::Time;
use keytrail_engine::touch::touched;
use keytrail_engine::world::World;
use keytrail_fleet::{AddressPlan, Fleet, Provider, START};

use crate::settings::Settings;

/// A finding when it was first found.
#[derive(Debug)]
pub(crate) struct Sighting {
    /// Milliseconds since the start of the fleet.
    pub(crate) at: i64,
    /// The key, as an index into the fleet's.
    pub(crate) key: usize,
    /// The rule.
    pub(crate) rule: String,
    /// Whether people are paged for it.
    pub(crate) pages: bool,
    /// What it rests on.
    pub(crate) evidence: String,
}

/// What was seen of a fleet.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) sightings: Vec<Sighting>,
    /// What a detector finds that pages for every /24 that a user first calls from after two weeks.
    pub(crate) naive: Vec<(i64, usize)>,
    pub(crate) calls: usize,
}

/// The rules that judge how keys are used, and the sum of them.
const SUM: &str = "stolen_key_suspected";

/// What an operator of the fleet has written: its announced networks, a list of Tor's exits, if so its offices and a
/// database that tells providers apart, and nothing else.
fn policy(fleet: &Fleet, settings: &Settings, without: Option<&str>) -> Policy {
    let off = || RuleSettings { enabled: Some(false), ..RuleSettings::default() };
    let of_theft = |rule: &str| rule == SUM || WEIGHTS.iter().any(|(it, _)| *it == rule);
    let silent = RULES.iter().filter(|rule| !of_theft(rule.id) || Some(rule.id) == without);
    let mut policy =
        Policy { rules: silent.map(|rule| (rule.id.into(), off())).collect(), ..Policy::default() };
    let announced = fleet.changes.iter().filter(|change| change.announced).flat_map(|change| &change.to);
    let announced: Vec<String> = announced.map(|address| site_of(*address).to_string()).collect();
    let exits: Vec<String> = fleet.plan.listed_exits.iter().map(IpAddr::to_string).collect();
    let list =
        |texts: &[String]| NetworkList::read(texts.iter().map(String::as_str)).expect("they are networks");
    policy.networks.known = list(&announced);
    if settings.offices {
        let of_offices = fleet.plan.systems().iter().filter(|system| system.provider == Provider::Office);
        let networks = of_offices.flat_map(|system| {
            let [first, second] = system.first;
            (second..second + system.networks).map(move |second| format!("{first}.{second}.0.0/16"))
        });
        policy.networks.known.extend(list(&networks.collect::<Vec<_>>()));
    }
    policy.networks.anonymous = list(&exits);
    if settings.systems {
        policy.networks.atlas = Atlas::new(Arc::new(Systems(fleet.plan.clone())));
    }
    policy
}

/// A database of the fleet's providers.
#[derive(Debug)]
struct Systems(AddressPlan);

impl Geography for Systems {
    fn system(&self, address: IpAddr) -> Option<System> {
        Some(System { number: self.0.system_of(address)?, name: None })
    }

    fn place(&self, _: IpAddr) -> Option<Place> {
        None
    }
}

/// Runs a fleet past the engine, in the order of its events.
pub(crate) fn watch(fleet: &Fleet, settings: &Settings, without: Option<&str>) -> Seen {
    let variant = settings.variant;
    let mut watcher = Watcher { policy: policy(fleet, settings, without), ..Watcher::default() };
    watcher.keys = fleet.keys.iter().enumerate().map(|(index, key)| (key.user.clone(), index)).collect();
    let mut side = fleet.side(variant).into_iter().peekable();
    for (number, call) in fleet.calls.iter().enumerate() {
        while let Some((at, event)) = side.next_if(|(at, _)| *at <= call.at) {
            watcher.side(at, &event);
        }
        let Some(event) = fleet.event(number, call, variant) else { continue };
        watcher.naive(call.at, usize::from(call.key), call.address, call.denied);
        watcher.call(call.at, usize::from(call.key), &event);
    }
    side.for_each(|(at, event)| watcher.side(at, &event));
    watcher.seen
}

/// What a function would read from its ledger.
#[derive(Default)]
struct Watcher {
    policy: Policy,
    keys: HashMap<String, usize>,
    documents: HashMap<DocumentId, Document>,
    fired: HashSet<FindingId>,
    sites: BTreeMap<usize, BTreeSet<String>>,
    began: BTreeMap<usize, i64>,
    seen: Seen,
}

impl Watcher {
    fn naive(&mut self, at: i64, key: usize, address: IpAddr, denied: bool) {
        if denied {
            return;
        }
        let began = *self.began.entry(key).or_insert(at);
        let is_new = self.sites.entry(key).or_default().insert(site_of(address).to_string());
        if is_new && at > began + 14 * 24 * 3_600_000 {
            self.seen.naive.push((at, key));
        }
    }

    fn absorb(&mut self, event: &Event) -> Vec<(DocumentId, bool)> {
        let mut changed = Vec::new();
        for id in touched(event) {
            // What a log group or a region remembers tells nothing of a theft.
            if matches!(id.subject.kind, Kind::LogTarget | Kind::Coverage) {
                continue;
            }
            let Some(empty) = Document::empty(&id) else { continue };
            let document = self.documents.entry(id.clone()).or_insert(empty);
            let news = document.absorb(event);
            changed.push((id, news));
        }
        changed
    }

    fn side(&mut self, at: i64, event: &Event) {
        let changed = self.absorb(event);
        if !matches!(event.what, What::UserGranted { .. }) {
            return;
        }
        for (id, _) in changed {
            let key = self.keys.get(&*id.subject.name).copied().unwrap_or_default();
            let usage = SubjectId::usage(
                id.subject.partition.clone(),
                id.subject.account.clone(),
                &"logs.amazonaws.com".into(),
                &(&*id.subject.name).into(),
            );
            self.judge(at, key, &id, Vec::new());
            self.judge(at, key, &DocumentId::main(usage), Vec::new());
        }
    }

    fn call(&mut self, at: i64, key: usize, event: &Event) {
        self.seen.calls += 1;
        let changed = self.absorb(event);
        let (mut usage, mut hours, mut matters) = (None, Vec::new(), false);
        for (id, news) in changed {
            match (id.subject.kind, &id.part) {
                (Kind::Usage, Part::Main) => {
                    matters |= news;
                    usage = Some(id);
                }
                (Kind::Usage, Part::Hour { .. }) => {
                    matters |= self.documents.get(&id).is_some_and(hour_may_tell);
                    hours.push(id);
                }
                _ => {}
            }
        }
        if let Some(usage) = usage.filter(|_| matters) {
            self.judge(at, key, &usage, hours);
        }
    }

    /// Judges a document with the hours at hand and what it needs, as a function does.
    fn judge(&mut self, at: i64, key: usize, id: &DocumentId, hours: Vec<DocumentId>) {
        let Some(document) = self.documents.get(id) else { return };
        let world = around(&self.documents, document, hours, &self.policy);
        let Some(document) = world.get(id) else { return };
        let found = judge(document, &world, &self.policy, time(at));
        for finding in found {
            self.found(at, key, &finding);
        }
    }

    fn found(&mut self, at: i64, key: usize, finding: &Finding) {
        if self.fired.insert(finding.id.clone()) {
            let pages = !self.policy.correlation.is_signal(&finding.rule, finding.severity);
            let evidence = finding.evidence.iter().map(|it| format!("{}: {}", it.label, it.value));
            let evidence = evidence.collect::<Vec<_>>().join("; ");
            self.seen.sightings.push(Sighting { at, key, rule: finding.rule.to_string(), pages, evidence });
        }
    }
}

/// Whether an hour may tell something that it did not tell before, though the subject's own document did not change:
/// the rules that look at hours look at several networks in one, at many calls, and at many refused ones.
fn hour_may_tell(document: &Document) -> bool {
    let Facts::Hour(hour) = &document.facts else { return false };
    hour.blocks.values().len() > 1 || hour.calls.count().number() >= 40 || hour.denied.count().number() >= 8
}

/// The documents that a judgement needs.
pub(crate) fn around(
    documents: &HashMap<DocumentId, Document>,
    document: &Document,
    hours: Vec<DocumentId>,
    policy: &Policy,
) -> World {
    let mut world = World::default();
    world.add(document.clone());
    let at_hand = hours.iter().filter_map(|id| documents.get(id)).cloned();
    at_hand.for_each(|hour| world.add(hour));
    let mut asked = BTreeSet::new();
    loop {
        let main = DocumentId::main(document.subject.clone());
        let Some(own) = world.get(&main) else { return world };
        let wanted: Vec<DocumentId> = needs(own, &world, policy)
            .into_iter()
            .filter_map(|need| match need {
                Need::Document(id) => Some(id),
                Need::Hours(_) | Need::Edges(_) => None,
            })
            .filter(|id| world.get(id).is_none() && asked.insert(id.clone()))
            .collect();
        if wanted.is_empty() {
            return world;
        }
        wanted.iter().filter_map(|id| documents.get(id)).cloned().for_each(|found| world.add(found));
    }
}

fn time(at: i64) -> Time {
    START + keytrail_engine::time::Span::seconds(at / 1_000)
}
