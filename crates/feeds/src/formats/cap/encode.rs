//! Our picture as CAP 1.2 alerts: an event or a report is an alert, a newer version an update of it, its end a cancel.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::tz::TimeZone;
use oneroof_model::{
    Confidence, EventImpact, EventState, Geometry, InformationGrade, LatLon, Mode, Place, Time,
    TypeCode, Validation,
};
use oneroof_wire::{Entity, EntityKey, EntityKind, EventView, ReportView};

use super::config::CapOptions;
use super::speak::Speak;
use crate::encode::{Encoder, Saying};
use crate::vocabulary::{self, Word};
use crate::xml::Writer;

/// Things that are remembered as said, so that an update or a cancel can name them; the longest unsaid is forgotten.
const MAX_SAID: usize = 10_000;

/// Longest text that is written, characters.
const MAX_TEXT: usize = 8_000;

/// Says events and reports as alerts on one connection.
pub(super) struct CapEncoder {
    options: Arc<CapOptions>,
    speak: Speak,
    said: BTreeMap<EntityKey, Said>,
    /// Counts what was said, to know the longest unsaid.
    turn: u64,
}

/// What was said last of a thing.
#[derive(Clone)]
struct Said {
    identifier: String,
    sent: Time,
    mode: Mode,
    /// The message that it updated: identifier and time.
    updates: Option<(String, Time)>,
    turn: u64,
}

/// What an alert says, whatever it is made of.
struct Told<'a> {
    key: EntityKey,
    /// Unique for the sender (3.2.1, identifier).
    identifier: String,
    mode: Mode,
    /// The event that it belongs to.
    incident: Option<String>,
    /// An earlier thing that it takes the place of.
    revises: Option<EntityKey>,
    type_code: Option<&'a TypeCode>,
    title: Option<&'a str>,
    text: Option<&'a str>,
    impact: Option<EventImpact>,
    /// Whether it is over.
    over: bool,
    certainty: &'static str,
    onset: Option<Time>,
    expires: Option<Time>,
    place: Option<&'a Place>,
    section: Option<&'a str>,
    parameters: Vec<(&'static str, String)>,
}

impl CapEncoder {
    /// An encoder, where the options say as whom to speak.
    pub(super) fn new(options: &Arc<CapOptions>) -> Option<Self> {
        Some(Self {
            options: Arc::clone(options),
            speak: options.speak.clone()?,
            said: BTreeMap::new(),
            turn: 0,
        })
    }

    /// Writes the alert of a thing.
    fn tell(&mut self, told: &Told<'_>, now: Time, out: &mut Vec<u8>) {
        let last = self.said.get(&told.key);
        let earlier = last.or_else(|| self.said.get(told.revises.as_ref()?));
        let said = match earlier {
            // The same once more is the same message.
            Some(last) if last.identifier == told.identifier => last.clone(),
            earlier => Said {
                identifier: told.identifier.clone(),
                sent: now,
                mode: told.mode,
                updates: earlier.map(|e| (e.identifier.clone(), e.sent)),
                turn: 0,
            },
        };
        let kind = if said.updates.is_some() {
            "Update"
        } else {
            "Alert"
        };
        let mut to = Writer::new();
        self.head(kind, &said, told.incident.as_deref(), &mut to);
        for language in [Language::Ukrainian, Language::English] {
            self.info(told, language, &mut to);
        }
        out.extend_from_slice(to.finish().as_bytes());
        self.remember(told.key.clone(), said);
    }

    /// Writes that a thing is taken back, where it was said.
    fn take_back(&mut self, key: &EntityKey, now: Time, out: &mut Vec<u8>) -> bool {
        let Some(last) = self.said.remove(key) else {
            return false;
        };
        let said = Said {
            identifier: format!("{}.cancel", last.identifier),
            sent: now,
            mode: last.mode,
            updates: Some((last.identifier, last.sent)),
            turn: 0,
        };
        let mut to = Writer::new();
        self.head("Cancel", &said, None, &mut to);
        out.extend_from_slice(to.finish().as_bytes());
        true
    }

    fn remember(&mut self, key: EntityKey, said: Said) {
        self.turn += 1;
        if self.said.len() >= MAX_SAID && !self.said.contains_key(&key) {
            let longest = self.said.iter().min_by_key(|(_, said)| said.turn);
            if let Some(longest) = longest.map(|(key, _)| key.clone()) {
                self.said.remove(&longest);
            }
        }
        let turn = self.turn;
        self.said.insert(key, Said { turn, ..said });
    }

    /// The elements of `alert` before `info` (3.2.1), in the order of the schema.
    fn head(&self, kind: &str, said: &Said, incident: Option<&str>, to: &mut Writer) {
        let speak = &self.speak;
        to.begin("alert", "xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\"");
        to.leaf("identifier", &said.identifier);
        to.leaf("sender", &speak.sender);
        to.leaf("sent", &moment(said.sent, &speak.zone));
        let status = match said.mode {
            Mode::Actual => "Actual",
            Mode::Exercise => "Exercise",
            Mode::Test => "Test",
        };
        to.leaf("status", status);
        to.leaf("msgType", kind);
        let restricted = speak.restriction.is_some();
        to.leaf("scope", if restricted { "Restricted" } else { "Public" });
        to.leaf_if("restriction", speak.restriction.as_deref());
        if let Some((identifier, sent)) = &said.updates {
            let sent = moment(*sent, &speak.zone);
            to.leaf(
                "references",
                &format!("{},{identifier},{sent}", speak.sender),
            );
        }
        to.leaf_if("incidents", incident);
    }

    /// One `info` (3.2.2), in the order of the schema.
    fn info(&self, told: &Told<'_>, language: Language, to: &mut Writer) {
        let word = told.type_code.and_then(vocabulary::word);
        let event = word.map_or(language.any_event(), |w| language.name(w));
        let (mut urgency, severity) = grade(told.impact);
        if told.over {
            urgency = "Past";
        }
        let zone = &self.speak.zone;
        to.begin("info", "");
        to.leaf("language", language.code());
        let category = word.and_then(|w| w.codes.cap.as_deref());
        to.leaf("category", category.unwrap_or("Other"));
        to.leaf("event", event);
        if told.over {
            to.leaf("responseType", "AllClear");
        }
        to.leaf("urgency", urgency);
        to.leaf("severity", severity);
        to.leaf("certainty", told.certainty);
        if let Some(code) = told.type_code {
            named("eventCode", "ONEROOF", code.as_str(), to);
        }
        for (name, time) in [("onset", told.onset), ("expires", told.expires)] {
            to.leaf_if(name, time.map(|t| moment(t, zone)).as_deref());
        }
        let names = self.speak.sender_name.as_ref();
        let name = names.map(|(uk, en)| match language {
            Language::Ukrainian => uk.as_str(),
            Language::English => en.as_str(),
        });
        to.leaf_if("senderName", name);
        to.leaf("headline", &short(told.title.unwrap_or(event)));
        to.leaf_if("description", told.text.map(short).as_deref());
        for (name, value) in &told.parameters {
            named("parameter", name, value, to);
        }
        self.area(told, to);
        to.end();
    }

    /// The `area` (3.2.4), where anything is known of where.
    fn area(&self, told: &Told<'_>, to: &mut Writer) {
        let none = Place::default();
        let place = told.place.unwrap_or(&none);
        let bcp = place.bcp.as_ref().map(oneroof_model::BcpId::as_str);
        let stated = place.section.as_ref().map(oneroof_model::SectionId::as_str);
        let section = stated.or(told.section);
        let at = place
            .anchor()
            .map(|p| format!("{:.5}, {:.5}", p.lat(), p.lon()));
        let described = place.described.as_deref().or(bcp).or(section);
        let Some(described) = described.or(at.as_deref()) else {
            return;
        };
        to.begin("area", "");
        to.leaf("areaDesc", &short(described));
        match place.geometry.as_ref().map(|g| shape(g, place.ce_m)) {
            Some(Shape::Polygons(texts)) => texts.iter().for_each(|t| to.leaf("polygon", t)),
            Some(Shape::Circle(text)) => to.leaf("circle", &text),
            None => {}
        }
        let codes = [
            (&self.options.bcp_geocode, bcp),
            (&self.options.section_geocode, section),
        ];
        for (name, code) in codes {
            if let (Some(name), Some(code)) = (name, code) {
                named("geocode", name, code, to);
            }
        }
        to.end();
    }
}

impl Encoder for CapEncoder {
    fn say(&mut self, saying: Saying<'_>, now: Time, out: &mut Vec<u8>) -> bool {
        match saying {
            Saying::Gone(key) => self.take_back(key, now, out),
            Saying::Track { .. } => false,
            Saying::Entity { view, .. } => match view {
                Entity::Event(event) => {
                    if matches!(event.state, EventState::Dismissed | EventState::Merged) {
                        return self.take_back(&view.key(), now, out);
                    }
                    self.tell(&of_event(event, view.key()), now, out);
                    true
                }
                Entity::Report(report) if report.withdrawn => self.take_back(&view.key(), now, out),
                // The revision that replaces it is said as an update of it.
                Entity::Report(report) if report.superseded => false,
                Entity::Report(report) => {
                    self.tell(&of_report(report, view.key()), now, out);
                    true
                }
                _ => false,
            },
        }
    }
}

fn of_event(event: &EventView, key: EntityKey) -> Told<'_> {
    let certainty = match event.state {
        EventState::New | EventState::Triaged => "Unknown",
        _ => "Observed",
    };
    let mut parameters = vec![("oneroof.state", word_of(event.state))];
    if let Some(impact) = event.impact {
        parameters.push(("oneroof.impact", word_of(impact)));
    }
    if let Some(lead) = &event.lead {
        parameters.push(("oneroof.lead", lead.as_str().to_owned()));
    }
    Told {
        identifier: format!("{}.{}", key.id, event.version),
        incident: Some(key.id.clone()),
        key,
        mode: event.mode,
        revises: None,
        type_code: event.type_code.as_ref(),
        title: None,
        text: None,
        impact: event.impact,
        over: matches!(event.state, EventState::Resolved | EventState::Closed),
        certainty,
        onset: event.occurred.map(|o| o.from),
        expires: None,
        place: event.place.as_ref(),
        section: event.section.as_ref().map(oneroof_model::SectionId::as_str),
        parameters,
    }
}

fn of_report(report: &ReportView, key: EntityKey) -> Told<'_> {
    Told {
        identifier: format!("{}.1", key.id),
        incident: report.event.map(|event| event.to_string()),
        key,
        mode: report.mode,
        revises: report.revises.map(|id| EntityKey {
            kind: EntityKind::Report,
            id: id.to_string(),
        }),
        type_code: Some(&report.type_code),
        title: report.title.as_deref(),
        text: report.text.as_deref(),
        impact: report.impact_proposed.overall(),
        over: false,
        certainty: certainty(report.confidence),
        onset: Some(report.occurred.from),
        expires: report.expires,
        place: Some(&report.place),
        section: report
            .section
            .as_ref()
            .map(oneroof_model::SectionId::as_str),
        parameters: vec![("oneroof.org", report.org.as_str().to_owned())],
    }
}

/// A word as it is written in JSON.
fn word_of<T: serde::Serialize>(value: T) -> String {
    let json = serde_json::to_value(value).unwrap_or_default();
    json.as_str().unwrap_or_default().to_owned()
}

/// Impact as urgency and severity (domain digest 3.2).
const fn grade(impact: Option<EventImpact>) -> (&'static str, &'static str) {
    match impact {
        Some(EventImpact::VeryHigh) => ("Immediate", "Extreme"),
        Some(EventImpact::High) => ("Immediate", "Severe"),
        Some(EventImpact::Medium) => ("Expected", "Moderate"),
        Some(EventImpact::Low) => ("Future", "Minor"),
        None => ("Unknown", "Unknown"),
    }
}

/// Credibility as certainty (3.2.2); what can't be corroborated is not said to be unlikely.
const fn certainty(confidence: Confidence) -> &'static str {
    match (confidence.validation, confidence.credibility) {
        (Validation::Refuted, _) => "Unlikely",
        (_, InformationGrade::One) => "Observed",
        (_, InformationGrade::Two) => "Likely",
        (_, InformationGrade::Three) => "Possible",
        (_, InformationGrade::Four) => "Unknown",
    }
}

/// The language of an `info`.
#[derive(Clone, Copy)]
enum Language {
    Ukrainian,
    English,
}

impl Language {
    /// RFC 3066.
    const fn code(self) -> &'static str {
        match self {
            Self::Ukrainian => "uk-UA",
            Self::English => "en-US",
        }
    }

    fn name(self, word: &'static Word) -> &'static str {
        match self {
            Self::Ukrainian => &word.uk,
            Self::English => &word.en,
        }
    }

    /// What an event of no known type is called.
    const fn any_event(self) -> &'static str {
        match self {
            Self::Ukrainian => "Подія",
            Self::English => "Event",
        }
    }
}

fn named(element: &'static str, name: &str, value: &str, to: &mut Writer) {
    to.begin(element, "");
    to.leaf("valueName", name);
    to.leaf("value", value);
    to.end();
}

/// `dateTime` with a numeric offset, never `Z`, without fractions (3.3.2).
fn moment(time: Time, zone: &TimeZone) -> String {
    // Every `Time` lies in the range of jiff's.
    let at = jiff::ZonedDateTime::new(time.to_jiff().unwrap_or_default(), zone.clone());
    at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

fn short(text: &str) -> String {
    text.chars().take(MAX_TEXT).collect()
}

/// A shape as CAP can say it.
enum Shape {
    /// Texts of polygons.
    Polygons(Vec<String>),
    /// Text of a circle.
    Circle(String),
}

/// CAP has polygons and circles (3.2.4). A point is a circle of its circular error, a line the circle around it.
fn shape(geometry: &Geometry, ce_m: Option<f64>) -> Shape {
    match geometry {
        Geometry::Point { at } => Shape::Circle(circle(*at, ce_m.unwrap_or(0.0))),
        Geometry::Circle { center, radius_m } => Shape::Circle(circle(*center, *radius_m)),
        Geometry::Line { points } => {
            let center = geometry.anchor().or_else(|| points.first().copied());
            center.map_or(Shape::Polygons(Vec::new()), |center| {
                let far = points.iter().map(|p| p.distance_m(center));
                Shape::Circle(circle(center, far.fold(0.0, f64::max)))
            })
        }
        Geometry::Area { rings } => {
            Shape::Polygons(rings.iter().filter_map(|r| polygon(r)).collect())
        }
    }
}

/// `lat,lon radius`, the radius in kilometres.
fn circle(center: LatLon, radius_m: f64) -> String {
    format!("{},{} {}", center.lat(), center.lon(), radius_m / 1000.0)
}

/// Pairs `lat,lon` parted by blanks: four at least, the last the same as the first.
fn polygon(ring: &[LatLon]) -> Option<String> {
    let first = ring.first()?;
    let closing = (ring.last() != Some(first)).then_some(first);
    let pairs: Vec<String> = ring
        .iter()
        .chain(closing)
        .map(|p| format!("{},{}", p.lat(), p.lon()))
        .collect();
    (pairs.len() >= 4).then(|| pairs.join(" "))
}
