//! What the panels show, computed from the picture: plain values, tested natively.

pub mod events;
pub mod feeds;
pub mod places;
pub mod suggestions;
pub mod tracks;
