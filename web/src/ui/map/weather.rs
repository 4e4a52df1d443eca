//! Draws the weather: an arrow where the wind goes to with its speed, and a sign of fog. What is old is pale and says its
//! age; what is lost is a question.

use leptos::prelude::*;
use oneroof_model::Freshness;
use oneroof_wire::WeatherView;
use web_sys::CanvasRenderingContext2d;

use crate::map::mercator::{Frame, world};
use crate::ui::desk::Desk;
use crate::view::weather::{is_fog, readings};
use crate::words::{age_step, distance, number};

use super::theme;
use super::tools::label;

/// Least distance of two cells that are drawn, CSS pixels on a desk: where they are nearer the first one stands for both.
const APART_PX: f64 = 58.0;
/// How opaque an old reading is.
const OLD: f64 = 0.55;
/// Length of an arrow without wind, and more for each metre a second, CSS pixels on a desk.
const ARROW_PX: (f64, f64) = (10.0, 1.1);
/// Longest arrow.
const LONGEST_PX: f64 = 30.0;

/// Draws the readings.
pub(super) fn draw(ctx: &CanvasRenderingContext2d, frame: &Frame, desk: Desk, ui: f64) {
    let Some(now) = desk.server_now() else {
        return;
    };
    let lang = desk.lang.get_untracked();
    let mut taken: Vec<(f64, f64)> = Vec::new();
    desk.with_picture(|p| {
        for w in readings(p) {
            let (x, y) = frame.project(world(w.position));
            let apart = APART_PX * ui;
            let near = taken.iter().any(|(a, b)| (a - x).hypot(b - y) < apart);
            if near || !frame.holds(x, y, 0.0) {
                continue;
            }
            taken.push((x, y));
            let freshness = w.freshness(now);
            if freshness == Freshness::Lost {
                label(ctx, "?", x, y, ui);
                continue;
            }
            ctx.set_global_alpha(if freshness == Freshness::Stale {
                OLD
            } else {
                1.0
            });
            reading(ctx, (x, y), w, ui);
            if let Some(speed) = w.values.wind_mps {
                label(
                    ctx,
                    &number(lang, speed, 0),
                    x + 17.0 * ui,
                    y - 9.0 * ui,
                    ui,
                );
            }
            if let Some(m) = w.values.visibility_m.filter(|_| is_fog(&w.values)) {
                fog(ctx, x, y + 17.0 * ui, ui);
                label(ctx, &distance(lang, m), x, y + 32.0 * ui, ui);
            }
            if freshness == Freshness::Stale {
                let age = age_step(lang, now.secs_since(w.at));
                label(ctx, &age, x, y - 24.0 * ui, ui);
            }
            ctx.set_global_alpha(1.0);
        }
    });
}

/// The arrow of the wind; a ring where its direction is not known, or where there is none.
fn reading(ctx: &CanvasRenderingContext2d, (x, y): (f64, f64), w: &WeatherView, ui: f64) {
    let palette = theme::now();
    let speed = w.values.wind_mps.unwrap_or(0.0);
    let from = w.values.wind_from_deg.filter(|_| speed >= 0.5);
    let shape = |width: f64, colour: &str| {
        ctx.set_stroke_style_str(colour);
        ctx.set_line_width(width * ui);
        ctx.set_line_cap("round");
        ctx.begin_path();
        if let Some(from) = from {
            let (sin, cos) = from.to_radians().sin_cos();
            // North is up: the wind goes away from where it comes from.
            let (dx, dy) = (-sin, cos);
            let half = (ARROW_PX.0 + ARROW_PX.1 * speed).min(LONGEST_PX) * ui / 2.0;
            let tip = (x + dx * half, y + dy * half);
            ctx.move_to(x - dx * half, y - dy * half);
            ctx.line_to(tip.0, tip.1);
            for side in [-1.0, 1.0] {
                let barb = 5.0 * ui;
                ctx.move_to(tip.0, tip.1);
                ctx.line_to(
                    tip.0 - dx * barb - side * dy * barb * 0.7,
                    tip.1 - dy * barb + side * dx * barb * 0.7,
                );
            }
        } else {
            // A positive radius is always taken.
            ctx.arc(x, y, 3.5 * ui, 0.0, core::f64::consts::TAU).ok();
        }
        ctx.stroke();
        ctx.set_line_cap("butt");
    };
    shape(4.6, palette.ink);
    shape(2.0, palette.ask);
}

/// Three lines: fog.
fn fog(ctx: &CanvasRenderingContext2d, x: f64, y: f64, ui: f64) {
    let palette = theme::now();
    for (width, colour) in [(4.6, palette.ink), (2.0, palette.bright)] {
        ctx.set_stroke_style_str(colour);
        ctx.set_line_width(width * ui);
        ctx.begin_path();
        for (row, half) in [(-4.0, 6.0), (0.0, 8.0), (4.0, 6.0)] {
            ctx.move_to(x - half * ui, y + row * ui);
            ctx.line_to(x + half * ui, y + row * ui);
        }
        ctx.stroke();
    }
}
