//! Behind nginx with the README's configuration: senders are known, no request is smuggled past it,
//! and nginx answers when the server is down.

use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::Duration;

use crate::support::raw::{SMUGGLED, hidden, statuses};
use crate::support::site::complete;
use crate::support::{Answer, Scratch, Server, exchange, form, root, say, wait_for};

/// Starts a server that trusts the proxy on this machine.
fn serve(scratch: &Scratch, listen: &str, arguments: &[&str]) -> Server {
    let mut all = vec!["serve", "--data", scratch.0.to_str().unwrap()];
    all.extend(["--surveys", "surveys", "--trusted-proxy", "127.0.0.1"]);
    all.extend(arguments);
    Server::start_at(listen, &all)
}

/// An nginx with the README's configuration.
struct Nginx {
    address: String,
    process: Child,
}

impl Nginx {
    /// Starts nginx in front of the server at an address. Prints a line and returns `None` if nginx
    /// is not installed.
    fn before(server: &str, scratch: &Scratch) -> Option<Nginx> {
        let Some(program) = program() else {
            println!("SKIPPED: nginx is not installed (Debian: apt-get install nginx)");
            return None;
        };
        // Finds a free port. Another process could take it before nginx does.
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        drop(listener);
        let folders = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {kind};"))
            .join(" ");
        let configuration = format!(
            "daemon off; pid nginx.pid; events {{}}\nhttp {{\n{folders}\n{}\n}}\n",
            configuration(server, &address)
        );
        let file = scratch.write("nginx/nginx.conf", &configuration);
        let process = Command::new(program)
            .arg("-p")
            .arg(file.parent().unwrap())
            .args(["-e", "error.log", "-c"])
            .arg(&file)
            .spawn()
            .unwrap();
        wait_for("nginx", Duration::from_secs(10), || {
            std::net::TcpStream::connect(&address).is_ok()
        });
        Some(Nginx { address, process })
    }

    fn submit(&self, forwarded: &str) -> Answer {
        let id = uuid::Uuid::new_v4().to_string();
        let mut fields = complete();
        fields.push(("response_id", id.as_str()));
        let headers = [
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("X-Forwarded-For", forwarded),
        ];
        let path = "/s/satisfaction-2026";
        exchange(
            &self.address,
            "POST",
            path,
            &headers,
            form(&fields).as_bytes(),
        )
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // SIGKILL would leave its worker running.
        let pid = self.process.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &pid]).status();
        let _ = self.process.wait();
    }
}

fn program() -> Option<PathBuf> {
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&on_path).collect();
    folders.push("/usr/sbin".into());
    folders
        .into_iter()
        .map(|folder| folder.join("nginx"))
        .find(|program| program.exists())
}

/// The README's configuration, with the addresses of the test and without a certificate.
fn configuration(server: &str, address: &str) -> String {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let block = readme.split("```nginx\n").nth(1).unwrap();
    let block = block.split("\n```").next().unwrap();
    let lines = block.lines().filter_map(|line| match line.trim() {
        listen if listen.starts_with("listen ") => Some(format!("listen {address};")),
        certificate if certificate.starts_with("ssl_") => None,
        other => Some(other.replace("127.0.0.1:8080", server)),
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn neither_nginx_nor_the_server_accepts_a_second_request_hidden_in_the_first() {
    let scratch = Scratch::new("nginx-smuggled");
    let server = serve(&scratch, "127.0.0.1:0", &[]);
    let Some(nginx) = Nginx::before(&server.address, &scratch) else {
        return;
    };
    for head in SMUGGLED {
        let answer = say(&nginx.address, hidden(head).as_bytes());
        assert!(!answer.ends_with("ok\n"), "{head}: {answer}");
        // nginx answers an unknown transfer coding with 501.
        assert!(
            matches!(statuses(&answer)[..], [400 | 501]),
            "{head}: {answer}"
        );
    }
    assert_eq!(
        exchange(&nginx.address, "GET", "/healthz", &[], b"").status,
        200
    );
}

#[test]
fn a_forged_sender_is_not_believed_and_pages_arrive_unchanged() {
    let scratch = Scratch::new("nginx-sender");
    let server = serve(&scratch, "127.0.0.1:0", &["--rate", "1"]);
    let Some(nginx) = Nginx::before(&server.address, &scratch) else {
        return;
    };
    // This machine is never limited. The forged sender would be limited after fifty.
    for _ in 0..60 {
        assert_eq!(nginx.submit("198.51.100.7").status, 303);
    }
    let page = |address: &str, headers: &[(&str, &str)]| {
        exchange(address, "GET", "/s/satisfaction-2026", headers, b"")
    };
    let coding = ("Accept-Encoding", "gzip, br");
    let [direct, through] =
        [&server.address, &nginx.address].map(|address| page(address, &[coding]));
    assert_eq!(through.header("content-encoding"), Some("br"));
    for header in ["etag", "cache-control", "vary", "content-security-policy"] {
        assert!(direct.header(header).is_some(), "{header}");
        assert_eq!(through.header(header), direct.header(header), "{header}");
    }
    let known = ("If-None-Match", direct.header("etag").unwrap());
    assert_eq!(page(&nginx.address, &[coding, known]).status, 304);
}

#[test]
fn nginx_answers_502_while_the_server_is_down_and_the_restarted_server_gets_the_next_form() {
    let scratch = Scratch::new("nginx-restart");
    let server = serve(&scratch, "127.0.0.1:0", &[]);
    let Some(nginx) = Nginx::before(&server.address, &scratch) else {
        return;
    };
    assert_eq!(nginx.submit("").status, 303);
    let address = server.address.clone();
    assert_eq!(server.terminate(), Some(0));
    // The answer is not minyi's own, so the phone keeps its answers.
    assert_eq!(nginx.submit("").status, 502);
    let _server = serve(&scratch, &address, &[]);
    assert_eq!(nginx.submit("").status, 303);
}
