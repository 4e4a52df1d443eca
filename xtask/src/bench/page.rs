//! `docs/benchmarks.md`: a section a bench between two marks. Whatever stands between other marks, or
//! outside of any, is left as it is.

use std::fs;

use anyhow::{Context as _, Result};

use super::Figure;
use crate::repo::Repo;

/// The page where there is none yet.
const BEGINNING: &str = "# Benchmarks

What OneRoof does in a second and in a megabyte. `cargo xtask bench [NAME]` measures and writes the tables, each with its
machine; `cargo xtask soak` those about long runs. Figures are of release builds, generator, server and screens on one
machine. Nothing in the tests asserts a time.
";

/// Puts a section in its place, or at the end.
pub(crate) fn write(
    repo: &Repo,
    name: &str,
    heading: &str,
    machine: &str,
    figures: &[Figure],
) -> Result<()> {
    place(repo, name, &section(heading, machine, figures))
}

/// Puts a text of any form between the marks of a section, or at the end.
pub(crate) fn place(repo: &Repo, name: &str, text: &str) -> Result<()> {
    let path = repo.root.join("docs/benchmarks.md");
    let page = fs::read_to_string(&path).unwrap_or_else(|_| BEGINNING.to_owned());
    fs::write(&path, placed(&page, name, text))
        .with_context(|| format!("{} can't be written", repo.show(&path)))
}

/// The page with another text between the marks of a section.
fn placed(page: &str, name: &str, text: &str) -> String {
    let (begin, end) = (
        format!("<!-- {name}:begin -->"),
        format!("<!-- {name}:end -->"),
    );
    let parts = page
        .split_once(&begin)
        .and_then(|(before, rest)| Some((before, rest.split_once(&end)?.1)));
    match parts {
        Some((before, after)) => format!("{before}{begin}\n{text}{end}{after}"),
        None => format!("{}\n\n{begin}\n{text}{end}\n", page.trim_end()),
    }
}

fn section(heading: &str, machine: &str, figures: &[Figure]) -> String {
    let rows: Vec<String> = figures
        .iter()
        .map(|figure| {
            let Figure {
                what, aim, note, ..
            } = figure;
            format!("| {what} | {} | {aim} | {note} |\n", value(figure))
        })
        .collect();
    format!(
        "## {heading}\n\nMeasured {machine}.\n\n| what | figure | aim | how |\n|---|---:|---:|---|\n{}",
        rows.concat()
    )
}

/// A figure with its unit, in as many digits as say something.
pub(crate) fn value(figure: &Figure) -> String {
    let value = figure.value;
    let digits = if value >= 1_000.0 {
        grouped(&format!("{value:.0}"))
    } else if value >= 100.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.1}")
    };
    format!("{digits} {}", figure.unit)
}

/// A whole number in decimal digits, with commas between thousands.
pub(crate) fn grouped(plain: &str) -> String {
    let mut text = String::new();
    for (at, digit) in plain.chars().enumerate() {
        if at > 0 && (plain.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(value: f64) -> Figure {
        Figure {
            what: "what".to_owned(),
            value,
            unit: "x".to_owned(),
            aim: String::new(),
            note: "how".to_owned(),
        }
    }

    #[test]
    fn a_section_is_replaced_and_the_others_stay() {
        let page = placed("# Top\n", "a", "one\n");
        let page = placed(&page, "soak", "kept\n");
        let page = placed(&page, "a", "two\n");
        assert_eq!(
            page,
            "# Top\n\n<!-- a:begin -->\ntwo\n<!-- a:end -->\n\n<!-- soak:begin -->\nkept\n<!-- soak:end -->\n"
        );
    }

    #[test]
    fn figures_have_the_digits_that_say_something() {
        for (number, text) in [
            (5_248_233.4, "5,248,233 x"),
            (1_000.0, "1,000 x"),
            (250.4, "250 x"),
            (6.54, "6.5 x"),
            (0.04, "0.0 x"),
        ] {
            assert_eq!(value(&figure(number)), text);
        }
        assert!(section("H", "today", &[figure(1.0)]).contains("| what | 1.0 x |  | how |"));
    }
}
