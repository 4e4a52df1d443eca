//! Ways along which something goes to and fro.

use oneroof_geo::{bearing_deg, destination, length_m};
use oneroof_model::LatLon;

/// A line with the distances along it.
#[derive(Debug, Clone)]
pub(crate) struct Route {
    points: Vec<LatLon>,
    length_m: f64,
}

/// A place on a route.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Passing {
    /// Where.
    pub(crate) at: LatLon,
    /// Course, degrees from true north, 0 to below 360.
    pub(crate) course_deg: f64,
}

impl Route {
    /// A route along these positions; `None` for fewer than two or for no length.
    pub(crate) fn new(points: Vec<LatLon>) -> Option<Self> {
        let length_m = length_m(&points);
        (points.len() >= 2 && length_m > 1.0).then_some(Self { points, length_m })
    }

    /// A route along pairs of latitude and longitude in degrees.
    pub(crate) fn of_pairs(pairs: &[(f64, f64)]) -> Option<Self> {
        let point = |(lat, lon): &(f64, f64)| LatLon::new(*lat, *lon).ok();
        Self::new(pairs.iter().filter_map(point).collect())
    }

    /// Length in metres.
    pub(crate) const fn length_m(&self) -> f64 {
        self.length_m
    }

    /// The position in the middle of its length.
    pub(crate) fn middle(&self) -> Option<LatLon> {
        self.at(self.length_m / 2.0, true).map(|p| p.at)
    }

    /// The same route moved as a whole, so that nothing jumps at its corners.
    pub(crate) fn moved(&self, bearing_deg: f64, distance_m: f64) -> Option<Self> {
        let points = self
            .points
            .iter()
            .filter_map(|p| destination(*p, bearing_deg, distance_m));
        Self::new(points.collect())
    }

    /// The place `metres` after the beginning, heading to the end (`forward`) or to the beginning.
    pub(crate) fn at(&self, metres: f64, forward: bool) -> Option<Passing> {
        let mut left = metres.clamp(0.0, self.length_m);
        let mut last = None;
        for (a, b) in self.points.iter().zip(self.points.iter().skip(1)) {
            let edge = a.distance_m(*b);
            if edge <= 0.0 {
                continue;
            }
            last = Some((*a, *b, edge));
            if left <= edge {
                return passing(*a, *b, left / edge, forward);
            }
            left -= edge;
        }
        last.and_then(|(a, b, _)| passing(a, b, 1.0, forward))
    }

    /// Where something is that has gone `travelled_m` to and fro between `from_m` and `from_m + span_m`.
    pub(crate) fn patrol(&self, from_m: f64, span_m: f64, travelled_m: f64) -> Option<Passing> {
        let span = span_m.min(self.length_m).max(1.0);
        let from = from_m.clamp(0.0, self.length_m - span);
        let phase = travelled_m.rem_euclid(2.0 * span);
        let forward = phase <= span;
        self.at(
            from + if forward { phase } else { 2.0 * span - phase },
            forward,
        )
    }
}

fn passing(a: LatLon, b: LatLon, along: f64, forward: bool) -> Option<Passing> {
    let lat = a.lat() + (b.lat() - a.lat()) * along;
    let lon = a.lon() + (b.lon() - a.lon()) * along;
    let course = if forward {
        bearing_deg(a, b)
    } else {
        bearing_deg(b, a)
    };
    Some(Passing {
        at: LatLon::new(lat, lon).ok()?,
        course_deg: course.rem_euclid(360.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn north() -> Route {
        Route::of_pairs(&[(48.0, 24.0), (48.1, 24.0), (48.1, 24.1)]).unwrap()
    }

    #[test]
    fn a_patrol_turns_at_the_end_of_its_stretch_without_a_jump() {
        let r = north();
        let there = r.patrol(1_000.0, 4_000.0, 3_999.0).unwrap();
        let back = r.patrol(1_000.0, 4_000.0, 4_001.0).unwrap();
        assert!(there.at.distance_m(back.at) < 1.0);
        assert!((there.course_deg - back.course_deg).abs() > 179.0);
        let again = r.patrol(1_000.0, 4_000.0, 8_000.0).unwrap();
        assert!(again.at.distance_m(r.at(1_000.0, true).unwrap().at) < 1.0);
    }

    #[test]
    fn no_step_along_a_route_is_longer_than_what_was_gone() {
        let r = north().moved(45.0, 700.0).unwrap();
        let mut before = r.patrol(0.0, r.length_m(), 0.0).unwrap().at;
        for i in 1..2_000 {
            let at = r.patrol(0.0, r.length_m(), f64::from(i) * 20.0).unwrap().at;
            assert!(before.distance_m(at) < 20.5, "step {i}");
            before = at;
        }
    }

    #[test]
    fn a_line_without_length_is_no_route() {
        assert!(Route::of_pairs(&[(48.0, 24.0)]).is_none());
        assert!(Route::of_pairs(&[(48.0, 24.0), (48.0, 24.0)]).is_none());
    }
}
