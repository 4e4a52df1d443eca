//! Whether so little is too little: what was heard in spans that end now, against what is usual in their hours.
//!
//! Records that come together in one minute count as one word, for batches are no independent witnesses: with `b`
//! records a minute in which any come, `k` records are `k / b` words. If words come as a Poisson stream of mean `m`,
//! the chance of hearing at most `k < m` of them is at most `exp(-(m - k + k ln(k / m)))` (Chernoff; Mitzenmacher and
//! Upfal, Probability and Computing, theorem 5.4). The mean that is tested is a share of the usual, so a feed has to be
//! well below its normal and that has to be no accident.

use super::normal::Usual;

/// Lengths of the spans that are looked at, minutes. The longest bounds how rare a feed may speak and still be judged.
pub(crate) const SPANS_MIN: [usize; 16] = [
    10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 360, 480, 600, 720, 960, 1_440,
];

/// Words that a span has to lead one to expect before hearing them again ends a silence.
const WORDS_TO_END: f64 = 2.0;

/// One minute, newest first in what follows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Evidence {
    /// Records that came.
    pub(crate) records: u32,
    /// What is usual in an hour like that of this minute; `None` where it is not known, or nobody listened.
    pub(crate) usual: Option<Usual>,
}

/// A span in which too little came.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Quiet {
    /// Its length, seconds.
    pub(crate) window_s: u32,
    /// Records that came.
    pub(crate) records: u64,
    /// Records that are at least usual.
    pub(crate) usual: f64,
}

/// When too little is too little.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Limits {
    /// Share of the usual that is tested, above 0 to 1.
    pub(crate) share: f64,
    /// Greatest chance, above 0 and below 1.
    pub(crate) chance: f64,
}

/// Upper bound of the natural logarithm of the chance to hear at most `heard` words where `mean` are expected.
pub(crate) fn ln_chance(mean: f64, heard: f64) -> f64 {
    if heard >= mean || mean <= 0.0 {
        return 0.0;
    }
    let logarithm = if heard > 0.0 {
        heard * (heard / mean).ln()
    } else {
        0.0
    };
    -(mean - heard + logarithm)
}

/// Sums over a span.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    minutes: usize,
    records: u64,
    usual: Usual,
}

impl Sum {
    fn add(&mut self, minute: Evidence) {
        self.minutes += 1;
        let Some(usual) = minute.usual else { return };
        self.records += u64::from(minute.records);
        self.usual.records += usual.records / 60.0;
        self.usual.minutes += usual.minutes / 60.0;
    }

    /// Words that the tested share leads one to expect, and words that came.
    #[expect(
        clippy::cast_precision_loss,
        reason = "fewer than 2^52 records in a day"
    )]
    fn words(&self, share: f64) -> (f64, f64) {
        if self.usual.minutes <= 0.0 {
            return (0.0, 0.0);
        }
        let batch = (self.usual.records / self.usual.minutes).max(1.0);
        let mean = self.usual.records / batch * share;
        (mean, self.records as f64 / batch)
    }
}

/// The spans that end with the first of `minutes`, short to long; shorter ones only where there are too few.
fn spans(minutes: impl Iterator<Item = Evidence>) -> impl Iterator<Item = Sum> {
    let mut sum = Sum::default();
    minutes.filter_map(move |minute| {
        sum.add(minute);
        SPANS_MIN.contains(&sum.minutes).then_some(sum)
    })
}

/// The shortest span in which too little came.
pub(crate) fn quiet(minutes: impl Iterator<Item = Evidence>, limits: Limits) -> Option<Quiet> {
    let span = spans(minutes).find(|sum| {
        let (mean, heard) = sum.words(limits.share);
        ln_chance(mean, heard) <= limits.chance.ln()
    })?;
    Some(Quiet {
        window_s: u32::try_from(span.minutes * 60).unwrap_or(u32::MAX),
        records: span.records,
        usual: span.usual.records,
    })
}

/// Whether a feed that was quiet speaks as usual again, by the minutes since: in the shortest span that says anything, at
/// least the tested share of the usual came. In hours in which little is usual, that of the last hour. Where it is not
/// known what is usual, any record will do.
pub(crate) fn speaks(minutes: impl Iterator<Item = Evidence> + Clone, limits: Limits) -> bool {
    let telling = spans(minutes.clone()).find_map(|sum| {
        let (mean, heard) = sum.words(limits.share);
        (mean >= WORDS_TO_END).then_some(heard >= mean)
    });
    telling.unwrap_or_else(|| {
        let mut sum = Sum::default();
        let mut unmeasured = false;
        for minute in minutes.take(60) {
            unmeasured |= minute.usual.is_none() && minute.records > 0;
            sum.add(minute);
        }
        let (mean, heard) = sum.words(limits.share);
        let long_enough = SPANS_MIN.first().is_some_and(|least| sum.minutes >= *least);
        unmeasured || (long_enough && sum.records > 0 && heard >= mean)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        share: 0.5,
        chance: 0.0001,
    };

    fn minute(records: u32, usual: Usual) -> Evidence {
        Evidence {
            records,
            usual: Some(usual),
        }
    }

    /// Minutes, newest first, in which `per_h` records an hour come evenly.
    fn evenly(per_h: u32, usual: Usual, minutes: u32) -> Vec<Evidence> {
        (0..minutes)
            .map(|m| minute((m + 1) * per_h / 60 - m * per_h / 60, usual))
            .collect()
    }

    const BUSY: Usual = Usual {
        records: 200.0,
        minutes: 57.0,
    };

    #[test]
    fn the_bound_is_one_where_nothing_is_missing_and_exact_where_nothing_comes() {
        assert!((ln_chance(10.0, 0.0) + 10.0).abs() < 1e-12);
        for (mean, heard) in [(10.0, 10.0), (10.0, 50.0), (0.0, 0.0)] {
            assert!(ln_chance(mean, heard).abs() < 1e-12, "{mean} {heard}");
        }
        // P(K <= 5 | 20) is 7.2e-5; the bound may not be below it.
        let bound = ln_chance(20.0, 5.0);
        assert!(bound >= (7.2e-5_f64).ln() && bound < 0.0, "{bound}");
    }

    #[test]
    fn two_hundred_an_hour_that_fall_to_five_are_quiet_within_half_an_hour() {
        let mut seen = evenly(5, BUSY, 30);
        seen.extend(evenly(200, BUSY, 1_000));
        let found = quiet(seen.iter().copied(), LIMITS).unwrap();
        assert!(found.window_s <= 1_800, "{found:?}");
        assert!(found.records <= 3 && found.usual > 60.0, "{found:?}");
        assert!(!speaks(seen.iter().copied(), LIMITS));
    }

    #[test]
    fn a_feed_at_two_thirds_of_its_normal_is_not_quiet_however_long() {
        let seen = evenly(134, BUSY, 1_440);
        assert_eq!(quiet(seen.iter().copied(), LIMITS), None);
    }

    #[test]
    fn a_feed_that_says_two_words_a_night_is_not_quiet_when_it_says_none() {
        let night = Usual {
            records: 2.0,
            minutes: 2.0,
        };
        let seen = evenly(0, night, 480);
        assert_eq!(quiet(seen.iter().copied(), LIMITS), None);
        // Nor is one for which nothing is normal, or unknown.
        let seen = evenly(0, Usual::default(), 1_440);
        assert_eq!(quiet(seen.iter().copied(), LIMITS), None);
        let unknown = Evidence {
            records: 0,
            usual: None,
        };
        assert_eq!(quiet(vec![unknown; 1_440].into_iter(), LIMITS), None);
    }

    #[test]
    fn a_feed_of_two_words_an_hour_is_quiet_after_ten_hours_and_one_of_ten_a_day_never() {
        let usual = |words| Usual {
            records: words,
            minutes: words,
        };
        assert_eq!(quiet(evenly(0, usual(2.0), 599).into_iter(), LIMITS), None);
        let found = quiet(evenly(0, usual(2.0), 600).into_iter(), LIMITS);
        assert_eq!(found.map(|q| q.window_s), Some(36_000));
        let ten_a_day = usual(10.0 / 24.0);
        assert_eq!(quiet(evenly(0, ten_a_day, 1_440).into_iter(), LIMITS), None);
    }

    #[test]
    fn a_file_every_ten_minutes_is_not_quiet_between_two_of_them() {
        let batches = Usual {
            records: 600.0,
            minutes: 6.0,
        };
        // Nine minutes after the last one, and a whole one missing.
        let mut seen = vec![minute(0, batches); 19];
        for _ in 0..100 {
            seen.push(minute(100, batches));
            seen.extend(vec![minute(0, batches); 9]);
        }
        assert_eq!(quiet(seen.iter().copied(), LIMITS), None);
        // Six hours without any are.
        let none = vec![minute(0, batches); 360];
        assert!(quiet(none.into_iter(), LIMITS).is_some());
    }

    #[test]
    fn it_speaks_again_when_it_is_back_and_not_at_its_first_word() {
        let mut seen = evenly(200, BUSY, 10);
        seen.extend(evenly(0, BUSY, 600));
        assert!(speaks(seen.iter().copied(), LIMITS));
        assert_eq!(
            quiet(seen.iter().copied().take(10), LIMITS),
            None,
            "and is not quiet in the same span"
        );
        let mut seen = vec![minute(1, BUSY)];
        seen.extend(evenly(0, BUSY, 600));
        assert!(!speaks(seen.iter().copied(), LIMITS));
        // A few minutes at a word now and then say nothing of being back.
        assert!(!speaks([minute(1, BUSY); 3].into_iter(), LIMITS));
        // By night, when two words an hour are usual, one is enough.
        let night = Usual {
            records: 2.0,
            minutes: 2.0,
        };
        let mut seen = evenly(0, night, 20);
        assert!(!speaks(seen.iter().copied(), LIMITS));
        seen.push(minute(1, night));
        assert!(speaks(seen.iter().copied(), LIMITS));
        // Where nothing is usual any more, one word will do.
        let unknown = |records| Evidence {
            records,
            usual: None,
        };
        assert!(speaks([unknown(0), unknown(1)].into_iter(), LIMITS));
        assert!(!speaks([unknown(0), unknown(0)].into_iter(), LIMITS));
    }
}
