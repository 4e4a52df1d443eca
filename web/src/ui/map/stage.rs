//! When each layer is drawn: never in the middle of a drag (cheap tracks excepted), at most once in an animation frame, and only what changed.

mod whereabouts;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use leptos::prelude::*;
use oneroof_model::{LatLon, OrgId};
use oneroof_wire::wall::ZOOMS;
use wasm_bindgen::prelude::*;
use web_sys::HtmlElement;

use crate::find::PlaceName;
use crate::map::facade::MapFacade;
use crate::map::grid::Grid;
use crate::map::mercator::Frame;
use crate::map::symbols::{Badges, track_frame};
use crate::ui::desk::{Desk, Selection};
use crate::ui::{map_clock, zone};
use crate::view::{events, suggestions, tracks};

use super::areas;
use super::base::{self, Base};
use super::canvas::PaddedCanvas;
use super::drawer::Drawer;
use super::hold::Hold;
use super::marks;
use super::mil::Mil;
use super::net;
use super::ops::{self, Hit};
use super::own::{self, Own};
use super::regions::Regions;
use super::theme;
use super::tools;
use super::weather;

/// Least milliseconds between two drawings of the tracks for new positions, and in a drag.
const TRACKS_MS: (f64, f64) = (240.0, 480.0);

/// So many times as long as a drawing of the tracks took nothing of them is drawn, so that there is time for all else.
const RESTS: f64 = 8.0;

/// However long a drawing takes, the tracks go on after so many milliseconds: they move once a second.
const MOST_TRACKS_MS: f64 = 900.0;

/// A drawing of the tracks that took longer, milliseconds, waits for the end of a drag: the hand would feel it.
const DRAGGED_COST_MS: f64 = 70.0;

/// From this zoom on units are told by the letters of their agency; below they would lie on each other.
const UNIT_LETTERS_ZOOM: f64 = 8.0;
/// Size of these letters on a desk, CSS pixels.
const UNIT_LETTERS_PX: f64 = 12.5;

/// What has to be drawn.
#[expect(clippy::struct_excessive_bools, reason = "one for each layer")]
#[derive(Debug, Clone, Copy, Default)]
struct Dirty {
    base: bool,
    under: bool,
    tracks: bool,
    over: bool,
}

struct Layers {
    base: PaddedCanvas,
    /// Borders and names above a map of the operator's own; not even sized without one.
    lines: PaddedCanvas,
    under: PaddedCanvas,
    tracks: PaddedCanvas,
    over: PaddedCanvas,
    /// Counts instead of symbols; not even sized before there are so many.
    dense: PaddedCanvas,
    drawer: Drawer,
    grid: Grid,
    hits_under: Vec<(f64, f64, Hit)>,
    hits_over: Vec<(f64, f64, Hit)>,
}

/// Called by the browser when the next frame is drawn.
type FrameCallback = Closure<dyn FnMut(f64)>;

/// The map with its layers.
pub(crate) struct Stage {
    pub(super) map: RefCell<MapFacade>,
    pub(super) own: Own,
    pub(super) mil: Mil,
    layers: RefCell<Layers>,
    files: Rc<RefCell<Base>>,
    regions: Rc<Regions>,
    dirty: Cell<Dirty>,
    asked: Cell<bool>,
    dragging: Cell<bool>,
    /// Whether the move that begins is ours, and no gesture of a person.
    ours: Cell<bool>,
    tracks_at: Cell<f64>,
    trail: RefCell<Vec<LatLon>>,
    /// The handle of an area that somebody drags.
    pub(super) hold: Hold,
    frame_callback: RefCell<Option<FrameCallback>>,
    /// Symbols drawn last, and how long it took, milliseconds.
    pub(crate) drawn: Cell<(u32, f64)>,
    pub(super) desk: Desk,
}

impl Stage {
    /// Builds the map in an element.
    ///
    /// # Errors
    /// Where the map library or a canvas is not to be had.
    pub(crate) fn new(element: &HtmlElement, desk: Desk) -> Result<Rc<Self>, JsValue> {
        let map = MapFacade::new(element, *ZOOMS.start(), *ZOOMS.end())?;
        let canvas = |name: &str, z: u32| PaddedCanvas::new(&map.pane(name, z));
        own::pane(&map);
        let tracks = canvas("oneroof-tracks", 400)?;
        let drawer = Drawer::new(&tracks.element)?;
        let layers = Layers {
            base: canvas("oneroof-base", 200)?,
            lines: canvas("oneroof-lines", 250)?,
            under: canvas("oneroof-under", 300)?,
            tracks,
            over: canvas("oneroof-over", 500)?,
            dense: canvas("oneroof-dense", 350)?,
            drawer,
            grid: Grid::default(),
            hits_under: Vec::new(),
            hits_over: Vec::new(),
        };
        let stage = Rc::new(Self {
            map: RefCell::new(map),
            own: Own::default(),
            mil: Mil::default(),
            layers: RefCell::new(layers),
            files: Rc::default(),
            regions: Rc::default(),
            dirty: Cell::default(),
            asked: Cell::new(false),
            dragging: Cell::new(false),
            ours: Cell::new(false),
            tracks_at: Cell::new(0.0),
            trail: RefCell::default(),
            hold: Hold::default(),
            frame_callback: RefCell::new(None),
            drawn: Cell::default(),
            desk,
        });
        let me = Rc::downgrade(&stage);
        *stage.frame_callback.borrow_mut() = Some(Closure::new(move |_| {
            if let Some(stage) = me.upgrade() {
                stage.paint();
            }
        }));
        stage.listen();
        stage.everything();
        Ok(stage)
    }

    fn listen(self: &Rc<Self>) {
        let hook = |f: fn(&Rc<Self>)| {
            let me = Rc::downgrade(self);
            move || {
                if let Some(stage) = me.upgrade() {
                    f(&stage);
                }
            }
        };
        let mut map = self.map.borrow_mut();
        map.on(
            "movestart",
            hook(|s| {
                s.dragging.set(true);
                if !s.ours.get() {
                    s.desk.hands.hold();
                }
            }),
        );
        map.on("move", hook(Self::moved));
        map.on(
            "moveend",
            hook(|s| {
                s.dragging.set(false);
                s.settled();
            }),
        );
        map.on("resize", hook(Self::everything));
        let me = Rc::downgrade(self);
        map.on_mouse("click", move |x, y| {
            if let Some(stage) = me.upgrade() {
                let used = stage.place_at(x, y).is_some_and(|at| {
                    stage.drew_at(stage.desk, at) || stage.desk.hands.clicked(at)
                });
                if !used {
                    stage.desk.clicked(stage.hit(x, y));
                }
            }
        });
        let me = Rc::downgrade(self);
        map.on_mouse("mousemove", move |x, y| {
            if let Some(stage) = me.upgrade().filter(|s| !s.dragging.get()) {
                if stage.drag_to(stage.desk, x, y) {
                    return;
                }
                stage.desk.hover.set(stage.hit(x, y).is_some());
                stage.desk.hands.pointer.set(stage.place_at(x, y));
            }
        });
        self.listen_for_holds(&mut map, self.desk);
    }

    /// The map itself, unless it is in use.
    pub(super) fn facade(&self) -> Option<core::cell::Ref<'_, MapFacade>> {
        self.map.try_borrow().ok()
    }

    /// In the middle of a drag only a view that left the canvas is drawn.
    fn moved(self: &Rc<Self>) {
        let Ok(map) = self.map.try_borrow() else {
            return;
        };
        let view = map.view();
        let Ok(layers) = self.layers.try_borrow() else {
            return;
        };
        if !layers.base.covers(&view, 0.0) && layers.base.frame.width > 0.0 {
            drop(layers);
            drop(map);
            self.everything();
        }
    }

    /// After a move: draw what no longer covers the view well.
    fn settled(self: &Rc<Self>) {
        let (view, base, tracks) = {
            let (map, layers) = (self.map.borrow(), self.layers.borrow());
            let view = map.view();
            let spare = 40.0;
            (
                view,
                layers.base.covers(&view, spare),
                layers.tracks.covers(&view, spare),
            )
        };
        let mut d = self.dirty.get();
        if base && tracks {
            d.tracks = true;
        } else {
            d = Dirty {
                base: true,
                under: true,
                tracks: true,
                over: true,
            };
        }
        self.dirty.set(d);
        self.desk.hands.layers.zoom.set(view.zoom);
        self.load(&view);
        self.ask();
    }

    fn load(self: &Rc<Self>, view: &Frame) {
        let me = Rc::downgrade(self);
        let then: Rc<dyn Fn()> = Rc::new(move || {
            if let Some(stage) = me.upgrade() {
                stage.mark(|d| d.base = true);
            }
        });
        base::want(&self.files, view, &then);
    }

    fn mark(&self, f: impl FnOnce(&mut Dirty)) {
        let mut d = self.dirty.get();
        f(&mut d);
        self.dirty.set(d);
        self.ask();
    }

    /// Everything has to be drawn.
    pub(crate) fn everything(self: &Rc<Self>) {
        let view = self.map.try_borrow().map(|m| m.view());
        if let Ok(view) = view {
            self.load(&view);
        }
        self.mark(|d| {
            *d = Dirty {
                base: true,
                under: true,
                tracks: true,
                over: true,
            }
        });
    }

    /// Events, sections or the selection changed.
    pub(crate) fn picture_changed(&self) {
        self.mark(|d| {
            d.under = true;
            d.over = true;
        });
    }

    /// Positions came.
    pub(crate) fn positions_changed(&self) {
        self.mark(|d| d.tracks = true);
    }

    /// Time went on: tracks, figures, alerts and weather are older.
    pub(crate) fn time_went_on(&self) {
        self.mark(|d| {
            d.tracks = true;
            d.under = true;
        });
    }

    /// The tools on the map show something else.
    pub(crate) fn tools_changed(&self) {
        self.mark(|d| d.over = true);
    }

    /// Shows where the selected track came from.
    pub(crate) fn set_trail(&self, trail: Vec<LatLon>) {
        *self.trail.borrow_mut() = trail;
        self.picture_changed();
    }

    /// Asks for an animation frame, once.
    fn ask(&self) {
        if self.asked.replace(true) {
            return;
        }
        if let (Some(window), Some(callback)) =
            (web_sys::window(), self.frame_callback.borrow().as_ref())
        {
            // A window always gives an animation frame.
            window
                .request_animation_frame(callback.as_ref().unchecked_ref())
                .ok();
        }
    }

    fn paint(self: &Rc<Self>) {
        self.asked.set(false);
        let mut d = self.dirty.get();
        let outside = {
            let view = self.map.borrow().view();
            !self.layers.borrow().base.covers(&view, 0.0)
        };
        let now = map_clock();
        if self.dragging.get() && !outside {
            // In a drag only the tracks go on, where they are cheap enough for the hand not to feel it.
            let cost_ms = self.drawn.get().1;
            let due = now - self.tracks_at.get() >= self.between(TRACKS_MS.1)
                && cost_ms <= DRAGGED_COST_MS;
            if d.tracks && due {
                self.tracks_at.set(now);
                self.paint_tracks();
                d.tracks = false;
                self.dirty.set(d);
            }
            return;
        }
        let wait = d.tracks && !d.base && now - self.tracks_at.get() < self.between(TRACKS_MS.0);
        if wait {
            // Too soon for the tracks alone; come again with the next frame.
            d.tracks = false;
        }
        if d.base {
            self.paint_base();
        }
        if d.under {
            self.want_regions();
            self.paint_under();
        }
        if d.tracks {
            self.tracks_at.set(now);
            self.paint_tracks();
        }
        let follows = matches!(
            self.desk.selected.get_untracked(),
            Some(Selection::Track(_))
        ) || self.desk.hands.tracks.vectors.get_untracked();
        if d.over || (d.tracks && follows) {
            self.paint_over();
        }
        self.dirty.set(Dirty {
            tracks: wait,
            ..Dirty::default()
        });
        if wait {
            self.ask();
        }
    }

    /// Milliseconds between two drawings of the tracks: at least so many, more where they take long.
    fn between(&self, least_ms: f64) -> f64 {
        (self.drawn.get().1 * RESTS).clamp(least_ms, MOST_TRACKS_MS)
    }

    fn want_regions(self: &Rc<Self>) {
        let me = Rc::downgrade(self);
        let then = move || {
            if let Some(stage) = me.upgrade() {
                stage.picture_changed();
            }
        };
        self.regions.want(self.desk, Rc::new(then));
    }

    /// Signs of regions drawn last: alerts, and what is not known.
    pub(crate) fn region_signs(&self) -> (u32, u32) {
        self.regions.drawn.get()
    }

    fn paint_base(&self) {
        let (map, mut layers) = (self.map.borrow(), self.layers.borrow_mut());
        layers.base.place(&map);
        let (frame, dpr) = (layers.base.frame, layers.base.dpr);
        if let Some(ctx) = layers.base.clear() {
            let (ui, lang) = (zone::ui_scale(), self.desk.lang.get_untracked());
            let files = self.files.borrow();
            files.draw(&ctx, &frame, dpr, ui);
            if !self.own.names_above() {
                files.draw_names(&ctx, &frame, lang, ui);
            }
        }
        let files = self.files.borrow();
        self.own
            .paint_lines(&mut layers.lines, &map, &files, self.desk);
    }

    fn paint_under(&self) {
        let (map, mut layers) = (self.map.borrow(), self.layers.borrow_mut());
        layers.under.place(&map);
        let frame = layers.under.frame;
        let Some(ctx) = layers.under.clear() else {
            return;
        };
        let (ui, lang) = (zone::ui_scale(), self.desk.lang.get_untracked());
        self.regions.areas(&ctx, &frame, self.desk, ui);
        layers.hits_under = self.desk.with_picture(|p| {
            net::draw(&ctx, &frame, self.desk, ui);
            ops::sections(&ctx, &frame, p, ui);
            areas::draw(&ctx, &frame, self.desk, ui);
            marks::coverage(&ctx, &frame, self.desk, ui);
            let hits = ops::crossing_points(&ctx, &frame, p, (lang, self.desk.server_now()), ui);
            ops::trail(&ctx, &frame, &self.trail.borrow(), ui);
            hits
        });
        if self.desk.hands.weather.get_untracked() {
            weather::draw(&ctx, &frame, self.desk, ui);
        }
        let signs = self.regions.signs(&ctx, &frame, self.desk, ui);
        layers.hits_under.extend(signs);
    }

    fn paint_tracks(&self) {
        let begun = map_clock();
        let (map, mut layers) = (self.map.borrow(), self.layers.borrow_mut());
        let Some(now) = self.desk.server_now() else {
            return;
        };
        let Layers { tracks, drawer, .. } = &mut *layers;
        drawer.choose_when_due(tracks, begun);
        tracks.place(&map);
        let (frame, dpr) = (tracks.frame, tracks.dpr);
        let size = (2.4 + (frame.zoom - 3.0).clamp(0.0, 6.0) * 0.85) * zone::ui_scale();
        let orgs: Vec<(OrgId, String)> = self.desk.badges();
        let mut badges = vec!["•".to_owned()];
        badges.extend(orgs.iter().map(|(_, b)| b.clone()));
        let numbers = Badges::new(orgs.into_iter().map(|(o, _)| o));
        let letters = if frame.zoom < UNIT_LETTERS_ZOOM {
            0.0
        } else {
            UNIT_LETTERS_PX * zone::ui_scale()
        };
        layers.drawer.style(&theme::track_style(
            size,
            dpr,
            &badges,
            letters,
            self.mil.is_on(self.desk),
        ));
        let tools = self.desk.hands.tracks;
        let sieve = tools.sieve(&self.desk);
        let mut t = self
            .desk
            .with_picture(|p| track_frame(p, &frame, now, &numbers, |h, t| sieve.lets(h, t, now)));
        let counted = sieve.thin_out(&map.view(), &frame, &mut t);
        if counted.is_some() || layers.dense.frame.width > 0.0 {
            marks::density(&mut layers.dense, &map, &frame, counted.as_deref());
        }
        let n = layers.drawer.draw(&t.xy, &t.sprite);
        layers.grid = Grid::build(frame.width, frame.height, &t.things);
        self.drawn.set((n, map_clock() - begun));
    }

    fn paint_over(&self) {
        let (map, mut layers) = (self.map.borrow(), self.layers.borrow_mut());
        layers.over.place(&map);
        let frame = layers.over.frame;
        let Some(ctx) = layers.over.clear() else {
            return;
        };
        let (ui, mode) = (zone::ui_scale(), self.desk.mode.get_untracked());
        let selected = self.desk.selected.get_untracked();
        let badge = |o: &OrgId| self.desk.badge(o);
        layers.hits_over = self.desk.with_picture(|p| {
            if let Some(Selection::Track(h)) = selected
                && let Some(at) = tracks::card(p, h).and_then(|c| c.at)
            {
                ops::ring(&ctx, &frame, at, ui);
            }
            let rows = events::open_events(p, mode);
            let questions = suggestions::questions(p, mode);
            let chosen = match selected {
                Some(Selection::Event(id)) => Some(id),
                _ => None,
            };
            let scene = ops::Scene {
                rows: &rows,
                questions: &questions,
                chosen,
                badge: &badge,
                mil: &|row, at| self.mil.event(&ctx, row, at, self.desk),
                ui,
            };
            ops::events(&ctx, &frame, p, &scene)
        });
        tools::draw(&ctx, &frame, self.desk, ui);
    }

    /// What lies under a point of the map's container.
    fn hit(&self, x: f64, y: f64) -> Option<Hit> {
        let (Ok(map), Ok(layers)) = (self.map.try_borrow(), self.layers.try_borrow()) else {
            return None;
        };
        let view = map.view();
        let ui = zone::ui_scale();
        let on = |f: &Frame| (x + view.left - f.left, y + view.top - f.top);
        let near = |hits: &[(f64, f64, Hit)], f: &Frame, reach: f64| {
            let (px, py) = on(f);
            hits.iter()
                .rev()
                .find(|h| (h.0 - px).hypot(h.1 - py) <= reach)
                .map(|h| h.2.clone())
        };
        near(&layers.hits_over, &layers.over.frame, 18.0 * ui)
            .or_else(|| {
                let (px, py) = on(&layers.tracks.frame);
                layers.grid.nearest(px, py, 10.0 * ui).map(Hit::Track)
            })
            .or_else(|| near(&layers.hits_under, &layers.under.frame, 8.0 * ui))
            .or_else(|| areas::under(self.desk, self.place_at(x, y)?).map(Hit::Area))
    }

    /// Gives the tracks what draws symbols of the military.
    pub(super) fn give_symbols(&self, mil: &JsValue) {
        self.layers.borrow_mut().drawer.symbols(mil);
    }

    /// The names of the basemap's places in a rectangle (south, west, north, east), so many at most.
    pub(crate) fn place_names(&self, within: [f64; 4], at_most: usize) -> Vec<PlaceName> {
        self.files.borrow().place_names(within, at_most)
    }

    /// Tells the map that its element may have another size.
    pub(crate) fn resized(&self) {
        self.by_itself(MapFacade::resized);
    }

    /// How the tracks are drawn, and what was measured: see [`Drawer::told`].
    pub(crate) fn drawn_by(&self) -> (&'static str, Option<f64>, Option<f64>) {
        self.layers.borrow().drawer.told()
    }

    /// Basemap files that could not be loaded.
    pub(crate) fn failed_files(&self) -> u32 {
        self.files.borrow().failed
    }
}
