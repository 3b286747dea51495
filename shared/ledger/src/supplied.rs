//! The files that a policy names: lists of networks, and databases of addresses in MaxMind's format.

use std::io::Read as _;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use keytrail_engine::geography::{Atlas, Geography, Place, System};
use keytrail_engine::network::NetworkList;
use keytrail_engine::policy::Policy;
use maxminddb::{LookupResult, PathElement, Reader, path};

/// A list has a line of some twenty bytes for each network.
const LARGEST_LIST: u64 = 64 << 20;
/// The largest databases that are sold have some 250 MB.
const LARGEST_DATABASE: u64 = 512 << 20;

/// Why a file that a policy names is of no use. A policy whose lists are missing would see less than its author believes,
/// so that it counts as broken.
#[derive(Debug, thiserror::Error)]
pub enum SupplyError {
    /// It can't be read.
    #[error("{}, which the policy names as {name}, can't be read: {source}", file.display())]
    Unreadable {
        /// The setting, such as `networks.files.threats`.
        name: String,
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A line of it names no network.
    #[error("{}, line {line}, which the policy names as {name}: {text:?} is neither a network nor an address", file.display())]
    NoNetwork {
        /// The setting.
        name: String,
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What stands there, at most 80 characters of it.
        text: String,
    },
    /// It is no database.
    #[error("{}, which the policy names as {name}, is no database in MaxMind's format: {source}", file.display())]
    NoDatabase {
        /// The setting.
        name: String,
        /// The file.
        file: PathBuf,
        /// Why.
        source: maxminddb::MaxMindDbError,
    },
}

/// Reads the files that a policy names, and puts what they hold into it. A relative path begins at `base`.
///
/// # Errors
/// The first file that is missing, too large, or not what the policy takes it for.
pub fn supply(policy: &mut Policy, base: &Path) -> Result<(), SupplyError> {
    let files = policy.networks.files.clone();
    for (list, names) in &files.lists {
        let setting = format!("networks.files.{}", list.as_str());
        for name in names {
            let found = network_list(&base.join(&**name), &setting)?;
            policy.networks.list(*list).extend(found);
        }
    }
    let open = |name: &Option<Box<str>>, setting: &str| {
        name.as_ref().map(|name| database(&base.join(&**name), setting)).transpose()
    };
    let databases = Databases {
        systems: open(&files.systems, "networks.files.systems")?,
        places: open(&files.places, "networks.files.places")?,
    };
    if databases.systems.is_some() || databases.places.is_some() {
        policy.networks.atlas = Atlas::new(Arc::new(databases));
    }
    Ok(())
}

fn network_list(file: &Path, setting: &str) -> Result<NetworkList, SupplyError> {
    let bytes = read(file, setting, LARGEST_LIST)?;
    let text = String::from_utf8_lossy(&bytes);
    NetworkList::read_lines(&text).map_err(|(line, text)| SupplyError::NoNetwork {
        name: setting.to_owned(),
        file: file.to_owned(),
        line,
        text: text.chars().take(80).collect(),
    })
}

fn database(file: &Path, setting: &str) -> Result<Reader<Vec<u8>>, SupplyError> {
    let bytes = read(file, setting, LARGEST_DATABASE)?;
    Reader::from_source(bytes).map_err(|source| SupplyError::NoDatabase {
        name: setting.to_owned(),
        file: file.to_owned(),
        source,
    })
}

fn read(file: &Path, setting: &str, most: u64) -> Result<Vec<u8>, SupplyError> {
    let mut bytes = Vec::new();
    let read = std::fs::File::open(file).and_then(|open| open.take(most + 1).read_to_end(&mut bytes));
    let read = read.and_then(|size| match size as u64 > most {
        true => Err(std::io::Error::other(format!("it is larger than {} MB", most >> 20))),
        false => Ok(()),
    });
    read.map(|()| bytes).map_err(|source| SupplyError::Unreadable {
        name: setting.to_owned(),
        file: file.to_owned(),
        source,
    })
}

/// The operator's databases. What one does not know, or says in a way that nobody expects, it does not tell.
#[derive(Debug)]
struct Databases {
    systems: Option<Reader<Vec<u8>>>,
    places: Option<Reader<Vec<u8>>>,
}

impl Geography for Databases {
    fn system(&self, address: IpAddr) -> Option<System> {
        let found = self.systems.as_ref()?.lookup(address).ok()?;
        let name = text(&found, &path!["autonomous_system_organization"]);
        Some(System { number: found.decode_path(&path!["autonomous_system_number"]).ok()??, name })
    }

    fn place(&self, address: IpAddr) -> Option<Place> {
        let found = self.places.as_ref()?.lookup(address).ok()?;
        let [latitude, longitude] =
            ["latitude", "longitude"].map(|angle| found.decode_path(&path!["location", angle]).ok()?);
        let name = ["city", "country"].iter().find_map(|of| text(&found, &path![*of, "names", "en"]));
        Some(Place { latitude: latitude?, longitude: longitude?, name })
    }
}

fn text(found: &LookupResult<'_, Vec<u8>>, path: &[PathElement<'_>]) -> Option<Box<str>> {
    found.decode_path::<&str>(path).ok()?.map(Box::from)
}
