//! `window.__oneroof`: what browser tests look at. It tells, and does nothing.

use std::rc::Rc;

use js_sys::{Array, Object, Reflect};
use leptos::prelude::*;
use oneroof_wire::EntityKind;
use wasm_bindgen::prelude::*;

use crate::link::Line;

use super::desk::Desk;
use super::net::{Net, count};

#[expect(clippy::cast_precision_loss, reason = "counts below 2^52")]
fn state(desk: &Desk, net: &Net) -> JsValue {
    let o = Object::new();
    let put = |k: &str, v: JsValue| {
        // A plain object takes any property.
        Reflect::set(&o, &k.into(), &v).ok();
    };
    let n = |v: usize| JsValue::from_f64(v as f64);
    put("tracks", n(desk.with_picture(|p| p.tracks.len())));
    put("events", n(desk.rows.with_untracked(Vec::len)));
    put("reports", n(count(desk, EntityKind::Report)));
    put("suggestions", n(desk.questions.with_untracked(Vec::len)));
    put("feeds", n(count(desk, EntityKind::Feed)));
    put("sections", n(count(desk, EntityKind::Section)));
    put("crossingPoints", n(count(desk, EntityKind::Bcp)));
    put("areas", n(count(desk, EntityKind::Area)));
    put("weather", n(count(desk, EntityKind::Weather)));
    put("seqPainted", JsValue::from_f64(net.painted() as f64));
    put("opened", JsValue::from_f64(net.opened.get().into()));
    put("orders", n(desk.orders.with_untracked(Vec::len)));
    put("held", desk.hands.held.get_untracked().into());
    put(
        "calls",
        n(desk.hands.log.with_untracked(|l| l.calls().len())),
    );
    let (line, seconds) = match desk.line.get_untracked() {
        Line::Connecting => ("connecting", 0),
        Line::Live => ("live", 0),
        Line::Lost(s) => ("lost", s),
        Line::Grey(s) => ("grey", s),
    };
    put("connection", line.into());
    put("silentSeconds", seconds.into());
    if let Some(stage) = desk.stage() {
        let (symbols, ms) = stage.drawn.get();
        put("symbolsDrawn", symbols.into());
        put("symbolsMs", ms.into());
        let (by, canvas_ms, webgl2_ms) = stage.drawn_by();
        put("drawnBy", by.into());
        put("canvasMs", canvas_ms.into());
        put("webgl2Ms", webgl2_ms.into());
        let (zoom, bounds) = stage.where_now();
        put("zoom", zoom.into());
        put(
            "bounds",
            bounds
                .iter()
                .map(|b| JsValue::from_f64(*b))
                .collect::<Array>()
                .into(),
        );
        let (alerts, unknown) = stage.region_signs();
        put("alertSigns", alerts.into());
        put("unknownSigns", unknown.into());
        let symbols = if stage.draws_mil() { "2525" } else { "own" };
        put("symbols", symbols.into());
        put("ownTiles", desk.hands.layers.painted.get_untracked().into());
        put("basemapFailed", stage.failed_files().into());
    }
    o.into()
}

/// Puts the hook on the window: `__oneroof.state()`.
pub(crate) fn install(desk: Desk, net: Rc<Net>) {
    let Some(window) = web_sys::window() else {
        return;
    };
    let tell = Closure::<dyn FnMut() -> JsValue>::new(move || state(&desk, &net));
    let hook = Object::new();
    // Plain objects take any property; the closure lives as long as the page.
    Reflect::set(&hook, &"state".into(), tell.as_ref()).ok();
    Reflect::set(&window, &"__oneroof".into(), &hook).ok();
    tell.forget();
}
