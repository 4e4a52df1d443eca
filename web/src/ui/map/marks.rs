//! Draws what is worked out about tracks: speed vectors, the closest point of a pair, who was at a place, the area of the
//! filter, and counts where there are too many for symbols.

use leptos::prelude::*;
use oneroof_model::{LatLon, Time, TrackDomain};
use oneroof_wire::client::{ClientTrack, Picture};
use web_sys::CanvasRenderingContext2d;

use crate::map::coverage::State;
use crate::map::cpa::{Approach, Closest, Pair, mover};
use crate::map::density::{CELL_PX, Cell, step};
use crate::map::facade::MapFacade;
use crate::map::filter::Area;
use crate::map::measure::ring;
use crate::map::mercator::{Frame, world};
use crate::map::symbols::{Shape, shape_of};
use crate::ui::desk::{Desk, Selection};
use crate::ui::pair::{both_distances, pair_now};
use crate::ui::track_tools::Asked;
use crate::ui::zone;

use super::canvas::PaddedCanvas;
use super::ops::dashed;
use super::theme;
use super::tools::{RING_POINTS, cross, label, stroke};

/// From this zoom on all tracks may have a speed vector; below they would be a thicket.
const VECTORS_ZOOM: f64 = 9.0;

/// How far ahead a speed vector leads, seconds: of an aircraft, of anything else.
const AHEAD_S: (f64, f64) = (60.0, 360.0);

/// How opaque the cells of the steps of density are.
const OPACITY: [f64; 5] = [0.14, 0.28, 0.44, 0.62, 0.82];

/// Draws everything but the counts.
pub(super) fn draw(ctx: &CanvasRenderingContext2d, frame: &Frame, desk: Desk, ui: f64) {
    let tools = desk.hands.tracks;
    let chosen = match desk.selected.get_untracked() {
        Some(Selection::Track(h)) => Some(h),
        _ => None,
    };
    if let Some(now) = desk.server_now() {
        let all = tools.vectors.get_untracked()
            && frame.zoom >= VECTORS_ZOOM
            && tools.counted.get_untracked() == 0;
        let sieve = tools.sieve(&desk);
        desk.with_picture(|p| {
            vectors(
                ctx,
                frame,
                p,
                ui,
                |h, t| chosen == Some(h) || all && sieve.lets(h, t, now),
                now,
            );
        });
    }
    if let Area::Box(rectangle) = tools.filter.with_untracked(|f| f.area) {
        boxed(ctx, frame, rectangle, ui);
    }
    here(ctx, frame, desk, ui);
    if let Some((first, second)) = chosen.zip(tools.second.get_untracked())
        && let Some(pair) = pair_now(desk, first, second)
    {
        approach(ctx, frame, desk, &pair, ui);
    }
}

fn ahead_s(track: &ClientTrack) -> f64 {
    let flies = track.info.as_ref().is_some_and(|i| {
        i.domain == TrackDomain::Aircraft
            || matches!(shape_of(i), Shape::Aircraft | Shape::Helicopter)
    });
    if flies { AHEAD_S.0 } else { AHEAD_S.1 }
}

/// Lines from tracks to where they will be.
fn vectors(
    ctx: &CanvasRenderingContext2d,
    frame: &Frame,
    picture: &Picture,
    ui: f64,
    wanted: impl Fn(u32, &ClientTrack) -> bool,
    now: Time,
) {
    ctx.set_line_cap("round");
    for (handle, track) in &picture.tracks {
        let Some(row) = track.row.as_ref().filter(|_| wanted(*handle, track)) else {
            continue;
        };
        let (x, y) = frame.project(world(row.at));
        if !frame.holds(x, y, 0.0) {
            continue;
        }
        let ends = mover(track, now).and_then(|m| m.vector(now, ahead_s(track)));
        if let Some(ends) = ends {
            stroke(ctx, frame, &ends, 3.2 * ui, theme::now().ink);
            stroke(ctx, frame, &ends, 1.4 * ui, theme::now().bright);
        }
    }
    ctx.set_line_cap("butt");
}

/// Where both will be when they are nearest, or were.
fn approach(ctx: &CanvasRenderingContext2d, frame: &Frame, desk: Desk, pair: &Pair, ui: f64) {
    let lang = desk.lang.get_untracked();
    let ask = theme::now().ask;
    let mark = |at: LatLon| {
        let (x, y) = frame.project(world(at));
        ctx.begin_path();
        // A positive radius is always taken.
        ctx.arc(x, y, 4.5 * ui, 0.0, core::f64::consts::TAU).ok();
        ctx.set_fill_style_str(theme::now().ink);
        ctx.fill();
        ctx.set_stroke_style_str(ask);
        ctx.set_line_width(2.0 * ui);
        ctx.stroke();
    };
    let (
        from,
        Some(Closest {
            a, b, distance_m, ..
        }),
    ) = ((pair.a, pair.b), closest(pair))
    else {
        dashed(ctx, &[2.0, 5.0], ui);
        stroke(ctx, frame, &[pair.a, pair.b], 1.6 * ui, ask);
        dashed(ctx, &[], ui);
        ring_around(ctx, frame, pair.b, ui);
        return;
    };
    for ends in [[from.0, a], [from.1, b]] {
        stroke(ctx, frame, &ends, 4.0 * ui, theme::now().ink);
        stroke(ctx, frame, &ends, 2.0 * ui, ask);
    }
    dashed(ctx, &[6.0, 4.0], ui);
    stroke(ctx, frame, &[a, b], 2.0 * ui, theme::now().bright);
    dashed(ctx, &[], ui);
    mark(a);
    mark(b);
    ring_around(ctx, frame, pair.b, ui);
    let ((ax, ay), (bx, by)) = (frame.project(world(a)), frame.project(world(b)));
    let text = format!("CPA {}", both_distances(lang, distance_m));
    let above = ay.min(by) - 16.0 * ui;
    label(ctx, &text, f64::midpoint(ax, bx), above, ui);
}

/// The second of a pair: a dashed ring, where the chosen one has a whole one.
fn ring_around(ctx: &CanvasRenderingContext2d, frame: &Frame, at: LatLon, ui: f64) {
    let (x, y) = frame.project(world(at));
    dashed(ctx, &[4.0, 3.0], ui);
    ctx.begin_path();
    ctx.arc(x, y, 15.0 * ui, 0.0, core::f64::consts::TAU).ok();
    ctx.set_stroke_style_str(theme::now().bright);
    ctx.set_line_width(2.0 * ui);
    ctx.stroke();
    dashed(ctx, &[], ui);
}

/// The closest point, where it lies ahead; what is over is told in words.
const fn closest(pair: &Pair) -> Option<Closest> {
    match pair.approach {
        Approach::Ahead(c) => Some(c),
        _ => None,
    }
}

/// The rectangle of the filter.
fn boxed(ctx: &CanvasRenderingContext2d, frame: &Frame, [s, w, n, e]: [f64; 4], ui: f64) {
    let corners: Vec<LatLon> = [(s, w), (n, w), (n, e), (s, e), (s, w)]
        .iter()
        .filter_map(|(lat, lon)| LatLon::new(*lat, *lon).ok())
        .collect();
    dashed(ctx, &[8.0, 6.0], ui);
    stroke(ctx, frame, &corners, 1.6 * ui, theme::now().ask);
    dashed(ctx, &[], ui);
}

/// The place that is asked for, its radius, and where the tracks were that were found there.
fn here(ctx: &CanvasRenderingContext2d, frame: &Frame, desk: Desk, ui: f64) {
    let tools = desk.hands.tracks;
    let Some(at) = tools.here_at.get_untracked() else {
        return;
    };
    let around = ring(at, tools.here_m.get_untracked(), RING_POINTS);
    stroke(ctx, frame, &around, 3.4 * ui, theme::now().ink);
    stroke(ctx, frame, &around, 1.6 * ui, theme::now().ask);
    cross(ctx, frame, at, ui);
    tools.found.with_untracked(|found| {
        let Asked::Found(answer) = found else { return };
        for item in &answer.items {
            let (x, y) = frame.project(world(item.nearest.position));
            let r = 4.5 * ui;
            ctx.begin_path();
            ctx.move_to(x, y - r);
            ctx.line_to(x + r, y);
            ctx.line_to(x, y + r);
            ctx.line_to(x - r, y);
            ctx.close_path();
            ctx.set_fill_style_str(theme::now().ink);
            ctx.fill();
            ctx.set_stroke_style_str(theme::now().ask);
            ctx.set_line_width(2.0 * ui);
            ctx.stroke();
        }
    });
}

/// How a piece of the border is drawn: width, colour, dashes. The dashes tell it without the colour.
fn look(state: State) -> (f64, &'static str, &'static [f64]) {
    let p = theme::now();
    let [unknown, _, medium, high, very_high] = p.impact;
    match state {
        State::Seen | State::Within => (2.4, p.bright, &[]),
        State::FeedDown => (5.0, very_high, &[14.0, 5.0]),
        State::Silent => (5.0, medium, &[5.0, 5.0]),
        State::NoneKnown => (4.0, unknown, &[2.0, 6.0]),
        State::Beyond => (5.0, high, &[9.0, 6.0]),
    }
}

/// What is said of the pieces of the border. Neighbours of one state are one line, so that its dashes go on.
pub(super) fn coverage(ctx: &CanvasRenderingContext2d, frame: &Frame, desk: Desk, ui: f64) {
    desk.hands.tracks.pieces.with_untracked(|pieces| {
        for run in pieces.chunk_by(|a, b| a.state == b.state && a.line.last() == b.line.first()) {
            let Some(first) = run.first() else { continue };
            let points: Vec<LatLon> = run.iter().flat_map(|p| p.line.iter().copied()).collect();
            let (width, colour, dashes) = look(first.state);
            stroke(ctx, frame, &points, (width + 2.5) * ui, theme::now().ink);
            dashed(ctx, dashes, ui);
            stroke(ctx, frame, &points, width * ui, colour);
            dashed(ctx, &[], ui);
        }
    });
}

/// Draws the counts on their canvas; without any the canvas is cleared, and left alone from then on.
pub(super) fn density(
    canvas: &mut PaddedCanvas,
    map: &MapFacade,
    tracks: &Frame,
    cells: Option<&[Cell]>,
) {
    let Some(cells) = cells else {
        canvas.clear();
        canvas.frame = Frame::default();
        return;
    };
    canvas.place(map);
    let frame = canvas.frame;
    let Some(ctx) = canvas.clear() else { return };
    // Both canvases lie around the same view; should one be younger, the cells go along.
    let (dx, dy) = (tracks.left - frame.left, tracks.top - frame.top);
    let ui = zone::ui_scale();
    let edge = CELL_PX * ui - 2.0;
    let [_, _, colour, ..] = theme::now().track;
    for cell in cells {
        let (x, y) = (cell.x + dx + 1.0, cell.y + dy + 1.0);
        ctx.set_global_alpha(OPACITY.get(step(cell.count)).copied().unwrap_or(0.8));
        ctx.set_fill_style_str(colour);
        ctx.fill_rect(x, y, edge, edge);
        ctx.set_global_alpha(1.0);
        let (x, y) = (x + edge / 2.0, y + edge / 2.0);
        label(&ctx, &cell.count.to_string(), x, y, ui);
    }
}
