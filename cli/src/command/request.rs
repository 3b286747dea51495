//! `keytrail hold`, `release`, `exempt`, `compromised`, `cleared`, `replace`, `deactivate`, `reactivate`, `delete`.

use keytrail_engine::event::Request;

use crate::args::request::{Exempt, Hold, Replace};
use crate::exit::Exit;
use crate::request::{run, until};

pub(super) fn hold(asked: &Hold) -> anyhow::Result<Exit> {
    run(&Request::Hold { until: until(asked.lasts, true)? }, &asked.ask)
}

pub(super) fn exempt(asked: &Exempt) -> anyhow::Result<Exit> {
    run(&Request::Exempt { until: until(asked.lasts, false)? }, &asked.ask)
}

pub(super) fn replace(asked: &Replace) -> anyhow::Result<Exit> {
    run(&Request::Replace { by: asked.by.as_str().into() }, &asked.ask)
}
