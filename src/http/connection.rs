//! Closes connections that make no progress: a request head that never becomes complete, or an
//! answer that the client does not read.
//!
//! The framework has a deadline only for the first head of a connection. A later head that stops
//! after its first byte, or a client that does not read its answer, would keep the connection open
//! without limit. So each worker checks its connections once a second and closes those that made no
//! progress for too long. Requests need no timers and do not read the clock.

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

/// Time in which a client must read a part of its answer. The kernel accepts more to send only when
/// a third of its buffer is free. A phone on an old network takes up to 20 seconds for that.
const READ_DEADLINE: Duration = Duration::from_secs(40);

/// Failed writes between two checks after which a connection is closed at once. A client that sends
/// requests without reading the answers can make the framework try again without a pause.
const MOST_FAILED_WRITES: u32 = 2_000;

/// Bytes to read at once before the requests in them are handled. The framework parses everything
/// it has read and queues the requests, which take many times the memory of their bytes.
const MOST_READ_AT_ONCE: usize = 8 * 1024;

/// Bytes to read and drop after the last answer, so that the client can still read that answer.
const MOST_DISCARDED: usize = 16 * 1024 * 1024;

/// Time in which they are read.
const DISCARD_DEADLINE: Duration = Duration::from_secs(30);

/// Time between two checks of a connection.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// A client's connection that is closed when it makes no progress.
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
    /// Checks since then.
    n_checks_after_end: Cell<u64>,
    /// Whether the connection is to be closed when its task runs next.
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
    /// Wraps `stream` and registers it for the checks. Called on the thread that serves it. If the
    /// thread then has `most` connections, closes the one that has been idle for the longest time,
    /// so that the next client can connect.
    pub fn new(stream: TcpStream, most: usize) -> Connection {
        let progress = Rc::new(Progress::default());
        let were_checked = CONNECTIONS.with_borrow_mut(|connections| {
            if connections.all.len() + 1 >= most {
                connections
                    .all
                    .retain(|progress| progress.strong_count() > 0);
                if connections.all.len() + 1 >= most {
                    connections.close_idle();
                }
            }
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

impl Connections {
    /// Closes the connection that has been idle for the longest time; the oldest of several.
    fn close_idle(&self) {
        let open = self.all.iter().filter_map(Weak::upgrade);
        let idle = open.filter(|progress| progress.is_idle());
        if let Some(longest) = idle.rev().max_by_key(|progress| progress.n_checks.get()) {
            longest.close();
        }
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
    /// Closes the connection if it has made no progress for too long.
    fn check(&self) {
        self.n_failed_writes.set(0);
        let deadline = match (self.is_unread.get(), self.n_answering.get()) {
            (true, _) => READ_DEADLINE,
            // The handler is working or the body arrives, which has its own deadline.
            (false, 1..) => return self.n_checks.set(0),
            (false, 0) if self.head_has_begun.get() => HEAD_DEADLINE,
            (false, 0) => KEEP_ALIVE,
        };
        if self.is_shut_down.get() {
            let n_checks = self.n_checks_after_end.get().saturating_add(1);
            self.n_checks_after_end.set(n_checks);
            if n_checks > DISCARD_DEADLINE.as_secs() / CHECK_INTERVAL.as_secs() {
                return self.close();
            }
        }
        let n_checks = self.n_checks.get().saturating_add(1);
        self.n_checks.set(n_checks);
        if n_checks > deadline.as_secs() / CHECK_INTERVAL.as_secs() {
            self.close();
        }
    }

    /// Whether no request is being answered and the client has read every answer.
    fn is_idle(&self) -> bool {
        self.n_answering.get() == 0 && !self.is_unread.get() && !self.has_expired.get()
    }

    /// Wakes the task to close the connection.
    fn close(&self) {
        self.has_expired.set(true);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    /// Remembers the task of `context`, so that [`Progress::close`] can wake it.
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
    /// Reports the end of the stream when the connection has expired. Then the framework closes it
    /// properly.
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
        self.progress.is_unread.set(written.is_pending());
        if written.is_pending() {
            self.progress.remember_task(context);
            self.progress
                .n_failed_writes
                .set(self.progress.n_failed_writes.get().saturating_add(1));
            self.progress
                .has_expired
                .set(self.progress.n_failed_writes.get() > MOST_FAILED_WRITES);
        } else {
            self.progress.n_checks.set(0);
            self.progress.head_has_begun.set(false);
            if self.progress.read_was_refused.replace(false) {
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
        while !self.progress.has_expired.get() && self.progress.n_discarded.get() < MOST_DISCARDED {
            let mut buffer = ReadBuf::new(&mut room);
            match Pin::new(&mut self.stream).poll_read(context, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    let discarded = self.progress.n_discarded.get() + buffer.filled().len();
                    self.progress.n_discarded.set(discarded);
                    self.progress.head_has_begun.set(true);
                    self.progress.n_checks.set(0);
                }
                Poll::Ready(_) => break,
                // A client that was not sending anything has received the answer already.
                Poll::Pending if !self.progress.head_has_begun.get() => break,
                Poll::Pending => {
                    self.progress.remember_task(context);
                    return Poll::Pending;
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
        progress
            .n_answering
            .set(progress.n_answering.get().saturating_add(1));
        progress.n_checks.set(0);
        Some(Answering(Rc::clone(progress)))
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0
            .n_answering
            .set(self.0.n_answering.get().saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use std::net::Shutdown;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::time::{Instant, pause};

    use super::*;

    /// A connection and its client.
    async fn pair(most: usize) -> (Connection, TcpStream) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap());
        let (client, accepted) = tokio::join!(client, listener.accept());
        let connection = Connection::new(accepted.unwrap().0, most);
        (connection, client.unwrap())
    }

    /// Reads until the end of the connection; whole seconds of the simulated clock until then.
    async fn seconds_until_end(connection: &mut Connection) -> u64 {
        pause();
        let began = Instant::now();
        let mut bytes = Vec::new();
        let _ = connection.read_to_end(&mut bytes).await;
        began.elapsed().as_secs()
    }

    #[actix_web::test]
    async fn a_connection_without_a_complete_head_is_closed_after_five_seconds() {
        let (mut idle, _client) = pair(100).await;
        let seconds = seconds_until_end(&mut idle).await;
        assert!((5..=7).contains(&seconds), "{seconds}");
        tokio::time::resume();
        let (mut begun, mut client) = pair(100).await;
        client.write_all(b"GET / HTT").await.unwrap();
        let seconds = seconds_until_end(&mut begun).await;
        assert!((5..=7).contains(&seconds), "{seconds}");
    }

    #[actix_web::test]
    async fn a_client_that_does_not_read_its_answer_is_closed_after_forty_seconds() {
        let (mut connection, _client) = pair(100).await;
        pause();
        let began = Instant::now();
        let failed = loop {
            if let Err(error) = connection.write_all(&[b'x'; 65_536]).await {
                break error;
            }
        };
        assert_eq!(failed.kind(), ErrorKind::TimedOut);
        let seconds = began.elapsed().as_secs();
        assert!((40..=43).contains(&seconds), "{seconds}");
    }

    #[actix_web::test]
    async fn the_longest_idle_connection_is_closed_for_a_new_one_and_a_busy_one_is_not() {
        let (busy, _first) = pair(3).await;
        let _answering = {
            busy.progress.n_answering.set(1);
            Answering(Rc::clone(&busy.progress))
        };
        let (idle, _second) = pair(3).await;
        assert!(!idle.progress.has_expired.get());
        let (new, _third) = pair(3).await;
        assert!(idle.progress.has_expired.get());
        assert!(!busy.progress.has_expired.get() && !new.progress.has_expired.get());
        // A closed connection counts until its task has ended.
        drop(idle);
        let (next, _fourth) = pair(4).await;
        assert!(!new.progress.has_expired.get() && !next.progress.has_expired.get());
    }

    #[actix_web::test]
    async fn bytes_after_the_last_answer_are_read_until_the_client_ends() {
        let (mut connection, client) = pair(100).await;
        let client = client.into_std().unwrap();
        client.set_nonblocking(false).unwrap();
        let sender = std::thread::spawn(move || {
            use std::io::{Read, Write};
            let mut client = client;
            client.write_all(&vec![b'x'; 10_000_000]).unwrap();
            client.shutdown(Shutdown::Write).unwrap();
            let mut answer = Vec::new();
            client.read_to_end(&mut answer).unwrap();
            answer
        });
        connection.write_all(b"answer").await.unwrap();
        let mut first = [0; 1];
        connection.read_exact(&mut first).await.unwrap();
        connection.shutdown().await.unwrap();
        drop(connection);
        assert_eq!(sender.join().unwrap(), b"answer");
    }

    #[actix_web::test]
    async fn a_client_that_keeps_sending_slowly_after_the_last_answer_is_closed() {
        let (mut connection, client) = pair(100).await;
        let (_unread, mut sending) = client.into_split();
        pause();
        let sender = rt::spawn(async move {
            while sending.write_all(b"x").await.is_ok() {
                rt::time::sleep(Duration::from_secs(2)).await;
            }
        });
        connection.write_all(b"answer").await.unwrap();
        let mut first = [0; 1];
        connection.read_exact(&mut first).await.unwrap();
        let began = Instant::now();
        connection.shutdown().await.unwrap();
        let seconds = began.elapsed().as_secs();
        assert!((30..=33).contains(&seconds), "{seconds}");
        drop(connection);
        sender.await.unwrap();
    }
}
