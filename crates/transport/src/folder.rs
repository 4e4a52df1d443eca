//! Folder drop: files that appear in a folder.
//!
//! A file is taken when its size and time have not changed for the configured while, so that one that is still being
//! written (or copied in pieces) is left alone; senders may also write under another name (`.part`, `.tmp`, a leading
//! dot) and rename. It stays where it is until everything in it is durable, and is then moved to `done/` or `failed/`
//! beside it (`failed/` with the reason in a file of its own). After a crash in between it is read again: the room
//! knows what it has already taken, so nothing is there twice.

mod trail;

use core::time::Duration;
use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::io::{self, Read as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use oneroof_config::types::Folder;
use oneroof_ports::{Ack, BoxFuture, Source, SourceError, SourceOut};
use tokio_util::sync::CancellationToken;

use crate::backoff::Backoff;
use crate::capped;
use crate::pipe::{Pipe, Stopped, failed};
use crate::wildcard;

pub use trail::{DONE_FOLDER, FAILED_FOLDER, REASON_SUFFIX};
use trail::{Fault, Trail};

/// Shortest and longest time between two looks at the folder. 50 ms and 2 s.
const LOOK_EVERY: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));

/// Most files that are known at one time; those beyond wait for the next look.
const MAX_FILES: usize = 10_000;

/// Shortest and longest wait after a file could not be made durable. 1 s and 1 min.
const RETRY: (Duration, Duration) = (Duration::from_secs(1), Duration::from_mins(1));

/// Endings of names under which senders write what is not finished.
const UNFINISHED: [&str; 5] = [".part", ".partial", ".tmp", ".filepart", ".crdownload"];

/// A folder drop.
#[derive(Debug)]
pub struct FolderSource {
    config: Folder,
}

/// Size and time of a file; what does not change is settled.
type Shape = (u64, Option<SystemTime>);

/// A file that was seen.
#[derive(Debug, Clone, Copy)]
struct Seen {
    shape: Shape,
    /// When it was first seen with this shape.
    since: Duration,
    /// It could be moved nowhere and is not taken again as it is.
    stuck: bool,
}

fn shape(meta: &Metadata) -> Shape {
    (meta.len(), meta.modified().ok())
}

impl FolderSource {
    /// A drop in the configured folder, which is made where it is missing.
    pub const fn new(config: Folder) -> Self {
        Self { config }
    }

    fn folder(&self) -> PathBuf {
        PathBuf::from(&self.config.path)
    }

    fn wanted(&self, name: &str) -> bool {
        !name.starts_with('.')
            && !UNFINISHED.iter().any(|end| name.ends_with(end))
            && wildcard::matches(&self.config.pattern, name)
    }

    /// Files that are there, by name; symbolic links and folders among them only where the pattern fits.
    fn list(&self) -> io::Result<BTreeMap<String, Metadata>> {
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(self.folder())? {
            let entry = entry?;
            // A name that is no UTF-8 fits no pattern that could be written.
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            if !self.wanted(&name) {
                continue;
            }
            // Gone in the meantime: not ours any more.
            let Ok(meta) = entry.metadata() else { continue };
            if !meta.is_dir() {
                files.insert(name, meta);
            }
            if files.len() >= MAX_FILES {
                break;
            }
        }
        Ok(files)
    }

    /// Notes what is there now, and gives the files that have settled, oldest first.
    fn look(&self, seen: &mut BTreeMap<String, Seen>, now: Duration) -> io::Result<Vec<String>> {
        let files = self.list()?;
        seen.retain(|name, _| files.contains_key(name));
        let settle = self.config.settle.duration();
        let mut ready = Vec::new();
        for (name, meta) in files {
            let shape = shape(&meta);
            let known = seen
                .entry(name.clone())
                .and_modify(|s| {
                    if s.shape != shape {
                        *s = Seen {
                            shape,
                            since: now,
                            stuck: false,
                        };
                    }
                })
                .or_insert(Seen {
                    shape,
                    since: now,
                    stuck: false,
                });
            if !known.stuck && now.saturating_sub(known.since) >= settle {
                ready.push((shape.1, name));
            }
        }
        ready.sort();
        Ok(ready.into_iter().map(|(_, name)| name).collect())
    }

    /// A whole file, unpacked. `Ok(None)` where it is gone or was written to meanwhile: it will settle anew.
    fn read(&self, name: &str, expected: Shape) -> Result<Option<Vec<u8>>, Fault> {
        let path = self.folder().join(name);
        let Ok(meta) = fs::symlink_metadata(&path) else {
            return Ok(None);
        };
        if !meta.is_file() {
            return Err(Fault::new(
                "file.not_regular",
                "a link or a device, not a file",
            ));
        }
        let cap = self.config.max_bytes.bytes();
        let too_large = || Fault::new("file.too_large", format!("more than {cap} bytes"));
        if meta.len() > cap {
            return Err(too_large());
        }
        let unreadable = |e: io::Error| Fault::new("file.unreadable", e.to_string());
        let file = fs::File::open(&path).map_err(unreadable)?;
        let mut bytes = Vec::new();
        (&file)
            .take(cap.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(unreadable)?;
        let after = file.metadata().map_err(unreadable)?;
        if shape(&after) != expected || bytes.len() as u64 != after.len() {
            return Ok(None);
        }
        match capped::unpack(bytes, cap) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(capped::CappedError::TooLarge { .. }) => Err(too_large()),
            Err(e @ capped::CappedError::Damaged(_)) => Err(Fault::new("file.gzip", e.to_string())),
        }
    }

    /// Takes one settled file. `Ok(false)` where it could not be made durable and has to wait.
    async fn take(
        &self,
        pipe: &Pipe,
        conn: u64,
        name: &str,
        seen: &mut BTreeMap<String, Seen>,
    ) -> Result<bool, Stopped> {
        let Some(expected) = seen.get(name).map(|s| s.shape) else {
            return Ok(true);
        };
        // A local file, bounded in size: reading it takes no longer than decoding it will.
        let trail = match self.read(name, expected) {
            Ok(None) => return Ok(true),
            Err(fault) => Trail::Failed(fault),
            Ok(Some(bytes)) => {
                let peer: Arc<str> = name.into();
                match pipe.whole(conn, &peer, &bytes).await? {
                    Ack::Durable {
                        taken, quarantined, ..
                    } => Trail::of(taken, quarantined),
                    Ack::Failed { why } => {
                        pipe.state(Err(failed("file.not_durable", format!("{name}: {why}"))))
                            .await?;
                        return Ok(false);
                    }
                }
            }
        };
        let at = pipe.out.clock.now();
        if let Err(error) = trail.leave(&self.folder(), name, self.config.done, at) {
            if let Some(seen) = seen.get_mut(name) {
                seen.stuck = true;
            }
            let detail = format!("{name} was processed and can't be moved: {error}");
            pipe.state(Err(failed("folder.not_writable", detail)))
                .await?;
        }
        Ok(true)
    }

    async fn serve(&self, pipe: &Pipe) -> Result<(), SourceError> {
        let folder = self.folder();
        fs::create_dir_all(&folder)
            .map_err(|e| failed("folder.unusable", format!("{}: {e}", folder.display())))?;
        let every = (self.config.settle.duration() / 2).clamp(LOOK_EVERY.0, LOOK_EVERY.1);
        let mut seen = BTreeMap::new();
        let mut retry = Backoff::new(RETRY.0, RETRY.1);
        let mut conn = 0;
        let mut up = false;
        loop {
            let ready = self
                .look(&mut seen, pipe.out.clock.monotonic())
                .map_err(|e| failed("folder.unusable", format!("{}: {e}", folder.display())))?;
            if !up {
                up = true;
                let here = folder.display().to_string();
                if pipe.state(Ok(here)).await.is_err() {
                    return Ok(());
                }
            }
            let mut wait = every;
            for name in ready {
                conn += 1;
                match self.take(pipe, conn, &name, &mut seen).await {
                    Err(Stopped) => return Ok(()),
                    Ok(true) => retry.reset(),
                    Ok(false) => {
                        wait = retry.next_wait();
                        up = false;
                        break;
                    }
                }
            }
            if pipe.sleep(wait).await.is_err() {
                return Ok(());
            }
        }
    }
}

impl Source for FolderSource {
    fn run(
        &self,
        out: SourceOut,
        stop: CancellationToken,
    ) -> BoxFuture<'_, Result<(), SourceError>> {
        Box::pin(async move { self.serve(&Pipe { out, stop }).await })
    }
}
