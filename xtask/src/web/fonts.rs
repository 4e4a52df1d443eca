//! The typefaces: IBM Plex Sans and Mono from npm, the subsets that Ukrainian and English need.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::files;

/// A typeface as it comes from npm.
struct Family {
    /// The name in CSS.
    name: &'static str,
    /// The package, and the beginning of its file names.
    package: &'static str,
    weights: &'static [u16],
}

const FAMILIES: [Family; 2] = [
    Family {
        name: "IBM Plex Sans",
        package: "ibm-plex-sans",
        weights: &[400, 500, 600],
    },
    Family {
        name: "IBM Plex Mono",
        package: "ibm-plex-mono",
        weights: &[400, 500],
    },
];

/// The subsets, each loaded by a browser only when a page has one of its characters.
const SUBSETS: [&str; 4] = ["cyrillic", "cyrillic-ext", "latin", "latin-ext"];

/// A font file and the rule that names it.
pub(super) struct Face {
    /// The file's name, to be hashed.
    pub(super) logical: String,
    /// The file's content.
    pub(super) bytes: Vec<u8>,
    css_head: String,
    css_tail: String,
}

impl Face {
    /// The `@font-face` rule with the address where the file ended up.
    pub(super) fn css(&self, address: &str) -> String {
        format!(
            "{}src: url(\"{address}\") format(\"woff2\");{}",
            self.css_head, self.css_tail
        )
    }
}

/// Reads the typefaces from the installed npm packages.
pub(super) fn load(node_modules: &Path) -> Result<Vec<Face>> {
    let mut faces = Vec::new();
    for family in &FAMILIES {
        let package = node_modules.join("@fontsource").join(family.package);
        let ranges: BTreeMap<String, String> =
            serde_json::from_str(&files::read_text(&package.join("unicode.json"))?)
                .with_context(|| format!("unicode.json of {}", family.package))?;
        for weight in family.weights {
            for subset in SUBSETS {
                let name = format!("{}-{subset}-{weight}-normal.woff2", family.package);
                let range = ranges
                    .get(subset)
                    .with_context(|| format!("{} has no subset {subset}", family.package))?;
                faces.push(Face {
                    bytes: files::read(&package.join("files").join(&name))?,
                    logical: format!("fonts/{name}"),
                    css_head: format!(
                        "@font-face {{ font-family: \"{}\"; font-style: normal; font-weight: {weight}; \
                         font-display: swap; ",
                        family.name
                    ),
                    css_tail: format!(" unicode-range: {range}; }}\n"),
                });
            }
        }
    }
    Ok(faces)
}
