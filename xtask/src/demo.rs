//! `cargo xtask demo [ARGS...]`: builds everything with its progress shown, then becomes `oneroof demo`.
//!
//! This file ends where the binary begins: what the demonstration does is `oneroof demo`'s business. Arguments
//! go through as they are, so `cargo xtask demo --capture FILE` is `oneroof demo --web <dist> --capture FILE`.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

use anyhow::{Context as _, Result, anyhow};

use crate::repo::Repo;
use crate::run::{Cmd, note, step};
use crate::web::{self, Mode};

/// Builds the web client and the server, and hands over to the binary. Comes back only with an error.
pub(crate) fn run(repo: &Repo, args: &[String]) -> Result<()> {
    let dist = web::build(repo, Mode::Release)?;
    build_server(repo)?;
    step("Starting the demonstration");
    let binary = repo.binary();
    note(&format!("$ oneroof demo {}", args.join(" ")));
    let error = Command::new(&binary)
        .arg("demo")
        .arg("--web")
        .arg(&dist)
        .args(args)
        .env("ONEROOF_WEB_DIST", &dist)
        .current_dir(&repo.root)
        .exec();
    Err(anyhow!(error)).with_context(|| format!("{} can't be started", binary.display()))
}

/// Compiles the binary `oneroof`.
pub(crate) fn build_server(repo: &Repo) -> Result<()> {
    step("Compiling the server");
    note("a first build takes some minutes");
    Cmd::cargo()
        .args(["build", "--package", "oneroof-server", "--bin", "oneroof"])
        .env("CARGO_TARGET_DIR", &repo.target)
        .dir(&repo.root)
        .run()
}
