//! Comparison with what node-CoT makes of its own events: GeoJSON and protocol buffers. The data is not part of the
//! repository (`ONEROOF_SHARED_DATA`, else `../shared/data` beside the workspace); the tests say so when it is missing.

use std::path::PathBuf;

use oneroof_model::Time;
use serde_json::{Value, json};

use super::message::TakMessage;
use super::{Element, Event, Node, element, fields, xml};
use crate::contract::Output;
use crate::registry::{Options, build};

/// Events that node-CoT 14.23.2 does not read, what it says and what we do. Two are no XML. The other three are read here:
/// node-CoT misses a field that CoT does not ask for, takes no `False` for a boolean of a detail, and takes no NaN for a
/// height (though it takes one for an error).
const THEIR_ERRORS: &[(&str, Option<&str>)] = &[
    ("xml/008-invalid.xml", Some("entity")),
    ("xml/040-t-x-m-c.xml", None),
    ("xml/043-invalid.xml", None),
    ("xml/044-invalid.xml", None),
    ("xml/079-invalid.xml", Some("bad_xml")),
];

/// One event, and what they make of it.
struct Case {
    name: String,
    bytes: Vec<u8>,
    expected: Value,
    proto: Option<Vec<u8>>,
}

#[expect(clippy::print_stdout, reason = "a named skip must be seen")]
fn cases() -> Vec<Case> {
    let folder = std::env::var_os("ONEROOF_SHARED_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let folder = folder.join("cot");
    let Ok(lines) = std::fs::read_to_string(folder.join("cot-expected.jsonl")) else {
        println!(
            "SKIPPED comparison of CoT events: cot/cot-expected.jsonl is not there (ONEROOF_SHARED_DATA)"
        );
        return Vec::new();
    };
    let cases: Vec<Case> = lines
        .lines()
        .map(|line| {
            let case: Value = serde_json::from_str(line).unwrap();
            let name = case["file"].as_str().unwrap().to_owned();
            let hex = case["tak_protobuf_v1_hex"].as_str();
            Case {
                bytes: std::fs::read(folder.join(&name)).unwrap(),
                name,
                expected: case["expected_geojson"].clone(),
                proto: hex.map(unhex),
            }
        })
        .collect();
    assert!(cases.len() >= 79, "{} cases", cases.len());
    cases
}

fn unhex(text: &str) -> Vec<u8> {
    let digit = |c: u8| char::from(c).to_digit(16).unwrap();
    text.as_bytes()
        .chunks(2)
        .map(|pair| u8::try_from(digit(pair[0]) * 16 + digit(pair[1])).unwrap())
        .collect()
}

fn decode(kind: &str, options: &str, bytes: &[u8]) -> Output {
    let mut decoder = build(kind, Options::new(options)).unwrap().decoder();
    let mut out = Output::with_decoded();
    let at = Time::from_secs(1_795_401_660);
    decoder.push(bytes, at, &mut out);
    decoder.finish(at, &mut out);
    out
}

fn decoded(out: &Output) -> Value {
    let all: Vec<Value> = out
        .decoded
        .iter()
        .flat_map(crate::Details::iter)
        .filter_map(|d| serde_json::from_slice(d.fields?).ok())
        .collect();
    assert_eq!(all.len(), 1, "{out:?}");
    all[0].clone()
}

#[test]
fn every_event_is_read_and_the_broken_ones_are_rejects() {
    for case in cases() {
        let out = decode("cot_xml", "", &case.bytes);
        let codes: Vec<&str> = out.rejects.iter().map(|r| r.reason.code).collect();
        let known = THEIR_ERRORS.iter().find(|(name, _)| *name == case.name);
        assert_eq!(known.is_some(), case.expected.is_null(), "{}", case.name);
        let expected: Vec<&str> = known.and_then(|(_, code)| *code).into_iter().collect();
        assert_eq!(codes, expected, "{}", case.name);
        assert!(
            out.rejects.len() == 1 || !out.drafts.is_empty() || !out.skipped.is_empty(),
            "{}",
            case.name
        );
    }
}

#[test]
fn what_their_schema_refuses_is_told_and_rejected_where_that_is_asked_for() {
    for case in cases() {
        let refused = case.name.contains("043") || case.name.contains("044");
        if !refused {
            continue;
        }
        let lenient = decode("cot_xml", "", &case.bytes);
        assert!(decoded(&lenient)["faults"].is_array(), "{}", case.name);
        let strict = decode("cot_xml", "strictness: strict", &case.bytes);
        let codes: Vec<&str> = strict.rejects.iter().map(|r| r.reason.code).collect();
        assert_eq!(codes, ["schema"], "{}", case.name);
    }
}

/// Values that mean the same: numbers and booleans that one has as texts, moments with other fractions.
fn same(ours: &Value, theirs: &Value) -> bool {
    let number = |v: &Value| match v {
        Value::String(s) => s.trim().parse::<f64>().ok(),
        other => other.as_f64(),
    };
    let flag = |v: &Value| match v {
        Value::Bool(b) => Some(*b),
        Value::String(s) => s.to_ascii_lowercase().parse::<bool>().ok(),
        _ => None,
    };
    let time = |v: &Value| v.as_str().and_then(|s| s.parse::<Time>().ok());
    if ours == theirs {
        return true;
    }
    if let (Some(a), Some(b)) = (number(ours), number(theirs)) {
        return (a - b).abs() <= 1e-9 * a.abs().max(1.0);
    }
    if let (Some(a), Some(b)) = (flag(ours), flag(theirs)) {
        return a == b;
    }
    matches!((time(ours), time(theirs)), (Some(a), Some(b)) if a == b)
}

#[derive(Default)]
struct Tally {
    compared: usize,
    differing: Vec<String>,
}

impl Tally {
    fn one(&mut self, what: &str, ours: &Value, theirs: &Value) {
        self.compared += 1;
        if !same(ours, theirs) {
            self.differing.push(format!("{what}: {ours} / {theirs}"));
        }
    }

    /// Every value of theirs within ours; `_attributes` and `_text` are names of their parser.
    fn within(&mut self, what: &str, ours: &Value, theirs: &Value) {
        match theirs {
            Value::Object(map) => {
                for (name, value) in map {
                    let ours = match name.as_str() {
                        "_attributes" => ours,
                        "_text" if ours.is_string() => ours,
                        name => &ours[name],
                    };
                    self.within(&format!("{what}.{name}"), ours, value);
                }
            }
            Value::Array(list) => {
                let alone = [ours.clone()];
                let ours = ours.as_array().map_or(&alone[..], Vec::as_slice);
                self.one(
                    &format!("{what}.len"),
                    &json!(ours.len()),
                    &json!(list.len()),
                );
                for (ours, theirs) in ours.iter().zip(list) {
                    self.within(what, ours, theirs);
                }
            }
            scalar => self.one(what, ours, scalar),
        }
    }
}

/// Their name of a property, and our element of the detail that it shows as it is.
const ELEMENTS: &[(&str, &str)] = &[
    ("takv", "takv"),
    ("group", "__group"),
    ("status", "status"),
    ("precisionlocation", "precisionlocation"),
    ("contact", "contact"),
    ("fileshare", "fileshare"),
    ("ackrequest", "ackrequest"),
    ("sensor", "sensor"),
    ("creator", "creator"),
    ("geofence", "__geofence"),
    ("flow", "_flow-tags_"),
    ("shape", "shape"),
];

#[test]
#[expect(
    clippy::print_stdout,
    reason = "a comparison says how much it compared"
)]
fn the_fields_agree_with_node_cot() {
    let cases = cases();
    let any = !cases.is_empty();
    let mut tally = Tally::default();
    for case in cases.iter().filter(|case| !case.expected.is_null()) {
        let name = &case.name;
        let out = decode("cot_xml", "", &case.bytes);
        let ours = decoded(&out);
        let theirs = &case.expected["properties"];
        tally.one(&format!("{name} uid"), &ours["uid"], &case.expected["id"]);
        for field in [
            "type", "how", "time", "start", "stale", "callsign", "remarks",
        ] {
            // They make a how and a callsign where there is none.
            let made = theirs[field] == "UNKNOWN" || (field == "how" && ours["how"].is_null());
            let empty = theirs[field].is_null() || theirs[field] == "";
            if !empty && !made {
                tally.one(&format!("{name} {field}"), &ours[field], &theirs[field]);
            }
        }
        for (at, field) in ["lon", "lat", "hae"].into_iter().enumerate() {
            tally.one(
                &format!("{name} {field}"),
                &ours["point"][field],
                &theirs["center"][at],
            );
        }
        for (field, ours_name) in [
            ("course", "course_deg"),
            ("speed", "speed_mps"),
            ("slope", "slope_deg"),
        ] {
            if !theirs[field].is_null() {
                tally.one(&format!("{name} {field}"), &ours[ours_name], &theirs[field]);
            }
        }
        for (field, element) in ELEMENTS {
            if !theirs[field].is_null() {
                tally.within(
                    &format!("{name} {field}"),
                    &ours["detail"][element],
                    &theirs[field],
                );
            }
        }
        // They give the changes of a mission names and an order of their own.
        for field in ["type", "tool", "name", "guid", "authorUid"] {
            let theirs = &theirs["mission"][field];
            if !theirs.is_null() {
                let ours = &ours["detail"]["mission"][field];
                tally.one(&format!("{name} mission {field}"), ours, theirs);
            }
        }
        geometry(name, &out, &case.expected["geometry"], &mut tally);
    }
    println!(
        "{} values compared, {} differ",
        tally.compared,
        tally.differing.len()
    );
    for difference in &tally.differing {
        println!("{difference}");
    }
    assert!(tally.differing.is_empty(), "{}", tally.differing.join("\n"));
    assert!(!any || tally.compared > 900, "{}", tally.compared);
}

/// The shape of the draft against theirs, where theirs is drawn by corners.
fn geometry(name: &str, out: &Output, theirs: &Value, tally: &mut Tally) {
    let draft =
        serde_json::to_value(out.drafts.iter().map(|d| &d.draft).collect::<Vec<_>>()).unwrap();
    let ours = draft
        .as_array()
        .unwrap()
        .iter()
        .find_map(|d| d.get("place")?.get("geometry"));
    let Some(ours) = ours else { return };
    let (list, corners) = match (theirs["type"].as_str(), ours["shape"].as_str()) {
        (Some("LineString"), _) => (&theirs["coordinates"], &ours["points"]),
        // Theirs has 64 corners, ours is a circle.
        (Some("Polygon"), Some("circle")) => return,
        (Some("Polygon"), _) => (&theirs["coordinates"][0], &ours["rings"][0]),
        _ => return,
    };
    let empty = Vec::new();
    for (i, corner) in corners.as_array().unwrap_or(&empty).iter().enumerate() {
        tally.one(&format!("{name} corner {i}"), &corner["lon"], &list[i][0]);
        tally.one(&format!("{name} corner {i}"), &corner["lat"], &list[i][1]);
    }
    let closing = usize::from(theirs["type"] == "Polygon");
    let (a, b) = (
        corners.as_array().map_or(0, Vec::len),
        list.as_array().map_or(0, Vec::len),
    );
    tally.one(&format!("{name} corners"), &json!(a), &json!(b - closing));
}

/// An event in a form that does not depend on the order of its details or on how a number is written.
fn canonical(event: &Event) -> Event {
    let mut event = event.clone();
    if let Some(detail) = &mut event.detail {
        *detail = canonical_element(detail);
        detail.nodes.sort_by_key(|node| format!("{node:?}"));
    }
    event
}

fn canonical_element(element: &Element) -> Element {
    let mut out = element.clone();
    for (_, value) in &mut out.attributes {
        if let Some(number) = xml::finite(value) {
            *value = format!("{number:?}");
        }
    }
    out.attributes.sort();
    for node in &mut out.nodes {
        match node {
            Node::Element(child) => *child = canonical_element(child),
            Node::Text(text) => {
                let number = xml::finite(text).map(|n| format!("{n:?}"));
                *text = number.unwrap_or_else(|| text.trim().to_owned());
            }
        }
    }
    out
}

/// A round trip: the event is written and read again, in XML and as a protocol buffer, and is the same.
pub(super) fn goes_round(event: &Event, what: &str) {
    let (again, _) = xml::read(&xml::write(event)).unwrap_or_else(|f| panic!("{what}: {f}"));
    let versioned = Event {
        version: again.version.clone(),
        ..event.clone()
    };
    assert_eq!(again, versioned, "{what}: XML");
    let bytes = TakMessage::of(event.clone()).write();
    let (message, _) = TakMessage::read(&bytes).unwrap_or_else(|f| panic!("{what}: {f}"));
    let read = message.event.unwrap();
    // What a protocol buffer has no field for.
    let ms = |t: Time| Time::from_millis(t.as_millis());
    let carried = Event {
        version: None,
        time: ms(event.time),
        start: event.start.map(ms),
        stale: event.stale.map(ms),
        more: Vec::new(),
        point_more: Vec::new(),
        beside: Vec::new(),
        ..event.clone()
    };
    assert_eq!(
        canonical(&read),
        canonical(&carried),
        "{what}: protocol buffer"
    );
    let (back, _) = xml::read(&xml::write(&read)).unwrap();
    assert_eq!(
        canonical(&Event {
            version: None,
            ..back
        }),
        canonical(&read),
        "{what}: back to XML"
    );
}

#[test]
fn every_event_of_theirs_goes_round_without_loss() {
    for case in cases() {
        let text = String::from_utf8(case.bytes).unwrap();
        match xml::read(text.trim()) {
            Ok((event, _)) => goes_round(&event, &case.name),
            Err(fault) => assert!(
                THEIR_ERRORS.contains(&(case.name.as_str(), Some(fault.code))),
                "{}: {fault}",
                case.name
            ),
        }
        if let Some(bytes) = &case.proto {
            let (message, faults) = TakMessage::read(bytes).unwrap();
            // Theirs passes a NaN on.
            let nan = faults == ["cotEvent: le is no number: NaN"];
            assert!(faults.is_empty() || nan, "{}: {faults:?}", case.name);
            goes_round(&message.event.unwrap(), &case.name);
        }
    }
}

/// What node-CoT adds to an event when it writes one, and what it loses, is taken out of both sides.
fn without_their_marks(event: &Event) -> Event {
    let mut event = canonical(event);
    event.version = None;
    event.more = Vec::new();
    if event.access.as_deref() == Some("Undefined") {
        event.access = None;
    }
    let detail = event.detail.get_or_insert_with(|| Element::new("detail"));
    detail.nodes.retain_mut(|node| {
        let Node::Element(e) = node else { return true };
        match e.name.as_str() {
            // Theirs carries a mark of node-CoT and the moment at which it was written.
            // A precision it does not write at all.
            "_flow-tags_" | "metadata" | "precisionlocation" => false,
            // The message has no place for other attributes; theirs loses them, ours stays in xmlDetail.
            "contact" => {
                e.attributes
                    .retain(|(n, v)| (n == "callsign" || n == "endpoint") && !v.is_empty());
                true
            }
            "track" => {
                e.attributes
                    .retain(|(n, v)| (n == "speed" || n == "course") && v != "0.0");
                !e.attributes.is_empty()
            }
            "status" => {
                e.attributes.retain(|(n, v)| n == "battery" && v != "0.0");
                !e.attributes.is_empty()
            }
            "takv" | "__group" => {
                e.attributes.retain(|(_, v)| !v.is_empty());
                true
            }
            _ => true,
        }
    });
    event
}

#[test]
#[expect(
    clippy::print_stdout,
    reason = "a comparison says how much it compared"
)]
fn their_protocol_buffers_say_the_same_as_their_xml() {
    let cases = cases();
    let any = !cases.is_empty();
    let (mut equal, mut differing) = (0, Vec::new());
    for case in &cases {
        let Some(bytes) = &case.proto else { continue };
        let text = String::from_utf8(case.bytes.clone()).unwrap();
        let (event, _) = xml::read(text.trim()).unwrap();
        let (message, _) = TakMessage::read(bytes).unwrap();
        let (ours, theirs) = (
            without_their_marks(&event),
            without_their_marks(&message.event.unwrap()),
        );
        if ours == theirs {
            equal += 1;
        } else {
            differing.push((case.name.clone(), differences(&ours, &theirs)));
        }
    }
    println!(
        "{equal} of {} protocol buffers say the same",
        equal + differing.len()
    );
    for (name, what) in &differing {
        println!("{name}: {}", what.join("; "));
    }
    assert!(!any || equal + differing.len() >= 74);
    assert!(differing.is_empty());
}

fn differences(ours: &Event, theirs: &Event) -> Vec<String> {
    let value = |e: &Event| fields::of_message(&TakMessage::of(e.clone()), "", &[]);
    let (ours, theirs) = (value(ours), value(theirs));
    let (a, b) = (ours.as_object().unwrap(), theirs.as_object().unwrap());
    a.keys()
        .chain(b.keys().filter(|k| !a.contains_key(*k)))
        .filter(|k| a.get(*k) != b.get(*k))
        .map(|k| {
            format!(
                "{k}: {:?} / {:?}",
                a.get(k).map(Value::to_string),
                b.get(k).map(Value::to_string)
            )
        })
        .collect()
}

/// Whether each framing of their messages gives the same fields.
#[test]
fn their_messages_are_read_in_every_framing() {
    let cases = cases();
    let all: Vec<(&str, &Vec<u8>)> = cases
        .iter()
        .filter_map(|case| Some((case.name.as_str(), case.proto.as_ref()?)))
        .collect();
    let (mut stream, mut mesh) = (Vec::new(), Vec::new());
    for (name, bytes) in &all {
        let (message, _) = TakMessage::read(bytes).unwrap();
        let bare = decoded(&decode("cot_proto", "", bytes));
        message.write_stream(&mut stream);
        mesh.extend_from_slice(&[0xbf, 1, 0xbf]);
        mesh.extend_from_slice(bytes);
        let uid = message.event.map(|e| e.uid);
        assert_eq!(bare["uid"].as_str(), uid.as_deref(), "{name}");
    }
    for (bytes, options) in [
        (&stream, ""),
        (&stream, "framing: stream"),
        (&mesh, ""),
        (&mesh, "framing: mesh"),
    ] {
        let out = decode("cot_proto", options, bytes);
        assert!(
            out.rejects.is_empty(),
            "{options}: {:?}",
            out.rejects.first()
        );
        let records = out.decoded.iter().flat_map(crate::Details::iter).count();
        assert_eq!(records, all.len(), "{options}");
    }
}

#[test]
fn the_comparison_itself_can_fail() {
    let event = |detail: &str| {
        let at = Time::from_secs(1_795_401_660);
        let mut event = Event::new("u", "a-f-G", "m-g", at, at);
        event.detail = Some(element::parse(detail).unwrap());
        event
    };
    let a = event("<detail><track speed='1.0' course='2'/><remarks>x</remarks></detail>");
    let b = event("<detail><remarks>x</remarks><track course='2.0' speed='1'/></detail>");
    let c = event("<detail><remarks>y</remarks><track course='2.0' speed='1'/></detail>");
    assert_eq!(canonical(&a), canonical(&b));
    assert_ne!(canonical(&b), canonical(&c));
    assert_eq!(differences(&a, &c).len(), 2, "remarks and detail");
    assert!(!same(&json!("a"), &json!("b")) && same(&json!("1.50"), &json!(1.5)));
}
