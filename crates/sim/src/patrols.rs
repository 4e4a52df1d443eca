//! The agencies' own units: where each is, in the form of the system that its agency has. Reads no clock.

use jiff::Timestamp;
use oneroof_config::Config;
use oneroof_config::types::UnitRow;
use oneroof_geo::bearing_deg;
use oneroof_model::{LatLon, UnitKind};
use serde_json::{Value, json};

use crate::lanes;
use crate::random::Random;
use crate::route::{Passing, Route};

/// Towards here is inland, wherever one stands at the western and southern border.
const INLAND: (f64, f64) = (49.2, 29.0);

/// Units with this beginning of their id have a phone with TAK: they are told by `CotUnits`.
const TAK: &str = "BG-T-";

/// A unit says what it does this often, milliseconds; its position goes every time.
const STATUS_EVERY_MS: u64 = 60_000;

/// A unit on its way to and fro.
#[derive(Debug)]
pub(crate) struct Patrol {
    pub(crate) id: String,
    org: String,
    pub(crate) name: String,
    state: &'static str,
    route: Route,
    from_m: f64,
    span_m: f64,
    ahead_m: f64,
    pub(crate) speed_kmh: f64,
    status_at_ms: u64,
}

/// All units that move or stand somewhere.
#[derive(Debug)]
pub struct Patrols(Vec<Patrol>);

/// A push to one feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// The feed.
    pub feed: &'static str,
    /// The body.
    pub body: String,
}

/// Speed in km/h, length of the stretch in metres, distance from the line in metres.
const fn habits(kind: UnitKind) -> (f64, f64, f64) {
    match kind {
        UnitKind::FootPatrol => (4.0, 5_000.0, 250.0),
        UnitKind::VehiclePatrol => (34.0, 18_000.0, 700.0),
        UnitKind::Boat => (26.0, 30_000.0, 0.0),
        UnitKind::Helicopter => (165.0, 70_000.0, 2_500.0),
        UnitKind::Uav => (75.0, 14_000.0, 900.0),
        UnitKind::CustomsGroup => (28.0, 12_000.0, 2_500.0),
        UnitKind::ReactionGroup | UnitKind::Ambulance | UnitKind::Rescue => (0.0, 100.0, 3_500.0),
        UnitKind::Other => (12.0, 8_000.0, 3_000.0),
    }
}

impl Patrols {
    /// The configured units that have a section with a shape; the same seed gives the same.
    pub fn new(seed: u64, config: &Config) -> Self {
        let mut random = Random::new(seed ^ 0x70_61_74);
        let units = config.units.iter().filter(|u| !has_tak(u));
        Self(
            units
                .filter_map(|u| patrol(u, config, &mut random))
                .collect(),
        )
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What the agencies' systems send `elapsed_ms` after the beginning, when it is `now`.
    pub fn pushes(&mut self, elapsed_ms: u64, now: Timestamp) -> Vec<Push> {
        let (mut guard, mut police, mut others) = (Vec::new(), Vec::new(), Vec::new());
        let time = now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        for p in &mut self.0 {
            let Some(here) = p.passing(elapsed_ms) else {
                continue;
            };
            let says = elapsed_ms >= p.status_at_ms;
            if says {
                p.status_at_ms = elapsed_ms + STATUS_EVERY_MS;
            }
            match p.org.as_str() {
                "BG" => guard.push(p.tracked(here, &time, says)),
                "PO" => police.push(p.dispatched(here, &time)),
                _ => {
                    let mut record = p.tracked(here, &time, says);
                    if let Some(map) = record.as_object_mut() {
                        map.insert("org".to_owned(), json!(p.org));
                    }
                    others.push(record);
                }
            }
        }
        [
            ("bg-patrols", guard),
            ("police-cad", police),
            ("unit-trackers", others),
        ]
        .into_iter()
        .filter(|(_, records)| !records.is_empty())
        .map(|(feed, records)| Push {
            feed,
            body: Value::Array(records).to_string(),
        })
        .collect()
    }
}

fn has_tak(unit: &UnitRow) -> bool {
    unit.id.as_str().starts_with(TAK)
}

/// The units with TAK that have a section with a shape; the same seed gives the same.
pub(crate) fn with_tak(seed: u64, config: &Config) -> Vec<Patrol> {
    let mut random = Random::new(seed ^ 0x74_61_6b);
    let units = config.units.iter().filter(|u| has_tak(u));
    units
        .filter_map(|u| patrol(u, config, &mut random))
        .collect()
}

fn patrol(unit: &UnitRow, config: &Config, random: &mut Random) -> Option<Patrol> {
    let section = unit.section.as_ref()?;
    let line = lanes::section(config, section.as_str())?;
    let (speed_kmh, span_m, aside_m) = habits(unit.kind);
    let inland = bearing_deg(line.middle()?, LatLon::new(INLAND.0, INLAND.1).ok()?);
    let route = if aside_m > 0.0 {
        line.moved(inland, aside_m)?
    } else {
        line
    };
    let span_m = span_m.min(route.length_m());
    let speed_kmh = if speed_kmh > 0.0 {
        speed_kmh * random.between(0.85, 1.15)
    } else {
        0.0
    };
    Some(Patrol {
        id: unit.id.to_string(),
        org: unit.org.to_string(),
        name: unit.uk.clone(),
        state: "FREE",
        from_m: random.between(0.0, route.length_m() - span_m),
        ahead_m: random.between(0.0, 2.0 * span_m),
        span_m,
        route,
        speed_kmh,
        status_at_ms: 0,
    })
}

impl Patrol {
    pub(crate) fn passing(&self, elapsed_ms: u64) -> Option<Passing> {
        let seconds = f64::from(u32::try_from(elapsed_ms / 100).unwrap_or(u32::MAX)) / 10.0;
        self.route.patrol(
            self.from_m,
            self.span_m,
            self.ahead_m + self.speed_kmh / 3.6 * seconds,
        )
    }

    /// The form of the border guard's tracker.
    fn tracked(&self, here: Passing, time: &str, says_status: bool) -> Value {
        let mut record = json!({
            "unit": self.id, "name": self.name, "time": time,
            "lat": degrees(here.at.lat()), "lon": degrees(here.at.lon()), "speed_kmh": self.speed_kmh.round(),
        });
        if let Some(map) = record.as_object_mut() {
            if self.speed_kmh > 0.0 {
                map.insert("course".to_owned(), json!(here.course_deg.floor()));
            }
            if says_status {
                map.insert("status".to_owned(), json!(self.state));
            }
        }
        record
    }

    /// The form of the police's dispatch system.
    fn dispatched(&self, here: Passing, time: &str) -> Value {
        json!({
            "msg": "UNIT", "ts": time,
            "unit": {
                "id": self.id, "name": self.name, "state": self.state,
                "lat": degrees(here.at.lat()), "lon": degrees(here.at.lon()),
            },
        })
    }
}

/// Six decimals: a tracker says no more.
fn degrees(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}
