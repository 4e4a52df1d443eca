//! The whole screen: head, priority list, map, detail, feed strip; and the keys.

use leptos::ev;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::{HtmlElement, KeyboardEvent};

use crate::link::Line;
use crate::view::tracks::recorded_bounds;

use super::area_card::AreaCard;
use super::area_form::AreaForm;
use super::ask::{AskOfficer, Help};
use super::bar::MapBar;
use super::call::CallForm;
use super::calls::CallLog;
use super::desk::{Desk, Selection};
use super::detail::EventDetail;
use super::head::{Head, LineBanner};
use super::impact::ImpactQuestions;
use super::layers::Attribution;
use super::list::PriorityList;
use super::map::{Stage, set_tone};
use super::net::{Net, Screen};
use super::orders::OrderNotes;
use super::palette::Palette;
use super::question::QuestionCard;
use super::room::Room;
use super::strip::Strip;
use super::thing::{BcpCard, TrackPanel};
use super::threat::Threats;
use super::tracks_bar::{FilterChip, TrackNotes};
use super::views::ViewsPanel;
use super::{
    acts, area_tools, calls, follow, hook, http, layers, map_clock, room, set_root, step,
    track_tools, views, watchdog, weather, zone,
};

/// The border from the Bug to the Danube delta: south, west, north, east in degrees.
pub(crate) const BORDER: [f64; 4] = [44.2, 21.4, 52.0, 34.0];

/// The application.
#[component]
pub(crate) fn App() -> impl IntoView {
    let desk = Desk::new();
    provide_context(desk);
    let net = Net::start(desk, Screen::Desk);
    hook::install(desk, net);
    load_centre(desk);
    watchdog::start(desk);
    keys(desk);
    follow::start(desk);
    calls::start(desk);
    views::start(desk);
    step::start(desk, false);
    track_tools::start(desk);
    area_tools::start(desk);
    Threats::provide(desk);
    weather::start(desk);
    layers::start(desk);
    let map = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        if let Some(element) = map.get()
            && desk.stage().is_none()
        {
            build_map(desk, &element);
        }
    });
    Effect::new(move |_| {
        let lang = desk.lang.get();
        zone::keep("oneroof.lang", lang.tag());
        set_root("lang", lang.tag());
        if let Some(stage) = desk.stage() {
            stage.everything();
        }
    });
    dress(desk);
    Effect::new(move |_| {
        desk.selected.track();
        desk.centre.track();
        if let Some(stage) = desk.stage() {
            stage.picture_changed();
        }
    });
    let grey = move || matches!(desk.line.get(), Line::Grey(_));
    let cut = move || matches!(desk.line.get(), Line::Grey(_) | Line::Lost(_));
    view! {
        <div id="oneroof" class:grey=grey class:cut=cut class:roomy=move || room::open_now(desk).is_some()>
            <Head/>
            <LineBanner/>
            <aside class="left">
                <PriorityList/>
                <QuestionCard/>
            </aside>
            <main class="stage">
                <div class="map" role="region" aria-label=move || desk.w("map.about") class:pointing=move || desk.hover.get() node_ref=map></div>
                <MapTools/>
                <ViewsPanel/>
                <MapBar/>
                <TrackNotes/>
                <Attribution/>
            </main>
            <Aside/>
            <Room/>
            <CallForm/>
            <OrderNotes/>
            <CallLog/>
            <Strip/>
            <AskOfficer/>
            <Help/>
            <ImpactQuestions/>
            <Palette/>
        </div>
    }
}

/// On the right: the form of an area that is drawn, else what is chosen.
#[component]
fn Aside() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let drawing = Memo::new(move |_| {
        let areas = desk.hands.areas;
        areas
            .sketch
            .with(Option::is_some)
            .then(|| areas.begun.get())
    });
    let inside = move || {
        if drawing.get().is_some() {
            return view! { <AreaForm/> }.into_any();
        }
        match desk.selected.get() {
            Some(Selection::Event(id)) => view! { <EventDetail id/> }.into_any(),
            Some(Selection::Track(handle)) => view! { <TrackPanel handle/> }.into_any(),
            Some(Selection::Bcp(id)) => view! { <BcpCard id/> }.into_any(),
            Some(Selection::Area(id)) => view! { <AreaCard id/> }.into_any(),
            None => ().into_any(),
        }
    };
    view! {
        <aside class="right" class:open=move || desk.selected.get().is_some() || drawing.get().is_some()>{inside}</aside>
    }
}

/// The page and the map take the palette of this desk.
pub(crate) fn dress(desk: Desk) {
    Effect::new(move |_| {
        let tone = desk.hands.tone.get();
        set_tone(tone);
        set_root("data-tone", tone.name());
        if let Some(stage) = desk.stage() {
            stage.everything();
        }
    });
}

/// Buttons on the map: zoom, and the places to jump to.
#[component]
fn MapTools() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let zoom = move |by: f64| {
        if let Some(stage) = desk.stage() {
            stage.zoom_by(by);
        }
    };
    let recorded = move |_| {
        if let (Some(stage), Some(bounds)) = (desk.stage(), desk.with_picture(recorded_bounds)) {
            stage.fit(bounds);
        }
    };
    view! {
        <nav class="tools">
            <button title=move || desk.w("action.zoom_in") on:click=move |_| zoom(1.0)>"+"</button>
            <button title=move || desk.w("action.zoom_out") on:click=move |_| zoom(-1.0)>"−"</button>
            <button on:click=move |_| border(desk)>{move || desk.w("action.border")}</button>
            <button aria-pressed=move || desk.hands.views_open.get().to_string()
                on:click=move |_| desk.hands.views_open.update(|o| *o = !*o)>{move || desk.w("views.title")} <kbd>"S"</kbd></button>
            <button aria-pressed=move || desk.hands.layers.open.get().to_string()
                on:click=move |_| desk.hands.layers.open.update(|o| *o = !*o)>{move || desk.w("maps.title")}</button>
            <Show when=move || desk.recorded.get()>
                <button on:click=recorded>{move || desk.w("action.recorded")}</button>
            </Show>
            <FilterChip/>
        </nav>
    }
}

pub(crate) fn border(desk: Desk) {
    if let Some(stage) = desk.stage() {
        stage.fit(BORDER);
    }
}

pub(crate) fn build_map(desk: Desk, element: &HtmlElement) {
    match Stage::new(element, desk) {
        Ok(stage) => {
            stage.resized();
            stage.follow(BORDER);
            *desk.held().stage.borrow_mut() = Some(stage);
            desk.hands.ready.set(true);
            redraw_with_fonts(desk);
        }
        Err(e) => leptos::logging::error!("the map can't be built: {e:?}"),
    }
}

/// Names on the map are drawn again once the typeface is there.
fn redraw_with_fonts(desk: Desk) {
    let Some(document) = web_sys::window().and_then(|w| w.document()) else {
        return;
    };
    let fonts = document.fonts();
    leptos::task::spawn_local(async move {
        for font in ["400 14px \"IBM Plex Sans\"", "600 14px \"IBM Plex Sans\""] {
            let loading = fonts.load_with_text(font, "Київ Kyiv");
            // Without the typeface the system's own is used.
            wasm_bindgen_futures::JsFuture::from(loading).await.ok();
        }
        if let Some(stage) = desk.stage() {
            stage.everything();
        }
    });
}

/// Fetches the centre's tables; again after a while where the server was not there yet.
pub(crate) fn load_centre(desk: Desk) {
    leptos::task::spawn_local(async move {
        let read = http::get_text("/api/v1/config").await;
        match read.ok().and_then(|json| serde_json::from_str(&json).ok()) {
            Some(centre) => desk.centre.set(centre),
            None => set_timeout(
                move || load_centre(desk),
                core::time::Duration::from_secs(5),
            ),
        }
    });
}

fn typing(event: &KeyboardEvent) -> bool {
    event
        .target()
        .and_then(|t| t.dyn_into::<HtmlElement>().ok())
        .is_some_and(|e| matches!(e.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT"))
}

fn keys(desk: Desk) {
    for event in ["pointerdown", "keydown", "wheel"] {
        window_event_listener_untyped(event, move |_| desk.held().touched.set(map_clock()));
    }
    window_event_listener(ev::keydown, move |e: KeyboardEvent| {
        if acts::key(desk, &e, typing(&e)) {
            return;
        }
        if e.key() == "Escape" {
            if desk.help.get_untracked() || desk.asking.get_untracked() {
                desk.help.set(false);
                desk.signed(None);
            } else {
                desk.select(None);
            }
            return;
        }
        let busy = desk.asking.get_untracked() || desk.help.get_untracked();
        if typing(&e) || e.ctrl_key() || e.alt_key() || e.meta_key() || (busy && e.key() != "?") {
            return;
        }
        // Keys by their place too, so that they work with a Ukrainian layout.
        match (e.key().as_str(), e.code().as_str()) {
            ("ArrowDown", _) | (_, "KeyJ") => desk.step(1),
            ("ArrowUp", _) | (_, "KeyK") => desk.step(-1),
            (_, "KeyY") => desk.answer(true),
            ("Enter", _) if !on_button(&e) => desk.answer(true),
            (_, "KeyN") => desk.answer(false),
            (_, "KeyM") => desk.show_selected(),
            (_, "KeyW") => watchdog::show(&desk),
            (_, "KeyB") => border(desk),
            ("?", _) => desk.help.update(|h| *h = !*h),
            _ => return,
        }
        e.prevent_default();
    });
}

/// Enter on a button presses the button.
fn on_button(event: &KeyboardEvent) -> bool {
    event
        .target()
        .and_then(|t| t.dyn_into::<HtmlElement>().ok())
        .is_some_and(|e| e.tag_name() == "BUTTON" || e.tag_name() == "A")
}
