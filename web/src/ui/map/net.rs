//! Draws the net over the map: quiet lines, what stands at their crossings.

use leptos::prelude::*;
use web_sys::CanvasRenderingContext2d;

use crate::map::graticule;
use crate::map::mercator::{Frame, world};
use crate::ui::desk::Desk;

use super::ops::line;
use super::theme;

/// Draws it, where it is asked for.
pub(super) fn draw(ctx: &CanvasRenderingContext2d, frame: &Frame, desk: Desk, ui: f64) {
    if !desk.hands.layers.net.get_untracked() {
        return;
    }
    let net = graticule::net(frame.bounds(), frame.zoom, ui);
    let look = theme::now();
    ctx.set_line_cap("butt");
    for (lines, width, alpha) in [(&net.lines, 1.0, 0.5), (&net.edges, 2.2, 0.8)] {
        ctx.set_stroke_style_str(look.net);
        ctx.set_global_alpha(alpha);
        ctx.set_line_width(width * ui);
        for points in lines {
            line(ctx, frame, points);
            ctx.stroke();
        }
    }
    ctx.set_global_alpha(1.0);
    ctx.set_font(&theme::font(500, 12.0 * ui));
    ctx.set_text_align("left");
    ctx.set_text_baseline("bottom");
    ctx.set_line_join("round");
    for (place, text) in &net.labels {
        let (x, y) = frame.project(world(*place));
        let (x, y) = (x + 4.0 * ui, y - 3.0 * ui);
        ctx.set_line_width(3.0 * ui);
        ctx.set_stroke_style_str(look.halo);
        // Text is drawn anywhere; outside of the canvas it is cut.
        ctx.stroke_text(text, x, y).ok();
        ctx.set_fill_style_str(look.net_text);
        ctx.fill_text(text, x, y).ok();
    }
    ctx.set_text_align("start");
}
