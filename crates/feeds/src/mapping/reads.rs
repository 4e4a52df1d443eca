//! What a mapping reads of a record, path by path, so that the rest can be named.

use std::collections::HashSet;

use serde_json::Value;

use super::extras::items;
use super::path::Path;
use super::record::Record;

/// The paths that a rule reads, with how much of what stands there is taken.
#[derive(Debug, Default)]
pub(crate) struct Reads<'s>(Vec<Read<'s>>);

#[derive(Debug)]
enum Read<'s> {
    /// The first value at the path.
    First(&'s Path),
    /// Every value at the path.
    All(&'s Path),
    /// Type and two-dimensional coordinates of the GeoJSON at the path.
    Geometry(&'s Path),
    /// Within every item at a path, or within the record, what the others read.
    Each(Option<&'s Path>, Vec<Self>),
}

impl<'s> Reads<'s> {
    /// The first value at a path is taken.
    pub(crate) fn push(&mut self, path: &'s Path) {
        self.0.push(Read::First(path));
    }

    /// The first value at each path is taken.
    pub(crate) fn extend(&mut self, paths: impl Iterator<Item = &'s Path>) {
        self.0.extend(paths.map(Read::First));
    }

    /// Every value at a path is looked at.
    pub(crate) fn push_all(&mut self, path: &'s Path) {
        self.0.push(Read::All(path));
    }

    /// What `inner` reads is GeoJSON, of which altitudes and foreign members are not taken.
    pub(crate) fn push_geometry(&mut self, inner: Self) {
        self.0.extend(inner.0.into_iter().map(|read| match read {
            Read::First(path) => Read::Geometry(path),
            other => other,
        }));
    }

    /// What `inner` reads is taken within every item at `each`.
    pub(crate) fn push_each(&mut self, each: Option<&'s Path>, inner: Self) {
        self.0.push(Read::Each(each, inner.0));
    }

    /// Whether anything is read from the document around a record.
    pub(crate) fn any_from_root(&self) -> bool {
        any_from_root(&self.0)
    }

    /// The places in memory of the values that are taken from a record; all below them counts as taken.
    pub(crate) fn taken(&self, record: &Record<'_>) -> HashSet<usize> {
        let mut taken = HashSet::new();
        take(&self.0, record, &mut taken);
        taken
    }
}

/// Where a value lies in memory: two equal values at different places of a record are told apart by it.
pub(crate) fn address(value: &Value) -> usize {
    core::ptr::from_ref(value).addr()
}

fn any_from_root(reads: &[Read<'_>]) -> bool {
    reads.iter().any(|read| match read {
        Read::First(path) | Read::All(path) | Read::Geometry(path) => path.is_from_root(),
        Read::Each(each, inner) => each.is_some_and(Path::is_from_root) || any_from_root(inner),
    })
}

fn take(reads: &[Read<'_>], record: &Record<'_>, taken: &mut HashSet<usize>) {
    for read in reads {
        if let Read::First(path) | Read::All(path) | Read::Geometry(path) = read {
            let nulls = path.nulls(record.ground());
            taken.extend(nulls.into_iter().map(address));
        }
        match read {
            Read::First(path) => {
                taken.extend(path.first(record.ground()).map(address));
            }
            Read::All(path) => {
                let all = path.all(record.ground());
                taken.extend(all.into_iter().map(address));
            }
            Read::Geometry(path) => {
                if let Some(value) = path.first(record.ground()) {
                    geometry(value, 0, taken);
                }
            }
            Read::Each(each, inner) => {
                for value in items(*each, record) {
                    take(inner, &Record { value, ..*record }, taken);
                }
            }
        }
    }
}

/// A GeoJSON object or its coordinates: types, and the first two numbers of every position.
fn geometry(value: &Value, depth: usize, taken: &mut HashSet<usize>) {
    const MAX_DEPTH: usize = 16;
    if depth > MAX_DEPTH {
        return;
    }
    match value {
        Value::Object(map) => {
            taken.extend(map.get("type").map(address));
            for key in ["coordinates", "geometry", "geometries"] {
                if let Some(inner) = map.get(key) {
                    geometry(inner, depth + 1, taken);
                }
            }
        }
        Value::Array(list) if list.first().is_some_and(Value::is_number) => {
            taken.extend(list.iter().take(2).map(address));
        }
        Value::Array(list) => {
            for inner in list {
                geometry(inner, depth + 1, taken);
            }
        }
        // A geometry that is `null` was looked at; as a text it is taken whole.
        _ => {
            taken.insert(address(value));
        }
    }
}
