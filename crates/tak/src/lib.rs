//! The TAK endpoint: clients (ATAK, `WinTAK`, iTAK, `CloudTAK`) connect to a feed's `tak_listen` as to a TAK server.
//!
//! What they say goes into the room as what any feed says; the listener and the feed are others' business
//! (`oneroof-transport`, `oneroof-ingest`). What they are told is this crate's: the picture of an audience, as the hub of
//! `oneroof-live` gives it to a screen, said in Cursor on Target.
//!
//! ```text
//!   hub of the audience ──frames──► Speaker ──CoT──┐
//!   (snapshot, deltas, newest positions)           ├─► one buffer ─► writer ─► client
//!   what the client says ──► Session ──answers─────┘
//! ```
//!
//! - [`Endpoint`] has the hubs of the outputs in `tak.yaml`. A feed without one is heard and told nothing.
//! - `Talk` is one connection. The next frame is taken from the hub when the line has taken the one before, so a slow client
//!   skips positions, never an event, and is cut off past its bound of bytes: all of that is the hub's.
//! - [`Session`] is a state machine without sockets and clocks: agreeing on a version, signs of life.

mod endpoint;
mod own;
mod session;
mod speaker;
mod talk;

pub use endpoint::{Endpoint, EndpointParts};
pub use session::{
    ANSWER_WITHIN_S, Ended, LOST_AFTER_S, PING_AFTER_S, Received, Role, Session, VERSION,
};
