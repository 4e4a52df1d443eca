//! `cargo xtask deny`: licences, bans, sources and advisories of dependencies, as `deny.toml` says.
//!
//! cargo-deny takes minutes to compile, so it is used where it is installed (`cargo xtask setup --all`). The
//! first three are checked by `tidy` in any case.

use anyhow::{Context as _, Result};

use crate::repo::Repo;
use crate::run::{Cmd, note, step};
use crate::skips::Skips;
use crate::tools;

/// Runs cargo-deny as far as it is there and its database can be reached.
pub(crate) fn run(repo: &Repo, skips: &mut Skips) -> Result<()> {
    step("Dependencies: licences, bans, sources, advisories");
    if !tools::has_cargo_tool("deny") {
        note("cargo-deny is not installed; `tidy` checks licences, bans and sources");
        skips.add(
            "advisories",
            "cargo-deny is not installed (`cargo xtask setup --all` installs it)",
        );
        return Ok(());
    }
    check(repo, &["licenses", "bans", "sources"]).run()?;
    if check(repo, &["--disable-fetch", "advisories"])
        .read()
        .is_ok()
    {
        note("no advisory, by the database that is here");
        return Ok(());
    }
    let fetched = Cmd::cargo()
        .args(["deny", "fetch", "db"])
        .dir(&repo.root)
        .read();
    if let Err(error) = fetched {
        let why = error.to_string();
        let why = why.lines().next().unwrap_or_default();
        skips.add(
            "advisories",
            &format!("their database can't be reached: {why}"),
        );
        return Ok(());
    }
    check(repo, &["--disable-fetch", "advisories"])
        .run()
        .context("see the advisories above")
}

fn check(repo: &Repo, what: &[&str]) -> Cmd {
    Cmd::cargo()
        .args([
            "deny",
            "--log-level",
            "error",
            "check",
            "--hide-inclusion-graph",
        ])
        .args(what)
        .dir(&repo.root)
}
