use super::progress::Progress;
use super::reader::Reader;
use super::source::{Item, PassedOver, Source, Trouble};
use super::walk::{Met, STANDARD_INPUT, Walk};
use keytrail_engine::read::Reason;
use std::fs::File;
use std::io;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Reads everything that the paths hold and gives each item to one of several workers.
///
/// A path is a file, a folder or `-`. `threads` threads take file after file, so one file's items go to one
/// worker, in order; which worker takes which file is left to chance. The workers are returned when all is read.
///
/// # Panics
/// If `make_worker` or `on_item` does.
pub fn read_all<W, M, F>(
    paths: &[PathBuf],
    threads: NonZeroUsize,
    make_worker: M,
    on_item: F,
    progress: &Progress,
) -> Vec<W>
where
    W: Send,
    M: Fn() -> W + Sync,
    F: Fn(&mut W, &Source, Item<'_>) + Sync,
{
    let walk = Mutex::new(Walk::new(paths));
    let work = || {
        let mut worker = make_worker();
        let mut reader = Reader::new(progress);
        while let Some(met) = next(&walk) {
            read_one(met, &mut reader, &mut |source, item| on_item(&mut worker, source, item));
            progress.file();
        }
        worker
    };
    thread::scope(|scope| {
        let others: Vec<_> = (1..threads.get()).map(|_| scope.spawn(work)).collect();
        let mut workers = vec![work()];
        workers.extend(others.into_iter().map(|other| match other.join() {
            Ok(worker) => worker,
            Err(panic) => std::panic::resume_unwind(panic),
        }));
        workers
    })
}

fn next(walk: &Mutex<Walk<'_>>) -> Option<Met> {
    // A walk is whole between two calls, whatever happened to the thread that made the last.
    walk.lock().unwrap_or_else(PoisonError::into_inner).next()
}

fn read_one(met: Met, reader: &mut Reader<'_>, emit: &mut dyn FnMut(&Source, Item<'_>)) {
    let source = match met {
        Met::File(source) => source,
        Met::PassedOver(source, reason) => return emit(&source, Item::PassedOver(reason)),
        Met::Trouble(source, trouble) => return emit(&source, Item::Trouble(trouble)),
    };
    let mut emit = |item: Item<'_>| emit(&source, in_folder(&source, item));
    if source.path().as_os_str() == STANDARD_INPUT && source.is_named() {
        return reader.read(io::stdin().lock(), &mut emit);
    }
    match File::open(source.path()) {
        Ok(file) => reader.read(file, &mut emit),
        Err(source) => emit(Item::Trouble(Trouble::Io { attempt: "open", source })),
    }
}

/// What an item is in view of who chose its source: what nobody named may be no trail at all.
fn in_folder<'a>(source: &Source, item: Item<'a>) -> Item<'a> {
    match &item {
        Item::Trouble(Trouble::Record(fault)) if !source.is_named() => match fault.reason {
            Reason::NotJson => Item::PassedOver(PassedOver::NotJson),
            Reason::Digest => Item::PassedOver(PassedOver::Digest),
            _ => item,
        },
        _ => item,
    }
}
