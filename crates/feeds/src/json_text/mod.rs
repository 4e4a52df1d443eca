//! JSON into memory, for the lines that `oneroof decode` prints: the text of `serde_json`, made in half the
//! time.
//!
//! What makes it quicker: names of fields are constants of the source and are copied without a search for
//! signs to escape; a comma is written behind each value and the last one overwritten, so nothing has to be
//! remembered; numbers with one decimal, which most of AIS is, need no search for their shortest form.
//! Whatever is rarer (a text with signs to escape, a name out of the data, any other fraction) is given to
//! `serde_json`.
//!
//! What is on the way of every field is always inlined: only where the compiler sees a name's length does
//! it copy the name with one or two moves instead of a call.
#![expect(
    clippy::inline_always,
    reason = "measured: a tenth of the time of a line"
)]

mod serializer;

use serde::Serialize;

use serializer::{Fault, Json};

/// Appends a value as JSON; where it can't be (a map with keys that are no text), nothing is appended
/// and false is given.
pub(crate) fn append<T: Serialize + ?Sized>(to: &mut Vec<u8>, value: &T) -> bool {
    let before = to.len();
    let done = value.serialize(Json(to)).is_ok();
    if !done {
        to.truncate(before);
    }
    done
}

/// Appends what is rare.
fn by_serde<T: Serialize + ?Sized>(to: &mut Vec<u8>, value: &T) -> Result<(), Fault> {
    serde_json::to_writer(to, value).map_err(|_unknown| Fault)
}

/// Whether a text can stand between quotes as it is (RFC 8259, 7).
#[inline(always)]
fn is_plain(text: &str) -> bool {
    !text
        .bytes()
        .any(|byte| byte < b' ' || byte == b'"' || byte == b'\\')
}

#[inline(always)]
fn text(to: &mut Vec<u8>, text: &str) -> Result<(), Fault> {
    if !is_plain(text) {
        return by_serde(to, text);
    }
    quoted(to, text);
    Ok(())
}

#[inline(always)]
fn quoted(to: &mut Vec<u8>, text: &str) {
    to.push(b'"');
    to.extend_from_slice(text.as_bytes());
    to.push(b'"');
}

/// A whole number in decimal digits.
#[inline]
fn whole(to: &mut Vec<u8>, value: u64) {
    let mut digits = [0_u8; 20]; // of the greatest one
    let mut left = value;
    let mut used = 0;
    for place in digits.iter_mut().rev() {
        *place = b'0' + (left % 10) as u8;
        left /= 10;
        used += 1;
        if left == 0 {
            break;
        }
    }
    to.extend_from_slice(digits.get(20 - used..).unwrap_or_default());
}

#[inline]
fn signed(to: &mut Vec<u8>, value: i64) {
    if value < 0 {
        to.push(b'-');
    }
    whole(to, value.unsigned_abs());
}

macro_rules! fractions {
    ($($name:ident $kind:ty, $tenths:ty, $max_tenths:literal;)*) => {$(
        /// A fraction as `serde_json` has it: the shortest decimal that reads back as the same number.
        #[inline]
        fn $name(to: &mut Vec<u8>, value: $kind) -> Result<(), Fault> {
            if value.is_sign_negative() || !(0.0..$max_tenths / 10.0).contains(&value) {
                return by_serde(to, &value);
            }
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "within the bounds just checked"
            )]
            let tenths = (value * 10.0 + 0.5) as $tenths;
            // Where the tenths give back the value, one decimal reads back as it, and none is shorter.
            #[expect(clippy::float_cmp, reason = "the very same number is meant")]
            let exact = <$kind>::from(tenths) / 10.0 == value;
            if !exact {
                return by_serde(to, &value);
            }
            let tenths = u64::from(tenths);
            whole(to, tenths / 10);
            to.push(b'.');
            whole(to, tenths % 10);
            Ok(())
        }
    )*};
}

fractions! {
    fraction f64, u32, 4e9;
    fraction_single f32, u16, 6e4;
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use oneroof_model::{Draft, ReportDraft, TrackKey};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn ours<T: Serialize + ?Sized>(value: &T) -> String {
        let mut text = Vec::new();
        assert!(append(&mut text, value));
        String::from_utf8(text).unwrap()
    }

    fn same<T: Serialize + ?Sized>(value: &T) {
        assert_eq!(ours(value), serde_json::to_string(value).unwrap());
    }

    #[derive(Serialize)]
    #[serde(rename_all = "snake_case")]
    enum Shape {
        Nothing,
        One(u8),
        Two(u8, String),
        Named { a: Option<i64>, b: () },
    }

    #[derive(Serialize)]
    struct Unit;

    #[derive(Serialize)]
    struct Pair(u8, f32);

    #[derive(Serialize)]
    struct Whole {
        #[serde(skip_serializing_if = "Option::is_none")]
        left_out: Option<u8>,
        shapes: Vec<Shape>,
        #[serde(flatten)]
        rest: BTreeMap<String, Value>,
        unit: Unit,
        pair: Pair,
        tuple: (bool, char),
        wide: (i8, u64, i64, u128, i128),
    }

    #[test]
    fn every_kind_of_value_is_written_as_serde_json_does() {
        same(&Whole {
            left_out: None,
            shapes: vec![
                Shape::Nothing,
                Shape::One(255),
                Shape::Two(0, "a\"b\\c\n\u{457}".to_owned()),
                Shape::Named { a: None, b: () },
                Shape::Named {
                    a: Some(i64::MIN),
                    b: (),
                },
            ],
            rest: [
                (
                    "q\"".to_owned(),
                    json!({"n": [1.25, -0.0, 1e300, null, []]}),
                ),
                ("empty".to_owned(), json!({})),
            ]
            .into(),
            unit: Unit,
            pair: Pair(7, 0.1),
            tuple: (true, '"'),
            wide: (i8::MIN, u64::MAX, i64::MIN, u128::MAX, i128::MIN),
        });
        same(&BTreeMap::from([(1_u32, f64::NAN), (2, f64::INFINITY)]));
        same(&BTreeMap::from([('k', Some(()))]));
        same(&BTreeMap::from([(false, 0)]));
    }

    #[test]
    fn a_draft_is_written_as_serde_json_does() {
        let mut report = ReportDraft {
            title: Some("\u{41f}\t".to_owned()),
            ..ReportDraft::default()
        };
        report
            .attributes
            .insert("deep".to_owned(), json!({"a": [{"b": "\u{1f}"}]}));
        same(&Draft::Report(Box::new(report)));
        same(&TrackKey::vessel(272_083_600));
    }

    #[test]
    fn what_json_has_no_form_for_leaves_nothing_behind() {
        let mut text = b"before".to_vec();
        assert!(!append(&mut text, &BTreeMap::from([([1_u8], 1)])));
        assert_eq!(text, b"before");
    }

    proptest! {
        #[test]
        fn numbers_and_texts_are_written_as_serde_json_does(
            wide in any::<f64>(),
            single in any::<f32>(),
            tenths in any::<i32>(),
            few in 0_u16..4000,
            whole in any::<i64>(),
            bits in any::<u64>(),
            text in any::<String>(),
        ) {
            let tenth = f64::from(tenths) / 10.0;
            let small = f32::from(few) / 10.0;
            let values = (wide, single, tenth, small, whole, bits, text, f64::from_bits(bits));
            prop_assert_eq!(ours(&values), serde_json::to_string(&values).unwrap());
        }
    }
}
