//! The map follows the set of open events, until somebody holds it.

use leptos::prelude::*;

use super::desk::Desk;

/// Follows from now on.
pub(crate) fn start(desk: Desk) {
    Effect::new(move |_| {
        desk.hands.held.track();
        let fit = desk.rows.with(|rows| desk.hands.fit(rows));
        if let (Some(stage), Some(bounds)) = (desk.stage(), fit) {
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
