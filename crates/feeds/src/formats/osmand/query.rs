//! A request on a line: `/?id=..&lat=..`, a whole address, a request line, or the query or form body alone.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::config::SpeedUnit;
use super::report::{Fault, Report, fault, moment};

/// Most parameters of a request.
const MAX_PARAMETERS: usize = 256;

/// What a line is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// A query.
    Query(&'a str),
    /// A line of a request's head.
    Header,
    /// A request line without a query: what it brings is in its body.
    BareRequest,
    /// None of these.
    Other,
}

/// Tells what a line is.
pub(super) fn classify(line: &str) -> Line<'_> {
    let is_header = line.split_once(": ").is_some_and(|(name, _)| {
        let sign = |sign: u8| sign.is_ascii_alphanumeric() || sign == b'-';
        !name.is_empty() && name.bytes().all(sign)
    });
    if is_header {
        return Line::Header;
    }
    let methods = ["GET ", "POST ", "PUT ", "HEAD ", "OPTIONS "];
    let target = methods.iter().find_map(|method| line.strip_prefix(method));
    let protocol = [" HTTP/1.1", " HTTP/1.0", " HTTP/2"];
    let line = protocol
        .iter()
        .find_map(|end| line.strip_suffix(end))
        .unwrap_or(line);
    match line.split_once('?') {
        Some((_, query)) => Line::Query(query.split_once('#').map_or(query, |(query, _)| query)),
        None if target.is_some() => Line::BareRequest,
        None if line.contains('=') => Line::Query(line),
        None => Line::Other,
    }
}

/// Text of a query without `+` and `%hh` (WHATWG URL, 5.1).
fn plain(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(|byte| matches!(byte, b'%' | b'+')) {
        return text.into();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let coded = match (first, after) {
            (b'%', [high, low, ..]) => {
                let digit = |sign: u8| char::from(sign).to_digit(16);
                digit(*high)
                    .zip(digit(*low))
                    .and_then(|(h, l)| u8::try_from(h * 16 + l).ok())
            }
            _ => None,
        };
        if let Some(byte) = coded {
            bytes.push(byte);
            rest = after.get(2..).unwrap_or_default();
        } else {
            bytes.push(if *first == b'+' { b' ' } else { *first });
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned().into()
}

/// Reads a query.
pub(super) fn read(query: &str, unit: SpeedUnit) -> Result<Report, Fault> {
    let mut report = Report::default();
    if query.split('&').count() > MAX_PARAMETERS {
        return Err(fault("too_many", "more than 256 parameters"));
    }
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (plain(name), plain(value));
        let value = value.trim();
        if !value.is_empty() {
            parameter(&mut report, &name, value)?;
        }
    }
    report.speed_mps = report.speed.map(|speed| speed * unit.in_mps());
    report.speed_field = unit.field();
    Ok(report)
}

fn parameter(report: &mut Report, name: &str, value: &str) -> Result<(), Fault> {
    match name {
        "id" | "deviceid" | "device_id" => report.device = Some(value.to_owned()),
        "valid" => report.valid = Some(matches!(value, "true" | "1")),
        "timestamp" => report.at = Some(moment(value)?),
        "lat" => report.lat = Some(number(value)?),
        "lon" => report.lon = Some(number(value)?),
        "location" => {
            let (lat, lon) = value
                .split_once(',')
                .ok_or_else(|| fault("malformed", "a location that is not lat,lon"))?;
            report.lat = Some(number(lat)?);
            report.lon = Some(number(lon)?);
        }
        "speed" => report.speed = Some(number(value)?).filter(|speed| *speed >= 0.0),
        "bearing" | "heading" => report.course_deg = Some(number(value)?),
        "altitude" => report.alt_m = Some(number(value)?),
        "accuracy" => report.accuracy_m = Some(number(value)?),
        "hdop" => report.hdop = Some(number(value)?),
        "batt" => report.battery_percent = Some(number(value)?),
        "charge" => report.charging = Some(matches!(value, "true" | "1")),
        _ => attribute(&mut report.attributes, name, value),
    }
    Ok(())
}

/// What the protocol leaves to the device, as text; a list where it comes more than once (`cell`, `wifi`).
fn attribute(attributes: &mut Map<String, Value>, name: &str, value: &str) {
    match attributes.get_mut(name) {
        None => {
            attributes.insert(name.to_owned(), value.into());
        }
        Some(Value::Array(all)) => all.push(value.into()),
        Some(first) => *first = Value::Array(vec![first.take(), value.into()]),
    }
}

fn number(text: &str) -> Result<f64, Fault> {
    let value = text
        .trim()
        .parse()
        .ok()
        .filter(|value: &f64| value.is_finite());
    value.ok_or_else(|| fault("malformed", "a value that is no number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_request_has_its_query() {
        for line in [
            "/?id=1&lat=2",
            "id=1&lat=2",
            "GET /?id=1&lat=2 HTTP/1.1",
            "POST /osmand?id=1&lat=2 HTTP/1.0",
            "http://centre.example:5055/?id=1&lat=2",
            "https://centre.example/push/osmand?id=1&lat=2#x",
        ] {
            assert_eq!(classify(line), Line::Query("id=1&lat=2"), "{line}");
        }
        assert_eq!(classify("Host: centre.example"), Line::Header);
        assert_eq!(classify("POST / HTTP/1.1"), Line::BareRequest);
        assert_eq!(classify("hello"), Line::Other);
    }

    #[test]
    fn coded_signs_are_read_and_broken_codes_stay() {
        assert_eq!(plain("2014-06-04+09%3A10%3a11"), "2014-06-04 09:10:11");
        assert_eq!(plain("100%"), "100%");
        assert_eq!(plain("%zz%4"), "%zz%4");
        assert_eq!(plain("%D1%97"), "\u{457}");
    }

    #[test]
    fn what_comes_twice_is_a_list() {
        let report = read("id=1&cell=a&cell=b&cell=c&rpm=900", SpeedUnit::Knots).unwrap();
        assert_eq!(
            report.attributes["cell"],
            serde_json::json!(["a", "b", "c"])
        );
        assert_eq!(report.attributes["rpm"], "900");
    }
}
