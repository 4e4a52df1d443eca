//! The desk's watch over the walls, and its word to them.

use std::time::Duration;

use leptos::prelude::*;
use oneroof_wire::{Page, Show, WallState};
use wasm_bindgen_futures::spawn_local;

use crate::view::walls::{Trouble, trouble};
use crate::words::Arg;

use super::desk::{Desk, Selection};
use super::http;

/// Between two looks.
const LOOK: Duration = Duration::from_secs(5);

/// Zoom at which a wall is asked to show something.
const SHOW_ZOOM: f64 = 9.0;

/// Looks after the walls as long as the page lives.
pub(crate) fn start(desk: Desk) {
    look(desk);
    set_interval(move || look(desk), LOOK);
}

fn look(desk: Desk) {
    spawn_local(async move {
        // Without the server nothing is known; the line says so already.
        let Ok(json) = http::get_text("/api/v1/walls").await else {
            return;
        };
        let Ok(page) = serde_json::from_str::<Page<WallState>>(&json) else {
            return;
        };
        let walls = desk.held().walls;
        if walls.with_untracked(|w| *w != page.items) {
            walls.set(page.items);
        }
    });
}

/// What is wrong with the walls, in words.
pub(crate) fn troubles(desk: &Desk) -> Vec<String> {
    let now = desk.now.get();
    desk.held().walls.with(|walls| {
        walls
            .iter()
            .filter_map(|w| {
                let name = ("name", Arg::from(&w.name));
                Some(match trouble(w, now)? {
                    Trouble::Behind(s) => {
                        desk.say("wall.behind", &[name, ("seconds", Arg::Number(s))])
                    }
                    Trouble::Gone => desk.say("wall.gone", &[name]),
                })
            })
            .collect()
    })
}

/// Whether a wall is there that can be asked.
pub(crate) fn any(desk: &Desk) -> bool {
    desk.held()
        .walls
        .with(|walls| walls.iter().any(|w| w.pages > 0))
}

/// Asks all walls to show what is selected here.
pub(crate) fn show(desk: &Desk) {
    let Some(at) = desk.place_selected() else {
        return;
    };
    let event = match desk.selected.get_untracked() {
        Some(Selection::Event(id)) => Some(id),
        _ => None,
    };
    let show = Show {
        at,
        zoom: SHOW_ZOOM,
        event,
    };
    let Ok(body) = serde_json::to_string(&show) else {
        return;
    };
    let names = desk.held().walls.with_untracked(|walls| {
        let there = walls.iter().filter(|w| w.pages > 0);
        there.map(|w| w.name.clone()).collect::<Vec<_>>()
    });
    for name in names {
        let body = body.clone();
        spawn_local(async move {
            let name = js_sys::encode_uri_component(&name);
            let address = format!("/api/v1/walls/{name}/show");
            // A wall that left meanwhile is told of with the next look.
            http::post_json(&address, &body).await.ok();
        });
    }
}
