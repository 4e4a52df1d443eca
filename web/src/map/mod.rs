//! The map. What it computes is pure; only [`facade`] knows the map library.

pub mod chase;
pub mod coverage;
pub mod cpa;
pub mod density;
pub mod filter;
pub mod follow;
pub mod graticule;
pub mod grid;
pub mod measure;
pub mod mercator;
pub mod mil;
pub mod own;
pub mod palette;
pub mod spread;
pub mod symbols;

#[cfg(target_arch = "wasm32")]
pub mod facade;
