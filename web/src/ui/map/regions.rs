//! Draws threats by region, under everything that happens: an outline, a sparse hatch and a sign where there is an alert,
//! and where somebody asks for the layer also what is not known.

use core::f64::consts::{PI, TAU};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{CanvasRenderingContext2d, CanvasWindingRule, Path2d};

use crate::basemap::regions::{Outline, read};
use crate::map::mercator::{Frame, world_px};
use crate::ui::desk::Desk;
use crate::ui::{http, map_clock};
use crate::view::threat::{Mark, Standing, marks, rows};
use crate::words::age_step;

use super::ops::{Hit, dashed};
use super::theme;
use super::tools::label;

/// The file of the outlines.
const FILE: &str = "/assets/basemap/regions.json";
/// After a failure the file is asked for again after so long, milliseconds.
const AGAIN_MS: f64 = 10_000.0;
/// Between the lines of the hatch, CSS pixels on a desk.
const HATCH_PX: f64 = 18.0;
/// From this zoom on a sign tells since when.
const AGES_ZOOM: f64 = 6.0;
/// How opaque outline, hatch and ground of an alert are.
const OPACITY: (f64, f64, f64) = (0.85, 0.3, 0.07);

struct Shape {
    path: Path2d,
    outline: Outline,
}

/// The outlines, once they were wanted and came.
#[derive(Default)]
pub(super) struct Regions {
    shapes: RefCell<BTreeMap<String, Shape>>,
    asked: Cell<bool>,
    /// The page's clock before which the file is not asked for again, milliseconds.
    not_before: Cell<f64>,
    /// Signs drawn last: alerts, and what is not known.
    pub(super) drawn: Cell<(u32, u32)>,
}

fn shape(outline: Outline) -> Option<Shape> {
    let path = Path2d::new().ok()?;
    for ring in &outline.rings {
        for (i, p) in ring.iter().enumerate() {
            if i == 0 {
                path.move_to(p.x, p.y);
            } else {
                path.line_to(p.x, p.y);
            }
        }
        path.close_path();
    }
    Some(Shape { path, outline })
}

/// What of the regions is drawn now: alerts, and with the layer what is not known.
fn wanted(desk: Desk) -> Vec<Mark> {
    let Some(now) = desk.server_now() else {
        return Vec::new();
    };
    let all = desk.hands.regions.get_untracked();
    let mut marks = desk.with_picture(|p| marks(&rows(p, now)));
    marks.retain(|m| m.standing == Standing::Alert || all && m.standing == Standing::Unknown);
    marks
}

impl Regions {
    /// Asks for the outlines when they are needed for the first time; `then` is called when they came.
    pub(super) fn want(self: &Rc<Self>, desk: Desk, then: Rc<dyn Fn()>) {
        if self.asked.get() || map_clock() < self.not_before.get() || wanted(desk).is_empty() {
            return;
        }
        self.asked.set(true);
        let me = Rc::clone(self);
        spawn_local(async move {
            let text = http::get_text(FILE).await.ok();
            let Some(outlines) = text.and_then(|t| read(&t).ok()) else {
                me.not_before.set(map_clock() + AGAIN_MS);
                me.asked.set(false);
                return;
            };
            let shapes = outlines
                .into_iter()
                .filter_map(|(iso, o)| Some((iso, shape(o)?)));
            *me.shapes.borrow_mut() = shapes.collect();
            then();
        });
    }

    /// Draws outlines and hatches.
    pub(super) fn areas(&self, ctx: &CanvasRenderingContext2d, frame: &Frame, desk: Desk, ui: f64) {
        let shapes = self.shapes.borrow();
        for mark in wanted(desk) {
            if let Some(shape) = shapes.get(mark.region.as_str())
                && in_sight(frame, &shape.outline)
            {
                area(ctx, frame, shape, mark.standing, ui);
            }
        }
    }

    /// Draws the signs; gives where they are.
    pub(super) fn signs(
        &self,
        ctx: &CanvasRenderingContext2d,
        frame: &Frame,
        desk: Desk,
        ui: f64,
    ) -> Vec<(f64, f64, Hit)> {
        let shapes = self.shapes.borrow();
        let (now, lang) = (desk.server_now(), desk.lang.get_untracked());
        let mut out = Vec::new();
        let (mut alerts, mut unknown) = (0, 0);
        for mark in wanted(desk) {
            let Some(shape) = shapes.get(mark.region.as_str()) else {
                continue;
            };
            let (x, y) = frame.project(shape.outline.sign);
            if mark.standing == Standing::Alert {
                alerts += 1;
            } else {
                unknown += 1;
            }
            if !frame.holds(x, y, 20.0) {
                continue;
            }
            if mark.standing == Standing::Alert {
                siren(ctx, x, y, ui);
                if let (Some(since), Some(now)) = (mark.since, now)
                    && frame.zoom >= AGES_ZOOM
                {
                    let age = age_step(lang, now.secs_since(since));
                    label(ctx, &age, x, y + 19.0 * ui, ui);
                }
            } else {
                question(ctx, x, y, ui);
            }
            out.push((x, y, Hit::Region));
        }
        self.drawn.set((alerts, unknown));
        out
    }
}

fn corners(frame: &Frame, outline: &Outline) -> [f64; 4] {
    let (nw, se) = outline.bounds;
    let ((left, top), (right, bottom)) = (frame.project(nw), frame.project(se));
    [left, top, right, bottom]
}

fn in_sight(frame: &Frame, outline: &Outline) -> bool {
    let [left, top, right, bottom] = corners(frame, outline);
    left < frame.width && top < frame.height && right > 0.0 && bottom > 0.0
}

/// An outline with its hatch; the path is in parts of the world, the hatch in pixels that stay with the land.
fn area(ctx: &CanvasRenderingContext2d, frame: &Frame, shape: &Shape, standing: Standing, ui: f64) {
    let palette = theme::now();
    let px = world_px(frame.zoom);
    let (line, hatch, ground) = OPACITY;
    ctx.save();
    let moved = ctx
        .translate(-frame.left, -frame.top)
        .and_then(|()| ctx.scale(px, px));
    if moved.is_err() {
        ctx.restore();
        return;
    }
    ctx.set_line_join("round");
    if standing == Standing::Alert {
        ctx.set_global_alpha(ground);
        ctx.set_fill_style_str(palette.life);
        ctx.fill_with_path_2d_and_winding(&shape.path, CanvasWindingRule::Evenodd);
        ctx.set_global_alpha(line);
        ctx.set_stroke_style_str(palette.life);
        ctx.set_line_width(1.6 * ui / px);
        ctx.stroke_with_path(&shape.path);
        ctx.clip_with_path_2d_and_winding(&shape.path, CanvasWindingRule::Evenodd);
        let back = ctx
            .scale(1.0 / px, 1.0 / px)
            .and_then(|()| ctx.translate(frame.left, frame.top));
        if back.is_ok() {
            ctx.set_global_alpha(hatch);
            hatched(ctx, frame, &shape.outline, ui);
        }
    } else {
        ctx.set_global_alpha(0.7);
        let [unknown, ..] = palette.impact;
        ctx.set_stroke_style_str(unknown);
        ctx.set_line_width(1.2 * ui / px);
        dashed(ctx, &[3.0, 4.0], ui / px);
        ctx.stroke_with_path(&shape.path);
    }
    ctx.restore();
}

/// Lines from the lower left to the upper right over the part of a region that is on the canvas.
fn hatched(ctx: &CanvasRenderingContext2d, frame: &Frame, outline: &Outline, ui: f64) {
    let [left, top, right, bottom] = corners(frame, outline);
    let (left, right) = (left.max(0.0), right.min(frame.width));
    let (top, bottom) = (top.max(0.0), bottom.min(frame.height));
    let (height, step) = (bottom - top, HATCH_PX * ui * core::f64::consts::SQRT_2);
    // Lines are counted from the corner of the world, so that a drag does not move them over the land.
    let phase = (frame.left + frame.top + left + bottom).rem_euclid(step);
    let mut x = left - height - phase;
    ctx.set_line_width(1.2 * ui);
    ctx.begin_path();
    while x < right {
        ctx.move_to(x, bottom);
        ctx.line_to(x + height, top);
        x += step;
    }
    ctx.stroke();
}

/// The sign of an alert: a siren on its foot, with rays.
fn siren(ctx: &CanvasRenderingContext2d, x: f64, y: f64, ui: f64) {
    let palette = theme::now();
    let body = || {
        ctx.begin_path();
        // Positive radii are always taken.
        ctx.arc(x, y + 1.5 * ui, 4.6 * ui, PI, TAU).ok();
        ctx.line_to(x + 4.6 * ui, y + 5.0 * ui);
        ctx.line_to(x + 7.0 * ui, y + 5.0 * ui);
        ctx.line_to(x + 7.0 * ui, y + 8.0 * ui);
        ctx.line_to(x - 7.0 * ui, y + 8.0 * ui);
        ctx.line_to(x - 7.0 * ui, y + 5.0 * ui);
        ctx.line_to(x - 4.6 * ui, y + 5.0 * ui);
        ctx.close_path();
    };
    let rays = || {
        ctx.begin_path();
        for part in [-0.5, -0.25, 0.0, 0.25, 0.5] {
            let (sin, cos) = (part * PI - PI / 2.0).sin_cos();
            ctx.move_to(x + 6.8 * ui * cos, y + 1.5 * ui + 6.8 * ui * sin);
            ctx.line_to(x + 10.2 * ui * cos, y + 1.5 * ui + 10.2 * ui * sin);
        }
        ctx.stroke();
    };
    ctx.set_stroke_style_str(palette.ink);
    ctx.set_line_width(4.4 * ui);
    body();
    ctx.stroke();
    rays();
    ctx.set_fill_style_str(palette.life);
    body();
    ctx.fill();
    ctx.set_stroke_style_str(palette.life);
    ctx.set_line_width(1.9 * ui);
    rays();
}

/// The sign of what is not known.
fn question(ctx: &CanvasRenderingContext2d, x: f64, y: f64, ui: f64) {
    let palette = theme::now();
    let [unknown, ..] = palette.impact;
    ctx.begin_path();
    // A positive radius is always taken.
    ctx.arc(x, y, 8.5 * ui, 0.0, TAU).ok();
    ctx.set_fill_style_str(palette.ink);
    ctx.fill();
    ctx.set_stroke_style_str(unknown);
    ctx.set_line_width(1.4 * ui);
    ctx.stroke();
    ctx.set_font(&theme::font(600, 12.0 * ui));
    ctx.set_text_align("center");
    ctx.set_text_baseline("middle");
    ctx.set_fill_style_str(palette.bright);
    // Text is drawn anywhere; outside of the canvas it is cut.
    ctx.fill_text("?", x, y + 0.5 * ui).ok();
    ctx.set_text_align("start");
}
