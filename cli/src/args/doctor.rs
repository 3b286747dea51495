//! `doctor`.

use clap::Args;

use super::ImpactFormat;
use super::place::Aws;
use crate::exit;

/// `doctor`.
#[derive(Debug, Args)]
#[command(after_help = exit::DOCTOR_HELP)]
pub struct Doctor {
    /// The name of the hub's stack
    #[arg(long, value_name = "NAME", default_value = "keytrail")]
    pub stack: String,
    /// The stack's region [default: that of AWS_REGION, AWS_DEFAULT_REGION or the profile]
    #[arg(long, value_name = "REGION", help_heading = "AWS")]
    pub region: Option<String>,
    /// Take the credentials of this profile, by way of the AWS CLI [default: those of the environment, else AWS_PROFILE's]
    #[arg(long, value_name = "NAME", help_heading = "AWS")]
    pub profile: Option<String>,
    /// How to show it
    #[arg(long, value_enum, default_value_t = ImpactFormat::Text)]
    pub format: ImpactFormat,
}

impl Doctor {
    /// How AWS is reached.
    pub fn aws(&self) -> Aws {
        Aws { region: self.region.clone(), profile: self.profile.clone() }
    }
}
