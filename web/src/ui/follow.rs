//! The map follows the set of open events, until somebody holds it.

use leptos::prelude::*;

use super::app::BORDER;
use super::desk::Desk;

/// Follows from now on.
pub(crate) fn start(desk: Desk) {
    Effect::new(move |_| {
        desk.hands.held.track();
        desk.rows.track();
        // While a room is open the map is its extract.
        if super::room::open_now(desk).is_some() {
            return;
        }
        // Before the map stands there is nothing that could follow.
        let Some(stage) = desk.stage() else { return };
        if let Some(bounds) = desk.rows.with(|rows| desk.hands.fit(rows, BORDER)) {
            stage.follow(bounds);
        }
    });
    // What the tools show is drawn when it changes.
    Effect::new(move |_| {
        let hands = desk.hands;
        hands.path.track();
        hands.rings.track();
        hands.pin.track();
        hands.picked.track();
        desk.lang.track();
        if let Some(stage) = desk.stage() {
            stage.tools_changed();
        }
    });
    Effect::new(move |_| {
        desk.hands.pointer.track();
        if desk.hands.path.with_untracked(|p| !p.is_empty())
            && let Some(stage) = desk.stage()
        {
            stage.tools_changed();
        }
    });
}
