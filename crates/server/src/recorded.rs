//! The configuration of a demonstration that plays captures: an overlay with a feed for each format in them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use oneroof_feeds::KINDS;
use oneroof_feeds::sniff::{Chunks, kind_of};

/// What is played, and how.
pub(crate) struct Recording<'a> {
    /// The captures.
    pub(crate) files: &'a [PathBuf],
    /// Their format; by their first bytes where it is missing.
    pub(crate) format: Option<&'a str>,
    /// A file with the format's options.
    pub(crate) options: Option<&'a Path>,
    /// Lines a second, instead of the times in the captures.
    pub(crate) rate: Option<f64>,
    /// How many times faster than it happened.
    pub(crate) speed: f64,
}

/// Writes an overlay with the feeds that play the captures. The folder.
///
/// # Errors
/// Where a capture or the options cannot be read, or the format of a capture is not known.
pub(crate) fn overlay(data: &Path, recording: &Recording<'_>) -> Result<PathBuf> {
    let overlay = data.join("capture-config");
    fs::create_dir_all(overlay.join("feeds"))?;
    let mut by_kind: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for file in recording.files {
        let path = fs::canonicalize(file)
            .with_context(|| format!("the capture {} can't be found", file.display()))?;
        let kind = match recording.format {
            Some(kind) => kind,
            None => known(file)?,
        };
        // JSON is YAML too.
        let path = serde_json::to_string(&path)?;
        by_kind.entry(kind).or_default().push(path);
    }
    let alone = by_kind.len() == 1;
    for (kind, files) in &by_kind {
        let name = if alone {
            "recorded".to_owned()
        } else {
            format!("recorded-{}", kind.replace('_', "-"))
        };
        let feed = feed(&name, kind, files, recording)?;
        fs::write(overlay.join("feeds").join(format!("{name}.yaml")), feed)?;
    }
    Ok(overlay)
}

/// The format of a capture by its first bytes.
fn known(file: &Path) -> Result<&'static str> {
    let unreadable = || format!("the capture {} can't be read", file.display());
    let opened = File::open(file).with_context(unreadable)?;
    let chunks = Chunks::new(opened).with_context(unreadable)?;
    let Some(kind) = kind_of(chunks).with_context(unreadable)? else {
        let all: Vec<&str> = KINDS.iter().map(|k| k.kind).collect();
        bail!(
            "the format of {} is not known by its first bytes: name it with --capture-format (one of {}), and with \
             --capture-options the file of its mapping where it needs one",
            file.display(),
            all.join(", ")
        );
    };
    Ok(kind)
}

/// The file of a feed.
fn feed(name: &str, kind: &str, files: &[String], recording: &Recording<'_>) -> Result<String> {
    let pace = match recording.rate {
        Some(rate) => format!("rate_per_s: {rate}"),
        None => format!("speed: {}", recording.speed),
    };
    let source_kind = match kind {
        "ais_nmea" => "ship_reporting",
        _ => "other",
    };
    let mut text = format!(
        "feed: {name}\norg: NCC\nname: {{uk: \"Запис ({kind})\", en: \"Recording ({kind})\"}}\n\
         source_kind: {source_kind}\nquota: {{records_per_s: 200000, bytes_per_s: 50MB}}\n\
         transport: {{kind: replay, files: [{}], {pace}, repeat: true}}\nformat:\n",
        files.join(", ")
    );
    let options = match recording.options {
        Some(path) => fs::read_to_string(path)
            .with_context(|| format!("the options {} can't be read", path.display()))?,
        None => String::new(),
    };
    if !options.lines().any(|line| line.starts_with("kind:")) {
        writeln!(text, "  kind: {kind}")?;
    }
    for line in options.lines() {
        writeln!(text, "  {line}")?;
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recording<'a>(files: &'a [PathBuf], format: Option<&'a str>) -> Recording<'a> {
        Recording {
            files,
            format,
            options: None,
            rate: None,
            speed: 2.0,
        }
    }

    #[test]
    fn captures_of_several_formats_are_a_feed_each() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            path
        };
        let files = [
            path("a", "!AIVDM,1,1,,A,0,0*00\n"),
            path("b", "*8D4840D6202CC371C32CE0576098;\n"),
            path("c", "!AIVDM,1,1,,B,0,0*00\n"),
        ];
        let overlay = overlay(folder.path(), &recording(&files, None)).unwrap();
        let feed = |name: &str| fs::read_to_string(overlay.join("feeds").join(name)).unwrap();
        let ships = feed("recorded-ais-nmea.yaml");
        assert!(
            ships.contains("/a\", \"") && ships.contains("/c\""),
            "{ships}"
        );
        assert!(ships.contains("speed: 2,"), "{ships}");
        let aircraft = feed("recorded-adsb-avr.yaml");
        assert!(
            aircraft.ends_with("format:\n  kind: adsb_avr\n"),
            "{aircraft}"
        );
    }

    #[test]
    fn a_capture_that_says_nothing_of_its_format_is_an_error_that_tells_what_to_write() {
        let folder = tempfile::tempdir().unwrap();
        let table = folder.path().join("table.csv");
        fs::write(&table, "a;b\n1;2\n").unwrap();
        let files = [table];
        let error = overlay(folder.path(), &recording(&files, None)).unwrap_err();
        assert!(error.to_string().contains("--capture-format"), "{error}");
        let options = folder.path().join("options.yaml");
        fs::write(&options, "delimiter: semicolon\nmap: []\n").unwrap();
        let with = Recording {
            options: Some(&options),
            ..recording(&files, Some("csv"))
        };
        let overlay = overlay(folder.path(), &with).unwrap();
        let feed = fs::read_to_string(overlay.join("feeds/recorded.yaml")).unwrap();
        let end = "format:\n  kind: csv\n  delimiter: semicolon\n  map: []\n";
        assert!(feed.ends_with(end), "{feed}");
    }
}
