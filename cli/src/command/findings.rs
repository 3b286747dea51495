//! `keytrail findings`: what is wrong, judged from a state or from a table.

use keytrail_aws::SystemClock;
use keytrail_engine::finding::{Finding, Severity};
use keytrail_engine::judge::judge_all;
use keytrail_engine::policy::Policy;
use keytrail_engine::subject::Kind;
use keytrail_engine::time::Time;
use keytrail_engine::world::World;
use keytrail_ledger::Parts;
use keytrail_ledger::capability::Clock as _;

use super::show::write;
use crate::args::Findings;
use crate::args::place::PolicyPlace;
use crate::exit::Exit;
use crate::ledger::{self, Opened};
use crate::{render, settings};

pub(super) fn run(asked: &Findings) -> anyhow::Result<Exit> {
    if asked.noisy {
        return super::noisy::run(asked);
    }
    let (policy, world, now) = match &asked.place.state {
        Some(state) => {
            let policy = settings::policy(asked.judging.policy.as_deref())?;
            let world = settings::world(state)?;
            let now = settings::now(asked.judging.now, world.newest());
            (policy, world, now)
        }
        None => of_table(asked)?,
    };
    let findings = judge_all(&world, &policy, now);
    write(asked.format, &findings, || {
        let shown = render::findings(&findings, render::width());
        format!("{shown}{}, as of {now}.\n", render::plural(findings.len() as u64, "finding", "findings"))
    })?;
    Ok(if fails(&findings, asked.fail_on) { Exit::Found } else { Exit::Fine })
}

/// All of a table, judged now and by the policy that its functions obey.
fn of_table(asked: &Findings) -> anyhow::Result<(Policy, World, Time)> {
    const NONE: &[Parts] = &[];
    const OF_USE: &[Parts] = &[Parts::Hours, Parts::Credentials];
    let ledger = Opened::open(&asked.place, false)?;
    let place = PolicyPlace {
        policy: asked.judging.policy.clone(),
        policy_parameter: asked.policy_parameter.clone(),
    };
    let (policy, _) = ledger.policy(&place)?;
    let now = asked.judging.now.unwrap_or_else(|| SystemClock.now());
    let kinds = Kind::ALL.map(|kind| match kind {
        Kind::Usage => (kind, OF_USE),
        Kind::KmsKey => (kind, [Parts::Edges].as_slice()),
        _ => (kind, NONE),
    });
    let world = ledger::world(&ledger, &kinds, now)?;
    Ok((policy, world, now))
}

/// Whether a finding is as grave as was asked.
pub(super) fn fails(findings: &[Finding], fail_on: Option<Severity>) -> bool {
    fail_on.is_some_and(|least| findings.iter().any(|finding| finding.severity >= least))
}
