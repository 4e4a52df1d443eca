//! The queue of a crossing point as the map says it: how long, how many, and how old the figures are.

use oneroof_model::{Figures, Time};

use crate::words::{Lang, age};

/// From this expected wait on, seconds, a queue is said on the map however small its scale.
const HEAVY_S: f64 = 7_200.0;

/// Figures older than this, seconds, are said with their age (domain digest 4.2: queue figures are stale after 30 min).
const STALE_S: f64 = 1_800.0;

/// Figures older than this, seconds, say nothing of now (lost after 2 h).
const LOST_S: f64 = 7_200.0;

/// What is said of a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// The text: vehicles waiting, the expected wait, the age where the figures are not fresh.
    pub text: String,
    /// Whether the wait is so long that it belongs onto a map of the whole border.
    pub heavy: bool,
}

/// The queue, where fresh or stale figures tell of one.
pub fn queue(figures: &Figures, now: Time, lang: Lang) -> Option<Queue> {
    let old_s = now.secs_since(figures.at);
    if old_s > LOST_S {
        return None;
    }
    let counts = [
        figures.cars_waiting,
        figures.trucks_waiting,
        figures.buses_waiting,
    ];
    let waiting: u64 = counts.iter().flatten().map(|n| u64::from(*n)).sum();
    let wait_s = f64::from(figures.wait_min.unwrap_or(0)) * 60.0;
    if waiting == 0 && wait_s == 0.0 {
        return None;
    }
    let wait = (wait_s > 0.0).then(|| age(lang, wait_s));
    let count = (waiting > 0).then(|| waiting.to_string());
    let stale = (old_s > STALE_S).then(|| format!("({})", age(lang, old_s)));
    let parts: Vec<String> = [count, wait].into_iter().flatten().collect();
    let text: Vec<String> = core::iter::once(parts.join(" \u{b7} "))
        .chain(stale)
        .collect();
    Some(Queue {
        text: text.join(" "),
        heavy: wait_s >= HEAVY_S,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(json: &str, now_s: i64) -> Option<(String, bool)> {
        let figures: Figures = serde_json::from_str(&format!(
            r#"{{"bcp":"UAPL03","at":"1970-01-01T00:00:00Z","received":"1970-01-01T00:00:00Z","org":"CU"{json}}}"#
        ))
        .unwrap();
        queue(&figures, Time::from_secs(now_s), Lang::En).map(|q| (q.text, q.heavy))
    }

    #[test]
    fn a_queue_is_said_with_its_length_its_wait_and_its_age_where_that_matters() {
        let many = r#","cars_waiting":40,"trucks_waiting":160,"wait_min":180"#;
        let of = |text: &str, heavy| Some((text.to_owned(), heavy));
        assert_eq!(said(many, 60), of("200 \u{b7} 3\u{a0}h", true));
        assert_eq!(
            said(many, 3_600),
            of("200 \u{b7} 3\u{a0}h (1\u{a0}h)", true)
        );
        assert_eq!(said(many, 7_201), None, "so old figures say nothing of now");
        assert_eq!(said(r#","cars_waiting":7"#, 60), of("7", false));
        assert_eq!(said(r#","cars_waiting":0,"wait_min":0"#, 60), None);
    }
}
