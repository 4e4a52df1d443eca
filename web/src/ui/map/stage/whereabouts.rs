//! Where the map is, and how it goes elsewhere: because somebody asked for it, or by itself.

use oneroof_model::LatLon;

use crate::map::chase::has_left_the_middle;
use crate::map::facade::MapFacade;
use crate::map::mercator::{degrees, world};

use super::Stage;

impl Stage {
    /// Shows a place, because somebody asked for it: the map stays there.
    pub(crate) fn show(&self, at: LatLon) {
        self.desk.hands.hold();
        let map = self.map.borrow();
        let zoom = map.view().zoom.max(8.0);
        map.go_to(at.lat(), at.lon(), zoom);
    }

    /// Shows a place at a zoom, because somebody asked for it.
    pub(crate) fn go(&self, at: LatLon, zoom: f64) {
        self.map.borrow().go_to(at.lat(), at.lon(), zoom);
    }

    /// The middle of the view and its zoom; `None` where the map has no size yet.
    pub(crate) fn view(&self) -> Option<(LatLon, f64)> {
        let f = self.map.borrow().view();
        let (lat, lon) = degrees(f.unproject(f.width / 2.0, f.height / 2.0));
        Some((LatLon::new(lat, lon).ok()?, f.zoom))
    }

    /// Shows a rectangle (south, west, north, east), because somebody asked for it: the map stays there.
    pub(crate) fn fit(&self, bounds: [f64; 4]) {
        self.desk.hands.hold();
        self.map.borrow().fit(bounds);
    }

    /// Shows a rectangle (south, west, north, east) by itself: no gesture, so the map is not held by it.
    pub(crate) fn follow(&self, bounds: [f64; 4]) {
        self.by_itself(|map| map.fit(bounds));
    }

    /// Moves the map by itself: no gesture, so it is not held by that.
    pub(in crate::ui::map) fn by_itself(&self, moves: impl FnOnce(&MapFacade)) {
        self.ours.set(true);
        moves(&self.map.borrow());
        self.ours.set(false);
    }

    /// Goes to a place at a zoom by itself: no gesture, so the map is not held by it.
    pub(crate) fn go_by_itself(&self, at: LatLon, zoom: f64) {
        self.by_itself(|map| map.go_to(at.lat(), at.lon(), zoom));
    }

    /// Shows a track that is followed in the middle, where it has left the middle third: no gesture either.
    pub(crate) fn keep_in_the_middle(&self, at: LatLon) {
        let view = self.map.borrow().view();
        let (x, y) = view.project(world(at));
        if view.width > 0.0 && has_left_the_middle(&view, x, y) {
            self.by_itself(|map| map.go_to(at.lat(), at.lon(), view.zoom));
        }
    }

    /// Zooms by some steps.
    pub(crate) fn zoom_by(&self, steps: f64) {
        self.map.borrow().zoom_by(steps);
    }

    /// The place under a point of the map's container (CSS pixels).
    pub(in crate::ui::map) fn place_at(&self, x: f64, y: f64) -> Option<LatLon> {
        let (lat, lon) = degrees(self.map.try_borrow().ok()?.view().unproject(x, y));
        LatLon::new(lat, lon).ok()
    }

    /// The place in the middle of the view; `None` where it lies outside of the world.
    pub(crate) fn middle(&self) -> Option<LatLon> {
        let view = self.map.borrow().view();
        let (lat, lon) = degrees(view.unproject(view.width / 2.0, view.height / 2.0));
        LatLon::new(lat, lon).ok()
    }

    /// Zoom and bounds (south, west, north, east) now.
    pub(crate) fn where_now(&self) -> (f64, [f64; 4]) {
        let view = self.map.borrow().view();
        (view.zoom, view.bounds())
    }
}
