//! Each feed from its transport through its decoder to the room: supervised, bounded, and seen.
//!
//! [`Ingest`] holds all feeds. For each it runs a task that takes chunks from the source, decodes them (one decoder a
//! connection), hands positions to the live tracks at once and everything else to the room in batches, one submission
//! at a time, so that a connection's records keep their order. What is not understood goes to quarantine through the
//! room as well. A source that ends, or anything that panics, is restarted with backoff and shown as down.
//!
//! Nothing here waits without bound and nothing is dropped in silence: a full queue or a feed over its quota is not
//! read (its sender is held back), a datagram over the quota is counted, a full quarantine refuses with an error.
//!
//! What this crate does not know: sockets and files (they are behind [`oneroof_ports::SourceFactory`]), HTTP, and what
//! becomes of a report.

mod hub;
mod meter;
pub mod names;
mod pipeline;
mod plan;
mod port;
mod push;
mod quality;
mod queue;
mod quota;
mod reprocess;
mod silence;
mod sorted;
mod stats;
mod supervise;
mod trend;
mod watch;

pub use hub::{FeedError, Ingest, IngestParts, MAX_FEEDS};
pub use plan::{Defaults, Formats, PlanError, registry};
pub use port::RoomPort;
pub use push::{MAX_KEY_BYTES, PushError};
pub use reprocess::ReprocessError;
pub use silence::{FEED as SILENCE_FEED, Shelf, SilenceParts, watch as watch_silence};
pub use watch::{Change, FeedFolders};
