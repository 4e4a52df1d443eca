//! Options of the formats that carry Mode S frames.

use oneroof_model::LatLon;
use serde::Deserialize;

/// What the 48 bits of time in front of a frame are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::formats) enum Timestamps {
    /// A counter of 12 MHz since the receiver was switched on: it tells how long after another a frame came,
    /// not when.
    #[default]
    Counter,
    /// Time of day: 18 bits of seconds, 30 bits of nanoseconds (Radarcape with GPS).
    Gps,
    /// Not looked at.
    Ignore,
}

/// Options of `adsb_avr` and `adsb_beast`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::formats) struct ModeSOptions {
    /// The format's name, as the feed's file has it.
    pub kind: String,
    /// Where the receiver is: needed for aircraft on the ground that were not heard in the air before.
    pub reference: Option<LatLon>,
    /// What the times are.
    pub timestamps: Timestamps,
}
