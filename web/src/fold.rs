//! Texts made alike for searching: case, accents, apostrophes and the alphabet no longer matter.
//!
//! Ukrainian goes to Latin letters by the national table (resolution 55 of the Cabinet of Ministers, 2010), and then both
//! alphabets lose what people write in several ways: `y`, `j` and `i` are one, `g` and `h` are one, `kh` is `h`, a
//! letter that is doubled counts once. So «Шегині», `Shehyni` and `shegini` are the same. Digits stay as they are.

/// Longest text that is folded, in characters; what comes after it is not searched.
const MAX_CHARS: usize = 512;

/// A text folded: words of small letters and digits, parted by single blanks.
pub fn fold(text: &str) -> String {
    let mut out = Folded(String::with_capacity(text.len()));
    for c in text.chars().take(MAX_CHARS) {
        if c.is_ascii() {
            out.ascii(c);
        } else {
            for l in c.to_lowercase() {
                out.letters(latin(l));
            }
        }
    }
    if out.0.ends_with(' ') {
        out.0.pop();
    }
    out.0
}

/// The folded words of a text.
pub fn words(text: &str) -> Vec<String> {
    fold(text)
        .split(' ')
        .filter(|w| !w.is_empty())
        .map(ToOwned::to_owned)
        .collect()
}

struct Folded(String);

impl Folded {
    fn ascii(&mut self, c: char) {
        match c.to_ascii_lowercase() {
            'y' | 'j' => self.push('i'),
            'g' => self.push('h'),
            // What stands inside of words and is left out as often as not.
            '\'' | '`' => {}
            c if c.is_ascii_alphanumeric() => self.push(c),
            _ => self.gap(),
        }
    }

    fn letters(&mut self, letters: Letters) {
        match letters {
            Letters::Are(s) => s.chars().for_each(|c| self.push(c)),
            Letters::Silent => {}
            Letters::Gap => self.gap(),
            Letters::Other(c) => self.push(c),
        }
    }

    fn gap(&mut self) {
        if !self.0.is_empty() && !self.0.ends_with(' ') {
            self.0.push(' ');
        }
    }

    fn push(&mut self, c: char) {
        if c == 'h' && self.0.ends_with('k') {
            self.0.pop();
        }
        // Numbers say every digit; of a doubled letter one is enough.
        if c.is_ascii_digit() || !self.0.ends_with(c) {
            self.0.push(c);
        }
    }
}

#[derive(Clone, Copy)]
enum Letters {
    Are(&'static str),
    Silent,
    Gap,
    Other(char),
}

/// A small letter that is not ASCII in folded letters.
fn latin(c: char) -> Letters {
    let s = match c {
        'а' | 'á' | 'à' | 'â' | 'ä' | 'ă' | 'ą' | 'å' | 'ã' => "a",
        'б' => "b",
        'в' => "v",
        'г' | 'ґ' | 'х' => "h",
        'д' | 'ď' | 'đ' => "d",
        'е' | 'э' | 'é' | 'è' | 'ê' | 'ë' | 'ę' | 'ě' => "e",
        'є' | 'ё' => "ie",
        'ж' => "zh",
        'з' | 'ž' | 'ź' | 'ż' => "z",
        'и' | 'і' | 'ї' | 'й' | 'ы' | 'í' | 'ì' | 'î' | 'ï' | 'ý' => "i",
        'к' => "k",
        'л' | 'ł' | 'ľ' | 'ĺ' => "l",
        'м' => "m",
        'н' | 'ń' | 'ň' | 'ñ' => "n",
        'о' | 'ó' | 'ò' | 'ô' | 'ö' | 'ő' | 'ø' | 'õ' => "o",
        'п' => "p",
        'р' | 'ř' | 'ŕ' => "r",
        'с' | 'ś' | 'š' | 'ș' | 'ş' | 'ß' => "s",
        'т' | 'ť' | 'ț' | 'ţ' => "t",
        'у' | 'ú' | 'ù' | 'û' | 'ü' | 'ű' | 'ů' => "u",
        'ф' => "f",
        'ц' => "ts",
        'ч' => "ch",
        'ш' => "sh",
        'щ' => "shch",
        'ю' => "iu",
        'я' => "ia",
        'ć' | 'č' | 'ç' => "c",
        'ь' | 'ъ' | '\u{2019}' | 'ʼ' | '\u{2018}' | '\u{301}' | '\u{307}' => {
            return Letters::Silent;
        }
        c if c.is_alphanumeric() => return Letters::Other(c),
        _ => return Letters::Gap,
    };
    Letters::Are(s)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_same_in_both_alphabets_and_in_the_usual_spellings() {
        for names in [
            ["Шегині", "Shehyni", "shegini"],
            ["Ужгород", "Uzhhorod", "uzhgorod"],
            ["Харків", "Kharkiv", "harkiv"],
            ["Ґданськ", "Gdansk", "Гданськ"],
        ] {
            let [a, b, c] = names.map(fold);
            assert_eq!((&a, &b), (&b, &c), "{names:?}");
        }
    }

    #[test]
    fn accents_apostrophes_and_case_do_not_matter() {
        assert_eq!(fold("В’їзд"), fold("ВЇЗД"));
        assert_eq!(fold("Dołhobyczów"), fold("dolhobyczow"));
        assert_eq!(fold("Sighetu Marmației"), fold("SIGHETU MARMATIEI"));
    }

    #[test]
    fn digits_stay_and_signs_part_words() {
        assert_eq!(fold("UA-RO-01"), "ua ro 01");
        assert_eq!(fold("272000111"), "272000111");
        assert_eq!(words("  BG--P/014 "), ["bh", "p", "014"]);
        assert_eq!(fold("---"), "");
    }

    #[test]
    fn a_text_without_end_is_cut() {
        assert_eq!(fold(&"ab".repeat(100_000)).len(), MAX_CHARS);
    }
}
