//! A running server: signals that are no request to stop, few open files, bodies that are too
//! large.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use crate::support::respondents::{Form, SURVEY, write_survey};
use crate::support::{Scratch, Server, minyi, wait_for};

const FORM_TYPE: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

/// A folder with the survey of the crowd.
fn folder(name: &str) -> Scratch {
    let scratch = Scratch::new(name);
    write_survey(&scratch.path("surveys"));
    scratch
}

/// The arguments of `serve` in that folder.
fn serve(scratch: &Scratch) -> [String; 7] {
    let path = |name: &str| scratch.path(name).to_str().unwrap().to_owned();
    let (data, surveys) = (path("data"), path("surveys"));
    [
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--data",
        &data,
        "--surveys",
        &surveys,
    ]
    .map(str::to_owned)
}

fn submit(server: &Server) -> u16 {
    let body = Form::new(true).body();
    let path = format!("/s/{SURVEY}");
    server
        .request("POST", &path, &[FORM_TYPE], body.as_bytes())
        .status
}

#[test]
fn signals_that_do_not_mean_stop_are_logged_and_do_not_stop() {
    let scratch = folder("signals");
    let log = scratch.path("log.json");
    let file = std::fs::File::create(&log).unwrap();
    let arguments = serve(&scratch);
    let server = Server::start_by(minyi(&[]).args(&arguments).stderr(file));
    let lines = |name: &str| {
        let text = std::fs::read_to_string(&log).unwrap();
        let named = format!("\"signal\":\"{name}\"");
        text.lines().filter(|line| line.contains(&named)).count()
    };
    for name in ["HUP", "USR1", "USR2"] {
        let full = format!("SIG{name}");
        server.signal(name);
        wait_for(&full, Duration::from_secs(10), || lines(&full) == 1);
        // The same signal again, while a form is sent.
        server.signal(name);
        assert_eq!(submit(&server), 303, "{name}");
        wait_for(&full, Duration::from_secs(10), || lines(&full) == 2);
    }
    assert_eq!(server.get("/healthz").status, 200);
    assert_eq!(server.terminate(), Some(0));
}

/// A server that may have `files` open, and not more.
fn start_with_files(scratch: &Scratch, files: u32) -> Command {
    let mut command = Command::new("sh");
    command
        .args(["-c", &format!("ulimit -n {files} && exec \"$0\" \"$@\"")])
        .arg(env!("CARGO_BIN_EXE_minyi"))
        .args(serve(scratch));
    command
}

/// The first bytes of the answer to a request on its own connection; empty where none comes.
fn ask_with_patience(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(15)))
        .unwrap();
    let _ = stream.write_all(request.as_bytes());
    let mut start = [0; 12];
    match stream.read_exact(&mut start) {
        Ok(()) => String::from_utf8_lossy(&start).into_owned(),
        Err(_) => String::new(),
    }
}

#[test]
fn idle_connections_do_not_keep_others_out_where_few_files_may_be_open() {
    let health = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
    let half = "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ";
    for (files, sent) in [(40, ""), (40, half), (40, health), (64, half), (100, "")] {
        let scratch = folder("few-files");
        let server = Server::start_by(&mut start_with_files(&scratch, files));
        let idle = (0..60).map(|_| {
            let mut stream = TcpStream::connect(&server.address).unwrap();
            let _ = stream.write_all(sent.as_bytes());
            stream
        });
        let idle: Vec<TcpStream> = idle.collect();
        for _ in 0..3 {
            let answer = ask_with_patience(&server.address, health);
            assert_eq!(answer, "HTTP/1.1 200", "{files} files, {sent:?}");
        }
        assert_eq!(submit(&server), 303, "{files} files, {sent:?}");
        drop(idle);
        assert_eq!(server.terminate(), Some(0));
    }
}

#[test]
fn too_few_files_to_serve_are_refused_at_start_with_the_number_that_is_needed() {
    let scratch = folder("too-few-files");
    let output = start_with_files(&scratch, 24).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(74), "{errors}");
    assert!(
        errors.contains("only 24 open files are allowed; allow at least"),
        "{errors}"
    );
}

/// How a body is sent.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Framing {
    Chunked,
    Announced,
}

const MEGABYTES: usize = 10;

/// Sends a body of ten megabytes whole, in twenty parts with `pause` between, and then reads the
/// answer to its end. A client that does not read while it sends must not lose the answer.
fn send_all_then_read(
    server: &Server,
    (path, kind): (&str, &str),
    framing: Framing,
    pause: Duration,
) -> String {
    let mut stream = TcpStream::connect(&server.address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    let how = match framing {
        Framing::Chunked => "Transfer-Encoding: chunked".to_owned(),
        Framing::Announced => format!("Content-Length: {}", MEGABYTES * 1_000_000),
    };
    let head = format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\n{how}\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let part = vec![b'a'; MEGABYTES * 50_000];
    for _ in 0..20 {
        let bytes = match framing {
            Framing::Announced => part.clone(),
            Framing::Chunked => {
                let size = format!("{:x}\r\n", part.len());
                [size.as_bytes(), &part, b"\r\n"].concat()
            }
        };
        stream
            .write_all(&bytes)
            .unwrap_or_else(|error| panic!("{path} {framing:?}: {error}"));
        std::thread::sleep(pause);
    }
    if framing == Framing::Chunked {
        stream.write_all(b"0\r\n\r\n").unwrap();
    }
    let mut said = Vec::new();
    stream
        .read_to_end(&mut said)
        .unwrap_or_else(|error| panic!("{path} {framing:?}: {error}"));
    String::from_utf8(said).unwrap()
}

#[test]
fn a_client_that_sends_ten_megabytes_before_it_reads_gets_its_answer() {
    let scratch = folder("large-bodies");
    let server = Server::start_by(minyi(&[]).args(serve(&scratch)));
    let form = format!("/s/{SURVEY}");
    let asked = [
        ((form.as_str(), FORM_TYPE.1), 413),
        (("/api/v1/responses", "application/json"), 413),
        ((form.as_str(), "text/plain"), 415),
        (("/nothing", FORM_TYPE.1), 404),
        (("/healthz", FORM_TYPE.1), 405),
    ];
    for framing in [Framing::Chunked, Framing::Announced] {
        for (what, status) in asked {
            let said = send_all_then_read(&server, what, framing, Duration::ZERO);
            let expected = format!("HTTP/1.1 {status} ");
            assert!(said.starts_with(&expected), "{what:?} {framing:?}: {said}");
            let (head, body) = said.split_once("\r\n\r\n").unwrap();
            let length = format!("content-length: {}", body.len());
            assert!(head.contains(&length), "{what:?} {framing:?}: {head}");
        }
    }
    // Slower than the second for which the framework reads on by itself.
    let pause = Duration::from_millis(100);
    for framing in [Framing::Chunked, Framing::Announced] {
        let said = send_all_then_read(&server, (&form, FORM_TYPE.1), framing, pause);
        assert!(said.starts_with("HTTP/1.1 413 "), "{framing:?}: {said}");
    }
}

#[test]
fn a_client_that_neither_sends_nor_closes_after_its_answer_holds_no_connection() {
    let scratch = folder("answered");
    let server = Server::start_by(minyi(&[]).args(serve(&scratch)));
    assert_eq!(server.get("/healthz").status, 200);
    let most = server.n_sockets();
    let endings = [
        "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_owned(),
        "GET /healthz HTTP/1.0\r\n\r\n".to_owned(),
        "nonsense\r\n\r\n".to_owned(),
        format!(
            "POST /s/{SURVEY} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhalf"
        ),
        "GET /healthz HTTP/1.1\r\nHost: x".to_owned(),
        String::new(),
    ];
    let held = endings.iter().map(|sent| {
        let mut stream = TcpStream::connect(&server.address).unwrap();
        stream.write_all(sent.as_bytes()).unwrap();
        stream
    });
    let held: Vec<TcpStream> = held.collect();
    // The deadline of a body is 20 seconds.
    wait_for(
        "the end of all connections",
        Duration::from_secs(40),
        || server.n_sockets() <= most,
    );
    drop(held);
}
