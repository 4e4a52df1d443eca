//! The line to the server: is it alive, when to try again, and what the server's clock says now.

use oneroof_model::Time;

/// Silence after which the screen says that the line is lost, milliseconds. The server beats every second.
pub const LOST_MS: f64 = 2_500.0;

/// Silence after which the map is greyed, milliseconds.
pub const GREY_MS: f64 = 10_000.0;

/// Longest pause between two attempts, milliseconds.
const MAX_BACKOFF_MS: f64 = 8_000.0;

/// What the screen says of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Line {
    /// Nothing was heard yet since the page came.
    #[default]
    Connecting,
    /// Alive.
    Live,
    /// Nothing heard for so many whole seconds.
    Lost(u32),
    /// The same, and for so long that the map is greyed.
    Grey(u32),
}

/// Judges the line by the newest word (local milliseconds) and whether the socket is open.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "saturates at 0"
)]
pub fn line(last_word_ms: Option<f64>, open: bool, now_ms: f64) -> Line {
    let Some(last) = last_word_ms else {
        return Line::Connecting;
    };
    let silent = (now_ms - last).max(0.0);
    let seconds = (silent / 1_000.0) as u32;
    if silent >= GREY_MS {
        Line::Grey(seconds)
    } else if silent >= LOST_MS || (!open && silent >= 1_000.0) {
        Line::Lost(seconds)
    } else {
        Line::Live
    }
}

/// Pause before attempt number `attempt` (from 0), milliseconds: doubling, with jitter so that a hundred screens do
/// not come back at once. `random` is 0 to 1.
pub fn backoff_ms(attempt: u32, random: f64) -> f64 {
    let full = (400.0 * f64::from(attempt.min(10)).exp2()).min(MAX_BACKOFF_MS);
    full * (0.5 + random.clamp(0.0, 1.0) / 2.0)
}

/// The server's clock, kept going by the local one between its words.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ServerClock {
    /// Server's microseconds minus local microseconds.
    offset_us: Option<i64>,
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "milliseconds of a page's life"
)]
fn micros(ms: f64) -> i64 {
    (ms * 1_000.0) as i64
}

impl ServerClock {
    /// Takes the server's word, heard at a local moment (milliseconds of a clock that never jumps).
    ///
    /// A word that was delayed on its way makes the server seem slow: of several words the fastest is right. So a
    /// higher offset is taken at once and a lower one slowly, but a jump of more than two seconds at once.
    pub fn hear(&mut self, server: Time, local_ms: f64) {
        let new = server.as_micros() - micros(local_ms);
        self.offset_us = Some(match self.offset_us {
            Some(old) if new < old && old - new < 2_000_000 => old - (old - new) / 16,
            _ => new,
        });
    }

    /// The server's time at a local moment; `None` before its first word.
    pub fn now(&self, local_ms: f64) -> Option<Time> {
        self.offset_us
            .map(|o| Time::from_micros(micros(local_ms) + o))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_said_within_three_seconds_and_greys_the_map_at_ten() {
        let at = |ms| line(Some(0.0), true, ms);
        assert_eq!(at(1_500.0), Line::Live);
        assert_eq!(at(2_600.0), Line::Lost(2));
        assert_eq!(at(9_999.0), Line::Lost(9));
        assert_eq!(at(10_000.0), Line::Grey(10));
        assert_eq!(line(None, false, 60_000.0), Line::Connecting);
    }

    #[test]
    fn a_closed_socket_is_said_sooner() {
        assert_eq!(line(Some(0.0), false, 1_200.0), Line::Lost(1));
    }

    #[test]
    fn pauses_grow_to_a_bound_and_are_spread() {
        assert!(backoff_ms(0, 0.0) >= 200.0);
        assert!(backoff_ms(3, 0.5) > backoff_ms(1, 0.5));
        assert!(backoff_ms(u32::MAX, 1.0) <= 8_000.0);
        assert!(backoff_ms(5, 0.0) < backoff_ms(5, 1.0));
    }

    #[test]
    fn ages_go_on_when_the_server_is_silent() {
        let mut c = ServerClock::default();
        assert_eq!(c.now(0.0), None);
        c.hear(Time::from_secs(1_000), 5_000.0);
        assert_eq!(c.now(65_000.0), Some(Time::from_secs(1_060)));
    }

    #[test]
    fn a_delayed_word_does_not_turn_the_clock_back_but_a_changed_clock_does() {
        let mut c = ServerClock::default();
        c.hear(Time::from_secs(1_000), 0.0);
        c.hear(Time::from_millis(1_000_200), 1_000.0);
        let now = c.now(1_000.0).unwrap();
        assert!(now.as_millis() >= 1_000_900, "{now}");
        c.hear(Time::from_secs(500), 2_000.0);
        assert_eq!(c.now(2_000.0), Some(Time::from_secs(500)));
    }
}
