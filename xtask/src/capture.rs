//! `cargo xtask capture`: a real AIS capture for `cargo xtask demo --capture`, out of a package that every Debian has at
//! hand: gpsd's sources carry what receivers really heard, as input of gpsd's own tests (BSD-2-Clause).
//!
//! Debian's machines know where its packages are and seldom where its sources are. So `apt-get` gets lists of its own
//! here, made from the machine's with `deb` read as `deb-src`; the machine's are left as they are. `apt-get` checks the
//! signatures as ever.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::repo::Repo;
use crate::run::{Cmd, note, step};
use crate::tools;

/// The source package.
const PACKAGE: &str = "gpsd";

/// Captures in it: where, and what they are called here.
const CAPTURES: [(&str, &str); 2] = [
    ("test/daemon/ais-nmea.log", "ais-nmea.nmea"),
    ("test/sample.aivdm", "sample.nmea"),
];

/// Fetches the captures and says how to play them.
pub(crate) fn run(repo: &Repo) -> Result<()> {
    let folder = repo.target.join("captures");
    let wanted: Vec<PathBuf> = CAPTURES.iter().map(|(_, name)| folder.join(name)).collect();
    if !wanted.iter().all(|file| file.is_file()) {
        step("Fetching real AIS captures");
        fetch(&folder)?;
    }
    for file in &wanted {
        let text = fs::read_to_string(file)?;
        let sentences = text.lines().filter(|l| l.contains("!AIVDM")).count();
        note(&format!("{sentences} sentences in {}", file.display()));
    }
    let files: Vec<String> = wanted.iter().map(|f| f.display().to_string()).collect();
    note("they have no times in them, so a rate is given:");
    println!("cargo xtask demo --capture {} --rate 20", files.join(" "));
    Ok(())
}

fn fetch(folder: &Path) -> Result<()> {
    for tool in ["apt-get", "tar", "xz"] {
        if tools::which(tool).is_none() {
            bail!(
                "`{tool}` is missing. On Debian: apt-get install xz-utils. Elsewhere take any file of AIVDM \
                 sentences of your own: cargo xtask demo --capture FILE"
            );
        }
    }
    let apt = folder.join("apt");
    for inside in ["lists/partial", "cache/archives/partial", "sources"] {
        fs::create_dir_all(apt.join(inside))?;
    }
    let lists = source_lists(Path::new("/etc/apt"), &apt.join("sources"))?;
    if lists == 0 {
        bail!("no list of Debian's packages is in /etc/apt, so its sources can't be found");
    }
    let set = |name: &str, path: &str| format!("{name}={}", apt.join(path).display());
    let settings = [
        "Dir::Etc::SourceList=/dev/null".to_owned(),
        set("Dir::Etc::SourceParts", "sources"),
        set("Dir::State::Lists", "lists"),
        set("Dir::Cache", "cache"),
        // In a folder of one's own there is nothing that apt's own user may write.
        "APT::Sandbox::User=root".to_owned(),
    ];
    let options = || settings.iter().flat_map(|s| ["-o", s.as_str()]);
    Cmd::new("apt-get")
        .args(options())
        .args(["-qq", "update"])
        .run()
        .context("the lists of Debian's sources could not be fetched")?;
    Cmd::new("apt-get")
        .args(options())
        .args(["-qq", "source", "--download-only", PACKAGE])
        .dir(&apt)
        .run()
        .with_context(|| format!("the sources of {PACKAGE} could not be fetched"))?;
    unpack(&apt, folder)
}

/// Writes the machine's lists of Debian's packages as lists of its sources; gives how many there were.
fn source_lists(etc: &Path, to: &Path) -> Result<usize> {
    let mut files = vec![etc.join("sources.list")];
    if let Ok(parts) = fs::read_dir(etc.join("sources.list.d")) {
        files.extend(parts.filter_map(|p| Some(p.ok()?.path())));
    }
    let mut written = 0;
    for file in files {
        let Some(name) = file.file_name().and_then(|n| n.to_str()) else {
            continue;
        };
        let Ok(text) = fs::read_to_string(&file) else {
            continue;
        };
        if !text.contains("debian") {
            continue;
        }
        let text = as_sources(&text, name.ends_with(".sources"));
        if text.contains("deb-src") {
            fs::write(to.join(name), text)?;
            written += 1;
        }
    }
    Ok(written)
}

/// A list of packages as a list of sources, in the form of a stanza or of lines.
fn as_sources(text: &str, stanzas: bool) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let line = match line.strip_prefix("deb ") {
            Some(rest) if !stanzas => format!("deb-src {rest}"),
            _ if stanzas && line.starts_with("Types:") => "Types: deb-src".to_owned(),
            _ => line.to_owned(),
        };
        out.push_str(&line);
        out.push('\n');
    }
    out
}

fn unpack(from: &Path, to: &Path) -> Result<()> {
    let archive = fs::read_dir(from)?
        .filter_map(|e| Some(e.ok()?.path()))
        .find(|p| p.to_string_lossy().contains(".orig.tar."))
        .with_context(|| format!("apt-get brought no sources of {PACKAGE}"))?;
    for (inside, name) in CAPTURES {
        let bytes = Cmd::new("tar")
            .args(["--extract", "--to-stdout", "--wildcards", "--file"])
            .args([&archive])
            .args([format!("*/{inside}")])
            .read()
            .with_context(|| format!("{inside} is not in {}", archive.display()))?;
        fs::write(to.join(name), bytes)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_both_forms_name_the_sources() {
        let stanza = "Types: deb\nURIs: http://mirror/debian\nSuites: stable\n";
        assert_eq!(
            as_sources(stanza, true),
            "Types: deb-src\nURIs: http://mirror/debian\nSuites: stable\n"
        );
        let lines = "# a remark\ndeb http://mirror/debian stable main\n";
        assert_eq!(
            as_sources(lines, false),
            "# a remark\ndeb-src http://mirror/debian stable main\n"
        );
    }
}
