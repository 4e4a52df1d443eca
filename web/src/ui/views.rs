//! Saved views of the map, and the address of what is shown: a colleague who opens it sees the same.

use leptos::html;
use leptos::prelude::*;
use oneroof_model::LatLon;
use wasm_bindgen_futures::{JsFuture, spawn_local};

use crate::address::{Address, MAX_NAME, MAX_SAVED, STORAGE_KEY, Views};
use crate::wall::View;
use crate::words::Arg;

use super::desk::Desk;
use super::{step, zone};

fn kept() -> Views {
    let json = zone::kept(STORAGE_KEY);
    Views::read(json.as_deref())
}

/// Changes the views as another window of this browser may have left them.
fn change(desk: Desk, f: impl FnOnce(&mut Views) -> bool) -> bool {
    let mut views = kept();
    let done = f(&mut views);
    if let Ok(json) = serde_json::to_string(&views) {
        zone::keep(STORAGE_KEY, &json);
    }
    desk.hands.views.set(views);
    done
}

fn view_now(desk: Desk) -> Option<View> {
    let (at, zoom) = desk.stage()?.view()?;
    Some(View {
        lat: at.lat(),
        lon: at.lon(),
        zoom,
    })
}

/// What is shown now, as an address says it.
pub(crate) fn address(desk: Desk) -> Address {
    let chosen = desk
        .selected
        .get_untracked()
        .and_then(|s| step::lasting(desk, &s));
    Address {
        view: view_now(desk),
        chosen,
        room: desk.hands.room.get_untracked(),
    }
}

/// Shows what the page's address says, once what it names is there; afterwards whenever somebody changes the address.
pub(crate) fn start(desk: Desk) {
    desk.hands.views.set(kept());
    read_address(desk);
    window_event_listener_untyped("hashchange", move |_| read_address(desk));
}

fn read_address(desk: Desk) {
    let hash = web_sys::window().and_then(|w| w.location().hash().ok());
    let address = Address::read(&hash.unwrap_or_default());
    if address == Address::default() {
        return;
    }
    // The map and the picture may not be there yet: the effect runs again until both are, and then ends its work.
    let left = StoredValue::new(Some(address));
    Effect::new(move |_| {
        desk.version.track();
        desk.hands.ready.track();
        let Some(address) = left.get_value() else {
            return;
        };
        if desk.stage().is_none() || desk.version.get_untracked() == 0 {
            return;
        }
        left.set_value(None);
        open(desk, &address);
    });
}

/// Shows it.
fn open(desk: Desk, address: &Address) {
    if let Some(view) = address.view {
        go(desk, view);
    }
    let what = address.chosen.as_ref().and_then(|c| step::found(desk, c));
    if address.chosen.is_some() && what.is_none() {
        desk.hands.note.set(Some("views.gone"));
    }
    if what.is_some() {
        desk.select(what);
        desk.hands.room.set(address.room);
    }
}

fn go(desk: Desk, view: View) {
    if let (Some(stage), Ok(at)) = (desk.stage(), LatLon::new(view.lat, view.lon)) {
        // A view that somebody chose is held.
        desk.hands.hold();
        stage.go(at, view.zoom);
    }
}

/// Puts the address of what is shown into the clipboard and into the address bar.
pub(crate) fn copy_link(desk: Desk) {
    let Some(window) = web_sys::window() else {
        return;
    };
    let hash = address(desk).write();
    let location = window.location();
    let base = location.href().unwrap_or_default();
    let base = base.split('#').next().unwrap_or_default();
    let link = format!("{base}#{hash}");
    // In the address bar it can be copied by hand where the clipboard is not given to us.
    if let Ok(history) = window.history() {
        history
            .replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&link))
            .ok();
    }
    let clipboard = window.navigator().clipboard();
    // Outside of a secure context there is no clipboard.
    if clipboard.is_undefined() {
        desk.hands.note.set(Some("views.in_bar"));
        return;
    }
    let copying = clipboard.write_text(&link);
    spawn_local(async move {
        let done = JsFuture::from(copying).await.is_ok();
        let key = if done { "views.copied" } else { "views.in_bar" };
        desk.hands.note.set(Some(key));
    });
}

/// The panel of saved views.
#[component]
pub(crate) fn ViewsPanel() -> impl IntoView {
    let desk = expect_context::<Desk>();
    move || desk.hands.views_open.get().then(|| view! { <Panel/> })
}

#[component]
fn Panel() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let hands = desk.hands;
    let name = NodeRef::<html::Input>::new();
    let full = RwSignal::new(false);
    let save = move |e: web_sys::SubmitEvent| {
        e.prevent_default();
        let (Some(input), Some(view)) = (name.get(), view_now(desk)) else {
            return;
        };
        let typed = input.value();
        if typed.trim().is_empty() {
            return;
        }
        let done = change(desk, |v| v.save(&typed, view));
        full.set(!done);
        if done {
            input.set_value("");
        }
    };
    let list = move || {
        let views = hands.views.get();
        if views.all().is_empty() {
            return view! { <p class="none">{desk.w("views.none")}</p> }.into_any();
        }
        let rows = views
            .all()
            .iter()
            .cloned()
            .map(|s| {
                let (view, gone) = (s.view, s.name.clone());
                view! {
                    <li>
                        <button class="view-name" on:click=move |_| { go(desk, view); hands.views_open.set(false); }>{s.name}</button>
                        <button title=desk.w("action.remove") aria-label=desk.w("action.remove")
                            on:click=move |_| { change(desk, |v| { v.remove(&gone); true }); }>"✕"</button>
                    </li>
                }
            })
            .collect_view();
        view! { <ul class="plain">{rows}</ul> }.into_any()
    };
    view! {
        <section class="views" role="dialog" aria-labelledby="views-title">
            <header>
                <h3 id="views-title">{move || desk.w("views.title")}</h3>
                <button title=move || desk.w("action.close_panel") on:click=move |_| hands.views_open.set(false)>"✕"</button>
            </header>
            {list}
            <form on:submit=save>
                <input node_ref=name maxlength=MAX_NAME.to_string() autocomplete="off"
                    aria-label=move || desk.w("views.name") placeholder=move || desk.w("views.name")/>
                <button type="submit">{move || desk.w("views.save")}</button>
            </form>
            <Show when=move || full.get()>
                <p class="warn" role="status">{move || desk.say("views.full", &[("count", Arg::from(MAX_SAVED))])}</p>
            </Show>
            <button on:click=move |_| copy_link(desk)>{move || desk.w("views.copy")}</button>
        </section>
    }
}
