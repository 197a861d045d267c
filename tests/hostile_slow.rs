//! Slow clients, in every state of a connection: they are closed at their deadlines, and others are
//! served meanwhile.
//!
//! `MINYI_TEST_SLOW` sets the number of slow clients (120 without it); with it, clients that do not
//! read their answer are tested too, which takes their deadline of 40 seconds (without it, a unit
//! test of `src/http/connection.rs` does that with a simulated clock). With the times of other
//! respondents: `MINYI_TEST_SLOW=1500 cargo test --release --all-features --test main
//! hostile_slow:: -- --nocapture`

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::raw::{runtime, statuses};
use crate::support::respondents::{Crowd, Form, request, write_survey};
use crate::support::site::Site;
use crate::support::{Scratch, Server};

/// The number of slow clients that the environment asks for.
fn slow_clients() -> Option<usize> {
    let wanted = std::env::var("MINYI_TEST_SLOW").ok()?;
    Some(wanted.parse().unwrap())
}

/// Sends a byte now and then until the server closes; the seconds that took.
async fn dawdle(mut stream: TcpStream, start: &[u8], pause: Duration) -> f64 {
    let began = Instant::now();
    stream.write_all(start).await.unwrap();
    let mut part = [0; 4096];
    while began.elapsed() < Duration::from_secs(90) {
        match tokio::time::timeout(pause, stream.read(&mut part)).await {
            // The last answer comes before the end of the connection.
            Ok(Ok(1..)) => {}
            Ok(_) => break,
            Err(_) if stream.write_all(b"a").await.is_err() => break,
            Err(_) => {}
        }
    }
    began.elapsed().as_secs_f64()
}

/// [`dawdle`] on a connection of its own.
async fn dawdle_at(address: String, start: Vec<u8>, pause: Duration) -> f64 {
    dawdle(TcpStream::connect(&address).await.unwrap(), &start, pause).await
}

/// Asks a whole request and reads its answer.
async fn ask(stream: &mut TcpStream) {
    let whole = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
    stream.write_all(whole).await.unwrap();
    let mut said = vec![0; 4096];
    let n = stream.read(&mut said).await.unwrap();
    assert_eq!(statuses(&String::from_utf8_lossy(&said[..n])), [200]);
}

#[test]
fn slow_heads_and_bodies_are_closed_at_their_deadlines_while_honest_forms_are_stored() {
    let slow = slow_clients().unwrap_or(120);
    let scratch = Scratch::new("slow");
    write_survey(&scratch.path("surveys"));
    let surveys = scratch.path("surveys");
    let server = Server::start(&[
        "serve",
        "--data",
        scratch.0.to_str().unwrap(),
        "--surveys",
        surveys.to_str().unwrap(),
    ]);
    let others = Crowd::at(&server.address, 8).start(Vec::new());
    let (heads, bodies) = runtime().block_on(async {
        let mut heads = Vec::new();
        let mut bodies = Vec::new();
        for number in 0..slow {
            let address = server.address.clone();
            if number % 2 == 0 {
                let start = b"POST /s/crowd-2026 HTTP/1.1\r\nHost: x\r\nX-Slow: ".to_vec();
                heads.push(tokio::spawn(dawdle_at(
                    address,
                    start,
                    Duration::from_secs(1),
                )));
            } else {
                let whole = request(&address, &Form::new(true).body());
                let start = whole[..whole.len() - 900].to_vec();
                bodies.push(tokio::spawn(dawdle_at(
                    address,
                    start,
                    Duration::from_secs(3),
                )));
            }
        }
        let mut longest = [0.0_f64; 2];
        for (longest, kind) in longest.iter_mut().zip([heads, bodies]) {
            for client in kind {
                *longest = longest.max(client.await.unwrap());
            }
        }
        longest.into()
    });
    let mut journal = others.stop();
    println!(
        "{slow} slow clients: heads closed within {heads:.1} s, bodies within {bodies:.1} s; \
         {} forms of others stored, p50 {:.1} ms, p99 {:.1} ms",
        journal.acknowledged.len(),
        f64::from(journal.latency(0.5)) / 1e3,
        f64::from(journal.latency(0.99)) / 1e3
    );
    assert!(heads < 10.0, "a slow head was served for {heads} s");
    assert!(bodies <= 25.0, "a slow body was served for {bodies} s");
    assert_eq!(journal.statuses.keys().copied().collect::<Vec<_>>(), [303]);
    assert!(journal.open.is_empty());
}

/// Sends one request, then begins a second; returns the seconds until the server closes.
async fn dawdle_again(address: String, start: &'static [u8], is_silent: bool) -> f64 {
    let mut stream = TcpStream::connect(&address).await.unwrap();
    ask(&mut stream).await;
    dawdle(
        stream,
        start,
        Duration::from_secs(if is_silent { 90 } else { 1 }),
    )
    .await
}

/// The second head of a connection has a deadline too.
fn second_heads_are_closed(site: &Site) {
    let starts: [&'static [u8]; 4] = [
        b"G",
        b"GET /healthz HTTP/1.1\r\nX-Slow: ",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nG",
        b"\r\n",
    ];
    let held = runtime().block_on(async {
        let mut clients = Vec::new();
        for start in starts {
            for is_silent in [true, false] {
                let client = dawdle_again(site.server.address.clone(), start, is_silent);
                clients.push((start, is_silent, tokio::spawn(client)));
            }
        }
        let mut held = Vec::new();
        for (start, is_silent, client) in clients {
            held.push((start, is_silent, client.await.unwrap()));
        }
        held
    });
    println!(
        "closed after {:.1?} s",
        held.iter().map(|held| held.2).collect::<Vec<_>>()
    );
    for (start, is_silent, seconds) in held {
        let start = String::from_utf8_lossy(start).into_owned();
        assert!(
            seconds < 15.0,
            "{start:?}, silent {is_silent}: held for {seconds} s"
        );
    }
}

/// A client that sends a request now and then is not closed.
fn quiet_ones_are_kept(site: &Site) {
    runtime().block_on(async {
        let mut stream = TcpStream::connect(&site.server.address).await.unwrap();
        for _ in 0..5 {
            ask(&mut stream).await;
            tokio::time::sleep(Duration::from_secs(3)).await;
        }
    });
}

/// The number of bytes that a client gets of the `n` bytes of the answers to `asked` when it begins
/// to read after eight seconds.
fn read_after_a_pause(site: &Site, asked: &str, n: usize) -> usize {
    let address: std::net::SocketAddr = site.server.address.parse().unwrap();
    let domain = socket2::Domain::for_address(address);
    let socket = socket2::Socket::new(domain, socket2::Type::STREAM, None).unwrap();
    // Small buffers in the kernel, here and at the server, whose buffer follows the size of
    // packets.
    socket.set_recv_buffer_size(2_048).unwrap();
    let size: libc::c_int = 536;
    #[expect(unsafe_code, reason = "the size of packets has no other interface")]
    // SAFETY: the option takes one c_int, which lives during the call.
    let set = unsafe {
        libc::setsockopt(
            std::os::fd::AsRawFd::as_raw_fd(&socket),
            libc::IPPROTO_TCP,
            libc::TCP_MAXSEG,
            (&raw const size).cast(),
            4,
        )
    };
    assert_eq!(set, 0);
    socket.connect(&address.into()).unwrap();
    let mut stream: std::net::TcpStream = socket.into();
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    stream.write_all(asked.as_bytes()).unwrap();
    std::thread::sleep(Duration::from_secs(8));
    let mut part = [0; 8_192];
    let mut read = 0;
    while read < n {
        match stream.read(&mut part) {
            Ok(more @ 1..) => read += more,
            _ => break,
        }
    }
    read
}

/// A phone on an old network gets all answers, however many of them still wait at the server.
fn slow_readers_get_all(site: &Site) {
    let asked = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
    let length = |path: &str| {
        let closed = asked(path).replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
        site.server.say(closed.as_bytes()).len() - "connection: close\r\n".len()
    };
    let (page, small) = ("/s/satisfaction-2026", "/healthz");
    let (large, little) = (length(page), length(small));
    std::thread::scope(|threads| {
        let readers: Vec<_> = (0..60)
            .step_by(6)
            .map(|more| {
                let all = format!("{}{}", asked(page), asked(small).repeat(more));
                let n = large + more * little;
                (n, threads.spawn(move || read_after_a_pause(site, &all, n)))
            })
            .collect();
        for (n, reader) in readers {
            assert_eq!(reader.join().unwrap(), n);
        }
    });
}

/// Clients that do not read their answers are closed.
fn unread_answers_are_closed() {
    let site = Site::start("unread-answers");
    assert_eq!(site.server.get("/healthz").status, 200);
    std::thread::sleep(Duration::from_secs(1));
    let before = site.server.n_sockets();
    let asked = b"GET /s/satisfaction-2026 HTTP/1.1\r\nHost: x\r\n\r\n".repeat(4_000);
    let held: Vec<_> = (0..20)
        .map(|_| {
            let mut stream = std::net::TcpStream::connect(&site.server.address).unwrap();
            stream
                .set_write_timeout(Some(Duration::from_millis(500)))
                .unwrap();
            let _ = stream.write_all(&asked);
            stream
        })
        .collect();
    let began = Instant::now();
    crate::support::wait_for("connections", Duration::from_secs(5), || {
        site.server.n_sockets() >= before + 20
    });
    while site.server.n_sockets() > before {
        assert_eq!(site.server.get("/s/satisfaction-2026").status, 200);
        let seconds = began.elapsed().as_secs();
        assert!(
            seconds < 80,
            "{} are held for {seconds} s",
            site.server.n_sockets() - before
        );
        std::thread::sleep(Duration::from_millis(500));
    }
    println!("closed after {:.1} s", began.elapsed().as_secs_f64());
    drop(held);
}

#[test]
fn stopped_clients_are_closed_in_time_and_slow_ones_are_not() {
    let site = Site::start("still");
    std::thread::scope(|threads| {
        threads.spawn(|| second_heads_are_closed(&site));
        threads.spawn(|| quiet_ones_are_kept(&site));
        threads.spawn(|| slow_readers_get_all(&site));
        if slow_clients().is_some() {
            threads.spawn(unread_answers_are_closed);
        }
    });
}
