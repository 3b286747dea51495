//! The columns of API keys, KMS keys and log targets.

use std::collections::BTreeSet;

use keytrail_engine::event::LogTargetName;
use keytrail_engine::ids::{AccountId, Region};
use keytrail_engine::subject::SubjectId;
use keytrail_engine::time::Time;

use super::prose::{day, minute, short};
use super::table::Columns;
use crate::report::{DeletionRow, Encryption, KeyRow, KmsRow, LogRow, NeededUntil};

/// Names that a cell shows before it says how many more there are.
const SHOWN: usize = 3;
const UNKNOWN: &str = "unknown";

/// API keys.
pub fn keys(rows: &[KeyRow], now: Time, width: usize) -> String {
    let several = Several::of(rows.iter().map(|row| (&row.account, None)));
    let mut headers = vec!["KEY", "USER", "SERVICE", "AGE", "STATUS", "EXPIRES IN", "LAST USED", "FROM"];
    // Most keys have neither, and the table is wide as it is.
    let owned = rows.iter().any(|row| row.owner.is_some());
    let staged = rows.iter().any(|row| row.stage.is_some());
    headers.extend(owned.then_some("OWNER"));
    headers.extend(staged.then_some("STAGE, NEXT"));
    several.header(&mut headers, 1);
    let mut columns = Columns::new(&headers, width);
    for row in rows {
        let mut cells = vec![
            row.id.to_string(),
            known(row.user.as_ref()),
            row.service.as_ref().map_or_else(|| UNKNOWN.to_owned(), |it| service(it.as_str())),
            row.created.map_or_else(|| UNKNOWN.to_owned(), |created| short(now.since(created))),
            row.status.to_owned(),
            expires(row, now),
            last_used(row, now),
            listed(row.networks.iter().map(ToString::to_string), row.networks.len(), row.more_networks),
        ];
        cells.extend(owned.then(|| known(row.owner.as_ref())));
        cells.extend(staged.then(|| stage(row)));
        several.cell(&mut cells, 1, &row.account, None);
        columns.row(cells);
    }
    columns.text()
}

fn stage(row: &KeyRow) -> String {
    let words = |word: &str| word.replace('_', " ");
    let next = row.next_step.map(|step| format!("{} {}", words(step.what), day(step.at)));
    row.stage.map(words).into_iter().chain(next).collect::<Vec<_>>().join(" · ")
}

fn expires(row: &KeyRow, now: Time) -> String {
    match row.expires {
        _ if row.status == "deleted" => String::new(),
        None if row.never_expires => "never".to_owned(),
        None => UNKNOWN.to_owned(),
        Some(at) if at <= now => format!("{} ago", short(now.since(at))),
        Some(at) => short(at.since(now)),
    }
}

fn last_used(row: &KeyRow, now: Time) -> String {
    match (row.last_used.at, row.last_used.possibly) {
        (None, None) => UNKNOWN.to_owned(),
        (_, Some(possibly)) => format!("unknown, perhaps {} ago", short(now.since(possibly))),
        (Some(at), None) => format!("{} ago", short(now.since(at))),
    }
}

/// KMS keys.
pub fn kms_keys(rows: &[KmsRow], now: Time, width: usize) -> String {
    let several = Several::of(rows.iter().map(|row| (&row.account, Some(&row.region))));
    let mut headers = vec!["KMS KEY", "SPEC, ORIGIN", "STATE", "PROTECTS NOW", "DELETION"];
    several.header(&mut headers, 1);
    let mut columns = Columns::new(&headers, width);
    for row in rows {
        let mut cells = vec![
            row.id.to_string(),
            format!("{} · {}", known(row.spec.as_ref()), known(row.origin.as_ref())),
            state(row),
            protects(row),
            deletion(&row.deletion, now),
        ];
        several.cell(&mut cells, 1, &row.account, Some(&row.region));
        columns.row(cells);
    }
    columns.text()
}

fn state(row: &KmsRow) -> String {
    match (&row.deletion, row.state) {
        (DeletionRow::Done { .. }, _) => "Deleted".to_owned(),
        (_, Some(state)) => format!("{state:?}"),
        (_, None) => UNKNOWN.to_owned(),
    }
}

fn protects(row: &KmsRow) -> String {
    let now: Vec<_> = row.protects.iter().filter(|it| it.need == "now").collect();
    let older: Vec<_> = row.protects.iter().filter(|it| it.need != "now").collect();
    let mut text = listed(now.iter().map(|it| target_name(&it.target)), now.len(), false);
    if !older.is_empty() {
        let until = match row.older_until() {
            NeededUntil::Date(at) => format!("until {}", day(at)),
            NeededUntil::Nobody | NeededUntil::Open => "no end known".to_owned(),
        };
        let dot = if text.is_empty() { "" } else { " · " };
        let names = listed(older.iter().map(|it| target_name(&it.target)), older.len(), false);
        text += &format!("{dot}still needed for {names}, {until}");
    }
    text
}

/// A log target as people call it.
pub(super) fn target_name(target: &SubjectId) -> String {
    match target.log_target_name() {
        Some(LogTargetName::QueryResults) => "query results".to_owned(),
        Some(LogTargetName::Other(part, name)) => format!("{} {name}", part.title()),
        Some(LogTargetName::LogGroup(_)) | None => target.name.to_string(),
    }
}

fn deletion(deletion: &DeletionRow, now: Time) -> String {
    match deletion {
        DeletionRow::None => String::new(),
        DeletionRow::Contested => "contested".to_owned(),
        DeletionRow::Done { at } => format!("deleted {}", minute(*at)),
        DeletionRow::Scheduled { date: None, .. } => "waits for its replicas".to_owned(),
        DeletionRow::Scheduled { date: Some(date), .. } if *date > now => {
            format!("in {}, {}", short(date.since(now)), minute(*date))
        }
        DeletionRow::Scheduled { date: Some(date), .. } => format!("was due {}", minute(*date)),
    }
}

/// Log targets.
pub fn log_targets(rows: &[LogRow], width: usize) -> String {
    let several = Several::of(rows.iter().map(|row| (&row.account, Some(&row.region))));
    let mut headers = vec!["LOG TARGET", "KMS KEY", "SINCE", "RETENTION", "BEARER AUTH", "SENDERS"];
    several.header(&mut headers, 1);
    let mut columns = Columns::new(&headers, width);
    for row in rows {
        let (key, since) = match &row.encryption {
            Encryption::KmsKey { key, since } => (short_key(key), day(*since)),
            Encryption::None { since } => ("none".to_owned(), day(*since)),
            Encryption::Contested => ("contested".to_owned(), String::new()),
            Encryption::Unknown => (UNKNOWN.to_owned(), String::new()),
        };
        let name = target_name(&row.subject);
        let more = row.sender_count > row.senders.len() as u64;
        let senders = row
            .senders
            .iter()
            .map(|it| it.user.as_ref().map_or_else(|| "short-term tokens".to_owned(), ToString::to_string));
        let mut cells = vec![
            if row.deleted { format!("{name} (deleted)") } else { name },
            with_earlier(key, row),
            since,
            retention(row),
            row.bearer_authentication.map_or(UNKNOWN, |on| if on { "on" } else { "off" }).to_owned(),
            listed(senders, row.senders.len(), more),
        ];
        several.cell(&mut cells, 1, &row.account, Some(&row.region));
        columns.row(cells);
    }
    columns.text()
}

/// The key, and those under which older data still lies.
fn with_earlier(key: String, row: &LogRow) -> String {
    let earlier = row.earlier_keys.iter().map(|it| {
        let until = it.until.map_or_else(|| "no end known".to_owned(), |at| format!("until {}", day(at)));
        format!("{} ({until})", short_key(&it.key))
    });
    let earlier = listed(earlier, row.earlier_keys.len(), false);
    if earlier.is_empty() { key } else { format!("{key} · older data under {earlier}") }
}

/// The id alone of a key that an ARN names.
fn short_key(key: &str) -> String {
    key.split_once(":key/").map_or(key, |(_, id)| id).to_owned()
}

fn retention(row: &LogRow) -> String {
    match row.retention_days {
        Some(days) => format!("{days}d"),
        None if row.retention_known => "for ever".to_owned(),
        None => UNKNOWN.to_owned(),
    }
}

/// The service as people call it.
fn service(name: &str) -> String {
    name.strip_suffix(".amazonaws.com").unwrap_or(name).to_owned()
}

fn known<T: ToString>(value: Option<&T>) -> String {
    value.map_or_else(|| UNKNOWN.to_owned(), ToString::to_string)
}

/// The first few, and how many more.
fn listed(texts: impl Iterator<Item = String>, count: usize, more: bool) -> String {
    let texts: Vec<String> = texts.take(SHOWN).collect();
    let left = count - texts.len();
    match (left, more) {
        (0, false) => texts.join(" · "),
        (0, true) => texts.join(" · ") + " · more",
        (left, _) => format!("{} · {left}{} more", texts.join(" · "), if more { "+" } else { "" }),
    }
}

/// Whether there are several accounts or regions, so that rows must say which is theirs.
struct Several {
    accounts: bool,
    regions: bool,
}

impl Several {
    fn of<'a>(places: impl Iterator<Item = (&'a AccountId, Option<&'a Region>)>) -> Self {
        let (accounts, regions): (BTreeSet<_>, BTreeSet<_>) = places.unzip();
        Self { accounts: accounts.len() > 1, regions: regions.len() > 1 }
    }

    fn header(&self, headers: &mut Vec<&str>, at: usize) {
        if self.accounts || self.regions {
            headers.insert(
                at,
                if self.accounts && self.regions {
                    "PLACE"
                } else if self.accounts {
                    "ACCOUNT"
                } else {
                    "REGION"
                },
            );
        }
    }

    fn cell(&self, cells: &mut Vec<String>, at: usize, account: &AccountId, region: Option<&Region>) {
        let account = self.accounts.then(|| account.to_string());
        let region = region.filter(|_| self.regions).map(ToString::to_string);
        let place: Vec<String> = account.into_iter().chain(region).collect();
        if !place.is_empty() {
            cells.insert(at, place.join(" "));
        }
    }
}
