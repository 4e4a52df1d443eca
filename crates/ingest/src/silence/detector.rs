//! Who is silent: from one look to the next, without a clock of its own.

use core::fmt;
use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use oneroof_config::types::Silence as Rules;
use oneroof_model::{BcpId, FeedId, FeedLight, Time, UnitId};
use oneroof_wire::FeedNormal;

use super::evidence::{Limits, Quiet, quiet, speaks};
use super::memory::{LastWord, Memory};
use super::minutes::{Minute, Minutes};
use super::normal::Normal;
use super::week::Week;

/// Length of a minute.
const MINUTE: Duration = Duration::from_mins(1);

/// The two clocks may part by so much between two looks, seconds; more is a jump.
const JUMP_S: f64 = 5.0;

/// Longest time between two looks in which nothing can have been missed: three times the usual, and at least this.
const GAP: Duration = Duration::from_secs(30);

/// Who may be silent.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Subject {
    /// A feed.
    Feed(FeedId),
    /// A unit of ours.
    Unit(UnitId),
    /// A crossing point and its figures.
    Figures(BcpId),
}

impl Subject {
    /// Its kind, a word.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Feed(_) => "feed",
            Self::Unit(_) => "unit",
            Self::Figures(_) => "figures",
        }
    }

    /// Its own id.
    pub(crate) fn id(&self) -> &str {
        match self {
            Self::Feed(id) => id.as_str(),
            Self::Unit(id) => id.as_str(),
            Self::Figures(id) => id.as_str(),
        }
    }

    /// From its name.
    pub(crate) fn of(name: &str) -> Option<Self> {
        let (kind, id) = name.split_once(':')?;
        Some(match kind {
            "feed" => Self::Feed(id.into()),
            "unit" => Self::Unit(id.into()),
            "figures" => Self::Figures(id.into()),
            _ => return None,
        })
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind(), self.id())
    }
}

/// A feed as it is seen at a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FeedSeen {
    pub(crate) id: FeedId,
    pub(crate) light: FeedLight,
    /// When anything of it was last heard.
    pub(crate) last_heard: Option<Time>,
    /// Records with something to say, a sum that grows.
    pub(crate) spoken: u64,
}

/// Somebody of whom a word is expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Expected {
    /// Never a feed.
    pub(crate) subject: Subject,
    /// The last word, by our clock.
    pub(crate) last: Option<Time>,
    /// Silent after so long, seconds.
    pub(crate) limit_s: u32,
    /// The feed by which it speaks, where known.
    pub(crate) feed: Option<FeedId>,
}

/// Everything that is seen at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) now: Time,
    /// The clock that never jumps.
    pub(crate) mono: Duration,
    pub(crate) feeds: Vec<FeedSeen>,
    pub(crate) expected: Vec<Expected>,
}

/// Why somebody is called silent.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cause {
    /// Less than its own normal.
    Quieter(Quiet),
    /// A feed of which nothing is heard, and by which these speak.
    Line {
        silent_s: u32,
        carried: Vec<Subject>,
    },
    /// No word for longer than expected.
    Overdue { silent_s: u32, limit_s: u32 },
}

/// A silence.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Silence {
    pub(crate) subject: Subject,
    /// The last word, or when less than normal began to come; 1970 where there never was a word.
    pub(crate) since: Time,
    pub(crate) cause: Cause,
}

/// Why a silence is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Over {
    /// Heard again.
    Heard,
    /// Nothing is expected any more.
    NotExpected,
}

/// What is to be reported. It holds when [`Detector::began`] or [`Detector::ended`] is told so; until then it is found
/// anew.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Change {
    Began(Silence),
    Ended {
        subject: Subject,
        since: Time,
        how: Over,
    },
}

/// The last word of somebody, and when it was noticed by the clock that never jumps.
#[derive(Debug, Clone, Copy)]
struct Word {
    last: Option<Time>,
    noticed: Duration,
}

impl Word {
    /// Notes what is the last word now.
    fn update(&mut self, last: Option<Time>, mono: Duration) {
        if self.last != last {
            *self = Self {
                last,
                noticed: mono,
            };
        }
    }

    fn silent(&self, mono: Duration) -> Duration {
        mono.saturating_sub(self.noticed)
    }
}

/// What is gathered of one feed.
#[derive(Debug)]
struct Listening {
    light: FeedLight,
    spoken: u64,
    word: Word,
    /// Records of the minute that is not over.
    records: u32,
    /// Whether all of that minute was listened to.
    whole: bool,
    minutes: Minutes,
    /// Minutes since its silence was last raised or over: only these tell whether it is over, or another begins.
    since_min: usize,
}

/// The detector.
#[derive(Debug)]
pub(crate) struct Detector {
    rules: Rules,
    week: Week,
    memory: Memory,
    before: Option<(Time, Duration)>,
    minute_began: Duration,
    slot: u8,
    feeds: BTreeMap<FeedId, Listening>,
    words: BTreeMap<Subject, Word>,
    changed: bool,
}

impl Detector {
    /// Begins with what was remembered.
    pub(crate) fn new(rules: Rules, week: Week, memory: Memory) -> Self {
        Self {
            rules,
            week,
            memory,
            before: None,
            minute_began: Duration::ZERO,
            slot: 0,
            feeds: BTreeMap::new(),
            words: BTreeMap::new(),
            changed: false,
        }
    }

    /// Looks. Changes of one subject come once a look at most.
    pub(crate) fn look(&mut self, look: &Look) -> Vec<Change> {
        let missed = self.clocks(look);
        self.listen(look);
        let mut changes = Vec::new();
        self.unexpected_feeds(&mut changes);
        if look.mono.saturating_sub(self.minute_began) >= MINUTE {
            self.minute_is_over(look.now, missed);
            self.minute_began = if missed {
                look.mono
            } else {
                self.minute_began + MINUTE
            };
            self.judge_feeds(look.now, &mut changes);
        }
        self.judge_expected(look, &mut changes);
        changes
    }

    /// Compares the clocks; whether something may have been missed since the last look.
    fn clocks(&mut self, look: &Look) -> bool {
        let Some((now, mono)) = self.before.replace((look.now, look.mono)) else {
            self.minute_began = look.mono;
            self.slot = self.week.slot(look.now);
            return false;
        };
        let passed = look.mono.saturating_sub(mono);
        let jumped = (look.now.secs_since(now) - passed.as_secs_f64()).abs() > JUMP_S;
        let gap = passed > GAP.max(self.rules.every.duration() * 3);
        if gap {
            // Whoever spoke meanwhile was perhaps not noticed: everybody has his whole time again.
            for word in self.words.values_mut() {
                word.noticed = look.mono;
            }
        }
        if jumped || gap {
            for feed in self.feeds.values_mut() {
                feed.whole = false;
            }
        }
        gap
    }

    fn listen(&mut self, look: &Look) {
        let there: BTreeSet<&FeedId> = look.feeds.iter().map(|f| &f.id).collect();
        self.feeds.retain(|id, _| there.contains(id));
        for seen in &look.feeds {
            let feed = self.feeds.entry(seen.id.clone()).or_insert(Listening {
                light: seen.light,
                spoken: seen.spoken,
                word: Word {
                    last: seen.last_heard,
                    noticed: look.mono,
                },
                records: 0,
                whole: false,
                minutes: Minutes::default(),
                since_min: usize::MAX,
            });
            // A feed that was taken away and came back counts from zero.
            let new = seen.spoken.saturating_sub(feed.spoken);
            feed.records = feed
                .records
                .saturating_add(u32::try_from(new).unwrap_or(u32::MAX));
            feed.spoken = seen.spoken;
            feed.light = seen.light;
            feed.word.update(seen.last_heard, look.mono);
            if seen.light == FeedLight::Paused {
                feed.whole = false;
                feed.word.noticed = look.mono;
            }
        }
    }

    fn minute_is_over(&mut self, now: Time, missed: bool) {
        let weeks = usize::try_from(self.rules.feeds.weeks).unwrap_or(1);
        let there: BTreeSet<FeedId> = self.feeds.keys().cloned().collect();
        for (id, feed) in &mut self.feeds {
            let minute = Minute {
                records: core::mem::take(&mut feed.records),
                slot: self.slot,
                heard: core::mem::replace(&mut feed.whole, true) && !missed,
            };
            feed.since_min = feed.since_min.saturating_add(1);
            if let Some((slot, hour)) = feed.minutes.push(minute) {
                let normal = self.memory.normal_mut(id, &there);
                normal.learn(slot, hour, weeks);
                self.changed = true;
            }
        }
        self.slot = self.week.slot(now);
    }

    fn least_weeks(&self) -> usize {
        usize::try_from(self.rules.feeds.least_weeks).unwrap_or(usize::MAX)
    }

    /// Silences of feeds that nobody expects to speak.
    fn unexpected_feeds(&self, changes: &mut Vec<Change>) {
        for (subject, since) in &self.memory.open {
            let Subject::Feed(id) = subject else { continue };
            let paused = |feed: &Listening| feed.light == FeedLight::Paused;
            if self.feeds.get(id).is_none_or(paused) {
                changes.push(Change::Ended {
                    subject: subject.clone(),
                    since: *since,
                    how: Over::NotExpected,
                });
            }
        }
    }

    fn judge_feeds(&self, now: Time, changes: &mut Vec<Change>) {
        let none = Normal::default();
        let limits = Limits {
            share: self.rules.feeds.quieter_than.0,
            chance: self.rules.feeds.chance.0,
        };
        for (id, feed) in &self.feeds {
            if feed.light == FeedLight::Paused || !feed.minutes.newest_heard() {
                continue;
            }
            let normal = self.memory.normals.get(id).unwrap_or(&none);
            let minutes = feed
                .minutes
                .evidence(normal, self.least_weeks())
                .take(feed.since_min);
            let subject = Subject::Feed(id.clone());
            match self.memory.open.get(&subject) {
                Some(since) => {
                    if speaks(minutes, limits) {
                        changes.push(Change::Ended {
                            subject,
                            since: *since,
                            how: Over::Heard,
                        });
                    }
                }
                None if !self.rules.feeds.enabled => {}
                None => {
                    if let Some(quiet) = quiet(minutes, limits) {
                        let begun = now.plus_secs(-i64::from(quiet.window_s));
                        let last = feed.word.last.filter(|_| quiet.records == 0);
                        changes.push(Change::Began(Silence {
                            subject,
                            since: last.unwrap_or(begun).min(now),
                            cause: Cause::Quieter(quiet),
                        }));
                    }
                }
            }
        }
    }

    fn judge_expected(&mut self, look: &Look, changes: &mut Vec<Change>) {
        let there: BTreeSet<&Subject> = look.expected.iter().map(|e| &e.subject).collect();
        self.words.retain(|subject, _| there.contains(subject));
        for (subject, since) in &self.memory.open {
            if !matches!(subject, Subject::Feed(_)) && !there.contains(subject) {
                changes.push(Change::Ended {
                    subject: subject.clone(),
                    since: *since,
                    how: Over::NotExpected,
                });
            }
        }
        let mut overdue: BTreeMap<Option<&FeedId>, Vec<(&Expected, u32)>> = BTreeMap::new();
        for expected in &look.expected {
            if let Some(silent_s) = self.overdue(expected, look.mono, changes) {
                let of_line = overdue.entry(expected.feed.as_ref()).or_default();
                of_line.push((expected, silent_s));
            }
        }
        for (line, late) in overdue {
            match line.and_then(|id| self.silent_line(id, &late, look)) {
                Some(silence) => {
                    let raised =
                        |c: &Change| matches!(c, Change::Began(s) if s.subject == silence.subject);
                    if !self.is_open(&silence.subject) && !changes.iter().any(raised) {
                        changes.push(Change::Began(silence));
                    }
                }
                None => changes.extend(late.into_iter().map(one_overdue)),
            }
        }
    }

    /// Notes the last word of somebody; for how many seconds he is silent where that is too long and not raised.
    fn overdue(
        &mut self,
        expected: &Expected,
        mono: Duration,
        changes: &mut Vec<Change>,
    ) -> Option<u32> {
        let Expected {
            subject,
            last,
            limit_s,
            feed,
        } = expected;
        let begun = Word {
            last: *last,
            noticed: mono,
        };
        let word = self.words.entry(subject.clone()).or_insert(begun);
        word.update(*last, mono);
        if let (Subject::Unit(unit), Some(last)) = (subject, last) {
            let word = LastWord {
                at: *last,
                by: feed.clone(),
            };
            self.memory.units.insert(unit.clone(), word);
        }
        if let Some(since) = self.memory.open.get(subject) {
            if last.is_some_and(|t| t.as_secs() > since.as_secs()) {
                changes.push(Change::Ended {
                    subject: subject.clone(),
                    since: *since,
                    how: Over::Heard,
                });
            }
            return None;
        }
        let line = feed.as_ref().and_then(|id| self.feeds.get(id));
        if line.is_some_and(|line| line.light == FeedLight::Paused) {
            word.noticed = mono;
            return None;
        }
        let silent = word.silent(mono);
        (silent >= Duration::from_secs(u64::from(*limit_s)))
            .then(|| u32::try_from(silent.as_secs()).unwrap_or(u32::MAX))
    }

    /// The silence of the line by which these speak, where that is why they are late: it was raised before, or several
    /// are late and nothing else came by it either.
    fn silent_line(&self, id: &FeedId, late: &[(&Expected, u32)], look: &Look) -> Option<Silence> {
        let line = self.feeds.get(id)?;
        let subject = Subject::Feed(id.clone());
        let silent = line.word.silent(look.mono);
        let silent_s = u32::try_from(silent.as_secs()).unwrap_or(u32::MAX);
        let shortest = late.iter().map(|(e, _)| e.limit_s).min()?;
        let why = late.len() >= 2 && silent_s >= shortest;
        (why || self.is_open(&subject)).then(|| {
            let begun = look.now.plus_secs(-i64::from(silent_s));
            Silence {
                subject,
                since: line.word.last.unwrap_or(begun).min(look.now),
                cause: Cause::Line {
                    silent_s,
                    carried: late.iter().map(|(e, _)| e.subject.clone()).collect(),
                },
            }
        })
    }

    /// A silence was raised: it is open until it is over.
    pub(crate) fn began(&mut self, subject: Subject, since: Time) {
        self.turn(&subject);
        self.memory.open.insert(subject, since);
    }

    /// A silence is over. Those who speak by a line that is back have their whole time again.
    pub(crate) fn ended(&mut self, subject: &Subject, look: &Look) {
        if let Subject::Feed(id) = subject {
            let by_it = look.expected.iter().filter(|e| e.feed.as_ref() == Some(id));
            for expected in by_it {
                if let Some(word) = self.words.get_mut(&expected.subject) {
                    word.noticed = look.mono;
                }
            }
        }
        self.turn(subject);
        self.memory.open.remove(subject);
    }

    /// From here on it is judged by what comes.
    fn turn(&mut self, subject: &Subject) {
        if let Subject::Feed(id) = subject
            && let Some(feed) = self.feeds.get_mut(id)
        {
            feed.since_min = 0;
        }
        self.changed = true;
    }

    /// The last word of a unit that is remembered: as it was last seen, or when its open silence began.
    pub(crate) fn last_word(&self, unit: &UnitId) -> Option<Time> {
        let open = self.memory.open.get(&Subject::Unit(unit.clone()));
        let seen = self.memory.units.get(unit).map(|word| &word.at);
        seen.max(open).copied()
    }

    /// The feed by which a unit last spoke, where known.
    pub(crate) fn line_of_unit(&self, unit: &UnitId) -> Option<&FeedId> {
        self.memory.units.get(unit)?.by.as_ref()
    }

    /// Whether somebody's silence is open.
    pub(crate) fn is_open(&self, subject: &Subject) -> bool {
        self.memory.open.contains_key(subject)
    }

    /// Open silences.
    pub(crate) fn open(&self) -> impl Iterator<Item = &Subject> {
        self.memory.open.keys()
    }

    /// The feed by which the figures of a crossing point come, where known.
    pub(crate) fn line_of_point(&self, point: &BcpId) -> Option<&FeedId> {
        self.memory.points.get(point)
    }

    /// Notes by which feed figures come.
    pub(crate) fn figures_come_by(&mut self, point: BcpId, feed: &FeedId) {
        if self.memory.points.get(&point) != Some(feed) {
            self.memory.points.insert(point, feed.clone());
            self.changed = true;
        }
    }

    /// What is to be remembered, and whether something in it changed that should not be lost since this was last asked.
    pub(crate) fn memory(&mut self) -> (&Memory, bool) {
        let changed = core::mem::take(&mut self.changed);
        (&self.memory, changed)
    }

    /// What is normal for the feeds now.
    pub(crate) fn normals(&self) -> BTreeMap<FeedId, FeedNormal> {
        let none = Normal::default();
        let of = |(id, feed): (&FeedId, &Listening)| {
            let normal = self.memory.normals.get(id).unwrap_or(&none);
            let usual = normal.usual(self.slot, self.least_weeks());
            #[expect(clippy::cast_possible_truncation, reason = "shown as a rate")]
            let per_h = usual.map(|u| u.records as f32);
            let shown = FeedNormal {
                per_h,
                last_h: feed.minutes.last_hour(),
                weeks: u32::try_from(normal.weeks(self.slot)).unwrap_or(u32::MAX),
                least_weeks: self.rules.feeds.least_weeks,
                silent_since: self.memory.open.get(&Subject::Feed(id.clone())).copied(),
            };
            (id.clone(), shown)
        };
        self.feeds.iter().map(of).collect()
    }
}

fn one_overdue((expected, silent_s): (&Expected, u32)) -> Change {
    Change::Began(Silence {
        subject: expected.subject.clone(),
        since: expected.last.unwrap_or(Time::EPOCH),
        cause: Cause::Overdue {
            silent_s,
            limit_s: expected.limit_s,
        },
    })
}

#[cfg(test)]
mod tests;
