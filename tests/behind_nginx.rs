//! Behind the nginx that the README sets up: the sender is known, nothing is smuggled past, and a dead server is nginx's word.

use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::Duration;

use crate::support::raw::{SMUGGLED, hidden, statuses};
use crate::support::site::complete;
use crate::support::{Answer, Scratch, Server, exchange, form, root, say, wait_for};

/// A minyi that believes what this machine's proxy says of the sender.
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
    /// Starts it before the server at an address; says aloud when there is no nginx here.
    fn before(server: &str, scratch: &Scratch) -> Option<Nginx> {
        let Some(program) = program() else {
            println!("SKIPPED: no nginx here (Debian: apt-get install nginx)");
            return None;
        };
        // A port that was free a moment ago.
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap().to_string();
        drop(free);
        let folders = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {kind};"))
            .join(" ");
        let whole = format!(
            "daemon off; pid nginx.pid; events {{}}\nhttp {{\n{folders}\n{}\n}}\n",
            configuration(server, &address)
        );
        let file = scratch.write("nginx/nginx.conf", &whole);
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
        // SIGKILL would leave its worker behind.
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

/// The README's block, at addresses of the test's own and without a certificate.
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
fn a_second_request_hidden_in_a_first_gets_past_neither_nginx_nor_the_server() {
    let scratch = Scratch::new("nginx-smuggled");
    let server = serve(&scratch, "127.0.0.1:0", &[]);
    let Some(nginx) = Nginx::before(&server.address, &scratch) else {
        return;
    };
    for head in SMUGGLED {
        let told = say(&nginx.address, hidden(head).as_bytes());
        assert!(!told.ends_with("ok\n"), "{head}: {told}");
        // 501 is nginx's word for a transfer coding that it does not know.
        assert!(matches!(statuses(&told)[..], [400 | 501]), "{head}: {told}");
    }
    assert_eq!(
        exchange(&nginx.address, "GET", "/healthz", &[], b"").status,
        200
    );
}

#[test]
fn a_sender_that_is_made_up_is_not_believed_and_a_page_arrives_as_it_was_sent() {
    let scratch = Scratch::new("nginx-sender");
    let server = serve(&scratch, "127.0.0.1:0", &["--rate", "1"]);
    let Some(nginx) = Nginx::before(&server.address, &scratch) else {
        return;
    };
    // This machine is never limited; the sender that the header makes up would be after fifty.
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
fn while_there_is_no_server_nginx_says_so_and_the_next_form_reaches_the_one_that_was_started_anew()
{
    let scratch = Scratch::new("nginx-restart");
    let server = serve(&scratch, "127.0.0.1:0", &[]);
    let Some(nginx) = Nginx::before(&server.address, &scratch) else {
        return;
    };
    assert_eq!(nginx.submit("").status, 303);
    let address = server.address.clone();
    assert_eq!(server.terminate(), Some(0));
    // Not a word of ours, so the phone keeps its answers.
    assert_eq!(nginx.submit("").status, 502);
    let _server = serve(&scratch, &address, &[]);
    assert_eq!(nginx.submit("").status, 303);
}
