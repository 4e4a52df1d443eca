//! The panel of an area, and the list of them all.

use leptos::html;
use leptos::prelude::*;
use oneroof_geo::{area_km2, length_m};
use oneroof_model::{AreaId, AreaShape, CommandBody};
use oneroof_wire::AreaView;

use crate::areas::sketch::Kind;
use crate::areas::{
    Within, area, is_over, listed, of_event, purpose_key, shape_key, size_text, within,
};
use crate::order::Outcome;
use crate::words::{Arg, distance};

use super::area_tools::{change, draw};
use super::desk::{Desk, Selection};
use super::thing::CardHead;
use super::zone;

/// Most events or units of an area that are listed; more of them are a number.
const LISTED: usize = 30;

/// The name of an area; where it has none, what it is for.
pub(crate) fn area_name(desk: Desk, a: &AreaView) -> String {
    if a.name.is_empty() {
        desk.w(purpose_key(a.purpose))
    } else {
        a.name.clone()
    }
}

/// Whether something about an area is on its way to the server.
fn pending(desk: Desk, id: AreaId) -> bool {
    desk.orders.with(|all| {
        all.iter()
            .any(|o| o.area() == Some(id) && o.outcome == Outcome::Pending)
    })
}

/// The panel of an area.
#[component]
pub(crate) fn AreaCard(id: AreaId) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let shown = Memo::new(move |_| {
        desk.version.track();
        desk.with_picture(|p| area(p, id).cloned())
    });
    let kind = Signal::derive(move || desk.say("area.title", &[("id", Arg::from(&id.short()))]));
    let name = Signal::derive(move || {
        shown
            .with(|a| a.as_ref().map(|a| area_name(desk, a)))
            .unwrap_or_default()
    });
    let body = move || match shown.get() {
        Some(a) => (facts(desk, &a), acts(desk, &a), view! { <Inside shown/> }).into_any(),
        None if pending(desk, id) => {
            view! { <p class="none" role="status">{desk.w("action.pending")}</p> }.into_any()
        }
        None => view! { <p class="none" role="status">{desk.w("area.gone")}</p> }.into_any(),
    };
    view! {
        <article class="card area-card" class:pending=move || pending(desk, id)>
            <CardHead kind name/>
            {body}
        </article>
    }
}

fn facts(desk: Desk, a: &AreaView) -> impl IntoView + use<> {
    let lang = desk.lang.get();
    let (zone, now) = (desk.zone.get(), desk.now.get_untracked());
    let clock = move |t| zone::clock_or_day(t, now, zone);
    let measure = match &a.shape {
        AreaShape::Polygon { ring } => {
            let around = length_m(ring)
                + match (ring.last(), ring.first()) {
                    (Some(z), Some(a)) => z.distance_m(*a),
                    _ => 0.0,
                };
            (desk.w("area.around"), distance(lang, around))
        }
        AreaShape::Circle { radius_m, .. } => (desk.w("area.radius"), distance(lang, *radius_m)),
        AreaShape::Corridor { line, half_width_m } => (
            desk.w("area.length"),
            desk.say(
                "area.length.wide",
                &[
                    ("length_m", Arg::from(length_m(line))),
                    ("half_width_m", Arg::from(*half_width_m)),
                ],
            ),
        ),
    };
    let until = a.until;
    let until = move || match until {
        None => desk.w("area.until.open"),
        Some(t) if t <= desk.now.get() => desk.say("area.over", &[("time", Arg::from(&clock(t)))]),
        Some(t) => clock(t),
    };
    let by = |who: &Option<oneroof_model::Actor>, t| {
        who.as_ref().map(|who| format!("{who} · {}", clock(t)))
    };
    let event = a.event.map(|id| {
        view! {
            <dt>{desk.w("area.event")}</dt>
            <dd><button on:click=move |_| desk.select(Some(Selection::Event(id)))>{id.short()}</button></dd>
        }
    });
    let tlp = a
        .marking
        .as_ref()
        .and_then(|m| serde_json::to_value(m.tlp).ok());
    let tlp = tlp.and_then(|v| v.as_str().map(|s| format!("TLP:{s}")));
    let rows = [
        (desk.w("area.shape"), Some(desk.w(shape_key(&a.shape)))),
        (
            desk.w("area.size"),
            Some(size_text(lang, area_km2(&a.shape))),
        ),
        (measure.0, Some(measure.1)),
        (desk.w("area.drawn_by"), by(&a.drawn_by, a.drawn_at)),
        (
            desk.w("area.changed_by"),
            a.changed_at.and_then(|t| by(&a.changed_by, t)),
        ),
        (desk.w("area.marking"), tlp),
    ];
    let rows = rows
        .into_iter()
        .filter_map(|(k, v)| v.map(|v| view! { <dt>{k}</dt><dd>{v}</dd> }))
        .collect_view();
    view! {
        <dl class="facts-list">
            <dt>{desk.w("area.purpose")}</dt>
            <dd><span class=format!("area-sign {}", a.purpose.name())></span>" "{desk.w(purpose_key(a.purpose))}</dd>
            <dt>{desk.w("area.until")}</dt><dd>{until}</dd>
            {event}
            {rows}
        </dl>
    }
}

/// Changing and removing; removing asks first.
fn acts(desk: Desk, a: &AreaView) -> impl IntoView + use<> {
    let (id, version) = (a.id, a.version);
    let asking = RwSignal::new(false);
    let sure = NodeRef::<html::Button>::new();
    Effect::new(move |_| {
        if asking.get()
            && let Some(button) = sure.get()
        {
            button.focus().ok();
        }
    });
    view! {
        <p class="buttons">
            <button on:click=move |_| change(desk, id)>{desk.w("area.edit")}</button>
            <button aria-expanded=move || asking.get().to_string() on:click=move |_| asking.update(|a| *a = !*a)>{desk.w("area.remove")}</button>
        </p>
        <Show when=move || asking.get()>
            <div class="reasons" role="group" aria-labelledby="area-sure">
                <p id="area-sure">{move || desk.w("area.remove.sure")}</p>
                <button node_ref=sure class="life chosen" on:click=move |_| {
                    asking.set(false);
                    desk.send(Some(version), CommandBody::RemoveArea { area: id });
                }>{move || desk.w("area.remove.yes")}</button>
                <button on:click=move |_| asking.set(false)>{move || desk.w("action.cancel")}</button>
            </div>
        </Show>
    }
}

/// The events and own units that are inside, looked at anew each second.
#[component]
fn Inside(shown: Memo<Option<AreaView>>) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let found = Memo::new(move |_| {
        desk.now.track();
        let mode = desk.mode.get();
        shown.with(|a| {
            let Some(a) = a else { return Within::default() };
            desk.rows
                .with(|rows| desk.with_picture(|p| within(p, &a.shape, rows, mode)))
        })
    });
    let events = move || {
        found.with(|f| {
            let all = f.events.iter().take(LISTED).filter_map(|id| {
                let id = *id;
                let row = desk.rows.with(|r| r.iter().find(|r| r.id == id).cloned())?;
                let name = desk.type_name(row.type_code.as_ref());
                Some(view! {
                    <li><button on:click=move |_| desk.select(Some(Selection::Event(id)))>{row.short}</button>" "{name}</li>
                })
            });
            all.collect_view()
        })
    };
    let units = move || {
        let lang = desk.lang.get();
        found.with(|f| {
            let all = f.units.iter().take(LISTED).map(|u| {
                let (handle, name) = (u.handle, u.name.get(lang).to_owned());
                view! { <li><button on:click=move |_| desk.select(Some(Selection::Track(handle)))>{name}</button></li> }
            });
            all.collect_view()
        })
    };
    let count = move |n: fn(&Within) -> usize| found.with(n);
    view! {
        <section class="area-within">
            <h3>{move || desk.w("area.within.events")} <span class="count">{move || count(|f| f.events.len())}</span></h3>
            <ul class="plain">{events}</ul>
            <h3>{move || desk.w("area.within.units")} <span class="count">{move || count(|f| f.units.len())}</span></h3>
            <ul class="plain">{units}</ul>
        </section>
    }
}

/// The list of all areas, and where a new one begins.
#[component]
pub(crate) fn AreasPanel() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let tools = desk.hands.areas;
    let all = Memo::new(move |_| {
        desk.version.track();
        let (mode, now) = (desk.mode.get(), desk.now.get());
        desk.with_picture(|p| {
            listed(p, mode, now)
                .into_iter()
                .map(|a| (a.clone(), is_over(a, now)))
                .collect::<Vec<_>>()
        })
    });
    let first = NodeRef::<html::Button>::new();
    Effect::new(move |_| {
        if let Some(button) = first.get() {
            // Without the focus one can still click it.
            button.focus().ok();
        }
    });
    let chosen_event = move || match desk.selected.get_untracked() {
        Some(Selection::Event(id)) => Some(id),
        _ => None,
    };
    let rows = move || {
        let list = all.get();
        if list.is_empty() {
            return view! { <p class="none">{desk.w("area.none")}</p> }.into_any();
        }
        let items = list
            .into_iter()
            .map(|(a, over)| view! { <li class:over=over>{entry(desk, &a)}</li> })
            .collect_view();
        view! { <ul class="plain areas-list">{items}</ul> }.into_any()
    };
    view! {
        <section class="areas-panel" role="region" aria-labelledby="areas-title">
            <header><h3 id="areas-title">{move || desk.w("area.list")} <span class="count">{move || all.with(Vec::len)}</span></h3>
                <button title=move || desk.w("action.close_panel") on:click=move |_| tools.panel.set(false)>"✕"</button></header>
            <p class="buttons"><span>{move || desk.w("area.draw")}</span>
                <button node_ref=first on:click=move |_| draw(desk, Kind::Polygon, chosen_event())>{move || desk.w("area.shape.polygon")}</button>
                <button on:click=move |_| draw(desk, Kind::Circle, chosen_event())>{move || desk.w("area.shape.circle")}</button>
                <button on:click=move |_| draw(desk, Kind::Corridor, chosen_event())>{move || desk.w("area.shape.corridor")}</button>
            </p>
            {rows}
        </section>
    }
}

/// One area in a list: a click chooses it and shows where it is.
pub(crate) fn entry(desk: Desk, a: &AreaView) -> impl IntoView + use<> {
    let id = a.id;
    let lang = desk.lang.get();
    let (zone, now) = (desk.zone.get(), desk.now.get_untracked());
    let purpose = desk.w(purpose_key(a.purpose));
    let until = a.until.map(|t| {
        let time = zone::clock_or_day(t, now, zone);
        let key = if t <= now {
            "area.over"
        } else {
            "area.until.short"
        };
        desk.say(key, &[("time", Arg::from(&time))])
    });
    let size = size_text(lang, area_km2(&a.shape));
    let more: Vec<String> = [Some(size), until].into_iter().flatten().collect();
    let name = (!a.name.is_empty()).then(|| a.name.clone());
    view! {
        <button class="area-entry" on:click=move |_| { desk.select(Some(Selection::Area(id))); desk.show_selected(); }>
            <span class=format!("area-sign {}", a.purpose.name())></span>
            <span class="area-entry-name"><b>{purpose}</b>{name.map(|n| format!(" · {n}"))}</span>
            <span class="quiet">{more.join(" · ")}</span>
        </button>
    }
}

/// Areas of an event, for its room; and a button that draws one for it.
pub(crate) fn of_event_section(desk: Desk, id: oneroof_model::EventId) -> impl IntoView + use<> {
    desk.version.track();
    let list: Vec<AreaView> = desk.with_picture(|p| of_event(p, id).into_iter().cloned().collect());
    let items = list
        .iter()
        .map(|a| view! { <li>{entry(desk, a)}</li> })
        .collect_view();
    view! {
        <section class="areas-of">
            <h3>{desk.w("area.list")} <span class="count">{list.len()}</span></h3>
            <ul class="plain areas-list">{items}</ul>
            <p class="buttons"><button on:click=move |_| draw(desk, Kind::Polygon, Some(id))>{desk.w("area.draw.event")}</button></p>
        </section>
    }
}
