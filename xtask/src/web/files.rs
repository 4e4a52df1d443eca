//! Reading, writing, hashing and compressing files, with the path in every error.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};

/// How many hex digits of the digest stand in a file's name: 40 bits, enough for some hundred files.
pub(super) const NAME_DIGITS: usize = 10;

/// The whole content of a file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("{} can't be read", path.display()))
}

/// The whole content of a text file.
pub(super) fn read_text(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("{} can't be read", path.display()))
}

/// Writes a file and the folders above it.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)
            .with_context(|| format!("{} can't be made", parent.display()))?;
    }
    std::fs::write(path, bytes).with_context(|| format!("{} can't be written", path.display()))
}

/// SHA-256 in hex.
pub(super) fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .fold(String::with_capacity(64), |mut text, byte| {
            // Writing to a `String` can't fail.
            write!(text, "{byte:02x}").ok();
            text
        })
}

/// `js/boot.js` with content becomes `js/boot-0123456789.js`.
pub(super) fn hashed_name(logical: &str, bytes: &[u8]) -> String {
    let digest: String = digest(bytes).chars().take(NAME_DIGITS).collect();
    match logical.rsplit_once('.') {
        Some((stem, extension)) if !extension.contains('/') => {
            format!("{stem}-{digest}.{extension}")
        }
        _ => format!("{logical}-{digest}"),
    }
}

/// What stands behind the last dot of a path.
pub(super) fn ending(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(_, ending)| ending)
}

/// All files below a folder, sorted by path; none where the folder is not there.
pub(super) fn walk(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    if !dir.is_dir() {
        return Ok(found);
    }
    let entries =
        std::fs::read_dir(dir).with_context(|| format!("{} can't be read", dir.display()))?;
    for entry in entries {
        let path = entry
            .with_context(|| format!("{} can't be read", dir.display()))?
            .path();
        if path.is_dir() {
            found.extend(walk(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// A path below `dir` with `/` between its parts.
pub(super) fn relative(dir: &Path, path: &Path) -> String {
    let below = path.strip_prefix(dir).unwrap_or(path);
    below
        .iter()
        .map(|part| part.to_string_lossy())
        .collect::<Vec<_>>()
        .join("/")
}

/// Compressed with gzip at its best level.
pub(super) fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).context("gzip")?;
    encoder.finish().context("gzip")
}

/// Compressed with brotli at its best level.
pub(super) fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    let params = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: 22,
        ..Default::default()
    };
    brotli::BrotliCompress(&mut &*bytes, &mut out, &params).context("brotli")?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_changes_with_the_content_and_keeps_its_ending() {
        let one = hashed_name("js/boot.js", b"one");
        let two = hashed_name("js/boot.js", b"two");
        assert_ne!(one, two);
        assert!(one.starts_with("js/boot-") && ending(&one) == "js", "{one}");
        assert_eq!(one.len(), "js/boot-.js".len() + NAME_DIGITS);
    }

    #[test]
    fn the_digest_is_that_of_the_standard() {
        // FIPS 180-4, the published value for "abc".
        assert_eq!(
            digest(b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
