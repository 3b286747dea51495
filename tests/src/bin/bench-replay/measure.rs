//! Runs each contestant in turn and keeps its medians.

use super::phase::{files, peak_kib};
use super::table;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Runs of jq and Python, which take seconds.
const ROUNDS_OF_OTHERS: usize = 3;

/// A run's figures, or the medians of several.
#[derive(Debug, Clone, Copy)]
pub struct Figures {
    pub cpu: Duration,
    pub wall: Duration,
    pub peak_kib: u64,
}

/// One of those that are compared.
#[derive(Debug)]
pub struct Row {
    pub name: String,
    pub threads: usize,
    pub figures: Figures,
}

/// How much there was to read.
#[derive(Debug, Clone, Copy, Default)]
pub struct Corpus {
    pub files: usize,
    pub records: u64,
    pub bytes: u64,
    pub compressed: u64,
}

/// What the reader's phase says before its figures.
type Said = [u64; 3];

/// Measures everything on a folder and prints the table.
///
/// # Errors
/// If the folder cannot be read, or a contestant fails.
pub fn all(folder: &Path, rounds: usize) -> Result<(), String> {
    let files = files(folder)?;
    let compressed = files.iter().filter_map(|file| fs::metadata(file).ok()).map(|file| file.len()).sum();
    let mut corpus = Corpus { files: files.len(), compressed, ..Corpus::default() };
    let keytrail = beside("keytrail").filter(|binary| replays(binary));
    let mut contestants: Vec<(String, usize, Vec<Figures>)> = Vec::new();
    for name in ["floor", "read"] {
        contestants.extend([1, 2].map(|threads| (name.to_owned(), threads, Vec::new())));
    }
    if keytrail.is_some() {
        contestants.extend([1, 2].map(|threads| ("replay".to_owned(), threads, Vec::new())));
    }
    for _ in 0..rounds.max(1) {
        for (name, threads, runs) in &mut contestants {
            let figures = match (&keytrail, name.as_str()) {
                (Some(binary), "replay") => foreign(&mut replay(binary, *threads, folder))?,
                _ => {
                    let ([records, bytes, troubles], figures) = phase(name, *threads, folder)?;
                    match name.as_str() {
                        "floor" => corpus.bytes = bytes,
                        _ if troubles > 0 => return Err(format!("{troubles} things could not be read")),
                        _ => corpus.records = records,
                    }
                    figures
                }
            };
            runs.push(figures);
        }
    }
    let mut rows: Vec<Row> = contestants
        .into_iter()
        .map(|(name, threads, runs)| Row { name, threads, figures: median(&runs) })
        .collect();
    rows.extend(others(&files)?);
    table::print(&corpus, &rows);
    Ok(())
}

fn phase(name: &str, threads: usize, folder: &Path) -> Result<(Said, Figures), String> {
    let this = env::current_exe().map_err(|error| format!("cannot find this program: {error}"))?;
    let output = Command::new(this)
        .args(["--phase", name, &threads.to_string()])
        .arg(folder)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cannot run the phase {name}: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout);
    let numbers: Vec<u64> = said.split_whitespace().filter_map(|number| number.parse().ok()).collect();
    let [records, bytes, troubles, cpu, wall, peak_kib] = numbers[..] else {
        return Err(format!("the phase {name} failed"));
    };
    let figures = Figures { cpu: Duration::from_nanos(cpu), wall: Duration::from_nanos(wall), peak_kib };
    Ok(([records, bytes, troubles], figures))
}

fn beside(name: &str) -> Option<PathBuf> {
    let path = env::current_exe().ok()?.with_file_name(name);
    path.is_file().then_some(path)
}

fn replays(keytrail: &Path) -> bool {
    let help = Command::new(keytrail).args(["replay", "--help"]).output();
    help.is_ok_and(|help| {
        help.status.success() && String::from_utf8_lossy(&help.stdout).contains("--threads")
    })
}

fn replay(keytrail: &Path, threads: usize, folder: &Path) -> Command {
    let mut command = Command::new(keytrail);
    command.args(["replay", "--format", "json", "--threads", &threads.to_string()]).arg(folder);
    command
}

/// jq and Python, where they are installed, doing the least of the same work: parse each record, keep our own.
fn others(files: &[PathBuf]) -> Result<Vec<Row>, String> {
    const JQ: &str = r#"zcat -- "$@" | jq -c '.Records[] | select(.eventSource == "kms.amazonaws.com" or .additionalEventData.callWithBearerToken == true) | .eventID'"#;
    const PYTHON: &str = "import gzip, json, sys
for path in sys.argv[1:]:
    for record in json.loads(gzip.open(path).read())['Records']:
        if record.get('eventSource') == 'kms.amazonaws.com' or (record.get('additionalEventData') or {}).get('callWithBearerToken'):
            print(record['eventID'])";
    let installed =
        |name: &str| Command::new(name).arg("--version").output().is_ok_and(|run| run.status.success());
    let mut rows = Vec::new();
    for (name, program, arguments) in
        [("jq", "sh", ["-c", JQ, "sh"].as_slice()), ("python3", "python3", &["-c", PYTHON])]
    {
        if installed(name) {
            let run = || foreign(Command::new(program).args(arguments).args(files));
            let runs = (0..ROUNDS_OF_OTHERS).map(|_| run()).collect::<Result<Vec<_>, _>>()?;
            rows.push(Row { name: name.to_owned(), threads: 1, figures: median(&runs) });
        }
    }
    Ok(rows)
}

/// Runs a program that does not measure itself.
fn foreign(command: &mut Command) -> Result<Figures, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let (wall, cpu) = (Instant::now(), children_cpu()?);
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn();
    let mut child = child.map_err(|error| format!("cannot run {name}: {error}"))?;
    let (process, mut peak) = (child.id().to_string(), 0);
    let status = loop {
        peak = peak.max(peak_of_tree(&process));
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) => thread::sleep(Duration::from_millis(2)),
            Err(error) => return Err(format!("cannot wait for {name}: {error}")),
        }
    };
    // 1: something was skipped, which the reader's own phase has judged.
    if !matches!(status.code(), Some(0 | 1)) {
        return Err(format!("{name} failed: {status}"));
    }
    Ok(Figures { cpu: children_cpu()? - cpu, wall: wall.elapsed(), peak_kib: peak })
}

/// The peak of a process or of one of its children, if it is a shell with a pipeline.
fn peak_of_tree(process: &str) -> u64 {
    let children = fs::read_to_string(format!("/proc/{process}/task/{process}/children")).unwrap_or_default();
    let all = children.split_whitespace().chain([process]);
    all.filter_map(|process| peak_kib(process).ok()).max().unwrap_or_default()
}

/// Processor time of all children that have ended, to the hundredth of a second.
fn children_cpu() -> Result<Duration, String> {
    const FILE: &str = "/proc/self/stat";
    let stat = fs::read_to_string(FILE).map_err(|error| format!("{FILE}: {error}"))?;
    // Behind the name in parentheses, which may hold anything; fields 16 and 17 of proc(5), counted from 3.
    let fields = stat.rsplit_once(')').map(|(_, fields)| fields.split_whitespace()).into_iter().flatten();
    let ticks: u64 = fields.skip(13).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    Ok(Duration::from_millis(ticks * 10))
}

fn median(runs: &[Figures]) -> Figures {
    let middle = |mut values: Vec<Duration>| {
        values.sort_unstable();
        values.get(values.len() / 2).copied().unwrap_or_default()
    };
    Figures {
        cpu: middle(runs.iter().map(|run| run.cpu).collect()),
        wall: middle(runs.iter().map(|run| run.wall).collect()),
        peak_kib: runs.iter().map(|run| run.peak_kib).max().unwrap_or_default(),
    }
}
