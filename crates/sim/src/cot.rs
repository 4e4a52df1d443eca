//! The border guard's units with TAK on their phones: Cursor on Target in XML, as their TAK server passes it on. Each
//! speaks every 30 s; some have no figure for their error. Reads no clock.

use core::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};
use oneroof_config::Config;

use crate::fleet::{Heard, Spoken};
use crate::patrols::{Patrol, with_tak};

/// A unit speaks this often, milliseconds.
const EVERY_MS: u64 = 30_000;

/// What is said holds for this long, seconds: four times the period, as TAK clients do it.
const HOLDS_S: i64 = 120;

/// CoT's word for an error that nobody knows (2005 Message Router guide).
const UNKNOWN: &str = "9999999.0";

/// Their phones, and when each speaks next.
#[derive(Debug)]
pub struct CotUnits(Vec<(Patrol, u64)>);

impl CotUnits {
    /// The configured units with TAK; the same seed gives the same.
    pub fn new(seed: u64, config: &Config) -> Self {
        let units = with_tak(seed, config);
        let count = u64::try_from(units.len()).unwrap_or(u64::MAX).max(1);
        // Spread over the period, so that they do not all speak at once.
        let from = |i: usize| u64::try_from(i).unwrap_or(0) * EVERY_MS / count;
        Self(
            units
                .into_iter()
                .enumerate()
                .map(|(i, u)| (u, from(i)))
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

    /// What is due `elapsed_ms` after the beginning, when it is `now`.
    pub fn speak(&mut self, elapsed_ms: u64, now: Timestamp) -> Option<Spoken> {
        let mut text = String::new();
        for (i, (unit, next_ms)) in self.0.iter_mut().enumerate() {
            if elapsed_ms < *next_ms {
                continue;
            }
            *next_ms = elapsed_ms + EVERY_MS;
            // Every third phone leaves its error open.
            let error_m = (!i.is_multiple_of(3)).then(|| 4 + i);
            if let Some(event) = event(unit, elapsed_ms, error_m, now) {
                text.push_str(&event);
            }
        }
        let heard = Heard::Guard;
        (!text.is_empty()).then_some(Spoken { heard, text })
    }
}

fn event(unit: &Patrol, elapsed_ms: u64, error_m: Option<usize>, now: Timestamp) -> Option<String> {
    let here = unit.passing(elapsed_ms)?;
    let form = "%Y-%m-%dT%H:%M:%S%.3fZ";
    let time = now.strftime(form).to_string();
    let until = now.checked_add(SignedDuration::from_secs(HOLDS_S)).ok()?;
    let ce = error_m.map_or_else(|| UNKNOWN.to_owned(), |m| format!("{m}.0"));
    let (lat, lon) = (here.at.lat(), here.at.lon());
    let mut text = String::new();
    // Writing to a String does not fail.
    writeln!(
        text,
        "<event version=\"2.0\" uid=\"{}\" type=\"a-f-G-U-U-L\" how=\"m-g\" time=\"{time}\" start=\"{time}\" \
         stale=\"{}\"><point lat=\"{lat:.6}\" lon=\"{lon:.6}\" hae=\"{UNKNOWN}\" ce=\"{ce}\" le=\"{UNKNOWN}\"/>\
         <detail><contact callsign=\"{}\"/><__group name=\"Green\" role=\"Team Member\"/>\
         <track speed=\"{:.1}\" course=\"{:.1}\"/></detail></event>",
        unit.id,
        until.strftime(form),
        unit.name,
        unit.speed_kmh / 3.6,
        here.course_deg.min(359.9),
    )
    .ok()?;
    Some(text)
}
