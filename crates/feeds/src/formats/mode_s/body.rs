//! What a frame says beside its address, by downlink format (ICAO Annex 10 Vol IV, 3.1.2.4 to 3.1.2.8). Bits are
//! counted within the frame, from 1.

use serde::Serialize;

use super::acas::Advisory;
use super::bits::small;
use super::codes::{Hex, Squawk, altitude_ft};
use super::commb::{CommB, Known, KnownMotion};
use super::frame::Frame;
use super::squitter::{Squitter, typecode};

/// A frame by its downlink format.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum Body {
    /// DF0 and 16.
    AirAir(AirAir),
    /// DF4, 5, 20, 21.
    Surveillance(Surveillance),
    /// DF11.
    AllCall(AllCall),
    /// DF17 and 18.
    Squitter(Announcement),
    /// DF24: a piece of an extended-length message.
    CommD(CommD),
    /// DF19.
    Military(Military),
}

/// Reply between aircraft (3.1.2.8.2, 4.3.8.4.2).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct AirAir {
    /// `airborne` or `on-ground`.
    vertical_status: &'static str,
    on_ground: bool,
    cross_link_capability: u8,
    sensitivity_level: u8,
    reply_information: u8,
    altitude_code: u16,
    /// Feet above the pressure level of 1013.25 hPa.
    pub altitude_ft: Option<i32>,
    /// The 56 bits of DF16 (MV).
    #[serde(skip_serializing_if = "Option::is_none")]
    mv: Option<Hex>,
    /// Where MV is a coordination reply.
    #[serde(flatten)]
    advisory: Option<Advisory>,
}

impl AirAir {
    pub(super) fn read(frame: Frame) -> Self {
        let on_ground = frame.third() & 4 != 0;
        let altitude_code = frame.head_bits(20, 13);
        let coordination = frame.long && small(frame.payload, 1, 8) == 0x30;
        Self {
            vertical_status: if on_ground { "on-ground" } else { "airborne" },
            on_ground,
            cross_link_capability: frame.third() >> 1 & 1,
            sensitivity_level: head_small(frame, 9, 3),
            reply_information: head_small(frame, 14, 4),
            altitude_code,
            altitude_ft: altitude_ft(altitude_code),
            mv: frame.long.then(|| Hex::field(frame.payload)),
            advisory: coordination.then(|| Advisory::read(frame.payload)),
        }
    }
}

/// Surveillance reply, with a register of Comm-B where it is long (3.1.2.6).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Surveillance {
    /// 0 to 7 (3.1.2.6.5.1).
    flight_status: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    on_ground: Option<bool>,
    /// Whether the squawk was changed or is one of emergency; nothing where the code is reserved.
    alert: Option<bool>,
    /// Special position identification: the pilot pressed the button.
    spi: Option<bool>,
    downlink_request: u8,
    utility_message: u8,
    #[serde(flatten)]
    told: AltitudeOrIdentity,
    /// The 56 bits of Comm-B (MB).
    #[serde(skip_serializing_if = "Option::is_none")]
    mb: Option<Hex>,
    #[serde(flatten)]
    pub comm_b: Option<CommB>,
}

/// What the 13 bits of a surveillance reply are.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum AltitudeOrIdentity {
    /// DF4 and 20.
    Altitude {
        altitude_code: u16,
        /// Feet above the pressure level of 1013.25 hPa.
        altitude_ft: Option<i32>,
    },
    /// DF5 and 21.
    Identity {
        /// Mode A code.
        squawk: Squawk,
    },
}

impl AltitudeOrIdentity {
    const fn altitude_ft(self) -> Option<i32> {
        match self {
            Self::Altitude { altitude_ft, .. } => altitude_ft,
            Self::Identity { .. } => None,
        }
    }
}

impl Surveillance {
    pub(super) fn read(frame: Frame, motion: Option<KnownMotion>) -> Self {
        let flight_status = frame.third();
        let code = frame.head_bits(20, 13);
        let told = if matches!(frame.df(), 4 | 20) {
            AltitudeOrIdentity::Altitude {
                altitude_code: code,
                altitude_ft: altitude_ft(code),
            }
        } else {
            AltitudeOrIdentity::Identity {
                squawk: Squawk::from_code(code),
            }
        };
        Self {
            flight_status,
            on_ground: match flight_status {
                0 | 2 => Some(false),
                1 | 3 => Some(true),
                _ => None,
            },
            alert: (flight_status < 6).then_some(matches!(flight_status, 2..=4)),
            spi: (flight_status < 6).then_some(matches!(flight_status, 4 | 5)),
            downlink_request: head_small(frame, 9, 5),
            utility_message: head_small(frame, 14, 6),
            told,
            mb: frame.long.then(|| Hex::field(frame.payload)),
            comm_b: frame.long.then(|| {
                let altitude_ft = told.altitude_ft();
                CommB::read(
                    frame.payload,
                    Known {
                        motion,
                        altitude_ft,
                    },
                )
            }),
        }
    }

    /// Its altitude.
    pub(super) const fn altitude_ft(&self) -> Option<i32> {
        self.told.altitude_ft()
    }

    /// Its squawk.
    pub(super) const fn squawk(&self) -> Option<Squawk> {
        match self.told {
            AltitudeOrIdentity::Identity { squawk } => Some(squawk),
            AltitudeOrIdentity::Altitude { .. } => None,
        }
    }
}

/// All-call reply (3.1.2.5.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct AllCall {
    /// 0 to 7 (3.1.2.5.2.2.1).
    capability: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    on_ground: Option<bool>,
    /// Code of the interrogator that was answered, 0 where none (3.1.2.5.2.1.2).
    interrogator_code: u32,
}

impl AllCall {
    pub(super) const fn read(frame: Frame) -> Self {
        let capability = frame.third();
        Self {
            capability,
            on_ground: grounded(capability),
            interrogator_code: frame.overlay,
        }
    }
}

/// Whether a capability says that the aircraft is on the ground.
const fn grounded(capability: u8) -> Option<bool> {
    match capability {
        4 => Some(true),
        5 => Some(false),
        _ => None,
    }
}

/// Extended squitter (3.1.2.8.6, 3.1.2.8.7).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Announcement {
    /// DF17: 0 to 7.
    #[serde(skip_serializing_if = "Option::is_none")]
    capability: Option<u8>,
    /// DF18: 0 to 7 (3.1.2.8.7.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    control_field: Option<u8>,
    /// 0 to 31; nothing where the field is in no form of ADS-B.
    #[serde(skip_serializing_if = "Option::is_none")]
    typecode: Option<u8>,
    /// The 56 bits (ME).
    me: Hex,
    #[serde(flatten)]
    pub squitter: Squitter,
}

impl Announcement {
    /// Reads ME, where it is in the form of ADS-B.
    pub(super) fn read(frame: Frame) -> Self {
        let transponder = frame.df() == 17;
        let known = transponder || matches!(frame.third(), 0 | 1 | 2 | 5 | 6);
        Self {
            capability: transponder.then_some(frame.third()),
            control_field: (!transponder).then_some(frame.third()),
            typecode: known.then(|| typecode(frame.payload)),
            me: Hex::field(frame.payload),
            squitter: if known {
                Squitter::read(frame.payload)
            } else {
                Squitter::Other {}
            },
        }
    }
}

/// A piece of an extended-length message (3.1.2.7.3).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct CommD {
    /// Whether it acknowledges an uplink.
    elm_control: bool,
    segment: u8,
    /// The last 56 of its 80 bits.
    md: Hex,
}

impl CommD {
    pub(super) fn read(frame: Frame) -> Self {
        Self {
            elm_control: head_small(frame, 4, 1) == 1,
            segment: head_small(frame, 5, 4),
            md: Hex::field(frame.payload),
        }
    }
}

/// Extended squitter of military application (3.1.2.8.8).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Military {
    application_field: u8,
    me: Hex,
}

impl Military {
    pub(super) const fn read(frame: Frame) -> Self {
        Self {
            application_field: frame.third(),
            me: Hex::field(frame.payload),
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "at most eight bits")]
const fn head_small(frame: Frame, first: u32, width: u32) -> u8 {
    frame.head_bits(first, width) as u8
}
