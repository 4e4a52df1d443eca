//! What stations arrange among themselves: messages 7, 10, 13, 15, 16, 20, 22, 23.

use serde::Serialize;

use super::Coordinates;
use crate::formats::ais_nmea::bits::Bits;

/// Messages 7 and 13: acknowledgement of up to four messages (M.1371-5, Annex 8, 3.5). 72 to 168 bits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::formats::ais_nmea) struct Acknowledge {
    /// The stations whose messages are acknowledged, from bit 40, 32 bits each.
    pub acknowledged: Vec<Acknowledged>,
}

/// One acknowledged message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(in crate::formats::ais_nmea) struct Acknowledged {
    /// The station that sent it.
    pub mmsi: u32,
    /// Its sequence number.
    pub sequence_number: u8,
}

impl Acknowledge {
    pub(super) fn read(bits: &Bits) -> Self {
        Self {
            acknowledged: (0..4)
                .map(|i| 40 + 32 * i)
                .filter(|start| bits.has(*start, 30))
                .map(|start| Acknowledged {
                    mmsi: bits.u(start, 30),
                    sequence_number: bits.u8(start + 30, 2),
                })
                .collect(),
        }
    }
}

/// Message 10: inquiry for UTC and date (3.8). 72 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(in crate::formats::ais_nmea) struct UtcInquiry {
    /// Bits 40-69: the station asked.
    pub dest_mmsi: u32,
}

impl UtcInquiry {
    pub(super) fn read(bits: &Bits) -> Self {
        Self {
            dest_mmsi: bits.u(40, 30),
        }
    }
}

/// Message 15: interrogation of one or two stations (3.13). 88 to 160 bits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::formats::ais_nmea) struct Interrogation {
    /// What is asked of whom.
    pub requests: Vec<Request>,
}

/// One request for a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(in crate::formats::ais_nmea) struct Request {
    /// The station asked.
    pub mmsi: u32,
    /// The message type that it shall send.
    pub message_type: u8,
    /// The slot for the answer, counted from the start of this message; 0 = the station chooses.
    pub slot_offset: u16,
}

impl Interrogation {
    pub(super) fn read(bits: &Bits) -> Self {
        // Bit of the station, bit of the request. A type of 0 means that nothing is asked.
        let places = [(40, 70), (40, 90), (110, 140)];
        Self {
            requests: places
                .into_iter()
                .filter(|(_, request)| bits.has(*request, 6))
                .map(|(station, request)| Request {
                    mmsi: bits.u(station, 30),
                    message_type: bits.u8(request, 6),
                    slot_offset: bits.u16(request + 6, 12),
                })
                .filter(|request| request.message_type != 0)
                .collect(),
        }
    }
}

/// Message 16: a base station assigns reporting slots (3.14). 96 or 144 bits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::formats::ais_nmea) struct AssignedMode {
    /// One or two stations, from bit 40, 52 bits each.
    pub assignments: Vec<Assignment>,
}

/// One assignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(in crate::formats::ais_nmea) struct Assignment {
    /// The station.
    pub mmsi: u32,
    /// Offset from the current slot to the first assigned one, slots.
    pub slot_offset: u16,
    /// Increment to the next assigned slot, slots.
    pub slot_increment: u16,
}

impl AssignedMode {
    pub(super) fn read(bits: &Bits) -> Self {
        Self {
            assignments: [40, 92]
                .into_iter()
                .filter(|start| bits.has(*start, 52))
                .map(|start| Assignment {
                    mmsi: bits.u(start, 30),
                    slot_offset: bits.u16(start + 30, 12),
                    slot_increment: bits.u16(start + 42, 10),
                })
                .collect(),
        }
    }
}

/// Message 20: slots reserved for base stations (3.18). 72 to 160 bits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::formats::ais_nmea) struct DataLinkManagement {
    /// One to four reservations, from bit 40, 30 bits each.
    pub reservations: Vec<Reservation>,
}

/// One reservation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(in crate::formats::ais_nmea) struct Reservation {
    /// Offset of the first slot, slots; 0 = none.
    pub slot_offset: u16,
    /// How many consecutive slots.
    pub slots: u8,
    /// For how many minutes, 0 to 7.
    pub timeout_min: u8,
    /// Increment to the next block, slots; 0 = one block only.
    pub slot_increment: u16,
}

impl DataLinkManagement {
    pub(super) fn read(bits: &Bits) -> Self {
        Self {
            reservations: (0..4)
                .map(|i| 40 + 30 * i)
                .filter(|start| bits.has(*start, 30))
                .map(|start| Reservation {
                    slot_offset: bits.u16(start, 12),
                    slots: bits.u8(start + 12, 4),
                    timeout_min: bits.u8(start + 16, 3),
                    slot_increment: bits.u16(start + 19, 11),
                })
                .collect(),
        }
    }
}

/// Corners of an area.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(in crate::formats::ais_nmea) struct Corners {
    /// The north-east corner.
    pub north_east: Coordinates,
    /// The south-west corner.
    pub south_west: Coordinates,
}

impl Corners {
    fn read(bits: &Bits, start: usize) -> Self {
        Self {
            north_east: Coordinates::coarse(bits, start),
            south_west: Coordinates::coarse(bits, start + 35),
        }
    }
}

/// Message 22: a base station sets channels and power (3.20). 168 bits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the flags of the message, one bit each"
)]
pub(in crate::formats::ais_nmea) struct ChannelManagement {
    /// Bits 40-51: channel of ITU-R M.1084.
    pub channel_a: u16,
    /// Bits 52-63: channel of ITU-R M.1084.
    pub channel_b: u16,
    /// Bits 64-67: which channels to send and to hear on.
    pub tx_rx_mode: u8,
    /// Bit 68: whether to send with low power.
    pub low_power: bool,
    /// Bits 69-138 where it is for an area.
    #[serde(flatten)]
    pub area: Option<Corners>,
    /// Bits 69-98 and 104-133 where it is for stations.
    pub dest_mmsi: Option<[u32; 2]>,
    /// Bit 139: whether it is addressed to stations.
    pub addressed: bool,
    /// Bit 140: whether channel A has the narrow bandwidth of 12.5 kHz.
    pub narrow_a: bool,
    /// Bit 141: whether channel B has.
    pub narrow_b: bool,
    /// Bits 142-144: size of the transitional zone, nautical miles, one less than meant.
    pub zone_size: u8,
}

impl ChannelManagement {
    pub(super) fn read(bits: &Bits) -> Self {
        let addressed = bits.flag(139);
        Self {
            channel_a: bits.u16(40, 12),
            channel_b: bits.u16(52, 12),
            tx_rx_mode: bits.u8(64, 4),
            low_power: bits.flag(68),
            area: (!addressed).then(|| Corners::read(bits, 69)),
            dest_mmsi: addressed.then(|| [bits.u(69, 30), bits.u(104, 30)]),
            addressed,
            narrow_a: bits.flag(140),
            narrow_b: bits.flag(141),
            zone_size: bits.u8(142, 3),
        }
    }
}

/// Message 23: a base station sets the reporting of a group (3.21). 160 bits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(in crate::formats::ais_nmea) struct GroupAssignment {
    /// Bits 40-109: the area.
    #[serde(flatten)]
    pub area: Corners,
    /// Bits 110-113: kind of stations, 0 = all.
    pub station_type: u8,
    /// Bits 114-121: type of ship, 0 = all.
    pub ship_type: u8,
    /// Bits 144-145: which channels to send and to hear on.
    pub tx_rx_mode: u8,
    /// Bits 146-149: reporting interval, coded.
    pub reporting_interval: u8,
    /// Bits 150-153: minutes to be silent, 0 = none.
    pub quiet_time_min: u8,
}

impl GroupAssignment {
    pub(super) fn read(bits: &Bits) -> Self {
        Self {
            area: Corners::read(bits, 40),
            station_type: bits.u8(110, 4),
            ship_type: bits.u8(114, 8),
            tx_rx_mode: bits.u8(144, 2),
            reporting_interval: bits.u8(146, 4),
            quiet_time_min: bits.u8(150, 4),
        }
    }
}
