//! In-memory versions, for tests: [`MemoryStore`] is a journal and a store, [`MemoryHistory`] a history,
//! [`ManualClock`] a clock that goes when told to, [`CountingIds`] ids that are the same at each run.
//!
//! They keep the same rules as the adapters (the contract tests run on them too) and nothing else: no file, no
//! thread, no durability.

mod clock;
mod history;
mod journal;
mod store;

pub use clock::{CountingIds, ManualClock};
pub use history::{MemoryHistory, thin_evenly};
pub use journal::MemoryStore;
