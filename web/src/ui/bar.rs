//! The bar on the map: whether the map is held, the coordinates under the pointer, what a tool measures.

use leptos::prelude::*;

use crate::map::measure::{course_text, legs};
use crate::words::Arg;

use super::area_form::read_out;
use super::desk::Desk;
use super::hands::Tool;

/// The bar.
#[component]
pub(crate) fn MapBar() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let hands = desk.hands;
    let lock = move || {
        let held = hands.held.get();
        let (word, why) = if held {
            ("map.held", "map.held.why")
        } else {
            ("map.follows", "map.follows.why")
        };
        let (word, why) = hands.tracks.followed_name().map_or_else(
            || (desk.w(word), desk.w(why)),
            |name| {
                let word = desk.say("track.following", &[("name", Arg::from(&name))]);
                (word, desk.w("track.following.why"))
            },
        );
        view! {
            <button class="lock" class:held=held aria-pressed=held.to_string() title=why
                on:click=move |_| hands.toggle_hold()>
                <span class="lock-sign" aria-hidden="true"></span>{word} <kbd>"L"</kbd>
            </button>
        }
    };
    let coordinates = move || {
        let form = hands.form.get();
        let text = hands
            .pointer
            .get()
            .map_or_else(|| "\u{2014}".to_owned(), |at| form.write(at));
        view! {
            <button class="coordinates" title=desk.w("act.coordinates") on:click=move |_| hands.next_form()>
                <span class="form">{form.name()}</span><span class="at">{text}</span> <kbd>"G"</kbd>
            </button>
        }
    };
    view! {
        <div class="map-bar">
            {lock}
            {coordinates}
            <Measured/>
        </div>
    }
}

/// What the tool in hand says.
#[component]
fn Measured() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let hands = desk.hands;
    move || match hands.tool.get() {
        Tool::Pick => {
            Some(view! { <p class="tool" role="status">{desk.w("map.pick")}</p> }.into_any())
        }
        Tool::Pair => {
            Some(view! { <p class="tool" role="status">{desk.w("cpa.choose")}</p> }.into_any())
        }
        Tool::Here => {
            Some(view! { <p class="tool" role="status">{desk.w("here.pick")}</p> }.into_any())
        }
        Tool::Measure => {
            let path = hands.path.get();
            let said = legs(&path);
            let Some(last) = said.last() else {
                return Some(
                    view! { <p class="tool" role="status">{desk.w("map.measure")}</p> }.into_any(),
                );
            };
            let leg = desk.say(
                "map.measure.leg",
                &[
                    ("distance_m", Arg::from(last.distance_m)),
                    ("course", Arg::from(&course_text(last.bearing_deg))),
                ],
            );
            let total = (said.len() > 1).then(|| {
                let sum = desk.say(
                    "map.measure.total",
                    &[("distance_m", Arg::from(last.total_m))],
                );
                format!(" · {sum}")
            });
            Some(view! { <p class="tool" role="status">{leg}{total}</p> }.into_any())
        }
        Tool::Choose => drawn(desk),
    }
}

/// What the area that is being drawn measures so far, the pointer included.
fn drawn(desk: Desk) -> Option<AnyView> {
    let open = desk
        .hands
        .areas
        .sketch
        .with(|s| s.as_ref().map(|s| (s.open, s.kind)))?;
    let pointer = desk.hands.pointer.get().filter(|_| open.0);
    let text = read_out(desk, pointer).unwrap_or_else(|| desk.w(open.1.hint_key()));
    Some(view! { <p class="tool">{text}</p> }.into_any())
}
