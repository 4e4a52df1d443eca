//! What the tests of sources share: a source on a task, and its chunks with a deadline.

#![allow(dead_code, reason = "each test file uses its part")]

pub mod certs;
pub mod programs;
pub mod servers;

use core::sync::atomic::AtomicU64;
use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::Arc;

use oneroof_config::types::{HttpPoll, HttpUrl, Links};
use oneroof_config::{Period, Size};
use oneroof_ports::{Ack, Chunk, ChunkKind, Source, SourceError, SourceOut, SystemTime, Up};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// Longest wait for anything in a test.
pub const DEADLINE: Duration = Duration::from_secs(20);

/// A source that runs.
pub struct Running {
    pub chunks: mpsc::Receiver<Chunk>,
    pub state: mpsc::Receiver<Result<Up, SourceError>>,
    pub lost: Arc<AtomicU64>,
    pub stop: CancellationToken,
    pub task: JoinHandle<Result<(), SourceError>>,
}

/// Starts a source with room for so many chunks.
pub fn start(source: impl Source + 'static, room: usize) -> Running {
    let (chunks_to, chunks) = mpsc::channel(room);
    let (state_to, state) = mpsc::channel(64);
    let lost = Arc::new(AtomicU64::new(0));
    let stop = CancellationToken::new();
    let out = SourceOut {
        chunks: chunks_to,
        state: state_to,
        lost: Arc::clone(&lost),
        clock: Arc::new(SystemTime),
    };
    let task = {
        let stop = stop.clone();
        tokio::task::spawn(async move { source.run(out, stop).await })
    };
    Running {
        chunks,
        state,
        lost,
        stop,
        task,
    }
}

impl Running {
    pub async fn chunk(&mut self) -> Chunk {
        timeout(DEADLINE, self.chunks.recv())
            .await
            .expect("a chunk in time")
            .expect("a chunk")
    }

    pub async fn state(&mut self) -> Result<String, SourceError> {
        self.said().await.map(|up| up.address)
    }

    /// What it says next.
    pub async fn said(&mut self) -> Result<Up, SourceError> {
        timeout(DEADLINE, self.state.recv())
            .await
            .expect("a state in time")
            .expect("a state")
    }

    /// The address that the source says it is up at.
    pub async fn up(&mut self) -> String {
        loop {
            if let Ok(address) = self.state().await {
                return address;
            }
        }
    }

    /// The code of the next error that it says.
    pub async fn error(&mut self) -> &'static str {
        loop {
            if let Err(error) = self.state().await {
                return error.code;
            }
        }
    }

    pub async fn open(&mut self) -> u64 {
        let chunk = self.chunk().await;
        assert_eq!(chunk.kind, ChunkKind::Open);
        chunk.conn
    }

    /// Everything of one connection up to its close, which is answered as durable.
    pub async fn whole(&mut self, taken: u64, quarantined: u64) -> (String, Vec<u8>) {
        self.open().await;
        let mut bytes = Vec::new();
        loop {
            let chunk = self.chunk().await;
            match chunk.kind {
                ChunkKind::Data(data) => bytes.extend(data),
                ChunkKind::Close => {
                    if let Some(ack) = chunk.ack {
                        ack.send(Ack::Durable {
                            taken,
                            quarantined,
                            links: Vec::new(),
                        })
                        .unwrap();
                    }
                    return (chunk.peer.to_string(), bytes);
                }
                other => panic!("unexpected {other:?}"),
            }
        }
    }

    /// Topic and text of the next message of a broker whose topics are parted like this, and the chunk for its answer.
    pub async fn message(&mut self, separator: char) -> (String, String, Chunk) {
        let chunk = self.chunk().await;
        let ChunkKind::Message {
            bytes,
            context: Some(context),
        } = &chunk.kind
        else {
            panic!("unexpected {:?}", chunk.kind);
        };
        assert_eq!(context.separator, separator);
        let text = String::from_utf8(bytes.clone()).unwrap();
        (context.topic.to_string(), text, chunk)
    }

    /// Data of a connection until so many bytes have come.
    pub async fn bytes(&mut self, least: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        while bytes.len() < least {
            match self.chunk().await.kind {
                ChunkKind::Data(data) => bytes.extend(data),
                other => panic!("unexpected {other:?} after {} bytes", bytes.len()),
            }
        }
        bytes
    }

    /// Stops it and asserts that it ends well and soon.
    pub async fn end(mut self) {
        self.stop.cancel();
        self.chunks.close();
        timeout(DEADLINE, self.task)
            .await
            .expect("an end in time")
            .unwrap()
            .unwrap();
    }
}

/// The answer to one record that is durable.
pub const DURABLE: Ack = Ack::Durable {
    taken: 1,
    quarantined: 0,
    links: Vec::new(),
};

/// Answers a message as durable. One that came before a break waits for an answer no more.
pub fn durable(chunk: Chunk) {
    chunk.ack.unwrap().send(DURABLE).ok();
}

/// A poll that fetches again after 20 ms, of at most 10 kB.
pub fn http_poll(url: &str) -> HttpPoll {
    HttpPoll {
        url: HttpUrl(url.to_owned()),
        every: Period(Duration::from_millis(20)),
        timeout: Period::secs(10),
        max_bytes: Size(10_000),
        token: None,
        basic: None,
        headers: BTreeMap::new(),
        post: None,
        paging: None,
        links: Links::default(),
        tls: None,
    }
}

/// Waits until something holds.
pub async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    timeout(DEADLINE, async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .unwrap_or_else(|_| panic!("in vain: {what}"));
}
