//! Whose addresses are whose.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::draw::Draw;

/// A kind of provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Provider {
    /// The cloud that the fleet runs in.
    HomeCloud,
    /// Another large cloud.
    OtherCloud,
    /// A hoster of cheap machines.
    Hosting,
    /// The hosters of Tor's exits.
    Tor,
    /// Providers of homes.
    Residential,
    /// The provider of the company's offices.
    Office,
}

/// An autonomous system: a number, and the /16 networks that it announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct System {
    /// Its number, of those that RFC 5398 keeps for documentation.
    pub number: u32,
    /// Its kind.
    pub provider: Provider,
    /// The first two bytes of its first network.
    pub first: [u8; 2],
    /// How many /16 networks it announces from there on.
    pub networks: u8,
}

/// All systems. IPv6 addresses of homes are 2001:db8::/32, announced by the last residential one.
const SYSTEMS: [System; 10] = [
    System { number: 64_496, provider: Provider::HomeCloud, first: [240, 0], networks: 64 },
    System { number: 64_497, provider: Provider::OtherCloud, first: [240, 64], networks: 64 },
    System { number: 64_498, provider: Provider::Hosting, first: [240, 128], networks: 24 },
    System { number: 64_499, provider: Provider::Tor, first: [240, 160], networks: 4 },
    System { number: 64_500, provider: Provider::Residential, first: [241, 0], networks: 40 },
    System { number: 64_501, provider: Provider::Residential, first: [241, 40], networks: 40 },
    System { number: 64_502, provider: Provider::Residential, first: [241, 80], networks: 40 },
    System { number: 64_503, provider: Provider::Residential, first: [241, 120], networks: 40 },
    System { number: 64_504, provider: Provider::Residential, first: [241, 160], networks: 40 },
    System { number: 64_505, provider: Provider::Office, first: [242, 0], networks: 2 },
];

/// A /24 network, or a /48.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Net {
    V4([u8; 3]),
    V6(u16),
}

impl Net {
    /// An address of it.
    pub(crate) fn host(self, number: u8) -> IpAddr {
        match self {
            Self::V4([a, b, c]) => IpAddr::V4(Ipv4Addr::new(a, b, c, number)),
            Self::V6(site) => {
                IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, site, 0, 0, 0, 0, u16::from(number) + 1))
            }
        }
    }
}

/// The networks that are known to be somebody's.
#[derive(Clone, Debug, Default)]
pub struct AddressPlan {
    /// The exits of Tor that public lists name: most, not all.
    pub listed_exits: Vec<IpAddr>,
    exits: Vec<IpAddr>,
}

impl AddressPlan {
    pub(crate) fn new(draw: &mut Draw) -> Self {
        let mut plan = Self::default();
        for _ in 0..400 {
            let exit = plan.network(draw, Provider::Tor).host(draw.within(1, 254) as u8);
            plan.exits.push(exit);
            // A list is never complete: exits come and go by the hour.
            if draw.happens(850) {
                plan.listed_exits.push(exit);
            }
        }
        plan
    }

    /// All systems.
    pub const fn systems(&self) -> &'static [System] {
        &SYSTEMS
    }

    /// The number of the system that announces an address.
    pub fn system_of(&self, address: IpAddr) -> Option<u32> {
        match address {
            IpAddr::V6(_) => Some(64_504),
            IpAddr::V4(address) => {
                let [a, b, ..] = address.octets();
                let announces =
                    |it: &&System| a == it.first[0] && (it.first[1]..it.first[1] + it.networks).contains(&b);
                SYSTEMS.iter().find(announces).map(|it| it.number)
            }
        }
    }

    /// Any /24 of a kind of provider.
    pub(crate) fn network(&self, draw: &mut Draw, provider: Provider) -> Net {
        let systems: Vec<&System> = SYSTEMS.iter().filter(|it| it.provider == provider).collect();
        let system = *draw.pick(&systems);
        let second = system.first[1] + draw.index(usize::from(system.networks)) as u8;
        Net::V4([system.first[0], second, draw.within(0, 255) as u8])
    }

    /// A /24 in the /16 of another.
    pub(crate) fn beside(&self, draw: &mut Draw, near: Net) -> Net {
        match near {
            Net::V4([a, b, _]) => Net::V4([a, b, draw.within(0, 255) as u8]),
            Net::V6(site) => Net::V6(site ^ 1),
        }
    }

    /// One of Tor's exits, listed or not.
    pub(crate) fn exit(&self, draw: &mut Draw) -> IpAddr {
        *draw.pick(&self.exits)
    }
}
