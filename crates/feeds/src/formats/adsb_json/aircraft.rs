//! One aircraft of a snapshot, by the names of every vintage.

use oneroof_model::{LatLon, PositionSource, Time};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::formats::mode_s::{Address, Callsign, Signs, Squawk, emergency_state};

/// From here on `now` is milliseconds: the year 5138 in seconds.
const MILLISECONDS: f64 = 1e11;

/// Most seconds that something may have been heard before `now`: a day.
const MAX_SEEN_S: f64 = 86_400.0;

/// An aircraft: what the sender says, under one name each.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Aircraft<'a> {
    /// Six small hexadecimal digits.
    icao: String,
    /// Whether the address is none of ICAO (`~`).
    non_icao: bool,
    /// Without the blanks around it.
    pub callsign: Option<&'a str>,
    /// Feet above the pressure level of 1013.25 hPa, else above the ellipsoid.
    pub altitude_ft: Option<f64>,
    pub on_ground: Option<bool>,
    /// Knots.
    pub ground_speed_kt: Option<f64>,
    /// Degrees from true north.
    pub track_deg: Option<f64>,
    /// Feet a minute: barometric, else geometric.
    pub vertical_rate_fpm: Option<f64>,
    /// When the position was heard; when anything was, where there is none.
    pub heard_at: Option<Time>,
    /// When the snapshot was made.
    pub now_at: Option<Time>,
    /// Everything as it was sent, under its own name.
    #[serde(flatten)]
    sent: &'a Map<String, Value>,
    #[serde(skip)]
    pub address: Address,
    #[serde(skip)]
    pub position: Option<LatLon>,
    #[serde(skip)]
    pub true_heading_deg: Option<f64>,
    #[serde(skip)]
    pub category: Option<u16>,
    #[serde(skip)]
    pub nac_p: Option<u8>,
    #[serde(skip)]
    pub registration: Option<&'a str>,
    #[serde(skip)]
    pub signs: Signs,
    #[serde(skip)]
    pub source: PositionSource,
}

/// A field that has no possible value, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fault(pub &'static str);

/// `now` of a document or line: seconds or milliseconds since 1970.
pub(super) fn moment(of: &Map<String, Value>) -> Result<Option<Time>, Fault> {
    let Some(now) = number(of, "now", 0.0, 1e14)? else {
        return Ok(None);
    };
    let seconds = if now >= MILLISECONDS { now / 1e3 } else { now };
    Ok(Some(at_seconds(seconds)))
}

#[expect(clippy::cast_possible_truncation, reason = "below 1e17 microseconds")]
fn at_seconds(seconds: f64) -> Time {
    // Milliseconds are the finest that anyone writes; more are noise of the decimal fraction.
    Time::from_millis((seconds * 1e3).round() as i64)
}

impl<'a> Aircraft<'a> {
    /// Reads one; `now` is that of its snapshot, where it has none itself.
    pub(super) fn read(
        sent: &'a Map<String, Value>,
        now: Option<Time>,
        received: Time,
    ) -> Result<Self, Fault> {
        let hex = sent.get("hex").and_then(Value::as_str).map(str::trim);
        let address = hex.and_then(Address::from_text).ok_or(Fault("hex"))?;
        let now_at = moment(sent)?.or(now);
        let (position, seen) = place(sent)?;
        let heard = seen.map(|seen| before(now_at.unwrap_or(received), seen));
        let barometric = altitude(sent, "alt_baro")?.or(altitude(sent, "altitude")?);
        let geometric = number(sent, "alt_geom", -5e3, 1.5e5)?;
        let on_ground = match (barometric, sent.get("ground")) {
            (Some(Altitude::Ground), _) => Some(true),
            (_, Some(Value::Bool(ground))) => Some(*ground),
            (Some(Altitude::Feet(_)), _) => Some(false),
            _ => None,
        };
        let first = |names: [&'static str; 3], least, most| -> Result<Option<f64>, Fault> {
            for name in names {
                if let Some(value) = number(sent, name, least, most)? {
                    return Ok(Some(value));
                }
            }
            Ok(None)
        };
        let squawk = text(sent, "squawk")?.and_then(Squawk::from_text);
        let emergency = text(sent, "emergency")?.and_then(emergency_state);
        Ok(Self {
            icao: format!("{:06x}", address.number()),
            non_icao: !address.is_icao(),
            callsign: text(sent, "flight")?
                .map(str::trim)
                .filter(|sign| !sign.is_empty()),
            altitude_ft: match barometric {
                Some(Altitude::Feet(feet)) => Some(feet),
                Some(Altitude::Ground) => None,
                None => geometric,
            },
            on_ground,
            ground_speed_kt: first(["gs", "speed", "ground_speed"], 0.0, 7e3)?,
            track_deg: number(sent, "track", 0.0, 360.0)?
                .filter(|_| sent.get("validtrack").and_then(Value::as_i64) != Some(0)),
            vertical_rate_fpm: first(["baro_rate", "vert_rate", "geom_rate"], -1e5, 1e5)?,
            heard_at: heard,
            now_at,
            position,
            true_heading_deg: number(sent, "true_heading", 0.0, 360.0)?,
            category: text(sent, "category")?.and_then(category),
            nac_p: number(sent, "nac_p", 0.0, 15.0)?
                .and_then(|value| (0..=15).find(|nac| f64::from(*nac) >= value)),
            registration: text(sent, "r")?.map(str::trim).filter(|r| !r.is_empty()),
            signs: Signs {
                squawk,
                state: emergency,
            },
            source: source(sent, address),
            address,
            sent,
        })
    }

    /// Its call sign, where it can be one.
    pub(super) fn plain_callsign(&self) -> Option<Callsign> {
        let sign = self.callsign.and_then(Callsign::from_text)?;
        sign.filled().is_some().then_some(sign)
    }
}

/// Seconds before a moment.
#[expect(
    clippy::cast_possible_truncation,
    reason = "at most a day of milliseconds"
)]
fn before(now: Time, seconds: f64) -> Time {
    Time::from_millis(
        now.as_millis()
            .saturating_sub((seconds * 1e3).round() as i64),
    )
}

/// The position and how many seconds before `now` it was heard; the last one known, with its age, where the newest is
/// too old for the sender to call it the position.
fn place(sent: &Map<String, Value>) -> Result<(Option<LatLon>, Option<f64>), Fault> {
    let seen = number(sent, "seen", 0.0, MAX_SEEN_S)?;
    let invalid = sent.get("validposition").and_then(Value::as_i64) == Some(0);
    let own = at(sent)?.filter(|_| !invalid);
    if own.is_some() {
        return Ok((own, number(sent, "seen_pos", 0.0, MAX_SEEN_S)?.or(seen)));
    }
    if let Some(Value::Object(last)) = sent.get("lastPosition")
        && let Some(last_at) = at(last)?
        && let Some(age) = number(last, "seen_pos", 0.0, MAX_SEEN_S)?
    {
        return Ok((Some(last_at), Some(age)));
    }
    Ok((None, seen))
}

fn at(of: &Map<String, Value>) -> Result<Option<LatLon>, Fault> {
    let lat = number(of, "lat", -90.0, 90.0)?;
    let lon = number(of, "lon", -180.0, 180.0)?;
    Ok(lat
        .zip(lon)
        .and_then(|(lat, lon)| LatLon::new(lat, lon).ok()))
}

/// An altitude, which may be a word.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Altitude {
    Ground,
    Feet(f64),
}

fn altitude(of: &Map<String, Value>, name: &'static str) -> Result<Option<Altitude>, Fault> {
    if of.get(name).and_then(Value::as_str) == Some("ground") {
        return Ok(Some(Altitude::Ground));
    }
    Ok(number(of, name, -5e3, 1.5e5)?.map(Altitude::Feet))
}

/// A number within bounds; missing and `null` are none.
fn number(
    of: &Map<String, Value>,
    name: &'static str,
    least: f64,
    most: f64,
) -> Result<Option<f64>, Fault> {
    match of.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_f64() {
            Some(number) if (least..=most).contains(&number) => Ok(Some(number)),
            _ => Err(Fault(name)),
        },
    }
}

/// A text; missing and `null` are none.
fn text<'a>(of: &'a Map<String, Value>, name: &'static str) -> Result<Option<&'a str>, Fault> {
    match of.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Fault(name)),
    }
}

/// `A3` as 0xa3; `A0` says nothing.
fn category(text: &str) -> Option<u16> {
    let code = u16::from_str_radix(text, 16).ok()?;
    ((0xa1..=0xd7).contains(&code) && code & 15 != 0).then_some(code)
}

/// How the position was measured: by `type`, else by the lists of fields that came another way.
fn source(sent: &Map<String, Value>, address: Address) -> PositionSource {
    let lists = |name: &str| {
        let list = sent.get(name).and_then(Value::as_array);
        list.is_some_and(|list| list.iter().any(|field| field.as_str() == Some("lat")))
    };
    if lists("mlat") {
        return PositionSource::Mlat;
    }
    if lists("tisb") {
        return PositionSource::Radar;
    }
    match sent.get("type").and_then(Value::as_str) {
        Some("mlat") => PositionSource::Mlat,
        Some(kind) if kind.starts_with("tisb") => PositionSource::Radar,
        Some(kind) if kind.starts_with("adsb") || kind.starts_with("adsr") => PositionSource::Adsb,
        // Older senders name only what is not a transponder's own.
        None if address.is_icao() => PositionSource::Adsb,
        _ => PositionSource::Unknown,
    }
}
