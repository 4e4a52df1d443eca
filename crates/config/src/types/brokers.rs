//! Lines that bring messages or rows: WebSocket, MQTT, NATS, a database's view.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::header::HeaderText;
use super::net::Endpoint;
use super::secret::Secret;
use super::tables::word_enum;
use super::tls::TlsClient;
use super::urls::{MqttUrl, NatsUrl, WsUrl};
use super::value_path::ValuePath;
use crate::read::{record, words};
use crate::scalar::{Period, Size};

record! {
    /// WebSocket client (RFC 6455): the centre connects, a message is a record or several whole ones.
    pub struct WebSocket {
        /// Where to.
        url: WsUrl,
        /// Bearer token to show.
        token: Option<Secret> = None,
        /// Headers of the opening request.
        headers: BTreeMap<String, HeaderText> = BTreeMap::new(),
        /// Messages to send after connecting, in order.
        subscribe: Vec<String> = Vec::new(),
        /// How to go on where it was broken off.
        resume: Option<Resume> = None,
        /// How often the peer is asked whether it is there.
        ping_every: Period = Period::secs(20),
        /// A connection on which nothing comes for so long, not even an answer to a ping, is opened again.
        idle_timeout: Period = Period::secs(60),
        /// Largest message.
        max_message: Size = Size(1_000_000),
        /// First wait before connecting again; it doubles each time.
        reconnect_min: Period = Period::secs(1),
        /// Longest wait.
        reconnect_max: Period = Period::secs(60),
        /// TLS of a `wss` address.
        tls: Option<TlsClient> = None,
    }

    /// Going on after the last message that is durable here.
    pub struct Resume {
        /// Where the cursor stands in a message: keys with dots between, `[n]` or `[-1]` in a list.
        path: ValuePath,
        /// Messages to send instead of `subscribe` when a cursor is known; `{cursor}` stands for it.
        subscribe: Vec<String>,
        /// File that keeps the cursor over a restart; without one it is in memory.
        file: Option<String> = None,
    }

    /// MQTT client: the centre subscribes with a broker.
    pub struct Mqtt {
        /// The broker.
        url: MqttUrl,
        /// The name of our session; no other client of the broker may have it.
        client_id: String,
        /// What is subscribed.
        topics: Vec<MqttTopic>,
        /// Version of the protocol.
        version: MqttVersion = MqttVersion::V5,
        /// User to show.
        user: Option<String> = None,
        /// Password to show.
        password: Option<Secret> = None,
        /// Whether the broker forgets what it holds for us when we connect.
        clean_start: bool = false,
        /// For how long the broker keeps what comes while we are away (version 5; in 3.1.1 the broker decides).
        session_expiry: Period = Period::secs(86_400),
        /// Longest silence of ours; the broker and we take the other for gone after one and a half of it.
        keep_alive: Period = Period::secs(30),
        /// Largest message.
        max_message: Size = Size(1_000_000),
        /// Messages that may wait here for the room.
        in_flight: u32 = 100,
        /// Topic on which the agency's gateway (or its last will) says whether it is there.
        status: Option<MqttStatus> = None,
        /// First wait before connecting again; it doubles each time.
        reconnect_min: Period = Period::secs(1),
        /// Longest wait.
        reconnect_max: Period = Period::secs(60),
        /// TLS of an `mqtts` address.
        tls: Option<TlsClient> = None,
    }

    /// One subscription.
    pub struct MqttTopic {
        /// Topic filter, with `+` and `#`.
        topic: String,
        /// Quality of service, 0 to 2.
        qos: u32 = 1,
    }

    /// The health of an agency's gateway.
    pub struct MqttStatus {
        /// Its topic, without wildcards.
        topic: String,
        /// What it says when it is there.
        up: String = "online".to_owned(),
        /// What it, or the broker for it, says when it is not.
        down: String = "offline".to_owned(),
    }

    /// NATS client: a subject, or a stream of JetStream.
    pub struct Nats {
        /// The server.
        url: NatsUrl,
        /// The subject, with `*` and `>`.
        subject: String,
        /// A stream to read durably; without one what is published while we are away is gone.
        jetstream: Option<JetStream> = None,
        /// User to show.
        user: Option<String> = None,
        /// Password to show.
        password: Option<Secret> = None,
        /// Token to show.
        token: Option<Secret> = None,
        /// Content of a credentials file (JWT and seed).
        credentials: Option<Secret> = None,
        /// Largest message.
        max_message: Size = Size(1_000_000),
        /// Messages that may wait here for the room.
        in_flight: u32 = 100,
        /// First wait before connecting again; it doubles each time.
        reconnect_min: Period = Period::secs(1),
        /// Longest wait.
        reconnect_max: Period = Period::secs(60),
        /// TLS; needed with a `tls` address only where its files are ours.
        tls: Option<TlsClient> = None,
    }

    /// A durable pull consumer.
    pub struct JetStream {
        /// The stream.
        stream: String,
        /// The name of the consumer; made where there is none.
        durable: String,
        /// What a new consumer begins with.
        deliver: Deliver = Deliver::All,
        /// A message that is not acknowledged within it comes again.
        ack_wait: Period = Period::secs(30),
    }

    /// A view of an agency's PostgreSQL, asked again and again for what is new.
    pub struct SqlPoll {
        /// The server.
        address: Endpoint,
        /// The database.
        database: String,
        /// User to show; one that may only read the view.
        user: String,
        /// Password to show.
        password: Option<Secret> = None,
        /// A query without an end (`SELECT ... FROM view`); its rows become JSON objects.
        query: String,
        /// The column that only grows.
        cursor: String,
        /// What is before is left out, on the first time; everything is taken where it is missing.
        start: Option<String> = None,
        /// Rows of one question; rows with one value of the cursor are never parted.
        batch: u32 = 500,
        /// Largest answer.
        max_bytes: Size = Size(16_000_000),
        /// How often.
        every: Period = Period::secs(10),
        /// Longest time for one question; the server ends it.
        statement_timeout: Period = Period::secs(10),
        /// File that keeps the cursor over a restart; without one it is in memory.
        cursor_file: Option<String> = None,
        /// Longest wait after failures.
        reconnect_max: Period = Period::secs(60),
        /// TLS; without it the password and the rows can be read on the way.
        tls: Option<TlsClient> = None,
    }
}

word_enum! {
    /// Version of MQTT.
    MqttVersion {
        /// 3.1.1 (ISO/IEC 20922).
        V311 = "3.1.1",
        /// 5.0.
        V5 = "5",
    }
    /// What a new consumer begins with.
    Deliver {
        /// Everything that the stream holds.
        All = "all",
        /// What is published from now on.
        New = "new",
    }
}
