//! Erasing a report: its payload, its digests, its quarantined twins, what was made from it.

use std::collections::BTreeSet;

use oneroof_model::{EntryBody, Erasure, EventId, IDENTIFIERS_KIND, ReportId, Time};
use oneroof_ports::{ArchivedEvent, StoreError};
use rusqlite::Connection;

use crate::error::InStore as _;
use crate::keys::Erased;
use crate::rows::{self, all, int};
use crate::writer::Writer;
use crate::{checkpoint, keys, payload};

impl Writer {
    /// Erases what an `Erased` entry names. The key goes first: from then on the payload cannot be read,
    /// whatever happens to the rest, and the rest is done again when the store is opened next.
    pub(crate) fn erase(&mut self, report: ReportId, what: Erasure) -> Result<(), StoreError> {
        let Some(order) = order_of(&self.conn, (report, what))? else {
            return Err(StoreError::Failed(format!(
                "no Erased entry names report {report}: append it first"
            )));
        };
        self.erase_ordered(report, what)?;
        // Only where none before it waits: they may be carried out in another order than they were given in.
        let next = "UPDATE followed SET orders = ?1, keys = ?2
                    WHERE ?1 = (SELECT min(seq) FROM headers WHERE kind = 'erased' AND seq > orders)";
        let told = self.keys.fingerprint()?;
        self.conn.execute(next, (order, told)).stored()?;
        Ok(())
    }

    /// Erases what was erased according to the keys, or was ordered to be, and is still here: an erasure cut short, or an
    /// older backup. What was looked at before is not looked at again.
    pub(crate) fn follow_erasures(&mut self) -> Result<(), StoreError> {
        let (mark, told): (i64, Vec<u8>) = self
            .conn
            .query_row("SELECT orders, keys FROM followed", [], |r| {
                Ok((r.get(0)?, r.get(1)?))
            })
            .stored()?;
        let (newest, orders) = ordered(&self.conn, mark)?;
        let mut due: BTreeSet<Erased> = orders.into_iter().collect();
        if self.keys.fingerprint()? != told {
            due.extend(self.keys.erased()?);
        }
        for (report, what) in due {
            if self.is_here(report, what)? {
                self.erase_ordered(report, what)?;
                tracing::info!(%report, "an erasure was followed");
            }
        }
        let now = self.keys.fingerprint()?;
        if newest > mark || now != told {
            self.conn
                .execute("UPDATE followed SET orders = ?1, keys = ?2", (newest, now))
                .stored()?;
        }
        Ok(())
    }

    /// Whether anything is left of what is to be erased.
    fn is_here(&self, report: ReportId, what: Erasure) -> Result<bool, StoreError> {
        self.conn
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM payloads p JOIN headers h ON h.seq = p.seq
                 WHERE p.report = ?1 AND p.body NOT NULL AND (?2 OR h.kind = ?3))",
            )
            .stored()?
            .query_row(
                (
                    report.0.as_bytes(),
                    what == Erasure::Report,
                    IDENTIFIERS_KIND,
                ),
                |r| r.get(0),
            )
            .stored()
    }

    fn erase_ordered(&mut self, report: ReportId, what: Erasure) -> Result<(), StoreError> {
        let id = report.0.as_bytes();
        let sql = "SELECT h.seq, h.at_us, h.v, h.kind, p.report, p.encoding, p.key_id, NULL, p.salt, p.body
                   FROM payloads p JOIN headers h ON h.seq = p.seq WHERE p.report = ?1";
        let mut payloads = {
            let mut select = self.conn.prepare_cached(sql).stored()?;
            all(&mut select, [id], rows::entry)?
        };
        payloads.retain(|row| what.takes(&row.kind));
        let key_ids: Vec<i64> = payloads.iter().filter_map(|p| p.key_id).collect();
        for row in &mut payloads {
            row.key = row.key_id.map(|k| self.keys.key(k)).transpose()?.flatten();
        }
        let files: Vec<_> = payloads.iter().flat_map(attachments).collect();
        self.keys.erase(report, what, &key_ids)?;

        let tx = self.conn.transaction().stored()?;
        for row in &payloads {
            // Overwritten in place before it is let go.
            tx.execute(
                "UPDATE payloads SET body = zeroblob(length(body)), salt = zeroblob(length(salt))
                 WHERE seq = ?1 AND body NOT NULL",
                [int(row.seq)],
            )
            .stored()?;
            tx.execute(
                "UPDATE payloads SET body = NULL, salt = NULL, key_id = NULL, encoding = 0 WHERE seq = ?1",
                [int(row.seq)],
            )
            .stored()?;
        }
        for file in files {
            tx.execute("DELETE FROM attachments WHERE id = ?1", [file.0.as_bytes()])
                .stored()?;
        }
        twins(&tx, report)?;
        archive(&tx, report, what)?;
        tx.commit().stored()?;
        checkpoint::remove_all(&self.folder)?;
        keys::truncate_wal(&self.conn)
    }
}

/// An event that left memory goes with a report that is erased, and is written anew where it only loses a part of one.
fn archive(conn: &Connection, report: ReportId, what: Erasure) -> Result<(), StoreError> {
    let name = report.to_string();
    if what == Erasure::Report {
        conn.execute("DELETE FROM archive WHERE instr(json, ?1) > 0", [name])
            .stored()?;
        return Ok(());
    }
    let mut select = conn
        .prepare_cached("SELECT event, occurred_us, json FROM archive WHERE instr(json, ?1) > 0")
        .stored()?;
    let found = all(&mut select, [name], |row| {
        Ok(ArchivedEvent {
            event: EventId(rows::uuid(row, 0)?),
            occurred: Time::from_micros(row.get(1)?),
            json: row.get(2)?,
        })
    })?;
    for mut event in found {
        if event.forget_identifiers(report) {
            conn.execute(
                "UPDATE archive SET json = ?2 WHERE event = ?1",
                (event.event.0.as_bytes(), event.json),
            )
            .stored()?;
        }
    }
    Ok(())
}

/// Claims and quarantined records of the same content, or of the same source id.
fn twins(conn: &Connection, report: ReportId) -> Result<(), StoreError> {
    let id = report.0.as_bytes();
    conn.execute(
        "DELETE FROM quarantine WHERE EXISTS (SELECT 1 FROM claims c WHERE c.report = ?1
         AND c.feed = quarantine.feed AND (c.digest = quarantine.digest
            OR (c.key <> '' AND (instr(quarantine.raw, CAST(c.key AS BLOB)) > 0
            OR instr(quarantine.topic, c.key) > 0))))",
        [id],
    )
    .stored()?;
    conn.execute(
        "DELETE FROM claims WHERE report = ?1 AND key GLOB 'sha256:*'",
        [id],
    )
    .stored()?;
    conn.execute(
        "UPDATE claims SET digest = zeroblob(16) WHERE report = ?1",
        [id],
    )
    .stored()?;
    Ok(())
}

/// Files kept here for the report of a payload. One that cannot be read any more names none.
fn attachments(row: &payload::Row) -> Vec<oneroof_model::AttachmentId> {
    match row.entry() {
        Ok(Some(EntryBody::ReportRecorded { report, .. })) => {
            report.attachments.iter().filter_map(|a| a.stored).collect()
        }
        _ => Vec::new(),
    }
}

/// `Erased` entries; an order may follow.
const ORDERS: &str =
    "SELECT h.seq, h.at_us, h.v, h.kind, p.report, p.encoding, p.key_id, NULL, p.salt, p.body
    FROM headers h JOIN payloads p ON p.seq = h.seq WHERE h.kind = 'erased'";

/// What an `Erased` entry names.
fn named(entry: &payload::Row) -> Option<Erased> {
    match entry.entry() {
        Ok(Some(EntryBody::Erased { report, what, .. })) if entry.key_id.is_none() => {
            Some((report, what))
        }
        _ => None,
    }
}

/// What `Erased` entries after this one name, and the newest of them; the given one where there is none.
pub(crate) fn ordered(conn: &Connection, after: i64) -> Result<(i64, Vec<Erased>), StoreError> {
    let mut select = conn
        .prepare_cached(&format!("{ORDERS} AND h.seq > ?1 ORDER BY h.seq"))
        .stored()?;
    let entries = all(&mut select, [after], rows::entry)?;
    let newest = entries.last().map_or(after, |e| int(e.seq));
    Ok((newest, entries.iter().filter_map(named).collect()))
}

/// The `Erased` entry that names this: from the newest back, for the order was given just now.
fn order_of(conn: &Connection, erasure: Erased) -> Result<Option<i64>, StoreError> {
    let mut select = conn
        .prepare_cached(&format!("{ORDERS} ORDER BY h.seq DESC"))
        .stored()?;
    let mut found = select.query([]).stored()?;
    while let Some(row) = found.next().stored()? {
        let entry = rows::entry(row).stored()?;
        if named(&entry) == Some(erasure) {
            return Ok(Some(int(entry.seq)));
        }
    }
    Ok(None)
}
