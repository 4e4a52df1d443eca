//! `cargo xtask lint`: everything that can be said of the source without running it.

use anyhow::Result;

use crate::deny;
use crate::repo::Repo;
use crate::run::{Cmd, step};
use crate::skips::Skips;
use crate::tidy;
use crate::tools::WasmToolchain;

/// Formatting, clippy for both targets, tidy, dependencies: stops at the first that fails.
pub(crate) fn run(repo: &Repo, skips: &mut Skips) -> Result<()> {
    step("Formatting");
    Cmd::cargo()
        .args(["fmt", "--all", "--check"])
        .dir(&repo.root)
        .run()?;
    tidy::run(repo)?;
    step("Clippy");
    Cmd::cargo()
        .args([
            "clippy",
            "--quiet",
            "--workspace",
            "--all-targets",
            "--features",
            "xtask/basemap",
            "--locked",
        ])
        .args(["--", "-D", "warnings"])
        .env("CARGO_TARGET_DIR", &repo.target)
        .dir(&repo.root)
        .run()?;
    clippy_web(repo, skips)?;
    deny::run(repo, skips)
}

fn clippy_web(repo: &Repo, skips: &mut Skips) -> Result<()> {
    step("Clippy for the web client");
    match WasmToolchain::detect() {
        Some(WasmToolchain::Target) => WasmToolchain::Target
            .cargo("clippy")
            .args([
                "--quiet",
                "--package",
                "oneroof-web",
                "--features",
                "styleguide",
                "--locked",
                "--",
                "-D",
                "warnings",
            ])
            .env("CARGO_TARGET_DIR", &repo.web_target)
            .dir(&repo.root)
            .run(),
        Some(WasmToolchain::Debian) => {
            skips.add(
                "clippy of the web client",
                "the distribution's Rust for WebAssembly has no clippy",
            );
            Ok(())
        }
        None => skips.missing(
            "clippy of the web client",
            "Rust can't compile to WebAssembly here",
        ),
    }
}
