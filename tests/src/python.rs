//! Programs of others from the Python package index, in virtual environments of their own below cargo's temporary folder.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::programs::skipped;

/// A Python that can import these modules of these packages, installed now where they are not yet. `None` where that cannot
/// be done (no `python3`, no `venv`, no index), and a line that says that the test is skipped.
///
/// # Panics
/// On an integration machine (`CI`), where nothing may be skipped.
pub fn python_with(name: &str, packages: &[&str], modules: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target");
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or(folder, PathBuf::from);
    let folder = target.join("tmp/python").join(name);
    let python = folder.join("bin/python");
    if can_import(&python, modules) {
        return Some(python);
    }
    let pip = "-m pip install --quiet --timeout 10 --retries 1".split(' ');
    let venv = ["-m", "venv", "--clear"];
    let made = ends_well(Command::new("python3").args(venv).arg(&folder))
        && ends_well(Command::new(&python).args(pip).args(packages))
        && can_import(&python, modules);
    if made {
        return Some(python);
    }
    let why = "no virtual environment with it (python3-venv, package index)";
    assert!(std::env::var_os("CI").is_none(), "{name}: {why}");
    skipped(&format!("test with {}", packages.join(" and ")), why);
    None
}

fn can_import(python: &Path, modules: &str) -> bool {
    let import = format!("import {modules}");
    ends_well(Command::new(python).args(["-c", &import]))
}

/// Runs a program to its end; whether it went well.
fn ends_well(command: &mut Command) -> bool {
    let command = command.stdin(Stdio::null());
    let command = command.stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
