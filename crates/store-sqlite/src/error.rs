//! What `SQLite` answers, in the words of the ports.

use std::path::PathBuf;

use oneroof_ports::StoreError;
use rusqlite::{Error, ErrorCode, ffi};

/// Why a data folder could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process writes it.
    #[error("the data folder {folder} is in use by another server ({holder})")]
    InUse {
        /// The folder.
        folder: PathBuf,
        /// What the other one wrote about itself.
        holder: String,
    },
    /// A newer program has written it.
    #[error(
        "{file} has version {found}, this program knows up to {known}: use the newer program, \
         or restore a backup from before the upgrade"
    )]
    Newer {
        /// The file.
        file: PathBuf,
        /// Its version.
        found: i64,
        /// Newest version known here.
        known: i64,
    },
    /// It is a database of something else.
    #[error("{file} is a database of another program")]
    Foreign {
        /// The file.
        file: PathBuf,
    },
    /// The folder or a file could not be read or written.
    #[error("{path}: {why}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        why: std::io::Error,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<OpenError> for StoreError {
    fn from(e: OpenError) -> Self {
        match e {
            OpenError::Store(e) => e,
            other => Self::Failed(other.to_string()),
        }
    }
}

impl From<Error> for OpenError {
    fn from(e: Error) -> Self {
        Self::Store(store_error(&e))
    }
}

/// Extended codes of a write that the disk refused (no room, failing device, taken away).
const WRITE_FAULTS: [i32; 5] = [
    ffi::SQLITE_IOERR_WRITE,
    ffi::SQLITE_IOERR_FSYNC,
    ffi::SQLITE_IOERR_DIR_FSYNC,
    ffi::SQLITE_IOERR_TRUNCATE,
    ffi::SQLITE_IOERR_SHMSIZE,
];

/// In the words of the ports.
pub(crate) fn store_error(e: &Error) -> StoreError {
    match e.sqlite_error() {
        Some(code) => match code.code {
            ErrorCode::DiskFull | ErrorCode::ReadOnly => StoreError::Full(e.to_string()),
            ErrorCode::SystemIoFailure if WRITE_FAULTS.contains(&code.extended_code) => {
                StoreError::Full(e.to_string())
            }
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => StoreError::Damaged {
                place: crate::folder::DATABASE.to_owned(),
                detail: e.to_string(),
            },
            _ => StoreError::Failed(e.to_string()),
        },
        None => match e {
            Error::FromSqlConversionFailure(..) | Error::InvalidColumnType(..) => {
                StoreError::Damaged {
                    place: crate::folder::DATABASE.to_owned(),
                    detail: e.to_string(),
                }
            }
            _ => StoreError::Failed(e.to_string()),
        },
    }
}

/// The same for `?` on the result of a statement.
pub(crate) trait InStore<T> {
    fn stored(self) -> Result<T, StoreError>;
}

impl<T> InStore<T> for Result<T, Error> {
    fn stored(self) -> Result<T, StoreError> {
        self.map_err(|e| store_error(&e))
    }
}

/// An error of the file system in the words of the ports: no room is [`StoreError::Full`].
pub(crate) fn file_error(path: &std::path::Path, e: &std::io::Error) -> StoreError {
    use std::io::ErrorKind as K;
    let text = format!("{}: {e}", path.display());
    match e.kind() {
        K::StorageFull | K::QuotaExceeded | K::ReadOnlyFilesystem => StoreError::Full(text),
        _ => StoreError::Failed(text),
    }
}
