//! The lives of API keys on a line, as a picture. The table of keys says the same in words.

use keytrail_engine::document::{Facts, Life};
use keytrail_engine::event::Status;
use keytrail_engine::subject::SubjectId;
use keytrail_engine::time::Time;
use keytrail_engine::world::World;

use super::html::Html;
use crate::report::KeyRow;

/// More would be no picture any more.
const MOST: usize = 400;
const ROW: i64 = 22;
/// Where names end and lines begin.
const LEFT: i64 = 240;
const WIDTH: i64 = 1000;
const RIGHT: i64 = WIDTH - 20;

/// Something in a key's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Created,
    Deactivated,
    Activated,
    Reset,
    Deleted,
    LastUse,
}

impl Mark {
    /// Its class in the stylesheet, and what it is called.
    const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Created => ("created", "created"),
            Self::Deactivated => ("deactivated", "deactivated"),
            Self::Activated => ("created", "activated"),
            Self::Reset => ("reset", "given a new secret"),
            Self::Deleted => ("deleted", "deleted"),
            Self::LastUse => ("used", "last used"),
        }
    }
}

/// The picture of all keys whose creation or use has a time.
pub(super) fn timeline(html: &mut Html, world: &World, keys: &[KeyRow], now: Time) {
    let lives: Vec<_> =
        keys.iter().map(|key| (key, marks(world, key))).filter(|(_, marks)| !marks.is_empty()).collect();
    let from = lives.iter().flat_map(|(_, marks)| marks.iter().map(|(at, _)| *at)).min();
    let Some(from) = from.filter(|from| *from < now) else {
        html.markup("<p>No record says when something happened to a key.</p>\n");
        return;
    };
    if lives.len() > MOST {
        html.markup("<p>Of ")
            .text(lives.len())
            .markup(" keys the first ")
            .text(MOST)
            .markup(" are drawn.</p>\n");
    }
    let to = lives.iter().filter_map(|(key, _)| key.expires).max().unwrap_or(now).max(now);
    let scale = Scale { from, to };
    let rows = i64::try_from(lives.len().min(MOST)).unwrap_or(i64::MAX / ROW);
    html.markup("<div class=\"wide\"><svg role=\"img\" aria-label=\"Lives of ").number(rows);
    html.markup(" API keys; the table below has the same dates\" viewBox=\"0 0 ").number(WIDTH).markup(" ");
    html.number(rows * ROW + 30).markup("\">\n");
    let x = scale.x(now);
    html.markup("<line class=\"now\" x1=\"")
        .number(x)
        .markup("\" x2=\"")
        .number(x)
        .markup("\" y1=\"0\" y2=\"");
    html.number(rows * ROW).markup("\"/>\n");
    for (y, (key, marks)) in (0..).map(|row| row * ROW + ROW / 2).zip(lives.iter().take(MOST)) {
        life(html, key, marks, scale, y, now);
    }
    label(html, LEFT, rows * ROW + 20, "start", from);
    label(html, x, rows * ROW + 20, "end", now);
    html.markup("</svg></div>\n");
    html.markup("<p class=\"legend\"><b class=\"created\">●</b> created or activated <b class=\"used\">●</b> last used ");
    html.markup("<b class=\"deactivated\">●</b> deactivated <b class=\"reset\">●</b> new secret <b class=\"deleted\">●</b> ");
    html.markup("deleted; the line ends at the key's end, dashed from now on; the upright line is ")
        .text(now)
        .markup(".</p>\n");
}

fn marks(world: &World, row: &KeyRow) -> Vec<(Time, Mark)> {
    let mut marks: Vec<_> = life_of(world, &row.subject);
    if marks.is_empty() {
        marks.extend(row.created.map(|at| (at, Mark::Created)));
    }
    marks.extend(row.last_used.at.map(|at| (at, Mark::LastUse)));
    marks
}

fn life_of(world: &World, subject: &SubjectId) -> Vec<(Time, Mark)> {
    let Some(key) = world.documents().find_map(|document| match &document.facts {
        Facts::ApiKey(key) if document.subject == *subject => Some(key),
        _ => None,
    }) else {
        return Vec::new();
    };
    key.life
        .entries()
        .map(|entry| {
            let mark = match entry.value.what {
                Life::Created => Mark::Created,
                Life::Status(Status::Active) => Mark::Activated,
                Life::Status(Status::Inactive | Status::Expired) => Mark::Deactivated,
                Life::Reset => Mark::Reset,
                Life::Deleted => Mark::Deleted,
            };
            (entry.at, mark)
        })
        .collect()
}

fn life(html: &mut Html, key: &KeyRow, marks: &[(Time, Mark)], scale: Scale, y: i64, now: Time) {
    html.markup("<text x=\"")
        .number(LEFT - 10)
        .markup("\" y=\"")
        .number(y + 4)
        .markup("\" text-anchor=\"end\">");
    html.text(&key.id).markup("</text>\n");
    let begin = marks.iter().map(|(at, _)| *at).min().unwrap_or(now);
    let end = key.deleted.or(key.expires.filter(|at| *at <= now)).unwrap_or(now);
    line(html, "life", scale.x(begin), scale.x(end), y);
    if let Some(expires) = key.expires.filter(|at| *at > now && key.deleted.is_none()) {
        line(html, "ahead", scale.x(now), scale.x(expires), y);
    }
    for (at, mark) in marks {
        let (class, name) = mark.names();
        html.markup("<circle class=\"").markup(class).markup("\" cx=\"").number(scale.x(*at));
        html.markup("\" cy=\"").number(y).markup("\" r=\"5\"><title>").text(&key.id).markup(" ").markup(name);
        html.markup(" ").text(at).markup("</title></circle>\n");
    }
}

fn line(html: &mut Html, class: &'static str, from: i64, to: i64, y: i64) {
    html.markup("<line class=\"").markup(class).markup("\" x1=\"").number(from).markup("\" x2=\"").number(to);
    html.markup("\" y1=\"").number(y).markup("\" y2=\"").number(y).markup("\"/>\n");
}

fn label(html: &mut Html, x: i64, y: i64, anchor: &'static str, at: Time) {
    html.markup("<text x=\"")
        .number(x)
        .markup("\" y=\"")
        .number(y)
        .markup("\" text-anchor=\"")
        .markup(anchor);
    html.markup("\">").text(at).markup("</text>\n");
}

/// From a moment to a place on the picture.
#[derive(Clone, Copy)]
struct Scale {
    from: Time,
    to: Time,
}

impl Scale {
    fn x(self, at: Time) -> i64 {
        let whole = self.to.since(self.from).millis().max(1);
        let part = at.since(self.from).millis().clamp(0, whole);
        // Milliseconds of ten thousand years, times the width, fit.
        LEFT + part.saturating_mul(RIGHT - LEFT) / whole
    }
}
