//! Putting the parts together: which adapter stands behind which port.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::{Context as _, Result, anyhow};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use oneroof_api::{Api, Assets, FolderAssets, Limits, OwnMaps};
use oneroof_config::Config;
use oneroof_geo::SectionIndex;
use oneroof_ingest::{
    Defaults, FeedFolders, Ingest, IngestParts, SilenceParts, registry, watch_silence,
};
use oneroof_live::{CursorKey, FeedBoard, Hub, HubOptions, Shows};
use oneroof_maps::FileMaps;
use oneroof_model::{Audience, TrackDomain};
use oneroof_ports::{History, Journal, Store, SystemIds, SystemTime, TimeSource};
use oneroof_room::tracks::{HistoryRule, TrackRules};
use oneroof_room::{RoomHandle, RoomOptions, RoomRules};
use oneroof_store_sqlite::{HistoryOptions, Options, SqliteHistory, SqliteStore};
use oneroof_tak::{Endpoint, EndpointParts};
use oneroof_wire::FeedView;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::guard::Guarded;
use crate::housekeeping::{Faults, Housekeeper};
use crate::shelf::FileShelf;
use crate::sources::Sources;

/// A checkpoint is saved after so many entries.
const CHECKPOINT_EVERY: u64 = 20_000;

/// Tracks of others retire after so long without a word, seconds.
const RETIRE_S: i64 = 6 * 3_600;

/// Milliseconds between two flushes of tracks to a screen.
const TICK_MS: u64 = 200;

/// Milliseconds between two beats to a screen.
const BEAT_MS: u32 = 1_000;

/// A running server without its listener.
pub(crate) struct House {
    pub api: Api,
    pub ingest: Ingest,
    pub tasks: TaskTracker,
    /// Stops the hub, the feeds and the housekeeping.
    pub stop: CancellationToken,
}

struct Feeds(Ingest);

impl FeedBoard for Feeds {
    fn health(&self) -> Vec<FeedView> {
        self.0.health()
    }
}

/// Starts everything but the listener. `folders` are followed for feeds that come, change and go.
#[expect(
    clippy::too_many_lines,
    reason = "the one place where the house is put together, in the order of its layers"
)]
pub(crate) async fn start(
    config: Arc<Config>,
    folders: &[PathBuf],
    web: Option<PathBuf>,
    banner: Option<String>,
) -> Result<House> {
    let metrics = recorder()?;
    let data = PathBuf::from(&config.centre.server.data);
    let opened = data.clone();
    let (store, history) = tokio::task::spawn_blocking(move || open(&opened)).await??;
    let full = Arc::new(AtomicBool::new(false));
    let journal: Arc<dyn Journal> = Arc::new(Guarded {
        inner: Arc::clone(&store) as Arc<dyn Journal>,
        full: Arc::clone(&full),
    });
    let store: Arc<dyn Store> = store;
    let clock: Arc<dyn TimeSource> = Arc::new(SystemTime);
    let ids = Arc::new(SystemIds);
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    let options = RoomOptions {
        journal,
        store: Arc::clone(&store),
        history: Arc::clone(&history),
        clock: Arc::clone(&clock),
        ids: Arc::<SystemIds>::clone(&ids),
        rules: rules(&config),
        tracks: track_rules(&config),
        config: config.room_config(),
        checkpoint_every: CHECKPOINT_EVERY,
    };
    let room = oneroof_room::start(options, &tasks).await?;
    let endpoint = Endpoint::start(EndpointParts {
        outputs: config.tak.as_ref().map_or(&[], |tak| &tak.outputs),
        mode: config.centre.mode,
        room: &room,
        clock: Arc::clone(&clock),
        tasks: &tasks,
        stop: &stop,
    });
    let ingest = Ingest::start(
        IngestParts {
            defaults: Defaults::of(&config),
            room: Arc::new(room.clone()),
            sources: Arc::new(Sources(endpoint)),
            formats: registry(),
            store: Some(Arc::clone(&store)),
            clock: Arc::clone(&clock),
        },
        stop.child_token(),
    );
    ingest
        .watch(FeedFolders::new(folders), Arc::clone(&config))
        .await;
    let watch = SilenceParts {
        ingest: ingest.clone(),
        room: room.clone(),
        config: Arc::clone(&config),
        clock: Arc::clone(&clock),
        shelf: Arc::new(FileShelf(data.join("silence.json"))),
    };
    tasks.spawn(watch_silence(watch, stop.child_token()));
    let audience = Audience::room(config.orgs());
    let screens = Screens {
        config: &config,
        room: &room,
        ingest: &ingest,
        clock: &clock,
        audience: &audience,
        banner: banner.as_deref(),
        tasks: &tasks,
        stop: &stop,
        data: &data,
    };
    let hub = screens.hub(Shows::Everything)?;
    let wall = screens.hub(Shows::Wall)?;
    let faults = Faults::default();
    let keeper = Housekeeper {
        config: Arc::clone(&config),
        store: Arc::clone(&store),
        history: Arc::clone(&history),
        room: room.clone(),
        clock: Arc::clone(&clock),
        full,
        faults: faults.clone(),
    };
    tasks.spawn(keeper.run(stop.child_token()));
    let backup_folder = data.join("backups");
    std::fs::create_dir_all(&backup_folder)
        .with_context(|| format!("{} can't be made", backup_folder.display()))?;
    let api = Api {
        room,
        ingest: ingest.clone(),
        hub,
        wall,
        store,
        history,
        clock,
        ids,
        limits: Limits {
            body_bytes: config.centre.limits.body.as_usize(),
            attachment_bytes: config.centre.limits.attachment.as_usize(),
        },
        feeds_folder: folders.last().map(|f| f.join("feeds")),
        backup_folder,
        audience,
        banner,
        maps: own_maps(&config).await?,
        assets: assets(web),
        metrics: Arc::new(move || metrics.render()),
        readiness: Arc::new(move || faults.now()),
        tasks: tasks.clone(),
        version: env!("CARGO_PKG_VERSION"),
        config,
    };
    Ok(House {
        api,
        ingest,
        tasks,
        stop,
    })
}

fn recorder() -> Result<PrometheusHandle> {
    PrometheusBuilder::new()
        .install_recorder()
        .context("the metrics can't be recorded")
}

fn open(data: &Path) -> Result<(Arc<SqliteStore>, Arc<dyn History>)> {
    let store = SqliteStore::open(data, &Options::default())
        .with_context(|| format!("the data folder {} can't be opened", data.display()))?;
    let history = SqliteHistory::open(&data.join("history"), &HistoryOptions::default())
        .with_context(|| format!("the history in {} can't be opened", data.display()))?;
    Ok((Arc::new(store), Arc::new(history)))
}

fn rules(config: &Config) -> RoomRules {
    let shapes = config
        .sections
        .iter()
        .map(|s| (s.id.clone(), config.geometry.get(&s.id).cloned()));
    let points = config
        .crossing_points
        .iter()
        .map(|b| (b.id.clone(), b.section.clone()));
    RoomRules {
        linking: config.centre.linking.clone(),
        bounds: config.bounds(),
        sections: SectionIndex::new(shapes, points),
    }
}

fn track_rules(config: &Config) -> TrackRules {
    let f = &config.freshness.freshness;
    TrackRules {
        freshness: BTreeMap::from([
            (TrackDomain::Vessel, f.vessel.rule()),
            (TrackDomain::Aircraft, f.aircraft.rule()),
            (TrackDomain::Unit, f.patrol.rule()),
            (TrackDomain::Vehicle, f.patrol.rule()),
            (TrackDomain::Sensor, f.sensor.rule()),
        ]),
        units: config
            .units
            .iter()
            .map(|u| (u.id.to_string(), config.unit_rule(&u.id)))
            .collect(),
        history: HistoryRule {
            every_s: config.centre.history.write_every.duration().as_secs_f64(),
            moved_m: config.centre.history.or_moved_m,
        },
        retire_s: RETIRE_S,
    }
}

/// What the hubs of the screens are started with.
struct Screens<'a> {
    config: &'a Config,
    room: &'a RoomHandle,
    ingest: &'a Ingest,
    clock: &'a Arc<dyn TimeSource>,
    audience: &'a Audience,
    banner: Option<&'a str>,
    tasks: &'a TaskTracker,
    stop: &'a CancellationToken,
    data: &'a Path,
}

impl Screens<'_> {
    /// A hub for the desks, or for the walls.
    fn hub(&self, shows: Shows) -> Result<Hub> {
        let mut nonce = [0u8; 12];
        getrandom::fill(&mut nonce).map_err(|e| anyhow!("no random numbers: {e}"))?;
        let limits = &self.config.centre.limits;
        let options = HubOptions {
            audience: self.audience.clone(),
            shows,
            mode: self.config.centre.mode,
            banner: self.banner.map(str::to_owned),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            cursor_key: CursorKey::new(cursor_key(self.data)?),
            nonce,
            shapes: self.config.geometry.clone(),
            max_clients: limits.live_clients,
            max_queue_bytes: limits.live_queue_per_client.as_usize(),
            tick_ms: TICK_MS,
            beat_ms: BEAT_MS,
        };
        Ok(Hub::start(
            self.room.clone(),
            Arc::new(Feeds(self.ingest.clone())),
            Arc::clone(self.clock),
            options,
            self.tasks,
            self.stop.child_token(),
        ))
    }
}

/// The key of the resume cursors: made once, kept in the data folder, readable by its owner only.
fn cursor_key(data: &Path) -> Result<[u8; 32]> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let path = data.join("cursor.key");
    if let Ok(bytes) = std::fs::read(&path)
        && let Ok(key) = <[u8; 32]>::try_from(bytes)
    {
        return Ok(key);
    }
    let mut key = [0u8; 32];
    getrandom::fill(&mut key).map_err(|e| anyhow!("no random numbers: {e}"))?;
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&path)
        .with_context(|| format!("{} can't be written", path.display()))?;
    file.write_all(&key)
        .with_context(|| format!("{} can't be written", path.display()))?;
    Ok(key)
}

/// Where nothing was built, a page says so.
struct NoScreen;

impl Assets for NoScreen {
    fn get(&self, path: &str, _welcome: &[oneroof_api::Coding]) -> Option<oneroof_api::Asset> {
        (path == "index.html").then(|| oneroof_api::Asset {
            bytes: b"<!doctype html><title>OneRoof</title><p>The server runs. The screen's files were not given: start it with --web DIR (built by `cargo xtask web --release`).".to_vec(),
            coding: None,
        })
    }
}

/// Opens the operator's own maps.
async fn own_maps(config: &Config) -> Result<OwnMaps> {
    let wanted = config.centre.maps.clone();
    let opened = tokio::task::spawn_blocking(move || FileMaps::open(&wanted)).await?;
    Ok(OwnMaps::new(Arc::new(opened)))
}

fn assets(web: Option<PathBuf>) -> Arc<dyn Assets> {
    match web {
        Some(folder) if folder.join("index.html").exists() => Arc::new(FolderAssets(folder)),
        Some(folder) => {
            tracing::warn!(folder = %folder.display(), "no index.html there: the screen is missing");
            Arc::new(NoScreen)
        }
        None => Arc::new(NoScreen),
    }
}
