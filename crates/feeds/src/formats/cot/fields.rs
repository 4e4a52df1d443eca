//! Every field of an event, for people who look into a feed.
//!
//! `point` holds the numbers as sent, 9999999 for unknown among them; `hae_m`, `ce_m` and `le_m` are `null` there.

use std::collections::BTreeMap;

use oneroof_model::Time;
use serde_json::{Map, Value, json};

use super::event::Event;
use super::message::TakMessage;
use super::xml::{finite, time_text};
use super::{Element, Negotiation};

/// The fields of a message: those of its event, and what stands beside it.
pub(super) fn of_message(message: &TakMessage, transport: &str, faults: &[String]) -> Value {
    let mut all = message.event.as_ref().map(of_event).unwrap_or_default();
    all.insert("transport".into(), transport.into());
    if let Some(control) = &message.control {
        let value = json!({
            "min_proto_version": control.min_proto_version,
            "max_proto_version": control.max_proto_version,
            "contact_uid": control.contact_uid,
        });
        all.insert("tak_control".into(), value);
    }
    for (name, ms) in [
        ("submission_time_ms", message.submission_time_ms),
        ("creation_time_ms", message.creation_time_ms),
    ] {
        if ms != 0 {
            all.insert(name.into(), ms.into());
        }
    }
    if !faults.is_empty() {
        all.insert("faults".into(), faults.into());
    }
    Value::Object(all)
}

/// A moment as most senders write it: whole seconds without a fraction.
fn shown(time: Time) -> String {
    let text = time_text(time);
    match text.strip_suffix(".000Z") {
        Some(whole) => format!("{whole}Z"),
        None => text,
    }
}

fn of_event(event: &Event) -> Map<String, Value> {
    let point = &event.point;
    let value = json!({
        "version": event.version,
        "uid": event.uid,
        "type": event.kind,
        "how": event.how,
        "time": shown(event.time),
        "start": event.start.map(shown),
        "stale": event.stale.map(shown),
        "access": event.access,
        "qos": event.qos,
        "opex": event.opex,
        "caveat": event.caveat,
        "releasable_to": event.releasable_to,
        "lat": point.lat,
        "lon": point.lon,
        "hae_m": point.hae_m(),
        "ce_m": point.ce_m(),
        "le_m": point.le_m(),
        "point": {
            "lat": point.lat, "lon": point.lon, "hae": point.hae, "ce": point.ce, "le": point.le,
        },
        "detail": event.detail.as_ref().map(of_element),
    });
    let Value::Object(mut all) = value else {
        return Map::new();
    };
    well_known(event, &mut all);
    for (name, attributes) in [
        ("attributes", &event.more),
        ("point_attributes", &event.point_more),
    ] {
        if !attributes.is_empty() {
            let map: Map<_, _> = attributes
                .iter()
                .map(|(k, v)| (k.clone(), v.as_str().into()))
                .collect();
            all.insert(name.into(), map.into());
        }
    }
    if !event.beside.is_empty() {
        let root = Element {
            nodes: event
                .beside
                .iter()
                .cloned()
                .map(super::Node::Element)
                .collect(),
            ..Element::default()
        };
        all.insert("elements".into(), of_element(&root));
    }
    if let Some(negotiation) = Negotiation::of(event) {
        all.insert("negotiation".into(), json!(negotiation));
    }
    all
}

/// What most senders say in their details, once more by plain names and with units.
fn well_known(event: &Event, all: &mut Map<String, Value>) {
    // Element, attribute, name here.
    const TEXTS: &[(&str, &str, &str)] = &[
        ("contact", "callsign", "callsign"),
        ("contact", "endpoint", "endpoint"),
        ("contact", "phone", "phone"),
        ("__group", "name", "group_name"),
        ("__group", "role", "group_role"),
        ("precisionlocation", "geopointsrc", "geopointsrc"),
        ("precisionlocation", "altsrc", "altsrc"),
        ("status", "readiness", "readiness"),
        ("takv", "device", "takv_device"),
        ("takv", "platform", "takv_platform"),
        ("takv", "os", "takv_os"),
        ("takv", "version", "takv_version"),
        ("uid", "Droid", "droid_uid"),
        ("usericon", "iconsetpath", "usericon"),
        ("emergency", "type", "emergency_type"),
        ("emergency", "cancel", "emergency_cancel"),
        ("__chat", "chatroom", "chatroom"),
        ("__chat", "senderCallsign", "sender_callsign"),
        ("creator", "callsign", "creator_callsign"),
    ];
    const NUMBERS: &[(&str, &str, &str)] = &[
        ("status", "battery", "battery_percent"),
        ("track", "speed", "speed_mps"),
        ("track", "course", "course_deg"),
        ("track", "slope", "slope_deg"),
    ];
    for (element, attribute, name) in TEXTS {
        if let Some(text) = event.detail(element).and_then(|e| e.attribute(attribute)) {
            all.insert((*name).into(), text.into());
        }
    }
    for (element, attribute, name) in NUMBERS {
        if let Some(text) = event.detail(element).and_then(|e| e.attribute(attribute)) {
            all.insert((*name).into(), json!(finite(text)));
        }
    }
    if let Some(remarks) = event.detail("remarks") {
        all.insert("remarks".into(), json!(remarks.text()));
    }
    let links: Vec<&Element> = event.details().filter(|e| e.name == "link").collect();
    if !links.is_empty() {
        all.insert("links".into(), links.into_iter().map(of_element).collect());
    }
}

/// An element as a value: a text where it has nothing else, else an object of its attributes and elements; a list where
/// there are several of a name, its own text as `_text`, elements named like an attribute under `_elements`.
pub(super) fn of_element(element: &Element) -> Value {
    let text = element.text();
    if element.attributes.is_empty()
        && element.children().next().is_none()
        && let Some(text) = text
    {
        return text.into();
    }
    let mut all: Map<String, Value> = element
        .attributes
        .iter()
        .map(|(name, value)| (name.clone(), value.as_str().into()))
        .collect();
    let mut groups: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for child in element.children() {
        groups
            .entry(&child.name)
            .or_default()
            .push(of_element(child));
    }
    let mut clashing = Map::new();
    for (name, mut values) in groups {
        let value = match (values.len(), values.pop()) {
            (1, Some(only)) => only,
            (_, last) => {
                values.extend(last);
                values.into()
            }
        };
        let to = if all.contains_key(name) {
            &mut clashing
        } else {
            &mut all
        };
        to.insert(name.to_owned(), value);
    }
    if !clashing.is_empty() {
        all.insert("_elements".into(), clashing.into());
    }
    if let Some(text) = text {
        all.insert("_text".into(), text.into());
    }
    all.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Value {
        of_element(&super::super::element::parse(text).unwrap())
    }

    #[test]
    fn an_element_shows_everything_in_it_once() {
        for (text, expected) in [
            ("<a/>", json!({})),
            ("<a>x</a>", json!("x")),
            ("<a b='1'>x</a>", json!({ "b": "1", "_text": "x" })),
            (
                "<a><b c='1'/><b c='2'/><d>y</d></a>",
                json!({ "b": [{ "c": "1" }, { "c": "2" }], "d": "y" }),
            ),
            (
                "<a type='CHANGE'><type>ADD</type></a>",
                json!({ "type": "CHANGE", "_elements": { "type": "ADD" } }),
            ),
        ] {
            assert_eq!(value(text), expected, "{text}");
        }
    }
}
