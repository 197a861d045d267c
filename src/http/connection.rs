//! Closes connections that make no progress: a request head that never becomes complete, or an
//! answer that the client does not read.
//!
//! The framework has a deadline only for the first head of a connection. A later head that stops
//! after its first byte, or a client that does not read its answer, would keep the connection open
//! without limit. So each worker checks its connections once a second and closes those that made no
//! progress for too long. Only this check uses the clock: a request needs no timer.

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

/// How long a connection is kept open for its next request, from the last byte that was sent. The
/// framework would count from the moment when the answer is in its own buffer, even if nothing of
/// it was sent yet.
const KEEP_ALIVE: Duration = Duration::from_secs(5);

/// Time in which a client must read something. The kernel accepts more to send only when a third of
/// its buffer is free. A phone on an old network takes up to 20 seconds for that.
const READ_DEADLINE: Duration = Duration::from_secs(40);

/// Failed writes between two checks after which a connection is closed at once. A client that sends
/// requests without reading the answers can make the framework try again without a pause.
const MOST_FAILED_WRITES: u32 = 2_000;

/// Bytes to read at once before the requests in them are handled. The framework parses everything
/// it has read and queues the requests, which take many times the memory of their bytes.
const MOST_READ_AT_ONCE: usize = 8 * 1024;

/// Bytes to read and drop after the last answer, so that the client can still read that answer.
const MOST_DISCARDED: usize = 16 * 1024 * 1024;

/// Time between two checks of a connection.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// A client's connection that ends when it makes no progress.
pub struct Connection {
    stream: TcpStream,
    progress: Rc<Progress>,
}

/// The progress of one connection.
#[derive(Default)]
struct Progress {
    /// Number of requests being answered.
    n_answering: Cell<u32>,
    /// Whether the last write failed because the client does not read.
    is_unread: Cell<bool>,
    /// Writes since the last check that failed because the client does not read.
    n_failed_writes: Cell<u32>,
    /// Bytes read since the task last had to wait.
    n_read: Cell<usize>,
    /// Whether the task tried to read while its client did not read.
    read_was_refused: Cell<bool>,
    /// Whether anything was read since the last answer, so that the next head has begun.
    head_has_begun: Cell<bool>,
    /// Checks since the last progress: since something was sent, or since the next head began.
    n_checks: Cell<u64>,
    /// Whether the sending side is closed.
    is_shut_down: Cell<bool>,
    /// Bytes that were read and dropped since then.
    n_discarded: Cell<usize>,
    /// Whether the connection has made no progress for too long.
    has_expired: Cell<bool>,
    /// Wakes the task that serves the connection.
    waker: RefCell<Option<Waker>>,
}

/// The connections of one worker.
#[derive(Default)]
struct Connections {
    all: Vec<Weak<Progress>>,
    /// Whether the task that checks them is running.
    are_checked: bool,
}

thread_local! {
    static CONNECTIONS: RefCell<Connections> = RefCell::default();
}

impl Connection {
    /// Wraps `stream` and registers it for the checks. Called on the thread that serves it.
    pub fn new(stream: TcpStream) -> Connection {
        let progress = Rc::new(Progress::default());
        let were_checked = CONNECTIONS.with_borrow_mut(|connections| {
            connections.all.push(Rc::downgrade(&progress));
            std::mem::replace(&mut connections.are_checked, true)
        });
        if !were_checked {
            rt::spawn(check_connections());
        }
        Connection { stream, progress }
    }

    /// Makes the progress available to the requests of the connection, for [`Answering::begin`].
    pub fn attach_progress(&self, requests: &mut Extensions) {
        requests.insert(Rc::clone(&self.progress));
    }
}

/// Checks the connections of this worker until there are none left.
async fn check_connections() {
    loop {
        rt::time::sleep(CHECK_INTERVAL).await;
        let is_needed = CONNECTIONS.with_borrow_mut(|connections| {
            connections
                .all
                .retain(|progress| progress.upgrade().inspect(|open| open.check()).is_some());
            connections.are_checked = !connections.all.is_empty();
            connections.are_checked
        });
        if !is_needed {
            return;
        }
    }
}

impl Progress {
    /// Ends the connection if it has made no progress for too long.
    fn check(&self) {
        self.n_failed_writes.set(0);
        let deadline = match (self.is_unread.get(), self.n_answering.get()) {
            (true, _) => READ_DEADLINE,
            // The handler is working or the body arrives, which has its own deadline.
            (false, 1..) => return self.n_checks.set(0),
            (false, 0) if self.head_has_begun.get() => HEAD_DEADLINE,
            (false, 0) => KEEP_ALIVE,
        };
        let n_checks = self.n_checks.get().saturating_add(1);
        self.n_checks.set(n_checks);
        if n_checks > deadline.as_secs() / CHECK_INTERVAL.as_secs() {
            self.has_expired.set(true);
            if let Some(waker) = self.waker.take() {
                waker.wake();
            }
        }
    }

    /// Remembers the task of `context`, so that [`Progress::check`] can wake it.
    fn remember_task(&self, context: &Context<'_>) {
        let mut waker = self.waker.borrow_mut();
        match waker.as_mut() {
            // Nearly always the same task: then this copies nothing.
            Some(waker) => waker.clone_from(context.waker()),
            None => *waker = Some(context.waker().clone()),
        }
    }
}

impl AsyncRead for Connection {
    /// Reads nothing, as at the end of the stream, once the connection has expired: then the
    /// framework closes it properly.
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        if self.progress.has_expired.get() {
            return Poll::Ready(Ok(()));
        }
        // Takes no more requests from a client that does not read its answers.
        if self.progress.is_unread.get() {
            self.progress.read_was_refused.set(true);
            self.progress.remember_task(context);
            return Poll::Pending;
        }
        if self.progress.n_read.get() >= MOST_READ_AT_ONCE {
            self.progress.n_read.set(0);
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if read.is_pending() {
            self.progress.n_read.set(0);
            self.progress.remember_task(context);
            return read;
        }
        let n = buffer.filled().len() - before;
        self.progress.n_read.set(self.progress.n_read.get() + n);
        if n > 0 && !self.progress.head_has_begun.replace(true) {
            self.progress.n_checks.set(0);
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
        if self.progress.has_expired.get() {
            return Poll::Ready(Err(Error::new(
                ErrorKind::TimedOut,
                "the client does not read",
            )));
        }
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        let progress = &self.progress;
        progress.is_unread.set(written.is_pending());
        if written.is_pending() {
            progress.remember_task(context);
            let n_failed = progress.n_failed_writes.get().saturating_add(1);
            progress.n_failed_writes.set(n_failed);
            progress.has_expired.set(n_failed > MOST_FAILED_WRITES);
        } else {
            progress.n_checks.set(0);
            progress.head_has_begun.set(false);
            if progress.read_was_refused.replace(false) {
                context.waker().wake_by_ref();
            }
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    /// Closes the sending side, then reads what the client still sends and drops it, up to a limit.
    /// Closing a socket with unread bytes resets the connection, and the client would lose the
    /// answer to a body that was too large.
    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        if !self.progress.is_shut_down.get() {
            std::task::ready!(Pin::new(&mut self.stream).poll_shutdown(context))?;
            self.progress.is_shut_down.set(true);
        }
        let mut room = [0; 8 * 1024];
        while self.progress.n_discarded.get() < MOST_DISCARDED {
            let mut buffer = ReadBuf::new(&mut room);
            let read = Pin::new(&mut self.stream).poll_read(context, &mut buffer);
            match (std::task::ready!(read), buffer.filled().len()) {
                (Err(_), _) | (Ok(()), 0) => break,
                (Ok(()), n) => {
                    let n_discarded = self.progress.n_discarded.get() + n;
                    self.progress.n_discarded.set(n_discarded);
                }
            }
        }
        Poll::Ready(Ok(()))
    }
}

/// Marks a request as being answered for as long as this value lives, so that its connection does
/// not expire in the meantime.
pub struct Answering(Rc<Progress>);

impl Answering {
    /// Marks `request`. `None` for a request without a connection, as unit tests make them.
    pub fn begin(request: &ServiceRequest) -> Option<Answering> {
        let progress = request.conn_data::<Rc<Progress>>()?;
        let n_answering = progress.n_answering.get().saturating_add(1);
        progress.n_answering.set(n_answering);
        progress.n_checks.set(0);
        Some(Answering(Rc::clone(progress)))
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        let n_answering = self.0.n_answering.get().saturating_sub(1);
        self.0.n_answering.set(n_answering);
    }
}
