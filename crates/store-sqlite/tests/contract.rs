//! The contract of the ports, on this adapter.
#![expect(clippy::unwrap_used, reason = "these are tests")]

use core::ops::Deref;

use oneroof_store_sqlite::{HistoryOptions, Options, SqliteHistory, SqliteStore};

/// A store and its folder, which goes after it.
struct InFolder<T> {
    made: T,
    _folder: tempfile::TempDir,
}

impl<T> Deref for InFolder<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.made
    }
}

fn store() -> InFolder<SqliteStore> {
    let folder = tempfile::tempdir().unwrap();
    InFolder {
        made: SqliteStore::open(folder.path(), &Options::default()).unwrap(),
        _folder: folder,
    }
}

fn history() -> InFolder<SqliteHistory> {
    let folder = tempfile::tempdir().unwrap();
    InFolder {
        made: SqliteHistory::open(folder.path(), &HistoryOptions::default()).unwrap(),
        _folder: folder,
    }
}

mod journal {
    oneroof_ports::journal_contract!(super::store());
}
mod stores {
    oneroof_ports::store_contract!(super::store());
}
mod histories {
    oneroof_ports::history_contract!(super::history());
}
