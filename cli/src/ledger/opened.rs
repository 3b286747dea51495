//! Either ledger, as one.

use anyhow::Context as _;
use keytrail_engine::decide::Circumstances;
use keytrail_engine::ids::{AccountId, ArnParts, Partition};
use keytrail_engine::subject::{DocumentId, Kind, SubjectId};
use keytrail_engine::time::Time;
use keytrail_ledger::{
    Commit, Committed, Cursor, Epoch, ItemId, ItemKind, Ledger, LedgerError, Page, Parts, Slots, Stored,
    StoredItem, Version, paused,
};
use keytrail_sqlite::SqliteLedger;

use super::Table;
use crate::args::place::Place;

/// A ledger that is open.
pub(crate) enum Opened {
    /// A state file. Nobody carries out what stands in it.
    State(Box<SqliteLedger>),
    /// The functions' table.
    Table(Box<Table>),
}

/// Who runs the command.
#[derive(Clone, Debug)]
pub(crate) struct Who {
    /// The ARN that STS says, or what the operating system calls the user.
    pub(crate) name: String,
    /// Partition and account, where STS says them.
    pub(crate) home: Option<(Partition, AccountId)>,
    /// Whether somebody vouches for the name.
    pub(crate) proved: bool,
}

impl Opened {
    /// Opens what a command names; a state file only to look at, unless `writes`.
    pub(crate) fn open(place: &Place, writes: bool) -> anyhow::Result<Self> {
        if let Some(name) = &place.table {
            return Ok(Self::Table(Box::new(Table::open(name, &place.aws)?)));
        }
        let file = place.state.as_deref().context("name a ledger with --table or --state")?;
        // A state that isn't there is a slip of the finger, and none to be made.
        let found = SqliteLedger::open_read_only(file).context("cannot use the state")?;
        let state = if writes { SqliteLedger::open(file).context("cannot use the state")? } else { found };
        Ok(Self::State(Box::new(state)))
    }

    /// Runs something to its end. An error says which ledger it was.
    pub(crate) fn run<T, E: Into<anyhow::Error>>(
        &self,
        future: impl Future<Output = Result<T, E>>,
    ) -> anyhow::Result<T> {
        match self {
            Self::State(_) => pollster::block_on(future)
                .map_err(Into::into)
                .with_context(|| format!("cannot use the {}", self.place())),
            Self::Table(table) => table.run(future),
        }
    }

    /// The ledger, as people find it.
    pub(crate) fn place(&self) -> String {
        match self {
            Self::State(state) => format!("state {}", state.file().display()),
            Self::Table(table) => table.place(),
        }
    }

    /// Who runs the command: asked of STS for a table, of the operating system for a file.
    pub(crate) fn who(&self) -> anyhow::Result<Who> {
        match self {
            Self::State(_) => {
                let user = ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| std::env::var(name).ok());
                let name = format!("os-user:{}", user.as_deref().unwrap_or("unknown"));
                Ok(Who { name, home: None, proved: false })
            }
            Self::Table(table) => {
                let caller = table.caller()?;
                let partition = ArnParts::parse(caller.arn.as_str()).map_or("aws", |parts| parts.partition);
                let home = Some((partition.into(), caller.account));
                Ok(Who { name: caller.arn.to_string(), home, proved: true })
            }
        }
    }

    /// What holds for whatever is decided in this ledger. From a file nothing is ever done.
    pub(crate) fn circumstances(&self) -> anyhow::Result<Circumstances> {
        let replay = matches!(self, Self::State(_));
        let ledger_paused = !replay && self.run(paused(self))?;
        Ok(Circumstances { replay, ledger_paused, policy_broken: false })
    }
}

impl Ledger for Opened {
    async fn load(&self, ids: &[DocumentId], now: Time) -> Result<Vec<Stored>, LedgerError> {
        match self {
            Self::State(state) => state.load(ids, now).await,
            Self::Table(table) => table.ledger.load(ids, now).await,
        }
    }

    async fn parts(&self, subject: &SubjectId, parts: Parts, now: Time) -> Result<Vec<Stored>, LedgerError> {
        match self {
            Self::State(state) => state.parts(subject, parts, now).await,
            Self::Table(table) => table.ledger.parts(subject, parts, now).await,
        }
    }

    async fn scan(
        &self,
        kind: Kind,
        now: Time,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<Stored>, LedgerError> {
        match self {
            Self::State(state) => state.scan(kind, now, after, limit).await,
            Self::Table(table) => table.ledger.scan(kind, now, after, limit).await,
        }
    }

    async fn commit(&self, commit: &Commit) -> Result<Committed, LedgerError> {
        match self {
            Self::State(state) => state.commit(commit).await,
            Self::Table(table) => table.ledger.commit(commit).await,
        }
    }

    async fn items(&self, ids: &[ItemId]) -> Result<Vec<StoredItem>, LedgerError> {
        match self {
            Self::State(state) => state.items(ids).await,
            Self::Table(table) => table.ledger.items(ids).await,
        }
    }

    async fn items_about(&self, subject: &SubjectId, kind: ItemKind) -> Result<Vec<StoredItem>, LedgerError> {
        match self {
            Self::State(state) => state.items_about(subject, kind).await,
            Self::Table(table) => table.ledger.items_about(subject, kind).await,
        }
    }

    async fn items_of_kind(
        &self,
        kind: ItemKind,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<StoredItem>, LedgerError> {
        match self {
            Self::State(state) => state.items_of_kind(kind, after, limit).await,
            Self::Table(table) => table.ledger.items_of_kind(kind, after, limit).await,
        }
    }

    async fn due(
        &self,
        until: Time,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<StoredItem>, LedgerError> {
        match self {
            Self::State(state) => state.due(until, after, limit).await,
            Self::Table(table) => table.ledger.due(until, after, limit).await,
        }
    }

    async fn forget_expired(&self, now: Time) -> Result<u64, LedgerError> {
        match self {
            Self::State(state) => state.forget_expired(now).await,
            Self::Table(table) => table.ledger.forget_expired(now).await,
        }
    }

    async fn identity(&self) -> Result<Box<str>, LedgerError> {
        match self {
            Self::State(state) => state.identity().await,
            Self::Table(table) => table.ledger.identity().await,
        }
    }

    async fn epoch(&self) -> Result<Option<(Epoch, Version)>, LedgerError> {
        match self {
            Self::State(state) => state.epoch().await,
            Self::Table(table) => table.ledger.epoch().await,
        }
    }

    async fn set_epoch(&self, epoch: &Epoch, expected: Option<Version>) -> Result<(), LedgerError> {
        match self {
            Self::State(state) => state.set_epoch(epoch, expected).await,
            Self::Table(table) => table.ledger.set_epoch(epoch, expected).await,
        }
    }
}

impl Slots for Opened {
    async fn slot(&self, name: &str) -> Result<Option<(serde_json::Value, Version)>, LedgerError> {
        match self {
            Self::State(state) => state.slot(name).await,
            Self::Table(table) => table.ledger.slot(name).await,
        }
    }

    async fn set_slot(
        &self,
        name: &str,
        value: &serde_json::Value,
        expected: Option<Version>,
    ) -> Result<(), LedgerError> {
        match self {
            Self::State(state) => state.set_slot(name, value, expected).await,
            Self::Table(table) => table.ledger.set_slot(name, value, expected).await,
        }
    }
}
