//! The small databases of addresses that policies of `tests/policies` name, in MaxMind's format: they are what is written
//! here, so that nobody has to trust a file that can't be read. `UPDATE_DATABASES=1` writes them anew.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

use std::path::{Path, PathBuf};

use keytrail_engine::policy::text::read;
use keytrail_ledger::supply;
use maxminddb_writer::Database;
use maxminddb_writer::metadata::IpVersion;
use maxminddb_writer::paths::IpAddrWithMask;
use serde::Serialize;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("policies")
}

/// A database of networks, with what it says of each.
fn database<T: Serialize>(kind: &str, says: &[(&str, T)]) -> Vec<u8> {
    let mut database = Database::default();
    database.metadata.ip_version = IpVersion::V6;
    database.metadata.database_type = kind.to_owned();
    database.metadata.binary_format_major_version = 2;
    // What a database says of itself has a moment; one that never changes keeps the file the same.
    database.metadata.build_epoch = 0;
    for (network, value) in says {
        let value = database.insert_value(value).unwrap();
        database.insert_node(network.parse::<IpAddrWithMask>().unwrap(), value);
    }
    database.write_to(Vec::new()).unwrap()
}

/// As GeoLite2-ASN has it: the number takes 32 bits.
#[derive(Serialize)]
struct System {
    autonomous_system_number: u32,
    autonomous_system_organization: &'static str,
}

/// The part of GeoLite2-City that is read.
#[derive(Serialize)]
struct Place {
    city: Named,
    location: Location,
}

#[derive(Serialize)]
struct Named {
    names: Names,
}

#[derive(Serialize)]
struct Names {
    en: &'static str,
}

#[derive(Serialize)]
struct Location {
    latitude: f64,
    longitude: f64,
}

fn system(number: u32, name: &'static str) -> System {
    System { autonomous_system_number: number, autonomous_system_organization: name }
}

fn place(city: &'static str, latitude: f64, longitude: f64) -> Place {
    Place { city: Named { names: Names { en: city } }, location: Location { latitude, longitude } }
}

/// The numbers are those that RFC 5398 keeps for documentation. IPv4 lies at ::/96, as MaxMind's databases have it.
fn databases() -> [(&'static str, Vec<u8>); 2] {
    let systems = [
        ("::192.0.2.0/120", system(64_496, "Example Cloud")),
        ("::198.51.100.0/120", system(64_496, "Example Cloud")),
        ("::203.0.113.0/120", system(64_497, "Example Homes")),
        ("2001:db8::/32", system(64_498, "Example Mobile")),
    ];
    let places = [
        ("::192.0.2.0/120", place("Frankfurt am Main", 50.11, 8.68)),
        ("::198.51.100.0/120", place("Darmstadt", 49.87, 8.65)),
        ("::203.0.113.0/120", place("Singapore", 1.35, 103.82)),
    ];
    [
        ("systems.mmdb", database("GeoLite2-ASN", &systems)),
        ("places.mmdb", database("GeoLite2-City", &places)),
    ]
}

#[test]
fn the_databases_are_what_is_written_here() {
    for (name, bytes) in databases() {
        let file = folder().join(name);
        if std::env::var_os("UPDATE_DATABASES").is_some() {
            std::fs::write(&file, &bytes).unwrap();
        }
        assert!(std::fs::read(&file).unwrap() == bytes, "{name}: write it anew with UPDATE_DATABASES=1");
    }
}

#[test]
fn a_policy_takes_providers_and_places_from_its_databases() {
    let mut policy =
        read("[networks.files]\nsystems = \"systems.mmdb\"\nplaces = \"places.mmdb\"\n").unwrap();
    supply(&mut policy, &folder()).unwrap();
    let system =
        |address: &str| policy.networks.atlas.system(address.parse().unwrap()).map(|it| it.to_string());
    assert_eq!(system("192.0.2.9").as_deref(), Some("AS64496 (Example Cloud)"));
    assert_eq!(system("2001:db8:7::1").as_deref(), Some("AS64498 (Example Mobile)"));
    assert_eq!(system("192.0.0.9"), None, "no database knows it");
    let place = policy.networks.atlas.place("203.0.113.9".parse().unwrap()).unwrap();
    assert_eq!(place.name.as_deref(), Some("Singapore"));
    assert_eq!(policy.networks.atlas.place("2001:db8:7::1".parse().unwrap()), None);
}

#[test]
fn a_policy_takes_networks_from_its_files() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("exits.txt"), "# exits\n192.0.2.1\n203.0.113.0/24 # a hoster\n")
        .unwrap();
    let mut policy =
        read("[networks]\nanonymous = [\"198.51.100.7\"]\n[networks.files]\nanonymous = [\"exits.txt\"]\n")
            .unwrap();
    supply(&mut policy, folder.path()).unwrap();
    for (address, named) in
        [("192.0.2.1", true), ("203.0.113.200", true), ("198.51.100.7", true), ("192.0.2.2", false)]
    {
        assert_eq!(policy.networks.anonymous.contains(address.parse().unwrap()), named, "{address}");
    }
}

#[test]
fn a_file_that_is_of_no_use_is_named_with_its_setting() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("broken.txt"), "192.0.2.1\n\nnot a network\n").unwrap();
    for (setting, told) in [
        ("blocked = [\"missing.txt\"]", ["missing.txt", "networks.files.blocked", "No such file"]),
        ("blocked = [\"broken.txt\"]", ["broken.txt", "line 3", "not a network"]),
        ("systems = \"broken.txt\"", ["broken.txt", "networks.files.systems", "no database"]),
        ("places = \".\"", ["networks.files.places", "can't be read", "directory"]),
    ] {
        let mut policy = read(&format!("[networks.files]\n{setting}\n")).unwrap();
        let error = supply(&mut policy, folder.path()).unwrap_err().to_string();
        told.iter().for_each(|it| assert!(error.contains(it), "{error}"));
    }
}
