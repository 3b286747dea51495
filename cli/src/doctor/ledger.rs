//! The table, and what stands in it about Keytrail itself.

use keytrail_engine::time::{Span, Time};
use keytrail_ledger::capability::Deployment;

use super::permits::is_kept_from_others;
use super::{Diagnosis, Heartbeat, Memory};

const DEPLOY: &str = "deploy the stack again";
/// The alarm waits as long.
const LATE: Span = Span::minutes(10);
/// Signatures of requests are good for five minutes: long before, a clock should be put right.
const SKEW: Span = Span::minutes(1);
/// The version of this command.
const VERSION: &str = env!("CARGO_PKG_VERSION");

pub(super) fn table(deployment: &Deployment, found: &mut Diagnosis) {
    let Some(table) = found.part(&deployment.tables, "Table") else { return };
    if table.stream.as_deref() != Some("NEW_IMAGE") {
        let what = "the table has no stream of new images: no action is taken and no page sent";
        found.wrong("table_stream", what, DEPLOY);
    }
    if !table.deletion_protection {
        let fix =
            format!("aws dynamodb update-table --table-name {} --deletion-protection-enabled", table.name);
        found.warn("table_deletable", "the table can be deleted by one call", fix);
    }
    if table.expires_by.as_deref() != Some("expires") {
        let what = "nothing ages out of the table: it grows without end";
        found.warn("table_expiry", what, "switch on time to live by the attribute expires, or deploy again");
    }
    if found.read("the table's backups", &table.point_in_time_recovery) == Some(&false) {
        let what = "the table can't be restored to a moment: point-in-time recovery is off";
        found.wrong("table_recovery", what, DEPLOY);
    }
    match found.read("the table's policy", &table.policy) {
        Some(Some(policy)) if is_kept_from_others(policy, "dynamodb:PutItem") => {}
        Some(_) => {
            let what = "the table's policy keeps nobody from writing: whoever can write an action can have it carried out";
            found.wrong("table_unguarded", what, DEPLOY);
        }
        None => {}
    }
}

pub(super) fn memory(deployment: &Deployment, memory: &Memory, now: Time, found: &mut Diagnosis) {
    if let Some(heartbeat) = found.read("the heartbeat", &memory.heartbeat) {
        match heartbeat {
            Some(heartbeat) => alive(heartbeat, now, found),
            None => {
                let what = "sweep has never left a heartbeat: nothing that is put off is done or told";
                found.wrong("heartbeat_missing", what, "look at the schedule Tick and at the log of sweep");
            }
        }
    }
    if found.read("the ledger's epoch", &memory.paused) == Some(&true) {
        let what = "the table was restored from a backup, and Keytrail waits: nothing is done to any key";
        found.wrong("ledger_paused", what, "keytrail resume --table NAME");
    }
    if let Some(fault) = &memory.policy_fault {
        let what = format!("the policy can't be used, and nothing is enforced: {fault}");
        found.wrong(
            "policy_broken",
            what,
            "keytrail policy check FILE, then put it into the parameter again",
        );
    }
    if let Some(ahead) = found.read("AWS's clock", &deployment.clock_ahead)
        && ahead.millis().abs() > SKEW.millis()
    {
        let side = if ahead.millis() > 0 { "ahead of" } else { "behind" };
        let seconds = ahead.millis().abs() / 1000;
        let what = format!("this machine's clock is {seconds} s {side} AWS's");
        found.warn("clock", what, "set it: what you ask for is recorded with its time");
    }
}

fn alive(heartbeat: &Heartbeat, now: Time, found: &mut Diagnosis) {
    let age = now.since(heartbeat.at);
    if age > LATE {
        let what = format!(
            "the last heartbeat of sweep was at {}: what is put off is not done or told",
            heartbeat.at
        );
        found.wrong("heartbeat_late", what, "look at the schedule Tick and at the log of sweep");
    }
    match heartbeat.version.as_deref() {
        Some(VERSION) => {}
        Some(other) => {
            let what = format!("the functions are version {other}, this command is {VERSION}");
            found.warn("version", what, "use the command of the functions' version, or deploy this one's");
        }
        None => {
            let what =
                format!("the functions don't say their version: they are older than this command, {VERSION}");
            found.warn("version", what, "deploy this version, or use the command of theirs");
        }
    }
}
