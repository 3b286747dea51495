//! Whose addresses are whose, and where: what a database of the operator says, as the rules ask it.
//!
//! No document remembers an answer. A newer database changes what a judgement finds, and never what is known.

use std::fmt::Debug;
use std::net::IpAddr;
use std::sync::Arc;

/// An autonomous system: the network of one provider.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct System {
    /// Its number.
    pub number: u32,
    /// Whose it is.
    pub name: Option<Box<str>>,
}

impl std::fmt::Display for System {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AS{}", self.number)?;
        self.name.as_ref().map_or(Ok(()), |name| write!(f, " ({name})"))
    }
}

/// A place on earth.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// Degrees north of the equator.
    pub latitude: f64,
    /// Degrees east of Greenwich.
    pub longitude: f64,
    /// The city, or the country where no city is known.
    pub name: Option<Box<str>>,
}

/// The earth's mean radius in km.
const RADIUS: f64 = 6_371.0;

impl Place {
    /// How far another place is away, in km, along the surface.
    pub fn kilometres_to(&self, other: &Self) -> f64 {
        let half = |from: f64, to: f64| ((to - from).to_radians() / 2.0).sin().powi(2);
        let parallel = self.latitude.to_radians().cos() * other.latitude.to_radians().cos();
        let chord = half(self.latitude, other.latitude) + parallel * half(self.longitude, other.longitude);
        2.0 * RADIUS * chord.clamp(0.0, 1.0).sqrt().asin()
    }
}

/// A database of addresses. The same address has the same answer for as long as the database is in use.
pub trait Geography: Debug + Send + Sync {
    /// The system that announces an address.
    fn system(&self, address: IpAddr) -> Option<System>;
    /// Where an address is.
    fn place(&self, address: IpAddr) -> Option<Place>;
}

/// The operator's databases, or none. Two are the same if they are the same one in memory.
#[derive(Clone, Debug, Default)]
pub struct Atlas(Option<Arc<dyn Geography>>);

impl Atlas {
    /// With databases.
    pub fn new(databases: Arc<dyn Geography>) -> Self {
        Self(Some(databases))
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The system that announces an address, if a database tells.
    pub fn system(&self, address: IpAddr) -> Option<System> {
        self.0.as_ref()?.system(address)
    }

    /// Where an address is, if a database tells.
    pub fn place(&self, address: IpAddr) -> Option<Place> {
        self.0.as_ref()?.place(address)
    }
}

impl PartialEq for Atlas {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(one), Some(two)) => Arc::ptr_eq(one, two),
            (one, two) => one.is_none() && two.is_none(),
        }
    }
}

impl Eq for Atlas {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distance_is_measured_along_the_surface() {
        let place = |latitude, longitude| Place { latitude, longitude, name: None };
        for (from, to, kilometres) in [
            // A quarter of the equator, a half of it over the date line, and Frankfurt to Dublin.
            (place(0.0, 0.0), place(0.0, 90.0), 10_008.0),
            (place(0.0, 100.0), place(0.0, -80.0), 20_015.0),
            (place(50.11, 8.68), place(53.35, -6.26), 1_087.0),
            (place(90.0, 0.0), place(90.0, 120.0), 0.0),
        ] {
            assert!((from.kilometres_to(&to) - kilometres).abs() < 5.0, "{}", from.kilometres_to(&to));
            assert!((from.kilometres_to(&to) - to.kilometres_to(&from)).abs() < 1e-6);
        }
    }
}
