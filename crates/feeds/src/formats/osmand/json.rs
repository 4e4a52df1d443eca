//! The JSON body of newer clients: `{"location": {"coords": {...}, "timestamp": ...}, "device_id": ...}`, one location or a
//! list of them.

use serde_json::{Map, Value};

use super::report::{Fault, Report, fault, moment};

/// Reads a body: one report for each of its locations.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Result<Report, Fault>>, Fault> {
    let value: Value =
        serde_json::from_slice(bytes).map_err(|error| fault("bad_json", &error.to_string()))?;
    let device = value.get("device_id").or_else(|| value.get("id"));
    let device = match device {
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    match value.get("location") {
        Some(Value::Array(all)) => Ok(all
            .iter()
            .map(|one| location(one, device.as_deref()))
            .collect()),
        Some(one @ Value::Object(_)) => Ok(vec![location(one, device.as_deref())]),
        _ => Err(fault("malformed", "a body without a location")),
    }
}

fn location(value: &Value, device: Option<&str>) -> Result<Report, Fault> {
    let Value::Object(all) = value else {
        return Err(fault("malformed", "a location that is no object"));
    };
    let mut rest = all.clone();
    let Some(Value::Object(mut coords)) = rest.remove("coords") else {
        return Err(fault("malformed", "a location without coords"));
    };
    let battery = match rest.remove("battery") {
        Some(Value::Object(battery)) => battery,
        _ => Map::new(),
    };
    let at = match rest.remove("timestamp") {
        Some(Value::String(text)) => Some(moment(&text)?),
        Some(Value::Number(number)) => Some(moment(&number.to_string())?),
        _ => None,
    };
    let mut number = |name: &str| match coords.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Number(number)) => Ok(number.as_f64()),
        Some(_) => Err(fault("malformed", &format!("{name} is no number"))),
    };
    // The client writes -1 for a speed, course or charge that it does not have.
    let known = |value: &f64| *value >= 0.0;
    let speed = number("speed")?.filter(known);
    let level = battery.get("level").and_then(Value::as_f64).filter(known);
    let mut report = Report {
        device: device.map(str::to_owned),
        at,
        lat: number("latitude")?,
        lon: number("longitude")?,
        speed,
        speed_field: "speed_mps",
        speed_mps: speed,
        course_deg: number("heading")?.filter(known),
        alt_m: number("altitude")?,
        accuracy_m: number("accuracy")?.filter(known),
        battery_percent: level.map(|level| level * 100.0),
        charging: battery.get("is_charging").and_then(Value::as_bool),
        mock: rest.remove("mock").and_then(|mock| mock.as_bool()),
        ..Report::default()
    };
    // The query form of the same position, which the client adds.
    rest.remove("_");
    report.attributes = rest;
    report.attributes.extend(coords);
    Ok(report)
}
