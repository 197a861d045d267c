//! The README's commands are true.
//!
//! `MINYI_TEST_README=1` runs the first command as it is written, in the release profile.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use crate::support::{Scratch, minyi, root};

fn readme() -> String {
    std::fs::read_to_string(root().join("README.md")).unwrap()
}

/// The commands of the first two `sh` blocks.
fn two_commands() -> Vec<String> {
    let text = readme();
    let blocks = text.split("```sh\n").skip(1).take(2);
    blocks
        .map(|block| block.split("\n```").next().unwrap().trim().to_owned())
        .collect()
}

/// The first command, to be run: by default its program as built for the tests, since another build
/// takes minutes; as it is written with `MINYI_TEST_README=1`.
fn first_command(command: &str) -> Command {
    let mut words = command.split(' ');
    if std::env::var("MINYI_TEST_README").is_ok() {
        let mut command = Command::new(words.next().unwrap());
        command.args(words).current_dir(root());
        return command;
    }
    let arguments: Vec<&str> = words.skip_while(|word| *word != "--").skip(1).collect();
    minyi(&arguments)
}

#[test]
fn the_first_command_serves_the_pages_it_prints_and_the_second_is_what_ci_runs() {
    let commands = two_commands();
    assert_eq!(commands, ["cargo run --release -- demo", "bash tests/run"]);
    let scratch = Scratch::new("readme");
    let mut child = first_command(&commands[0])
        .env("MINYI_LISTEN", "127.0.0.1:0")
        .env("MINYI_DATA", scratch.path("demo-data"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut addresses = Vec::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        if let Some(address) = line.split("http://").nth(1) {
            addresses.push(address.split(' ').next().unwrap().to_owned());
        }
        if line.contains("Ctrl+C") {
            break;
        }
    }
    assert!(addresses.len() >= 4, "{addresses:?}");
    let statuses: Vec<u16> = addresses
        .iter()
        .map(|address| {
            let (host, path) = address.split_once('/').unwrap();
            status(host, &format!("/{path}"))
        })
        .collect();
    // `cargo run` is the parent of the program, which must end too.
    let _ = Command::new("pkill")
        .args(["-P", &child.id().to_string()])
        .status();
    let _ = child.kill();
    let _ = child.wait();
    assert!(
        statuses.iter().all(|status| *status == 200),
        "{addresses:?} {statuses:?}"
    );
    let ci = std::fs::read_to_string(root().join(".ci/run")).unwrap();
    assert!(ci.contains("exec bash tests/run"), "{ci}");
}

/// The status of a page, once it is there: figures are computed while the server already listens.
fn status(host: &str, path: &str) -> u16 {
    use std::io::{Read, Write};
    let mut last = 0;
    for _ in 0..3000 {
        let mut stream = std::net::TcpStream::connect(host).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        last = String::from_utf8_lossy(&answer)
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .unwrap_or(0);
        if last == 200 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    last
}

/// The fenced blocks of a document: language and lines, without comments.
fn blocks(document: &str) -> Vec<String> {
    let text = std::fs::read_to_string(root().join(document)).unwrap();
    let fenced = text.split("```").skip(1).step_by(2);
    fenced
        .map(|block| {
            let lines = block.lines().map(|line| line.split(" #").next().unwrap());
            lines.map(str::trim_end).collect::<Vec<_>>().join("\n")
        })
        .collect()
}

/// What a document names in backticks: flags, variables, keys, files and commands.
fn named(document: &str) -> BTreeSet<String> {
    let text = std::fs::read_to_string(root().join(document)).unwrap();
    let prose: String = text.split("```").step_by(2).collect();
    let names = prose.split('`').skip(1).step_by(2);
    names
        .map(|name| name.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

#[test]
fn the_chinese_readme_has_the_same_commands_names_and_tables_as_the_english_one() {
    let (english, chinese) = ("README.md", "README.zh.md");
    assert_eq!(blocks(english), blocks(chinese));
    let (names, same) = (named(english), named(chinese));
    let differing: Vec<_> = names.symmetric_difference(&same).collect();
    assert!(differing.is_empty(), "in one only: {differing:?}");
    let count = |document: &str, start: &str| {
        let text = std::fs::read_to_string(root().join(document)).unwrap();
        text.lines().filter(|line| line.starts_with(start)).count()
    };
    for start in ["## ", "### ", "| ", "- ", "1. ", "2. "] {
        assert_eq!(count(english, start), count(chinese, start), "{start}");
    }
    let links = |document: &str, other: &str| {
        let text = std::fs::read_to_string(root().join(document)).unwrap();
        text.lines()
            .take(4)
            .any(|line| line.contains(&format!("]({other})")))
    };
    assert!(links(english, chinese) && links(chinese, english));
}

#[test]
fn every_path_the_documents_name_exists() {
    for document in ["README.md", "README.zh.md", "ARCHITECTURE.md"] {
        let text = std::fs::read_to_string(root().join(document)).unwrap();
        for word in text.split('`').skip(1).step_by(2) {
            let path = word.trim_end_matches('/');
            let looks_like_a_path = path.contains('/')
                && ["src/", "tests/", "surveys/", "benches/"]
                    .iter()
                    .any(|start| path.starts_with(start));
            if looks_like_a_path && !path.contains(['<', '*', ' ', '{']) {
                assert!(root().join(path).exists(), "{document} names {path}");
            }
        }
    }
}
