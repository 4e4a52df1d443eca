//! Whether the map follows the open events, or is held where somebody put it.
//!
//! It follows only when the *set* of open events changes: not when one of them changes, not when a late answer comes. Any
//! gesture of a person holds it until he lets it go.

use std::collections::BTreeSet;

use oneroof_model::{EventId, LatLon};

use crate::view::events::EventRow;

/// Least height and width that is shown, degrees: a single event is not magnified to a street.
const LEAST_DEG: f64 = 0.6;

/// Part of the extent that is left free on each side.
const MARGIN: f64 = 0.12;

/// The state of following.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Follow {
    held: bool,
    shown: BTreeSet<EventId>,
}

impl Follow {
    /// Whether somebody holds the map.
    pub const fn is_held(&self) -> bool {
        self.held
    }

    /// A gesture: the map stays where it is from now on.
    pub const fn hold(&mut self) {
        self.held = true;
    }

    /// Lets the map go: it follows again, beginning with what is open now.
    pub fn release(&mut self) {
        self.held = false;
        self.shown.clear();
    }

    /// The rectangle (south, west, north, east) to show for these open events; `None` where the map stays.
    pub fn fit(&mut self, rows: &[EventRow]) -> Option<[f64; 4]> {
        let open: BTreeSet<EventId> = rows.iter().map(|r| r.id).collect();
        if open == self.shown {
            return None;
        }
        self.shown = open;
        if self.held {
            return None;
        }
        extent(rows.iter().filter_map(|r| r.at))
    }
}

/// The rectangle that holds positions with a margin; `None` without any.
fn extent(places: impl Iterator<Item = LatLon>) -> Option<[f64; 4]> {
    let [s, w, n, e] = places.fold(None, |b: Option<[f64; 4]>, at| {
        let (lat, lon) = (at.lat(), at.lon());
        Some(match b {
            None => [lat, lon, lat, lon],
            Some([s, w, n, e]) => [s.min(lat), w.min(lon), n.max(lat), e.max(lon)],
        })
    })?;
    let more = |span: f64| (span * MARGIN).max((LEAST_DEG - span) / 2.0);
    let (dy, dx) = (more(n - s), more(e - w));
    Some([s - dy, w - dx, n + dy, e + dx])
}

#[cfg(test)]
mod tests {
    use oneroof_model::{EventState, Time};

    use super::*;
    use crate::view::places::Where;

    fn row(n: u8, lat: f64) -> EventRow {
        EventRow {
            id: format!("00000000-0000-7000-8000-0000000000{n:02x}")
                .parse()
                .unwrap(),
            short: String::new(),
            version: 1,
            state: EventState::New,
            type_code: None,
            impact: None,
            life_at_risk: false,
            since: Time::EPOCH,
            place: Where::default(),
            at: LatLon::new(lat, 24.0).ok(),
            orgs: vec![],
            reports: 1,
            headline: None,
            persons: None,
        }
    }

    #[test]
    fn the_map_moves_when_the_set_of_open_events_changes_and_at_nothing_else() {
        let mut f = Follow::default();
        let first = f.fit(&[row(1, 48.0)]).unwrap();
        assert!((first[2] - first[0] - LEAST_DEG).abs() < 1e-9);
        let mut changed = row(1, 48.0);
        changed.version = 9;
        changed.at = LatLon::new(51.0, 24.0).ok();
        assert_eq!(f.fit(&[changed]), None, "the same event, elsewhere");
        let both = f.fit(&[row(1, 48.0), row(2, 50.0)]).unwrap();
        assert!(both[0] < 48.0 && both[2] > 50.0);
        assert!(f.fit(&[row(2, 50.0)]).is_some(), "one is over");
        assert_eq!(f.fit(&[]), None, "nothing to show");
    }

    #[test]
    fn a_gesture_holds_the_map_until_it_is_let_go() {
        let mut f = Follow::default();
        f.hold();
        assert!(f.is_held());
        assert_eq!(f.fit(&[row(1, 48.0)]), None);
        f.release();
        assert!(!f.is_held());
        assert!(
            f.fit(&[row(1, 48.0)]).is_some(),
            "at once, though nothing changed"
        );
    }
}
