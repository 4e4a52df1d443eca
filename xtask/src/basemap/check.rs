//! Bounds on what was made.

use std::io::Write as _;

use anyhow::{Result, ensure};

use super::{FIRST_VIEW_MAX_BYTES, Files};
use crate::run::note;

/// What the browser loads before it can draw the first view.
const FIRST_VIEW: [&str; 4] = [
    "manifest.json",
    "world.json",
    "region-lo.json",
    "places.json",
];

/// Size after gzip in bytes.
pub(super) fn gzip_bytes(text: &str) -> Result<usize> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes())?;
    Ok(encoder.finish()?.len())
}

/// Checks that the first view keeps to its bound.
pub(super) fn sizes(files: &Files) -> Result<()> {
    let mut first = 0;
    for path in FIRST_VIEW {
        first += gzip_bytes(files.by_path.get(path).map_or("", String::as_str))?;
    }
    note(&format!("first view: {} KB compressed", first / 1000));
    ensure!(
        first <= FIRST_VIEW_MAX_BYTES,
        "the first view needs {first} bytes compressed, more than {FIRST_VIEW_MAX_BYTES}"
    );
    Ok(())
}
