//! A field that suggests as one types: arrows choose, Enter or Tab takes, Escape closes the list.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

use super::desk::Desk;
use super::in_sight;

/// A suggestion.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Choice {
    /// What is put into the field.
    pub(crate) value: String,
    /// How it is told.
    pub(crate) label: String,
}

/// What keys do while suggestions are open.
fn keydown(
    e: &KeyboardEvent,
    choices: RwSignal<Vec<Choice>>,
    at: RwSignal<usize>,
    take: impl Fn(usize),
) {
    let count = choices.with_untracked(Vec::len);
    if count == 0 || e.ctrl_key() || e.meta_key() {
        return;
    }
    let now = at.get_untracked();
    match e.key().as_str() {
        "ArrowDown" => at.set((now + 1).min(count - 1)),
        "ArrowUp" => at.set(now.saturating_sub(1)),
        "Enter" => take(now),
        "Escape" => {
            choices.set(Vec::new());
            e.stop_propagation();
        }
        "Tab" => {
            // The focus goes on to the next field.
            take(now);
            return;
        }
        _ => return,
    }
    e.prevent_default();
}

/// The field.
#[component]
pub(crate) fn Combo(
    /// Id of the field.
    name: &'static str,
    /// Key of its label.
    label: &'static str,
    /// Key of its placeholder.
    hint: &'static str,
    /// What was typed.
    value: RwSignal<String>,
    /// How it was understood, and whether that is a fault.
    said: Signal<(Option<String>, bool)>,
    /// Suggestions for a text.
    suggest: impl Fn(&str) -> Vec<Choice> + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let choices = RwSignal::new(Vec::<Choice>::new());
    let at = RwSignal::new(0usize);
    let list = format!("{name}-list");
    let option = move |i: usize| format!("{name}-{i}");
    let close = move || choices.set(Vec::new());
    let take = move |i: usize| {
        if let Some(c) = choices.with_untracked(|c| c.get(i).cloned()) {
            value.set(c.value);
        }
        close();
    };
    let keydown = move |e: KeyboardEvent| keydown(&e, choices, at, take);
    let input = move |e: leptos::ev::Event| {
        let text = event_target_value(&e);
        // What is a value already needs no suggestion.
        let fitting: Vec<Choice> = suggest(&text)
            .into_iter()
            .filter(|c| !c.value.is_empty())
            .collect();
        let whole = fitting
            .iter()
            .any(|c| c.value.eq_ignore_ascii_case(text.trim()));
        choices.set(if whole { Vec::new() } else { fitting });
        at.set(0);
        value.set(text);
    };
    let open = move || choices.with(|c| !c.is_empty());
    let said = move || {
        let (text, wrong) = said.get();
        text.map(|t| view! { <span class="said" class:wrong=wrong>{t}</span> })
    };
    view! {
        <label class="combo">{move || desk.w(label)}
            <input id=name role="combobox" autocomplete="off" spellcheck="false" aria-autocomplete="list"
                aria-expanded=move || open().to_string() aria-controls=list.clone()
                aria-activedescendant=move || open().then(|| option(at.get()))
                placeholder=move || desk.w(hint) prop:value=move || value.get()
                on:input=input on:keydown=keydown on:blur=move |_| close()/>
            <ul id=list role="listbox" class:open=open aria-label=move || desk.w(label)>
                {move || choices.get().into_iter().enumerate().map(|(i, c)| {
                    let taken = move || take(i);
                    view! { <Row id=option(i) i at choice=c taken/> }
                }).collect_view()}
            </ul>
            {said}
        </label>
    }
}

/// One suggestion; the chosen one is always in sight.
#[component]
fn Row(
    id: String,
    i: usize,
    at: RwSignal<usize>,
    choice: Choice,
    taken: impl Fn() + Copy + 'static,
) -> impl IntoView {
    let chosen = move || at.get() == i;
    let element = in_sight(chosen);
    view! {
        <li node_ref=element id=id role="option" class:chosen=chosen aria-selected=move || chosen().to_string()
            on:mousedown=move |e| { e.prevent_default(); taken(); }>
            <b>{choice.value}</b><span>{choice.label}</span>
        </li>
    }
}
