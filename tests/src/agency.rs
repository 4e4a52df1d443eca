//! Agencies that the server connects to: a TCP peer, and a web page that is polled.

use core::net::SocketAddr;
use core::time::Duration;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::wait::PATIENCE;

/// A receiver that speaks to whoever connects.
#[derive(Debug)]
pub struct Peer {
    /// Where it listens.
    pub address: SocketAddr,
    say: broadcast::Sender<Arc<[u8]>>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Peer {
    /// Listens; port 0 takes a free one.
    pub async fn listen(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let (say, _) = broadcast::channel(1_024);
        let peer = Self {
            address: listener.local_addr().unwrap(),
            say: say.clone(),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
        };
        let (stop, tasks) = (peer.stop.clone(), peer.tasks.clone());
        peer.tasks.spawn(async move {
            loop {
                let accepted = tokio::select! {
                    () = stop.cancelled() => return,
                    accepted = listener.accept() => accepted,
                };
                let (stream, _) = accepted.unwrap();
                let (heard, stop) = (say.subscribe(), stop.clone());
                tasks.spawn(speak(stream, heard, stop));
            }
        });
        peer
    }

    /// Waits until somebody listens, and speaks to all who do.
    pub async fn say(&self, bytes: impl AsRef<[u8]>) {
        let bytes: Arc<[u8]> = bytes.as_ref().into();
        let end = Instant::now() + PATIENCE;
        // An asynchronous closure would not let this run on a task.
        while self.say.send(Arc::clone(&bytes)).is_err() {
            assert!(Instant::now() < end, "nobody listens to the peer");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// How many listen.
    pub fn listeners(&self) -> usize {
        self.say.receiver_count()
    }

    /// Goes away: the listener and all connections.
    pub async fn die(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

async fn speak(
    mut stream: TcpStream,
    mut heard: broadcast::Receiver<Arc<[u8]>>,
    stop: CancellationToken,
) {
    loop {
        let mut said = [0; 16];
        let bytes = tokio::select! {
            () = stop.cancelled() => return,
            bytes = heard.recv() => bytes,
            // Nobody says anything to a receiver: this is the end of the connection.
            _ = stream.read(&mut said) => return,
        };
        let Ok(bytes) = bytes else { return };
        if stream.write_all(&bytes).await.is_err() {
            return;
        }
    }
}

/// What a page is at the moment.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// HTTP status.
    pub status: u16,
    /// `ETag`, with its quotes.
    pub etag: Option<String>,
    /// Body.
    pub body: Vec<u8>,
    /// Further header lines.
    pub headers: Vec<(String, String)>,
}

/// A request that came: path, `If-None-Match`, and the status that was answered.
type Request = (String, Option<String>, u16);

/// A web server with pages that a test changes, and the requests that came.
#[derive(Debug)]
pub struct Shelf {
    /// Where it listens.
    pub address: SocketAddr,
    pages: Arc<Mutex<BTreeMap<String, Page>>>,
    requests: Arc<Mutex<Vec<Request>>>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Shelf {
    /// Starts empty.
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let shelf = Self {
            address: listener.local_addr().unwrap(),
            pages: Arc::default(),
            requests: Arc::default(),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
        };
        let (pages, requests) = (Arc::clone(&shelf.pages), Arc::clone(&shelf.requests));
        let (stop, tasks) = (shelf.stop.clone(), shelf.tasks.clone());
        shelf.tasks.spawn(async move {
            loop {
                let accepted = tokio::select! {
                    () = stop.cancelled() => return,
                    accepted = listener.accept() => accepted,
                };
                let (stream, _) = accepted.unwrap();
                let (pages, requests) = (Arc::clone(&pages), Arc::clone(&requests));
                let stop = stop.clone();
                tasks.spawn(async move {
                    tokio::select! {
                        () = stop.cancelled() => {}
                        () = serve(stream, &pages, &requests) => {}
                    }
                });
            }
        });
        shelf
    }

    /// Puts a page on the shelf.
    pub fn put(&self, path: &str, page: Page) {
        self.pages.lock().unwrap().insert(path.to_owned(), page);
    }

    /// Statuses that were answered to requests for a path, with what they asked not to get again.
    pub fn asked(&self, path: &str) -> Vec<(Option<String>, u16)> {
        let requests = self.requests.lock().unwrap();
        let of_path = requests.iter().filter(|(p, _, _)| p == path);
        of_path
            .map(|(_, known, status)| (known.clone(), *status))
            .collect()
    }
}

impl Drop for Shelf {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// One request a connection; that is all that a poll needs.
async fn serve(
    mut stream: TcpStream,
    pages: &Mutex<BTreeMap<String, Page>>,
    requests: &Mutex<Vec<Request>>,
) {
    let mut head = Vec::new();
    let mut buffer = [0; 4096];
    while !head.windows(4).any(|w| w == b"\r\n\r\n") {
        match stream.read(&mut buffer).await {
            Ok(n) if n > 0 => head.extend_from_slice(&buffer[..n]),
            _ => return,
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let path = head
        .split_whitespace()
        .nth(1)
        .unwrap_or_default()
        .to_owned();
    let known = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("if-none-match")
            .then(|| value.to_owned())
    });
    let page = pages.lock().unwrap().get(&path).cloned();
    let mut page = page.unwrap_or(Page {
        status: 404,
        ..Page::default()
    });
    if page.etag.is_some() && page.etag == known {
        page.status = 304;
        page.body.clear();
    }
    let mut answer = format!("HTTP/1.1 {} Page\r\nConnection: close\r\n", page.status);
    if page.status != 304 {
        write!(answer, "Content-Length: {}\r\n", page.body.len()).unwrap();
    }
    if let Some(etag) = &page.etag {
        write!(answer, "ETag: {etag}\r\n").unwrap();
    }
    for (name, value) in &page.headers {
        write!(answer, "{name}: {value}\r\n").unwrap();
    }
    let bytes = [answer.as_bytes(), b"\r\n", &page.body].concat();
    requests.lock().unwrap().push((path, known, page.status));
    // Who asked may be gone.
    drop(stream.write_all(&bytes).await);
}
