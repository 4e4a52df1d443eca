//! The coast guard's plot: JSON lines made of AIS, as its own system passes vessels on. Two of them lie: one says the
//! same position for ever while it claims to sail, and one number is said by two vessels. Reads no clock.

use jiff::Timestamp;
use oneroof_model::LatLon;
use serde_json::json;

use crate::fleet::{Heard, KNOT_MPS, Spoken, seconds};
use crate::random::Random;
use crate::route::{Passing, Route};

/// The plot is passed on this often, milliseconds.
const EVERY_MS: u64 = 10_000;

/// A sign of life goes with it this often, milliseconds.
const ALIVE_EVERY_MS: u64 = 30_000;

/// Knots, number, name and way of each vessel.
type Row = (f64, u32, &'static str, &'static [(f64, f64)]);

const VESSELS: [Row; 5] = [
    (
        11.0,
        272_810_101,
        "PLOT STEPOVA",
        &[(46.20, 30.95), (45.80, 30.90), (45.45, 30.40)],
    ),
    (
        8.5,
        272_810_102,
        "PLOT LYMAN",
        &[(45.10, 29.95), (45.35, 30.30), (45.70, 30.60)],
    ),
    (
        13.0,
        272_810_103,
        "PLOT KHVYLIA",
        &[(44.90, 30.30), (45.60, 31.00), (46.30, 31.20)],
    ),
    // The same number twice, 100 km apart: the plot does not tell them apart.
    (
        7.0,
        272_810_110,
        "PLOT DVIINYK",
        &[(46.25, 31.00), (46.05, 31.10)],
    ),
    (
        7.0,
        272_810_110,
        "PLOT DVIINYK",
        &[(45.30, 29.98), (45.42, 30.10)],
    ),
];

/// The frozen one: where it is said to be, while it is said to make eight knots.
const FROZEN: (u32, &str, f64, f64, f64) = (272_810_120, "PLOT KRYHA", 45.62, 30.42, 8.0);

#[derive(Debug)]
struct Vessel {
    mmsi: u32,
    name: &'static str,
    speed_kn: f64,
    route: Route,
    ahead_m: f64,
}

/// The vessels of the plot.
#[derive(Debug)]
pub struct Plot {
    vessels: Vec<Vessel>,
    next_ms: u64,
    alive_ms: u64,
}

impl Plot {
    /// The same seed gives the same.
    pub fn new(seed: u64) -> Self {
        let mut random = Random::new(seed ^ 0x70_6c_6f_74);
        let vessel = |(speed_kn, mmsi, name, way): Row| {
            let route = Route::of_pairs(way)?;
            Some(Vessel {
                mmsi,
                name,
                speed_kn,
                ahead_m: random.between(0.0, route.length_m()),
                route,
            })
        };
        Self {
            vessels: VESSELS.into_iter().filter_map(vessel).collect(),
            next_ms: 0,
            alive_ms: 0,
        }
    }

    /// How many numbers it knows.
    pub const fn len(&self) -> usize {
        // The doubled one is one number, the frozen one is apart.
        self.vessels.len()
    }

    /// Whether it is empty.
    pub const fn is_empty(&self) -> bool {
        self.vessels.is_empty()
    }

    /// What is due `elapsed_ms` after the beginning, when it is `now`.
    pub fn speak(&mut self, elapsed_ms: u64, now: Timestamp) -> Option<Spoken> {
        if elapsed_ms < self.next_ms {
            return None;
        }
        self.next_ms = elapsed_ms + EVERY_MS;
        let mut text = String::new();
        if elapsed_ms >= self.alive_ms {
            self.alive_ms = elapsed_ms + ALIVE_EVERY_MS;
            text.push_str(&line(&json!({"kind": "ALIVE", "ts": now.as_millisecond()})));
        }
        for v in &self.vessels {
            let gone_m = v.ahead_m + v.speed_kn * KNOT_MPS * seconds(elapsed_ms);
            if let Some(here) = v.route.patrol(0.0, v.route.length_m(), gone_m) {
                text.push_str(&track(v.mmsi, v.name, v.speed_kn, here, now));
            }
        }
        let (mmsi, name, lat, lon, speed_kn) = FROZEN;
        if let Ok(at) = LatLon::new(lat, lon) {
            let course_deg = 95.0;
            text.push_str(&track(
                mmsi,
                name,
                speed_kn,
                Passing { at, course_deg },
                now,
            ));
        }
        let heard = Heard::Plot;
        Some(Spoken { heard, text })
    }
}

/// A line in the form of the plot.
fn track(mmsi: u32, name: &str, speed_kn: f64, here: Passing, now: Timestamp) -> String {
    let round = |v: f64, by: f64| (v * by).round() / by;
    line(&json!({
        "kind": "TRACK", "ts": now.as_millisecond(), "mmsi": mmsi, "name": name,
        "pos": [round(here.at.lon(), 1e5), round(here.at.lat(), 1e5)],
        "sog": speed_kn, "cog": round(here.course_deg, 10.0).min(359.9),
    }))
}

fn line(value: &serde_json::Value) -> String {
    format!("{value}\n")
}
