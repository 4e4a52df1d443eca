//! On the card of a track: what can be done with it, and how near another one comes.

use leptos::prelude::*;

use crate::acts::Act;
use crate::map::cpa::{Approach, Pair, mover, pair};
use crate::map::measure::course_text;
use crate::view::tracks::card;
use crate::words::{Arg, Lang, distance, number};

use super::acts;
use super::desk::Desk;
use super::hands::Tool;
use super::thing::name_of;

/// Metres of a nautical mile.
const NM: f64 = 1_852.0;

/// The pair as it is now; `None` where one of them has no position or left the picture.
pub(crate) fn pair_now(desk: Desk, first: u32, second: u32) -> Option<Pair> {
    let now = desk.server_now()?;
    desk.with_picture(|p| {
        let known = |h| p.tracks.get(&h).and_then(|t| mover(t, now));
        Some(pair(&known(first)?, &known(second)?, now))
    })
}

/// A distance in metres or kilometres, and in nautical miles: `1.2 km (0.65 nm)`.
pub(crate) fn both_distances(lang: Lang, metres: f64) -> String {
    let unit = lang.pick("мор. миль", "nm");
    format!(
        "{} ({}\u{a0}{unit})",
        distance(lang, metres),
        number(lang, metres / NM, 2)
    )
}

/// What comes of the pair, as a sentence and whether it is a warning.
fn said(desk: Desk, approach: &Approach) -> Vec<(String, String)> {
    let lang = desk.lang.get();
    match approach {
        Approach::Ahead(c) => vec![
            (desk.w("cpa.cpa"), both_distances(lang, c.distance_m)),
            (
                desk.w("cpa.tcpa"),
                desk.say("cpa.in", &[("in_s", Arg::from(c.in_s))]),
            ),
        ],
        Approach::Passed(c) => vec![(
            desk.w("cpa.cpa"),
            desk.say("cpa.passed", &[("age_s", Arg::from(-c.in_s))]),
        )],
        Approach::Parallel => vec![(desk.w("cpa.cpa"), desk.w("cpa.parallel"))],
        Approach::Later => vec![(desk.w("cpa.cpa"), desk.w("cpa.later"))],
        Approach::Unknown(why) => vec![(desk.w("cpa.cpa"), desk.w(why.key()))],
    }
}

/// Buttons and the pair.
#[component]
pub(crate) fn PairPart(handle: u32) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let (hands, tools) = (desk.hands, desk.hands.tracks);
    let choosing = move || hands.tool.get() == Tool::Pair;
    let follows = move || tools.followed_name().is_some();
    let part = move || {
        let second = tools.second.get()?;
        desk.now.track();
        let lang = desk.lang.get();
        let name = desk.with_picture(|p| card(p, second).map(|c| name_of(&c)));
        let Some((name, p)) = name.zip(pair_now(desk, handle, second)) else {
            return Some(view! { <p class="warn">{desk.w("cpa.gone")}</p> }.into_any());
        };
        let now = desk.say(
            "cpa.now.value",
            &[
                ("distance", Arg::from(&both_distances(lang, p.distance_m))),
                ("course", Arg::from(&course_text(p.bearing_deg))),
            ],
        );
        let rows = [(desk.w("cpa.now"), now)]
            .into_iter()
            .chain(said(desk, &p.approach))
            .map(|(k, v)| view! { <dt>{k}</dt><dd>{v}</dd> })
            .collect_view();
        let basis = desk.say("cpa.basis", &[("age_s", Arg::from(p.oldest_s))]);
        Some(
            view! {
                <section class="pair" aria-label=desk.w("cpa.title")>
                    <h3>{desk.say("cpa.with", &[("name", Arg::from(&name))])}
                        <button title=desk.w("action.close_panel") on:click=move |_| tools.second.set(None)>"✕"</button></h3>
                    <dl class="facts-list">{rows}</dl>
                    <p class="quiet">{basis}</p>
                </section>
            }
            .into_any(),
        )
    };
    view! {
        <div class="track-acts">
            <button class:chosen=choosing aria-pressed=move || choosing().to_string()
                on:click=move |_| acts::perform(desk, Act::Pair)>{move || desk.w("cpa.title")} <kbd>"X"</kbd></button>
            <button class:chosen=follows aria-pressed=move || follows().to_string()
                on:click=move |_| acts::perform(desk, Act::FollowTrack)>{move || desk.w("track.follow")} <kbd>"O"</kbd></button>
        </div>
        {part}
    }
}
