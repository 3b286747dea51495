//! What the `keytrail` command is made of.
//!
//! [`args`] says what can be asked, [`command`] has one file for each of it. [`input`] reads files, [`replay`] folds
//! their records into documents, `ledger` opens the functions' table, [`report`] makes rows of documents, [`render`] shows them.
//! [`investigate`] says what happened to a key or a user, [`doctor`] says what is wrong with a deployment. [`page`] writes them as one HTML page, [`trail`] knows a trail's event selectors.

pub mod args;
pub mod command;
mod confirm;
pub mod doctor;
pub mod exit;
pub mod explain;
pub mod input;
pub mod investigate;
mod ledger;
pub mod page;
pub mod render;
pub mod replay;
pub mod report;
mod request;
mod settings;
mod simulate;
pub mod trail;
