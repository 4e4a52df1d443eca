//! Draws the areas: an outline with its own dashes and hatching for each purpose, and the purpose in words at its upper edge;
//! the one that is being drawn with its handles. What an area is for is never told by colour alone.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use leptos::prelude::*;
use oneroof_geo::{BoundingBox, Outline, area_holds, area_km2, outline};
use oneroof_model::{AreaId, AreaPurpose, AreaShape, LatLon};
use oneroof_wire::AreaView;
use web_sys::CanvasRenderingContext2d;

use crate::areas::sketch::{Grip, Sketch};
use crate::areas::{on_map, purpose_key};
use crate::map::mercator::{Frame, world};
use crate::map::palette::Palette;
use crate::map::spread::Written;
use crate::ui::area_form::read_out;
use crate::ui::desk::{Desk, Selection};
use crate::ui::zone;
use crate::words::Arg;

use super::ops::{dashed, line, text_where_free, trace};
use super::theme;
use super::tools::{cross, label};

/// Areas whose outlines are kept; a room has fewer at once.
const KEPT: usize = 600;

/// Half of the size of a handle, pixels at the size of a desk.
const HANDLE_PX: f64 = 5.5;

/// How near to a handle it is held, pixels at the size of a desk.
const HOLD_PX: f64 = 12.0;

/// Pixels between two lines of a hatching.
const HATCH_PX: f64 = 11.0;

/// What does not change with the view.
struct Drawn {
    version: u64,
    outline: Outline,
    around: BoundingBox,
    km2: f64,
}

thread_local! {
    static DRAWN: RefCell<BTreeMap<AreaId, Rc<Drawn>>> = const { RefCell::new(BTreeMap::new()) };
}

/// The outline of an area, worked out once for each version of it.
fn drawn(a: &AreaView) -> Option<Rc<Drawn>> {
    DRAWN.with_borrow_mut(|kept| {
        if let Some(d) = kept.get(&a.id).filter(|d| d.version == a.version) {
            return Some(Rc::clone(d));
        }
        if kept.len() >= KEPT {
            kept.clear();
        }
        let outline = outline(&a.shape);
        let fresh = Rc::new(Drawn {
            version: a.version,
            around: BoundingBox::of_points(outline.outer.iter().copied())?,
            km2: area_km2(&a.shape),
            outline,
        });
        kept.insert(a.id, Rc::clone(&fresh));
        Some(fresh)
    })
}

/// How a purpose is drawn.
struct Look {
    colour: &'static str,
    width: f64,
    dashes: &'static [f64],
    /// Hatching from the upper left, and from the upper right.
    hatch: (bool, bool),
    fill: f64,
}

const fn look(palette: &Palette, purpose: AreaPurpose) -> Look {
    let [grey, _, yellow, orange, _] = palette.impact;
    let [.., unit] = palette.track;
    let plain = Look {
        colour: grey,
        width: 2.0,
        dashes: &[],
        hatch: (false, false),
        fill: 0.1,
    };
    match purpose {
        AreaPurpose::Search => Look {
            colour: palette.ask,
            dashes: &[12.0, 6.0],
            ..plain
        },
        AreaPurpose::Operation => Look {
            colour: unit,
            width: 2.4,
            ..plain
        },
        AreaPurpose::Danger => Look {
            colour: orange,
            width: 2.6,
            hatch: (true, false),
            fill: 0.06,
            ..plain
        },
        AreaPurpose::Restricted => Look {
            colour: yellow,
            width: 2.2,
            hatch: (true, true),
            fill: 0.04,
            ..plain
        },
        AreaPurpose::Watch => Look {
            dashes: &[2.5, 5.0],
            width: 2.4,
            fill: 0.07,
            ..plain
        },
    }
}

/// Begins a path around everything that an outline surrounds; holes run the other way round, so that they are left out.
fn path(ctx: &CanvasRenderingContext2d, frame: &Frame, outline: &Outline) {
    ctx.begin_path();
    for ring in outline.rings() {
        trace(ctx, frame, ring);
        ctx.close_path();
    }
}

/// Left, upper, right and lower edge of a box on the canvas, as far as it is on it.
fn box_on(frame: &Frame, around: BoundingBox) -> Option<[f64; 4]> {
    let at = |lat, lon| LatLon::new(lat, lon).ok();
    let (a, b) = (
        frame.project(world(at(around.north, around.west)?)),
        frame.project(world(at(around.south, around.east)?)),
    );
    let on = [
        a.0.max(0.0),
        a.1.max(0.0),
        b.0.min(frame.width),
        b.1.min(frame.height),
    ];
    let [left, upper, right, lower] = on;
    (left < right && upper < lower).then_some(on)
}

/// Hatches what is clipped, within a box of the canvas.
fn hatch(ctx: &CanvasRenderingContext2d, [left, upper, right, lower]: [f64; 4], up: bool, ui: f64) {
    let (height, step) = (lower - upper, HATCH_PX * ui);
    // The lines of neighbouring areas and of the next drawing lie on each other.
    let begin = ((left - height) / step).floor() * step;
    ctx.begin_path();
    let mut x = begin;
    while x < right {
        let (from, to) = if up { (x, x + height) } else { (x + height, x) };
        ctx.move_to(from, upper);
        ctx.line_to(to, lower);
        x += step;
    }
    ctx.stroke();
}

fn paint(
    ctx: &CanvasRenderingContext2d,
    frame: &Frame,
    outline: &Outline,
    on: [f64; 4],
    look: &Look,
    (ui, chosen): (f64, bool),
) {
    ctx.set_line_join("round");
    path(ctx, frame, outline);
    ctx.set_fill_style_str(look.colour);
    ctx.set_global_alpha(look.fill);
    ctx.fill();
    ctx.set_global_alpha(1.0);
    ctx.set_stroke_style_str(look.colour);
    if look.hatch.0 || look.hatch.1 {
        ctx.save();
        ctx.clip();
        ctx.set_global_alpha(0.4);
        ctx.set_line_width(1.0 * ui);
        if look.hatch.0 {
            hatch(ctx, on, true, ui);
        }
        if look.hatch.1 {
            hatch(ctx, on, false, ui);
        }
        ctx.restore();
        path(ctx, frame, outline);
    }
    if chosen {
        ctx.set_stroke_style_str(theme::now().bright);
        ctx.set_line_width((look.width + 3.5) * ui);
        ctx.stroke();
    }
    ctx.set_stroke_style_str(theme::now().ink);
    ctx.set_line_width((look.width + 1.6) * ui);
    ctx.stroke();
    ctx.set_stroke_style_str(look.colour);
    ctx.set_line_width(look.width * ui);
    dashed(ctx, look.dashes, ui);
    ctx.stroke();
    dashed(ctx, &[], ui);
}

/// What stands at an area: what it is for, its name, until when.
fn words(desk: Desk, a: &AreaView) -> String {
    let lang = desk.lang.get_untracked();
    let say = |key: &str, args: &[(&str, Arg<'_>)]| crate::words::t(lang, key, args);
    let until = a.until.map(|t| {
        let (now, zone) = (desk.now.get_untracked(), desk.zone.get_untracked());
        let time = zone::clock_or_day(t, now, zone);
        // Seconds are nobody's concern on the map.
        let time = time
            .rsplit_once(':')
            .map_or(time.as_str(), |(head, _)| head);
        say("area.until.short", &[("time", Arg::from(time))])
    });
    let parts = [
        Some(say(purpose_key(a.purpose), &[])),
        (!a.name.is_empty()).then(|| a.name.clone()),
        until,
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// Draws the areas that are on the map, the largest first. One that is being changed is drawn by its sketch alone.
pub(super) fn draw(ctx: &CanvasRenderingContext2d, frame: &Frame, desk: Desk, ui: f64) {
    let changing = desk
        .hands
        .areas
        .sketch
        .with_untracked(|s| s.as_ref().and_then(|s| s.changes))
        .map(|c| c.0);
    let (mode, now) = (desk.mode.get_untracked(), desk.now.get_untracked());
    let chosen = match desk.selected.get_untracked() {
        Some(Selection::Area(id)) => Some(id),
        _ => None,
    };
    desk.with_picture(|p| {
        let mut all: Vec<(&AreaView, Rc<Drawn>, [f64; 4])> = on_map(p, mode, now)
            .filter(|a| changing != Some(a.id))
            .filter_map(|a| {
                let d = drawn(a)?;
                let on = box_on(frame, d.around)?;
                Some((a, d, on))
            })
            .collect();
        all.sort_by(|a, b| b.1.km2.total_cmp(&a.1.km2));
        for (a, d, on) in &all {
            let look = look(theme::now(), a.purpose);
            paint(
                ctx,
                frame,
                &d.outline,
                *on,
                &look,
                (ui, chosen == Some(a.id)),
            );
        }
        let font = theme::font(600, 13.0 * ui);
        let mut written = Written::default();
        // The chosen one's words first, then those of smaller ones, which lie above.
        all.sort_by(|a, b| {
            let other = |a: &AreaView| chosen != Some(a.id);
            (other(a.0), a.1.km2)
                .partial_cmp(&(other(b.0), b.1.km2))
                .unwrap_or(core::cmp::Ordering::Equal)
        });
        for (a, d, _) in &all {
            let corners = d.outline.outer.iter().map(|p| frame.project(world(*p)));
            let top = corners
                .filter(|(x, y)| frame.holds(*x, *y, 0.0))
                .min_by(|a, b| a.1.total_cmp(&b.1));
            if let Some((x, y)) = top {
                let at = (x, y - 11.0 * ui);
                text_where_free(ctx, &words(desk, a), at, &font, &mut written, ui);
            }
        }
    });
}

/// The smallest area on the map that holds a position.
pub(super) fn under(desk: Desk, at: LatLon) -> Option<AreaId> {
    let (mode, now) = (desk.mode.get_untracked(), desk.now.get_untracked());
    desk.with_picture(|p| {
        on_map(p, mode, now)
            .filter_map(|a| Some((a, drawn(a)?)))
            .filter(|(a, d)| d.around.contains(at) && area_holds(&a.shape, at))
            .min_by(|a, b| a.1.km2.total_cmp(&b.1.km2))
            .map(|(a, _)| a.id)
    })
}

/// Draws the area that is being drawn, with its handles.
pub(super) fn draw_sketch(ctx: &CanvasRenderingContext2d, frame: &Frame, desk: Desk, ui: f64) {
    let pointer = desk.hands.pointer.get_untracked();
    let Some(sketch) = desk.hands.areas.sketch.get_untracked() else {
        return;
    };
    shape(ctx, frame, &sketch, pointer, ui);
    if let [only] = sketch.points.as_slice()
        && sketch.open
    {
        cross(ctx, frame, *only, ui);
    }
    let middle = theme::now().ask;
    for (grip, at) in sketch.grips() {
        let (x, y) = frame.project(world(at));
        let r = if matches!(grip, Grip::Middle(_)) {
            HANDLE_PX * 0.65
        } else {
            HANDLE_PX
        } * ui;
        ctx.set_fill_style_str(match grip {
            Grip::Middle(_) => middle,
            Grip::Point(_) | Grip::Edge => theme::now().bright,
        });
        ctx.set_stroke_style_str(theme::now().ink);
        ctx.set_line_width(2.0 * ui);
        ctx.fill_rect(x - r, y - r, 2.0 * r, 2.0 * r);
        ctx.stroke_rect(x - r, y - r, 2.0 * r, 2.0 * r);
    }
    // What is told follows the pointer while it draws, else stands at the last position.
    let place = pointer
        .filter(|_| sketch.open)
        .or(sketch.points.last().copied());
    if let (Some(at), Some(text)) = (place, untrack(|| read_out(desk, pointer))) {
        let (x, y) = frame.project(world(at));
        label(ctx, &text, x, y + 24.0 * ui, ui);
    }
}

fn shape(
    ctx: &CanvasRenderingContext2d,
    frame: &Frame,
    sketch: &Sketch,
    pointer: Option<LatLon>,
    ui: f64,
) {
    let Some(shape) = sketch.shape(pointer) else {
        return;
    };
    let look = look(theme::now(), sketch.purpose);
    let outline = outline(&shape);
    let around = BoundingBox::of_points(outline.outer.iter().copied());
    if let Some(on) = around.and_then(|a| box_on(frame, a)) {
        paint(ctx, frame, &outline, on, &look, (ui, true));
    }
    // The line of a corridor, and the positions of whatever is still open.
    let points = shape.points();
    if matches!(shape, AreaShape::Corridor { .. }) || outline.outer.len() < 3 {
        line(ctx, frame, points);
        ctx.set_stroke_style_str(theme::now().bright);
        ctx.set_line_width(1.6 * ui);
        ctx.stroke();
    }
    ctx.set_fill_style_str(theme::now().bright);
    for p in &sketch.points {
        let (x, y) = frame.project(world(*p));
        ctx.fill_rect(x - 2.5 * ui, y - 2.5 * ui, 5.0 * ui, 5.0 * ui);
    }
}

/// What can be held at a point of a view (CSS pixels): positions before the middles of edges.
pub(super) fn grip_at(desk: Desk, view: &Frame, x: f64, y: f64) -> Option<Grip> {
    let hold = HOLD_PX * zone::ui_scale();
    let far = |at: LatLon| {
        let (px, py) = view.project(world(at));
        (px - x).hypot(py - y)
    };
    desk.hands.areas.sketch.with_untracked(|s| {
        let grips = s.as_ref().map(Sketch::grips).unwrap_or_default();
        let mut near: Vec<(bool, f64, Grip)> = grips
            .into_iter()
            .map(|(grip, at)| (matches!(grip, Grip::Middle(_)), far(at), grip))
            .filter(|(_, d, _)| *d <= hold)
            .collect();
        near.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        near.first().map(|n| n.2)
    })
}
