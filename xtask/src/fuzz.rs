//! `cargo xtask fuzz FORMAT [--secs N]`: hostile input made up by libFuzzer, on the toolchain that is here.
//!
//! The target lies in `crates/feeds/fuzz`, outside the workspace. It is built with the coverage pass that
//! rustc carries, switched on by `RUSTC_BOOTSTRAP`, so neither a nightly toolchain nor `cargo-fuzz` is
//! needed; only a C++ compiler, for libFuzzer itself. The format's fixtures are the beginning of its corpus,
//! which is kept in the target folder and grows from run to run.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::repo::Repo;
use crate::run::{Cmd, note, step};

/// The coverage that libFuzzer steers by.
const COVERAGE: &str = "-Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares \
    --cfg fuzzing -Clink-dead-code -Ccodegen-units=1";

/// Most bytes of one made-up input.
const MAX_INPUT: u32 = 16 * 1024;

/// Memory beyond which the target counts as broken, MiB.
const MAX_MEMORY_MIB: u32 = 1_024;

/// Seconds after which one input counts as endless.
const MAX_SECONDS: u32 = 10;

/// Builds the target and runs it for `secs` seconds.
pub(crate) fn run(repo: &Repo, format: &str, secs: u32) -> Result<()> {
    let folder = repo.root.join("crates/feeds/src/formats").join(format);
    if !folder.is_dir() {
        bail!(
            "no format is called `{format}`: {} is missing",
            repo.show(&folder)
        );
    }
    let target = repo.target.join("fuzz");
    let corpus = target.join("corpus").join(format);
    let findings = target.join("findings").join(format);
    fs::create_dir_all(&corpus).with_context(|| format!("{} can't be made", corpus.display()))?;
    fs::create_dir_all(&findings)?;
    seed(&folder.join("fixtures"), &corpus)?;

    let triple = host()?;
    step(&format!("Building the fuzz target of {format}"));
    Cmd::cargo()
        .args(["build", "--release", "--target", &triple])
        .dir(repo.root.join("crates/feeds/fuzz"))
        .env("CARGO_TARGET_DIR", &target)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", COVERAGE)
        .run()?;

    step(&format!("Making up input for {format} for {secs} s"));
    let prefix = format!("-artifact_prefix={}/", findings.display());
    let ended = Cmd::new(target.join(&triple).join("release/feeds"))
        .args([
            format!("-max_total_time={secs}"),
            format!("-max_len={MAX_INPUT}"),
            format!("-rss_limit_mb={MAX_MEMORY_MIB}"),
            format!("-timeout={MAX_SECONDS}"),
            "-print_final_stats=1".to_owned(),
            prefix,
        ])
        .args([&corpus])
        .env("ONEROOF_FUZZ_FORMAT", format)
        .status()?;
    if !ended {
        bail!(
            "{format} broke; the input that did it is in {}",
            findings.display()
        );
    }
    note("nothing broke");
    Ok(())
}

/// Copies the fixtures into the corpus, each with the byte in front that says how large the pieces are.
fn seed(fixtures: &Path, corpus: &Path) -> Result<()> {
    for entry in fs::read_dir(fixtures).with_context(|| format!("{}", fixtures.display()))? {
        let path = entry?.path();
        if path.is_file() {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let mut bytes = vec![255];
            bytes.extend(fs::read(&path)?);
            fs::write(corpus.join(name), bytes)?;
        }
    }
    Ok(())
}

/// The triple of this machine: with it named, build scripts are not instrumented.
fn host() -> Result<String> {
    let version = Cmd::new("rustc").args(["-vV"]).read()?;
    let line = version.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(line.context("`rustc -vV` names no host")?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_has_fixtures_to_begin_with() {
        let repo = Repo::find().unwrap();
        let formats = repo.root.join("crates/feeds/src/formats");
        let mut seen = 0;
        for entry in fs::read_dir(formats).unwrap() {
            let path = entry.unwrap().path();
            // What several formats share is a folder too, without options of its own.
            if path.join("example.yaml").is_file() {
                let corpus = tempfile::tempdir().unwrap();
                seed(&path.join("fixtures"), corpus.path()).unwrap();
                assert!(
                    fs::read_dir(corpus.path()).unwrap().count() > 0,
                    "{}",
                    path.display()
                );
                seen += 1;
            }
        }
        let registry = repo.root.join("crates/feeds/src/registry.rs");
        let registry = fs::read_to_string(registry).unwrap();
        let kinds = registry.matches("::KIND,").count();
        assert_eq!((seen, seen > 0), (kinds, true));
    }
}
