//! `cargo xtask setup`: makes sure of everything that is needed beside cargo, on a fresh Debian machine.
//!
//! What is already there is left alone, so the other commands call this first and it costs little. What is
//! missing is installed as root or through `sudo`; where that can't be done, the error names the package and
//! the command.

use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::repo::Repo;
use crate::run::{Cmd, is_ci, note, step};
use crate::tools::{self, DEBIAN_WASM_PACKAGES, WASM_TARGET, WasmToolchain};

/// How much is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Need {
    /// What compiles and packs the web client.
    Web,
    /// That, and what the tests use: Chromium and the browser tests' packages.
    Tests,
    /// That, and what measurements and the release checks use; some of it compiles for minutes.
    Everything,
}

/// Makes sure of all that `need` says.
pub(crate) fn ensure(repo: &Repo, need: Need) -> Result<()> {
    step("Checking what is installed");
    ensure_wasm()?;
    ensure_node(need)?;
    ensure_npm(repo, &repo.web())?;
    if need >= Need::Tests {
        ensure_chromium()?;
        ensure_npm(repo, &repo.browser_tests())?;
        ensure_servers()?;
        if !tools::has_cargo_tool("nextest") && need < Need::Everything {
            note(
                "cargo-nextest is not installed: `cargo test` is used (`cargo xtask setup --all` installs it)",
            );
        }
    }
    if need >= Need::Everything {
        for tool in ["cargo-nextest", "cargo-deny"] {
            ensure_cargo_tool(tool)?;
        }
        if tools::which("gpsdecode").is_none() {
            apt_install(
                &["gpsd-clients"],
                "gpsdecode, which the benchmarks compare with",
            )?;
        }
    }
    Ok(())
}

fn ensure_wasm() -> Result<()> {
    if WasmToolchain::detect().is_some() {
        return Ok(());
    }
    note(&format!("Rust has no target {WASM_TARGET} yet"));
    if tools::which("rustup").is_some() {
        let added = Cmd::new("rustup")
            .args(["target", "add", WASM_TARGET])
            .status()?;
        if added && WasmToolchain::detect().is_some() {
            return Ok(());
        }
        note("rustup could not fetch it; trying the distribution's Rust");
    }
    apt_install(&DEBIAN_WASM_PACKAGES, "a Rust that compiles to WebAssembly")?;
    WasmToolchain::require().map(|_| ())
}

/// Node and npm, as new as the need wants them. For the tests alone an older one is no error outside of an
/// integration machine: they are skipped.
fn ensure_node(need: Need) -> Result<()> {
    let wanted = if need == Need::Web {
        tools::NODE_FOR_WEB
    } else {
        tools::NODE_FOR_TESTS
    };
    let has = |lowest: u32| tools::has_node(lowest) && tools::which("npm").is_some();
    if !has(wanted) && !has(tools::NODE_FOR_WEB) {
        apt_install(&["nodejs", "npm"], "node and npm")?;
    }
    if has(wanted) {
        return Ok(());
    }
    let fault = format!(
        "node is older than version {wanted}: install a newer one, such as the package `nodejs` of a newer \
         Debian or of the node project"
    );
    if has(tools::NODE_FOR_WEB) && !is_ci() {
        note(&fault);
        return Ok(());
    }
    bail!(fault)
}

fn ensure_chromium() -> Result<()> {
    if tools::chromium().is_some() {
        return Ok(());
    }
    let installed = apt_install(&["chromium"], "Chromium, which the browser tests drive");
    match installed {
        Err(error) if !is_ci() => {
            note(&format!("{error:#}"));
            note("the browser tests will be skipped");
            Ok(())
        }
        other => other,
    }
}

/// Servers that the tests of transports start, each with the Debian packages that bring it.
const SERVERS: [(&str, &[&str]); 3] = [
    ("mosquitto", &["mosquitto", "mosquitto-clients"]),
    ("nats-server", &["nats-server"]),
    ("postgres", &["postgresql"]),
];

/// Outside of an integration machine a missing server is no error: its tests say that they skipped.
fn ensure_servers() -> Result<()> {
    for (server, packages) in SERVERS {
        if tools::has_server(server) {
            continue;
        }
        let what = format!("{server}, which tests of the transports start");
        match apt_install(packages, &what) {
            Err(error) if !is_ci() => {
                note(&format!("{error:#}"));
                note(&format!("tests with {server} will be skipped"));
            }
            other => other?,
        }
    }
    Ok(())
}

/// Installs the npm packages of a folder exactly as its lock says, unless the same lock was installed before.
fn ensure_npm(repo: &Repo, dir: &Path) -> Result<()> {
    let lock_file = dir.join("package-lock.json");
    let lock = std::fs::read_to_string(&lock_file)
        .with_context(|| format!("{} can't be read", lock_file.display()))?;
    let stamp = dir.join("node_modules/.oneroof-lock");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    note(&format!("npm packages of {}", repo.show(dir)));
    Cmd::new("npm")
        .args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])
        .dir(dir)
        .run()
        .with_context(|| {
            format!(
                "the npm packages of {} could not be installed",
                repo.show(dir)
            )
        })?;
    std::fs::write(&stamp, lock).with_context(|| format!("{} can't be written", stamp.display()))
}

fn ensure_cargo_tool(name: &str) -> Result<()> {
    if tools::has_cargo_tool(name.trim_start_matches("cargo-")) {
        return Ok(());
    }
    note(&format!("compiling {name}, which takes some minutes"));
    Cmd::cargo()
        .args(["install", "--locked", name])
        .without_env("CARGO_TARGET_DIR")
        .run()
}

/// Installs Debian packages; an error names them and the command to type.
fn apt_install(packages: &[&str], what: &str) -> Result<()> {
    let by_hand = format!("apt-get install {}", packages.join(" "));
    if tools::which("apt-get").is_none() {
        bail!("{what} is missing, and there is no apt-get here. On Debian it would be `{by_hand}`");
    }
    let Some(prefix) = root_prefix() else {
        bail!("{what} is missing. Run as root: {by_hand}");
    };
    note(&format!("installing {what}"));
    let updated = as_root(prefix, &["apt-get", "-qq", "update"]).status()?;
    if !updated {
        note("the package lists could not be refreshed; trying with those that are here");
    }
    // `env` and not our environment: sudo keeps that to itself.
    let mut line = vec!["env", "DEBIAN_FRONTEND=noninteractive"];
    line.extend(["apt-get", "-qq", "install", "-y", "--no-install-recommends"]);
    line.extend(packages);
    as_root(prefix, &line)
        .run()
        .with_context(|| format!("{what} could not be installed. Run as root: {by_hand}"))
}

/// What stands before a command so that it runs as root; `None` if that can't be had without a password.
fn root_prefix() -> Option<&'static [&'static str]> {
    let uid = Cmd::new("id").args(["-u"]).read().ok()?;
    if uid.trim() == "0" {
        return Some(&[]);
    }
    Cmd::new("sudo")
        .args(["-n", "true"])
        .read()
        .ok()
        .map(|_| ["sudo", "-n"].as_slice())
}

fn as_root(prefix: &[&str], line: &[&str]) -> Cmd {
    let mut words = prefix.iter().chain(line);
    let program = words.next().copied().unwrap_or("true");
    Cmd::new(program).args(words)
}
