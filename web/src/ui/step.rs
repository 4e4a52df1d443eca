//! Windows of one desk in step: what is chosen in one is chosen in the others of this browser.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::*;
use web_sys::{BroadcastChannel, MessageEvent};

use crate::address::Chosen;
use crate::view::tracks::handle_of;

use super::desk::{Desk, Selection};

/// The channel's name.
const CHANNEL: &str = "oneroof.chosen";

/// What a window tells the others.
#[derive(Serialize, Deserialize)]
struct Told {
    /// Whether the window holds lists; else it is a desk.
    lists: bool,
    /// What was chosen in it.
    chosen: Chosen,
}

/// By a name that lasts.
pub(crate) fn lasting(desk: Desk, what: &Selection) -> Option<Chosen> {
    match what {
        Selection::Event(id) => Some(Chosen::Event(*id)),
        Selection::Bcp(id) => Some(Chosen::Bcp(id.clone())),
        Selection::Area(id) => Some(Chosen::Area(*id)),
        Selection::Track(h) => desk.with_picture(|p| {
            let info = p.tracks.get(h)?.info.as_ref()?;
            Some(Chosen::Track(info.domain, info.ident.clone()))
        }),
    }
}

/// In this window's picture; `None` where it is not there.
pub(crate) fn found(desk: Desk, what: &Chosen) -> Option<Selection> {
    match what {
        Chosen::Event(id) => Some(Selection::Event(*id)),
        Chosen::Bcp(id) => Some(Selection::Bcp(id.clone())),
        Chosen::Area(id) => Some(Selection::Area(*id)),
        Chosen::Track(domain, ident) => desk
            .with_picture(|p| handle_of(p, *domain, ident))
            .map(Selection::Track),
    }
}

/// Tells the others what is chosen here, and chooses what they tell. A desk follows the lists, with its map; two desks
/// in one browser do not move each other.
pub(crate) fn start(desk: Desk, lists: bool) {
    // A browser without channels has one window.
    let Ok(channel) = BroadcastChannel::new(CHANNEL) else {
        return;
    };
    // What was last told or heard is not told again, or two windows would answer each other for ever.
    let known: StoredValue<Option<Chosen>> = StoredValue::new(None);
    let hear = Closure::<dyn FnMut(MessageEvent)>::new(move |e: MessageEvent| {
        let json = e.data().as_string();
        let Some(told) = json.and_then(|t| serde_json::from_str::<Told>(&t).ok()) else {
            return;
        };
        if !lists && !told.lists {
            return;
        }
        if let Some(selection) = found(desk, &told.chosen) {
            known.set_value(Some(told.chosen));
            desk.select(Some(selection));
            if !lists {
                desk.show_selected();
            }
        }
    });
    channel.set_onmessage(Some(hear.as_ref().unchecked_ref()));
    // The channel lives as long as the page.
    hear.forget();
    let channel = StoredValue::new_local(channel);
    Effect::new(move |_| {
        let Some(chosen) = desk.selected.get().and_then(|s| lasting(desk, &s)) else {
            return;
        };
        if known.with_value(|k| k.as_ref() == Some(&chosen)) {
            return;
        }
        let told = Told { lists, chosen };
        if let Ok(json) = serde_json::to_string(&told) {
            // A channel takes any text.
            channel.with_value(|c| c.post_message(&JsValue::from_str(&json)).ok());
        }
        known.set_value(Some(told.chosen));
    });
}
