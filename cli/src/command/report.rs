//! `keytrail report`: one page for people.

use anyhow::Context as _;
use keytrail_engine::judge::judge_all;

use crate::args::report::Report;
use crate::exit::Exit;
use crate::input::STANDARD_INPUT;
use crate::page::page;
use crate::{render, settings};

pub(super) fn run(asked: &Report) -> anyhow::Result<Exit> {
    let policy = settings::policy(asked.judging.policy.as_deref())?;
    let world = settings::world(&asked.state)?;
    let now = settings::now(asked.judging.now, world.newest());
    let page = page(&world, &judge_all(&world, &policy, now), now);
    if asked.out.as_os_str() == STANDARD_INPUT {
        render::print(&page)?;
    } else {
        let name = asked.out.display();
        std::fs::write(&asked.out, page).with_context(|| format!("cannot write {name}"))?;
        render::print(&format!("{}: written\n", render::visible(&name.to_string())))?;
    }
    Ok(Exit::Fine)
}
