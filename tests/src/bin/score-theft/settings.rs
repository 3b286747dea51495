//! What is asked for.

use keytrail_engine::fingerprint::hash64;
use keytrail_fleet::{Size, Variant};

/// What is asked for.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) commit: String,
    pub(crate) fleets: usize,
    pub(crate) size: Size,
    pub(crate) variant: Variant,
    pub(crate) leave_out: bool,
    pub(crate) tell: bool,
    /// Whether the operator has listed the networks of its offices.
    pub(crate) offices: bool,
    /// Whether the operator has a database that tells providers apart.
    pub(crate) systems: bool,
    pub(crate) cost: bool,
}

impl Settings {
    pub(crate) fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut settings = Self {
            commit: String::new(),
            fleets: 10,
            size: Size::REPORTED,
            variant: Variant::default(),
            leave_out: false,
            tell: false,
            offices: false,
            systems: false,
            cost: false,
        };
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
            let number = |text: String| text.parse().map_err(|_| format!("{text} is no number"));
            match argument.as_str() {
                "--commit" => settings.commit = value()?,
                "--fleets" => settings.fleets = number(value()?)?,
                "--keys" => settings.size.keys = number(value()?)?,
                "--thefts" => settings.size.thefts = number(value()?)?,
                "--variant" => settings.variant = variant(&value()?)?,
                "--tell" => settings.tell = true,
                "--offices" => settings.offices = true,
                "--systems" => settings.systems = true,
                "--leave-out" => settings.leave_out = true,
                "--cost" => settings.cost = true,
                other => return Err(format!("{other} is not known")),
            }
        }
        if settings.commit.is_empty() {
            let said = std::process::Command::new("git").args(["rev-parse", "HEAD"]).output();
            let said = said.map_err(|error| format!("git rev-parse HEAD: {error}; use --commit"))?;
            settings.commit = String::from_utf8_lossy(&said.stdout).trim().to_owned();
        }
        Ok(settings)
    }

    /// The seed of a fleet.
    pub(crate) fn seed(&self, number: usize) -> u64 {
        hash64("score theft", format!("{}/{number}", self.commit))
    }
}

fn variant(name: &str) -> Result<Variant, String> {
    let usual = Variant::default();
    Ok(match name {
        "usual" => usual,
        "ids" => Variant { ids: true, ..usual },
        "two-active" => Variant { two_active: true, ..usual },
        "no-agents" => Variant { no_agents: true, ..usual },
        "drops" => Variant { drops: true, ..usual },
        other => return Err(format!("{other}: usual, ids, two-active, no-agents or drops")),
    })
}
