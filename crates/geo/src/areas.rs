//! Areas drawn on the map: whether a shape can be drawn, what lies in it, its outline, how large it is.
//!
//! What is checked is checked here alone: the room refuses by it, and the screen says the same before anything is sent.

use oneroof_model::{AreaDraft, AreaShape, Geometry, LatLon, MAX_AREA_NAME};

use crate::corridor;
use crate::measure::{destination, wrap_deg};
use crate::polyline::length_m;
use crate::shape::{area_m2, contains, distance_m};

/// Fewest and most corners of a polygon.
pub const POLYGON_POINTS: (usize, usize) = (3, 200);

/// Fewest and most positions of a corridor's line.
pub const CORRIDOR_POINTS: (usize, usize) = (2, 100);

/// Least and greatest radius of a circle, metres.
pub const RADIUS_M: (f64, f64) = (50.0, 200_000.0);

/// Least and greatest half width of a corridor, metres.
pub const HALF_WIDTH_M: (f64, f64) = (25.0, 50_000.0);

/// How far from its first position an area may reach, metres.
const REACH_M: f64 = 500_000.0;

/// Longest line of a corridor, metres.
const LENGTH_M: f64 = 2_000_000.0;

/// Farthest latitude, degrees: the map ends there.
const MAX_LAT_DEG: f64 = 80.0;

/// Corners of the outline of a circle.
const CIRCLE_POINTS: u16 = 96;

/// Why an area cannot be drawn.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum AreaFault {
    /// Its name is too long.
    #[error("the name has {has} characters, at most {MAX_AREA_NAME} are taken")]
    LongName {
        /// Characters that it has.
        has: usize,
    },
    /// Its name holds a line break or another control sign.
    #[error("the name holds a control sign")]
    BadName,
    /// Too few positions.
    #[error("{has} positions are too few, {least} are needed")]
    TooFew {
        /// Positions that it has.
        has: usize,
        /// Positions that it needs.
        least: usize,
    },
    /// Too many positions.
    #[error("{has} positions are too many, at most {most} are taken")]
    TooMany {
        /// Positions that it has.
        has: usize,
        /// Positions that it may have.
        most: usize,
    },
    /// The same position twice, one after the other.
    #[error(
        "position {number} is the same as the one before it (a ring is closed without repeating its first)"
    )]
    Repeated {
        /// Which one, from 1.
        number: usize,
    },
    /// The ring crosses or touches itself.
    #[error("the polygon crosses itself")]
    Crosses,
    /// The radius is out of range.
    #[error("a radius of {least} to {most} m, not {has}", least = RADIUS_M.0, most = RADIUS_M.1)]
    Radius {
        /// The radius, metres.
        has: f64,
    },
    /// The half width is out of range.
    #[error("a half width of {least} to {most} m, not {has}", least = HALF_WIDTH_M.0, most = HALF_WIDTH_M.1)]
    HalfWidth {
        /// The half width, metres.
        has: f64,
    },
    /// It reaches too far.
    #[error("position {number} is more than {} km from the first one", REACH_M / 1_000.0)]
    TooFar {
        /// Which one, from 1.
        number: usize,
    },
    /// The line is too long.
    #[error("the line is longer than {} km", LENGTH_M / 1_000.0)]
    TooLong,
    /// It lies too near to a pole.
    #[error("position {number} lies beyond {MAX_LAT_DEG} degrees of latitude")]
    Polar {
        /// Which one, from 1.
        number: usize,
    },
}

/// Checks what a person says of an area.
///
/// # Errors
/// The first thing that is wrong.
pub fn check(draft: &AreaDraft) -> Result<(), AreaFault> {
    let has = draft.name.chars().count();
    if has > MAX_AREA_NAME {
        return Err(AreaFault::LongName { has });
    }
    if draft.name.chars().any(char::is_control) {
        return Err(AreaFault::BadName);
    }
    check_shape(&draft.shape)
}

/// Checks a shape.
///
/// # Errors
/// The first thing that is wrong.
pub fn check_shape(shape: &AreaShape) -> Result<(), AreaFault> {
    let points = shape.points();
    let (least, most) = match shape {
        AreaShape::Polygon { .. } => POLYGON_POINTS,
        AreaShape::Corridor { .. } => CORRIDOR_POINTS,
        AreaShape::Circle { .. } => (1, 1),
    };
    let has = points.len();
    if has < least {
        return Err(AreaFault::TooFew { has, least });
    }
    if has > most {
        return Err(AreaFault::TooMany { has, most });
    }
    if let Some(at) = points.iter().position(|p| p.lat().abs() > MAX_LAT_DEG) {
        return Err(AreaFault::Polar { number: at + 1 });
    }
    let far = |p: &LatLon| points.first().is_some_and(|f| f.distance_m(*p) > REACH_M);
    if let Some(at) = points.iter().position(far) {
        return Err(AreaFault::TooFar { number: at + 1 });
    }
    if let Some(at) = points.windows(2).position(|w| w.first() == w.last()) {
        return Err(AreaFault::Repeated { number: at + 2 });
    }
    match shape {
        AreaShape::Polygon { ring } => {
            if ring.first() == ring.last() {
                return Err(AreaFault::Repeated { number: ring.len() });
            }
            if crosses_itself(ring) {
                return Err(AreaFault::Crosses);
            }
        }
        AreaShape::Circle { radius_m: has, .. } => {
            if !(RADIUS_M.0..=RADIUS_M.1).contains(has) {
                return Err(AreaFault::Radius { has: *has });
            }
        }
        AreaShape::Corridor { line, half_width_m } => {
            if !(HALF_WIDTH_M.0..=HALF_WIDTH_M.1).contains(half_width_m) {
                let has = *half_width_m;
                return Err(AreaFault::HalfWidth { has });
            }
            if length_m(line) > LENGTH_M {
                return Err(AreaFault::TooLong);
            }
        }
    }
    Ok(())
}

/// Whether a ring crosses or touches itself, or turns back on its own edge. The edge from its last position to its first
/// counts. The cost is the square of the number of its positions.
pub fn crosses_itself(ring: &[LatLon]) -> bool {
    use geo::Intersects as _;
    let Some(first) = ring.first() else {
        return false;
    };
    // Longitudes relative to the first position and continuous, so that the antimeridian does not matter.
    let flat: Vec<geo::Coord<f64>> = ring
        .iter()
        .map(|p| geo::Coord {
            x: wrap_deg(p.lon() - first.lon()),
            y: p.lat(),
        })
        .collect();
    let next = flat.iter().skip(1).chain(flat.first());
    let edges: Vec<geo::Line<f64>> = flat
        .iter()
        .zip(next)
        .map(|(a, b)| geo::Line::new(*a, *b))
        .collect();
    let last = edges.len().saturating_sub(1);
    edges.iter().enumerate().any(|(i, a)| {
        edges.iter().enumerate().skip(i + 1).any(|(j, b)| {
            if j == i + 1 {
                folds_back(a, b)
            } else if i == 0 && j == last {
                folds_back(b, a)
            } else {
                a.intersects(b)
            }
        })
    })
}

/// Whether an edge goes back on the one before it.
fn folds_back(a: &geo::Line<f64>, b: &geo::Line<f64>) -> bool {
    let (p, q) = (a.delta(), b.delta());
    let (along, across) = (p.x * q.x + p.y * q.y, p.x * q.y - p.y * q.x);
    along < 0.0 && across.abs() <= 1e-12 * (p.x.hypot(p.y) * q.x.hypot(q.y))
}

/// The outline of an area as rings; none repeats its first position at its end.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Outline {
    /// What surrounds it; empty only for a shape that [`check_shape`] refuses.
    pub outer: Vec<LatLon>,
    /// What is left out inside of it: a corridor may go around something.
    pub holes: Vec<Vec<LatLon>>,
}

impl Outline {
    /// All rings, the outer one first.
    pub fn rings(&self) -> impl Iterator<Item = &Vec<LatLon>> {
        core::iter::once(&self.outer).chain(&self.holes)
    }

    /// The northernmost position, where a name is written.
    pub fn top(&self) -> Option<LatLon> {
        let higher = |a: &&LatLon, b: &&LatLon| a.lat().total_cmp(&b.lat());
        self.outer.iter().max_by(higher).copied()
    }
}

/// The outline of a shape: a circle with 96 corners, a corridor with round ends and bends.
pub fn outline(shape: &AreaShape) -> Outline {
    match shape {
        AreaShape::Polygon { ring } => Outline {
            outer: ring.clone(),
            holes: Vec::new(),
        },
        AreaShape::Circle { center, radius_m } => Outline {
            outer: (0..CIRCLE_POINTS)
                .filter_map(|i| {
                    let turn = 360.0 * f64::from(i) / f64::from(CIRCLE_POINTS);
                    destination(*center, turn, *radius_m)
                })
                .collect(),
            holes: Vec::new(),
        },
        AreaShape::Corridor { line, half_width_m } => corridor::outline(line, *half_width_m),
    }
}

/// Whether a position lies in a shape or on its edge.
pub fn area_holds(shape: &AreaShape, p: LatLon) -> bool {
    match shape {
        AreaShape::Polygon { ring } => {
            let rings = vec![ring.clone()];
            contains(&Geometry::Area { rings }, p)
        }
        AreaShape::Circle { center, radius_m } => center.distance_m(p) <= *radius_m,
        AreaShape::Corridor { line, half_width_m } => {
            let points = line.clone();
            distance_m(&Geometry::Line { points }, &Geometry::Point { at: p })
                .is_some_and(|d| d <= *half_width_m)
        }
    }
}

/// How large a shape is, square kilometres. A corridor is right within one per cent.
pub fn area_km2(shape: &AreaShape) -> f64 {
    let ring_m2 = |ring: &Vec<LatLon>| {
        area_m2(&Geometry::Area {
            rings: vec![ring.clone()],
        })
    };
    let m2 = match shape {
        AreaShape::Polygon { ring } => ring_m2(ring),
        AreaShape::Circle { center, radius_m } => area_m2(&Geometry::Circle {
            center: *center,
            radius_m: *radius_m,
        }),
        AreaShape::Corridor { .. } => {
            let outline = outline(shape);
            let holes: f64 = outline.holes.iter().map(ring_m2).sum();
            ring_m2(&outline.outer) - holes
        }
    };
    m2 / 1e6
}

#[cfg(test)]
mod tests {
    use oneroof_model::{AreaPurpose, Marking, Mode};

    use super::*;

    fn at(lat: f64, lon: f64) -> LatLon {
        LatLon::new(lat, lon).unwrap()
    }

    fn polygon(points: &[(f64, f64)]) -> AreaShape {
        AreaShape::Polygon {
            ring: points.iter().map(|(lat, lon)| at(*lat, *lon)).collect(),
        }
    }

    fn circle(radius_m: f64) -> AreaShape {
        AreaShape::Circle {
            center: at(48.0, 24.0),
            radius_m,
        }
    }

    fn corridor(points: &[(f64, f64)], half_width_m: f64) -> AreaShape {
        AreaShape::Corridor {
            line: points.iter().map(|(lat, lon)| at(*lat, *lon)).collect(),
            half_width_m,
        }
    }

    const SQUARE: [(f64, f64); 4] = [(48.0, 24.0), (48.0, 24.2), (48.2, 24.2), (48.2, 24.0)];

    #[test]
    fn a_ring_that_crosses_touches_or_folds_back_is_noticed() {
        let crosses = |points: &[(f64, f64)]| {
            let ring: Vec<LatLon> = points.iter().map(|(lat, lon)| at(*lat, *lon)).collect();
            crosses_itself(&ring)
        };
        assert!(!crosses(&SQUARE));
        // A bow tie.
        assert!(crosses(&[(0.0, 0.0), (1.0, 1.0), (0.0, 1.0), (1.0, 0.0)]));
        // A corner on another edge.
        assert!(crosses(&[
            (0.0, 0.0),
            (0.0, 2.0),
            (2.0, 2.0),
            (0.0, 1.0),
            (2.0, 0.0)
        ]));
        // There and back again.
        assert!(crosses(&[(0.0, 0.0), (0.0, 2.0), (0.0, 1.0)]));
        // On along the same line is no fold.
        assert!(!crosses(&[(0.0, 0.0), (0.0, 1.0), (0.0, 2.0), (1.0, 1.0)]));
        assert!(!crosses(&[
            (0.0, 179.9),
            (0.0, -179.9),
            (0.2, -179.9),
            (0.2, 179.9)
        ]));
        assert!(!crosses(&[]));
    }

    #[test]
    fn each_fault_is_told_by_what_is_wrong_and_what_would_be_right() {
        let bow = polygon(&[(48.0, 24.0), (48.1, 24.1), (48.0, 24.1), (48.1, 24.0)]);
        assert_eq!(check_shape(&bow), Err(AreaFault::Crosses));
        let two = polygon(&[(48.0, 24.0), (48.1, 24.1)]);
        assert_eq!(
            check_shape(&two),
            Err(AreaFault::TooFew { has: 2, least: 3 })
        );
        let many = AreaShape::Polygon {
            ring: (0..201)
                .map(|i| at(48.0, 24.0 + f64::from(i) / 1e3))
                .collect(),
        };
        assert_eq!(
            check_shape(&many),
            Err(AreaFault::TooMany {
                has: 201,
                most: 200
            })
        );
        let closed = polygon(&[(48.0, 24.0), (48.0, 24.1), (48.1, 24.1), (48.0, 24.0)]);
        assert_eq!(check_shape(&closed), Err(AreaFault::Repeated { number: 4 }));
        let twice = corridor(&[(48.0, 24.0), (48.0, 24.0)], 100.0);
        assert_eq!(check_shape(&twice), Err(AreaFault::Repeated { number: 2 }));
        for radius in [49.9, 200_001.0, f64::NAN, f64::INFINITY, -1.0] {
            let said = check_shape(&circle(radius));
            assert!(matches!(said, Err(AreaFault::Radius { .. })), "{radius}");
        }
        let wide = corridor(&[(48.0, 24.0), (48.1, 24.0)], 50_001.0);
        let said = check_shape(&wide).unwrap_err().to_string();
        assert_eq!(said, "a half width of 25 to 50000 m, not 50001");
        let far = corridor(&[(48.0, 24.0), (48.0, 34.0)], 100.0);
        assert_eq!(check_shape(&far), Err(AreaFault::TooFar { number: 2 }));
        let north = polygon(&[(79.9, 24.0), (80.1, 24.0), (80.0, 25.0)]);
        assert_eq!(check_shape(&north), Err(AreaFault::Polar { number: 2 }));
        let zigzag = AreaShape::Corridor {
            line: (0..12)
                .map(|i| at(46.0 + f64::from(i % 2) * 3.0, 24.0 + f64::from(i) / 10.0))
                .collect(),
            half_width_m: 1_000.0,
        };
        assert_eq!(check_shape(&zigzag), Err(AreaFault::TooLong));
        for good in [polygon(&SQUARE), circle(50.0), circle(200_000.0)] {
            assert_eq!(check_shape(&good), Ok(()));
        }
    }

    #[test]
    fn a_name_is_bounded_and_plain() {
        let named = |name: &str| {
            check(&AreaDraft {
                name: name.to_owned(),
                purpose: AreaPurpose::Search,
                shape: circle(500.0),
                event: None,
                until: None,
                mode: Mode::Actual,
                marking: Marking::default(),
            })
        };
        assert_eq!(named(""), Ok(()));
        assert_eq!(named(&"ї".repeat(80)), Ok(()));
        assert_eq!(named(&"ї".repeat(81)), Err(AreaFault::LongName { has: 81 }));
        assert_eq!(named("a\nb"), Err(AreaFault::BadName));
    }

    #[test]
    fn what_lies_within_each_shape_is_known() {
        let square = polygon(&SQUARE);
        assert!(area_holds(&square, at(48.1, 24.1)) && !area_holds(&square, at(48.3, 24.1)));
        let round = circle(1_000.0);
        assert!(area_holds(&round, at(48.008, 24.0)) && !area_holds(&round, at(48.0, 24.02)));
        let band = corridor(&[(48.0, 24.0), (48.0, 24.5), (48.3, 24.5)], 2_000.0);
        assert!(area_holds(&band, at(48.015, 24.2)), "beside the first leg");
        assert!(area_holds(&band, at(48.2, 24.52)), "beside the second");
        assert!(area_holds(&band, at(48.31, 24.5)), "beyond the end");
        assert!(!area_holds(&band, at(48.03, 24.2)) && !area_holds(&band, at(48.2, 24.3)));
    }

    #[test]
    fn sizes_are_those_of_plain_geometry() {
        // 0.2 degrees each way: 22.24 km by 14.86 km.
        let square = area_km2(&polygon(&SQUARE));
        assert!((square - 330.2).abs() < 2.0, "{square}");
        let round = area_km2(&circle(10_000.0));
        assert!((round - 314.16).abs() < 0.1, "{round}");
        // 22.24 km of 2 km, and two half circles of 1 km.
        let band = area_km2(&corridor(&[(48.0, 24.0), (48.2, 24.0)], 1_000.0));
        assert!((band - 47.62).abs() < 0.5, "{band}");
    }

    #[test]
    fn the_outline_of_a_circle_lies_on_it_and_has_its_top_in_the_north() {
        let o = outline(&circle(5_000.0));
        assert_eq!((o.outer.len(), o.holes.len()), (96, 0));
        let centre = at(48.0, 24.0);
        assert!(
            o.outer
                .iter()
                .all(|p| (centre.distance_m(*p) - 5_000.0).abs() < 1.0)
        );
        assert!((o.top().unwrap().lon() - 24.0).abs() < 1e-6);
        assert_eq!(Outline::default().top(), None);
    }
}
