//! Options of the format.

use core::fmt;
use std::collections::BTreeMap;

use oneroof_model::LatLon;
use serde::Deserialize;

/// Options of `asterix`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AsterixOptions {
    /// The format's name, as the feed's file has it.
    pub kind: String,
    /// Where each radar stands, by its `SAC/SIC`.
    pub radars: BTreeMap<SourceId, Site>,
}

/// System area code and system identification code of a radar or tracking system, written `25/13`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct SourceId {
    /// System area code, 0 to 255; EUROCONTROL gives them to states.
    pub sac: u8,
    /// System identification code, 0 to 255; the state gives them to its systems.
    pub sic: u8,
}

impl fmt::Display for SourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.sac, self.sic)
    }
}

impl TryFrom<String> for SourceId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let id = text.split_once('/').and_then(|(sac, sic)| {
            Some(Self {
                sac: sac.trim().parse().ok()?,
                sic: sic.trim().parse().ok()?,
            })
        });
        id.ok_or_else(|| format!("`{text}` is no SAC/SIC: two numbers of 0 to 255 as in `25/13`"))
    }
}

/// Where a radar's antenna stands.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(try_from = "RawSite")]
pub struct Site {
    /// Its position.
    pub at: LatLon,
    /// Its height in metres above the ellipsoid or mean sea level, -500 to 9000.
    pub height_m: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSite {
    lat: f64,
    lon: f64,
    #[serde(default)]
    height_m: f64,
}

impl TryFrom<RawSite> for Site {
    type Error = String;

    fn try_from(raw: RawSite) -> Result<Self, String> {
        let at = LatLon::new(raw.lat, raw.lon).map_err(|error| error.to_string())?;
        if !(-500.0..=9000.0).contains(&raw.height_m) {
            return Err(format!("height_m: {} is not -500 to 9000", raw.height_m));
        }
        Ok(Self {
            at,
            height_m: raw.height_m,
        })
    }
}
