//! Reads bodies within limits of size, time and memory.

use std::cell::RefCell;
use std::collections::HashMap;
use std::net::IpAddr;
use std::ops::Deref;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Mutex;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_http::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{self, ServiceRequest};
use actix_web::error::PayloadError;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Bytes, Payload};
use actix_web::{HttpMessage, HttpRequest};
use futures_util::{Stream, StreamExt};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Why a body was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyError {
    /// It is larger than allowed.
    TooLarge,
    /// It was not complete before the deadline.
    TooSlow,
    /// The connection broke.
    Broken,
    /// The sender sends too many large bodies at once.
    TooMany,
}

impl std::fmt::Display for BodyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            BodyError::TooLarge => "The body is too large.",
            BodyError::TooSlow => "The body did not arrive in time.",
            BodyError::Broken => "The body did not arrive completely.",
            BodyError::TooMany => {
                "Too many large bodies come from your network at once. Send the same body again \
                 later."
            }
        })
    }
}

impl BodyError {
    /// The HTTP status for it.
    pub fn status(self) -> StatusCode {
        match self {
            BodyError::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            BodyError::TooSlow => StatusCode::REQUEST_TIMEOUT,
            BodyError::Broken => StatusCode::BAD_REQUEST,
            BodyError::TooMany => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// Reads the bodies of one kind of request.
pub struct BodyReader {
    /// Most bytes of a body.
    limit: usize,
    /// Time for a body to arrive, including the wait for its memory.
    deadline: Duration,
    /// KiB for all bodies larger than [`SMALL`] together.
    memory: Semaphore,
    /// KiB that one sender may reserve.
    sender_limit: usize,
    /// KiB that each sender has reserved.
    reserved: Mutex<HashMap<IpAddr, usize>>,
}

/// Bytes up to which a body is read without a reservation: more than any form that a person fills
/// in. Larger bodies, and bodies of unknown length, reserve their memory first. So clients that
/// stop just before the end, on as many connections as the server accepts, take little memory.
const SMALL: usize = 8 * 1024;

impl BodyReader {
    /// A reader of bodies of at most `limit` bytes that arrive within `deadline`. All large bodies
    /// together take at most `memory` bytes, those of one sender a quarter of that.
    pub fn new(limit: usize, deadline: Duration, memory: usize) -> BodyReader {
        let (limit_kib, memory) = (limit.div_ceil(1024), memory.div_ceil(1024));
        BodyReader {
            limit,
            deadline,
            memory: Semaphore::new(memory.max(limit_kib)),
            sender_limit: (memory / 4).max(limit_kib),
            reserved: Mutex::default(),
        }
    }

    /// Reads a whole body. A body whose Content-Length is over the limit is refused unread.
    /// `sender` is called for large bodies only; if it returns `None`, the limit for one sender
    /// does not apply.
    ///
    /// # Errors
    /// See [`BodyError`].
    pub async fn read(
        &self,
        request: &HttpRequest,
        payload: Payload,
        sender: impl FnOnce() -> Option<IpAddr>,
    ) -> Result<Body<'_>, BodyError> {
        let announced = request.headers().get(header::CONTENT_LENGTH);
        let announced = announced.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        let most = announced.unwrap_or(self.limit);
        if most > self.limit {
            return Err(BodyError::TooLarge);
        }
        let read = async {
            let reservation = match most > SMALL {
                true => Some(self.reserve(most.div_ceil(1024), sender()).await?),
                false => None,
            };
            Ok(Body {
                bytes: read_to_end(payload, most).await?,
                _reservation: reservation,
            })
        };
        tokio::time::timeout(self.deadline, read)
            .await
            .map_err(|_| BodyError::TooSlow)?
    }

    /// Waits for `kib` KiB of memory, in the order of the calls.
    async fn reserve(
        &self,
        kib: usize,
        sender: Option<IpAddr>,
    ) -> Result<Reservation<'_>, BodyError> {
        let mut reservation = Reservation {
            reader: self,
            sender: None,
            kib,
            _permit: None,
        };
        if let Some(sender) = sender
            && let Ok(mut reserved) = self.reserved.lock()
        {
            let of_sender = reserved.entry(sender).or_default();
            if *of_sender + kib > self.sender_limit {
                return Err(BodyError::TooMany);
            }
            *of_sender += kib;
            reservation.sender = Some(sender);
        }
        let permits = u32::try_from(kib).unwrap_or(u32::MAX);
        reservation._permit = self.memory.acquire_many(permits).await.ok();
        Ok(reservation)
    }
}

/// Reads a body of at most `most` bytes. A body that arrives in one piece, as nearly every form
/// does, is not copied.
async fn read_to_end(mut payload: Payload, most: usize) -> Result<Bytes, BodyError> {
    let mut whole = Bytes::new();
    let mut pieces = Vec::new();
    while let Some(piece) = payload.next().await {
        let piece = piece.map_err(|_| BodyError::Broken)?;
        let length = whole.len() + pieces.len() + piece.len();
        if length > most {
            return Err(BodyError::TooLarge);
        }
        if length == piece.len() {
            whole = piece;
            continue;
        }
        // Reserves everything at once: a vector that doubles takes three times as much in between.
        pieces.reserve_exact(most.saturating_sub(pieces.len()));
        pieces.extend_from_slice(&std::mem::take(&mut whole));
        pieces.extend_from_slice(&piece);
    }
    Ok(match pieces.is_empty() {
        true => whole,
        false => pieces.into(),
    })
}

/// Memory that is reserved until this value is dropped.
struct Reservation<'a> {
    reader: &'a BodyReader,
    sender: Option<IpAddr>,
    kib: usize,
    _permit: Option<SemaphorePermit<'a>>,
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        if let Some(sender) = self.sender
            && let Ok(mut reserved) = self.reader.reserved.lock()
            && let Some(of_sender) = reserved.get_mut(&sender)
        {
            *of_sender = of_sender.saturating_sub(self.kib);
            if *of_sender == 0 {
                reserved.remove(&sender);
            }
        }
    }
}

/// A second owner of a chunked body, which keeps it until the answer is sent.
///
/// If nobody owned the unread rest of such a body, the framework would read it to its end, however
/// long the client sends. With an owner it closes the connection after the answer.
pub struct Unread(Rc<RefCell<dev::Payload>>);

impl Unread {
    /// Shares the body of `request` with its handler. `None` when Content-Length is set; the
    /// framework handles that case itself.
    pub fn share(request: &mut ServiceRequest) -> Option<Unread> {
        if !request.chunked().unwrap_or(true) {
            return None;
        }
        let payload = Rc::new(RefCell::new(request.take_payload()));
        let stream: Pin<Box<dyn Stream<Item = Result<Bytes, PayloadError>>>> =
            Box::pin(Shared(Rc::clone(&payload)));
        request.set_payload(stream.into());
        Some(Unread(payload))
    }

    /// Wraps the body of an answer, so that it owns the unread body until it is sent.
    pub fn keep_until_sent(self, answer: BoxBody) -> BoxBody {
        BoxBody::new(Answer {
            answer,
            _unread: self.0,
        })
    }
}

struct Answer {
    answer: BoxBody,
    _unread: Rc<RefCell<dev::Payload>>,
}

impl MessageBody for Answer {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.answer.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.answer).poll_next(context)
    }
}

/// A body with two owners.
struct Shared(Rc<RefCell<dev::Payload>>);

impl Stream for Shared {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut *self.0.borrow_mut()).poll_next(context)
    }
}

/// A body that was read completely. Its memory is free for other bodies again when it is dropped.
pub struct Body<'a> {
    bytes: Bytes,
    _reservation: Option<Reservation<'a>>,
}

impl Deref for Body<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use actix_web::FromRequest;
    use actix_web::test::TestRequest;

    use super::*;

    /// Reads a body of spaces from the sender with this number.
    async fn read(reader: &BodyReader, bytes: usize, sender: u8) -> Result<Body<'_>, BodyError> {
        let (request, mut payload) = TestRequest::post()
            .insert_header((header::CONTENT_LENGTH, bytes))
            .set_payload(vec![b' '; bytes])
            .to_http_parts();
        let payload = Payload::from_request(&request, &mut payload).await.unwrap();
        reader
            .read(&request, payload, || {
                Some(IpAddr::from([203, 0, 113, sender]))
            })
            .await
    }

    #[actix_web::test]
    async fn one_sender_takes_a_quarter_of_the_memory_and_gives_it_back() {
        let reader = BodyReader::new(64 * 1024, Duration::from_millis(50), 1024 * 1024);
        let mut kept = Vec::new();
        for _ in 0..4 {
            kept.push(read(&reader, 64 * 1024, 1).await.unwrap());
        }
        assert_eq!(
            read(&reader, 64 * 1024, 1).await.err(),
            Some(BodyError::TooMany)
        );
        assert_eq!(read(&reader, SMALL, 1).await.unwrap().len(), SMALL);
        for sender in 2..5 {
            for _ in 0..4 {
                kept.push(read(&reader, 64 * 1024, sender).await.unwrap());
            }
        }
        // All memory is reserved: a large body waits until its deadline, a small one does not.
        assert_eq!(
            read(&reader, 64 * 1024, 5).await.err(),
            Some(BodyError::TooSlow)
        );
        assert_eq!(read(&reader, SMALL, 5).await.unwrap().len(), SMALL);
        kept.clear();
        assert_eq!(read(&reader, 64 * 1024, 1).await.unwrap().len(), 64 * 1024);
        assert!(reader.reserved.lock().unwrap().is_empty());
    }
}
