//! Distances between shapes, areas, and what lies inside.

use geo::{ChamberlainDuquetteArea as _, Intersects as _};
use oneroof_model::{Geometry, LatLon};

use crate::measure::{nearest_on_segment, wrap_deg};

/// A shape reduced to what distances need.
struct Parts<'a> {
    /// Lines; a single position is a line of one.
    lines: Vec<Vec<LatLon>>,
    /// Rings, filled, without the repeated first position at the end or with it.
    rings: Vec<&'a [LatLon]>,
    /// Reach around the lines, in metres: a circle's radius.
    reach_m: f64,
}

impl<'a> Parts<'a> {
    fn of(geometry: &'a Geometry) -> Self {
        let (mut lines, mut rings, mut reach_m) = (Vec::new(), Vec::new(), 0.0);
        match geometry {
            Geometry::Point { at } => lines.push(vec![*at]),
            Geometry::Line { points } => lines.push(points.clone()),
            Geometry::Area { rings: outer } => {
                for ring in outer {
                    rings.push(ring.as_slice());
                    lines.push(ring.iter().chain(ring.first()).copied().collect());
                }
            }
            Geometry::Circle { center, radius_m } => {
                lines.push(vec![*center]);
                reach_m = radius_m.max(0.0);
            }
        }
        lines.retain(|line| !line.is_empty());
        Self {
            lines,
            rings,
            reach_m,
        }
    }

    fn holds(&self, p: LatLon) -> bool {
        self.rings.iter().any(|ring| ring_holds(ring, p))
    }
}

/// Edges of a line; a line of one position has one edge of no length.
fn edges(line: &[LatLon]) -> impl Iterator<Item = (LatLon, LatLon)> {
    let point = match line {
        [at] => Some((*at, *at)),
        _ => None,
    };
    line.iter()
        .zip(line.iter().skip(1))
        .map(|(a, b)| (*a, *b))
        .chain(point)
}

/// A ring around `p`: longitudes relative to `p` and continuous.
fn unwrapped(ring: &[LatLon], p: LatLon) -> geo::Polygon<f64> {
    let mut x = 0.0;
    let mut first = true;
    let coords = ring
        .iter()
        .map(|q| {
            let relative = q.lon() - p.lon();
            x = if first {
                wrap_deg(relative)
            } else {
                x + wrap_deg(relative - x)
            };
            first = false;
            geo::Coord {
                x,
                y: q.lat() - p.lat(),
            }
        })
        .collect::<Vec<_>>();
    geo::Polygon::new(geo::LineString(coords), Vec::new())
}

fn ring_holds(ring: &[LatLon], p: LatLon) -> bool {
    ring.len() >= 3 && unwrapped(ring, p).intersects(&geo::Coord { x: 0.0, y: 0.0 })
}

/// Whether a position lies in a shape or on its edge. Lines and points hold nothing but themselves.
pub fn contains(geometry: &Geometry, p: LatLon) -> bool {
    match geometry {
        Geometry::Area { rings } => rings.iter().any(|ring| ring_holds(ring, p)),
        Geometry::Circle { center, radius_m } => center.distance_m(p) <= *radius_m,
        Geometry::Point { at } => *at == p,
        Geometry::Line { .. } => distance_m(geometry, &Geometry::Point { at: p }) == Some(0.0),
    }
}

/// Least distance of two shapes in metres, between their nearest edges: 0 where they touch, cross or
/// one holds the other. `None` where a shape has no positions.
///
/// Two lines that do not cross are nearest at a corner of one of them, so each corner is measured
/// against each edge: the cost is the product of the two shapes' numbers of positions.
pub fn distance_m(a: &Geometry, b: &Geometry) -> Option<f64> {
    let (a, b) = (Parts::of(a), Parts::of(b));
    let (first_a, first_b) = (*a.lines.first()?.first()?, *b.lines.first()?.first()?);
    if a.holds(first_b) || b.holds(first_a) {
        return Some(0.0);
    }
    let mut least = f64::INFINITY;
    for line_a in &a.lines {
        for line_b in &b.lines {
            if a.holds(*line_b.first()?) || b.holds(*line_a.first()?) || cross(line_a, line_b) {
                return Some(0.0);
            }
            least = least
                .min(corners_to_edges(line_a, line_b))
                .min(corners_to_edges(line_b, line_a));
        }
    }
    Some((least - a.reach_m - b.reach_m).max(0.0))
}

fn corners_to_edges(corners: &[LatLon], line: &[LatLon]) -> f64 {
    corners
        .iter()
        .flat_map(|p| edges(line).map(|(a, b)| p.distance_m(nearest_on_segment(*p, a, b).0)))
        .fold(f64::INFINITY, f64::min)
}

fn cross(a: &[LatLon], b: &[LatLon]) -> bool {
    if a.len() < 2 || b.len() < 2 {
        return false;
    }
    edges(a).any(|(a0, a1)| {
        let coord = |x: f64, q: LatLon| geo::Coord {
            x,
            y: q.lat() - a0.lat(),
        };
        let edge_a = geo::Line::new(coord(0.0, a0), coord(wrap_deg(a1.lon() - a0.lon()), a1));
        edges(b).any(|(b0, b1)| {
            let x0 = wrap_deg(b0.lon() - a0.lon());
            let x1 = x0 + wrap_deg(b1.lon() - b0.lon());
            edge_a.intersects(&geo::Line::new(coord(x0, b0), coord(x1, b1)))
        })
    })
}

/// Area of a shape in square metres on the sphere: 0 for points and lines. Overlapping rings count twice.
///
/// Areas: R. Chamberlain, W. Duquette, "Some Algorithms for Polygons on a Sphere" (JPL 07-03), with the
/// equatorial radius; a circle as a spherical cap.
pub fn area_m2(geometry: &Geometry) -> f64 {
    match geometry {
        Geometry::Point { .. } | Geometry::Line { .. } => 0.0,
        Geometry::Circle { radius_m, .. } => {
            let radius = crate::EARTH_RADIUS_M;
            let arc = (radius_m.max(0.0) / radius).min(std::f64::consts::PI);
            std::f64::consts::TAU * radius * radius * (1.0 - arc.cos())
        }
        Geometry::Area { rings } => rings
            .iter()
            .filter_map(|ring| {
                let meridian = LatLon::new(0.0, ring.first()?.lon()).ok()?;
                Some(unwrapped(ring, meridian).chamberlain_duquette_unsigned_area())
            })
            .sum(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(lat: f64, lon: f64) -> LatLon {
        LatLon::new(lat, lon).unwrap()
    }
    fn point(lat: f64, lon: f64) -> Geometry {
        Geometry::Point { at: at(lat, lon) }
    }
    fn square(south: f64, west: f64, size: f64) -> Geometry {
        let corner = |lat, lon| at(lat, wrap_deg(lon));
        Geometry::Area {
            rings: vec![vec![
                corner(south, west),
                corner(south, west + size),
                corner(south + size, west + size),
                corner(south + size, west),
            ]],
        }
    }

    #[test]
    fn a_point_in_an_area_is_at_distance_zero_and_one_outside_is_at_its_edge() {
        let area = square(48.0, 24.0, 1.0);
        assert_eq!(distance_m(&area, &point(48.5, 24.5)), Some(0.0));
        let d = distance_m(&area, &point(49.1, 24.5)).unwrap();
        assert!((d - 11_119.5).abs() < 12.0, "{d}");
    }

    #[test]
    fn a_circle_reaches_by_its_radius() {
        let circle = Geometry::Circle {
            center: at(48.0, 24.0),
            radius_m: 1_000.0,
        };
        let d = distance_m(&circle, &point(48.1, 24.0)).unwrap();
        assert!((d - 10_119.5).abs() < 1.0, "{d}");
        assert_eq!(distance_m(&circle, &point(48.001, 24.0)), Some(0.0));
        assert!(contains(&circle, at(48.001, 24.0)) && !contains(&circle, at(48.1, 24.0)));
    }

    #[test]
    fn crossing_lines_touch_though_all_their_corners_are_far() {
        let a = Geometry::Line {
            points: vec![at(48.0, 24.0), at(48.0, 26.0)],
        };
        let b = Geometry::Line {
            points: vec![at(47.0, 25.0), at(49.0, 25.0)],
        };
        assert_eq!(distance_m(&a, &b), Some(0.0));
    }

    #[test]
    fn an_area_within_another_is_at_distance_zero() {
        assert_eq!(
            distance_m(&square(48.0, 24.0, 1.0), &square(48.4, 24.4, 0.1)),
            Some(0.0)
        );
        assert_eq!(
            distance_m(&square(48.4, 24.4, 0.1), &square(48.0, 24.0, 1.0)),
            Some(0.0)
        );
    }

    #[test]
    fn areas_over_the_antimeridian_hold_what_is_on_both_sides() {
        let area = square(0.0, 179.5, 1.0);
        assert!(contains(&area, at(0.5, 179.9)) && contains(&area, at(0.5, -179.9)));
        assert!(!contains(&area, at(0.5, 0.0)) && !contains(&area, at(0.5, 179.0)));
    }

    #[test]
    fn a_shape_without_positions_has_no_distance() {
        assert_eq!(
            distance_m(&Geometry::Line { points: vec![] }, &point(0.0, 0.0)),
            None
        );
        assert_eq!(
            distance_m(&point(0.0, 0.0), &Geometry::Area { rings: vec![] }),
            None
        );
    }

    #[test]
    fn a_square_degree_at_the_equator_has_its_known_area() {
        // 12 309 km² on WGS 84; 12 364 km² on the sphere of the equatorial radius.
        let km2 = area_m2(&square(0.0, 0.0, 1.0)) / 1e6;
        assert!((km2 - 12_364.0).abs() < 60.0, "{km2}");
    }

    proptest! {
        #[test]
        fn distance_is_the_same_both_ways(
            lat in 44.0..52.0f64, lon in 22.0..40.0f64, size in 0.01..1.0f64,
            plat in 44.0..52.0f64, plon in 22.0..40.0f64, radius_m in 0.0..20_000.0f64,
        ) {
            let area = square(lat, lon, size);
            let circle = Geometry::Circle { center: at(plat, plon), radius_m };
            let (ab, ba) = (distance_m(&area, &circle).unwrap(), distance_m(&circle, &area).unwrap());
            prop_assert!((ab - ba).abs() <= 1e-6 * ab.max(1.0), "{} {}", ab, ba);
            prop_assert!(ab >= 0.0);
        }

        #[test]
        fn two_points_are_as_far_apart_as_the_great_circle_says(
            alat in -80.0..80.0f64, alon in -180.0..180.0f64,
            blat in -80.0..80.0f64, blon in -180.0..180.0f64,
        ) {
            let d = distance_m(&point(alat, alon), &point(blat, blon)).unwrap();
            prop_assert!((d - at(alat, alon).distance_m(at(blat, blon))).abs() < 0.001);
        }
    }
}
