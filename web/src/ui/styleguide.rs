//! The style guide (`/styleguide`): all tokens, the type, and the components in their states, drawn by the style sheet and the
//! components of the screens themselves. Only in a client that was built with the feature `styleguide`.

use leptos::context::Provider;
use leptos::prelude::*;
use oneroof_model::{CommandBody, CommandId, EventState};

use crate::guide::{GROUNDS, INKS, MAP, centre, now, picture};
use crate::link::Line;
use crate::map::palette::Tone;
use crate::officer::Officer;
use crate::order::{Order, Outcome};

use super::bar::MapBar;
use super::desk::{Desk, Selection};
use super::head::{Head, LineBanner};
use super::list::PriorityList;
use super::map::set_tone;
use super::orders::OrderNotes;
use super::question::QuestionCard;
use super::strip::Strip;
use super::threat::Threats;
use super::{set_root, zone};

/// A state in which components are shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing was heard yet.
    Loading,
    /// There is nothing.
    Empty,
    /// One of each thing.
    Full,
    /// The line is lost: the picture is old.
    Stale,
    /// Commands were refused.
    Error,
}

impl State {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Loading, "Loading"),
        (Self::Empty, "Empty"),
        (Self::Full, "Full"),
        (Self::Stale, "Stale"),
        (Self::Error, "Error"),
    ];

    /// A desk in this state.
    fn desk(self) -> Desk {
        let desk = Desk::new();
        desk.centre.set(centre());
        desk.officer.set(None);
        desk.line.set(match self {
            Self::Loading => Line::Connecting,
            Self::Stale => Line::Grey(14),
            _ => Line::Live,
        });
        if self != Self::Loading {
            desk.now.set(now());
        }
        if matches!(self, Self::Full | Self::Stale | Self::Error) {
            *desk.held().picture.borrow_mut() = picture();
            desk.version.update(|v| *v += 1);
        }
        if self == Self::Full {
            let first = desk.rows.with_untracked(|r| r.first().map(|r| r.id));
            desk.selected.set(first.map(Selection::Event));
        }
        if self == Self::Error {
            desk.orders.set(orders(desk));
        }
        desk
    }
}

/// A command in each of its ends.
fn orders(desk: Desk) -> Vec<Order> {
    let Some(event) = desk.rows.with_untracked(|r| r.first().map(|r| r.id)) else {
        return Vec::new();
    };
    let Some(officer) = Officer::new("A. Sample", "BG") else {
        return Vec::new();
    };
    let ends = [
        Outcome::Pending,
        Outcome::Conflict {
            expected: 1,
            current: Some(2),
        },
        Outcome::Refused {
            code: "not_allowed".to_owned(),
            detail: "closed".to_owned(),
        },
        Outcome::Unknown,
    ];
    let order = |outcome| {
        let id = CommandId(zone::new_uuid(Some(now()))?);
        let body = CommandBody::SetState {
            event,
            state: EventState::Resolved,
            reason: None,
        };
        let mut order = Order::new(id, officer.actor(), Some(1), body);
        order.outcome = outcome;
        Some(order)
    };
    ends.into_iter().filter_map(order).collect()
}

/// The page.
#[component]
pub(crate) fn GuideApp() -> impl IntoView {
    let desk = Desk::new();
    provide_context(desk);
    Threats::provide(desk);
    Effect::new(move |_| {
        let tone = desk.hands.tone.get();
        set_tone(tone);
        set_root("data-tone", tone.name());
        set_root("lang", desk.lang.get().tag());
        set_root("data-guide", "1");
    });
    view! {
        <main class="guide">
            <h1>"OneRoof style guide"</h1>
            <p class="quiet">"Tokens, type and components as the screens have them, in one palette at a time."</p>
            <Tones/>
            <Tokens/>
            <Type/>
            <Controls/>
            {State::ALL.map(|(state, name)| view! { <Shown state name/> })}
        </main>
    }
}

/// Which palette is shown.
#[component]
fn Tones() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let button = move |tone: Tone| {
        let on = move || desk.hands.tone.get() == tone;
        view! {
            <button class:chosen=on aria-pressed=move || on().to_string()
                on:click=move |_| desk.hands.tone.set(tone)>{tone.name()}</button>
        }
    };
    view! {
        <div class="guide-row" role="group" aria-label="Palette">{[Tone::Night, Tone::Day, Tone::Dim].map(button)}</div>
    }
}

/// The colours by name.
#[component]
fn Tokens() -> impl IntoView {
    let swatches = |title: &'static str, names: &'static [&'static str]| {
        let one = |name: &&'static str| {
            let colour = format!("background: var(--{name})");
            view! { <li><span class="swatch" style=colour></span><code>{format!("--{name}")}</code></li> }
        };
        view! { <section><h2>{title}</h2><ul class="swatches">{names.iter().map(one).collect_view()}</ul></section> }
    };
    view! {
        {swatches("Grounds", &GROUNDS)}
        {swatches("Inks", &INKS)}
        {swatches("Lines of an own map", &MAP)}
    }
}

/// The scale of the type, and the spaces.
#[component]
fn Type() -> impl IntoView {
    view! {
        <section>
            <h2>"Type and spaces"</h2>
            <h2>"Heading 2: 1.15 rem, 600"</h2>
            <h3>"Heading 3: 1.05 rem, 600"</h3>
            <p>"Body: 1 rem, 400. Кордон, чергова зміна, 02:45:07."</p>
            <p class="quiet">"Quiet: what is not the matter now."</p>
            <p><code>"Mono: 35U LQ 43 71"</code> <kbd>"K"</kbd></p>
            <p class="warn">"Warning: late, doubtful, in part."</p>
            <p class="guide-row"><span class="space gap"></span><code>"--gap"</code><span class="space radius"></span><code>"--radius"</code></p>
        </section>
    }
}

/// Buttons, fields, badges, marks.
#[component]
fn Controls() -> impl IntoView {
    const MARKS: [&str; 9] = [
        "ubc", "cbc", "bcp", "mar", "air", "sec", "cri", "sys", "oth",
    ];
    const IMPACTS: [&str; 5] = ["none", "low", "medium", "high", "very_high"];
    view! {
        <section>
            <h2>"Controls and signs"</h2>
            <p class="guide-row">
                <button>"Button"</button><button class="chosen">"Chosen"</button><button disabled>"Disabled"</button>
                <span class="answers"><button class="yes">"Yes"</button><button class="no">"No"</button></span>
                <span class="badge">"BG"</span><span class="at-risk">"Life at risk"</span>
            </p>
            <p class="guide-row">
                <label>"Field " <input value="48.1234, 24.5678"/></label>
                <label>"Empty " <input placeholder="place"/></label>
                <label>"List " <select><option>"One"</option></select></label>
            </p>
            <p class="guide-row">{MARKS.map(|m| view! { <span class=format!("mark {m} high")></span> })}</p>
            <p class="guide-row">{IMPACTS.map(|i| view! { <span class=format!("mark cri {i}")></span> })}<span class="mark ring"></span></p>
        </section>
    }
}

/// The components in one state.
#[component]
fn Shown(state: State, name: &'static str) -> impl IntoView {
    let desk = state.desk();
    let class = if state == State::Stale {
        "guide-state grey cut"
    } else {
        "guide-state"
    };
    view! {
        <section class=class data-state=name aria-label=name>
            <h2>{name}</h2>
            <Provider value=desk>
                <div class="guide-box"><Head/></div>
                <div class="guide-box guide-banner"><LineBanner/></div>
                <div class="guide-columns">
                    <div class="guide-box left"><PriorityList/><QuestionCard/></div>
                    <div class="guide-box guide-orders"><OrderNotes/><MapBar/></div>
                </div>
                <div class="guide-box"><Strip/></div>
            </Provider>
        </section>
    }
}
