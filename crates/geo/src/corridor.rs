//! The outline of a corridor: everything within so many metres of a line.
//!
//! It is the union of a disc at each position and a rectangle along each leg. Their edges are taken one by one, what lies
//! inside of another disc or rectangle is cut away, and what is left is put together to rings. That is done in a plane
//! around the middle of the line (azimuthal equidistant: wrong by 0.1 % at 500 km).

use oneroof_model::LatLon;

use crate::areas::Outline;
use crate::bbox::BoundingBox;
use crate::measure::{bearing_deg, destination, position, wrap_deg};

/// Longest leg of the plane's line, metres: longer ones are divided, for an edge that is straight in latitude and longitude
/// is not straight in the plane.
const LEG_M: f64 = 40_000.0;

/// Corners of a disc.
const CORNERS: u16 = 48;

/// Two edges that lie on each other: the later one goes where they are nearer than this share of the half width. More than
/// a disc's corners take off its roundness (0.21 %).
const TOLERANCE: f64 = 0.005;

/// A piece of the edge that is shorter than this share of the half width is what the tolerance left over.
const CRUMB: f64 = 0.02;

/// A point of the plane, metres east and north of the middle.
type Point = (f64, f64);

fn minus(a: Point, b: Point) -> Point {
    (a.0 - b.0, a.1 - b.1)
}

fn dot(a: Point, b: Point) -> f64 {
    a.0 * b.0 + a.1 * b.1
}

fn far(a: Point, b: Point) -> f64 {
    (a.0 - b.0).hypot(a.1 - b.1)
}

/// A point so far along and beside.
fn moved(from: Point, by: Point, times: f64) -> Point {
    (from.0 + by.0 * times, from.1 + by.1 * times)
}

/// A leg: where it begins, its direction (length 1), its length.
struct Leg {
    from: Point,
    along: Point,
    length: f64,
}

impl Leg {
    fn between(a: Point, b: Point) -> Option<Self> {
        let length = far(a, b);
        (length > 0.0).then(|| Self {
            from: a,
            along: ((b.0 - a.0) / length, (b.1 - a.1) / length),
            length,
        })
    }

    /// To its left.
    const fn left(&self) -> Point {
        (-self.along.1, self.along.0)
    }

    /// The part of an edge (0 to 1) inside of the rectangle that reaches so far to both sides.
    fn covers(&self, edge: (Point, Point), reach: f64) -> Option<(f64, f64)> {
        let (from, by) = (minus(edge.0, self.from), minus(edge.1, edge.0));
        let (a, b) = slab(dot(from, self.along), dot(by, self.along), 0.0, self.length)?;
        let (c, d) = slab(dot(from, self.left()), dot(by, self.left()), -reach, reach)?;
        some_span(a.max(c), b.min(d))
    }
}

/// Where `from + t * by` lies between two bounds.
fn slab(from: f64, by: f64, low: f64, high: f64) -> Option<(f64, f64)> {
    if by.abs() < 1e-12 {
        return (low..=high).contains(&from).then_some((0.0, 1.0));
    }
    let (a, b) = ((low - from) / by, (high - from) / by);
    some_span(a.min(b), a.max(b))
}

fn some_span(from: f64, to: f64) -> Option<(f64, f64)> {
    let (from, to) = (from.max(0.0), to.min(1.0));
    (from < to).then_some((from, to))
}

/// The part of an edge (0 to 1) inside of a disc.
fn disc_covers(center: Point, radius: f64, edge: (Point, Point)) -> Option<(f64, f64)> {
    let (from, by) = (minus(edge.0, center), minus(edge.1, edge.0));
    let square = dot(by, by);
    if square <= 0.0 {
        return None;
    }
    let half = dot(from, by) / square;
    let root = half * half - (dot(from, from) - radius * radius) / square;
    if root <= 0.0 {
        return None;
    }
    some_span(-half - root.sqrt(), -half + root.sqrt())
}

/// What is left of an edge when parts of it are cut away, in order.
fn left_over(edge: (Point, Point), mut gone: Vec<(f64, f64)>) -> Vec<(Point, Point)> {
    gone.sort_by(|a, b| a.0.total_cmp(&b.0));
    let by = minus(edge.1, edge.0);
    let mut out = Vec::new();
    let mut at = 0.0;
    for (from, to) in gone {
        if from > at {
            out.push((moved(edge.0, by, at), moved(edge.0, by, from)));
        }
        at = to.max(at);
    }
    if at < 1.0 {
        out.push((moved(edge.0, by, at), edge.1));
    }
    out
}

/// The plane around the middle of a line.
struct Plane(LatLon);

impl Plane {
    fn project(&self, p: LatLon) -> Point {
        let (course, distance) = (bearing_deg(self.0, p).to_radians(), self.0.distance_m(p));
        (distance * course.sin(), distance * course.cos())
    }

    fn unproject(&self, p: Point) -> Option<LatLon> {
        let course = p.0.atan2(p.1).to_degrees();
        destination(self.0, course, p.0.hypot(p.1))
    }
}

/// Divides long legs; each is straight in latitude and longitude.
fn divided(line: &[LatLon]) -> Vec<LatLon> {
    let mut out: Vec<LatLon> = line.first().copied().into_iter().collect();
    for (a, b) in line.iter().zip(line.iter().skip(1)) {
        let (dlat, dlon) = (b.lat() - a.lat(), wrap_deg(b.lon() - a.lon()));
        let parts = (a.distance_m(*b) / LEG_M).ceil().clamp(1.0, 1_000.0);
        let mut part = 1.0;
        while part < parts {
            let share = part / parts;
            out.extend(position(a.lat() + dlat * share, a.lon() + dlon * share));
            part += 1.0;
        }
        out.push(*b);
    }
    out
}

/// The corners of a disc, counter-clockwise.
fn corners(center: Point, radius: f64) -> impl Iterator<Item = Point> {
    (0..=CORNERS).map(move |i| {
        let turn = core::f64::consts::TAU * f64::from(i % CORNERS) / f64::from(CORNERS);
        (
            center.0 + radius * turn.cos(),
            center.1 + radius * turn.sin(),
        )
    })
}

/// The reach of another part of the same kind: of two that lie on each other the later one goes.
fn reach_of(other: usize, mine: usize, half_width: f64) -> f64 {
    half_width
        * if other < mine {
            1.0 + TOLERANCE
        } else {
            1.0 - TOLERANCE
        }
}

/// The pieces of the edge, each a chain of points; the corridor lies to their left.
fn pieces(points: &[Point], half_width: f64) -> Vec<Vec<Point>> {
    let legs: Vec<Leg> = points
        .iter()
        .zip(points.iter().skip(1))
        .filter_map(|(a, b)| Leg::between(*a, *b))
        .collect();
    let mut chains: Vec<Vec<Point>> = Vec::new();
    let mut chain = |kept: Vec<(Point, Point)>| {
        for (a, b) in kept {
            match chains.last_mut() {
                Some(last) if last.last().is_some_and(|end| far(*end, a) < 1e-6) => last.push(b),
                _ => chains.push(vec![a, b]),
            }
        }
    };
    for (i, leg) in legs.iter().enumerate() {
        let end = moved(leg.from, leg.along, leg.length);
        let side = |at: Point, to: f64| moved(at, leg.left(), to * half_width);
        for edge in [
            (side(leg.from, -1.0), side(end, -1.0)),
            (side(end, 1.0), side(leg.from, 1.0)),
        ] {
            let rectangles = legs.iter().enumerate().filter(|(j, _)| *j != i);
            let gone = rectangles
                .filter_map(|(j, other)| other.covers(edge, reach_of(j, i, half_width)))
                .chain(points.iter().filter_map(|center| {
                    disc_covers(*center, half_width * (1.0 - TOLERANCE), edge)
                }))
                .collect();
            chain(left_over(edge, gone));
        }
    }
    for (i, center) in points.iter().enumerate() {
        let rim: Vec<Point> = corners(*center, half_width).collect();
        // What is farther away than this touches no edge of the disc.
        let near: Vec<(usize, Point)> = points
            .iter()
            .copied()
            .enumerate()
            .filter(|(j, other)| *j != i && far(*center, *other) <= 2.1 * half_width)
            .collect();
        for edge in rim.iter().copied().zip(rim.iter().copied().skip(1)) {
            let gone = legs
                .iter()
                .filter_map(|leg| leg.covers(edge, half_width))
                .chain(near.iter().filter_map(|(j, other)| {
                    disc_covers(*other, reach_of(*j, i, half_width), edge)
                }))
                .collect();
            chain(left_over(edge, gone));
        }
    }
    let length = |chain: &[Point]| -> f64 {
        let next = chain.iter().skip(1);
        chain.iter().zip(next).map(|(a, b)| far(*a, *b)).sum()
    };
    chains.retain(|chain| length(chain) > CRUMB * half_width);
    chains
}

/// Puts pieces together to rings: each goes on with the one that begins nearest to its end.
fn rings(mut pieces: Vec<Vec<Point>>) -> Vec<Vec<Point>> {
    let mut out = Vec::new();
    while let Some(mut ring) = pieces.pop() {
        while let (Some(start), Some(end)) = (ring.first().copied(), ring.last().copied()) {
            let gap = |piece: &Vec<Point>| piece.first().map_or(f64::INFINITY, |p| far(end, *p));
            let next = (0..pieces.len())
                .filter_map(|i| Some((i, gap(pieces.get(i)?))))
                .min_by(|a, b| a.1.total_cmp(&b.1));
            match next {
                Some((i, distance)) if distance < far(end, start) => {
                    ring.extend(pieces.swap_remove(i));
                }
                _ => break,
            }
        }
        out.push(ring);
    }
    out
}

/// Twice the area inside of a ring, positive where it goes counter-clockwise.
fn signed(ring: &[Point]) -> f64 {
    let next = ring.iter().skip(1).chain(ring.first());
    ring.iter()
        .zip(next)
        .map(|(a, b)| a.0 * b.1 - a.1 * b.0)
        .sum()
}

/// The outline; empty for a line of fewer than two positions or a half width that is no positive number.
pub(crate) fn outline(line: &[LatLon], half_width_m: f64) -> Outline {
    let usable = half_width_m.is_finite() && half_width_m > 0.0;
    let middle = BoundingBox::of_points(line.iter().copied()).and_then(BoundingBox::center);
    let (true, Some(middle)) = (usable, middle) else {
        return Outline::default();
    };
    let plane = Plane(middle);
    let points: Vec<Point> = divided(line)
        .into_iter()
        .map(|p| plane.project(p))
        .collect();
    if points.len() < 2 {
        return Outline::default();
    }
    let mut rings = rings(pieces(&points, half_width_m));
    rings.sort_by(|a, b| signed(b).total_cmp(&signed(a)));
    let back = |ring: Vec<Point>| -> Vec<LatLon> {
        let mut out: Vec<LatLon> = ring
            .into_iter()
            .filter_map(|p| plane.unproject(p))
            .collect();
        out.dedup_by(|a, b| a.distance_m(*b) < 0.01);
        if out.len() > 1 && out.first() == out.last() {
            out.pop();
        }
        out
    };
    let least = (0.1 * half_width_m).powi(2);
    let mut rings = rings.into_iter();
    Outline {
        outer: rings.next().map(back).unwrap_or_default(),
        holes: rings.filter(|r| signed(r) < -least).map(back).collect(),
    }
}

#[cfg(test)]
mod tests {
    use oneroof_model::{AreaShape, Geometry};
    use proptest::prelude::*;

    use super::*;
    use crate::areas::area_holds;
    use crate::shape::contains;

    fn at(lat: f64, lon: f64) -> LatLon {
        LatLon::new(lat, lon).unwrap()
    }

    fn holds(o: &Outline, p: LatLon) -> bool {
        let inside = |ring: &Vec<LatLon>| {
            let rings = vec![ring.clone()];
            contains(&Geometry::Area { rings }, p)
        };
        inside(&o.outer) && !o.holes.iter().any(inside)
    }

    #[test]
    fn a_straight_corridor_has_two_sides_and_two_round_ends() {
        let (a, b) = (at(48.0, 24.0), at(48.2, 24.0));
        let o = outline(&[a, b], 1_000.0);
        assert!(o.holes.is_empty());
        let farthest = o.outer.iter().map(|p| {
            let line = Geometry::Line { points: vec![a, b] };
            crate::distance_m(&line, &Geometry::Point { at: *p }).unwrap()
        });
        for d in farthest {
            assert!((d - 1_000.0).abs() < 10.0, "{d}");
        }
        assert!(o.outer.iter().any(|p| p.lat() > 48.2088));
        assert!(o.outer.iter().any(|p| p.lat() < 47.9912));
    }

    #[test]
    fn a_corridor_around_something_leaves_it_out() {
        let around = [
            at(48.0, 24.0),
            at(48.0, 24.4),
            at(48.3, 24.4),
            at(48.3, 24.0),
            at(48.0, 24.0),
        ];
        let o = outline(&around, 2_000.0);
        assert_eq!(o.holes.len(), 1, "{} rings", o.holes.len() + 1);
        assert!(!holds(&o, at(48.15, 24.2)) && holds(&o, at(48.01, 24.2)));
    }

    #[test]
    fn a_line_that_goes_back_on_itself_is_as_wide_as_one_way() {
        let there = outline(&[at(48.0, 24.0), at(48.1, 24.2)], 500.0);
        let back = outline(&[at(48.0, 24.0), at(48.1, 24.2), at(48.0, 24.0)], 500.0);
        let size = |o: &Outline| {
            crate::area_m2(&Geometry::Area {
                rings: vec![o.outer.clone()],
            })
        };
        assert!((size(&there) / size(&back) - 1.0).abs() < 0.02);
        assert!(back.holes.is_empty());
    }

    #[test]
    fn what_is_no_corridor_has_no_outline() {
        for (line, width) in [
            (vec![], 100.0),
            (vec![at(48.0, 24.0)], 100.0),
            (vec![at(48.0, 24.0), at(48.1, 24.0)], f64::NAN),
            (vec![at(48.0, 24.0), at(48.1, 24.0)], 0.0),
        ] {
            assert!(outline(&line, width).outer.is_empty());
        }
        let nowhere = outline(&[at(48.0, 24.0), at(48.0, 24.0)], 100.0);
        assert!(nowhere.holes.is_empty());
    }

    proptest! {
        #[test]
        fn the_outline_holds_what_is_within_the_half_width_and_nothing_else(
            points in proptest::collection::vec((0.0..0.6f64, 0.0..0.9f64), 2..8),
            half_width_m in 300.0..8_000.0f64,
            asked in proptest::collection::vec((-0.2..0.8f64, -0.2..1.1f64), 40),
        ) {
            let line: Vec<LatLon> = points.iter().map(|(a, b)| at(48.0 + a, 24.0 + b)).collect();
            let o = outline(&line, half_width_m);
            let shape = |half_width_m| AreaShape::Corridor { line: line.clone(), half_width_m };
            // Near to the edge either answer is right.
            let (inner, outer) = (shape(half_width_m * 0.96), shape(half_width_m * 1.04));
            for (a, b) in asked {
                let p = at(48.0 + a, 24.0 + b);
                if area_holds(&inner, p) {
                    prop_assert!(holds(&o, p), "{p:?} lies in it: {line:?} {half_width_m}");
                } else if !area_holds(&outer, p) {
                    prop_assert!(!holds(&o, p), "{p:?} lies outside: {line:?} {half_width_m}");
                }
            }
        }
    }
}
