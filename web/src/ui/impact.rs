//! The impact of the chosen event by three questions, answered with digits.

use leptos::html;
use leptos::prelude::*;
use oneroof_model::{CommandBody, EventId};
use web_sys::KeyboardEvent;

use crate::impact::{ANSWERS, Answer, Answers, QUESTIONS, answer_of};
use crate::view::events::event;
use crate::words::Arg;

use super::desk::Desk;
use super::list::impact_name;

/// The questions, where they are asked.
#[component]
pub(crate) fn ImpactQuestions() -> impl IntoView {
    let desk = expect_context::<Desk>();
    move || desk.hands.impact.get().map(|id| view! { <Form id/> })
}

/// The word of an answer.
fn answer_word(desk: Desk, a: Answer) -> String {
    a.effect().map_or_else(
        || desk.w("impact.no_effect"),
        |i| desk.w(&format!("impact.{}", impact_name(Some(i)))),
    )
}

/// Sets the impact, and writes down from which answers it came.
fn settle(desk: Desk, id: EventId, answers: Answers) {
    let Some(impact) = answers.proposed() else {
        return;
    };
    let version = desk.with_picture(|p| event(p, id).map(|e| e.version));
    let said: Vec<String> = QUESTIONS
        .iter()
        .enumerate()
        .filter_map(|(n, q)| {
            let answer = answers.of(n)?;
            Some(format!(
                "{}: {}",
                desk.w(q.short_key()),
                answer_word(desk, answer)
            ))
        })
        .collect();
    let text = desk.say("impact.note", &[("answers", Arg::from(&said.join("; ")))]);
    let attachments = Vec::new();
    let note = CommandBody::AddNote {
        event: id,
        text,
        attachments,
    };
    desk.send_then(version, CommandBody::SetImpact { event: id, impact }, note);
    desk.hands.impact.set(None);
}

#[component]
fn Form(id: EventId) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let answers = RwSignal::new(Answers::default());
    // The question that the next digit answers.
    let at = RwSignal::new(0usize);
    let form = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        if let Some(f) = form.get() {
            // Without the focus the buttons still work.
            f.focus().ok();
        }
    });
    let give = move |n: usize, answer| {
        answers.update(|a| a.give(n, answer));
        at.set(answers.get_untracked().open().unwrap_or(n));
    };
    let keydown = move |e: KeyboardEvent| {
        let key = e.key();
        if let Some(answer) = answer_of(&key) {
            give(at.get_untracked(), answer);
        } else {
            let last = QUESTIONS.len() - 1;
            match key.as_str() {
                "ArrowDown" => at.update(|n| *n = (*n + 1).min(last)),
                "ArrowUp" => at.update(|n| *n = n.saturating_sub(1)),
                "Enter" => settle(desk, id, answers.get_untracked()),
                "Escape" => desk.hands.impact.set(None),
                _ => return,
            }
        }
        e.prevent_default();
        e.stop_propagation();
    };
    let rows = move || {
        QUESTIONS
            .iter()
            .enumerate()
            .map(|(n, q)| {
                let given = answers.with(|a| a.of(n));
                let buttons = ANSWERS
                    .iter()
                    .enumerate()
                    .map(|(i, a)| {
                        let a = *a;
                        let chosen = given == Some(a);
                        let grave = a.effect().map_or("nothing", |i| impact_name(Some(i)));
                        view! {
                            <button class=format!("impact {grave}") class:chosen=chosen
                                aria-pressed=chosen.to_string() tabindex="-1" on:click=move |_| give(n, a)>
                                <kbd>{i + 1}</kbd>" "{answer_word(desk, a)}
                            </button>
                        }
                    })
                    .collect_view();
                view! {
                    <div class="impact-question" class:current=move || at.get() == n role="group" aria-label=desk.w(q.key())>
                        <p>{desk.w(q.key())}</p>
                        <p class="buttons">{buttons}</p>
                    </div>
                }
            })
            .collect_view()
    };
    let result = move || {
        answers.get().proposed().map_or_else(
            || desk.w("impact.answer_all"),
            |i| {
                let word = answer_word(desk, Answer::Effect(i));
                desk.say("impact.follows", &[("impact", Arg::from(&word))])
            },
        )
    };
    let ready = move || answers.with(|a| a.proposed().is_some());
    view! {
        <div class="veil" role="dialog" aria-modal="true" aria-labelledby="impact-title">
            <div class="box wide impact-box" node_ref=form tabindex="-1" on:keydown=keydown>
                <h2 id="impact-title">{desk.w("impact.title")}" "<code>{id.short()}</code></h2>
                {rows}
                <p role="status">{result}</p>
                <div class="answers">
                    <button class="yes" disabled=move || !ready()
                        on:click=move |_| settle(desk, id, answers.get_untracked())>{desk.w("impact.set")} <kbd>"Enter"</kbd></button>
                    <button on:click=move |_| desk.hands.impact.set(None)>{desk.w("action.cancel")} <kbd>"Esc"</kbd></button>
                </div>
            </div>
        </div>
    }
}
