//! Draws what the tools lay on the map: the measured path, range rings, a place that was searched for or picked.

use leptos::prelude::*;
use oneroof_model::LatLon;
use web_sys::CanvasRenderingContext2d;

use crate::map::measure::{course_text, legs, ring, ring_radii};
use crate::map::mercator::{Frame, metres_per_px, world};
use crate::ui::desk::Desk;
use crate::words::distance;

use super::ops::line;
use super::theme;
use super::{areas, marks};

/// Corners of a drawn ring.
pub(super) const RING_POINTS: u16 = 120;

/// Draws everything.
pub(crate) fn draw(ctx: &CanvasRenderingContext2d, frame: &Frame, desk: Desk, ui: f64) {
    let hands = desk.hands;
    marks::draw(ctx, frame, desk, ui);
    areas::draw_sketch(ctx, frame, desk, ui);
    if let Some(center) = hands.rings.get_untracked() {
        rings(ctx, frame, desk, center, ui);
    }
    let mut path = hands.path.get_untracked();
    if !path.is_empty() {
        // The last leg ends under the pointer.
        path.extend(hands.pointer.get_untracked());
        measured(ctx, frame, desk, &path, ui);
    }
    for at in [hands.pin.get_untracked(), hands.picked.get_untracked()]
        .into_iter()
        .flatten()
    {
        cross(ctx, frame, at, ui);
    }
}

/// The radii of the rings in a frame, metres. The view is smaller than the canvas around it.
fn radii(frame: &Frame, center: LatLon) -> [f64; 4] {
    let view = frame.width.min(frame.height) / 1.6;
    ring_radii(view * metres_per_px(center.lat(), frame.zoom))
}

pub(super) fn stroke(
    ctx: &CanvasRenderingContext2d,
    frame: &Frame,
    points: &[LatLon],
    width: f64,
    colour: &str,
) {
    line(ctx, frame, points);
    ctx.set_stroke_style_str(colour);
    ctx.set_line_width(width);
    ctx.stroke();
}

/// A text with a dark edge, so that it is read on whatever lies under it.
pub(super) fn label(ctx: &CanvasRenderingContext2d, text: &str, x: f64, y: f64, ui: f64) {
    ctx.set_font(&theme::font(600, 13.0 * ui));
    ctx.set_text_align("center");
    ctx.set_text_baseline("middle");
    ctx.set_line_width(4.0 * ui);
    ctx.set_stroke_style_str(theme::now().ink);
    // Text is drawn anywhere; outside of the canvas it is cut.
    ctx.stroke_text(text, x, y).ok();
    ctx.set_fill_style_str(theme::now().bright);
    ctx.fill_text(text, x, y).ok();
    ctx.set_text_align("start");
}

fn rings(ctx: &CanvasRenderingContext2d, frame: &Frame, desk: Desk, center: LatLon, ui: f64) {
    let lang = desk.lang.get_untracked();
    for radius in radii(frame, center) {
        let points = ring(center, radius, RING_POINTS);
        stroke(ctx, frame, &points, 3.0 * ui, theme::now().ink);
        stroke(ctx, frame, &points, 1.4 * ui, theme::now().ask);
        if let Some(top) = points.first() {
            let (x, y) = frame.project(world(*top));
            label(ctx, &distance(lang, radius), x, y, ui);
        }
    }
    cross(ctx, frame, center, ui);
}

fn measured(ctx: &CanvasRenderingContext2d, frame: &Frame, desk: Desk, path: &[LatLon], ui: f64) {
    let lang = desk.lang.get_untracked();
    stroke(ctx, frame, path, 4.0 * ui, theme::now().ink);
    stroke(ctx, frame, path, 2.0 * ui, theme::now().ask);
    for p in path {
        let (x, y) = frame.project(world(*p));
        ctx.set_fill_style_str(theme::now().bright);
        ctx.fill_rect(x - 2.5 * ui, y - 2.5 * ui, 5.0 * ui, 5.0 * ui);
    }
    for (leg, ends) in legs(path).iter().zip(path.windows(2)) {
        let [(ax, ay), (bx, by)] = match ends {
            [a, b] => [*a, *b].map(|p| frame.project(world(p))),
            _ => continue,
        };
        // A leg shorter than its own text is told by the next one.
        if (ax - bx).hypot(ay - by) > 60.0 * ui {
            let text = format!(
                "{} · {}",
                distance(lang, leg.distance_m),
                course_text(leg.bearing_deg)
            );
            label(ctx, &text, f64::midpoint(ax, bx), f64::midpoint(ay, by), ui);
        }
    }
}

pub(super) fn cross(ctx: &CanvasRenderingContext2d, frame: &Frame, at: LatLon, ui: f64) {
    let (x, y) = frame.project(world(at));
    for (width, colour) in [(4.5 * ui, theme::now().ink), (2.0 * ui, theme::now().ask)] {
        ctx.begin_path();
        for (dx, dy) in [(1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0)] {
            ctx.move_to(x + dx * 5.0 * ui, y + dy * 5.0 * ui);
            ctx.line_to(x + dx * 15.0 * ui, y + dy * 15.0 * ui);
        }
        ctx.set_stroke_style_str(colour);
        ctx.set_line_width(width);
        ctx.stroke();
    }
}
