//! Cards of what was clicked on the map and is no event: a track, a crossing point.

use leptos::prelude::*;
use oneroof_model::{Freshness, TrackDomain};
use oneroof_wire::TrackPoint;

use crate::map::filter::kind_key;
use crate::view::places::degrees_text;
use crate::view::tracks::{TrackCard, card, freshness_of, ship_type_key};
use crate::words::{Arg, Lang, age, knots, number};

use super::desk::{Desk, Selection};
use super::map::bcp;
use super::pair::PairPart;
use super::{http, watchdog};

/// How far back a trail goes, seconds.
const TRAIL_S: i64 = 3 * 3600;
/// Most points of a trail.
const TRAIL_POINTS: u32 = 500;

/// Head of a card with its buttons.
#[component]
pub(crate) fn CardHead(
    /// What kind of thing.
    #[prop(into)]
    kind: Signal<String>,
    /// Its name.
    #[prop(into)]
    name: Signal<String>,
) -> impl IntoView {
    let desk = expect_context::<Desk>();
    view! {
        <header class="card-head">
            <span class="kind">{kind}</span>
            <button on:click=move |_| desk.show_selected()>{move || desk.w("action.show_on_map")} <kbd>"M"</kbd></button>
            <Show when=move || watchdog::any(&desk)>
                <button on:click=move |_| watchdog::show(&desk)>{move || desk.w("wall.show")} <kbd>"W"</kbd></button>
            </Show>
            <button title=move || desk.w("action.close_panel") on:click=move |_| desk.select(None)>"✕"</button>
            <h2>{name}</h2>
        </header>
    }
}

fn degrees(lang: Lang, v: Option<f32>) -> Option<String> {
    v.map(|d| format!("{}°", number(lang, f64::from(d), 0)))
}

pub(crate) fn name_of(c: &TrackCard) -> String {
    c.info.name.clone().unwrap_or_else(|| c.info.ident.clone())
}

/// Fetches where a track came from and lays it on the map.
fn fetch_trail(desk: Desk, c: &TrackCard) {
    let Some(now) = desk.server_now() else { return };
    let domain = serde_json::to_value(c.info.domain)
        .ok()
        .and_then(|v| v.as_str().map(ToOwned::to_owned))
        .unwrap_or_default();
    let ident = js_sys::encode_uri_component(&c.info.ident);
    let address = format!(
        "/api/v1/tracks/{domain}/{ident}/history?from={}&to={now}&limit={TRAIL_POINTS}",
        now.plus_secs(-TRAIL_S)
    );
    let wanted = Selection::Track(c.info.h);
    let last = c.at;
    leptos::task::spawn_local(async move {
        let points: Vec<TrackPoint> = match http::get_text(&address).await {
            Ok(json) => serde_json::from_str(&json).unwrap_or_default(),
            // Without its history the track has no trail; nothing else depends on it.
            Err(_) => Vec::new(),
        };
        if desk.selected.get_untracked() == Some(wanted)
            && let Some(stage) = desk.stage()
        {
            stage.set_trail(points.iter().map(|p| p.position).chain(last).collect());
        }
    });
}

/// The card of a track.
#[component]
pub(crate) fn TrackPanel(handle: u32) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let now_card = move || {
        desk.now.track();
        desk.with_picture(|p| card(p, handle))
    };
    let card = Memo::new(move |_| now_card());
    if let Some(c) = card.get_untracked() {
        fetch_trail(desk, &c);
    }
    let kind = Signal::derive(move || {
        card.get()
            .map(|c| desk.w(kind_key(c.info.domain)))
            .unwrap_or_default()
    });
    let name = Signal::derive(move || card.get().map(|c| name_of(&c)).unwrap_or_default());
    let warn = move || {
        let c = card.get()?;
        let fresh = desk.with_picture(|p| freshness_of(p, handle, desk.now.get()))?;
        let key = match (c.info.split, fresh) {
            (true, _) => "track.split",
            (false, Freshness::Lost) => "track.lost",
            (false, Freshness::Stale) => "track.stale",
            (false, Freshness::Fresh) => return None,
        };
        Some(view! { <p class="warn">{desk.w(key)}</p> })
    };
    view! {
        <article class="card">
            <CardHead kind name/>
            {warn}
            <PairPart handle/>
            <dl class="facts-list">{move || card.get().map(|c| rows(desk, &c))}</dl>
        </article>
    }
}

fn rows(desk: Desk, c: &TrackCard) -> impl IntoView + use<> {
    let lang = desk.lang.get();
    let i = &c.info;
    let vessel = i.domain == TrackDomain::Vessel;
    let type_name = i.kind_code.filter(|_| vessel).map(|k| {
        let name = desk.w(ship_type_key(k));
        format!("{name} ({k})")
    });
    let speed = c
        .speed_kn
        .map(|kn| knots(lang, f64::from(kn) * 1_852.0 / 3_600.0));
    let heard = c.time.map(|t| {
        desk.say(
            "time.ago",
            &[("age_s", Arg::from(desk.now.get().secs_since(t)))],
        )
    });
    let id_name = if vessel {
        "MMSI".to_owned()
    } else {
        desk.w("track.ident")
    };
    let facts: Vec<(String, Option<String>)> = vec![
        (id_name, Some(i.ident.clone())),
        (desk.w("track.call_sign"), i.call_sign.clone()),
        (desk.w("list.kind"), type_name),
        (
            desk.w("track.agency"),
            i.org
                .as_ref()
                .map(|o| desk.centre.with(|t| t.agency_name(o, lang))),
        ),
        (desk.w("track.speed"), speed),
        (desk.w("track.course"), degrees(lang, c.course_deg)),
        (desk.w("track.heading"), degrees(lang, c.heading_deg)),
        (
            desk.w("track.altitude"),
            c.alt_m
                .map(|a| format!("{} m", number(lang, f64::from(a), 0))),
        ),
        (desk.w("track.length"), i.length_m.map(|m| format!("{m} m"))),
        (desk.w("track.destination"), i.destination.clone()),
        (desk.w("track.position_age"), heard),
        (desk.w("event.place"), c.at.map(degrees_text)),
        (desk.w("track.feed"), Some(i.feed.clone())),
        (desk.w("banner.recorded"), i.recorded.then(|| desk.w("yes"))),
    ];
    facts
        .into_iter()
        .filter_map(|(k, v)| v.map(|v| view! { <dt>{k}</dt><dd>{v}</dd> }))
        .collect_view()
}

/// The card of a crossing point.
#[component]
pub(crate) fn BcpCard(id: String) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let point = Memo::new(move |_| {
        desk.version.track();
        desk.with_picture(|p| bcp(p, &id).cloned())
    });
    let kind = Signal::derive(move || desk.w("nav.crossing_points"));
    let name = Signal::derive(move || {
        let lang = desk.lang.get();
        point
            .get()
            .map(|b| lang.pick(&b.uk, &b.en).to_owned())
            .unwrap_or_default()
    });
    let body = move || {
        let b = point.get()?;
        let lang = desk.lang.get();
        let mut facts = vec![
            (
                desk.w("event.state"),
                desk.w(&format!("crossing_point.{}", b.status)),
            ),
            (
                desk.w("event.type"),
                desk.w(&format!("crossing_point.kind.{}", b.kind)),
            ),
            (desk.w("section.neighbour"), b.neighbour.clone()),
            (desk.w("event.section"), b.section.to_string()),
            (
                desk.w("event.place"),
                format!(
                    "{} ({})",
                    degrees_text(b.at),
                    desk.w(&format!("precision.{}", b.precision))
                ),
            ),
        ];
        match &b.figures {
            None => facts.push((
                desk.w("crossing_point.queue"),
                desk.w("crossing_point.no_figures"),
            )),
            Some(f) => {
                let queue: Vec<String> = [
                    ("crossing_point.cars", f.cars_waiting),
                    ("crossing_point.trucks", f.trucks_waiting),
                    ("crossing_point.buses", f.buses_waiting),
                ]
                .into_iter()
                .filter_map(|(k, n)| n.map(|n| desk.say(k, &[("count", Arg::from(n))])))
                .chain(
                    f.wait_min
                        .map(|m| desk.say("crossing_point.wait", &[("wait_s", Arg::from(m * 60))])),
                )
                .collect();
                facts.push((desk.w("crossing_point.queue"), queue.join(", ")));
                facts.push((
                    desk.w("time.updated"),
                    age(lang, desk.now.get().secs_since(f.at)),
                ));
            }
        }
        Some(
            facts
                .into_iter()
                .map(|(k, v)| view! { <dt>{k}</dt><dd>{v}</dd> })
                .collect_view(),
        )
    };
    view! {
        <article class="card">
            <CardHead kind name/>
            <dl class="facts-list">{body}</dl>
        </article>
    }
}
