//! One line, field by field.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use oneroof_model::{LatLon, Time};
use serde::Serialize;

use crate::formats::mode_s::{Address, Squawk};

/// Most fields of a line; further ones are of no known sender.
const FIELDS: usize = 22;

/// Fields up to the time at which a line was logged, without which it is none.
const LEAST: usize = 10;

/// What a line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) enum Kind {
    /// Something that an aircraft sent.
    #[serde(rename = "MSG")]
    Message,
    /// The same, worked out by multilateration (mlat-client).
    #[serde(rename = "MLAT")]
    Mlat,
    /// Somebody selected an aircraft.
    #[serde(rename = "SEL")]
    Selection,
    /// A call sign was heard for the first time.
    #[serde(rename = "ID")]
    Identified,
    /// An aircraft was heard for the first time.
    #[serde(rename = "AIR")]
    New,
    /// The state of an aircraft in the list changed.
    #[serde(rename = "STA")]
    Status,
    /// The time.
    #[serde(rename = "CLK")]
    Clock,
}

impl Kind {
    fn of(text: &str) -> Option<Self> {
        Some(match text {
            "MSG" => Self::Message,
            "MLAT" => Self::Mlat,
            "SEL" => Self::Selection,
            "ID" => Self::Identified,
            "AIR" => Self::New,
            "STA" => Self::Status,
            "CLK" => Self::Clock,
            _ => return None,
        })
    }
}

/// A line. Missing values are empty fields.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Record<'a> {
    pub message_type: Kind,
    /// 1 to 8 in `MSG`: 1 identification, 2 surface position, 3 airborne position, 4 velocity, 5 altitude, 6 squawk,
    /// 7 air to air, 8 all-call reply.
    pub transmission_type: Option<u8>,
    pub session_id: &'a str,
    pub aircraft_id: &'a str,
    /// Six small hexadecimal digits.
    pub icao: Option<String>,
    pub flight_id: &'a str,
    pub generated_date: &'a str,
    pub generated_time: &'a str,
    pub logged_date: &'a str,
    pub logged_time: &'a str,
    /// The time at which it was heard, in UTC.
    pub generated_at: Option<Time>,
    pub callsign: Option<&'a str>,
    /// In `STA`: PL position lost, SL signal lost, RM removed, AD deleted, OK.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<&'a str>,
    /// Feet above the pressure level of 1013.25 hPa; above the ellipsoid where `altitude_source` is `gnss`.
    pub altitude_ft: Option<f64>,
    /// `gnss` where an H stands behind the altitude (readsb).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub altitude_source: Option<&'static str>,
    /// Knots.
    pub ground_speed_kt: Option<f64>,
    /// Degrees from true north.
    pub track_deg: Option<f64>,
    pub lat: Option<f64>,
    pub lon: Option<f64>,
    /// Feet a minute.
    pub vertical_rate_fpm: Option<f64>,
    pub squawk: Option<Squawk>,
    /// The squawk has changed.
    pub alert: Option<bool>,
    /// An emergency code is set.
    pub emergency: Option<bool>,
    /// Special position identification.
    pub spi: Option<bool>,
    pub on_ground: Option<bool>,
    #[serde(skip)]
    pub address: Option<Address>,
    #[serde(skip)]
    pub position: Option<LatLon>,
}

/// Why a line can't be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// It begins with no word that is known.
    Kind,
    /// So many fields.
    Fields(usize),
    /// A value that is none, by the name of its field.
    Value(&'static str),
}

impl<'a> Record<'a> {
    /// Reads a line; times are of `zone`.
    pub(super) fn read(line: &'a str, zone: &TimeZone) -> Result<Self, Fault> {
        let mut fields = [""; FIELDS];
        let mut count = 0;
        let mut parts = line.split(',');
        for (to, from) in fields.iter_mut().zip(&mut parts) {
            *to = from.trim();
            count += 1;
        }
        count += parts.count();
        let [
            kind,
            transmission,
            session_id,
            aircraft_id,
            hex,
            flight_id,
            generated_date,
            generated_time,
            logged_date,
            logged_time,
            text,
            altitude,
            speed,
            track,
            lat,
            lon,
            rate,
            squawk,
            alert,
            emergency,
            spi,
            ground,
        ] = fields;
        let kind = Kind::of(kind).ok_or(Fault::Kind)?;
        if !(LEAST..=FIELDS).contains(&count) {
            return Err(Fault::Fields(count));
        }
        // An H behind a value says that it is of GNSS.
        let feet = altitude.strip_suffix('H').unwrap_or(altitude);
        let climb = rate.strip_suffix('H').unwrap_or(rate);
        let lat = number(lat, "lat", -90.0, 90.0)?;
        let lon = number(lon, "lon", -180.0, 180.0)?;
        let address = address(hex)?;
        Ok(Self {
            message_type: kind,
            transmission_type: transmission_type(transmission)?,
            session_id,
            aircraft_id,
            icao: address.map(|address| format!("{:06x}", address.number())),
            flight_id,
            generated_date,
            generated_time,
            logged_date,
            logged_time,
            generated_at: moment(generated_date, generated_time, zone)?,
            callsign: filled(text).filter(|_| kind != Kind::Status),
            status: filled(text).filter(|_| kind == Kind::Status),
            altitude_ft: number(feet, "altitude", -5_000.0, 150_000.0)?,
            altitude_source: altitude.ends_with('H').then_some("gnss"),
            ground_speed_kt: number(speed, "ground_speed", 0.0, 7_000.0)?,
            track_deg: number(track, "track", 0.0, 360.0)?,
            lat,
            lon,
            vertical_rate_fpm: number(climb, "vertical_rate", -99_999.0, 99_999.0)?,
            squawk: octal(squawk)?,
            alert: flag(alert, "alert")?,
            emergency: flag(emergency, "emergency")?,
            spi: flag(spi, "spi")?,
            on_ground: flag(ground, "on_ground")?,
            address,
            position: lat
                .zip(lon)
                .and_then(|(lat, lon)| LatLon::new(lat, lon).ok()),
        })
    }
}

fn filled(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

fn number(text: &str, name: &'static str, least: f64, most: f64) -> Result<Option<f64>, Fault> {
    if text.is_empty() {
        return Ok(None);
    }
    match text.parse() {
        Ok(value) if (least..=most).contains(&value) => Ok(Some(value)),
        _ => Err(Fault::Value(name)),
    }
}

fn transmission_type(text: &str) -> Result<Option<u8>, Fault> {
    match text.parse() {
        Ok(kind @ 1..=8) => Ok(Some(kind)),
        _ if text.is_empty() => Ok(None),
        _ => Err(Fault::Value("transmission_type")),
    }
}

fn address(hex: &str) -> Result<Option<Address>, Fault> {
    let read = |hex| Address::from_text(hex).ok_or(Fault::Value("icao"));
    filled(hex).map(read).transpose()
}

/// -1 and 1 are set, 0 is not. Senders of multilateration put a number of receivers or metres there; it is no flag.
fn flag(text: &str, name: &'static str) -> Result<Option<bool>, Fault> {
    match text {
        "" => Ok(None),
        "0" => Ok(Some(false)),
        "-1" | "1" => Ok(Some(true)),
        other if other.parse::<i64>().is_ok() => Ok(None),
        _ => Err(Fault::Value(name)),
    }
}

/// Up to four octal digits; leading zeros may be left out.
fn octal(text: &str) -> Result<Option<Squawk>, Fault> {
    let read = |text: &str| Squawk::from_text(&format!("{text:0>4}"));
    filled(text)
        .map(|text| read(text).ok_or(Fault::Value("squawk")))
        .transpose()
}

/// `2026/11/23` and `17:30:22.157` as a moment.
fn moment(date: &str, time: &str, zone: &TimeZone) -> Result<Option<Time>, Fault> {
    if date.is_empty() || time.is_empty() {
        return Ok(None);
    }
    let civil = civil(date, time).ok_or(Fault::Value("generated"))?;
    match zone.to_timestamp(civil) {
        Ok(stamp) => Ok(Some(Time::from(stamp))),
        Err(_) => Err(Fault::Value("generated")),
    }
}

fn civil(date: &str, time: &str) -> Option<DateTime> {
    let (clock, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let [year, month, day] = three(date, '/')?;
    let [hour, minute, second] = three(clock, ':')?;
    let digits = fraction.get(..fraction.len().min(9))?;
    let part: i32 = digits.parse().ok()?;
    let scale = 10_i32.pow(u32::try_from(9 - digits.len()).ok()?);
    let small = |value: i16| i8::try_from(value).ok();
    DateTime::new(
        year,
        small(month)?,
        small(day)?,
        small(hour)?,
        small(minute)?,
        small(second)?,
        part.checked_mul(scale)?,
    )
    .ok()
}

fn three(text: &str, sign: char) -> Option<[i16; 3]> {
    let mut parts = text.split(sign);
    let mut next = || parts.next()?.parse().ok();
    let all = [next()?, next()?, next()?];
    parts.next().is_none().then_some(all)
}
