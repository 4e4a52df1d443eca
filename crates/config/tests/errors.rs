//! What a person reads who made a mistake. Each case changes one or more lines of the configuration as shipped and
//! shows every problem that comes of it.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::fs;
use std::path::{Path, PathBuf};

use oneroof_config::{Problem, load_feed, load_with};
use proptest::prelude::*;
use tempfile::TempDir;

fn shipped() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../config")
}

/// A copy of the shipped folder, without its generated geometry.
fn copy() -> TempDir {
    let folder = TempDir::new().unwrap();
    for entry in fs::read_dir(shipped()).unwrap().flatten() {
        let name = entry.file_name();
        if name.to_string_lossy().ends_with(".yaml") {
            fs::copy(entry.path(), folder.path().join(name)).unwrap();
        }
    }
    fs::create_dir(folder.path().join("feeds")).unwrap();
    folder
}

/// Replaces a text that has to be there.
fn change(folder: &Path, file: &str, from: &str, to: &str) {
    let path = folder.join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{file} has no `{from}`");
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}

/// All problems as they are shown, with the folder's name taken out.
fn shown(folder: &Path) -> String {
    let problems = load_with(&[folder], &|_| None).expect_err("a broken configuration loads");
    told(folder, &problems)
}

fn told(folder: &Path, problems: &[Problem]) -> String {
    let text: Vec<String> = problems.iter().map(ToString::to_string).collect();
    text.join("\n\n")
        .replace(&folder.to_string_lossy().into_owned(), "config")
}

const FEED: &str = "feed: police-cad\norg: PO\nname: {uk: \"НПУ\", en: \"Police\"}\nsource_kind: patrol\n\
                    transport: {kind: http_push}\nformat:\n  kind: json\n  map: []\n";

#[test]
fn many_faults_in_one_file_are_told_at_once() {
    let folder = copy();
    change(folder.path(), "centre.yaml", "  listen: ", "  lsiten: ");
    change(
        folder.path(),
        "centre.yaml",
        "  reports: 5y",
        "  reports: five years",
    );
    change(folder.path(), "centre.yaml", "mode: actual", "mode: actaul");
    change(folder.path(), "centre.yaml", "demo: false", "demo: no");
    change(folder.path(), "centre.yaml", "place: 0.35", "place: 0,35");
    change(
        folder.path(),
        "centre.yaml",
        "  suggest: 0.50",
        "  suggest: 50",
    );
    change(
        folder.path(),
        "centre.yaml",
        "  body: 8MB",
        "  body: 8 megabytes",
    );
    insta::assert_snapshot!(shown(folder.path()));
}

#[test]
fn a_reference_that_leads_nowhere_names_the_neighbour() {
    let folder = copy();
    change(
        folder.path(),
        "crossing-points.yaml",
        "section: UA-PL-01}",
        "section: UA-PL-0l}",
    );
    change(
        folder.path(),
        "event-types.yaml",
        "    lead: BG",
        "    lead: BGG",
    );
    change(
        folder.path(),
        "sections.yaml",
        "id: UA-PL-02",
        "id: UA-PL-01",
    );
    insta::assert_snapshot!(shown(folder.path()));
}

#[test]
fn values_without_sense_are_told() {
    let folder = copy();
    change(
        folder.path(),
        "centre.yaml",
        "${ONEROOF_LISTEN:-127.0.0.1:8080}",
        "0.0.0.0:8080",
    );
    change(folder.path(), "centre.yaml", "Europe/Kyiv", "Europe/Kyev");
    change(folder.path(), "centre.yaml", "place: 0.35", "place: 0.45");
    change(
        folder.path(),
        "centre.yaml",
        "suggest: 0.50",
        "suggest: 0.80",
    );
    change(
        folder.path(),
        "centre.yaml",
        "stop_below: 500MB",
        "stop_below: 50GB",
    );
    change(
        folder.path(),
        "crossing-points.yaml",
        "lat: 51.1802, lon: 23.8134",
        "lat: 23.8134, lon: 51.1802",
    );
    change(
        folder.path(),
        "freshness.yaml",
        "stale_after: 45s",
        "stale_after: 5s",
    );
    insta::assert_snapshot!(shown(folder.path()));
}

#[test]
fn yaml_that_is_none_is_told_where_it_breaks() {
    let folder = copy();
    change(
        folder.path(),
        "agencies.yaml",
        "badge: {uk: \"ДПСУ\", en: \"BG\"}",
        "badge: {uk: \"ДПСУ\", en: \"BG\"",
    );
    change(folder.path(), "units.yaml", "units: []", "units: &all []");
    insta::assert_snapshot!(shown(folder.path()));
}

#[test]
fn a_missing_file_and_a_missing_variable_are_told() {
    let folder = copy();
    fs::rename(
        folder.path().join("event-types.yaml"),
        folder.path().join("event-type.yaml"),
    )
    .unwrap();
    change(
        folder.path(),
        "centre.yaml",
        "${ONEROOF_DATA:-data}",
        "${ONEROOF_DATA}",
    );
    insta::assert_snapshot!(shown(folder.path()));
}

#[test]
fn a_feeds_faults_are_told_in_its_own_file() {
    let folder = copy();
    let feed = FEED
        .replace("feed: police-cad", "feed: police_cad")
        .replace("org: PO", "org: POL")
        .replace(
            "source_kind: patrol",
            "source_kind: patrols\nexpected_period: 30",
        )
        .replace(
            "{kind: http_push}",
            "{kind: tcp_clinet, address: host:10110}",
        );
    fs::write(folder.path().join("feeds/police-cad.yaml"), feed).unwrap();
    fs::write(folder.path().join("feeds/other.yml"), FEED).unwrap();
    fs::write(
        folder.path().join("feeds/_draft.yaml"),
        "not read: at all\n",
    )
    .unwrap();
    insta::assert_snapshot!(shown(folder.path()));
}

#[test]
fn no_feed_may_have_the_name_of_what_is_taken_down_at_the_desks() {
    let folder = copy();
    let feed = FEED.replace("feed: police-cad", "feed: desk");
    fs::write(folder.path().join("feeds/desk.yaml"), feed).unwrap();
    let told = shown(folder.path());
    assert!(told.contains("error[reserved-name]"), "{told}");
    assert!(told.contains("give the feed another name"), "{told}");
}

#[test]
fn a_secret_in_the_file_is_refused_and_not_repeated() {
    let folder = copy();
    let feed = FEED.replace(
        "{kind: http_push}",
        "{kind: http_push, token: hunter2-long-secret}",
    );
    fs::write(folder.path().join("feeds/police-cad.yaml"), feed).unwrap();
    let text = shown(folder.path());
    assert!(!text.contains("hunter2"), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn a_secret_is_fetched_from_where_it_is_named_and_never_printed() {
    let folder = copy();
    let feed = FEED.replace(
        "{kind: http_push}",
        "{kind: http_push, token: {env: POLICE_TOKEN}}",
    );
    let path = folder.path().join("feeds/police-cad.yaml");
    fs::write(&path, feed).unwrap();
    assert!(shown(folder.path()).contains("POLICE_TOKEN is not set"));
    let env = |name: &str| (name == "POLICE_TOKEN").then(|| " tiger7 \n".to_owned());
    let config = load_with(&[folder.path()], &env).unwrap();
    let feed = config.feeds.values().next().unwrap();
    let oneroof_config::Transport::HttpPush(push) = &feed.transport else {
        panic!("{feed:?}")
    };
    let secret = push.token.as_ref().unwrap().fetch(&env).unwrap();
    assert_eq!(secret.expose(), "tiger7");
    assert!(!format!("{config:?} {secret:?}").contains("tiger7"));
    assert!(!serde_json::to_string(&config).unwrap().contains("tiger7"));
}

#[test]
fn a_feed_is_read_alone_on_the_running_system_against_the_configuration_in_force() {
    let folder = copy();
    let config = load_with(&[folder.path()], &|_| None).unwrap();
    let path = folder.path().join("feeds/police-cad.yaml");
    fs::write(&path, FEED).unwrap();
    let feed = load_feed(&path, &config, &|_| None).unwrap();
    assert_eq!(feed.format.first_line, 7);
    assert_eq!(feed.format.yaml, "  kind: json\n  map: []\n");
    fs::write(&path, FEED.replace("org: PO", "org: XX")).unwrap();
    let problems = load_feed(&path, &config, &|_| None).unwrap_err();
    assert_eq!(problems.len(), 1);
    assert_eq!(
        (problems[0].code, problems[0].line, problems[0].column),
        ("unknown-reference", 2, 6)
    );
}

#[test]
fn a_problem_that_a_format_finds_is_shown_in_the_feeds_file() {
    let folder = copy();
    let config = load_with(&[folder.path()], &|_| None).unwrap();
    let path = folder.path().join("feeds/police-cad.yaml");
    fs::write(&path, FEED.replace("map: []", "mapp: []")).unwrap();
    let format = load_feed(&path, &config, &|_| None).unwrap().format;
    let problem = format.problem(
        8,
        3,
        "unknown key `mapp`",
        Some("did you mean `map`?".to_owned()),
    );
    insta::assert_snapshot!(told(folder.path(), &[problem]));
}

#[test]
fn two_feeds_cannot_listen_on_one_port() {
    let folder = copy();
    for name in ["a-one", "b-two"] {
        let feed = FEED.replace("police-cad", name).replace(
            "{kind: http_push}",
            "{kind: udp_listen, listen: 127.0.0.1:10111}",
        );
        fs::write(folder.path().join(format!("feeds/{name}.yaml")), feed).unwrap();
    }
    assert!(shown(folder.path()).contains("a-one listens on 127.0.0.1:10111 already"));
}

#[test]
fn shapes_of_sections_are_loaded_where_they_are_there_and_their_faults_told() {
    let folder = copy();
    let path = folder.path().join("sections-geometry.json");
    let good = r#"{"_about": "generated", "UA-PL-01": {"line": [[51.51, 23.60], [51.02, 23.90]]}}"#;
    fs::write(&path, good).unwrap();
    assert_eq!(
        load_with(&[folder.path()], &|_| None)
            .unwrap()
            .geometry
            .len(),
        1
    );
    for (bad, told) in [
        (
            r#"{"UA-PL-01": {"line": [[51.51, 23.60]]}}"#,
            "1 positions are too few",
        ),
        (
            r#"{"UA-PL-01": {"line": [[151.0, 23.6], [51.0, 23.9]]}}"#,
            "no position",
        ),
        (
            r#"{"UA-XX-01": {"line": [[51.5, 23.6], [51.0, 23.9]]}}"#,
            "not in sections.yaml",
        ),
        ("{", "not JSON"),
    ] {
        fs::write(&path, bad).unwrap();
        let text = shown(folder.path());
        assert!(text.contains(told), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Any text in place of a file gives a configuration or problems, and no panic.
    #[test]
    fn any_text_as_a_feed_ends_without_panic(text in "\\PC{0,200}|([a-z]{1,6}: ?[\\[\\]{}&*!|>'\"%@`,#a-z0-9 \\n-]{0,20}\n){0,12}") {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("x.yaml");
        fs::write(&path, &text).unwrap();
        let config = load_with(&[shipped()], &|_| None).unwrap();
        let problems = load_feed(&path, &config, &|_| None);
        if let Err(problems) = problems {
            prop_assert!(!problems.is_empty());
            for problem in problems {
                prop_assert!(problem.to_string().starts_with("error["));
            }
        }
    }

    /// A file cut off anywhere, or with a byte changed, gives a configuration or problems, and no panic.
    #[test]
    fn a_damaged_file_ends_without_panic(at in 0.0..1.0f64, sign in proptest::char::any(), cut in any::<bool>()) {
        let folder = copy();
        let path = folder.path().join("centre.yaml");
        let text: Vec<char> = fs::read_to_string(&path).unwrap().chars().collect();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place in the text")]
        let place = (at * text.len() as f64) as usize;
        let damaged: String = if cut {
            text[..place].iter().collect()
        } else {
            text[..place].iter().chain([&sign]).chain(&text[place + 1..]).collect()
        };
        fs::write(&path, damaged).unwrap();
        if let Err(problems) = load_with(&[folder.path()], &|_| None) {
            prop_assert!(!problems.is_empty());
        }
    }
}
