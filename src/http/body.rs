//! Reading bodies: how large, how slow, and how much memory all of them together may take.

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
    /// Larger than allowed.
    TooLarge,
    /// Not complete before the deadline.
    TooSlow,
    /// The connection broke.
    Broken,
    /// More large ones at once than one sender may send.
    TooMany,
}

impl std::fmt::Display for BodyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            BodyError::TooLarge => "The body is too large.",
            BodyError::TooSlow => "The body did not arrive in time.",
            BodyError::Broken => "The body did not arrive whole.",
            BodyError::TooMany => {
                "Too many large bodies come from your network at once. Send the same again later."
            }
        })
    }
}

impl BodyError {
    /// The status that says so.
    pub fn status(self) -> StatusCode {
        match self {
            BodyError::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            BodyError::TooSlow => StatusCode::REQUEST_TIMEOUT,
            BodyError::Broken => StatusCode::BAD_REQUEST,
            BodyError::TooMany => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// What bodies of one kind may cost.
pub struct Bodies {
    /// Largest, bytes.
    limit: usize,
    /// Time for one to arrive, in which it also waits for its room.
    deadline: Duration,
    /// KiB for those that are larger than [`SMALL`], all together.
    room: Semaphore,
    /// KiB that one sender may hold of it, and what each holds.
    share: usize,
    held: Mutex<HashMap<IpAddr, usize>>,
}

/// Bytes that any connection may send at once: every form that a person fills in. Larger bodies, and those that do not say
/// how large they are, share a room, so that senders who stop just below the limit, on as many connections as the server
/// takes, cost it little.
const SMALL: usize = 8 * 1024;

impl Bodies {
    /// Bodies of at most `limit` bytes that arrive within `deadline`; the large ones together take at most `room` bytes,
    /// and those of one sender a quarter of that.
    pub fn new(limit: usize, deadline: Duration, room: usize) -> Bodies {
        let (limit_kib, room) = (limit.div_ceil(1024), room.div_ceil(1024));
        Bodies {
            limit,
            deadline,
            room: Semaphore::new(room.max(limit_kib)),
            share: (room / 4).max(limit_kib),
            held: Mutex::default(),
        }
    }

    /// Reads a whole body. One that announces more than the limit is refused unread; `sender` is asked for a large one only,
    /// and gives none where one sender cannot be told from another.
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
            let room = match most > SMALL {
                true => Some(self.room(most.div_ceil(1024), sender()).await?),
                false => None,
            };
            let whole = whole(payload, most).await?;
            Ok(Body { whole, _room: room })
        };
        tokio::time::timeout(self.deadline, read)
            .await
            .map_err(|_| BodyError::TooSlow)?
    }

    /// Room for `kib`, first come, first served.
    async fn room(&self, kib: usize, sender: Option<IpAddr>) -> Result<Room<'_>, BodyError> {
        let mut room = Room {
            bodies: self,
            sender: None,
            kib,
            _permit: None,
        };
        if let Some(sender) = sender
            && let Ok(mut held) = self.held.lock()
        {
            let of = held.entry(sender).or_default();
            if *of + kib > self.share {
                return Err(BodyError::TooMany);
            }
            *of += kib;
            room.sender = Some(sender);
        }
        let permits = u32::try_from(kib).unwrap_or(u32::MAX);
        room._permit = self.room.acquire_many(permits).await.ok();
        Ok(room)
    }
}

/// The whole body of at most `most` bytes; what comes in one piece, as nearly every form does, is not copied.
async fn whole(mut payload: Payload, most: usize) -> Result<Bytes, BodyError> {
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
        // At once: a vector that doubles holds three times as much in between.
        pieces.reserve_exact(most.saturating_sub(pieces.len()));
        pieces.extend_from_slice(&std::mem::take(&mut whole));
        pieces.extend_from_slice(&piece);
    }
    Ok(match pieces.is_empty() {
        true => whole,
        false => pieces.into(),
    })
}

/// A place in the room; given back when dropped.
struct Room<'a> {
    bodies: &'a Bodies,
    sender: Option<IpAddr>,
    kib: usize,
    _permit: Option<SemaphorePermit<'a>>,
}

impl Drop for Room<'_> {
    fn drop(&mut self) {
        if let Some(sender) = self.sender
            && let Ok(mut held) = self.bodies.held.lock()
            && let Some(of) = held.get_mut(&sender)
        {
            *of = of.saturating_sub(self.kib);
            if *of == 0 {
                held.remove(&sender);
            }
        }
    }
}

/// The rest of a chunked body that no one has read, kept until the answer is sent: then the framework closes the
/// connection. Without it the framework reads on, as much and as long as the sender likes to send.
pub struct Unread(Rc<RefCell<dev::Payload>>);

impl Unread {
    /// Keeps the body of `request` beside those who read it; none if it says how long it is, which the framework minds.
    pub fn keep(request: &mut ServiceRequest) -> Option<Unread> {
        if !request.chunked().unwrap_or(true) {
            return None;
        }
        let payload = Rc::new(RefCell::new(request.take_payload()));
        let stream: Pin<Box<dyn Stream<Item = Result<Bytes, PayloadError>>>> =
            Box::pin(Shared(Rc::clone(&payload)));
        request.set_payload(stream.into());
        Some(Unread(payload))
    }

    /// `answer`, which keeps it until all is sent.
    pub fn until_sent(self, answer: BoxBody) -> BoxBody {
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

/// A body that someone else keeps too.
struct Shared(Rc<RefCell<dev::Payload>>);

impl Stream for Shared {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut *self.0.borrow_mut()).poll_next(context)
    }
}

/// A body that was read whole; its room is free again when it is dropped.
pub struct Body<'a> {
    whole: Bytes,
    _room: Option<Room<'a>>,
}

impl Deref for Body<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.whole
    }
}

#[cfg(test)]
mod tests {
    use actix_web::FromRequest;
    use actix_web::test::TestRequest;

    use super::*;

    /// A body of spaces, from a sender of its own.
    async fn read(bodies: &Bodies, bytes: usize, sender: u8) -> Result<Body<'_>, BodyError> {
        let (request, mut payload) = TestRequest::post()
            .insert_header((header::CONTENT_LENGTH, bytes))
            .set_payload(vec![b' '; bytes])
            .to_http_parts();
        let payload = Payload::from_request(&request, &mut payload).await.unwrap();
        bodies
            .read(&request, payload, || {
                Some(IpAddr::from([203, 0, 113, sender]))
            })
            .await
    }

    #[actix_web::test]
    async fn one_sender_takes_a_quarter_of_the_room_and_gives_it_back() {
        let bodies = Bodies::new(64 * 1024, Duration::from_millis(50), 1024 * 1024);
        let mut kept = Vec::new();
        for _ in 0..4 {
            kept.push(read(&bodies, 64 * 1024, 1).await.unwrap());
        }
        assert_eq!(
            read(&bodies, 64 * 1024, 1).await.err(),
            Some(BodyError::TooMany)
        );
        assert_eq!(read(&bodies, SMALL, 1).await.unwrap().len(), SMALL);
        for sender in 2..5 {
            for _ in 0..4 {
                kept.push(read(&bodies, 64 * 1024, sender).await.unwrap());
            }
        }
        // All of the room is taken: the next waits until its deadline, what is small does not.
        assert_eq!(
            read(&bodies, 64 * 1024, 5).await.err(),
            Some(BodyError::TooSlow)
        );
        assert_eq!(read(&bodies, SMALL, 5).await.unwrap().len(), SMALL);
        kept.clear();
        assert_eq!(read(&bodies, 64 * 1024, 1).await.unwrap().len(), 64 * 1024);
        assert!(bodies.held.lock().unwrap().is_empty());
    }
}
