//! On the map: the filter of tracks, the chip that says that the picture is filtered, and the legend of the counts.

use leptos::prelude::*;

use crate::map::coverage::{
    DETOUR, FIGURES_S, Layer, POINT_M, REACH_MIN, State, UNIT_M, kilometres,
};
use crate::map::density::{BEGINS, STEPS, step_text};
use crate::map::filter::{AGES_S, Area, BORDER_KM, KINDS, TrackFilter, kind_key, read_knots};
use crate::words::{Arg, age, number};

use super::area_card::AreasPanel;
use super::desk::Desk;
use super::layers::LayersPanel;
use super::near::NearPanel;
use super::threat::ThreatPanel;
use super::weather::WeatherLegend;

/// Says that the picture is filtered, and shows all tracks again at a click. It is there whenever a filter is.
#[component]
pub(crate) fn FilterChip() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let tools = desk.hands.tracks;
    let text = move || {
        let (shown, all) = tools.counts.get();
        desk.say(
            "filter.chip",
            &[("shown", Arg::from(shown)), ("all", Arg::from(all))],
        )
    };
    view! {
        <Show when=move || tools.filter.with(|f| !f.is_off())>
            <button class="filter-chip" title=move || desk.w("filter.clear") on:click=move |_| tools.clear_filter()>
                <span role="status">{text}</span>" ✕"
            </button>
        </Show>
    }
}

/// Everything about tracks that lies on the map.
#[component]
pub(crate) fn TrackNotes() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let tools = desk.hands.tracks;
    view! {
        <div class="track-notes">
            <LayersPanel/>
            {move || tools.bar.get().then(|| view! { <FilterBar/> })}
            <Density/>
            <Coverage/>
            {move || desk.hands.regions.get().then(|| view! { <ThreatPanel/> })}
            {move || desk.hands.weather.get().then(|| view! { <WeatherLegend/> })}
            {move || tools.here.get().then(|| view! { <NearPanel/> })}
            {move || desk.hands.areas.panel.get().then(|| view! { <AreasPanel/> })}
        </div>
    }
}

/// The legend of the counts.
#[component]
fn Density() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let tools = desk.hands.tracks;
    view! {
        <Show when=move || { tools.counted.get() > 0 }>
            <section class="density">
                <header><strong role="status">{move || desk.say("density.title", &[("count", Arg::from(tools.counted.get()))])}</strong>
                    <button on:click=move |_| tools.count_many(false)>{move || desk.w("density.draw")}</button></header>
                <ul>{(0..STEPS.len()).map(|i| view! { <li><span class=format!("cell step-{i}")></span>{step_text(i)}</li> }).collect_view()}</ul>
                <span class="quiet">{move || desk.w("density.why")}</span>
            </section>
        </Show>
    }
}

/// The legend of what is said of the border, with kilometres, and on what it rests.
#[component]
fn Coverage() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let tools = desk.hands.tracks;
    let rows = move || {
        let lang = desk.lang.get();
        let states = tools.layer.get().states();
        tools.pieces.with(|pieces| {
            let row = |s: &State| {
                let km = number(lang, kilometres(pieces, *s), 0);
                let class = format!("piece {}", s.key().rsplit('.').next().unwrap_or_default());
                view! { <dt><span class=class></span>{desk.w(s.key())}</dt><dd>{km}"\u{a0}"{lang.pick("км", "km")}</dd> }
            };
            states.iter().map(row).collect_view()
        })
    };
    let basis = move || match tools.layer.get() {
        Layer::Reach => desk.say(
            "coverage.reach.basis",
            &[
                ("minutes", Arg::from(REACH_MIN)),
                ("detour", Arg::from(&number(desk.lang.get(), DETOUR, 1))),
            ],
        ),
        _ => desk.say(
            "coverage.seen.basis",
            &[
                ("unit_m", Arg::from(UNIT_M)),
                ("point_m", Arg::from(POINT_M)),
                ("figures_s", Arg::from(FIGURES_S)),
            ],
        ),
    };
    let title = move || {
        desk.w(match tools.layer.get() {
            Layer::Reach => "coverage.reach.title",
            _ => "coverage.seen.title",
        })
    };
    view! {
        <Show when=move || tools.layer.get() != Layer::Off>
            <section class="coverage">
                <header><h3 role="status">{title}</h3>
                    <button title=move || desk.w("action.close_panel") on:click=move |_| tools.layer.set(Layer::Off)>"✕"</button></header>
                <dl>{rows}</dl>
                <p class="quiet">{basis}</p>
            </section>
        </Show>
    }
}

/// A field for a speed in knots.
#[component]
fn Speed(label: &'static str, low: bool) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let filter = desk.hands.tracks.filter;
    let known = move || filter.with(|f| if low { f.from_kn } else { f.to_kn });
    let text = RwSignal::new(known().map_or_else(String::new, |kn| kn.to_string()));
    let wrong = move || text.with(|t| read_knots(t).is_err());
    let typed = move |e| {
        let typed = event_target_value(&e);
        // What passes stays as it was where the field was not understood; it says so.
        if let Ok(kn) = read_knots(&typed) {
            filter.update(|f| if low { f.from_kn = kn } else { f.to_kn = kn });
        }
        text.set(typed);
    };
    // All tracks shown again: the field is empty.
    Effect::new(move |_| {
        if filter.with(TrackFilter::is_off) && text.with_untracked(|t| read_knots(t) != Ok(None)) {
            text.set(String::new());
        }
    });
    view! {
        <label class:wrong=wrong>{move || desk.w(label)}
            <input inputmode="decimal" maxlength="6" size="5" autocomplete="off" prop:value=text
                aria-invalid=move || wrong().to_string() on:input=typed/>
        </label>
    }
}

/// Where tracks have to be, as one of a list.
#[component]
fn Where() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let filter = desk.hands.tracks.filter;
    let now = move || match filter.with(|f| f.area) {
        Area::Everywhere => "all".to_owned(),
        Area::Box(_) => "box".to_owned(),
        Area::Border(km) => km.to_string(),
    };
    let choose = move |e| {
        let value = event_target_value(&e);
        let area = match (value.as_str(), desk.stage()) {
            ("box", Some(stage)) => Area::Box(stage.where_now().1),
            (km, _) => km.parse().map_or(Area::Everywhere, Area::Border),
        };
        filter.update(|f| f.area = area);
    };
    let border = BORDER_KM.map(|km| {
        let value = km.to_string();
        let chosen = value.clone();
        view! {
            <option value=value selected=move || now() == chosen>
                {move || desk.say("filter.area.border", &[("km", Arg::from(km))])}</option>
        }
    });
    view! {
        <label class="wide">{move || desk.w("filter.area")}
            <select on:change=choose>
                <option value="all" selected=move || now() == "all">{move || desk.w("filter.area.all")}</option>
                <option value="box" selected=move || now() == "box">{move || desk.w("filter.area.view")}</option>
                {border}
            </select>
        </label>
    }
}

/// The age of a position, as one of a list.
#[component]
fn Age() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let filter = desk.hands.tracks.filter;
    let choose = move |e| {
        let most = event_target_value(&e).parse().ok();
        filter.update(|f| f.max_age_s = most);
    };
    let ages = AGES_S.map(|s| {
        let chosen = move || filter.with(|f| f.max_age_s) == Some(s);
        view! {
            <option value=s.to_string() selected=chosen>{move || age(desk.lang.get(), f64::from(s))}</option>
        }
    });
    view! {
        <label>{move || desk.w("filter.age")}
            <select on:change=choose>
                <option value="" selected=move || filter.with(|f| f.max_age_s.is_none())>{move || desk.w("filter.any")}</option>
                {ages}
            </select>
        </label>
    }
}

/// The agency, as one of a list.
#[component]
fn Agency() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let filter = desk.hands.tracks.filter;
    let choose = move |e| {
        let code = event_target_value(&e);
        filter.update(|f| f.org = (!code.is_empty()).then(|| code.as_str().into()));
    };
    let agencies = move || {
        let lang = desk.lang.get();
        let known = filter.with(|f| f.org.clone());
        desk.centre.with(|c| {
            c.agencies
                .iter()
                .map(|a| {
                    let code = a.code.to_string();
                    let chosen = known.as_ref() == Some(&a.code);
                    view! { <option value=code selected=chosen>{c.agency_name(&a.code, lang)}</option> }
                })
                .collect_view()
        })
    };
    view! {
        <label class="wide">{move || desk.w("track.agency")}
            <select on:change=choose>
                <option value="" selected=move || filter.with(|f| f.org.is_none())>{move || desk.w("filter.any")}</option>
                {agencies}
            </select>
        </label>
    }
}

/// The bar.
#[component]
fn FilterBar() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let tools = desk.hands.tracks;
    let filter = tools.filter;
    let kinds = KINDS.map(|kind| {
        let shown = move || filter.with(|f| !f.hidden.contains(&kind));
        let turn = move |e| {
            let on = event_target_checked(&e);
            filter.update(|f| {
                if on {
                    f.hidden.remove(&kind);
                } else {
                    f.hidden.insert(kind);
                }
            });
        };
        view! {
            <label class="check"><input type="checkbox" prop:checked=shown on:change=turn/>{move || desk.w(kind_key(kind))}</label>
        }
    });
    view! {
        <section class="filter-bar" role="group" aria-label=move || desk.w("act.filter")>
            <header><h3>{move || desk.w("act.filter")}</h3>
                <button disabled=move || filter.with(TrackFilter::is_off) on:click=move |_| tools.clear_filter()>{move || desk.w("filter.clear")}</button>
                <button title=move || desk.w("action.close_panel") on:click=move |_| tools.bar.set(false)>"✕"</button></header>
            <div class="filter-kinds">{kinds}</div>
            <div class="filter-fields">
                <Agency/>
                <Where/>
                <Age/>
                <Speed label="filter.from_kn" low=true/>
                <Speed label="filter.to_kn" low=false/>
            </div>
            <label class="check"><input type="checkbox" prop:checked=move || tools.vectors.get()
                on:change=move |e| tools.vectors.set(event_target_checked(&e))/>{move || desk.w("act.vectors")}</label>
            <label class="check"><input type="checkbox" prop:checked=move || tools.may_count.get()
                on:change=move |e| tools.count_many(event_target_checked(&e))/>
                {move || desk.say("density.may", &[("count", Arg::from(BEGINS))])}</label>
        </section>
    }
}
