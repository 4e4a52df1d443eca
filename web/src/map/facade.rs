//! The only user of the map library: Leaflet 1.9 through the `leaflet` crate, with the few bindings that it lacks.
//!
//! Kept small on purpose (a view, panes, events), so that another map library can replace Leaflet without touching
//! what is drawn: our layers draw on their own canvases in panes of the map.

use leaflet::{Evented, EventedHandle, LatLng, LatLngBounds, Map, MapOptions, Point};
use wasm_bindgen::prelude::*;
use web_sys::HtmlElement;

use super::mercator::Frame;

#[wasm_bindgen]
extern "C" {
    /// `L.Map` with the methods that `leaflet` 0.5 does not bind.
    #[wasm_bindgen(extends = Map)]
    type MoreMap;

    #[wasm_bindgen(method, js_name = getPixelOrigin)]
    fn get_pixel_origin(this: &MoreMap) -> Point;

    /// A way of moving the map that can be switched off.
    type Handler;

    #[wasm_bindgen(method)]
    fn enable(this: &Handler);

    #[wasm_bindgen(method)]
    fn disable(this: &Handler);

    #[wasm_bindgen(method, getter)]
    fn dragging(this: &MoreMap) -> Handler;

    #[wasm_bindgen(method, getter, js_name = doubleClickZoom)]
    fn double_click_zoom(this: &MoreMap) -> Handler;

    #[wasm_bindgen(method, js_name = containerPointToLayerPoint)]
    fn container_point_to_layer_point(this: &MoreMap, point: &Point) -> Point;

    #[wasm_bindgen(method, js_name = setMaxZoom)]
    fn set_max_zoom(this: &MoreMap, zoom: f64);
}

/// The map.
pub struct MapFacade {
    map: Map,
    handles: Vec<EventedHandle<leaflet::Event>>,
}

impl MapFacade {
    /// A map in an element, without any layer of its own.
    ///
    /// # Errors
    /// Where Leaflet is not there or refuses the element.
    pub fn new(element: &HtmlElement, min_zoom: f64, max_zoom: f64) -> Result<Self, JsValue> {
        let options = MapOptions::default();
        options.set_zoom_control(false);
        options.set_attribution_control(false);
        // Our canvases are drawn anew for each zoom; a stretched picture in between would only be noise.
        options.set_zoom_animation(false);
        options.set_fade_animation(false);
        options.set_inertia(false);
        options.set_zoom_snap(0.5);
        options.set_zoom_delta(0.5);
        options.set_wheel_px_per_zoom_level(90.0);
        options.set_min_zoom(min_zoom);
        options.set_max_zoom(max_zoom);
        // Arrow keys walk through the events.
        options.set_keyboard(false);
        let map = Map::new_with_element(element, &options)?;
        map.set_view(&LatLng::new(48.5, 28.0), 6.0);
        Ok(Self {
            map,
            handles: Vec::new(),
        })
    }

    fn more(&self) -> &MoreMap {
        self.map.unchecked_ref()
    }

    /// Changes how deep the map may be looked at; a view that is deeper comes up.
    pub fn set_max_zoom(&self, zoom: f64) {
        self.more().set_max_zoom(zoom);
    }

    /// The map as JavaScript has it, for a layer that is written there.
    pub fn js(&self) -> &JsValue {
        self.map.as_ref()
    }

    /// A pane for a canvas, above those with a lower number.
    pub fn pane(&self, name: &str, z_index: u32) -> HtmlElement {
        let pane = self.map.create_pane_by_name(name);
        // A pane without a place in the stack would still work.
        pane.style()
            .set_property("z-index", &z_index.to_string())
            .ok();
        pane.style().set_property("pointer-events", "none").ok();
        pane
    }

    /// What the map shows now, also in the middle of a drag.
    pub fn view(&self) -> Frame {
        let origin = self.more().get_pixel_origin();
        let layer = self
            .more()
            .container_point_to_layer_point(&Point::new(0.0, 0.0));
        let size = self.map.get_size();
        Frame {
            zoom: self.map.get_zoom(),
            left: origin.x() + layer.x(),
            top: origin.y() + layer.y(),
            width: size.x(),
            height: size.y(),
        }
    }

    /// Where a pane has its zero, in CSS pixels of the world at the present zoom.
    pub fn pane_origin(&self) -> (f64, f64) {
        let origin = self.more().get_pixel_origin();
        (origin.x(), origin.y())
    }

    /// Shows a place, because somebody asked for it.
    pub fn go_to(&self, lat_deg: f64, lon_deg: f64, zoom: f64) {
        self.map
            .set_view_with_options(&LatLng::new(lat_deg, lon_deg), zoom, &still());
    }

    /// Shows a rectangle (south, west, north, east in degrees), because somebody asked for it.
    pub fn fit(&self, [south, west, north, east]: [f64; 4]) {
        let bounds = LatLngBounds::new(&LatLng::new(south, west), &LatLng::new(north, east));
        self.map.fit_bounds_with_options(&bounds, &still());
    }

    /// Zooms by some steps.
    pub fn zoom_by(&self, steps: f64) {
        self.map
            .set_zoom_with_options(self.map.get_zoom() + steps, &still());
    }

    /// Whether the map is dragged by the mouse.
    pub fn let_drag(&self, on: bool) {
        switch(&self.more().dragging(), on);
    }

    /// Whether a double click zooms.
    pub fn let_double_clicks_zoom(&self, on: bool) {
        switch(&self.more().double_click_zoom(), on);
    }

    /// Tells the map that its element may have another size.
    pub fn resized(&self) {
        self.map.invalidate_size(false);
    }

    /// Calls back at an event of the map (`movestart`, `move`, `moveend`, `zoomend`, `resize`).
    pub fn on(&mut self, event: &'static str, mut f: impl FnMut() + 'static) {
        let handle = Evented::on_leaflet_event(&&self.map, event, move |_: leaflet::Event| f());
        self.handles.push(handle);
    }

    /// Calls back at a mouse event of the map (`click`, `dblclick`, `mousedown`, `mousemove`) with the point in its container, CSS pixels.
    pub fn on_mouse(&mut self, event: &'static str, mut f: impl FnMut(f64, f64) + 'static) {
        let handle = Evented::on_leaflet_event(&&self.map, event, move |e: leaflet::Event| {
            let point = e.unchecked_ref::<leaflet::MouseEvent>().container_point();
            f(point.x(), point.y());
        });
        self.handles.push(handle);
    }
}

fn switch(handler: &Handler, on: bool) {
    if on {
        handler.enable();
    } else {
        handler.disable();
    }
}

/// Options that forbid animation.
fn still() -> JsValue {
    let options = js_sys::Object::new();
    // A plain object takes any property.
    js_sys::Reflect::set(&options, &"animate".into(), &JsValue::FALSE).ok();
    options.into()
}
