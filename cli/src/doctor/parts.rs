//! The names that the template gives its parts. A test holds them against `infra/template.yaml`.

use keytrail_ledger::capability::Deployment;

use super::Diagnosis;

/// Rules whose events change something, and those of reports.
pub(super) const CONTROL_RULES: [&str; 10] = [
    "ApiKeysRule",
    "UsersRule",
    "KmsKeysRule",
    "LogTargetsRule",
    "TrailsRule",
    "OwnPartsRule",
    "HealthRule",
    "GuardDutyRule",
    "ForwardedChangesRule",
    "ForwardedReportsRule",
];
/// Rules of bearer calls, some of which are read-only management events.
pub(super) const USAGE_RULES: [&str; 2] = ["BearerCallsRule", "ForwardedUseRule"];
/// Queues, each with the one that takes what fails.
pub(super) const QUEUES: [(&str, &str); 3] = [
    ("ControlQueue", "ControlDeadLetters"),
    ("UsageQueue", "UsageDeadLetters"),
    ("SweepQueue", "SweepDeadLetters"),
];
/// Queues that should be empty.
pub(super) const DEAD_LETTERS: [&str; 5] =
    ["ControlDeadLetters", "UsageDeadLetters", "SweepDeadLetters", "UndeliveredEvents", "GivenUp"];
/// The topic of pages, and that of what is wrong with Keytrail itself.
pub(super) const TOPICS: [&str; 2] = ["Pages", "OwnAlarms"];
/// Sweep's schedules.
pub(super) const SCHEDULES: [&str; 2] = ["Tick", "DailySweep"];
/// The rules that a member's stack has in every region: those of IAM and Health are made in one region only.
pub(super) const FORWARDERS: usize = 5;

/// A function, its role, and what calls it.
pub(super) struct Function {
    pub(super) name: &'static str,
    pub(super) role: &'static str,
    /// The name of the one policy in its role.
    pub(super) policy: &'static str,
    /// Queues; where there are none, it is the table's stream.
    pub(super) queues: &'static [&'static str],
}

/// The functions.
pub(super) const FUNCTIONS: [Function; 4] = [
    Function {
        name: "Detect",
        role: "DetectRole",
        policy: "detect",
        queues: &["ControlQueue", "UsageQueue"],
    },
    Function { name: "Respond", role: "RespondRole", policy: "respond", queues: &[] },
    Function { name: "Notify", role: "NotifyRole", policy: "notify", queues: &[] },
    Function { name: "Sweep", role: "SweepRole", policy: "sweep", queues: &["SweepQueue"] },
];

/// All of them.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let others = ["Table", "Hub", "PagesKey", "KeytrailDenyBearer", "ScheduleRole"];
    let functions = FUNCTIONS.iter().flat_map(|function| [function.name, function.role]);
    let queues = QUEUES.iter().map(|(name, _)| *name);
    let rest =
        CONTROL_RULES.into_iter().chain(USAGE_RULES).chain(DEAD_LETTERS).chain(TOPICS).chain(SCHEDULES);
    others.into_iter().chain(functions).chain(queues).chain(rest)
}

/// Whether the stack is Keytrail's, and whole.
pub(super) fn check(deployment: &Deployment, found: &mut Diagnosis) {
    let missing: Vec<_> = names().filter(|name| !deployment.names.iter().any(|it| **it == **name)).collect();
    if !missing.is_empty() {
        found.wrong(
            "part_missing",
            format!("the stack has no {}", missing.join(", ")),
            "deploy infra/template.yaml of this version; is it the hub's stack that --stack names?",
        );
    }
}
