//! Who was at a place at a time: asked of the server's history, told nearest first.

use leptos::html;
use leptos::prelude::*;
use oneroof_model::{LatLon, Time};
use oneroof_wire::{NearAnswer, TrackNear};

use crate::view::tracks::handle_of;
use crate::when;
use crate::words::{Arg, distance};

use super::desk::{Desk, Selection};
use super::hands::Tool;
use super::track_tools::Asked;
use super::{http, zone};

/// Radii to choose from, metres.
const RADII_M: [f64; 6] = [500.0, 1_000.0, 2_000.0, 5_000.0, 10_000.0, 20_000.0];

/// Seconds before and after the time to choose from.
const WITHIN_S: [u32; 4] = [60, 300, 900, 3_600];

/// The moment that was typed, in the zone of the screen.
fn read(desk: Desk, typed: &str) -> Result<Time, when::Unread> {
    let zone = desk.zone.get_untracked();
    let now = desk.server_now().unwrap_or(Time::EPOCH);
    when::read(typed, now, &|t| zone::offset_s(t, zone))
}

/// Asks the server. An answer that comes after the panel was closed, or after another question, is let go.
fn ask(desk: Desk, at: LatLon, moment: Time, within_s: u32) {
    let tools = desk.hands.tracks;
    let radius_m = tools.here_m.get_untracked();
    let address = format!(
        "/api/v1/tracks/near?lat={}&lon={}&radius_m={radius_m}&at={moment}&within_s={within_s}",
        at.lat(),
        at.lon()
    );
    tools.found.set(Asked::Asking);
    leptos::task::spawn_local(async move {
        let answer = http::get_text(&address).await.ok();
        let answer = answer.and_then(|json| serde_json::from_str::<NearAnswer>(&json).ok());
        let wanted = tools.here.get_untracked() && tools.here_at.get_untracked() == Some(at);
        if wanted {
            tools.found.set(answer.map_or(Asked::Failed, Asked::Found));
        }
    });
}

/// What is typed at first: the time of the chosen event; nothing is now.
fn first_time(desk: Desk) -> String {
    let Some(Selection::Event(id)) = desk.selected.get_untracked() else {
        return String::new();
    };
    let zone = desk.zone.get_untracked();
    desk.rows.with_untracked(|rows| {
        rows.iter()
            .find(|r| r.id == id)
            .map(|r| {
                format!(
                    "{} {}",
                    zone::day(r.since, zone),
                    zone::clock(r.since, zone)
                )
            })
            .unwrap_or_default()
    })
}

/// The panel.
#[component]
pub(crate) fn NearPanel() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let (hands, tools) = (desk.hands, desk.hands.tracks);
    let typed = RwSignal::new(first_time(desk));
    let within = RwSignal::new(300_u32);
    let field = NodeRef::<html::Input>::new();
    Effect::new(move |_| {
        if let Some(field) = field.get() {
            // Without the focus one can still click into it.
            field.focus().ok();
        }
    });
    let said = move || {
        desk.now.track();
        match read(desk, &typed.get()) {
            Ok(t) => (
                zone::clock_or_day(t, desk.now.get(), desk.zone.get()),
                false,
            ),
            Err(why) => (desk.w(why.key()), true),
        }
    };
    let wrong = move || said().1;
    let place = move || {
        tools
            .here_at
            .get()
            .map_or_else(|| desk.w("here.no_place"), |at| hands.form.get().write(at))
    };
    let submit = move |e: web_sys::SubmitEvent| {
        e.prevent_default();
        if let (Some(at), Ok(moment)) = (
            tools.here_at.get_untracked(),
            read(desk, &typed.get_untracked()),
        ) {
            ask(desk, at, moment, within.get_untracked());
        }
    };
    let radii = RADII_M.map(|m| {
        view! {
            <option value=m.to_string() selected=move || (tools.here_m.get() - m).abs() < 0.5>{move || distance(desk.lang.get(), m)}</option>
        }
    });
    let spans = WITHIN_S.map(|s| {
        let text = move || desk.say("here.within.value", &[("within_s", Arg::from(s))]);
        view! { <option value=s.to_string() selected=move || within.get() == s>{text}</option> }
    });
    view! {
        <form class="here" role="region" aria-label=move || desk.w("act.here") on:submit=submit>
            <header><h3>{move || desk.w("act.here")}</h3>
                <button type="button" title=move || desk.w("action.close_panel") on:click=move |_| tools.close_here()>"✕"</button></header>
            <p class="here-place"><span class="at">{place}</span>
                <button type="button" on:click=move |_| hands.tool.set(Tool::Here)>{move || desk.w("here.choose")}</button></p>
            <label>{move || desk.w("here.when")}
                <input node_ref=field maxlength="40" autocomplete="off" spellcheck="false" placeholder=move || desk.w("call.when.hint")
                    prop:value=typed aria-invalid=move || wrong().to_string() on:input=move |e| typed.set(event_target_value(&e))/>
                <span class="said" class:wrong=wrong>{move || said().0}</span>
            </label>
            <div class="here-fields">
                <label>{move || desk.w("here.radius")}
                    <select on:change=move |e| if let Ok(m) = event_target_value(&e).parse() { tools.here_m.set(m) }>{radii}</select></label>
                <label>{move || desk.w("here.within")}
                    <select on:change=move |e| if let Ok(s) = event_target_value(&e).parse() { within.set(s) }>{spans}</select></label>
                <button class="yes" type="submit" disabled=move || wrong() || tools.here_at.get().is_none()>{move || desk.w("here.ask")}</button>
            </div>
            <Answer/>
        </form>
    }
}

/// What the server said.
#[component]
fn Answer() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let tools = desk.hands.tracks;
    move || match tools.found.get() {
        Asked::Nothing => ().into_any(),
        Asked::Asking => view! { <p role="status">{desk.w("here.asking")}</p> }.into_any(),
        Asked::Failed => {
            view! { <p role="alert" class="warn">{desk.w("here.failed")}</p> }.into_any()
        }
        Asked::Found(answer) => {
            let told = desk.say(
                "here.found",
                &[
                    ("count", Arg::from(answer.items.len())),
                    ("radius_m", Arg::from(answer.radius_m)),
                    ("within_s", Arg::from(answer.within_s)),
                ],
            );
            let more = answer
                .truncated
                .then(|| view! { <p class="warn">{desk.w("here.truncated")}</p> });
            let rows = answer
                .items
                .into_iter()
                .map(|item| row(desk, item))
                .collect_view();
            view! {
                <p role="status">{told}</p>
                {more}
                <ul class="here-list">{rows}</ul>
                <p class="quiet">{desk.w("here.known_only")}</p>
            }
            .into_any()
        }
    }
}

fn row(desk: Desk, item: TrackNear) -> impl IntoView + use<> {
    let lang = desk.lang.get();
    let info = item.info;
    let name = info.name.clone().unwrap_or_else(|| info.ident.clone());
    let when = zone::clock_or_day(item.nearest.at, desk.now.get_untracked(), desk.zone.get());
    let far = distance(lang, item.distance_m);
    // Handles of the answer are none of this session: the track is found by its name that lasts.
    let choose = move |_| {
        let handle = desk.with_picture(|p| handle_of(p, info.domain, &info.ident));
        match handle {
            Some(h) => desk.select(Some(Selection::Track(h))),
            None => desk.hands.note.set(Some("find.no_place")),
        }
    };
    view! {
        <li><button type="button" on:click=choose>
            <span class="here-name">{name}</span><span>{far}</span><span>{when}</span>
        </button></li>
    }
}
