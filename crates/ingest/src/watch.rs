//! Follows the `feeds/` folders: a new, changed or removed file takes effect on the running system; an invalid one
//! leaves the old feed at work and is shown in its health.

use core::time::Duration;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use notify::{RecursiveMode, Watcher as _};
use oneroof_config::{Config, Feed, Problem, load_feed, process_env};
use oneroof_model::FeedId;
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::hub::{FeedError, Ingest};

/// The folders are looked at so often even where the system tells of no change (network folders do not). 3 s.
const LOOK_EVERY: Duration = Duration::from_secs(3);

/// Changes within this time are taken together: editors write a file in several steps. 300 ms.
const DEBOUNCE: Duration = Duration::from_millis(300);

/// Most files that are looked at.
const MAX_FILES: usize = 1_000;

/// What tells that a file may have changed.
type Stamp = (PathBuf, u64, Option<SystemTime>);

/// What a look at the folders found.
#[derive(Debug)]
pub enum Change {
    /// A file is new or has other content, and is valid.
    Valid(Box<Feed>),
    /// A file is new or has other content, and is not.
    Invalid(FeedId, Vec<Problem>),
    /// A feed's file is gone from all folders.
    Gone(FeedId),
}

/// The folders of feeds, the base first and the overlays after it; a later folder's file replaces an earlier one's.
#[derive(Debug)]
pub struct FeedFolders {
    folders: Vec<PathBuf>,
    known: BTreeMap<FeedId, Stamp>,
}

impl FeedFolders {
    /// The `feeds` folders of these configuration folders. What is in them now is not yet known: the first look
    /// gives all of it.
    pub fn new<P: AsRef<Path>>(config_folders: &[P]) -> Self {
        let folders = config_folders
            .iter()
            .map(|f| f.as_ref().join("feeds"))
            .collect();
        Self {
            folders,
            known: BTreeMap::new(),
        }
    }

    /// Looks at the folders; what changed since the last look.
    pub fn look(&mut self, config: &Config) -> Vec<Change> {
        let now = self.stamps();
        let mut changes = Vec::new();
        for (id, stamp) in &now {
            if self.known.get(id) == Some(stamp) {
                continue;
            }
            changes.push(match load_feed(&stamp.0, config, &process_env) {
                Ok(feed) => Change::Valid(Box::new(feed)),
                Err(problems) => Change::Invalid(id.clone(), problems),
            });
        }
        let gone = self.known.keys().filter(|id| !now.contains_key(*id));
        changes.extend(gone.cloned().map(Change::Gone));
        self.known = now;
        changes
    }

    fn stamps(&self) -> BTreeMap<FeedId, Stamp> {
        let mut stamps = BTreeMap::new();
        for folder in &self.folders {
            // A folder that is not there has no feeds.
            let Ok(entries) = fs::read_dir(folder) else {
                continue;
            };
            for entry in entries.take(MAX_FILES).flatten() {
                let path = entry.path();
                let Some(id) = feed_name(&path) else { continue };
                let Ok(meta) = fs::metadata(&path) else {
                    continue;
                };
                if meta.is_file() {
                    stamps.insert(id, (path, meta.len(), meta.modified().ok()));
                }
            }
        }
        stamps
    }
}

/// The feed that a file is about; none for examples (`_...`), hidden and other files.
fn feed_name(path: &Path) -> Option<FeedId> {
    let name = path.file_name()?.to_str()?;
    let stem = name.strip_suffix(".yaml")?;
    (!stem.is_empty() && !stem.starts_with(['_', '.'])).then(|| FeedId::from(stem))
}

impl Ingest {
    /// Puts changes of the folders into effect.
    pub async fn take_changes(&self, changes: Vec<Change>) {
        for change in changes {
            match change {
                Change::Valid(feed) => {
                    let id = feed.feed.clone();
                    match self.apply(*feed).await {
                        Ok(()) => tracing::info!(feed = %id, "the feed is as its file says"),
                        Err(error) => {
                            tracing::error!(feed = %id, %error, "the feed's file is not taken");
                        }
                    }
                }
                Change::Invalid(id, problems) => {
                    if let Some(first) = problems.first() {
                        tracing::error!(feed = %id, file = first.file, line = first.line, column = first.column, "the feed's file is invalid; what was there goes on");
                    }
                    self.reject_config(&id, &problems);
                }
                Change::Gone(id) => match self.remove(&id).await {
                    Ok(()) => tracing::info!(feed = %id, "the feed's file is gone, so is the feed"),
                    Err(FeedError::NotFound(_)) => {}
                    Err(error) => {
                        tracing::error!(feed = %id, %error, "the feed could not be removed");
                    }
                },
            }
        }
    }

    /// Starts the feeds of the folders, and follows them until the ingest is shut down. When this returns all feeds are
    /// known: a sender that comes then is not told that there is no such feed.
    pub async fn watch(&self, mut folders: FeedFolders, config: Arc<Config>) {
        let bell = Arc::new(Notify::new());
        // Without it the folders are only looked at now and then.
        let watcher = watch_folders(&folders.folders, &bell);
        self.take_changes(folders.look(&config)).await;
        let (ingest, stop) = (self.clone(), self.inner.stop.clone());
        self.inner.tasks.spawn(async move {
            // Kept for as long as the task runs.
            let _watcher = watcher;
            loop {
                tokio::select! {
                    biased;
                    () = stop.cancelled() => return,
                    told = timeout(LOOK_EVERY, bell.notified()) => {
                        if told.is_ok() {
                            // The rest of what is being written.
                            tokio::select! {
                                biased;
                                () = stop.cancelled() => return,
                                () = tokio::time::sleep(DEBOUNCE) => {}
                            }
                        }
                    }
                }
                let changes = folders.look(&config);
                ingest.take_changes(changes).await;
            }
        });
    }
}

fn watch_folders(folders: &[PathBuf], bell: &Arc<Notify>) -> Option<notify::RecommendedWatcher> {
    let bell = Arc::clone(bell);
    let rung = move |event: notify::Result<notify::Event>| {
        // Reading a file is no change.
        if !matches!(
            event,
            Ok(notify::Event {
                kind: notify::EventKind::Access(_),
                ..
            })
        ) {
            bell.notify_one();
        }
    };
    let mut watcher = match notify::recommended_watcher(rung) {
        Ok(watcher) => watcher,
        Err(error) => {
            tracing::warn!(%error, "changes of feed files are found by looking only");
            return None;
        }
    };
    for folder in folders.iter().filter(|f| f.is_dir()) {
        if let Err(error) = watcher.watch(folder, RecursiveMode::NonRecursive) {
            tracing::warn!(folder = %folder.display(), %error, "changes here are found by looking only");
        }
    }
    Some(watcher)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_hidden_and_other_files_are_no_feeds() {
        let name = |path: &str| feed_name(Path::new(path)).map(|id| id.0);
        assert_eq!(
            name("a/feeds/bg-sensors.yaml").as_deref(),
            Some("bg-sensors")
        );
        for path in [
            "_example.yaml",
            ".a.yaml.swp",
            ".hidden.yaml",
            "notes.txt",
            ".yaml",
            "a.yaml~",
        ] {
            assert_eq!(name(path), None, "{path}");
        }
    }
}
