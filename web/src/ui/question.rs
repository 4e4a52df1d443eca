//! "Are these one happening?" The card of the next open suggestion, answered with one key.

use leptos::prelude::*;
use oneroof_model::{EventId, LinkTerm, LinkTermKind};

use crate::order::Outcome;
use crate::view::events::EventRow;
use crate::view::suggestions::{Question, per_cent};
use crate::words::{Arg, Lang, age, term};

use super::desk::{Desk, Selection};
use super::list::Mark;

/// The card; nothing where nothing is asked.
#[component]
pub(crate) fn QuestionCard() -> impl IntoView {
    let desk = expect_context::<Desk>();
    move || {
        let more = desk.questions.with(|q| q.len().saturating_sub(1));
        let first = desk.questions.with(|q| q.first().cloned())?;
        Some(view! { <Card question=first more/> })
    }
}

fn term_key(kind: LinkTermKind) -> &'static str {
    match kind {
        LinkTermKind::Place => "link.term.place",
        LinkTermKind::Time => "link.term.time",
        LinkTermKind::Type => "link.term.type",
        LinkTermKind::Count => "link.term.count",
        LinkTermKind::Identifier => "link.term.identifier",
    }
}

/// One term: its name and words, how far it agrees, and by how much it counts (on hovering).
#[component]
pub(crate) fn Term(term_of: LinkTerm) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let value = term_of.value.map(per_cent);
    let share = term_of.weight;
    let kind = term_of.kind;
    let words = term_of.words;
    let weight = move || {
        value
            .map(|_| desk.say("link.weight", &[("weight", Arg::from(share))]))
            .unwrap_or_default()
    };
    let agrees = move || match value {
        Some(v) => view! {
            <span class="bar" aria-hidden="true"><span style:width=format!("{v}%")></span></span>
            <span class="value">{format!("{v}\u{a0}%")}</span>
        }
        .into_any(),
        None => view! { <span class="dropped">{desk.w("link.dropped")}</span> }.into_any(),
    };
    view! {
        <li class="term" class:unknown=value.is_none() title=weight>
            <span class="words">
                <b>{move || desk.w(term_key(kind))}</b>
                {move || {
                    let lang = desk.lang.get();
                    desk.centre.with(|c| term(lang, &words, |code| c.known_type(code, lang)))
                }}
            </span>
            {agrees}
        </li>
    }
}

fn side(desk: Desk, id: EventId) -> impl IntoView {
    let row: Option<EventRow> = desk.rows.with(|r| r.iter().find(|r| r.id == id).cloned());
    row.map(|r| {
        let lang = desk.lang;
        let orgs = r.orgs.clone();
        let code = r.type_code.clone();
        view! {
            <button class="side" class:life=r.life_at_risk on:click=move |_| desk.select(Some(Selection::Event(id)))>
                <span class="what">
                    <Mark code=r.type_code.clone() impact=r.impact/>
                    <span>{move || desk.type_name(code.as_ref())}</span>
                </span>
                <span class="facts">
                    <span>{move || age(lang.get(), desk.now.get().secs_since(r.since))}</span>
                    <span class="badges">{move || {
                        let l: Lang = lang.get();
                        desk.centre.with(|c| orgs.iter().map(|o| view! { <span class="badge">{c.badge(o, l)}</span> }).collect_view())
                    }}</span>
                </span>
            </button>
        }
    })
}

#[component]
fn Card(question: Question, more: usize) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let id = question.id;
    let pending = move || {
        desk.orders.with(|o| {
            o.iter()
                .any(|o| o.suggestion() == Some(id) && o.outcome == Outcome::Pending)
        })
    };
    let score = question.score;
    let (a, b) = (question.a, question.b);
    view! {
        <section class="question" class:strong=question.strong aria-live="polite">
            <h2>
                {move || desk.w("suggestion.title")}
                <span class="score">{move || desk.say("suggestion.score", &[("score", Arg::from(score))])}</span>
            </h2>
            <div class="sides">{move || side(desk, a)} {move || side(desk, b)}</div>
            <ul class="terms">
                {question.terms.into_iter().map(|t| view! { <Term term_of=t/> }).collect_view()}
            </ul>
            <div class="answers">
                <button class="yes" disabled=pending on:click=move |_| desk.answer(true)>
                    {move || desk.w(if pending() { "action.pending" } else { "question.yes" })} <kbd>"Y"</kbd>
                </button>
                <button class="no" disabled=pending on:click=move |_| desk.answer(false)>
                    {move || desk.w("question.no")} <kbd>"N"</kbd>
                </button>
                <span class="more">{move || (more > 0).then(|| desk.say("question.more", &[("count", Arg::from(more))]))}</span>
            </div>
        </section>
    }
}
