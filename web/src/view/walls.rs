//! What a desk is told of the walls: one that does not paint looks alive, and nobody in the room knows.

use oneroof_model::Time;
use oneroof_wire::WallState;

/// A wall that has not painted what it was sent for so long is told of, seconds. It says so every five.
const BEHIND_S: f64 = 12.0;

/// A wall that left is told of for so long, seconds; after that it was taken down on purpose.
const GONE_S: f64 = 1_800.0;

/// What is wrong with a wall.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Trouble {
    /// It is connected and has not painted for so many seconds.
    Behind(f64),
    /// It is not connected any more.
    Gone,
}

/// What is wrong with a wall at a moment; `None` where all is well.
pub fn trouble(w: &WallState, now: Time) -> Option<Trouble> {
    if w.pages == 0 {
        let recent = w.left_at.is_some_and(|t| now.secs_since(t) < GONE_S);
        return recent.then_some(Trouble::Gone);
    }
    let since = w.painted_at.or(w.since);
    let silent = since.map_or(0.0, |t| now.secs_since(t));
    let worst = w.behind_s.max(silent);
    (worst > BEHIND_S).then_some(Trouble::Behind(worst))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wall() -> WallState {
        WallState {
            name: "north".into(),
            pages: 1,
            since: Some(Time::from_secs(0)),
            left_at: None,
            sent: 5,
            painted: 5,
            painted_at: Some(Time::from_secs(100)),
            behind_s: 0.0,
        }
    }

    fn at(s: i64) -> Time {
        Time::from_secs(s)
    }

    #[test]
    fn a_wall_that_paints_is_no_news() {
        assert_eq!(trouble(&wall(), at(104)), None);
    }

    #[test]
    fn a_wall_that_does_not_paint_is_told_of_even_if_nothing_was_sent() {
        let behind = WallState {
            behind_s: 20.0,
            ..wall()
        };
        assert_eq!(trouble(&behind, at(104)), Some(Trouble::Behind(20.0)));
        assert_eq!(trouble(&wall(), at(130)), Some(Trouble::Behind(30.0)));
        let never = WallState {
            painted_at: None,
            ..wall()
        };
        assert_eq!(trouble(&never, at(40)), Some(Trouble::Behind(40.0)));
    }

    #[test]
    fn a_wall_that_left_is_told_of_for_half_an_hour() {
        let gone = WallState {
            pages: 0,
            left_at: Some(at(200)),
            ..wall()
        };
        assert_eq!(trouble(&gone, at(260)), Some(Trouble::Gone));
        assert_eq!(trouble(&gone, at(2_100)), None);
    }
}
