//! The programs that the commands need and that are not Rust crates: is each of them here?

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::run::Cmd;

/// The target that the web client is compiled for.
pub(crate) const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// The lowest version of node that runs the WebAssembly optimiser.
pub(crate) const NODE_FOR_WEB: u32 = 18;

/// The lowest version of node that runs Playwright.
pub(crate) const NODE_FOR_TESTS: u32 = 20;

/// Names under which distributions install Chromium, the first one being Debian's.
const CHROMIUM: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
];

/// Debian's packages with a Rust that can build for WebAssembly without rustup.
pub(crate) const DEBIAN_WASM_PACKAGES: [&str; 4] =
    ["rustc-web", "cargo-web", "rust-web-src", "lld-22"];

/// The first file of this name in `PATH`.
pub(crate) fn which(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|dir| dir.join(name))
        .find(|file| file.is_file())
}

/// Whether a server is installed; Debian keeps some out of `PATH`.
pub(crate) fn has_server(name: &str) -> bool {
    let postgres = std::fs::read_dir("/usr/lib/postgresql");
    let versions = postgres.into_iter().flatten().flatten();
    which(name).is_some()
        || Path::new("/usr/sbin").join(name).is_file()
        || versions
            .map(|v| v.path().join("bin").join(name))
            .any(|p| p.is_file())
}

/// Chromium: `ONEROOF_CHROMIUM`, else the first known name in `PATH`.
pub(crate) fn chromium() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("ONEROOF_CHROMIUM") {
        return Some(PathBuf::from(path)).filter(|path| path.is_file());
    }
    CHROMIUM.iter().find_map(|name| which(name))
}

/// Whether node is here in this major version or a newer one.
pub(crate) fn has_node(lowest: u32) -> bool {
    Cmd::new("node")
        .args(["--version"])
        .read()
        .ok()
        .and_then(|text| major(&text))
        .is_some_and(|major| major >= lowest)
}

/// The first number of a version like `v20.11.1`.
fn major(version: &str) -> Option<u32> {
    version
        .trim()
        .trim_start_matches('v')
        .split('.')
        .next()?
        .parse()
        .ok()
}

/// Whether `cargo <name>` is installed.
pub(crate) fn has_cargo_tool(name: &str) -> bool {
    which(&format!("cargo-{name}")).is_some()
        || home_cargo_bin().is_some_and(|bin| bin.join(format!("cargo-{name}")).is_file())
}

fn home_cargo_bin() -> Option<PathBuf> {
    let home = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".cargo")))?;
    Some(home.join("bin"))
}

/// How Rust is compiled to WebAssembly on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WasmToolchain {
    /// The toolchain that runs us has the target: the normal way.
    Target,
    /// Debian's `rustc-web` with the standard library compiled from its sources.
    Debian,
}

impl WasmToolchain {
    /// What is there, the normal way first.
    pub(crate) fn detect() -> Option<Self> {
        if rustc_has_target() {
            Some(Self::Target)
        } else if debian_is_complete() {
            Some(Self::Debian)
        } else {
            None
        }
    }

    /// What is there, or an error that says what to install.
    pub(crate) fn require() -> Result<Self> {
        match Self::detect() {
            Some(found) => Ok(found),
            None => bail!(
                "Rust can't compile to WebAssembly here. Run `cargo xtask setup`, or one of\n  \
                 rustup target add {WASM_TARGET}\n  apt-get install {}",
                DEBIAN_WASM_PACKAGES.join(" ")
            ),
        }
    }

    /// `cargo <subcommand> --target wasm32-unknown-unknown` in this way.
    pub(crate) fn cargo(self, subcommand: &str) -> Cmd {
        match self {
            Self::Target => Cmd::cargo().args([subcommand, "--target", WASM_TARGET]),
            Self::Debian => Cmd::new("/usr/bin/cargo")
                .args([
                    subcommand,
                    "-Z",
                    "build-std=std,panic_abort",
                    "--target",
                    WASM_TARGET,
                ])
                .env("RUSTC_BOOTSTRAP", "1")
                .env("RUSTC", "/usr/bin/rustc")
                .env("CARGO", "/usr/bin/cargo")
                .without_env("RUSTUP_TOOLCHAIN")
                .without_env("RUSTC_WRAPPER"),
        }
    }
}

fn rustc_has_target() -> bool {
    if std::env::var_os("ONEROOF_WASM_TOOLCHAIN").is_some_and(|value| value == "debian") {
        return false;
    }
    Cmd::new("rustc")
        .args(["--print", "target-libdir", "--target", WASM_TARGET])
        .read()
        .is_ok_and(|dir| {
            std::fs::read_dir(dir.trim()).is_ok_and(|mut entries| entries.next().is_some())
        })
}

fn debian_is_complete() -> bool {
    let source = Cmd::new("/usr/bin/rustc")
        .args(["--print", "sysroot"])
        .without_env("RUSTUP_TOOLCHAIN")
        .read()
        .is_ok_and(|root| {
            Path::new(root.trim())
                .join("lib/rustlib/src/rust/library/std/Cargo.toml")
                .exists()
        });
    source && Path::new("/usr/bin/cargo").is_file() && which("wasm-ld-22").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_of_node_is_its_first_number() {
        assert_eq!(major("v20.11.1\n"), Some(20));
        assert_eq!(major("22.0.0"), Some(22));
        assert_eq!(major("not a version"), None);
    }
}
