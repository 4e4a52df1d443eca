//! Draws what the room is about: sections, crossing points, trails below the tracks; events and open questions above.

use core::f64::consts::{PI, TAU};

use oneroof_model::{
    AreaId, EventId, EventState, EventTypeGroup, Geometry, LatLon, Time, TypeCode,
};
use oneroof_wire::client::Picture;
use oneroof_wire::{BcpView, Entity, EntityKey, EntityKind};
use web_sys::CanvasRenderingContext2d;

use crate::basemap::file::PlaceClass;
use crate::map::mercator::{Frame, metres_per_px, world};
use crate::map::spread::{Written, spread};
use crate::view::events::{EventRow, event};
use crate::view::places::{BcpState, SectionTint, bcp_state, tint};
use crate::view::queue::{Queue, queue};
use crate::view::suggestions::Question;
use crate::words::Lang;

use super::theme;

/// From this zoom on all crossing points are shown; below only those that are limited or have a long queue.
const BCP_ZOOM: f64 = 6.5;
/// From this zoom on crossing points have names.
const BCP_NAMES_ZOOM: f64 = 9.0;

/// What lies under a point of the map.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Hit {
    /// An event.
    Event(EventId),
    /// A track, by its handle.
    Track(u32),
    /// A crossing point, by its id.
    Bcp(String),
    /// An area.
    Area(AreaId),
    /// The sign of a region.
    Region,
}

/// Draws lines with these dashes and gaps from now on, solid ones where there are none.
pub(super) fn dashed(ctx: &CanvasRenderingContext2d, dashes: &[f64], scale: f64) {
    let dashes: js_sys::Array = dashes
        .iter()
        .map(|d| js_sys::Number::from(d * scale))
        .collect();
    // Positive numbers are always taken; a solid line is drawn where they are not.
    ctx.set_line_dash(&dashes).ok();
}

/// Begins a path along some points.
pub(super) fn line(ctx: &CanvasRenderingContext2d, frame: &Frame, points: &[LatLon]) {
    ctx.begin_path();
    trace(ctx, frame, points);
}

/// Goes on with a path along some points, from the first of them.
pub(super) fn trace(ctx: &CanvasRenderingContext2d, frame: &Frame, points: &[LatLon]) {
    for (i, p) in points.iter().enumerate() {
        let (x, y) = frame.project(world(*p));
        if i == 0 {
            ctx.move_to(x, y);
        } else {
            ctx.line_to(x, y);
        }
    }
}

/// Draws the sections: quiet lines, in colour where the level is abnormal.
pub(crate) fn sections(ctx: &CanvasRenderingContext2d, frame: &Frame, picture: &Picture, ui: f64) {
    ctx.set_line_join("round");
    ctx.set_line_cap("round");
    for wanted in [SectionTint::Quiet, SectionTint::High, SectionTint::Critical] {
        for s in picture.entities.values().filter_map(|e| match e {
            Entity::Section(s) if tint(s.level) == wanted => Some(s),
            _ => None,
        }) {
            let (width, colour) = theme::now().of_section(wanted);
            ctx.set_stroke_style_str(colour);
            ctx.set_line_width(width * ui);
            if s.polygon.is_empty() {
                line(ctx, frame, &s.line);
                ctx.stroke();
            } else if wanted != SectionTint::Quiet {
                line(ctx, frame, &s.polygon);
                ctx.close_path();
                ctx.set_global_alpha(0.08);
                ctx.set_fill_style_str(colour);
                ctx.fill();
                ctx.set_global_alpha(0.8);
                ctx.set_line_width(1.6 * ui);
                ctx.stroke();
                ctx.set_global_alpha(1.0);
            }
        }
    }
    ctx.set_line_cap("butt");
}

fn shown_bcps<'a>(
    frame: &Frame,
    picture: &'a Picture,
    now: Option<Time>,
) -> Vec<(f64, f64, &'a BcpView)> {
    let heavy = |b: &BcpView| queue_of(b, now, Lang::En).is_some_and(|q| q.heavy);
    let mut out: Vec<(f64, f64, &BcpView)> = picture
        .entities
        .values()
        .filter_map(|e| match e {
            Entity::Bcp(b) => Some(b),
            _ => None,
        })
        .filter(|b| frame.zoom >= BCP_ZOOM || bcp_state(&b.status) == BcpState::Limited || heavy(b))
        .map(|b| {
            let (x, y) = frame.project(world(b.at));
            (x, y, b)
        })
        .filter(|(x, y, _)| frame.holds(*x, *y, 20.0))
        .collect();
    out.sort_by_key(|(_, _, b)| (bcp_state(&b.status) == BcpState::Limited, b.id.clone()));
    out
}

/// Draws the crossing points; gives where they are. Open is a small gate, limited a half-filled one, closed has a cross.
pub(crate) fn crossing_points(
    ctx: &CanvasRenderingContext2d,
    frame: &Frame,
    picture: &Picture,
    (lang, now): (Lang, Option<Time>),
    ui: f64,
) -> Vec<(f64, f64, Hit)> {
    let mut out = Vec::new();
    let shown = shown_bcps(frame, picture, now);
    for (x, y, b) in &shown {
        let (x, y) = (*x, *y);
        let state = bcp_state(&b.status);
        let r = if frame.zoom < 8.0 { 3.6 } else { 5.0 } * ui;
        let colour = theme::now().of_bcp(state);
        ctx.set_line_width(1.4 * ui);
        ctx.set_stroke_style_str(colour);
        ctx.set_fill_style_str(theme::now().ink);
        ctx.fill_rect(x - r, y - r, 2.0 * r, 2.0 * r);
        match state {
            BcpState::Open => {
                ctx.set_fill_style_str(colour);
                ctx.fill_rect(x - r * 0.45, y - r * 0.45, r * 0.9, r * 0.9);
            }
            BcpState::Limited => {
                ctx.set_fill_style_str(colour);
                ctx.fill_rect(x - r, y, 2.0 * r, r);
            }
            BcpState::Closed => {
                ctx.begin_path();
                ctx.move_to(x - r, y - r);
                ctx.line_to(x + r, y + r);
                ctx.move_to(x + r, y - r);
                ctx.line_to(x - r, y + r);
                ctx.stroke();
            }
            BcpState::Unknown => {}
        }
        ctx.stroke_rect(x - r, y - r, 2.0 * r, 2.0 * r);
        out.push((x, y, Hit::Bcp(b.id.to_string())));
    }
    let mut written = Written::default();
    let names = frame.zoom >= BCP_NAMES_ZOOM;
    // Those that are not open first.
    for (x, y, b) in shown.iter().rev() {
        let (font, mut line) = (theme::font(500, 12.5 * ui), y + 14.0 * ui);
        if names {
            let name = if lang == Lang::Uk { &b.uk } else { &b.en };
            text_where_free(ctx, name, (*x, line), &font, &mut written, ui);
            line += 15.0 * ui;
        }
        let waiting = queue_of(b, now, lang).filter(|q| names || q.heavy);
        if let Some(q) = waiting {
            let font = theme::font(600, 12.5 * ui);
            text_where_free(ctx, &q.text, (*x, line), &font, &mut written, ui);
        }
    }
    out
}

fn queue_of(b: &BcpView, now: Option<Time>, lang: Lang) -> Option<Queue> {
    queue(b.figures.as_ref()?, now?, lang)
}

/// Writes a text in the middle of a point, unless another one is in the way.
pub(super) fn text_where_free(
    ctx: &CanvasRenderingContext2d,
    what: &str,
    at: (f64, f64),
    font: &str,
    written: &mut Written,
    ui: f64,
) {
    ctx.set_font(font);
    let width = ctx.measure_text(what).map_or(0.0, |m| m.width());
    if written.take(at, width, 16.0 * ui) {
        text(ctx, what, at.0, at.1, font, theme::now().bright, ui);
    }
}

fn text(
    ctx: &CanvasRenderingContext2d,
    what: &str,
    x: f64,
    y: f64,
    font: &str,
    colour: &str,
    ui: f64,
) {
    ctx.set_font(font);
    ctx.set_text_align("center");
    ctx.set_text_baseline("middle");
    ctx.set_line_join("round");
    ctx.set_line_width(3.5 * ui);
    ctx.set_stroke_style_str(theme::now().ink);
    // Text without a maximal width is always taken.
    ctx.stroke_text(what, x, y).ok();
    ctx.set_fill_style_str(colour);
    ctx.fill_text(what, x, y).ok();
    ctx.set_text_align("start");
}

/// Draws where a track came from.
pub(crate) fn trail(ctx: &CanvasRenderingContext2d, frame: &Frame, points: &[LatLon], ui: f64) {
    line(ctx, frame, points);
    ctx.set_stroke_style_str(theme::now().bright);
    ctx.set_global_alpha(0.75);
    ctx.set_line_width(1.8 * ui);
    ctx.set_line_join("round");
    ctx.stroke();
    ctx.set_fill_style_str(theme::now().bright);
    for p in points {
        let (x, y) = frame.project(world(*p));
        ctx.fill_rect(x - 1.6 * ui, y - 1.6 * ui, 3.2 * ui, 3.2 * ui);
    }
    ctx.set_global_alpha(1.0);
}

/// Draws the ring around the track that is selected.
pub(crate) fn ring(ctx: &CanvasRenderingContext2d, frame: &Frame, at: LatLon, ui: f64) {
    let (x, y) = frame.project(world(at));
    ctx.begin_path();
    // A positive radius is always taken.
    ctx.arc(x, y, 15.0 * ui, 0.0, TAU).ok();
    ctx.set_stroke_style_str(theme::now().bright);
    ctx.set_line_width(2.0 * ui);
    ctx.stroke();
}

/// Corners of a group's symbol on a field of -1 to 1; empty for a circle.
fn corners(group: EventTypeGroup) -> &'static [(f64, f64)] {
    match group {
        EventTypeGroup::UnauthorisedCrossing => &[(0.0, -1.0), (0.95, 0.75), (-0.95, 0.75)],
        EventTypeGroup::CrossBorderCrime => &[(0.0, -1.05), (1.05, 0.0), (0.0, 1.05), (-1.05, 0.0)],
        EventTypeGroup::CrossingPoint => {
            &[(-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85)]
        }
        EventTypeGroup::Maritime => &[(-1.0, -0.55), (1.0, -0.55), (0.6, 0.7), (-0.6, 0.7)],
        EventTypeGroup::Air => &[(0.0, -1.0), (0.9, 0.8), (0.0, 0.35), (-0.9, 0.8)],
        EventTypeGroup::Security => &[
            (0.0, -1.0),
            (0.87, -0.5),
            (0.87, 0.5),
            (0.0, 1.0),
            (-0.87, 0.5),
            (-0.87, -0.5),
        ],
        EventTypeGroup::System => &[
            (-0.35, -0.95),
            (0.35, -0.95),
            (0.35, -0.35),
            (0.95, -0.35),
            (0.95, 0.35),
            (0.35, 0.35),
            (0.35, 0.95),
            (-0.35, 0.95),
            (-0.35, 0.35),
            (-0.95, 0.35),
            (-0.95, -0.35),
            (-0.35, -0.35),
        ],
        EventTypeGroup::Crisis | EventTypeGroup::Other => &[],
    }
}

fn outline(ctx: &CanvasRenderingContext2d, group: EventTypeGroup, x: f64, y: f64, r: f64) {
    ctx.begin_path();
    let points = corners(group);
    if points.is_empty() {
        ctx.arc(x, y, r * 0.9, 0.0, TAU).ok();
        return;
    }
    for (i, (dx, dy)) in points.iter().enumerate() {
        if i == 0 {
            ctx.move_to(x + dx * r, y + dy * r);
        } else {
            ctx.line_to(x + dx * r, y + dy * r);
        }
    }
    ctx.close_path();
}

/// The area or circle that an event is about, faintly.
fn area(ctx: &CanvasRenderingContext2d, frame: &Frame, geometry: &Geometry, colour: &str, ui: f64) {
    match geometry {
        Geometry::Point { .. } => return,
        Geometry::Line { points } => line(ctx, frame, points),
        Geometry::Area { rings } => {
            for ring in rings {
                line(ctx, frame, ring);
                ctx.close_path();
            }
        }
        Geometry::Circle { center, radius_m } => {
            let (x, y) = frame.project(world(*center));
            ctx.begin_path();
            ctx.arc(
                x,
                y,
                (radius_m / metres_per_px(center.lat(), frame.zoom)).max(1.0),
                0.0,
                TAU,
            )
            .ok();
        }
    }
    ctx.set_global_alpha(0.1);
    ctx.set_fill_style_str(colour);
    if !matches!(geometry, Geometry::Line { .. }) {
        ctx.fill();
    }
    ctx.set_global_alpha(0.7);
    ctx.set_stroke_style_str(colour);
    ctx.set_line_width(1.5 * ui);
    ctx.stroke();
    ctx.set_global_alpha(1.0);
}

/// Draws the symbol of the military of an event at a point with a radius; gives whether it did.
pub(crate) type Military<'a> = dyn Fn(&EventRow, (f64, f64, f64)) -> bool + 'a;

/// Draws an event. `mil` draws the symbol of the military at a point with a radius, and gives whether it did.
fn symbol(
    ctx: &CanvasRenderingContext2d,
    row: &EventRow,
    (x, y): (f64, f64),
    ui: f64,
    chosen: bool,
    mil: &Military<'_>,
) {
    let group = row
        .type_code
        .as_ref()
        .map_or(EventTypeGroup::Other, TypeCode::group);
    let r = if row.life_at_risk { 15.0 } else { 11.5 } * ui;
    if row.life_at_risk {
        ctx.begin_path();
        ctx.arc(x, y, r * 1.75, 0.0, TAU).ok();
        ctx.set_global_alpha(0.22);
        ctx.set_fill_style_str(theme::now().life);
        ctx.fill();
        ctx.set_global_alpha(1.0);
        ctx.set_stroke_style_str(theme::now().life);
        ctx.set_line_width(3.5 * ui);
        ctx.stroke();
    }
    if chosen {
        ctx.begin_path();
        ctx.arc(
            x,
            y,
            r * if row.life_at_risk { 2.15 } else { 1.7 },
            0.0,
            TAU,
        )
        .ok();
        ctx.set_stroke_style_str(theme::now().bright);
        ctx.set_line_width(2.0 * ui);
        ctx.stroke();
    }
    if mil(row, (x, y, r)) {
        // Its colour says whose it is: the impact is a dot at its corner.
        ctx.begin_path();
        ctx.arc(x + r * 0.95, y - r * 0.95, 4.5 * ui, 0.0, TAU).ok();
    } else {
        outline(ctx, group, x, y, r);
    }
    ctx.set_line_join("round");
    ctx.set_line_width(5.0 * ui);
    ctx.set_stroke_style_str(theme::now().ink);
    ctx.stroke();
    ctx.set_fill_style_str(theme::now().of_impact(row.impact));
    ctx.fill();
    // What nobody has looked at yet has a bright edge.
    if row.state == EventState::New {
        ctx.set_line_width(1.8 * ui);
        ctx.set_stroke_style_str(theme::now().bright);
        ctx.stroke();
    }
}

/// What the events are drawn with.
pub(crate) struct Scene<'a> {
    /// Open events, the most important first.
    pub(crate) rows: &'a [EventRow],
    /// Open questions.
    pub(crate) questions: &'a [Question],
    /// The event that is selected.
    pub(crate) chosen: Option<EventId>,
    /// Badges of agencies by code, in the screen's language.
    pub(crate) badge: &'a dyn Fn(&oneroof_model::OrgId) -> String,
    /// Draws the symbol of the military of an event at a point with a radius; gives whether it did.
    pub(crate) mil: &'a Military<'a>,
    /// Scale of the screen.
    pub(crate) ui: f64,
}

/// Draws events and questions; gives where they are, the uppermost last.
pub(crate) fn events(
    ctx: &CanvasRenderingContext2d,
    frame: &Frame,
    picture: &Picture,
    scene: &Scene<'_>,
) -> Vec<(f64, f64, Hit)> {
    let ui = scene.ui;
    let placed: Vec<(&EventRow, (f64, f64))> = scene
        .rows
        .iter()
        .filter_map(|r| Some((r, frame.project(world(r.at?)))))
        .filter(|(_, (x, y))| frame.holds(*x, *y, 60.0))
        .collect();
    let wanted: Vec<(f64, f64)> = placed.iter().map(|(_, at)| *at).collect();
    let seats = spread(&wanted, 46.0 * ui);
    for (row, _) in &placed {
        if let Some(g) = event(picture, row.id).and_then(|e| e.place.as_ref()?.geometry.as_ref()) {
            area(ctx, frame, g, theme::now().of_impact(row.impact), ui);
        }
    }
    ctx.set_stroke_style_str(theme::now().name(PlaceClass::Place));
    ctx.set_line_width(1.0 * ui);
    for (from, to) in wanted.iter().zip(&seats) {
        if (from.0 - to.0).hypot(from.1 - to.1) > 2.0 {
            ctx.begin_path();
            ctx.move_to(from.0, from.1);
            ctx.line_to(to.0, to.1);
            ctx.stroke();
            ctx.set_fill_style_str(theme::now().name(PlaceClass::Place));
            ctx.fill_rect(from.0 - 2.0 * ui, from.1 - 2.0 * ui, 4.0 * ui, 4.0 * ui);
        }
    }
    let seat_of = |id: EventId| {
        placed
            .iter()
            .position(|(r, _)| r.id == id)
            .and_then(|i| seats.get(i))
            .copied()
    };
    for q in scene.questions {
        if let (Some(a), Some(b)) = (seat_of(q.a), seat_of(q.b)) {
            question(ctx, a, b, ui);
        }
    }
    let mut hits = Vec::new();
    for ((row, _), (x, y)) in placed.iter().zip(&seats).rev() {
        let chosen = scene.chosen == Some(row.id);
        symbol(ctx, row, (*x, *y), ui, chosen, scene.mil);
        hits.push((*x, *y, Hit::Event(row.id)));
    }
    letters(ctx, scene, placed.iter().map(|p| p.0).zip(seats), ui);
    hits
}

/// Letters of the agencies below their symbols, those of the most important event first: what would lie on others' is left out.
fn letters<'a>(
    ctx: &CanvasRenderingContext2d,
    scene: &Scene<'_>,
    events: impl Iterator<Item = (&'a EventRow, (f64, f64))>,
    ui: f64,
) {
    let font = theme::font(600, 12.5 * ui);
    let mut written = Written::default();
    for (row, (x, y)) in events {
        let badges: Vec<String> = row.orgs.iter().map(scene.badge).collect();
        let y = y + if row.life_at_risk { 36.0 } else { 21.0 } * ui;
        text_where_free(ctx, &badges.join(" · "), (x, y), &font, &mut written, ui);
    }
}

/// A dashed line between two events that may be one, with a question mark on it.
fn question(ctx: &CanvasRenderingContext2d, a: (f64, f64), b: (f64, f64), ui: f64) {
    dashed(ctx, &[7.0, 5.0], ui);
    ctx.set_stroke_style_str(theme::now().ask);
    ctx.set_line_width(2.2 * ui);
    ctx.begin_path();
    ctx.move_to(a.0, a.1);
    ctx.line_to(b.0, b.1);
    ctx.stroke();
    dashed(ctx, &[], ui);
    if (a.0 - b.0).hypot(a.1 - b.1) > 70.0 * ui {
        let (x, y) = (f64::midpoint(a.0, b.0), f64::midpoint(a.1, b.1));
        ctx.begin_path();
        ctx.arc(x, y, 9.0 * ui, 0.0, 2.0 * PI).ok();
        ctx.set_fill_style_str(theme::now().ask);
        ctx.fill();
        ctx.set_fill_style_str(theme::now().ink);
        ctx.set_font(&theme::font(600, 13.0 * ui));
        ctx.set_text_align("center");
        ctx.set_text_baseline("middle");
        ctx.fill_text("?", x, y + 0.5 * ui).ok();
        ctx.set_text_align("start");
    }
}

/// A crossing point by its id.
pub(crate) fn bcp<'a>(picture: &'a Picture, id: &str) -> Option<&'a BcpView> {
    let key = EntityKey {
        kind: EntityKind::Bcp,
        id: id.to_owned(),
    };
    match picture.entities.get(&key) {
        Some(Entity::Bcp(b)) => Some(b),
        _ => None,
    }
}
