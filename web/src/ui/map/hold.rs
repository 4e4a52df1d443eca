//! Drawing areas with the mouse: clicks, a double click that ends, handles that are dragged while the map stays where it is.

use std::cell::Cell;
use std::rc::Rc;

use leptos::prelude::*;
use oneroof_model::LatLon;

use crate::areas::sketch::{Grip, Sketch};
use crate::map::facade::MapFacade;
use crate::map::mercator::{metres_per_px, world};
use crate::ui::area_tools;
use crate::ui::desk::Desk;

use super::areas::grip_at;
use super::stage::Stage;

/// So near to the last position, pixels, a click is the second one of a double click.
const AGAIN_PX: f64 = 5.0;

/// From how many pixels at the edge of the view a position counts as out of sight.
const EDGE_PX: f64 = 60.0;

/// What is held.
#[derive(Default)]
pub(crate) struct Hold {
    grip: Cell<Option<Grip>>,
}

/// Whether clicks still add positions.
fn draws(desk: Desk) -> bool {
    let open = |s: &Option<Sketch>| s.as_ref().is_some_and(|s| s.open);
    desk.hands.areas.sketch.with_untracked(open)
}

impl Stage {
    /// Listens for handles that are taken hold of and let go, and for double clicks.
    pub(super) fn listen_for_holds(self: &Rc<Self>, map: &mut MapFacade, desk: Desk) {
        let me = Rc::downgrade(self);
        map.on_mouse("mousedown", move |x, y| {
            if let Some(stage) = me.upgrade() {
                stage.take_hold(desk, x, y);
            }
        });
        map.on_mouse("dblclick", move |_, _| {
            if draws(desk) {
                desk.hands.areas.finish(desk);
            }
        });
        let me = Rc::downgrade(self);
        // Wherever the button is let go, also outside of the map.
        window_event_listener_untyped("mouseup", move |_| {
            if let Some(stage) = me.upgrade()
                && stage.hold.grip.take().is_some()
                && let Some(map) = stage.facade()
            {
                map.let_drag(true);
            }
        });
    }

    fn take_hold(&self, desk: Desk, x: f64, y: f64) {
        let Some(map) = self.facade() else { return };
        let view = map.view();
        let (Some(grip), Some(at)) = (grip_at(desk, &view, x, y), self.place_at(x, y)) else {
            return;
        };
        // The map would go along with the handle.
        map.let_drag(false);
        desk.hands.hold();
        self.hold
            .grip
            .set(desk.hands.areas.change(|s| s.grab(grip, at)));
    }

    /// Moves what is held; gives whether anything is.
    pub(super) fn drag_to(&self, desk: Desk, x: f64, y: f64) -> bool {
        let Some(grip) = self.hold.grip.get() else {
            return false;
        };
        if let Some(at) = self.place_at(x, y) {
            desk.hands.areas.change(|s| s.drag(grip, at));
        }
        true
    }

    /// A click on the map; gives whether the drawing of an area took it. The click that ends a drag adds nothing: handles are
    /// there only once the drawing takes no more positions.
    pub(super) fn drew_at(&self, desk: Desk, at: LatLon) -> bool {
        let zoom = self.facade().map_or(0.0, |m| m.view().zoom);
        let near_m = AGAIN_PX * metres_per_px(at.lat(), zoom);
        area_tools::clicked(desk, at, near_m)
    }

    /// Whether a double click zooms the map: not while an area is drawn.
    pub(crate) fn let_double_clicks_zoom(&self, on: bool) {
        if let Some(map) = self.facade() {
            map.let_double_clicks_zoom(on);
        }
    }

    /// Shows a position that was typed, where it is not in sight.
    pub(crate) fn keep_in_sight(&self, at: LatLon) {
        let Some(view) = self.facade().map(|m| m.view()) else {
            return;
        };
        let (x, y) = view.project(world(at));
        if !view.holds(x, y, -EDGE_PX) {
            self.show(at);
        }
    }
}
