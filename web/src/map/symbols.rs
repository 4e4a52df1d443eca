//! Which symbol a track gets: its row and column in the sprite sheet of `js/track_layer.js`.

use std::collections::BTreeMap;

use oneroof_model::{Freshness, FreshnessRule, OrgId, Time, TrackDomain, freshness};
use oneroof_wire::TrackInfo;
use oneroof_wire::client::{ClientTrack, Picture};

use super::mercator::{Frame, world};

/// Headings in the sprite sheet; one column more is for "no heading".
pub const HEADINGS: u16 = 32;

/// Columns of the sprite sheet.
pub const COLUMNS: u16 = HEADINGS + 1;

/// Steps of freshness: rows of a shape in the sprite sheet.
pub const STEPS: u16 = 3;

/// Below this speed a course is noise, m/s (one knot).
pub const STILL_MPS: f32 = 0.514;

/// Margin around the canvas within which symbols are drawn, CSS pixels.
const MARGIN_PX: f64 = 24.0;

/// Shape of a track's symbol. The number is its place in the sprite sheet; the higher lies above the lower.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u16)]
pub enum Shape {
    /// An aid to navigation, a base station or an obstacle: it only marks a place.
    Mark = 0,
    /// A radar or sensor track.
    Sensor = 1,
    /// A vessel of another or of no known type.
    Vessel = 2,
    /// A cargo vessel.
    Cargo = 3,
    /// A tanker.
    Tanker = 4,
    /// A passenger vessel.
    Passenger = 5,
    /// A fishing vessel.
    Fishing = 6,
    /// A vessel of law enforcement or of the military.
    Law = 7,
    /// A vessel for search and rescue.
    Rescue = 8,
    /// A vehicle.
    Vehicle = 9,
    /// An aircraft with wings, or of no known type.
    Aircraft = 10,
    /// A helicopter.
    Helicopter = 11,
    /// An aircraft without a crew.
    Uav = 12,
    /// A distress transmitter (AIS-SART, MOB, EPIRB).
    Distress = 13,
    /// An own unit; badges of agencies follow from here on, one row group each.
    Unit = 14,
}

/// Shape of a track by its domain, its type there and, at sea, by the form of its MMSI (ITU-R M.585-9, annex 1).
pub fn shape(domain: TrackDomain, ident: &str, kind_code: Option<u16>) -> Shape {
    match domain {
        TrackDomain::Vessel if ["970", "972", "974"].iter().any(|p| ident.starts_with(p)) => {
            Shape::Distress
        }
        // 99MIDXXXX marks an aid to navigation; 00MIDXXXX a coast station, which as a number has lost its zeros.
        TrackDomain::Vessel if ident.starts_with("99") || ident.len() < 9 => Shape::Mark,
        // 111MIDaXX: an aircraft for search and rescue; `a` is 5 for a helicopter.
        TrackDomain::Vessel if ident.starts_with("111") => match ident.get(6..7) {
            Some("5") => Shape::Helicopter,
            _ => Shape::Aircraft,
        },
        TrackDomain::Vessel => vessel(kind_code),
        TrackDomain::Aircraft => aircraft(kind_code),
        TrackDomain::Unit => Shape::Unit,
        TrackDomain::Vehicle => Shape::Vehicle,
        TrackDomain::Sensor => Shape::Sensor,
    }
}

/// AIS types of ships (ITU-R M.1371-5, table 53).
const fn vessel(kind_code: Option<u16>) -> Shape {
    match kind_code {
        Some(30) => Shape::Fishing,
        Some(35 | 55) => Shape::Law,
        Some(51) => Shape::Rescue,
        Some(60..=69) => Shape::Passenger,
        Some(70..=79) => Shape::Cargo,
        Some(80..=89) => Shape::Tanker,
        _ => Shape::Vessel,
    }
}

/// Emitter categories of ADS-B with their set in the high half of the byte (DO-260B, 2.2.3.2.5.2): `A7` a rotorcraft,
/// `B6` without a crew, `C1` and `C2` vehicles of an aerodrome, `C3` to `C5` obstacles.
const fn aircraft(kind_code: Option<u16>) -> Shape {
    match kind_code {
        Some(0xa7) => Shape::Helicopter,
        Some(0xb6) => Shape::Uav,
        Some(0xc1 | 0xc2) => Shape::Vehicle,
        Some(0xc3..=0xc5) => Shape::Mark,
        _ => Shape::Aircraft,
    }
}

/// Shape of a track by what is known of it.
pub fn shape_of(info: &TrackInfo) -> Shape {
    shape(info.domain, &info.ident, info.kind_code)
}

/// Column of a heading in degrees; the last one where there is none.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "0 to HEADINGS after rem_euclid"
)]
pub fn column(heading_deg: Option<f32>) -> u16 {
    heading_deg.map_or(HEADINGS, |h| {
        ((h.rem_euclid(360.0) / 360.0 * f32::from(HEADINGS)).round() as u16) % HEADINGS
    })
}

/// The direction that a symbol points to: the heading, else the course where it moves.
pub fn direction(track: &ClientTrack) -> Option<f32> {
    let row = track.row.as_ref()?;
    let moving = row.speed_mps.is_none_or(|s| s >= STILL_MPS);
    if moving {
        row.heading_deg.or(row.course_deg)
    } else {
        None
    }
}

/// Freshness of a track at a moment; a track without identity yet counts as fresh for ten minutes.
pub fn track_freshness(track: &ClientTrack, now: Time) -> Freshness {
    let (stale_s, lost_s) = track
        .info
        .as_ref()
        .map_or((600, 1_800), |i| (i.stale_s, i.lost_s));
    freshness(
        track.row.as_ref().map(|r| r.time),
        now,
        FreshnessRule {
            expected_s: 0,
            stale_s,
            lost_s,
        },
    )
}

/// What is drawn, as columns for the track layer.
#[derive(Debug, Default)]
pub struct TrackFrame {
    /// x and y in CSS pixels of the canvas, alternating.
    pub xy: Vec<f32>,
    /// Index in the sprite sheet: row * [`COLUMNS`] + column.
    pub sprite: Vec<u16>,
    /// The same for the hit test, in the same order.
    pub things: Vec<(f32, f32, u32)>,
    /// Shape of each, in the same order.
    pub shapes: Vec<Shape>,
}

impl TrackFrame {
    /// Takes away all but what is to be kept (by handle and shape); gives where the others would have been drawn.
    pub fn thin_out(&mut self, keep: impl Fn(u32, Shape) -> bool) -> Vec<(f32, f32)> {
        let all = core::mem::take(self);
        let mut gone = Vec::new();
        for ((thing, shape), sprite) in all.things.into_iter().zip(all.shapes).zip(all.sprite) {
            let (x, y, handle) = thing;
            if keep(handle, shape) {
                self.push(thing, shape, sprite);
            } else {
                gone.push((x, y));
            }
        }
        gone
    }

    fn push(&mut self, thing: (f32, f32, u32), shape: Shape, sprite: u16) {
        self.xy.extend([thing.0, thing.1]);
        self.sprite.push(sprite);
        self.things.push(thing);
        self.shapes.push(shape);
    }
}

/// Agencies in the order of their badges in the sprite sheet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Badges(BTreeMap<OrgId, u16>);

impl Badges {
    /// Numbers the agencies in the order given; 0 is left for an agency that is not in the list.
    pub fn new(orgs: impl IntoIterator<Item = OrgId>) -> Self {
        Self(orgs.into_iter().zip(1..).collect())
    }

    /// Number of an agency's badge.
    pub fn number(&self, org: Option<&OrgId>) -> u16 {
        org.and_then(|o| self.0.get(o)).copied().unwrap_or(0)
    }
}

/// Computes what a canvas shows of the tracks that `shows` lets pass: what counts most is drawn last.
#[expect(
    clippy::cast_possible_truncation,
    reason = "canvas positions fit into f32"
)]
pub fn track_frame(
    picture: &Picture,
    frame: &Frame,
    now: Time,
    badges: &Badges,
    mut shows: impl FnMut(u32, &ClientTrack) -> bool,
) -> TrackFrame {
    let mut drawn: Vec<(Shape, u16, u32, f32, f32, u16)> = picture
        .tracks
        .iter()
        .filter_map(|(handle, track)| {
            let row = track.row.as_ref()?;
            let (x, y) = frame.project(world(row.at));
            if !frame.holds(x, y, MARGIN_PX) || !shows(*handle, track) {
                return None;
            }
            let step = 2 - track_freshness(track, now) as u16;
            let (shape, badge) = track.info.as_ref().map_or((Shape::Vessel, 0), |i| {
                (shape_of(i), badges.number(i.org.as_ref()))
            });
            let group = if shape == Shape::Unit {
                shape as u16 + badge
            } else {
                shape as u16
            };
            let sprite = (group * STEPS + 2 - step) * COLUMNS + column(direction(track));
            Some((shape, step, *handle, x as f32, y as f32, sprite))
        })
        .collect();
    drawn.sort_unstable_by_key(|d| (d.0, d.1, d.2));
    let mut out = TrackFrame::default();
    out.xy.reserve(drawn.len() * 2);
    for (shape, _, handle, x, y, sprite) in drawn {
        out.push((x, y, handle), shape, sprite);
    }
    out
}

#[cfg(test)]
mod tests {
    use oneroof_model::LatLon;
    use oneroof_wire::TrackInfo;
    use oneroof_wire::columns::Row;

    use super::*;

    fn track(h: u32, domain: TrackDomain, ident: &str, age_s: i64) -> ClientTrack {
        ClientTrack {
            info: Some(TrackInfo {
                h,
                domain,
                ident: ident.into(),
                name: None,
                call_sign: None,
                kind_code: None,
                length_m: None,
                destination: None,
                org: (domain == TrackDomain::Unit).then(|| "BG".into()),
                mode: oneroof_model::Mode::default(),
                feed: "f".into(),
                stale_s: 100,
                lost_s: 200,
                split: false,
                recorded: false,
            }),
            row: Some(Row {
                handle: h,
                at: LatLon::new(45.0, 30.0).unwrap(),
                time: Time::from_secs(10_000 - age_s),
                speed_mps: Some(5.0),
                course_deg: Some(90.0),
                heading_deg: None,
                alt_m: None,
            }),
        }
    }

    fn here() -> Frame {
        let (x, y) = Frame {
            zoom: 8.0,
            ..Frame::default()
        }
        .project(world(LatLon::new(45.0, 30.0).unwrap()));
        Frame {
            zoom: 8.0,
            left: x - 50.0,
            top: y - 50.0,
            width: 100.0,
            height: 100.0,
        }
    }

    #[test]
    fn own_units_are_drawn_above_vessels_and_fresh_above_lost() {
        let mut p = Picture::default();
        for t in [
            track(1, TrackDomain::Unit, "BG-1", 0),
            track(2, TrackDomain::Vessel, "272000001", 0),
            track(3, TrackDomain::Vessel, "272000002", 500),
        ] {
            p.tracks.insert(t.row.as_ref().unwrap().handle, t);
        }
        let badges = Badges::new(["CU".into(), "BG".into()]);
        let f = track_frame(&p, &here(), Time::from_secs(10_000), &badges, |_, _| true);
        let order: Vec<u32> = f.things.iter().map(|t| t.2).collect();
        assert_eq!(order, [3, 2, 1]);
        assert_eq!(f.xy.len(), 6);
        // Lost vessel: third step of its shape; heading east is a quarter of the headings.
        assert_eq!(f.sprite[0], (2 * STEPS + 2) * COLUMNS + 8);
        assert_eq!(f.sprite[2], ((14 + 2) * STEPS) * COLUMNS + 8);
    }

    #[test]
    fn what_lies_outside_the_canvas_is_left_out() {
        let mut p = Picture::default();
        p.tracks
            .insert(1, track(1, TrackDomain::Vessel, "272000001", 0));
        let far = Frame {
            left: 0.0,
            top: 0.0,
            ..here()
        };
        assert!(
            track_frame(
                &p,
                &far,
                Time::from_secs(10_000),
                &Badges::default(),
                |_, _| true
            )
            .xy
            .is_empty()
        );
    }

    #[test]
    fn the_form_of_an_mmsi_decides_the_shape() {
        let v = |id| shape(TrackDomain::Vessel, id, None);
        assert_eq!(v("272000001"), Shape::Vessel);
        assert_eq!(v("992721234"), Shape::Mark);
        assert_eq!(v("2720001"), Shape::Mark);
        assert_eq!(v("970123456"), Shape::Distress);
        assert_eq!(v("111272101"), Shape::Aircraft);
        assert_eq!(v("111272501"), Shape::Helicopter);
    }

    #[test]
    fn the_type_of_a_vessel_and_of_an_aircraft_decides_the_shape() {
        let v = |code| shape(TrackDomain::Vessel, "272000001", code);
        let told = [
            Some(30),
            Some(35),
            Some(51),
            Some(55),
            Some(60),
            Some(79),
            Some(84),
            Some(37),
            None,
        ]
        .map(v);
        let meant = [
            Shape::Fishing,
            Shape::Law,
            Shape::Rescue,
            Shape::Law,
            Shape::Passenger,
            Shape::Cargo,
            Shape::Tanker,
            Shape::Vessel,
            Shape::Vessel,
        ];
        assert_eq!(told, meant);
        let a = |code| shape(TrackDomain::Aircraft, "4840000", code);
        let told = [
            Some(0xa7),
            Some(0xb6),
            Some(0xa3),
            Some(0xb1),
            Some(0xc2),
            Some(0xc3),
            None,
        ]
        .map(a);
        let meant = [
            Shape::Helicopter,
            Shape::Uav,
            Shape::Aircraft,
            Shape::Aircraft,
            Shape::Vehicle,
            Shape::Mark,
            Shape::Aircraft,
        ];
        assert_eq!(told, meant);
    }

    #[test]
    fn what_is_thinned_out_is_neither_drawn_nor_hit_and_its_place_is_told() {
        let mut p = Picture::default();
        for t in [
            track(1, TrackDomain::Unit, "BG-1", 0),
            track(2, TrackDomain::Vessel, "272000001", 0),
            track(3, TrackDomain::Vessel, "272000002", 0),
        ] {
            p.tracks.insert(t.row.as_ref().unwrap().handle, t);
        }
        let now = Time::from_secs(10_000);
        let mut f = track_frame(&p, &here(), now, &Badges::default(), |_, _| true);
        let gone = f.thin_out(|handle, shape| shape == Shape::Unit || handle == 3);
        let kept: Vec<u32> = f.things.iter().map(|t| t.2).collect();
        assert_eq!((kept, gone.len()), (vec![3, 1], 1));
        assert_eq!((f.xy.len(), f.sprite.len(), f.shapes.len()), (4, 2, 2));
        let none = track_frame(&p, &here(), now, &Badges::default(), |h, _| h == 2);
        assert_eq!(none.things.len(), 1, "what is filtered is not drawn");
    }

    #[test]
    fn a_vessel_at_rest_has_no_direction() {
        let mut t = track(1, TrackDomain::Vessel, "272000001", 0);
        assert_eq!(direction(&t), Some(90.0));
        t.row.as_mut().unwrap().speed_mps = Some(0.1);
        assert_eq!(direction(&t), None);
        assert_eq!(
            (column(Some(359.0)), column(Some(-90.0)), column(None)),
            (0, 24, 32)
        );
    }
}
