//! Closes connections on which nothing moves: a head that never becomes complete, an answer that
//! the client does not read.
//!
//! The framework has a deadline for the first head of a connection only. A second head that stops
//! after its first byte, and a client that does not read its answer, would keep their connections
//! open without limit. So each worker looks at its connections once a second and closes those on
//! which nothing has moved for too long. Requests need no timers and do not read the clock.

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

/// How long a connection is kept for its next request, from the last byte that was sent. The
/// framework would count from when the answer is in its buffer, whether the client reads it or not.
const KEEP_ALIVE: Duration = Duration::from_secs(5);

/// Time in which a client must read a part of its answer. The kernel asks for more only when a
/// third of its buffer is free; a phone on an old network needs up to half of this time for that.
const READ_DEADLINE: Duration = Duration::from_secs(40);

/// Failed writes between two looks after which a connection is closed at once: a client that sends
/// requests and does not read the answers makes the framework try again without pause.
const MOST_TRIES: u32 = 2_000;

/// Bytes after which the requests in them are answered before more is read: the framework parses
/// all of them at once into a queue, in which each takes many times its size.
const MOST_READ: usize = 8 * 1024;

/// Bytes that are read from a client after the last answer, so that it can read that answer.
const MOST_DISCARDED: usize = 16 * 1024 * 1024;

/// Time for reading them.
const DISCARD_DEADLINE: Duration = Duration::from_secs(30);

/// How often connections are looked at.
const LOOK: Duration = Duration::from_secs(1);

/// A client's connection; it is closed when nothing moves on it.
pub struct Connection {
    stream: TcpStream,
    watch: Rc<Watch>,
}

/// What has moved on one connection.
#[derive(Default)]
struct Watch {
    /// Requests that are being answered.
    answering: Cell<u32>,
    /// Whether the client has yet to read before more can be sent.
    unread: Cell<bool>,
    /// Failed writes since the last look.
    tries: Cell<u32>,
    /// Bytes read since the task last had to wait.
    read: Cell<usize>,
    /// Whether the task wanted to read while the client did not read.
    withheld: Cell<bool>,
    /// Whether anything was read since the last answer: the next head has begun.
    begun: Cell<bool>,
    /// Looks since something was sent, or since the next head began.
    still: Cell<u64>,
    /// Whether the sending side has ended.
    ended: Cell<bool>,
    /// Bytes read after that.
    discarded: Cell<usize>,
    /// Looks after that.
    looks_after_end: Cell<u64>,
    /// The connection is closed as soon as its task runs.
    over: Cell<bool>,
    /// The waker of the task that serves it.
    waker: RefCell<Option<Waker>>,
}

/// The connections of one worker.
#[derive(Default)]
struct Watches {
    all: Vec<Weak<Watch>>,
    are_looked_at: bool,
}

thread_local! {
    static WATCHES: RefCell<Watches> = RefCell::default();
}

impl Connection {
    /// Watches `stream` for as long as it lasts; called on the thread that serves it. If the thread
    /// then has `most` connections, the one that has been idle for the longest time is closed, so
    /// that the next client need not wait for a place.
    pub fn watched(stream: TcpStream, most: usize) -> Connection {
        let watch = Rc::new(Watch::default());
        let first = WATCHES.with_borrow_mut(|watches| {
            if watches.all.len() + 1 >= most {
                watches.all.retain(|watch| watch.strong_count() > 0);
                if watches.all.len() + 1 >= most {
                    watches.close_idle();
                }
            }
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

impl Watches {
    /// Closes the connection that has been idle for the longest time; among equals the oldest.
    fn close_idle(&self) {
        let open = self.all.iter().filter_map(Weak::upgrade);
        let idle = open.filter(|watch| watch.is_idle());
        if let Some(longest) = idle.rev().max_by_key(|watch| watch.still.get()) {
            longest.close();
        }
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
            // The body has its own deadline.
            (false, 1..) => return self.still.set(0),
            (false, 0) if self.begun.get() => HEAD_DEADLINE,
            (false, 0) => KEEP_ALIVE,
        };
        if self.ended.get() {
            let looks = self.looks_after_end.get().saturating_add(1);
            self.looks_after_end.set(looks);
            if looks > DISCARD_DEADLINE.as_secs() / LOOK.as_secs() {
                return self.close();
            }
        }
        let still = self.still.get().saturating_add(1);
        self.still.set(still);
        if still > patience.as_secs() / LOOK.as_secs() {
            self.close();
        }
    }

    /// Whether no request is being answered and no answer waits to be read.
    fn is_idle(&self) -> bool {
        self.answering.get() == 0 && !self.unread.get() && !self.over.get()
    }

    /// Has the task close the connection.
    fn close(&self) {
        self.over.set(true);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    /// Stores the waker of the task, to wake it in [`Watch::close`].
    fn call(&self, context: &Context<'_>) {
        let mut waker = self.waker.borrow_mut();
        match waker.as_mut() {
            Some(waker) => waker.clone_from(context.waker()),
            None => *waker = Some(context.waker().clone()),
        }
    }
}

impl AsyncRead for Connection {
    /// Reports the end of the stream once the connection is to be closed: the framework then closes
    /// it properly.
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        if self.watch.over.get() {
            return Poll::Ready(Ok(()));
        }
        // Nothing is read from a client that does not read.
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
    /// limit: closing a socket with unread bytes resets the connection, and the client would lose
    /// the answer to a body that was too large.
    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        if !self.watch.ended.get() {
            std::task::ready!(Pin::new(&mut self.stream).poll_shutdown(context))?;
            self.watch.ended.set(true);
        }
        let mut room = [0; 8 * 1024];
        while !self.watch.over.get() && self.watch.discarded.get() < MOST_DISCARDED {
            let mut buffer = ReadBuf::new(&mut room);
            match Pin::new(&mut self.stream).poll_read(context, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    let discarded = self.watch.discarded.get() + buffer.filled().len();
                    self.watch.discarded.set(discarded);
                    self.watch.begun.set(true);
                    self.watch.still.set(0);
                }
                Poll::Ready(_) => break,
                // A client that was not sending anything has the answer already.
                Poll::Pending if !self.watch.begun.get() => break,
                Poll::Pending => {
                    self.watch.call(context);
                    return Poll::Pending;
                }
            }
        }
        Poll::Ready(Ok(()))
    }
}

/// While this value lives, a request of the connection is being answered, and the connection is not
/// closed.
pub struct Answering(Rc<Watch>);

impl Answering {
    /// `None` for a request without a connection, as in unit tests.
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

#[cfg(test)]
mod tests {
    use std::net::Shutdown;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::time::{Instant, pause};

    use super::*;

    /// A watched connection and its client.
    async fn pair(most: usize) -> (Connection, TcpStream) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap());
        let (client, accepted) = tokio::join!(client, listener.accept());
        let connection = Connection::watched(accepted.unwrap().0, most);
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
    async fn a_head_that_never_ends_and_a_client_that_asks_no_more_are_closed() {
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
            busy.watch.answering.set(1);
            Answering(Rc::clone(&busy.watch))
        };
        let (idle, _second) = pair(3).await;
        assert!(!idle.watch.over.get());
        let (new, _third) = pair(3).await;
        assert!(idle.watch.over.get());
        assert!(!busy.watch.over.get() && !new.watch.over.get());
        // The closed one counts until its task has ended; then there is room again.
        drop(idle);
        let (next, _fourth) = pair(4).await;
        assert!(!new.watch.over.get() && !next.watch.over.get());
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
    async fn a_client_that_goes_on_sending_slowly_after_the_last_answer_is_closed() {
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
