//! What an extended squitter says: the 56 bits of ME (RTCA DO-260B, 2.2.3.2; ICAO Annex 10 Vol IV, 3.1.2.8.6;
//! Doc 9871, appendices A to C). Bits are counted within ME, from 1.

use serde::Serialize;

use super::acas::Advisory;
use super::bits::{bits, flag, number, small, wide};
use super::codes::{Callsign, Squawk, altitude12_ft};
use super::cpr::Cpr;
use super::status::{OperationalStatus, TargetState};

/// A squitter by its type code.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum Squitter {
    /// Type codes 1 to 4.
    Identification(Identification),
    /// 5 to 8.
    Surface(SurfacePosition),
    /// 0, 9 to 18, 20 to 22.
    Airborne(AirbornePosition),
    /// 19, subtypes 1 to 4.
    Velocity(Velocity),
    /// 28, subtype 1; and 23, subtype 7, which has a squawk only.
    Status(AircraftStatus),
    /// 28, subtype 2.
    Advisory(AdvisoryBroadcast),
    /// 29, subtypes 0 and 1.
    Target(TargetState),
    /// 31, subtypes 0 and 1.
    Operational(OperationalStatus),
    /// Anything else: type codes and subtypes that are reserved.
    Other {},
}

/// Type code: the first five bits.
pub(super) fn typecode(me: u64) -> u8 {
    small(me, 1, 5)
}

impl Squitter {
    /// Reads ME.
    pub(super) fn read(me: u64) -> Self {
        let subtype = small(me, 6, 3);
        match (typecode(me), subtype) {
            (tc @ 1..=4, _) => Self::Identification(Identification::read(me, tc)),
            (tc @ 5..=8, _) => Self::Surface(SurfacePosition::read(me, tc)),
            (tc @ (0 | 9..=18 | 20..=22), _) => Self::Airborne(AirbornePosition::read(me, tc)),
            (19, 1..=4) => Self::Velocity(Velocity::read(me)),
            (23, 7) => Self::Status(AircraftStatus {
                bds: None,
                subtype,
                emergency_state: None,
                emergency: None,
                squawk: squawk(number(me, 9, 13)),
            }),
            (28, 1) => Self::Status(AircraftStatus::read(me)),
            (28, 2) => Self::Advisory(AdvisoryBroadcast {
                bds: "6,1",
                subtype,
                advisory: Advisory::read(me),
            }),
            (29, _) if small(me, 6, 2) < 2 => Self::Target(TargetState::read(me)),
            (31, 0 | 1) => Self::Operational(OperationalStatus::read(me)),
            _ => Self::Other {},
        }
    }
}

/// The squawk of 13 bits; nothing where all of them are 0, for then none is set.
fn squawk(code: u16) -> Option<Squawk> {
    (code != 0).then(|| Squawk::from_code(code))
}

/// Identification and category (DO-260B, 2.2.3.2.5; register 0,8).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Identification {
    bds: &'static str,
    /// Emitter category within its set, 0 = none told (2.2.3.2.5.2).
    pub category: u8,
    /// Set and category as they are usually written: `A3`; D for type code 1, which is reserved.
    category_code: Category,
    /// Call sign, or registration where there is none.
    pub callsign: Callsign,
    /// As a byte: set in the high half (0xa to 0xd), category in the low one.
    #[serde(skip)]
    pub code: u8,
}

impl Identification {
    fn read(me: u64, typecode: u8) -> Self {
        let category = small(me, 6, 3);
        let code = (0x0e_u8.saturating_sub(typecode) << 4) | category;
        Self {
            bds: "0,8",
            category,
            category_code: Category([b'E' - typecode, b'0' + category]),
            callsign: Callsign::from_bits(bits(me, 9, 48)),
            code,
        }
    }
}

/// Letter and digit of an emitter category.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Category([u8; 2]);

impl Serialize for Category {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(core::str::from_utf8(&self.0).unwrap_or_default())
    }
}

/// Position on the ground (DO-260B, 2.2.3.2.4; register 0,6).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct SurfacePosition {
    bds: &'static str,
    /// Always: it says so by its type.
    on_ground: bool,
    /// Movement as sent, 0 to 127 (2.2.3.2.4.2).
    movement: u8,
    /// Knots: the least of the range that the movement stands for; 175 = that or more.
    pub ground_speed_kt: Option<f64>,
    /// Whether the direction is valid.
    track_status: u8,
    /// Direction in degrees from north in steps of 2.8125: track, or heading where the operational status
    /// says so.
    pub track_deg: Option<f64>,
    /// Whether the time of position is that of UTC.
    utc_sync: bool,
    #[serde(flatten)]
    position: RawPosition,
    /// Category of uncertainty of version 0 by the type code (DO-260, table 2-11).
    nuc_p: u8,
}

/// The position's bits as sent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
struct RawPosition {
    /// 0 even, 1 odd.
    cpr_format: u8,
    cpr_odd: bool,
    /// 0 to 131 071.
    cpr_lat: u32,
    /// 0 to 131 071.
    cpr_lon: u32,
}

impl RawPosition {
    fn read(me: u64) -> Self {
        Self {
            cpr_format: small(me, 22, 1),
            cpr_odd: flag(me, 22),
            cpr_lat: wide(me, 23, 17),
            cpr_lon: wide(me, 40, 17),
        }
    }

    const fn cpr(self, surface: bool) -> Cpr {
        Cpr {
            odd: self.cpr_odd,
            lat: self.cpr_lat,
            lon: self.cpr_lon,
            surface,
        }
    }
}

impl SurfacePosition {
    fn read(me: u64, typecode: u8) -> Self {
        let movement = small(me, 6, 7);
        let track = flag(me, 13).then(|| f64::from(small(me, 14, 7)) * (360.0 / 128.0));
        Self {
            bds: "0,6",
            on_ground: true,
            movement,
            ground_speed_kt: movement_kt(movement),
            track_status: small(me, 13, 1),
            track_deg: track,
            utc_sync: flag(me, 21),
            position: RawPosition::read(me),
            nuc_p: 14 - typecode,
        }
    }

    /// The position as sent.
    pub(super) const fn cpr(&self) -> Cpr {
        self.position.cpr(true)
    }
}

/// Knots of a movement (DO-260B, table 2-31): the lower end of its range; 0 and 125 to 127 have none.
fn movement_kt(movement: u8) -> Option<f64> {
    /// First movement of a step size, its speed, the step.
    const STEPS: [(u8, f64, f64); 7] = [
        (124, 175.0, 0.0),
        (109, 100.0, 5.0),
        (94, 70.0, 2.0),
        (39, 15.0, 1.0),
        (13, 2.0, 0.5),
        (9, 1.0, 0.25),
        (2, 0.125, 0.125),
    ];
    if movement == 1 {
        return Some(0.0);
    }
    let (first, speed, step) = STEPS.iter().find(|(first, ..)| movement >= *first)?;
    (movement < 125).then(|| speed + f64::from(movement - first) * step)
}

/// Position in the air (DO-260B, 2.2.3.2.3; register 0,5).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct AirbornePosition {
    bds: &'static str,
    /// 0 none, 1 permanent alert (emergency), 2 temporary alert (changed squawk), 3 identification (2.2.3.2.3.2).
    surveillance_status: u8,
    /// NIC supplement B of version 2; single antenna flag before; address flag in what is rebroadcast.
    nic_b: u8,
    /// Altitude as sent (AC12).
    altitude_code: u16,
    /// Feet: above the pressure level of 1013.25 hPa, or above the ellipsoid; `altitude_source` tells.
    pub altitude_ft: Option<i32>,
    /// `baro` or `gnss`.
    altitude_source: &'static str,
    /// Whether the time of position is that of UTC.
    utc_sync: bool,
    #[serde(flatten)]
    position: RawPosition,
    /// Category of uncertainty of version 0 by the type code (DO-260, table 2-11).
    nuc_p: u8,
    #[serde(skip)]
    positioned: bool,
}

impl AirbornePosition {
    fn read(me: u64, typecode: u8) -> Self {
        let altitude_code = number(me, 9, 12);
        let position = RawPosition::read(me);
        // A fault of some transponders: no altitude, no longitude, a rounded latitude, alternating with good
        // messages.
        let faulty = typecode == 15
            && altitude_code == 0
            && position.cpr_lon == 0
            && position.cpr_lat.is_multiple_of(0x1000);
        Self {
            bds: "0,5",
            surveillance_status: small(me, 6, 2),
            nic_b: small(me, 8, 1),
            altitude_code,
            altitude_ft: altitude12_ft(altitude_code),
            altitude_source: if typecode >= 20 { "gnss" } else { "baro" },
            utc_sync: flag(me, 21),
            position,
            nuc_p: match typecode {
                9..=18 => 18 - typecode,
                20 => 9,
                21 => 8,
                _ => 0,
            },
            positioned: typecode != 0 && !faulty,
        }
    }

    /// The position as sent; nothing where there is none (type code 0).
    pub(super) fn cpr(&self) -> Option<Cpr> {
        self.positioned.then(|| self.position.cpr(false))
    }
}

/// Velocity in the air (DO-260B, 2.2.3.2.6; register 0,9).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Velocity {
    bds: &'static str,
    /// 1 and 2 over ground, 3 and 4 through the air; 2 and 4 above the speed of sound, in steps of 4 kt.
    subtype: u8,
    /// Intent change flag; address flag in what is rebroadcast.
    intent_change: bool,
    /// IFR capability flag of versions 0 and 1.
    ifr_capability: bool,
    /// Accuracy category of velocity, 0 unknown or 10 m/s and more, to 4 below 0.3 m/s (2.2.3.2.6.1.5).
    nac_v: u8,
    /// Knots toward the east, negative toward the west.
    #[serde(skip_serializing_if = "Option::is_none")]
    east_west_kt: Option<i32>,
    /// Knots toward the north, negative toward the south.
    #[serde(skip_serializing_if = "Option::is_none")]
    north_south_kt: Option<i32>,
    /// Knots over ground.
    pub ground_speed_kt: Option<f64>,
    /// Degrees from true north, 0 to below 360.
    pub track_deg: Option<f64>,
    /// Degrees in steps of 360/1024; from which north the operational status says.
    heading_deg: Option<f64>,
    /// Knots through the air.
    airspeed_kt: Option<u16>,
    /// `IAS` or `TAS`.
    airspeed_type: Option<&'static str>,
    /// `gnss` or `baro`.
    vertical_rate_source: &'static str,
    /// Feet a minute in steps of 64, climbing positive.
    vertical_rate_fpm: Option<i32>,
    /// Height above the ellipsoid less pressure altitude, in feet in steps of 25; nothing where it is beyond
    /// 3137.5 ft.
    geo_minus_baro_ft: Option<i32>,
}

impl Velocity {
    fn read(me: u64) -> Self {
        let subtype = small(me, 6, 3);
        let scale = if subtype == 2 || subtype == 4 { 4 } else { 1 };
        let over_ground = subtype <= 2;
        let component = |sign: u32| {
            let value = i32::from(number(me, sign + 1, 10));
            let knots = (value - 1) * scale;
            (over_ground && value != 0).then_some(if flag(me, sign) { -knots } else { knots })
        };
        let (east, north) = (component(14), component(25));
        let (ground_speed_kt, track_deg) = match (east, north) {
            (Some(east), Some(north)) => {
                let (x, y) = (f64::from(east), f64::from(north));
                let track = x.atan2(y).to_degrees();
                let track = if track < 0.0 { track + 360.0 } else { track };
                (Some((x * x + y * y).sqrt()), Some(track))
            }
            _ => (None, None),
        };
        let airspeed = number(me, 26, 10);
        let scale = if subtype == 4 { 4 } else { 1 };
        let rate = i32::from(number(me, 38, 9));
        let difference = i32::from(small(me, 50, 7));
        let sign = |n| if flag(me, n) { -1 } else { 1 };
        Self {
            bds: "0,9",
            subtype,
            intent_change: flag(me, 9),
            ifr_capability: flag(me, 10),
            nac_v: small(me, 11, 3),
            east_west_kt: east,
            north_south_kt: north,
            ground_speed_kt,
            track_deg,
            heading_deg: (!over_ground && flag(me, 14))
                .then(|| f64::from(number(me, 15, 10)) * (360.0 / 1024.0)),
            airspeed_kt: (!over_ground && airspeed != 0).then(|| (airspeed - 1) * scale),
            airspeed_type: (!over_ground).then(|| if flag(me, 25) { "TAS" } else { "IAS" }),
            vertical_rate_source: if flag(me, 36) { "baro" } else { "gnss" },
            vertical_rate_fpm: (rate != 0).then(|| sign(37) * (rate - 1) * 64),
            geo_minus_baro_ft: (difference != 0 && difference != 127)
                .then(|| sign(49) * (difference - 1) * 25),
        }
    }
}

/// Emergency state and squawk (DO-260B, 2.2.3.2.7.8.1; register 6,1).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct AircraftStatus {
    #[serde(skip_serializing_if = "Option::is_none")]
    bds: Option<&'static str>,
    subtype: u8,
    /// 0 to 7 (table 2-78).
    pub emergency_state: Option<u8>,
    /// The same as dump1090 and its successors name it.
    emergency: Option<&'static str>,
    /// Mode A code.
    pub squawk: Option<Squawk>,
}

impl AircraftStatus {
    fn read(me: u64) -> Self {
        let state = small(me, 9, 3);
        Self {
            bds: Some("6,1"),
            subtype: small(me, 6, 3),
            emergency_state: Some(state),
            emergency: Some(emergency_name(state)),
            squawk: squawk(number(me, 12, 13)),
        }
    }
}

/// An emergency state by its name.
pub(in crate::formats) fn emergency_state(name: &str) -> Option<u8> {
    (0..=7).find(|state| emergency_name(*state) == name)
}

/// The name of an emergency state of 0 to 7 (DO-260B, table 2-78).
pub(super) const fn emergency_name(state: u8) -> &'static str {
    match state {
        0 => "none",
        1 => "general",
        2 => "lifeguard",
        3 => "minfuel",
        4 => "nordo",
        5 => "unlawful",
        6 => "downed",
        _ => "reserved",
    }
}

/// Resolution advisory, told to everyone (DO-260B, 2.2.3.2.7.8.2; register 6,1).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct AdvisoryBroadcast {
    bds: &'static str,
    subtype: u8,
    #[serde(flatten)]
    advisory: Advisory,
}
