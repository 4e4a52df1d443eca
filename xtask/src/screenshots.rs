//! `cargo xtask screenshots`: the pictures of the documents, taken of the demonstration as it is now.

use anyhow::{Result, bail};

use crate::repo::Repo;
use crate::run::{Cmd, step};
use crate::setup::{self, Need};
use crate::web::{self, Mode};
use crate::{demo, tools};

/// Takes them and writes them to `docs/images`.
///
/// # Errors
/// Where something does not build, a browser is missing, or the demonstration does not come to what a picture shows.
pub(crate) fn run(repo: &Repo) -> Result<()> {
    setup::ensure(repo, Need::Tests)?;
    let dist = web::build(repo, Mode::Release)?;
    demo::build_server(repo)?;
    let Some(chromium) = tools::chromium() else {
        bail!("Chromium is not installed: cargo xtask setup");
    };
    step("Taking pictures");
    Cmd::new("node")
        .args(["screenshots.mjs"])
        .env("ONEROOF_BIN", repo.binary())
        .env("ONEROOF_WEB_DIST", dist)
        .env("ONEROOF_CHROMIUM", chromium)
        .dir(repo.browser_tests())
        .run()
}
