//! `TakMessage` of TAK protocol version 1: an event as a protocol buffer.
//!
//! Six elements of the detail have messages of their own; all others stand in `xmlDetail` as XML. The rules of
//! `detail.proto`: an element goes into its message only where it has exactly the attributes of that message, and an element
//! in `xmlDetail` wins over a message of the same meaning. So nothing of a detail is lost either way, but the order of the
//! elements, and digits of numbers that mean the same (`0.00` is `0.0`).

use oneroof_model::Time;

use super::element::{self, Element, Node};
use super::event::{Event, Point, UNKNOWN_M};
use super::proto::{
    self, Fields, Value, write_double, write_message, write_number, write_text, write_varint,
};
use super::{Fault, xml};

/// First byte of every header of the TAK protocol.
pub(super) const MAGIC: u8 = 0xbf;

/// Oddities of one message beyond which fields that are not known are no longer told.
const MAX_UNKNOWN: usize = 32;

/// What a sender says of the protocol itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TakControl {
    /// Lowest version that it reads; 0 means 1.
    pub min_proto_version: u32,
    /// Highest version that it reads; 0 means 1.
    pub max_proto_version: u32,
    /// Who says so; empty where an event is beside it.
    pub contact_uid: String,
}

/// One message. It may hold an event, news of the protocol, or both.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TakMessage {
    /// News of the protocol.
    pub control: Option<TakControl>,
    /// The event.
    pub event: Option<Event>,
    /// When a TAK server took it in, milliseconds since 1970; 0 where not said.
    pub submission_time_ms: u64,
    /// When a TAK server made it, milliseconds since 1970; 0 where not said.
    pub creation_time_ms: u64,
}

impl TakMessage {
    /// A message with an event and nothing else.
    pub fn of(event: Event) -> Self {
        Self {
            event: Some(event),
            ..Self::default()
        }
    }

    /// Reads one message, and what in it is unusual, yet could be read.
    ///
    /// # Errors
    /// Where it is no such message, or its event lacks what it can not do without.
    pub fn read(bytes: &[u8]) -> Result<(Self, Vec<String>), Fault> {
        let mut message = Self::default();
        let mut faults = Vec::new();
        let mut event = None;
        for field in Fields::new("TakMessage", bytes) {
            match field? {
                (1, v) => {
                    let control = message.control.get_or_insert_with(TakControl::default);
                    control.merge(v.message("takControl")?, &mut faults)?;
                }
                (2, v) => {
                    event
                        .get_or_insert_with(Raw::default)
                        .merge(v.message("cotEvent")?, &mut faults)?;
                }
                (3, v) => message.submission_time_ms = v.number("submissionTime")?,
                (4, v) => message.creation_time_ms = v.number("creationTime")?,
                (n, _) => unknown("TakMessage", n, &mut faults),
            }
        }
        message.event = event.map(|raw| raw.event(&mut faults)).transpose()?;
        if message.event.is_none() && message.control.is_none() {
            return Err(Fault::new(
                "empty_message",
                "neither takControl nor cotEvent",
            ));
        }
        Ok((message, faults))
    }

    /// The message as bytes, without a header.
    pub fn write(&self) -> Vec<u8> {
        let mut out = Vec::new();
        if let Some(control) = &self.control {
            let mut own = Vec::new();
            write_number(1, control.min_proto_version.into(), &mut own);
            write_number(2, control.max_proto_version.into(), &mut own);
            write_text(3, &control.contact_uid, &mut own);
            write_message(1, &own, &mut out);
        }
        if let Some(event) = &self.event {
            write_message(2, &event_bytes(event), &mut out);
        }
        write_number(3, self.submission_time_ms, &mut out);
        write_number(4, self.creation_time_ms, &mut out);
        out
    }

    /// Appends the message as it goes on a stream: 0xBF, its length as a varint, itself.
    pub fn write_stream(&self, out: &mut Vec<u8>) {
        let bytes = self.write();
        out.push(MAGIC);
        write_varint(bytes.len() as u64, out);
        out.extend_from_slice(&bytes);
    }

    /// Appends the message as it goes into a datagram: 0xBF 0x01 0xBF, itself.
    pub fn write_mesh(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&[MAGIC, 1, MAGIC]);
        out.extend_from_slice(&self.write());
    }
}

impl TakControl {
    fn merge(&mut self, bytes: &[u8], faults: &mut Vec<String>) -> Result<(), Fault> {
        let small = |v: Value<'_>, name| Ok(u32::try_from(v.number(name)?).unwrap_or(u32::MAX));
        for field in Fields::new("takControl", bytes) {
            match field? {
                (1, v) => self.min_proto_version = small(v, "minProtoVersion")?,
                (2, v) => self.max_proto_version = small(v, "maxProtoVersion")?,
                (3, v) => v.text("contactUid")?.clone_into(&mut self.contact_uid),
                (n, _) => unknown("takControl", n, faults),
            }
        }
        Ok(())
    }
}

/// Notes a field that is not known; a later version may have it.
fn unknown(message: &str, number: u32, faults: &mut Vec<String>) {
    if faults.len() < MAX_UNKNOWN {
        faults.push(format!("{message}: unknown field {number}"));
    }
}

/// An event with the defaults of proto3, while it is read.
#[derive(Default)]
struct Raw {
    texts: [String; 8],
    times_ms: [u64; 3],
    point: [f64; 5],
    detail: Option<RawDetail>,
}

/// Names of the texts of an event, in the order of [`Raw::texts`], with their field numbers.
const TEXTS: [(&str, u32); 8] = [
    ("type", 1),
    ("access", 2),
    ("qos", 3),
    ("opex", 4),
    ("uid", 5),
    ("how", 9),
    ("caveat", 16),
    ("releaseableTo", 17),
];

impl Raw {
    fn merge(&mut self, bytes: &[u8], faults: &mut Vec<String>) -> Result<(), Fault> {
        for field in Fields::new("cotEvent", bytes) {
            let (number, value) = field?;
            if let Some((name, text)) = TEXTS
                .iter()
                .zip(&mut self.texts)
                .find_map(|((name, n), text)| (*n == number).then_some((*name, text)))
            {
                value.text(name)?.trim().clone_into(text);
                continue;
            }
            let [send, start, stale] = &mut self.times_ms;
            let [lat, lon, hae, ce, le] = &mut self.point;
            match number {
                6 => *send = value.number("sendTime")?,
                7 => *start = value.number("startTime")?,
                8 => *stale = value.number("staleTime")?,
                10 => *lat = value.double("lat")?,
                11 => *lon = value.double("lon")?,
                12 => *hae = value.double("hae")?,
                13 => *ce = value.double("ce")?,
                14 => *le = value.double("le")?,
                15 => self
                    .detail
                    .get_or_insert_with(RawDetail::default)
                    .merge(value.message("detail")?, faults)?,
                n => unknown("cotEvent", n, faults),
            }
        }
        Ok(())
    }

    fn event(self, faults: &mut Vec<String>) -> Result<Event, Fault> {
        let [kind, access, qos, opex, uid, how, caveat, releasable_to] =
            self.texts.map(|text| (!text.is_empty()).then_some(text));
        let missing = |name| Fault::new("missing_field", format!("cotEvent: {name} is missing"));
        let [send, start, stale] = self.times_ms;
        let mut moment = |name: &str, ms: u64| {
            if ms == 0 {
                faults.push(format!("cotEvent: {name} is missing"));
                return Ok(None);
            }
            let time = i64::try_from(ms).ok().map(Time::from_millis);
            // The type saturates: a moment beyond the year 9999 would not come back.
            time.filter(|t| u64::try_from(t.as_millis()) == Ok(ms))
                .map(Some)
                .ok_or_else(|| Fault::new("bad_time", format!("cotEvent: {name} {ms} ms")))
        };
        let (start, stale) = (moment("startTime", start)?, moment("staleTime", stale)?);
        let time = if send == 0 {
            None
        } else {
            moment("sendTime", send)?
        };
        let [lat, lon, hae, ce, le] = self.point;
        if !lat.is_finite() || !lon.is_finite() {
            let what = format!("cotEvent: latitude {lat}, longitude {lon}");
            return Err(Fault::new("bad_number", what));
        }
        xml::check_position(lat, lon)?;
        let mut metres = |name: &str, n: f64| {
            if n.is_finite() {
                return n;
            }
            faults.push(format!("cotEvent: {name} is no number: {n}"));
            UNKNOWN_M
        };
        Ok(Event {
            version: None,
            uid: uid.ok_or_else(|| missing("uid"))?,
            kind: kind.ok_or_else(|| missing("type"))?,
            how,
            time: time.ok_or_else(|| missing("sendTime"))?,
            start,
            stale,
            access,
            qos,
            opex,
            caveat,
            releasable_to,
            point: Point {
                lat,
                lon,
                hae: metres("hae", hae),
                ce: metres("ce", ce),
                le: metres("le", le),
            },
            detail: self.detail.map(RawDetail::element).transpose()?,
            more: Vec::new(),
            point_more: Vec::new(),
            beside: Vec::new(),
        })
    }
}

/// A detail while it is read.
#[derive(Default)]
struct RawDetail {
    xml: String,
    typed: Vec<Element>,
}

/// What a field of a detail's message is.
#[derive(Clone, Copy)]
enum Kind {
    /// A text that is always written as an attribute.
    Text,
    /// A text whose attribute is left out where it is empty.
    Optional,
    /// A whole number of 32 bits.
    Whole,
    /// A number.
    Double,
}

/// A message of a detail: its field number, the element's name, its attributes by field number from 1.
struct Typed {
    number: u32,
    element: &'static str,
    attributes: &'static [(&'static str, Kind)],
}

/// The six messages (`contact.proto`, `group.proto`, `precisionlocation.proto`, `status.proto`, `takv.proto`,
/// `track.proto`).
const TYPED: [Typed; 6] = [
    Typed {
        number: 2,
        element: "contact",
        attributes: &[("endpoint", Kind::Optional), ("callsign", Kind::Text)],
    },
    Typed {
        number: 3,
        element: "__group",
        attributes: &[("name", Kind::Text), ("role", Kind::Text)],
    },
    Typed {
        number: 4,
        element: "precisionlocation",
        attributes: &[("geopointsrc", Kind::Text), ("altsrc", Kind::Text)],
    },
    Typed {
        number: 5,
        element: "status",
        attributes: &[("battery", Kind::Whole)],
    },
    Typed {
        number: 6,
        element: "takv",
        attributes: &[
            ("device", Kind::Text),
            ("platform", Kind::Text),
            ("os", Kind::Text),
            ("version", Kind::Text),
        ],
    },
    Typed {
        number: 7,
        element: "track",
        attributes: &[("speed", Kind::Double), ("course", Kind::Double)],
    },
];

impl RawDetail {
    fn merge(&mut self, bytes: &[u8], faults: &mut Vec<String>) -> Result<(), Fault> {
        for field in Fields::new("detail", bytes) {
            let (number, value) = field?;
            if number == 1 {
                value.text("xmlDetail")?.clone_into(&mut self.xml);
            } else if let Some(typed) = TYPED.iter().find(|t| t.number == number) {
                let element = typed.read(value.message(typed.element)?, faults)?;
                self.typed.retain(|e| e.name != element.name);
                self.typed.push(element);
            } else {
                unknown("detail", number, faults);
            }
        }
        Ok(())
    }

    fn element(self) -> Result<Element, Fault> {
        // A declaration may stand before an element only, and has nothing to say here.
        let text = self.xml.trim_start();
        let text = match (text.starts_with("<?xml"), text.split_once("?>")) {
            (true, Some((_, rest))) => rest,
            _ => text,
        };
        let mut inside = element::parse(&format!("<detail>{text}</detail>"))
            .map_err(|f| Fault::new(f.code, format!("xmlDetail: {}", f.detail)))?;
        // Some write the element detail itself.
        if let [Node::Element(only)] = inside.nodes.as_slice()
            && only.name == "detail"
        {
            inside = only.clone();
        }
        let mut detail = Element::new("detail");
        detail.attributes = inside.attributes;
        for element in self.typed {
            if inside
                .nodes
                .iter()
                .all(|n| !matches!(n, Node::Element(e) if e.name == element.name))
            {
                detail.nodes.push(Node::Element(element));
            }
        }
        detail.nodes.append(&mut inside.nodes);
        Ok(detail)
    }
}

impl Typed {
    fn read(&self, bytes: &[u8], faults: &mut Vec<String>) -> Result<Element, Fault> {
        let mut values: Vec<Option<String>> = vec![None; self.attributes.len()];
        for field in Fields::new(self.element, bytes) {
            let (number, value) = field?;
            let at = usize::try_from(number).unwrap_or(usize::MAX) - 1;
            let (Some((name, kind)), Some(slot)) = (self.attributes.get(at), values.get_mut(at))
            else {
                unknown(self.element, number, faults);
                continue;
            };
            *slot = Some(match kind {
                Kind::Text | Kind::Optional => value.text(name)?.to_owned(),
                Kind::Whole => value.number(name)?.to_string(),
                Kind::Double => format!("{:?}", value.double(name)?),
            });
        }
        let mut element = Element::new(self.element);
        for ((name, kind), value) in self.attributes.iter().zip(values) {
            let default = match kind {
                Kind::Text => Some(String::new()),
                Kind::Optional => None,
                Kind::Whole => Some("0".to_owned()),
                Kind::Double => Some("0.0".to_owned()),
            };
            if let Some(value) = value.or(default) {
                element.attributes.push(((*name).to_owned(), value));
            }
        }
        Ok(element)
    }

    /// The element as this message, where it has exactly its attributes and they read as they have to.
    fn write(&self, element: &Element) -> Option<Vec<u8>> {
        let known = |name: &str| self.attributes.iter().any(|(known, _)| *known == name);
        if !element.nodes.is_empty() || !element.attributes.iter().all(|(name, _)| known(name)) {
            return None;
        }
        let mut out = Vec::new();
        for ((name, kind), number) in self.attributes.iter().zip(1..) {
            let value = element.attribute(name);
            match kind {
                Kind::Optional if value.is_none() => {}
                // An empty text would come back as no attribute.
                Kind::Optional => write_text(number, value.filter(|v| !v.is_empty())?, &mut out),
                Kind::Text => write_text(number, value?, &mut out),
                Kind::Whole => {
                    let whole = value?.parse::<u32>().ok();
                    let whole = whole.filter(|n| Some(n.to_string().as_str()) == value)?;
                    write_number(number, whole.into(), &mut out);
                }
                Kind::Double => write_double(number, xml::finite(value?)?, &mut out),
            }
        }
        Some(out)
    }
}

fn event_bytes(event: &Event) -> Vec<u8> {
    let mut out = Vec::new();
    let texts = [
        Some(&event.kind),
        event.access.as_ref(),
        event.qos.as_ref(),
        event.opex.as_ref(),
        Some(&event.uid),
        event.how.as_ref(),
        event.caveat.as_ref(),
        event.releasable_to.as_ref(),
    ];
    let text = |numbers: core::ops::RangeInclusive<u32>, out: &mut Vec<u8>| {
        for ((_, number), text) in TEXTS.iter().zip(texts) {
            if numbers.contains(number) {
                write_text(*number, text.map_or("", String::as_str), out);
            }
        }
    };
    let ms = |t: Option<Time>| t.map_or(0, |t| u64::try_from(t.as_millis()).unwrap_or(0));
    text(1..=5, &mut out);
    write_number(6, ms(Some(event.time)), &mut out);
    write_number(7, ms(event.start), &mut out);
    write_number(8, ms(event.stale), &mut out);
    text(9..=9, &mut out);
    let p = &event.point;
    for (number, value) in (10..).zip([p.lat, p.lon, p.hae, p.ce, p.le]) {
        write_double(number, value, &mut out);
    }
    if let Some(detail) = &event.detail {
        write_message(15, &detail_bytes(detail), &mut out);
    }
    text(16..=17, &mut out);
    out
}

fn detail_bytes(detail: &Element) -> Vec<u8> {
    let mut rest = Element::new("detail");
    let mut messages: Vec<(u32, Vec<u8>)> = Vec::new();
    // Of two elements of a name one would win over the other: both stay as they are.
    let alone = TYPED.map(|t| detail.children().filter(|e| e.name == t.element).count() == 1);
    for node in &detail.nodes {
        let message = match node {
            Node::Element(e) => {
                let mut typed = TYPED.iter().zip(alone);
                let found = typed.find(|(t, alone)| *alone && t.element == e.name);
                found.and_then(|(t, _)| Some((t.number, t.write(e)?)))
            }
            Node::Text(_) => None,
        };
        match message {
            Some(message) => messages.push(message),
            None => rest.nodes.push(node.clone()),
        }
    }
    messages.sort_by_key(|(number, _)| *number);
    let mut text = String::new();
    if detail.attributes.is_empty() {
        rest.write_inside(&mut text);
    } else {
        // Attributes of the detail itself have no other place.
        rest.attributes.clone_from(&detail.attributes);
        rest.write(&mut text);
    }
    let mut out = Vec::new();
    write_text(1, &text, &mut out);
    for (number, bytes) in messages {
        write_message(number, &bytes, &mut out);
    }
    out
}

/// Whether bytes could be the beginning of a message: the tag of its first or second field.
pub(super) fn begins_message(byte: u8) -> bool {
    matches!(byte, 0x0a | 0x12)
}

/// Where the next field at the top of a message begins, its number, or why that can not be said.
pub(super) fn skip_field(bytes: &[u8]) -> Result<(u32, usize), proto::Stop> {
    proto::field(bytes).map(|(number, _, len)| (number, len))
}
