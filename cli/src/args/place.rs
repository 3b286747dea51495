//! Where a command finds its ledger.

use clap::Args;

/// How AWS is reached.
#[derive(Clone, Debug, Default, Args)]
pub struct Aws {
    /// The table's region [default: that of AWS_REGION, AWS_DEFAULT_REGION or the profile]
    #[arg(long, value_name = "REGION", requires = "table")]
    pub region: Option<String>,
    /// Take the credentials of this profile, by way of the AWS CLI [default: those of the environment, else AWS_PROFILE's]
    #[arg(long, value_name = "NAME", requires = "table")]
    pub profile: Option<String>,
}

/// A command that writes asks first.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct Sure {
    /// Don't ask
    #[arg(long)]
    pub yes: bool,
    /// Say what would be written, and write nothing
    #[arg(long, conflicts_with = "yes")]
    pub dry_run: bool,
}
