//! Who draws the tracks: the processor, or WebGL 2 where a measurement on this very screen shows that it is the quicker one.
//! The processor draws first; the measurement comes when the picture stands.

use oneroof_raster::{Raster, Rect, Sheet};
use wasm_bindgen::Clamped;
use wasm_bindgen::prelude::*;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

use super::canvas::{PaddedCanvas, new_canvas};
use crate::map::symbols::{COLUMNS, STEPS};
use crate::ui::map_clock;

#[wasm_bindgen(module = "/js/track_layer.js")]
extern "C" {
    type SymbolSheet;
    #[wasm_bindgen(constructor)]
    fn new(sheet: &HtmlCanvasElement) -> SymbolSheet;
    #[wasm_bindgen(method)]
    fn style(this: &SymbolSheet, json: &str) -> bool;
    #[wasm_bindgen(method, getter)]
    fn sheet(this: &SymbolSheet) -> HtmlCanvasElement;
    #[wasm_bindgen(method, getter)]
    fn rects(this: &SymbolSheet) -> Vec<i32>;
    #[wasm_bindgen(method, getter)]
    fn dpr(this: &SymbolSheet) -> f32;
    #[wasm_bindgen(method)]
    fn symbols(this: &SymbolSheet, mil: &JsValue);
}

#[wasm_bindgen(module = "/js/gl_layer.js")]
extern "C" {
    type GlTrackLayer;
    #[wasm_bindgen(constructor, catch)]
    fn new(canvas: &HtmlCanvasElement, sheet: &SymbolSheet) -> Result<GlTrackLayer, JsValue>;
    #[wasm_bindgen(method)]
    fn style(this: &GlTrackLayer, json: &str) -> bool;
    #[wasm_bindgen(method)]
    fn draw(this: &GlTrackLayer, xy: &[f32], sprite: &[u16]) -> u32;
    #[wasm_bindgen(method, getter)]
    fn lost(this: &GlTrackLayer) -> bool;

    fn measure(
        sheet: &SymbolSheet,
        width: u32,
        height: u32,
        xy: &[f32],
        sprite: &[u16],
    ) -> Option<f64>;
}

/// The page is so old, milliseconds, when it is measured: the first picture is not held up.
const MEASURE_AFTER_MS: f64 = 4_000.0;

/// Symbols of the measurement.
const SYMBOLS: u16 = 3_000;

/// Most pixels that the measurement draws on.
const MOST_PIXELS: f64 = 1e6;

/// How much quicker WebGL has to be before it is taken: it costs memory, and drivers fail.
const ADVANTAGE: f64 = 1.5;

/// Draws on a canvas by the processor.
#[derive(Default)]
struct ByProcessor {
    sheet: Sheet,
    raster: Raster,
}

impl ByProcessor {
    /// Cuts the symbols out of a sheet that was painted anew.
    fn restyle(&mut self, painted: &SymbolSheet) -> Result<(), JsValue> {
        let canvas = painted.sheet();
        let ctx = context(&canvas)?;
        let (w, h) = (canvas.width(), canvas.height());
        let image = ctx.get_image_data(0.0, 0.0, w.into(), h.into())?;
        let size = |v: i32| usize::try_from(v).unwrap_or(0);
        let length = |v: i32| u16::try_from(v).unwrap_or(0);
        let rects: Vec<Rect> = painted
            .rects()
            .as_chunks::<4>()
            .0
            .iter()
            .map(|[x, y, width, height]| Rect {
                x: size(*x),
                y: size(*y),
                width: length(*width),
                height: length(*height),
            })
            .collect();
        self.sheet = Sheet::cut(&image.data(), w as usize, &rects);
        Ok(())
    }

    /// Draws all symbols and hands what changed to the canvas.
    fn draw(
        &mut self,
        canvas: &HtmlCanvasElement,
        xy: &[f32],
        sprite: &[u16],
        dpr: f32,
    ) -> Result<(), JsValue> {
        let size = (canvas.width() as usize, canvas.height() as usize);
        if self.raster.size() != size {
            // A canvas of another size is empty as well.
            self.raster = Raster::new(size.0, size.1);
        }
        self.raster.begin();
        self.raster
            .draw(&self.sheet, xy, sprite, dpr, STEPS * COLUMNS);
        let ctx = context(canvas)?;
        for (row, rows, bytes) in self.raster.changed() {
            let (w, h) = (canvas.width(), u32::try_from(rows).unwrap_or(0));
            let image = ImageData::new_with_u8_clamped_array_and_sh(Clamped(bytes), w, h)?;
            ctx.put_image_data(&image, 0.0, f64::from(u32::try_from(row).unwrap_or(0)))?;
        }
        Ok(())
    }
}

fn context(canvas: &HtmlCanvasElement) -> Result<CanvasRenderingContext2d, JsValue> {
    let ctx = canvas.get_context("2d")?.ok_or("no canvas")?;
    ctx.dyn_into::<CanvasRenderingContext2d>()
        .map_err(JsValue::from)
}

/// Draws the tracks.
pub(crate) struct Drawer {
    canvas: HtmlCanvasElement,
    painted: SymbolSheet,
    processor: ByProcessor,
    gl: Option<GlTrackLayer>,
    /// What each took for the symbols of the measurement, milliseconds.
    measured: Option<(Option<f64>, Option<f64>)>,
}

impl Drawer {
    /// A drawer on a canvas.
    pub(crate) fn new(canvas: &HtmlCanvasElement) -> Result<Self, JsValue> {
        Ok(Self {
            canvas: canvas.clone(),
            painted: SymbolSheet::new(&new_canvas()?),
            processor: ByProcessor::default(),
            gl: None,
            measured: None,
        })
    }

    /// Measures once and changes over where that is worth it; goes back where WebGL was lost. `now_ms` is the page's clock.
    pub(crate) fn choose_when_due(&mut self, canvas: &mut PaddedCanvas, now_ms: f64) {
        if self.gl.as_ref().is_some_and(GlTrackLayer::lost) {
            self.back_to_processor(canvas);
            return;
        }
        if self.measured.is_some() || canvas.frame.width <= 0.0 || now_ms < MEASURE_AFTER_MS {
            return;
        }
        let (processor, webgl2) = self.measure(canvas);
        self.measured = Some((processor, webgl2));
        let quicker = processor
            .zip(webgl2)
            .is_some_and(|(p, g)| p > g * ADVANTAGE);
        if quicker && canvas.replaced().is_ok() {
            match GlTrackLayer::new(&canvas.element, &self.painted) {
                Ok(gl) => {
                    self.canvas = canvas.element.clone();
                    self.gl = Some(gl);
                }
                Err(_no_longer) => self.back_to_processor(canvas),
            }
        }
    }

    /// What each takes for symbols that are spread evenly, without chance, so that two measurements are of one thing.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "sizes of a canvas, and positions on it"
    )]
    fn measure(&mut self, canvas: &PaddedCanvas) -> (Option<f64>, Option<f64>) {
        let (w, h) = (canvas.element.width(), canvas.element.height());
        let part = (MOST_PIXELS / (f64::from(w) * f64::from(h)))
            .sqrt()
            .min(1.0);
        let scaled = |v: u32| (f64::from(v) * part).round().max(1.0);
        let (w, h, dpr) = (scaled(w), scaled(h), self.painted.dpr());
        let on = |n: u16, step: f64, size: f64| {
            ((f64::from(n) * step).fract() * size / f64::from(dpr)) as f32
        };
        let xy: Vec<f32> = (0..SYMBOLS)
            .flat_map(|n| [on(n, 0.754_877_666, w), on(n, 0.569_840_296, h)])
            .collect();
        let sprites = (self.painted.rects().len() / 4).clamp(1, usize::from(u16::MAX)) as u16;
        let sprite: Vec<u16> = (0..SYMBOLS).map(|n| n % sprites).collect();
        let webgl2 = measure(&self.painted, w as u32, h as u32, &xy, &sprite);
        let mut by_processor = || -> Result<f64, JsValue> {
            let scratch = new_canvas()?;
            scratch.set_width(w as u32);
            scratch.set_height(h as u32);
            let begun = map_clock();
            self.processor.draw(&scratch, &xy, &sprite, dpr)?;
            // Reading a pixel waits until everything is drawn.
            context(&scratch)?.get_image_data(0.0, 0.0, 1.0, 1.0)?;
            Ok(map_clock() - begun)
        };
        (by_processor().ok(), webgl2)
    }

    /// WebGL failed. It is not tried again, for nothing is measured a second time.
    fn back_to_processor(&mut self, canvas: &mut PaddedCanvas) {
        self.gl = None;
        if canvas.replaced().is_ok() {
            self.canvas = canvas.element.clone();
            self.processor.raster = Raster::default();
        }
    }

    /// Gives what draws symbols of the military, once it is loaded.
    pub(crate) fn symbols(&self, mil: &JsValue) {
        self.painted.symbols(mil);
    }

    /// Gives the look of the symbols, as JSON of `theme::track_style`.
    pub(crate) fn style(&mut self, json: &str) {
        if self.painted.style(json) {
            // A sheet that cannot be read leaves the symbols as they were.
            self.processor.restyle(&self.painted).ok();
        }
        if let Some(gl) = &self.gl {
            gl.style(json);
        }
    }

    /// Draws all symbols; gives how many.
    pub(crate) fn draw(&mut self, xy: &[f32], sprite: &[u16]) -> u32 {
        if let Some(gl) = &self.gl {
            return gl.draw(xy, sprite);
        }
        let dpr = self.painted.dpr();
        let drawn = self.processor.draw(&self.canvas, xy, sprite, dpr);
        drawn.map_or(0, |()| u32::try_from(sprite.len()).unwrap_or(u32::MAX))
    }

    /// `canvas` or `webgl2`, and what each took for the symbols of the measurement, milliseconds.
    pub(crate) fn told(&self) -> (&'static str, Option<f64>, Option<f64>) {
        let name = if self.gl.is_some() {
            "webgl2"
        } else {
            "canvas"
        };
        let (processor, webgl2) = self.measured.unwrap_or_default();
        (name, processor, webgl2)
    }
}
