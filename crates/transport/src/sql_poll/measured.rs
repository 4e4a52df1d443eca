//! A bound on what a server of PostgreSQL may say in one message: the client library collects a message whole, however
//! long the server says that it is.

use core::pin::Pin;
use core::task::{Context, Poll};
use std::io;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes before the content of a message: its kind, and its length in network order, which counts itself (protocol 3.0,
/// "Message Formats").
const HEAD: usize = 5;

/// The length of a message counts itself.
const LENGTH: usize = 4;

/// A stream of messages of which none is longer than allowed.
#[derive(Debug)]
pub(super) struct Measured<S> {
    stream: S,
    most: usize,
    head: [u8; HEAD],
    /// Bytes of the head that have come.
    known: usize,
    /// Bytes of the content that have not come yet.
    left: usize,
}

impl<S> Measured<S> {
    /// A stream at the beginning of a message; none may be longer than `most` bytes.
    pub(super) const fn new(stream: S, most: usize) -> Self {
        Self {
            stream,
            most,
            head: [0; HEAD],
            known: 0,
            left: 0,
        }
    }

    /// Follows the messages in bytes that came.
    fn came(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while let Some((first, rest)) = bytes.split_first() {
            if self.left > 0 {
                let content = self.left.min(bytes.len());
                self.left -= content;
                bytes = bytes.get(content..).unwrap_or_default();
                continue;
            }
            if let Some(place) = self.head.get_mut(self.known) {
                *place = *first;
            }
            self.known += 1;
            bytes = rest;
            if self.known == HEAD {
                self.known = 0;
                let [_, length @ ..] = self.head;
                let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
                if length > self.most {
                    let why = format!("a message of {length} bytes, and {} are allowed", self.most);
                    return Err(io::Error::new(io::ErrorKind::FileTooLarge, why));
                }
                self.left = length.saturating_sub(LENGTH);
            }
        }
        Ok(())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Measured<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        if let Poll::Ready(Ok(())) = read {
            let new = buf.filled().get(before..).unwrap_or_default();
            self.came(new)?;
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Measured<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u8, content: &[u8]) -> Vec<u8> {
        let length = u32::try_from(content.len() + LENGTH).unwrap();
        [&[kind][..], &length.to_be_bytes(), content].concat()
    }

    #[test]
    fn messages_within_the_bound_pass_however_they_are_cut() {
        let whole = [
            message(b'R', &[0; 4]),
            message(b'D', &[7; 100]),
            message(b'Z', b""),
        ]
        .concat();
        for cut in 1..whole.len() {
            let mut measured = Measured::new((), 104);
            for part in whole.chunks(cut) {
                measured.came(part).unwrap();
            }
            assert_eq!(
                (measured.known, measured.left),
                (0, 0),
                "in pieces of {cut}"
            );
        }
    }

    #[test]
    fn a_message_beyond_the_bound_is_an_error_as_soon_as_its_length_is_known() {
        let mut measured = Measured::new((), 104);
        let long = message(b'D', &[7; 101]);
        measured.came(&long[..4]).unwrap();
        let error = measured.came(&long[4..5]).unwrap_err();
        assert!(error.to_string().contains("105 bytes"), "{error}");
        // A length shorter than itself is none: the library says so.
        let mut measured = Measured::new((), 104);
        measured.came(b"D\0\0\0\0").unwrap();
        assert_eq!(measured.left, 0);
    }
}
