//! The store's handle.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use oneroof_ports::StoreError;
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use crate::keys::KeyRing;
use crate::migrate::{self, open_writer};
use crate::readers::{Readers, locate_in};
use crate::writer::{Request, Writer};
use crate::{OpenError, folder};

/// Settings of a store.
#[derive(Debug, Clone)]
pub struct Options {
    /// Connections for reading.
    pub readers: usize,
    /// Requests that wait for the writer; a further sender waits for room.
    pub queue: usize,
    /// Largest size of `oneroof.sqlite` in bytes; beyond it an append answers [`StoreError::Full`]. `None`: the disk.
    pub max_bytes: Option<u64>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            readers: 4,
            queue: 256,
            max_bytes: None,
        }
    }
}

/// Journal and store in a data folder. The folder is locked against other processes until this is dropped; dropping
/// waits for the writer to end what it has begun.
pub struct SqliteStore {
    pub(crate) folder: PathBuf,
    pub(crate) readers: Arc<Readers>,
    pub(crate) committed: Arc<AtomicU64>,
    writer: Option<mpsc::Sender<Request>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl core::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("SqliteStore")
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}

impl SqliteStore {
    /// Opens a data folder, making it where it is missing, and brings it to the newest version. Blocks.
    ///
    /// # Errors
    /// [`OpenError`]: in use, written by a newer program, of another program, damaged, or not to be read.
    pub fn open(data: &Path, options: &Options) -> Result<Self, OpenError> {
        std::fs::create_dir_all(data).map_err(|why| OpenError::Io {
            path: data.to_owned(),
            why,
        })?;
        let lock = folder::lock(data)?;
        let writer = open_both(data, lock, options).map_err(|e| locate_in(data, e))?;
        let readers = Arc::new(Readers::new(data, options.readers));
        let committed = writer.committed();
        let (sender, requests) = mpsc::channel(options.queue.max(1));
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || writer.run(requests))
            .map_err(|why| OpenError::Io {
                path: data.to_owned(),
                why,
            })?;
        Ok(Self {
            folder: data.to_owned(),
            readers,
            committed,
            writer: Some(sender),
            thread: Mutex::new(Some(thread)),
        })
    }

    /// The data folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Sets [`Options::max_bytes`] on the running store.
    ///
    /// # Errors
    /// Where the writer cannot be reached.
    pub async fn set_max_bytes(&self, max: Option<u64>) -> Result<(), StoreError> {
        self.on_writer(move |w| set_max_bytes(&w.conn, max).map_err(Into::into))
            .await
    }

    pub(crate) async fn send(&self, request: Request) -> Result<(), StoreError> {
        let gone = || StoreError::Failed("the writer has ended".to_owned());
        let writer = self.writer.as_ref().ok_or_else(gone)?;
        writer.send(request).await.map_err(|e| {
            tracing::error!(error = %e, "the writer has ended");
            gone()
        })
    }

    /// Runs this on the writer's thread.
    pub(crate) async fn on_writer<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Writer) -> Result<T, StoreError> + Send + 'static,
    {
        let (answer, result) = oneshot::channel();
        let work = Box::new(move |writer: &mut Writer| {
            if answer.send(work(writer)).is_err() {
                tracing::debug!("nobody waits for the writer's answer");
            }
        });
        self.send(Request::Work(work)).await?;
        result
            .await
            .map_err(|e| StoreError::Failed(format!("the writer has ended: {e}")))?
    }
}

/// The writing side of both databases, with erasures that were cut short carried out.
fn open_both(data: &Path, lock: File, options: &Options) -> Result<Writer, OpenError> {
    let conn = open_writer(&data.join(folder::DATABASE), migrate::DATABASE)?;
    set_max_bytes(&conn, options.max_bytes)?;
    let used: Option<i64> = conn.query_row("SELECT max(key_id) FROM payloads", [], |r| r.get(0))?;
    let keys = KeyRing::open(data, used.unwrap_or(0))?;
    let mut writer = Writer::new(conn, keys, data, lock)?;
    writer.follow_erasures()?;
    Ok(writer)
}

/// Lower than what the file has already is what it has: then nothing more fits, until something is removed.
fn set_max_bytes(conn: &Connection, max: Option<u64>) -> Result<(), OpenError> {
    let page: i64 = conn.pragma_query_value(None, "page_size", |r| r.get(0))?;
    let pages = max.map_or(0xFFFF_FFFE, |bytes| {
        (crate::rows::int(bytes) / page).clamp(1, 0xFFFF_FFFE)
    });
    conn.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))?;
    Ok(())
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        self.writer = None;
        let thread = self
            .thread
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if thread.is_some_and(|t| t.join().is_err()) {
            tracing::error!("the writer's thread had panicked");
        }
    }
}
