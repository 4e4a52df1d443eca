//! The operator's own map under the picture. What draws it is loaded when one is chosen (`js/lazy/own_map.js`), and lies in a
//! pane of its own above the basemap; borders, and above lines the names, are drawn once more over it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use leptos::prelude::*;
use oneroof_wire::OwnMapView;
use serde_json::json;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};

use crate::map::facade::MapFacade;
use crate::map::mercator::Frame;
use crate::map::own::{deepest, max_zoom, names_above};
use crate::ui::desk::Desk;
use crate::ui::zone;

use super::base::Base;
use super::canvas::PaddedCanvas;
use super::stage::Stage;

/// The pane of the tiles.
const PANE: &str = "oneroof-own";

#[wasm_bindgen(module = "/js/lazy.js")]
extern "C" {
    fn load(name: &str) -> js_sys::Promise;
}

#[wasm_bindgen]
extern "C" {
    /// The module `js/lazy/own_map.js`.
    type OwnMapModule;
    #[wasm_bindgen(method, catch)]
    fn show(
        this: &OwnMapModule,
        map: &JsValue,
        pane: &str,
        about: &str,
        tell: &js_sys::Function,
        draw: &JsValue,
    ) -> Result<Shown, JsValue>;

    /// A map that is shown.
    type Shown;
    #[wasm_bindgen(method)]
    fn remove(this: &Shown);
}

/// Loads a part of the client that nobody needed so far.
///
/// # Errors
/// Where the server does not have it, or is away.
pub(crate) async fn part(name: &str) -> Result<JsValue, JsValue> {
    JsFuture::from(load(name)).await
}

/// How a map is told on the screen: called with the tiles that were painted and those that could not be read.
type Tell = Closure<dyn FnMut(f64, f64)>;

/// The map that lies under the picture.
#[derive(Default)]
pub(super) struct Own {
    map: RefCell<Option<OwnMapView>>,
    shown: RefCell<Option<(Shown, Tell)>>,
    /// Counts choices, so that what is loaded for an older one is not shown any more.
    choice: Cell<u32>,
}

impl Own {
    /// Whether names belong above the map.
    pub(super) fn names_above(&self) -> bool {
        names_above(self.map.borrow().as_ref())
    }

    fn take_away(&self) {
        if let Some((shown, _tell)) = self.shown.borrow_mut().take() {
            shown.remove();
        }
    }

    /// Draws borders and names above the map, where there is one; without one the canvas is cleared, and left alone.
    pub(super) fn paint_lines(
        &self,
        lines: &mut PaddedCanvas,
        map: &MapFacade,
        files: &Base,
        desk: Desk,
    ) {
        if self.map.borrow().is_none() {
            if lines.frame.width > 0.0 {
                lines.clear();
                lines.frame = Frame::default();
            }
            return;
        }
        lines.place(map);
        let (frame, dpr) = (lines.frame, lines.dpr);
        let Some(ctx) = lines.clear() else { return };
        let (ui, lang) = (zone::ui_scale(), desk.lang.get_untracked());
        files.draw_borders(&ctx, &frame, dpr, ui);
        if self.names_above() {
            files.draw_names(&ctx, &frame, lang, ui);
        }
    }
}

impl Stage {
    /// Lays a map under the picture, or none, in the palette and language in force.
    pub(crate) fn lay(self: &Rc<Self>, wanted: Option<OwnMapView>) {
        let own = &self.own;
        let choice = own.choice.get().wrapping_add(1);
        own.choice.set(choice);
        own.take_away();
        self.by_itself(|map| map.set_max_zoom(max_zoom(wanted.as_ref())));
        let readable = wanted.filter(|m| m.readable);
        own.map.borrow_mut().clone_from(&readable);
        self.everything();
        let Some(map) = readable else { return };
        let stage = Rc::downgrade(self);
        let desk = self.desk;
        spawn_local(async move {
            let draw = if map.vector {
                part("vector_tile").await
            } else {
                Ok(JsValue::UNDEFINED)
            };
            let (module, draw) = match (part("own_map").await, draw) {
                (Ok(module), Ok(draw)) => (module, draw),
                (Err(e), _) | (_, Err(e)) => {
                    leptos::logging::error!("the map can't be drawn: {e:?}");
                    desk.hands.layers.broken.set(true);
                    return;
                }
            };
            // Another choice may have been made meanwhile.
            if let Some(stage) = stage.upgrade().filter(|s| s.own.choice.get() == choice) {
                stage.show_own(&module.unchecked_into(), &draw, &map);
            }
        });
    }

    fn show_own(&self, module: &OwnMapModule, draw: &JsValue, map: &OwnMapView) {
        let desk = self.desk;
        let about = json!({
            "id": map.id, "vector": map.vector, "minZoom": map.min_zoom, "maxZoom": deepest(map), "deepest": map.max_zoom,
            "bounds": map.bounds, "lang": desk.lang.get_untracked().tag(), "ui": zone::ui_scale(),
        })
        .to_string();
        let tell = Tell::new(move |painted: f64, broken: f64| {
            let layers = desk.hands.layers;
            layers.painted.set(painted);
            if broken > 0.0 && !layers.broken.get_untracked() {
                layers.broken.set(true);
            }
        });
        let facade = self.map.borrow();
        let function = tell.as_ref().unchecked_ref();
        match module.show(facade.js(), PANE, &about, function, draw) {
            Ok(shown) => *self.own.shown.borrow_mut() = Some((shown, tell)),
            Err(e) => {
                leptos::logging::error!("the map can't be shown: {e:?}");
                desk.hands.layers.broken.set(true);
            }
        }
    }
}

/// Makes the pane of the tiles: above the basemap, below everything of ours.
pub(super) fn pane(map: &MapFacade) {
    map.pane(PANE, 210);
}
