//! The alarm service: a list of all regions with their state, shaped after the public services of Ukraine, sent whole and
//! often, so that every message also confirms what did not change. Invented; reads no clock.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::patrols::Push;

/// The feed.
const FEED: &str = "air-alarm";

/// The list is sent this often, milliseconds.
const EVERY_MS: u64 = 20_000;

/// What happens begins anew after so long, seconds.
const CYCLE_S: u64 = 900;

/// When an alert is on in a region: number in the list, from and to in the cycle, seconds.
const ALERTS: [(usize, u64, u64); 6] = [
    (13, 40, 520),
    (15, 90, 700),
    (8, 60, 330),
    (25, 180, 420),
    (3, 480, 760),
    (5, 600, 840),
];

/// The service's own names, in its own order.
const REGIONS: [&str; 27] = [
    "Вінницька область",
    "Волинська область",
    "Дніпропетровська область",
    "Рівненська область",
    "Житомирська область",
    "Закарпатська область",
    "Запорізька область",
    "Донецька область",
    "Івано-Франківська область",
    "Київська область",
    "Кіровоградська область",
    "Луганська область",
    "м. Київ",
    "Львівська область",
    "Миколаївська область",
    "Одеська область",
    "Полтавська область",
    "Харківська область",
    "Сумська область",
    "Тернопільська область",
    "Херсонська область",
    "Хмельницька область",
    "Черкаська область",
    "АР Крим",
    "Чернігівська область",
    "Чернівецька область",
    "м. Севастополь",
];

/// The service.
#[derive(Debug, Default)]
pub struct Alarm {
    next_ms: u64,
}

impl Alarm {
    /// The service at its beginning: no alert anywhere.
    pub fn new() -> Self {
        Self::default()
    }

    /// What is due `elapsed_ms` after the beginning, when it is `now`.
    pub fn pushes(&mut self, elapsed_ms: u64, now: Timestamp) -> Vec<Push> {
        if elapsed_ms < self.next_ms {
            return Vec::new();
        }
        self.next_ms = elapsed_ms + EVERY_MS;
        vec![Push {
            feed: FEED,
            body: list(elapsed_ms / 1_000, now).to_string(),
        }]
    }
}

/// Whether an alert is on in a region, and for how long its state has lasted, seconds.
fn state(region: usize, elapsed_s: u64) -> (bool, u64) {
    let at = elapsed_s % CYCLE_S;
    let Some((_, from, to)) = ALERTS.iter().find(|(n, ..)| *n == region) else {
        // It was quiet for long before anybody listened.
        return (false, 7_200 + elapsed_s);
    };
    if at < *from {
        // Since the alert of the round before, or for long.
        let lasts = if elapsed_s < CYCLE_S {
            7_200 + elapsed_s
        } else {
            at + CYCLE_S - to
        };
        return (false, lasts);
    }
    if at < *to {
        (true, at - from)
    } else {
        (false, at - to)
    }
}

fn list(elapsed_s: u64, now: Timestamp) -> Value {
    let zone = TimeZone::get("Europe/Kyiv").unwrap_or(TimeZone::UTC);
    let written = |t: Timestamp| {
        let local = t.to_zoned_datetime(zone.clone());
        local.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    };
    let states: Vec<Value> = REGIONS
        .iter()
        .enumerate()
        .map(|(i, name)| {
            let (alert, lasts_s) = state(i, elapsed_s);
            let lasts = SignedDuration::from_secs(i64::try_from(lasts_s).unwrap_or(0));
            let changed = now.checked_sub(lasts).unwrap_or(now);
            json!({"id": i + 1, "name": name, "type": "AIR", "alert": alert, "changed": written(changed)})
        })
        .collect();
    json!({"states": states, "last_update": written(now)})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alerts_come_and_go_within_minutes_and_every_round_anew() {
        let lviv = |s| state(13, s);
        assert!(!lviv(0).0 && lviv(40).0 && lviv(519).0 && !lviv(520).0);
        assert_eq!(lviv(100), (true, 60));
        assert_eq!(lviv(620), (false, 100));
        assert_eq!(lviv(CYCLE_S), (false, CYCLE_S - 520));
        assert_eq!(lviv(CYCLE_S + 50), (true, 10));
        let under_alert = |s| (0..REGIONS.len()).filter(|i| state(*i, s).0).count();
        assert_eq!(under_alert(0), 0);
        assert_eq!(under_alert(200), 4);
    }

    #[test]
    fn the_whole_list_is_sent_every_twenty_seconds() {
        let mut alarm = Alarm::new();
        let now: Timestamp = "2026-11-23T00:40:00Z".parse().unwrap();
        let pushed: Vec<usize> = [0, 2_000, 20_000]
            .map(|ms| alarm.pushes(ms, now).len())
            .into();
        assert_eq!(pushed, [1, 0, 1]);
        let body = list(100, now);
        let states = body["states"].as_array().unwrap();
        assert_eq!(states.len(), 27);
        assert_eq!(states[13]["changed"], "2026-11-23T02:39:00+02:00");
    }
}
