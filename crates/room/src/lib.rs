//! The room: the only writer of the journal and the owner of the fold.
//!
//! Everything that changes the picture comes here as a [`Submission`] of drafts or a command of a person. The room
//! validates, decides (section, event, link suggestions), appends to the journal, and only when the commit is durable
//! applies, publishes and answers. Positions are the exception: they go to the live tracks at once and to the history,
//! never through the journal ([`tracks`]).
//!
//! Two copies of the picture exist: the *working* one, ahead by the batch that is being decided, and the *published*
//! one, which shows what is durable. When a commit fails the working copy is thrown away and taken from the published
//! one, so nothing that was not durable is ever seen or built upon. The copies share what is equal in them.
//!
//! What this crate does not know: transports, formats, sockets, HTTP.

mod apart;
mod areas;
mod assemble;
mod batch;
mod commands;
mod curate;
mod decide;
mod digest;
mod index;
mod replace;
mod retire;
mod score;
mod start;
mod submit;
mod threats;
pub mod tracks;
mod weather;
mod writer;

pub use commands::MAX_NAME;
pub use digest::digest16;
pub use score::score;
pub use start::{RoomOptions, StartError, replay, start};
pub use submit::{
    Earlier, FeedContext, Original, Published, Record, RequestKey, RoomHandle, Submission,
    SubmitAnswer, SubmitError, Update,
};
pub use writer::RoomRules;
