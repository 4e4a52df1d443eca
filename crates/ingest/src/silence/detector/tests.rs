//! Weeks of counts without a clock: time goes when the test says so.

use proptest::prelude::*;

use super::*;
use crate::silence::normal::Hour;

/// Monday 2026-11-23, 00:00 in Kyiv.
const MONDAY: i64 = 1_795_392_000 - 2 * 3_600;

/// Seconds between two looks.
const LOOK_S: u64 = 10;

/// The same where weeks are listened to: the longest that misses nothing.
const FAR_S: u64 = 30;

/// A deterministic source of numbers (`SplitMix64`), for counts that scatter.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        f64::from(u32::try_from((z ^ (z >> 31)) >> 32).unwrap()) / f64::from(u32::MAX)
    }

    /// A number of a Poisson distribution (Knuth), for small means.
    fn poisson(&mut self, mean: f64) -> u64 {
        let (limit, mut product, mut n) = ((-mean).exp(), self.next(), 0);
        while product > limit {
            product *= self.next();
            n += 1;
        }
        n
    }
}

/// A world with one feed and whoever else the test expects.
struct World {
    detector: Detector,
    now: Time,
    mono: Duration,
    spoken: u64,
    last_heard: Option<Time>,
    light: FeedLight,
    expected: Vec<Expected>,
    dice: Dice,
}

fn rules() -> Rules {
    Rules::default()
}

impl World {
    fn new() -> Self {
        Self::with(Memory::new("Europe/Kyiv"))
    }

    fn with(memory: Memory) -> Self {
        Self {
            detector: Detector::new(rules(), Week::of("Europe/Kyiv"), memory),
            now: Time::from_secs(MONDAY),
            mono: Duration::from_secs(5),
            spoken: 0,
            last_heard: None,
            light: FeedLight::Up,
            expected: Vec::new(),
            dice: Dice(7),
        }
    }

    fn seen(&self) -> Look {
        Look {
            now: self.now,
            mono: self.mono,
            feeds: vec![FeedSeen {
                id: "coast".into(),
                light: self.light,
                last_heard: self.last_heard,
                spoken: self.spoken,
            }],
            expected: self.expected.clone(),
        }
    }

    /// Looks and lets what is found hold.
    fn look(&mut self) -> Vec<Change> {
        let look = self.seen();
        let changes = self.detector.look(&look);
        for change in &changes {
            match change {
                Change::Began(s) => self.detector.began(s.subject.clone(), s.since),
                Change::Ended { subject, .. } => self.detector.ended(subject, &look),
            }
        }
        changes
    }

    fn pass(&mut self, by_s: u64) {
        self.now = self.now.plus_secs(i64::try_from(by_s).unwrap());
        self.mono += Duration::from_secs(by_s);
    }

    fn says(&mut self, records: u64) {
        if records > 0 {
            self.spoken += records;
            self.last_heard = Some(self.now);
        }
    }

    /// Lets time pass in looks; `per_h` records an hour come as they like.
    fn run(&mut self, for_s: u64, per_h: impl Fn(Time) -> f64) -> Vec<(Time, Change)> {
        self.run_in_looks(LOOK_S, for_s, per_h)
    }

    fn run_in_looks(
        &mut self,
        look_s: u64,
        for_s: u64,
        per_h: impl Fn(Time) -> f64,
    ) -> Vec<(Time, Change)> {
        let mut all = Vec::new();
        for _ in 0..for_s / look_s {
            self.pass(look_s);
            #[expect(clippy::cast_precision_loss, reason = "seconds of a look")]
            let mean = per_h(self.now) * look_s as f64 / 3_600.0;
            let records = self.dice.poisson(mean);
            self.says(records);
            let now = self.now;
            all.extend(self.look().into_iter().map(|c| (now, c)));
        }
        all
    }
}

const HOUR: u64 = 3_600;
const WEEK: u64 = 7 * 24 * HOUR;

/// An office: 200 records an hour by day, 2 by night, none on Sunday.
fn office(at: Time) -> f64 {
    let slot = Week::of("Europe/Kyiv").slot(at);
    match (slot / 24, slot % 24) {
        (6, _) => 0.0,
        (_, 8..18) => 200.0,
        _ => 2.0,
    }
}

/// Four weeks as they would have come, put into the memory hour by hour.
fn teach(world: &mut World, seed: u64, per_h: impl Fn(Time) -> f64) {
    let mut dice = Dice(seed);
    let memory = &mut world.detector.memory;
    let normal = memory.normal_mut(&"coast".into(), &BTreeSet::new());
    for hour in 0..4 * 168 {
        let at = Time::from_secs(MONDAY + hour * 3_600);
        let minutes: Vec<u64> = (0..60).map(|_| dice.poisson(per_h(at) / 60.0)).collect();
        let hour = Hour {
            records: u32::try_from(minutes.iter().sum::<u64>()).unwrap(),
            minutes: u8::try_from(minutes.iter().filter(|n| **n > 0).count()).unwrap(),
        };
        normal.learn(Week::of("Europe/Kyiv").slot(at), hour, 8);
    }
}

/// A detector that has heard four weeks of the office, at the beginning of a Monday.
fn learned() -> World {
    let mut world = World::new();
    teach(&mut world, 11, office);
    world
}

#[test]
fn weeks_of_listening_are_no_silence_and_teach_what_is_normal() {
    let mut world = World::new();
    let found = world.run_in_looks(FAR_S, 3 * WEEK + 34 * HOUR, office);
    assert_eq!(found, []);
    let normal = &world.detector.memory.normals[&FeedId::from("coast")];
    let usual = |slot| normal.usual(slot, 3).unwrap().records;
    assert!((150.0..220.0).contains(&usual(10)), "{}", usual(10));
    assert!(usual(2) <= 3.0 && usual(150) < 0.5, "{}", usual(2));
    let found = world.run_in_looks(FAR_S, HOUR, |_| 5.0);
    assert_eq!(found.len(), 1, "{found:?}");
}

fn feed() -> Subject {
    Subject::Feed("coast".into())
}

#[test]
fn nights_and_sundays_are_no_silence_and_a_fall_from_two_hundred_to_five_is_within_half_an_hour() {
    let mut world = learned();
    // A fifth week of the same, up to Tuesday at ten.
    assert_eq!(world.run(34 * HOUR, office), []);
    let fell = world.now;
    let found = world.run(2 * HOUR, |_| 5.0);
    let [(at, Change::Began(silence))] = found.as_slice() else {
        panic!("{found:?}");
    };
    assert_eq!(silence.subject, feed());
    assert!(
        at.secs_since(fell) <= 1_860.0,
        "after {} s",
        at.secs_since(fell)
    );
    let Cause::Quieter(quiet) = &silence.cause else {
        panic!("{silence:?}");
    };
    assert!(
        quiet.usual > 15.0 * f64::from(quiet.window_s) / 360.0,
        "{quiet:?}"
    );
    assert!(silence.since >= fell.plus_secs(-1_800) && silence.since < *at);
    // It speaks as usual again: over within a quarter of an hour, once.
    let back = world.now;
    let found = world.run(4 * HOUR, office);
    let [(at, Change::Ended { how, .. })] = found.as_slice() else {
        panic!("{found:?}");
    };
    assert_eq!(*how, Over::Heard);
    assert!(
        at.secs_since(back) <= 960.0,
        "after {} s",
        at.secs_since(back)
    );
}

#[test]
fn nothing_is_normal_before_enough_weeks() {
    let mut world = World::new();
    assert_eq!(world.run_in_looks(FAR_S, 2 * WEEK + 34 * HOUR, office), []);
    let found = world.run_in_looks(FAR_S, 8 * HOUR, |_| 0.0);
    assert_eq!(found, [], "nobody knows what to expect");
}

#[test]
fn a_feed_that_is_silent_into_the_night_stays_silent_until_it_speaks() {
    let mut world = learned();
    world.run(17 * HOUR, office);
    let found = world.run(15 * HOUR, |_| 0.0);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(world.run(HOUR, office).len(), 1);
}

#[test]
fn a_pause_and_what_follows_on_it_is_no_silence() {
    let mut world = learned();
    world.run(10 * HOUR, office);
    world.light = FeedLight::Paused;
    assert_eq!(world.run(3 * HOUR, |_| 0.0), []);
    world.light = FeedLight::Up;
    assert_eq!(world.run(3 * HOUR, office), []);
    // One that is silent and then paused is over.
    assert_eq!(world.run(HOUR, |_| 0.0).len(), 1);
    world.light = FeedLight::Paused;
    let over = world.run(60, |_| 0.0);
    assert!(
        matches!(
            over.as_slice(),
            [(
                _,
                Change::Ended {
                    how: Over::NotExpected,
                    ..
                }
            )]
        ),
        "{over:?}"
    );
}

#[test]
fn the_servers_own_absence_is_no_silence_and_its_hours_are_not_learned() {
    let mut world = learned();
    world.run(9 * HOUR, office);
    let memory = world.detector.memory().0.clone();
    let (now, mono) = (world.now, world.mono);
    // Down for three busy hours, then back with what it remembers.
    let mut world = World::with(memory.clone());
    (world.now, world.mono) = (now.plus_secs(3 * 3_600), mono);
    assert_eq!(
        world.run(120, |_| 0.0),
        [],
        "it has only just begun to listen"
    );
    assert_eq!(world.run(3 * HOUR, office), []);
    let slot = Week::of("Europe/Kyiv").slot(now.plus_secs(3_600));
    let weeks = |m: &Memory| m.normals[&FeedId::from("coast")].weeks(slot);
    assert_eq!(weeks(&world.detector.memory), weeks(&memory));
}

#[test]
fn a_process_that_stood_still_and_a_clock_that_jumps_make_nobody_silent() {
    for (wall_s, mono_s) in [(7_200, 7_200), (7_200, 10), (-7_200, 10)] {
        let mut world = learned();
        world.run(10 * HOUR, office);
        let unit = Subject::Unit("U1".into());
        world.expected = vec![Expected {
            subject: unit,
            last: Some(world.now),
            limit_s: 900,
            feed: Some("coast".into()),
        }];
        world.look();
        world.now = world.now.plus_secs(wall_s);
        world.mono += Duration::from_secs(mono_s);
        assert_eq!(world.look(), [], "{wall_s} {mono_s}");
        assert_eq!(world.run(600, office), [], "{wall_s} {mono_s}");
        let late = world.run(600, office);
        assert_eq!(late.len(), 1, "the unit had its whole time: {late:?}");
    }
}

fn unit(name: &str, last: Time) -> Expected {
    Expected {
        subject: Subject::Unit(name.into()),
        last: Some(last),
        limit_s: 900,
        feed: Some("coast".into()),
    }
}

#[test]
fn a_unit_is_overdue_once_and_over_when_it_is_heard_or_off_duty() {
    let mut world = World::new();
    world.expected = vec![unit("U1", world.now)];
    let begun = world.now;
    let steady = |_| 600.0;
    let found = world.run(3_600, steady);
    let [(at, Change::Began(silence))] = found.as_slice() else {
        panic!("{found:?}");
    };
    assert!((900.0..=910.0).contains(&at.secs_since(begun)), "{at}");
    assert_eq!(silence.since, begun);
    assert!(matches!(silence.cause, Cause::Overdue { limit_s: 900, .. }));
    world.expected = vec![unit("U1", world.now)];
    let over = world.run(20, steady);
    assert!(
        matches!(over.as_slice(), [(_, Change::Ended { how: Over::Heard, since, .. })] if *since == begun),
        "{over:?}"
    );
    // Silent again, another silence; then off duty.
    assert_eq!(world.run(1_000, steady).len(), 1);
    world.expected.clear();
    let over = world.run(20, steady);
    assert!(
        matches!(
            over.as_slice(),
            [(
                _,
                Change::Ended {
                    how: Over::NotExpected,
                    ..
                }
            )]
        ),
        "{over:?}"
    );
}

#[test]
fn a_dead_line_is_told_once_and_not_for_each_unit_on_it() {
    let mut world = World::new();
    world.run(60, |_| 3_600.0);
    world.expected = (0..30).map(|n| unit(&format!("U{n}"), world.now)).collect();
    let found = world.run(3_600, |_| 0.0);
    let [(_, Change::Began(silence))] = found.as_slice() else {
        panic!("{found:?}");
    };
    assert_eq!(silence.subject, feed());
    assert!(matches!(&silence.cause, Cause::Line { carried, .. } if carried.len() == 30));
    // The line is back, and all but one unit with it: that one has its whole time, and is told then.
    world.light = FeedLight::Up;
    let back = world.now;
    for n in 1..30 {
        world.expected[n].last = Some(back.plus_secs(10));
    }
    let found = world.run(600, |_| 3_600.0);
    assert!(
        matches!(
            found.as_slice(),
            [(
                _,
                Change::Ended {
                    how: Over::Heard,
                    ..
                }
            )]
        ),
        "{found:?}"
    );
    for n in 1..30 {
        world.expected[n].last = Some(world.now);
    }
    let found = world.run(600, |_| 3_600.0);
    let [(_, Change::Began(silence))] = found.as_slice() else {
        panic!("{found:?}");
    };
    assert_eq!(silence.subject, Subject::Unit("U0".into()));
}

#[test]
fn one_unit_that_is_late_on_a_line_that_speaks_is_told_itself() {
    let mut world = World::new();
    world.expected = vec![unit("U1", world.now), unit("U2", world.now)];
    let found = world.run(1_000, |_| 3_600.0);
    assert_eq!(found.len(), 2, "the line is well: {found:?}");
}

#[test]
fn units_on_a_paused_line_are_not_expected_and_have_their_time_after_it() {
    let mut world = World::new();
    world.expected = vec![unit("U1", world.now)];
    world.light = FeedLight::Paused;
    assert_eq!(world.run(3_600, |_| 0.0), []);
    world.light = FeedLight::Up;
    assert_eq!(world.run(880, |_| 600.0), []);
    assert_eq!(world.run(60, |_| 600.0).len(), 1);
}

#[test]
fn what_is_open_stays_open_over_a_restart_and_is_told_once() {
    let mut world = World::new();
    let begun = world.now;
    world.expected = vec![unit("U1", begun)];
    assert_eq!(world.run(1_000, |_| 600.0).len(), 1);
    let memory = world.detector.memory().0.clone();
    let mut again = World::with(Memory::read(&memory.write().unwrap(), "Europe/Kyiv").unwrap());
    again.now = world.now.plus_secs(600);
    assert_eq!(again.detector.last_word(&"U1".into()), Some(begun));
    again.expected = vec![unit("U1", begun)];
    assert_eq!(again.run(3_600, |_| 600.0), []);
    again.expected = vec![unit("U1", again.now)];
    assert_eq!(again.run(20, |_| 600.0).len(), 1);
}

#[test]
fn what_could_not_be_reported_is_found_again() {
    let mut world = World::new();
    world.expected = vec![unit("U1", world.now)];
    assert_eq!(world.run(900, |_| 600.0), []);
    world.pass(LOOK_S);
    let look = world.seen();
    let first = world.detector.look(&look);
    world.pass(LOOK_S);
    let second = world.detector.look(&world.seen());
    assert_eq!((first.len(), second.len()), (1, 1));
    assert_eq!(world.look().len(), 1);
    world.pass(LOOK_S);
    assert_eq!(world.look(), []);
}

#[test]
fn figures_that_never_came_are_missed_from_the_beginning_of_listening() {
    let mut world = World::new();
    world.expected = vec![Expected {
        subject: Subject::Figures("UAPL07".into()),
        last: None,
        limit_s: 7_200,
        feed: None,
    }];
    assert_eq!(world.run(7_190, |_| 0.0), []);
    let found = world.run(60, |_| 0.0);
    assert!(
        matches!(found.as_slice(), [(_, Change::Began(s))] if s.since == Time::EPOCH),
        "{found:?}"
    );
    world.expected[0].last = Some(world.now);
    assert_eq!(world.run(20, |_| 0.0).len(), 1);
}

#[test]
fn the_page_shows_what_is_normal_now_and_since_when_it_is_silent() {
    let mut world = learned();
    world.run(10 * HOUR, office);
    let shown = world.detector.normals()[&FeedId::from("coast")].clone();
    assert_eq!((shown.weeks, shown.least_weeks), (4, 3));
    assert!((150.0..250.0).contains(&shown.per_h.unwrap()), "{shown:?}");
    assert!((120..300).contains(&shown.last_h.unwrap()), "{shown:?}");
    assert_eq!(shown.silent_since, None);
    world.run(HOUR, |_| 0.0);
    let shown = world.detector.normals()[&FeedId::from("coast")].clone();
    assert!(shown.silent_since.is_some());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Whatever the looks bring, in whatever order: no panic, and of one subject beginnings and ends alternate.
    #[test]
    fn beginnings_and_ends_alternate_whatever_comes(
        steps in prop::collection::vec(
            (0_u64..4_000, -5_000_i64..5_000, 0_u64..50, 0_usize..4, 0_u8..16), 1..300)
    ) {
        let mut world = World::new();
        let lights = [FeedLight::Up, FeedLight::Down, FeedLight::Paused, FeedLight::Starting];
        let mut open: BTreeSet<Subject> = BTreeSet::new();
        for (pass, jump, records, light, who) in steps {
            world.pass(pass);
            if jump.abs() > 4_000 {
                world.now = world.now.plus_secs(jump);
            }
            world.says(records);
            world.light = lights[light];
            let names = ["A", "B", "C"];
            world.expected = (0..3)
                .filter(|n| who & (1 << n) != 0)
                .map(|n| unit(names[n], if who & 8 != 0 { world.now } else { Time::from_secs(MONDAY) }))
                .collect();
            for change in world.look() {
                match change {
                    Change::Began(s) => prop_assert!(open.insert(s.subject.clone()), "{:?} twice", s.subject),
                    Change::Ended { subject, .. } => prop_assert!(open.remove(&subject), "{subject:?} was not open"),
                }
            }
        }
    }

    /// A steady feed at its normal is never called silent, at any rate and whatever the scatter.
    #[test]
    fn a_steady_feed_at_its_normal_is_never_silent(per_h in 0.2_f64..400.0, seed in any::<u64>()) {
        let mut world = World::new();
        world.dice = Dice(seed);
        teach(&mut world, seed ^ 1, |_| per_h);
        prop_assert_eq!(world.run_in_looks(FAR_S, 24 * HOUR, |_| per_h), []);
    }
}
