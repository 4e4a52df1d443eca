//! Which of the alternate names of a place is its Ukrainian one.
//!
//! `GeoNames` as packed gives alternates without their languages. Taken is the one in Ukrainian letters whose
//! romanisation (Cabinet of Ministers of Ukraine, resolution 55 of 2010) is nearest to the place's main name.
//! That keeps out nicknames, names of other times, and the Russian, Bulgarian and Serbian forms.

use std::cmp::Reverse;

/// Letters of the Ukrainian alphabet, small.
const LETTERS: &str = "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя";
/// Consonants that take no soft sign in Ukrainian, but for one before о.
const HARD: &str = "бпвмфгґкхжчшщр";
const CONSONANTS: &str = "бвгґджзклмнпрстфхцчшщ";
/// Letters that tell Ukrainian from its neighbours.
const TELLING: &str = "іїєґ";

/// The Ukrainian name among the alternates, if one fits the main name.
pub(super) fn ukrainian<'a>(name: &str, alternates: &'a [String]) -> Option<&'a str> {
    let plain_name = plain(name);
    let mut best: Option<(usize, usize, Reverse<usize>, &str)> = None;
    for candidate in alternates.iter().map(String::as_str) {
        if !is_ukrainian(candidate) {
            continue;
        }
        let off = distance(&plain_name, &plain(&romanised(candidate)));
        if off * 10 > plain_name.chars().count().max(3) * 4 {
            continue;
        }
        let untold = usize::from(!candidate.to_lowercase().contains(|c| TELLING.contains(c)));
        // Soft signs leave no trace in a romanisation; forms without them are those of other languages (Донецк).
        let soft = Reverse(candidate.matches('ь').count());
        let key = (off, untold, soft, candidate);
        if best.is_none_or(|least| key < least) {
            best = Some(key);
        }
    }
    best.map(|(.., name)| name)
}

/// Whether a text is written as Ukrainian is: its letters only, beginning with a capital, no ї after a
/// consonant, no soft sign after a hard one.
fn is_ukrainian(text: &str) -> bool {
    let small = text.to_lowercase();
    let in_letters = small
        .chars()
        .all(|c| LETTERS.contains(c) || "'\u{2019}ʼ- ".contains(c));
    let mut before = ' ';
    let mut softened = false;
    let mut proper = small.chars().all(|c| {
        let wrong = (c == 'ї' && CONSONANTS.contains(before)) || (softened && c != 'о');
        softened = c == 'ь' && HARD.contains(before);
        before = c;
        !wrong
    });
    proper &= !softened;
    in_letters && proper && text.chars().next().is_some_and(char::is_uppercase)
}

/// A Ukrainian text in small Latin letters, by resolution 55.
fn romanised(text: &str) -> String {
    let mut out = String::new();
    let mut starts = true;
    let mut before = ' ';
    for c in text.to_lowercase().chars() {
        out.push_str(match c {
            'є' if starts => "ye",
            'ї' if starts => "yi",
            'й' if starts => "y",
            'ю' if starts => "yu",
            'я' if starts => "ya",
            'г' if before == 'з' => "gh",
            'а' => "a",
            'б' => "b",
            'в' => "v",
            'г' => "h",
            'ґ' => "g",
            'д' => "d",
            'е' => "e",
            'є' => "ie",
            'ж' => "zh",
            'з' => "z",
            'и' => "y",
            'і' | 'ї' | 'й' => "i",
            'к' => "k",
            'л' => "l",
            'м' => "m",
            'н' => "n",
            'о' => "o",
            'п' => "p",
            'р' => "r",
            'с' => "s",
            'т' => "t",
            'у' => "u",
            'ф' => "f",
            'х' => "kh",
            'ц' => "ts",
            'ч' => "ch",
            'ш' => "sh",
            'щ' => "shch",
            'ю' => "iu",
            'я' => "ia",
            '-' => "-",
            ' ' => " ",
            _ => "",
        });
        starts = matches!(c, '-' | ' ');
        before = c;
    }
    out
}

/// The official romanisation of a Ukrainian name (resolution 55 of 2010), words with capitals.
pub(super) fn official(uk: &str) -> String {
    let mut starts = true;
    let capital = |c: char| {
        let shown = if starts { c.to_ascii_uppercase() } else { c };
        starts = matches!(c, '-' | ' ');
        shown
    };
    romanised(uk).chars().map(capital).collect()
}

/// A Latin name with what romanisations differ in taken away.
fn plain(name: &str) -> String {
    let small = name.to_lowercase();
    let letters: String = small
        .chars()
        .filter_map(|c| match c {
            'y' | 'j' | 'ï' => Some('i'),
            '-' => Some(' '),
            c if c.is_alphabetic() || c == ' ' => Some(c),
            _ => None,
        })
        .collect();
    let mut out = String::new();
    for c in letters.chars() {
        if c != 'i' || !out.ends_with('i') {
            out.push(c);
        }
    }
    out
}

/// Levenshtein's distance in characters.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        for (cb, pair) in b.iter().zip(row.windows(2)) {
            let [diagonal, above] = pair else { continue };
            let left = next.last().copied().unwrap_or(0);
            next.push(
                (diagonal + usize::from(ca != *cb))
                    .min(above + 1)
                    .min(left + 1),
            );
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pick(name: &str, alternates: &[&str]) -> Option<String> {
        let alternates: Vec<_> = alternates.iter().map(|s| (*s).to_owned()).collect();
        ukrainian(name, &alternates).map(str::to_owned)
    }

    #[test]
    fn nicknames_old_names_and_other_languages_are_passed_over() {
        let odesa = [
            "Адэса",
            "Коцюбіїв",
            "Одеса",
            "Одесса",
            "Південна Пальміра",
            "Хаджибей",
        ];
        assert_eq!(pick("Odesa", &odesa).as_deref(), Some("Одеса"));
        let donetsk = [
            "Данецк",
            "Донбас-сіті",
            "Донецк",
            "Донецьк",
            "Донецьке",
            "Сталіно",
        ];
        assert_eq!(pick("Donetsk", &donetsk).as_deref(), Some("Донецьк"));
        let dnipro = [
            "Днепр",
            "Днепропетровск",
            "Днипро",
            "Дніпро",
            "Дніпропетровськ",
            "Днїпро",
        ];
        assert_eq!(pick("Dnipro", &dnipro).as_deref(), Some("Дніпро"));
        let kharkiv = ["Харков", "Харків", "Харьков"];
        assert_eq!(pick("Kharkiv", &kharkiv).as_deref(), Some("Харків"));
        let luhansk = ["Луганск", "Луганськ", "Ворошиловград"];
        assert_eq!(pick("Kerch", &["Керч", "Керчь"]).as_deref(), Some("Керч"));
        assert_eq!(pick("Luhansk", &luhansk).as_deref(), Some("Луганськ"));
    }

    #[test]
    fn english_names_are_the_official_romanisation() {
        for (uk, en) in [
            ("Київ", "Kyiv"),
            ("Запоріжжя", "Zaporizhzhia"),
            ("Єнакієве", "Yenakiieve"),
            ("Кам’янець-Подільський", "Kamianets-Podilskyi"),
            ("Згурівка", "Zghurivka"),
            ("Кривий Ріг", "Kryvyi Rih"),
        ] {
            assert_eq!(official(uk), en);
        }
    }

    #[test]
    fn a_name_that_fits_nothing_has_no_ukrainian_form() {
        assert_eq!(pick("Warsaw", &["Хаджибей", "Warszawa"]), None);
        assert_eq!(pick("Kyiv", &[]), None);
    }
}
