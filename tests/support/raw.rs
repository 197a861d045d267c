//! Bytes on a connection, as no client library would send them.

/// How the request of a form begins.
pub const FORM: &str = "POST /s/satisfaction-2026 HTTP/1.1\r\nHost: x\r\n\
                    Content-Type: application/x-www-form-urlencoded\r\n";

/// A runtime for many clients on one thread.
pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

/// The statuses of all answers in `said`.
pub fn statuses(said: &str) -> Vec<u16> {
    let lines = said
        .lines()
        .filter_map(|line| line.strip_prefix("HTTP/1.1 "));
    lines.map(|line| line[..3].parse().unwrap()).collect()
}

/// Heads that two HTTP parsers can read in two ways: they disagree where the body ends.
pub const SMUGGLED: [&str; 11] = [
    "Content-Length: 36\r\nTransfer-Encoding: chunked",
    "Transfer-Encoding: chunked\r\nContent-Length: 36",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
    "Transfer-Encoding: xchunked",
    "Transfer-Encoding : chunked",
    "Transfer-Encoding: chunked, identity",
    "Transfer-Encoding:\u{b}chunked",
    "Content-Length: 4\r\nContent-Length: 36",
    "Content-Length: +4",
    "Content-Length: -4",
    "X-Folded: a\r\n b\r\nContent-Length: 0x10",
];

/// A form with such a `head`. A parser that ends the form early takes the rest as a second request.
pub fn hidden(head: &str) -> String {
    format!("{FORM}{head}\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
}
