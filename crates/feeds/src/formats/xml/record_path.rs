//! Which elements are records: `/list/part/item`, `//item`, `/list//g:item`, `*` for any name.

use super::names::Name;

/// Steps of a path beyond which it is refused.
const MAX_STEPS: usize = 16;

/// A path to records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordPath {
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Step {
    /// It may stand any number of levels below the step before.
    any_depth: bool,
    test: Test,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Test {
    Any,
    /// A name in whatever namespace.
    Local(String),
    /// A name in one of the namespaces of the configuration, with its prefix there.
    Qualified(String),
}

impl RecordPath {
    /// The document's root.
    pub(super) fn root() -> Self {
        Self {
            steps: vec![Step {
                any_depth: false,
                test: Test::Any,
            }],
        }
    }

    /// Reads a path; `prefixes` are those that the configuration has.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub(super) fn parse<'p>(
        text: &str,
        prefixes: impl Fn(&str) -> bool + 'p,
    ) -> Result<Self, String> {
        let mut rest = text.trim();
        if !rest.starts_with('/') {
            return Err(
                "expected a path from the root, as in /list/part/item or //item".to_owned(),
            );
        }
        let mut steps = Vec::new();
        while let Some(after) = rest.strip_prefix('/') {
            if steps.len() >= MAX_STEPS {
                return Err(format!("more than {MAX_STEPS} steps"));
            }
            let below = after.strip_prefix('/');
            let step = below.unwrap_or(after);
            let end = step.find('/').unwrap_or(step.len());
            let (name, next) = step.split_at(end);
            steps.push(Step {
                any_depth: below.is_some(),
                test: Test::parse(name, &prefixes)?,
            });
            rest = next;
        }
        Ok(Self { steps })
    }

    /// Whether the element whose ancestors and itself these are, from the root on, is a record.
    pub(super) fn picks(&self, names: &[&Name]) -> bool {
        picks(&self.steps, names)
    }
}

impl Test {
    fn parse(name: &str, prefixes: impl Fn(&str) -> bool) -> Result<Self, String> {
        if name == "*" {
            return Ok(Self::Any);
        }
        let plain = |part: &str| {
            let odd = |c: char| c.is_whitespace() || "/[]()@*'\"=:".contains(c);
            !part.is_empty() && !part.contains(odd)
        };
        match name.split_once(':') {
            None if plain(name) => Ok(Self::Local(name.to_owned())),
            Some((prefix, local)) if plain(prefix) && plain(local) => {
                if prefixes(prefix) {
                    Ok(Self::Qualified(name.to_owned()))
                } else {
                    Err(format!("the prefix `{prefix}` is not under `namespaces`"))
                }
            }
            _ => Err(format!(
                "expected the name of an element or `*`, found `{name}`"
            )),
        }
    }

    fn holds(&self, name: &Name) -> bool {
        match self {
            Self::Any => true,
            Self::Local(local) => *local == name.local,
            Self::Qualified(key) => *key == name.key,
        }
    }
}

/// All steps and all names must be used up; a step of any depth may leave out names before its own. Step by step over
/// the places that can be reached, so that no path and no document makes it long.
fn picks(steps: &[Step], names: &[&Name]) -> bool {
    // Whether the steps so far can use up so many names.
    let mut reached = vec![false; names.len() + 1];
    if let Some(none) = reached.first_mut() {
        *none = true;
    }
    for step in steps {
        let mut next = vec![false; names.len() + 1];
        let mut any_before = false;
        for ((name, before), after) in names.iter().zip(&reached).zip(next.iter_mut().skip(1)) {
            any_before |= before;
            let from = if step.any_depth { any_before } else { *before };
            *after = from && step.test.holds(name);
        }
        reached = next;
    }
    reached.last().copied().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        let local = text.split(':').next_back().unwrap_or_default().to_owned();
        Name {
            key: text.to_owned(),
            local,
        }
    }

    fn picked(path: &str, element: &str) -> bool {
        let names: Vec<Name> = element.split('/').map(name).collect();
        let names: Vec<&Name> = names.iter().collect();
        RecordPath::parse(path, |p| p == "g").unwrap().picks(&names)
    }

    #[test]
    fn a_path_picks_elements_by_their_names_and_depth() {
        for (path, element, expected) in [
            ("/a/b", "a/b", true),
            ("/a/b", "a", false),
            ("/a/b", "a/b/b", false),
            ("/a/*", "a/x", true),
            ("/*", "x", true),
            ("//b", "b", true),
            ("//b", "a/x/b", true),
            ("//b", "a/b/x", false),
            ("/a//b", "a/x/y/b", true),
            ("/a//b", "x/a/b", false),
            ("//a//b", "a/a/b/b", true),
            ("/a/g:b", "a/g:b", true),
            ("/a/g:b", "a/b", false),
            ("/a/b", "a/g:b", true),
        ] {
            assert_eq!(picked(path, element), expected, "{path} {element}");
        }
    }

    #[test]
    fn many_steps_over_many_elements_take_no_time() {
        let path = "//a".repeat(15) + "//b";
        let element = vec!["a"; 200].join("/");
        assert!(!picked(&path, &element));
        assert!(picked(&path, &format!("{element}/b")));
    }

    #[test]
    fn a_broken_path_says_what_is_wrong() {
        for bad in [
            "", "a/b", "/", "/a/", "///a", "/a[1]", "/x:a", "/a b", "/@id",
        ] {
            assert!(RecordPath::parse(bad, |p| p == "g").is_err(), "{bad}");
        }
    }
}
