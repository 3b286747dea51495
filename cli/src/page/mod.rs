//! A report as one HTML page: it needs no script, no other file and no network, and asks for none.

mod html;
mod sections;
mod sheet;
mod timeline;

use keytrail_engine::finding::Finding;
use keytrail_engine::time::Time;
use keytrail_engine::world::World;

use crate::report;
use html::Html;
pub use sheet::sheet_page;

const STYLE: &str = include_str!("style.css");

/// What a world holds at a moment, and what is wrong with it, for people to read, print and file.
pub fn page(world: &World, findings: &[Finding], now: Time) -> String {
    let (keys, kms, logs) =
        (report::keys(world, now), report::kms_keys(world, now), report::log_targets(world, now));
    let mut html = Html::default();
    begin(&mut html, &format!("Keytrail, {now}"));
    html.markup("<header><h1>Keytrail</h1>\n<p>As of ");
    html.text(now).markup("</p></header>\n<main>\n");
    sections::summary(&mut html, &keys, &kms, &logs, findings);
    sections::findings(&mut html, findings);
    html.markup("<section aria-labelledby=\"keys\"><h2 id=\"keys\">API keys</h2>\n");
    timeline::timeline(&mut html, world, &keys, now);
    sections::ages(&mut html, &keys, now);
    sections::keys(&mut html, &keys);
    html.markup("</section>\n");
    sections::map(&mut html, &logs);
    sections::kms(&mut html, &kms);
    html.markup("</main>\n");
    end(&mut html);
    html.into_text()
}

/// All before a page's first words. The page may load nothing and run nothing.
fn begin(html: &mut Html, title: &str) {
    html.markup("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    html.markup("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n");
    html.markup("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    html.markup("<meta name=\"color-scheme\" content=\"light dark\">\n<title>").text(title);
    html.markup("</title>\n<style>\n").markup(STYLE).markup("</style>\n</head>\n<body>\n");
}

/// All after its last.
fn end(html: &mut Html) {
    html.markup("</body>\n</html>\n");
}
