//! Licences, banned crates and sources of our dependencies, as `deny.toml` says.
//!
//! cargo-deny does this more thoroughly, but takes long to compile. This keeps the rules enforced on a machine
//! that does not have it.

use std::collections::BTreeMap;

use cargo_metadata::Metadata;
use serde::Deserialize;

/// The part of `deny.toml` that is read here.
#[derive(Debug, Deserialize)]
pub(crate) struct Rules {
    licenses: Licences,
    bans: Bans,
}

#[derive(Debug, Deserialize)]
struct Licences {
    allow: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Bans {
    deny: Vec<Banned>,
}

#[derive(Debug, Deserialize)]
struct Banned {
    #[serde(rename = "crate")]
    name: String,
    reason: String,
}

/// What is known of one package.
#[derive(Debug)]
pub(crate) struct Package {
    name: String,
    version: String,
    licence: Option<String>,
    /// `None` for our own.
    source: Option<String>,
    /// Requirements on other packages that are `*` and no path.
    wildcards: Vec<String>,
}

/// Takes the packages out of cargo's answer.
pub(crate) fn packages(metadata: &Metadata) -> Vec<Package> {
    let package = |package: &cargo_metadata::Package| Package {
        name: package.name.to_string(),
        version: package.version.to_string(),
        licence: package.license.clone(),
        source: package.source.as_ref().map(|source| source.repr.clone()),
        wildcards: package
            .dependencies
            .iter()
            .filter(|dependency| {
                package.source.is_none()
                    && dependency.path.is_none()
                    && dependency.req == cargo_metadata::semver::VersionReq::STAR
            })
            .map(|dependency| dependency.name.clone())
            .collect(),
    };
    metadata.packages.iter().map(package).collect()
}

/// What is wrong, one line each.
pub(crate) fn check(rules: &Rules, packages: &[Package]) -> Vec<String> {
    let mut faults = Vec::new();
    for package in packages {
        let id = format!("{} {}", package.name, package.version);
        match &package.licence {
            None => faults.push(format!("deny.toml: {id} states no licence")),
            Some(expression) if !satisfied(expression, &rules.licenses.allow) => {
                faults.push(format!(
                    "deny.toml: the licence of {id}, `{expression}`, is not allowed"
                ));
            }
            Some(_) => {}
        }
        if let Some(banned) = rules
            .bans
            .deny
            .iter()
            .find(|banned| banned.name == package.name)
        {
            faults.push(format!("deny.toml: {id} is banned: {}", banned.reason));
        }
        if let Some(source) = &package.source
            && !source.starts_with("registry+https://github.com/rust-lang/crates.io-index")
        {
            faults.push(format!(
                "deny.toml: {id} comes from {source}, not from the registry"
            ));
        }
        for name in &package.wildcards {
            faults.push(format!("deny.toml: {id} takes any version of {name}"));
        }
    }
    faults
}

/// Names that are there in more than one version: worth a look, no fault.
pub(crate) fn duplicates(packages: &[Package]) -> Vec<String> {
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in packages {
        versions
            .entry(&package.name)
            .or_default()
            .push(&package.version);
    }
    versions
        .into_iter()
        .filter(|(_, versions)| versions.len() > 1)
        .map(|(name, versions)| format!("{name} ({})", versions.join(", ")))
        .collect()
}

/// Whether a licence expression can be met with licences of the list.
///
/// `OR` (and the old `/`) needs one side, `AND` both, parentheses group, `X WITH Y` is one licence, `X+` (X or a later
/// version) is met by X.
fn satisfied(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    let met = either(&mut rest, allowed);
    met && rest.is_empty()
}

fn either(words: &mut &[&str], allowed: &[String]) -> bool {
    let mut met = both(words, allowed);
    while let [word, rest @ ..] = *words
        && word.eq_ignore_ascii_case("or")
    {
        *words = rest;
        // Both sides are read, whatever the first one gave.
        met = both(words, allowed) || met;
    }
    met
}

fn both(words: &mut &[&str], allowed: &[String]) -> bool {
    let mut met = single(words, allowed);
    while let [word, rest @ ..] = *words
        && word.eq_ignore_ascii_case("and")
    {
        *words = rest;
        met = single(words, allowed) && met;
    }
    met
}

fn single(words: &mut &[&str], allowed: &[String]) -> bool {
    let is_allowed = |licence: &str| allowed.iter().any(|one| one == licence);
    match *words {
        ["(", rest @ ..] => {
            *words = rest;
            let met = either(words, allowed);
            if let [")", rest @ ..] = *words {
                *words = rest;
                met
            } else {
                false
            }
        }
        [licence, with, exception, rest @ ..] if with.eq_ignore_ascii_case("with") => {
            *words = rest;
            is_allowed(&format!("{licence} WITH {exception}"))
        }
        [licence, rest @ ..] => {
            *words = rest;
            is_allowed(licence.strip_suffix('+').unwrap_or(licence))
        }
        [] => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> Rules {
        toml::from_str(
            "[licenses]\nallow = [\"MIT\", \"Apache-2.0\", \"Apache-2.0 WITH LLVM-exception\"]\n\
             [bans]\ndeny = [{ crate = \"openssl-sys\", reason = \"rustls only\" }]\n",
        )
        .unwrap()
    }

    fn package(name: &str, licence: Option<&str>) -> Package {
        Package {
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            licence: licence.map(str::to_owned),
            source: Some("registry+https://github.com/rust-lang/crates.io-index".to_owned()),
            wildcards: Vec::new(),
        }
    }

    #[test]
    fn licence_expressions_are_read_as_spdx_means_them() {
        let allowed = rules().licenses.allow;
        for good in [
            "MIT+",
            "MIT",
            "MIT OR GPL-3.0",
            "GPL-3.0 OR MIT",
            "MIT/Apache-2.0",
            "MIT AND (GPL-3.0 OR Apache-2.0)",
            "Apache-2.0 WITH LLVM-exception OR GPL-2.0",
        ] {
            assert!(satisfied(good, &allowed), "{good}");
        }
        for bad in [
            "GPL-3.0",
            "MIT AND GPL-3.0",
            "(MIT",
            "MIT WITH Made-up",
            "",
            "MIT MIT",
        ] {
            assert!(!satisfied(bad, &allowed), "{bad}");
        }
    }

    #[test]
    fn a_crate_that_keeps_the_rules_passes() {
        assert_eq!(
            check(&rules(), &[package("serde", Some("MIT OR Apache-2.0"))]),
            Vec::<String>::new()
        );
    }

    #[test]
    fn each_broken_rule_is_named() {
        let foreign = Package {
            source: Some("git+https://example.org/x".to_owned()),
            ..package("forked", Some("MIT"))
        };
        let wild = Package {
            source: None,
            wildcards: vec!["rand".to_owned()],
            ..package("oneroof-x", Some("MIT"))
        };
        let faults = check(
            &rules(),
            &[
                package("viral", Some("GPL-3.0")),
                package("silent", None),
                package("openssl-sys", Some("MIT")),
                foreign,
                wild,
            ],
        );
        let expected = ["viral", "silent", "banned", "forked", "any version of rand"];
        assert_eq!(faults.len(), expected.len(), "{faults:?}");
        for (fault, word) in faults.iter().zip(expected) {
            assert!(fault.contains(word), "{fault}");
        }
    }

    #[test]
    fn two_versions_of_one_crate_are_listed_once() {
        let second = Package {
            version: "2.0.0".to_owned(),
            ..package("syn", Some("MIT"))
        };
        assert_eq!(
            duplicates(&[
                package("syn", Some("MIT")),
                second,
                package("quote", Some("MIT"))
            ]),
            ["syn (1.0.0, 2.0.0)"]
        );
    }
}
