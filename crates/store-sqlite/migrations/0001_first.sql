-- The journal: headers are kept for ever, payloads can be erased. See README.md.
CREATE TABLE headers (
    seq    INTEGER PRIMARY KEY,
    at_us  INTEGER NOT NULL,              -- microseconds since 1970, UTC
    v      INTEGER NOT NULL,
    kind   TEXT    NOT NULL,
    digest BLOB    NOT NULL,              -- of salt and payload
    hash   BLOB    NOT NULL               -- of this header and the hash before it
) STRICT;
CREATE INDEX headers_erased ON headers (seq) WHERE kind = 'erased';

CREATE TABLE payloads (
    seq      INTEGER PRIMARY KEY REFERENCES headers (seq),
    report   BLOB,                        -- the report that is erased with it
    encoding INTEGER NOT NULL,            -- 0 as it is, 1 deflate
    key_id   INTEGER,                     -- in keys.sqlite, where encrypted
    salt     BLOB,                        -- NULL where erased, or where it is encrypted with the body
    body     BLOB                         -- NULL where erased
) STRICT;
CREATE INDEX payloads_report ON payloads (report) WHERE report IS NOT NULL;
CREATE INDEX payloads_key ON payloads (key_id) WHERE key_id IS NOT NULL;

CREATE TABLE claims (
    feed     TEXT    NOT NULL,
    key      TEXT    NOT NULL,
    revision INTEGER NOT NULL,
    digest   BLOB    NOT NULL,
    report   BLOB    NOT NULL,
    at_us    INTEGER NOT NULL,
    PRIMARY KEY (feed, key, revision)
) STRICT, WITHOUT ROWID;
CREATE INDEX claims_report ON claims (report);

CREATE TABLE commands (
    id      BLOB PRIMARY KEY,
    receipt TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE requests (
    scope  TEXT    NOT NULL,
    key    TEXT    NOT NULL,
    digest BLOB    NOT NULL,
    answer TEXT    NOT NULL,
    at_us  INTEGER NOT NULL,
    PRIMARY KEY (scope, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX requests_at ON requests (at_us);

-- The quarantine, with its size per feed kept by triggers: asked before each record that is put aside.
CREATE TABLE quarantine (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    feed        TEXT    NOT NULL,
    at_us       INTEGER NOT NULL,
    code        TEXT    NOT NULL,
    detail      TEXT    NOT NULL,
    start_byte  INTEGER NOT NULL,
    raw         BLOB    NOT NULL,
    digest      BLOB    NOT NULL,
    attempts    INTEGER NOT NULL DEFAULT 0,
    released_us INTEGER
) STRICT;
CREATE INDEX quarantine_feed ON quarantine (feed, id);
CREATE INDEX quarantine_at ON quarantine (at_us);

CREATE TABLE quarantine_size (
    feed    TEXT PRIMARY KEY,
    bytes   INTEGER NOT NULL,
    records INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER quarantine_came AFTER INSERT ON quarantine WHEN new.released_us IS NULL BEGIN
    INSERT INTO quarantine_size VALUES (new.feed, length(new.raw), 1)
    ON CONFLICT (feed) DO UPDATE SET bytes = bytes + excluded.bytes, records = records + 1;
END;
CREATE TRIGGER quarantine_went AFTER DELETE ON quarantine WHEN old.released_us IS NULL BEGIN
    UPDATE quarantine_size SET bytes = bytes - length(old.raw), records = records - 1
    WHERE feed = old.feed;
END;
CREATE TRIGGER quarantine_released AFTER UPDATE OF released_us ON quarantine
WHEN old.released_us IS NULL AND new.released_us IS NOT NULL BEGIN
    UPDATE quarantine_size SET bytes = bytes - length(old.raw), records = records - 1
    WHERE feed = old.feed;
END;

-- A projection: can be filled again from the journal.
CREATE TABLE archive (
    event       BLOB PRIMARY KEY,
    occurred_us INTEGER NOT NULL,
    json        TEXT    NOT NULL
) STRICT;
CREATE INDEX archive_occurred ON archive (occurred_us, event);

CREATE TABLE attachments (
    id         BLOB PRIMARY KEY,
    name       TEXT    NOT NULL,
    media_type TEXT    NOT NULL,
    size_bytes INTEGER NOT NULL,
    sha256     TEXT    NOT NULL,
    at_us      INTEGER NOT NULL,
    bytes      BLOB    NOT NULL
) STRICT;
CREATE INDEX attachments_at ON attachments (at_us);
