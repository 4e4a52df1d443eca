//! Which walls follow a hub, and whether each has really painted the newest that it was sent.

use std::collections::BTreeMap;
use std::sync::Mutex;

use oneroof_model::Time;
use oneroof_wire::{Show, WallState};
use tokio::sync::broadcast;

/// Most walls that are remembered.
const MAX_WALLS: usize = 32;

/// Requests to show something that wait for a wall's line.
const MAX_SHOWS: usize = 16;

/// Seconds for which a wall that left is told of; after that it was taken down on purpose.
const REMEMBER_S: f64 = 24.0 * 3_600.0;

/// One line of a wall: two pages of one name are two.
#[derive(Debug, Clone, Copy)]
struct Line {
    since: Time,
    sent: u64,
    painted: u64,
    painted_at: Option<Time>,
    /// When the oldest delta that is not painted yet was sent.
    behind_since: Option<Time>,
}

#[derive(Debug, Clone, Default)]
struct Wall {
    lines: BTreeMap<u64, Line>,
    left_at: Option<Time>,
}

#[derive(Debug, Default)]
struct Known {
    walls: BTreeMap<String, Wall>,
    next: u64,
}

/// The walls of a hub.
#[derive(Debug)]
pub(crate) struct Walls {
    known: Mutex<Known>,
    shows: broadcast::Sender<(String, Show)>,
}

impl Default for Walls {
    fn default() -> Self {
        Self {
            known: Mutex::default(),
            shows: broadcast::channel(MAX_SHOWS).0,
        }
    }
}

impl Walls {
    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// A wall's line began; gives its number. `None` where there are too many walls.
    pub(crate) fn enter(&self, name: &str, now: Time) -> Option<u64> {
        let mut known = self.known();
        known.walls.retain(|_, w| {
            w.left_at
                .is_none_or(|t| !w.lines.is_empty() || now.secs_since(t) < REMEMBER_S)
        });
        if !known.walls.contains_key(name) && known.walls.len() >= MAX_WALLS {
            return None;
        }
        known.next += 1;
        let number = known.next;
        let line = Line {
            since: now,
            sent: 0,
            painted: 0,
            painted_at: None,
            behind_since: Some(now),
        };
        let wall = known.walls.entry(name.to_owned()).or_default();
        wall.left_at = None;
        wall.lines.insert(number, line);
        Some(number)
    }

    /// It ended.
    pub(crate) fn leave(&self, name: &str, number: u64, now: Time) {
        if let Some(wall) = self.known().walls.get_mut(name) {
            wall.lines.remove(&number);
            if wall.lines.is_empty() {
                wall.left_at = Some(now);
            }
        }
    }

    fn line(&self, name: &str, number: u64, change: impl FnOnce(&mut Line)) {
        let mut known = self.known();
        if let Some(line) = known
            .walls
            .get_mut(name)
            .and_then(|w| w.lines.get_mut(&number))
        {
            change(line);
        }
    }

    /// A delta went out to it.
    pub(crate) fn sent(&self, name: &str, number: u64, seq: u64, now: Time) {
        self.line(name, number, |l| {
            l.sent = seq;
            if l.painted < seq {
                l.behind_since.get_or_insert(now);
            }
        });
    }

    /// It says that it has painted up to there.
    pub(crate) fn painted(&self, name: &str, number: u64, seq: u64, now: Time) {
        self.line(name, number, |l| {
            // More than was sent is no sign of life of this stream.
            if seq <= l.sent {
                l.painted = seq;
                l.painted_at = Some(now);
                l.behind_since = (seq < l.sent).then_some(now);
            }
        });
    }

    /// How the walls stand, by name.
    pub(crate) fn states(&self, now: Time) -> Vec<WallState> {
        let known = self.known();
        known
            .walls
            .iter()
            .map(|(name, wall)| {
                // Of several pages of one name the one that is worst off counts.
                let worst = wall.lines.values().max_by(|a, b| {
                    let behind = |l: &Line| l.behind_since.map_or(0.0, |t| now.secs_since(t));
                    behind(a).total_cmp(&behind(b))
                });
                WallState {
                    name: name.clone(),
                    pages: u32::try_from(wall.lines.len()).unwrap_or(u32::MAX),
                    since: worst.map(|l| l.since),
                    left_at: wall.left_at,
                    sent: worst.map_or(0, |l| l.sent),
                    painted: worst.map_or(0, |l| l.painted),
                    painted_at: worst.and_then(|l| l.painted_at),
                    behind_s: worst
                        .and_then(|l| l.behind_since)
                        .map_or(0.0, |t| now.secs_since(t).max(0.0)),
                }
            })
            .collect()
    }

    /// Asks a wall to show something; whether it is there.
    pub(crate) fn show(&self, name: &str, show: Show) -> bool {
        let there = self
            .known()
            .walls
            .get(name)
            .is_some_and(|w| !w.lines.is_empty());
        // A wall that left meanwhile has nobody who listens.
        there && self.shows.send((name.to_owned(), show)).is_ok()
    }

    pub(crate) fn shows(&self) -> broadcast::Receiver<(String, Show)> {
        self.shows.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(s: i64) -> Time {
        Time::from_secs(s)
    }

    fn behind(walls: &Walls, now: i64) -> f64 {
        walls.states(at(now)).first().map_or(-1.0, |w| w.behind_s)
    }

    #[test]
    fn a_wall_that_paints_what_it_is_sent_is_not_behind() {
        let walls = Walls::default();
        let n = walls.enter("north", at(0)).unwrap();
        walls.sent("north", n, 1, at(1));
        walls.painted("north", n, 1, at(1));
        walls.sent("north", n, 2, at(5));
        assert!((behind(&walls, 8) - 3.0).abs() < 1e-9);
        walls.painted("north", n, 2, at(8));
        assert!(behind(&walls, 60).abs() < 1e-9);
    }

    #[test]
    fn a_wall_that_has_never_painted_is_behind_since_it_came() {
        let walls = Walls::default();
        walls.enter("north", at(10)).unwrap();
        assert!((behind(&walls, 25) - 15.0).abs() < 1e-9);
    }

    #[test]
    fn what_was_never_sent_can_t_be_painted() {
        let walls = Walls::default();
        let n = walls.enter("north", at(0)).unwrap();
        walls.sent("north", n, 3, at(1));
        walls.painted("north", n, 99, at(2));
        assert_eq!(walls.states(at(3)).first().map(|w| w.painted), Some(0));
    }

    #[test]
    fn a_wall_that_left_is_remembered_for_a_day() {
        let walls = Walls::default();
        let n = walls.enter("north", at(0)).unwrap();
        walls.leave("north", n, at(60));
        let state = walls.states(at(61)).remove(0);
        assert_eq!((state.pages, state.left_at), (0, Some(at(60))));
        walls.enter("south", at(90_000)).unwrap();
        let names: Vec<_> = walls
            .states(at(90_000))
            .into_iter()
            .map(|w| w.name)
            .collect();
        assert_eq!(names, ["south"]);
    }

    #[test]
    fn walls_are_bounded() {
        let walls = Walls::default();
        for i in 0..MAX_WALLS {
            assert!(walls.enter(&format!("w{i}"), at(0)).is_some());
        }
        assert!(walls.enter("one-more", at(0)).is_none());
        assert!(walls.enter("w0", at(0)).is_some());
    }

    #[test]
    fn only_a_wall_that_is_there_can_be_asked_to_show_something() {
        let walls = Walls::default();
        let show = Show {
            at: oneroof_model::LatLon::new(48.0, 24.0).unwrap(),
            zoom: 9.0,
            event: None,
        };
        assert!(!walls.show("north", show.clone()));
        walls.enter("north", at(0)).unwrap();
        let mut heard = walls.shows();
        assert!(walls.show("north", show.clone()));
        assert_eq!(heard.try_recv().unwrap(), ("north".to_owned(), show));
    }
}
