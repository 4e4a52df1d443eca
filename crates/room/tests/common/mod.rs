//! A room over the configuration as shipped, with journal and store in memory, a clock that goes when told to and ids
//! that count.

#![allow(dead_code, reason = "each test file uses its part")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use oneroof_config::Config;
use oneroof_geo::SectionIndex;
use oneroof_model::{
    Actor, Command, CommandBody, CommandId, Confidence, DeleteDraft, DeleteTarget, Draft, Event,
    EventId, Interval, LatLon, Marking, Mode, Place, PlaceKind, Receipt, RecordOutcome, Relation,
    ReportDraft, ReportId, SourceKey, SourceKind, Suggestion, SuggestionState, Time,
};
use oneroof_picture::Picture;
use oneroof_ports::memory::{CountingIds, ManualClock, MemoryHistory, MemoryStore};
use oneroof_ports::{Journal as _, TimeSource as _};
use oneroof_room::tracks::{HistoryRule, TrackRules};
use oneroof_room::{
    FeedContext, Original, Record, RoomHandle, RoomOptions, RoomRules, Submission, SubmitAnswer,
    SubmitError, start,
};
use tokio_util::task::TaskTracker;
use uuid::Uuid;

/// The configuration as shipped.
pub(crate) fn config() -> &'static Config {
    static CONFIG: OnceLock<Config> = OnceLock::new();
    CONFIG.get_or_init(|| {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../config");
        oneroof_config::load_with(&[folder], &|_| None)
            .unwrap_or_else(|problems| panic!("{problems:?}"))
    })
}

fn rules() -> RoomRules {
    let config = config();
    let shapes = config.sections.iter();
    let points = config.crossing_points.iter();
    RoomRules {
        linking: config.centre.linking.clone(),
        bounds: config.bounds(),
        sections: SectionIndex::new(
            shapes.map(|s| (s.id.clone(), config.geometry.get(&s.id).cloned())),
            points.map(|b| (b.id.clone(), b.section.clone())),
        ),
    }
}

/// 2026-11-23, so long after midnight UTC.
pub(crate) fn at(h: i64, m: i64, s: i64) -> Time {
    Time::from_secs(1_795_392_000 + h * 3_600 + m * 60 + s)
}

pub(crate) struct House {
    pub(crate) room: RoomHandle,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) clock: Arc<ManualClock>,
    ids: Arc<CountingIds>,
    tasks: TaskTracker,
}

impl House {
    /// An empty room.
    pub(crate) async fn open() -> Self {
        let clock = Arc::new(ManualClock::new(at(0, 0, 0)));
        Self::over(Arc::default(), clock, Arc::default()).await
    }

    async fn over(store: Arc<MemoryStore>, clock: Arc<ManualClock>, ids: Arc<CountingIds>) -> Self {
        let tasks = TaskTracker::new();
        let options = RoomOptions {
            journal: Arc::clone(&store) as _,
            store: Arc::clone(&store) as _,
            history: Arc::new(MemoryHistory::default()),
            clock: Arc::clone(&clock) as _,
            ids: Arc::clone(&ids) as _,
            rules: rules(),
            tracks: TrackRules {
                freshness: BTreeMap::new(),
                units: BTreeMap::new(),
                history: HistoryRule {
                    every_s: 10.0,
                    moved_m: 250.0,
                },
                retire_s: 3_600,
            },
            config: config().room_config(),
            checkpoint_every: 1_000_000,
        };
        let room = start(options, &tasks).await.unwrap();
        Self {
            room,
            store,
            clock,
            ids,
            tasks,
        }
    }

    /// Another room over the same journal: as after `kill -9`, for nothing was closed.
    pub(crate) async fn again(&self) -> Self {
        let (store, clock) = (Arc::clone(&self.store), Arc::clone(&self.clock));
        Self::over(store, clock, Arc::clone(&self.ids)).await
    }

    /// Ends the room in good order.
    pub(crate) async fn close(self) -> Arc<MemoryStore> {
        drop(self.room);
        self.tasks.close();
        self.tasks.wait().await;
        self.store
    }

    /// Sets the clock.
    pub(crate) fn at(&self, h: i64, m: i64, s: i64) -> &Self {
        self.clock.jump_to(at(h, m, s));
        self
    }

    /// The published picture.
    pub(crate) fn picture(&self) -> Picture {
        self.room.picture().read().clone()
    }

    /// The picture that the journal alone gives, entry by entry from the first.
    pub(crate) async fn replayed(&self) -> Picture {
        let mut picture = Picture::default();
        for e in self.store.read(0, usize::MAX).await.unwrap() {
            oneroof_room::replay(&mut picture, e);
        }
        picture
    }

    /// The journal alone gives the picture that was published, and every entry in it fits.
    pub(crate) async fn holds_what_the_journal_says(&self) {
        let (published, replayed) = (self.picture(), self.replayed().await);
        assert_same(&published, &replayed);
        assert_eq!(published.anomalies(), 0);
    }

    pub(crate) fn submission(
        &self,
        feed: &Arc<FeedContext>,
        drafts: impl IntoIterator<Item = Draft>,
    ) -> Submission {
        let records = drafts.into_iter().map(|draft| {
            let raw: Arc<[u8]> = serde_json::to_vec(&draft).unwrap().into();
            Record::Draft {
                draft,
                original: Original::of(raw),
            }
        });
        Submission {
            feed: Arc::clone(feed),
            at: self.clock.now(),
            records: records.collect(),
            request: None,
        }
    }

    pub(crate) async fn submit(
        &self,
        feed: &Arc<FeedContext>,
        drafts: impl IntoIterator<Item = ReportDraft>,
    ) -> Result<SubmitAnswer, SubmitError> {
        let drafts = drafts.into_iter().map(|d| Draft::Report(Box::new(d)));
        self.room.submit(self.submission(feed, drafts)).await
    }

    /// Submits one report; what became of it.
    pub(crate) async fn say(&self, feed: &Arc<FeedContext>, draft: ReportDraft) -> RecordOutcome {
        let answer = self.submit(feed, [draft]).await.unwrap();
        assert_eq!(answer.outcomes.len(), 1);
        answer.outcomes.into_iter().next().unwrap()
    }

    /// Submits one report that opens an event or is attached to one.
    pub(crate) async fn report(
        &self,
        feed: &Arc<FeedContext>,
        draft: ReportDraft,
    ) -> (ReportId, EventId) {
        match self.say(feed, draft).await {
            RecordOutcome::Accepted {
                report: Some(report),
                event: Some(event),
            } => (report, event),
            other => panic!("no report in an event: {other:?}"),
        }
    }

    /// A sender withdraws what it said under this key.
    pub(crate) async fn withdraw(&self, feed: &Arc<FeedContext>, key: &str) {
        let draft = Draft::Delete(DeleteDraft {
            target: DeleteTarget::Report {
                key: key.to_owned(),
            },
            at: None,
        });
        self.room
            .submit(self.submission(feed, [draft]))
            .await
            .unwrap();
    }

    pub(crate) fn event(&self, id: EventId) -> Event {
        self.picture().event(id).unwrap().clone()
    }

    /// Suggestions that wait for a person.
    pub(crate) fn suggestions(&self) -> Vec<Suggestion> {
        let picture = self.picture();
        let open = picture
            .suggestions()
            .filter(|s| s.state == SuggestionState::Open);
        open.cloned().collect()
    }

    /// A new command of an officer.
    pub(crate) fn command(&self, body: CommandBody, if_version: Option<u64>) -> Command {
        Command {
            id: CommandId::next(&*self.ids, 0),
            by: officer(),
            if_version,
            body,
        }
    }

    /// Sends a new command of an officer.
    pub(crate) async fn ask(&self, body: CommandBody) -> Receipt {
        self.room.command(self.command(body, None)).await.unwrap()
    }

    /// The same, and it has to be done; the event that it touched.
    pub(crate) async fn done(&self, body: CommandBody) -> Option<EventId> {
        match self.ask(body.clone()).await {
            Receipt::Done { event, .. } => event,
            refused @ Receipt::Refused { .. } => panic!("{body:?}: {refused:?}"),
        }
    }
}

/// Two pictures are the same; says the first difference alone, for a picture is long.
pub(crate) fn assert_same(left: &Picture, right: &Picture) {
    if left == right {
        return;
    }
    let text = |p: &Picture| format!("{p:#?}");
    let (left, right) = (text(left), text(right));
    let other = left.lines().zip(right.lines()).enumerate();
    let mut other = other.filter(|(_, (l, r))| l != r);
    panic!("the pictures differ at {:?}", other.next());
}

pub(crate) fn officer() -> Actor {
    Actor::Person {
        name: "Duty officer".to_owned(),
        org: "NCC".into(),
    }
}

/// A feed; those of sensors are held to the chatter rule.
pub(crate) fn feed(id: &str, org: &str, source_kind: SourceKind) -> Arc<FeedContext> {
    Arc::new(FeedContext {
        id: id.into(),
        org: org.into(),
        source_kind,
        mode: Mode::Actual,
        marking: Marking::default(),
        confidence: Confidence::default(),
        sensor: source_kind == SourceKind::Sensor,
        recorded: false,
    })
}

pub(crate) fn sensors() -> Arc<FeedContext> {
    feed("bg-sensors", "BG", SourceKind::Sensor)
}

pub(crate) fn police() -> Arc<FeedContext> {
    feed("police-cad", "PO", SourceKind::Patrol)
}

pub(crate) fn emergency() -> Arc<FeedContext> {
    feed("emergency-112", "ES", SourceKind::NationalAuthority)
}

/// The same feed where its reports are of another mode unless they say otherwise.
pub(crate) fn emergency_in(mode: Mode) -> Arc<FeedContext> {
    let mut feed = Arc::unwrap_or_clone(emergency());
    feed.mode = mode;
    Arc::new(feed)
}

/// A report of something that happened then, there.
pub(crate) fn draft(code: &str, when: Time, place: Place) -> ReportDraft {
    ReportDraft {
        type_code: Some(code.into()),
        occurred: Some(Interval::at(when)),
        place,
        ..ReportDraft::default()
    }
}

pub(crate) fn place(lat: f64, lon: f64, kind: PlaceKind) -> Place {
    Place {
        kind,
        ..Place::point(LatLon::new(lat, lon).unwrap())
    }
}

/// On the bank of the Tisa.
pub(crate) fn river() -> Place {
    place(47.980_1, 23.301_1, PlaceKind::Sensor)
}

pub(crate) fn with_key(mut draft: ReportDraft, key: &str, revision: Option<i64>) -> ReportDraft {
    draft.source = Some(SourceKey {
        key: key.to_owned(),
        revision,
    });
    draft
}

pub(crate) fn with_text(mut draft: ReportDraft, text: &str) -> ReportDraft {
    draft.text = Some(text.to_owned());
    draft
}

pub(crate) fn related(mut draft: ReportDraft, relation: Relation) -> ReportDraft {
    draft.relation = relation;
    draft
}

/// An id that nothing has.
pub(crate) fn nobody() -> Uuid {
    Uuid::from_u128(u128::MAX)
}
