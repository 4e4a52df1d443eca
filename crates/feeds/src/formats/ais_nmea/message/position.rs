//! Position reports of vessels and aircraft: messages 1 to 3, 9, 18, 19, 27.

use serde::Serialize;

use super::{CommState, Coordinates, Dimensions, course_tenths, heading, speed_tenths};
use crate::formats::ais_nmea::bits::{Bits, Text};

/// Messages 1, 2 and 3: position report of a class A station (M.1371-5, Annex 8, 3.1). 168 bits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(in crate::formats::ais_nmea) struct ClassA {
    /// Bits 38-41: navigational status, 0 to 15; 15 = not defined, 14 = a distress beacon is active.
    pub nav_status: u8,
    /// Bits 42-49 as sent: -126 to 126 coded, ±127 more than 5 degrees in 30 s without an indicator,
    /// -128 = not available.
    pub turn_raw: i32,
    /// Rate of turn in degrees a minute, right positive: `(raw / 4.733)²` with the sign of `raw`. `None`
    /// where not available or without an indicator.
    pub turn_deg_per_min: Option<f64>,
    /// Bits 50-59: speed over ground, knots, 0 to 102.2.
    pub speed_knots: Option<f64>,
    /// Bit 60: true = better than 10 m, false = worse or unknown.
    pub position_accuracy: bool,
    /// Bits 61-115.
    #[serde(flatten)]
    pub at: Coordinates,
    /// Bits 116-127: course over ground, degrees from true north, 0 to 359.9.
    pub course_deg: Option<f64>,
    /// Bits 128-136: heading, degrees from true north, 0 to 359.
    pub heading_deg: Option<u16>,
    /// Bits 137-142: second of the UTC minute of the fix, 0 to 59; 60 not available, 61 manual,
    /// 62 dead reckoning, 63 inoperative.
    pub utc_second: u8,
    /// Bits 143-144: special manoeuvre; 0 not available, 1 no, 2 yes.
    pub manoeuvre: u8,
    /// Bit 148: whether receiver autonomous integrity monitoring is in use.
    pub raim: bool,
    /// Bits 149-167; message 3 uses incremental access.
    pub communication_state: Option<CommState>,
}

impl ClassA {
    pub(super) fn read(bits: &Bits, message_type: u8) -> Self {
        let turn_raw = bits.i(42, 8);
        Self {
            nav_status: bits.u8(38, 4),
            turn_raw,
            turn_deg_per_min: (turn_raw.abs() < 127).then(|| {
                let root = f64::from(turn_raw) / 4.733;
                root * root.abs()
            }),
            speed_knots: speed_tenths(bits, 50),
            position_accuracy: bits.flag(60),
            at: Coordinates::fine(bits, 61),
            course_deg: course_tenths(bits, 116),
            heading_deg: heading(bits, 128),
            utc_second: bits.u8(137, 6),
            manoeuvre: bits.u8(143, 2),
            raim: bits.flag(148),
            communication_state: CommState::read(bits, 149, message_type == 3),
        }
    }
}

/// Message 9: search and rescue aircraft (3.7). 168 bits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(in crate::formats::ais_nmea) struct SarAircraft {
    /// Bits 38-49: altitude in metres, 4094 = that or more; 4095 = not available.
    pub alt_m: Option<u16>,
    /// Bits 50-59: speed over ground in whole knots, 1022 = that or more; 1023 = not available.
    pub speed_knots: Option<u16>,
    /// Bit 60: as in [`ClassA`].
    pub position_accuracy: bool,
    /// Bits 61-115.
    #[serde(flatten)]
    pub at: Coordinates,
    /// Bits 116-127.
    pub course_deg: Option<f64>,
    /// Bits 128-133: as in [`ClassA`].
    pub utc_second: u8,
    /// Bit 134: true = barometric, false = satellite.
    pub alt_barometric: Option<bool>,
    /// Bit 142: true = data terminal not available (the default).
    pub dte: Option<bool>,
    /// Bit 146: whether in assigned mode.
    pub assigned: Option<bool>,
    /// Bit 147.
    pub raim: Option<bool>,
    /// Bits 148-167: a selector, then the state.
    pub communication_state: Option<CommState>,
}

impl SarAircraft {
    pub(super) fn read(bits: &Bits) -> Self {
        let flag = |at| bits.has(at, 1).then(|| bits.flag(at));
        Self {
            alt_m: Some(bits.u16(38, 12)).filter(|alt| *alt != 4095),
            speed_knots: Some(bits.u16(50, 10)).filter(|speed| *speed != 1023),
            position_accuracy: bits.flag(60),
            at: Coordinates::fine(bits, 61),
            course_deg: course_tenths(bits, 116),
            utc_second: bits.u8(128, 6),
            alt_barometric: flag(134),
            dte: flag(142),
            assigned: flag(146),
            raim: flag(147),
            communication_state: CommState::read(bits, 149, bits.flag(148)),
        }
    }
}

/// Message 18: position report of a class B station (3.16). 168 bits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(in crate::formats::ais_nmea) struct ClassB {
    /// Bits 46-55: knots.
    pub speed_knots: Option<f64>,
    /// Bit 56: as in [`ClassA`].
    pub position_accuracy: bool,
    /// Bits 57-111.
    #[serde(flatten)]
    pub at: Coordinates,
    /// Bits 112-123.
    pub course_deg: Option<f64>,
    /// Bits 124-132.
    pub heading_deg: Option<u16>,
    /// Bits 133-138: as in [`ClassA`].
    pub utc_second: u8,
    /// Bit 141: true = carrier-sense unit, false = self-organising unit.
    pub carrier_sense: Option<bool>,
    /// Bit 142: whether it has a display.
    pub display: Option<bool>,
    /// Bit 143: whether it has digital selective calling.
    pub dsc: Option<bool>,
    /// Bit 144: whether it can use the whole marine band.
    pub whole_band: Option<bool>,
    /// Bit 145: whether it obeys message 22.
    pub message_22: Option<bool>,
    /// Bit 146: whether in assigned mode.
    pub assigned: Option<bool>,
    /// Bit 147.
    pub raim: Option<bool>,
    /// Bits 148-167: a selector, then the state; meaningless (a fixed value) for carrier-sense units.
    pub communication_state: Option<CommState>,
}

impl ClassB {
    pub(super) fn read(bits: &Bits) -> Self {
        let flag = |at| bits.has(at, 1).then(|| bits.flag(at));
        Self {
            speed_knots: speed_tenths(bits, 46),
            position_accuracy: bits.flag(56),
            at: Coordinates::fine(bits, 57),
            course_deg: course_tenths(bits, 112),
            heading_deg: heading(bits, 124),
            utc_second: bits.u8(133, 6),
            carrier_sense: flag(141),
            display: flag(142),
            dsc: flag(143),
            whole_band: flag(144),
            message_22: flag(145),
            assigned: flag(146),
            raim: flag(147),
            communication_state: CommState::read(bits, 149, bits.flag(148)),
        }
    }
}

/// Message 19: extended position report of a class B station (3.17). 312 bits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(in crate::formats::ais_nmea) struct ClassBExtended {
    /// Bits 46-55: knots.
    pub speed_knots: Option<f64>,
    /// Bit 56: as in [`ClassA`].
    pub position_accuracy: bool,
    /// Bits 57-111.
    #[serde(flatten)]
    pub at: Coordinates,
    /// Bits 112-123.
    pub course_deg: Option<f64>,
    /// Bits 124-132.
    pub heading_deg: Option<u16>,
    /// Bits 133-138: as in [`ClassA`].
    pub utc_second: u8,
    /// Bits 143-262: 20 characters.
    pub name: Text<20>,
    /// Bits 263-270: type of ship and cargo, 0 to 99.
    pub ship_type: u8,
    /// Bits 271-300.
    #[serde(flatten)]
    pub dimensions: Dimensions,
    /// Bits 301-304: kind of positioning device, 0 to 15.
    pub epfd: Option<u32>,
    /// Bit 305.
    pub raim: Option<bool>,
    /// Bit 306: true = data terminal not available (the default).
    pub dte: Option<bool>,
    /// Bit 307: whether in assigned mode.
    pub assigned: Option<bool>,
}

impl ClassBExtended {
    pub(super) fn read(bits: &Bits) -> Self {
        let flag = |at| bits.has(at, 1).then(|| bits.flag(at));
        Self {
            speed_knots: speed_tenths(bits, 46),
            position_accuracy: bits.flag(56),
            at: Coordinates::fine(bits, 57),
            course_deg: course_tenths(bits, 112),
            heading_deg: heading(bits, 124),
            utc_second: bits.u8(133, 6),
            name: bits.text(143),
            ship_type: bits.u8(263, 8),
            dimensions: Dimensions::read(bits, 271),
            epfd: bits.opt(301, 4),
            raim: flag(305),
            dte: flag(306),
            assigned: flag(307),
        }
    }
}

/// Message 27: long-range broadcast (3.25). 96 bits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(in crate::formats::ais_nmea) struct LongRange {
    /// Bit 38: as in [`ClassA`].
    pub position_accuracy: bool,
    /// Bit 39.
    pub raim: bool,
    /// Bits 40-43: as in [`ClassA`].
    pub nav_status: u8,
    /// Bits 44-78, in 1/10 minute.
    #[serde(flatten)]
    pub at: Coordinates,
    /// Bits 79-84: whole knots, 0 to 62; 63 = not available.
    pub speed_knots: Option<u8>,
    /// Bits 85-93: whole degrees, 0 to 359; 511 = not available.
    pub course_deg: Option<u16>,
    /// Bit 94: true = the position is older than 5 s.
    pub position_latency_over_5_s: Option<bool>,
}

impl LongRange {
    pub(super) fn read(bits: &Bits) -> Self {
        Self {
            position_accuracy: bits.flag(38),
            raim: bits.flag(39),
            nav_status: bits.u8(40, 4),
            at: Coordinates::coarse(bits, 44),
            speed_knots: Some(bits.u8(79, 6)).filter(|speed| *speed != 63),
            course_deg: Some(bits.u16(85, 9)).filter(|course| *course != 511),
            position_latency_over_5_s: bits.has(94, 1).then(|| bits.flag(94)),
        }
    }
}
