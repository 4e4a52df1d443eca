//! Captures and peers' values that are no part of this repository. They are looked for where `ONEROOF_SHARED_DATA`
//! says, else in `../shared/data` beside the workspace; where they are missing each test says so and counts as skipped
//! (`SKIPPED` on standard output).

use std::io::Read as _;
use std::path::PathBuf;

/// A file by its name below the folder, unpacked where it is gzip.
#[expect(clippy::print_stdout, reason = "a named skip must be seen")]
pub(crate) fn data(name: &str) -> Option<Vec<u8>> {
    let folder = std::env::var_os("ONEROOF_SHARED_DATA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")),
        PathBuf::from,
    );
    let Ok(bytes) = std::fs::read(folder.join(name)) else {
        println!("SKIPPED comparison with {name}: it is not there (ONEROOF_SHARED_DATA)");
        return None;
    };
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Some(bytes);
    }
    let mut plain = Vec::new();
    flate2::read::MultiGzDecoder::new(bytes.as_slice())
        .read_to_end(&mut plain)
        .unwrap();
    Some(plain)
}
