//! The screen: panels with Leptos, the map, the line to the server.
#![expect(
    unreachable_pub,
    reason = "the component macro makes items public inside of private modules"
)]
#![expect(
    clippy::needless_pass_by_value,
    reason = "components own their properties, and what they show outlives the call"
)]

mod acts;
mod app;
mod area_card;
mod area_form;
mod area_tools;
mod ask;
mod bar;
mod call;
mod calls;
mod desk;
mod detail;
mod fields;
mod follow;
mod hands;
mod head;
mod hook;
mod http;
mod impact;
mod layers;
mod list;
mod lists;
mod map;
mod near;
mod net;
mod orders;
mod pair;
mod palette;
mod question;
mod report;
mod room;
mod step;
mod strip;
#[cfg(feature = "styleguide")]
mod styleguide;
mod thing;
mod threat;
mod track_tools;
mod tracks_bar;
mod views;
mod wall;
mod watchdog;
mod weather;
mod zone;

use leptos::prelude::*;

/// Milliseconds of the page's clock, which never jumps.
pub(crate) fn map_clock() -> f64 {
    web_sys::window()
        .and_then(|w| w.performance())
        .map_or(0.0, |p| p.now())
}

/// For a row of a list: scrolls it into sight when it is chosen.
pub(crate) fn in_sight(chosen: impl Fn() -> bool + 'static) -> NodeRef<leptos::html::Li> {
    let element = NodeRef::<leptos::html::Li>::new();
    Effect::new(move |_| {
        if chosen()
            && let Some(li) = element.get()
        {
            scroll_into_sight(&li);
        }
    });
    element
}

/// Scrolls an element into sight, no farther than it needs.
pub(crate) fn scroll_into_sight(element: &web_sys::Element) {
    let o = web_sys::ScrollIntoViewOptions::new();
    o.set_block(web_sys::ScrollLogicalPosition::Nearest);
    element.scroll_into_view_with_scroll_into_view_options(&o);
}

/// Sets an attribute of the page's root: its language, its palette.
pub(crate) fn set_root(name: &str, value: &str) {
    if let Some(root) = web_sys::window()
        .and_then(|w| w.document())
        .and_then(|d| d.document_element())
    {
        // The root element takes any attribute.
        root.set_attribute(name, value).ok();
    }
}

/// Prints the page.
pub(crate) fn print_page() {
    if let Some(window) = web_sys::window() {
        // A browser that can't print says so itself.
        window.print().ok();
    }
}

/// Starts the application in the page's body.
pub fn start() {
    console_error_panic_hook::set_once();
    let path = web_sys::window().and_then(|w| w.location().pathname().ok());
    match path.as_deref().map(|p| p.trim_end_matches('/')) {
        Some("/wall") => mount_to_body(wall::WallApp),
        Some("/lists") => mount_to_body(lists::ListsApp),
        #[cfg(feature = "styleguide")]
        Some("/styleguide") => mount_to_body(styleguide::GuideApp),
        _ => mount_to_body(app::App),
    }
}
