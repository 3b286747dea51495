//! What runs in a process of its own and measures itself.

use keytrail::input::{Item, Progress, Source, read_all};
use libdeflater::{DecompressionError, Decompressor};
use rustix::time::{ClockId, clock_gettime};
use std::fs::{self, File};
use std::io::Read;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

/// What a phase went through.
#[derive(Debug, Clone, Copy, Default)]
struct Amount {
    records: u64,
    /// Inflated bytes, where they are known.
    bytes: u64,
    troubles: u64,
}

/// Runs a phase once and prints `records bytes troubles cpu_ns wall_ns peak_kib`.
///
/// # Errors
/// If there is no such phase or its input cannot be read.
pub fn run(name: &str, threads: &str, folder: &Path) -> Result<(), String> {
    let threads: NonZeroUsize = threads.parse().map_err(|_| format!("not a number of threads: {threads}"))?;
    let (wall, cpu) = (Instant::now(), cpu_ns());
    let amount = match name {
        "floor" => floor(threads, folder)?,
        "read" => read(threads, folder),
        _ => return Err(format!("no phase {name}")),
    };
    let (cpu, wall) = (cpu_ns() - cpu, wall.elapsed().as_nanos());
    let Amount { records, bytes, troubles } = amount;
    println!("{records} {bytes} {troubles} {cpu} {wall} {}", peak_kib("self")?);
    Ok(())
}

fn cpu_ns() -> i64 {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    now.tv_sec * 1_000_000_000 + now.tv_nsec
}

/// The most memory that a process ever held, of those still alive.
///
/// # Errors
/// If the system does not tell.
pub fn peak_kib(process: &str) -> Result<u64, String> {
    let path = format!("/proc/{process}/status");
    let status = fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok())
        .ok_or_else(|| format!("{path} tells no peak"))
}

/// Every file read and inflated as a whole, into the same buffers, and forgotten.
fn floor(threads: NonZeroUsize, folder: &Path) -> Result<Amount, String> {
    let files = files(folder)?;
    let next = AtomicUsize::new(0);
    let work = || {
        let (mut file, mut inflated, mut inflater) = (Vec::new(), Vec::new(), Decompressor::new());
        let mut bytes = 0;
        while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            bytes += inflate(path, &mut file, &mut inflated, &mut inflater)?;
        }
        Ok(bytes)
    };
    let bytes: Result<u64, String> = thread::scope(|scope| {
        let others: Vec<_> = (1..threads.get()).map(|_| scope.spawn(work)).collect();
        let mine = work();
        others.into_iter().map(|other| other.join().unwrap()).chain([mine]).sum()
    });
    Ok(Amount { bytes: bytes?, ..Amount::default() })
}

fn inflate(
    path: &Path,
    file: &mut Vec<u8>,
    inflated: &mut Vec<u8>,
    inflater: &mut Decompressor,
) -> Result<u64, String> {
    let said = |problem: &dyn std::fmt::Display| format!("{}: {problem}", path.display());
    file.clear();
    File::open(path).and_then(|mut input| input.read_to_end(file)).map_err(|error| said(&error))?;
    let size = file.last_chunk().map_or(0, |size| u32::from_le_bytes(*size)) as usize;
    if inflated.len() < size {
        inflated.resize(size, 0);
    }
    inflater
        .gzip_decompress(file, inflated)
        .map(|bytes| bytes as u64)
        .map_err(|error: DecompressionError| said(&error))
}

/// The files of a folder and the folders in it.
///
/// # Errors
/// If a folder cannot be listed.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        let entries = fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        for entry in entries {
            let path = entry.map_err(|error| error.to_string())?.path();
            if path.is_dir() { &mut open } else { &mut found }.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Every record split out and asked all that decides whether it is ours, by its names and its bearer flag.
fn read(threads: NonZeroUsize, folder: &Path) -> Amount {
    let on_item = |amount: &mut Amount, _: &Source, item: Item<'_>| match item {
        Item::Record(record) => {
            amount.records += 1;
            let names = record.event_source.map_or(0, str::len) + record.event_name.map_or(0, str::len);
            amount.bytes += u64::from(names > 0 && record.may_hold_bearer_flag());
        }
        Item::Trouble(_) => amount.troubles += 1,
        Item::PassedOver(_) => {}
    };
    let workers = read_all(&[folder.to_owned()], threads, Amount::default, on_item, &Progress::default());
    workers.into_iter().fold(Amount::default(), |sum, one| Amount {
        records: sum.records + one.records,
        bytes: sum.bytes + one.bytes,
        troubles: sum.troubles + one.troubles,
    })
}
