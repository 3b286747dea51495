//! Where a command finds its ledger.

use std::path::PathBuf;

use clap::Args;

/// How AWS is reached.
#[derive(Clone, Debug, Default, Args)]
pub struct Aws {
    /// The table's region [default: that of AWS_REGION, AWS_DEFAULT_REGION or the profile]
    #[arg(long, value_name = "REGION", requires = "table", help_heading = "AWS")]
    pub region: Option<String>,
    /// Take the credentials of this profile, by way of the AWS CLI [default: those of the environment, else AWS_PROFILE's]
    #[arg(long, value_name = "NAME", requires = "table", help_heading = "AWS")]
    pub profile: Option<String>,
}

/// The ledger that a command works on.
#[derive(Clone, Debug, Args)]
pub struct Place {
    /// The DynamoDB table of a deployed Keytrail
    #[arg(long, value_name = "NAME", required_unless_present = "state", conflicts_with = "state")]
    pub table: Option<String>,
    /// A file that `replay --state` wrote
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// How AWS is reached.
    #[command(flatten)]
    pub aws: Aws,
}

/// The policy that the functions obey. What is written is decided by it, and decided again by the one that respond reads.
#[derive(Clone, Debug, Default, Args)]
pub struct PolicyPlace {
    /// The policy that the functions obey, as a file
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// The same, as the SSM parameter that the functions read [default: KEYTRAIL_POLICY_PARAMETER]
    #[arg(long, value_name = "NAME", conflicts_with = "policy", requires = "table")]
    pub policy_parameter: Option<String>,
}

/// A command that writes asks first.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct Sure {
    /// Don't ask
    #[arg(long)]
    pub yes: bool,
    /// Say what would be written and what would follow, and write nothing
    #[arg(long, conflicts_with = "yes")]
    pub dry_run: bool,
}
