//! A box in latitude and longitude.

use oneroof_model::{Geometry, LatLon};
use serde::{Deserialize, Serialize};

use crate::measure::{EARTH_RADIUS_M, wrap_deg};

/// A box between two parallels and two meridians, edges included, in degrees.
///
/// It runs eastward from `west` to `east`; where `west` is greater than `east` it crosses the antimeridian.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BoundingBox {
    /// Southern edge, degrees of latitude, not above `north`.
    pub south: f64,
    /// Western edge, degrees of longitude, -180 to 180.
    pub west: f64,
    /// Northern edge, degrees of latitude.
    pub north: f64,
    /// Eastern edge, degrees of longitude, -180 to 180.
    pub east: f64,
}

impl BoundingBox {
    /// The smallest box around positions that follow each other as along a line (each step goes the short
    /// way round the Earth); `None` where there are none.
    pub fn of_points<I: IntoIterator<Item = LatLon>>(points: I) -> Option<Self> {
        let mut points = points.into_iter();
        let first = points.next()?;
        let (mut south, mut north) = (first.lat(), first.lat());
        // Unwrapped longitudes: a line eastward over 180 goes on to 181, 182, ...
        let (mut west, mut east, mut x) = (first.lon(), first.lon(), first.lon());
        for p in points {
            // The position's own number again but for whole turns, so that the box holds it exactly.
            let turns = ((x + wrap_deg(p.lon() - x) - p.lon()) / 360.0).round();
            x = p.lon() + turns * 360.0;
            (south, north) = (south.min(p.lat()), north.max(p.lat()));
            (west, east) = (west.min(x), east.max(x));
        }
        Some(Self::from_unwrapped(south, west, north, east))
    }

    /// The smallest box around a shape, a circle's radius included; `None` for a shape without positions.
    pub fn of(geometry: &Geometry) -> Option<Self> {
        let around = Self::of_points(geometry.points())?;
        match geometry {
            Geometry::Circle { radius_m, .. } => Some(around.expanded_m(*radius_m)),
            _ => Some(around),
        }
    }

    fn from_unwrapped(south: f64, west: f64, north: f64, east: f64) -> Self {
        let (south, north) = (south.max(-90.0), north.min(90.0));
        if east - west >= 360.0 {
            return Self {
                south,
                west: -180.0,
                north,
                east: 180.0,
            };
        }
        Self {
            south,
            west: wrap_deg(west),
            north,
            east: wrap_deg(east),
        }
    }

    /// The box with a margin of at least `margin_m` metres on all sides.
    #[must_use]
    pub fn expanded_m(self, margin_m: f64) -> Self {
        let dlat = (margin_m / EARTH_RADIUS_M).to_degrees();
        let (south, north) = (self.south - dlat, self.north + dlat);
        // Meridians are nearest at the latitude farthest from the equator.
        let shrink = south.abs().max(north.abs()).min(90.0).to_radians().cos();
        let dlon = if shrink > 1e-6 { dlat / shrink } else { 360.0 };
        let west = self.west - dlon;
        Self::from_unwrapped(south, west, north, west + self.width_deg() + 2.0 * dlon)
    }

    /// Width in degrees of longitude, 0 to 360.
    pub fn width_deg(self) -> f64 {
        let width = self.east - self.west;
        if width < 0.0 { width + 360.0 } else { width }
    }

    /// Whether a position lies in the box or on its edge.
    pub fn contains(self, p: LatLon) -> bool {
        (self.south..=self.north).contains(&p.lat()) && self.holds_lon(p.lon())
    }

    fn holds_lon(self, lon_deg: f64) -> bool {
        if self.west <= self.east {
            (self.west..=self.east).contains(&lon_deg)
        } else {
            lon_deg >= self.west || lon_deg <= self.east
        }
    }

    /// Whether two boxes share at least one position.
    pub fn intersects(self, other: Self) -> bool {
        self.south <= other.north
            && other.south <= self.north
            && (self.holds_lon(other.west) || other.holds_lon(self.west))
    }

    /// The middle of the box.
    pub fn center(self) -> Option<LatLon> {
        let lon = wrap_deg(self.west + self.width_deg() / 2.0);
        LatLon::new(f64::midpoint(self.south, self.north), lon).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(lat: f64, lon: f64) -> LatLon {
        LatLon::new(lat, lon).unwrap()
    }

    #[test]
    fn a_line_over_the_antimeridian_has_a_narrow_box() {
        let bbox = BoundingBox::of_points([at(0.0, 179.0), at(1.0, -179.0)]).unwrap();
        assert!((bbox.width_deg() - 2.0).abs() < 1e-9, "{bbox:?}");
        assert!(bbox.contains(at(0.5, 180.0)) && bbox.contains(at(0.5, -180.0)));
        assert!(!bbox.contains(at(0.5, 0.0)));
    }

    #[test]
    fn the_box_of_a_circle_holds_its_rim() {
        let circle = Geometry::Circle {
            center: at(48.0, 24.0),
            radius_m: 10_000.0,
        };
        let bbox = BoundingBox::of(&circle).unwrap();
        for course in 0..36 {
            let rim = crate::destination(at(48.0, 24.0), f64::from(course) * 10.0, 9_999.0);
            assert!(bbox.contains(rim.unwrap()));
        }
    }

    #[test]
    fn no_positions_make_no_box() {
        assert_eq!(BoundingBox::of_points([]), None);
    }

    proptest! {
        #[test]
        fn a_box_holds_what_it_was_made_of(
            points in proptest::collection::vec((-89.0..89.0f64, 0.0..170.0f64), 1..20),
        ) {
            let points: Vec<_> = points.into_iter().map(|(lat, lon)| at(lat, lon)).collect();
            let bbox = BoundingBox::of_points(points.iter().copied()).unwrap();
            for p in points {
                prop_assert!(bbox.contains(p));
            }
            prop_assert!(bbox.intersects(bbox));
            prop_assert!(bbox.contains(bbox.center().unwrap()));
        }
    }
}
