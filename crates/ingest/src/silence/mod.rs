//! The silence detector: who should have said something and did not (domain digest 9.2, item 2).
//!
//! Three kinds: a feed quieter than its own normal for this hour of the week (`SYS04`), a unit on duty without a word
//! (`SYS05`), a crossing point without figures (`SYS04`). Each silence is one report of the centre's own, submitted
//! like anybody's, and one cancel of it when the silence is over.
//!
//! ```text
//!   counters of the feeds ─┐
//!   live tracks, units ────┼─► Look ─► Detector ─► Change ─► report or cancel ─► room
//!   figures ───────────────┘              │ ▲
//!                                         ▼ │ normals, last words, what is open
//!                                        Shelf
//! ```
//!
//! - `week`, `normal`, `evidence`, `minutes`, `detector` and `memory` are pure: both clocks are parameters. `watch`
//!   looks and submits, `report` words.
//! - What is not known to be normal is not reported: a feed of which too few weeks were heard, a unit never heard of.
//! - Ages are spans of the clock that never jumps, counted from when the server itself listened: neither its downtime
//!   nor a wrong clock makes anybody silent. A paused feed is expected to say nothing, nor are those that it carries.
//! - A silent line is told once, with what it carries, and not again for each unit and crossing point on it.
//! - A feed that is down has its light at once. `SYS04` comes later and by the same rule as for one that is connected:
//!   it is the journal's record that the centre was without it, and says what its connection does.

mod detector;
mod evidence;
mod memory;
mod minutes;
mod normal;
mod report;
mod watch;
mod week;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use oneroof_model::{FeedId, Time};
use oneroof_wire::FeedNormal;

pub use memory::Shelf;
pub use report::FEED;
pub use watch::{SilenceParts, watch};

/// What was found, for the feeds page. Cheap to clone; all clones are one board.
#[derive(Debug, Clone, Default)]
pub(crate) struct Board(Arc<Mutex<BTreeMap<FeedId, FeedNormal>>>);

impl Board {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<FeedId, FeedNormal>> {
        // It is replaced as a whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, normals: BTreeMap<FeedId, FeedNormal>) {
        *self.lock() = normals;
    }

    /// What is normal for a feed now; nothing where no silence of feeds is looked for.
    pub(crate) fn normal(&self, feed: &FeedId) -> Option<FeedNormal> {
        self.lock().get(feed).cloned()
    }

    /// Since when a feed is silent, where that was raised.
    pub(crate) fn silent_since(&self, feed: &FeedId) -> Option<Time> {
        self.lock().get(feed)?.silent_since
    }
}
