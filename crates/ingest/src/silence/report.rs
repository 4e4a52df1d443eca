//! A silence in words: the report of the centre's own that opens its event, and the cancel that ends it.

use std::collections::BTreeMap;
use std::sync::Arc;

use oneroof_config::types::Lang as Spoken;
use oneroof_model::{
    Audience, Classification, Confidence, Draft, FeedLight, InformationGrade, Interval, Marking,
    Mode, OrgId, PersonalData, Place, Relation, Report, ReportDraft, SourceGrade, SourceKey,
    SourceKind, Time, Tlp, TypeCode, Validation,
};
use oneroof_room::{FeedContext, Original, Record};
use oneroof_text::{Lang, Value, t};
use oneroof_wire::Words;
use serde_json::{Value as Json, json};

use super::detector::{Cause, Over, Silence, Subject};

/// The feed of the centre's own by which silences are reported. No configured feed can have this name: it has a dot.
pub const FEED: &str = "oneroof.silence";

/// Longest list of names in a text.
const MAX_NAMES: usize = 20;

/// Who is silent, as it is told.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct About {
    /// Name.
    pub(crate) name: Words,
    /// Short name of its agency.
    pub(crate) org: Words,
    /// Where.
    pub(crate) place: Place,
    /// Marking of what it says.
    pub(crate) marking: Marking,
    /// The agency that answers for what it says.
    pub(crate) originator: OrgId,
    /// Real, exercise or test.
    pub(crate) mode: Mode,
    /// What the connection of a feed does.
    pub(crate) light: Option<FeedLight>,
}

/// The context under which the centre speaks.
pub(crate) fn context(centre: &OrgId, mode: Mode) -> Arc<FeedContext> {
    Arc::new(FeedContext {
        id: FEED.into(),
        org: centre.clone(),
        source_kind: SourceKind::CoordinationCentre,
        mode,
        marking: Marking::default(),
        // It is measured here: nobody is believed.
        confidence: Confidence {
            reliability: SourceGrade::A,
            credibility: InformationGrade::One,
            validation: Validation::Unvalidated,
        },
        sensor: false,
        recorded: false,
    })
}

/// The source key of a silence: the same however often it is raised.
pub(crate) fn key(subject: &Subject, since: Time) -> String {
    format!("{subject}@{}", since.as_secs())
}

/// The silence that a source key names.
pub(crate) fn of_key(key: &str) -> Option<(Subject, Time)> {
    let (subject, since) = key.rsplit_once('@')?;
    Some((Subject::of(subject)?, Time::from_secs(since.parse().ok()?)))
}

/// Texts of a key in the languages of the screen, the first first.
fn both(languages: &[Spoken], of: impl Fn(Lang) -> String, between: &str) -> String {
    let first = match languages.first() {
        Some(Spoken::En) => Lang::En,
        _ => Lang::Uk,
    };
    [first, first.other()].map(of).join(between)
}

/// Marking and originator of a report about somebody: who may not see what he says may not learn that he is silent.
fn rights(about: &About, centre: &OrgId) -> (Marking, OrgId) {
    let mut marking = about.marking.clone();
    // It says nothing of persons.
    marking.personal_data = PersonalData::None;
    let alone = Audience {
        name: "centre".to_owned(),
        orgs: [centre.clone()].into(),
        clearance: Classification::TopSecret,
        personal_data: PersonalData::Special,
    };
    if !oneroof_model::may_see(&marking, &about.originator, &alone) {
        return (marking, about.originator.clone());
    }
    if !marking.releasable_to.is_empty() || marking.tlp >= Tlp::AmberStrict {
        // The list was meant beside the originator, who is another now.
        marking.releasable_to.insert(about.originator.clone());
    }
    (marking, centre.clone())
}

const fn light_key(light: Option<FeedLight>) -> &'static str {
    match light {
        Some(FeedLight::Up) => "light.up",
        Some(FeedLight::Down) => "light.down",
        Some(FeedLight::Paused) => "light.paused",
        Some(FeedLight::Starting) | None => "light.starting",
    }
}

fn title_key(silence: &Silence) -> &'static str {
    match (&silence.subject, &silence.cause) {
        (_, Cause::Line { .. }) => "silence.line.title",
        (Subject::Feed(_), _) => "silence.feed.title",
        (Subject::Unit(_), _) => "silence.unit.title",
        (Subject::Figures(_), _) => "silence.figures.title",
    }
}

fn text_key(silence: &Silence) -> &'static str {
    match (&silence.subject, &silence.cause) {
        (_, Cause::Line { .. }) => "silence.line.text",
        (_, Cause::Quieter(_)) => "silence.feed.text",
        (Subject::Figures(_), _) if silence.since == Time::EPOCH => "silence.figures.never",
        (Subject::Figures(_), _) => "silence.figures.text",
        _ => "silence.unit.text",
    }
}

/// A text about a silence.
fn told(key: &str, lang: Lang, silence: &Silence, about: &About) -> String {
    let light = t(lang, light_key(about.light), &[]);
    let mut args: Vec<(&str, Value<'_>)> = vec![
        ("name", lang.pick(&about.name.uk, &about.name.en).into()),
        ("org", lang.pick(&about.org.uk, &about.org.en).into()),
        ("light", (&light).into()),
    ];
    let names;
    match &silence.cause {
        Cause::Quieter(q) => args.extend([
            ("records", q.records.into()),
            ("window_s", q.window_s.into()),
            ("usual", q.usual.round().into()),
        ]),
        Cause::Line { silent_s, carried } => {
            names = listed(carried);
            args.extend([
                ("age_s", (*silent_s).into()),
                ("count", carried.len().into()),
                ("carried", (&names).into()),
            ]);
        }
        Cause::Overdue { silent_s, limit_s } => {
            args.extend([
                ("age_s", (*silent_s).into()),
                ("limit_s", (*limit_s).into()),
            ]);
        }
    }
    t(lang, key, &args).replace('\u{a0}', " ")
}

/// Ids with commas between them, and how many more there are.
fn listed(carried: &[Subject]) -> String {
    let shown: Vec<&str> = carried.iter().take(MAX_NAMES).map(Subject::id).collect();
    let more = carried.len().saturating_sub(MAX_NAMES);
    match more {
        0 => shown.join(", "),
        n => format!("{}, +{n}", shown.join(", ")),
    }
}

fn numbers(silence: &Silence) -> BTreeMap<String, Json> {
    let mut all = vec![
        ("silence", json!(silence.subject.kind())),
        ("subject", json!(silence.subject.id())),
    ];
    if silence.since != Time::EPOCH {
        all.push(("silent_since", json!(silence.since)));
    }
    match &silence.cause {
        Cause::Quieter(q) => all.extend([
            ("window_s", json!(q.window_s)),
            ("records", json!(q.records)),
            ("usual_records", json!(q.usual.round())),
        ]),
        Cause::Line { carried, .. } => {
            let ids: Vec<&str> = carried.iter().take(MAX_NAMES).map(Subject::id).collect();
            all.extend([("carries", json!(carried.len())), ("carried", json!(ids))]);
        }
        Cause::Overdue { limit_s, .. } => all.push(("limit_s", json!(limit_s))),
    }
    all.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()
}

/// The report that opens the event.
pub(crate) fn begun(
    silence: &Silence,
    about: &About,
    now: Time,
    centre: &OrgId,
    languages: &[Spoken],
) -> ReportDraft {
    let code = match silence.subject {
        Subject::Unit(_) => "SYS05",
        Subject::Feed(_) | Subject::Figures(_) => "SYS04",
    };
    let since = if silence.since == Time::EPOCH {
        now
    } else {
        silence.since.min(now)
    };
    let (marking, org) = rights(about, centre);
    ReportDraft {
        source: Some(SourceKey {
            key: key(&silence.subject, silence.since),
            revision: None,
        }),
        type_code: Some(TypeCode::from(code)),
        occurred: Some(Interval::between(since, now)),
        aware: Some(now),
        reported: Some(now),
        place: about.place.clone(),
        title: Some(both(
            languages,
            |lang| told(title_key(silence), lang, silence, about),
            " / ",
        )),
        text: Some(both(
            languages,
            |lang| told(text_key(silence), lang, silence, about),
            "\n",
        )),
        org: Some(org),
        attributes: numbers(silence),
        marking: Some(marking),
        mode: Some(about.mode),
        ..ReportDraft::default()
    }
}

/// The cancel of a silence: its event is over.
pub(crate) fn ended(
    raised: &Report,
    key: &str,
    how: Over,
    name: &Words,
    now: Time,
    languages: &[Spoken],
) -> ReportDraft {
    let words = match how {
        Over::Heard => "silence.over.heard",
        Over::NotExpected => "silence.over.not_expected",
    };
    let told = |lang: Lang| {
        let name = lang.pick(&name.uk, &name.en);
        t(lang, words, &[("name", name.into())]).replace('\u{a0}', " ")
    };
    ReportDraft {
        source: Some(SourceKey {
            key: format!("{key}/over"),
            revision: None,
        }),
        relation: Relation::Cancel {
            of: vec![key.to_owned()],
        },
        type_code: Some(raised.type_code.clone()),
        occurred: Some(Interval::at(now)),
        reported: Some(now),
        place: raised.place.clone(),
        title: Some(both(languages, told, " / ")),
        org: Some(raised.org.clone()),
        marking: Some(raised.marking.clone()),
        mode: Some(raised.mode),
        ..ReportDraft::default()
    }
}

/// A draft of ours as a record for the room.
pub(crate) fn record(draft: ReportDraft) -> Record {
    let draft = Draft::Report(Box::new(draft));
    let raw = serde_json::to_vec(&draft).unwrap_or_default();
    Record::Draft {
        draft,
        original: Original::of(raw),
    }
}

#[cfg(test)]
mod tests {
    use oneroof_model::{LatLon, may_see, validate_draft};

    use super::*;
    use crate::silence::evidence::Quiet;

    const NOW: i64 = 1_795_392_000;

    fn about() -> About {
        let words = |uk: &str, en: &str| Words {
            uk: uk.to_owned(),
            en: en.to_owned(),
        };
        About {
            name: words("Наряд 14", "Patrol 14"),
            org: words("ДПСУ", "BG"),
            place: Place::point(LatLon::new(48.0, 24.0).unwrap()),
            marking: Marking::default(),
            originator: "BG".into(),
            mode: Mode::Actual,
            light: Some(FeedLight::Down),
        }
    }

    fn silences() -> [Silence; 4] {
        let since = Time::from_secs(NOW - 1_020);
        let of = |subject, cause| Silence {
            subject,
            since,
            cause,
        };
        let overdue = Cause::Overdue {
            silent_s: 1_020,
            limit_s: 900,
        };
        let quiet = Quiet {
            window_s: 1_800,
            records: 2,
            usual: 100.0,
        };
        let line = Cause::Line {
            silent_s: 1_020,
            carried: (0..30)
                .map(|n| Subject::Unit(format!("u{n}").into()))
                .collect(),
        };
        [
            of(Subject::Unit("BG-P-014".into()), overdue.clone()),
            of(Subject::Feed("coast".into()), Cause::Quieter(quiet)),
            of(Subject::Feed("coast".into()), line),
            of(Subject::Figures("UAPL07".into()), overdue),
        ]
    }

    #[test]
    fn every_report_is_valid_in_both_languages_and_names_who_and_how_long() {
        let now = Time::from_secs(NOW);
        for silence in silences() {
            let d = begun(&silence, &about(), now, &"NCC".into(), &[Spoken::Uk]);
            assert_eq!(
                validate_draft(&Draft::Report(Box::new(d.clone())), now, None),
                Ok(())
            );
            let (title, text) = (d.title.unwrap(), d.text.unwrap());
            assert!(
                title.starts_with("Наряд 14") || title.starts_with("Канал"),
                "{title}"
            );
            assert!(
                title.contains(" / ") && title.contains("Patrol 14"),
                "{title}"
            );
            assert!(!text.contains(['{', '}']), "{text}");
            assert!(text.contains("17 min") || text.contains("30 min"), "{text}");
            assert_eq!(d.org, Some("NCC".into()));
        }
    }

    #[test]
    fn types_and_numbers_are_those_of_the_silence() {
        let now = Time::from_secs(NOW);
        let all = silences().map(|s| begun(&s, &about(), now, &"NCC".into(), &[Spoken::En]));
        let codes = all.clone().map(|d| d.type_code.unwrap().0);
        assert_eq!(codes, ["SYS05", "SYS04", "SYS04", "SYS04"]);
        let [unit, feed, line, _] = all;
        assert!(
            unit.title
                .unwrap()
                .starts_with("Patrol 14 (BG): overdue / ")
        );
        assert_eq!(unit.attributes["limit_s"], 900);
        assert_eq!(feed.attributes["usual_records"], 100.0);
        assert_eq!(line.attributes["carries"], 30);
        assert!(line.text.unwrap().contains("u19, +10"));
    }

    #[test]
    fn a_key_is_read_as_it_was_written_whatever_the_id_holds() {
        for subject in [Subject::Unit("a@b:c".into()), Subject::Feed("coast".into())] {
            let since = Time::from_secs(NOW);
            assert_eq!(of_key(&key(&subject, since)), Some((subject, since)));
        }
        for odd in ["", "unit:a", "unit@5", "ship:a@5", "unit:a@soon"] {
            assert_eq!(of_key(odd), None, "{odd}");
        }
    }

    #[test]
    fn who_may_not_see_what_somebody_says_does_not_learn_that_he_is_silent() {
        let centre = OrgId::from("NCC");
        let sees = |about: &About, org: &str| {
            let (marking, originator) = rights(about, &centre);
            let audience = Audience::room([OrgId::from(org)]);
            may_see(&marking, &originator, &audience)
        };
        let mut a = about();
        assert!(sees(&a, "BG") && sees(&a, "PO") && sees(&a, "NCC"));
        a.marking.tlp = Tlp::Red;
        assert!(sees(&a, "BG") && !sees(&a, "PO") && !sees(&a, "NCC"));
        a.marking.releasable_to = ["NCC".into()].into();
        assert!(sees(&a, "BG") && !sees(&a, "PO") && sees(&a, "NCC"));
        a.marking.tlp = Tlp::Amber;
        assert!(sees(&a, "BG") && !sees(&a, "PO") && sees(&a, "NCC"));
    }
}
