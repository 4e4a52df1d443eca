//! The log of calls: kept by the browser, sent when the line is there, shown while they wait or were refused.

use std::cell::RefCell;
use std::collections::BTreeSet;

use leptos::prelude::*;
use oneroof_model::CommandId;
use oneroof_wire::{FieldFault, ReportRequest};
use wasm_bindgen_futures::spawn_local;

use crate::calls::{Answered, Log, Logged, STORAGE_KEY, Standing, answered};
use crate::link::Line;
use crate::words::Arg;

use super::desk::{Desk, Selection};
use super::{http, zone};

/// How often what waits is tried again, seconds.
const AGAIN_S: u64 = 5;

thread_local! {
    /// Calls that are being sent now.
    static UNDER_WAY: RefCell<BTreeSet<CommandId>> = const { RefCell::new(BTreeSet::new()) };
}

/// Reads what the browser kept. What is no log of ours is kept aside under another name, not thrown away.
fn kept() -> Log {
    let Some(json) = zone::kept(STORAGE_KEY) else {
        return Log::default();
    };
    Log::read(&json).unwrap_or_else(|unreadable| {
        leptos::logging::warn!("the kept calls cannot be read; they are put aside");
        zone::keep(&format!("{STORAGE_KEY}.unreadable"), &unreadable);
        Log::default()
    })
}

/// Changes the log: as another window of this browser may have left it, not as this one remembers it.
fn change<T>(desk: Desk, f: impl FnOnce(&mut Log) -> T) -> T {
    let log = desk.hands.log;
    let mut now = if desk.hands.keeps.get_untracked() {
        kept()
    } else {
        log.get_untracked()
    };
    let out = f(&mut now);
    let keeps = zone::storage().is_some_and(|s| s.set_item(STORAGE_KEY, &now.write()).is_ok());
    if desk.hands.keeps.get_untracked() != keeps {
        desk.hands.keeps.set(keeps);
    }
    log.set(now);
    out
}

/// Takes up what waited from the last visit, and tries again whenever the line is there.
pub(crate) fn start(desk: Desk) {
    change(desk, |_| ());
    Effect::new(move |_| {
        if desk.line.get() == Line::Live {
            send_all(desk);
        }
    });
    set_interval(
        move || {
            if desk.line.get_untracked() == Line::Live {
                send_all(desk);
            }
        },
        core::time::Duration::from_secs(AGAIN_S),
    );
}

/// Logs a call and sends it; gives whether there was room for it.
pub(crate) fn take(desk: Desk, request: ReportRequest) -> bool {
    let taken = change(desk, |log| log.add(request));
    if taken {
        send_all(desk);
    }
    taken
}

fn send_all(desk: Desk) {
    let waiting: Vec<ReportRequest> = change(desk, |log| log.waiting().cloned().collect());
    for request in waiting {
        let id = request.id;
        if !UNDER_WAY.with_borrow_mut(|u| u.insert(id)) {
            continue;
        }
        spawn_local(async move {
            send(desk, request).await;
            UNDER_WAY.with_borrow_mut(|u| u.remove(&id));
        });
    }
}

async fn send(desk: Desk, request: ReportRequest) {
    let id = request.id;
    let Ok(body) = serde_json::to_string(&request) else {
        return;
    };
    let answer = match http::post_json("/api/v1/reports", &body).await {
        Ok(a) => answered(a.status, &a.body),
        // The line is lost: it goes on waiting.
        Err(_) => Answered::Later,
    };
    match answer {
        Answered::Taken(taken) => {
            change(desk, |log| log.remove(id));
            desk.hands.note.set(Some("call.taken"));
            // The event is shown, and the map stays where it is.
            if let Some(event) = taken.event
                && desk.selected.get_untracked().is_none()
            {
                desk.select(Some(Selection::Event(event)));
            }
        }
        Answered::Refused(standing) => change(desk, |log| log.stand(id, standing)),
        Answered::Later => {}
    }
}

/// What is not a report yet.
#[component]
pub(crate) fn CallLog() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let hands = desk.hands;
    let note = move || {
        hands.note.get().map(|key| {
            // What was done is told for a while and then leaves.
            set_timeout(
                move || {
                    if hands.note.try_get_untracked().flatten() == Some(key) {
                        hands.note.set(None);
                    }
                },
                core::time::Duration::from_secs(5),
            );
            view! { <p class="order note">{desk.w(key)}</p> }
        })
    };
    let warning = move || {
        let loose = !hands.keeps.get() && hands.log.with(|l| !l.calls().is_empty());
        loose.then(|| view! { <p class="order refused">{desk.w("call.not_kept")}</p> })
    };
    view! {
        <div class="call-log" role="status" aria-label=move || desk.w("call.log")>
            {note}
            {warning}
            {move || hands.log.get().calls().iter().map(|c| logged(desk, c)).collect_view()}
        </div>
    }
}

fn logged(desk: Desk, call: &Logged) -> impl IntoView + use<> {
    let id = call.request.id;
    let kind = desk.type_name(Some(&call.request.type_code));
    let lang = desk.lang.get();
    let org = desk.centre.with(|c| c.badge(&call.request.org, lang));
    let told = zone::clock_or_day(
        call.request.called_at,
        desk.now.get_untracked(),
        desk.zone.get(),
    );
    let head = view! { <strong>{kind}</strong>" "<span class="badge">{org}</span>" " };
    let title = call.request.title.clone();
    match &call.standing {
        Standing::Waiting => {
            let state = move || {
                if desk.line.get() == Line::Live {
                    desk.w("call.sending")
                } else {
                    desk.say("call.waiting", &[("time", Arg::from(&told))])
                }
            };
            view! {
                <div class="order pending call"><p>{head}<span class="quiet">{title}</span></p><p>{state}</p></div>
            }
            .into_any()
        }
        Standing::Refused { detail, fields, .. } => {
            let why: Vec<String> = if fields.is_empty() {
                vec![detail.clone()]
            } else {
                fields.iter().map(|f| fault(desk, f)).collect()
            };
            let edit = move |_| {
                if let Some(call) = change(desk, |log| log.remove(id)) {
                    desk.hands.correct.set(Some(call.request));
                    desk.hands.call.set(true);
                }
            };
            view! {
                <div class="order refused call">
                    <p>{head}<span class="quiet">{title}</span></p>
                    <p>{desk.w("call.refused")}": "{why.join("; ")}</p>
                    <button on:click=edit>{desk.w("call.edit")}</button>
                    <button on:click=move |_| { change(desk, |log| log.remove(id)); }>{desk.w("call.drop")}</button>
                </div>
            }
            .into_any()
        }
    }
}

fn fault(desk: Desk, f: &FieldFault) -> String {
    let field = match f.field.split('.').next().unwrap_or_default() {
        "org" => desk.w("call.agency"),
        "type_code" => desk.w("call.type"),
        "place" => desk.w("call.place"),
        "persons" => desk.w("call.persons"),
        "occurred" | "called_at" => desk.w("call.when"),
        "title" | "text" => desk.w("call.text"),
        "by" => desk.w("officer.name"),
        other => other.to_owned(),
    };
    let name = [
        ("field", Arg::from(&field)),
        ("detail", Arg::from(&f.detail)),
    ];
    let key = if f.code == "unknown" {
        "call.field.unknown"
    } else {
        "call.field.other"
    };
    desk.say(key, &name)
}
