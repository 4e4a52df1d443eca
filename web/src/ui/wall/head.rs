//! The wall's head: the time first, then what kind of picture this is, then whether it is alive.

use leptos::prelude::*;
use oneroof_model::Time;

use crate::ui::desk::{Desk, Zone};
use crate::ui::head::{LineLight, ModeBanner};
use crate::ui::zone;

/// The head.
#[component]
pub(crate) fn Head() -> impl IntoView {
    let desk = expect_context::<Desk>();
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
    view! {
        <header class="wall-head">
            <strong class="wall-time">{move || clock(Zone::Kyiv)}</strong>
            <span class="wall-zone">{move || desk.w("time.kyiv")}</span>
            <span class="wall-utc">{move || clock(Zone::Utc)}" "{move || desk.w("time.utc")}</span>
            <span class="wall-day">{day}</span>
            <ModeBanner/>
            <LineLight/>
        </header>
    }
}
