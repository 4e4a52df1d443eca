//! Who sits here, asked once; and the keys explained.

use leptos::html;
use leptos::prelude::*;
use oneroof_model::OrgId;

use crate::officer::{Officer, STORAGE_KEY};

use super::desk::Desk;
use super::zone;

/// The form for name and agency.
#[component]
pub(crate) fn AskOfficer() -> impl IntoView {
    let desk = expect_context::<Desk>();
    move || desk.asking.get().then(|| view! { <Form/> })
}

#[component]
fn Form() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let name = NodeRef::<html::Input>::new();
    let org = NodeRef::<html::Select>::new();
    let known = desk.officer.get_untracked();
    let known_name = known.as_ref().map(|o| o.name.clone()).unwrap_or_default();
    let known_org = known.map_or_else(|| OrgId::from("NCC"), |o| o.org);
    Effect::new(move |_| {
        if let Some(input) = name.get() {
            // Without the focus one can still click into it.
            input.focus().ok();
        }
    });
    let save = move |e: web_sys::SubmitEvent| {
        e.prevent_default();
        let typed = name.get().map(|i| i.value()).unwrap_or_default();
        let chosen = org.get().map(|s| s.value()).unwrap_or_default();
        if let Some(officer) = Officer::new(&typed, &chosen) {
            if let Ok(json) = serde_json::to_string(&officer) {
                zone::keep(STORAGE_KEY, &json);
            }
            desk.signed(Some(officer));
        }
    };
    let agencies = move || {
        let lang = desk.lang.get();
        let known = known_org.clone();
        desk.centre.with(|c| {
            c.agencies
                .iter()
                .map(|a| {
                    let code = a.code.to_string();
                    let selected = a.code == known;
                    view! { <option value=code selected=selected>{c.agency_name(&a.code, lang)}</option> }
                })
                .collect_view()
        })
    };
    view! {
        <div class="veil" role="dialog" aria-modal="true" aria-labelledby="ask-title">
            <form class="box" on:submit=save>
                <h2 id="ask-title">{move || desk.w("officer.ask")}</h2>
                <p>{move || desk.w("officer.why")}</p>
                <label>{move || desk.w("officer.name")}
                    <input node_ref=name maxlength="60" autocomplete="off" value=known_name required/>
                </label>
                <label>{move || desk.w("officer.agency")}
                    <select node_ref=org>{agencies}</select>
                </label>
                <div class="answers">
                    <button class="yes" type="submit">{move || desk.w("action.save")}</button>
                    <button type="button" on:click=move |_| desk.signed(None)>{move || desk.w("action.cancel")}</button>
                </div>
            </form>
        </div>
    }
}

const KEYS: [(&str, &str); 32] = [
    ("/", "help.search"),
    ("Ctrl K", "help.palette"),
    ("C", "call.title"),
    ("U", "act.undo"),
    ("E", "room.title"),
    ("1 - 5", "help.states"),
    ("I", "impact.title"),
    ("A", "help.life"),
    ("T", "event.take_lead"),
    ("J / ↓", "help.next"),
    ("K / ↑", "help.previous"),
    ("Y / Enter", "help.yes"),
    ("N", "help.no"),
    ("M", "help.show"),
    ("B", "help.border"),
    ("L", "act.lock"),
    ("S", "views.title"),
    ("P", "lists.open"),
    ("D", "act.measure"),
    ("R", "act.rings"),
    ("G", "act.coordinates"),
    ("X", "act.pair"),
    ("O", "act.follow_track"),
    ("F", "act.filter"),
    ("H", "act.here"),
    ("V", "act.coverage"),
    ("Z", "act.areas"),
    ("Q", "act.net"),
    ("6", "act.regions"),
    ("7", "act.weather"),
    ("Esc", "help.escape"),
    ("?", "help.help"),
];

/// Rows of the legend: a class of mark and the key of its name.
const SHAPES: [(&str, &str); 9] = [
    ("ubc", "group.unauthorised_crossing"),
    ("cbc", "group.cross_border_crime"),
    ("bcp", "group.crossing_point"),
    ("mar", "group.maritime"),
    ("air", "group.air"),
    ("sec", "group.security"),
    ("cri", "group.crisis"),
    ("sys", "group.system"),
    ("oth", "group.other"),
];

/// The keys and the signs, explained.
#[component]
pub(crate) fn Help() -> impl IntoView {
    let desk = expect_context::<Desk>();
    move || {
        desk.help.get().then(|| {
            view! {
                <div class="veil" role="dialog" aria-modal="true" aria-labelledby="help-title" on:click=move |_| desk.help.set(false)>
                    <div class="box wide">
                        <h2 id="help-title">{desk.w("help.title")}</h2>
                        <dl class="keys">
                            {KEYS.map(|(key, text)| view! { <dt><kbd>{key}</kbd></dt><dd>{desk.w(text)}</dd> })}
                        </dl>
                        <h2>{desk.w("nav.legend")}</h2>
                        <ul class="legend">
                            {SHAPES.map(|(class, text)| view! { <li><span class=format!("mark {class} none")></span>{desk.w(text)}</li> })}
                        </ul>
                        <ul class="legend">
                            {["low", "medium", "high", "very_high"].map(|i| view! {
                                <li><span class=format!("mark cri {i}")></span>{desk.w("event.impact")}": "{desk.w(&format!("impact.{i}"))}</li>
                            })}
                            <li><span class="mark ring"></span>{desk.w("event.life_at_risk")}</li>
                        </ul>
                        <p role="status">{desk.w(if desk.hands.layers.mil.get() { "legend.mil" } else { "legend.own" })}</p>
                        <p>{desk.w("legend.badge")}". "{desk.w("legend.stale")}". "{desk.w("legend.lost")}"."</p>
                    </div>
                </div>
            }
        })
    }
}
