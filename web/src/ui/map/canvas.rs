//! A canvas larger than the view, in a pane of the map: a drag moves it without drawing it anew.

use wasm_bindgen::prelude::*;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, HtmlElement};

use crate::map::facade::MapFacade;
use crate::map::mercator::Frame;

/// Most device pixels of one canvas; on larger screens the padding shrinks instead (16 MB for each 4 million).
const MAX_PIXELS: f64 = 20e6;

/// The canvas and what it shows.
pub(crate) struct PaddedCanvas {
    /// The element.
    pub(crate) element: HtmlCanvasElement,
    /// What it shows; all zero before the first drawing.
    pub(crate) frame: Frame,
    /// Device pixels for one CSS pixel.
    pub(crate) dpr: f64,
}

/// Makes an empty canvas element.
pub(crate) fn new_canvas() -> Result<HtmlCanvasElement, JsValue> {
    web_sys::window()
        .and_then(|w| w.document())
        .ok_or("no document")?
        .create_element("canvas")?
        .dyn_into::<HtmlCanvasElement>()
        .map_err(JsValue::from)
}

/// Device pixels for one CSS pixel.
pub(crate) fn device_pixels() -> f64 {
    web_sys::window()
        .map_or(1.0, |w| w.device_pixel_ratio())
        .clamp(1.0, 3.0)
}

/// The padding on each side of a view, CSS pixels: three tenths of it, less where the canvas would grow too large.
pub(crate) fn padding(view: &Frame, dpr: f64) -> f64 {
    let (w, h) = (view.width, view.height);
    let mut pad = (w.max(h) * 0.3).round();
    while pad > 64.0 && (w + 2.0 * pad) * (h + 2.0 * pad) * dpr * dpr > MAX_PIXELS {
        pad = (pad * 0.8).floor();
    }
    pad
}

impl PaddedCanvas {
    /// A canvas in a pane.
    pub(crate) fn new(pane: &HtmlElement) -> Result<Self, JsValue> {
        let element = new_canvas()?;
        element.style().set_property("position", "absolute")?;
        pane.append_child(&element)?;
        Ok(Self {
            element,
            frame: Frame::default(),
            dpr: 1.0,
        })
    }

    /// Puts a new element in the place of the old one: an element keeps the kind of drawing that it began with.
    pub(crate) fn replaced(&mut self) -> Result<(), JsValue> {
        let fresh = new_canvas()?;
        fresh.style().set_css_text(&self.element.style().css_text());
        fresh.set_width(self.element.width());
        fresh.set_height(self.element.height());
        self.element.replace_with_with_node_1(&fresh)?;
        self.element = fresh;
        Ok(())
    }

    /// Whether it still covers the view, with `spare` CSS pixels to spare.
    pub(crate) fn covers(&self, view: &Frame, spare: f64) -> bool {
        self.frame.covers(view, spare)
    }

    /// Lays it under the view, ready to be drawn from scratch.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the size of a canvas, bounded by MAX_PIXELS"
    )]
    pub(crate) fn place(&mut self, map: &MapFacade) {
        let dpr = device_pixels();
        let view = map.view();
        let frame = view.padded(padding(&view, dpr));
        let (w, h) = ((frame.width * dpr) as u32, (frame.height * dpr) as u32);
        if self.element.width() != w || self.element.height() != h {
            self.element.set_width(w);
            self.element.set_height(h);
            let style = self.element.style();
            // Properties of our own element; nothing to be done where a browser refused them.
            style
                .set_property("width", &format!("{}px", frame.width))
                .ok();
            style
                .set_property("height", &format!("{}px", frame.height))
                .ok();
        }
        let origin = map.pane_origin();
        let (x, y) = (frame.left - origin.0, frame.top - origin.1);
        self.element
            .style()
            .set_property("transform", &format!("translate({x}px, {y}px)"))
            .ok();
        self.frame = frame;
        self.dpr = dpr;
    }

    /// Its context, cleared, in CSS pixels.
    pub(crate) fn clear(&self) -> Option<CanvasRenderingContext2d> {
        let ctx = self
            .element
            .get_context("2d")
            .ok()
            .flatten()?
            .dyn_into::<CanvasRenderingContext2d>()
            .ok()?;
        ctx.set_transform(1.0, 0.0, 0.0, 1.0, 0.0, 0.0).ok()?;
        ctx.clear_rect(
            0.0,
            0.0,
            self.element.width().into(),
            self.element.height().into(),
        );
        ctx.set_transform(self.dpr, 0.0, 0.0, self.dpr, 0.0, 0.0)
            .ok()?;
        Some(ctx)
    }
}
