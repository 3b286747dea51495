//! `keytrail reset`.

use clap::Args;

use crate::exit;

/// `reset`.
#[derive(Debug, Args)]
#[command(
    after_help = exit::RESET_HELP,
    long_about = "Give an API key a new secret under its old id, with your own credentials.\n\nThe old secret stops working \
                  at once. The new one is shown once, on this terminal, and kept nowhere: not in a file, not in a log, not \
                  in Keytrail's ledger. No function of Keytrail's can do this; CloudTrail records that you did."
)]
pub struct Reset {
    /// The API key's id, such as ACCAEXAMPLEGATEWAY01
    #[arg(value_name = "ID", value_parser = super::request::credential)]
    pub key: String,
    /// The key's IAM user; IAM would take yourself without it
    #[arg(long, value_name = "NAME")]
    pub user: String,
    /// A region of the partition [default: that of AWS_REGION, AWS_DEFAULT_REGION or the profile]
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
    /// Take the credentials of this profile, by way of the AWS CLI [default: those of the environment, else AWS_PROFILE's]
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// Don't ask
    #[arg(long)]
    pub yes: bool,
}
