//! The wall: the map, and around it what a room reads from its seats. Nothing personal, no free text: the server does
//! not even send it.

mod head;
mod inset;
mod lane;
mod settings;
mod strips;

use std::collections::BTreeSet;

use leptos::ev;
use leptos::html;
use leptos::prelude::*;
use oneroof_model::EventId;
use wasm_bindgen::JsCast as _;
use web_sys::KeyboardEvent;

use crate::link::Line;
use crate::map::palette::Tone;
use crate::view::changes::{Change, Watch};
use crate::view::feeds::{FeedRow, Light, feed_rows};
use crate::view::forces::{Forces, forces};
use crate::view::legible::{Plan, TEXT_ARCMIN, Wanted, plan};
use crate::view::{clocks, legible};
use crate::wall::{STORAGE_KEY, Settings, burn_in_shift};

use super::app::{build_map, load_centre};
use super::desk::Desk;
use super::head::LineBanner;
use super::map::set_tone;
use super::net::{Net, Screen};
use super::threat::Threats;
use super::{area_tools, hook, map_clock, set_root, zone};

/// What the parts of a wall share. Cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct Wall {
    /// Its settings.
    pub(crate) settings: RwSignal<Settings>,
    /// Width and height, CSS pixels.
    size: RwSignal<(f64, f64)>,
    /// Size of the type, CSS pixels.
    type_px: Memo<f64>,
    /// What finds room.
    pub(crate) plan: Memo<Plan>,
    /// Feeds with their lights.
    pub(crate) feeds: Memo<Vec<FeedRow>>,
    /// Own forces.
    pub(crate) forces: Memo<Vec<Forces>>,
    /// What rows of the list turned out to need more than was reckoned, in heights of type.
    pub(crate) taller: RwSignal<f64>,
    /// Clocks that run, and how many are over.
    pub(crate) clocks: Memo<(Vec<clocks::Clock>, usize)>,
    /// The last change.
    pub(crate) last: RwSignal<Option<Change>>,
    /// The newest event that is not in the view, which the inset proposes.
    pub(crate) proposed: RwSignal<Option<EventId>>,
    /// Whether the settings are open.
    pub(crate) open: RwSignal<bool>,
    /// The wall's clock at which its tour began, milliseconds.
    began: StoredValue<f64>,
}

fn window_size() -> (f64, f64) {
    let read = |f: fn(&web_sys::Window) -> Result<wasm_bindgen::JsValue, wasm_bindgen::JsValue>| {
        web_sys::window()
            .and_then(|w| f(&w).ok())
            .and_then(|v| v.as_f64())
            .unwrap_or(0.0)
    };
    (
        read(web_sys::Window::inner_width),
        read(web_sys::Window::inner_height),
    )
}

/// The address's own settings.
fn query() -> Vec<(String, String)> {
    let search = web_sys::window().and_then(|w| w.location().search().ok());
    let Some(params) = search.and_then(|s| web_sys::UrlSearchParams::new_with_str(&s).ok()) else {
        return Vec::new();
    };
    ["name", "distance_m", "mm_per_px", "tone", "lang", "tour_s"]
        .into_iter()
        .filter_map(|k| Some((k.to_owned(), params.get(k)?)))
        .collect()
}

impl Wall {
    fn new(desk: Desk, settings: Settings) -> Self {
        let settings = RwSignal::new(settings);
        let size = RwSignal::new(window_size());
        let type_px =
            Memo::new(move |_| settings.with(|s| s.viewing(size.get().0).type_px(TEXT_ARCMIN)));
        let feeds = Memo::new(move |_| {
            desk.version.track();
            let now = desk.now.get();
            desk.with_picture(|p| feed_rows(p, now))
        });
        let forces = Memo::new(move |_| {
            desk.version.track();
            let now = desk.now.get();
            desk.with_picture(|p| forces(p, now))
        });
        let clocks = Memo::new(move |_| {
            desk.version.track();
            let (mode, now) = (desk.mode.get(), desk.now.get());
            desk.with_picture(|p| clocks::running(p, mode, now))
        });
        let taller = RwSignal::new(0.0);
        let wanted = Memo::new(move |_| {
            let good = |f: &&FeedRow| is_good(f.light);
            let good_feeds = feeds.with(|f| f.iter().filter(good).count());
            Wanted {
                taller: taller.get(),
                events: desk.rows.with(Vec::len),
                lives: desk
                    .rows
                    .with(|r| r.iter().filter(|r| r.life_at_risk).count()),
                bad_feeds: feeds.with(Vec::len) - good_feeds,
                good_feeds,
                feed_orgs: feeds.with(|f| {
                    f.iter()
                        .filter(good)
                        .map(|f| &f.org)
                        .collect::<BTreeSet<_>>()
                        .len()
                }),
                clocks: clocks.with(|c| c.0.len()),
                agencies: forces.with(Vec::len),
            }
        });
        let plan = Memo::new(move |_| {
            let ((w, h), px) = (size.get(), type_px.get());
            plan(w / px, h / px, &wanted.get())
        });
        Self {
            settings,
            size,
            type_px,
            plan,
            feeds,
            forces,
            taller,
            clocks,
            last: RwSignal::new(None),
            proposed: RwSignal::new(None),
            open: RwSignal::new(false),
            began: StoredValue::new(map_clock()),
        }
    }

    /// Width of the wall, in heights of type.
    pub(crate) fn width(&self) -> f64 {
        self.size.get().0 / self.type_px.get()
    }

    /// Keeps the settings and follows them.
    pub(crate) fn set(&self, settings: Settings) {
        if let Ok(json) = serde_json::to_string(&settings) {
            zone::keep(STORAGE_KEY, &json);
        }
        self.began.set_value(map_clock());
        self.settings.set(settings);
    }
}

/// Follows the picture: the last change, and what is new outside of the view.
fn watch(desk: Desk, wall: Wall) {
    let watch = StoredValue::new_local(Watch::default());
    Effect::new(move |_| {
        desk.version.track();
        let mode = desk.mode.get();
        let opened = watch
            .try_update_value(|w| desk.with_picture(|p| w.look(p, mode)))
            .unwrap_or_default();
        let last = watch.with_value(|w| w.last().cloned());
        if wall.last.get_untracked() != last {
            wall.last.set(last);
        }
        let rows = desk.rows.get();
        let there = |id: &EventId| rows.iter().find(|r| r.id == *id);
        if let Some(old) = wall.proposed.get_untracked()
            && there(&old).is_none()
        {
            wall.proposed.set(None);
        }
        // The most important of those that came is proposed; rows are in that order.
        if let Some(new) = rows.iter().find(|r| opened.contains(&r.id))
            && let (Some(at), Some(stage)) = (new.at, desk.stage())
        {
            let (_, [south, west, north, east]) = stage.where_now();
            let seen = (south..=north).contains(&at.lat()) && (west..=east).contains(&at.lon());
            if !seen {
                wall.proposed.set(Some(new.id));
            }
        }
    });
}

/// The root's size of type, palette and language follow the settings.
fn dress(desk: Desk, wall: Wall) {
    Effect::new(move |_| {
        let px = wall.type_px.get();
        let (tone, lang) = wall.settings.with(|s| (s.tone(), s.lang()));
        set_tone(tone);
        set_root("style", &format!("font-size:{px:.2}px"));
        set_root("data-tone", tone.name());
        set_root("lang", lang.tag());
        desk.lang.set(lang);
        if let Some(stage) = desk.stage() {
            stage.resized();
            stage.everything();
        }
    });
    Effect::new(move |_| {
        wall.plan.track();
        // Once the page has laid it out, the map has another size.
        request_animation_frame(move || {
            if let Some(stage) = desk.stage() {
                stage.resized();
            }
        });
    });
    Effect::new(move |_| {
        desk.centre.track();
        desk.version.track();
        if let Some(stage) = desk.stage() {
            stage.picture_changed();
        }
    });
}

/// The map goes where a desk asks, and where a tour leads; never of itself.
fn steer(desk: Desk, wall: Wall) {
    Effect::new(move |_| {
        if let (Some(show), Some(stage)) = (desk.held().shown.get(), desk.stage()) {
            stage.go(show.at, show.zoom);
            desk.select(show.event.map(super::desk::Selection::Event));
        }
    });
    let toured = Memo::new(move |_| {
        desk.now.track();
        let spent = (map_clock() - wall.began.get_value()).max(0.0) / 1_000.0;
        wall.settings.with(|s| s.toured(seconds(spent)))
    });
    Effect::new(move |_| {
        if let (Some(v), Some(stage)) = (toured.get(), desk.stage())
            && let Ok(at) = oneroof_model::LatLon::new(v.lat, v.lon)
        {
            stage.go(at, v.zoom);
        }
    });
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "seconds of a page's life"
)]
fn seconds(s: f64) -> u64 {
    s.max(0.0) as u64
}

fn keys(desk: Desk, wall: Wall) {
    for event in ["pointerdown", "keydown", "wheel"] {
        window_event_listener_untyped(event, move |_| desk.held().touched.set(map_clock()));
    }
    window_event_listener_untyped("resize", move |_| wall.size.set(window_size()));
    window_event_listener(ev::keydown, move |e: KeyboardEvent| {
        if e.key() == "Escape" {
            wall.open.set(false);
            wall.proposed.set(None);
            return;
        }
        let typing = e
            .target()
            .and_then(|t| t.dyn_into::<web_sys::HtmlElement>().ok())
            .is_some_and(|t| matches!(t.tag_name().as_str(), "INPUT" | "SELECT" | "TEXTAREA"));
        if typing || e.ctrl_key() || e.alt_key() || e.meta_key() {
            return;
        }
        match e.code().as_str() {
            "KeyS" => wall.open.update(|o| *o = !*o),
            "KeyP" => {
                let mut s = wall.settings.get_untracked();
                Tone::next(s.tone()).name().clone_into(&mut s.tone);
                wall.set(s);
            }
            _ => return,
        }
        e.prevent_default();
    });
}

/// The wall.
#[component]
pub(crate) fn WallApp() -> impl IntoView {
    let kept = zone::kept(STORAGE_KEY);
    let settings = Settings::read(kept.as_deref(), &query());
    let desk = Desk::new();
    let wall = Wall::new(desk, settings);
    provide_context(desk);
    provide_context(wall);
    Threats::provide(desk);
    let name = wall.settings.with_untracked(|s| s.name.clone());
    let net = Net::start(desk, Screen::Wall(name));
    hook::install(desk, net);
    load_centre(desk);
    keys(desk, wall);
    watch(desk, wall);
    steer(desk, wall);
    area_tools::watch(desk);
    let map = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        if let Some(element) = map.get()
            && desk.stage().is_none()
        {
            build_map(desk, &element);
            let first = wall.settings.with_untracked(|s| s.views.first().copied());
            if let (Some(v), Some(stage)) = (first, desk.stage())
                && let Ok(at) = oneroof_model::LatLon::new(v.lat, v.lon)
            {
                stage.go(at, v.zoom);
            }
        }
    });
    dress(desk, wall);
    let grey = move || matches!(desk.line.get(), Line::Grey(_));
    let cut = move || matches!(desk.line.get(), Line::Grey(_) | Line::Lost(_));
    let shift = move || {
        let (x, y) = burn_in_shift(desk.now.get().as_secs().unsigned_abs());
        format!("transform:translate({x}px,{y}px)")
    };
    let lane = move || {
        let p = wall.plan.get();
        format!("width:{:.2}rem;--columns:{}", p.lane, p.columns.max(1))
    };
    view! {
        <div id="oneroof" class="wall" class:grey=grey class:cut=cut style=shift>
            <head::Head/>
            <LineBanner/>
            <div class="wall-middle">
                <Show when=move || wall.plan.get().columns != 0>
                    <aside class="wall-lane" style=lane><lane::Lane/></aside>
                </Show>
                <main class="stage">
                    <div class="map" node_ref=map></div>
                    <inset::Inset/>
                    <p class="attribution">{move || desk.w("map.attribution")}</p>
                </main>
            </div>
            <strips::Strips/>
            <settings::Dialog/>
        </div>
    }
}

/// Whether a light needs nobody: it is as expected, or an officer paused it.
pub(crate) const fn is_good(light: Light) -> bool {
    matches!(light, Light::Fresh | Light::Paused)
}

/// Widths of the cells of strips, in heights of type, as the stylesheet takes them.
pub(crate) fn cell(width: f64) -> String {
    format!("--cell:{width}rem")
}

/// The number of things that found no room.
pub(crate) fn more(n: usize) -> Option<String> {
    (n > 0).then(|| format!("+{n}"))
}

pub(crate) use legible::CLOCK;
