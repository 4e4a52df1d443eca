//! Where something is.

use core::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::text_id;

text_id! {
    /// A border section (`UA-RO-01`).
    SectionId,
    /// A border crossing point (`UAPL07`).
    BcpId,
}

/// A position on WGS 84: latitude -90 to 90 and longitude -180 to 180 degrees, both finite.
///
/// Latitude and longitude travel in this one type and are named in JSON (`{"lat": ..., "lon": ...}`), never a
/// bare pair: CAP and CoT say latitude first, GeoJSON longitude first.
#[derive(Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "RawLatLon")]
pub struct LatLon {
    lat: f64,
    lon: f64,
}

#[derive(Deserialize, JsonSchema)]
struct RawLatLon {
    lat: f64,
    lon: f64,
}

impl TryFrom<RawLatLon> for LatLon {
    type Error = LatLonError;
    fn try_from(raw: RawLatLon) -> Result<Self, Self::Error> {
        Self::new(raw.lat, raw.lon)
    }
}

/// A pair of numbers that is no position.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("no position on WGS 84: latitude {lat}, longitude {lon}")]
pub struct LatLonError {
    /// The latitude given.
    pub lat: f64,
    /// The longitude given.
    pub lon: f64,
}

impl LatLon {
    /// A position from degrees.
    ///
    /// # Errors
    /// Where a number is not finite or out of range.
    pub fn new(lat_deg: f64, lon_deg: f64) -> Result<Self, LatLonError> {
        if (-90.0..=90.0).contains(&lat_deg) && (-180.0..=180.0).contains(&lon_deg) {
            Ok(Self {
                lat: lat_deg,
                lon: lon_deg,
            })
        } else {
            Err(LatLonError {
                lat: lat_deg,
                lon: lon_deg,
            })
        }
    }

    /// Latitude in degrees, north positive.
    pub const fn lat(self) -> f64 {
        self.lat
    }

    /// Longitude in degrees, east positive.
    pub const fn lon(self) -> f64 {
        self.lon
    }

    /// Great-circle distance in metres on the sphere of radius 6 371 008.8 m (IUGG mean radius R1);
    /// haversine formula, error against the ellipsoid below 0.6 %.
    pub fn distance_m(self, other: Self) -> f64 {
        let (la, lb) = (self.lat.to_radians(), other.lat.to_radians());
        let dlat = lb - la;
        let dlon = (other.lon - self.lon).to_radians();
        let h = (dlat / 2.0).sin().powi(2) + la.cos() * lb.cos() * (dlon / 2.0).sin().powi(2);
        2.0 * 6_371_008.8 * h.sqrt().min(1.0).asin()
    }
}

impl fmt::Debug for LatLon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.5},{:.5}", self.lat, self.lon)
    }
}

/// A shape on the ground.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "shape", rename_all = "snake_case")]
pub enum Geometry {
    /// One position.
    Point {
        /// The position.
        at: LatLon,
    },
    /// An open line of at least two positions.
    Line {
        /// Its positions in order.
        points: Vec<LatLon>,
    },
    /// One or more areas; a ring need not repeat its first position at its end.
    Area {
        /// Outer rings. CAP 1.2 knows no holes (3.2.4).
        rings: Vec<Vec<LatLon>>,
    },
    /// A circle.
    Circle {
        /// Its centre.
        center: LatLon,
        /// Its radius in metres, not negative.
        radius_m: f64,
    },
}

impl Geometry {
    /// All positions that the shape is made of, in order.
    pub fn points(&self) -> Vec<LatLon> {
        match self {
            Self::Point { at } => vec![*at],
            Self::Line { points } => points.clone(),
            Self::Area { rings } => rings.iter().flatten().copied().collect(),
            Self::Circle { center, .. } => vec![*center],
        }
    }

    /// A position to draw a symbol at: the point, the centre, or the mean of the positions.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a shape has far fewer than 2^52 positions"
    )]
    pub fn anchor(&self) -> Option<LatLon> {
        match self {
            Self::Point { at } => Some(*at),
            Self::Circle { center, .. } => Some(*center),
            Self::Line { points } => points.get(points.len() / 2).copied(),
            Self::Area { rings } => {
                let ring = rings.first()?;
                let open: &[LatLon] = match ring.split_last() {
                    Some((last, rest)) if rest.first() == Some(last) => rest,
                    _ => ring,
                };
                let n = open.len() as f64;
                let lat = open.iter().map(|p| p.lat()).sum::<f64>() / n;
                let lon = open.iter().map(|p| p.lon()).sum::<f64>() / n;
                LatLon::new(lat, lon).ok()
            }
        }
    }
}

/// How a place became known; it decides the circular error where none was stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlaceKind {
    /// A satellite fix.
    Gnss,
    /// A fixed sensor's own surveyed place or line.
    Sensor,
    /// A camera, by bearing and estimated distance.
    Camera,
    /// An officer's estimate of where he looks.
    Sighting,
    /// A street address or name turned into a position.
    Geocoded,
    /// A crossing point by its code.
    CrossingPoint,
    /// A warning area.
    Area,
    /// Only a section is known.
    Section,
    /// Nothing is known of how.
    #[default]
    Unknown,
}

impl PlaceKind {
    /// Circular error in metres (95 %) to assume where the sender states none. Our own design values.
    pub const fn default_ce_m(self) -> f64 {
        match self {
            Self::Gnss => 15.0,
            Self::Sensor => 60.0,
            Self::Camera => 250.0,
            Self::Sighting => 400.0,
            Self::Geocoded => 800.0,
            Self::Area => 0.0,
            Self::Section => 15_000.0,
            Self::CrossingPoint | Self::Unknown => 1_000.0,
        }
    }
}

/// Where something happened, as far as known; every part may be missing.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    /// Its shape.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub geometry: Option<Geometry>,
    /// Circular error in metres (95 %), as stated by the sender.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ce_m: Option<f64>,
    /// How the place became known.
    #[serde(default)]
    pub kind: PlaceKind,
    /// The crossing point that it is at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bcp: Option<BcpId>,
    /// The section that the sender named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub section: Option<SectionId>,
    /// The place in words (an address, an area description).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub described: Option<String>,
}

impl Place {
    /// A point without more.
    pub fn point(at: LatLon) -> Self {
        Self {
            geometry: Some(Geometry::Point { at }),
            ..Self::default()
        }
    }

    /// Circular error in metres: as stated, else by the kind of place.
    pub fn ce_or_default_m(&self) -> f64 {
        self.ce_m.unwrap_or_else(|| self.kind.default_ce_m())
    }

    /// Whether anything at all says where.
    pub const fn is_unknown(&self) -> bool {
        self.geometry.is_none() && self.bcp.is_none() && self.section.is_none()
    }

    /// A position to draw a symbol at, where there is a shape.
    pub fn anchor(&self) -> Option<LatLon> {
        self.geometry.as_ref().and_then(Geometry::anchor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nan_and_out_of_range_are_no_positions() {
        assert!(LatLon::new(f64::NAN, 0.0).is_err());
        assert!(LatLon::new(91.0, 0.0).is_err());
        assert!(LatLon::new(0.0, 180.1).is_err());
        assert!(serde_json::from_str::<LatLon>(r#"{"lat":91,"lon":0}"#).is_err());
    }

    #[test]
    fn a_degree_of_latitude_is_111_195_metres() {
        let a = LatLon::new(48.0, 24.0).unwrap();
        let b = LatLon::new(49.0, 24.0).unwrap();
        assert!((a.distance_m(b) - 111_195.0).abs() < 1.0);
    }

    #[test]
    fn the_anchor_of_a_closed_ring_counts_its_first_corner_once() {
        let p = |lat, lon| LatLon::new(lat, lon).unwrap();
        let ring = vec![
            p(0.0, 0.0),
            p(0.0, 2.0),
            p(2.0, 2.0),
            p(2.0, 0.0),
            p(0.0, 0.0),
        ];
        assert_eq!(
            Geometry::Area { rings: vec![ring] }.anchor(),
            Some(p(1.0, 1.0))
        );
    }
}
