//! What stands still: base stations, differential corrections, aids to navigation (messages 4, 11, 17, 21).

use serde::Serialize;

use super::{CommState, Coordinates, Dimensions};
use crate::formats::ais_nmea::bits::{Bits, Text};

/// Messages 4 and 11: base station report, UTC and date response (M.1371-5, Annex 8, 3.2). 168 bits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(in crate::formats::ais_nmea) struct BaseStation {
    /// Bits 38-51: year, 1 to 9999; 0 = not available.
    pub utc_year: u16,
    /// Bits 52-55: month, 1 to 12; 0 = not available.
    pub utc_month: u8,
    /// Bits 56-60: day, 1 to 31; 0 = not available.
    pub utc_day: u8,
    /// Bits 61-65: hour, 0 to 23; 24 = not available.
    pub utc_hour: u8,
    /// Bits 66-71: minute, 0 to 59; 60 = not available.
    pub utc_minute: u8,
    /// Bits 72-77: second, 0 to 59; 60 = not available.
    pub utc_second: u8,
    /// Bit 78: true = better than 10 m.
    pub position_accuracy: bool,
    /// Bits 79-133.
    #[serde(flatten)]
    pub at: Coordinates,
    /// Bits 134-137: kind of positioning device, 0 to 15.
    pub epfd: u8,
    /// Bit 138: whether transmission of message 27 is requested through satellites.
    pub long_range_control: Option<bool>,
    /// Bit 148.
    pub raim: Option<bool>,
    /// Bits 149-167.
    pub communication_state: Option<CommState>,
}

impl BaseStation {
    pub(super) fn read(bits: &Bits) -> Self {
        Self {
            utc_year: bits.u16(38, 14),
            utc_month: bits.u8(52, 4),
            utc_day: bits.u8(56, 5),
            utc_hour: bits.u8(61, 5),
            utc_minute: bits.u8(66, 6),
            utc_second: bits.u8(72, 6),
            position_accuracy: bits.flag(78),
            at: Coordinates::fine(bits, 79),
            epfd: bits.u8(134, 4),
            long_range_control: bits.has(138, 1).then(|| bits.flag(138)),
            raim: bits.has(148, 1).then(|| bits.flag(148)),
            communication_state: CommState::read(bits, 149, false),
        }
    }
}

/// Message 17: differential corrections (3.15). 80 to 816 bits.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in crate::formats::ais_nmea) struct Differential {
    /// Bits 40-74: the reference station, in 1/10 minute, two's complement as everywhere.
    #[serde(flatten)]
    pub at: Coordinates,
    /// Bits 80-85: message type of ITU-R M.823; missing where no correction is sent.
    pub dgnss_message_type: Option<u32>,
    /// Bits 86-95: M.823 station.
    pub dgnss_station: Option<u32>,
    /// Bits 96-108: Z count in 0.6 s.
    pub dgnss_z_count: Option<u32>,
    /// Bits 109-111: M.823 sequence number.
    pub dgnss_sequence: Option<u32>,
    /// Bits 112-116: number of data words of 24 bits.
    pub dgnss_words: Option<u32>,
    /// Bits 117-119: M.823 health.
    pub dgnss_health: Option<u32>,
    /// From bit 120: the data words, hexadecimal; not looked into.
    pub dgnss_data_hex: String,
}

impl Differential {
    pub(super) fn read(bits: &Bits) -> Self {
        Self {
            at: Coordinates::coarse(bits, 40),
            dgnss_message_type: bits.opt(80, 6),
            dgnss_station: bits.opt(86, 10),
            dgnss_z_count: bits.opt(96, 13),
            dgnss_sequence: bits.opt(109, 3),
            dgnss_words: bits.opt(112, 5),
            dgnss_health: bits.opt(117, 3),
            dgnss_data_hex: bits.hex(120),
        }
    }
}

/// Message 21: aid to navigation (3.19). 272 to 360 bits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(in crate::formats::ais_nmea) struct AidToNavigation {
    /// Bits 38-42: type of aid, 0 to 31.
    pub aid_type: u8,
    /// Bits 43-162: the first 20 characters of the name.
    pub name: Text<20>,
    /// Bit 163: true = better than 10 m.
    pub position_accuracy: bool,
    /// Bits 164-218.
    #[serde(flatten)]
    pub at: Coordinates,
    /// Bits 219-248: the aid's extent, north taken for the bow.
    #[serde(flatten)]
    pub dimensions: Dimensions,
    /// Bits 249-252: kind of positioning device, 0 to 15.
    pub epfd: Option<u32>,
    /// Bits 253-258: second of the UTC minute, as in message 1.
    pub utc_second: Option<u32>,
    /// Bit 259: a floating aid is off its position; holds only where `utc_second` is at most 59.
    pub off_position: Option<bool>,
    /// Bits 260-267: status of the aid, for regional use.
    pub status_bits: Option<u32>,
    /// Bit 268.
    pub raim: Option<bool>,
    /// Bit 269: true = there is no such aid, a station elsewhere transmits it.
    pub virtual_aid: Option<bool>,
    /// Bit 270: whether in assigned mode.
    pub assigned: Option<bool>,
    /// From bit 272: up to 14 more characters of the name.
    pub name_extension: Text<14>,
}

impl AidToNavigation {
    pub(super) fn read(bits: &Bits) -> Self {
        let flag = |at| bits.has(at, 1).then(|| bits.flag(at));
        Self {
            aid_type: bits.u8(38, 5),
            name: bits.text(43),
            position_accuracy: bits.flag(163),
            at: Coordinates::fine(bits, 164),
            dimensions: Dimensions::read(bits, 219),
            epfd: bits.opt(249, 4),
            utc_second: bits.opt(253, 6),
            off_position: flag(259),
            status_bits: bits.opt(260, 8),
            raim: flag(268),
            virtual_aid: flag(269),
            assigned: flag(270),
            name_extension: bits.text(272),
        }
    }
}
