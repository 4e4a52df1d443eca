//! The fold: the picture is what comes out of applying every journal entry in order, and nothing else.
//!
//! It decides nothing. Where an entry does not fit (it names an event that is not there), the fold leaves its state
//! alone and counts an anomaly; it never panics and never guesses. So the same entries give the same picture however
//! they are batched, and from a checkpoint as from the start: `tests/fold.rs` holds it to that.

mod acts;
mod apply;
mod archive;
mod areas;
mod state;
mod suggestions;
mod threats;
mod weather;

pub use state::{Change, CheckpointError, FOLD_VERSION, Picture, ReportState};
