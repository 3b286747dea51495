//! A seeded corpus of CloudTrail files, for throughput and memory measurements.
//!
//! The same [`Corpus`] gives the same bytes everywhere. Most records are foreign, about one in twenty is ours: nearly
//! all of those are bearer calls without a credential id, the rest are the life of API keys, KMS keys and log groups.
//! Ids are random, so the corpus compresses worse than one might expect of a real trail (not checked against one).

mod cast;
mod scene;
mod template;

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use flate2::{Compression, write::GzEncoder};
use jiff::{Timestamp, ToSpan};

use crate::random::Random;
use cast::{Life, Part, draw};
use scene::Scene;
use template::Template;

const REGIONS: [&str; 4] = ["us-east-1", "us-east-1", "us-west-2", "eu-central-1"];
/// Of a thousand records, how many are bearer calls, and how many are control events of ours.
const BEARER_PER_MILLE: u64 = 45;
const CONTROL_PER_MILLE: u64 = 5;
/// Roles, buckets and KMS keys (of each region).
const THINGS: u64 = 40;

/// What to generate.
#[derive(Clone, Debug)]
pub struct Corpus {
    /// How many records in all.
    pub records: u64,
    /// How many files they are spread over.
    pub files: u64,
    /// Names the corpus: another seed gives other records.
    pub seed: u64,
    /// How many API-key users call: each has two keys and two log groups in each of three regions.
    pub subjects: u64,
    /// How many hours the records span.
    pub hours: u64,
}

impl Default for Corpus {
    /// 200,000 records in 100 files: about 329 MB, 55 MB compressed.
    fn default() -> Self {
        Self { records: 200_000, files: 100, seed: 7, subjects: 100, hours: 24 }
    }
}

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Records in all.
    pub records: u64,
    /// Records that Keytrail remembers.
    pub ours: u64,
    /// Bytes of JSON.
    pub raw: u64,
    /// Bytes on disk.
    pub compressed: u64,
}

impl Corpus {
    /// Writes the corpus as gzip files into the folder `out`, named as CloudTrail names them.
    ///
    /// # Errors
    /// When the folder or a file cannot be written.
    pub fn write_to(&self, out: &Path) -> io::Result<Tally> {
        fs::create_dir_all(out)?;
        let mut tally = Tally::default();
        let mut writer = Writer::new(self);
        for file in 0..self.files {
            let path = out.join(writer.file_name(file));
            let mut gzip = GzEncoder::new(BufWriter::new(File::create(&path)?), Compression::default());
            writer.write_file(file, &mut gzip, &mut tally)?;
            gzip.finish()?.flush()?;
            tally.compressed += fs::metadata(&path)?.len();
        }
        Ok(tally)
    }

    /// The corpus as the uncompressed text of its files, in order.
    pub fn texts(&self) -> impl Iterator<Item = Vec<u8>> {
        let mut writer = Writer::new(self);
        (0..self.files).map(move |file| {
            let mut text = Vec::new();
            writer.write_file(file, &mut text, &mut Tally::default()).expect("memory takes every write");
            text
        })
    }
}

/// Goes through a corpus once, file by file.
struct Writer {
    corpus: Corpus,
    random: Random,
    start: Timestamp,
    foreign: Vec<Part>,
    control: Vec<Part>,
    bearer_call: Template,
    life: Life,
    /// How far each subject's keys have come in their lives.
    steps: Vec<u64>,
}

impl Writer {
    fn new(corpus: &Corpus) -> Self {
        Self {
            corpus: Corpus { files: corpus.files.max(1), subjects: corpus.subjects.max(1), ..corpus.clone() },
            random: Random::new(corpus.seed),
            start: "2026-11-02T00:00:00Z".parse().expect("a constant date parses"),
            foreign: cast::foreign(),
            control: cast::control(),
            bearer_call: cast::bearer_call(),
            life: cast::life(),
            steps: vec![0; corpus.subjects.max(1) as usize],
        }
    }

    fn file_name(&self, file: u64) -> String {
        let minute = self.at(self.first_record(file)).strftime("%Y%m%dT%H%MZ").to_string();
        let mut suffix = Random::new(self.corpus.seed ^ file << 32);
        let suffix: String = (0..16)
            .map(|_| char::from(*suffix.pick(b"abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ0123456789")))
            .collect();
        format!("111122223333_CloudTrail_{}_{minute}_{suffix}.json.gz", region(file))
    }

    fn first_record(&self, file: u64) -> u64 {
        self.corpus.records * file / self.corpus.files
    }

    fn at(&self, record: u64) -> Timestamp {
        let seconds = self.corpus.hours * 3600 * record / self.corpus.records.max(1);
        self.start.checked_add((seconds as i64).seconds()).expect("a corpus stays within the calendar")
    }

    fn write_file(&mut self, file: u64, out: &mut impl Write, tally: &mut Tally) -> io::Result<()> {
        let mut record = Vec::with_capacity(4096);
        out.write_all(b"{\"Records\":[")?;
        for number in self.first_record(file)..self.first_record(file + 1) {
            record.clear();
            if number > self.first_record(file) {
                record.push(b',');
            }
            tally.ours += u64::from(self.append(number, region(file), &mut record));
            tally.records += 1;
            tally.raw += record.len() as u64;
            out.write_all(&record)?;
        }
        tally.raw += 14;
        out.write_all(b"]}")
    }

    /// Appends one record; says whether it is one of ours.
    fn append(&mut self, number: u64, region: &'static str, into: &mut Vec<u8>) -> bool {
        let mut random = Random::new(self.random.bits());
        let kind = random.below(1000);
        let subject = random.below(self.corpus.subjects);
        let (slot, thing) = (random.below(2), random.below(THINGS));
        let mut scene = Scene { time: self.at(number), region, subject, slot, thing, random };
        let template = if kind < BEARER_PER_MILLE {
            &self.bearer_call
        } else if kind >= BEARER_PER_MILLE + CONTROL_PER_MILLE {
            draw(&self.foreign, region, &mut scene.random)
        } else if region == "us-east-1" {
            Self::live(&self.life, &mut self.steps[subject as usize], &mut scene.slot)
        } else {
            draw(&self.control, region, &mut scene.random)
        };
        template.fill(&mut scene, into);
        kind < BEARER_PER_MILLE + CONTROL_PER_MILLE
    }

    /// A subject's next step: its first key is created, then its second, then one after the other is deactivated
    /// and activated again.
    fn live<'a>(life: &'a Life, step: &mut u64, slot: &mut u64) -> &'a Template {
        let now = *step;
        *step += 1;
        *slot = now / 2 % 2;
        match now {
            0 | 1 => {
                *slot = now;
                &life.create
            }
            _ if now.is_multiple_of(2) => &life.deactivate,
            _ => &life.activate,
        }
    }
}

fn region(file: u64) -> &'static str {
    REGIONS[(file % REGIONS.len() as u64) as usize]
}

#[cfg(test)]
mod tests;
