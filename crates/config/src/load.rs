//! Reading the folder.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use oneroof_geo::SectionShape;
use oneroof_model::{
    BcpId, EventType, FeedId, FreshnessRule, Mode, OrgId, RoomConfig, SectionId, TypeCode, UnitId,
};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::check;
use crate::env::fill;
use crate::geometry;
use crate::models::{
    crossing_point_model, event_type_model, region_model, section_model, unit_model,
};
use crate::overlay::lay;
use crate::problem::{Problem, did_you_mean};
use crate::read::{Cx, FromNode};
use crate::types::{
    AgenciesFile, Agency, CentreFile, CrossingPoint, CrossingPointsFile, EventTypeRow,
    EventTypesFile, Feed, FreshnessFile, RegionRow, RegionsFile, Section, SectionsFile, TakFile,
    UnitRow, UnitsFile,
};
use crate::types::{Format, OwnMap};
use crate::yaml::{MAX_FILE_BYTES, Node, parse};

/// Where variables come from.
pub type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The tables of the folder, in the order in which they are read.
pub(crate) const TABLES: [&str; 7] = [
    "centre.yaml",
    "agencies.yaml",
    "event-types.yaml",
    "sections.yaml",
    "crossing-points.yaml",
    "units.yaml",
    "freshness.yaml",
];

/// What TAK clients are given to see; may be missing.
pub(crate) const TAK: &str = "tak.yaml";

/// What can be warned region by region; may be missing.
pub(crate) const REGIONS: &str = "regions.yaml";

/// Folder of the feeds.
const FEEDS: &str = "feeds";

/// Most feeds of one centre.
const MAX_FEEDS: usize = 500;

/// The whole configuration, in which everything holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Config {
    /// Who the centre is, how it runs, what it keeps.
    pub centre: CentreFile,
    /// The agencies and the centre itself.
    pub agencies: Vec<Agency>,
    /// Event types.
    pub event_types: Vec<EventTypeRow>,
    /// The event type of what is in no table.
    pub other_type: EventTypeRow,
    /// Border sections.
    pub sections: Vec<Section>,
    /// Their shapes, where they are known.
    pub geometry: BTreeMap<SectionId, SectionShape>,
    /// Crossing points.
    pub crossing_points: Vec<CrossingPoint>,
    /// Own units.
    pub units: Vec<UnitRow>,
    /// Regions that can be warned.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<RegionRow>,
    /// When things are late.
    pub freshness: FreshnessFile,
    /// What TAK clients are given to see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tak: Option<TakFile>,
    /// Feeds by name.
    pub feeds: BTreeMap<FeedId, Feed>,
    /// SHA-256 of all the above in canonical JSON, 64 hexadecimal digits; secrets are not in it.
    #[serde(skip)]
    pub hash: String,
}

/// The trees of all files, overlays laid on.
#[derive(Debug)]
pub(crate) struct Trees {
    tables: BTreeMap<&'static str, Node>,
    pub(crate) feeds: BTreeMap<String, Node>,
    pub(crate) geometry: BTreeMap<SectionId, SectionShape>,
}

impl Trees {
    /// The tree of a table; an empty one where the file is missing.
    pub(crate) fn table(&self, name: &str) -> &Node {
        static EMPTY: Node = Node::empty(usize::MAX);
        self.tables.get(name).unwrap_or(&EMPTY)
    }
}

/// Environment variables of this process.
pub fn process_env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Reads a folder and the overlays laid on it, first to last.
///
/// # Errors
/// Everything that is wrong, at most [`crate::MAX_PROBLEMS`], sorted by file and line.
pub fn load<P: AsRef<Path>>(folders: &[P]) -> Result<Config, Vec<Problem>> {
    load_with(folders, &process_env)
}

/// As [`load`], with variables from elsewhere.
///
/// # Errors
/// Everything that is wrong.
pub fn load_with<P: AsRef<Path>>(folders: &[P], env: Env<'_>) -> Result<Config, Vec<Problem>> {
    load_checked(folders, env, &|_| Vec::new())
}

/// As [`load_with`], and asks `formats` about the options of each feed's format, so that one run tells all.
///
/// # Errors
/// Everything that is wrong.
pub fn load_checked<P: AsRef<Path>>(
    folders: &[P],
    env: Env<'_>,
    formats: &dyn Fn(&Format) -> Vec<Problem>,
) -> Result<Config, Vec<Problem>> {
    load_looking(folders, env, formats, &|_| Vec::new())
}

/// As [`load_checked`], and asks `maps` about each of the operator's own maps. A start does not ask: a map that is away must
/// not keep a centre from its work.
///
/// # Errors
/// Everything that is wrong.
pub fn load_looking<P: AsRef<Path>>(
    folders: &[P],
    env: Env<'_>,
    formats: &dyn Fn(&Format) -> Vec<Problem>,
    maps: &dyn Fn(&OwnMap) -> Vec<Problem>,
) -> Result<Config, Vec<Problem>> {
    let mut cx = Cx::default();
    let folders: Vec<PathBuf> = folders.iter().map(|f| f.as_ref().to_path_buf()).collect();
    let trees = read_trees(&folders, env, &mut cx);
    let config = typed(&trees, &mut cx);
    check::all(&trees, &mut cx);
    if let Some(config) = &config {
        check::values(config, &trees, env, &mut cx);
    }
    // From the trees: a feed that is wrong elsewhere is asked about its format all the same.
    for node in trees.feeds.values().filter_map(|feed| feed.get("format")) {
        let format = Format::from_node(node, &mut cx);
        for problem in format.map(|f| formats(&f)).unwrap_or_default() {
            cx.push(problem);
        }
    }
    let listed = trees.table("centre.yaml").get("maps");
    for node in listed.map_or(&[][..], Node::items) {
        let map = OwnMap::from_node(node, &mut cx);
        for problem in map.map(|m| maps(&m)).unwrap_or_default() {
            cx.push(problem);
        }
    }
    match config {
        Some(mut config) if cx.is_clean() => {
            config.hash = config.canonical_hash();
            Ok(config)
        }
        _ => Err(cx.into_problems()),
    }
}

/// Reads one feed's file on the running system and checks it against the configuration in force.
///
/// # Errors
/// Everything that is wrong with it.
pub fn load_feed(path: &Path, config: &Config, env: Env<'_>) -> Result<Feed, Vec<Problem>> {
    let mut cx = Cx::default();
    let feed = read_file(path, &mut cx).and_then(|mut node| {
        fill(&mut node, &mut cx, env, Some("format"));
        let stem = path
            .file_stem()
            .map(|s| s.to_string_lossy().into_owned())
            .unwrap_or_default();
        check::feed(&stem, &node, &check::Known::of_config(config), &mut cx);
        let feed = Feed::from_node(&node, &mut cx)?;
        check::feed_values(&feed, config, &node, env, &mut cx);
        check::ports(
            config.feeds.values().filter(|f| f.feed != feed.feed),
            &feed,
            &node,
            &mut cx,
        );
        Some(feed)
    });
    match feed {
        Some(feed) if cx.is_clean() => Ok(feed),
        _ => Err(cx.into_problems()),
    }
}

/// Reads only the `format:` of a feed's file, without the configuration around it: enough to try it on a sample. A file
/// that is a format's options by themselves (with `kind`, without `format`) is read as these.
///
/// # Errors
/// What is wrong with the file; what its options mean is the format's business.
pub fn load_format(path: &Path) -> Result<Format, Vec<Problem>> {
    let mut cx = Cx::default();
    let format = read_file(path, &mut cx).and_then(|node| {
        let own = node.get("format").unwrap_or(&node);
        Format::from_node(own, &mut cx)
    });
    match format {
        Some(format) if cx.is_clean() => Ok(format),
        _ => Err(cx.into_problems()),
    }
}

fn read_trees(folders: &[PathBuf], env: Env<'_>, cx: &mut Cx) -> Trees {
    let mut trees = Trees {
        tables: BTreeMap::new(),
        feeds: BTreeMap::new(),
        geometry: BTreeMap::new(),
    };
    for folder in folders {
        if !folder.is_dir() {
            let message = "no such folder".to_owned();
            cx.push(Problem::of_file(&shown(folder), "missing-folder", message));
            continue;
        }
        for name in TABLES.into_iter().chain([TAK, REGIONS]) {
            let path = folder.join(name);
            if path.is_file() {
                // A file that cannot be read stands as empty, so that it is not called missing too.
                let node = read_file(&path, cx).unwrap_or_else(|| Node::empty(usize::MAX));
                let laid = match trees.tables.remove(name) {
                    Some(base) => lay(base, node),
                    None => node,
                };
                trees.tables.insert(name, laid);
            }
        }
        read_feeds(&folder.join(FEEDS), &mut trees, cx);
        let path = folder.join(geometry::FILE);
        if let Some(text) = path.is_file().then(|| read_text(&path, cx)).flatten() {
            trees
                .geometry
                .extend(geometry::read(cx, &shown(&path), &text));
        }
    }
    for name in TABLES {
        if !trees.tables.contains_key(name) {
            missing_file(folders, name, cx);
        }
    }
    for node in trees.tables.values_mut() {
        fill(node, cx, env, None);
    }
    for node in trees.feeds.values_mut() {
        fill(node, cx, env, Some("format"));
    }
    trees
}

/// Notes a missing table, with the misspelt file that is perhaps meant.
fn missing_file(folders: &[PathBuf], name: &str, cx: &mut Cx) {
    let Some(folder) = folders.iter().find(|f| f.is_dir()) else {
        return;
    };
    let there: Vec<String> = fs::read_dir(folder)
        .map(|d| {
            d.flatten()
                .map(|e| e.file_name().to_string_lossy().into_owned())
                .collect()
        })
        .unwrap_or_default();
    let others = there
        .iter()
        .map(String::as_str)
        .filter(|n| !TABLES.contains(n) && ![TAK, REGIONS].contains(n));
    let mut problem = Problem::of_file(
        &shown(&folder.join(name)),
        "missing-file",
        "the file is missing".to_owned(),
    );
    problem.help = did_you_mean(name, others).map(|other| format!("is it `{other}`? rename it"));
    cx.push(problem);
}

fn read_feeds(folder: &Path, trees: &mut Trees, cx: &mut Cx) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|e| e.path()).collect();
    paths.sort();
    for path in paths {
        let name = path
            .file_name()
            .map(|n| n.to_string_lossy().into_owned())
            .unwrap_or_default();
        if name.starts_with(['_', '.']) || !path.is_file() {
            continue;
        }
        let Some(stem) = name.strip_suffix(".yaml") else {
            if name.strip_suffix(".yml").is_some() {
                let mut problem = Problem::of_file(
                    &shown(&path),
                    "file-name",
                    "feeds are read from files that end in .yaml".to_owned(),
                );
                problem.help = Some("rename it".to_owned());
                cx.push(problem);
            }
            continue;
        };
        if trees.feeds.len() >= MAX_FEEDS {
            let message = format!("more than {MAX_FEEDS} feeds");
            cx.push(Problem::of_file(&shown(folder), "too-many", message));
            return;
        }
        if let Some(node) = read_file(&path, cx) {
            trees.feeds.insert(stem.to_owned(), node);
        }
    }
}

/// A path as it is shown in problems.
fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn read_text(path: &Path, cx: &mut Cx) -> Option<String> {
    let size = fs::metadata(path).map_or(0, |m| m.len());
    if size > u64::try_from(MAX_FILE_BYTES).unwrap_or(u64::MAX) {
        let message = format!("the file is larger than {MAX_FILE_BYTES} bytes");
        cx.push(Problem::of_file(&shown(path), "too-large", message));
        return None;
    }
    match fs::read_to_string(path) {
        Ok(text) => Some(text),
        Err(error) => {
            let message = format!("cannot be read: {error}");
            cx.push(Problem::of_file(&shown(path), "unreadable", message));
            None
        }
    }
}

fn read_file(path: &Path, cx: &mut Cx) -> Option<Node> {
    let text = read_text(path, cx)?;
    let file = cx.files.add(shown(path), text.clone());
    match parse(file, &text) {
        Ok(node) => Some(node),
        Err(fault) => {
            cx.at(fault.spot, "yaml", fault.message, fault.help);
            None
        }
    }
}

fn typed(trees: &Trees, cx: &mut Cx) -> Option<Config> {
    fn table<T: FromNode>(trees: &Trees, name: &str, cx: &mut Cx) -> Option<T> {
        let node = trees.table(name);
        // Missing or unreadable was noted already.
        if node.spot.file == usize::MAX {
            None
        } else {
            T::from_node(node, cx)
        }
    }
    let centre = table::<CentreFile>(trees, "centre.yaml", cx);
    let agencies = table::<AgenciesFile>(trees, "agencies.yaml", cx);
    let types = table::<EventTypesFile>(trees, "event-types.yaml", cx);
    let sections = table::<SectionsFile>(trees, "sections.yaml", cx);
    let points = table::<CrossingPointsFile>(trees, "crossing-points.yaml", cx);
    let units = table::<UnitsFile>(trees, "units.yaml", cx);
    let freshness = table::<FreshnessFile>(trees, "freshness.yaml", cx);
    let tak = if trees.tables.contains_key(TAK) {
        table::<TakFile>(trees, TAK, cx).map(Some)
    } else {
        Some(None)
    };
    let regions = if trees.tables.contains_key(REGIONS) {
        table::<RegionsFile>(trees, REGIONS, cx).map(|file| file.regions)
    } else {
        Some(Vec::new())
    };
    let feeds: Vec<Option<Feed>> = trees
        .feeds
        .values()
        .map(|node| Feed::from_node(node, cx))
        .collect();
    let feeds: Option<Vec<Feed>> = feeds.into_iter().collect();
    let types = types?;
    Some(Config {
        centre: centre?,
        agencies: agencies?.agencies,
        event_types: types.types,
        other_type: types.other,
        sections: sections?.sections,
        geometry: trees.geometry.clone(),
        crossing_points: points?.crossing_points,
        units: units?.units,
        regions: regions?,
        freshness: freshness?,
        tak: tak?,
        feeds: feeds?.into_iter().map(|f| (f.feed.clone(), f)).collect(),
        hash: String::new(),
    })
}

impl Config {
    /// SHA-256 of the configuration as canonical JSON (keys sorted), 64 hexadecimal digits.
    pub fn canonical_hash(&self) -> String {
        let value = serde_json::to_value(self).unwrap_or(Value::Null);
        let mut text = String::new();
        canonical(&value, &mut text);
        let mut hex = String::with_capacity(64);
        for byte in Sha256::digest(text.as_bytes()) {
            // Writing into a String cannot fail.
            let _ok = write!(hex, "{byte:02x}");
        }
        hex
    }

    /// The part that the picture rests on, as it is journalled.
    pub fn room_config(&self) -> RoomConfig {
        RoomConfig {
            hash: self.hash.clone(),
            orgs: self.orgs(),
            event_types: self.event_types_model(),
            sections: self.sections.iter().map(section_model).collect(),
            crossing_points: self
                .crossing_points
                .iter()
                .map(crossing_point_model)
                .collect(),
            units: self.units.iter().map(unit_model).collect(),
            regions: self.regions.iter().map(region_model).collect(),
            weather: Some(self.freshness.freshness.weather.rule()),
        }
    }

    /// Codes of the agencies, the centre's own among them.
    pub fn orgs(&self) -> Vec<OrgId> {
        self.agencies.iter().map(|a| a.code.clone()).collect()
    }

    /// Event types of the model, that of unknown codes last.
    pub fn event_types_model(&self) -> Vec<EventType> {
        self.event_types
            .iter()
            .chain([&self.other_type])
            .map(event_type_model)
            .collect()
    }

    /// The event type of a code; that of unknown codes where there is none.
    pub fn event_type(&self, code: &TypeCode) -> &EventTypeRow {
        self.event_types
            .iter()
            .find(|t| t.code == *code)
            .unwrap_or(&self.other_type)
    }

    /// A crossing point.
    pub fn crossing_point(&self, id: &BcpId) -> Option<&CrossingPoint> {
        self.crossing_points.iter().find(|p| p.id == *id)
    }

    /// The country's bounding box.
    pub fn bounds(&self) -> Option<oneroof_model::Bounds> {
        self.centre.centre.bounds.to_model()
    }

    /// When a feed is stale and lost: its own numbers, else those of the class `feed`.
    pub fn feed_rule(&self, feed: &Feed) -> FreshnessRule {
        let class = &self.freshness.freshness.feed;
        FreshnessRule {
            expected_s: feed.expected_period.unwrap_or(class.expected).as_secs_u32(),
            stale_s: feed.stale_after.unwrap_or(class.stale_after).as_secs_u32(),
            lost_s: feed.lost_after.unwrap_or(class.lost_after).as_secs_u32(),
        }
    }

    /// Zone of a feed's times that carry none.
    pub fn feed_zone<'a>(&'a self, feed: &'a Feed) -> &'a str {
        feed.zone
            .as_deref()
            .unwrap_or(&self.centre.centre.time_zone)
    }

    /// Mode of a feed's reports: its own, else the centre's.
    pub fn feed_mode(&self, feed: &Feed) -> Mode {
        feed.mode.unwrap_or(self.centre.mode)
    }

    /// When a unit's position is stale and lost; a unit that is not configured ages like a patrol.
    pub fn unit_rule(&self, id: &UnitId) -> FreshnessRule {
        let classes = &self.freshness.freshness;
        let Some(unit) = self.units.iter().find(|u| u.id == *id) else {
            return classes.patrol.rule();
        };
        let mut rule = classes.of(unit.class()).rule();
        if let Some(period) = unit.expected_period {
            rule.expected_s = period.as_secs_u32();
        }
        rule
    }
}

/// JSON with sorted keys and no blanks.
fn canonical(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let sorted: BTreeMap<&String, &Value> = map.iter().collect();
            out.push('{');
            for (i, (key, value)) in sorted.into_iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                out.push_str(&Value::String(key.clone()).to_string());
                out.push(':');
                canonical(value, out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                canonical(item, out);
            }
            out.push(']');
        }
        plain => out.push_str(&plain.to_string()),
    }
}
