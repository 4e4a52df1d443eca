//! `maps:` of `centre.yaml`: what is read, and what a person reads who made a mistake in it.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::fs;
use std::path::{Path, PathBuf};

use oneroof_config::{Config, Problem, load_looking};
use tempfile::TempDir;

fn read(maps: &str) -> (TempDir, Result<Config, Vec<Problem>>) {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("centre.yaml"), maps).unwrap();
    let shipped = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../config");
    let folders = [shipped, folder.path().to_path_buf()];
    let away = |map: &oneroof_config::types::OwnMap| {
        let there = map.path.path.ends_with("there.mbtiles");
        let fault = || {
            let help = Some("bring it".to_owned());
            map.path.problem("file-missing", "it is away", help)
        };
        if there { Vec::new() } else { vec![fault()] }
    };
    let config = load_looking(&folders, &|_| None, &|_| Vec::new(), &away);
    (folder, config)
}

#[test]
fn a_map_is_read_with_its_path_counted_from_its_folder() {
    let text = "maps:\n  - {id: roads, name: {uk: Дороги, en: Roads}, attribution: © OSM, path: maps/there.mbtiles}\n";
    let (folder, config) = read(text);
    let config = config.unwrap();
    let map = config.centre.maps.first().unwrap();
    assert_eq!(map.id.0, "roads");
    assert_eq!(map.path.path, folder.path().join("maps/there.mbtiles"));
    let (_other, again) = read(text);
    assert_eq!(
        config.hash,
        again.unwrap().hash,
        "the same file read from another folder is the same configuration"
    );
}

#[test]
fn each_fault_is_told_at_its_line_and_column_with_what_to_do() {
    let (_folder, config) = read(
        "maps:\n  - {id: Roads 1, name: {uk: Д, en: R}, attribution: A, path: there.mbtiles}\n  \
         - id: two\n    name: {uk: Д, en: R}\n    attribution: A\n    path: away.mbtiles\n  \
         - {id: three, name: {uk: Д, en: R}, path: there.mbtiles}\n  \
         - {id: two, name: {uk: Д, en: R}, attribution: A, path: there.mbtiles}\n",
    );
    let problems = config.map(|_| ()).unwrap_err();
    let told: Vec<(String, usize, usize, &str)> = problems
        .iter()
        .map(|p| {
            let file = Path::new(&p.file).file_name().unwrap();
            let file = file.to_string_lossy().into_owned();
            (file, p.line, p.column, p.code)
        })
        .collect();
    let at = |line, column, code| ("centre.yaml".to_owned(), line, column, code);
    assert!(told.contains(&at(2, 10, "wrong-value")), "{told:?}");
    assert!(told.contains(&at(6, 11, "file-missing")), "{told:?}");
    assert!(told.contains(&at(7, 5, "missing-key")), "{told:?}");
    let away = problems.iter().find(|p| p.code == "file-missing").unwrap();
    let shown = away.to_string();
    assert!(shown.contains("path: away.mbtiles"), "{shown}");
    assert!(shown.contains("help: bring it"), "{shown}");
}

#[test]
fn an_id_stands_once() {
    let map = "  - {id: a, name: {uk: Д, en: R}, attribution: A, path: there.mbtiles}\n";
    // Two entries with one id in one file: an overlay would make them one, the shipped file has none to lay on.
    let (_folder, config) = read(&format!("maps:\n{map}{map}"));
    let problems = config.map(|_| ()).unwrap_err();
    assert!(
        problems
            .iter()
            .any(|p| p.code == "duplicate" && p.line == 3)
    );
}
