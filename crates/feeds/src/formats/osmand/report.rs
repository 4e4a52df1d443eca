//! What a request says, however it is written.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use oneroof_model::{LatLon, Mode, PositionDraft, PositionSource, Time};
use serde_json::{Map, Value, json};

use super::config::OsmandOptions;
use crate::contract::RejectReason;

/// A radius of 68 %, which phones send as accuracy, to one of 95 %: the square root of ln 0.05 / ln 0.32
/// (Android `Location.getAccuracy`; circular normal distribution).
const TO_95: f64 = 1.621_5;

/// Seconds up to which a number is seconds since 1970 and not milliseconds: what a signed 32-bit number can hold.
const MAX_SECONDS: i64 = 0x7fff_ffff;

/// Why a request can't be taken.
pub(super) type Fault = RejectReason;

pub(super) fn fault(code: &'static str, detail: &str) -> Fault {
    RejectReason::new(code, detail)
}

/// What a request says. Missing is unknown.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Report {
    /// Identifier of the device.
    pub device: Option<String>,
    /// When it was there.
    pub at: Option<Time>,
    /// Latitude in degrees.
    pub lat: Option<f64>,
    /// Longitude in degrees.
    pub lon: Option<f64>,
    /// Speed in the unit of its field.
    pub speed: Option<f64>,
    /// Name of the field for the speed.
    pub speed_field: &'static str,
    /// Speed in metres a second.
    pub speed_mps: Option<f64>,
    /// Course in degrees from true north.
    pub course_deg: Option<f64>,
    /// Height in metres.
    pub alt_m: Option<f64>,
    /// Radius in metres within which it is with 68 %.
    pub accuracy_m: Option<f64>,
    /// Horizontal dilution of precision.
    pub hdop: Option<f64>,
    /// Charge of the battery, 0 to 100.
    pub battery_percent: Option<f64>,
    /// Whether it is being charged.
    pub charging: Option<bool>,
    /// Whether the device calls its fix valid.
    pub valid: Option<bool>,
    /// Whether the place was set by hand on the device.
    pub mock: Option<bool>,
    /// Everything else.
    pub attributes: Map<String, Value>,
}

impl Report {
    /// Every field by name, with its unit.
    pub(super) fn describe(&self) -> Value {
        let speed_field = if self.speed_field.is_empty() {
            "speed_mps"
        } else {
            self.speed_field
        };
        json!({
            "device_id": self.device,
            "time": self.at,
            "lat_deg": self.lat,
            "lon_deg": self.lon,
            speed_field: self.speed,
            "course_deg": self.course_deg,
            "alt_m": self.alt_m,
            "accuracy_m": self.accuracy_m,
            "hdop": self.hdop,
            "battery_percent": self.battery_percent,
            "charging": self.charging,
            "valid": self.valid,
            "mock": self.mock,
            "attributes": self.attributes,
        })
    }

    /// The position; `Ok(None)` where the device says that it has none.
    pub(super) fn position(&self, options: &OsmandOptions) -> Result<Option<PositionDraft>, Fault> {
        let device = self.device.as_deref().ok_or_else(|| {
            fault(
                "no_device_id",
                "a request without the identifier of a device",
            )
        })?;
        let mut draft = options
            .devices
            .draft(device, options.domain)
            .ok_or_else(|| fault("bad_device_id", "an identifier of more than 64 bytes"))?;
        let (lat, lon) = match (self.lat, self.lon) {
            (Some(lat), Some(lon)) => (lat, lon),
            (None, None) => return Ok(None),
            _ => return Err(fault("malformed", "a latitude or longitude alone")),
        };
        let position =
            LatLon::new(lat, lon).map_err(|error| fault("out_of_range", &error.to_string()))?;
        if self.valid == Some(false) {
            return Ok(None);
        }
        draft.org = draft.org.or_else(|| options.org.clone());
        draft.at = self.at;
        draft.position = Some(position);
        draft.ce_m = self
            .accuracy_m
            .filter(|m| *m > 0.0)
            .map(|m| single(m * TO_95));
        draft.alt_m = self.alt_m.map(single);
        draft.speed_mps = self.speed_mps.map(single);
        let course = self.course_deg.filter(|deg| (0.0..=360.0).contains(deg));
        draft.course_deg = course.map(|deg| single(deg) % 360.0);
        draft.source = PositionSource::Gnss;
        draft.mode = (self.mock == Some(true)).then_some(Mode::Test);
        Ok(Some(draft))
    }
}

/// A time: seconds or milliseconds since 1970, ISO 8601 with its zone, or `yyyy-MM-dd HH:mm:ss` in UTC.
pub(super) fn moment(text: &str) -> Result<Time, Fault> {
    let wrong = || fault("malformed", "a time in none of the known forms");
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.bytes().all(|sign| sign.is_ascii_digit())
        && let Ok(number) = whole.parse::<i64>()
    {
        if number < MAX_SECONDS {
            let micros: String = fraction.chars().chain("000000".chars()).take(6).collect();
            let seconds = number.checked_mul(1_000_000).ok_or_else(wrong)?;
            let micros = micros.parse::<i64>().map_err(|_not_digits| wrong())?;
            return Ok(Time::from_micros(seconds.saturating_add(micros)));
        }
        let micros = number.checked_mul(1_000).ok_or_else(wrong)?;
        return Ok(Time::from_micros(micros));
    }
    if let Ok(time) = text.parse::<Time>() {
        return Ok(time);
    }
    let civil: DateTime = text.parse().map_err(|_no_date| wrong())?;
    let utc = TimeZone::UTC
        .to_timestamp(civil)
        .map_err(|_range| wrong())?;
    Ok(Time::from(utc))
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the model keeps single precision"
)]
const fn single(value: f64) -> f32 {
    value as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_time_is_read() {
        for (text, expected) in [
            ("1377177267", "2013-08-22T13:14:27Z"),
            ("1377177267.5", "2013-08-22T13:14:27.5Z"),
            ("1442068686579", "2015-09-12T14:38:06.579Z"),
            ("2016-01-27T18:55:47Z", "2016-01-27T18:55:47Z"),
            ("2016-01-27T18:55:47.25+02:00", "2016-01-27T16:55:47.25Z"),
            ("2014-06-04 09:10:11", "2014-06-04T09:10:11Z"),
        ] {
            assert_eq!(moment(text).unwrap().to_string(), expected, "{text}");
        }
        for wrong in [
            "yesterday",
            "2014-13-04 09:10:11",
            "99999999999999999999",
            "",
        ] {
            assert_eq!(moment(wrong).unwrap_err().code, "malformed", "{wrong}");
        }
    }
}
