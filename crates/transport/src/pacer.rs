//! At what moments the lines of a capture are played.

use core::time::Duration;

use oneroof_model::Time;

/// Lines a second of a capture that has no times and for which no rate is set.
pub const DEFAULT_RATE_PER_S: f64 = 50.0;

/// A gap in a capture longer than this is played as this long. 10 s.
pub const MAX_GAP_S: f64 = 10.0;

/// What sets the pace.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pace {
    /// The times in the capture, so much faster than it happened (1 = as it happened).
    Times {
        /// Factor, above 0.
        speed: f64,
    },
    /// So many lines a second.
    Rate {
        /// Lines a second, above 0.
        per_s: f64,
    },
    /// As fast as they are taken.
    Unpaced,
}

/// Gives each line its moment, counted from the start.
#[derive(Debug, Clone)]
pub struct Pacer {
    pace: Pace,
    /// Time of the newest line that had one.
    last: Option<Time>,
    /// Seconds from the start.
    due_s: f64,
}

impl Pacer {
    /// A pacer. A capture of which the beginning shows no times is played at [`DEFAULT_RATE_PER_S`].
    pub const fn new(pace: Pace, has_times: bool) -> Self {
        let pace = match pace {
            Pace::Times { .. } if !has_times => Pace::Rate {
                per_s: DEFAULT_RATE_PER_S,
            },
            other => other,
        };
        Self {
            pace,
            last: None,
            due_s: 0.0,
        }
    }

    /// Whether a line that comes next would be due by then, without taking it.
    pub fn is_due_by(&self, recorded: Option<Time>, elapsed: Duration) -> bool {
        self.clone().due(recorded) <= elapsed
    }

    /// When the next line is due, counted from the start; never earlier than the line before.
    pub fn due(&mut self, recorded: Option<Time>) -> Duration {
        match self.pace {
            Pace::Unpaced => {}
            Pace::Rate { per_s } => {
                if per_s > 0.0 {
                    let due = self.due_s;
                    self.due_s += 1.0 / per_s;
                    return Duration::try_from_secs_f64(due).unwrap_or(Duration::MAX);
                }
            }
            Pace::Times { speed } => {
                if let Some(time) = recorded {
                    let gap_s = self.last.map_or(0.0, |last| time.secs_since(last));
                    if speed > 0.0 {
                        self.due_s += gap_s.clamp(0.0, MAX_GAP_S) / speed;
                    }
                    // Stations that disagree by a little must not add up; a clock that was set back counts anew.
                    if self.last.is_none() || !(-MAX_GAP_S..=0.0).contains(&gap_s) {
                        self.last = Some(time);
                    }
                }
            }
        }
        Duration::try_from_secs_f64(self.due_s).unwrap_or(Duration::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::unnecessary_wraps, reason = "short for the tables below")]
    fn at(s: i64) -> Option<Time> {
        Some(Time::from_secs(1_000_000 + s))
    }

    #[test]
    fn times_set_the_pace_and_lines_without_keep_to_the_last() {
        let mut pacer = Pacer::new(Pace::Times { speed: 2.0 }, true);
        let due: Vec<f64> = [None, at(0), None, at(4), at(3), at(6)]
            .into_iter()
            .map(|t| pacer.due(t).as_secs_f64())
            .collect();
        assert_eq!(due, [0.0, 0.0, 0.0, 2.0, 2.0, 3.0]);
    }

    #[test]
    fn a_gap_of_a_day_is_played_as_ten_seconds() {
        let mut pacer = Pacer::new(Pace::Times { speed: 1.0 }, true);
        pacer.due(at(0));
        assert_eq!(pacer.due(at(86_400)), Duration::from_secs(10));
    }

    #[test]
    fn without_times_the_default_rate_holds() {
        let mut pacer = Pacer::new(Pace::Times { speed: 1.0 }, false);
        let last = (0..101).map(|_| pacer.due(None)).last().unwrap();
        assert!((last.as_secs_f64() - 2.0).abs() < 1e-6, "{last:?}");
    }
}
