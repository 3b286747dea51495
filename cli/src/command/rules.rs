//! `keytrail rules`.

use keytrail_engine::rules::RULES;
use serde_json::json;

use crate::args::{Rules, RulesFormat};
use crate::exit::Exit;
use crate::render;

pub(super) fn run(asked: &Rules) -> anyhow::Result<Exit> {
    match asked.format {
        RulesFormat::Table => render::print(&render::rules(RULES, render::width()))?,
        RulesFormat::Markdown => render::print(&render::markdown(RULES))?,
        RulesFormat::Json => {
            let rules: Vec<_> = RULES
                .iter()
                .map(|rule| {
                    json!({
                        "id": rule.id,
                        "title": rule.title,
                        "why": rule.why,
                        "severity": rule.severity,
                        "settle_seconds": rule.settle.millis() / 1_000,
                        "judges": rule.judges,
                    })
                })
                .collect();
            render::json(&rules)?;
        }
    }
    Ok(Exit::Fine)
}
