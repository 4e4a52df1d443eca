//! Registers in Comm-B replies (DF20 and 21): which one the 56 bits of MB are, and what they say.
//!
//! A reply does not say which register it is (the interrogator knows). Three begin with their own number; the
//! others are inferred as pyModeS 3 does, from what their fields must and can not be (ICAO Doc 9871, appendix
//! D.2.4.3). Where several fit, the aircraft's own speed and track decide, then whether the values agree with each
//! other; where neither does, none is believed: all are named, each with its fields under its own name.

use serde::Serialize;

use super::acas::Advisory;
use super::bits::{bits, flag, number, signed, small};
use super::codes::Callsign;

/// Which register MB is, and what it says.
#[derive(Debug, Clone, PartialEq, Serialize, Default)]
pub(super) struct CommB {
    /// The register (`4,0`), where it is certain enough.
    bds: Option<&'static str>,
    /// All that fit, where several do.
    #[serde(skip_serializing_if = "Option::is_none")]
    bds_candidates: Option<Vec<&'static str>>,
    #[serde(flatten)]
    register: Option<Register>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bds40: Option<SelectedIntention>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bds50: Option<TrackAndTurn>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bds60: Option<HeadingAndSpeed>,
}

/// What the aircraft itself said not long ago.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Known {
    /// How it moved over ground.
    pub motion: Option<KnownMotion>,
    /// Feet of pressure altitude, in the same reply.
    pub altitude_ft: Option<i32>,
}

/// Motion over ground.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct KnownMotion {
    /// Knots.
    pub ground_speed_kt: f64,
    /// Degrees from true north.
    pub track_deg: f64,
}

/// A register that is known.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
enum Register {
    DataLink(DataLink),
    Capability(Capability),
    Identification(Identification),
    Advisory(Advisory),
    Intention(SelectedIntention),
    Turn(TrackAndTurn),
    Heading(HeadingAndSpeed),
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
struct Identification {
    callsign: Callsign,
}

impl CommB {
    /// Reads MB; what is known of the aircraft helps to tell registers 5,0 and 6,0 apart.
    pub(super) fn read(mb: u64, known: Known) -> Self {
        if mb == 0 {
            return Self::default();
        }
        if let Some((bds, register)) = by_form(mb) {
            return Self::certain(bds, register);
        }
        let intention = SelectedIntention::read(mb);
        let mut turn = TrackAndTurn::read(mb);
        let mut heading = HeadingAndSpeed::read(mb);
        if intention.is_some() {
            turn = turn.filter(TrackAndTurn::is_full);
            heading = heading.filter(HeadingAndSpeed::is_full);
        }
        if let (None, Some(five), Some(six)) = (intention, turn, heading) {
            let is_turn = five.agrees(known.motion).or_else(|| {
                let holds = (five.holds(), six.holds(known.altitude_ft));
                (holds.0 != holds.1).then_some(holds.0)
            });
            turn = turn.filter(|_| is_turn != Some(false));
            heading = heading.filter(|_| is_turn != Some(true));
        }
        match (intention, turn, heading) {
            (Some(only), None, None) => Self::certain("4,0", Register::Intention(only)),
            (None, Some(only), None) => Self::certain("5,0", Register::Turn(only)),
            (None, None, Some(only)) => Self::certain("6,0", Register::Heading(only)),
            (None, None, None) => Self::default(),
            (bds40, bds50, bds60) => {
                let names = [
                    bds40.map(|_| "4,0"),
                    bds50.map(|_| "5,0"),
                    bds60.map(|_| "6,0"),
                ];
                Self {
                    bds_candidates: Some(names.into_iter().flatten().collect()),
                    bds40,
                    bds50,
                    bds60,
                    ..Self::default()
                }
            }
        }
    }

    fn certain(bds: &'static str, register: Register) -> Self {
        Self {
            bds: Some(bds),
            register: Some(register),
            ..Self::default()
        }
    }

    /// The call sign of register 2,0.
    pub(super) const fn callsign(&self) -> Option<&Callsign> {
        match &self.register {
            Some(Register::Identification(own)) => Some(&own.callsign),
            _ => None,
        }
    }
}

/// Registers that are known by their first byte, or by the long row of zeros of 1,7.
fn by_form(mb: u64) -> Option<(&'static str, Register)> {
    let own = match small(mb, 1, 8) {
        0x10 => DataLink::read(mb).map(|own| ("1,0", Register::DataLink(own))),
        0x20 => {
            let callsign = Callsign::from_bits(bits(mb, 9, 48));
            (!callsign.as_str().contains('#'))
                .then_some(("2,0", Register::Identification(Identification { callsign })))
        }
        // Bits 16 to 22 are of a system that does not exist (ACAS III), beyond 47 not even planned; kind of
        // threat 3 is reserved.
        0x30 if small(mb, 16, 7) < 48 && small(mb, 29, 2) < 3 => {
            Some(("3,0", Register::Advisory(Advisory::read(mb))))
        }
        _ => None,
    };
    own.or_else(|| Capability::read(mb).map(|own| ("1,7", Register::Capability(own))))
}

/// Whether a field is 0 where its status bit says that it is not there.
const fn consistent(mb: u64, status: u32, width: u32) -> bool {
    flag(mb, status) || bits(mb, status + 1, width) == 0
}

/// Data link capability (register 1,0; Annex 10 Vol IV, 3.1.2.6.10.2.2; Doc 9871, table A-2-16).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a bit of the standard"
)]
struct DataLink {
    config: bool,
    overlay_command_capability: bool,
    acas_operational: bool,
    mode_s_subnetwork_version: u8,
    transponder_level5: bool,
    mode_s_specific_services: bool,
    uplink_elm_throughput: u8,
    downlink_elm_throughput: u8,
    aircraft_identification_capability: bool,
    squitter_capability: bool,
    surveillance_identifier_code: bool,
    common_usage_gicb_capability: bool,
    acas_hybrid_surveillance: bool,
    acas_resolution_advisory: bool,
    acas_rtca_version: u8,
    dte_status: u16,
}

impl DataLink {
    fn read(mb: u64) -> Option<Self> {
        let overlay = flag(mb, 15);
        let version = small(mb, 17, 7);
        // Bits 10 to 14 are reserved; overlay came with version 5 (DO-181E).
        if small(mb, 10, 5) != 0 || overlay != (version >= 5) {
            return None;
        }
        Some(Self {
            config: flag(mb, 9),
            overlay_command_capability: overlay,
            acas_operational: flag(mb, 16),
            mode_s_subnetwork_version: version,
            transponder_level5: flag(mb, 24),
            mode_s_specific_services: flag(mb, 25),
            uplink_elm_throughput: small(mb, 26, 3),
            downlink_elm_throughput: small(mb, 29, 4),
            aircraft_identification_capability: flag(mb, 33),
            squitter_capability: flag(mb, 34),
            surveillance_identifier_code: flag(mb, 35),
            common_usage_gicb_capability: flag(mb, 36),
            acas_hybrid_surveillance: flag(mb, 37),
            acas_resolution_advisory: flag(mb, 38),
            acas_rtca_version: small(mb, 39, 2),
            dte_status: number(mb, 41, 16),
        })
    }
}

/// Registers that can be asked for (register 1,7; Doc 9871, table A-2-23).
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Capability {
    supported_bds: Vec<&'static str>,
}

impl Capability {
    fn read(mb: u64) -> Option<Self> {
        /// The registers of bits 1 to 24.
        const REGISTERS: [&str; 24] = [
            "0,5", "0,6", "0,7", "0,8", "0,9", "0,A", "2,0", "2,1", "4,0", "4,1", "4,2", "4,3",
            "4,4", "4,5", "4,8", "5,0", "5,1", "5,2", "5,3", "5,4", "5,5", "5,6", "5,F", "6,0",
        ];
        // Everyone who has this register has 2,0; bits 25 to 56 are not used by anyone.
        if !flag(mb, 7) || bits(mb, 25, 32) != 0 {
            return None;
        }
        let told = (1..).zip(REGISTERS).filter(|(bit, _)| flag(mb, *bit));
        Some(Self {
            supported_bds: told.map(|(_, name)| name).collect(),
        })
    }
}

/// Selected vertical intention (register 4,0; Doc 9871, table A-2-64).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
struct SelectedIntention {
    /// Feet in steps of 16, from the mode control panel.
    selected_altitude_mcp_ft: Option<i32>,
    /// Feet in steps of 16, from the flight management system.
    selected_altitude_fms_ft: Option<i32>,
    /// Hectopascals in steps of 0.1 from 800.
    baro_pressure_setting_hpa: Option<f64>,
    vnav_mode: Option<bool>,
    altitude_hold_mode: Option<bool>,
    approach_mode: Option<bool>,
    /// `unknown`, `aircraft_altitude`, `mcp_fcu`, `fms`.
    target_altitude_source: Option<&'static str>,
}

impl SelectedIntention {
    fn read(mb: u64) -> Option<Self> {
        let fields = [(1, 12), (14, 12), (27, 12), (48, 3), (54, 2)];
        let reserved = bits(mb, 40, 8) | bits(mb, 52, 2);
        let fits = fields
            .iter()
            .all(|(status, width)| consistent(mb, *status, *width));
        if !fits || reserved != 0 {
            return None;
        }
        let feet =
            |status: u32| flag(mb, status).then(|| i32::from(number(mb, status + 1, 12)) * 16);
        let mode = |bit: u32| flag(mb, 48).then(|| flag(mb, bit));
        Some(Self {
            selected_altitude_mcp_ft: feet(1),
            selected_altitude_fms_ft: feet(14),
            baro_pressure_setting_hpa: flag(mb, 27)
                .then(|| f64::from(number(mb, 28, 12) + 8000) / 10.0),
            vnav_mode: mode(49),
            altitude_hold_mode: mode(50),
            approach_mode: mode(51),
            target_altitude_source: flag(mb, 54).then(|| match small(mb, 55, 2) {
                0 => "unknown",
                1 => "aircraft_altitude",
                2 => "mcp_fcu",
                _ => "fms",
            }),
        })
    }
}

/// Track and turn (register 5,0; Doc 9871, table A-2-80).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
struct TrackAndTurn {
    /// Degrees in steps of 45/256, right wing down positive.
    roll_deg: Option<f64>,
    /// Degrees from true north in steps of 90/512.
    true_track_deg: Option<f64>,
    /// Knots in steps of 2.
    ground_speed_kt: Option<u16>,
    /// Degrees a second in steps of 8/256, to the right positive.
    track_rate_deg_s: Option<f64>,
    /// Knots in steps of 2.
    true_airspeed_kt: Option<u16>,
}

impl TrackAndTurn {
    /// Most degrees of roll that an airliner has; more is another register.
    const MAX_ROLL: f64 = 35.0;
    /// Most knots, and most between speed over ground and through the air.
    const MAX_SPEED: u16 = 600;
    const MAX_WIND: u16 = 200;

    fn read(mb: u64) -> Option<Self> {
        let fields = [(1, 10), (12, 11), (24, 10), (35, 10), (46, 10)];
        if !fields
            .iter()
            .all(|(status, width)| consistent(mb, *status, *width))
        {
            return None;
        }
        let knots = |status: u32| flag(mb, status).then(|| number(mb, status + 1, 10) * 2);
        let own = Self {
            roll_deg: flag(mb, 1).then(|| f64::from(signed(mb, 2, 10)) * 45.0 / 256.0),
            true_track_deg: direction(mb, 12),
            ground_speed_kt: knots(24),
            track_rate_deg_s: flag(mb, 35).then(|| f64::from(signed(mb, 36, 10)) * 8.0 / 256.0),
            true_airspeed_kt: knots(46),
        };
        let rolls = own.roll_deg.is_none_or(|roll| roll.abs() <= Self::MAX_ROLL);
        let speeds = [own.ground_speed_kt, own.true_airspeed_kt];
        let slow = speeds
            .iter()
            .flatten()
            .all(|knots| *knots <= Self::MAX_SPEED);
        let near = own
            .ground_speed_kt
            .zip(own.true_airspeed_kt)
            .is_none_or(|(ground, air)| ground.abs_diff(air) <= Self::MAX_WIND);
        (rolls && slow && near).then_some(own)
    }

    /// Whether at least three of the five values are there; fewer are rather another register's zeros.
    fn is_full(&self) -> bool {
        let there = [
            self.roll_deg.is_some(),
            self.true_track_deg.is_some(),
            self.ground_speed_kt.is_some(),
            self.track_rate_deg_s.is_some(),
            self.true_airspeed_kt.is_some(),
        ];
        there.into_iter().filter(|value| *value).count() >= 3
    }

    /// Whether roll, speed and rate of turn belong together: in a level turn the rate is `g tan(roll) / speed`.
    fn holds(&self) -> bool {
        /// Degrees a second times knots: g in knots a second, times degrees in a radian.
        const TURN: f64 = 9.806_65 * 3_600.0 / 1_852.0 * 180.0 / core::f64::consts::PI;
        let speed = self.true_airspeed_kt.or(self.ground_speed_kt);
        let (Some(roll), Some(rate), Some(speed)) = (self.roll_deg, self.track_rate_deg_s, speed)
        else {
            return true;
        };
        let expected = TURN * roll.to_radians().tan() / f64::from(speed.max(1));
        (rate - expected).abs() <= 1.0
    }

    /// Whether it is what the aircraft said in its squitters; nothing where that does not decide.
    fn agrees(&self, motion: Option<KnownMotion>) -> Option<bool> {
        let known = motion?;
        let speed = (f64::from(self.ground_speed_kt?) - known.ground_speed_kt).abs();
        let turn = (self.true_track_deg? - known.track_deg).rem_euclid(360.0);
        let turn = turn.min(360.0 - turn);
        if speed <= 20.0 && turn <= 10.0 {
            Some(true)
        } else if speed >= 60.0 || turn >= 40.0 {
            Some(false)
        } else {
            None
        }
    }
}

/// A direction of eleven bits in two's complement behind its status bit, in steps of 90/512 degrees.
fn direction(mb: u64, status: u32) -> Option<f64> {
    let steps = || f64::from(signed(mb, status + 1, 11)) * 90.0 / 512.0;
    flag(mb, status).then(|| steps().rem_euclid(360.0))
}

/// Heading and speed (register 6,0; Doc 9871, table A-2-96).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
struct HeadingAndSpeed {
    /// Degrees from magnetic north in steps of 90/512.
    magnetic_heading_deg: Option<f64>,
    /// Knots.
    indicated_airspeed_kt: Option<u16>,
    /// In steps of 0.004.
    mach: Option<f64>,
    /// Feet a minute in steps of 32.
    baro_vertical_rate_fpm: Option<i32>,
    /// Feet a minute in steps of 32.
    inertial_vertical_rate_fpm: Option<i32>,
}

impl HeadingAndSpeed {
    /// Most knots, Mach number and feet a minute that are believed.
    const MAX_SPEED: u16 = 500;
    const MAX_MACH: f64 = 1.0;
    const MAX_RATE: i32 = 6000;

    fn read(mb: u64) -> Option<Self> {
        let fields = [(1, 11), (13, 10), (24, 10), (35, 10), (46, 10)];
        if !fields
            .iter()
            .all(|(status, width)| consistent(mb, *status, *width))
        {
            return None;
        }
        let rate = |status: u32| flag(mb, status).then(|| signed(mb, status + 1, 10) * 32);
        let own = Self {
            magnetic_heading_deg: direction(mb, 1),
            indicated_airspeed_kt: flag(mb, 13).then(|| number(mb, 14, 10)),
            mach: flag(mb, 24).then(|| f64::from(number(mb, 25, 10)) * 2.048 / 512.0),
            baro_vertical_rate_fpm: rate(35),
            inertial_vertical_rate_fpm: rate(46),
        };
        let slow = own
            .indicated_airspeed_kt
            .is_none_or(|knots| knots <= Self::MAX_SPEED);
        let below = own.mach.is_none_or(|mach| mach <= Self::MAX_MACH);
        let rates = [own.baro_vertical_rate_fpm, own.inertial_vertical_rate_fpm];
        let level = rates
            .iter()
            .flatten()
            .all(|rate| rate.abs() <= Self::MAX_RATE);
        (slow && below && level).then_some(own)
    }

    /// Whether at least three of the five values are there.
    fn is_full(&self) -> bool {
        let there = [
            self.magnetic_heading_deg.is_some(),
            self.indicated_airspeed_kt.is_some(),
            self.mach.is_some(),
            self.baro_vertical_rate_fpm.is_some(),
            self.inertial_vertical_rate_fpm.is_some(),
        ];
        there.into_iter().filter(|value| *value).count() >= 3
    }

    /// Whether speed and Mach number belong together at the altitude, or at any below 51,000 ft where it is not known;
    /// and the two vertical rates.
    fn holds(&self, altitude_ft: Option<i32>) -> bool {
        let rates = self
            .baro_vertical_rate_fpm
            .zip(self.inertial_vertical_rate_fpm)
            .is_none_or(|(one, other)| one.abs_diff(other) <= 2_000);
        let speeds = self
            .indicated_airspeed_kt
            .zip(self.mach)
            .is_none_or(|(speed, mach)| {
                let (low, high) = altitude_ft.map_or((-1_000, 51_000), |feet| (feet, feet));
                let fits = airspeed_kt(mach, high) - 20.0..=airspeed_kt(mach, low) + 20.0;
                fits.contains(&f64::from(speed))
            });
        rates && speeds
    }
}

/// Calibrated airspeed in knots of a Mach number at a pressure altitude: the pressure of the air brought to rest
/// (isentropic), read as an instrument does that is made for the standard atmosphere at sea level (ICAO Doc 7488).
fn airspeed_kt(mach: f64, altitude_ft: i32) -> f64 {
    /// Speed of sound at sea level in knots.
    const SOUND_KT: f64 = 661.478_8;
    let metres = f64::from(altitude_ft) * 0.3048;
    let pressure = if metres <= 11_000.0 {
        (1.0 - metres * 2.255_77e-5).powf(5.255_88)
    } else {
        0.223_361 * ((11_000.0 - metres) / 6_341.62).exp()
    };
    let impact = pressure * ((1.0 + 0.2 * mach * mach).powf(3.5) - 1.0);
    SOUND_KT * (5.0 * ((impact + 1.0).powf(2.0 / 7.0) - 1.0)).sqrt()
}
