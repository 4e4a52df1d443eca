//! An area that is being drawn or changed: what clicks, typed positions and dragged handles make of it. Pure.

use oneroof_geo::{
    AreaFault, CORRIDOR_POINTS, POLYGON_POINTS, RADIUS_M, area_km2, bearing_deg, check,
    destination, length_m,
};
use oneroof_model::{AreaDraft, AreaId, AreaPurpose, AreaShape, EventId, LatLon, Marking, Mode};
use oneroof_model::{BcpId, Time};
use oneroof_wire::client::Picture;
use oneroof_wire::{AreaView, Entity, EntityKey, EntityKind};

use crate::call::{CallPlace, read_place};

/// Half width of a corridor before somebody says another, metres.
const FIRST_HALF_WIDTH_M: f64 = 500.0;

/// Radius of a circle whose centre was typed, before somebody says another, metres.
const FIRST_RADIUS_M: f64 = 2_000.0;

/// The kinds of shapes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// Corners.
    #[default]
    Polygon,
    /// A centre and a radius.
    Circle,
    /// A line and a width.
    Corridor,
}

impl Kind {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Polygon, Self::Circle, Self::Corridor];

    /// The key of its word in the catalogue.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Polygon => "area.shape.polygon",
            Self::Circle => "area.shape.circle",
            Self::Corridor => "area.shape.corridor",
        }
    }

    /// The key of what is to be done on the map.
    pub const fn hint_key(self) -> &'static str {
        match self {
            Self::Polygon => "area.draw.polygon",
            Self::Circle => "area.draw.circle",
            Self::Corridor => "area.draw.corridor",
        }
    }

    /// Most positions that it takes.
    const fn most(self) -> usize {
        match self {
            Self::Polygon => POLYGON_POINTS.1,
            Self::Circle => 1,
            Self::Corridor => CORRIDOR_POINTS.1,
        }
    }
}

/// What is held on the map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grip {
    /// A position, by its number from 0.
    Point(usize),
    /// The middle between a position and the next one: dragged, it becomes a position of its own.
    Middle(usize),
    /// The edge of a circle.
    Edge,
}

/// What is told while one draws.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// Length of the line, or around the ring, metres.
    pub length_m: f64,
    /// Radius of a circle, metres.
    pub radius_m: Option<f64>,
    /// Size, where it has one; square kilometres.
    pub km2: Option<f64>,
}

/// The area as far as it is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Sketch {
    /// What kind of shape.
    pub kind: Kind,
    /// Corners, the centre, or the line.
    pub points: Vec<LatLon>,
    /// Radius of a circle, metres; missing until somebody says it.
    pub radius_m: Option<f64>,
    /// Half width of a corridor, metres.
    pub half_width_m: f64,
    /// Whether clicks still add positions.
    pub open: bool,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub purpose: AreaPurpose,
    /// The event that it belongs to.
    pub event: Option<EventId>,
    /// When it is over.
    pub until: Option<Time>,
    /// Its marking: as it was, for an area that is changed.
    pub marking: Marking,
    /// The area that is changed, and the version that was looked at; missing for a new one.
    pub changes: Option<(AreaId, u64)>,
}

impl Sketch {
    /// A new area.
    pub fn new(kind: Kind, event: Option<EventId>) -> Self {
        Self {
            kind,
            points: Vec::new(),
            radius_m: None,
            half_width_m: FIRST_HALF_WIDTH_M,
            open: true,
            name: String::new(),
            purpose: AreaPurpose::Search,
            event,
            until: None,
            marking: Marking::default(),
            changes: None,
        }
    }

    /// A change of an area.
    pub fn of(area: &AreaView) -> Self {
        Self::of_draft(&super::draft_of(area), Some((area.id, area.version)))
    }

    /// What was said of an area before, to be corrected.
    pub fn of_draft(draft: &AreaDraft, changes: Option<(AreaId, u64)>) -> Self {
        let (kind, radius_m, half_width_m) = match draft.shape {
            AreaShape::Polygon { .. } => (Kind::Polygon, None, FIRST_HALF_WIDTH_M),
            AreaShape::Circle { radius_m, .. } => {
                (Kind::Circle, Some(radius_m), FIRST_HALF_WIDTH_M)
            }
            AreaShape::Corridor { half_width_m, .. } => (Kind::Corridor, None, half_width_m),
        };
        Self {
            kind,
            points: draft.shape.points().to_vec(),
            radius_m,
            half_width_m,
            open: false,
            name: draft.name.clone(),
            purpose: draft.purpose,
            event: draft.event,
            until: draft.until,
            marking: draft.marking.clone(),
            changes,
        }
    }

    /// Another kind of shape; positions that it can use stay.
    pub fn turn_into(&mut self, kind: Kind) {
        if kind == self.kind {
            return;
        }
        self.kind = kind;
        self.points.truncate(kind.most());
        self.open = true;
    }

    /// A click on the map: adds a position, or says the radius. A click so near to the last position is none: that is how a
    /// double click ends. Gives whether the shape is complete by it.
    pub fn click(&mut self, at: LatLon, near_m: f64) -> bool {
        if !self.open {
            return false;
        }
        let again = self
            .points
            .last()
            .is_some_and(|last| last.distance_m(at) <= near_m);
        match (self.kind, self.points.first().copied()) {
            _ if again => return false,
            (Kind::Circle, Some(center)) => {
                self.radius_m = Some(center.distance_m(at).clamp(RADIUS_M.0, RADIUS_M.1));
                self.open = false;
            }
            _ => {
                self.add(at);
            }
        }
        !self.open
    }

    /// Adds a position; gives whether there was room for it. A circle has one: its centre moves.
    pub fn add(&mut self, at: LatLon) -> bool {
        if self.kind == Kind::Circle {
            self.points = vec![at];
            return true;
        }
        let room = self.points.len() < self.kind.most();
        if room {
            self.points.push(at);
        }
        room
    }

    /// A position that was typed. A circle has a radius then.
    pub fn add_typed(&mut self, at: LatLon) -> bool {
        if self.kind == Kind::Circle && self.radius_m.is_none() {
            self.radius_m = Some(FIRST_RADIUS_M);
            self.open = false;
        }
        self.add(at)
    }

    /// Puts another position in the place of one.
    pub fn put(&mut self, number: usize, at: LatLon) {
        if let Some(point) = self.points.get_mut(number) {
            *point = at;
        }
    }

    /// Takes a position out.
    pub fn take_out(&mut self, number: usize) {
        if number < self.points.len() {
            self.points.remove(number);
        }
        if self.kind == Kind::Circle && self.points.is_empty() {
            self.open = true;
        }
    }

    /// Takes the last position back; of a circle the radius first. Gives whether there was anything.
    pub fn back(&mut self) -> bool {
        if self.kind == Kind::Circle && self.radius_m.take().is_some() {
            self.open = true;
            return true;
        }
        let was = self.points.pop().is_some();
        self.open |= was;
        was
    }

    /// Ends the drawing on the map, where there are enough positions; gives whether it is ended.
    pub fn finish(&mut self) -> bool {
        let enough = match self.kind {
            Kind::Polygon => self.points.len() >= POLYGON_POINTS.0,
            Kind::Circle => self.radius_m.is_some() && !self.points.is_empty(),
            Kind::Corridor => self.points.len() >= CORRIDOR_POINTS.0,
        };
        self.open &= !enough;
        enough
    }

    /// The shape as far as it is drawn, with the pointer as its next position while it is open; `None` where there is nothing
    /// to draw yet.
    pub fn shape(&self, pointer: Option<LatLon>) -> Option<AreaShape> {
        let pointer = pointer.filter(|_| self.open);
        let first = *self.points.first()?;
        let with_pointer = || {
            let next = pointer.filter(|_| self.points.len() < self.kind.most());
            self.points.iter().copied().chain(next).collect()
        };
        match self.kind {
            Kind::Polygon => Some(AreaShape::Polygon {
                ring: with_pointer(),
            }),
            Kind::Circle => Some(AreaShape::Circle {
                center: first,
                radius_m: self.radius_m.or_else(|| Some(first.distance_m(pointer?)))?,
            }),
            Kind::Corridor => Some(AreaShape::Corridor {
                line: with_pointer(),
                half_width_m: self.half_width_m,
            }),
        }
    }

    /// What a command says of it.
    ///
    /// # Errors
    /// What is wrong with it, as the room would say it.
    pub fn draft(&self, mode: Mode) -> Result<AreaDraft, AreaFault> {
        let shape = self.shape(None).ok_or(AreaFault::TooFew {
            has: self.points.len(),
            least: 1,
        });
        let shape = match (self.kind, shape) {
            (Kind::Circle, Err(_)) if !self.points.is_empty() => {
                return Err(AreaFault::Radius { has: 0.0 });
            }
            (_, shape) => shape?,
        };
        let draft = AreaDraft {
            name: self.name.trim().to_owned(),
            purpose: self.purpose,
            shape,
            event: self.event,
            until: self.until,
            mode,
            marking: self.marking.clone(),
        };
        check(&draft)?;
        Ok(draft)
    }

    /// What is told of it while it is drawn, the pointer included.
    pub fn reading(&self, pointer: Option<LatLon>) -> Option<Reading> {
        let shape = self.shape(pointer)?;
        let km2 = oneroof_geo::check_shape(&shape)
            .is_ok()
            .then(|| area_km2(&shape));
        Some(match &shape {
            AreaShape::Polygon { ring } => {
                let mut around = ring.clone();
                around.extend(ring.first().filter(|_| ring.len() > 2));
                Reading {
                    length_m: length_m(&around),
                    radius_m: None,
                    km2,
                }
            }
            AreaShape::Circle { radius_m, .. } => Reading {
                length_m: core::f64::consts::TAU * radius_m,
                radius_m: Some(*radius_m),
                km2,
            },
            AreaShape::Corridor { line, .. } => Reading {
                length_m: length_m(line),
                radius_m: None,
                km2,
            },
        })
    }

    /// Where it can be held, the middles of edges before the positions, which lie above them.
    pub fn grips(&self) -> Vec<(Grip, LatLon)> {
        let mut out = Vec::new();
        if self.open {
            return out;
        }
        match (self.kind, self.points.first(), self.radius_m) {
            (Kind::Circle, Some(center), Some(radius_m)) => {
                out.extend(destination(*center, 90.0, radius_m).map(|at| (Grip::Edge, at)));
            }
            (Kind::Circle, ..) => {}
            (kind, ..) if self.points.len() < kind.most() => {
                let around = (kind == Kind::Polygon).then_some(self.points.first());
                let next = self.points.iter().skip(1).chain(around.flatten());
                for (i, (a, b)) in self.points.iter().zip(next).enumerate() {
                    let half = a.distance_m(*b) / 2.0;
                    let middle = destination(*a, bearing_deg(*a, *b), half);
                    out.extend(middle.map(|at| (Grip::Middle(i), at)));
                }
            }
            _ => {}
        }
        let points = self.points.iter().enumerate();
        out.extend(points.map(|(i, at)| (Grip::Point(i), *at)));
        out
    }

    /// Takes hold; the middle of an edge becomes a position. Gives what is held from now on.
    pub fn grab(&mut self, grip: Grip, at: LatLon) -> Grip {
        match grip {
            Grip::Middle(i) if self.points.len() < self.kind.most() && i < self.points.len() => {
                self.points.insert(i + 1, at);
                Grip::Point(i + 1)
            }
            other => other,
        }
    }

    /// Moves what is held. The centre of a circle takes the circle along.
    pub fn drag(&mut self, grip: Grip, at: LatLon) {
        match grip {
            Grip::Point(i) => self.put(i, at),
            Grip::Edge => {
                if let Some(center) = self.points.first() {
                    let radius = center.distance_m(at);
                    self.radius_m = Some(radius.clamp(RADIUS_M.0, RADIUS_M.1));
                }
            }
            Grip::Middle(_) => {}
        }
    }
}

/// Reads a position as it is typed: degrees, MGRS, UTM, the id or name of a crossing point, a section with its kilometre.
/// `None` where it is none.
pub fn read_point(text: &str, picture: &Picture) -> Option<LatLon> {
    match read_place(text, picture).ok()? {
        CallPlace::At { at, .. } => Some(at),
        CallPlace::Section { km, .. } => km.map(|(_, at)| at),
        CallPlace::Bcp { id, .. } => bcp_at(picture, &id),
    }
}

fn bcp_at(picture: &Picture, id: &BcpId) -> Option<LatLon> {
    let key = EntityKey {
        kind: EntityKind::Bcp,
        id: id.to_string(),
    };
    match picture.entities.get(&key) {
        Some(Entity::Bcp(b)) => Some(b.at),
        _ => None,
    }
}

/// Reads kilometres (`2`, `2,5`, `0.4`) or metres (`400 m`, `400 м`); gives metres. `None` where it is no positive number.
pub fn read_length(text: &str) -> Option<f64> {
    let text = text.trim().to_lowercase().replace(',', ".");
    let units = [("km", 1e3), ("км", 1e3), ("m", 1.0), ("м", 1.0)];
    let (digits, unit) = units
        .into_iter()
        .find_map(|(unit, factor)| Some((text.strip_suffix(unit)?.trim_end(), factor)))
        .unwrap_or((&text, 1e3));
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let value: f64 = plain.then(|| digits.parse().ok()).flatten()?;
    (value > 0.0 && value < 1e7).then_some(value * unit)
}

/// Metres as they are typed: kilometres with as many digits as are needed.
pub fn length_text(metres: f64) -> String {
    let text = format!("{:.3}", metres / 1_000.0);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lat: f64, lon: f64) -> LatLon {
        LatLon::new(lat, lon).unwrap()
    }

    const NEAR_M: f64 = 30.0;

    #[test]
    fn a_polygon_is_clicked_corner_by_corner_and_a_double_click_adds_none() {
        let mut s = Sketch::new(Kind::Polygon, None);
        assert_eq!(s.shape(Some(at(48.0, 24.0))), None);
        for p in [at(48.0, 24.0), at(48.0, 24.1), at(48.1, 24.1)] {
            assert!(!s.click(p, NEAR_M));
        }
        assert!(
            !s.click(at(48.1, 24.1001), NEAR_M),
            "the second click of two"
        );
        assert_eq!(s.points.len(), 3);
        assert!(s.finish() && !s.open);
        assert!(!s.click(at(49.0, 24.0), NEAR_M));
        assert_eq!(s.points.len(), 3, "a finished one takes no more");
        let draft = s.draft(Mode::Actual).unwrap();
        assert_eq!(draft.shape.points().len(), 3);
    }

    #[test]
    fn with_too_few_positions_nothing_is_finished() {
        let mut s = Sketch::new(Kind::Polygon, None);
        s.click(at(48.0, 24.0), NEAR_M);
        s.click(at(48.0, 24.1), NEAR_M);
        assert!(!s.finish() && s.open);
        let mut c = Sketch::new(Kind::Corridor, None);
        c.click(at(48.0, 24.0), NEAR_M);
        assert!(!c.finish());
        c.click(at(48.0, 24.1), NEAR_M);
        assert!(c.finish());
    }

    #[test]
    fn a_circle_is_a_centre_and_a_click_on_its_edge() {
        let mut s = Sketch::new(Kind::Circle, None);
        assert!(!s.click(at(48.0, 24.0), NEAR_M));
        let live = s.reading(Some(at(48.009, 24.0))).unwrap();
        assert!((live.radius_m.unwrap() - 1_000.8).abs() < 1.0);
        assert!((live.km2.unwrap() - 3.146).abs() < 0.01);
        assert!(s.click(at(48.018, 24.0), NEAR_M), "complete");
        assert!((s.radius_m.unwrap() - 2_001.5).abs() < 1.0);
        assert!(s.back() && s.open && s.radius_m.is_none());
        assert!(s.back() && s.points.is_empty() && !s.back());
        assert_eq!(
            s.draft(Mode::Actual),
            Err(AreaFault::TooFew { has: 0, least: 1 })
        );
    }

    #[test]
    fn what_is_typed_makes_the_same_as_what_is_clicked() {
        let mut s = Sketch::new(Kind::Circle, None);
        assert!(s.add_typed(at(48.0, 24.0)));
        assert!(!s.open && s.radius_m.is_some());
        s.radius_m = Some(700.0);
        assert!(s.add_typed(at(48.5, 24.0)), "the centre moves");
        assert_eq!((s.points.len(), s.radius_m), (1, Some(700.0)));
        assert!(s.draft(Mode::Actual).is_ok());
        let mut c = Sketch::new(Kind::Corridor, None);
        for n in 0..120 {
            c.add_typed(at(48.0 + f64::from(n) / 1e3, 24.0));
        }
        assert_eq!(c.points.len(), 100, "no more than the bound");
        c.take_out(0);
        c.put(0, at(47.0, 24.0));
        c.put(500, at(47.0, 24.0));
        c.take_out(500);
        assert_eq!((c.points.len(), c.points[0]), (99, at(47.0, 24.0)));
    }

    #[test]
    fn handles_move_positions_and_the_middle_of_an_edge_becomes_one() {
        let mut s = Sketch::new(Kind::Polygon, None);
        for p in [at(48.0, 24.0), at(48.0, 24.2), at(48.2, 24.2)] {
            s.add(p);
        }
        assert!(s.grips().is_empty(), "not while it is drawn");
        s.finish();
        assert_eq!(s.grips().len(), 6);
        let held = s.grab(Grip::Middle(2), at(48.1, 24.1));
        assert_eq!(held, Grip::Point(3));
        s.drag(held, at(48.15, 24.0));
        assert_eq!(s.points[3], at(48.15, 24.0));
        let mut c = Sketch::new(Kind::Circle, None);
        c.add_typed(at(48.0, 24.0));
        assert_eq!(c.grips().len(), 2);
        c.drag(Grip::Edge, at(48.0, 24.1));
        let radius = c.radius_m.unwrap();
        assert!((radius - 7_440.0).abs() < 5.0, "{radius}");
        c.drag(Grip::Point(0), at(48.1, 24.0));
        assert_eq!(c.radius_m, Some(radius), "the circle moves whole");
    }

    #[test]
    fn another_kind_keeps_what_it_can_use() {
        let mut s = Sketch::new(Kind::Polygon, None);
        for p in [at(48.0, 24.0), at(48.0, 24.2), at(48.2, 24.2)] {
            s.add(p);
        }
        s.turn_into(Kind::Corridor);
        assert_eq!(s.points.len(), 3);
        let reading = s.reading(None).unwrap();
        assert!((reading.length_m - 37_100.0).abs() < 200.0, "{reading:?}");
        s.turn_into(Kind::Circle);
        assert_eq!(s.points.len(), 1);
        assert_eq!(s.draft(Mode::Actual), Err(AreaFault::Radius { has: 0.0 }));
    }

    #[test]
    fn lengths_are_read_in_kilometres_unless_metres_are_said() {
        for (typed, metres) in [
            ("2", 2_000.0),
            ("2,5", 2_500.0),
            ("0.4 km", 400.0),
            ("400 м", 400.0),
            ("50m", 50.0),
        ] {
            assert_eq!(read_length(typed), Some(metres), "{typed}");
        }
        for typed in ["", "0", "-2", "NaN", "inf", "1e9", "2 miles", "1.2.3"] {
            assert_eq!(read_length(typed), None, "{typed}");
        }
        assert_eq!(length_text(2_500.0), "2.5");
        assert_eq!(length_text(50.0), "0.05");
        assert_eq!(length_text(200_000.0), "200");
    }

    #[test]
    fn a_position_is_read_in_any_form() {
        let p = Picture::default();
        assert!(read_point("47.95, 23.89", &p).is_some());
        assert!(read_point("34T GT 15743 14672", &p).is_some());
        assert_eq!(read_point("somewhere", &p), None);
        assert_eq!(read_point("", &p), None);
    }

    #[test]
    fn an_area_that_is_changed_keeps_what_nobody_touched() {
        let draft = AreaDraft {
            name: "North bank".to_owned(),
            purpose: AreaPurpose::Danger,
            shape: AreaShape::Corridor {
                line: vec![at(48.0, 24.0), at(48.1, 24.0)],
                half_width_m: 750.0,
            },
            event: None,
            until: Some(Time::from_secs(100)),
            mode: Mode::Actual,
            marking: Marking {
                caveats: Some("eyes only".to_owned()),
                ..Marking::default()
            },
        };
        assert_eq!(
            Sketch::of_draft(&draft, None).draft(Mode::Actual),
            Ok(draft)
        );
    }
}
