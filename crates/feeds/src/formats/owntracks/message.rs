//! One message: its fields with units, and what of them makes a position.
//!
//! `OwnTracks`, "JSON" in its manual: every key of each `_type`.

use oneroof_model::{LatLon, PositionDraft, PositionSource, Time};
use serde_json::{Map, Value};

use super::config::OwntracksOptions;
use crate::contract::RejectReason;

/// A radius of 68 %, which phones send as accuracy, to one of 95 % of a circular normal distribution: the square root
/// of ln 0.05 / ln 0.32.
const TO_95: f64 = 1.621_5;

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Where the device is.
    Location,
    /// It has entered or left a region, and where it was then.
    Transition,
    /// Known, and no position of the device; the kind under which it is counted.
    Other(&'static str),
}

impl Kind {
    fn of(name: &str) -> Self {
        match name {
            "location" => Self::Location,
            "transition" => Self::Transition,
            "waypoint" => Self::Other("owntracks_waypoint"),
            "waypoints" => Self::Other("owntracks_waypoints"),
            "lwt" => Self::Other("owntracks_lwt"),
            "card" => Self::Other("owntracks_card"),
            "status" => Self::Other("owntracks_status"),
            "steps" => Self::Other("owntracks_steps"),
            "beacon" => Self::Other("owntracks_beacon"),
            "cmd" => Self::Other("owntracks_cmd"),
            "request" => Self::Other("owntracks_request"),
            "configuration" => Self::Other("owntracks_configuration"),
            "dump" => Self::Other("owntracks_dump"),
            "encrypted" => Self::Other("owntracks_encrypted"),
            _ => Self::Other("owntracks_other"),
        }
    }
}

/// A message whose fields are of their kinds.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Message {
    /// What it is.
    pub kind: Kind,
    topic: Option<String>,
    tid: Option<String>,
    at: Option<Time>,
    lat: Option<f64>,
    lon: Option<f64>,
    accuracy_m: Option<f64>,
    alt_m: Option<f64>,
    speed_kmh: Option<f64>,
    course_deg: Option<f64>,
    /// Every field by name.
    fields: Map<String, Value>,
}

/// Keys that are numbers, and our names with units.
const NUMBERS: &[(&str, &str)] = &[
    ("lat", "lat_deg"),
    ("lon", "lon_deg"),
    ("acc", "accuracy_m"),
    ("alt", "alt_m"),
    ("vac", "vertical_accuracy_m"),
    ("vel", "speed_kmh"),
    ("cog", "course_deg"),
    ("batt", "battery_percent"),
    ("p", "pressure_kpa"),
    ("rad", "radius_m"),
];

/// Keys that are seconds since 1970, and our names.
const TIMES: &[(&str, &str)] = &[
    ("tst", "time"),
    ("created_at", "created_at"),
    ("wtst", "waypoint_time"),
];

/// Other keys that have a longer name here.
const NAMES: &[(&str, &str)] = &[
    ("_type", "type"),
    ("bs", "battery_status"),
    ("conn", "connection"),
    ("t", "trigger"),
    ("m", "monitoring_mode"),
    ("inregions", "in_regions"),
    ("inrids", "in_region_ids"),
    ("desc", "description"),
];

impl Message {
    /// Reads a message; `topic` is that under which it came, where it does not say so itself.
    pub(super) fn read(bytes: &[u8], topic: Option<&str>) -> Result<Self, RejectReason> {
        let malformed = |what: &str| RejectReason::new("malformed", what);
        let value: Value = serde_json::from_slice(bytes)
            .map_err(|error| RejectReason::new("bad_json", error.to_string()))?;
        let Value::Object(keys) = value else {
            return Err(malformed("a message that is no object"));
        };
        let Some(Value::String(type_name)) = keys.get("_type") else {
            return Err(RejectReason::new("no_type", "a message without `_type`"));
        };
        let mut message = Self {
            kind: Kind::of(type_name),
            topic: text(&keys, "topic").or_else(|| topic.map(str::to_owned)),
            tid: text(&keys, "tid"),
            at: None,
            lat: None,
            lon: None,
            accuracy_m: None,
            alt_m: None,
            speed_kmh: None,
            course_deg: None,
            fields: Map::new(),
        };
        let positional = !matches!(message.kind, Kind::Other(_));
        for (key, value) in keys {
            message.key(&key, value, positional)?;
        }
        Ok(message)
    }

    /// One key with its value. What makes a position has to be of its kind in a message with a position.
    fn key(&mut self, key: &str, value: Value, positional: bool) -> Result<(), RejectReason> {
        let wrong = |what: &str| RejectReason::new("malformed", format!("{key} is {what}"));
        if let Some((_, name)) = NUMBERS.iter().find(|(known, _)| *known == key) {
            let number = value.as_f64();
            if positional && number.is_none() && !value.is_null() {
                return Err(wrong("no number"));
            }
            match key {
                "lat" => self.lat = number,
                "lon" => self.lon = number,
                "acc" => self.accuracy_m = number,
                "alt" => self.alt_m = number,
                "vel" => self.speed_kmh = number,
                "cog" => self.course_deg = number,
                _ => {}
            }
            self.fields.insert((*name).to_owned(), value);
        } else if let Some((_, name)) = TIMES.iter().find(|(known, _)| *known == key) {
            let time = seconds(&value);
            if positional && time.is_none() && !value.is_null() {
                return Err(wrong("no number of seconds"));
            }
            if key == "tst" {
                self.at = time;
            }
            let shown = time.map_or(value, |time| Value::from(time.to_string()));
            self.fields.insert((*name).to_owned(), shown);
        } else {
            let name = NAMES.iter().find(|(known, _)| *known == key);
            let name = name.map_or(key, |(_, name)| name);
            self.fields.insert(name.to_owned(), value);
        }
        Ok(())
    }

    /// Every field by name, and the device.
    pub(super) fn describe(mut self, options: &OwntracksOptions) -> Value {
        let device = self.device(options).map(str::to_owned);
        self.fields.insert("device_id".to_owned(), device.into());
        if self.kind == Kind::Other("owntracks_card") {
            // The picture of a person has no place in a terminal.
            self.fields.remove("face");
        }
        Value::Object(self.fields)
    }

    /// The device: what the table knows it by, else `user/device`, else the option, else the two letters.
    fn device<'a>(&'a self, options: &'a OwntracksOptions) -> Option<&'a str> {
        let topic = self.topic.as_deref();
        let names = [
            topic.and_then(user_and_device),
            topic,
            options.device.as_deref(),
            self.tid.as_deref(),
        ];
        let mut names = names.into_iter().flatten().filter(|name| !name.is_empty());
        let mut listed = names.clone().filter(|name| options.devices.knows(name));
        listed.next().or_else(|| names.next())
    }

    /// The position.
    pub(super) fn position(
        &self,
        options: &OwntracksOptions,
    ) -> Result<PositionDraft, RejectReason> {
        let device = self.device(options).ok_or_else(|| {
            RejectReason::new("no_device_id", "neither a topic nor a tid, and no option")
        })?;
        let draft = options.devices.draft(device, options.domain);
        let mut draft = draft
            .ok_or_else(|| RejectReason::new("bad_device_id", "a name of more than 64 bytes"))?;
        let Some((lat, lon)) = self.lat.zip(self.lon) else {
            return Err(RejectReason::new(
                "malformed",
                "no latitude or no longitude",
            ));
        };
        let position = LatLon::new(lat, lon)
            .map_err(|error| RejectReason::new("out_of_range", error.to_string()))?;
        draft.org = draft.org.or_else(|| options.org.clone());
        draft.at = self.at;
        draft.position = Some(position);
        draft.ce_m = self
            .accuracy_m
            .filter(|m| *m > 0.0)
            .map(|m| single(m * TO_95));
        draft.alt_m = self.alt_m.map(single);
        draft.speed_mps = self
            .speed_kmh
            .filter(|kmh| *kmh >= 0.0)
            .map(|kmh| single(kmh / 3.6));
        let course = self.course_deg.filter(|deg| (0.0..=360.0).contains(deg));
        draft.course_deg = course.map(|deg| single(deg) % 360.0);
        draft.source = PositionSource::Gnss;
        Ok(draft)
    }
}

/// `user/device` of a topic `owntracks/user/device`, `owntracks/user/device/event`, ...
fn user_and_device(topic: &str) -> Option<&str> {
    let rest = topic.strip_prefix("owntracks/")?;
    let tail = rest.match_indices('/').nth(1);
    tail.map_or(Some(rest), |(at, _)| rest.get(..at))
}

fn text(keys: &Map<String, Value>, key: &str) -> Option<String> {
    keys.get(key).and_then(Value::as_str).map(str::to_owned)
}

/// Seconds since 1970, with a fraction or without.
fn seconds(value: &Value) -> Option<Time> {
    if let Some(whole) = value.as_i64() {
        return whole.checked_mul(1_000_000).map(Time::from_micros);
    }
    let micros = value.as_f64()? * 1e6;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "within the range just asked for"
    )]
    (micros.abs() < 9e18).then(|| Time::from_micros(micros as i64))
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the model keeps single precision"
)]
const fn single(value: f64) -> f32 {
    value as f32
}
