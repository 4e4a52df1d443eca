//! Whether the map follows the open events, or is held where somebody put it.
//!
//! It follows only when the *set* of open events changes: not when one of them changes, not when a late answer comes. Any
//! gesture of a person holds it until he lets it go. The border is always in it: what moves around an event, and what
//! begins elsewhere meanwhile, stays in sight; nearer looks the officer himself.

use std::collections::BTreeSet;

use oneroof_model::{EventId, LatLon};

use crate::view::events::EventRow;

/// Degrees that are left free around an event outside of the border's rectangle.
const MARGIN_DEG: f64 = 0.4;

/// The state of following.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Follow {
    held: bool,
    shown: Option<BTreeSet<EventId>>,
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
        self.shown = None;
    }

    /// The rectangle (south, west, north, east) to show for these open events: that of the border, made larger for what
    /// lies outside of it; `None` where the map stays.
    pub fn fit(&mut self, rows: &[EventRow], border: [f64; 4]) -> Option<[f64; 4]> {
        let open: BTreeSet<EventId> = rows.iter().map(|r| r.id).collect();
        if self.shown.as_ref() == Some(&open) {
            return None;
        }
        self.shown = Some(open);
        (!self.held).then(|| extent(rows.iter().filter_map(|r| r.at), border))
    }
}

/// The rectangle that holds the border and the positions.
fn extent(places: impl Iterator<Item = LatLon>, border: [f64; 4]) -> [f64; 4] {
    places.fold(border, |[s, w, n, e], at| {
        let (lat, lon) = (at.lat(), at.lon());
        let inside = (s..=n).contains(&lat) && (w..=e).contains(&lon);
        if inside {
            return [s, w, n, e];
        }
        [
            s.min(lat - MARGIN_DEG),
            w.min(lon - MARGIN_DEG),
            n.max(lat + MARGIN_DEG),
            e.max(lon + MARGIN_DEG),
        ]
    })
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

    const BORDER: [f64; 4] = [44.0, 21.0, 52.0, 34.0];

    #[test]
    fn the_map_moves_when_the_set_of_open_events_changes_and_at_nothing_else() {
        let mut f = Follow::default();
        assert_eq!(f.fit(&[row(1, 48.0)], BORDER), Some(BORDER));
        let mut changed = row(1, 48.0);
        changed.version = 9;
        changed.at = LatLon::new(58.0, 24.0).ok();
        assert_eq!(f.fit(&[changed], BORDER), None, "the same event, elsewhere");
        let both = f.fit(&[row(1, 48.0), row(2, 60.0)], BORDER).unwrap();
        assert_eq!(both[..2], BORDER[..2], "the border stays in sight");
        assert!(both[2] > 60.0, "and so does what lies outside of it");
        assert!(
            (both[3] - BORDER[3]).abs() < 1e-9,
            "not wider than is needed"
        );
        assert_eq!(f.fit(&[row(1, 48.0)], BORDER), Some(BORDER), "one is over");
        assert_eq!(f.fit(&[], BORDER), Some(BORDER), "all are over");
        assert_eq!(f.fit(&[], BORDER), None);
    }

    #[test]
    fn a_gesture_holds_the_map_until_it_is_let_go() {
        let mut f = Follow::default();
        f.hold();
        assert!(f.is_held());
        assert_eq!(f.fit(&[row(1, 48.0)], BORDER), None);
        f.release();
        assert!(!f.is_held());
        assert!(
            f.fit(&[row(1, 48.0)], BORDER).is_some(),
            "at once, though nothing changed"
        );
    }
}
