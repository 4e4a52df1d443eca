//! Threats by region at the desk and on the wall: a sign in the head, and the list behind it. Nothing flashes.

use std::collections::BTreeMap;

use leptos::prelude::*;
use oneroof_model::{ThreatKind, ThreatState, Time};

use crate::view::places::Both;
use crate::view::threat::{Row, Standing, Summary, kind_key, rows, summary};
use crate::words::Arg;

use super::desk::Desk;
use super::zone;

/// The regions as the screen has them, worked out once for all that show them.
#[derive(Clone, Copy)]
pub(crate) struct Threats {
    rows: Memo<Vec<Row>>,
    /// What they come to.
    pub(crate) summary: Memo<Summary>,
}

impl Threats {
    /// Begins to follow the picture: what shows threats asks the context. The map is drawn anew as time goes on.
    pub(crate) fn provide(desk: Desk) -> Self {
        let rows = Memo::new(move |_| {
            desk.version.track();
            let now = desk.now.get();
            desk.with_picture(|p| rows(p, now))
        });
        let threats = Self {
            rows,
            summary: Memo::new(move |_| rows.with(|r| summary(r))),
        };
        Effect::new(move |_| {
            desk.hands.regions.track();
            if let Some(stage) = desk.stage() {
                stage.picture_changed();
            }
        });
        provide_context(threats);
        threats
    }
}

/// What the head says: how it looks, what is said first, how long the longest alert has lasted, and the rest.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Said {
    /// `alert`, `unknown` or `clear`.
    pub(crate) class: &'static str,
    /// The state itself.
    pub(crate) state: String,
    /// For how long, or how long ago it was heard.
    pub(crate) age: Option<String>,
    /// What else is to be said.
    pub(crate) rest: Option<String>,
}

/// The state of all regions in words; `None` where there are no regions, or the server's time is not known yet.
pub(crate) fn said(desk: Desk, s: &Summary) -> Option<Said> {
    let now = desk.now.get();
    if s.regions == 0 || now == Time::EPOCH {
        return None;
    }
    let ago = |key: &str, t: Time| desk.say(key, &[("age_s", Arg::from(now.secs_since(t)))]);
    let count = |key: &str, n: usize| desk.say(key, &[("count", Arg::from(n))]);
    let heard = || {
        s.heard
            .map_or_else(|| desk.w("threat.never"), |t| ago("threat.heard", t))
    };
    let others = (s.others > 0).then(|| count("threat.others", s.others));
    Some(if s.alerts > 0 {
        let unknown = (s.unknown > 0).then(|| count("threat.unknown_some", s.unknown));
        let rest: Vec<String> = unknown.into_iter().chain(others).collect();
        Said {
            class: "alert",
            state: count("threat.alert", s.alerts),
            age: s.since.map(|t| ago("threat.running", t)),
            rest: (!rest.is_empty()).then(|| rest.join(" · ")),
        }
    } else if s.unknown > 0 {
        let state = if s.unknown == s.regions {
            desk.w("threat.unknown")
        } else {
            count("threat.unknown_count", s.unknown)
        };
        Said {
            class: "unknown",
            state,
            age: Some(heard()),
            rest: others,
        }
    } else {
        Said {
            class: "clear",
            state: desk.w("threat.none"),
            age: None,
            rest: others,
        }
    })
}

/// The sign in the desk's head; chosen, it opens the list.
#[component]
pub(crate) fn ThreatSign() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let threats = expect_context::<Threats>();
    let open = desk.hands.regions;
    let said = Memo::new(move |_| said(desk, &threats.summary.get()));
    let class = move || said.with(|s| s.as_ref().map_or("clear", |s| s.class));
    let state = move || said.with(|s| s.as_ref().map(|s| s.state.clone()));
    let more = move || {
        said.with(|s| {
            let s = s.as_ref()?;
            let parts: Vec<&str> = s.age.iter().chain(&s.rest).map(String::as_str).collect();
            Some(parts.join(" · "))
        })
    };
    view! {
        <Show when=move || said.with(Option::is_some)>
            <button class=move || format!("threat {}", class()) aria-expanded=move || open.get().to_string()
                title=move || desk.w("act.regions") on:click=move |_| open.update(|o| *o = !*o)>
                <strong role="status">{state}</strong><span class="threat-more">{more}</span>
            </button>
        </Show>
    }
}

/// The list of regions: each alert, each region that was under one when it was last heard of; the others by name.
#[component]
pub(crate) fn ThreatPanel() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let rows = expect_context::<Threats>().rows;
    let singly = |r: &Row| {
        r.standing == Standing::Alert
            || r.standing == Standing::Unknown && r.said == Some(ThreatState::Alert)
    };
    let list = move || {
        rows.with(|rows| {
            rows.iter()
                .filter(|r| singly(r))
                .map(|r| entry(desk, r))
                .collect_view()
        })
    };
    let named = move |standing, key: &'static str| {
        let lang = desk.lang.get();
        rows.with(|rows| {
            let names: Vec<&str> = rows
                .iter()
                .filter(|r| r.standing == standing && !singly(r))
                .map(|r| r.name.get(lang))
                .collect();
            (!names.is_empty()).then(|| {
                let names = names.join(", ");
                view! { <p>{desk.say(key, &[("names", Arg::from(&names))])}</p> }
            })
        })
    };
    view! {
        <section class="threats" aria-label=move || desk.w("threat.title")>
            <header><h3>{move || desk.w("threat.title")}</h3>
                <button title=move || desk.w("action.close_panel") on:click=move |_| desk.hands.regions.set(false)>"✕"</button></header>
            <div class="threat-body" tabindex="0" role="group" aria-label=move || desk.w("threat.title")>
                <ul>{list}</ul>
                {move || named(Standing::Unknown, "threat.unknown_in")}
                {move || named(Standing::Clear, "threat.no_alert_in")}
            </div>
            <Sources rows/>
        </section>
    }
}

fn entry(desk: Desk, row: &Row) -> impl IntoView + use<> {
    let lang = desk.lang.get();
    let (now, zone) = (desk.now.get(), desk.zone.get());
    let ago = |key: &str, t: Time| desk.say(key, &[("age_s", Arg::from(now.secs_since(t)))]);
    let (class, told) = if row.standing == Standing::Alert {
        let told = row.since.map(|t| {
            let clock = zone::clock(t, zone);
            let since = desk.say("threat.since", &[("time", Arg::from(&clock))]);
            format!("{since} · {}", ago("threat.running", t))
        });
        ("alert", told)
    } else {
        let heard = row.heard.map(|t| ago("threat.heard", t));
        let parts = [Some(desk.w("threat.was")), heard];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        ("unknown", Some(parts.join(" · ")))
    };
    let kind = (row.kind != ThreatKind::AirRaid).then(|| desk.w(kind_key(row.kind)));
    let badge = row
        .org
        .as_ref()
        .map(|org| desk.centre.with(|c| c.badge(org, lang)));
    view! {
        <li class=class>
            <span class="threat-name">{row.name.get(lang).to_owned()}</span>
            {kind.map(|k| view! { <span class="threat-kind">{k}</span> })}
            <span class="threat-told">{told}</span>
            {badge.map(|b| view! { <span class="badge">{b}</span> })}
        </li>
    }
}

/// By which feeds all this is known, and when each was last heard to say so.
#[component]
fn Sources(rows: Memo<Vec<Row>>) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let lines = move || {
        let (lang, now) = (desk.lang.get(), desk.now.get());
        let mut newest: BTreeMap<String, Time> = BTreeMap::new();
        rows.with(|rows| {
            for (feed, heard) in rows
                .iter()
                .filter_map(|r| Some((r.feed.as_ref()?, r.heard?)))
            {
                let name = Both::get(feed, lang).to_owned();
                let at = newest.entry(name).or_insert(heard);
                *at = heard.max(*at);
            }
        });
        if newest.is_empty() {
            return view! { <p class="quiet">{desk.w("threat.source.none")}</p> }.into_any();
        }
        newest
            .into_iter()
            .map(|(name, heard)| {
                let age = now.secs_since(heard);
                let args = [("name", Arg::from(&name)), ("age_s", Arg::from(age))];
                view! { <p class="quiet">{desk.say("threat.source", &args)}</p> }
            })
            .collect_view()
            .into_any()
    };
    view! { <div class="threat-sources">{lines}</div> }
}
