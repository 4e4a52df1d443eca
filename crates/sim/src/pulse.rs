//! Signs of life of the agencies' systems and figures of the crossing points, each in its system's form. Reads no
//! clock.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::patrols::Push;
use crate::random::Random;

/// Crossing points that report their queues: code, usual cars, usual trucks.
const QUEUES: [(&str, u32, u32); 9] = [
    ("UAPL01", 40, 260),
    ("UAPL04", 55, 90),
    ("UAPL06", 70, 180),
    ("UAPL07", 110, 60),
    ("UASK01", 45, 70),
    ("UAHU01", 60, 110),
    ("UAHU05", 35, 0),
    ("UARO01", 30, 40),
    ("UARO05", 50, 140),
];

/// Customs sends its figures this often, milliseconds.
const FIGURES_EVERY_MS: u64 = 300_000;

struct Beat {
    feed: &'static str,
    every_ms: u64,
    next_ms: u64,
    body: fn(Timestamp) -> Value,
}

/// What keeps the feeds alive.
pub struct Pulse {
    beats: [Beat; 6],
    figures_at_ms: u64,
    random: Random,
    zone: TimeZone,
}

fn kyiv() -> TimeZone {
    TimeZone::get("Europe/Kyiv").unwrap_or(TimeZone::UTC)
}

fn written(now: Timestamp, format: &str, zone: TimeZone) -> String {
    now.to_zoned_datetime(zone).strftime(format).to_string()
}

impl Pulse {
    /// The same seed gives the same figures.
    pub fn new(seed: u64) -> Self {
        let beat = |feed, every_ms, body| Beat {
            feed,
            every_ms,
            next_ms: 0,
            body,
        };
        Self {
            beats: [
                beat(
                    "bg-sensors",
                    10_000,
                    |now| json!({"alarms": [{"kind": "ALIVE", "time": written(now, "%Y-%m-%d %H:%M:%S", kyiv())}]}),
                ),
                beat(
                    "bg-events",
                    15_000,
                    |now| json!({"podii": [{"kod": "PULS", "chas": written(now, "%Y-%m-%d %H:%M:%S", kyiv())}]}),
                ),
                beat(
                    "ss-notices",
                    30_000,
                    |now| json!({"notices": [{"kind": "ALIVE", "at": now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()}]}),
                ),
                beat(
                    "police-cad",
                    30_000,
                    |now| json!({"msg": "PING", "ts": written(now, "%d.%m.%Y %H:%M:%S", kyiv())}),
                ),
                beat(
                    "emergency-112",
                    30_000,
                    |now| json!({"calls": [{"code": "ALIVE", "at": now.as_millisecond()}]}),
                ),
                beat(
                    "customs-alerts",
                    120_000,
                    |now| json!({"alerts": [{"typ": "PULS", "chas": written(now, "%d.%m.%Y %H:%M", kyiv())}]}),
                ),
            ],
            figures_at_ms: 4_000,
            random: Random::new(seed ^ 0x6375_7374),
            zone: kyiv(),
        }
    }

    /// What is due `elapsed_ms` after the beginning, when it is `now`.
    pub fn pushes(&mut self, elapsed_ms: u64, now: Timestamp) -> Vec<Push> {
        let mut due = Vec::new();
        for beat in self.beats.iter_mut().filter(|b| elapsed_ms >= b.next_ms) {
            beat.next_ms = elapsed_ms + beat.every_ms;
            due.push(Push {
                feed: beat.feed,
                body: (beat.body)(now).to_string(),
            });
        }
        if elapsed_ms >= self.figures_at_ms {
            self.figures_at_ms = elapsed_ms + FIGURES_EVERY_MS;
            due.push(Push {
                feed: "customs-alerts",
                body: self.figures(now),
            });
        }
        due
    }

    fn figures(&mut self, now: Timestamp) -> String {
        let time = written(now, "%d.%m.%Y %H:%M", self.zone.clone());
        let mut vary = |usual: u32| usual * (70 + self.random.below(60)) / 100;
        let alerts: Vec<Value> = QUEUES
            .iter()
            .map(|(bcp, cars, trucks)| {
                let (cars, trucks) = (vary(*cars), vary(*trucks));
                // Customs writes numbers as texts, with a decimal comma.
                let tenths = (cars + trucks / 2) / 4;
                json!({
                    "typ": "CHERGA", "punkt": bcp, "chas": time, "legkovi": cars.to_string(),
                    "vantazhni": trucks.to_string(), "godyn": format!("{},{}", tenths / 10, tenths % 10),
                })
            })
            .collect();
        json!({ "alerts": alerts }).to_string()
    }
}
