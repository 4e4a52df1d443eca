//! `cargo xtask tidy`: rules of the house that no compiler knows.
//!
//! The layers of the design from `cargo metadata`, licences and sources of dependencies, and what may not stand
//! in a file. All faults are printed at once.

mod layers;
mod source;
mod supply;
mod text;

use anyhow::{Context as _, Result, bail};
use cargo_metadata::{Metadata, MetadataCommand};

use crate::repo::Repo;
use crate::run::{Cmd, note, step};

/// Endings of files that are not text of ours to read: pictures, fonts, captures, compressed data.
const BINARY: [&str; 14] = [
    "png", "jpg", "webp", "ico", "woff2", "gz", "br", "zst", "pcap", "pcapng", "wasm", "bin", "db",
    "pdf",
];

/// Generated data and fixtures: raw material of formats, where the rules for prose have no meaning.
const RAW: [&str; 5] = [
    "web/assets/",
    "/fixtures/",
    "/snapshots/",
    "/proptest-regressions/",
    "fuzz/corpus/",
];

/// Runs all checks.
pub(crate) fn run(repo: &Repo) -> Result<()> {
    step("Tidy");
    let metadata = metadata(repo)?;
    let mut faults = layers::check(&layers::members(&metadata));
    faults.extend(licence_of_members(&metadata));
    let packages = supply::packages(&metadata);
    faults.extend(supply::check(&rules(repo)?, &packages));
    let duplicates = supply::duplicates(&packages);
    if !duplicates.is_empty() {
        note(&format!(
            "{} crates are there in several versions",
            duplicates.len()
        ));
    }
    faults.extend(check_files(repo)?);
    if faults.is_empty() {
        note("tidy");
        return Ok(());
    }
    for fault in &faults {
        println!("{fault}");
    }
    bail!("{} faults", faults.len())
}

fn metadata(repo: &Repo) -> Result<Metadata> {
    MetadataCommand::new()
        .manifest_path(repo.root.join("Cargo.toml"))
        .other_options(vec!["--locked".to_owned()])
        .exec()
        .context("cargo metadata (is Cargo.lock up to date and committed?)")
}

fn rules(repo: &Repo) -> Result<supply::Rules> {
    let text = std::fs::read_to_string(repo.root.join("deny.toml")).context("deny.toml")?;
    toml::from_str(&text).context("deny.toml")
}

/// Every package of ours says EUPL-1.2 and is not for publishing.
fn licence_of_members(metadata: &Metadata) -> Vec<String> {
    metadata
        .workspace_packages()
        .iter()
        .filter(|package| {
            package.license.as_deref() != Some("EUPL-1.2")
                || package.publish.as_ref().is_none_or(|to| !to.is_empty())
        })
        .map(|package| {
            format!(
                "{}: take `license` and `publish` from the workspace",
                package.manifest_path
            )
        })
        .collect()
}

/// Checks the text of all files that git knows or would add.
fn check_files(repo: &Repo) -> Result<Vec<String>> {
    let list = Cmd::new("git")
        .args([
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "-z",
        ])
        .dir(&repo.root)
        .read()
        .context("the list of files")?;
    let mut faults = Vec::new();
    let mut count = 0_usize;
    for path in list
        .split('\0')
        .filter(|path| !path.is_empty() && is_read(path))
    {
        // A file that was just deleted is still listed.
        let Ok(bytes) = std::fs::read(repo.root.join(path)) else {
            continue;
        };
        match String::from_utf8(bytes) {
            Ok(text) => faults.extend(text::check(path, &text)),
            Err(_) => faults.push(format!("{path}: is not UTF-8")),
        }
        count += 1;
    }
    note(&format!("{count} files read"));
    Ok(faults)
}

fn is_read(path: &str) -> bool {
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    !BINARY.contains(&ending)
        && !RAW.iter().any(|folder| path.contains(folder))
        && path != "LICENSE"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_read_and_raw_material_is_not() {
        assert!(is_read("crates/model/src/lib.rs"));
        assert!(is_read("config/feeds/a.yaml"));
        assert!(!is_read("crates/feeds/src/formats/cap/fixtures/a.xml"));
        assert!(!is_read("web/assets/basemap/land.json"));
        assert!(!is_read("docs/picture.png"));
    }

    #[test]
    fn the_rules_in_the_repository_can_be_read() {
        let repo = Repo::find().unwrap();
        assert!(rules(&repo).is_ok());
    }
}
