//! `keytrail findings`: what is wrong, judged from a state.

use keytrail_engine::finding::{Finding, Severity};
use keytrail_engine::judge::judge_all;

use super::show::write;
use crate::args::Findings;
use crate::exit::Exit;
use crate::{render, settings};

pub(super) fn run(asked: &Findings) -> anyhow::Result<Exit> {
    let policy = settings::policy(asked.judging.policy.as_deref())?;
    let world = settings::world(&asked.state)?;
    let now = settings::now(asked.judging.now, world.newest());
    let findings = judge_all(&world, &policy, now);
    write(asked.format, &findings, || {
        let shown = render::findings(&findings, render::width());
        format!("{shown}{}, as of {now}.\n", render::plural(findings.len() as u64, "finding", "findings"))
    })?;
    Ok(if fails(&findings, asked.fail_on) { Exit::Found } else { Exit::Fine })
}

/// Whether a finding is as grave as was asked.
pub(super) fn fails(findings: &[Finding], fail_on: Option<Severity>) -> bool {
    fail_on.is_some_and(|least| findings.iter().any(|finding| finding.severity >= least))
}
