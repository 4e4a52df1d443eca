//! `cargo xtask bless [FILTER]`: runs the native tests and takes what they give as the new snapshots.
//!
//! Read the difference in git before you commit it.

use anyhow::Result;

use crate::repo::Repo;
use crate::run::{Cmd, note, step};
use crate::tools;

/// Runs the tests with insta writing every snapshot that differs.
pub(crate) fn run(repo: &Repo, filter: Option<&str>) -> Result<()> {
    step("Taking the tests' results as the new snapshots");
    let subcommand: &[&str] = if tools::has_cargo_tool("nextest") {
        &["nextest", "run", "--no-fail-fast"]
    } else {
        &["test", "--no-fail-fast"]
    };
    Cmd::cargo()
        .args(subcommand)
        .args(["--workspace", "--exclude", "xtask"])
        .args(filter)
        .env("INSTA_UPDATE", "always")
        .env("INSTA_FORCE_PASS", "1")
        .env("CARGO_TARGET_DIR", &repo.target)
        .dir(&repo.root)
        .run()?;
    note("look at `git diff` before you commit");
    Ok(())
}
