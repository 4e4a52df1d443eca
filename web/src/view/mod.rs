//! What the panels show, computed from the picture: plain values, tested natively.

pub mod changes;
pub mod clocks;
pub mod events;
pub mod feeds;
pub mod forces;
pub mod legible;
pub mod places;
pub mod queue;
pub mod suggestions;
#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::missing_docs_in_private_items,
    reason = "a test fails by panicking"
)]
pub(crate) mod testing;
pub mod threat;
pub mod timeline;
pub mod tracks;
pub mod walls;
pub mod weather;
