//! Type codes 29 and 31: what an aircraft is about to do, and what it can (RTCA DO-260B, 2.2.3.2.7.1 and
//! 2.2.3.2.7.2).

use serde::Serialize;

use super::bits::{flag, number, small};
use super::squitter::emergency_name;

/// Target state (register 6,2): of version 1 by subtype 0, of version 2 by subtype 1.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum TargetState {
    /// DO-260A, 2.2.3.2.7.1.
    Version1(TargetState1),
    /// DO-260B, 2.2.3.2.7.1.
    Version2(TargetState2),
}

impl TargetState {
    pub(super) fn read(me: u64) -> Self {
        // Bit 11 is 0 in version 1 (backward compatibility).
        if small(me, 6, 2) == 0 && !flag(me, 11) {
            Self::Version1(TargetState1::read(me))
        } else {
            Self::Version2(TargetState2::read(me))
        }
    }

    /// Accuracy category of position.
    pub(super) const fn nac_p(&self) -> u8 {
        match self {
            Self::Version1(state) => state.nac_p,
            Self::Version2(state) => state.nac_p,
        }
    }

    /// Emergency state, which only version 1 has here.
    pub(super) const fn emergency_state(&self) -> Option<u8> {
        match self {
            Self::Version1(state) => Some(state.emergency_state),
            Self::Version2(_) => None,
        }
    }
}

/// Target state of version 1.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct TargetState1 {
    bds: &'static str,
    subtype: u8,
    /// 0 none, 1 MCP/FCU, 2 holding, 3 FMS/RNAV.
    vertical_source: u8,
    /// Whether the target altitude is above mean sea level and no flight level.
    target_altitude_msl: bool,
    target_altitude_capability: u8,
    /// 0 unknown, 1 acquiring, 2 holding.
    vertical_mode: u8,
    /// Feet in steps of 100 from -1000; nothing where no source is told.
    target_altitude_ft: Option<i32>,
    /// 0 none, 1 MCP/FCU, 2 holding, 3 FMS/RNAV.
    horizontal_source: u8,
    /// Degrees, 0 to 359.
    target_heading_deg: Option<u16>,
    /// Whether it is a track and no heading.
    target_is_track: bool,
    /// 0 unknown, 1 acquiring, 2 holding.
    horizontal_mode: u8,
    nac_p: u8,
    nic_baro: u8,
    sil: u8,
    /// Bits 52 and 53: ACAS operational, advisory active.
    acas_status: u8,
    emergency_state: u8,
    emergency: &'static str,
}

impl TargetState1 {
    fn read(me: u64) -> Self {
        let vertical_source = small(me, 8, 2);
        let horizontal_source = small(me, 26, 2);
        let emergency_state = small(me, 54, 3);
        Self {
            bds: "6,2",
            subtype: small(me, 6, 2),
            vertical_source,
            target_altitude_msl: flag(me, 10),
            target_altitude_capability: small(me, 12, 2),
            vertical_mode: small(me, 14, 2),
            target_altitude_ft: (vertical_source != 0)
                .then(|| i32::from(number(me, 16, 10)) * 100 - 1000),
            horizontal_source,
            target_heading_deg: (horizontal_source != 0)
                .then(|| number(me, 28, 9))
                .filter(|heading| *heading < 360),
            target_is_track: flag(me, 37),
            horizontal_mode: small(me, 38, 2),
            nac_p: small(me, 40, 4),
            nic_baro: small(me, 44, 1),
            sil: small(me, 45, 2),
            acas_status: small(me, 52, 2),
            emergency_state,
            emergency: emergency_name(emergency_state),
        }
    }
}

/// Target state of version 2.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct TargetState2 {
    bds: &'static str,
    subtype: u8,
    sil_supplement: u8,
    /// Feet in steps of 32.
    selected_altitude_ft: Option<i32>,
    /// `MCP/FCU` or `FMS`.
    selected_altitude_source: Option<&'static str>,
    /// Hectopascals in steps of 0.8 from 800.
    baro_pressure_setting_hpa: Option<f64>,
    /// Degrees in steps of 360/512.
    selected_heading_deg: Option<f64>,
    nac_p: u8,
    nic_baro: u8,
    sil: u8,
    /// Whether the modes are told; without they are `null`.
    mode_status: bool,
    autopilot: Option<bool>,
    vnav_mode: Option<bool>,
    altitude_hold_mode: Option<bool>,
    approach_mode: Option<bool>,
    lnav_mode: Option<bool>,
    tcas_operational: bool,
}

impl TargetState2 {
    fn read(me: u64) -> Self {
        let altitude = i32::from(number(me, 10, 11));
        let pressure = number(me, 21, 9);
        let modes = flag(me, 47);
        let mode = |bit| modes.then(|| flag(me, bit));
        Self {
            bds: "6,2",
            subtype: small(me, 6, 2),
            sil_supplement: small(me, 8, 1),
            selected_altitude_ft: (altitude != 0).then(|| (altitude - 1) * 32),
            selected_altitude_source: (altitude != 0)
                .then(|| if flag(me, 9) { "FMS" } else { "MCP/FCU" }),
            baro_pressure_setting_hpa: (pressure != 0)
                .then(|| 800.0 + f64::from((pressure - 1) * 8) / 10.0),
            selected_heading_deg: flag(me, 30)
                .then(|| f64::from(number(me, 31, 9)) * (360.0 / 512.0)),
            nac_p: small(me, 40, 4),
            nic_baro: small(me, 44, 1),
            sil: small(me, 45, 2),
            mode_status: modes,
            autopilot: mode(48),
            vnav_mode: mode(49),
            altitude_hold_mode: mode(50),
            approach_mode: mode(52),
            lnav_mode: mode(54),
            tcas_operational: flag(me, 53),
        }
    }
}

/// Operational status (register 6,5); subtype 0 in the air, 1 on the ground.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct OperationalStatus {
    bds: &'static str,
    pub subtype: u8,
    /// Capability class as sent: 16 bits, on the ground 12 and the 4 of the dimensions.
    capability_class: u16,
    /// Operational mode as sent: 16 bits.
    operational_mode: u16,
    /// 0 DO-260, 1 DO-260A, 2 DO-260B; 3 and up are reserved.
    pub version: u8,
    pub nic_supplement_a: u8,
    pub nac_p: u8,
    sil: u8,
    /// Geometric vertical accuracy: 0 unknown, 1 up to 150 m, 2 up to 45 m; version 2 in the air.
    #[serde(skip_serializing_if = "Option::is_none")]
    gva: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nic_baro: Option<u8>,
    /// On the ground: 0 the direction is a track, 1 a heading.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub track_heading: Option<u8>,
    /// Horizontal reference direction: 0 true north, 1 magnetic north.
    hrd: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    sil_supplement: Option<u8>,
    #[serde(flatten)]
    details: Option<OperationalDetails>,
}

/// Capabilities and modes of versions 1 and 2, where both begin with the two bits of 0 that define them.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a bit of the standard"
)]
struct OperationalDetails {
    /// Whether a collision avoidance system is operational; in the air.
    #[serde(skip_serializing_if = "Option::is_none")]
    acas_operational: Option<bool>,
    /// Whether squitters of others are received (version 2), a display of traffic is there (version 1).
    es_in: bool,
    /// Whether reports of velocity through the air are sent; in the air.
    #[serde(skip_serializing_if = "Option::is_none")]
    air_referenced_velocity: Option<bool>,
    /// Whether target states are sent; in the air.
    #[serde(skip_serializing_if = "Option::is_none")]
    target_state_report: Option<bool>,
    /// 0 none, 1 the next waypoint only, 2 several; in the air.
    #[serde(skip_serializing_if = "Option::is_none")]
    target_change_report: Option<u8>,
    /// Whether the transmitter has less than 70 W; on the ground.
    #[serde(skip_serializing_if = "Option::is_none")]
    low_power: Option<bool>,
    /// Version 2 on the ground.
    #[serde(skip_serializing_if = "Option::is_none")]
    nac_v: Option<u8>,
    /// Version 2 on the ground.
    #[serde(skip_serializing_if = "Option::is_none")]
    nic_supplement_c: Option<u8>,
    /// Code of length and width, 0 unknown (table 2-74); on the ground.
    #[serde(skip_serializing_if = "Option::is_none")]
    length_width_code: Option<u8>,
    resolution_advisory_active: bool,
    ident_active: bool,
    /// Version 2; before, whether air traffic control serves it.
    single_antenna: bool,
    /// Design assurance of the system, 0 to 3; version 2.
    #[serde(skip_serializing_if = "Option::is_none")]
    system_design_assurance: Option<u8>,
    /// Place of the antenna as sent; version 2 on the ground.
    #[serde(skip_serializing_if = "Option::is_none")]
    antenna_offset: Option<u8>,
}

impl OperationalStatus {
    pub(super) fn read(me: u64) -> Self {
        let subtype = small(me, 6, 3);
        let version = small(me, 41, 3);
        let airborne = subtype == 0;
        Self {
            bds: "6,5",
            subtype,
            capability_class: number(me, 9, 16),
            operational_mode: number(me, 25, 16),
            version,
            nic_supplement_a: small(me, 44, 1),
            nac_p: small(me, 45, 4),
            sil: small(me, 51, 2),
            gva: (airborne && version == 2).then(|| small(me, 49, 2)),
            nic_baro: (airborne && version >= 1).then(|| small(me, 53, 1)),
            track_heading: (!airborne && version >= 1).then(|| small(me, 53, 1)),
            hrd: small(me, 54, 1),
            sil_supplement: (version == 2).then(|| small(me, 55, 1)),
            details: OperationalDetails::read(me, airborne, version),
        }
    }

    /// NIC supplement C, which version 2 has on the ground.
    pub(super) fn nic_supplement_c(&self) -> Option<u8> {
        self.details.as_ref()?.nic_supplement_c
    }
}

impl OperationalDetails {
    fn read(me: u64, airborne: bool, version: u8) -> Option<Self> {
        let defined = (1..=2).contains(&version) && small(me, 9, 2) == 0 && small(me, 25, 2) == 0;
        if !defined {
            return None;
        }
        let second = version == 2;
        let in_air = |bit| airborne.then(|| flag(me, bit));
        // Version 1 says "not TCAS" in the same bit.
        let acas = flag(me, 11) == second;
        Some(Self {
            acas_operational: airborne.then_some(acas),
            es_in: flag(me, 12),
            air_referenced_velocity: in_air(15),
            target_state_report: in_air(16),
            target_change_report: airborne.then(|| small(me, 17, 2)),
            low_power: (!airborne).then(|| flag(me, 15)),
            nac_v: (!airborne && second).then(|| small(me, 17, 3)),
            nic_supplement_c: (!airborne && second).then(|| small(me, 20, 1)),
            length_width_code: (!airborne).then(|| small(me, 21, 4)),
            resolution_advisory_active: flag(me, 27),
            ident_active: flag(me, 28),
            single_antenna: second && flag(me, 30),
            system_design_assurance: second.then(|| small(me, 31, 2)),
            antenna_offset: (!airborne && second).then(|| small(me, 33, 8)),
        })
    }
}
