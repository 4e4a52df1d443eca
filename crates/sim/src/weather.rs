//! The weather service's grid: cells along the border with slowly changing wind, and a patch of fog that wanders along it.
//! Invented; reads no clock.

use core::f64::consts::TAU;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::patrols::Push;

/// The feed.
const FEED: &str = "weather-grid";

/// The grid is sent this often, milliseconds.
const EVERY_MS: u64 = 120_000;

/// The fog goes to the next cell after so long, seconds.
const FOG_STEP_S: i64 = 600;

/// Cells that the fog lies over at one time.
const FOG_CELLS: usize = 3;

/// Middles of the cells, latitude and longitude in degrees: the border from the Bug to the Danube and the sea before it, and
/// the north.
const CELLS: [(f64, f64); 36] = [
    (51.5, 23.8),
    (51.0, 24.2),
    (50.5, 24.2),
    (50.0, 23.5),
    (49.5, 23.0),
    (49.0, 22.9),
    (48.6, 22.4),
    (48.3, 22.8),
    (48.1, 23.3),
    (48.0, 24.0),
    (47.9, 24.7),
    (47.9, 25.3),
    (48.1, 25.9),
    (48.4, 26.5),
    (48.5, 27.3),
    (48.3, 28.1),
    (48.0, 28.7),
    (47.6, 29.3),
    (47.1, 29.7),
    (46.6, 30.0),
    (46.3, 29.4),
    (45.9, 29.0),
    (45.5, 28.6),
    (45.4, 29.1),
    (45.5, 29.7),
    (45.9, 30.2),
    (46.4, 30.8),
    (46.6, 31.4),
    (45.3, 30.6),
    (45.8, 31.5),
    (51.5, 25.2),
    (51.6, 26.6),
    (51.3, 28.0),
    (51.3, 29.6),
    (51.6, 31.4),
    (52.0, 33.4),
];

/// The service.
#[derive(Debug, Default)]
pub struct Grid {
    next_ms: u64,
}

impl Grid {
    /// The service at its beginning.
    pub fn new() -> Self {
        Self::default()
    }

    /// What is due `elapsed_ms` after the beginning, when it is `now`.
    pub fn pushes(&mut self, elapsed_ms: u64, now: Timestamp) -> Vec<Push> {
        if elapsed_ms < self.next_ms {
            return Vec::new();
        }
        self.next_ms = elapsed_ms + EVERY_MS;
        let cells: Vec<Value> = (0_usize..)
            .zip(CELLS)
            .map(|(n, at)| cell(n, at, now.as_second()))
            .collect();
        let issued = now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        vec![Push {
            feed: FEED,
            body: json!({"issued": issued, "cells": cells}).to_string(),
        }]
    }
}

/// Whether the fog lies over a cell at a second.
fn fog(n: usize, at_s: i64) -> bool {
    let step = usize::try_from(at_s.div_euclid(FOG_STEP_S)).unwrap_or(0);
    let first = step % CELLS.len();
    (n + CELLS.len() - first) % CELLS.len() < FOG_CELLS
}

fn rounded(value: f64, decimals: i32) -> f64 {
    let scale = 10_f64.powi(decimals);
    (value * scale).round() / scale
}

fn cell(n: usize, (lat, lon): (f64, f64), at_s: i64) -> Value {
    // A wave of four hours for the strength of the wind, one of nine for where it comes from; the remainder of a common
    // multiple keeps the numbers small.
    let t = i32::try_from(at_s.rem_euclid(36 * 3_600)).map_or(0.0, f64::from) / 3_600.0;
    let fog = fog(n, at_s);
    let wave = (TAU * t / 4.0 + lat).sin();
    let wind = if fog { 1.0 } else { 6.5 + 4.5 * wave };
    let from = (250.0 + 55.0 * (TAU * t / 9.0 + lon / 3.0).sin()).rem_euclid(360.0);
    let visibility = if fog {
        250.0
    } else {
        14_000.0 + 4_000.0 * wave
    };
    json!({
        "cell": format!("G-{:02}", n + 1), "lat": lat, "lon": lon,
        "wind_ms": rounded(wind, 1), "wind_from": rounded(from, 0), "gust_ms": rounded(wind * 1.6, 1),
        "visibility_m": rounded(visibility, -1), "temp_c": rounded(9.0 - (lat - 45.0) * 1.3 + 2.0 * wave, 1),
        "rain_mm_h": if wave > 0.8 { rounded((wave - 0.8) * 4.0, 1) } else { 0.0 },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = 1_795_435_200;

    #[test]
    fn the_fog_lies_over_three_cells_and_wanders() {
        let over = |s| -> Vec<usize> { (0..CELLS.len()).filter(|n| fog(*n, s)).collect() };
        let (now, next) = (over(NOON), over(NOON + FOG_STEP_S));
        assert_eq!((now.len(), next.len()), (FOG_CELLS, FOG_CELLS));
        assert_ne!(now, next);
        assert_eq!(over(NOON + 36 * FOG_STEP_S), now, "around once");
    }

    #[test]
    fn the_wind_changes_slowly_and_stays_what_it_can_be() {
        for (n, place) in CELLS.into_iter().enumerate() {
            let wind = |s| {
                let value = cell(n, place, s);
                let wind = value["wind_ms"].as_f64().unwrap();
                let from = value["wind_from"].as_f64().unwrap();
                assert!(
                    (0.0..=12.0).contains(&wind) && (0.0..=360.0).contains(&from),
                    "{value}"
                );
                (wind, fog(n, s))
            };
            for s in (NOON..NOON + 7_200).step_by(120) {
                let ((a, fog_a), (b, fog_b)) = (wind(s), wind(s + 120));
                assert!(fog_a != fog_b || (a - b).abs() < 0.5, "{a} {b}");
            }
        }
    }
}
