//! Below the map: clocks, feeds with their ages, forces, the last change. Each line only as long as there is room for it.

use std::collections::BTreeMap;

use leptos::prelude::*;
use oneroof_model::OrgId;

use super::{CLOCK, Wall, cell, is_good, more};
use crate::ui::desk::Desk;
use crate::ui::list::{impact_name, state_name};
use crate::ui::strip::light_word;
use crate::ui::zone;
use crate::view::changes::{Change, What};
use crate::view::feeds::FeedRow;
use crate::words::{Arg, age, age_step};

/// The strips.
#[component]
pub(crate) fn Strips() -> impl IntoView {
    let wall = expect_context::<Wall>();
    view! {
        <footer class="wall-strips">
            <Clocks/>
            <Feeds/>
            <Show when=move || wall.plan.with(|p| p.forces)><ForcesLine/></Show>
            <Show when=move || wall.plan.with(|p| p.last)><LastChange/></Show>
        </footer>
    }
}

#[component]
fn Clocks() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let wall = expect_context::<Wall>();
    let shown = move || {
        let n = wall.plan.get().clocks;
        wall.clocks
            .with(|(run, _)| run.iter().take(n).cloned().collect::<Vec<_>>())
    };
    let rest = move || {
        let n = wall.plan.get().clocks;
        more(wall.clocks.with(|(run, _)| run.len().saturating_sub(n)))
    };
    view! {
        <ul class="wall-strip wall-clocks" style=cell(CLOCK) aria-label=move || desk.w("nav.clocks")>
            {move || shown().into_iter().map(|c| {
                let left = c.due.secs_since(desk.now.get());
                let near = left < 3_600.0;
                view! {
                    <li class:near=near>
                        <span>{desk.w(c.duty.key())}</span>
                        <strong>{age(desk.lang.get(), left)}</strong>
                        <code>{c.short}</code>
                    </li>
                }
            }).collect_view()}
            {move || rest().map(|t| view! { <li class="wall-rest">{t}</li> })}
            <Show when=move || wall.clocks.with(|c| c.0.is_empty())>
                <li class="quiet">{move || desk.w("clock.none")}</li>
            </Show>
        </ul>
    }
}

/// Feeds that are not in order have their names; the others stand behind their agency's letters, each with its age.
#[component]
fn Feeds() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let wall = expect_context::<Wall>();
    let bad = move || {
        let n = wall.plan.get().bad_feeds;
        wall.feeds.with(|feeds| {
            let bad = feeds.iter().filter(|f| !is_good(f.light));
            bad.take(n).cloned().collect::<Vec<_>>()
        })
    };
    let good = move || {
        let n = wall.plan.get().good_feeds;
        wall.feeds.with(|feeds| {
            let mut by_org: BTreeMap<OrgId, Vec<FeedRow>> = BTreeMap::new();
            for f in feeds.iter().filter(|f| is_good(f.light)).take(n) {
                by_org.entry(f.org.clone()).or_default().push(f.clone());
            }
            by_org
        })
    };
    let rest = move || {
        let p = wall.plan.get();
        let all = wall.feeds.with(Vec::len);
        more(all.saturating_sub(p.bad_feeds + p.good_feeds))
    };
    view! {
        <ul class="wall-strip wall-feeds" aria-label=move || desk.w("nav.feeds")>
            {move || bad().into_iter().map(|f| named(desk, &f)).collect_view()}
            {move || good().into_iter().map(|(org, feeds)| group(desk, &org, &feeds)).collect_view()}
            {move || rest().map(|t| view! { <li class="wall-rest">{t}</li> })}
            <Show when=move || wall.feeds.with(Vec::is_empty)>
                <li class="none">{move || desk.w("feeds.none")}</li>
            </Show>
        </ul>
    }
}

/// The age of a feed, else why it has none.
fn told(desk: Desk, f: &FeedRow) -> String {
    let lang = desk.lang.get();
    f.last_heard.map_or_else(
        || desk.w(light_word(f.light).1),
        |t| age_step(lang, desk.now.get().secs_since(t)),
    )
}

fn named(desk: Desk, f: &FeedRow) -> impl IntoView + use<> {
    let (class, _) = light_word(f.light);
    view! {
        <li class=format!("feed named {class}")>
            <span class="light" aria-hidden="true"></span>
            <span class="feed-name">{f.name.get(desk.lang.get()).to_owned()}</span>
            <span class="feed-age">{told(desk, f)}</span>
        </li>
    }
}

fn group(desk: Desk, org: &OrgId, feeds: &[FeedRow]) -> impl IntoView + use<> {
    let lang = desk.lang.get();
    let badge = desk.centre.with(|c| c.badge(org, lang));
    let lights = feeds
        .iter()
        .map(|f| {
            let (class, _) = light_word(f.light);
            view! {
                <span class=format!("feed {class}") title=f.name.get(lang).to_owned()>
                    <span class="light" aria-hidden="true"></span>
                    <span class="feed-age">{told(desk, f)}</span>
                </span>
            }
        })
        .collect_view();
    view! { <li class="feed-group"><span class="badge">{badge}</span>{lights}</li> }
}

#[component]
fn ForcesLine() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let wall = expect_context::<Wall>();
    let line = move || {
        let lang = desk.lang.get();
        wall.forces
            .get()
            .into_iter()
            .map(|f| {
                let badge = desk.centre.with(|c| c.badge(&f.org, lang));
                let part = |n: u32, class: &'static str, key: &str| {
                    (n > 0).then(|| {
                        view! { <span class=class>{desk.say(key, &[("count", Arg::from(n))])}</span> }
                    })
                };
                view! {
                    <li>
                        <span class="badge">{badge}</span>
                        <span class="available">{f.available}</span>
                        {part(f.busy, "busy", "forces.busy")}
                        {part(f.out, "out", "forces.out")}
                        {part(f.unheard, "unheard", "forces.unheard")}
                    </li>
                }
            })
            .collect_view()
    };
    view! {
        <ul class="wall-strip wall-forces" aria-label=move || desk.w("nav.units")>
            <li class="wall-label">{move || desk.w("forces.free")}</li>
            {line}
        </ul>
    }
}

#[component]
fn LastChange() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let wall = expect_context::<Wall>();
    let text = move || {
        wall.last
            .get()
            .map_or_else(|| desk.w("change.none"), |c| said(desk, &c))
    };
    view! { <p class="wall-strip wall-last">{text}</p> }
}

/// A change in words.
fn said(desk: Desk, c: &Change) -> String {
    let lang = desk.lang.get();
    let what = match &c.what {
        What::New => desk.w("change.new"),
        What::Life => desk.w("change.life"),
        What::State(s) => {
            let state = desk.w(&format!("event_state.{}", state_name(*s)));
            desk.say("change.state", &[("state", Arg::from(&state))])
        }
        What::Impact(i) => {
            let impact = desk.w(&format!("impact.{}", impact_name(Some(*i))));
            desk.say("change.impact", &[("impact", Arg::from(&impact))])
        }
        What::Joined(org) => {
            let org = desk.centre.with(|centre| centre.badge(org, lang));
            desk.say("change.joined", &[("org", Arg::from(&org))])
        }
        What::Changed => desk.w("change.changed"),
    };
    let time = zone::clock(c.at, desk.zone.get());
    let kind = desk.type_name(c.type_code.as_ref());
    format!("{time}  {}  {what}: {kind}", c.short)
}
