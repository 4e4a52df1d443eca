//! Weather at the desk: the legend of the layer, and what the place of an event has.

use leptos::prelude::*;
use oneroof_model::{Freshness, LatLon};

use crate::view::weather::{counts, nearest, words};
use crate::words::Arg;

use super::desk::Desk;

/// The map is drawn anew where the layer comes or goes.
pub(crate) fn start(desk: Desk) {
    Effect::new(move |_| {
        desk.hands.weather.track();
        if let Some(stage) = desk.stage() {
            stage.picture_changed();
        }
    });
}

/// The legend: how many readings of which age, and what the signs mean.
#[component]
pub(crate) fn WeatherLegend() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let now = Memo::new(move |_| desk.now.get().as_secs() / 10);
    let said = move || {
        desk.version.track();
        now.track();
        let at = desk.now.get_untracked();
        let c = desk.with_picture(|p| counts(p, at));
        if c.fresh + c.stale + c.lost == 0 {
            return desk.w("weather.none_at_all");
        }
        desk.say(
            "weather.counts",
            &[
                ("fresh", Arg::from(c.fresh)),
                ("stale", Arg::from(c.stale)),
                ("lost", Arg::from(c.lost)),
                ("fog", Arg::from(c.fog)),
            ],
        )
    };
    view! {
        <section class="weather-legend">
            <header><h3>{move || desk.w("weather.title")}</h3>
                <button title=move || desk.w("action.close_panel") on:click=move |_| desk.hands.weather.set(false)>"✕"</button></header>
            <p role="status">{said}</p>
            <p class="quiet">{move || desk.w("weather.legend")}</p>
        </section>
    }
}

/// What the place of an event has: the nearest reading with its distance and age, or that there is none.
pub(crate) fn line(desk: Desk, at: Option<LatLon>) -> Option<impl IntoView> {
    let at = at?;
    let told = move || {
        desk.version.track();
        let (lang, now) = (desk.lang.get(), desk.now.get());
        let near = desk.with_picture(|p| nearest(p, at, now));
        let Some(near) = near else {
            return (desk.w("weather.none"), None);
        };
        let age_s = now.secs_since(near.view.at);
        if near.freshness == Freshness::Lost {
            let lost = desk.say("weather.lost", &[("age_s", Arg::from(age_s))]);
            return (lost, None);
        }
        let args = [
            ("distance_m", Arg::from(near.distance_m)),
            ("age_s", Arg::from(age_s)),
        ];
        let mut away = desk.say("weather.away", &args);
        if near.freshness == Freshness::Stale {
            away = format!("{away} · {}", desk.w("weather.stale"));
        }
        (words(lang, &near.view.values), Some(away))
    };
    let told = Memo::new(move |_| told());
    Some(view! {
        <dt>{desk.w("weather.title")}</dt>
        <dd class="weather">{move || told.get().0}{move || told.get().1.map(|away| view! { <br/><span class="quiet">{away}</span> })}</dd>
    })
}
