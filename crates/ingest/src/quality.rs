//! How good what a feed says is, in three parts that its own people can act on: is everything there that the model
//! wants, does it come in time, does it come once. Unknown is a value: a part without a basis has no score.
//!
//! - **Completeness**: of each report, the sender's own id, type, time, position and words; of figures, their time and
//!   a number; of a unit's state, its time and status. Positions are not measured: what a position carries is its
//!   format's business. Withdrawals and updates may leave out what was said before.
//! - **Timeliness**: received minus occurred, against the limits by which the feed's own light ages.
//! - **Duplicates**: records that were known already.

use oneroof_model::{Draft, FiguresDraft, FreshnessRule, Interval, Relation, ReportDraft, Time};
use oneroof_text::{Lang, Value, t};
use oneroof_wire::{
    Completeness, Duplicates, FeedQuality, FieldShare, QualityField, Timeliness, Words,
};

use crate::trend::Tally;

/// Fields that are looked for, in the order of their sums.
const FIELDS: [QualityField; 7] = [
    QualityField::SourceId,
    QualityField::Type,
    QualityField::Time,
    QualityField::Position,
    QualityField::Words,
    QualityField::Figures,
    QualityField::Status,
];

/// A field that was wanted, and whether it was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Asked {
    wanted: u32,
    present: u32,
}

/// Sums over records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Measured {
    fields: [Asked; FIELDS.len()],
    /// Records whose fields were looked at.
    looked_at: u32,
    in_time: u32,
    late: u32,
    too_late: u32,
}

impl Measured {
    /// Adds another.
    pub(crate) fn add(&mut self, other: &Self) {
        for (mine, theirs) in self.fields.iter_mut().zip(&other.fields) {
            mine.wanted = mine.wanted.saturating_add(theirs.wanted);
            mine.present = mine.present.saturating_add(theirs.present);
        }
        self.looked_at = self.looked_at.saturating_add(other.looked_at);
        self.in_time = self.in_time.saturating_add(other.in_time);
        self.late = self.late.saturating_add(other.late);
        self.too_late = self.too_late.saturating_add(other.too_late);
    }

    /// Looks at what a record says.
    pub(crate) fn take(&mut self, draft: &Draft, received: Time, rule: FreshnessRule) {
        match draft {
            Draft::Report(r) => self.report(r),
            Draft::Figures(f) => self.asked([
                (QualityField::Time, f.at.is_some()),
                (QualityField::Figures, has_figures(f)),
            ]),
            Draft::Unit(u) => self.asked([
                (QualityField::Time, u.at.is_some()),
                (QualityField::Status, u.status.is_some()),
            ]),
            Draft::Threat(t) => self.asked([(QualityField::Time, t.at.is_some())]),
            Draft::Weather(w) => self.asked([(QualityField::Time, w.at.is_some())]),
            Draft::Position(_) | Draft::Heartbeat(_) | Draft::Delete(_) => {}
        }
        if let Some(occurred) = occurred(draft) {
            let delay_s = received.secs_since(occurred);
            let step = if delay_s < f64::from(rule.stale_s) {
                &mut self.in_time
            } else if delay_s < f64::from(rule.lost_s) {
                &mut self.late
            } else {
                &mut self.too_late
            };
            *step = step.saturating_add(1);
        }
    }

    fn report(&mut self, r: &ReportDraft) {
        if r.relation != Relation::New {
            return;
        }
        self.asked([
            (QualityField::SourceId, r.source.is_some()),
            (QualityField::Type, r.type_code.is_some()),
            (QualityField::Time, r.occurred.is_some()),
            (QualityField::Position, r.place.geometry.is_some()),
            (QualityField::Words, r.title.is_some() || r.text.is_some()),
        ]);
    }

    fn asked(&mut self, fields: impl IntoIterator<Item = (QualityField, bool)>) {
        self.looked_at = self.looked_at.saturating_add(1);
        for (field, there) in fields {
            let place = FIELDS.iter().position(|f| *f == field);
            if let Some(sum) = place.and_then(|i| self.fields.get_mut(i)) {
                sum.wanted = sum.wanted.saturating_add(1);
                sum.present = sum.present.saturating_add(u32::from(there));
            }
        }
    }
}

const fn has_figures(f: &FiguresDraft) -> bool {
    f.cars_waiting.is_some()
        || f.trucks_waiting.is_some()
        || f.buses_waiting.is_some()
        || f.wait_min.is_some()
        || f.persons_per_h.is_some()
}

/// When what a draft tells of was so, where it says so.
pub(crate) fn occurred(draft: &Draft) -> Option<Time> {
    match draft {
        Draft::Report(r) => r.occurred.map(|Interval { to, .. }| to).or(r.reported),
        Draft::Position(p) => p.at,
        Draft::Unit(u) => u.at,
        Draft::Figures(f) => f.at,
        Draft::Threat(t) => t.at,
        Draft::Weather(w) => w.at,
        Draft::Heartbeat(_) | Draft::Delete(_) => None,
    }
}

/// A share; unknown where there is nothing to share.
#[expect(clippy::cast_possible_truncation, reason = "shown with two decimals")]
fn share(part: u32, of: u32) -> Option<f32> {
    (of > 0).then(|| (f64::from(part) / f64::from(of)) as f32)
}

/// The mean of those that are known.
fn mean(known: impl IntoIterator<Item = Option<f32>>) -> Option<f32> {
    let (mut sum, mut count) = (0.0_f32, 0.0_f32);
    for one in known.into_iter().flatten() {
        sum += one;
        count += 1.0;
    }
    (count > 0.0).then(|| sum / count)
}

fn words(key: &str, args: &[(&str, Value<'_>)]) -> Words {
    let of = |lang| t(lang, key, args).replace('\u{a0}', " ");
    Words {
        uk: of(Lang::Uk),
        en: of(Lang::En),
    }
}

/// What a feed's people are shown of a span of `window_s` seconds.
pub(crate) fn quality(sum: &Tally, window_s: u32, rule: FreshnessRule) -> FeedQuality {
    let completeness = completeness(&sum.measured);
    let timeliness = timeliness(&sum.measured, rule);
    let duplicates = duplicates(sum);
    let score = mean([completeness.score, timeliness.score, duplicates.score]);
    FeedQuality {
        window_s,
        score,
        words: match score {
            Some(score) => words(
                "quality.score",
                &[("share", score.into()), ("window_s", window_s.into())],
            ),
            None => words("quality.unknown", &[("window_s", window_s.into())]),
        },
        completeness,
        timeliness,
        duplicates,
    }
}

fn completeness(m: &Measured) -> Completeness {
    let fields: Vec<FieldShare> = FIELDS
        .iter()
        .zip(&m.fields)
        .filter(|(_, asked)| asked.wanted > 0)
        .map(|(field, asked)| FieldShare {
            field: *field,
            present: asked.present,
            wanted: asked.wanted,
        })
        .collect();
    let score = mean(fields.iter().map(|f| share(f.present, f.wanted)));
    let worst = fields
        .iter()
        .filter(|f| f.present < f.wanted)
        .max_by_key(|f| (u64::from(f.wanted - f.present) * 1_000) / u64::from(f.wanted));
    Completeness {
        score,
        records: m.looked_at,
        words: match (score, worst) {
            (None, _) => words("quality.completeness.unknown", &[]),
            (Some(_), None) => words(
                "quality.completeness.whole",
                &[("records", m.looked_at.into())],
            ),
            (Some(score), Some(worst)) => {
                let missing = [
                    ("share", score.into()),
                    ("missing", (worst.wanted - worst.present).into()),
                    ("wanted", worst.wanted.into()),
                ];
                words(worst.field.key(), &missing)
            }
        },
        fields,
    }
}

fn timeliness(m: &Measured, rule: FreshnessRule) -> Timeliness {
    let records = m.in_time.saturating_add(m.late).saturating_add(m.too_late);
    // One that is late counts half.
    let score = mean([
        share(m.in_time, records),
        share(m.in_time.saturating_add(m.late), records),
    ]);
    Timeliness {
        score,
        in_time: m.in_time,
        late: m.late,
        too_late: m.too_late,
        late_after_s: rule.stale_s,
        too_late_after_s: rule.lost_s,
        words: if score.is_some() {
            let numbers = [
                ("in_time", m.in_time.into()),
                ("records", records.into()),
                ("limit_s", rule.stale_s.into()),
            ];
            words("quality.timeliness", &numbers)
        } else {
            words("quality.timeliness.unknown", &[])
        },
    }
}

fn duplicates(sum: &Tally) -> Duplicates {
    let records = sum.accepted.saturating_add(sum.duplicates);
    let score = share(sum.accepted, records);
    Duplicates {
        score,
        records,
        duplicates: sum.duplicates,
        words: if score.is_some() {
            let numbers = [
                ("duplicates", sum.duplicates.into()),
                ("records", records.into()),
            ];
            words("quality.duplicates", &numbers)
        } else {
            words("quality.duplicates.unknown", &[])
        },
    }
}

#[cfg(test)]
mod tests {
    use oneroof_model::{LatLon, Place, PositionDraft, SourceKey, TrackKey, TypeCode};

    use super::*;

    const RULE: FreshnessRule = FreshnessRule {
        expected_s: 15,
        stale_s: 45,
        lost_s: 180,
    };

    fn at(s: i64) -> Time {
        Time::from_secs(1_000_000 + s)
    }

    fn whole(delay_s: i64) -> Draft {
        Draft::Report(Box::new(ReportDraft {
            source: Some(SourceKey {
                key: "a".to_owned(),
                revision: None,
            }),
            type_code: Some(TypeCode::from("UBC01")),
            occurred: Some(Interval::at(at(-delay_s))),
            place: Place::point(LatLon::new(48.0, 24.0).unwrap()),
            text: Some("x".to_owned()),
            ..ReportDraft::default()
        }))
    }

    fn of(drafts: &[Draft]) -> FeedQuality {
        let mut tally = Tally::default();
        for draft in drafts {
            tally.measured.take(draft, at(0), RULE);
        }
        quality(&tally, 3_600, RULE)
    }

    #[test]
    fn a_feed_of_which_nothing_is_known_has_no_score_and_says_so() {
        let q = of(&[]);
        assert_eq!((q.score, q.completeness.score), (None, None));
        assert_eq!((q.timeliness.score, q.duplicates.score), (None, None));
        assert!(q.completeness.words.en.starts_with("Unknown"), "{q:?}");
        assert!(q.words.uk.contains("Невідомо"), "{q:?}");
    }

    #[test]
    fn what_is_missing_most_is_named_with_its_numbers() {
        let mut bare = ReportDraft {
            original_code: Some("7".to_owned()),
            ..ReportDraft::default()
        };
        bare.text = Some("x".to_owned());
        let q = of(&[whole(1), whole(1), Draft::Report(Box::new(bare))]);
        let c = &q.completeness;
        assert_eq!(c.records, 3);
        let position = c
            .fields
            .iter()
            .find(|f| f.field == QualityField::Position)
            .unwrap();
        assert_eq!((position.present, position.wanted), (2, 3));
        // Four of five fields are missing in one of three: (4 x 2/3 + 1) / 5.
        assert!((c.score.unwrap() - 11.0 / 15.0).abs() < 1e-5, "{c:?}");
        assert!(
            c.words.en.contains("73%") || c.words.en.contains("73 %"),
            "{c:?}"
        );
        assert!(c.words.en.contains("1 of 3"), "{c:?}");
    }

    #[test]
    fn a_withdrawal_and_a_position_are_held_to_nothing_that_they_need_not_carry() {
        let cancel = ReportDraft {
            relation: Relation::Cancel {
                of: vec!["a".to_owned()],
            },
            ..ReportDraft::default()
        };
        let position = Draft::Position(PositionDraft::new(TrackKey::vessel(1)));
        let q = of(&[Draft::Report(Box::new(cancel)), position]);
        assert_eq!((q.completeness.score, q.completeness.records), (None, 0));
        assert_eq!(q.timeliness.score, None);
    }

    #[test]
    fn lateness_is_told_in_the_three_steps_of_the_light_and_half_late_counts_half() {
        let q = of(&[whole(44), whole(45), whole(179), whole(180)]);
        let t = &q.timeliness;
        assert_eq!((t.in_time, t.late, t.too_late), (1, 2, 1));
        assert!((t.score.unwrap() - 0.5).abs() < 1e-6, "{t:?}");
        assert_eq!((t.late_after_s, t.too_late_after_s), (45, 180));
        assert!(t.words.en.contains("1 of 4"), "{t:?}");
    }

    #[test]
    fn duplicates_count_against_what_was_taken() {
        let tally = Tally {
            accepted: 30,
            duplicates: 10,
            ..Tally::default()
        };
        let q = quality(&tally, 60, RULE);
        assert_eq!(q.duplicates.score, Some(0.75));
        assert_eq!(q.score, Some(0.75), "the other parts are unknown");
        assert!(q.duplicates.words.uk.contains("10"), "{q:?}");
    }
}
