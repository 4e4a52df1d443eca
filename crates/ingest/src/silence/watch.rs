//! The detector at work: looks at the feeds, the tracks and the picture, submits what it finds, keeps what it learned.

use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::Arc;

use metrics::{counter, gauge};
use oneroof_config::types::{CrossingPointStatus, UnitRow};
use oneroof_config::{Config, Period};
use oneroof_model::{
    BcpId, FeedId, OrgId, Place, PlaceKind, RecordOutcome, Relation, Report, Time, TrackDomain,
    TrackKey, Unit, UnitStatus,
};
use oneroof_ports::TimeSource;
use oneroof_room::tracks::Track;
use oneroof_room::{FeedContext, RoomHandle, Submission, SubmitError};
use oneroof_wire::Words;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::detector::{Change, Detector, Expected, FeedSeen, Look, Over, Silence, Subject};
use super::memory::{Memory, Shelf};
use super::report::{self, About, FEED};
use super::week::Week;
use crate::hub::Ingest;
use crate::names;

/// What changes without haste is kept at least so often. 10 min.
const KEEP_EVERY: Duration = Duration::from_mins(10);

/// Periods of a unit that may be missed.
const MISSED_PERIODS: u32 = 3;

/// What the watch works with.
pub struct SilenceParts {
    /// The feeds.
    pub ingest: Ingest,
    /// The room.
    pub room: RoomHandle,
    /// The configuration.
    pub config: Arc<Config>,
    /// The clock.
    pub clock: Arc<dyn TimeSource>,
    /// Where what was learned is kept.
    pub shelf: Arc<dyn Shelf>,
}

/// Watches until stopped; ends at once where the configuration wants no silence to be looked for.
pub async fn watch(parts: SilenceParts, stop: CancellationToken) {
    if !parts.config.freshness.silence.enabled {
        return;
    }
    let mut every = interval(parts.config.freshness.silence.every.duration());
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut watch = Watch::begin(parts).await;
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            _ = every.tick() => {}
        }
        if watch.turn().await.is_err() {
            break;
        }
    }
    watch.keep().await;
}

/// The room is closed: nothing more can be reported.
struct Closed;

struct Watch {
    parts: SilenceParts,
    detector: Detector,
    context: Arc<FeedContext>,
    kept: Duration,
}

impl Watch {
    async fn begin(parts: SilenceParts) -> Self {
        let config = &parts.config;
        let week = Week::of(&config.centre.centre.time_zone);
        let mut memory = fetch(&parts.shelf, week.name()).await;
        reconcile(&mut memory, &parts.room);
        let context = report::context(&config.centre.centre.org, config.centre.mode);
        let detector = Detector::new(config.freshness.silence.clone(), week, memory);
        let kept = parts.clock.monotonic();
        Self {
            parts,
            detector,
            context,
            kept,
        }
    }

    /// One look and what comes of it.
    async fn turn(&mut self) -> Result<(), Closed> {
        let look = self.see();
        let changes = self.detector.look(&look);
        for change in changes {
            match change {
                Change::Began(silence) => self.raise(silence, look.now).await?,
                Change::Ended {
                    subject,
                    since,
                    how,
                } => self.end(&subject, since, how, &look).await?,
            }
        }
        self.parts.ingest.inner.board.set(self.detector.normals());
        let mut open = BTreeMap::from([("feed", 0_u32), ("unit", 0), ("figures", 0)]);
        for subject in self.detector.open() {
            *open.entry(subject.kind()).or_default() += 1;
        }
        for (kind, count) in open {
            gauge!(names::SILENCES_OPEN, "kind" => kind).set(f64::from(count));
        }
        let since = self.parts.clock.monotonic().saturating_sub(self.kept);
        let (_, urgent) = self.detector.memory();
        if urgent || since >= KEEP_EVERY {
            self.keep().await;
        }
        Ok(())
    }

    /// Everything that is seen now.
    fn see(&mut self) -> Look {
        let heard = self.parts.ingest.heard();
        let mut feeds = Vec::with_capacity(heard.len());
        for (id, heard) in heard {
            for point in heard.points {
                self.detector.figures_come_by(point, &id);
            }
            feeds.push(FeedSeen {
                id,
                light: heard.light,
                last_heard: heard.last_heard,
                spoken: heard.spoken,
            });
        }
        let (now, mono) = (self.parts.clock.now(), self.parts.clock.monotonic());
        let rules = &self.parts.config.freshness.silence;
        let mut expected = Vec::new();
        if rules.units.enabled {
            let units = self.parts.config.units.iter();
            expected.extend(units.filter_map(|row| self.unit(row, now)));
        }
        if rules.figures.enabled {
            let points = self.parts.config.crossing_points.iter();
            let points = points.filter(|p| p.status != CrossingPointStatus::Closed);
            expected.extend(points.filter_map(|p| self.figures(&p.id, now)));
        }
        Look {
            now,
            mono,
            feeds,
            expected,
        }
    }

    fn track(&self, row: &UnitRow) -> Option<Track> {
        let key = TrackKey::text(TrackDomain::Unit, row.id.as_str());
        // A capture played again tells of then.
        self.parts.room.tracks().get(&key).filter(|t| !t.recorded)
    }

    /// A unit of which a word is expected: on duty, and heard of before.
    fn unit(&self, row: &UnitRow, now: Time) -> Option<Expected> {
        let rules = &self.parts.config.freshness.silence.units;
        let track = self.track(row);
        let said = self.parts.room.picture().read().unit(&row.id).cloned();
        let on_duty = match &said {
            Some(Unit {
                status,
                status_at: Some(_),
                ..
            }) => *status != UnitStatus::OutOfService,
            _ => rules.positions_mean_duty,
        };
        if !on_duty {
            return None;
        }
        let subject = Subject::Unit(row.id.clone());
        let known = self.detector.last_word(&row.id);
        let last = match &track {
            Some(track) => Some(track.heard).max(known),
            None => known.filter(|t| {
                let age_s = now.secs_since(*t);
                age_s < f64::from(rules.off_duty_after.as_secs_u32())
                    || self.detector.is_open(&subject)
            }),
        }?;
        let rule = self.parts.config.unit_rule(&row.id);
        let by_class = rule
            .lost_s
            .max(rule.expected_s.saturating_mul(MISSED_PERIODS));
        let feed = track.map(|t| t.feed);
        Some(Expected {
            limit_s: rules.after.map_or(by_class, Period::as_secs_u32),
            feed: feed.or_else(|| self.detector.line_of_unit(&row.id).cloned()),
            last: Some(last),
            subject,
        })
    }

    /// A crossing point that has to give figures.
    fn figures(&self, point: &BcpId, now: Time) -> Option<Expected> {
        let rules = &self.parts.config.freshness.silence.figures;
        let picture = self.parts.room.picture().read();
        let figures = picture.figures(point);
        let subject = Subject::Figures(point.clone());
        let wanted = if rules.crossing_points.is_empty() {
            let remembered = f64::from(rules.remembered.as_secs_u32());
            self.detector.is_open(&subject)
                || figures.is_some_and(|f| now.secs_since(f.received) < remembered)
        } else {
            rules.crossing_points.contains(point)
        };
        let closed = figures.is_some_and(|f| f.state.as_deref() == Some("closed"));
        let class = self.parts.config.freshness.freshness.figures.rule();
        (wanted && !closed).then(|| Expected {
            subject,
            last: figures.map(|f| f.received),
            limit_s: rules.after.map_or(class.lost_s, Period::as_secs_u32),
            feed: self.detector.line_of_point(point).cloned(),
        })
    }

    async fn raise(&mut self, silence: Silence, now: Time) -> Result<(), Closed> {
        let about = self.about(&silence.subject);
        let config = &self.parts.config.centre;
        let draft = report::begun(
            &silence,
            &about,
            now,
            &config.centre.org,
            &config.centre.languages,
        );
        if self.submit(draft, now).await? {
            let kind = silence.subject.kind();
            tracing::warn!(kind, id = silence.subject.id(), since = %silence.since, "silence raised");
            counter!(names::SILENCES, "kind" => kind).increment(1);
            self.detector.began(silence.subject, silence.since);
        }
        Ok(())
    }

    async fn end(
        &mut self,
        subject: &Subject,
        since: Time,
        how: Over,
        look: &Look,
    ) -> Result<(), Closed> {
        let key = report::key(subject, since);
        // Where an officer closed its event and that was filed, there is nothing to end.
        if let Some(raised) = raised(&self.parts.room, &key) {
            let name = self.about(subject).name;
            let languages = &self.parts.config.centre.centre.languages;
            let draft = report::ended(&raised, &key, how, &name, look.now, languages);
            if !self.submit(draft, look.now).await? {
                return Ok(());
            }
        }
        tracing::info!(
            kind = subject.kind(),
            id = subject.id(),
            ?how,
            "silence over"
        );
        self.detector.ended(subject, look);
        Ok(())
    }

    /// Submits a report; whether it is done with. One that cannot be made durable now is found again at the next look.
    async fn submit(&self, draft: oneroof_model::ReportDraft, now: Time) -> Result<bool, Closed> {
        let submission = Submission {
            feed: Arc::clone(&self.context),
            at: now,
            records: vec![report::record(draft)],
            request: None,
        };
        match self.parts.room.submit(submission).await {
            Ok(answer) => {
                for outcome in &answer.outcomes {
                    if let RecordOutcome::Quarantined { reason, .. }
                    | RecordOutcome::Refused { reason } = outcome
                    {
                        tracing::error!(code = %reason.code, detail = %reason.detail, "a silence could not be reported");
                    }
                }
                Ok(true)
            }
            Err(SubmitError::Closed) => Err(Closed),
            Err(error) => {
                tracing::warn!(%error, "a silence was not reported; it is tried again");
                Ok(false)
            }
        }
    }

    fn about(&self, subject: &Subject) -> About {
        match subject {
            Subject::Feed(id) => self.about_feed(id),
            Subject::Unit(id) => {
                let row = self.parts.config.units.iter().find(|u| u.id == *id);
                row.map_or_else(|| self.nobody(subject), |row| self.about_unit(row))
            }
            Subject::Figures(id) => {
                let mut about = self.nobody(subject);
                if let Some(point) = self.parts.config.crossing_point(id) {
                    about.name = words(&point.uk, &point.en);
                    about.place = Place {
                        bcp: Some(id.clone()),
                        kind: PlaceKind::CrossingPoint,
                        ..Place::default()
                    };
                }
                about
            }
        }
    }

    /// What is told of something that the configuration does not know any more.
    fn nobody(&self, subject: &Subject) -> About {
        let centre = &self.parts.config.centre;
        About {
            name: words(subject.id(), subject.id()),
            org: self.badge(&centre.centre.org),
            place: Place {
                described: Some(subject.id().to_owned()),
                ..Place::default()
            },
            marking: self.context.marking.clone(),
            originator: centre.centre.org.clone(),
            mode: centre.mode,
            light: None,
        }
    }

    fn about_feed(&self, id: &FeedId) -> About {
        let mut about = self.nobody(&Subject::Feed(id.clone()));
        if let Some(feed) = self.parts.ingest.feed(id) {
            about.name = words(&feed.name.uk, &feed.name.en);
            about.place.described = Some(feed.name.uk.clone());
            about.org = self.badge(&feed.org);
            about.marking = feed.marking.to_model();
            about.mode = feed.mode.unwrap_or(about.mode);
            about.originator = feed.org;
        }
        let view = self.parts.ingest.health();
        let view = view.iter().find(|v| v.health.feed == *id);
        about.light = view.map(|v| v.health.light);
        about
    }

    fn about_unit(&self, row: &UnitRow) -> About {
        let mut about = self.nobody(&Subject::Unit(row.id.clone()));
        about.name = words(&row.uk, &row.en);
        about.org = self.badge(&row.org);
        about.originator = row.org.clone();
        about.place = Place {
            section: row.section.clone(),
            described: Some(row.uk.clone()),
            ..Place::default()
        };
        if let Some(track) = self.track(row) {
            if let Some((at, _)) = track.position {
                about.place = Place {
                    kind: PlaceKind::Gnss,
                    ..Place::point(at)
                };
            }
            about.marking = track.marking;
            about.originator = track.originator;
            about.mode = track.mode;
        } else if let Some(feed) = self
            .detector
            .line_of_unit(&row.id)
            .and_then(|id| self.parts.ingest.feed(id))
        {
            about.marking = feed.marking.to_model();
            about.mode = feed.mode.unwrap_or(about.mode);
            about.originator = feed.org;
        }
        about
    }

    /// Short name of an agency.
    fn badge(&self, org: &OrgId) -> Words {
        let agency = self.parts.config.agencies.iter().find(|a| a.code == *org);
        agency.map_or_else(
            || words(org.as_str(), org.as_str()),
            |a| words(&a.badge.uk, &a.badge.en),
        )
    }

    /// Keeps what is to be remembered.
    async fn keep(&mut self) {
        self.kept = self.parts.clock.monotonic();
        let bytes = match self.detector.memory().0.write() {
            Ok(bytes) => bytes,
            Err(error) => {
                tracing::error!(%error, "what the silence detector learned cannot be written");
                return;
            }
        };
        let place = Arc::clone(&self.parts.shelf);
        let kept = tokio::task::spawn_blocking(move || place.put(&bytes)).await;
        let error = match kept {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        };
        tracing::warn!(%error, "what the silence detector learned is not kept; it is tried again");
    }
}

fn words(uk: &str, en: &str) -> Words {
    Words {
        uk: uk.to_owned(),
        en: en.to_owned(),
    }
}

/// What was remembered; an empty memory where that is lost.
async fn fetch(shelf: &Arc<dyn Shelf>, zone: &str) -> Memory {
    let shelf = Arc::clone(shelf);
    let fetched = tokio::task::spawn_blocking(move || shelf.fetch()).await;
    let why = match fetched {
        Ok(Ok(None)) => return Memory::new(zone),
        Ok(Ok(Some(bytes))) => match Memory::read(&bytes, zone) {
            Ok(memory) => return memory,
            Err(error) => error.to_string(),
        },
        Ok(Err(error)) => error.to_string(),
        Err(error) => error.to_string(),
    };
    tracing::warn!(
        why,
        "what the silence detector had learned is lost; it begins anew"
    );
    Memory::new(zone)
}

/// The report of the centre's own with this key that stands.
fn raised(room: &RoomHandle, key: &str) -> Option<Report> {
    let picture = room.picture().read();
    picture.reports().find_map(|(_, state)| {
        let report = state.report.as_ref().filter(|_| !state.withdrawn)?;
        let its = report.source.as_ref()?.key.as_str();
        (report.feed.as_str() == FEED && its == key).then(|| report.clone())
    })
}

/// The journal is the truth: what it says is open is open, and what it says is over is over. What it has already filed
/// (an officer closed it while the silence went on) is known from the memory alone.
fn reconcile(memory: &mut Memory, room: &RoomHandle) {
    let picture = room.picture().read();
    for (_, state) in picture.reports() {
        let Some(report) = state.report.as_ref().filter(|r| r.feed.as_str() == FEED) else {
            continue;
        };
        if report.relation != Relation::New {
            continue;
        }
        let key = report.source.as_ref().map(|s| s.key.as_str());
        let Some((subject, since)) = key.and_then(report::of_key) else {
            continue;
        };
        let known = memory.open.get(&subject).map(|t| t.as_secs());
        if !state.withdrawn {
            memory.open.insert(subject, since);
        } else if known == Some(since.as_secs()) {
            memory.open.remove(&subject);
        }
    }
}
