//! `cargo xtask bench [NAME]`: measures, and writes the figures with their machine to `docs/benchmarks.md`.
//!
//! Each bench is a section of that page and can be measured alone; the others stay as they are. What runs is
//! always a release build. Aims stand beside the figures and nothing fails where one is missed: a figure
//! depends on the machine and on what else it does.

mod formats;
pub(crate) mod machine;
pub(crate) mod page;
mod peers;
pub(crate) mod web;

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use crate::repo::Repo;
use crate::run::{Cmd, note, step};
use crate::skips::Skips;

/// One figure, as a bench prints it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Figure {
    /// What was measured.
    pub(crate) what: String,
    /// The figure.
    pub(crate) value: f64,
    /// Its unit.
    pub(crate) unit: String,
    /// What we aim at, empty where nothing was set.
    pub(crate) aim: String,
    /// How it was measured.
    pub(crate) note: String,
}

/// The benches: name, heading of their section.
const BENCHES: [(&str, &str); 8] = [
    ("formats", "Formats"),
    ("decode", "Decoding"),
    ("ingest", "Reports to disk"),
    ("fanout", "Updates to screens"),
    ("tracks", "Tracks"),
    ("start", "Start"),
    ("web", "The map"),
    ("memory", "Memory"),
];

/// Measures what `name` says, or everything.
pub(crate) fn run(
    repo: &Repo,
    name: Option<&str>,
    of_web: &web::Options,
    skips: &mut Skips,
) -> Result<()> {
    let chosen: Vec<_> = BENCHES
        .iter()
        .filter(|(own, _)| name.is_none_or(|name| name == *own))
        .collect();
    if chosen.is_empty() {
        let names: Vec<_> = BENCHES.iter().map(|(own, _)| *own).collect();
        bail!(
            "no bench is called `{}`; there are {}",
            name.unwrap_or_default(),
            names.join(", ")
        );
    }
    // The decoders alone need no server.
    if chosen.iter().any(|(own, _)| *own != "formats") {
        step("Building for release");
        Cmd::cargo()
            .args(["build", "--release", "--package", "oneroof-server"])
            .dir(&repo.root)
            .run()?;
    }
    for (name, heading) in chosen {
        if *name == "formats" {
            step(&format!("Measuring: {heading}"));
            formats::run(repo, skips)?;
            continue;
        }
        if *name == "web" {
            web::run(repo, of_web)?;
            continue;
        }
        let machine = machine::describe(repo)?;
        step(&format!("Measuring: {heading}"));
        let figures = match *name {
            "decode" => decode(repo, skips)?,
            "memory" => figures(bench(repo, "oneroof-live", "memory", &[]))?,
            _ => system(repo, name)?,
        };
        for figure in &figures {
            note(&format!("{}: {}", figure.what, page::value(figure)));
        }
        page::write(repo, name, heading, &machine, &figures)?;
    }
    note("docs/benchmarks.md is written");
    Ok(())
}

/// The decoders alone, then the command beside those of others.
fn decode(repo: &Repo, skips: &mut Skips) -> Result<Vec<Figure>> {
    let capture = capture(repo)?;
    let mut figures = figures(bench(
        repo,
        "oneroof-feeds",
        "decode",
        &[&capture.display().to_string()],
    ))?;
    figures.extend(peers::compare(repo, &capture, skips)?);
    Ok(figures)
}

/// The built binary under load.
fn system(repo: &Repo, name: &str) -> Result<Vec<Figure>> {
    figures(bench(repo, "oneroof-server", "system", &[name]))
}

/// A bench of a crate; the built binary is named to it.
fn bench(repo: &Repo, package: &str, bench: &str, args: &[&str]) -> Cmd {
    Cmd::cargo()
        .args([
            "bench",
            "--quiet",
            "--package",
            package,
            "--bench",
            bench,
            "--",
        ])
        .args(args)
        .env("ONEROOF_BIN", repo.release_binary())
        .dir(&repo.root)
}

fn figures(cmd: Cmd) -> Result<Vec<Figure>> {
    cmd.read()?
        .lines()
        .filter(|line| line.starts_with('{'))
        .map(|line| serde_json::from_str(line).with_context(|| format!("no figure: {line}")))
        .collect()
}

/// The real capture where it is, else made-up sentences; unpacked, for others read no gzip.
fn capture(repo: &Repo) -> Result<PathBuf> {
    let shared = std::env::var_os("ONEROOF_SHARED_DATA")
        .map_or_else(|| repo.root.join("../shared/data"), PathBuf::from);
    let packed = shared.join("ais/amsa-terrestrial.nmea.gz");
    let folder = repo.target.join("bench");
    std::fs::create_dir_all(&folder)?;
    if packed.is_file() {
        let plain = folder.join("amsa-terrestrial.nmea");
        let file = std::fs::File::open(&packed)?;
        let mut from = flate2::read::MultiGzDecoder::new(file);
        std::io::copy(&mut from, &mut std::fs::File::create(&plain)?)
            .with_context(|| format!("{} can't be unpacked", packed.display()))?;
        return Ok(plain);
    }
    note("the real capture is not there (ONEROOF_SHARED_DATA): made-up sentences instead");
    let made = folder.join("made-up.nmea");
    std::fs::write(
        &made,
        bench(repo, "oneroof-server", "system", &["sentences"]).read()?,
    )?;
    Ok(made)
}
