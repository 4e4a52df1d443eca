//! An event as XML: `<event ...><point .../><detail>...</detail></event>`.

use oneroof_model::{LatLon, Time};

use super::event::{Event, Point, UNKNOWN_M};
use super::{Element, Fault, element};

/// The declaration and the line end that TAK servers ask for before each event on a stream.
const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";

/// Reads one event and what in it breaks the schema, yet could be read.
///
/// # Errors
/// Where it is no XML, no event, or lacks what an event can not do without: uid, type, time, latitude, longitude.
pub fn read(text: &str) -> Result<(Event, Vec<String>), Fault> {
    from_element(element::parse(text)?)
}

/// Reads an event from its element; as [`read`].
fn from_element(root: Element) -> Result<(Event, Vec<String>), Fault> {
    if root.name != "event" {
        let what = format!("expected an element event, found {}", short(&root.name));
        return Err(Fault::new("not_cot", what));
    }
    let mut faults = Vec::new();
    let mut attributes = Attributes(root.attributes);
    let (mut point, mut detail, mut beside) = (None, None, Vec::new());
    for node in root.nodes {
        match node {
            element::Node::Element(e) if e.name == "point" && point.is_none() => point = Some(e),
            element::Node::Element(e) if e.name == "detail" && detail.is_none() => detail = Some(e),
            element::Node::Element(e) => {
                faults.push(format!("event: an unexpected element {}", short(&e.name)));
                beside.push(e);
            }
            element::Node::Text(_) => faults.push("event: a text".to_owned()),
        }
    }
    let version = attributes.take("version");
    if version.is_none() {
        faults.push("event: version is missing".to_owned());
    }
    let uid = attributes.need("uid")?;
    let kind = attributes.need("type")?;
    let how = attributes.take("how");
    if how.is_none() {
        faults.push("event: how is missing".to_owned());
    }
    let time = moment("time", &attributes.need("time")?, &mut faults)?;
    let mut other = |name: &str, faults: &mut Vec<String>| {
        if let Some(text) = attributes.take(name) {
            return moment(name, &text, faults).map(Some);
        }
        faults.push(format!("event: {name} is missing"));
        Ok(None)
    };
    let (start, stale) = (other("start", &mut faults)?, other("stale", &mut faults)?);
    let Some(point) = point else {
        return Err(Fault::new("missing_field", "event: point is missing"));
    };
    let mut point_attributes = Attributes(point.attributes);
    let point = read_point(&mut point_attributes, &mut faults)?;
    Ok((
        Event {
            version,
            uid,
            kind,
            how,
            time,
            start,
            stale,
            access: attributes.take("access"),
            qos: attributes.take("qos"),
            opex: attributes.take("opex"),
            caveat: attributes.take("caveat"),
            releasable_to: attributes
                .take("releasableTo")
                .or_else(|| attributes.take("releaseableTo")),
            point,
            detail,
            more: attributes.0,
            point_more: point_attributes.0,
            beside,
        },
        faults,
    ))
}

/// The attributes of an element, from which the known ones are taken.
struct Attributes(Vec<(String, String)>);

impl Attributes {
    /// Takes one, blanks at its ends cut off, where something is left.
    fn take(&mut self, name: &str) -> Option<String> {
        let at = self.0.iter().position(|(key, _)| key == name)?;
        let (_, value) = self.0.remove(at);
        let trimmed = value.trim();
        (!trimmed.is_empty()).then(|| trimmed.to_owned())
    }

    fn need(&mut self, name: &str) -> Result<String, Fault> {
        self.take(name)
            .ok_or_else(|| Fault::new("missing_field", format!("event: {name} is missing")))
    }
}

fn read_point(attributes: &mut Attributes, faults: &mut Vec<String>) -> Result<Point, Fault> {
    let mut degrees = |name: &str| {
        let Some(text) = attributes.take(name) else {
            return Err(Fault::new(
                "missing_field",
                format!("point: {name} is missing"),
            ));
        };
        finite(&text).ok_or_else(|| {
            Fault::new(
                "bad_number",
                format!("point: expected {name} as a number, found {}", short(&text)),
            )
        })
    };
    let (lat, lon) = (degrees("lat")?, degrees("lon")?);
    check_position(lat, lon)?;
    let mut metres = |name: &str| match attributes.take(name) {
        None => {
            faults.push(format!("point: {name} is missing"));
            UNKNOWN_M
        }
        Some(text) => finite(&text).unwrap_or_else(|| {
            faults.push(format!("point: {name} is no number: {}", short(&text)));
            UNKNOWN_M
        }),
    };
    Ok(Point {
        lat,
        lon,
        hae: metres("hae"),
        ce: metres("ce"),
        le: metres("le"),
    })
}

/// Refuses what is no position on WGS 84.
pub(super) fn check_position(lat: f64, lon: f64) -> Result<(), Fault> {
    LatLon::new(lat, lon)
        .map(drop)
        .map_err(|e| Fault::new("bad_position", format!("point: {e}")))
}

/// A finite number.
pub(super) fn finite(text: &str) -> Option<f64> {
    text.trim().parse::<f64>().ok().filter(|n| n.is_finite())
}

/// The first characters of something that a sender wrote, for a reason.
pub(super) fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

/// A moment as `xs:dateTime`; without a zone it is taken as UTC, which is all that CoT writes.
fn moment(name: &str, text: &str, faults: &mut Vec<String>) -> Result<Time, Fault> {
    if let Ok(time) = text.parse() {
        return Ok(time);
    }
    if let Ok(time) = format!("{text}Z").parse() {
        faults.push(format!("event: {name} has no zone"));
        return Ok(time);
    }
    let what = format!(
        "event: expected {name} as a moment of XML, found {}",
        short(text)
    );
    Err(Fault::new("bad_time", what))
}

/// A moment as TAK writes it: UTC with milliseconds; with microseconds where it has them.
pub fn time_text(time: Time) -> String {
    let form = if time.as_micros().rem_euclid(1_000) == 0 {
        "%Y-%m-%dT%H:%M:%S%.3fZ"
    } else {
        "%Y-%m-%dT%H:%M:%S%.6fZ"
    };
    time.to_jiff()
        .map_or_else(|_| time.to_string(), |t| t.strftime(form).to_string())
}

/// An event as XML, without a declaration.
pub fn write(event: &Event) -> String {
    let mut root = Element::new("event").with("version", event.version.as_deref().unwrap_or("2.0"));
    let mut set = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            root.attributes.push((name.to_owned(), value.to_owned()));
        }
    };
    set("uid", Some(&event.uid));
    set("type", Some(&event.kind));
    set("how", event.how.as_deref());
    set("time", Some(&time_text(event.time)));
    set("start", event.start.map(time_text).as_deref());
    set("stale", event.stale.map(time_text).as_deref());
    set("access", event.access.as_deref());
    set("qos", event.qos.as_deref());
    set("opex", event.opex.as_deref());
    set("caveat", event.caveat.as_deref());
    set("releasableTo", event.releasable_to.as_deref());
    root.attributes.extend(event.more.iter().cloned());
    let point = &event.point;
    // With a decimal point, as peers that read by pattern expect.
    let mut at = Element::new("point")
        .with("lat", format!("{:?}", point.lat))
        .with("lon", format!("{:?}", point.lon))
        .with("hae", format!("{:?}", point.hae))
        .with("ce", format!("{:?}", point.ce))
        .with("le", format!("{:?}", point.le));
    at.attributes.extend(event.point_more.iter().cloned());
    root = root.holding(at);
    if let Some(detail) = &event.detail {
        root = root.holding(detail.clone());
    }
    for element in &event.beside {
        root = root.holding(element.clone());
    }
    let mut text = String::new();
    root.write(&mut text);
    text
}

/// Appends an event as it goes on a stream: declaration, line end, event, nothing after it.
pub fn write_stream(event: &Event, out: &mut Vec<u8>) {
    out.extend_from_slice(DECLARATION.as_bytes());
    out.extend_from_slice(write(event).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &str = "<event version='2.0' uid='u-1' type='a-f-G' how='m-g' time='2026-11-23T02:40:00Z' \
        start='2026-11-23T02:40:00.5Z' stale='2026-11-23T02:45:00.123456Z' access='Undefined' qos='5-r-d' opex='e-NORTH' \
        caveat='c' releasableTo='BG' odd='1'><point lat='47.95' lon='23.9' hae='211.5' ce='4.5' le='9999999.0' odd='2'/>\
        <detail><contact callsign='\u{41d}-1'/></detail><odd/></event>";

    fn code(from: &str, to: &str) -> &'static str {
        assert!(EVENT.contains(from), "{from}");
        read(&EVENT.replace(from, to)).map_or_else(|f| f.code, |_| "ok")
    }

    #[test]
    fn what_is_read_is_written_and_read_again_the_same() {
        let (event, faults) = read(EVENT).unwrap();
        assert_eq!(faults, ["event: an unexpected element odd"]);
        assert_eq!(event.releasable_to.as_deref(), Some("BG"));
        assert_eq!((event.point.lat, event.point.lon), (47.95, 23.9));
        assert_eq!(read(&write(&event)).unwrap().0, event);
    }

    #[test]
    fn what_an_event_can_not_do_without_is_a_fault_with_a_code() {
        for (from, to, expected) in [
            ("uid='u-1'", "", "missing_field"),
            ("uid='u-1'", "uid=' '", "missing_field"),
            ("type='a-f-G'", "", "missing_field"),
            ("time='2026-11-23T02:40:00Z'", "", "missing_field"),
            ("time='2026-11-23T02:40:00Z'", "time='now'", "bad_time"),
            ("02:40:00.5Z", "25:40:00Z", "bad_time"),
            ("lat='47.95'", "", "missing_field"),
            ("lat='47.95'", "lat='NaN'", "bad_number"),
            ("lat='47.95'", "lat='north'", "bad_number"),
            ("lon='23.9'", "lon='200'", "bad_position"),
            ("<event", "<evnt", "bad_xml"),
        ] {
            assert_eq!(code(from, to), expected, "{from} -> {to}");
        }
        assert_eq!(read("<alert/>").unwrap_err().code, "not_cot");
        assert_eq!(
            read("<event uid='u' type='a' time='2026-11-23T02:40:00Z'/>")
                .unwrap_err()
                .code,
            "missing_field"
        );
    }

    #[test]
    fn what_breaks_the_schema_only_is_read_and_told() {
        for (from, to, told) in [
            ("hae='211.5'", "hae='NaN'", "point: hae is no number: NaN"),
            ("ce='4.5'", "", "point: ce is missing"),
            ("how='m-g'", "", "event: how is missing"),
            (
                "stale='2026-11-23T02:45:00.123456Z'",
                "",
                "event: stale is missing",
            ),
            ("02:40:00.5Z", "02:40:00.5", "event: start has no zone"),
            (
                "02:40:00.5Z",
                "04:40:00.5+02:00",
                "event: an unexpected element odd",
            ),
        ] {
            let (event, faults) = read(&EVENT.replace(from, to)).unwrap();
            assert!(
                faults.iter().any(|f| f == told),
                "{from} -> {to}: {faults:?}"
            );
            assert_eq!(event.time, "2026-11-23T02:40:00Z".parse().unwrap());
        }
    }
}
