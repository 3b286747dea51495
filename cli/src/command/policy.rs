//! `keytrail policy`.

use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use keytrail_engine::policy::{Mode, Policy, text};
use keytrail_engine::rules::RULES;

use crate::args;
use crate::exit::Exit;
use crate::render;
use crate::settings;

pub(super) fn run(asked: &args::Policy) -> anyhow::Result<Exit> {
    match asked {
        args::Policy::Init { file: None } => render::print(&text::sample())?,
        args::Policy::Init { file: Some(file) } => init(file)?,
        args::Policy::Check { file } => {
            let policy = settings::policy(Some(file))?;
            render::print(&summary(&policy))?;
        }
    }
    Ok(Exit::Fine)
}

/// Never over a policy that is there.
fn init(file: &Path) -> anyhow::Result<()> {
    let fresh = std::fs::File::options().write(true).create_new(true).open(file);
    let cannot = || format!("cannot make {}", file.display());
    fresh.and_then(|mut open| open.write_all(text::sample().as_bytes())).with_context(cannot)?;
    render::print(&format!(
        "{}: written; it changes nothing yet\n",
        render::visible(&file.display().to_string())
    ))
}

fn summary(policy: &Policy) -> String {
    let modes: Vec<_> =
        RULES.iter().filter(|rule| policy.enabled(rule.id)).map(|rule| policy.mode(rule.id)).collect();
    let of = |mode| modes.iter().filter(|its| **its == mode).count();
    let mut text = format!(
        "No faults. Version {}.\nRules: {} observed, {} alerting, {} enforced, {} off.\n",
        policy.version(),
        of(Mode::Observe),
        of(Mode::Alert),
        of(Mode::Enforce),
        RULES.len() - modes.len(),
    );
    if of(Mode::Enforce) > 0 && policy.enrolled_accounts.is_empty() {
        text += "Nothing will be done: no account is enrolled. Name some in enrolled_accounts.\n";
    }
    text
}
