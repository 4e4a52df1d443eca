//! Rows of an agency's PostgreSQL view, asked again and again for what is after the cursor; each row is a line of JSON.
//!
//! A question runs in a transaction that can only read, with a time limit that the server keeps. Rows with one value of
//! the cursor are never parted, and the cursor moves only after its rows are durable here. A row without a cursor is not
//! seen, nor is one that appears later before the cursor: the view should hold back what is younger than the longest
//! transaction of whoever writes.

mod measured;
mod wire;

use core::time::Duration;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_util::{TryStreamExt as _, pin_mut};
use oneroof_config::process_env;
use oneroof_config::types::{SecretText, SqlPoll};
use oneroof_ports::{Ack, BoxFuture, Source, SourceError, SourceOut};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use tokio_postgres::config::SslMode;
use tokio_postgres::error::SqlState;
use tokio_postgres::tls::TlsStream;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, Connection, NoTls};
use tokio_util::sync::CancellationToken;

use self::measured::Measured;
use self::wire::{AsText, Handshake};
use crate::backoff::Backoff;
use crate::cursor::Cursor;
use crate::json_path::MAX_CURSOR;
use crate::pipe::{Pipe, Stopped, failed};
use crate::{dial, tls};

/// Longest time for logging in, and for an answer beyond the time limit of a question. 10 s.
const PATIENCE: Duration = Duration::from_secs(10);

/// Bytes of a message of the server beside a row that may be as long as an answer: its cursor, or an error with all its
/// hints. 64 KiB.
const MESSAGE_EXTRA: usize = 64 * 1024;

/// A poll of a view.
#[derive(Debug)]
pub struct SqlPollSource {
    config: SqlPoll,
    password: Option<SecretText>,
    tls: Option<tls::Client>,
}

/// A connection that is logged in.
struct Session {
    client: Client,
    /// Moves its bytes while a question is under way; ends with the connection.
    driver: BoxFuture<'static, SourceError>,
}

impl Session {
    fn new<S, T>(client: Client, connection: Connection<S, T>) -> Self
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        T: TlsStream + Unpin + Send + 'static,
    {
        let driver = Box::pin(async move {
            match connection.await {
                Ok(()) => failed("peer.closed", "the server ended the connection"),
                Err(error) => sql_error(&error),
            }
        });
        Self { client, driver }
    }
}

/// The rows of one question.
#[derive(Debug, Default)]
struct Rows {
    /// Lines of JSON.
    lines: Vec<u8>,
    /// The cursor after them; `None` where there are none.
    cursor: Option<String>,
    /// Rows among them that are larger than a whole answer may be: they are not in `lines`.
    passed_over: u64,
    /// Whether there may be more.
    more: bool,
}

/// One row: its JSON, `None` where that is larger than an answer may be, and its cursor.
struct Row {
    json: Option<String>,
    cursor: String,
}

impl SqlPollSource {
    /// A poll that connects when it is run.
    ///
    /// # Errors
    /// Where the password is not there.
    pub fn new(config: SqlPoll) -> Result<Self, String> {
        let password = config.password.as_ref().map(|p| p.fetch(&process_env));
        Ok(Self {
            password: password.transpose()?,
            tls: config.tls.clone().map(tls::Client::new),
            config,
        })
    }

    async fn connect(&self) -> Result<Session, SourceError> {
        let config = &self.config;
        let stream = dial::connect(&config.address).await?;
        let mut login = Config::new();
        login
            .user(&config.user)
            .dbname(&config.database)
            .application_name("oneroof");
        if let Some(password) = &self.password {
            login.password(password.expose());
        }
        let most = config.max_bytes.as_usize().saturating_add(MESSAGE_EXTRA);
        match &self.tls {
            None => {
                login.ssl_mode(SslMode::Disable);
                let stream = Measured::new(stream, most);
                let made = timeout(PATIENCE, login.connect_raw(stream, NoTls)).await;
                let (client, connection) = in_time(made)?;
                Ok(Session::new(client, connection))
            }
            Some(tls) => {
                login.ssl_mode(SslMode::Require);
                let shake = Handshake::new(tls.config()?, tls.name(&config.address.host)?, most);
                let made = timeout(PATIENCE, login.connect_raw(stream, shake)).await;
                let (client, connection) = in_time(made)?;
                Ok(Session::new(client, connection))
            }
        }
    }

    /// Asks for what is after the cursor.
    async fn ask(&self, session: &mut Session, after: Option<&str>) -> Result<Rows, SourceError> {
        let limit = self.config.statement_timeout.duration();
        let Session { client, driver } = session;
        let asked = timeout(limit + PATIENCE, self.rows(client, after));
        tokio::select! {
            biased;
            rows = asked => rows
                .unwrap_or_else(|_| Err(failed("sql.timeout", "the server does not answer"))),
            ended = driver => Err(ended),
        }
    }

    async fn rows(&self, client: &mut Client, after: Option<&str>) -> Result<Rows, SourceError> {
        let config = &self.config;
        let started = client.build_transaction().read_only(true).start();
        let transaction = started.await.map_err(|e| sql_error(&e))?;
        let settings = format!(
            "SET LOCAL statement_timeout = {}; SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO'",
            config.statement_timeout.duration().as_millis()
        );
        let set = transaction.batch_execute(&settings).await;
        set.map_err(|e| sql_error(&e))?;
        let after = after.map(AsText);
        let parameters: Vec<&(dyn ToSql + Sync)> =
            after.iter().map(|a| a as &(dyn ToSql + Sync)).collect();
        let question = self.question(after.is_some());
        let asked = transaction.query_raw(&question, parameters);
        let stream = asked.await.map_err(|e| sql_error(&e))?;
        pin_mut!(stream);
        let mut taken = Taken::new(config.max_bytes.as_usize());
        while let Some(row) = stream.try_next().await.map_err(|e| sql_error(&e))? {
            let json = row.try_get(0).map_err(|e| sql_error(&e))?;
            let cursor = row.try_get(1).map_err(|e| sql_error(&e))?;
            if !taken.add(Row { json, cursor })? {
                break;
            }
        }
        let batch = usize::try_from(config.batch).unwrap_or(usize::MAX);
        taken.finish(batch)
    }

    /// The question: the configured query, its rows as JSON after the cursor, whole groups of one cursor. What is larger
    /// than an answer may be stays with the server.
    fn question(&self, has_cursor: bool) -> String {
        let query = self.config.query.trim().trim_end_matches(';');
        let column = quoted(&self.config.cursor);
        let after = if has_cursor {
            format!("rows_.{column} > $1")
        } else {
            format!("rows_.{column} IS NOT NULL")
        };
        let (most, batch) = (self.config.max_bytes.bytes(), self.config.batch.max(1));
        format!(
            "SELECT CASE WHEN octet_length(lines_.json_) < {most} THEN lines_.json_ END, lines_.cursor_ FROM (\
             SELECT row_to_json(rows_)::text AS json_, left(rows_.{column}::text, {MAX_CURSOR} + 1) AS cursor_, \
             rows_.{column} AS order_ FROM ({query}\n) AS rows_ \
             WHERE {after} ORDER BY rows_.{column} FETCH FIRST {batch} ROWS WITH TIES) AS lines_ ORDER BY lines_.order_"
        )
    }

    async fn serve(&self, pipe: &Pipe) -> Result<Result<(), SourceError>, Stopped> {
        let config = &self.config;
        let every = config.every.duration();
        let peer: Arc<str> = format!("{}/{}", config.address, config.database).into();
        let opened = Cursor::open(config.cursor_file.as_deref(), config.start.as_deref());
        let mut cursor = match opened {
            Ok(cursor) => cursor,
            Err(error) => return Ok(Err(error)),
        };
        let mut backoff = Backoff::new(every, config.reconnect_max.duration());
        let mut session: Option<Session> = None;
        let mut conn = 0;
        loop {
            let asked = self.round(&mut session, cursor.get());
            let wait = match pipe.unless_stopped(asked).await? {
                Ok(rows) => {
                    backoff.reset();
                    pipe.state(Ok(peer.to_string())).await?;
                    match self.take(pipe, &mut conn, &peer, rows, &mut cursor).await? {
                        Ok(true) => Duration::ZERO,
                        Ok(false) => every,
                        Err(error) => {
                            pipe.state(Err(error)).await?;
                            every
                        }
                    }
                }
                Err(error) => {
                    session = None;
                    pipe.state(Err(error)).await?;
                    backoff.next_wait()
                }
            };
            pipe.sleep(wait).await?;
        }
    }

    async fn round(
        &self,
        session: &mut Option<Session>,
        after: Option<&str>,
    ) -> Result<Rows, SourceError> {
        let session = match session {
            Some(session) => session,
            none => none.insert(self.connect().await?),
        };
        self.ask(session, after).await
    }

    /// Hands rows on and moves the cursor; whether there may be more.
    async fn take(
        &self,
        pipe: &Pipe,
        conn: &mut u64,
        peer: &Arc<str>,
        rows: Rows,
        cursor: &mut Cursor,
    ) -> Result<Result<bool, SourceError>, Stopped> {
        let Some(last) = rows.cursor else {
            return Ok(Ok(false));
        };
        if !rows.lines.is_empty() {
            *conn += 1;
            if let Ack::Failed { .. } = pipe.whole(*conn, peer, &rows.lines).await? {
                // Asked for again.
                return Ok(Ok(false));
            }
        }
        if rows.passed_over > 0 {
            // Asked for again it would be as large: what comes after it would never be reached.
            let (rows, most) = (rows.passed_over, self.config.max_bytes.bytes());
            tracing::warn!(
                peer = &**peer,
                rows,
                most,
                before = last,
                "rows are larger than allowed and are lost"
            );
            pipe.out.lost.fetch_add(rows, Ordering::Relaxed);
        }
        Ok(cursor.set(last).map(|()| rows.more))
    }
}

/// Rows of one cursor.
struct Group {
    cursor: String,
    /// Where they begin among the lines.
    begins: usize,
    /// Rows before them that were passed over.
    passed_over: u64,
}

/// Rows of an answer as they come, bounded in bytes at the end of a group of one cursor.
struct Taken {
    most: usize,
    lines: Vec<u8>,
    rows: usize,
    passed_over: u64,
    /// The rows of one cursor that are the newest.
    group: Option<Group>,
    /// The cursor of the group before it.
    before: Option<String>,
    full: bool,
}

impl Taken {
    const fn new(most: usize) -> Self {
        Self {
            most,
            lines: Vec::new(),
            rows: 0,
            passed_over: 0,
            group: None,
            before: None,
            full: false,
        }
    }

    /// Adds a row; whether more may come.
    fn add(&mut self, row: Row) -> Result<bool, SourceError> {
        if row.cursor.len() > MAX_CURSOR {
            let why = format!("a cursor of more than {MAX_CURSOR} bytes");
            return Err(failed("sql.cursor", why));
        }
        let same = self.group.as_ref().is_some_and(|g| g.cursor == row.cursor);
        if !same {
            let newer = Group {
                cursor: row.cursor,
                begins: self.lines.len(),
                passed_over: self.passed_over,
            };
            self.before = self.group.replace(newer).map(|group| group.cursor);
        }
        self.rows += 1;
        let Some(json) = row.json else {
            self.passed_over += 1;
            return Ok(true);
        };
        if self.lines.len() + json.len() >= self.most {
            self.full = true;
            return Ok(false);
        }
        // A row of ours is one line: PostgreSQL writes line ends within a text as \n.
        self.lines.extend_from_slice(json.as_bytes());
        self.lines.push(b'\n');
        Ok(true)
    }

    fn finish(mut self, batch: usize) -> Result<Rows, SourceError> {
        if self.full {
            // The last group may have more rows: it comes with the next question.
            let (begins, passed_over) = self
                .group
                .as_ref()
                .map_or((0, 0), |group| (group.begins, group.passed_over));
            self.lines.truncate(begins);
            if self.before.is_none() {
                let why = format!("rows with one cursor of more than {} bytes", self.most);
                return Err(failed("sql.too_large", why));
            }
            return Ok(Rows {
                lines: self.lines,
                cursor: self.before,
                passed_over,
                more: true,
            });
        }
        Ok(Rows {
            lines: self.lines,
            cursor: self.group.map(|group| group.cursor),
            passed_over: self.passed_over,
            more: self.rows >= batch,
        })
    }
}

/// A name as SQL takes it whatever signs it has.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn in_time<T>(
    made: Result<Result<T, tokio_postgres::Error>, tokio::time::error::Elapsed>,
) -> Result<T, SourceError> {
    match made {
        Ok(Ok(made)) => Ok(made),
        Ok(Err(error)) => Err(sql_error(&error)),
        Err(_) => Err(failed("connect.timeout", "the server does not let us in")),
    }
}

fn sql_error(error: &tokio_postgres::Error) -> SourceError {
    let mut cause = std::error::Error::source(error);
    while let Some(e) = cause {
        if let Some(e) = e.downcast_ref::<std::io::Error>() {
            if e.kind() == std::io::ErrorKind::FileTooLarge {
                return failed("sql.too_large", e.to_string());
            }
            if let Some(of_tls) = tls::error(e) {
                return of_tls;
            }
        }
        cause = e.source();
    }
    if let Some(of_server) = error.as_db_error() {
        let code = match of_server.code() {
            state
                if *state == SqlState::INVALID_PASSWORD
                    || *state == SqlState::INVALID_AUTHORIZATION_SPECIFICATION
                    || *state == SqlState::INSUFFICIENT_PRIVILEGE =>
            {
                "sql.not_authorised"
            }
            state if *state == SqlState::QUERY_CANCELED => "sql.timeout",
            state if *state == SqlState::READ_ONLY_SQL_TRANSACTION => "sql.read_only",
            state if *state == SqlState::ADMIN_SHUTDOWN => "peer.closed",
            _ => "sql.query",
        };
        let (state, said) = (of_server.code().code(), of_server.message());
        return failed(code, format!("{said} (SQLSTATE {state})"));
    }
    let code = if error.is_closed() {
        "peer.closed"
    } else {
        "sql.failed"
    };
    failed(code, error.to_string())
}

impl Source for SqlPollSource {
    fn run(
        &self,
        out: SourceOut,
        stop: CancellationToken,
    ) -> BoxFuture<'_, Result<(), SourceError>> {
        Box::pin(async move {
            match self.serve(&Pipe { out, stop }).await {
                Ok(ended) => ended,
                Err(Stopped) => Ok(()),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(json: &str, cursor: &str) -> Row {
        Row {
            json: Some(json.to_owned()),
            cursor: cursor.to_owned(),
        }
    }

    #[test]
    fn an_answer_that_is_too_large_ends_before_the_group_that_does_not_fit() {
        let mut taken = Taken::new(10);
        assert!(taken.add(row("aaa", "1")).unwrap());
        assert!(taken.add(row("bb", "2")).unwrap());
        assert!(!taken.add(row("cccc", "2")).unwrap());
        let rows = taken.finish(100).unwrap();
        assert_eq!(rows.lines, b"aaa\n");
        assert_eq!((rows.cursor.as_deref(), rows.more), (Some("1"), true));
        let mut taken = Taken::new(10);
        assert!(!taken.add(row(&"x".repeat(20), "1")).unwrap());
        assert_eq!(taken.finish(100).unwrap_err().code, "sql.too_large");
    }

    #[test]
    fn a_row_that_is_too_large_is_passed_over_and_counted_once() {
        let large = |cursor: &str| Row {
            json: None,
            cursor: cursor.to_owned(),
        };
        let mut taken = Taken::new(10);
        for next in [large("1"), row("aaa", "2"), large("3")] {
            assert!(taken.add(next).unwrap());
        }
        let rows = taken.finish(100).unwrap();
        assert_eq!((rows.lines, rows.passed_over), (b"aaa\n".to_vec(), 2));
        assert_eq!(rows.cursor.as_deref(), Some("3"));
        // Its group comes again with the next question, and is counted there.
        let mut taken = Taken::new(10);
        for next in [row("aaa", "1"), large("2")] {
            assert!(taken.add(next).unwrap());
        }
        assert!(!taken.add(row("bbbbbbbb", "2")).unwrap());
        let rows = taken.finish(100).unwrap();
        assert_eq!((rows.cursor.as_deref(), rows.passed_over), (Some("1"), 0));
    }

    #[test]
    fn a_name_of_a_column_cannot_leave_its_quotes() {
        assert_eq!(quoted("a\" OR 1"), "\"a\"\" OR 1\"");
    }
}
