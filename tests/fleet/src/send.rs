//! The calls of a key's own sender.

use crate::Call;
use crate::DAYS;
use crate::address::Net;
use crate::cast::{From, HOUR, Kind, Life, MINUTE, Scene, TRIAL_AGENT};
use crate::draw::Draw;

pub(crate) fn send(draw: &mut Draw, scene: &Scene, index: usize, calls: &mut Vec<Call>) {
    let (life, key) = (&scene.lives[index], &scene.keys[index]);
    let mut hosts = Hosts::new(draw, key.kind);
    for hour in 0..DAYS * 24 {
        let start = hour * HOUR;
        if life.rests.iter().any(|(from, to)| (*from..*to).contains(&start)) {
            continue;
        }
        let factor = life.storms.iter().find(|(from, to, _)| (*from..*to).contains(&start));
        let number = life.rhythm.calls(draw, hour) * factor.map_or(1, |it| it.2);
        for _ in 0..number {
            let at = start + draw.within(0, life.rhythm.minutes() * MINUTE - 1);
            let address = hosts.address(draw, life, at);
            calls.push(Call { address, ..call(draw, life, index, key.second_created, at) });
        }
    }
    if let Some(at) = life.trial {
        for number in 0..draw.within(2, 6) {
            let at = at + number * draw.within(1, 4) * MINUTE;
            let address = scene.offices[life.account].host(17);
            calls.push(Call {
                address,
                agent: TRIAL_AGENT,
                ..call(draw, life, index, key.second_created, at)
            });
        }
    }
}

/// A call of the sender, from nowhere yet.
pub(crate) fn call(draw: &mut Draw, life: &Life, index: usize, second_created: i64, at: i64) -> Call {
    let known: Vec<u32> =
        life.groups.iter().filter(|(from, _)| *from <= at).map(|(_, group)| *group).collect();
    let (agent, group) = (*current(draw, &life.agents, at), *draw.pick(&known));
    // The sender takes up the new key within the hour.
    let second_key = at > second_created + HOUR;
    Call {
        at,
        key: index as u16,
        address: Net::V4([0; 3]).host(0),
        agent,
        group,
        region: *draw.pick(&life.regions),
        denied: life.refusals.iter().any(|(from, to)| (*from..*to).contains(&at)),
        theft: None,
        second_key,
    }
}

/// What is so at a moment; during an overlap, what was before as often.
pub(crate) fn current<'a, T>(draw: &mut Draw, epochs: &'a [From<T>], at: i64) -> &'a T {
    let number = epochs.iter().rposition(|it| it.at <= at).unwrap_or(0);
    let overlaps = number > 0 && at < epochs[number].at + epochs[number].overlap;
    &epochs[if overlaps && draw.happens(500) { number - 1 } else { number }].value
}

/// The hosts that send.
struct Hosts {
    kind: Kind,
    /// Those that are up: until when, which place of the pool, which host number.
    up: Vec<(i64, usize, u8)>,
    number: u8,
}

impl Hosts {
    fn new(draw: &mut Draw, kind: Kind) -> Self {
        Self { kind, up: Vec::new(), number: draw.within(2, 200) as u8 }
    }

    fn address(&mut self, draw: &mut Draw, life: &Life, at: i64) -> std::net::IpAddr {
        let pool = current(draw, &life.egress, at);
        let hours = match self.kind {
            Kind::Autoscaled => (6, 60),
            Kind::Builds => (1, 2),
            _ => return draw.pick(pool).host(self.number),
        };
        self.up.retain(|(until, ..)| *until > at - HOUR);
        let wanted = if self.kind == Kind::Builds { 1 } else { 3 };
        while self.up.len() < wanted {
            let until = at + draw.within(hours.0, hours.1) * HOUR;
            self.up.push((until, draw.index(pool.len()), draw.within(2, 250) as u8));
        }
        let (_, place, number) = *draw.pick(&self.up);
        pool[place].host(number)
    }
}
