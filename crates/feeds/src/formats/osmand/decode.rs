//! From bytes to requests; each ends in a draft, a reject or a count.

use std::sync::Arc;

use oneroof_model::{Draft, Time};

use super::super::pieces::{Piece, Pieces};
use super::config::OsmandOptions;
use super::json;
use super::query::{self, Line};
use super::report::{Fault, Report, fault};
use crate::contract::{Decoder, Output, RejectReason};

/// Decoder of one connection, file or request.
pub(super) struct OsmandDecoder {
    pieces: Pieces,
    core: Core,
}

struct Core {
    options: Arc<OsmandOptions>,
    record: u64,
}

impl OsmandDecoder {
    pub(super) fn new(options: Arc<OsmandOptions>) -> Self {
        Self {
            pieces: Pieces::default(),
            core: Core { options, record: 0 },
        }
    }
}

impl Decoder for OsmandDecoder {
    fn push(&mut self, bytes: &[u8], _at: Time, out: &mut Output) {
        let Self { pieces, core } = self;
        pieces.push(bytes, |offset, piece| core.piece(offset, piece, out));
    }

    fn end_datagram(&mut self, at: Time, out: &mut Output) {
        self.push(b"\n", at, out);
    }

    fn finish(&mut self, _at: Time, out: &mut Output) {
        let Self { pieces, core } = self;
        pieces.finish(|offset, piece| core.piece(offset, piece, out));
    }
}

impl Core {
    fn piece(&mut self, offset: u64, piece: Piece<'_>, out: &mut Output) {
        match piece {
            Piece::Json(bytes) => match json::read(bytes) {
                Ok(reports) if reports.is_empty() => self.skip("empty_batch", out),
                Ok(reports) => {
                    for report in reports {
                        self.report(report, offset, bytes, out);
                    }
                }
                Err(why) => self.report(Err(why), offset, bytes, out),
            },
            Piece::Line(bytes) => self.line(offset, bytes, out),
            Piece::Bad { code, why, bytes } => {
                self.report(Err(fault(code, why)), offset, bytes, out);
            }
        }
    }

    fn line(&mut self, offset: u64, bytes: &[u8], out: &mut Output) {
        let Ok(line) = core::str::from_utf8(bytes) else {
            let why = RejectReason::new("not_utf8", "a line that is no text");
            return self.report(Err(why), offset, bytes, out);
        };
        match query::classify(line) {
            Line::Query(query) => {
                let report = query::read(query, self.options.speed);
                self.report(report, offset, bytes, out);
            }
            Line::Header => self.skip("http_header", out),
            Line::BareRequest => self.skip("http_request_without_query", out),
            Line::Other => {
                let why = fault("no_query", "neither a query nor JSON");
                self.report(Err(why), offset, bytes, out);
            }
        }
    }

    fn skip(&mut self, kind: &'static str, out: &mut Output) {
        out.skip(self.record, kind);
        self.record += 1;
    }

    fn report(
        &mut self,
        report: Result<Report, Fault>,
        offset: u64,
        bytes: &[u8],
        out: &mut Output,
    ) {
        let record = self.record;
        self.record += 1;
        let result = report.and_then(|report| {
            let position = report.position(&self.options)?;
            Ok((report, position))
        });
        match result {
            Ok((report, position)) => {
                out.fields(record, || report.describe());
                match position {
                    Some(draft) => out.draft(record, Draft::Position(draft)),
                    None => out.skip(record, "no_position"),
                }
            }
            Err(why) => out.reject(record, offset, why, bytes),
        }
    }
}
