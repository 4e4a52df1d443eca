//! XML as it comes from strangers: to a small tree, without document types and without entities of its own, bounded in
//! size, depth and number of everything. Namespaces are resolved; those that matter to a format have a name of their own.
//!
//! [`Documents`] cuts a stream into documents, [`read`] makes a tree of one, [`Writer`] writes one.

mod documents;
mod source;
mod tree;
mod write;

pub(crate) use documents::{Documents, Piece};
pub(crate) use source::{MANY_RECORDS, Source, read};
pub(crate) use tree::{Element, Ns, parse};
pub(crate) use write::Writer;
