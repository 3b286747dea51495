use super::measure::{Corpus, Row};

/// Prints what was measured, each contestant beside the floor of as many threads.
pub fn print(corpus: &Corpus, rows: &[Row]) {
    let Corpus { files, records, bytes, compressed } = *corpus;
    println!(
        "{files} files, {records} records, {:.1} MB, {:.1} MB compressed",
        bytes as f64 / 1e6,
        compressed as f64 / 1e6
    );
    println!(
        "{:<8} {:>7} {:>8} {:>8} {:>12} {:>8} {:>9} {:>8} {:>9}",
        "", "threads", "CPU s", "wall s", "records/s", "MB/s", "x floor", "speed-up", "peak MiB"
    );
    for row in rows {
        let floor = find(rows, "floor", row.threads).or_else(|| find(rows, "floor", 1));
        let single = find(rows, &row.name, 1);
        let (cpu, wall) = (row.figures.cpu.as_secs_f64(), row.figures.wall.as_secs_f64());
        let times = floor.map_or(f64::NAN, |floor| cpu / floor.figures.cpu.as_secs_f64());
        let faster = single.map_or(f64::NAN, |single| single.figures.wall.as_secs_f64() / wall);
        println!(
            "{:<8} {:>7} {cpu:>8.3} {wall:>8.3} {:>12.0} {:>8.0} {times:>9.2} {faster:>8.2} {:>9.1}",
            row.name,
            row.threads,
            records as f64 / wall,
            bytes as f64 / 1e6 / wall,
            row.figures.peak_kib as f64 / 1024.0
        );
    }
}

fn find<'a>(rows: &'a [Row], name: &str, threads: usize) -> Option<&'a Row> {
    rows.iter().find(|row| row.name == name && row.threads == threads)
}
