//! The two files, sorted for look-up at their first use.

use std::sync::OnceLock;

use crate::Lang;

const UK: &str = include_str!("../catalogue/uk.txt");
const EN: &str = include_str!("../catalogue/en.txt");

type Table = Vec<(&'static str, &'static str)>;

fn read(file: &'static str) -> Table {
    let mut table: Table = file
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(" = "))
        .map(|(key, text)| (key.trim(), text.trim()))
        .collect();
    table.sort_unstable();
    table
}

fn table(lang: Lang) -> &'static Table {
    static TABLES: [OnceLock<Table>; 2] = [OnceLock::new(), OnceLock::new()];
    let [uk, en] = &TABLES;
    match lang {
        Lang::Uk => uk.get_or_init(|| read(UK)),
        Lang::En => en.get_or_init(|| read(EN)),
    }
}

/// The text of a key.
pub(crate) fn get(lang: Lang, key: &str) -> Option<&'static str> {
    let table = table(lang);
    let at = table.binary_search_by(|(k, _)| (*k).cmp(key)).ok()?;
    table.get(at).map(|(_, text)| *text)
}

/// Whether a key is in the catalogue.
pub fn has(key: &str) -> bool {
    get(Lang::Uk, key).is_some()
}

/// All keys, sorted.
pub fn keys() -> impl Iterator<Item = &'static str> {
    table(Lang::Uk).iter().map(|(key, _)| *key)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::template::{Part, parts};

    /// Lines of a file that hold a key.
    fn lines(file: &str) -> Vec<&str> {
        file.lines()
            .filter(|l| !l.starts_with('#') && !l.trim().is_empty())
            .collect()
    }

    /// Parameters of a text with what is done to them, without the forms of words.
    fn parameters(text: &str) -> BTreeSet<String> {
        parts(text)
            .filter_map(|part| match part {
                Part::Text(_) => None,
                Part::Value { name, filter } => Some(format!("{name}:{filter}")),
                Part::Plural { name, .. } => Some(format!("{name}|")),
            })
            .collect()
    }

    #[test]
    fn both_languages_have_the_same_keys_once_each_and_no_line_is_lost() {
        let keys = |lang| table(lang).iter().map(|(k, _)| *k).collect::<Vec<_>>();
        assert_eq!(keys(Lang::Uk), keys(Lang::En));
        let unique: BTreeSet<_> = keys(Lang::Uk).into_iter().collect();
        assert_eq!(unique.len(), table(Lang::Uk).len(), "a key stands twice");
        for (file, lang) in [(UK, Lang::Uk), (EN, Lang::En)] {
            assert_eq!(
                lines(file).len(),
                table(lang).len(),
                "{lang}: a line without ` = `"
            );
        }
    }

    #[test]
    fn both_languages_have_the_same_parameters() {
        for key in keys() {
            let of = |lang| {
                // A word may need a form in one language and none in the other.
                let mut set = parameters(get(lang, key).unwrap());
                set.retain(|p| !p.ends_with('|'));
                set
            };
            assert_eq!(of(Lang::Uk), of(Lang::En), "{key}");
        }
    }

    #[test]
    fn words_after_numbers_have_three_forms_in_ukrainian_and_two_in_english() {
        for (lang, wanted) in [(Lang::Uk, 3), (Lang::En, 2)] {
            for (key, text) in table(lang) {
                for part in parts(text) {
                    if let Part::Plural { forms, .. } = part {
                        assert_eq!(forms.split('|').count(), wanted, "{lang} {key}");
                    }
                }
            }
        }
    }

    #[test]
    fn filters_are_known_and_braces_are_closed() {
        for lang in Lang::ALL {
            for (key, text) in table(lang) {
                assert_eq!(
                    text.matches('{').count(),
                    text.matches('}').count(),
                    "{lang} {key}"
                );
                for part in parts(text) {
                    if let Part::Value { filter, .. } = part {
                        let known = ["", "number", "percent", "distance", "age"];
                        assert!(known.contains(&filter), "{lang} {key}: {filter}");
                    }
                }
            }
        }
    }

    #[test]
    fn ukrainian_is_in_ukrainian_letters_and_english_in_latin_ones() {
        for (key, text) in table(Lang::Uk) {
            assert!(
                !text.contains(['ы', 'э', 'ъ', 'ё', 'Ы', 'Э', '\'']),
                "{key}: {text}"
            );
        }
        for (key, text) in table(Lang::En) {
            assert!(
                !text.chars().any(|c| ('а'..='я').contains(&c)),
                "{key}: {text}"
            );
        }
    }
}
