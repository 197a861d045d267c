//! Connections that stand still: a head that never comes whole, an answer that nobody reads.
//!
//! The framework holds the first head of a connection to a deadline, and no other: a second one that stops after its first
//! byte, and a client that does not read what it asked for, would hold their connections for ever. So each worker looks at
//! its connections once a second and closes those where nothing has moved for too long. Only that look knows the time: a
//! request costs no timer and no reading of the clock.

use std::cell::{Cell, RefCell};
use std::io::{Error, ErrorKind, Result};
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use actix_http::Extensions;
use actix_web::dev::ServiceRequest;
use actix_web::rt;
use actix_web::rt::net::TcpStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Time for a head to arrive; a phone on a bad network needs less than a second.
pub const HEAD_DEADLINE: Duration = Duration::from_secs(5);

/// How long a connection is kept for its next request, from the last byte that was sent; the framework would count from
/// when it has the answer in a buffer of its own, read or not.
const KEEP_ALIVE: Duration = Duration::from_secs(5);

/// Time in which a client must read something of what waits for it. The kernel asks for more only when a third of its
/// buffer is free, which takes a phone on an old network up to half of that.
const READ_DEADLINE: Duration = Duration::from_secs(40);

/// Writes in vain between two looks before a connection is ended at once: a client that sends requests without reading the
/// answers can have the framework try again without pause.
const MOST_TRIES: u32 = 2_000;

/// Bytes after which the requests that stand in them come first: all of them are taken apart at once and wait in a queue,
/// each in many times its size.
const MOST_READ: usize = 8 * 1024;

/// Bytes that are read from a client after the last answer, so that it can read that answer.
const MOST_DISCARDED: usize = 16 * 1024 * 1024;

/// How often connections are looked at.
const LOOK: Duration = Duration::from_secs(1);

/// A client's connection, which ends when it stands still.
pub struct Connection {
    stream: TcpStream,
    watch: Rc<Watch>,
}

/// How one connection moves.
#[derive(Default)]
struct Watch {
    /// Requests that are being answered.
    answering: Cell<u32>,
    /// Whether the client has yet to read before more can be sent.
    unread: Cell<bool>,
    /// Writes in vain since the last look.
    tries: Cell<u32>,
    /// Bytes read since the task was last told to wait.
    read: Cell<usize>,
    /// Whether the task asked for more to read while its client did not.
    withheld: Cell<bool>,
    /// Whether anything was read since the last answer: the next head has begun.
    begun: Cell<bool>,
    /// Looks since it moved: since it was sent something, or since the next head began.
    still: Cell<u64>,
    /// Whether the sending side has ended.
    ended: Cell<bool>,
    /// Bytes read after that.
    discarded: Cell<usize>,
    /// It stood still for too long.
    over: Cell<bool>,
    /// Of the task that serves it.
    waker: RefCell<Option<Waker>>,
}

/// What one worker looks at.
#[derive(Default)]
struct Watches {
    all: Vec<Weak<Watch>>,
    are_looked_at: bool,
}

thread_local! {
    static WATCHES: RefCell<Watches> = RefCell::default();
}

impl Connection {
    /// Watches `stream` for as long as it lasts; called on the thread that serves it.
    pub fn watched(stream: TcpStream) -> Connection {
        let watch = Rc::new(Watch::default());
        let first = WATCHES.with_borrow_mut(|watches| {
            watches.all.push(Rc::downgrade(&watch));
            !std::mem::replace(&mut watches.are_looked_at, true)
        });
        if first {
            rt::spawn(look());
        }
        Connection { stream, watch }
    }

    /// Makes the watch known to the requests of the connection, for [`Answering::begin`].
    pub fn attach_watch(&self, requests: &mut Extensions) {
        requests.insert(Rc::clone(&self.watch));
    }
}

/// Looks until there are no connections left.
async fn look() {
    loop {
        rt::time::sleep(LOOK).await;
        let is_needed = WATCHES.with_borrow_mut(|watches| {
            watches
                .all
                .retain(|watch| watch.upgrade().inspect(|watch| watch.look()).is_some());
            watches.are_looked_at = !watches.all.is_empty();
            watches.are_looked_at
        });
        if !is_needed {
            return;
        }
    }
}

impl Watch {
    fn look(&self) {
        self.tries.set(0);
        let patience = match (self.unread.get(), self.answering.get()) {
            (true, _) => READ_DEADLINE,
            // The body has a deadline of its own.
            (false, 1..) => return self.still.set(0),
            (false, 0) if self.begun.get() => HEAD_DEADLINE,
            (false, 0) => KEEP_ALIVE,
        };
        let still = self.still.get().saturating_add(1);
        self.still.set(still);
        if still > patience.as_secs() / LOOK.as_secs() {
            self.over.set(true);
            if let Some(waker) = self.waker.take() {
                waker.wake();
            }
        }
    }

    /// Has the task called when it is over. It is the same task every time, so that this is done once.
    fn call(&self, context: &Context<'_>) {
        let mut waker = self.waker.borrow_mut();
        match waker.as_mut() {
            Some(waker) => waker.clone_from(context.waker()),
            None => *waker = Some(context.waker().clone()),
        }
    }
}

impl AsyncRead for Connection {
    /// The end of the connection once it stood still: the framework then ends it in good order.
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        if self.watch.over.get() {
            return Poll::Ready(Ok(()));
        }
        // Who does not read is not read from.
        if self.watch.unread.get() {
            self.watch.withheld.set(true);
            self.watch.call(context);
            return Poll::Pending;
        }
        if self.watch.read.get() >= MOST_READ {
            self.watch.read.set(0);
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if read.is_pending() {
            self.watch.read.set(0);
            self.watch.call(context);
            return read;
        }
        let n = buffer.filled().len() - before;
        self.watch.read.set(self.watch.read.get() + n);
        if n > 0 && !self.watch.begun.replace(true) {
            self.watch.still.set(0);
        }
        read
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize>> {
        if self.watch.over.get() {
            return Poll::Ready(Err(Error::new(
                ErrorKind::TimedOut,
                "the client does not read",
            )));
        }
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.watch.unread.set(written.is_pending());
        if written.is_pending() {
            self.watch.call(context);
            self.watch
                .tries
                .set(self.watch.tries.get().saturating_add(1));
            self.watch.over.set(self.watch.tries.get() > MOST_TRIES);
        } else {
            self.watch.still.set(0);
            self.watch.begun.set(false);
            if self.watch.withheld.replace(false) {
                context.waker().wake_by_ref();
            }
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    /// Ends the sending side, then reads what the client still sends and throws it away, up to a
    /// limit: closing a socket with unread bytes resets the connection, and the client would lose the
    /// answer to a body that was too large.
    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        if !self.watch.ended.get() {
            std::task::ready!(Pin::new(&mut self.stream).poll_shutdown(context))?;
            self.watch.ended.set(true);
        }
        let mut room = [0; 8 * 1024];
        while self.watch.discarded.get() < MOST_DISCARDED {
            let mut buffer = ReadBuf::new(&mut room);
            let read = Pin::new(&mut self.stream).poll_read(context, &mut buffer);
            match (std::task::ready!(read), buffer.filled().len()) {
                (Err(_), _) | (Ok(()), 0) => break,
                (Ok(()), n) => self.watch.discarded.set(self.watch.discarded.get() + n),
            }
        }
        Poll::Ready(Ok(()))
    }
}

/// While it lives, a request of its connection is being answered: the connection does not stand still.
pub struct Answering(Rc<Watch>);

impl Answering {
    /// None for a request without a connection, as unit tests make them.
    pub fn begin(request: &ServiceRequest) -> Option<Answering> {
        let watch = request.conn_data::<Rc<Watch>>()?;
        watch.answering.set(watch.answering.get().saturating_add(1));
        watch.still.set(0);
        Some(Answering(Rc::clone(watch)))
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0
            .answering
            .set(self.0.answering.get().saturating_sub(1));
    }
}
