//! The reading side: a few connections, used on blocking threads.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use oneroof_ports::StoreError;
use rusqlite::{Connection, OpenFlags};
use tokio::sync::Semaphore;

use crate::migrate::open_reader;
use crate::{OpenError, folder};

/// Connections for reading, made when first needed.
pub(crate) struct Readers {
    folder: PathBuf,
    idle: Mutex<Vec<Connection>>,
    free: Arc<Semaphore>,
}

impl Readers {
    pub(crate) fn new(folder: &Path, connections: usize) -> Self {
        Self {
            folder: folder.to_owned(),
            idle: Mutex::default(),
            free: Arc::new(Semaphore::new(connections.max(1))),
        }
    }

    /// Runs this with one of the connections on a blocking thread.
    pub(crate) async fn run<T, F>(self: &Arc<Self>, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let ended =
            |e: &dyn std::fmt::Display| StoreError::Failed(format!("the reader ended: {e}"));
        let permit = Arc::clone(&self.free)
            .acquire_owned()
            .await
            .map_err(|e| ended(&e))?;
        let this = Arc::clone(self);
        tokio::task::spawn_blocking(move || {
            let idle = this.idle().pop();
            let conn = match idle {
                Some(conn) => conn,
                None => open_reader(
                    &this.folder.join(folder::DATABASE),
                    &this.folder.join(folder::KEYS),
                )?,
            };
            let result = work(&conn).map_err(|e| locate(&conn, e));
            if !matches!(result, Err(StoreError::Damaged { .. })) {
                this.idle().push(conn);
            }
            drop(permit);
            result
        })
        .await
        .map_err(|e| ended(&e))?
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// [`locate`] for a folder that could not be opened.
pub(crate) fn locate_in(folder: &Path, e: OpenError) -> OpenError {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    match (
        e,
        Connection::open_with_flags(folder.join(folder::DATABASE), flags),
    ) {
        (OpenError::Store(e), Ok(conn)) => OpenError::Store(locate(&conn, e)),
        (e, _) => e,
    }
}

/// Says on which page the file is damaged, where the database itself can say so.
fn locate(conn: &Connection, e: StoreError) -> StoreError {
    match e {
        StoreError::Damaged { place, detail } if place == folder::DATABASE => {
            let found: rusqlite::Result<String> =
                conn.query_row("PRAGMA quick_check(1)", [], |r| r.get(0));
            let found = match found {
                Ok(text) => text.replace('\n', " "),
                Err(e) => e.to_string(),
            };
            let page = found
                .split_once("age ")
                .map(|(_, rest)| rest.chars().take_while(char::is_ascii_digit).collect())
                .filter(|digits: &String| !digits.is_empty());
            StoreError::Damaged {
                place: page.map_or(place.clone(), |p| format!("{place} page {p}")),
                detail: format!("{detail}; {found}"),
            }
        }
        other => other,
    }
}
