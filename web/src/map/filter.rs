//! Which tracks are shown: by kind, agency, speed, area and age of the position. Pure.
//!
//! What tells of a life at risk is never hidden: a distress transmitter passes every filter.

use std::collections::{BTreeMap, BTreeSet};

use oneroof_geo::{BoundingBox, nearest_on_line};
use oneroof_model::{LatLon, OrgId, Time, TrackDomain};
use oneroof_wire::client::{ClientTrack, Picture};
use oneroof_wire::{Entity, TrackInfo};

use super::symbols::{Shape, shape_of};
use crate::view::tracks::KNOTS_PER_MPS;

/// The kinds in the order of the bar.
pub const KINDS: [TrackDomain; 5] = [
    TrackDomain::Vessel,
    TrackDomain::Aircraft,
    TrackDomain::Unit,
    TrackDomain::Vehicle,
    TrackDomain::Sensor,
];

/// Key of a kind's name in the catalogue.
pub const fn kind_key(kind: TrackDomain) -> &'static str {
    match kind {
        TrackDomain::Vessel => "track_domain.vessel",
        TrackDomain::Aircraft => "track_domain.aircraft",
        TrackDomain::Unit => "track_domain.unit",
        TrackDomain::Vehicle => "track_domain.vehicle",
        TrackDomain::Sensor => "track_domain.sensor",
    }
}

/// Distances to the border that can be chosen, kilometres.
pub const BORDER_KM: [u32; 4] = [5, 10, 30, 100];

/// Ages of a position that can be chosen, seconds.
pub const AGES_S: [u32; 4] = [60, 300, 1_800, 7_200];

/// Where a track has to be.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Area {
    /// Anywhere.
    #[default]
    Everywhere,
    /// In a rectangle: south, west, north, east in degrees.
    Box([f64; 4]),
    /// So many kilometres from the border at most, or in one of its sections at sea.
    Border(u32),
}

/// The filter. The default lets everything pass.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TrackFilter {
    /// Kinds that are not shown.
    pub hidden: BTreeSet<TrackDomain>,
    /// Only of this agency: its units, and what its feeds tell of.
    pub org: Option<OrgId>,
    /// Least speed, knots. What told no speed does not pass.
    pub from_kn: Option<f64>,
    /// Highest speed, knots. What told no speed does not pass.
    pub to_kn: Option<f64>,
    /// Where.
    pub area: Area,
    /// Greatest age of the position, seconds.
    pub max_age_s: Option<u32>,
}

/// What was typed is no speed of 0 to 2 000 knots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoSpeed;

/// A speed in knots as typed; `None` where nothing is typed.
///
/// # Errors
/// Where the text is no number of 0 to 2 000.
pub fn read_knots(text: &str) -> Result<Option<f64>, NoSpeed> {
    let text = text.trim().replace(',', ".");
    if text.is_empty() {
        return Ok(None);
    }
    let knots: f64 = text.parse().map_err(|_none| NoSpeed)?;
    (0.0..=2_000.0)
        .contains(&knots)
        .then_some(Some(knots))
        .ok_or(NoSpeed)
}

impl TrackFilter {
    /// Whether everything passes.
    pub fn is_off(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a track is shown.
    pub fn passes(&self, handle: u32, track: &ClientTrack, now: Time, around: &mut Around) -> bool {
        let Some(row) = track.row.as_ref() else {
            return false;
        };
        let info = track.info.as_ref();
        if info.is_some_and(|i| shape_of(i) == Shape::Distress) {
            return true;
        }
        // Before its identity has come a track is no kind and of nobody.
        let kind = info.is_none_or(|i| !self.hidden.contains(&i.domain));
        let org = match &self.org {
            None => true,
            Some(org) => info.is_some_and(|i| around.org_of(i) == Some(org)),
        };
        kind && org
            && self.speed(row.speed_mps)
            && self
                .max_age_s
                .is_none_or(|most| now.secs_since(row.time) <= f64::from(most))
            && match self.area {
                Area::Everywhere => true,
                Area::Box(rectangle) => holds(rectangle, row.at),
                Area::Border(km) => around.is_near(handle, row.at, km),
            }
    }

    fn speed(&self, speed_mps: Option<f32>) -> bool {
        if self.from_kn.is_none() && self.to_kn.is_none() {
            return true;
        }
        speed_mps
            .map(|s| f64::from(s * KNOTS_PER_MPS))
            .is_some_and(|kn| {
                self.from_kn.is_none_or(|from| kn >= from) && self.to_kn.is_none_or(|to| kn <= to)
            })
    }

    /// How many tracks with a position pass, and of how many.
    pub fn count(&self, picture: &Picture, now: Time, around: &mut Around) -> (usize, usize) {
        let mut passing = 0;
        let mut all = 0;
        for (handle, track) in picture.tracks.iter().filter(|(_, t)| t.row.is_some()) {
            all += 1;
            passing += usize::from(self.passes(*handle, track, now, around));
        }
        (passing, all)
    }
}

fn holds([south, west, north, east]: [f64; 4], at: LatLon) -> bool {
    (south..=north).contains(&at.lat()) && (west..=east).contains(&at.lon())
}

/// One section, ready to be measured against.
#[derive(Debug, Clone)]
struct Section {
    around: BoundingBox,
    line: Vec<LatLon>,
    closed: bool,
}

/// What a filter looks at beside the track: whose feed it came by, and who is near the border. The answer for a track is kept until it moves, for measuring costs some microseconds each.
#[derive(Debug, Clone, Default)]
pub struct Around {
    km: u32,
    sections: Vec<Section>,
    known: BTreeMap<u32, (LatLon, bool)>,
    feeds: BTreeMap<String, OrgId>,
}

impl Around {
    /// The border out of the sections of a picture, and the agencies of its feeds.
    pub fn of(picture: &Picture) -> Self {
        let sections = picture.entities.values().filter_map(|e| match e {
            Entity::Section(s) if !s.polygon.is_empty() => Some((&s.polygon, true)),
            Entity::Section(s) => Some((&s.line, false)),
            _ => None,
        });
        Self {
            km: 0,
            sections: sections
                .filter_map(|(line, closed)| {
                    Some(Section {
                        around: BoundingBox::of_points(line.iter().copied())?,
                        line: line.clone(),
                        closed,
                    })
                })
                .collect(),
            known: BTreeMap::new(),
            feeds: feeds(picture),
        }
    }

    /// Looks again whose the feeds are, and forgets tracks that left the picture, so that what is kept stays bounded.
    pub fn refresh(&mut self, picture: &Picture) {
        self.feeds = feeds(picture);
        if self.known.len() > picture.tracks.len().saturating_mul(2) {
            self.known.retain(|h, _| picture.tracks.contains_key(h));
        }
    }

    /// The agency of a track: of a unit its own, of others that whose feed tells of it.
    fn org_of<'a>(&'a self, info: &'a TrackInfo) -> Option<&'a OrgId> {
        info.org.as_ref().or_else(|| self.feeds.get(&info.feed))
    }

    /// Whether no section is known yet.
    pub const fn is_empty(&self) -> bool {
        self.sections.is_empty()
    }

    fn is_near(&mut self, handle: u32, at: LatLon, km: u32) -> bool {
        if self.km != km {
            self.km = km;
            self.known.clear();
        }
        if let Some((was, near)) = self.known.get(&handle)
            && *was == at
        {
            return *near;
        }
        let near = self.measure(at, f64::from(km) * 1_000.0);
        self.known.insert(handle, (at, near));
        near
    }

    fn measure(&self, at: LatLon, radius_m: f64) -> bool {
        self.sections.iter().any(|s| {
            s.around.expanded_m(radius_m).contains(at)
                && (nearest_on_line(&s.line, at).is_some_and(|n| n.distance_m <= radius_m)
                    || s.closed && is_inside(&s.line, at))
        })
    }
}

fn feeds(picture: &Picture) -> BTreeMap<String, OrgId> {
    let feeds = picture.entities.values().filter_map(|e| match e {
        Entity::Feed(f) => Some((f.health.feed.to_string(), f.health.org.clone())),
        _ => None,
    });
    feeds.collect()
}

/// Whether a position lies in a ring, by the number of edges to its east.
fn is_inside(ring: &[LatLon], at: LatLon) -> bool {
    let ends = ring.iter().zip(ring.iter().cycle().skip(1));
    let crossed = ends.filter(|(a, b)| {
        let between = (a.lat() > at.lat()) != (b.lat() > at.lat());
        between && {
            let part = (at.lat() - a.lat()) / (b.lat() - a.lat());
            at.lon() < a.lon() + part * (b.lon() - a.lon())
        }
    });
    crossed.count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use oneroof_wire::columns::Row;

    use super::*;

    fn at(lat: f64, lon: f64) -> LatLon {
        LatLon::new(lat, lon).unwrap()
    }

    fn track(domain: &str, ident: &str, lat: f64, kn: Option<f32>, age_s: i64) -> ClientTrack {
        let json = format!(
            r#"{{"h":1,"domain":"{domain}","ident":"{ident}","feed":"f","stale_s":100,"lost_s":200}}"#
        );
        ClientTrack {
            info: Some(serde_json::from_str(&json).unwrap()),
            row: Some(Row {
                handle: 1,
                at: at(lat, 30.0),
                time: now().plus_secs(-age_s),
                speed_mps: kn.map(|kn| kn / KNOTS_PER_MPS),
                course_deg: None,
                heading_deg: None,
                alt_m: None,
            }),
        }
    }

    fn now() -> Time {
        Time::from_secs(100_000)
    }

    fn ship(kn: Option<f32>, age_s: i64) -> ClientTrack {
        track("vessel", "272000001", 45.0, kn, age_s)
    }

    fn passes(filter: &TrackFilter, track: &ClientTrack) -> bool {
        filter.passes(1, track, now(), &mut Around::default())
    }

    #[test]
    fn each_part_of_the_filter_takes_away_what_does_not_fit() {
        let off = TrackFilter::default();
        assert!(off.is_off() && passes(&off, &ship(None, 9_999)));
        let no_vessels = TrackFilter {
            hidden: [TrackDomain::Vessel].into(),
            ..TrackFilter::default()
        };
        assert!(!no_vessels.is_off() && !passes(&no_vessels, &ship(None, 0)));
        assert!(passes(&no_vessels, &track("aircraft", "1", 45.0, None, 0)));

        let quick = TrackFilter {
            from_kn: Some(20.0),
            to_kn: Some(40.0),
            ..TrackFilter::default()
        };
        let fits = [Some(19.9), Some(20.1), Some(39.9), Some(40.1), None]
            .map(|kn| passes(&quick, &ship(kn, 0)));
        assert_eq!(fits, [false, true, true, false, false]);

        let fresh = TrackFilter {
            max_age_s: Some(60),
            ..TrackFilter::default()
        };
        assert!(passes(&fresh, &ship(None, 60)) && !passes(&fresh, &ship(None, 61)));

        let ours = TrackFilter {
            org: Some("SG".into()),
            ..TrackFilter::default()
        };
        let mut boat = ship(None, 0);
        assert!(
            !passes(&ours, &boat),
            "an agency is asked for and none is known"
        );
        boat.info.as_mut().unwrap().org = Some("SG".into());
        assert!(passes(&ours, &boat));
        let mut around = Around::default();
        around.feeds.insert("f".to_owned(), "SG".into());
        assert!(
            ours.passes(1, &ship(None, 0), now(), &mut around),
            "by its feed"
        );
        let boxed = TrackFilter {
            area: Area::Box([44.0, 29.0, 45.5, 31.0]),
            ..TrackFilter::default()
        };
        assert!(passes(&boxed, &ship(None, 0)));
        assert!(!passes(
            &boxed,
            &track("vessel", "272000001", 46.0, None, 0)
        ));
    }

    #[test]
    fn a_distress_transmitter_passes_every_filter() {
        let nothing = TrackFilter {
            hidden: KINDS.into(),
            from_kn: Some(100.0),
            ..TrackFilter::default()
        };
        assert!(passes(
            &nothing,
            &track("vessel", "970123456", 45.0, None, 9_999)
        ));
        assert!(!passes(&nothing, &ship(None, 0)));
    }

    /// A border along 48 N, and a square of the sea.
    fn border() -> Around {
        let mut picture = Picture::default();
        let section = |id: &str, line: &str, polygon: &str| {
            let json = format!(
                r#"{{"id":"{id}","uk":"","en":"","neighbour":"RO","domain":"land","level":"low","open_events":0,
                "line":{line},"polygon":{polygon}}}"#
            );
            Entity::Section(serde_json::from_str(&json).unwrap())
        };
        let points = |all: &[(f64, f64)]| {
            serde_json::to_string(&all.iter().map(|(a, b)| at(*a, *b)).collect::<Vec<_>>()).unwrap()
        };
        for s in [
            section(
                "UA-RO-01",
                &points(&[(48.0, 28.0), (48.0, 30.0), (48.0, 32.0)]),
                "[]",
            ),
            section(
                "UA-SEA-01",
                "[]",
                &points(&[
                    (44.0, 29.0),
                    (44.0, 31.0),
                    (46.0, 31.0),
                    (46.0, 29.0),
                    (44.0, 29.0),
                ]),
            ),
        ] {
            picture.entities.insert(s.key(), s);
        }
        Around::of(&picture)
    }

    #[test]
    fn near_the_border_is_measured_from_its_lines_and_the_sea_is_within() {
        let mut b = border();
        assert!(!b.is_empty());
        // 0.1 degrees of latitude are 11.1 km.
        for (lat, km, near) in [
            (48.1, 10, false),
            (48.1, 30, true),
            (47.95, 10, true),
            (45.0, 5, true),
            (46.03, 5, true),
            (46.2, 5, false),
        ] {
            assert_eq!(b.is_near(1, at(lat, 30.0), km), near, "{lat} {km}");
        }
    }

    #[test]
    fn what_is_kept_of_the_border_follows_a_track_that_moves_and_stays_bounded() {
        let mut b = border();
        assert!(b.is_near(7, at(48.01, 30.0), 5));
        assert!(!b.is_near(7, at(49.0, 30.0), 5), "it moved");
        assert!(b.is_near(7, at(49.0, 30.0), 200), "another distance");
        for h in 0..50 {
            b.is_near(h, at(48.0, 30.0), 5);
        }
        b.refresh(&Picture::default());
        assert!(b.known.is_empty());
    }

    #[test]
    fn the_count_says_how_many_of_how_many() {
        let mut picture = Picture::default();
        for (h, kn) in [(1, Some(5.0)), (2, Some(25.0)), (3, None)] {
            picture.tracks.insert(h, ship(kn, 0));
        }
        picture.tracks.insert(
            4,
            ClientTrack {
                info: None,
                row: None,
            },
        );
        let quick = TrackFilter {
            from_kn: Some(20.0),
            ..TrackFilter::default()
        };
        assert_eq!(quick.count(&picture, now(), &mut Around::default()), (1, 3));
    }

    #[test]
    fn speeds_are_read_as_people_type_them() {
        assert_eq!(read_knots(" 12,5 "), Ok(Some(12.5)));
        assert_eq!(read_knots(""), Ok(None));
        for wrong in ["-1", "fast", "NaN", "inf", "9999"] {
            assert_eq!(read_knots(wrong), Err(NoSpeed), "{wrong}");
        }
    }
}
