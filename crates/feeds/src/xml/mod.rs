//! XML as it comes from strangers: to a small tree, without document types and without entities of its own, bounded in
//! size, depth and number of everything. Namespaces are resolved; those that matter to a format have a name of their own.
//!
//! [`Documents`] cuts a stream into documents, [`parse`] makes a tree of one, [`Writer`] writes one.

mod documents;
mod tree;
mod write;

pub(crate) use documents::{Documents, Piece};
pub(crate) use tree::{Element, Ns, decode, parse};
pub(crate) use write::Writer;

/// Whether there is nothing but white space and a byte order mark.
pub(crate) fn is_blank(bytes: &[u8]) -> bool {
    bytes
        .iter()
        .all(|b| b.is_ascii_whitespace() || b"\xef\xbb\xbf".contains(b))
}
