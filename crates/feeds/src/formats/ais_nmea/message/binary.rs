//! Application data and texts: messages 6, 8, 12, 14, 25, 26. Application data are given by their header
//! and as hexadecimal digits; their meaning depends on the application.

use serde::Serialize;

use super::CommState;
use crate::formats::ais_nmea::bits::Bits;

/// Most characters of a safety text: 156 addressed, 161 broadcast.
pub(in crate::formats::ais_nmea) const MAX_SAFETY_TEXT: usize = 161;

/// Application identifier (Annex 5, 2.1.1): 16 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(in crate::formats::ais_nmea) struct DataHeader {
    /// Ten bits: designated area code; 1 = international.
    pub dac: u32,
    /// Six bits: function identifier.
    pub fid: u32,
}

impl DataHeader {
    fn read(bits: &Bits, start: usize) -> Self {
        Self {
            dac: bits.u(start, 10),
            fid: bits.u(start + 10, 6),
        }
    }
}

/// Messages 6 (addressed) and 8 (broadcast) (M.1371-5, Annex 8, 3.4 and 3.6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::formats::ais_nmea) struct Binary {
    /// Message 6, bits 38-39: sequence number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequence_number: Option<u8>,
    /// Message 6, bits 40-69: the addressee.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dest_mmsi: Option<u32>,
    /// Message 6, bit 70: whether it is sent again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retransmit: Option<bool>,
    /// Message 6, bits 72-87; message 8, bits 40-55. Some stations send nothing behind the addressee.
    #[serde(flatten)]
    pub application: Option<DataHeader>,
    /// Number of bits of application data.
    pub data_bits: usize,
    /// The application data.
    pub data_hex: String,
}

impl Binary {
    pub(super) fn read(bits: &Bits, message_type: u8) -> Self {
        let addressed = message_type == 6;
        let start = if addressed { 72 } else { 40 };
        Self {
            sequence_number: addressed.then(|| bits.u8(38, 2)),
            dest_mmsi: addressed.then(|| bits.u(40, 30)),
            retransmit: addressed.then(|| bits.flag(70)),
            application: bits.has(start, 16).then(|| DataHeader::read(bits, start)),
            data_bits: bits.len().saturating_sub(start + 16),
            data_hex: bits.hex(start + 16),
        }
    }
}

/// Message 12: addressed safety-related text (3.10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::formats::ais_nmea) struct AddressedText {
    /// Bits 38-39: sequence number.
    pub sequence_number: u8,
    /// Bits 40-69: the addressee.
    pub dest_mmsi: u32,
    /// Bit 70: whether it is sent again.
    pub retransmit: bool,
    /// From bit 72: up to 156 characters.
    pub text: String,
}

impl AddressedText {
    pub(super) fn read(bits: &Bits) -> Self {
        Self {
            sequence_number: bits.u8(38, 2),
            dest_mmsi: bits.u(40, 30),
            retransmit: bits.flag(70),
            text: bits.text::<MAX_SAFETY_TEXT>(72).as_str().to_owned(),
        }
    }
}

/// Message 14: safety-related text to all (3.12).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::formats::ais_nmea) struct BroadcastText {
    /// From bit 40: up to 161 characters.
    pub text: String,
}

impl BroadcastText {
    pub(super) fn read(bits: &Bits) -> Self {
        Self {
            text: bits.text::<MAX_SAFETY_TEXT>(40).as_str().to_owned(),
        }
    }
}

/// Messages 25 (one slot) and 26 (several slots) with application data (3.23 and 3.24).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::formats::ais_nmea) struct BinarySlots {
    /// Bit 38: whether it is addressed.
    pub addressed: bool,
    /// Bit 39: whether the data begin with an application identifier.
    pub structured: bool,
    /// Bits 40-69 where addressed.
    pub dest_mmsi: Option<u32>,
    /// The identifier where structured.
    #[serde(flatten)]
    pub application: Option<DataHeader>,
    /// Number of bits of data.
    pub data_bits: usize,
    /// The data.
    pub data_hex: String,
    /// The last 20 bits of message 26: a selector, then the state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub communication_state: Option<CommState>,
}

impl BinarySlots {
    pub(super) fn read(bits: &Bits, message_type: u8) -> Self {
        let (addressed, structured) = (bits.flag(38), bits.flag(39));
        let start = if addressed { 70 } else { 40 };
        let data = if structured { start + 16 } else { start };
        let state = bits.len().saturating_sub(20);
        let with_state = message_type == 26 && state >= data;
        let data_bits = if with_state { state } else { bits.len() }.saturating_sub(data);
        let mut data_hex = bits.hex(data);
        data_hex.truncate(data_bits.div_ceil(4));
        Self {
            addressed,
            structured,
            dest_mmsi: if addressed { bits.opt(40, 30) } else { None },
            application: (structured && bits.has(start, 16)).then(|| DataHeader::read(bits, start)),
            data_bits,
            data_hex,
            communication_state: if with_state {
                CommState::read(bits, state + 1, bits.flag(state))
            } else {
                None
            },
        }
    }
}
