//! Reads CloudTrail from files, folders and standard input, on several threads, within bounded memory.
//!
//! What a file holds is told by its content, never by its name: gzip by its magic bytes (several members too),
//! everything else by [`keytrail_engine::read`]. A file whose compressed form is small and whose members inflate
//! to no more than 16 MiB each is inflated at once by libdeflate; anything larger streams through flate2.
//!
//! A thread holds one file of up to 4 MiB as it stands on disk, and of its inflated form one member or one piece
//! with one record; nothing else grows with the input but the names of the folders that are open.
//!
//! Records that stand before damage are delivered before the damage is found: what a gzip member's checksum
//! refutes at its end has been delivered by then, with the damage reported behind it.

mod drive;
mod flow;
mod gzip;
mod inflate;
mod metered;
mod progress;
mod reader;
mod source;
mod walk;
mod window;

#[cfg(test)]
mod tests;

pub use drive::read_all;
pub use progress::{Progress, Reached};
pub use source::{Item, PassedOver, Source, Trouble};
pub use walk::{STANDARD_INPUT, total_bytes};
