//! What OneRoof needs of the outside, as object-safe traits: a journal, a store, a history of positions, sources of
//! bytes, and a clock. Services name these; only the binary names the adapters behind them.
//!
//! In-memory versions ([`memory`]) are for tests; [`contract`] holds the tests that every adapter passes.

mod answer;
pub mod chain;
pub mod contract;
mod history;
mod journal;
mod maps;
pub mod memory;
mod source;
mod store;
mod time;

use core::future::Future;
use core::pin::Pin;

pub use history::{History, HistoryPoint, Near, NearAsked, Nearest};
pub use journal::{
    Appended, Batch, Idempotency, Journal, KnownRequest, KnownSource, NewEntry, QuarantinePut,
    SourceClaim, StoredEntry, VerifyReport, report_of,
};
pub use maps::{MapAbout, MapFault, Maps, Tile, TileKind};
pub use source::{
    Ack, Chunk, ChunkKind, Link, Source, SourceBuildError, SourceError, SourceFactory, SourceOut,
    Up,
};
pub use store::{
    ArchivedEvent, AttachmentMeta, Checkpoint, DiskState, QuarantineRecord, QuarantineSize,
    RetentionReport, Store, StoredFile,
};
pub use time::{SystemIds, SystemTime, TimeSource};

/// A boxed future, so that traits stay object-safe.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What a journal or store answers when it cannot do its work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Another writer was there first; nothing was written.
    #[error("the journal's head is {actual}, not {expected}")]
    HeadMoved {
        /// What the writer believed.
        expected: u64,
        /// What it is.
        actual: u64,
    },
    /// The disk is full or the store is read-only; nothing was written.
    #[error("no room to write: {0}")]
    Full(String),
    /// What is stored is damaged.
    #[error("damaged store at {place}: {detail}")]
    Damaged {
        /// Where.
        place: String,
        /// What.
        detail: String,
    },
    /// The store cannot be reached or failed otherwise.
    #[error("store failed: {0}")]
    Failed(String),
}
