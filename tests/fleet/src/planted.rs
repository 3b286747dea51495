//! The calls of a thief.

use std::net::IpAddr;

use crate::address::{AddressPlan, Net, Provider};
use crate::cast::{DAY, Kind, MINUTE, Scene, index_of};
use crate::draw::Draw;
use crate::send::{call, current};
use crate::theft::{Pace, Place, Theft, Volume};
use crate::{Call, REGIONS};

const TOOLS: [&str; 5] = [
    "curl/8.5.0",
    "python-requests/2.32.3",
    "Go-http-client/2.0",
    "python-httpx/0.28.1",
    "aws-cli/2.27.41 md/command#logs",
];

pub(crate) fn plant(
    draw: &mut Draw,
    scene: &mut Scene,
    plan: &AddressPlan,
    index: usize,
    theft: &Theft,
    calls: &mut Vec<Call>,
) {
    let moments = moments(draw, theft);
    let tool = index_of(&mut scene.agents, (*draw.pick(&TOOLS)).to_owned()) as u16;
    let region = draw.happens(100).then(|| draw.index(REGIONS.len()) as u8);
    let home = home(draw, scene, plan, theft);
    let probed: Vec<u32> = (0..if theft.probes { draw.within(2, 8) } else { 0 })
        .map(|n| index_of(&mut scene.groups, format!("/fleet/probed-{n}")) as u32)
        .collect();
    // The stolen key is the one in use when the theft begins.
    let key = usize::from(theft.key);
    let second = theft.begins > scene.keys[key].second_created;
    let mut address = home.first(draw, plan);
    for (number, at) in moments.into_iter().enumerate() {
        if number % 4 == 3 {
            address = home.next(draw, plan, address);
        }
        let of_sender = call(draw, &scene.lives[key], key, scene.keys[key].second_created, at);
        let mut stolen = Call {
            address,
            theft: Some(index as u16),
            second_key: second,
            region: region.unwrap_or(of_sender.region),
            agent: if theft.copies_agent { of_sender.agent } else { tool },
            denied: false,
            ..of_sender
        };
        if !probed.is_empty() && draw.happens(400) {
            stolen.group = *draw.pick(&probed);
            stolen.denied = draw.happens(800);
        }
        // A key that was switched off is refused.
        stolen.denied |= !second && at > scene.keys[key].first_off;
        calls.push(stolen);
    }
}

fn moments(draw: &mut Draw, theft: &Theft) -> Vec<i64> {
    let normal = theft.volume == Volume::Normal;
    match theft.pace {
        Pace::Fast => {
            let number = if normal { draw.within(80, 500) } else { draw.within(8, 25) };
            let length = draw.within(10, 50) * MINUTE;
            let mut moments: Vec<i64> = (0..number).map(|_| draw.within(0, length)).collect();
            moments.push(0);
            moments.sort_unstable();
            moments.into_iter().map(|after| theft.begins + after).collect()
        }
        Pace::Slow => {
            let a_day = if normal { draw.within(10, 40) } else { draw.within(1, 4) };
            let days = draw.within(5, 9);
            let mut moments = vec![0];
            for day in 0..days {
                // A sitting of an hour or two, at another hour every day.
                let sitting = day * DAY + draw.within(0, 20 * 60) * MINUTE;
                moments.extend((0..a_day).map(|_| sitting + draw.within(0, 100) * MINUTE));
            }
            moments.sort_unstable();
            moments.into_iter().map(|after| theft.begins + after).collect()
        }
    }
}

/// From where a thief calls.
enum Home {
    /// One network, and sometimes the one beside it.
    Net(Net),
    /// Tor.
    Exits,
    /// The sender's own networks.
    Inside(Vec<Net>, u8),
}

fn home(draw: &mut Draw, scene: &Scene, plan: &AddressPlan, theft: &Theft) -> Home {
    match theft.place {
        Place::SameCloud => Home::Net(plan.network(draw, Provider::HomeCloud)),
        Place::OtherCloud if draw.happens(500) => Home::Net(plan.network(draw, Provider::OtherCloud)),
        Place::OtherCloud => Home::Net(plan.network(draw, Provider::Hosting)),
        Place::Tor => Home::Exits,
        Place::Residential if draw.happens(150) => Home::Net(Net::V6(draw.within(0x100, 0xffff) as u16)),
        Place::Residential => Home::Net(plan.network(draw, Provider::Residential)),
        Place::SameEgress => {
            let key = usize::from(theft.key);
            let pool = current(draw, &scene.lives[key].egress, theft.begins).clone();
            // Inside means on a host that sends: of a large pool, a few hosts are up.
            let few =
                if matches!(scene.keys[key].kind, Kind::Autoscaled | Kind::Builds) { 2 } else { pool.len() };
            Home::Inside(pool.into_iter().take(few).collect(), draw.within(2, 200) as u8)
        }
    }
}

impl Home {
    fn first(&self, draw: &mut Draw, plan: &AddressPlan) -> IpAddr {
        match self {
            Self::Net(net) => net.host(draw.within(2, 250) as u8),
            Self::Exits => plan.exit(draw),
            Self::Inside(nets, number) => draw.pick(nets).host(*number),
        }
    }

    /// From where the next few calls come.
    fn next(&self, draw: &mut Draw, plan: &AddressPlan, now: IpAddr) -> IpAddr {
        match self {
            Self::Net(_) => now,
            Self::Exits | Self::Inside(..) => self.first(draw, plan),
        }
    }
}
