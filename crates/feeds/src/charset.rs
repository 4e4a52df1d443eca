//! Encodings of texts in which the ASCII signs that part records can be found without decoding: UTF-8, UTF-16 and
//! everything with one byte a sign. So offsets and raw bytes stay those of the sender, and a text is decoded
//! record by record.

use std::borrow::Cow;

use encoding_rs::Encoding;

/// An encoding. Others (Shift JIS, GBK, ...) have second bytes that look like ASCII and are not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Charset {
    /// UTF-8, or one byte a sign.
    Bytes(&'static Encoding),
    /// UTF-16, the lower byte first.
    Utf16Le,
    /// UTF-16, the higher byte first.
    Utf16Be,
}

/// What the first bytes say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// There is a byte order mark of this many bytes.
    Found(Charset, usize),
    /// There is none.
    None,
    /// More bytes are needed.
    Unclear,
}

impl Charset {
    /// UTF-8.
    pub(crate) const UTF_8: Self = Self::Bytes(encoding_rs::UTF_8);

    /// By its label (WHATWG Encoding Standard, 4.2: `koi8-u`, `windows-1251`, `cp1251`, `utf-16`; `iso-8859-1` is
    /// windows-1252 there). Nothing where it is not known or can't be read here.
    pub(crate) fn of_label(label: &str) -> Option<Self> {
        let encoding = Encoding::for_label(label.trim().as_bytes())?;
        if encoding == encoding_rs::UTF_16LE {
            Some(Self::Utf16Le)
        } else if encoding == encoding_rs::UTF_16BE {
            Some(Self::Utf16Be)
        } else if encoding == encoding_rs::UTF_8 || encoding.is_single_byte() {
            Some(Self::Bytes(encoding))
        } else {
            None
        }
    }

    /// By a byte order mark at the beginning of a stream; `whole` says that nothing follows `bytes`.
    pub(crate) fn of_mark(bytes: &[u8], whole: Whole) -> Mark {
        const MARKS: [(&[u8], Charset); 3] = [
            (b"\xef\xbb\xbf", Charset::UTF_8),
            (b"\xff\xfe", Charset::Utf16Le),
            (b"\xfe\xff", Charset::Utf16Be),
        ];
        for (mark, charset) in MARKS {
            if bytes.starts_with(mark) {
                return Mark::Found(charset, mark.len());
            }
            if mark.starts_with(bytes) && whole == Whole::No {
                return Mark::Unclear;
            }
        }
        Mark::None
    }

    /// Bytes of one unit.
    pub(crate) const fn width(self) -> usize {
        match self {
            Self::Bytes(_) => 1,
            Self::Utf16Le | Self::Utf16Be => 2,
        }
    }

    /// The unit at an index, where it is whole: an ASCII sign, or 0x80 for anything else.
    pub(crate) fn unit(self, bytes: &[u8], at: usize) -> Option<u8> {
        let (low, high) = match self {
            Self::Bytes(_) => (*bytes.get(at)?, 0),
            Self::Utf16Le => (*bytes.get(at)?, *bytes.get(at + 1)?),
            Self::Utf16Be => (*bytes.get(at + 1)?, *bytes.get(at)?),
        };
        Some(if high == 0 && low < 0x80 { low } else { 0x80 })
    }

    /// The text, where it is one.
    pub(crate) fn decode(self, bytes: &[u8]) -> Option<Cow<'_, str>> {
        self.encoding()
            .decode_without_bom_handling_and_without_replacement(bytes)
    }

    /// The name of the encoding.
    pub(crate) fn name(self) -> &'static str {
        self.encoding().name()
    }

    const fn encoding(self) -> &'static Encoding {
        match self {
            Self::Bytes(encoding) => encoding,
            Self::Utf16Le => encoding_rs::UTF_16LE,
            Self::Utf16Be => encoding_rs::UTF_16BE,
        }
    }
}

/// Whether bytes are all that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whole {
    /// They are.
    Yes,
    /// More may come.
    No,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_with_second_bytes_that_look_like_ascii_are_not_read() {
        for label in [
            "utf-8",
            "windows-1251",
            "cp1251",
            "koi8-u",
            "iso-8859-1",
            "ibm866",
            "utf-16",
        ] {
            assert!(Charset::of_label(label).is_some(), "{label}");
        }
        for label in ["shift_jis", "gbk", "big5", "iso-2022-jp", "nonsense", ""] {
            assert_eq!(Charset::of_label(label), None, "{label}");
        }
    }

    #[test]
    fn a_byte_order_mark_may_come_in_pieces() {
        assert_eq!(Charset::of_mark(b"", Whole::No), Mark::Unclear);
        assert_eq!(Charset::of_mark(b"\xef\xbb", Whole::No), Mark::Unclear);
        assert_eq!(Charset::of_mark(b"\xef\xbb", Whole::Yes), Mark::None);
        assert_eq!(
            Charset::of_mark(b"\xef\xbb\xbfa", Whole::No),
            Mark::Found(Charset::UTF_8, 3)
        );
        assert_eq!(
            Charset::of_mark(b"\xfe\xff", Whole::No),
            Mark::Found(Charset::Utf16Be, 2)
        );
        assert_eq!(Charset::of_mark(b"a", Whole::No), Mark::None);
    }

    #[test]
    fn units_are_ascii_signs_or_something_else() {
        let text = [0x41, 0x00, 0x57, 0x04, 0x2c, 0x00, 0x2c];
        let units: Vec<Option<u8>> = (0..4)
            .map(|i| Charset::Utf16Le.unit(&text, 2 * i))
            .collect();
        assert_eq!(units, [Some(b'A'), Some(0x80), Some(b','), None]);
        assert_eq!(Charset::Utf16Le.decode(&text[..4]).unwrap(), "A\u{457}");
        assert_eq!(Charset::UTF_8.decode(b"\xff"), None);
        let ours = Charset::of_label("koi8-u").unwrap();
        assert_eq!(ours.decode(b"\xa7").unwrap(), "\u{457}");
    }
}
