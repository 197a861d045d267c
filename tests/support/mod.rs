//! A running minyi, and what tests do with it.

pub mod attacker;
pub mod browser;
pub mod certificates;
pub mod city;
pub mod cluster;
pub mod database;
pub mod faults;
pub mod field;
pub mod figures;
pub mod office;
pub mod paper;
pub mod published;
pub mod raw;
pub mod reference_city;
pub mod releases;
pub mod respondents;
pub mod responses;
pub mod site;
pub mod small_city;
pub mod waves;
pub mod workbook;
pub mod world;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// A folder that is deleted when the test ends.
pub struct Scratch(pub PathBuf);

impl Scratch {
    pub fn new(name: &str) -> Scratch {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let unique = format!(
            "minyi-{name}-{}-{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let path = std::env::temp_dir().join(unique);
        std::fs::create_dir_all(&path).unwrap();
        Scratch(path)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The repository's folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// `minyi` with arguments, in the repository's folder, without `MINYI_…` variables, in English.
pub fn minyi(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_minyi"));
    command.args(arguments).current_dir(root());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("MINYI_")) {
        command.env_remove(name);
    }
    command.env("LC_ALL", "C");
    command
}

/// `tests/support/{name}.c`, compiled to a library for `LD_PRELOAD` in `folder`.
pub fn compiled(name: &str, folder: &Scratch) -> PathBuf {
    let library = folder.path(&format!("{name}.so"));
    let compiled = Command::new("cc")
        .args(["-O1", "-shared", "-fPIC", "-o"])
        .arg(&library)
        .arg(root().join(format!("tests/support/{name}.c")))
        .args(["-ldl", "-lpthread"])
        .output()
        .unwrap();
    assert!(
        compiled.status.success(),
        "{}",
        String::from_utf8_lossy(&compiled.stderr)
    );
    library
}

/// An address that was free a moment ago, for a listener that cannot take port 0.
pub fn free_address() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

/// What a command left: exit code, standard output, standard error.
pub fn run(arguments: &[&str]) -> (i32, String, String) {
    let output = minyi(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.code().unwrap_or(-1),
        text(&output.stdout),
        text(&output.stderr),
    )
}

/// Waits until `is_ready` returns true. Fails after `deadline`.
pub fn wait_for(what: &str, deadline: std::time::Duration, mut is_ready: impl FnMut() -> bool) {
    let until = std::time::Instant::now() + deadline;
    while !is_ready() {
        assert!(
            std::time::Instant::now() < until,
            "waited {deadline:?} in vain for {what}"
        );
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

/// A running server; it is killed when the test ends.
pub struct Server {
    pub address: String,
    child: Child,
}

impl Server {
    /// Starts `minyi` with `arguments` plus a free port, and waits until it listens.
    pub fn start(arguments: &[&str]) -> Server {
        Server::start_at("127.0.0.1:0", arguments)
    }

    /// Starts `minyi` at a known address.
    pub fn start_at(listen: &str, arguments: &[&str]) -> Server {
        let mut arguments = arguments.to_vec();
        arguments.extend(["--listen", listen]);
        Server::start_by(&mut minyi(&arguments))
    }

    /// Starts it by a command that has its arguments; the command decides where the log goes.
    pub fn start_by(command: &mut Command) -> Server {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = loop {
            let line = lines
                .next()
                .expect("the server ended before it listened")
                .unwrap();
            if let Some(rest) = line.split("http://").nth(1) {
                break rest.split(['/', ' ']).next().unwrap().to_owned();
            }
        };
        // Reads everything: a server that writes to a full pipe would stop.
        std::thread::spawn(move || lines.for_each(drop));
        Server { address, child }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal, such as `TERM`.
    pub fn signal(&self, name: &str) {
        let arguments = [format!("-{name}"), self.pid().to_string()];
        assert!(
            Command::new("kill")
                .args(arguments)
                .status()
                .unwrap()
                .success()
        );
    }

    /// Sockets that it has open, its listener among them.
    pub fn n_sockets(&self) -> usize {
        let files = std::fs::read_dir(format!("/proc/{}/fd", self.pid())).unwrap();
        files
            .filter_map(|file| std::fs::read_link(file.ok()?.path()).ok())
            .filter(|target| target.to_string_lossy().starts_with("socket:"))
            .count()
    }

    /// A figure of its `/proc/PID/status`, such as `VmHWM` (its largest memory) in KiB.
    pub fn memory(&self, field: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find(|line| line.starts_with(field)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// Ends it as a power cut would: SIGKILL.
    pub fn kill(mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Stops the server by SIGTERM, as an init system does. Returns its exit code.
    pub fn terminate(mut self) -> Option<i32> {
        self.signal("TERM");
        self.child.wait().unwrap().code()
    }

    /// Waits until the server ends by itself. Returns its exit code.
    pub fn ended(mut self) -> Option<i32> {
        for _ in 0..600 {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        panic!("the server does not end")
    }

    pub fn get(&self, path: &str) -> Answer {
        self.request("GET", path, &[], b"")
    }

    pub fn post_form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.request(
            "POST",
            path,
            &[("Content-Type", "application/x-www-form-urlencoded")],
            form(fields).as_bytes(),
        )
    }

    pub fn post_json(&self, path: &str, body: &serde_json::Value) -> Answer {
        let body = serde_json::to_vec(body).unwrap();
        self.request("POST", path, &[("Content-Type", "application/json")], &body)
    }

    /// [`Server::post_json`] with a device token.
    pub fn post_json_as(&self, token: &str, path: &str, body: &serde_json::Value) -> Answer {
        let body = serde_json::to_vec(body).unwrap();
        let bearer = format!("Bearer {token}");
        let headers = [
            ("Content-Type", "application/json"),
            ("Authorization", bearer.as_str()),
        ];
        self.request("POST", path, &headers, &body)
    }

    /// Sends GET to another listener of the same server.
    pub fn get_at(&self, address: &str, path: &str) -> Answer {
        exchange(address, "GET", path, &[], b"")
    }

    pub fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        exchange(&self.address, method, path, headers, body)
    }

    /// The answer to `bytes`, whatever they are, until it closes.
    pub fn say(&self, bytes: &[u8]) -> String {
        say(&self.address, bytes)
    }

    /// [`Server::request`] to a server that may have ended.
    pub fn try_request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Option<Answer> {
        try_exchange(&self.address, method, path, headers, body)
    }
}

/// The answer at an address to `bytes`, whatever they are, until the connection is closed.
pub fn say(address: &str, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

/// Sends one request on a new connection.
pub fn exchange(
    address: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Answer {
    try_exchange(address, method, path, headers, body).unwrap()
}

/// [`exchange`] with a server that may have ended.
pub fn try_exchange(
    address: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Option<Answer> {
    let mut stream = TcpStream::connect(address).ok()?;
    let mut head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n",
        address
    );
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if method != "GET" {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    head.push_str("\r\n");
    let _ = stream.write_all(head.as_bytes());
    let _ = stream.write_all(body);
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    (!bytes.is_empty()).then(|| Answer::parse(&bytes))
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One HTTP answer.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    fn parse(bytes: &[u8]) -> Answer {
        let split = bytes
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
            .unwrap_or(bytes.len());
        let head = String::from_utf8_lossy(&bytes[..split]).into_owned();
        let mut lines = head.lines();
        let status = lines
            .next()
            .and_then(|line| line.split(' ').nth(1)?.parse().ok())
            .unwrap_or(0);
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let mut body = bytes.get(split + 4..).unwrap_or_default().to_vec();
        if headers
            .iter()
            .any(|(name, value)| name == "transfer-encoding" && value == "chunked")
        {
            body = unchunk(&body);
        }
        Answer {
            status,
            headers,
            body,
        }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }
}

fn unchunk(mut body: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(end) = body.windows(2).position(|window| window == b"\r\n") {
        let size =
            usize::from_str_radix(std::str::from_utf8(&body[..end]).unwrap().trim(), 16).unwrap();
        if size == 0 {
            break;
        }
        whole.extend_from_slice(&body[end + 2..end + 2 + size]);
        body = &body[end + 4 + size..];
    }
    whole
}

/// Fields as `application/x-www-form-urlencoded`.
pub fn form(fields: &[(&str, &str)]) -> String {
    let encode = |text: &str| {
        text.bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                    char::from(byte).to_string()
                }
                other => format!("%{other:02X}"),
            })
            .collect::<String>()
    };
    fields
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect::<Vec<_>>()
        .join("&")
}

/// A device token that `minyi token add` issues on a data folder.
pub fn device_token(data: &Path, name: &str, more: &[&str]) -> String {
    let surveys = root().join("surveys");
    let place = [
        "--data",
        data.to_str().unwrap(),
        "--surveys",
        surveys.to_str().unwrap(),
    ];
    let arguments = [&["token", "add", name], more, &place[..]].concat();
    let (code, out, errors) = run(&arguments);
    assert_eq!(code, 0, "{errors}");
    out.trim().to_owned()
}
