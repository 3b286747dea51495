//! What people were paged for, held against the labels.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use keytrail_engine::policy::theft::WEIGHTS;
use keytrail_fleet::{DAYS, Fleet, Pace, Place, Theft};

use crate::watch::Seen;

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;
/// Nothing is said of the first two weeks, so that they don't count as quiet ones.
const LEARNING: i64 = 14;
/// A page within this time after a theft is about the theft.
const AFTER: i64 = 3 * DAY;

/// So many of so many.
#[derive(Clone, Copy, Debug, Default)]
struct Share {
    hits: usize,
    of: usize,
}

impl Share {
    fn add(&mut self, hit: bool) {
        self.hits += usize::from(hit);
        self.of += 1;
    }
}

impl fmt::Display for Share {
    /// With Wilson's interval at 95 %.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.of == 0 {
            return f.pad("none");
        }
        let (n, z) = (self.of as f64, 1.96_f64);
        let p = self.hits as f64 / n;
        let middle = (p + z * z / (2.0 * n)) / (1.0 + z * z / n);
        let half = z / (1.0 + z * z / n) * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
        let (low, high) = (100.0 * (middle - half), 100.0 * (middle + half));
        let text = format!("{:5.1} % ({low:.1}–{high:.1}), {} of {}", 100.0 * p, self.hits, self.of);
        f.pad(&text)
    }
}

/// The score of fleets.
#[derive(Debug, Default)]
pub(crate) struct Score {
    classes: BTreeMap<String, (Share, Vec<i64>)>,
    fast: (Share, Share),
    traces: Share,
    traceless: Share,
    delays: Vec<i64>,
    true_pages: usize,
    false_pages: usize,
    false_of: BTreeMap<String, usize>,
    /// The false pages, with what they rest on.
    pub(crate) told: Vec<String>,
    /// By rule: thefts in which it found something, findings about a theft, findings at all.
    rules: BTreeMap<&'static str, (usize, usize, usize)>,
    naive: Share,
    naive_fast: Share,
    naive_false: usize,
    key_months: f64,
    thefts: usize,
    calls: usize,
}

fn is_about(theft: &Theft, at: i64, end: i64) -> bool {
    theft.first.is_some_and(|first| (first..=end + AFTER).contains(&at))
}

impl Score {
    pub(crate) fn add(&mut self, fleet: &Fleet, seen: &Seen) {
        self.calls += seen.calls;
        self.key_months += fleet.keys.len() as f64 * (DAYS - LEARNING) as f64 / 30.0;
        let mut ends: BTreeMap<u16, i64> = BTreeMap::new();
        for call in &fleet.calls {
            if let Some(theft) = call.theft {
                ends.insert(theft, call.at);
            }
        }
        let of_key: BTreeMap<usize, (usize, &Theft)> = fleet
            .thefts
            .iter()
            .enumerate()
            .map(|(index, theft)| (usize::from(theft.key), (index, theft)))
            .collect();
        let about = |key: usize, at: i64| {
            let (index, theft) = of_key.get(&key)?;
            is_about(theft, at, *ends.get(&(*index as u16))?).then_some(*index)
        };
        let mut paged: BTreeMap<usize, i64> = BTreeMap::new();
        let mut of_rule: BTreeSet<(&'static str, usize)> = BTreeSet::new();
        for it in &seen.sightings {
            let theft = about(it.key, it.at);
            if let Some((rule, _)) = WEIGHTS.iter().find(|(rule, _)| *rule == it.rule) {
                let counts = self.rules.entry(rule).or_default();
                counts.2 += 1;
                if let Some(theft) = theft {
                    counts.1 += 1;
                    of_rule.insert((rule, theft));
                }
            }
            if it.pages {
                match theft {
                    Some(theft) => {
                        self.true_pages += 1;
                        paged.entry(theft).or_insert(it.at);
                    }
                    None => {
                        self.false_pages += 1;
                        self.told.push(format!("{:?} {}: {}", fleet.keys[it.key].kind, it.key, it.evidence));
                        *self
                            .false_of
                            .entry(format!("{} of {:?}", it.rule, fleet.keys[it.key].kind))
                            .or_default() += 1;
                    }
                }
            }
        }
        for (rule, _) in of_rule {
            self.rules.entry(rule).or_default().0 += 1;
        }
        let mut naive: BTreeMap<usize, i64> = BTreeMap::new();
        for (at, key) in &seen.naive {
            match about(*key, *at) {
                Some(theft) => {
                    naive.entry(theft).or_insert(*at);
                }
                None => self.naive_false += 1,
            }
        }
        for (index, theft) in fleet.thefts.iter().enumerate() {
            self.theft(theft, paged.get(&index).copied(), naive.contains_key(&index));
        }
    }

    fn theft(&mut self, theft: &Theft, paged: Option<i64>, naive: bool) {
        let Some(first) = theft.first else { return };
        self.thefts += 1;
        if !theft.leaves_a_trace() {
            self.traceless.add(paged.is_some());
            return;
        }
        let delay = paged.map(|at| at - first);
        self.traces.add(paged.is_some());
        self.naive.add(naive);
        self.delays.extend(delay);
        if theft.pace == Pace::Fast && theft.place != Place::SameEgress {
            self.fast.0.add(paged.is_some());
            self.fast.1.add(delay.is_some_and(|delay| delay <= 5 * MINUTE));
            self.naive_fast.add(naive);
        }
        let deployed = if theft.during_deployment { ", during a deployment" } else { "" };
        for class in [
            format!("{:?} {:?} {:?}", theft.pace, theft.place, theft.volume),
            format!("{:?}{deployed}", theft.pace),
            format!("the sender's agent copied: {}", theft.copies_agent),
        ] {
            let (share, delays) = self.classes.entry(class).or_default();
            share.add(paged.is_some());
            delays.extend(delay);
        }
    }

    fn per_hundred_key_months(&self, number: usize) -> f64 {
        100.0 * number as f64 / self.key_months
    }

    /// The figures with a target, on one line each.
    pub(crate) fn in_short(&self) -> String {
        let Self { fast, traces, .. } = self;
        format!(
            "found, of all that leave a trace          {traces}\nfound, fast from another network          {}\n\
             … within 5 minutes of the first call      {}\nfalse pages per 100 keys and month        {:.2}\n",
            fast.0,
            fast.1,
            self.per_hundred_key_months(self.false_pages),
        )
    }
}

fn minutes(delays: &[i64], share: f64) -> String {
    let mut sorted = delays.to_vec();
    sorted.sort_unstable();
    let index = (sorted.len() as f64 * share) as usize;
    sorted
        .get(index)
        .map_or_else(|| "–".to_owned(), |delay| format!("{:.1} min", *delay as f64 / MINUTE as f64))
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} calls, {} thefts, {:.0} key months", self.calls, self.thefts, self.key_months)?;
        f.write_str(&self.in_short())?;
        writeln!(f, "found, of those without a trace           {}", self.traceless)?;
        let pages = Share { hits: self.true_pages, of: self.true_pages + self.false_pages };
        writeln!(f, "pages that are about a theft              {pages}")?;
        writeln!(
            f,
            "delay: median {}, nine of ten {}",
            minutes(&self.delays, 0.5),
            minutes(&self.delays, 0.9)
        )?;
        writeln!(
            f,
            "a page for every new /24: found {}, fast {}, false pages per 100 keys and month {:.1}",
            self.naive,
            self.naive_fast,
            self.per_hundred_key_months(self.naive_false)
        )?;
        writeln!(f, "\n{:<40} {:<36} median delay", "class", "found")?;
        for (class, (share, delays)) in &self.classes {
            writeln!(f, "{class:<40} {share:<36} {}", minutes(delays, 0.5))?;
        }
        writeln!(f, "\n{:<28} {:<36} findings about a theft", "rule", "thefts in which it finds something")?;
        for (rule, (thefts, about, all)) in &self.rules {
            let recall = Share { hits: *thefts, of: self.thefts };
            let precision = Share { hits: *about, of: *all };
            writeln!(f, "{rule:<28} {recall:<36} {precision}")?;
        }
        writeln!(f, "\nfalse pages by rule and kind of sender")?;
        for (what, number) in &self.false_of {
            writeln!(f, "{number:5}  {what}")?;
        }
        Ok(())
    }
}
