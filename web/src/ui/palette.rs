//! Search and commands: one field, opened by `/` or `Ctrl K`. A hit chooses what it names, moves the map there and holds it.

use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use oneroof_model::TrackDomain;

use crate::find::{Hit, PlaceName, SLICE, Search, Sources, Target, around_border, place_now};
use crate::view::places::section;
use crate::view::tracks::handle_of;
use crate::words::Arg;

use super::acts;
use super::desk::{Desk, Selection};
use super::{in_sight, map_clock, track_tools};

/// Most places of the basemap that are searched.
const MAX_PLACES: usize = 4_000;

/// Longest time that the search takes at a stretch, milliseconds: half a frame.
const BUDGET_MS: f64 = 8.0;

/// The palette, where it is open.
#[component]
pub(crate) fn Palette() -> impl IntoView {
    let desk = expect_context::<Desk>();
    move || desk.hands.palette.get().then(|| view! { <Field/> })
}

/// A search under way, and which one it is: an older one that still runs is given up.
#[derive(Clone, Copy)]
struct Running {
    desk: Desk,
    search: StoredValue<Search>,
    number: StoredValue<u32>,
    places: StoredValue<Vec<PlaceName>>,
    hits: RwSignal<Vec<Hit>>,
    looking: RwSignal<bool>,
    chosen: RwSignal<usize>,
}

impl Running {
    fn new(desk: Desk) -> Self {
        let around = desk.with_picture(around_border);
        let places = desk
            .stage()
            .zip(around)
            .map(|(s, around)| s.place_names(around, MAX_PLACES))
            .unwrap_or_default();
        Self {
            desk,
            search: StoredValue::new(Search::default()),
            number: StoredValue::new(0),
            places: StoredValue::new(places),
            hits: RwSignal::new(Vec::new()),
            looking: RwSignal::new(false),
            chosen: RwSignal::new(0),
        }
    }

    /// Begins to look for what was typed. The tracks follow in slices, as many as fit into half a frame.
    fn begin(self, typed: &str) {
        let desk = self.desk;
        let mut search = Search::new(typed);
        let possible = acts::now(desk);
        desk.with_picture(|picture| {
            desk.centre.with_untracked(|centre| {
                self.places.with_value(|places| {
                    search.fixed(&Sources {
                        picture,
                        mode: desk.mode.get_untracked(),
                        centre,
                        places,
                        acts: &possible,
                    });
                });
            });
        });
        self.chosen.set(0);
        self.number.update_value(|n| *n = n.wrapping_add(1));
        self.search.set_value(search);
        self.looking.set(true);
        self.slice(self.number.get_value());
    }

    fn slice(self, number: u32) {
        // The palette may be closed, or another search may have begun.
        if self.number.try_get_value() != Some(number) {
            return;
        }
        let mode = self.desk.mode.get_untracked();
        let until = map_clock() + BUDGET_MS;
        let unfinished = self
            .search
            .try_update_value(|s| {
                self.desk.with_picture(|p| {
                    let mut left = true;
                    while left && map_clock() < until {
                        left = s.tracks(p, mode, SLICE);
                    }
                    left
                })
            })
            .unwrap_or(false);
        self.search.with_value(|s| {
            if self.hits.with_untracked(|h| h.as_slice() != s.hits()) {
                self.hits.set(s.hits().to_vec());
            }
        });
        if unfinished {
            // Not with the next frame: one that is busy drawing would hold the search up.
            set_timeout(move || self.slice(number), core::time::Duration::ZERO);
        } else {
            self.looking.set(false);
        }
    }
}

/// What a hit does.
fn go(desk: Desk, hit: &Hit) {
    desk.hands.palette.set(false);
    let at = desk.with_picture(|p| place_now(p, hit));
    match &hit.target {
        Target::Act(act) => {
            acts::perform(desk, *act);
            return;
        }
        Target::Event(id) => desk.select(Some(Selection::Event(*id))),
        Target::Track(handle) => desk.select(Some(Selection::Track(*handle))),
        Target::Bcp(id) => desk.select(Some(Selection::Bcp(id.clone()))),
        Target::Unit(id) => {
            let handle = desk.with_picture(|p| handle_of(p, TrackDomain::Unit, id));
            desk.select(handle.map(Selection::Track));
            match desk.place_selected() {
                Some(at) => show(desk, at),
                None => desk.hands.note.set(Some("find.no_place")),
            }
            return;
        }
        Target::Section(id) => {
            let bounds = desk.with_picture(|p| {
                let s = section(p, &id.as_str().into())?;
                extent(
                    s.line
                        .iter()
                        .chain(&s.polygon)
                        .map(|at| (at.lat(), at.lon())),
                )
            });
            if let (Some(stage), Some(bounds)) = (desk.stage(), bounds) {
                stage.fit(bounds);
                return;
            }
        }
        Target::Place | Target::Position => desk.hands.pin.set(hit.at),
    }
    match at {
        Some(at) => show(desk, at),
        None => desk.hands.note.set(Some("find.no_place")),
    }
}

fn show(desk: Desk, at: oneroof_model::LatLon) {
    if let Some(stage) = desk.stage() {
        stage.show(at);
    }
}

fn extent(points: impl Iterator<Item = (f64, f64)>) -> Option<[f64; 4]> {
    points.fold(None, |b: Option<[f64; 4]>, (lat, lon)| {
        Some(match b {
            None => [lat, lon, lat, lon],
            Some([s, w, n, e]) => [s.min(lat), w.min(lon), n.max(lat), e.max(lon)],
        })
    })
}

#[component]
fn Field() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let running = Running::new(desk);
    let input = NodeRef::<html::Input>::new();
    let typed = RwSignal::new(String::new());
    Effect::new(move |_| {
        if let Some(field) = input.get() {
            // Without the focus one can still click into it.
            field.focus().ok();
        }
    });
    running.begin("");
    let keydown = move |e: KeyboardEvent| {
        let count = running.hits.with_untracked(Vec::len);
        let chosen = running.chosen.get_untracked();
        match e.key().as_str() {
            "ArrowDown" => running
                .chosen
                .set((chosen + 1).min(count.saturating_sub(1))),
            "ArrowUp" => running.chosen.set(chosen.saturating_sub(1)),
            "Home" if e.ctrl_key() => running.chosen.set(0),
            "End" if e.ctrl_key() => running.chosen.set(count.saturating_sub(1)),
            "Enter" => {
                let hit = running.hits.with_untracked(|h| h.get(chosen).cloned());
                if let Some(hit) = hit {
                    go(desk, &hit);
                }
            }
            // There is nothing else to go to inside of the dialog.
            "Tab" => {}
            _ => return,
        }
        e.prevent_default();
    };
    let option_id = |i: usize| format!("find-{i}");
    let status = move || {
        if running.looking.get() {
            return desk.w("find.looking");
        }
        let count = running.hits.with(Vec::len);
        desk.say("find.hits", &[("count", Arg::from(count))])
    };
    let nothing = move || {
        let empty = !running.looking.get() && running.hits.with(Vec::is_empty);
        empty.then(|| {
            let text = typed.get();
            view! {
                <div class="find-none">
                    <strong>{desk.say("find.empty", &[("text", Arg::from(&text))])}</strong>
                    <span>{desk.w("find.empty.hint")}</span>
                </div>
            }
        })
    };
    view! {
        <div class="veil top" on:click=move |_| desk.hands.palette.set(false)>
            <div class="palette" role="dialog" aria-modal="true" aria-label=desk.w("find.title")
                on:click=|e| e.stop_propagation()>
                <input node_ref=input type="text" role="combobox" aria-expanded="true" aria-controls="find-list"
                    aria-autocomplete="list" aria-label=desk.w("find.title") autocomplete="off" spellcheck="false" maxlength="200"
                    aria-activedescendant=move || running.hits.with(|h| (!h.is_empty()).then(|| option_id(running.chosen.get())))
                    placeholder=desk.w("find.placeholder") on:keydown=keydown
                    on:input=move |e| { let text = event_target_value(&e); running.begin(&text); typed.set(text); }/>
                <ul id="find-list" role="listbox" aria-label=desk.w("find.title")>
                    {move || running.hits.get().into_iter().enumerate().map(|(i, hit)| row(&running, i, hit)).collect_view()}
                </ul>
                {nothing}
                <p class="find-foot"><span role="status">{status}</span><span>{desk.w("find.keys")}</span></p>
            </div>
        </div>
    }
}

fn row(running: &Running, i: usize, hit: Hit) -> impl IntoView + use<> {
    let running = *running;
    let desk = running.desk;
    let lang = desk.lang.get();
    let chosen = move || running.chosen.get() == i;
    let element = in_sight(chosen);
    let key = match &hit.target {
        Target::Act(act) => act.key(),
        _ => "",
    };
    let kind = desk.w(hit.kind.name_key());
    let hidden = track_tools::hidden_note(desk, &hit.target);
    let (name, more) = (hit.name.get(lang).to_owned(), hit.more.get(lang).to_owned());
    view! {
        <li node_ref=element id=format!("find-{i}") role="option" class:chosen=chosen aria-selected=move || chosen().to_string()
            on:mousemove=move |_| if running.chosen.get_untracked() != i { running.chosen.set(i) }
            on:click=move |_| go(desk, &hit)>
            <span class="find-kind">{kind}</span>
            <span class="find-name">{name}</span>
            <span class="find-more">{more}</span>
            {hidden}
            {(!key.is_empty()).then(|| view! { <kbd>{key}</kbd> })}
        </li>
    }
}
