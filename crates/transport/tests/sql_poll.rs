//! The poll of a view with a real PostgreSQL.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "a test fails by panicking, and its tasks end with it"
)]

mod common;

use core::time::Duration;
use std::fs;
use std::process::Command;

use common::certs::{Authority, Valid};
use common::servers::{Postgres, owned};
use common::{start, until};
use oneroof_config::types::{Endpoint, Secret, SqlPoll, TlsClient};
use oneroof_config::{Period, Size};
use oneroof_transport::SqlPollSource;
use serde_json::{Value, json};

fn config(server: &Postgres) -> SqlPoll {
    let password = server.folder.path().join("ours");
    fs::write(&password, "tiger7").unwrap();
    SqlPoll {
        address: Endpoint {
            host: "localhost".to_owned(),
            port: server.port,
        },
        database: "postgres".to_owned(),
        user: "postgres".to_owned(),
        password: Some(Secret::File(password.display().to_string())),
        query: "SELECT id, at, text FROM calls;".to_owned(),
        cursor: "id".to_owned(),
        start: None,
        batch: 2,
        max_bytes: Size(100_000),
        every: Period(Duration::from_millis(20)),
        statement_timeout: Period::secs(5),
        cursor_file: None,
        reconnect_max: Period(Duration::from_millis(200)),
        tls: None,
    }
}

fn source(config: SqlPoll) -> SqlPollSource {
    SqlPollSource::new(config).unwrap()
}

const CALLS: &str = "CREATE TABLE calls (id bigint, at timestamptz, text text); \
                     INSERT INTO calls VALUES (1, '2026-11-23 02:40:00+02', E'a\\n\"b\"'), (2, NULL, 'two'), \
                     (3, NULL, 'three'), (3, NULL, 'also three'), (NULL, NULL, 'never');";

/// The rows of one batch.
fn rows(bytes: &[u8]) -> Vec<Value> {
    let lines = bytes.split(|b| *b == b'\n').filter(|l| !l.is_empty());
    lines.map(|l| serde_json::from_slice(l).unwrap()).collect()
}

#[tokio::test]
async fn rows_come_as_json_in_the_order_of_the_cursor_and_equal_ones_are_not_parted() {
    let Some(server) = Postgres::start(&[]).await else {
        return;
    };
    let admin = server.admin().await;
    admin.batch_execute(CALLS).await.unwrap();
    let file = server.folder.path().join("cursor");
    let config = || SqlPoll {
        cursor_file: Some(file.display().to_string()),
        ..config(&server)
    };
    let mut run = start(source(config()), 16);
    let first = rows(&run.whole(2, 0).await.1);
    assert_eq!(
        first,
        [
            json!({"id": 1, "at": "2026-11-23T00:40:00+00:00", "text": "a\n\"b\""}),
            json!({"id": 2, "at": null, "text": "two"}),
        ]
    );
    let second = rows(&run.whole(2, 0).await.1);
    let texts: Vec<&Value> = second.iter().map(|r| &r["text"]).collect();
    assert_eq!(texts.len(), 2);
    assert!(texts.contains(&&json!("three")) && texts.contains(&&json!("also three")));
    until("the cursor has moved", || {
        fs::read_to_string(&file).is_ok_and(|t| t == "3")
    })
    .await;
    run.end().await;
    let mut run = start(source(config()), 16);
    admin
        .batch_execute("INSERT INTO calls VALUES (4, NULL, 'four')")
        .await
        .unwrap();
    let third = rows(&run.whole(1, 0).await.1);
    assert_eq!(third, [json!({"id": 4, "at": null, "text": "four"})]);
    run.end().await;
}

#[tokio::test]
async fn a_cursor_may_be_a_time_and_begin_where_it_is_told() {
    let Some(server) = Postgres::start(&[]).await else {
        return;
    };
    let admin = server.admin().await;
    let made = "CREATE TABLE t (\"When\" timestamptz, n int); INSERT INTO t VALUES \
                ('2026-11-23 02:00:00.000001Z', 1), ('2026-11-23 02:00:00.000002Z', 2), ('2026-11-23 03:00Z', 3)";
    admin.batch_execute(made).await.unwrap();
    let config = SqlPoll {
        query: "SELECT * FROM t -- all of it".to_owned(),
        cursor: "When".to_owned(),
        start: Some("2026-11-23T02:00:00.000001Z".to_owned()),
        batch: 1,
        ..config(&server)
    };
    let mut run = start(source(config), 16);
    for expected in [2, 3] {
        assert_eq!(rows(&run.whole(1, 0).await.1)[0]["n"], expected);
    }
    run.end().await;
}

#[tokio::test]
async fn a_server_that_is_ended_is_asked_again_from_the_last_cursor() {
    let Some(mut server) = Postgres::start(&[]).await else {
        return;
    };
    let admin = server.admin().await;
    admin.batch_execute(CALLS).await.unwrap();
    let mut run = start(source(config(&server)), 16);
    run.whole(2, 0).await;
    run.whole(2, 0).await;
    server.stop();
    run.error().await;
    server.again().await;
    let admin = server.admin().await;
    let more = "INSERT INTO calls VALUES (9, NULL, 'nine')";
    admin.batch_execute(more).await.unwrap();
    let rows = rows(&run.whole(1, 0).await.1);
    assert_eq!(rows, [json!({"id": 9, "at": null, "text": "nine"})]);
    run.end().await;
}

#[tokio::test]
async fn what_goes_wrong_is_said_by_its_code_and_nothing_can_be_written() {
    let Some(server) = Postgres::start(&[]).await else {
        return;
    };
    let admin = server.admin().await;
    let made = "CREATE TABLE calls (id int); CREATE FUNCTION add() RETURNS int LANGUAGE sql AS \
                'INSERT INTO calls VALUES (1) RETURNING id'";
    admin.batch_execute(made).await.unwrap();
    let wrong = server.folder.path().join("wrong");
    fs::write(&wrong, "wrong").unwrap();
    let cases = [
        (
            "sql.query",
            SqlPoll {
                query: "SELECT * FROM gone".to_owned(),
                ..config(&server)
            },
        ),
        (
            "sql.query",
            SqlPoll {
                query: "SELECT 1 AS id) AS x; DROP TABLE calls; --".to_owned(),
                ..config(&server)
            },
        ),
        (
            "sql.read_only",
            SqlPoll {
                query: "SELECT add() AS id".to_owned(),
                ..config(&server)
            },
        ),
        (
            "sql.timeout",
            SqlPoll {
                query: "SELECT 1 AS id FROM pg_sleep(10)".to_owned(),
                statement_timeout: Period(Duration::from_millis(50)),
                ..config(&server)
            },
        ),
        (
            "sql.not_authorised",
            SqlPoll {
                password: Some(Secret::File(wrong.display().to_string())),
                ..config(&server)
            },
        ),
    ];
    for (code, config) in cases {
        let query = config.query.clone();
        let mut run = start(source(config), 16);
        assert_eq!(run.error().await, code, "{query}");
        run.end().await;
    }
    let left = admin.query_one("SELECT count(*) FROM calls", &[]).await;
    assert_eq!(left.unwrap().get::<_, i64>(0), 0);
}

#[tokio::test]
async fn a_server_with_tls_is_spoken_to_with_tls_and_one_without_is_left() {
    let (authority, other) = (Authority::new(), Authority::new());
    let pair = authority.sign("server", "localhost", Valid::Now);
    owned(authority.folder.path());
    Command::new("chmod")
        .arg("600")
        .arg(&pair.key.0)
        .status()
        .unwrap();
    let settings = [
        "ssl=on".to_owned(),
        format!("ssl_cert_file={}", pair.cert.0.display()),
        format!("ssl_key_file={}", pair.key.0.display()),
    ];
    let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
    let Some(server) = Postgres::start(&settings).await else {
        return;
    };
    let made = server.admin().await;
    made.batch_execute(CALLS).await.unwrap();
    let with = |authority: &Authority, server: &Postgres| SqlPoll {
        tls: Some(TlsClient {
            ca: Some(authority.ca.clone()),
            cert: None,
            key: None,
            server_name: None,
        }),
        ..config(server)
    };
    let mut run = start(source(with(&authority, &server)), 16);
    assert_eq!(rows(&run.whole(2, 0).await.1).len(), 2);
    run.end().await;
    let mut run = start(source(with(&other, &server)), 16);
    assert_eq!(run.error().await, "tls.unknown_ca");
    run.end().await;
    let Some(plain) = Postgres::start(&[]).await else {
        return;
    };
    let mut run = start(source(with(&authority, &plain)), 16);
    run.error().await;
    assert!(run.chunks.try_recv().is_err());
    run.end().await;
}
