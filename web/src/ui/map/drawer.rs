//! Who draws the tracks: the canvas of the CPU, or WebGL 2 where a measurement on this very screen shows that it is the
//! quicker one. The canvas draws first; the measurement comes when the picture stands.

use wasm_bindgen::prelude::*;
use web_sys::HtmlCanvasElement;

use super::canvas::{PaddedCanvas, new_canvas};

#[wasm_bindgen(module = "/js/track_layer.js")]
extern "C" {
    type TrackLayer;
    #[wasm_bindgen(constructor)]
    fn new(canvas: &HtmlCanvasElement, sheet: &HtmlCanvasElement) -> TrackLayer;
    #[wasm_bindgen(method)]
    fn style(this: &TrackLayer, json: &str) -> bool;
    #[wasm_bindgen(method)]
    fn draw(this: &TrackLayer, xy: &[f32], sprite: &[u16]) -> u32;
    #[wasm_bindgen(method)]
    fn symbols(this: &TrackLayer, mil: &JsValue);
}

#[wasm_bindgen(module = "/js/gl_layer.js")]
extern "C" {
    type GlTrackLayer;
    #[wasm_bindgen(constructor, catch)]
    fn new(canvas: &HtmlCanvasElement, painter: &TrackLayer) -> Result<GlTrackLayer, JsValue>;
    #[wasm_bindgen(method)]
    fn style(this: &GlTrackLayer, json: &str) -> bool;
    #[wasm_bindgen(method)]
    fn draw(this: &GlTrackLayer, xy: &[f32], sprite: &[u16]) -> u32;
    #[wasm_bindgen(method, getter)]
    fn lost(this: &GlTrackLayer) -> bool;

    type Choice;
    #[wasm_bindgen(method, getter)]
    fn kind(this: &Choice) -> String;
    #[wasm_bindgen(method, getter, js_name = canvasMs)]
    fn canvas_ms(this: &Choice) -> Option<f64>;
    #[wasm_bindgen(method, getter, js_name = webgl2Ms)]
    fn webgl2_ms(this: &Choice) -> Option<f64>;
    fn choose(like: &TrackLayer, width: u32, height: u32) -> Choice;
}

/// The page is so old, milliseconds, when it is measured: the first picture is not held up.
const MEASURE_AFTER_MS: f64 = 4_000.0;

/// Draws the tracks.
pub(crate) struct Drawer {
    /// Draws by itself, or paints the sheet for the other one.
    painter: TrackLayer,
    gl: Option<GlTrackLayer>,
    measured: Option<Choice>,
    /// What draws symbols of the military; undefined before it is loaded.
    mil: JsValue,
}

impl Drawer {
    /// A drawer on a canvas.
    pub(crate) fn new(canvas: &HtmlCanvasElement) -> Result<Self, JsValue> {
        Ok(Self {
            painter: TrackLayer::new(canvas, &new_canvas()?),
            gl: None,
            measured: None,
            mil: JsValue::UNDEFINED,
        })
    }

    /// Measures once and changes over where that is worth it; goes back where WebGL was lost. `now_ms` is the page's clock.
    pub(crate) fn choose_when_due(&mut self, canvas: &mut PaddedCanvas, now_ms: f64) {
        if self.gl.as_ref().is_some_and(GlTrackLayer::lost) {
            self.back_to_canvas(canvas);
            return;
        }
        if self.measured.is_some() || canvas.frame.width <= 0.0 || now_ms < MEASURE_AFTER_MS {
            return;
        }
        let choice = choose(
            &self.painter,
            canvas.element.width(),
            canvas.element.height(),
        );
        if choice.kind() == "webgl2" && canvas.replaced().is_ok() {
            match GlTrackLayer::new(&canvas.element, &self.painter) {
                Ok(gl) => self.gl = Some(gl),
                Err(_no_longer) => self.back_to_canvas(canvas),
            }
        }
        self.measured = Some(choice);
    }

    /// WebGL failed. It is not tried again, for nothing is measured a second time.
    fn back_to_canvas(&mut self, canvas: &mut PaddedCanvas) {
        self.gl = None;
        if let Ok(fresh) = canvas.replaced().and_then(|()| Self::new(&canvas.element)) {
            self.painter = fresh.painter;
            self.painter.symbols(&self.mil);
        }
    }

    /// Gives what draws symbols of the military, once it is loaded.
    pub(crate) fn symbols(&mut self, mil: &JsValue) {
        self.mil = mil.clone();
        self.painter.symbols(mil);
    }

    /// Gives the look of the symbols, as JSON of `theme::track_style`.
    pub(crate) fn style(&self, json: &str) {
        match &self.gl {
            Some(gl) => gl.style(json),
            None => self.painter.style(json),
        };
    }

    /// Draws all symbols; gives how many.
    pub(crate) fn draw(&self, xy: &[f32], sprite: &[u16]) -> u32 {
        match &self.gl {
            Some(gl) => gl.draw(xy, sprite),
            None => self.painter.draw(xy, sprite),
        }
    }

    /// `canvas` or `webgl2`, and what each took for the symbols of the measurement, milliseconds.
    pub(crate) fn told(&self) -> (&'static str, Option<f64>, Option<f64>) {
        let name = if self.gl.is_some() {
            "webgl2"
        } else {
            "canvas"
        };
        let m = self.measured.as_ref();
        (
            name,
            m.and_then(Choice::canvas_ms),
            m.and_then(Choice::webgl2_ms),
        )
    }
}
