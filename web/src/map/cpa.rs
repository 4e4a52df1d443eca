//! Two things that move: how far they are from each other now, and where and when they come nearest. Pure.
//!
//! Each is taken to keep its speed and course, and is first brought from the time of its own position to one common moment.
//! The moment of the closest point is found in a plane around both (right within 0.5 % up to [`MAX_RANGE_M`]); places and
//! distances are then those on the sphere. Heights are not looked at: of aircraft it is the distance over ground.

use oneroof_geo::{EARTH_RADIUS_M, bearing_deg, destination};
use oneroof_model::{Freshness, LatLon, Time};
use oneroof_wire::client::ClientTrack;

use super::symbols::{STILL_MPS, track_freshness};

/// Beyond this distance nothing is predicted, metres: lines of constant course are no great circles any more.
pub const MAX_RANGE_M: f64 = 200_000.0;

/// Farthest ahead that is predicted, seconds: nobody keeps a course longer than a watch.
pub const HORIZON_S: f64 = 4.0 * 3_600.0;

/// Below this relative speed two keep their distance, m/s: the noise of two courses that are the same.
const SAME_MPS: f64 = 0.1;

/// What is known of one of the two.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mover {
    /// Its newest position.
    pub at: LatLon,
    /// When it was there.
    pub time: Time,
    /// Speed over ground, m/s.
    pub speed_mps: Option<f32>,
    /// Course over ground, degrees from true north.
    pub course_deg: Option<f32>,
    /// How old its position is against what is normal for it.
    pub freshness: Freshness,
}

/// Why nothing is predicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unknown {
    /// One of them told no speed, or no course while it moves.
    Motion,
    /// The position of one of them is old.
    Stale,
    /// One of them is lost.
    Lost,
    /// They are too far from each other ([`MAX_RANGE_M`]).
    Far,
}

impl Unknown {
    /// Its words' key in the catalogue.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Motion => "cpa.unknown.motion",
            Self::Stale => "cpa.unknown.stale",
            Self::Lost => "cpa.unknown.lost",
            Self::Far => "cpa.unknown.far",
        }
    }
}

/// The closest point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Closest {
    /// In so many seconds; negative where it is over.
    pub in_s: f64,
    /// How far they are from each other then, metres.
    pub distance_m: f64,
    /// Where the first one is then.
    pub a: LatLon,
    /// Where the second one is then.
    pub b: LatLon,
}

/// What comes of the two.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Approach {
    /// They come nearer.
    Ahead(Closest),
    /// They were nearest before, and go apart.
    Passed(Closest),
    /// Their distance stays as it is.
    Parallel,
    /// They come nearer for longer than is predicted ([`HORIZON_S`]).
    Later,
    /// It cannot be said.
    Unknown(Unknown),
}

/// Two of them at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// Where the first one is: brought to the moment where that can be, else where it was last.
    pub a: LatLon,
    /// Where the second one is, in the same way.
    pub b: LatLon,
    /// How far they are from each other, metres.
    pub distance_m: f64,
    /// The direction from the first to the second, degrees from true north.
    pub bearing_deg: f64,
    /// Age of the older one of both positions, seconds.
    pub oldest_s: f64,
    /// What comes.
    pub approach: Approach,
}

/// What is known of a track; `None` before its first position.
pub fn mover(track: &ClientTrack, now: Time) -> Option<Mover> {
    let row = track.row.as_ref()?;
    Some(Mover {
        at: row.at,
        time: row.time,
        speed_mps: row.speed_mps,
        course_deg: row.course_deg,
        freshness: track_freshness(track, now),
    })
}

impl Mover {
    /// Speed in m/s and course in degrees; a still one has the course 0. `None` where one of them is not told.
    fn motion(&self) -> Option<(f64, f64)> {
        let speed = self.speed_mps.filter(|s| s.is_finite() && *s >= 0.0)?;
        if speed < STILL_MPS {
            return Some((0.0, 0.0));
        }
        let course = self.course_deg.filter(|c| c.is_finite())?;
        Some((f64::from(speed), f64::from(course)))
    }

    /// Age of its position, seconds, never negative.
    fn age_s(&self, now: Time) -> f64 {
        now.secs_since(self.time).max(0.0)
    }

    /// Where it is so many seconds after a moment, if it goes on as it did. `None` where its motion is not known or its
    /// position is old.
    pub fn at_after(&self, now: Time, seconds: f64) -> Option<LatLon> {
        if self.freshness != Freshness::Fresh {
            return None;
        }
        let (speed, course) = self.motion()?;
        destination(self.at, course, speed * (self.age_s(now) + seconds))
    }

    /// A line from its newest position to where it is so many seconds after a moment; `None` where it stands still, too.
    pub fn vector(&self, now: Time, seconds: f64) -> Option<[LatLon; 2]> {
        let moves = self.motion()?.0 > 0.0;
        moves.then(|| Some([self.at, self.at_after(now, seconds)?]))?
    }
}

/// The two at a moment.
pub fn pair(first: &Mover, second: &Mover, now: Time) -> Pair {
    let there = |m: &Mover| m.at_after(now, 0.0).unwrap_or(m.at);
    let (a, b) = (there(first), there(second));
    let distance_m = a.distance_m(b);
    Pair {
        a,
        b,
        distance_m,
        bearing_deg: bearing_deg(a, b),
        oldest_s: first.age_s(now).max(second.age_s(now)),
        approach: approach(first, second, (a, b), now),
    }
}

fn approach(first: &Mover, second: &Mover, (a, b): (LatLon, LatLon), now: Time) -> Approach {
    let worst = |f: Freshness| first.freshness == f || second.freshness == f;
    if worst(Freshness::Lost) {
        return Approach::Unknown(Unknown::Lost);
    }
    if worst(Freshness::Stale) {
        return Approach::Unknown(Unknown::Stale);
    }
    let (Some(va), Some(vb)) = (first.motion(), second.motion()) else {
        return Approach::Unknown(Unknown::Motion);
    };
    if a.distance_m(b) > MAX_RANGE_M {
        return Approach::Unknown(Unknown::Far);
    }
    let (x, y) = from_to(a, b);
    let ((ax, ay), (bx, by)) = (parts(va), parts(vb));
    let (vx, vy) = (bx - ax, by - ay);
    let speed2 = vx * vx + vy * vy;
    if speed2 < SAME_MPS * SAME_MPS {
        return Approach::Parallel;
    }
    let in_s = -(x * vx + y * vy) / speed2;
    if in_s > HORIZON_S {
        return Approach::Later;
    }
    // Where they were hours ago is history, and not said from a course of now.
    let seconds = in_s.max(-HORIZON_S);
    let (Some(then_a), Some(then_b)) =
        (first.at_after(now, seconds), second.at_after(now, seconds))
    else {
        return Approach::Unknown(Unknown::Motion);
    };
    let closest = Closest {
        in_s,
        distance_m: then_a.distance_m(then_b),
        a: then_a,
        b: then_b,
    };
    if in_s >= 0.0 {
        Approach::Ahead(closest)
    } else {
        Approach::Passed(closest)
    }
}

/// East and north in metres from one place to another, in the plane around both.
fn from_to(a: LatLon, b: LatLon) -> (f64, f64) {
    let dlon = (b.lon() - a.lon() + 540.0).rem_euclid(360.0) - 180.0;
    let middle = f64::midpoint(a.lat(), b.lat()).to_radians();
    (
        EARTH_RADIUS_M * dlon.to_radians() * middle.cos(),
        EARTH_RADIUS_M * (b.lat() - a.lat()).to_radians(),
    )
}

/// East and north of a speed and course.
fn parts((speed, course_deg): (f64, f64)) -> (f64, f64) {
    let (sin, cos) = course_deg.to_radians().sin_cos();
    (speed * sin, speed * cos)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Metres of a nautical mile.
    const NM: f64 = 1_852.0;

    fn now() -> Time {
        Time::from_secs(100_000)
    }

    /// One that is so many miles in a direction from 45 N 30 E, with knots and a course.
    fn ship(miles: f64, direction: f64, knots: f32, course: f32) -> Mover {
        let start = LatLon::new(45.0, 30.0).unwrap();
        Mover {
            at: destination(start, direction, miles * NM).unwrap(),
            time: now(),
            speed_mps: Some(knots * 1_852.0 / 3_600.0),
            course_deg: Some(course),
            freshness: Freshness::Fresh,
        }
    }

    fn ahead(p: &Pair) -> Closest {
        match p.approach {
            Approach::Ahead(c) => c,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn head_on_at_ten_knots_each_ten_miles_apart_is_a_meeting_in_half_an_hour() {
        let p = pair(
            &ship(0.0, 0.0, 10.0, 0.0),
            &ship(10.0, 0.0, 10.0, 180.0),
            now(),
        );
        assert!((p.distance_m - 10.0 * NM).abs() < 1.0 && p.bearing_deg.abs() < 1e-6);
        let c = ahead(&p);
        assert!((c.in_s - 1_800.0).abs() < 1.0, "{c:?}");
        assert!(c.distance_m < 5.0, "{c:?}");
        assert!((c.a.distance_m(p.a) - 5.0 * NM).abs() < 5.0);
    }

    #[test]
    fn a_right_angle_gives_the_textbook_triangle() {
        // Own ship north at 10 kn, the other 5 nm to the east going west at 10 kn: 15 min, 5 / sqrt 2 nm.
        let c = ahead(&pair(
            &ship(0.0, 0.0, 10.0, 0.0),
            &ship(5.0, 90.0, 10.0, 270.0),
            now(),
        ));
        assert!((c.in_s - 900.0).abs() < 2.0, "{c:?}");
        assert!(
            (c.distance_m / NM - 5.0 / 2.0_f64.sqrt()).abs() < 0.01,
            "{c:?}"
        );
        // The radar plotter's example: north at 12 kn, target 9 nm on 045 going 270 at 9 kn: relative course 217 at 15 kn.
        let c = ahead(&pair(
            &ship(0.0, 0.0, 12.0, 0.0),
            &ship(9.0, 45.0, 9.0, 270.0),
            now(),
        ));
        let off = (45.0_f64 - 36.869_9).to_radians();
        assert!(
            (c.in_s - 9.0 * off.cos() / 15.0 * 3_600.0).abs() < 5.0,
            "{c:?}"
        );
        assert!((c.distance_m / NM - 9.0 * off.sin()).abs() < 0.02, "{c:?}");
    }

    #[test]
    fn an_overtaker_passes_at_its_distance_to_the_side() {
        // Four knots faster, two miles behind, half a mile to the left.
        let slow = Mover {
            at: destination(ship(2.0, 0.0, 8.0, 0.0).at, 90.0, 0.5 * NM).unwrap(),
            ..ship(0.0, 0.0, 8.0, 0.0)
        };
        let c = ahead(&pair(&ship(0.0, 0.0, 12.0, 0.0), &slow, now()));
        assert!((c.in_s - 1_800.0).abs() < 3.0, "{c:?}");
        assert!((c.distance_m / NM - 0.5).abs() < 0.005, "{c:?}");
    }

    #[test]
    fn each_position_is_brought_to_one_moment_from_its_own_time() {
        // Told six minutes ago at 20 kn: it is two miles farther now.
        let old = Mover {
            time: now().plus_secs(-360),
            ..ship(0.0, 0.0, 20.0, 0.0)
        };
        let p = pair(&old, &ship(10.0, 0.0, 0.0, 0.0), now());
        assert!((p.distance_m / NM - 8.0).abs() < 0.01, "{p:?}");
        assert!((p.oldest_s - 360.0).abs() < 1e-6);
        assert!((ahead(&p).in_s - 24.0 * 60.0).abs() < 2.0);
        // A clock ahead of ours is no motion back.
        let ahead_of_us = Mover {
            time: now().plus_secs(60),
            ..ship(0.0, 0.0, 20.0, 0.0)
        };
        assert_eq!(ahead_of_us.at_after(now(), 0.0), Some(ahead_of_us.at));
    }

    #[test]
    fn what_goes_apart_was_nearest_before() {
        let p = pair(
            &ship(0.0, 0.0, 10.0, 180.0),
            &ship(5.0, 0.0, 10.0, 0.0),
            now(),
        );
        let Approach::Passed(c) = p.approach else {
            panic!("{p:?}")
        };
        assert!((c.in_s + 900.0).abs() < 2.0 && c.distance_m < 5.0, "{c:?}");
    }

    #[test]
    fn the_same_course_and_speed_keep_the_distance() {
        let p = pair(
            &ship(0.0, 0.0, 10.0, 45.0),
            &ship(3.0, 90.0, 10.0, 45.0),
            now(),
        );
        assert_eq!(p.approach, Approach::Parallel);
        let both_still = pair(
            &ship(0.0, 0.0, 0.2, 45.0),
            &ship(3.0, 90.0, 0.0, 0.0),
            now(),
        );
        assert_eq!(both_still.approach, Approach::Parallel);
    }

    #[test]
    fn what_is_not_known_is_said_and_not_guessed() {
        let (a, b) = (ship(0.0, 0.0, 10.0, 0.0), ship(10.0, 0.0, 10.0, 180.0));
        let why = |a: Mover, b: Mover| match pair(&a, &b, now()).approach {
            Approach::Unknown(why) => Some(why),
            _ => None,
        };
        let with = |freshness| Mover { freshness, ..a };
        assert_eq!(why(with(Freshness::Stale), b), Some(Unknown::Stale));
        assert_eq!(why(b, with(Freshness::Lost)), Some(Unknown::Lost));
        let no_speed = Mover {
            speed_mps: None,
            ..a
        };
        let no_course = Mover {
            course_deg: None,
            ..a
        };
        let wild = Mover {
            speed_mps: Some(f32::NAN),
            ..a
        };
        for unknown in [no_speed, no_course, wild] {
            assert_eq!(why(unknown, b), Some(Unknown::Motion), "{unknown:?}");
        }
        assert_eq!(why(a, ship(150.0, 0.0, 10.0, 180.0)), Some(Unknown::Far));
        let still = Mover {
            speed_mps: Some(0.0),
            course_deg: None,
            ..b
        };
        assert!(why(a, still).is_none(), "what stands still needs no course");
        let slow = pair(
            &ship(0.0, 0.0, 1.0, 0.0),
            &ship(90.0, 0.0, 1.0, 180.0),
            now(),
        );
        assert_eq!(slow.approach, Approach::Later);
        // The distance of what was last known is said all the same.
        let p = pair(&with(Freshness::Lost), &b, now());
        assert!((p.distance_m - 10.0 * NM).abs() < 1.0);
    }

    #[test]
    fn the_antimeridian_and_the_same_place_are_no_trouble() {
        let at = |lon| Mover {
            at: LatLon::new(0.0, lon).unwrap(),
            ..ship(0.0, 0.0, 10.0, 90.0)
        };
        let west = Mover {
            course_deg: Some(270.0),
            ..at(-179.95)
        };
        let c = ahead(&pair(&at(179.95), &west, now()));
        assert!((c.in_s - 6.0 / 20.0 * 3_600.0).abs() < 5.0, "{c:?}");
        let same = pair(
            &at(10.0),
            &Mover {
                course_deg: Some(270.0),
                ..at(10.0)
            },
            now(),
        );
        assert!(ahead(&same).in_s.abs() < 1e-6 && same.distance_m < 1e-6);
    }

    #[test]
    fn a_vector_leads_to_where_it_will_be() {
        let m = ship(0.0, 0.0, 10.0, 90.0);
        let [from, to] = m.vector(now(), 360.0).unwrap();
        assert!((from.distance_m(to) / NM - 1.0).abs() < 1e-3);
        assert!((bearing_deg(from, to) - 90.0).abs() < 0.1);
        assert_eq!(ship(0.0, 0.0, 0.3, 90.0).vector(now(), 360.0), None);
        let stale = Mover {
            freshness: Freshness::Stale,
            ..m
        };
        assert_eq!(stale.vector(now(), 360.0), None);
    }
}
