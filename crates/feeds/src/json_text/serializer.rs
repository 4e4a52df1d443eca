//! The serde side of it. A compound writes a comma behind each value; [`Open::close`] puts the bracket in
//! place of the last one.

use core::fmt;
use std::io::Write as _;

use serde::Serialize;
use serde::ser::{
    Error, Impossible, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
    SerializeTuple, SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use super::{by_serde, fraction, fraction_single, quoted, signed, text, whole};

/// Something has no form in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fault;

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value that has no form in JSON")
    }
}

impl core::error::Error for Fault {}

impl Error for Fault {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

type Done = Result<(), Fault>;

/// Writes one value.
pub(super) struct Json<'a>(pub &'a mut Vec<u8>);

/// A compound that is being written.
pub(super) struct Open<'a> {
    to: &'a mut Vec<u8>,
    /// What ends it.
    end: &'static [u8],
}

impl<'a> Open<'a> {
    #[inline(always)]
    fn begin(to: &'a mut Vec<u8>, begin: u8, end: &'static [u8]) -> Self {
        to.push(begin);
        Self { to, end }
    }

    /// A compound within an object of one field, as variants of enums are.
    #[inline]
    fn variant(to: &'a mut Vec<u8>, name: &str, begin: u8, end: &'static [u8]) -> Self {
        to.push(b'{');
        quoted(to, name);
        to.push(b':');
        Self::begin(to, begin, end)
    }

    #[inline(always)]
    fn name(&mut self, name: &'static str) {
        quoted(self.to, name);
        self.to.push(b':');
    }

    #[inline(always)]
    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        value.serialize(Json(self.to))?;
        self.to.push(b',');
        Ok(())
    }

    #[inline(always)]
    fn close(self) {
        if self.to.last() == Some(&b',') {
            self.to.pop();
        }
        self.to.extend_from_slice(self.end);
    }
}

macro_rules! numbers {
    ($($method:ident($kind:ty) $write:ident $wide:ty;)*) => {$(
        #[inline]
        fn $method(self, v: $kind) -> Done {
            $write(self.0, <$wide>::from(v));
            Ok(())
        }
    )*};
}

impl<'a> Serializer for Json<'a> {
    type Ok = ();
    type Error = Fault;
    type SerializeSeq = Open<'a>;
    type SerializeTuple = Open<'a>;
    type SerializeTupleStruct = Open<'a>;
    type SerializeTupleVariant = Open<'a>;
    type SerializeMap = Open<'a>;
    type SerializeStruct = Open<'a>;
    type SerializeStructVariant = Open<'a>;

    numbers! {
        serialize_i8(i8) signed i64;
        serialize_i16(i16) signed i64;
        serialize_i32(i32) signed i64;
        serialize_i64(i64) signed i64;
        serialize_u8(u8) whole u64;
        serialize_u16(u16) whole u64;
        serialize_u32(u32) whole u64;
        serialize_u64(u64) whole u64;
    }

    fn serialize_i128(self, v: i128) -> Done {
        by_serde(self.0, &v)
    }

    fn serialize_u128(self, v: u128) -> Done {
        by_serde(self.0, &v)
    }

    #[inline(always)]
    fn serialize_bool(self, v: bool) -> Done {
        self.0.extend_from_slice(if v { b"true" } else { b"false" });
        Ok(())
    }

    #[inline]
    fn serialize_f32(self, v: f32) -> Done {
        fraction_single(self.0, v)
    }

    #[inline]
    fn serialize_f64(self, v: f64) -> Done {
        fraction(self.0, v)
    }

    fn serialize_char(self, v: char) -> Done {
        text(self.0, v.encode_utf8(&mut [0; 4]))
    }

    #[inline(always)]
    fn serialize_str(self, v: &str) -> Done {
        text(self.0, v)
    }

    fn serialize_bytes(self, v: &[u8]) -> Done {
        v.serialize(self)
    }

    #[inline]
    fn serialize_none(self) -> Done {
        self.serialize_unit()
    }

    #[inline(always)]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Done {
        value.serialize(self)
    }

    #[inline]
    fn serialize_unit(self) -> Done {
        self.0.extend_from_slice(b"null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Done {
        self.serialize_unit()
    }

    #[inline]
    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Done {
        text(self.0, variant)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Done {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Done {
        let mut open = Open::begin(self.0, b'{', b"}");
        open.name(variant);
        open.value(value)?;
        open.close();
        Ok(())
    }

    #[inline]
    fn serialize_seq(self, _: Option<usize>) -> Result<Open<'a>, Fault> {
        Ok(Open::begin(self.0, b'[', b"]"))
    }

    fn serialize_tuple(self, _: usize) -> Result<Open<'a>, Fault> {
        Ok(Open::begin(self.0, b'[', b"]"))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Open<'a>, Fault> {
        Ok(Open::begin(self.0, b'[', b"]"))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Open<'a>, Fault> {
        Ok(Open::variant(self.0, variant, b'[', b"]}"))
    }

    #[inline(always)]
    fn serialize_map(self, _: Option<usize>) -> Result<Open<'a>, Fault> {
        Ok(Open::begin(self.0, b'{', b"}"))
    }

    #[inline(always)]
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Open<'a>, Fault> {
        Ok(Open::begin(self.0, b'{', b"}"))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Open<'a>, Fault> {
        Ok(Open::variant(self.0, variant, b'{', b"}}"))
    }

    fn collect_str<T: fmt::Display + ?Sized>(self, value: &T) -> Done {
        let start = self.0.len();
        write!(self.0, "\"{value}\"").map_err(|_full| Fault)?;
        let inner = self.0.get(start + 1..self.0.len() - 1).unwrap_or_default();
        let plain = core::str::from_utf8(inner).is_ok_and(super::is_plain);
        if plain {
            return Ok(());
        }
        self.0.truncate(start);
        by_serde(self.0, &value.to_string())
    }
}

macro_rules! elements {
    ($($of:ident $method:ident;)*) => {$(
        impl $of for Open<'_> {
            type Ok = ();
            type Error = Fault;
            #[inline]
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
                self.value(value)
            }
            #[inline]
            fn end(self) -> Done {
                self.close();
                Ok(())
            }
        }
    )*};
}

elements! {
    SerializeSeq serialize_element;
    SerializeTuple serialize_element;
    SerializeTupleStruct serialize_field;
    SerializeTupleVariant serialize_field;
}

macro_rules! fields {
    ($($of:ident)*) => {$(
        impl $of for Open<'_> {
            type Ok = ();
            type Error = Fault;
            #[inline(always)]
            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Done {
                self.name(name);
                self.value(value)
            }
            #[inline]
            fn end(self) -> Done {
                self.close();
                Ok(())
            }
        }
    )*};
}

fields! { SerializeStruct SerializeStructVariant }

impl SerializeMap for Open<'_> {
    type Ok = ();
    type Error = Fault;

    /// What a field of a flattened struct comes through: its name is a constant here as well.
    #[inline(always)]
    fn serialize_entry<K: Serialize + ?Sized, V: Serialize + ?Sized>(
        &mut self,
        key: &K,
        value: &V,
    ) -> Done {
        self.serialize_key(key)?;
        self.value(value)
    }

    #[inline(always)]
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Done {
        key.serialize(Key(self.to))?;
        self.to.push(b':');
        Ok(())
    }

    #[inline]
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        self.value(value)
    }

    #[inline]
    fn end(self) -> Done {
        self.close();
        Ok(())
    }
}

/// Writes the key of a map: a text, or what `serde_json` makes a text of.
struct Key<'a>(&'a mut Vec<u8>);

macro_rules! keys {
    ($($method:ident($kind:ty);)*) => {$(
        fn $method(self, v: $kind) -> Done {
            self.collect_str(&v)
        }
    )*};
}

macro_rules! no_keys {
    ($($method:ident($($kind:ty),*) -> $gives:ty;)*) => {$(
        fn $method(self, $(_: $kind),*) -> Result<$gives, Fault> {
            Err(Fault)
        }
    )*};
}

type No = Impossible<(), Fault>;

impl Serializer for Key<'_> {
    type Ok = ();
    type Error = Fault;
    type SerializeSeq = No;
    type SerializeTuple = No;
    type SerializeTupleStruct = No;
    type SerializeTupleVariant = No;
    type SerializeMap = No;
    type SerializeStruct = No;
    type SerializeStructVariant = No;

    keys! {
        serialize_bool(bool); serialize_char(char);
        serialize_i8(i8); serialize_i16(i16); serialize_i32(i32); serialize_i64(i64);
        serialize_u8(u8); serialize_u16(u16); serialize_u32(u32); serialize_u64(u64);
    }

    #[inline(always)]
    fn serialize_str(self, v: &str) -> Done {
        text(self.0, v)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Done {
        text(self.0, variant)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Done {
        Err(Fault)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Done {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Done {
        Err(Fault)
    }

    fn collect_str<T: fmt::Display + ?Sized>(self, value: &T) -> Done {
        Json(self.0).collect_str(value)
    }

    no_keys! {
        serialize_f32(f32) -> ();
        serialize_f64(f64) -> ();
        serialize_bytes(&[u8]) -> ();
        serialize_none() -> ();
        serialize_unit() -> ();
        serialize_unit_struct(&'static str) -> ();
        serialize_seq(Option<usize>) -> No;
        serialize_tuple(usize) -> No;
        serialize_tuple_struct(&'static str, usize) -> No;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> No;
        serialize_map(Option<usize>) -> No;
        serialize_struct(&'static str, usize) -> No;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> No;
    }
}
