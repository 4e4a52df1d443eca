//! The browser client of OneRoof.
//!
//! What is computed (order of events, ages, symbols, what lies under the pointer, whether the line is alive) is pure
//! and tested natively. What touches the browser is compiled for it alone: `ui` draws the panels with Leptos,
//! `map::facade` is the only user of the map library. Everything comes from the server that served the page; no
//! request goes anywhere else.

pub mod acts;
pub mod address;
pub mod areas;
pub mod basemap;
pub mod call;
pub mod calls;
pub mod centre;
pub mod find;
pub mod fold;
#[cfg(any(test, feature = "styleguide"))]
pub mod guide;
pub mod impact;
pub mod link;
pub mod map;
pub mod officer;
pub mod order;
pub mod tables;
pub mod undo;
pub mod view;
pub mod wall;
pub mod when;
pub mod words;

#[cfg(target_arch = "wasm32")]
mod ui;

#[cfg(target_arch = "wasm32")]
pub use ui::start;
