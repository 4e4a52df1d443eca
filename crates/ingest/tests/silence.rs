//! Silences from the feeds, the tracks and the figures to an event in the room and its end, over the configuration as
//! shipped.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "a test fails by panicking, and its tasks end with it"
)]

mod common;

use core::time::Duration;
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use common::{formats, push_feed};
use oneroof_config::{Config, Transport};
use oneroof_geo::SectionIndex;
use oneroof_ingest::{
    Defaults, Ingest, IngestParts, SILENCE_FEED, Shelf, SilenceParts, watch_silence,
};
use oneroof_model::{
    Confidence, DismissReason, Draft, Event, EventState, FeedId, FiguresDraft, LatLon, Marking,
    Mode, PositionDraft, Report, SourceKind, TrackDomain, TrackKey, UnitDraft, UnitId, UnitStatus,
};
use oneroof_ports::memory::{CountingIds, ManualClock, MemoryHistory, MemoryStore};
use oneroof_ports::{Source, SourceBuildError, SourceFactory, TimeSource as _};
use oneroof_room::tracks::{HistoryRule, TrackRules};
use oneroof_room::{FeedContext, Record, RoomHandle, RoomOptions, RoomRules, Submission};
use oneroof_wire::project::Reports as _;
use serde_json::json;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

struct NoSources;

impl SourceFactory for NoSources {
    fn build(
        &self,
        _: &FeedId,
        _: &Transport,
    ) -> Result<Option<Arc<dyn Source>>, SourceBuildError> {
        Ok(None)
    }
}

#[derive(Default)]
struct MemoryShelf(Mutex<Option<Vec<u8>>>);

impl Shelf for MemoryShelf {
    fn fetch(&self) -> io::Result<Option<Vec<u8>>> {
        Ok(self.0.lock().unwrap().clone())
    }
    fn put(&self, bytes: &[u8]) -> io::Result<()> {
        *self.0.lock().unwrap() = Some(bytes.to_vec());
        Ok(())
    }
}

/// A centre whose silences are watched.
struct Centre {
    config: Arc<Config>,
    room: RoomHandle,
    ingest: Ingest,
    store: Arc<MemoryStore>,
    clock: Arc<ManualClock>,
    ids: Arc<CountingIds>,
    shelf: Arc<MemoryShelf>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// The shipped configuration with the units of the demonstration.
fn shipped() -> Config {
    let repository = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folders = ["config", "demo/config"].map(|f| repository.join(f));
    oneroof_config::load_with(&folders, &|_| None).unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// Four weeks of two hundred records an hour.
fn busy(feed: &str) -> Vec<u8> {
    let hours = vec![json!({"records": 200, "minutes": 57}); 4];
    let week: BTreeMap<String, _> = (0..168).map(|s| (s.to_string(), hours.clone())).collect();
    let memory = json!({
        "version": 1, "zone": "Europe/Kyiv", "normals": {feed: week},
        "units": {}, "points": {}, "open": {},
    });
    memory.to_string().into_bytes()
}

impl Centre {
    async fn open(config: Config, remembered: Option<Vec<u8>>) -> Self {
        let shelf = Arc::new(MemoryShelf(Mutex::new(remembered)));
        let clock = Arc::new(ManualClock::default());
        Self::over(
            Arc::new(config),
            Arc::default(),
            clock,
            Arc::default(),
            shelf,
        )
        .await
    }

    async fn over(
        config: Arc<Config>,
        store: Arc<MemoryStore>,
        clock: Arc<ManualClock>,
        ids: Arc<CountingIds>,
        shelf: Arc<MemoryShelf>,
    ) -> Self {
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let shapes = config.sections.iter();
        let points = config.crossing_points.iter();
        let options = RoomOptions {
            journal: Arc::clone(&store) as _,
            store: Arc::clone(&store) as _,
            history: Arc::new(MemoryHistory::default()),
            clock: Arc::clone(&clock) as _,
            ids: Arc::clone(&ids) as _,
            rules: RoomRules {
                linking: config.centre.linking.clone(),
                bounds: config.bounds(),
                sections: SectionIndex::new(
                    shapes.map(|s| (s.id.clone(), config.geometry.get(&s.id).cloned())),
                    points.map(|b| (b.id.clone(), b.section.clone())),
                ),
            },
            tracks: TrackRules {
                freshness: BTreeMap::new(),
                units: BTreeMap::new(),
                history: HistoryRule {
                    every_s: 10.0,
                    moved_m: 250.0,
                },
                retire_s: 3_600,
            },
            config: config.room_config(),
            checkpoint_every: 1_000_000,
        };
        let room = oneroof_room::start(options, &tasks).await.unwrap();
        let parts = IngestParts {
            defaults: Defaults::of(&config),
            room: Arc::new(room.clone()),
            sources: Arc::new(NoSources),
            formats: formats(),
            store: Some(Arc::clone(&store) as _),
            clock: Arc::clone(&clock) as _,
        };
        let ingest = Ingest::start(parts, stop.child_token());
        ingest.apply(push_feed("sensors")).await.unwrap();
        let parts = SilenceParts {
            ingest: ingest.clone(),
            room: room.clone(),
            config: Arc::clone(&config),
            clock: Arc::clone(&clock) as _,
            shelf: Arc::clone(&shelf) as _,
        };
        tasks.spawn(watch_silence(parts, stop.child_token()));
        let centre = Self {
            config,
            room,
            ingest,
            store,
            clock,
            ids,
            shelf,
            stop,
            tasks,
        };
        centre.settle().await;
        centre
    }

    /// As after `systemctl restart`, `down_s` seconds later.
    async fn restarted(self, down_s: u64) -> Self {
        self.stop.cancel();
        self.ingest.shutdown().await;
        let Self {
            config,
            room,
            ingest,
            store,
            clock,
            ids,
            shelf,
            tasks,
            ..
        } = self;
        drop((room, ingest));
        tasks.close();
        tasks.wait().await;
        clock.advance(Duration::from_secs(down_s));
        Self::over(config, store, clock, ids, shelf).await
    }

    /// Lets everybody do what is to be done.
    async fn settle(&self) {
        tokio::time::sleep(Duration::from_secs(10)).await;
    }

    /// Lets time pass, look by look; each time `say` is done first.
    async fn pass_saying(&self, minutes: u64, mut say: impl AsyncFnMut(&Self, u64)) {
        for look in 0..minutes * 6 {
            self.clock.advance(Duration::from_secs(10));
            say(self, look).await;
            self.settle().await;
        }
    }

    async fn pass(&self, minutes: u64) {
        self.pass_saying(minutes, async |_, _| {}).await;
    }

    fn feed() -> Arc<FeedContext> {
        Arc::new(FeedContext {
            id: "sensors".into(),
            org: "BG".into(),
            source_kind: SourceKind::Patrol,
            mode: Mode::Actual,
            marking: Marking::default(),
            confidence: Confidence::default(),
            sensor: false,
            recorded: false,
        })
    }

    async fn submit(&self, draft: Draft) {
        let raw = serde_json::to_vec(&draft).unwrap();
        let submission = Submission {
            feed: Self::feed(),
            at: self.clock.now(),
            records: vec![Record::Draft {
                original: oneroof_room::Original::of(raw),
                draft,
            }],
            request: None,
        };
        self.room.submit(submission).await.unwrap();
    }

    /// A unit is where it is.
    fn unit_speaks(&self, unit: &UnitId) {
        let mut draft = PositionDraft::new(TrackKey::text(TrackDomain::Unit, unit.as_str()));
        draft.position = Some(LatLon::new(48.0, 24.0).unwrap());
        draft.at = Some(self.clock.now());
        let taken = self
            .room
            .positions(&Self::feed(), self.clock.now(), vec![draft]);
        assert_eq!(taken.accepted, 1);
    }

    /// Events of silences, oldest first, with the reports that they rest on.
    fn silences(&self) -> Vec<(Event, Vec<Report>)> {
        let picture = self.room.picture().read();
        let mut all = Vec::new();
        for event in picture.events() {
            let reports: Vec<Report> = event
                .reports
                .iter()
                .filter_map(|a| picture.report(a.report).cloned())
                .collect();
            if reports.iter().any(|r| r.feed.as_str() == SILENCE_FEED) {
                all.push((event.clone(), reports));
            }
        }
        all
    }

    /// The one silence that there is.
    fn one(&self) -> (Event, Vec<Report>) {
        let mut all = self.silences();
        assert_eq!(all.len(), 1, "{all:#?}");
        all.remove(0)
    }
}

fn over(event: &Event) -> bool {
    event.state == EventState::Dismissed
}

#[tokio::test(start_paused = true)]
async fn a_unit_that_falls_silent_is_an_event_and_over_when_it_is_heard() {
    let centre = Centre::open(shipped(), None).await;
    let row = centre.config.units[0].clone();
    centre.unit_speaks(&row.id);
    centre.pass(14).await;
    assert_eq!(centre.silences(), [], "it is not late yet");
    centre.pass(2).await;
    let (event, reports) = centre.one();
    assert_eq!(event.state, EventState::New);
    assert_eq!(event.curation.type_code.value.as_str(), "SYS05");
    assert!(event.curation.place.value.geometry.is_some());
    let [report] = reports.as_slice() else {
        panic!("{reports:?}");
    };
    assert_eq!(report.org.as_str(), "NCC");
    let title = report.title.clone().unwrap();
    assert!(
        title.contains(&row.uk) && title.contains(&row.en),
        "{title}"
    );
    centre.pass(60).await;
    assert_eq!(centre.one().1.len(), 1, "once, however long it lasts");

    centre.unit_speaks(&row.id);
    centre.pass(1).await;
    let (event, reports) = centre.one();
    assert!(over(&event), "{event:?}");
    let last = event.reports.last().unwrap().report;
    assert_eq!(reports.len(), 2);
    let cancel = reports.iter().find(|r| r.id == last).unwrap();
    assert!(cancel.title.as_ref().unwrap().contains("heard again"));
    let picture = centre.room.picture().read();
    let why = picture.event(event.id).and_then(|e| e.dismissed);
    assert_eq!(why, Some(DismissReason::Withdrawn));
}

#[tokio::test(start_paused = true)]
async fn a_restart_neither_repeats_a_silence_nor_forgets_it() {
    let centre = Centre::open(shipped(), None).await;
    let unit = centre.config.units[0].id.clone();
    centre.unit_speaks(&unit);
    centre.pass(16).await;
    let (event, _) = centre.one();
    let centre = centre.restarted(7_200).await;
    centre.pass(120).await;
    assert_eq!(centre.one().0.id, event.id);
    assert!(!over(&centre.one().0));
    // The memory is lost: the journal knows.
    *centre.shelf.0.lock().unwrap() = Some(b"{\"version\": 1, \"zone".to_vec());
    let shelf = Arc::new(MemoryShelf(Mutex::new(Some(b"no memory".to_vec()))));
    let centre = Centre { shelf, ..centre }.restarted(60).await;
    centre.pass(60).await;
    assert!(!over(&centre.one().0));
    centre.unit_speaks(&unit);
    centre.pass(1).await;
    assert!(over(&centre.one().0));
}

#[tokio::test(start_paused = true)]
async fn a_unit_that_is_out_of_service_is_expected_to_say_nothing() {
    let centre = Centre::open(shipped(), None).await;
    let unit = centre.config.units[0].id.clone();
    centre.unit_speaks(&unit);
    let status = |status| {
        Draft::Unit(UnitDraft {
            unit: unit.clone(),
            org: None,
            name: None,
            kind: None,
            status: Some(status),
            at: None,
        })
    };
    centre.submit(status(UnitStatus::OutOfService)).await;
    centre.pass(60).await;
    assert_eq!(centre.silences(), []);
    centre.submit(status(UnitStatus::Available)).await;
    centre.pass(16).await;
    assert!(!over(&centre.one().0));
    centre.submit(status(UnitStatus::OutOfService)).await;
    centre.pass(1).await;
    assert!(over(&centre.one().0), "off duty: no longer expected");
}

/// Says about two hundred records an hour.
async fn speaks(centre: &Centre, look: u64) {
    if look.is_multiple_of(2) {
        let body = format!("R{look}-{}\n", centre.clock.now());
        let id = FeedId::from("sensors");
        let answer = centre.ingest.push(&id, body.into_bytes(), None, None);
        assert_eq!(answer.await.unwrap().accepted, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_feed_below_its_normal_is_an_event_and_over_when_it_speaks_as_usual() {
    let centre = Centre::open(shipped(), Some(busy("sensors"))).await;
    centre.pass_saying(60, speaks).await;
    assert_eq!(centre.silences(), []);
    let detail = centre.ingest.detail(&"sensors".into()).unwrap();
    let normal = detail.normal.unwrap();
    assert_eq!((normal.per_h, normal.weeks), (Some(200.0), 4));
    assert_eq!(normal.silent_since, None);

    centre.pass(32).await;
    let (event, reports) = centre.one();
    assert_eq!(event.curation.type_code.value.as_str(), "SYS04");
    assert_eq!(event.state, EventState::New);
    assert_eq!(reports[0].attributes["subject"], "sensors");
    let summary = centre.ingest.summaries().remove(0);
    assert!(summary.silent_since.is_some());

    centre.pass_saying(20, speaks).await;
    assert!(over(&centre.one().0));
    centre.pass_saying(60, speaks).await;
    assert_eq!(centre.silences().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_paused_feed_is_no_silence_and_pausing_a_silent_one_ends_it() {
    let centre = Centre::open(shipped(), Some(busy("sensors"))).await;
    let feed = FeedId::from("sensors");
    centre.ingest.pause(&feed).await.unwrap();
    centre.pass(120).await;
    assert_eq!(centre.silences(), []);
    centre.ingest.resume(&feed).await.unwrap();
    centre.pass(40).await;
    assert!(!over(&centre.one().0));
    centre.ingest.pause(&feed).await.unwrap();
    centre.pass(1).await;
    assert!(over(&centre.one().0));
}

#[tokio::test(start_paused = true)]
async fn a_crossing_point_that_gave_figures_and_gives_none_is_an_event() {
    let centre = Centre::open(shipped(), None).await;
    let figures = |state: Option<&str>| {
        Draft::Figures(FiguresDraft {
            bcp: "UAPL07".into(),
            at: None,
            cars_waiting: Some(12),
            trucks_waiting: None,
            buses_waiting: None,
            wait_min: None,
            persons_per_h: None,
            state: state.map(str::to_owned),
        })
    };
    centre.submit(figures(None)).await;
    centre.pass(119).await;
    assert_eq!(centre.silences(), []);
    centre.pass(3).await;
    let (event, reports) = centre.one();
    assert_eq!(event.curation.type_code.value.as_str(), "SYS04");
    assert_eq!(reports[0].place.bcp, Some("UAPL07".into()));
    assert!(reports[0].title.as_ref().unwrap().contains("Shehyni"));
    centre.submit(figures(Some("closed"))).await;
    centre.pass(1).await;
    assert!(over(&centre.one().0));
    centre.pass(240).await;
    assert_eq!(centre.silences().len(), 1, "a closed one gives none");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_raised_where_it_is_switched_off() {
    let mut config = shipped();
    config.freshness.silence.enabled = false;
    let centre = Centre::open(config, Some(busy("sensors"))).await;
    let unit = centre.config.units[0].id.clone();
    centre.unit_speaks(&unit);
    centre.pass(120).await;
    assert_eq!(centre.silences(), []);
    assert_eq!(
        centre.ingest.detail(&"sensors".into()).unwrap().normal,
        None
    );
}

#[tokio::test(start_paused = true)]
async fn a_silence_that_the_store_cannot_take_is_raised_at_the_next_look() {
    let mut received = Vec::new();
    for fails in [false, true] {
        let centre = Centre::open(shipped(), None).await;
        let unit = centre.config.units[0].id.clone();
        centre.unit_speaks(&unit);
        centre.pass(14).await;
        if fails {
            centre.store.fill_disk_for_one_append();
        }
        centre.pass(3).await;
        let (_, reports) = centre.one();
        assert_eq!(reports.len(), 1);
        received.push(reports[0].received);
    }
    assert!((received[1].secs_since(received[0]) - 10.0).abs() < 1e-6);
}
