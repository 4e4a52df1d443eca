//! The wall's head: the time first, then the threat state, then what kind of picture this is, then whether it is alive. What
//! finds no room is left out whole, never cut: the day first.

use leptos::prelude::*;
use oneroof_model::{Mode, Time};

use super::Wall;
use crate::ui::desk::{Desk, Zone};
use crate::ui::head::{LineLight, ModeBanner};
use crate::ui::threat::{Said, Threats, said};
use crate::ui::zone;
use crate::view::legible::{HeadPlan, HeadTexts, head};

/// The head.
#[component]
pub(crate) fn Head() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let wall = expect_context::<Wall>();
    let threats = expect_context::<Threats>();
    let known = move || desk.now.get() != Time::EPOCH;
    let clock = move |z| {
        if known() {
            zone::clock(desk.now.get(), z)
        } else {
            "--:--:--".to_owned()
        }
    };
    let day = move || {
        if known() {
            zone::day(desk.now.get(), Zone::Kyiv)
        } else {
            String::new()
        }
    };
    let said = Memo::new(move |_| said(desk, &threats.summary.get()));
    let plan = Memo::new(move |_| {
        let signs = |text: Option<&String>| text.map_or(0, |t| t.chars().count());
        let banner = desk.mode.get() != Mode::Actual || desk.banner.with(Option::is_some);
        said.with(|s| {
            let s = s.as_ref();
            head(
                wall.width(),
                &HeadTexts {
                    day: day().chars().count(),
                    threat: signs(s.map(|s| &s.state)),
                    age: signs(s.and_then(|s| s.age.as_ref())),
                    rest: signs(s.and_then(|s| s.rest.as_ref())),
                    banner,
                },
            )
        })
    });
    let shown = move |of: fn(&HeadPlan) -> bool| plan.with(of);
    view! {
        <header class="wall-head">
            <strong class="wall-time">{move || clock(Zone::Kyiv)}</strong>
            <Show when=move || shown(|p| p.zone)><span class="wall-zone">{move || desk.w("time.kyiv")}</span></Show>
            <Show when=move || shown(|p| p.utc)>
                <span class="wall-utc">{move || clock(Zone::Utc)}" "{move || desk.w("time.utc")}</span>
            </Show>
            <Show when=move || shown(|p| p.day)><span class="wall-day">{day}</span></Show>
            {move || said.get().map(|s| threat(&s, plan.get()))}
            <ModeBanner/>
            <LineLight/>
        </header>
    }
}

fn threat(s: &Said, plan: HeadPlan) -> impl IntoView + use<> {
    let age = s.age.clone().filter(|_| plan.age);
    let rest = s.rest.clone().filter(|_| plan.rest);
    view! {
        <span class=format!("wall-threat {}", s.class)>
            <strong>{s.state.clone()}</strong>
            {age.map(|t| view! { <span>{t}</span> })}
            {rest.map(|t| view! { <span>{t}</span> })}
        </span>
    }
}
