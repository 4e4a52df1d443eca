//! The picture said in CoT: events, units and tracks.
//!
//! What is said is what the view holds and nothing beside it: an error that nobody stated is unknown, a height likewise.
//! Exercises, tests and captures played again carry the word in their name, for TAK shows no `opex`.

use std::collections::{HashMap, VecDeque};

use oneroof_model::{
    EventImpact, EventState, Geometry, LatLon, Mode, OrgId, Place, PlaceKind, Time, TrackDomain,
    TypeCode, Unit, UnitStatus,
};
use oneroof_wire::columns::Row;
use oneroof_wire::{Entity, EntityKey, EntityKind, EventView, TrackInfo, UnitView};

use super::event::{Event, Point};
use super::types::{of_event, of_track, of_unit};
use super::{Element, TakMessage, xml};
use crate::encode::{Encoder, Saying};

/// Seconds for which an event is said to hold; it is said again with every change.
const EVENT_HOLDS_S: i64 = 24 * 3600;

/// Seconds for which a unit without a track of its own is said to hold.
const UNIT_HOLDS_S: i64 = 15 * 60;

/// Seconds for which a withdrawal is said to hold.
const DELETE_HOLDS_S: i64 = 60;

/// Things that an encoder remembers having said; the oldest is forgotten first.
const MAX_SAID: usize = 16 * 1024;

/// What events are written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// XML with its declaration.
    Xml,
    /// A protocol buffer with its length (TAK protocol version 1, stream).
    Proto,
}

/// Says the picture on one connection.
#[derive(Debug)]
pub struct CotEncoder {
    form: Form,
    /// Uid and type of the tracks said, by handle; a track that is gone is named by its handle alone.
    tracks: Said<u32, (String, &'static str)>,
    /// What units are, so that a unit's track says the same of it as the unit itself.
    units: Said<String, SaidOfUnit>,
}

/// What a unit is said to be.
#[derive(Debug)]
struct SaidOfUnit {
    kind: &'static str,
    name: String,
    /// Its agency and what it does, in words.
    words: String,
}

/// A bounded memory.
#[derive(Debug)]
struct Said<K, V> {
    values: HashMap<K, V>,
    order: VecDeque<K>,
}

impl<K: Clone + Eq + core::hash::Hash, V> Said<K, V> {
    fn new() -> Self {
        Self {
            values: HashMap::new(),
            order: VecDeque::new(),
        }
    }

    fn put(&mut self, key: K, value: V) {
        if self.values.insert(key.clone(), value).is_some() {
            return;
        }
        self.order.push_back(key);
        if self.order.len() > MAX_SAID
            && let Some(oldest) = self.order.pop_front()
        {
            self.values.remove(&oldest);
        }
    }
}

impl CotEncoder {
    /// An encoder for one connection.
    pub fn new(form: Form) -> Self {
        Self {
            form,
            tracks: Said::new(),
            units: Said::new(),
        }
    }

    /// Goes over to another form, as both sides of a connection have agreed; what was said stays known.
    pub const fn go_over(&mut self, form: Form) {
        self.form = form;
    }

    /// The event that says it.
    fn event(&mut self, saying: Saying<'_>, now: Time) -> Option<Event> {
        match saying {
            Saying::Entity { view, at } => {
                if let Entity::Unit(unit) = view {
                    let said = SaidOfUnit {
                        kind: of_unit(unit.unit.kind),
                        name: name_of(unit),
                        words: words_of(&unit.unit),
                    };
                    self.units.put(unit.unit.id.to_string(), said);
                }
                event_of(view, at, now)
            }
            Saying::Track { info, row } => {
                let unit = self.units.values.get(&info.ident);
                let unit = unit.filter(|_| info.domain == TrackDomain::Unit);
                let mut event = track_event(info, row, now);
                let mut kind = of_track(info.domain, info.kind_code);
                if let Some(unit) = unit {
                    kind = unit.kind;
                    kind.clone_into(&mut event.kind);
                    name_event(&mut event, &marked(&unit.name, info.mode, info.recorded));
                    event.push_detail(Element::new("remarks").saying(&*unit.words));
                }
                self.tracks.put(info.h, (event.uid.clone(), kind));
                Some(event)
            }
            Saying::Gone(key) if key.kind == EntityKind::Track => {
                let (uid, kind) = self.tracks.values.get(&key.id.parse().ok()?)?;
                Some(delete(uid, kind, now))
            }
            Saying::Gone(key) => {
                let kind = match key.kind {
                    EntityKind::Event => "a-u-X-i",
                    EntityKind::Unit => self
                        .units
                        .values
                        .get(&key.id)
                        .map_or("a-f-G", |unit| unit.kind),
                    _ => return None,
                };
                Some(delete(&uid_of(key)?, kind, now))
            }
        }
    }
}

impl Encoder for CotEncoder {
    fn say(&mut self, saying: Saying<'_>, now: Time, out: &mut Vec<u8>) -> bool {
        let Some(event) = self.event(saying, now) else {
            return false;
        };
        match self.form {
            Form::Xml => xml::write_stream(&event, out),
            Form::Proto => TakMessage::of(event).write_stream(out),
        }
        true
    }
}

/// The uid under which a thing is said; `None` where it is never said.
pub fn uid_of(key: &EntityKey) -> Option<String> {
    match key.kind {
        EntityKind::Event => Some(format!("oneroof.event.{}", key.id)),
        EntityKind::Unit => Some(format!("oneroof.unit.{}", key.id)),
        _ => None,
    }
}

/// A withdrawal: TAK's `t-x-d-d` with a link to what it withdraws and the word that makes clients follow.
pub fn delete(uid: &str, kind: &str, now: Time) -> Event {
    let name = format!("{uid}.delete");
    let mut event = Event::new(&name, "t-x-d-d", "m-g", now, now.plus_secs(DELETE_HOLDS_S));
    let link = Element::new("link")
        .with("uid", uid)
        .with("type", kind)
        .with("relation", "none");
    event.push_detail(link);
    event.push_detail(Element::new("__forcedelete"));
    event
}

/// The event that says an event or a unit of the picture; `at` is where it is, where its view does not say so. `None`
/// where it has no place, or CoT has no word for such a thing. What is closed, dismissed or merged is withdrawn.
pub fn event_of(view: &Entity, at: Option<LatLon>, now: Time) -> Option<Event> {
    match view {
        Entity::Event(event) => happening(event, at, now),
        Entity::Unit(unit) => Some(unit_event(unit, at?, &uid_of(&view.key())?, now)),
        Entity::Report(_)
        | Entity::Suggestion(_)
        | Entity::Feed(_)
        | Entity::Section(_)
        | Entity::Bcp(_)
        | Entity::Area(_)
        | Entity::Region(_)
        | Entity::Weather(_) => None,
    }
}

fn happening(view: &EventView, at: Option<LatLon>, now: Time) -> Option<Event> {
    let uid = format!("oneroof.event.{}", view.id);
    let kind = of_event(view.type_code.as_ref().map(TypeCode::as_str));
    if matches!(
        view.state,
        EventState::Closed | EventState::Dismissed | EventState::Merged
    ) {
        return Some(delete(&uid, kind, now));
    }
    let place = view.place.as_ref();
    let anchor = place.and_then(Place::anchor).or(at)?;
    let how = place.map_or("h-g-i-g-o", |place| how_of(place.kind));
    let mut event = Event::new(&uid, kind, how, now, now.plus_secs(EVENT_HOLDS_S));
    let start = view
        .occurred
        .map_or(view.first_known_at, |occurred| occurred.from);
    event.start = Some(start.min(now));
    event.point = Point::at(anchor);
    if let Some(ce) = place.and_then(|place| place.ce_m) {
        event.point.ce = ce;
    }
    event.opex = opex(view.mode, false).map(str::to_owned);
    let code = view.type_code.as_ref().map_or("", TypeCode::as_str);
    let name = format!("{} {code}", view.short);
    name_event(&mut event, &marked(name.trim_end(), view.mode, false));
    event.push_detail(Element::new("remarks").saying(remarks(view)));
    if let Some(shape) = place
        .and_then(|place| place.geometry.as_ref())
        .and_then(shape)
    {
        event.push_detail(shape);
    }
    Some(event)
}

/// What is known of an event, in words that any client shows.
fn remarks(view: &EventView) -> String {
    let mut words: Vec<String> = Vec::new();
    if view.life_at_risk {
        words.push("LIFE AT RISK".to_owned());
    }
    match view.mode {
        Mode::Actual => {}
        Mode::Exercise => words.push("EXERCISE".to_owned()),
        Mode::Test => words.push("TEST".to_owned()),
    }
    if let Some(code) = &view.type_code {
        words.push(format!("type {code}"));
    }
    let state = match view.state {
        EventState::New => "new",
        EventState::Triaged => "triaged",
        EventState::Validated => "validated",
        EventState::Active => "active",
        EventState::Resolved => "resolved",
        EventState::Closed => "closed",
        EventState::Dismissed => "dismissed",
        EventState::Merged => "merged",
    };
    words.push(format!("state {state}"));
    if let Some(impact) = view.impact {
        let impact = match impact {
            EventImpact::Low => "low",
            EventImpact::Medium => "medium",
            EventImpact::High => "high",
            EventImpact::VeryHigh => "very high",
        };
        words.push(format!("impact {impact}"));
    }
    if let Some(section) = &view.section {
        words.push(format!("section {section}"));
    }
    if let Some(lead) = &view.lead {
        words.push(format!("lead {lead}"));
    }
    let orgs: Vec<&str> = view.orgs.iter().map(OrgId::as_str).collect();
    if !orgs.is_empty() {
        words.push(format!("agencies {}", orgs.join(" ")));
    }
    words.join("; ")
}

/// How a place became known, in MITRE's words.
const fn how_of(kind: PlaceKind) -> &'static str {
    match kind {
        PlaceKind::Gnss => "m-g",
        PlaceKind::Sensor => "m-f",
        PlaceKind::Camera | PlaceKind::Sighting | PlaceKind::Geocoded => "h-e",
        PlaceKind::CrossingPoint | PlaceKind::Area | PlaceKind::Section | PlaceKind::Unknown => {
            "h-g-i-g-o"
        }
    }
}

/// A shape that is more than a point, as TAK draws it. Of several areas the first: a shape has one outline.
fn shape(geometry: &Geometry) -> Option<Element> {
    let outline = |corners: &[LatLon], closed: bool| {
        let mut line = Element::new("polyline").with("closed", closed.to_string());
        for corner in corners {
            let vertex = Element::new("vertex")
                .with("lat", format!("{:?}", corner.lat()))
                .with("lon", format!("{:?}", corner.lon()));
            line = line.holding(vertex);
        }
        Element::new("shape").holding(line)
    };
    match geometry {
        Geometry::Point { .. } => None,
        Geometry::Line { points } => Some(outline(points, false)),
        Geometry::Area { rings } => rings.first().map(|ring| outline(ring, true)),
        Geometry::Circle { radius_m, .. } => {
            let radius = format!("{radius_m:?}");
            let ellipse = Element::new("ellipse")
                .with("major", radius.clone())
                .with("minor", radius)
                .with("angle", "360");
            Some(Element::new("shape").holding(ellipse))
        }
    }
}

fn unit_event(view: &UnitView, at: LatLon, uid: &str, now: Time) -> Event {
    let unit = &view.unit;
    let mut event = Event::new(
        uid,
        of_unit(unit.kind),
        "m-p",
        now,
        now.plus_secs(UNIT_HOLDS_S),
    );
    event.point = Point::at(at);
    name_event(&mut event, &name_of(view));
    event.push_detail(Element::new("remarks").saying(words_of(unit)));
    event
}

/// The agency of a unit and what it does.
fn words_of(unit: &Unit) -> String {
    let status = match unit.status {
        UnitStatus::Available => "available",
        UnitStatus::Tasked => "tasked",
        UnitStatus::EnRoute => "en route",
        UnitStatus::OnScene => "on scene",
        UnitStatus::Returning => "returning",
        UnitStatus::OutOfService => "out of service",
    };
    format!("agency {}; status {status}", unit.org)
}

fn name_of(view: &UnitView) -> String {
    let unit = &view.unit;
    let named = [&unit.uk, &unit.en]
        .into_iter()
        .find(|name| !name.trim().is_empty());
    named.cloned().unwrap_or_else(|| unit.id.to_string())
}

fn track_event(info: &TrackInfo, row: &Row, now: Time) -> Event {
    let uid = if info.domain == TrackDomain::Unit {
        format!("oneroof.unit.{}", info.ident)
    } else {
        let domain = match info.domain {
            TrackDomain::Vessel => "vessel",
            TrackDomain::Aircraft => "aircraft",
            TrackDomain::Unit => "unit",
            TrackDomain::Vehicle => "vehicle",
            TrackDomain::Sensor => "sensor",
        };
        format!("oneroof.track.{domain}.{}", info.ident)
    };
    // Heard at most now: a fast clock does not move what is shown.
    let heard = row.time.min(now);
    let kind = of_track(info.domain, info.kind_code);
    let stale = heard.plus_secs(i64::from(info.stale_s));
    let mut event = Event::new(&uid, kind, "m-p", now, stale);
    event.start = Some(heard);
    event.point = Point::at(row.at);
    if let Some(alt) = row.alt_m {
        event.point.hae = f64::from(alt);
    }
    event.opex = opex(info.mode, info.recorded).map(str::to_owned);
    let name = info
        .name
        .as_deref()
        .or(info.call_sign.as_deref())
        .unwrap_or(&info.ident);
    name_event(&mut event, &marked(name, info.mode, info.recorded));
    if row.speed_mps.is_some() || row.course_deg.is_some() {
        let mut track = Element::new("track");
        for (name, value) in [("speed", row.speed_mps), ("course", row.course_deg)] {
            if let Some(value) = value {
                track = track.with(name, format!("{value:?}"));
            }
        }
        event.push_detail(track);
    }
    if let Some(identity) = identity(info) {
        event.push_detail(identity);
    }
    event
}

/// The MMSI or ICAO address, in the elements of the common gateways from AIS and ADS-B.
fn identity(info: &TrackInfo) -> Option<Element> {
    match info.domain {
        TrackDomain::Vessel => {
            let mut element = Element::new("__ais").with("mmsi", info.ident.clone());
            if let Some(name) = &info.name {
                element = element.with("name", name.clone());
            }
            if let Some(call_sign) = &info.call_sign {
                element = element.with("callsign", call_sign.clone());
            }
            Some(element)
        }
        TrackDomain::Aircraft => {
            let address = info.ident.parse::<u32>().ok().filter(|n| *n < 1 << 24)?;
            let mut element = Element::new("_aircot_").with("icao", format!("{address:06x}"));
            if let Some(call_sign) = &info.call_sign {
                element = element.with("flight", call_sign.clone());
            }
            Some(element)
        }
        TrackDomain::Unit | TrackDomain::Vehicle | TrackDomain::Sensor => None,
    }
}

const fn opex(mode: Mode, recorded: bool) -> Option<&'static str> {
    match (mode, recorded) {
        (Mode::Actual, false) => None,
        (Mode::Exercise, _) => Some("e"),
        (Mode::Actual | Mode::Test, _) => Some("s"),
    }
}

/// A name with the word that tells it from what is real and now.
fn marked(name: &str, mode: Mode, recorded: bool) -> String {
    let word = match mode {
        Mode::Exercise => "EXERCISE ",
        Mode::Test => "TEST ",
        Mode::Actual if recorded => "RECORDED ",
        Mode::Actual => "",
    };
    format!("{word}{name}")
}

/// Gives an event its name, in place of the one it has.
fn name_event(event: &mut Event, name: &str) {
    if let Some(detail) = &mut event.detail {
        detail
            .nodes
            .retain(|n| !matches!(n, super::Node::Element(e) if e.name == "contact"));
    }
    event.push_detail(Element::new("contact").with("callsign", name));
}
