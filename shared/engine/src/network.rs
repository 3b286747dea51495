//! Networks, wider and narrower, and lists of them.

use std::net::{IpAddr, Ipv6Addr};

use serde::{Deserialize, Serialize};

use crate::fingerprint::hash64;
use crate::ids::Network;
use crate::lattice::Sketched;

/// A caller's address, as documents keep it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Address(pub IpAddr);

impl Sketched for Address {
    fn sketch_hash(&self) -> u64 {
        hash64("address", bits(self.0).to_be_bytes())
    }
}

/// The network that stands for an address: /24 for IPv4, /48 for IPv6, which is what one site is given.
pub fn site_of(address: IpAddr) -> Network {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            Network::new(format!("{a}.{b}.{c}.0/24"))
        }
        IpAddr::V6(address) => {
            let site = u128::from(address) & (u128::MAX << 80);
            Network::new(format!("{}/48", Ipv6Addr::from(site)))
        }
    }
}

/// The wider network around an address: /16 for IPv4, /32 for IPv6, the size in which providers announce theirs.
/// Hosts that come and go change their /24 all the time, their block rarely.
pub fn block_of(address: IpAddr) -> Network {
    match address {
        IpAddr::V4(address) => {
            let [a, b, ..] = address.octets();
            Network::new(format!("{a}.{b}.0.0/16"))
        }
        IpAddr::V6(address) => {
            let block = u128::from(address) & (u128::MAX << 96);
            Network::new(format!("{}/32", Ipv6Addr::from(block)))
        }
    }
}

/// The first address of a network in CIDR form; `None` for a service's name.
pub fn first_address(network: &Network) -> Option<IpAddr> {
    network.as_str().split_once('/')?.0.parse().ok()
}

/// Whether a /24 or /48 lies in a block of [`block_of`].
pub fn lies_in(network: &Network, block: &Network) -> bool {
    first_address(network).is_some_and(|address| block_of(address) == *block)
}

/// A list of networks, thousands of them if need be: whether it names an address takes a binary search.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct NetworkList {
    /// As they were written.
    written: Vec<Box<str>>,
    /// First and last address of each range, as IPv6; sorted, disjoint.
    ranges: Vec<(u128, u128)>,
}

impl NetworkList {
    /// Reads networks (`192.0.2.0/24`, `2001:db8::/32`) and single addresses.
    ///
    /// # Errors
    /// The first text that is neither.
    pub fn read<'t>(texts: impl IntoIterator<Item = &'t str>) -> Result<Self, &'t str> {
        let mut list = Self::default();
        for text in texts {
            list.ranges.push(range(text).ok_or(text)?);
            list.written.push(text.into());
        }
        list.settle();
        Ok(list)
    }

    /// Reads a list as it is published: one network or address a line, `#` begins a remark.
    ///
    /// # Errors
    /// The number of the first line, from 1, on which there is something else, and its text.
    pub fn read_lines(text: &str) -> Result<Self, (usize, &str)> {
        let mut list = Self::default();
        for (index, line) in text.lines().enumerate() {
            let said = line.split('#').next().unwrap_or_default().trim();
            if said.is_empty() {
                continue;
            }
            list.ranges.push(range(said).ok_or((index + 1, said))?);
            list.written.push(said.into());
        }
        list.settle();
        Ok(list)
    }

    fn settle(&mut self) {
        self.ranges.sort_unstable();
        let mut merged: Vec<(u128, u128)> = Vec::with_capacity(self.ranges.len());
        for (first, last) in self.ranges.drain(..) {
            match merged.last_mut() {
                Some((_, end)) if first <= *end => *end = last.max(*end),
                _ => merged.push((first, last)),
            }
        }
        self.ranges = merged;
    }

    /// Takes in all that another list names.
    pub fn extend(&mut self, other: Self) {
        self.written.extend(other.written);
        self.ranges.extend(other.ranges);
        self.settle();
    }

    /// Whether it names an address.
    pub fn contains(&self, address: IpAddr) -> bool {
        let bits = bits(address);
        let after = self.ranges.partition_point(|(first, _)| *first <= bits);
        let before = after.checked_sub(1).and_then(|index| self.ranges.get(index));
        before.is_some_and(|(_, last)| bits <= *last)
    }

    /// Whether it names nothing.
    pub const fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// How many networks were written.
    pub const fn len(&self) -> usize {
        self.written.len()
    }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_ipv6_mapped()),
        IpAddr::V6(address) => u128::from(address),
    }
}

fn range(text: &str) -> Option<(u128, u128)> {
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, Some(length.parse::<u32>().ok()?)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().ok()?;
    let (most, offset) = if address.is_ipv4() { (32, 96) } else { (128, 0) };
    let length = length.unwrap_or(most);
    if length > most {
        return None;
    }
    let hosts = u128::MAX.checked_shr(length + offset).unwrap_or(0);
    let first = bits(address) & !hosts;
    Some((first, first | hosts))
}

impl TryFrom<Vec<String>> for NetworkList {
    type Error = String;

    fn try_from(texts: Vec<String>) -> Result<Self, String> {
        Self::read(texts.iter().map(String::as_str))
            .map_err(|text| format!("{text:?} is neither a network nor an address"))
    }
}

impl From<NetworkList> for Vec<String> {
    fn from(list: NetworkList) -> Self {
        list.written.into_iter().map(String::from).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::net::Ipv4Addr;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_has_a_site_and_a_block() {
        for (address, site, block) in [
            ("192.0.2.77", "192.0.2.0/24", "192.0.0.0/16"),
            ("2001:db8:7:8::1", "2001:db8:7::/48", "2001:db8::/32"),
        ] {
            assert_eq!(site_of(ip(address)).as_str(), site);
            assert_eq!(block_of(ip(address)).as_str(), block);
            assert!(lies_in(&site_of(ip(address)), &block_of(ip(address))));
        }
        assert!(!lies_in(&"AWS Internal".into(), &"192.0.0.0/16".into()));
    }

    #[test]
    fn a_list_names_what_lies_in_its_networks() {
        let list =
            NetworkList::read(["192.0.2.0/24", "2001:db8::/32", "198.51.100.7", "192.0.2.128/25"]).unwrap();
        for (address, named) in [
            ("192.0.2.0", true),
            ("192.0.2.255", true),
            ("192.0.3.0", false),
            ("198.51.100.7", true),
            ("198.51.100.8", false),
            ("2001:db8:ffff::1", true),
            ("2001:db9::", false),
            ("::192.0.2.1", false),
        ] {
            assert_eq!(list.contains(ip(address)), named, "{address}");
        }
        assert!(NetworkList::read(["0.0.0.0/0"]).unwrap().contains(ip("203.0.113.1")));
        assert!(NetworkList::read(["::/0"]).unwrap().contains(ip("203.0.113.1")));
        for wrong in ["192.0.2.0/33", "x", "", "192.0.2.0/", "192.0.2/24"] {
            assert_eq!(NetworkList::read([wrong]), Err(wrong));
        }
    }

    #[test]
    fn a_published_list_has_remarks_and_a_fault_has_its_line() {
        let list = NetworkList::read_lines("# exits\n192.0.2.1\n\n198.51.100.0/24 # a hoster\n").unwrap();
        assert_eq!(list.len(), 2);
        assert!(list.contains(ip("198.51.100.200")));
        assert_eq!(NetworkList::read_lines("192.0.2.1\nnonsense"), Err((2, "nonsense")));
    }

    #[test]
    fn a_list_is_read_as_it_is_written() {
        let list = NetworkList::read(["198.51.100.0/24", "192.0.2.1"]).unwrap();
        let json = serde_json::to_string(&list).unwrap();
        assert_eq!(json, r#"["198.51.100.0/24","192.0.2.1"]"#);
        assert_eq!(serde_json::from_str::<NetworkList>(&json).unwrap(), list);
    }

    proptest! {
        #[test]
        fn a_list_says_what_a_plain_search_says(
            networks in prop::collection::vec((any::<u32>(), 4_u32..=32), 0..40),
            address in any::<u32>(),
        ) {
            let texts: Vec<String> =
                networks.iter().map(|(bits, length)| format!("{}/{length}", Ipv4Addr::from(*bits))).collect();
            let list = NetworkList::read(texts.iter().map(String::as_str)).unwrap();
            let probes = networks.iter().map(|(bits, _)| bits ^ (address & 0xff)).chain([address]);
            for probe in probes {
                let plain = networks.iter().any(|(bits, length)| (bits ^ probe).checked_shr(32 - length) == Some(0) || bits == &probe);
                prop_assert_eq!(list.contains(Ipv4Addr::from(probe).into()), plain);
            }
        }
    }
}
