//! What lies under and over the picture by choice: the operator's own map, the net, symbols of the military. Remembered by
//! this screen's browser.

use core::time::Duration;

use leptos::prelude::*;
use oneroof_wire::{OwnMapView, Page};

use crate::acts::Act;
use crate::map::own::{chosen, said};

use super::desk::Desk;
use super::{http, zone};

/// Name under which the browser keeps the map.
const MAP_KEY: &str = "oneroof.map";

/// Name under which it keeps the net.
const NET_KEY: &str = "oneroof.net";

/// Name under which it keeps which symbols are drawn.
const SYMBOLS_KEY: &str = "oneroof.symbols";

/// The list of maps is asked for again after so long where the server was away.
const AGAIN: Duration = Duration::from_secs(5);

/// The choices. A page has one set, and they live as long as the page.
pub(crate) struct MapLayers {
    /// Whether the panel is open.
    pub(crate) open: RwSignal<bool>,
    /// The maps that the server has.
    pub(crate) maps: RwSignal<Vec<OwnMapView>>,
    /// Id of the one that was chosen.
    pub(crate) map: RwSignal<Option<String>>,
    /// Whether tiles of it could not be read.
    pub(crate) broken: RwSignal<bool>,
    /// Tiles of it that were painted since it was chosen.
    pub(crate) painted: RwSignal<f64>,
    /// Whether the net is shown.
    pub(crate) net: RwSignal<bool>,
    /// Whether symbols are those of the military.
    pub(crate) mil: RwSignal<bool>,
    /// Zoom of the map, as it stands still.
    pub(crate) zoom: RwSignal<f64>,
}

impl MapLayers {
    /// What was kept from last time.
    pub(crate) fn new() -> &'static Self {
        Box::leak(Box::new(Self {
            open: RwSignal::new(false),
            maps: RwSignal::new(Vec::new()),
            map: RwSignal::new(zone::kept(MAP_KEY).filter(|id| !id.is_empty())),
            broken: RwSignal::new(false),
            painted: RwSignal::new(0.0),
            net: RwSignal::new(zone::kept(NET_KEY).as_deref() == Some("1")),
            mil: RwSignal::new(zone::kept(SYMBOLS_KEY).as_deref() == Some("2525")),
            zoom: RwSignal::new(0.0),
        }))
    }

    /// The chosen map; follows the choice and the list.
    fn now(&self) -> Option<OwnMapView> {
        let id = self.map.get();
        self.maps.with(|maps| chosen(maps, id.as_deref()).cloned())
    }

    fn choose(&self, id: Option<String>) {
        zone::keep(MAP_KEY, id.as_deref().unwrap_or_default());
        self.map.set(id);
    }

    fn toggle_net(&self) {
        self.net.update(|n| *n = !*n);
        let net = self.net.get_untracked();
        zone::keep(NET_KEY, if net { "1" } else { "0" });
    }

    fn toggle_symbols(&self) {
        self.mil.update(|m| *m = !*m);
        let mil = self.mil.get_untracked();
        zone::keep(SYMBOLS_KEY, if mil { "2525" } else { "own" });
    }

    /// The next map, and none after the last one.
    fn next_map(&self) {
        let ids: Vec<String> = self
            .maps
            .with_untracked(|maps| maps.iter().map(|m| m.id.clone()).collect());
        let next = match self.map.get_untracked() {
            None => ids.first(),
            Some(now) => ids.iter().skip_while(|id| **id != now).nth(1),
        };
        self.choose(next.cloned());
    }
}

/// Whether an act of the layers can be done now.
pub(crate) fn possible(desk: Desk, act: Act) -> bool {
    match act {
        Act::NextMap => desk.hands.layers.maps.with_untracked(|m| !m.is_empty()),
        _ => true,
    }
}

/// Does it.
pub(crate) fn perform(desk: Desk, act: Act) {
    let layers = desk.hands.layers;
    match act {
        Act::Layers => layers.open.update(|o| *o = !*o),
        Act::Net => layers.toggle_net(),
        Act::NextMap => layers.next_map(),
        Act::Symbols => layers.toggle_symbols(),
        _ => {}
    }
}

/// Asks which maps there are, and lays the chosen one under the picture.
pub(crate) fn start(desk: Desk) {
    load(desk);
    let layers = desk.hands.layers;
    // Whatever else is told of the maps, only another map is laid anew.
    let map = Memo::new(move |_| layers.now());
    Effect::new(move |_| {
        let map = map.get();
        // Tiles of lines have the colours of the palette, and names in the language.
        desk.hands.tone.track();
        desk.lang.track();
        if desk.hands.ready.get()
            && let Some(stage) = desk.stage()
        {
            layers.broken.set(false);
            layers.painted.set(0.0);
            stage.lay(map);
        }
    });
    Effect::new(move |_| {
        layers.net.track();
        if let Some(stage) = desk.stage() {
            stage.picture_changed();
        }
    });
    Effect::new(move |before: Option<bool>| {
        let mil = layers.mil.get();
        if desk.hands.ready.get()
            && let Some(stage) = desk.stage()
            && (mil || before == Some(true))
        {
            stage.switch_symbols(mil);
        }
        mil
    });
}

fn load(desk: Desk) {
    leptos::task::spawn_local(async move {
        let read = http::get_text("/api/v1/maps").await.ok();
        let page = read.and_then(|json| serde_json::from_str::<Page<OwnMapView>>(&json).ok());
        match page {
            Some(page) => desk.hands.layers.maps.set(page.items),
            None => set_timeout(move || load(desk), AGAIN),
        }
    });
}

/// Whose data the map is, and what it lacks.
#[component]
pub(crate) fn Attribution() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let layers = desk.hands.layers;
    let note = move || {
        let map = layers.now();
        let key = said(map.as_ref(), layers.zoom.get(), layers.broken.get()).key();
        (!key.is_empty())
            .then(|| view! { <strong class="map-note" role="status">{desk.w(key)}</strong> })
    };
    let own = move || layers.now().map(|m| format!("{} · ", m.attribution));
    view! {
        <p class="attribution">{note}<span>{own}{move || desk.w("map.attribution")}</span></p>
    }
}

/// The panel: which map, which of what lies over it.
#[component]
pub(crate) fn LayersPanel() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let layers = desk.hands.layers;
    let choice = move |id: Option<String>, name: String, more: Option<String>| {
        let is = id.clone();
        let on = move || layers.map.get() == is;
        view! {
            <label class="check"><input type="radio" name="own-map" prop:checked=on
                on:change=move |_| layers.choose(id.clone())/>
                <span>{name}</span>{more.map(|m| view! { <span class="warn">{m}</span> })}</label>
        }
    };
    let maps = move || {
        let lang = desk.lang.get();
        let mut rows = vec![choice(None, desk.w("maps.none"), None)];
        layers.maps.with(|maps| {
            for m in maps {
                let name = lang.pick(m.uk.as_str(), m.en.as_str()).to_owned();
                let more = (!m.readable).then(|| desk.w("maps.not_readable"));
                rows.push(choice(Some(m.id.clone()), name, more));
            }
        });
        rows
    };
    let none = move || {
        layers
            .maps
            .with(Vec::is_empty)
            .then(|| view! { <p class="quiet">{desk.w("maps.empty")}</p> })
    };
    view! {
        <Show when=move || layers.open.get()>
            <section class="layers" role="group" aria-label=move || desk.w("act.layers")>
                <header><h3>{move || desk.w("act.layers")}</h3>
                    <button title=move || desk.w("action.close_panel") on:click=move |_| layers.open.set(false)>"✕"</button></header>
                <div class="layers-maps" role="radiogroup" aria-label=move || desk.w("maps.title")>{maps}</div>
                {none}
                <label class="check"><input type="checkbox" prop:checked=move || layers.net.get()
                    on:change=move |_| layers.toggle_net()/><span>{move || desk.w("act.net")}</span> <kbd>"Q"</kbd></label>
                <label class="check"><input type="checkbox" prop:checked=move || layers.mil.get()
                    on:change=move |_| layers.toggle_symbols()/><span>{move || desk.w("act.symbols")}</span></label>
            </section>
        </Show>
    }
}
