//! `doctor`.

use clap::Args;
use keytrail_engine::finding::Severity;

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
    /// Then send a test alert all the way: into the ledger, by the table's stream to notify, to the topic; of this severity, to
    /// try subscriptions with a filter [default: info]
    #[arg(
        long,
        value_name = "SEVERITY",
        value_parser = super::severity,
        num_args = 0..=1,
        default_missing_value = "info",
        require_equals = true
    )]
    pub test_alert: Option<Severity>,
    /// For how many seconds to wait until the ledger shows that the test alert was published
    #[arg(long, value_name = "SECONDS", default_value_t = 180, value_parser = clap::value_parser!(u16).range(1..=3600), requires = "test_alert")]
    pub wait: u16,
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
