//! `cargo xtask test [FILTER]`: all tests, native and in the browser, and one line at the end that counts them.
//!
//! The client is built for release and the server as its developers run it; tests find them through
//! `ONEROOF_WEB_DIST` and `ONEROOF_BIN`. A test that can't do its work (say, data that is not in the repository
//! is absent) prints a line `SKIPPED <what>: <why>` and returns: such lines are counted as skips and not as
//! passes. A part of the machine that is missing is a skip too, and a failure where `CI` is set.

mod report;

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{ExitCode, Stdio};

use anyhow::{Context as _, Result};

use self::report::{Counts, Native};
use crate::repo::Repo;
use crate::run::{Cmd, Stopwatch, is_ci, note, step};
use crate::setup::{self, Need};
use crate::skips::Skips;
use crate::tools;
use crate::{demo, size, web};

/// The packages whose tests run natively; those of `xtask` have a profile of their own.
const NATIVE: [&str; 5] = [
    "--workspace",
    "--exclude",
    "xtask",
    "--exclude",
    "oneroof-web",
];

/// One run of the tests.
struct Run<'a> {
    repo: &'a Repo,
    filter: Option<&'a str>,
    skips: &'a mut Skips,
    counts: Counts,
}

/// Runs everything, prints the skips and the counts, and tells whether all was well.
pub(crate) fn run(repo: &Repo, filter: Option<&str>, skips: &mut Skips) -> ExitCode {
    let watch = Stopwatch::start();
    let mut run = Run {
        repo,
        filter,
        skips,
        counts: Counts::default(),
    };
    run.part("setup", |run| setup::ensure(run.repo, Need::Tests));
    run.part("web client", |run| {
        web::build(run.repo, web::Mode::Release)?;
        size::check(run.repo)?;
        run.counts.passed += 1;
        Ok(())
    });
    run.part("server", Run::server);
    run.part("native tests", Run::native);
    run.part("documentation tests", Run::documentation);
    run.part("tests of the automation", Run::automation);
    run.part("JavaScript tests", Run::javascript);
    run.part("browser tests", Run::browser);
    let counts = run.counts;
    note(&format!("all parts took {}", watch.words()));
    skips.print();
    println!(
        "{} passed, {} failed, {} skipped",
        counts.passed,
        counts.failed,
        skips.len()
    );
    if counts.failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

impl Run<'_> {
    /// Runs one part; what keeps it from running at all is a failure, and the other parts go on.
    fn part(&mut self, name: &str, work: impl FnOnce(&mut Self) -> Result<()>) {
        if let Err(error) = work(self) {
            println!("FAILED {name}: {error:#}");
            self.counts.failed += 1;
        }
    }

    fn has_server(&self) -> bool {
        self.repo.root.join("crates/server/Cargo.toml").exists()
    }

    fn server(&mut self) -> Result<()> {
        if self.has_server() {
            demo::build_server(self.repo)
        } else {
            self.skips.missing("server", "crates/server is not there")
        }
    }

    fn native(&mut self) -> Result<()> {
        step("Native tests");
        let native = self.cargo_tests(&NATIVE, "dev")?;
        self.add(native);
        Ok(())
    }

    fn automation(&mut self) -> Result<()> {
        step("Tests of the automation");
        let native = self.cargo_tests(&["--package", "xtask", "--features", "basemap"], "xtask")?;
        self.add(native);
        Ok(())
    }

    fn add(&mut self, native: Native) {
        self.counts.add(native.counts);
        for (what, why) in native.skips {
            self.skips.add(&what, &why);
        }
    }

    /// Runs the native tests of some packages with nextest, or with cargo's own runner where that is all there is.
    fn cargo_tests(&self, packages: &[&str], cargo_profile: &str) -> Result<Native> {
        if !tools::has_cargo_tool("nextest") {
            let command = Cmd::cargo()
                .args(["test", "--no-fail-fast", "--profile", cargo_profile])
                .args(packages)
                .args(["--lib", "--bins", "--tests"])
                .args(self.filter)
                .args(["--", "--show-output"]);
            return self.watched(command);
        }
        let profile = if is_ci() { "ci" } else { "default" };
        // Nextest keeps its reports in the workspace or in the target folder, by its version.
        let reports = [&self.repo.root.join("target"), &self.repo.target]
            .map(|folder| folder.join("nextest").join(profile).join("junit.xml"));
        for report in reports.iter().filter(|report| report.exists()) {
            std::fs::remove_file(report).context("the report of an earlier run is in the way")?;
        }
        let command = Cmd::cargo()
            .args([
                "nextest",
                "run",
                "--no-fail-fast",
                "--no-tests=pass",
                "--hide-progress-bar",
            ])
            .args([
                "--status-level=slow",
                "--final-status-level=flaky",
                "--cargo-quiet",
            ])
            .args(["--profile", profile, "--cargo-profile", cargo_profile])
            .args(packages)
            .args(self.filter);
        let ended_well = self.with_parts(command).status()?;
        let report = reports.iter().find(|report| report.exists());
        let text = report.map(std::fs::read_to_string).transpose()?;
        let mut native = report::from_junit(&text.unwrap_or_default());
        if report.is_none() && ended_well {
            println!("FAILED: nextest left no report of its tests");
            native.counts.failed = 1;
        }
        if !ended_well && native.counts.failed == 0 {
            println!("FAILED: the tests did not compile or their runner broke off");
            native.counts.failed = 1;
        }
        Ok(native)
    }

    /// Runs cargo's own test runner, passing its lines on and counting in them.
    fn watched(&self, command: Cmd) -> Result<Native> {
        let mut child = self
            .with_parts(command)
            .into_inner()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("cargo can't be started")?;
        let stdout = child.stdout.take().context("cargo has no output")?;
        let mut native = Native::default();
        for line in BufReader::new(stdout).lines() {
            let line = line.context("cargo's output")?;
            println!("{line}");
            native.read_line(&line);
        }
        if !child.wait().context("cargo went away")?.success() && native.counts.failed == 0 {
            native.counts.failed = 1;
        }
        Ok(native)
    }

    fn documentation(&mut self) -> Result<()> {
        if self.filter.is_some() {
            return Ok(());
        }
        step("Documentation tests");
        let command = Cmd::cargo()
            .args(["test", "--quiet", "--doc", "--no-fail-fast"])
            .args(NATIVE);
        let native = self.watched(command)?;
        self.add(native);
        Ok(())
    }

    /// Gives a command the folders and the parts that tests look for.
    fn with_parts(&self, command: Cmd) -> Cmd {
        let command = command
            .env("CARGO_TARGET_DIR", &self.repo.target)
            .env("ONEROOF_BIN", self.repo.binary())
            .env("ONEROOF_WEB_DIST", &self.repo.web_dist)
            .env("INSTA_UPDATE", "no")
            .dir(&self.repo.root);
        match tools::chromium() {
            Some(chromium) => command.env("ONEROOF_CHROMIUM", chromium),
            None => command,
        }
    }

    /// What of the client's JavaScript can be tested without a browser.
    fn javascript(&mut self) -> Result<()> {
        step("JavaScript tests");
        self.node_tests(&self.repo.web().join("js"))?;
        self.node_tests(&self.repo.web().join("js/lazy"))
    }

    fn browser(&mut self) -> Result<()> {
        step("Browser tests");
        if !self.has_server() {
            return self
                .skips
                .missing("browser tests", "there is no server to test");
        }
        if tools::chromium().is_none() {
            return self
                .skips
                .missing("browser tests", "Chromium is not installed");
        }
        // Where nothing is skipped the style guide is built as well; elsewhere it is tested where it was built.
        if is_ci() {
            web::build_guide(self.repo)?;
        }
        self.node_tests(&self.repo.browser_tests())
    }

    /// Runs the tests of a folder with node's own runner.
    fn node_tests(&mut self, folder: &Path) -> Result<()> {
        let files = test_files(folder)?;
        if files.is_empty() {
            return Ok(());
        }
        if !tools::has_node(tools::NODE_FOR_TESTS) {
            let why = "node of version 20 or newer is not installed";
            return self.skips.missing(&self.repo.show(folder), why);
        }
        let tap = self.repo.target.join("node-tests.tap");
        if tap.exists() {
            std::fs::remove_file(&tap).context("the report of an earlier run is in the way")?;
        }
        let pattern = self
            .filter
            .map(|filter| format!("--test-name-pattern={filter}"));
        let command = Cmd::new("node")
            .args(["--test", "--test-concurrency=1"])
            .args(["--test-reporter=spec", "--test-reporter-destination=stdout"])
            .args([
                "--test-reporter=tap".to_owned(),
                format!("--test-reporter-destination={}", tap.display()),
            ])
            .args(pattern)
            .args(files);
        let ended_well = self.with_parts(command).dir(folder).status()?;
        let mut native = report::from_tap(&std::fs::read_to_string(&tap).unwrap_or_default());
        if !ended_well && native.counts.failed == 0 {
            native.counts.failed = 1;
        }
        self.add(native);
        Ok(())
    }
}

/// The test files of a folder, sorted.
fn test_files(folder: &Path) -> Result<Vec<String>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let entries =
        std::fs::read_dir(folder).with_context(|| format!("{} can't be read", folder.display()))?;
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".test.mjs"))
        .collect();
    names.sort();
    Ok(names)
}
