//! The hub of the live protocol `oneroof.live.v1` (`docs/live-protocol.md`).
//!
//! - [`Hub`] follows the room, projects each change once for its rights class, keeps the JSON of every entity, and
//!   tells its clients. What the audience may not see never gets into its cache.
//! - [`serve`] is one client: snapshot or resume, deltas in order, tracks conflated to the newest value on a tick. It
//!   is generic over a sink and a stream of frames, so it is tested without a socket.
//!
//! Per client everything is bounded: a slow one skips positions and is told so; it never skips an entity, and past its
//! bound of bytes it is cut off with a reason and comes again with its cursor.
//!
//! What this crate does not know: HTTP, axum, accounts.

mod client;
mod cursor;
mod hub;
mod outbox;
mod projection;
mod tracks;
mod walls;

pub use client::{Frame, FromClient, serve};
pub use cursor::CursorKey;
pub use hub::{FeedBoard, Hub, HubOptions, Shows};
