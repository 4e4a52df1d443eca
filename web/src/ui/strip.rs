//! The strip below: a light for each feed with its age, the state of sections and crossing points in numbers.

use leptos::prelude::*;
use oneroof_wire::Entity;

use crate::view::feeds::{FeedRow, Light, feed_rows};
use crate::view::places::{BcpState, SectionTint, bcp_state, tint};
use crate::words::{Arg, age, number};

use super::desk::Desk;

/// The strip.
#[component]
pub(crate) fn Strip() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let feeds = Memo::new(move |_| {
        desk.version.track();
        let now = desk.now.get();
        desk.with_picture(|p| feed_rows(p, now))
    });
    view! {
        <footer class="strip">
            <ul class="feeds" aria-label=move || desk.w("nav.feeds")>
                <Show when=move || feeds.with(Vec::is_empty)><li class="none">{move || desk.w("feeds.none")}</li></Show>
                {move || feeds.get().into_iter().map(|f| feed_light(desk, &f)).collect_view()}
            </ul>
            <Numbers/>
        </footer>
    }
}

/// The class of a light and the key of its word.
pub(crate) const fn light_word(light: Light) -> (&'static str, &'static str) {
    match light {
        Light::Fresh => ("fresh", "freshness.fresh"),
        Light::Stale => ("stale", "freshness.stale"),
        Light::Lost => ("lost", "freshness.lost"),
        Light::Down => ("down", "light.down"),
        Light::Paused => ("paused", "light.paused"),
        Light::Waiting => ("waiting", "light.starting"),
    }
}

fn feed_light(desk: Desk, feed: &FeedRow) -> impl IntoView + use<> {
    let lang = desk.lang.get();
    let (class, key) = light_word(feed.light);
    // A dash leaves room for the name; the title says it in words.
    let heard = feed.last_heard.map_or_else(
        || "\u{2013}".to_owned(),
        |t| age(lang, desk.now.get().secs_since(t)),
    );
    let badge = desk.centre.with(|c| c.badge(&feed.org, lang));
    let title = [
        Some(feed.id.clone()),
        feed.last_heard.is_none().then(|| desk.w("feed.never")),
        Some(desk.say("feed.rate", &[("rate", Arg::from(feed.rate_per_s))])),
        (feed.reject_rate > 0.0)
            .then(|| desk.say("feed.rejects", &[("share", Arg::from(feed.reject_rate))])),
        (feed.quarantined > 0).then(|| {
            desk.say(
                "feed.quarantined",
                &[("count", Arg::from(feed.quarantined))],
            )
        }),
        feed.error
            .as_ref()
            .map(|e| desk.say("feed.error", &[("error", Arg::from(e))])),
    ]
    .into_iter()
    .flatten()
    .collect::<Vec<_>>()
    .join("\n");
    let quarantined = (feed.quarantined > 0).then(|| format!("⚠ {}", feed.quarantined));
    view! {
        <li class=format!("feed {class}") title=title>
            <span class="light" aria-hidden="true"></span>
            <span class="badge">{badge}</span>
            <span class="feed-name">{feed.name.get(lang).to_owned()}</span>
            <span class="feed-age">{heard}</span>
            <span class="feed-word">{(feed.light != Light::Fresh).then(|| desk.w(key))}</span>
            <span class="feed-quarantine">{quarantined}</span>
        </li>
    }
}

/// Tracks, sections that are abnormal, crossing points that are not open.
#[component]
fn Numbers() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let text = move || {
        desk.version.track();
        desk.now.track();
        let lang = desk.lang.get();
        desk.with_picture(|p| {
            let tracks = p.tracks.values().filter(|t| t.row.is_some()).count();
            let (mut abnormal, mut limited, mut closed) = (0u32, 0u32, 0u32);
            for e in p.entities.values() {
                match e {
                    Entity::Section(s) if tint(s.level) != SectionTint::Quiet => abnormal += 1,
                    Entity::Bcp(b) => match bcp_state(&b.status) {
                        BcpState::Limited => limited += 1,
                        BcpState::Closed => closed += 1,
                        BcpState::Open | BcpState::Unknown => {}
                    },
                    _ => {}
                }
            }
            let n = |v: u32| number(lang, v.into(), 0);
            [
                desk.say("tracks.count", &[("count", Arg::from(tracks))]),
                format!("{}: {}", desk.w("strip.sections"), n(abnormal)),
                format!(
                    "{}: {} / {}",
                    desk.w("strip.crossing_points"),
                    n(limited),
                    n(closed)
                ),
            ]
        })
    };
    view! { <ul class="numbers">{move || text().map(|t| view! { <li>{t}</li> })}</ul> }
}
