//! What moves: many, and soon worthless.

use core::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{LatLon, Mode, OrgId, Time};

/// World in which an identifier is unique.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum TrackDomain {
    /// Vessels, base stations and aids to navigation, by MMSI.
    Vessel = 0,
    /// Aircraft, by ICAO 24-bit address.
    Aircraft = 1,
    /// Own units, by unit id.
    Unit = 2,
    /// Vehicles and persons by a tracker's id.
    Vehicle = 3,
    /// Radar and sensor tracks without an identity of their own.
    Sensor = 4,
}

impl TrackDomain {
    /// All, in the order of their numbers.
    pub const ALL: [Self; 5] = [
        Self::Vessel,
        Self::Aircraft,
        Self::Unit,
        Self::Vehicle,
        Self::Sensor,
    ];
}

/// Identifier of a track within its domain, without allocation where it is a number.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum TrackIdent {
    /// An MMSI or an ICAO address.
    Number(u32),
    /// Anything else; at most 64 bytes.
    Text(Box<str>),
}

impl fmt::Display for TrackIdent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(n) => write!(f, "{n}"),
            Self::Text(t) => f.write_str(t),
        }
    }
}

impl fmt::Debug for TrackIdent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A track: `(domain, identifier)`.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct TrackKey {
    /// Its domain.
    pub domain: TrackDomain,
    /// Its identifier there.
    pub ident: TrackIdent,
}

impl TrackKey {
    /// A vessel by MMSI (nine digits).
    pub const fn vessel(mmsi: u32) -> Self {
        Self {
            domain: TrackDomain::Vessel,
            ident: TrackIdent::Number(mmsi),
        }
    }

    /// Something with a textual identifier.
    pub fn text(domain: TrackDomain, ident: &str) -> Self {
        Self {
            domain,
            ident: TrackIdent::Text(ident.into()),
        }
    }
}

/// How a position was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PositionSource {
    /// Said by the thing itself over AIS.
    Ais,
    /// Said by the thing itself over ADS-B.
    Adsb,
    /// Multilateration.
    Mlat,
    /// Measured by radar.
    Radar,
    /// A satellite fix sent by a tracker.
    Gnss,
    /// Entered by a person.
    Manual,
    /// Not said.
    #[default]
    Unknown,
}

/// A position of something that moves, or only its static data (`position` missing). Missing is unknown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PositionDraft {
    /// What moves.
    pub track: TrackKey,
    /// When it was there, by the sender or receiver; the time of receipt where missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Time>,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<LatLon>,
    /// Circular error in metres (95 %).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ce_m: Option<f32>,
    /// Height above the ellipsoid or mean sea level in metres, as the source has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alt_m: Option<f32>,
    /// Speed over ground in metres a second, not negative.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed_mps: Option<f32>,
    /// Course over ground in degrees from true north, 0 to below 360.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub course_deg: Option<f32>,
    /// Heading in degrees from true north, 0 to below 360.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heading_deg: Option<f32>,
    /// Name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Box<str>>,
    /// Call sign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_sign: Option<Box<str>>,
    /// Type within the domain: the AIS ship type (0 to 99), the ADS-B category; 0 is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind_code: Option<u16>,
    /// AIS navigational status (0 to 15, ITU-R M.1371-5 table 45).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nav_status: Option<u8>,
    /// Length over all in metres.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length_m: Option<u16>,
    /// Destination as sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination: Option<Box<str>>,
    /// Agency of an own unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org: Option<OrgId>,
    /// How it was measured.
    #[serde(default)]
    pub source: PositionSource,
    /// Real, exercise or test, where the sender states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
}

impl PositionDraft {
    /// A draft about a track without any value yet.
    pub const fn new(track: TrackKey) -> Self {
        Self {
            track,
            at: None,
            position: None,
            ce_m: None,
            alt_m: None,
            speed_mps: None,
            course_deg: None,
            heading_deg: None,
            name: None,
            call_sign: None,
            kind_code: None,
            nav_status: None,
            length_m: None,
            destination: None,
            org: None,
            source: PositionSource::Unknown,
            mode: None,
        }
    }
}
