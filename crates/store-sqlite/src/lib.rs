//! Journal, store and history on `SQLite`: the embedded default, nothing to install, good for one centre.
//!
//! A data folder holds `oneroof.sqlite` (journal and store), `keys.sqlite` (the keys of encrypted payloads),
//! `checkpoint-*.bin` (caches), `lock`, and, where [`SqliteHistory`] is put there, `positions-YYYY-MM-DD.sqlite`.
//! README.md beside this crate has the layout, what an erasure reaches, and how backups follow it.
//!
//! One thread of its own writes, over one connection; several connections read on blocking threads. An append
//! answers after its transaction is on the disk (`synchronous=FULL`, WAL).

mod backup;
mod checkpoint;
mod erase;
mod error;
mod folder;
mod history;
mod journal;
mod keys;
mod migrate;
mod payload;
mod quarantine;
mod readers;
mod rows;
mod sqlite;
mod store;
mod verify;
mod writer;

pub use backup::{Restored, restore};
pub use error::OpenError;
pub use history::{HistoryOptions, SqliteHistory};
pub use sqlite::{Options, SqliteStore};
