//! The other way: what this centre says, in the formats of others.
//!
//! An [`Encoder`] takes the projected views of `oneroof-wire` and nothing else: what it is not given it cannot let out,
//! so rights are settled before it (`may_see`, design rule 10). Like a decoder it is one per connection, reads no clock
//! and is bounded.

use oneroof_model::{LatLon, Time};
use oneroof_wire::columns::Row;
use oneroof_wire::{Entity, EntityKey, TrackInfo};

/// A thing as one audience sees it, and what is needed beside its view to say it.
#[derive(Debug, Clone, Copy)]
pub enum Saying<'a> {
    /// An event, a report, a unit, ...
    Entity {
        /// Its view.
        view: &'a Entity,
        /// Where it is, where the view itself does not say so (a unit stands where its track is).
        at: Option<LatLon>,
    },
    /// A track with its newest position.
    Track {
        /// What it is.
        info: &'a TrackInfo,
        /// Where it is.
        row: &'a Row,
    },
    /// It is no longer there for this audience.
    Gone(&'a EntityKey),
}

/// Says things in one format. See the module for what it promises.
pub trait Encoder: Send {
    /// Appends one whole message, framed as the format is framed on a stream, as of `now`. `false` where the format has
    /// no word for such a thing, or it lacks what the format cannot do without (a place); nothing is appended then.
    fn say(&mut self, saying: Saying<'_>, now: Time, out: &mut Vec<u8>) -> bool;
}
