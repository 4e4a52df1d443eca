//! Our events as CISE: a `Push` with one entity of the class that the event type has in the data model.

use jiff::tz::TimeZone;
use oneroof_model::{EventImpact, EventState, Geometry, LatLon, Mode, Place, Time};
use oneroof_wire::{Entity, EventView};

use super::acknowledge::{MESSAGE_NS, message_id};
use super::schema::schema;
use super::speak::Speak;
use super::types::kind_of;
use crate::encode::{Encoder, Saying};
use crate::vocabulary;
use crate::xml::Writer;

/// Seconds of a day.
const DAY_S: i64 = 86_400;

/// Corners of a polygon that stands for a circle.
const CIRCLE_CORNERS: u32 = 32;

/// Metres in a degree of a great circle on the sphere of radius 6 371 008.8 m.
const DEGREE_M: f64 = 111_195.0;

/// Says events on one connection. It remembers nothing: the event's id is the entity's, whatever was said before.
pub(super) struct CiseEncoder {
    speak: Speak,
}

impl CiseEncoder {
    pub(super) const fn new(speak: Speak) -> Self {
        Self { speak }
    }

    /// The whole message (service model, `Push`), in the order of the schema.
    fn push(&self, event: &EventView, now: Time) -> String {
        let word = event.type_code.as_ref().and_then(vocabulary::word);
        let stated = word.and_then(|w| w.codes.cise_class.as_deref());
        let class = stated
            .and_then(|name| schema().class(name))
            .map_or("Incident", |(name, _)| name);
        let id = event.id.to_string();
        let version = event.version.to_string();
        let mut to = Writer::new();
        to.begin("ns4:Push", MESSAGE_NS);
        // What belongs to one operational need has one context.
        to.leaf("ContextID", &id);
        to.leaf("CreationDateTime", &now.to_string());
        to.leaf(
            "MessageID",
            &message_id(&[&self.speak.sender, &id, &version, &now.to_string()]),
        );
        let priority = match event.impact {
            Some(EventImpact::VeryHigh | EventImpact::High) => "High",
            Some(EventImpact::Medium) => "Medium",
            Some(EventImpact::Low) | None => "Low",
        };
        to.leaf("Priority", priority);
        to.leaf(
            "RequiresAck",
            if self.speak.requires_ack {
                "true"
            } else {
                "false"
            },
        );
        self.service("Sender", &self.speak.sender, "Provider", class, &mut to);
        if let Some(recipient) = &self.speak.recipient {
            self.service("Recipient", recipient, "Consumer", class, &mut to);
        }
        let payload = "xsi:type=\"ns4:XmlEntityPayload\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"";
        to.begin("Payload", payload);
        to.leaf("InformationSecurityLevel", &self.speak.security_level);
        to.leaf("InformationSensitivity", &self.speak.sensitivity);
        // Nothing of what is written below is about a person.
        to.leaf("IsPersonalData", "false");
        to.leaf("Purpose", &self.speak.purpose);
        let until = self.speak.retention_days.map(|days| {
            let until = now.plus_secs(i64::from(days) * DAY_S);
            until.to_string()
        });
        to.leaf_if("RetentionPeriod", until.as_deref());
        let of = word.and_then(|w| w.codes.cise_type.as_deref());
        self.entity(event, class, of, &mut to);
        to.finish()
    }

    fn service(&self, element: &'static str, id: &str, role: &str, class: &str, to: &mut Writer) {
        to.begin(element, "");
        to.leaf_if("SeaBasin", self.speak.sea_basin.as_deref());
        to.leaf("ServiceID", id);
        to.leaf("ServiceOperation", "Push");
        to.leaf("ServiceRole", role);
        to.leaf("ServiceStatus", "Online");
        // There is no service of its own for pollution.
        let service = match class {
            "PollutionIncident" => "MaritimeSafetyIncidentService".to_owned(),
            class => format!("{class}Service"),
        };
        to.leaf("ServiceType", &service);
        to.end();
    }

    /// The event as an entity, in the order of the schema.
    fn entity(&self, event: &EventView, class: &'static str, of: Option<&str>, to: &mut Writer) {
        to.begin(class, "");
        to.begin("Identifier", "");
        if let Some(name) = &self.speak.organisation {
            let organisation = "xsi:type=\"org:FormalOrganization\" xmlns:org=\"http://www.cise.eu/datamodel/v1/entity/organization/\"";
            to.begin("GeneratedBy", organisation);
            to.leaf("LegalName", name);
            to.end();
        }
        to.leaf("GeneratedIn", &event.first_known_at.to_string());
        to.leaf("UUID", &event.id.to_string());
        to.end();
        if event.mode != Mode::Actual {
            to.leaf("NatureType", "Simulated");
        }
        let over = matches!(event.state, EventState::Resolved | EventState::Closed);
        if let Some(occurred) = event.occurred {
            to.begin("OccurrencePeriod", "");
            if over || occurred.to > occurred.from {
                moment(occurred.to, "EndDate", "EndTime", to);
            }
            moment(occurred.from, "StartDate", "StartTime", to);
            to.end();
        }
        if let Some(place) = &event.place {
            location(place, to);
        }
        if schema().is_a(class, "Incident") {
            grade(event, over, to);
        }
        let literal =
            kind_of(class).and_then(|element| Some((element, schema().literal(element, of?)?)));
        if let Some((element, word)) = literal {
            to.leaf(element, word);
        }
        to.end();
    }
}

impl Encoder for CiseEncoder {
    fn say(&mut self, saying: Saying<'_>, now: Time, out: &mut Vec<u8>) -> bool {
        // There is no word for what is no longer there: a feedback is about what others said.
        let Saying::Entity {
            view: Entity::Event(event),
            ..
        } = saying
        else {
            return false;
        };
        let unsaid = matches!(event.state, EventState::Dismissed | EventState::Merged)
            || event.mode != Mode::Actual && !self.speak.exercises;
        if unsaid {
            return false;
        }
        out.extend_from_slice(self.push(event, now).as_bytes());
        true
    }
}

/// Certainty, response, urgency and severity of an incident, with the words that CAP has too (domain digest 3.2).
fn grade(event: &EventView, over: bool, to: &mut Writer) {
    let certainty = match event.state {
        EventState::New | EventState::Triaged => "Unknown",
        _ => "Observed",
    };
    to.leaf("Certainty", certainty);
    if over {
        to.leaf("ResponseType", "AllClear");
    }
    let (urgency, severity) = match event.impact {
        Some(EventImpact::VeryHigh) => ("Immediate", "Extreme"),
        Some(EventImpact::High) => ("Immediate", "Severe"),
        Some(EventImpact::Medium) => ("Expected", "Moderate"),
        Some(EventImpact::Low) => ("Future", "Minor"),
        None => ("Unknown", "Unknown"),
    };
    to.leaf("ResponseUrgency", if over { "Past" } else { urgency });
    to.leaf("Severity", severity);
}

/// A moment as a date and a time of day in UTC, as `Period` splits them.
fn moment(time: Time, date: &'static str, clock: &'static str, to: &mut Writer) {
    // Every `Time` lies in the range of jiff's.
    let at = jiff::ZonedDateTime::new(time.to_jiff().unwrap_or_default(), TimeZone::UTC);
    to.leaf(date, &at.strftime("%Y-%m-%dZ").to_string());
    to.leaf(clock, &at.strftime("%H:%M:%SZ").to_string());
}

/// Where it is: a point as latitude and longitude, anything else as well-known text; and its name.
fn location(place: &Place, to: &mut Writer) {
    let name = place.described.as_deref();
    if place.geometry.is_none() && name.is_none() {
        return;
    }
    to.begin("LocationRel", "");
    let named = "xsi:type=\"loc:NamedLocation\" xmlns:loc=\"http://www.cise.eu/datamodel/v1/entity/location/\"";
    to.begin("Location", if name.is_some() { named } else { "" });
    if let Some(geometry) = &place.geometry {
        to.begin("Geometry", "");
        match geometry {
            Geometry::Point { at } => {
                to.leaf("Latitude", &at.lat().to_string());
                to.leaf("Longitude", &at.lon().to_string());
            }
            Geometry::Line { points } => {
                to.leaf("WKT", &format!("LINESTRING ({})", positions(points)));
            }
            Geometry::Area { rings } => to.leaf("WKT", &area(rings)),
            Geometry::Circle { center, radius_m } => {
                to.leaf("WKT", &area(&[ring_around(*center, *radius_m)]));
            }
        }
        to.end();
    }
    to.leaf_if("GeographicName", name);
    to.end();
    to.end();
}

/// Longitude before latitude (OGC 06-103r4).
fn positions(points: &[LatLon]) -> String {
    let texts: Vec<String> = points
        .iter()
        .map(|p| format!("{} {}", p.lon(), p.lat()))
        .collect();
    texts.join(", ")
}

fn area(rings: &[Vec<LatLon>]) -> String {
    let closed = |ring: &Vec<LatLon>| {
        let mut ring = ring.clone();
        if ring.first() != ring.last() {
            ring.extend(ring.first().copied());
        }
        format!("(({}))", positions(&ring))
    };
    match rings {
        [one] => format!("POLYGON {}", closed(one)),
        many => {
            let texts: Vec<String> = many.iter().map(closed).collect();
            format!("MULTIPOLYGON ({})", texts.join(", "))
        }
    }
}

/// A polygon for a circle, on the sphere by the small-circle approximation (error below 1 % under 500 km).
fn ring_around(center: LatLon, radius_m: f64) -> Vec<LatLon> {
    let radius_deg = radius_m / DEGREE_M;
    let shrink = center.lat().to_radians().cos().abs().max(0.01);
    (0..CIRCLE_CORNERS)
        .filter_map(|i| {
            let turn = f64::from(i) / f64::from(CIRCLE_CORNERS) * core::f64::consts::TAU;
            let lat = center.lat() + radius_deg * turn.cos();
            let lon = center.lon() + radius_deg * turn.sin() / shrink;
            let lon = (lon + 540.0).rem_euclid(360.0) - 180.0;
            // Seven decimals are a centimetre.
            let short = |degrees: f64| (degrees * 1e7).round() / 1e7;
            LatLon::new(short(lat.clamp(-90.0, 90.0)), short(lon)).ok()
        })
        .collect()
}
