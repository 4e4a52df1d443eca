//! Automation of the workspace, so that cargo is the only tool one needs to know: `cargo xtask help`.
//!
//! Each command is a module. What they share: [`repo`] knows the folders, [`run`] starts programs and shows
//! that, [`tools`] knows what is installed, [`skips`] keeps account of what could not be done.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool speaks to the person before it"
)]

#[cfg(feature = "basemap")]
mod basemap;
mod bench;
mod bless;
mod capture;
mod demo;
mod deny;
mod fuzz;
mod lint;
mod new_format;
mod repo;
mod run;
mod screenshots;
mod setup;
mod size;
mod skips;
mod soak;
mod test;
mod tidy;
mod tools;
mod web;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::repo::Repo;
use crate::setup::Need;
use crate::skips::Skips;

/// Builds, tests, checks and shows OneRoof.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Install what is needed beside cargo: WebAssembly target, npm packages, Chromium.
    Setup {
        /// Also what measurements and release checks use; some of it compiles for minutes.
        #[arg(long)]
        all: bool,
    },
    /// Build the browser client and print the folder it is in.
    Web {
        /// Small and optimised, as it is shipped (the default).
        #[arg(long, conflicts_with = "dev")]
        release: bool,
        /// Quick to build, with names kept.
        #[arg(long)]
        dev: bool,
        /// With the style guide at `/styleguide`, into a folder of its own.
        #[arg(long, conflicts_with_all = ["dev", "release"])]
        styleguide: bool,
    },
    /// Check that the browser client keeps to its size budget.
    Size,
    /// Check the layers, the sources and the dependencies by the rules of the house.
    Tidy,
    /// Check licences, bans, sources and advisories of dependencies.
    Deny,
    /// Check everything that needs no running: formatting, clippy, tidy, dependencies.
    Lint,
    /// Run all tests, or those whose names contain FILTER, native and in the browser.
    Test {
        /// A part of the tests' names.
        filter: Option<String>,
    },
    /// Do what an integration machine does: lint and test.
    Ci,
    /// Build everything and start the demonstration; arguments go to `oneroof demo`.
    Demo {
        /// Arguments for `oneroof demo`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Fetch a real AIS capture to play with `demo --capture`.
    Capture,
    /// Make the offline basemap and the sections' geometry from published packages.
    Basemap {
        /// Only compare with the files that are committed.
        #[arg(long)]
        check: bool,
    },
    /// Make the folder of a new format, registered, with tests that fail by what is still to be written.
    NewFormat {
        /// Its name in configuration (`ais_nmea`).
        kind: String,
    },
    /// Make up hostile input for a format with libFuzzer; needs a C++ compiler.
    Fuzz {
        /// The format: a folder of `crates/feeds/src/formats`; without it each has its turn.
        format: Option<String>,
        /// For how many seconds each.
        #[arg(long, default_value_t = 90)]
        secs: u32,
    },
    /// Measure, and write the figures with their machine to docs/benchmarks.md.
    Bench {
        /// One of them: formats, decode, ingest, fanout, tracks, start, memory, web.
        name: Option<String>,
        #[command(flatten)]
        of_web: bench::web::Options,
    },
    /// Put a load on a release build for long, kill it many times, and write the figures to docs/benchmarks.md.
    Soak {
        /// Minutes of load; 0 for none.
        #[arg(long, default_value_t = 10)]
        minutes: u32,
        /// Kills of the server under load, and of each peer that feeds it; 0 for none.
        #[arg(long, default_value_t = 100)]
        kills: u32,
        /// Instead, a wall and a desk in Chromium under a day of the demonstration within these minutes: do they grow?
        #[arg(long, conflicts_with = "kills")]
        wall: bool,
    },
    /// Take the pictures of the documents from the demonstration.
    Screenshots,
    /// Run the native tests and take what they give as the new snapshots.
    Bless {
        /// A part of the tests' names.
        filter: Option<String>,
    },
}

fn main() -> ExitCode {
    match Repo::find().and_then(|repo| perform(&repo, Cli::parse().task)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn perform(repo: &Repo, task: Task) -> Result<ExitCode> {
    let mut skips = Skips::default();
    match task {
        Task::Setup { all } => {
            setup::ensure(repo, if all { Need::Everything } else { Need::Tests })?;
        }
        Task::Web {
            styleguide: true, ..
        } => {
            web::build_guide(repo)?;
        }
        Task::Web { dev, .. } => {
            web::build(
                repo,
                if dev {
                    web::Mode::Dev
                } else {
                    web::Mode::Release
                },
            )?;
        }
        Task::Size => size::check(repo)?,
        Task::Tidy => tidy::run(repo)?,
        Task::Deny => deny::run(repo, &mut skips)?,
        Task::Lint => lint::run(repo, &mut skips)?,
        Task::Test { filter } => return Ok(test::run(repo, filter.as_deref(), &mut skips)),
        Task::Ci => return Ok(ci(repo, &mut skips)),
        Task::Demo { args } => demo::run(repo, &args)?,
        Task::Capture => capture::run(repo)?,
        Task::Basemap { check } => make_basemap(repo, check)?,
        Task::NewFormat { kind } => new_format::run(repo, &kind)?,
        Task::Fuzz { format, secs } => fuzz::run(repo, format.as_deref(), secs)?,
        Task::Bench { name, of_web } => {
            bench::run(repo, name.as_deref(), &of_web, &mut skips)?;
        }
        Task::Soak {
            minutes,
            wall: true,
            ..
        } => soak::wall::run(repo, minutes)?,
        Task::Soak { minutes, kills, .. } => soak::run(repo, minutes, kills)?,
        Task::Screenshots => screenshots::run(repo)?,
        Task::Bless { filter } => bless::run(repo, filter.as_deref())?,
    }
    skips.print();
    Ok(ExitCode::SUCCESS)
}

#[cfg(feature = "basemap")]
fn make_basemap(repo: &Repo, check: bool) -> Result<()> {
    basemap::run(
        repo,
        if check {
            basemap::Mode::Check
        } else {
            basemap::Mode::Write
        },
    )
}

/// Starts ourselves again, with the geometry that only this needs.
#[cfg(not(feature = "basemap"))]
fn make_basemap(repo: &Repo, check: bool) -> Result<()> {
    run::Cmd::cargo()
        .args([
            "run",
            "--quiet",
            "--package",
            "xtask",
            "--profile",
            "xtask",
            "--features",
            "basemap",
        ])
        .args(["--", "basemap"])
        .args(check.then_some("--check"))
        .dir(&repo.root)
        .run()
}

/// Lint and test; the tests run even if lint has something to say, so that one run tells all.
fn ci(repo: &Repo, skips: &mut Skips) -> ExitCode {
    let linted = setup::ensure(repo, Need::Tests).and_then(|()| lint::run(repo, skips));
    let tested = test::run(repo, None, skips);
    match linted {
        Ok(()) => tested,
        Err(error) => {
            eprintln!("error: lint: {error:#}");
            ExitCode::FAILURE
        }
    }
}
