//! The data folder: names of its files, the lock, and what makes a file durable.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use oneroof_ports::StoreError;

use crate::OpenError;
use crate::error::file_error;

/// Journal and store.
pub(crate) const DATABASE: &str = "oneroof.sqlite";
/// Keys of encrypted payloads.
pub(crate) const KEYS: &str = "keys.sqlite";
/// Held by the one process that writes.
const LOCK: &str = "lock";

/// Takes the folder for this process. The lock goes with the file handle, however the process ends.
pub(crate) fn lock(folder: &Path) -> Result<File, OpenError> {
    let path = folder.join(LOCK);
    let io = |why| OpenError::Io {
        path: path.clone(),
        why,
    };
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(io)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            let read = file.read_to_string(&mut holder).is_ok() && !holder.is_empty();
            return Err(OpenError::InUse {
                folder: folder.to_owned(),
                holder: if read { holder.trim() } else { "unknown" }.to_owned(),
            });
        }
        Err(TryLockError::Error(why)) => return Err(io(why)),
    }
    file.set_len(0).map_err(io)?;
    file.rewind().map_err(io)?;
    writeln!(file, "process {}", std::process::id()).map_err(io)?;
    Ok(file)
}

/// A name with something behind it: `backup.sqlite` and `.keys` give `backup.sqlite.keys`.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Waits until the content of a file is on the disk.
pub(crate) fn sync_file(path: &Path) -> Result<(), StoreError> {
    let done = OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .and_then(|f| f.sync_all());
    done.map_err(|e| file_error(path, &e))
}

/// Renames within a folder and waits until the new name is on the disk.
pub(crate) fn rename_durably(from: &Path, to: &Path) -> Result<(), StoreError> {
    std::fs::rename(from, to).map_err(|e| file_error(to, &e))?;
    let folder = match to.parent() {
        Some(p) if !p.as_os_str().is_empty() => p,
        _ => Path::new("."),
    };
    File::open(folder)
        .and_then(|f| f.sync_all())
        .map_err(|e| file_error(folder, &e))
}

/// Removes a file; one that is not there is no fault.
pub(crate) fn remove(path: &Path) -> Result<(), StoreError> {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(file_error(path, &e)),
        _ => Ok(()),
    }
}
