//! A TAK client: connects to a listener as ATAK does to a server, agrees on a version or stays with XML, and remembers
//! what it is told. It is made of this workspace's own reading and writing; programs of others are asked in
//! `tests/tak_peers.rs`.

use std::sync::Arc;

use oneroof_feeds::formats::cot::{Element, Event, EventReader, PONG, TakMessage, ping, xml};
use oneroof_model::Time;
use oneroof_tak::{Received, Role, Session};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_util::either::Either;

use crate::certs::{Authority, Pair};
use crate::say::now;
use crate::wait::PATIENCE;

/// Which form a client wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wants {
    /// XML, also where protocol buffers are offered.
    Xml,
    /// Protocol buffers.
    Proto,
}

/// A connected client.
#[derive(Debug)]
pub struct Tak {
    stream: Either<TcpStream, Box<TlsStream<TcpStream>>>,
    session: Session,
    reader: EventReader,
    wants: Wants,
    /// Everything of the world that it was told, oldest first.
    pub told: Vec<Event>,
    /// Signs of life that came.
    pub pongs: usize,
    /// Whether bytes came that begin no XML.
    pub binary: bool,
    /// The server has ended the connection.
    pub ended: bool,
}

impl Tak {
    /// Connects.
    pub async fn connect(port: u16, wants: Wants) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        Self::over(Either::Left(stream), wants)
    }

    /// Connects with TLS to a server that `authority` has signed, with a certificate or without one. `Err` where the
    /// handshake fails; with TLS 1.3 a server may refuse a certificate only after it.
    pub async fn connect_tls(
        port: u16,
        authority: &Authority,
        own: Option<&Pair>,
    ) -> std::io::Result<Self> {
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_file(&authority.ca.0).unwrap())
            .unwrap();
        let builder = ClientConfig::builder().with_root_certificates(roots);
        let config = match own {
            None => builder.with_no_client_auth(),
            Some(pair) => {
                let chain = vec![CertificateDer::from_pem_file(&pair.cert.0).unwrap()];
                let key = PrivateKeyDer::from_pem_file(&pair.key.0).unwrap();
                builder.with_client_auth_cert(chain, key).unwrap()
            }
        };
        let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let connector = TlsConnector::from(Arc::new(config));
        let stream = connector.connect(name, stream).await?;
        Ok(Self::over(Either::Right(Box::new(stream)), Wants::Proto))
    }

    fn over(stream: Either<TcpStream, Box<TlsStream<TcpStream>>>, wants: Wants) -> Self {
        let mut nothing = Vec::new();
        Self {
            stream,
            session: Session::open(Role::Client, "test-client", now(), &mut nothing),
            reader: EventReader::default(),
            wants,
            told: Vec::new(),
            pongs: 0,
            binary: false,
            ended: false,
        }
    }

    /// Says an event in the form of the moment.
    pub async fn say(&mut self, event: Event) {
        let mut bytes = Vec::new();
        match self.session.form() {
            Some(oneroof_feeds::formats::cot::Form::Proto) => {
                TakMessage::of(event).write_stream(&mut bytes);
            }
            _ => xml::write_stream(&event, &mut bytes),
        }
        self.say_raw(&bytes).await;
    }

    /// Says anything; a server that is gone is no fault.
    pub async fn say_raw(&mut self, bytes: &[u8]) {
        drop(self.stream.write_all(bytes).await);
    }

    /// Asks for a sign of life, and waits for it: all that was on its way before has come then.
    pub async fn ping(&mut self) {
        let before = self.pongs;
        self.say(ping("test-client", now())).await;
        self.until("the pong", |s| s.pongs > before).await;
    }

    /// Listens until something holds.
    ///
    /// # Panics
    /// Where that takes too long, or the server ends the connection before.
    pub async fn until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        let end = Instant::now() + PATIENCE;
        let mut buffer = vec![0; 16 * 1024];
        while !holds(self) {
            let read = timeout_at(end, self.stream.read(&mut buffer)).await;
            let n = read
                .unwrap_or_else(|_| panic!("not in time: {what}; told {:#?}", self.told))
                .unwrap_or(0);
            self.ended = n == 0;
            self.took(&buffer[..n]).await;
            assert!(!self.ended || holds(self), "ended before: {what}");
        }
    }

    async fn took(&mut self, bytes: &[u8]) {
        // The lead byte of a message on a stream; in text it is no beginning of a character.
        self.binary |= bytes.contains(&0xbf) && core::str::from_utf8(bytes).is_err();
        let mut came = Vec::new();
        self.reader.push(bytes, |event| came.push(event));
        let mut answers = Vec::new();
        for event in came {
            self.pongs += usize::from(event.kind == PONG);
            let offer = event.is_a("t-x-takp-v") && self.wants == Wants::Xml;
            if !offer && self.session.received(&event, now(), &mut answers) == Received::OfWorld {
                self.told.push(event);
            }
        }
        self.say_raw(&answers).await;
    }

    /// The newest that was told under a uid.
    pub fn newest(&self, uid: &str) -> Option<&Event> {
        self.told.iter().rev().find(|event| event.uid == uid)
    }

    /// Whether a uid was withdrawn.
    pub fn withdrawn(&self, uid: &str) -> bool {
        let of_uid = |link: &Element| link.name == "link" && link.filled("uid") == Some(uid);
        let withdraws = |event: &Event| event.kind == "t-x-d-d" && event.details().any(of_uid);
        self.told.iter().any(withdraws)
    }
}

/// A client's word of itself.
pub fn self_report(uid: &str, callsign: &str, at: (f64, f64), time: Time) -> Event {
    let mut event = Event::new(uid, "a-f-G-U-C", "m-g", time, time.plus_secs(120));
    (event.point.lat, event.point.lon) = at;
    event.point.ce = 9.5;
    let contact = Element::new("contact").with("callsign", callsign);
    event.push_detail(contact.with("endpoint", "*:-1:stcp"));
    let takv = Element::new("takv").with("platform", "test");
    event.push_detail(takv.with("version", "1"));
    event
}
