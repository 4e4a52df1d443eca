//! Options of the format.

use oneroof_model::{OrgId, TrackDomain};
use serde::Deserialize;

use crate::devices::Devices;

/// Unit of `speed` in a query; the JSON form has metres a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpeedUnit {
    /// Knots, as Traccar takes it.
    #[default]
    Knots,
    /// Kilometres an hour.
    Kmh,
    /// Metres a second, as `OsmAnd`'s own tracking sends it.
    Mps,
}

impl SpeedUnit {
    /// Metres a second in one of it.
    pub(super) const fn in_mps(self) -> f64 {
        match self {
            Self::Knots => 1852.0 / 3600.0,
            Self::Kmh => 1.0 / 3.6,
            Self::Mps => 1.0,
        }
    }

    /// Its name in a field.
    pub(super) const fn field(self) -> &'static str {
        match self {
            Self::Knots => "speed_knots",
            Self::Kmh => "speed_kmh",
            Self::Mps => "speed_mps",
        }
    }
}

/// Options of `osmand`.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OsmandOptions {
    /// The format's name, as the feed's file has it.
    pub kind: String,
    /// Whose a device is.
    pub devices: Devices,
    /// World of the devices that `devices` does not list.
    pub domain: TrackDomain,
    /// The agency, where `devices` does not say.
    pub org: Option<OrgId>,
    /// Unit of `speed` in a query.
    pub speed: SpeedUnit,
}

impl Default for OsmandOptions {
    fn default() -> Self {
        Self {
            kind: super::KIND.kind.to_owned(),
            devices: Devices::default(),
            domain: TrackDomain::Vehicle,
            org: None,
            speed: SpeedUnit::default(),
        }
    }
}
