//! Changes of habits that are nobody's theft: what a detector must not take for one.

use crate::address::Net;
use std::net::IpAddr;

/// How far an egress moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Egress {
    /// A gateway that many keys share moved.
    Gateway,
    /// Within its /16.
    Beside,
    /// Within its provider.
    SameProvider,
    /// To another provider.
    OtherProvider,
}

/// A change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Whose, as an index into the fleet's keys; `None` for a gateway's.
    pub key: Option<u16>,
    /// When, in milliseconds since the start.
    pub at: i64,
    /// How an egress moved; `None` for a deployment.
    pub egress: Option<Egress>,
    /// Whether it was said beforehand: the new networks are on the operator's list.
    pub announced: bool,
    /// One address of each new network.
    pub to: Vec<IpAddr>,
    /// Whether a deployment brought another user agent.
    pub renews_agent: bool,
}

impl Change {
    pub(crate) fn moved(key: Option<u16>, at: i64, egress: Egress, announced: bool, to: &[Net]) -> Self {
        let to = to.iter().map(|net| net.host(1)).collect();
        Self { key, at, egress: Some(egress), announced, to, renews_agent: false }
    }

    pub(crate) fn deployed(key: u16, at: i64, renews_agent: bool) -> Self {
        Self { key: Some(key), at, egress: None, announced: false, to: Vec::new(), renews_agent }
    }
}
