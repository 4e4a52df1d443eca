//! The messages of ITU-R M.1371-5, Annex 8, field by field.
//!
//! Bit numbers count from 0 at the first bit of the message identifier. Each struct is also what
//! `oneroof decode` prints: its field names carry their units. `None` (`null`) is the standard's value for
//! "not available" of positions, speeds, courses, headings, rates of turn and altitudes, and any field that
//! a short message does not reach. Codes stay codes: second 60, month 0, ship type 0 are given as sent.

mod binary;
mod control;
mod fixed;
mod position;
mod statics;

pub(super) use binary::{AddressedText, Binary, BinarySlots, BroadcastText};
pub(super) use control::{
    Acknowledge, AssignedMode, ChannelManagement, DataLinkManagement, GroupAssignment,
    Interrogation, UtcInquiry,
};
pub(super) use fixed::{AidToNavigation, BaseStation, Differential};
pub(super) use position::{ClassA, ClassB, ClassBExtended, LongRange, SarAircraft};
pub(super) use statics::{PartA, PartB, StaticVoyage};

use serde::Serialize;

use super::bits::Bits;

/// Message identifier, repeat indicator and sender: the first 38 bits of every message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Header {
    /// Bits 0-5: message identifier, 1 to 27.
    pub message_type: u8,
    /// Bits 6-7: how often it was repeated, 3 = do not repeat.
    pub repeat: u8,
    /// Bits 8-37: MMSI of the sender, nine digits (ITU-R M.585); the field can hold up to 1,073,741,823.
    pub mmsi: u32,
}

/// A message without its header.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub(super) enum Message {
    /// 1, 2, 3.
    ClassA(ClassA),
    /// 4, 11.
    BaseStation(BaseStation),
    /// 5.
    StaticVoyage(StaticVoyage),
    /// 6, 8.
    Binary(Binary),
    /// 7, 13.
    Acknowledge(Acknowledge),
    /// 9.
    SarAircraft(SarAircraft),
    /// 10.
    UtcInquiry(UtcInquiry),
    /// 12.
    AddressedText(AddressedText),
    /// 14.
    BroadcastText(BroadcastText),
    /// 15.
    Interrogation(Interrogation),
    /// 16.
    AssignedMode(AssignedMode),
    /// 17.
    Differential(Differential),
    /// 18.
    ClassB(ClassB),
    /// 19.
    ClassBExtended(ClassBExtended),
    /// 20.
    DataLinkManagement(DataLinkManagement),
    /// 21.
    AidToNavigation(AidToNavigation),
    /// 22.
    ChannelManagement(ChannelManagement),
    /// 23.
    GroupAssignment(GroupAssignment),
    /// 24, part A.
    PartA(PartA),
    /// 24, part B.
    PartB(PartB),
    /// 25, 26.
    BinarySlots(BinarySlots),
    /// 27.
    LongRange(LongRange),
}

/// Bits that are no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MessageError {
    /// Fewer than the 38 bits of the header.
    NoHeader(usize),
    /// An identifier outside 1 to 27.
    Unknown(u8),
    /// Part number 2 or 3 of message 24.
    Part(u8),
    /// Too short for its type.
    TooShort {
        message_type: u8,
        bits: usize,
        least: usize,
    },
}

/// Least bits of each type that still carry what it is for; the rest may be missing. Standard lengths are
/// in Annex 8; senders and receivers are known to cut fillers, spares and the communication state.
const LEAST_BITS: [usize; 28] = [
    0, 149, 149, 149, 138, 302, 70, 70, 40, 128, 70, 138, 72, 70, 40, 76, 92, 75, 139, 301, 70,
    249, 138, 154, 46, 40, 40, 94,
];

/// Decodes header and message.
pub(super) fn decode(bits: &Bits) -> Result<(Header, Message), MessageError> {
    if bits.len() < 38 {
        return Err(MessageError::NoHeader(bits.len()));
    }
    let message_type = bits.u8(0, 6);
    let header = Header {
        message_type,
        repeat: bits.u8(6, 2),
        mmsi: bits.u(8, 30),
    };
    let least = match LEAST_BITS.get(usize::from(message_type)) {
        Some(least) if message_type > 0 => *least,
        _ => return Err(MessageError::Unknown(message_type)),
    };
    if bits.len() < least {
        return Err(MessageError::TooShort {
            message_type,
            bits: bits.len(),
            least,
        });
    }
    let message = match message_type {
        1..=3 => Message::ClassA(ClassA::read(bits, message_type)),
        4 | 11 => Message::BaseStation(BaseStation::read(bits)),
        5 => Message::StaticVoyage(StaticVoyage::read(bits)),
        6 | 8 => Message::Binary(Binary::read(bits, message_type)),
        7 | 13 => Message::Acknowledge(Acknowledge::read(bits)),
        9 => Message::SarAircraft(SarAircraft::read(bits)),
        10 => Message::UtcInquiry(UtcInquiry::read(bits)),
        12 => Message::AddressedText(AddressedText::read(bits)),
        14 => Message::BroadcastText(BroadcastText::read(bits)),
        15 => Message::Interrogation(Interrogation::read(bits)),
        16 => Message::AssignedMode(AssignedMode::read(bits)),
        17 => Message::Differential(Differential::read(bits)),
        18 => Message::ClassB(ClassB::read(bits)),
        19 => Message::ClassBExtended(ClassBExtended::read(bits)),
        20 => Message::DataLinkManagement(DataLinkManagement::read(bits)),
        21 => Message::AidToNavigation(AidToNavigation::read(bits)),
        22 => Message::ChannelManagement(ChannelManagement::read(bits)),
        23 => Message::GroupAssignment(GroupAssignment::read(bits)),
        24 => match bits.u8(38, 2) {
            0 => Message::PartA(PartA::read(bits)),
            1 => Message::PartB(PartB::read(bits, header.mmsi)),
            part => return Err(MessageError::Part(part)),
        },
        25 | 26 => Message::BinarySlots(BinarySlots::read(bits, message_type)),
        _ => Message::LongRange(LongRange::read(bits)),
    };
    Ok((header, message))
}

/// Longitude and latitude in degrees (east and north positive, WGS 84), as sent: a broken sender's latitude
/// beyond 90 is still given here. 181 and 91 degrees are "not available".
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Coordinates {
    /// Longitude, -180 to 180.
    pub lon_deg: Option<f64>,
    /// Latitude, -90 to 90.
    pub lat_deg: Option<f64>,
}

impl Coordinates {
    /// In 1/10,000 minute: longitude of 28 bits, latitude of 27 right behind.
    pub(super) fn fine(bits: &Bits, start: usize) -> Self {
        Self::scaled(bits.i(start, 28), bits.i(start + 28, 27), 600_000)
    }

    /// In 1/10 minute: longitude of 18 bits, latitude of 17 right behind.
    pub(super) fn coarse(bits: &Bits, start: usize) -> Self {
        Self::scaled(bits.i(start, 18), bits.i(start + 18, 17), 600)
    }

    /// Degrees to 1/10,000,000, a centimetre: more digits than the field has say nothing, and cost room
    /// wherever the position goes as text.
    fn scaled(lon: i32, lat: i32, units_per_deg: i32) -> Self {
        let degrees = |raw: i32, missing: i32| {
            let fine = (f64::from(raw) * (1e7 / f64::from(units_per_deg))).round();
            (raw != missing * units_per_deg).then_some(fine / 1e7)
        };
        Self {
            lon_deg: degrees(lon, 181),
            lat_deg: degrees(lat, 91),
        }
    }
}

/// Speed over ground in 1/10 knot of ten bits: 1023 = not available, 1022 = 102.2 knots or more.
pub(super) fn speed_tenths(bits: &Bits, start: usize) -> Option<f64> {
    let raw = bits.u(start, 10);
    (raw != 1023).then(|| f64::from(raw) / 10.0)
}

/// Course over ground in 1/10 degree of twelve bits: 3600 = not available; more is never to be sent.
pub(super) fn course_tenths(bits: &Bits, start: usize) -> Option<f64> {
    let raw = bits.u(start, 12);
    (raw != 3600).then(|| f64::from(raw) / 10.0)
}

/// True heading in degrees of nine bits: 511 = not available; 360 to 510 are never to be sent.
pub(super) fn heading(bits: &Bits, start: usize) -> Option<u16> {
    let raw = bits.u16(start, 9);
    (raw != 511).then_some(raw)
}

/// Distances in metres from the reference point of the reported position to the vessel's sides (3.3), 30 bits. 511 and 63 mean that or more; all 0 = not available.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Dimensions {
    /// To the bow, 0 to 511.
    pub to_bow_m: u16,
    /// To the stern, 0 to 511.
    pub to_stern_m: u16,
    /// To port, 0 to 63.
    pub to_port_m: u16,
    /// To starboard, 0 to 63.
    pub to_starboard_m: u16,
}

impl Dimensions {
    pub(super) fn read(bits: &Bits, start: usize) -> Self {
        Self {
            to_bow_m: bits.u16(start, 9),
            to_stern_m: bits.u16(start + 9, 9),
            to_port_m: bits.u16(start + 18, 6),
            to_starboard_m: bits.u16(start + 24, 6),
        }
    }

    /// Length over all in metres, where given. A bow distance of 0 with a stern distance means that only
    /// the length is known.
    pub(super) fn length_m(self) -> Option<u16> {
        Some(self.to_bow_m + self.to_stern_m).filter(|length| *length > 0)
    }
}

/// Communication state, the last 19 bits (Annex 2, 3.3.7.2.1 and 3.3.7.3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "access", rename_all = "lowercase")]
pub(super) enum CommState {
    /// Self-organised access.
    Sotdma {
        /// 0 UTC direct, 1 UTC indirect, 2 base station, 3 other station.
        sync_state: u8,
        /// Frames left in this slot, 0 to 7.
        slot_timeout_frames: u8,
        /// What the timeout says of the next field: `slot_offset`, `utc_hour_minute`, `slot_number` or
        /// `received_stations`.
        sub_message_kind: &'static str,
        /// 14 bits.
        sub_message: u16,
    },
    /// Incremental access.
    Itdma {
        /// As above.
        sync_state: u8,
        /// Offset to the next slot, 0 = no more.
        slot_increment: u16,
        /// Consecutive slots, coded.
        slots_to_allocate: u8,
        /// Whether the slot stays allocated for a further frame.
        keep: bool,
    },
}

impl CommState {
    /// The state at `start` where the message reaches that far.
    pub(super) fn read(bits: &Bits, start: usize, incremental: bool) -> Option<Self> {
        if !bits.has(start, 19) {
            return None;
        }
        let sync_state = bits.u8(start, 2);
        Some(if incremental {
            Self::Itdma {
                sync_state,
                slot_increment: bits.u16(start + 2, 13),
                slots_to_allocate: bits.u8(start + 15, 3),
                keep: bits.flag(start + 18),
            }
        } else {
            let slot_timeout_frames = bits.u8(start + 2, 3);
            Self::Sotdma {
                sync_state,
                slot_timeout_frames,
                sub_message_kind: match slot_timeout_frames {
                    0 => "slot_offset",
                    1 => "utc_hour_minute",
                    2 | 4 | 6 => "slot_number",
                    _ => "received_stations",
                },
                sub_message: bits.u16(start + 5, 14),
            }
        })
    }
}
