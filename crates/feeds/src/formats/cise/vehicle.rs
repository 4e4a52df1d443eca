//! Vessels, aircraft and land vehicles to positions.

use oneroof_model::{
    Draft, Geometry, Mode, PositionDraft, PositionSource, Time, TrackDomain, TrackKey,
};
use serde_json::Value;

use super::config::CiseOptions;
use super::place::geometry_of;
use super::schema::schema;
use super::time::{moment, period};
use super::value::{all, at, text};

/// Knots in metres a second: the nautical mile is 1852 m.
const KNOT_MPS: f64 = 1_852.0 / 3_600.0;

/// Longest text of a track, bytes.
const MAX_IDENT: usize = 64;

/// Ship types of CISE whose AIS ship type (ITU-R M.1371-5, table 53) is certain.
const SHIP_TYPES: &[(&str, u16)] = &[
    ("FishingVessel", 30),
    ("HighSpeedCraft", 40),
    ("PassengerShip", 60),
    ("BulkCarrier", 70),
    ("GeneralCargoShip", 70),
    ("OilTanker", 80),
];

/// Navigational statuses in the order of their AIS numbers (ITU-R M.1371-5, 3.3.7.2.1). Number 7 to 15 with the reserved
/// ones left empty.
const STATUSES: [&str; 16] = [
    "UnderWayUsingEngine",
    "AtAnchor",
    "NotUnderCommand",
    "RestrictedManoeuvrability",
    "ConstrainedByHerDraught",
    "Moored",
    "Aground",
    "EngagedInFishing",
    "UnderWaySailing",
    "",
    "",
    "PowerDrivenVesselTowingAstern",
    "PowerDrivenVesselTowigAheadOrPushingAlongside",
    "",
    "AISSARTSeekingToAttractAttention",
    "UndefinedDefault",
];

/// The track of a vehicle: a vessel by its MMSI, else by its IMO number; anything by its UUID.
pub(super) fn track(vehicle: &Value, class: &str) -> Option<TrackKey> {
    let domain = match class {
        "Vessel" => TrackDomain::Vessel,
        "Aircraft" => TrackDomain::Aircraft,
        _ => TrackDomain::Vehicle,
    };
    if domain == TrackDomain::Vessel {
        let mmsi = number_of(vehicle, "MMSI").filter(|n| *n <= 999_999_999);
        if let Some(mmsi) = mmsi {
            return Some(TrackKey::vessel(u32::try_from(mmsi).ok()?));
        }
        if let Some(imo) = number_of(vehicle, "IMONumber") {
            return Some(TrackKey::text(domain, &format!("imo:{imo}")));
        }
    }
    let id = text(vehicle, &["Identifier", "UUID"])?;
    (id.len() <= MAX_IDENT).then(|| TrackKey::text(domain, id))
}

/// A positive number.
pub(super) fn number_of(vehicle: &Value, key: &str) -> Option<u64> {
    at(vehicle, &[key])?.as_u64().filter(|n| *n > 0)
}

/// One position for each place at which the vehicle is said to be, or its static data where there is none; nothing where it
/// can't be named.
pub(super) fn positions(
    vehicle: &Value,
    class: &str,
    sent: Option<Time>,
    options: &CiseOptions,
) -> Vec<Draft> {
    let Some(track) = track(vehicle, class) else {
        return Vec::new();
    };
    let known = known(vehicle, track);
    let mut found: Vec<Draft> = all(vehicle, "LocationRel")
        .iter()
        .filter_map(|relation| {
            // A port where it is registered is not where it is.
            if text(relation, &["LocationRole"]).is_some_and(|role| role != "NonSpecified") {
                return None;
            }
            position(relation, known.clone(), sent, options).map(Draft::Position)
        })
        .collect();
    if found.is_empty() {
        found.push(Draft::Position(PositionDraft { at: sent, ..known }));
    }
    found
}

/// What is known of a vehicle wherever it is.
fn known(vehicle: &Value, track: TrackKey) -> PositionDraft {
    let length = at(vehicle, &["LOA"]).or_else(|| at(vehicle, &["Length"]));
    let length = length.and_then(Value::as_f64).filter(|m| *m > 0.0);
    let ship_type = text(vehicle, &["ShipType"]);
    let status = text(vehicle, &["NavigationalStatus"]);
    let short = |value: &str| value.chars().take(200).collect::<String>().into_boxed_str();
    PositionDraft {
        name: text(vehicle, &["Name"]).map(short),
        call_sign: text(vehicle, &["CallSign"]).map(short),
        kind_code: SHIP_TYPES
            .iter()
            .find(|(word, _)| Some(*word) == ship_type)
            .map(|(_, code)| *code),
        nav_status: status
            .and_then(|s| STATUSES.iter().position(|known| *known == s))
            .and_then(|n| u8::try_from(n).ok()),
        length_m: length.and_then(whole_metres),
        ..PositionDraft::new(track)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to lie in the range just before"
)]
fn whole_metres(length: f64) -> Option<u16> {
    let whole = length.round();
    (1.0..=f64::from(u16::MAX))
        .contains(&whole)
        .then_some(whole as u16)
}

/// One position out of a `LocationRel`.
fn position(
    relation: &Value,
    known: PositionDraft,
    sent: Option<Time>,
    options: &CiseOptions,
) -> Option<PositionDraft> {
    let shapes = all(relation.get("Location")?, "Geometry").iter();
    let point = shapes.clone().find_map(|shape| match geometry_of(shape) {
        Ok(Some(Geometry::Point { at })) => Some(at),
        _ => None,
    })?;
    let number = |key: &str| at(relation, &[key]).and_then(Value::as_f64);
    let angle = |key: &str| {
        let degrees = number(key).filter(|d| (0.0..=360.0).contains(d))?;
        Some(narrow(if degrees >= 360.0 { 0.0 } else { degrees }))
    };
    let speed = number("SOG");
    let period = relation
        .get("PeriodOfTime")
        .and_then(|p| period(p, &options.zone));
    let simulated = text(relation, &["SourceType"]) == Some("Simulation");
    let altitude = shapes
        .filter_map(|shape| text(shape, &["Altitude"]))
        .find_map(super::value::number);
    Some(PositionDraft {
        // It was there at the latest when the message was made.
        at: match (period, sent) {
            (Some((interval, _)), Some(sent)) => Some(interval.to.min(sent)),
            (Some((interval, _)), None) => Some(interval.to),
            (None, sent) => sent,
        },
        position: Some(point),
        alt_m: altitude.map(narrow),
        speed_mps: speed.filter(|s| *s >= 0.0).map(|s| narrow(s * KNOT_MPS)),
        course_deg: angle("COG"),
        heading_deg: angle("Heading"),
        source: text(relation, &["SensorType"]).map_or(PositionSource::Unknown, sensor),
        mode: simulated.then_some(Mode::Exercise),
        ..known
    })
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a track keeps 32 bits of it"
)]
const fn narrow(value: f64) -> f32 {
    value as f32
}

fn sensor(word: &str) -> PositionSource {
    match word {
        "AutomaticIdentificationSystem" => PositionSource::Ais,
        "MaritimeRadar" | "SyntheticApertureRadar" | "MaritimeMovingTargetIdentification" => {
            PositionSource::Radar
        }
        "VesselMonitoringSystem"
        | "LongRangeIdentificationTracking"
        | "AutomaticVehicleLocation" => PositionSource::Gnss,
        "Sighting" => PositionSource::Manual,
        _ => PositionSource::Unknown,
    }
}

/// The class of an object as `xsi:type` names it, where it is a vehicle.
pub(super) fn vehicle_class(object: &Value) -> Option<&'static str> {
    let (name, _) = schema().class(text(object, &["xsi_type"])?)?;
    schema().is_a(name, "Vehicle").then_some(name)
}

/// When a message was made, and whether its zone had to be assumed.
pub(super) fn sent(message: &Value, options: &CiseOptions) -> Option<(Time, bool)> {
    moment(text(message, &["CreationDateTime"])?, &options.zone)
}
