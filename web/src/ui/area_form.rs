//! The form of an area that is being drawn or changed. Everything that the mouse does on the map is done here by keyboard.

use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use oneroof_model::{AreaPurpose, EventId, LatLon, Time};
use web_sys::SubmitEvent;

use crate::areas::sketch::{Kind, Sketch, length_text, read_length, read_point};
use crate::areas::{purpose_key, size_text};
use crate::call::{CallPlace, suggest_places};
use crate::view::places::anchor;
use crate::when;
use crate::words::distance;

use super::area_tools::{fault_text, save};
use super::desk::{Desk, Selection};
use super::fields::{Choice, Combo};
use super::zone;

/// Reads a part of the sketch; the default where nothing is drawn.
fn of<T: Default>(desk: Desk, f: impl FnOnce(&Sketch) -> T) -> T {
    desk.hands
        .areas
        .sketch
        .with(|s| s.as_ref().map(f))
        .unwrap_or_default()
}

/// What is typed and not yet taken into the sketch.
#[derive(Clone, Copy)]
struct Typed {
    point: RwSignal<String>,
    until: RwSignal<String>,
}

/// The end as it was typed, in the zone of the screen: none, a moment, or why it is none.
fn read_until(desk: Desk, typed: &str) -> Result<Option<Time>, when::Unread> {
    if typed.trim().is_empty() {
        return Ok(None);
    }
    let zone = desk.zone.get_untracked();
    let now = desk.server_now().unwrap_or(Time::EPOCH);
    when::read_ahead(typed, now, &|t| zone::offset_s(t, zone)).map(Some)
}

/// Where the chosen event is, else the event that the area belongs to.
fn place_of_event(desk: Desk) -> Option<LatLon> {
    let chosen = match desk.selected.get() {
        Some(Selection::Event(id)) => Some(id),
        _ => None,
    };
    let id = chosen.or_else(|| of(desk, |s| s.event))?;
    desk.version.track();
    desk.with_picture(|p| {
        let e = crate::view::events::event(p, id)?;
        anchor(p, e.place.as_ref(), e.section.as_ref())
    })
}

/// Takes what stands in the field as a position; gives whether it was one.
fn take_point(desk: Desk, typed: Typed) -> bool {
    let text = typed.point.get_untracked();
    let Some(at) = desk.with_picture(|p| read_point(&text, p)) else {
        return false;
    };
    let added = desk.hands.areas.change(|s| s.add_typed(at)) == Some(true);
    if added {
        typed.point.set(String::new());
        if let Some(stage) = desk.stage() {
            stage.keep_in_sight(at);
        }
    }
    added
}

/// The form, where an area is being drawn.
#[component]
pub(crate) fn AreaForm() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let tools = desk.hands.areas;
    let first_until = tools
        .sketch
        .with_untracked(|s| s.as_ref().and_then(|s| s.until));
    let typed = Typed {
        point: RwSignal::new(String::new()),
        until: RwSignal::new(first_until.map(|t| t.to_string()).unwrap_or_default()),
    };
    // An end that stands is not read again: it may be over by now.
    let kept = first_until.map(|t| t.to_string());
    let until_fault = RwSignal::new(None::<&'static str>);
    Effect::new(move |_| {
        let text = typed.until.get();
        if Some(&text) == kept.as_ref() {
            until_fault.set(None);
            tools.change(|s| s.until = first_until);
            return;
        }
        match read_until(desk, &text) {
            Ok(until) => {
                until_fault.set(None);
                if tools
                    .sketch
                    .with_untracked(|s| s.as_ref().is_some_and(|s| s.until != until))
                {
                    tools.change(|s| s.until = until);
                }
            }
            Err(why) => until_fault.set(Some(why.key())),
        }
    });
    let try_save = move || {
        if until_fault.get_untracked().is_none() {
            save(desk);
        }
    };
    // Enter in the form: takes the position that was typed, else ends the drawing, else saves.
    let submit = move |e: SubmitEvent| {
        e.prevent_default();
        if !typed.point.with_untracked(|t| t.trim().is_empty()) {
            take_point(desk, typed);
        } else if tools
            .sketch
            .with_untracked(|s| s.as_ref().is_some_and(|s| s.open))
        {
            tools.finish(desk);
        } else {
            try_save();
        }
    };
    let keydown = move |e: KeyboardEvent| {
        if e.key() == "Enter" && (e.ctrl_key() || e.meta_key()) {
            e.prevent_default();
            tools.change(Sketch::finish);
            try_save();
        }
    };
    let changed = move || of(desk, |s| s.changes.is_some());
    let title = move || desk.w(if changed() { "area.change" } else { "area.new" });
    view! {
        <form class="card area-form" aria-labelledby="area-title" on:submit=submit on:keydown=keydown>
            <header class="card-head">
                <h2 id="area-title">{title}</h2>
                <button type="button" title=move || desk.w("action.close_panel") on:click=move |_| tools.give_up()>"✕"</button>
            </header>
            // Without a button of this kind Enter in a field would submit nothing.
            <button type="submit" hidden tabindex="-1"></button>
            <Kinds/>
            <p class="area-hint" role="status">{move || hint(desk)}</p>
            <Points typed/>
            <Width/>
            <Facts typed until_fault/>
            <Foot until_fault/>
        </form>
    }
}

/// What is to be done next.
fn hint(desk: Desk) -> String {
    let (kind, open) = of(desk, |s| (s.kind, s.open));
    desk.w(if open {
        kind.hint_key()
    } else {
        "area.draw.handles"
    })
}

/// Which kind of shape.
#[component]
fn Kinds() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let tools = desk.hands.areas;
    let kinds = Kind::ALL.map(|kind| {
        let chosen = move || of(desk, |s| s.kind == kind);
        view! {
            <button type="button" class:chosen=chosen aria-pressed=move || chosen().to_string()
                on:click=move |_| { tools.change(|s| s.turn_into(kind)); }>{move || desk.w(kind.key())}</button>
        }
    });
    view! { <p class="buttons" role="group" aria-label=move || desk.w("area.shape")>{kinds}</p> }
}

fn choices(desk: Desk, text: &str) -> Vec<Choice> {
    let lang = desk.lang.get_untracked();
    desk.with_picture(|p| suggest_places(text, p))
        .iter()
        .filter_map(|p| match p {
            CallPlace::Bcp { id, name } => Some(Choice {
                value: id.to_string(),
                label: name.get(lang).to_owned(),
            }),
            // A section is no position without its kilometre.
            CallPlace::Section { .. } | CallPlace::At { .. } => None,
        })
        .collect()
}

/// The positions: each can be typed anew or taken out; a field adds more.
#[component]
fn Points(typed: Typed) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let tools = desk.hands.areas;
    let count = Memo::new(move |_| of(desk, |s| s.points.len()));
    let field = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        if let Some(field) = field.get() {
            focus_in(&field);
        }
    });
    let said = Signal::derive(move || {
        let text = typed.point.get();
        if text.trim().is_empty() {
            return (None, false);
        }
        match desk.with_picture(|p| read_point(&text, p)) {
            Some(at) => (Some(desk.hands.form.get().write(at)), false),
            None => (Some(desk.w("area.point.unknown")), true),
        }
    });
    // In the empty field the key does what it does on the map.
    let keydown = move |e: KeyboardEvent| {
        if e.key() == "Backspace" && typed.point.with_untracked(String::is_empty) {
            tools.change(Sketch::back);
            e.prevent_default();
        }
    };
    let from_event = move || {
        place_of_event(desk).map(|at| {
            view! {
                <button type="button" on:click=move |_| { tools.change(|s| s.add_typed(at)); }>{desk.w("area.point.event")}</button>
            }
        })
    };
    view! {
        <section class="area-points">
            <h3>{move || desk.w("area.points")} <span class="count">{move || count.get()}</span></h3>
            <ol>
                {move || (0..count.get()).map(|i| view! { <Point i/> }).collect_view()}
            </ol>
            <div node_ref=field on:keydown=keydown>
                <Combo name="area-point" label="area.point.add" hint="area.point.hint" value=typed.point said=said
                    suggest=move |text: &str| choices(desk, text)/>
            </div>
            <p class="buttons">
                <button type="button" on:click=move |_| { take_point(desk, typed); }
                    disabled=move || typed.point.with(|t| t.trim().is_empty())>{move || desk.w("area.point.take")} <kbd>"Enter"</kbd></button>
                {from_event}
                <button type="button" disabled=move || count.get() == 0 on:click=move |_| { tools.change(Sketch::back); }>
                    {move || desk.w("area.point.back")} <kbd>"⌫"</kbd></button>
            </p>
        </section>
    }
}

fn focus_in(element: &web_sys::HtmlElement) {
    use wasm_bindgen::JsCast as _;
    let input = element.query_selector("input").ok().flatten();
    if let Some(input) = input.and_then(|i| i.dyn_into::<web_sys::HtmlElement>().ok()) {
        // Without the focus one can still click into it.
        input.focus().ok();
    }
}

/// One position, to be typed anew; what is none is marked and not taken.
#[component]
fn Point(i: usize) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let tools = desk.hands.areas;
    let wrong = RwSignal::new(false);
    let text = move || {
        let at = of(desk, |s| s.points.get(i).copied());
        at.map(|at| desk.hands.form.get().write(at))
            .unwrap_or_default()
    };
    let change = move |e: leptos::ev::Event| {
        let typed = event_target_value(&e);
        let at = desk.with_picture(|p| read_point(&typed, p));
        wrong.set(at.is_none());
        if let Some(at) = at {
            tools.change(|s| s.put(i, at));
        }
    };
    let name = move || {
        desk.say(
            "area.point.number",
            &[("number", crate::words::Arg::from(i + 1))],
        )
    };
    view! {
        <li>
            <input maxlength="100" autocomplete="off" spellcheck="false" aria-label=name prop:value=text
                aria-invalid=move || wrong.get().to_string() on:change=change/>
            <button type="button" title=move || desk.w("action.remove") aria-label=move || format!("{}: {}", desk.w("action.remove"), name())
                on:click=move |_| { tools.change(|s| s.take_out(i)); }>"✕"</button>
        </li>
    }
}

/// The radius of a circle, or the half width of a corridor.
#[component]
fn Width() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let tools = desk.hands.areas;
    let kind = Memo::new(move |_| of(desk, |s| s.kind));
    let wrong = RwSignal::new(false);
    let now = move || {
        of(desk, |s| match s.kind {
            Kind::Circle => s.radius_m,
            _ => Some(s.half_width_m),
        })
    };
    let change = move |e: leptos::ev::Event| {
        let metres = read_length(&event_target_value(&e));
        wrong.set(metres.is_none());
        if let Some(m) = metres {
            tools.change(|s| {
                if s.kind == Kind::Circle {
                    s.radius_m = Some(m);
                    s.open &= s.points.is_empty();
                } else {
                    s.half_width_m = m;
                }
            });
        }
    };
    move || {
        let label = match kind.get() {
            Kind::Polygon => return None,
            Kind::Circle => "area.radius",
            Kind::Corridor => "area.half_width",
        };
        Some(view! {
            <label>{move || desk.w(label)}
                <input maxlength="20" inputmode="decimal" autocomplete="off" placeholder=move || desk.w("area.length.hint")
                    prop:value=move || now().map(length_text).unwrap_or_default()
                    aria-invalid=move || wrong.get().to_string() on:change=change/>
                {move || wrong.get().then(|| view! { <span class="said wrong">{desk.w("area.length.bad")}</span> })}
            </label>
        })
    }
}

/// Purpose, name, end, event.
#[component]
fn Facts(typed: Typed, until_fault: RwSignal<Option<&'static str>>) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let tools = desk.hands.areas;
    let name = NodeRef::<html::Input>::new();
    Effect::new(move |before: Option<u32>| {
        let ended = tools.ended.get();
        if before.is_some_and(|b| b != ended)
            && let Some(field) = name.get_untracked()
        {
            field.focus().ok();
        }
        ended
    });
    let purposes = AreaPurpose::ALL.map(|p| {
        let chosen = move || of(desk, |s| Some(s.purpose)) == Some(p);
        view! { <option value=p.name() selected=chosen>{move || desk.w(purpose_key(p))}</option> }
    });
    let purpose = move |e: leptos::ev::Event| {
        let word = event_target_value(&e);
        if let Some(p) = AreaPurpose::ALL.into_iter().find(|p| p.name() == word) {
            tools.change(|s| s.purpose = p);
        }
    };
    let until_said = move || match (until_fault.get(), of(desk, |s| s.until)) {
        (Some(key), _) => view! { <span class="said wrong">{desk.w(key)}</span> }.into_any(),
        (None, Some(t)) => {
            let text = zone::clock_or_day(t, desk.now.get(), desk.zone.get());
            view! { <span class="said">{text}</span> }.into_any()
        }
        (None, None) => view! { <span class="said">{desk.w("area.until.open")}</span> }.into_any(),
    };
    view! {
        <label>{move || desk.w("area.purpose")}<select on:change=purpose>{purposes}</select></label>
        <label>{move || desk.w("area.name")}
            <input node_ref=name maxlength="80" autocomplete="off" prop:value=move || of(desk, |s| s.name.clone())
                on:input=move |e| { let text = event_target_value(&e); tools.change(|s| s.name = text); }/>
        </label>
        <label>{move || desk.w("area.until")}
            <input maxlength="40" autocomplete="off" spellcheck="false" placeholder=move || desk.w("area.until.hint")
                prop:value=move || typed.until.get() aria-invalid=move || until_fault.get().is_some().to_string()
                on:input=move |e| typed.until.set(event_target_value(&e))/>
            {until_said}
        </label>
        <EventField/>
    }
}

/// The event that it belongs to.
#[component]
fn EventField() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let tools = desk.hands.areas;
    let options = move || {
        let lang = desk.lang.get();
        let now = of(desk, |s| s.event);
        let mut rows: Vec<(EventId, String)> = desk.rows.with(|rows| {
            rows.iter()
                .map(|r| {
                    let place = r.place.line(lang).unwrap_or_default();
                    let name = desk.type_name(r.type_code.as_ref());
                    (r.id, format!("{} · {name} · {place}", r.short))
                })
                .collect()
        });
        // One that is over is no open event any more, and stays what it was.
        if let Some(id) = now.filter(|id| !rows.iter().any(|r| r.0 == *id)) {
            rows.push((id, id.short()));
        }
        rows.into_iter()
            .map(|(id, name)| view! { <option value=id.to_string() selected=now == Some(id)>{name}</option> })
            .collect_view()
    };
    let none = move || of(desk, |s| s.event).is_none();
    view! {
        <label>{move || desk.w("area.event")}
            <select on:change=move |e| { let id = event_target_value(&e).parse().ok(); tools.change(|s| s.event = id); }>
                <option value="" selected=none>{move || desk.w("area.event.none")}</option>
                {options}
            </select>
        </label>
    }
}

/// How large it is so far; what is wrong; the buttons.
#[component]
fn Foot(until_fault: RwSignal<Option<&'static str>>) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let tools = desk.hands.areas;
    let reading = move || read_out(desk, None);
    let fault = move || tools.fault.get().map(|f| fault_text(desk, &f));
    view! {
        <p class="area-size" aria-live="polite">{reading}</p>
        <p class="warn" role="alert">{fault}</p>
        <footer class="buttons">
            <button class="yes" type="button" disabled=move || until_fault.get().is_some() on:click=move |_| save(desk)>
                {move || desk.w("action.save")} <kbd>"Ctrl Enter"</kbd></button>
            <button type="button" on:click=move |_| tools.give_up()>{move || desk.w("action.cancel")} <kbd>"Esc"</kbd></button>
        </footer>
    }
}

/// Radius or length, and size, as far as it is drawn; `None` where there is nothing yet.
pub(crate) fn read_out(desk: Desk, pointer: Option<LatLon>) -> Option<String> {
    let lang = desk.lang.get();
    let (kind, reading) = desk
        .hands
        .areas
        .sketch
        .with(|s| s.as_ref().and_then(|s| Some((s.kind, s.reading(pointer)?))))?;
    let length = match (reading.radius_m, kind) {
        (Some(r), _) => format!("{} {}", desk.w("area.read.radius"), distance(lang, r)),
        (None, Kind::Polygon) => {
            format!(
                "{} {}",
                desk.w("area.read.around"),
                distance(lang, reading.length_m)
            )
        }
        (None, _) => format!(
            "{} {}",
            desk.w("area.read.length"),
            distance(lang, reading.length_m)
        ),
    };
    Some(match reading.km2 {
        Some(km2) => format!("{length} · {}", size_text(lang, km2)),
        None => length,
    })
}
