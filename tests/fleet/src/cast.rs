//! Who is in a fleet: its keys, and what will happen to each.

use crate::address::{AddressPlan, Net, Provider};
use crate::change::{Change, Egress};
use crate::draw::Draw;
use crate::habit::Rhythm;
use crate::{DAYS, REGIONS};

/// Milliseconds of a minute, an hour, a day.
pub(crate) const MINUTE: i64 = 60_000;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;

/// A kind of sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A collector: day and night, a little less at night and at weekends.
    Collector,
    /// An application with office hours.
    Application,
    /// A job that runs every night.
    Nightly,
    /// A job that runs once a week.
    Weekly,
    /// A job that runs every four weeks.
    Monthly,
    /// Hosts that come and go, each with an address of its own.
    Autoscaled,
    /// A provider of builds, in another cloud, whose machines are new every time.
    Builds,
}

/// A key of the fleet.
#[derive(Clone, Debug)]
pub struct Key {
    /// What sends with it.
    pub kind: Kind,
    /// Its account.
    pub account: String,
    /// Its IAM user.
    pub user: String,
    /// The ids of the key and of the one that replaces it.
    pub credentials: [String; 2],
    /// When the second key is created, in milliseconds since the start.
    pub second_created: i64,
    /// When the first key is switched off after the rotation.
    pub first_off: i64,
}

/// Everything that is fixed before any call is made.
#[derive(Debug, Default)]
pub(crate) struct Scene {
    pub(crate) keys: Vec<Key>,
    pub(crate) lives: Vec<Life>,
    pub(crate) changes: Vec<Change>,
    pub(crate) agents: Vec<String>,
    pub(crate) groups: Vec<String>,
    pub(crate) offices: Vec<Net>,
}

/// From when on something is so; for `overlap` from then on, it and what was before take turns.
#[derive(Clone, Debug)]
pub(crate) struct From<T> {
    pub(crate) at: i64,
    pub(crate) overlap: i64,
    pub(crate) value: T,
}

/// What a key's sender does over the whole time.
#[derive(Clone, Debug)]
pub(crate) struct Life {
    pub(crate) account: usize,
    pub(crate) rhythm: Rhythm,
    pub(crate) egress: Vec<From<Vec<Net>>>,
    pub(crate) agents: Vec<From<u16>>,
    pub(crate) groups: Vec<(i64, u32)>,
    pub(crate) regions: Vec<u8>,
    /// Spans without a call.
    pub(crate) rests: Vec<(i64, i64)>,
    /// Spans with many times the calls: start, end, factor.
    pub(crate) storms: Vec<(i64, i64, i64)>,
    /// Spans in which calls are refused.
    pub(crate) refusals: Vec<(i64, i64)>,
    /// A few calls by an engineer, from the office.
    pub(crate) trial: Option<i64>,
}

/// What an engineer tries a key with, as an index into the agents.
pub(crate) const TRIAL_AGENT: u16 = 0;

const AGENTS: [&str; 8] = [
    "OpenTelemetry Collector Contrib/",
    "fluent-bit/",
    "vector/",
    "aws-sdk-go-v2/",
    "Boto3/",
    "aws-sdk-java/",
    "logstash/",
    "winston-http/",
];

pub(crate) fn cast(draw: &mut Draw, plan: &AddressPlan, keys: usize) -> Scene {
    let mut scene = Scene { agents: vec!["curl/8.7.1".to_owned()], ..Scene::default() };
    let accounts = keys.div_ceil(60).max(1);
    scene.offices = (0..accounts).map(|_| plan.network(draw, Provider::Office)).collect();
    let gateways = gateways(draw, plan, accounts, &mut scene);
    for index in 0..keys {
        let account = index % accounts;
        let kind = kind(draw);
        let second_created = draw.within(25 * 24, 75 * 24) * HOUR + draw.within(0, 59) * MINUTE;
        scene.keys.push(Key {
            kind,
            account: format!("1111{account:08}"),
            user: format!("{}-{index:03}", format!("{kind:?}").to_lowercase()),
            credentials: [0, 1].map(|n| format!("ACCA{:08X}{index:04}{n:04}", draw.within(0, 0xffff_ffff))),
            second_created,
            first_off: second_created + draw.within(20, 90) * HOUR,
        });
        let life = life(draw, plan, &mut scene, index, account, &gateways[account]);
        scene.lives.push(life);
    }
    scene
}

fn kind(draw: &mut Draw) -> Kind {
    match draw.within(0, 99) {
        0..=34 => Kind::Collector,
        35..=56 => Kind::Application,
        57..=71 => Kind::Nightly,
        72..=76 => Kind::Weekly,
        77..=79 => Kind::Monthly,
        80..=92 => Kind::Autoscaled,
        _ => Kind::Builds,
    }
}

/// The egress gateways of each account, which many keys share; some move once, and all behind them with them.
fn gateways(
    draw: &mut Draw,
    plan: &AddressPlan,
    accounts: usize,
    scene: &mut Scene,
) -> Vec<Vec<Vec<From<Vec<Net>>>>> {
    let gateway = |draw: &mut Draw, scene: &mut Scene| {
        let net = plan.network(draw, Provider::HomeCloud);
        let mut epochs = vec![From { at: 0, overlap: 0, value: vec![net] }];
        if draw.happens(300) {
            let at = draw.within(20 * 24, 85 * 24) * HOUR + draw.within(0, 59) * MINUTE;
            let to = plan.network(draw, Provider::HomeCloud);
            scene.changes.push(Change::moved(None, at, Egress::Gateway, draw.happens(500), &[to]));
            epochs.push(From { at, overlap: draw.within(0, 10) * MINUTE, value: vec![to] });
        }
        epochs
    };
    (0..accounts).map(|_| (0..3).map(|_| gateway(draw, scene)).collect()).collect()
}

fn life(
    draw: &mut Draw,
    plan: &AddressPlan,
    scene: &mut Scene,
    index: usize,
    account: usize,
    gateways: &[Vec<From<Vec<Net>>>],
) -> Life {
    let kind = scene.keys[index].kind;
    let egress = egress(draw, plan, scene, index, gateways);
    let (agents, deployments) = deployments(draw, scene, index);
    let groups = groups(draw, scene, index, &deployments);
    let home = draw.index(4) as u8;
    let mut regions = vec![home; 4];
    if draw.happens(150) {
        regions.push(draw.index(REGIONS.len()) as u8);
    }
    let moment = |draw: &mut Draw| draw.within(5 * 24, (DAYS - 3) * 24) * HOUR;
    let some = |draw: &mut Draw, per_mille: u64| draw.happens(per_mille).then(|| moment(draw));
    let rests = some(draw, 150).map(|at| (at, at + draw.within(20, 120) * HOUR)).into_iter().collect();
    let storm = |draw: &mut Draw, at: i64| (at, at + draw.within(1, 3) * HOUR, draw.within(3, 8));
    let storms = some(draw, 100).map(|at| storm(draw, at)).into_iter().collect();
    let refusals = deployments.iter().filter(|_| draw.happens(15)).copied().collect::<Vec<_>>();
    let refusals = refusals.into_iter().map(|at| (at, at + draw.within(10, 60) * MINUTE)).collect();
    let trial = some(draw, 15);
    Life {
        account,
        rhythm: Rhythm::new(draw, kind),
        egress,
        agents,
        groups,
        regions,
        rests,
        storms,
        refusals,
        trial,
    }
}

/// From where a key's calls come: a shared gateway, networks of its own, a pool of an autoscaled group or of a provider.
fn egress(
    draw: &mut Draw,
    plan: &AddressPlan,
    scene: &mut Scene,
    index: usize,
    gateways: &[Vec<From<Vec<Net>>>],
) -> Vec<From<Vec<Net>>> {
    let kind = scene.keys[index].kind;
    if kind == Kind::Autoscaled || kind == Kind::Builds {
        let provider = if kind == Kind::Builds { Provider::OtherCloud } else { Provider::HomeCloud };
        let blocks: Vec<Net> = (0..draw.within(1, 6)).map(|_| plan.network(draw, provider)).collect();
        let pool = (0..draw.within(8, 160)).map(|_| {
            let block = *draw.pick(&blocks);
            plan.beside(draw, block)
        });
        return vec![From { at: 0, overlap: 0, value: pool.collect() }];
    }
    if draw.happens(550) {
        return draw.pick(gateways).clone();
    }
    let provider = if draw.happens(150) { Provider::Hosting } else { Provider::HomeCloud };
    let first = plan.network(draw, provider);
    let mut home = vec![first];
    if draw.happens(350) {
        home.push(if draw.happens(500) { plan.beside(draw, first) } else { plan.network(draw, provider) });
    }
    let mut epochs = vec![From { at: 0, overlap: 0, value: home }];
    if draw.happens(130) {
        let at = draw.within(15 * 24, 85 * 24) * HOUR + draw.within(0, 59) * MINUTE;
        let (egress, to) = match draw.within(0, 99) {
            0..=39 => (Egress::Beside, plan.beside(draw, first)),
            40..=84 => (Egress::SameProvider, plan.network(draw, provider)),
            _ => (Egress::OtherProvider, plan.network(draw, Provider::OtherCloud)),
        };
        let overlap = if draw.happens(400) { draw.within(5, 40) * MINUTE } else { 0 };
        scene.changes.push(Change::moved(Some(index as u16), at, egress, draw.happens(500), &[to]));
        epochs.push(From { at, overlap, value: vec![to] });
    }
    epochs
}

/// Deployments, of which a quarter change the user agent: often its major version, sometimes the product.
fn deployments(draw: &mut Draw, scene: &mut Scene, index: usize) -> (Vec<From<u16>>, Vec<i64>) {
    let every = draw.within(7, 40);
    let (mut product, mut version) = (draw.index(AGENTS.len()), draw.within(0, 4));
    let mut epochs = vec![From { at: 0, overlap: 0, value: agent(scene, product, version) }];
    let (mut moments, mut day) = (Vec::new(), draw.within(2, every));
    while day < DAYS {
        let at = day * DAY + draw.within(7 * 60, 17 * 60) * MINUTE;
        moments.push(at);
        let renews = draw.happens(250);
        if renews {
            version += 1;
            if draw.happens(250) {
                (product, version) = (draw.index(AGENTS.len()), draw.within(0, 4));
            }
            let overlap = draw.within(0, 45) * MINUTE;
            epochs.push(From { at, overlap, value: agent(scene, product, version) });
        }
        scene.changes.push(Change::deployed(index as u16, at, renews));
        day += draw.within(every / 2 + 1, every * 3 / 2);
    }
    (epochs, moments)
}

fn agent(scene: &mut Scene, product: usize, major: i64) -> u16 {
    let text = format!("{}{major}.{}.1 (linux/arm64)", AGENTS[product], (major * 7 + product as i64) % 30);
    index_of(&mut scene.agents, text) as u16
}

/// The place of a text in a list, where it is put if it isn't there.
pub(crate) fn index_of(texts: &mut Vec<String>, text: String) -> usize {
    texts.iter().position(|it| *it == text).unwrap_or_else(|| {
        texts.push(text);
        texts.len() - 1
    })
}

/// One to six log groups; one deployment in six adds another.
fn groups(draw: &mut Draw, scene: &mut Scene, index: usize, deployments: &[i64]) -> Vec<(i64, u32)> {
    let mut groups = Vec::new();
    let mut add = |at: i64, number: usize| {
        scene.groups.push(format!("/fleet/key-{index:03}/part-{number}"));
        groups.push((at, scene.groups.len() as u32 - 1));
    };
    let first = draw.within(1, 6) as usize;
    (0..first).for_each(|number| add(0, number));
    for (number, at) in deployments.iter().enumerate() {
        if draw.happens(160) {
            add(*at, first + number);
        }
    }
    groups
}
