//! How the command ends.

use std::io;
use std::process::ExitCode;

/// How a command ended that could do its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Everything was read.
    Fine,
    /// Something was skipped, and named on standard error.
    Skipped,
    /// There are findings as grave as `--fail-on` names.
    Found,
    /// Something in CloudWatch Logs depends on the KMS key that was asked about.
    InUse,
    /// Nothing is known to depend on it, but not all is known.
    Unknown,
    /// A person said no, or could not be asked: nothing was written.
    Unconfirmed,
    /// The ledger knows no such key: nothing was written.
    UnknownKey,
    /// It was not done now, for a reason that was told.
    HeldBack,
}

/// The `--help` of a request: examples, and how it ends.
macro_rules! request_help {
    ($($name:ident: $($example:literal)+;)+) => {$(
        #[doc = "Examples and exit codes, for `--help`."]
        pub const $name: &str = concat!(
            "Examples:\n", $("  ", $example, "\n",)+ "
Exit codes:
  0  recorded, recorded already, or there was nothing to do
  2  called wrongly, or the policy or the ledger can't be used
  6  not confirmed: nothing was written
  7  the ledger knows no such key: nothing was written
  8  recorded and held back, or it can't be and nothing was written; the reason is told"
        );
    )+};
}

request_help! {
    HOLD_HELP:
        "keytrail hold ACCAEXAMPLEGATEWAY01 --table keytrail --why 'used once a quarter' --for 90d"
        "keytrail hold ACCAEXAMPLEGATEWAY01 --table keytrail --why audit --dry-run";
    RELEASE_HELP: "keytrail release ACCAEXAMPLEGATEWAY01 --table keytrail --why 'audit is over'";
    EXEMPT_HELP: "keytrail exempt ACCAEXAMPLEGATEWAY01 --table keytrail --why 'disaster recovery' --for 180d";
    COMPROMISED_HELP: "keytrail compromised ACCAEXAMPLEGATEWAY01 --table keytrail --why 'seen in a paste' --yes";
    CLEARED_HELP: "keytrail cleared ACCAEXAMPLEGATEWAY01 --table keytrail --why 'our own scanner'";
    EXPECTED_HELP: "keytrail expected 0bf84958390039161a60d4d1ee82e0df --table keytrail --why 'the new office'";
    REPLACE_HELP: "keytrail replace ACCAEXAMPLEGATEWAY01 --by ACCAEXAMPLEGATEWAY02 --table keytrail --why 'the yearly rotation'";
    DEACTIVATE_HELP: "keytrail deactivate ACCAEXAMPLEGATEWAY01 --table keytrail --why 'its service is gone'";
    REACTIVATE_HELP: "keytrail reactivate ACCAEXAMPLEGATEWAY01 --table keytrail --why 'still needed by billing'";
    DELETE_HELP: "keytrail delete ACCAEXAMPLEGATEWAY01 --table keytrail --why 'replaced in June'";
}

/// The exit codes of `simulate`, for its `--help`.
pub const SIMULATE_HELP: &str = "\
Examples:
  keytrail simulate --from archive/ --policy policy.toml
  keytrail simulate --from archive/ --policy policy.toml --format json > simulated.json

Exit codes:
  0  everything was read
  1  something was skipped, and named on standard error
  2  called wrongly, or the policy or the output can't be used";

/// The exit codes of `backfill`, for its `--help`.
pub const BACKFILL_HELP: &str = "\
Examples:
  keytrail backfill archive/ --table keytrail --policy-parameter /keytrail/policy --dry-run
  keytrail backfill archive/ --table keytrail --policy-parameter /keytrail/policy

Exit codes:
  0  all of it was written, or looked at
  1  something was skipped or could not be written, and is named
  2  called wrongly, or the policy or the table can't be used
  6  not confirmed: nothing was written";

/// The exit codes of `reset`, for its `--help`.
pub const RESET_HELP: &str = "\
Examples:
  keytrail reset ACCAEXAMPLEGATEWAY01 --user otel-gateway

Exit codes:
  0  reset, and the secret was shown
  2  called wrongly, standard output is no terminal, or AWS refuses
  6  not confirmed: nothing was done
  7  IAM lists no such API key of that user
  8  the key has expired: nothing was done";

/// The exit codes of `budget`, for its `--help`.
pub const BUDGET_HELP: &str = "\
Examples:
  keytrail budget --table keytrail
  keytrail budget --table keytrail --reset reported/111122223333 --why 'these keys are all leaked'

Exit codes:
  0  shown, or reset
  2  called wrongly, or the policy or the ledger can't be used
  6  not confirmed: nothing was written";

/// The exit codes of `resume`, for its `--help`.
pub const RESUME_HELP: &str = "\
Examples:
  keytrail resume --table keytrail --dry-run
  keytrail resume --table keytrail --profile operator --region eu-central-1

Exit codes:
  0  resumed, or there was no pause
  2  called wrongly, or the table can't be used
  6  not confirmed: nothing was written
  8  the table was restored and sweep has not noticed it yet: try again in a minute";

/// The exit codes of `investigate`, for its `--help`.
pub const INVESTIGATE_HELP: &str = "\
Examples:
  keytrail investigate ACCAEXAMPLEGATEWAY01 --table keytrail --since 2026-11-01T00:00:00Z
  keytrail investigate otel-gateway --state state.db --format markdown > post-mortem.md
  keytrail investigate otel-gateway --table keytrail --format html > post-mortem.html

Exit codes:
  0  told
  2  called wrongly, or the ledger or the policy can't be used
  7  the ledger knows no such key and no such user";

/// The exit codes of `export`, for its `--help`.
pub const EXPORT_HELP: &str = "\
Examples:
  keytrail export --table keytrail --since 2026-11-01T00:00:00Z > audit.jsonl

Exit codes:
  0  all of it was printed
  1  something could not be read, and is named on standard error
  2  called wrongly, or the ledger can't be used";

/// The exit codes of `doctor`, for its `--help`.
pub const DOCTOR_HELP: &str = "\
It only reads, with your own credentials: docs/operations.md lists the calls. Nothing is changed. With --test-alert it also writes one
notice, which only the role of OperatorRoleArn may, and everybody who is subscribed gets it.

Examples:
  keytrail doctor --stack keytrail --region us-east-1
  keytrail doctor --format json
  keytrail doctor --test-alert
  keytrail doctor --test-alert=critical

Exit codes:
  0  nothing is wrong, and a test alert was published
  2  called wrongly, or the stack can't be looked at
  3  something is wrong, or a test alert is stuck, and told with what to do
  5  nothing is known to be wrong, but not all could be read";

/// The use and the exit codes of `trail-patch`, for its `--help`.
pub const TRAIL_PATCH_HELP: &str = "\
What the trail has stays as it is; what is missing comes after it. Whoever owns the trail puts the whole:

  aws cloudtrail get-event-selectors --trail-name audit | keytrail trail-patch > selectors.json
  aws cloudtrail put-event-selectors --trail-name audit --advanced-event-selectors file://selectors.json

Exit codes:
  0  printed
  2  called wrongly, or what was given can't be used";

/// The exit codes of `impact`, for its `--help`.
pub const IMPACT_HELP: &str = "\
Exit codes:
  0  no dependency in CloudWatch Logs: the key's creation was seen; you vouch for all that happened since, or sweep has
     listed every account that the policy names, in every region that it has enabled, of late and read the past back to it, a trail has recorded without a break, and the key's
     policy keeps other accounts' log groups out; and KMS, if asked (--table), says that nothing ever used it
  2  called wrongly, or the state, the table or the output can't be used
  4  in use, with the list, the dates and the day from which nothing will need it
  5  unknown, with what is missing; so it is for every key that is older than what was read

None of them says that the key may be deleted: other services may use it.";

/// The exit codes, for `--help`.
pub const HELP: &str = "\
Exit codes:
  0  everything was read
  1  something was skipped, and named on standard error
  2  called wrongly, or the policy, the state or the output can't be used
  3  there are findings as grave as --fail-on names (whatever was skipped)";

/// The process's exit code. An error is told on standard error; a reader that went away is none (`… | head`).
pub fn code(outcome: anyhow::Result<Exit>) -> ExitCode {
    match outcome {
        Ok(Exit::Fine) => ExitCode::SUCCESS,
        Ok(Exit::Skipped) => ExitCode::from(1),
        Ok(Exit::Found) => ExitCode::from(3),
        Ok(Exit::InUse) => ExitCode::from(4),
        Ok(Exit::Unknown) => ExitCode::from(5),
        Ok(Exit::Unconfirmed) => ExitCode::from(6),
        Ok(Exit::UnknownKey) => ExitCode::from(7),
        Ok(Exit::HeldBack) => ExitCode::from(8),
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            crate::render::complain("error", &format!("{error:#}"));
            ExitCode::from(2)
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let kinds = error.chain().filter_map(|cause| {
        let csv = cause.downcast_ref::<csv::Error>().and_then(|error| match error.kind() {
            csv::ErrorKind::Io(error) => Some(error.kind()),
            _ => None,
        });
        let json = cause.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind);
        cause.downcast_ref::<io::Error>().map(io::Error::kind).or(csv).or(json)
    });
    kinds.into_iter().any(|kind| kind == io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_went_away_is_no_error() {
        let gone = || io::Error::from(io::ErrorKind::BrokenPipe);
        assert!(is_broken_pipe(&anyhow::Error::new(gone()).context("cannot write")));
        assert!(is_broken_pipe(&csv::Error::from(gone()).into()));
        assert!(is_broken_pipe(&serde_json::Error::io(gone()).into()));
        assert!(!is_broken_pipe(&io::Error::from(io::ErrorKind::StorageFull).into()));
    }
}
