//! The head: clocks, what mode the screen is in, language, who sits here; and the banner of a lost line.

use leptos::prelude::*;
use oneroof_model::Mode;

use crate::link::Line;
use crate::words::{Arg, Lang};

use super::desk::{Desk, Zone};
use super::threat::ThreatSign;
use super::{watchdog, zone};

/// The head of the screen.
#[component]
pub(crate) fn Head() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let name = move || {
        let lang = desk.lang.get();
        desk.centre
            .with(|c| c.name().map(|n| n.get(lang).to_owned()))
            .unwrap_or_default()
    };
    let known = move || desk.now.get().as_secs() > 0;
    let clock = move |z| {
        if known() {
            zone::clock(desk.now.get(), z)
        } else {
            "--:--:--".into()
        }
    };
    let pick = move |z: Zone| {
        view! {
            <button class="clock" class:chosen=move || desk.zone.get() == z
                aria-pressed=move || (desk.zone.get() == z).to_string()
                title=move || desk.w(if z == Zone::Kyiv { "time.show_local" } else { "time.show_utc" })
                on:click=move |_| desk.zone.set(z)>
                <span class="time">{move || clock(z)}</span>
                <span class="zone">{move || desk.w(if z == Zone::Kyiv { "time.kyiv" } else { "time.utc" })}</span>
            </button>
        }
    };
    let tongue = move |lang: Lang, label: &'static str| {
        view! {
            <button class:chosen=move || desk.lang.get() == lang
                aria-pressed=move || (desk.lang.get() == lang).to_string()
                on:click=move |_| desk.lang.set(lang)>{label}</button>
        }
    };
    let officer = move || {
        desk.officer.get().map_or_else(
            || desk.w("officer.none"),
            |o| {
                let lang = desk.lang.get();
                format!(
                    "{} · {}",
                    o.name,
                    desk.centre.with(|c| c.badge(&o.org, lang))
                )
            },
        )
    };
    view! {
        <header class="head">
            <div class="name"><strong>"OneRoof"</strong><span>{name}</span></div>
            <div class="clocks">
                {pick(Zone::Kyiv)} {pick(Zone::Utc)}
                <span class="day">{move || if known() { zone::day(desk.now.get(), desk.zone.get()) } else { String::new() }}</span>
            </div>
            <ThreatSign/>
            <ModeBanner/>
            <LineLight/>
            <div class="tongues" role="group">{tongue(Lang::Uk, "УКР")} {tongue(Lang::En, "ENG")}</div>
            <button class="officer" on:click=move |_| desk.asking.set(true)>{officer}</button>
            <button class="help" title=move || desk.w("help.title")
                on:click=move |_| desk.help.update(|h| *h = !*h)>"?"</button>
        </header>
    }
}

/// DEMO, RECORDED, EXERCISE: what is shown is not what happens.
#[component]
pub(crate) fn ModeBanner() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let words = move || {
        let mut keys = Vec::new();
        match desk.mode.get() {
            Mode::Actual => {}
            Mode::Exercise => keys.push("banner.exercise"),
            Mode::Test => keys.push("banner.test"),
        }
        match desk.banner.get().as_deref() {
            Some("demo") => keys.push("banner.demo"),
            // A capture is played beside the demonstration's made-up agencies: both are said.
            Some("recorded") => keys.extend(["banner.demo", "banner.recorded"]),
            _ => {}
        }
        if keys.is_empty() {
            return None;
        }
        Some(
            keys.into_iter()
                .map(|k| desk.w(k))
                .collect::<Vec<_>>()
                .join(" · "),
        )
    };
    move || words().map(|w| view! { <strong class="mode" role="status">{w}</strong> })
}

/// The line in one word, with what it costs: positions skipped, a doubtful clock, a newer version.
#[component]
pub(crate) fn LineLight() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let state = move || match desk.line.get() {
        Line::Connecting => "connecting",
        Line::Live => "live",
        Line::Lost(_) | Line::Grey(_) => "lost",
    };
    let notes = move || {
        let mut out = Vec::new();
        let skipped = desk.skipped.get();
        if skipped > 0 {
            out.push(desk.say("line.skipped", &[("count", Arg::from(skipped))]));
        }
        if desk.clock_suspect.get() {
            out.push(desk.w("line.clock_suspect"));
        }
        if desk.reload.get() {
            out.push(desk.w("line.reload"));
        }
        out.extend(watchdog::troubles(&desk));
        out.join(" · ")
    };
    view! {
        <div class="line" data-state=state>
            <span class="mark" aria-hidden="true"></span>
            <span>{move || desk.w(&format!("line.{}", state()))}</span>
            <span class="notes">{notes}</span>
        </div>
    }
}

/// Across the screen when the line is lost: seconds count, the picture is the last one.
#[component]
pub(crate) fn LineBanner() -> impl IntoView {
    let desk = expect_context::<Desk>();
    move || {
        let (Line::Lost(s) | Line::Grey(s)) = desk.line.get() else {
            return None;
        };
        Some(view! {
            <div class="lost" role="alert">
                <strong>{desk.say("banner.lost", &[("seconds", Arg::from(s))])}</strong>
                <span>{desk.w("banner.reconnecting")}</span>
            </div>
        })
    }
}
