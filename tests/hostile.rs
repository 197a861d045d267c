//! Hostile and broken clients: they are refused or closed, and others are served meanwhile.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::raw::{FORM, SMUGGLED, hidden, runtime, statuses};
use crate::support::respondents::{Form, write_survey};
use crate::support::site::{Site, complete};
use crate::support::{Scratch, Server, form};

const FORM_TYPE: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

/// The answers to all clients, which send at the same time.
fn all<F: Future<Output = String> + Send + 'static>(
    clients: impl Iterator<Item = F>,
) -> Vec<String> {
    runtime().block_on(async {
        let clients: Vec<_> = clients.map(tokio::spawn).collect();
        let mut said = Vec::new();
        for client in clients {
            said.push(client.await.unwrap());
        }
        said
    })
}

/// The answer to `bytes` until the server closes, or sends nothing for two seconds.
async fn say(address: &str, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let _ = stream.write_all(bytes).await;
    let mut said = Vec::new();
    let mut part = [0; 4096];
    while let Ok(Ok(n @ 1..)) =
        tokio::time::timeout(Duration::from_secs(2), stream.read(&mut part)).await
    {
        said.extend(&part[..n]);
    }
    String::from_utf8_lossy(&said).into_owned()
}

#[test]
fn a_chunked_body_that_is_never_read_holds_no_connection() {
    let site = Site::start("unread");
    let form = "Content-Type: application/x-www-form-urlencoded";
    let asked = [
        ("POST /s/satisfaction-2026", form, 413),
        ("POST /s/satisfaction-2026", "Content-Type: text/plain", 415),
        ("POST /s/satisfaction-2026", "Content-Encoding: gzip", 415),
        ("POST /s/satisfaction-2025", form, 403),
        ("POST /nothing", form, 404),
        ("POST /healthz", form, 405),
        ("GET /healthz", form, 200),
    ];
    runtime().block_on(async {
        for (line, header, expected) in asked {
            let mut stream = TcpStream::connect(&site.server.address).await.unwrap();
            let head = format!(
                "{line} HTTP/1.1\r\nHost: x\r\n{header}\r\nTransfer-Encoding: chunked\r\n\r\n"
            );
            stream.write_all(head.as_bytes()).await.unwrap();
            let chunk = [&b"1000\r\n"[..], &[b'a'; 4096], b"\r\n"].concat();
            for _ in 0..17 {
                let _ = stream.write_all(&chunk).await;
            }
            let mut said = Vec::new();
            let closed =
                tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut said)).await;
            assert!(closed.is_ok(), "{line}: the connection is held");
            assert_eq!(
                statuses(&String::from_utf8_lossy(&said)),
                [expected],
                "{line}"
            );
        }
    });
    // A connection whose body was read to its end is kept for the next request.
    let body = crate::support::form(&complete());
    let request = format!(
        "{FORM}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
        body.len()
    );
    let said = runtime().block_on(say(&site.server.address, request.repeat(2).as_bytes()));
    assert_eq!(statuses(&said), [303, 303]);
}

/// Sends a form of ten megabytes, as much of it as the server takes, and returns the answer.
async fn ten_megabytes(address: &str, announced: bool) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let how = match announced {
        true => "Content-Length: 10000000",
        false => "Transfer-Encoding: chunked",
    };
    stream
        .write_all(format!("{FORM}{how}\r\n\r\n").as_bytes())
        .await
        .unwrap();
    let part = vec![b'a'; 10_000];
    for _ in 0..1_000 {
        let sent = match announced {
            true => stream.write_all(&part).await,
            false => {
                let chunk = [b"2710\r\n", part.as_slice(), b"\r\n"].concat();
                stream.write_all(&chunk).await
            }
        };
        // Refused before the end of the body.
        if sent.is_err() {
            break;
        }
    }
    let mut said = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut said)).await;
    String::from_utf8_lossy(&said).into_owned()
}

/// KiB by which a new server grows under a hundred bodies of ten megabytes at once, and then under
/// 64 compressed bombs.
fn growth_under_large_bodies() -> u64 {
    let site = Site::start("large");
    let address = site.server.address.clone();
    assert_eq!(site.submit(&complete()).status, 303);
    // 16 KB of zstd that would be 512 MiB: a frame of one repeated byte.
    let bomb = [
        &[0x28, 0xb5, 0x2f, 0xfd, 0xa4, 0, 0, 0, 0x20][..],
        &[0x02, 0, 0x10, b'a'].repeat(4000),
    ]
    .concat();
    let head = format!(
        "{FORM}Content-Encoding: zstd\r\nContent-Length: {}\r\n\r\n",
        bomb.len()
    );
    let bomb = [head.as_bytes(), &bomb].concat();
    let large = |count| {
        let clients = (0..count).map(|number| {
            let address = address.clone();
            async move { ten_megabytes(&address, number % 2 == 0).await }
        });
        for said in all(clients) {
            // The answer can be lost when the connection is closed.
            assert!(
                statuses(&said).iter().all(|status| *status == 413),
                "{said}"
            );
        }
    };
    let packed = |count| {
        let clients = (0..count).map(|_| {
            let (address, bomb) = (address.clone(), bomb.clone());
            async move { say(&address, &bomb).await }
        });
        for said in all(clients) {
            assert_eq!(statuses(&said), [415]);
        }
    };
    // A few of each first: the program's own code is read from the disk for them.
    large(4);
    packed(1);
    let before = site.server.memory("VmHWM");
    large(100);
    let bodies = site.server.memory("VmHWM");
    packed(64);
    let bombs = site.server.memory("VmHWM");
    println!("memory {before} KiB, at most {bodies} KiB under bodies, {bombs} KiB under bombs");
    assert_eq!(site.stored().len(), 1);
    bombs - before
}

/// Largest growth, KiB.
const LIMIT: u64 = 5 * 1024;

#[test]
fn a_hundred_bodies_of_ten_megabytes_and_packed_bombs_cost_little_memory() {
    // How many arrive at the same moment is chance: after one bad round the median of five counts.
    let mut growth = vec![growth_under_large_bodies()];
    if growth[0] >= LIMIT {
        growth.extend((0..4).map(|_| growth_under_large_bodies()));
    }
    growth.sort_unstable();
    assert!(growth[growth.len() / 2] < LIMIT, "grew by {growth:?} KiB");
}

/// Sends most of the largest allowed upload, in chunks, and then no more.
async fn stop_just_below_the_limit(address: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = "POST /api/v1/responses HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
                Transfer-Encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let chunk = [&b"2710\r\n"[..], &[b' '; 10_000], b"\r\n"].concat();
    for _ in 0..104 {
        let sent = tokio::time::timeout(Duration::from_secs(1), stream.write_all(&chunk)).await;
        if !matches!(sent, Ok(Ok(()))) {
            break;
        }
    }
    stream
}

#[test]
fn uploads_that_stop_just_below_the_limit_take_a_bounded_room_together_and_no_form_waits_for_them()
{
    let site = Site::start("room");
    let address = site.server.address.clone();
    assert_eq!(site.submit(&complete()).status, 303);
    let before = site.server.memory("VmHWM");
    let runtime = runtime();
    let held = runtime.block_on(async {
        let clients: Vec<_> = (0..300)
            .map(|_| {
                let address = address.clone();
                tokio::spawn(async move { stop_just_below_the_limit(&address).await })
            })
            .collect();
        futures_util::future::join_all(clients).await
    });
    assert!(held.iter().all(Result::is_ok));
    let most = site.server.memory("VmHWM");
    println!("memory {before} KiB, at most {most} KiB under 300 uploads");
    // 64 MiB for large bodies, and 8 KiB of each connection; without a limit it would be 300 MiB.
    assert!(
        most < before + 128 * 1024,
        "{before} KiB grew to {most} KiB"
    );
    let another = [("opinion", "更多树")];
    assert_eq!(
        site.submit(&[&complete()[..], &another].concat()).status,
        303
    );
    drop(held);
    let padded = [&[b' '; 300_000][..], b"[]"].concat();
    let answer = site.server.request(
        "POST",
        "/api/v1/responses",
        &[("Content-Type", "application/json")],
        &padded,
    );
    assert_eq!((answer.status, answer.text().as_str()), (200, "[]"));
    assert_eq!(site.stored().len(), 2);
}

#[test]
fn bytes_that_are_no_text_are_refused_each_and_nothing_is_stored() {
    let site = Site::start("bytes");
    let with = |value: &[u8]| {
        let mut body = form(&complete()).into_bytes();
        body.extend(b"&opinion=");
        for byte in value {
            body.extend(format!("%{byte:02X}").bytes());
        }
        body
    };
    let post = |body: &[u8]| {
        site.server
            .request("POST", "/s/satisfaction-2026", &[FORM_TYPE], body)
            .status
    };
    for byte in 0x80..=0xff_u8 {
        assert_eq!(post(&with(&[b'a', byte])), 400, "{byte:#x}");
    }
    // Overlong forms, surrogates as in CESU-8, beyond the last character.
    for bytes in [
        &b"\xc0\xaf"[..],
        b"\xed\xa0\xbd\xed\xb8\x80",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\xe0\x80\xaf",
    ] {
        assert_eq!(post(&with(bytes)), 400, "{bytes:x?}");
    }
    for control in (0..0x20_u8).filter(|byte| !matches!(byte, b'\t' | b'\n' | b'\r')) {
        assert_eq!(post(&with(&[b'a', control])), 422, "{control:#x}");
    }
    for (name, status) in [("a1", 422), ("a%", 400), ("%FF", 400), ("nothing", 422)] {
        let body = format!("{}&{name}=4", form(&complete()));
        assert_eq!(post(body.as_bytes()), status, "{name}");
    }
    assert_eq!(site.stored().len(), 0);
    assert_eq!(post(&with("好\tx".as_bytes())), 303);
}

#[test]
fn json_that_is_deep_or_huge_is_a_problem_and_no_crash() {
    let site = Site::start("deep");
    let post = |body: &[u8]| {
        let kind = ("Content-Type", "application/json");
        site.server
            .request("POST", "/api/v1/responses", &[kind], body)
            .status
    };
    assert_eq!(post("[".repeat(100_000).as_bytes()), 400);
    assert_eq!(post("{\"a\":".repeat(100_000).as_bytes()), 422);
    let answer = |value: &str| {
        format!(
            "{{\"id\":\"0190a000-0000-7000-8000-000000000001\",\"survey\":\"satisfaction-2026\",\
             \"mode\":\"online\",\"answers\":{{\"a1\":{value}}}}}"
        )
    };
    for value in ["NaN", "1e999", "Infinity", "-", "\"\\ud800\"", "\"\u{0}\""] {
        assert!(
            matches!(post(answer(value).as_bytes()), 400 | 422),
            "{value}"
        );
    }
    for value in [
        "9223372036854775808",
        "-0",
        "1e30",
        "4.0000000001",
        "[[4]]",
        "{}",
        "\"\\u0000\"",
    ] {
        assert_eq!(post(answer(value).as_bytes()), 422, "{value}");
    }
    assert_eq!(post(&[b'['; 2 * 1024 * 1024]), 413);
    assert_eq!(site.server.get("/healthz").status, 200);
}

#[test]
fn a_flood_of_answers_in_json_is_one_short_problem() {
    let site = Site::start("flood");
    let post = |answers: &str| {
        let body = format!(
            "{{\"id\":\"0190a000-0000-7000-8000-000000000001\",\"survey\":\"satisfaction-2026\",\
             \"mode\":\"online\",\"answers\":{{{answers}}}}}"
        );
        let kind = ("Content-Type", "application/json");
        site.server
            .request("POST", "/api/v1/responses", &[kind], body.as_bytes())
    };
    for flood in [
        vec!["\"x\":0"; 150_000].join(","),
        format!("\"a1\":[{}]", vec!["0"; 300_000].join(",")),
        format!("\"a1\":4,{}", vec!["\"x\":[[0]]"; 600].join(",")),
    ] {
        let answer = post(&flood);
        assert_eq!(answer.status, 422);
        assert!(answer.text().contains("512"), "{}", answer.text());
    }
    // Fewer are listed one by one, but not all of them.
    let answer = post(&vec!["\"x\":0"; 500].join(","));
    let faults = answer.json()["faults"].as_array().unwrap().clone();
    let unknown = faults.iter().filter(|fault| fault["code"] == "x").count();
    assert_eq!((answer.status, unknown), (422, 20));
    // A list in a list and an object are read to their ends; they are not answers.
    for value in [
        format!("[{}]", vec!["[0,1]"; 100].join(",")),
        format!("{{\"y\":[{}]}}", vec!["0"; 100_000].join(",")),
    ] {
        let answer = post(&format!("\"a1\":{value}"));
        assert_eq!(answer.status, 422);
        assert!(answer.text().len() < 20_000);
    }
    assert_eq!(site.stored().len(), 0);
}

#[test]
fn a_second_request_hidden_in_a_first_is_never_answered() {
    let site = Site::start("smuggled");
    runtime().block_on(async {
        for head in SMUGGLED {
            let said = say(&site.server.address, hidden(head).as_bytes()).await;
            // Not an answer to the hidden one: `ok` is what /healthz says.
            assert!(!said.ends_with("ok\n"), "{head}: {said}");
            assert_eq!(statuses(&said), [400], "{head}");
        }
    });
    assert_eq!(site.server.get("/healthz").status, 200);
}

#[test]
fn what_a_client_makes_up_is_not_reflected_in_a_header() {
    let site = Site::start("reflected");
    let home = site
        .server
        .request("GET", "/", &[("Host", "evil.example")], b"");
    assert!(!home.text().contains("evil.example"));
    let mut fields = complete();
    fields.push(("channel", "a\r\nSet-Cookie: x=1"));
    assert_eq!(site.submit(&fields).status, 422);
    let kept = site.server.request(
        "GET",
        "/s/satisfaction-2026?lang=en",
        &[("Referer", "http://evil.example/s/satisfaction-2026?c=x")],
        b"",
    );
    assert_eq!(
        kept.status, 200,
        "another site's page is not used as the address"
    );
    let split = site
        .server
        .get("/s/satisfaction-2026/thanks?r=%0d%0aSet-Cookie:x=1");
    assert!(split.header("set-cookie").is_none() && split.status >= 400);
}

#[test]
fn one_response_sent_a_thousand_times_at_once_is_stored_once_with_one_receipt() {
    let site = Site::start("thousand");
    let mut fields = complete();
    fields.push(("response_id", "0190a000-0000-7000-8000-00000000beef"));
    let body = form(&fields);
    let request = format!(
        "{FORM}Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let clients = (0..1000).map(|_| {
        let (address, request) = (site.server.address.clone(), request.clone());
        async move { say(&address, request.as_bytes()).await }
    });
    let mut receipts = std::collections::BTreeSet::new();
    for said in all(clients) {
        assert_eq!(statuses(&said), [303], "{said}");
        let location = said
            .lines()
            .find(|line| line.starts_with("location: "))
            .unwrap();
        receipts.insert(location.to_owned());
    }
    assert_eq!(receipts.len(), 1);
    assert_eq!(site.stored().len(), 1);
}

#[test]
fn more_connections_than_a_shell_allows_files_are_served_all_the_same() {
    let scratch = Scratch::new("files");
    write_survey(&scratch.path("surveys"));
    let mut command = std::process::Command::new("sh");
    command
        .args([
            "-c",
            "ulimit -Sn 64 && exec \"$0\" serve --listen 127.0.0.1:0 --data \"$1\" \
             --surveys \"$2\"",
        ])
        .arg(env!("CARGO_BIN_EXE_minyi"))
        .arg(scratch.path("data"))
        .arg(scratch.path("surveys"));
    let server = Server::start_by(&mut command);
    let held: Vec<_> = (0..300)
        .map(|_| {
            let mut stream = std::net::TcpStream::connect(&server.address).unwrap();
            std::io::Write::write_all(&mut stream, b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ")
                .unwrap();
            stream
        })
        .collect();
    assert_eq!(server.get("/s/crowd-2026").status, 200);
    let form = Form::new(true).body();
    let stored = server.request("POST", "/s/crowd-2026", &[FORM_TYPE], form.as_bytes());
    assert_eq!(stored.status, 303);
    drop(held);
}
