//! The wall's settings: from where it is read, its palette, its views and their tour. `S` opens them.

use leptos::prelude::*;
use oneroof_wire::wall::is_name;
use web_sys::SubmitEvent;

use super::Wall;
use crate::map::palette::Tone;
use crate::ui::desk::Desk;
use crate::view::legible::{TEXT_ARCMIN, Viewing};
use crate::wall::{MAX_VIEWS, Settings, TOUR_S, View};
use crate::words::{Arg, Lang, number};

/// The form.
#[component]
pub(crate) fn Dialog() -> impl IntoView {
    let wall = expect_context::<Wall>();
    view! { <Show when=move || wall.open.get()><Form/></Show> }
}

/// What is typed, before it is taken.
#[derive(Clone, Copy)]
struct Typed {
    name: RwSignal<String>,
    distance_m: RwSignal<String>,
    mm_per_px: RwSignal<String>,
    tone: RwSignal<String>,
    lang: RwSignal<String>,
    tour_s: RwSignal<String>,
}

fn parsed(text: RwSignal<String>) -> Option<f64> {
    text.get().trim().replace(',', ".").parse().ok()
}

impl Typed {
    fn of(wall: Wall) -> Self {
        let (s, width) = (wall.settings.get_untracked(), wall.size.get_untracked().0);
        let v = s.viewing(width);
        Self {
            name: RwSignal::new(s.name),
            distance_m: RwSignal::new(v.distance_m.to_string()),
            mm_per_px: RwSignal::new(v.mm_per_px.to_string()),
            tone: RwSignal::new(s.tone),
            lang: RwSignal::new(s.lang),
            tour_s: RwSignal::new(s.tour_s.to_string()),
        }
    }

    fn viewing(self) -> Option<Viewing> {
        Viewing::said(parsed(self.distance_m)?, parsed(self.mm_per_px)?)
    }

    fn settings(self, before: &Settings) -> Option<Settings> {
        let v = self.viewing()?;
        let name = self.name.get().trim().to_owned();
        let tour_s = self.tour_s.get().trim().parse().ok()?;
        is_name(&name).then(|| Settings {
            name,
            distance_m: Some(v.distance_m),
            mm_per_px: Some(v.mm_per_px),
            tone: self.tone.get(),
            lang: self.lang.get(),
            tour_s,
            views: before.views.clone(),
        })
    }
}

#[component]
fn Form() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let wall = expect_context::<Wall>();
    let typed = Typed::of(wall);
    let field = move |label: &'static str, value: RwSignal<String>| {
        view! {
            <label>
                {move || desk.w(label)}
                <input prop:value=value on:input=move |e| value.set(event_target_value(&e))/>
            </label>
        }
    };
    let size = move || {
        let lang = desk.lang.get();
        typed.viewing().map_or_else(
            || desk.w("wall.impossible"),
            |v| {
                let px = number(lang, v.type_px(TEXT_ARCMIN), 0);
                let angle = number(lang, TEXT_ARCMIN, 0);
                desk.say(
                    "wall.type_size",
                    &[("px", Arg::from(&px)), ("arcmin", Arg::from(&angle))],
                )
            },
        )
    };
    let save = move |e: SubmitEvent| {
        e.prevent_default();
        let before = wall.settings.get_untracked();
        if let Some(after) = typed.settings(&before) {
            let renamed = after.name != before.name;
            wall.set(after);
            wall.open.set(false);
            if renamed && let Some(w) = web_sys::window() {
                // The server knows the wall by its name from the beginning of its line on.
                w.location().reload().ok();
            }
        }
    };
    view! {
        <div class="veil">
            <form class="box wall-settings" on:submit=save role="dialog" aria-label=move || desk.w("wall.settings")>
                <h2>{move || desk.w("wall.settings")}</h2>
                {field("wall.name", typed.name)}
                {field("wall.distance", typed.distance_m)}
                {field("wall.pixel", typed.mm_per_px)}
                <p>{size}</p>
                <div class="wall-choices">
                    {choice(desk, typed.tone, Tone::ALL.map(|t| (t.name(), tone_key(t))))}
                    {choice(desk, typed.lang, [(Lang::Uk.tag(), "lang.uk"), (Lang::En.tag(), "lang.en")])}
                </div>
                <Views/>
                {field("wall.tour", typed.tour_s)}
                <div class="buttons">
                    <button type="submit" class="yes">{move || desk.w("action.save")}</button>
                    <button type="button" on:click=move |_| wall.open.set(false)>{move || desk.w("action.close")}</button>
                </div>
            </form>
        </div>
    }
}

const fn tone_key(t: Tone) -> &'static str {
    match t {
        Tone::Night => "tone.night",
        Tone::Day => "tone.day",
        Tone::Dim => "tone.dim",
    }
}

fn choice<const N: usize>(
    desk: Desk,
    value: RwSignal<String>,
    choices: [(&'static str, &'static str); N],
) -> impl IntoView {
    view! {
        <div class="buttons" role="group">
            {choices.into_iter().map(|(v, key)| view! {
                <button type="button" class:chosen=move || value.get() == v
                    aria-pressed=move || (value.get() == v).to_string()
                    on:click=move |_| value.set(v.to_owned())>{move || desk.w(key)}</button>
            }).collect_view()}
        </div>
    }
}

/// The saved views: the first is where the wall begins.
#[component]
fn Views() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let wall = expect_context::<Wall>();
    let change = move |f: &dyn Fn(&mut Settings)| {
        let mut s = wall.settings.get_untracked();
        f(&mut s);
        wall.set(s);
    };
    let save = move |_| {
        if let Some((at, zoom)) = desk.stage().and_then(|s| s.view()) {
            change(&|s: &mut Settings| {
                if s.views.len() < MAX_VIEWS {
                    s.views.push(View {
                        lat: at.lat(),
                        lon: at.lon(),
                        zoom,
                    });
                }
                if s.views.len() == 2 && s.tour_s == 0 {
                    s.tour_s = TOUR_S;
                }
            });
        }
    };
    let go = move |v: View| {
        if let (Some(stage), Ok(at)) = (desk.stage(), oneroof_model::LatLon::new(v.lat, v.lon)) {
            stage.go(at, v.zoom);
        }
    };
    view! {
        <div class="wall-views">
            <span>{move || desk.w("wall.views")}</span>
            {move || wall.settings.with(|s| s.views.clone()).into_iter().enumerate().map(|(i, v)| view! {
                <span class="wall-view">
                    <button type="button" on:click=move |_| go(v)>{i + 1}</button>
                    <button type="button" title=move || desk.w("action.remove")
                        on:click=move |_| change(&|s: &mut Settings| { s.views.remove(i); })>"×"</button>
                </span>
            }).collect_view()}
            <button type="button" on:click=save>{move || desk.w("wall.save_view")}</button>
        </div>
    }
}
