//! The configuration folder as types.
//!
//! [`load`] reads the folder (and any overlays) and gives either a [`Config`] in which everything holds, or every
//! [`Problem`] at once, each at its file, line and column with what to write instead. [`load_feed`] reads one
//! feed's file on the running system. What the files look like is told in `config/README.md`, and for machines by
//! [`schemas`].
//!
//! How it works: YAML becomes a tree whose parts know their places (`yaml`), overlays are merged into it
//! (`overlay`), variables are put in (`env`), types are read from it without stopping at the first fault (`read`,
//! `types`), then files are checked against each other (`check`). The crate reads files and environment variables and
//! nothing else: no clock, no network. It knows nothing of what a format's options mean; they are handed on as text
//! with their place.

mod check;
mod env;
mod geometry;
mod load;
mod models;
mod overlay;
mod problem;
mod read;
mod scalar;
mod schema;
pub mod types;
mod yaml;

/// Name of the internal feed of what is taken down at the desks; no file in `feeds/` may have it.
pub const DESK_FEED: &str = "desk";

pub use load::{
    Config, Env, load, load_checked, load_feed, load_format, load_looking, load_with, process_env,
};
pub use oneroof_geo::SectionShape;
pub use problem::{MAX_PROBLEMS, Problem, did_you_mean};
pub use scalar::{Period, Share, Size};
pub use schema::schemas;
pub use types::{Feed, Format, Transport};
