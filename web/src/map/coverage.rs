//! Which pieces of the border nothing tells of now, and where no free unit could be in time. Pure.
//!
//! It claims only what the picture supports. A piece is *told of* where an own unit, a track of a radar or sensor, or a
//! crossing point with figures is near it and was heard of late; where none of them ever was near, nothing is known, which is
//! not the same as blind. Sections at sea and in the air have no line and are not judged.

use oneroof_geo::length_m;
use oneroof_model::{Freshness, LatLon, Time, TrackDomain, UnitKind, UnitStatus};
use oneroof_wire::client::Picture;
use oneroof_wire::{Entity, EntityKey, EntityKind};

use super::symbols::track_freshness;
use crate::view::feeds::{Light, light};

/// Length of a piece, metres. It is judged by its middle.
const PIECE_M: f64 = 2_000.0;

/// How far from a unit or a sensor's track the border counts as told of, metres.
pub const UNIT_M: f64 = 3_000.0;

/// The same for a crossing point, metres.
pub const POINT_M: f64 = 2_000.0;

/// Figures of a crossing point are old after so long, seconds.
pub const FIGURES_S: f64 = 3_600.0;

/// Within so many minutes a free unit should be there.
pub const REACH_MIN: f64 = 30.0;

/// How much longer a way over ground is than the straight line.
pub const DETOUR: f64 = 1.3;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Layer {
    /// Nothing.
    #[default]
    Off,
    /// Which pieces are told of.
    Seen,
    /// Where a unit could be in time.
    Reach,
}

impl Layer {
    /// The next one; they go round.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::Off => Self::Seen,
            Self::Seen => Self::Reach,
            Self::Reach => Self::Off,
        }
    }

    /// What it says of a piece, in the order of the legend.
    pub const fn states(self) -> &'static [State] {
        match self {
            Self::Off => &[],
            Self::Seen => &[
                State::Seen,
                State::FeedDown,
                State::Silent,
                State::NoneKnown,
            ],
            Self::Reach => &[State::Within, State::Beyond],
        }
    }
}

/// What is said of a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Something near tells of it.
    Seen,
    /// What told of it came by a feed that is down, paused or lost.
    FeedDown,
    /// What told of it is silent, though its feed goes on.
    Silent,
    /// Nothing that could tell of it is known.
    NoneKnown,
    /// A free unit could be there in time.
    Within,
    /// No free unit could.
    Beyond,
}

impl State {
    /// Key of its name in the catalogue.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Seen => "coverage.seen",
            Self::FeedDown => "coverage.feed_down",
            Self::Silent => "coverage.silent",
            Self::NoneKnown => "coverage.none_known",
            Self::Within => "coverage.within",
            Self::Beyond => "coverage.beyond",
        }
    }
}

/// A piece of the border.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// Its line.
    pub line: Vec<LatLon>,
    /// Its length, metres.
    pub length_m: f64,
    /// What is said of it.
    pub state: State,
}

/// Kilometres of the pieces in a state.
pub fn kilometres(pieces: &[Piece], state: State) -> f64 {
    let of_it = pieces.iter().filter(|p| p.state == state);
    of_it.map(|p| p.length_m).sum::<f64>() / 1_000.0
}

/// The pieces of the border's lines with what is said of each; none where nothing is asked.
pub fn coverage(picture: &Picture, layer: Layer, now: Time) -> Vec<Piece> {
    let say: Box<dyn Fn(LatLon, bool) -> State> = match layer {
        Layer::Off => return Vec::new(),
        Layer::Seen => {
            let sources = sources(picture, now);
            Box::new(move |at, _| seen(&sources, at))
        }
        Layer::Reach => {
            let free = free_units(picture, now);
            Box::new(move |at, water| reached(&free, at, water))
        }
    };
    let mut all = Vec::new();
    for e in picture.entities.values() {
        let Entity::Section(s) = e else { continue };
        let water = s.domain == "river";
        for line in cut(&s.line) {
            if let Some(middle) = line.get(line.len() / 2) {
                all.push(Piece {
                    state: say(*middle, water),
                    length_m: length_m(&line),
                    line,
                });
            }
        }
    }
    all
}

/// A line in pieces of [`PIECE_M`] at most, each with a position in its middle.
fn cut(line: &[LatLon]) -> Vec<Vec<LatLon>> {
    let mut pieces = Vec::new();
    let mut piece: Vec<LatLon> = line.first().copied().into_iter().collect();
    let mut length = 0.0;
    for (from, to) in line.iter().zip(line.iter().skip(1)) {
        let edge = from.distance_m(*to);
        // A long edge becomes steps of half a piece, so that a piece has a position in its middle.
        let steps = (edge / (PIECE_M / 2.0)).ceil().clamp(1.0, 10_000.0);
        let mut step = 1.0;
        while step <= steps {
            let part = step / steps;
            let between = LatLon::new(
                from.lat() + (to.lat() - from.lat()) * part,
                from.lon() + (to.lon() - from.lon()) * part,
            );
            let Ok(at) = between else { break };
            piece.push(at);
            length += edge / steps;
            if length >= PIECE_M * 0.99 {
                pieces.push(core::mem::replace(&mut piece, vec![at]));
                length = 0.0;
            }
            step += 1.0;
        }
    }
    if piece.len() > 1 {
        pieces.push(piece);
    }
    pieces
}

/// Something that tells of what is around it.
struct Source {
    at: LatLon,
    reach_m: f64,
    state: State,
}

fn sources(picture: &Picture, now: Time) -> Vec<Source> {
    let tracks = picture.tracks.values().filter_map(|t| {
        let (info, row) = (t.info.as_ref()?, t.row.as_ref()?);
        if !matches!(info.domain, TrackDomain::Unit | TrackDomain::Sensor) {
            return None;
        }
        let state = match track_freshness(t, now) {
            Freshness::Fresh => State::Seen,
            Freshness::Stale | Freshness::Lost if is_down(picture, &info.feed, now) => {
                State::FeedDown
            }
            Freshness::Stale | Freshness::Lost => State::Silent,
        };
        Some(Source {
            at: row.at,
            reach_m: UNIT_M,
            state,
        })
    });
    let points = picture.entities.values().filter_map(|e| match e {
        Entity::Bcp(b) => {
            let figures = b.figures.as_ref()?;
            let old = now.secs_since(figures.at) > FIGURES_S;
            Some(Source {
                at: b.at,
                reach_m: POINT_M,
                state: if old { State::Silent } else { State::Seen },
            })
        }
        _ => None,
    });
    tracks.chain(points).collect()
}

/// Whether a feed gives nothing now: down, paused, lost, or gone from the configuration.
fn is_down(picture: &Picture, feed: &str, now: Time) -> bool {
    let key = EntityKey {
        kind: EntityKind::Feed,
        id: feed.to_owned(),
    };
    match picture.entities.get(&key) {
        Some(Entity::Feed(f)) => matches!(light(f, now), Light::Down | Light::Paused | Light::Lost),
        _ => true,
    }
}

fn seen(sources: &[Source], at: LatLon) -> State {
    let near = sources.iter().filter(|s| {
        // A degree of latitude has at least 110.5 km.
        (s.at.lat() - at.lat()).abs() * 110_500.0 <= s.reach_m && s.at.distance_m(at) <= s.reach_m
    });
    let mut best = State::NoneKnown;
    for s in near {
        match s.state {
            State::Seen => return State::Seen,
            State::FeedDown => best = State::FeedDown,
            _ if best == State::NoneKnown => best = s.state,
            _ => {}
        }
    }
    best
}

/// A unit that could be sent.
struct FreeUnit {
    at: LatLon,
    /// How far it comes in time, metres of a straight line.
    reach_m: f64,
    /// Whether it goes on water alone.
    afloat: bool,
}

/// The speed that is assumed of a kind of unit, km/h; `None` for those that are not sent to the border line.
pub const fn speed_kmh(kind: UnitKind) -> Option<f64> {
    match kind {
        UnitKind::FootPatrol => Some(5.0),
        UnitKind::VehiclePatrol | UnitKind::ReactionGroup | UnitKind::CustomsGroup => Some(50.0),
        UnitKind::Boat => Some(35.0),
        UnitKind::Helicopter => Some(180.0),
        UnitKind::Uav | UnitKind::Ambulance | UnitKind::Rescue | UnitKind::Other => None,
    }
}

/// Units that are available and whose newest position is fresh.
fn free_units(picture: &Picture, now: Time) -> Vec<FreeUnit> {
    let units = picture.tracks.values().filter_map(|t| {
        let info = t.info.as_ref().filter(|i| i.domain == TrackDomain::Unit)?;
        if track_freshness(t, now) != Freshness::Fresh {
            return None;
        }
        let key = EntityKey {
            kind: EntityKind::Unit,
            id: info.ident.clone(),
        };
        let Some(Entity::Unit(u)) = picture.entities.get(&key) else {
            return None;
        };
        if u.unit.status != UnitStatus::Available {
            return None;
        }
        let detour = if u.unit.kind == UnitKind::Helicopter {
            1.0
        } else {
            DETOUR
        };
        Some(FreeUnit {
            at: t.row.as_ref()?.at,
            reach_m: speed_kmh(u.unit.kind)? * 1_000.0 * (REACH_MIN / 60.0) / detour,
            afloat: u.unit.kind == UnitKind::Boat,
        })
    });
    units.collect()
}

fn reached(free: &[FreeUnit], at: LatLon, water: bool) -> State {
    let could = free
        .iter()
        .any(|u| (water || !u.afloat) && u.at.distance_m(at) <= u.reach_m);
    if could { State::Within } else { State::Beyond }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::testing::{unit, unit_track};

    fn at(lat: f64, lon: f64) -> LatLon {
        LatLon::new(lat, lon).unwrap()
    }

    /// A border along 48 N from 23.8 E to 24.2 E, 29.8 km.
    fn border(domain: &str) -> Picture {
        let mut p = Picture::default();
        let line = serde_json::to_string(&[at(48.0, 23.8), at(48.0, 24.2)]).unwrap();
        let json = format!(
            r#"{{"id":"UA-RO-01","uk":"","en":"","neighbour":"RO","domain":"{domain}","level":"low","open_events":0,"line":{line}}}"#
        );
        let s = Entity::Section(serde_json::from_str(&json).unwrap());
        p.entities.insert(s.key(), s);
        p
    }

    fn feed(p: &mut Picture, light: &str, heard_s: i64) {
        let json = format!(
            r#"{{"feed":"f","org":"BG","uk":"","en":"","light":"{light}","last_heard":"{}","rule":{{"expected_s":15,"stale_s":45,"lost_s":180}},
            "rate_per_s":0,"reject_rate":0,"accepted":1,"duplicates":0,"quarantined":0,"skipped":0,"restarts":0,"transport":"t","format":"f"}}"#,
            Time::from_secs(heard_s)
        );
        let f = Entity::Feed(serde_json::from_str(&json).unwrap());
        p.entities.insert(f.key(), f);
    }

    fn km(p: &Picture, layer: Layer, now_s: i64) -> [i32; 6] {
        let pieces = coverage(p, layer, Time::from_secs(now_s));
        #[expect(clippy::cast_possible_truncation, reason = "kilometres of a test")]
        [
            State::Seen,
            State::FeedDown,
            State::Silent,
            State::NoneKnown,
            State::Within,
            State::Beyond,
        ]
        .map(|s| kilometres(&pieces, s).round() as i32)
    }

    #[test]
    fn a_line_is_cut_without_gap_into_pieces_of_their_length() {
        let line = [
            at(48.0, 24.0),
            at(48.0, 24.5),
            at(48.001, 24.5),
            at(48.3, 24.5),
        ];
        let pieces = cut(&line);
        let sum: f64 = pieces.iter().map(|p| length_m(p)).sum();
        assert!((sum - length_m(&line)).abs() < 5.0, "{sum}");
        for (a, b) in pieces.iter().zip(pieces.iter().skip(1)) {
            assert_eq!(a.last(), b.first());
            assert!(length_m(a) < 3_100.0 && a.len() > 2, "{a:?}");
        }
        assert!(cut(&[]).is_empty() && cut(&line[..1]).is_empty());
    }

    #[test]
    fn without_anything_near_nothing_is_known() {
        assert_eq!(km(&border("land"), Layer::Seen, 1_000), [0, 0, 0, 30, 0, 0]);
        assert!(coverage(&border("land"), Layer::Off, Time::EPOCH).is_empty());
    }

    #[test]
    fn a_unit_tells_of_what_is_around_it_and_its_silence_has_a_reason() {
        let mut p = border("land");
        feed(&mut p, "up", 1_000);
        p.tracks.insert(1, unit_track(1, "A", 1_000));
        let [seen, down, silent, none, ..] = km(&p, Layer::Seen, 1_010);
        assert!(
            (5..=7).contains(&seen) && seen + none == 30,
            "{seen} {none}"
        );
        assert_eq!((down, silent), (0, 0));
        // The unit is silent, and its feed goes on.
        feed(&mut p, "up", 2_000);
        let [seen_now, down, silent, ..] = km(&p, Layer::Seen, 2_010);
        assert_eq!((seen_now, down, silent), (0, 0, seen));
        // Its feed is lost, or down, or not there any more.
        let [_, down, silent, ..] = km(&p, Layer::Seen, 9_000);
        assert_eq!((down, silent), (seen, 0));
        feed(&mut p, "down", 2_000);
        assert_eq!(km(&p, Layer::Seen, 2_010)[1], seen);
        p.entities.retain(|k, _| k.kind != EntityKind::Feed);
        assert_eq!(km(&p, Layer::Seen, 2_010)[1], seen);
    }

    #[test]
    fn a_vessel_or_an_aircraft_tells_nothing_of_the_border() {
        let mut p = border("river");
        let mut t = unit_track(1, "A", 1_000);
        t.info.as_mut().unwrap().domain = TrackDomain::Vessel;
        p.tracks.insert(1, t);
        assert_eq!(km(&p, Layer::Seen, 1_010)[3], 30);
    }

    #[test]
    fn only_a_free_unit_that_was_heard_reaches_and_a_boat_only_on_water() {
        let reach = |domain: &str, status, now_s| {
            let mut p = border(domain);
            let u = unit("A", "BG", status);
            p.entities.insert(u.key(), u);
            p.tracks.insert(1, unit_track(1, "A", 1_000));
            let [.., within, beyond] = km(&p, Layer::Reach, now_s);
            assert_eq!(within + beyond, 30);
            within
        };
        // A boat of 35 km/h comes 13.5 km in half an hour with the detour: 27 km of the river.
        let within = reach("river", UnitStatus::Available, 1_010);
        assert!((25..=29).contains(&within), "{within}");
        assert_eq!(reach("land", UnitStatus::Available, 1_010), 0);
        assert_eq!(reach("river", UnitStatus::OnScene, 1_010), 0);
        assert_eq!(reach("river", UnitStatus::Available, 9_000), 0);
    }

    #[test]
    fn the_layers_go_round() {
        let l = Layer::default();
        assert_eq!(
            [l.next(), l.next().next(), l.next().next().next()],
            [Layer::Seen, Layer::Reach, Layer::Off]
        );
    }
}
