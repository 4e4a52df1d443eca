//! Checkpoints as files of their own: they are large, and the journal's log and the acknowledgements must not wait
//! for them. They are caches: one that does not read whole is dropped.
//!
//! A file is: `"ORCP"`, format (1 byte), version of the fold (4 bytes), position (8), time in microseconds (8),
//! length of the state (8), SHA-256 of the state before compression (32), the state deflated (zlib). Big-endian.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use oneroof_model::Time;
use oneroof_ports::{Checkpoint, StoreError};
use sha2::{Digest as _, Sha256};

use crate::error::file_error;
use crate::folder;

const MAGIC: [u8; 5] = *b"ORCP\x01";
/// Checkpoints kept.
const KEPT: usize = 2;
/// A state longer than this is not believed.
const MAX_STATE_BYTES: u64 = 4_000_000_000;

/// Writes a checkpoint and drops all but the newest two. Blocks.
pub(crate) fn save(data: &Path, checkpoint: &Checkpoint) -> Result<(), StoreError> {
    let name = format!(
        "checkpoint-{:020}-v{}.bin",
        checkpoint.position, checkpoint.fold_version
    );
    let path = data.join(name);
    let part = folder::beside(&path, ".part");
    let written = write(&part, checkpoint).map_err(|e| file_error(&part, &e));
    if let Err(e) = written.and_then(|()| folder::rename_durably(&part, &path)) {
        folder::remove(&part)?;
        return Err(e);
    }
    for old in list(data)?.into_iter().skip(KEPT) {
        folder::remove(&old)?;
    }
    Ok(())
}

fn write(path: &Path, checkpoint: &Checkpoint) -> std::io::Result<()> {
    let file = std::fs::File::create(path)?;
    let mut out = std::io::BufWriter::new(file);
    out.write_all(&MAGIC)?;
    out.write_all(&checkpoint.fold_version.to_be_bytes())?;
    out.write_all(&checkpoint.position.to_be_bytes())?;
    out.write_all(&checkpoint.at.as_micros().to_be_bytes())?;
    out.write_all(&(checkpoint.state.len() as u64).to_be_bytes())?;
    out.write_all(&Sha256::digest(&checkpoint.state))?;
    let mut deflater = flate2::write::ZlibEncoder::new(out, flate2::Compression::fast());
    deflater.write_all(&checkpoint.state)?;
    deflater.finish()?.into_inner()?.sync_all()
}

/// The newest one of this version of the fold that reads whole. Blocks.
pub(crate) fn newest(data: &Path, fold_version: u32) -> Result<Option<Checkpoint>, StoreError> {
    for path in list(data)? {
        match read(&path) {
            Ok(found) if found.fold_version == fold_version => return Ok(Some(found)),
            Ok(_) => {}
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
            Err(e) => {
                tracing::warn!(file = %path.display(), error = %e, "a broken checkpoint was dropped");
                folder::remove(&path)?;
            }
        }
    }
    Ok(None)
}

fn read(path: &Path) -> std::io::Result<Checkpoint> {
    let broken = |why: &str| std::io::Error::other(why.to_owned());
    let mut file = std::io::BufReader::new(std::fs::File::open(path)?);
    if take::<5>(&mut file)? != MAGIC {
        return Err(broken("not a checkpoint of a known format"));
    }
    let fold_version = u32::from_be_bytes(take(&mut file)?);
    let position = u64::from_be_bytes(take(&mut file)?);
    let at = Time::from_micros(i64::from_be_bytes(take(&mut file)?));
    let length = u64::from_be_bytes(take(&mut file)?);
    let sum: [u8; 32] = take(&mut file)?;
    if length > MAX_STATE_BYTES {
        return Err(broken("its length cannot be"));
    }
    let mut state = Vec::new();
    flate2::read::ZlibDecoder::new(file)
        .take(length + 1)
        .read_to_end(&mut state)?;
    if state.len() as u64 != length || Sha256::digest(&state).as_slice() != sum {
        return Err(broken("its checksum does not fit"));
    }
    Ok(Checkpoint {
        fold_version,
        position,
        state,
        at,
    })
}

fn take<const N: usize>(from: &mut impl std::io::Read) -> std::io::Result<[u8; N]> {
    let mut bytes = [0; N];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Drops all: they hold what is in the journal.
pub(crate) fn remove_all(data: &Path) -> Result<(), StoreError> {
    list(data)?.iter().try_for_each(|path| folder::remove(path))
}

/// Files of checkpoints, newest first.
fn list(data: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let fail = |e: std::io::Error| file_error(data, &e);
    let mut found = Vec::new();
    for item in std::fs::read_dir(data).map_err(fail)? {
        let item = item.map_err(fail)?;
        let name = item.file_name();
        let name = name.to_string_lossy();
        if name.starts_with("checkpoint-") && name.ends_with(".bin") {
            found.push(item.path());
        }
    }
    found.sort();
    found.reverse();
    Ok(found)
}
