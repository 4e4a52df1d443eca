//! The form of a telephone call: one line that is understood as it is typed, and the same in fields. What a field says by
//! hand counts more than the line.

use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use oneroof_model::{CommandId, CountRange, OrgId, Time, TypeCode};
use oneroof_wire::ReportRequest;

use crate::call::{
    Call, CallPlace, Known, Meaning, NoPlace, Part, read_line, read_persons, read_place,
    suggest_places, suggest_types,
};
use crate::view::places::degrees_text;
use crate::when;
use crate::words::Arg;

use super::desk::Desk;
use super::fields::{Choice, Combo};
use super::hands::Tool;
use super::report::persons;
use super::{calls, zone};

/// What was typed, field by field. Empty: the line decides.
#[derive(Clone, Copy)]
pub(crate) struct Typed {
    line: RwSignal<String>,
    kind: RwSignal<String>,
    place: RwSignal<String>,
    org: RwSignal<String>,
    when: RwSignal<String>,
    persons: RwSignal<String>,
    life: RwSignal<Option<bool>>,
    text: RwSignal<Option<String>>,
    /// When the call was taken: when the form was opened.
    called_at: StoredValue<Option<Time>>,
}

impl Typed {
    fn new(desk: Desk) -> Self {
        Self {
            line: RwSignal::new(String::new()),
            kind: RwSignal::new(String::new()),
            place: RwSignal::new(String::new()),
            org: RwSignal::new(String::new()),
            when: RwSignal::new(String::new()),
            persons: RwSignal::new(String::new()),
            life: RwSignal::new(None),
            text: RwSignal::new(None),
            called_at: StoredValue::new(desk.server_now()),
        }
    }

    /// Puts a refused call back into the fields.
    fn fill(self, desk: Desk, r: &ReportRequest) {
        self.kind.set(r.type_code.to_string());
        self.org.set(r.org.to_string());
        let place = r.place.bcp.as_ref().map(ToString::to_string);
        let described = r.place.described.clone();
        let at = r.place.anchor().map(degrees_text);
        let section = r.place.section.as_ref().map(ToString::to_string);
        let best = place.or(described).or(at).or(section);
        self.place.set(best.unwrap_or_default());
        if let Some(o) = r.occurred {
            self.when.set(o.from.to_string());
        }
        self.persons.set(persons_text(r.persons));
        self.life.set(r.life_at_risk);
        let text = r.text.clone().or_else(|| r.title.clone());
        self.text.set(text);
        self.called_at
            .set_value(Some(r.called_at).or(desk.server_now()));
    }
}

fn persons_text(c: Option<CountRange>) -> String {
    match c {
        Some(CountRange { n: Some(n), .. }) => n.to_string(),
        Some(CountRange {
            min: Some(a),
            max: Some(b),
            ..
        }) => format!("{a}-{b}"),
        Some(CountRange { min: Some(a), .. }) => format!("{a}+"),
        Some(CountRange { max: Some(b), .. }) => format!("<{b}"),
        None | Some(_) => String::new(),
    }
}

/// What was understood: the parts of the line, the call, and what is wrong in a field (keys of the catalogue or words).
#[derive(Debug, Clone, PartialEq, Default)]
struct Read {
    parts: Vec<Part>,
    call: Call,
    place_fault: Option<String>,
    when_fault: Option<&'static str>,
    persons_fault: bool,
}

fn read(desk: Desk, typed: Typed) -> Read {
    desk.version.track();
    let local = desk.zone.get();
    let now = desk.now.get();
    let offset = |t: Time| zone::offset_s(t, local);
    desk.with_picture(|picture| {
        desk.centre.with(|centre| {
            let known = Known {
                picture,
                centre,
                now,
                offset: &offset,
            };
            let parts = typed.line.with(|l| read_line(l, &known));
            let mut out = Read {
                call: Call::of_parts(&parts),
                parts,
                ..Read::default()
            };
            let call = &mut out.call;
            if let Some(code) = typed.kind.with(|k| chosen_type(desk, k)) {
                call.type_code = Some(code);
            }
            let place = typed.place.get();
            if !place.trim().is_empty() {
                match read_place(&place, picture) {
                    Ok(p) => call.place = Some(p),
                    Err(e) => {
                        call.place = None;
                        out.place_fault = Some(no_place(desk, e));
                    }
                }
            }
            if let Some(org) = typed
                .org
                .with(|o| (!o.is_empty()).then(|| OrgId::from(o.as_str())))
            {
                call.org = Some(org);
            }
            let when = typed.when.get();
            if !when.trim().is_empty() {
                match when::read(&when, now, &offset) {
                    Ok(t) => call.when = Some(t),
                    Err(e) => out.when_fault = Some(e.key()),
                }
            }
            let persons = typed.persons.get();
            if !persons.trim().is_empty() {
                call.persons = read_persons(&persons);
                out.persons_fault = call.persons.is_none();
            }
            if let Some(life) = typed.life.get() {
                call.life = life;
            }
            if let Some(text) = typed.text.get() {
                call.text = text;
            }
            out
        })
    })
}

fn chosen_type(desk: Desk, typed: &str) -> Option<TypeCode> {
    let typed = typed.trim();
    desk.centre.with_untracked(|c| {
        let exact = c
            .event_types
            .iter()
            .find(|t| t.code.as_str().eq_ignore_ascii_case(typed));
        exact.map(|t| t.code.clone())
    })
}

fn no_place(desk: Desk, e: NoPlace) -> String {
    match e {
        NoPlace::Unknown => desk.w("call.place.unknown"),
        NoPlace::Beyond(km) => desk.say("call.place.beyond", &[("km", Arg::from(km))]),
        NoPlace::NoLine => desk.w("call.place.no_line"),
    }
}

/// A place in words.
fn place_words(desk: Desk, place: &CallPlace) -> String {
    let lang = desk.lang.get();
    match place {
        CallPlace::Bcp { id, name } => format!("{} · {id}", name.get(lang)),
        CallPlace::Section { id, name, km: None } => format!("{} · {id}", name.get(lang)),
        CallPlace::Section {
            id,
            name,
            km: Some((km, _)),
        } => {
            let name = format!("{} · {id}", name.get(lang));
            desk.say(
                "call.place.km",
                &[("name", Arg::from(&name)), ("km", Arg::from(*km))],
            )
        }
        CallPlace::At { at, .. } => desk.hands.form.get().write(*at),
    }
}

fn when_words(desk: Desk, t: Time) -> String {
    let now = desk.now.get();
    let clock = zone::clock_or_day(t, now, desk.zone.get());
    let ago = desk.say(
        "time.ago",
        &[("age_s", Arg::from(now.secs_since(t).max(0.0)))],
    );
    format!("{clock} · {ago}")
}

fn persons_words(desk: Desk, c: CountRange) -> String {
    persons(desk, c).unwrap_or_else(|| desk.w("unknown"))
}

/// One piece of the line with what it means.
fn chip(desk: Desk, part: &Part) -> impl IntoView + use<> {
    let lang = desk.lang.get();
    let (class, label, value) = match &part.means {
        Meaning::Type(code) => ("type", desk.w("call.type"), desk.type_name(Some(code))),
        Meaning::Place(place) => ("place", desk.w("call.place"), place_words(desk, place)),
        Meaning::Agency(org) => (
            "agency",
            desk.w("call.agency"),
            desk.centre.with(|c| c.agency_name(org, lang)),
        ),
        Meaning::Persons(n) => ("persons", desk.w("call.persons"), persons_words(desk, *n)),
        Meaning::Life => ("life", desk.w("call.life"), desk.w("yes")),
        Meaning::When(t) => ("when", desk.w("call.when"), when_words(desk, *t)),
        Meaning::Beyond(km) => (
            "text wrong",
            desk.w("call.text"),
            format!("{} ({})", part.said, no_place(desk, NoPlace::Beyond(*km))),
        ),
        Meaning::Text => ("text", desk.w("call.text"), part.said.clone()),
    };
    view! { <li class=format!("chip {class}")><b>{label}</b><span>{value}</span></li> }
}

/// The form, where it is open and it is known who sits here.
#[component]
pub(crate) fn CallForm() -> impl IntoView {
    let desk = expect_context::<Desk>();
    // Who would not say who he is takes no calls.
    Effect::new(move |_| {
        if !desk.asking.get()
            && desk.hands.call.get_untracked()
            && desk.officer.get_untracked().is_none()
        {
            desk.hands.call.set(false);
        }
    });
    move || {
        let open = desk.hands.call.get() && desk.officer.with(Option::is_some);
        open.then(|| view! { <Form/> })
    }
}

#[component]
fn Form() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let typed = Typed::new(desk);
    let hands = desk.hands;
    if let Some(refused) = hands.correct.get_untracked() {
        typed.fill(desk, &refused);
        hands.correct.set(None);
    }
    hands.picked.set(None);
    on_cleanup(move || {
        hands.picked.set(None);
        if hands.tool.get_untracked() == Tool::Pick {
            hands.tool.set(Tool::Choose);
        }
    });
    Effect::new(move |_| {
        if let Some(at) = hands.picked.get() {
            typed.place.set(degrees_text(at));
        }
    });
    let understood = Memo::new(move |_| read(desk, typed));
    let full = RwSignal::new(false);
    let send = move || {
        let read = understood.get_untracked();
        let faulty = read.place_fault.is_some() || read.when_fault.is_some() || read.persons_fault;
        let request = (!faulty).then(|| {
            let officer = desk.officer.get_untracked()?;
            let id = CommandId(zone::new_uuid(desk.server_now())?);
            let called_at = typed.called_at.get_value().or(desk.server_now())?;
            read.call.request(id, officer.actor(), called_at)
        });
        let Some(Some(request)) = request else { return };
        if calls::take(desk, request) {
            hands.call.set(false);
        } else {
            full.set(true);
        }
    };
    let keydown = move |e: KeyboardEvent| {
        if e.key() == "Enter" && (e.ctrl_key() || e.meta_key()) {
            e.prevent_default();
            send();
        }
    };
    view! {
        <form class="call" role="dialog" aria-labelledby="call-title" on:keydown=keydown
            class:picking=move || hands.tool.get() == Tool::Pick
            on:submit=move |e| { e.prevent_default(); send(); }>
            <header><h2 id="call-title">{move || desk.w("call.title")}</h2>
                <button type="button" title=move || desk.w("action.close_panel") on:click=move |_| hands.call.set(false)>"✕"</button></header>
            <Line typed understood/>
            <Fields typed understood/>
            <Foot understood full/>
        </form>
    }
}

/// The one line, and how it was understood.
#[component]
fn Line(typed: Typed, understood: Memo<Read>) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let input = NodeRef::<html::Input>::new();
    Effect::new(move |_| {
        if let Some(field) = input.get() {
            // Without the focus one can still click into it.
            field.focus().ok();
        }
    });
    let chips = Memo::new(move |_| understood.with(|r| r.parts.clone()));
    view! {
        <label>{move || desk.w("call.line")}
            <input node_ref=input class="call-line" autocomplete="off" spellcheck="false" maxlength="2000"
                aria-describedby="call-understood" placeholder=move || desk.w("call.line.example")
                on:input=move |e| typed.line.set(event_target_value(&e))/>
        </label>
        <ul id="call-understood" class="chips" aria-live="polite" aria-label=move || desk.w("call.understood")>
            {move || chips.with(|parts| parts.iter().map(|p| chip(desk, p)).collect_view())}
        </ul>
    }
}

fn type_choices(desk: Desk, text: &str) -> Vec<Choice> {
    let lang = desk.lang.get_untracked();
    desk.centre.with_untracked(|c| {
        suggest_types(text, c)
            .into_iter()
            .map(|t| Choice {
                value: t.code.to_string(),
                label: lang.pick(&t.uk, &t.en).to_owned(),
            })
            .collect()
    })
}

fn place_choices(desk: Desk, text: &str) -> Vec<Choice> {
    let lang = desk.lang.get_untracked();
    desk.with_picture(|p| suggest_places(text, p))
        .iter()
        .filter_map(|p| {
            let (value, name) = match p {
                CallPlace::Bcp { id, name } => (id.to_string(), name),
                CallPlace::Section { id, name, .. } => (id.to_string(), name),
                CallPlace::At { .. } => return None,
            };
            let label = name.get(lang).to_owned();
            Some(Choice { value, label })
        })
        .collect()
}

#[component]
fn Fields(typed: Typed, understood: Memo<Read>) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let hands = desk.hands;
    let types = move |text: &str| type_choices(desk, text);
    let places = move |text: &str| place_choices(desk, text);
    let type_said = Signal::derive(move || {
        let code = understood.with(|r| r.call.type_code.clone());
        (
            code.map(|c| format!("{} · {c}", desk.type_name(Some(&c)))),
            false,
        )
    });
    let place_said = Signal::derive(move || {
        understood.with(|r| match (&r.place_fault, &r.call.place) {
            (Some(fault), _) => (Some(fault.clone()), true),
            (None, Some(p)) => (Some(place_words(desk, p)), false),
            (None, None) => (None, false),
        })
    });
    let orgs = move || {
        let lang = desk.lang.get();
        let chosen = understood.with(|r| r.call.org.clone());
        desk.centre.with(|c| {
            c.agencies
                .iter()
                .map(|a| view! { <option value=a.code.to_string() selected=chosen.as_ref() == Some(&a.code)>{c.agency_name(&a.code, lang)}</option> })
                .collect_view()
        })
    };
    let none = move || understood.with(|r| r.call.org.is_none());
    view! {
        <div class="call-fields">
            <Combo name="call-type" label="call.type" hint="call.type.hint" value=typed.kind said=type_said suggest=types/>
            <div class="call-place">
                <Combo name="call-place" label="call.place" hint="call.place.hint" value=typed.place said=place_said suggest=places/>
                <button type="button" class:chosen=move || hands.tool.get() == Tool::Pick
                    on:click=move |_| hands.tool.set(Tool::Pick)>{move || desk.w("call.place.pick")}</button>
            </div>
            <label>{move || desk.w("call.agency")}
                <select on:change=move |e| typed.org.set(event_target_value(&e))>
                    <option value="" selected=none></option>{orgs}
                </select>
            </label>
            <When typed understood/>
            <Persons typed understood/>
            <Life typed understood/>
            <label class="wide">{move || desk.w("call.text")}
                <textarea rows="2" maxlength="4000" prop:value=move || understood.with(|r| r.call.text.clone())
                    on:input=move |e| typed.text.set(Some(event_target_value(&e)))></textarea>
            </label>
        </div>
    }
}

#[component]
fn When(typed: Typed, understood: Memo<Read>) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let said = move || {
        understood.with(|r| match (r.when_fault, r.call.when) {
            (Some(key), _) => view! { <span class="said wrong">{desk.w(key)}</span> }.into_any(),
            (None, Some(t)) => view! { <span class="said">{when_words(desk, t)}</span> }.into_any(),
            (None, None) => view! { <span class="said">{desk.w("time.now")}</span> }.into_any(),
        })
    };
    view! {
        <label>{move || desk.w("call.when")}
            <input autocomplete="off" placeholder=move || desk.w("call.when.hint") prop:value=move || typed.when.get()
                aria-invalid=move || understood.with(|r| r.when_fault.is_some()).to_string()
                on:input=move |e| typed.when.set(event_target_value(&e))/>
            {said}
        </label>
    }
}

#[component]
fn Persons(typed: Typed, understood: Memo<Read>) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let said = move || {
        understood.with(|r| match (r.persons_fault, r.call.persons) {
            (true, _) => {
                view! { <span class="said wrong">{desk.w("call.persons.bad")}</span> }.into_any()
            }
            (false, Some(c)) => {
                view! { <span class="said">{persons_words(desk, c)}</span> }.into_any()
            }
            (false, None) => view! { <span class="said">{desk.w("unknown")}</span> }.into_any(),
        })
    };
    view! {
        <label>{move || desk.w("call.persons")}
            <input autocomplete="off" inputmode="numeric" placeholder=move || desk.w("call.persons.hint") prop:value=move || typed.persons.get()
                aria-invalid=move || understood.with(|r| r.persons_fault).to_string()
                on:input=move |e| typed.persons.set(event_target_value(&e))/>
            {said}
        </label>
    }
}

#[component]
fn Life(typed: Typed, understood: Memo<Read>) -> impl IntoView {
    let desk = expect_context::<Desk>();
    view! {
        <label class="check">
            <input type="checkbox" prop:checked=move || understood.with(|r| r.call.life)
                on:change=move |e| typed.life.set(Some(event_target_checked(&e)))/>
            {move || desk.w("call.life")}
        </label>
    }
}

/// What is missing, and the button.
#[component]
fn Foot(understood: Memo<Read>, full: RwSignal<bool>) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let missing = move || {
        if full.get() {
            return desk.w("call.full");
        }
        let words: Vec<String> =
            understood.with(|r| r.call.missing().iter().map(|m| desk.w(m.key())).collect());
        words.join(", ")
    };
    let ready = move || {
        understood.with(|r| {
            r.call.missing().is_empty()
                && r.place_fault.is_none()
                && r.when_fault.is_none()
                && !r.persons_fault
        })
    };
    let who = move || {
        let officer = desk.officer.get()?;
        Some(desk.say(
            "call.who",
            &[("name", Arg::from(&officer.actor().to_string()))],
        ))
    };
    view! {
        <footer>
            <button class="yes" type="submit" disabled=move || !ready()>{move || desk.w("call.send")} <kbd>"Enter"</kbd></button>
            <span class="missing" role="status">{missing}</span>
            <span class="quiet">{who}</span>
        </footer>
    }
}
