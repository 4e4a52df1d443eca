//! Areas on the map as a screen shows them: which are on it, in which order they are listed, what lies in one, how large it
//! is. Pure.

pub mod sketch;

use oneroof_geo::{AreaFault, BoundingBox, area_holds, outline};
use oneroof_model::{AreaDraft, AreaId, AreaPurpose, AreaShape, EventId, LatLon, Mode, Time};
use oneroof_model::{TrackDomain, UnitId};
use oneroof_wire::client::Picture;
use oneroof_wire::{AreaView, Entity, EntityKey, EntityKind};

use crate::view::events::{EventRow, event};
use crate::view::places::Both;
use crate::words::{Lang, number};

/// The key of a purpose's word in the catalogue.
pub const fn purpose_key(purpose: AreaPurpose) -> &'static str {
    match purpose {
        AreaPurpose::Search => "area.purpose.search",
        AreaPurpose::Operation => "area.purpose.operation",
        AreaPurpose::Danger => "area.purpose.danger",
        AreaPurpose::Restricted => "area.purpose.restricted",
        AreaPurpose::Watch => "area.purpose.watch",
    }
}

/// The key of a shape's word in the catalogue.
pub const fn shape_key(shape: &AreaShape) -> &'static str {
    match shape {
        AreaShape::Polygon { .. } => "area.shape.polygon",
        AreaShape::Circle { .. } => "area.shape.circle",
        AreaShape::Corridor { .. } => "area.shape.corridor",
    }
}

/// The key that tells a fault in the catalogue. Its parameters are those of [`fault_numbers`].
pub const fn fault_key(fault: &AreaFault) -> &'static str {
    match fault {
        AreaFault::LongName { .. } => "area.fault.long_name",
        AreaFault::BadName => "area.fault.bad_name",
        AreaFault::TooFew { .. } => "area.fault.too_few",
        AreaFault::TooMany { .. } => "area.fault.too_many",
        AreaFault::Repeated { .. } => "area.fault.repeated",
        AreaFault::Crosses => "area.fault.crosses",
        AreaFault::Radius { .. } => "area.fault.radius",
        AreaFault::HalfWidth { .. } => "area.fault.half_width",
        AreaFault::TooFar { .. } => "area.fault.too_far",
        AreaFault::TooLong => "area.fault.too_long",
        AreaFault::Polar { .. } => "area.fault.polar",
    }
}

/// The numbers of a fault by the names of their parameters: positions, or their number in order.
pub fn fault_numbers(fault: &AreaFault) -> Vec<(&'static str, usize)> {
    match *fault {
        AreaFault::LongName { has } => vec![("has", has)],
        AreaFault::TooFew { has, least } => vec![("has", has), ("least", least)],
        AreaFault::TooMany { has, most } => vec![("has", has), ("most", most)],
        AreaFault::Repeated { number }
        | AreaFault::TooFar { number }
        | AreaFault::Polar { number } => vec![("number", number)],
        AreaFault::BadName
        | AreaFault::Crosses
        | AreaFault::Radius { .. }
        | AreaFault::HalfWidth { .. }
        | AreaFault::TooLong => Vec::new(),
    }
}

/// Whether an area is over at a moment: off the map, and in the list until somebody removes it.
pub fn is_over(area: &AreaView, now: Time) -> bool {
    area.until.is_some_and(|until| until <= now)
}

/// An area of the picture.
pub fn area(picture: &Picture, id: AreaId) -> Option<&AreaView> {
    let key = EntityKey {
        kind: EntityKind::Area,
        id: id.to_string(),
    };
    match picture.entities.get(&key) {
        Some(Entity::Area(a)) => Some(a),
        _ => None,
    }
}

fn all(picture: &Picture) -> impl Iterator<Item = &AreaView> {
    let first = EntityKey {
        kind: EntityKind::Area,
        id: String::new(),
    };
    picture.entities.range(first..).map_while(|(_, e)| match e {
        Entity::Area(a) => Some(&**a),
        _ => None,
    })
}

/// Areas that are on the map at a moment, in the order of their ids.
pub fn on_map(picture: &Picture, mode: Mode, now: Time) -> impl Iterator<Item = &AreaView> {
    all(picture).filter(move |a| a.mode == mode && !is_over(a, now))
}

/// All areas as the list has them: those on the map first, then those that are over; of each the newest first.
pub fn listed(picture: &Picture, mode: Mode, now: Time) -> Vec<&AreaView> {
    let mut list: Vec<&AreaView> = all(picture).filter(|a| a.mode == mode).collect();
    list.sort_by_key(|a| (is_over(a, now), core::cmp::Reverse(a.drawn_at), a.id));
    list
}

/// Areas of an event, and of those that were merged into it.
pub fn of_event(picture: &Picture, id: EventId) -> Vec<&AreaView> {
    let stands = |mut at: EventId| {
        // A merge never goes in a circle, yet a damaged picture must not hang us.
        for _ in 0..64 {
            match event(picture, at).and_then(|e| e.merged_into) {
                Some(next) => at = next,
                None => break,
            }
        }
        at
    };
    all(picture)
        .filter(|a| a.event.is_some_and(|e| stands(e) == id))
        .collect()
}

/// What a command says to leave an area as it is.
pub fn draft_of(area: &AreaView) -> AreaDraft {
    AreaDraft {
        name: area.name.clone(),
        purpose: area.purpose,
        shape: area.shape.clone(),
        event: area.event,
        until: area.until,
        mode: area.mode,
        marking: area.marking.clone().unwrap_or_default(),
    }
}

/// A unit in an area.
#[derive(Debug, Clone, PartialEq)]
pub struct UnitWithin {
    /// Its track.
    pub handle: u32,
    /// Its name.
    pub name: Both,
}

/// What lies in a shape.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Within {
    /// Open events, the most important first.
    pub events: Vec<EventId>,
    /// Own units by their newest positions, sorted by name.
    pub units: Vec<UnitWithin>,
}

/// Which of these open events and which own units lie in a shape.
pub fn within(picture: &Picture, shape: &AreaShape, rows: &[EventRow], mode: Mode) -> Within {
    let Some(around) = extent(shape) else {
        return Within::default();
    };
    let inside = |at: LatLon| around.contains(at) && area_holds(shape, at);
    let events = rows
        .iter()
        .filter(|r| r.at.is_some_and(inside))
        .map(|r| r.id)
        .collect();
    let mut units: Vec<UnitWithin> = picture
        .tracks
        .iter()
        .filter_map(|(handle, track)| {
            let info = track.info.as_ref()?;
            let unit = info.domain == TrackDomain::Unit && info.mode == mode;
            (unit && inside(track.row.as_ref()?.at)).then(|| UnitWithin {
                handle: *handle,
                name: unit_name(picture, &info.ident.as_str().into())
                    .unwrap_or_else(|| same(info.name.as_deref().unwrap_or(&info.ident))),
            })
        })
        .collect();
    units.sort_by(|a, b| (&a.name.uk, a.handle).cmp(&(&b.name.uk, b.handle)));
    Within { events, units }
}

fn same(text: &str) -> Both {
    Both {
        uk: text.to_owned(),
        en: text.to_owned(),
    }
}

fn unit_name(picture: &Picture, id: &UnitId) -> Option<Both> {
    let key = EntityKey {
        kind: EntityKind::Unit,
        id: id.to_string(),
    };
    match picture.entities.get(&key) {
        Some(Entity::Unit(u)) => Some(Both {
            uk: u.unit.uk.clone(),
            en: u.unit.en.clone(),
        }),
        _ => None,
    }
}

/// The box around a shape; `None` for one without an outline.
pub fn extent(shape: &AreaShape) -> Option<BoundingBox> {
    BoundingBox::of_points(outline(shape).outer)
}

/// A size in words: `3.2 km²`, `1 240 km²`, `0.042 km²`.
pub fn size_text(lang: Lang, km2: f64) -> String {
    let digits = match km2 {
        k if k >= 100.0 => 0,
        k if k >= 10.0 => 1,
        k if k >= 1.0 => 2,
        _ => 3,
    };
    let unit = lang.pick("км²", "km²");
    format!("{}\u{a0}{unit}", number(lang, km2, digits))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::events::open_events;
    use crate::view::testing::{event, id, put_event, unit, unit_track};

    fn area_id(n: u8) -> AreaId {
        format!("00000000-0000-7000-8000-0000000005{n:02x}")
            .parse()
            .unwrap()
    }

    /// A circle of 5 km around 48 N 24 E, drawn at a second, over at another.
    pub(crate) fn view(n: u8, drawn_s: i64, until_s: Option<i64>) -> AreaView {
        AreaView {
            id: area_id(n),
            short: area_id(n).short(),
            version: 1,
            mode: Mode::Actual,
            name: format!("area {n}"),
            purpose: AreaPurpose::Search,
            shape: AreaShape::Circle {
                center: LatLon::new(48.0, 24.0).unwrap(),
                radius_m: 5_000.0,
            },
            event: None,
            until: until_s.map(Time::from_secs),
            marking: None,
            drawn_by: None,
            drawn_at: Time::from_secs(drawn_s),
            changed_by: None,
            changed_at: None,
        }
    }

    fn put(p: &mut Picture, a: AreaView) {
        let e = Entity::Area(Box::new(a));
        p.entities.insert(e.key(), e);
    }

    #[test]
    fn what_is_over_is_off_the_map_and_last_in_the_list() {
        let mut p = Picture::default();
        put(&mut p, view(1, 10, Some(50)));
        put(&mut p, view(2, 20, None));
        put(&mut p, view(3, 30, Some(200)));
        let mut exercise = view(4, 40, None);
        exercise.mode = Mode::Exercise;
        put(&mut p, exercise);
        let now = Time::from_secs(100);
        let on: Vec<AreaId> = on_map(&p, Mode::Actual, now).map(|a| a.id).collect();
        assert_eq!(on, [area_id(2), area_id(3)]);
        let list: Vec<AreaId> = listed(&p, Mode::Actual, now).iter().map(|a| a.id).collect();
        assert_eq!(list, [area_id(3), area_id(2), area_id(1)]);
        assert_eq!(area(&p, area_id(9)), None);
    }

    #[test]
    fn an_event_has_the_areas_of_what_was_merged_into_it() {
        let mut p = Picture::default();
        let mut absorbed = event(2);
        absorbed.merged_into = Some(id(1));
        put_event(&mut p, &event(1));
        put_event(&mut p, &absorbed);
        for (n, of) in [(1, id(1)), (2, id(2)), (3, id(3))] {
            put(
                &mut p,
                AreaView {
                    event: Some(of),
                    ..view(n, 10, None)
                },
            );
        }
        let of: Vec<AreaId> = of_event(&p, id(1)).iter().map(|a| a.id).collect();
        assert_eq!(of, [area_id(1), area_id(2)]);
    }

    #[test]
    fn events_and_units_within_are_found_and_those_outside_are_not() {
        let mut p = Picture::default();
        for (n, lat) in [(1, 48.01), (2, 49.0)] {
            let mut e = event(n);
            e.place = Some(oneroof_model::Place::point(LatLon::new(lat, 24.0).unwrap()));
            put_event(&mut p, &e);
        }
        let u = unit("BG-P-1", "BG", oneroof_model::UnitStatus::Available);
        p.entities.insert(u.key(), u);
        p.tracks.insert(1, unit_track(1, "BG-P-1", 10));
        p.tracks.insert(2, unit_track(2, "PO-9", 10));
        let mut far = unit_track(3, "PO-10", 10);
        far.row.as_mut().unwrap().at = LatLon::new(48.0, 25.0).unwrap();
        p.tracks.insert(3, far);
        let rows = open_events(&p, Mode::Actual);
        let found = within(&p, &view(1, 10, None).shape, &rows, Mode::Actual);
        assert_eq!(found.events, [id(1)]);
        let names: Vec<&str> = found.units.iter().map(|u| u.name.en.as_str()).collect();
        assert_eq!(names, ["PO-9", "n"]);
    }

    #[test]
    fn sizes_are_told_with_as_many_digits_as_they_bear() {
        let told = |km2| size_text(Lang::En, km2).replace('\u{a0}', " ");
        assert_eq!(told(0.04237), "0.042 km²");
        assert_eq!(told(3.25432), "3.25 km²");
        assert_eq!(told(31.4159), "31.4 km²");
        assert_eq!(told(314.159), "314 km²");
    }

    #[test]
    fn every_word_that_is_said_of_an_area_is_in_the_catalogue() {
        for p in AreaPurpose::ALL {
            assert!(oneroof_text::has(purpose_key(p)), "{p:?}");
        }
        for fault in [
            AreaFault::LongName { has: 1 },
            AreaFault::BadName,
            AreaFault::TooFew { has: 1, least: 1 },
            AreaFault::TooMany { has: 1, most: 1 },
            AreaFault::Repeated { number: 1 },
            AreaFault::Crosses,
            AreaFault::Radius { has: 1.0 },
            AreaFault::HalfWidth { has: 1.0 },
            AreaFault::TooFar { number: 1 },
            AreaFault::TooLong,
            AreaFault::Polar { number: 1 },
        ] {
            let key = fault_key(&fault);
            assert!(oneroof_text::has(key), "{key}");
            let numbers = fault_numbers(&fault);
            let args: Vec<_> = numbers
                .iter()
                .map(|(name, n)| (*name, crate::words::Arg::from(*n)))
                .collect();
            let told = crate::words::t(Lang::En, key, &args);
            assert!(!told.contains('{'), "{told}");
        }
    }
}
