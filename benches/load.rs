//! Load test: how many responses a second the real server stores durably.
//!
//! `cargo bench --bench load -- --connections 16,64,256 --seconds 10`, and for PostgreSQL
//! `--features postgres … --database postgres://user@host/empty_database --servers 2`.
//!
//! `cargo bench --bench load -- --connections 64 --overload 120` sends from ten times as many
//! respondents for two minutes. It fails if an answer is not 200, 303 or 503, if a response is
//! lost, or if the server does not recover.
//!
//! Every run ends with a comparison of the respondents' journal with the database. The yardsticks
//! are measured in the same run: syncs of the disk a second, `/healthz`, the questionnaire page, a
//! POST of the same size that the same stack reads, decodes and drops, and one that a bare
//! prototype stores: same stack, one writer thread, synced commits of up to 512 bodies, but no
//! validation, no log, no index but the id's. With `--rows` there is one more: a server of the same
//! program whose database was empty at first.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a load test may panic"
)]
#![allow(missing_docs, dead_code)]

#[path = "load/overload.rs"]
mod overload;
#[path = "../tests/support/respondents.rs"]
mod respondents;
#[path = "load/yardsticks.rs"]
mod yardsticks;

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use clap::Parser;
use minyi::collection::{InvitationKey, Response, Timing};
use minyi::store::{DatabaseUrl, Store};
use respondents::{Connection, Crowd, Form, Journal, SURVEY, code};
use yardsticks::BYTES;

#[derive(Parser)]
struct Args {
    /// Connections at once; several numbers are measured one after the other
    #[arg(long, value_delimiter = ',', default_value = "16,64,256")]
    connections: Vec<usize>,
    /// Seconds of each measurement
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Responses in the database before the measurement
    #[arg(long, default_value_t = 0)]
    rows: u64,
    /// Servers on one database (PostgreSQL only)
    #[arg(long, default_value_t = 1)]
    servers: usize,
    /// Random ids, as forms without script send them, instead of ids that grow with time
    #[arg(long)]
    random_ids: bool,
    /// Spend an invitation with each response, of this number of issued ones
    #[arg(long, default_value_t = 0, value_name = "N")]
    invitations: u64,
    /// An empty database to use instead of a new SQLite file
    #[arg(long)]
    database: Option<String>,
    /// Send from ten times the largest number of connections for so many seconds, and measure
    /// nothing
    #[arg(long, value_name = "SECONDS")]
    overload: Option<u64>,
    /// Measure the submissions only
    #[arg(long)]
    no_yardsticks: bool,
    /// Folder for the data: its disk is measured
    #[arg(long, default_value = env!("CARGO_TARGET_TMPDIR"))]
    folder: PathBuf,
    /// Cargo passes this to every benchmark
    #[arg(long, hide = true)]
    bench: bool,
    /// Serve the POST that is read, decoded and dropped
    #[arg(long, hide = true)]
    dropping: bool,
    /// Serve the POST that is stored as it comes, in this file
    #[arg(long, hide = true)]
    bare: Option<PathBuf>,
}

impl Args {
    /// Respondents on that many connections, spread over the servers.
    fn crowd(&self, servers: &[Running], connections: usize) -> Crowd {
        Crowd {
            addresses: servers
                .iter()
                .map(|server| server.address.clone())
                .collect(),
            connections,
            ordered: !self.random_ids,
            patience: Duration::from_millis(50),
            invitations: None,
        }
    }
}

fn main() {
    let args = Args::parse();
    if args.dropping {
        return yardsticks::serve_dropping();
    }
    if let Some(file) = &args.bare {
        return yardsticks::serve_bare(file);
    }
    let scratch = args.folder.join(format!("load-{}", std::process::id()));
    std::fs::create_dir_all(&scratch).unwrap();
    respondents::write_survey(&scratch.join("surveys"));
    match args.overload {
        Some(seconds) => overload::play(&args, &scratch, seconds),
        None => measure(&args, &scratch),
    }
    std::fs::remove_dir_all(&scratch).unwrap();
}

fn measure(args: &Args, scratch: &Path) {
    let database = args
        .database
        .clone()
        .unwrap_or_else(|| format!("sqlite:{}", scratch.join("load.sqlite").display()));
    let url: DatabaseUrl = database.parse().unwrap();
    touch_memory();
    if args.rows > 0 {
        let began = Instant::now();
        fill(&url, args.rows, !args.random_ids);
        let seconds = began.elapsed().as_secs_f64();
        println!(
            "filled with {} responses in {seconds:.1} s ({:.0}/s)",
            args.rows,
            args.rows as f64 / seconds
        );
    }
    let fills = Store::open(&url).map(|store| store.leaves(0, 0)).is_ok();
    assert!(fills, "the database cannot be opened");
    // Before the other server starts, which checks its rows in the background.
    let mut beginning_empty = Vec::new();
    if args.rows > 0 && args.database.is_none() {
        let database = format!("sqlite:{}", scratch.join("empty.sqlite").display());
        let server = [Running::minyi(scratch, &database, args.servers)];
        for &connections in &args.connections {
            beginning_empty.push(durable_rate(
                &args.crowd(&server, connections),
                args.seconds,
            ));
        }
    }
    let next = (args.invitations > 0).then(|| Arc::new(AtomicU64::new(0)));
    let mut last = i64::try_from(args.rows).unwrap() - 1;
    if args.invitations > 0 {
        last += issue(&url, scratch, args.invitations);
    }
    let began = Instant::now();
    let servers: Vec<Running> = (0..args.servers)
        .map(|number| Running::minyi(scratch, &database, number))
        .collect();
    println!(
        "started in {:.2} s, idle memory {} MiB",
        began.elapsed().as_secs_f64(),
        servers[0].memory("VmRSS")
    );
    let address = &servers[0].address;
    let dropping = Running::of_ours(&["--dropping"]);
    let bare = Running::of_ours(&["--bare", &scratch.join("bare.sqlite").to_string_lossy()]);
    println!(
        "{:>11} {:>12} {:>9} {:>9} {:>10} {:>10} {:>10} {:>10}",
        "connections",
        "durable/s",
        "p50 ms",
        "p99 ms",
        "bare/s",
        "dropped/s",
        "healthz/s",
        "page/s"
    );
    for (number, &connections) in args.connections.iter().enumerate() {
        let crowd = Crowd {
            invitations: next.clone(),
            ..args.crowd(&servers, connections)
        };
        let processor = servers.iter().map(Running::processor_seconds).sum::<f64>();
        let commits = servers.iter().map(Running::commits).sum::<f64>();
        let mut journal = submissions(&crowd, args.seconds);
        let commits = servers.iter().map(Running::commits).sum::<f64>() - commits;
        let processor = servers.iter().map(Running::processor_seconds).sum::<f64>() - processor;
        let processor = processor * 1e6 / journal.acknowledged.len() as f64;
        let durable = journal.acknowledged.len() as f64 / args.seconds as f64;
        let (p50, p99) = (journal.latency(0.5), journal.latency(0.99));
        let mut yardsticks = [0.0; 6];
        if !args.no_yardsticks {
            // The same respondents: they use the processors too, and lower all rates alike.
            for (yardstick, server) in yardsticks.iter_mut().zip([&bare, &dropping]) {
                *yardstick = durable_rate(
                    &args.crowd(std::slice::from_ref(server), connections),
                    args.seconds,
                );
            }
            let page = format!("/s/{SURVEY}");
            let answers = [
                (address, "/healthz".to_owned()),
                (address, page.clone()),
                (&bare.address, format!("{BYTES}?3")),
                (
                    &bare.address,
                    format!("{BYTES}?{}", servers[0].length(&page)),
                ),
            ];
            // By turns, so that other programs of the machine affect all alike.
            for _ in 0..args.seconds {
                for (yardstick, (address, path)) in yardsticks.iter_mut().skip(2).zip(&answers) {
                    *yardstick += rate(address, path, connections) / args.seconds as f64;
                }
            }
        }
        let [bare, dropped, healthz, page, bare_nothing, bare_page] = yardsticks;
        println!(
            "{connections:>11} {durable:>12.0} {:>9.2} {:>9.2} {bare:>10.0} {dropped:>10.0} \
             {healthz:>10.0} {page:>10.0}   {}",
            f64::from(p50) / 1e3,
            f64::from(p99) / 1e3,
            format_args!(
                "{processor:.0} us of processor each, {:.0} a commit, {:.0} commits/s; {}",
                journal.acknowledged.len() as f64 / commits,
                commits / args.seconds as f64,
                statuses(&journal)
            ),
        );
        let reader = Store::open_reader(&url).unwrap();
        last = journal.assert_kept(&reader, last).last;
        if !args.no_yardsticks {
            println!(
                "            durable: {:.2} of bare, {:.2} of dropped, {:.2} of healthz; \
                 page: {:.2} of healthz, {:.2} of as many bytes from bare, which are {:.2} of \
                 3 bytes from it",
                durable / bare,
                durable / dropped,
                durable / healthz,
                page / healthz,
                page / bare_page,
                bare_page / bare_nothing
            );
        }
        if let Some(empty) = beginning_empty.get(number) {
            println!(
                "            durable: {:.2} of {empty:.0}/s where the database began empty",
                durable / empty
            );
        }
    }
    let alone = Crowd {
        ordered: true,
        ..args.crowd(&servers, 1)
    };
    let mut after = submissions(&alone, 1);
    let first = after.latencies.first().copied().unwrap_or(u32::MAX);
    println!(
        "after the load, alone: first answer in {:.2} ms, p50 {:.2} ms, p99 {:.2} ms",
        f64::from(first) / 1e3,
        f64::from(after.latency(0.5)) / 1e3,
        f64::from(after.latency(0.99)) / 1e3
    );
    println!(
        "journals agree with the database: {} responses, log dense",
        last + 1
    );
    for server in &servers {
        println!(
            "memory {} MiB, at most {} MiB",
            server.memory("VmRSS"),
            server.memory("VmHWM")
        );
    }
    println!("the disk does {:.0} fdatasync/s of 4 KiB", syncs(scratch));
}

/// Issues invitations under a key that every server of `scratch` has. Returns the number of leaves.
fn issue(url: &DatabaseUrl, scratch: &Path, n: u64) -> i64 {
    let key = InvitationKey::new([7; 32]);
    for number in 0..9 {
        let folder = scratch.join(format!("data-{number}"));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("invitation.key"), "07".repeat(32)).unwrap();
    }
    let store = Store::open(url).unwrap();
    let numbers: Vec<u64> = (0..n).collect();
    for numbers in numbers.chunks(20_000) {
        let hashes = numbers.iter().map(|n| key.hash(SURVEY, &code(*n)));
        let by_psu = [("psu-1".to_owned(), hashes.collect())].into();
        let check = key.check_value();
        store.issue_invitations(SURVEY, by_psu, &check, 0).unwrap();
    }
    i64::try_from(numbers.chunks(20_000).len()).unwrap()
}

/// Writes once to as much memory as the page cache of a large database needs. In a virtual machine,
/// memory that was never used can be five times slower at first (the host provides it page by
/// page), and a full database reaches such memory sooner than an empty one.
fn touch_memory() {
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let available = text
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"));
    let kib = available.and_then(|kib| kib.trim().strip_suffix(" kB")?.parse::<usize>().ok());
    let bytes = (kib.unwrap_or(0) / 2 * 1024).min(8 << 30);
    std::hint::black_box(vec![1_u8; bytes]);
}

fn submissions(crowd: &Crowd, seconds: u64) -> Journal {
    let stop = Arc::new(AtomicBool::new(false));
    let players = {
        let (crowd, stop) = (crowd.clone(), Arc::clone(&stop));
        std::thread::spawn(move || crowd.play(Vec::new(), &stop))
    };
    std::thread::sleep(Duration::from_secs(seconds));
    stop.store(true, Ordering::Relaxed);
    players.join().unwrap()
}

/// Responses that a crowd stores in a second.
fn durable_rate(crowd: &Crowd, seconds: u64) -> f64 {
    submissions(crowd, seconds).acknowledged.len() as f64 / seconds as f64
}

/// The request of a page, compressed as for a browser.
fn get(address: &str, path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nAccept-Encoding: br\r\n\r\n").into_bytes()
}

/// Answers in one second to one request that is repeated.
fn rate(address: &str, path: &str, connections: usize) -> f64 {
    let request = get(address, path);
    let answers = AtomicU64::new(0);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let end = Instant::now() + Duration::from_secs(1);
    let local = tokio::task::LocalSet::new();
    let answers = std::rc::Rc::new(answers);
    local.block_on(&runtime, async {
        let mut players = Vec::new();
        for _ in 0..connections {
            let (address, request, answers) = (
                address.to_owned(),
                request.to_owned(),
                std::rc::Rc::clone(&answers),
            );
            players.push(tokio::task::spawn_local(async move {
                let mut connection = Connection::open(&address).await.unwrap();
                while Instant::now() < end {
                    let status = connection.exchange(&request).await.unwrap();
                    assert!(status < 400, "{status}");
                    answers.fetch_add(1, Ordering::Relaxed);
                }
            }));
        }
        for player in players {
            player.await.unwrap();
        }
    });
    answers.load(Ordering::Relaxed) as f64
}

fn statuses(journal: &Journal) -> String {
    let mut statuses: Vec<_> = journal.statuses.iter().collect();
    statuses.sort();
    statuses
        .iter()
        .map(|(status, n)| format!("{status}: {n}"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Stores `rows` responses without a web server.
fn fill(url: &DatabaseUrl, rows: u64, ordered: bool) {
    let store = Store::open(url).unwrap();
    let mut left = rows;
    while left > 0 {
        let n = left.min(5000);
        let batch = (0..n)
            .map(|_| {
                let form = Form::new(ordered);
                Response {
                    id: form.id,
                    survey: SURVEY.into(),
                    questionnaire_hash: "ab".repeat(32),
                    mode: "online".into(),
                    channel: "poster-7".into(),

                    psu: String::new(),
                    area: String::new(),
                    invitation: None,
                    timing: Timing {
                        received_at: 1_780_000_000_000_000,
                        started_at: None,
                        finished_at: None,
                    },
                    enumerator: String::new(),
                    device: String::new(),
                    flags: String::new(),
                    answers: form.stored(),
                }
            })
            .collect();
        store.insert_all(batch).unwrap();
        left -= n;
    }
    store.close();
}

/// How many times a second the disk makes 4 KiB durable.
fn syncs(folder: &Path) -> f64 {
    let mut file = std::fs::File::create(folder.join("syncs")).unwrap();
    let end = Instant::now() + Duration::from_secs(2);
    let mut n = 0;
    while Instant::now() < end {
        file.write_all(&[7; 4096]).unwrap();
        file.sync_data().unwrap();
        n += 1;
    }
    f64::from(n) / 2.0
}

/// A server of this run.
struct Running {
    address: String,
    /// The address for operators, if this is minyi.
    admin: Option<String>,
    child: Child,
}

impl Running {
    fn minyi(scratch: &Path, database: &str, number: usize) -> Running {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let admin = free.local_addr().unwrap().to_string();
        drop(free);
        let mut command = Command::new(env!("CARGO_BIN_EXE_minyi"));
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--database", database])
            .args(["--admin-listen", &admin])
            .arg("--data")
            .arg(scratch.join(format!("data-{number}")))
            .arg("--surveys")
            .arg(scratch.join("surveys"));
        let mut running = Running::start(command);
        running.admin = Some(admin);
        running
    }

    fn of_ours(args: &[&str]) -> Running {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(args);
        Running::start(command)
    }

    fn start(mut command: Command) -> Running {
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
        std::thread::spawn(move || lines.for_each(drop));
        Running {
            address,
            admin: None,
            child,
        }
    }

    /// Processor time that all threads have used, user and kernel.
    fn processor_seconds(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let fields: Vec<&str> = stat
            .rsplit(')')
            .next()
            .unwrap()
            .split_whitespace()
            .collect();
        // In ticks of 1/100 s, fields 14 and 15 of proc(5).
        (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
    }

    /// Bytes of a page's body, compressed.
    fn length(&self, path: &str) -> usize {
        let mut stream = BufReader::new(std::net::TcpStream::connect(&self.address).unwrap());
        stream
            .get_mut()
            .write_all(&get(&self.address, path))
            .unwrap();
        let mut lines = stream.lines().map(Result::unwrap);
        let length =
            lines.find_map(|line| Some(line.strip_prefix("content-length: ")?.parse().unwrap()));
        length.unwrap()
    }

    /// Commits until now, by its metrics.
    fn commits(&self) -> f64 {
        let Some(admin) = &self.admin else { return 0.0 };
        let mut stream = std::net::TcpStream::connect(admin).unwrap();
        write!(
            stream,
            "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let count = text
            .lines()
            .find_map(|line| line.strip_prefix("minyi_store_commit_responses_count "));
        count.map_or(0.0, |count| count.parse().unwrap())
    }

    /// Memory in MiB, by `/proc`.
    fn memory(&self, field: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))
            .unwrap_or_default();
        let line = status
            .lines()
            .find(|line| line.starts_with(field))
            .unwrap_or_default();
        line.split_whitespace()
            .nth(1)
            .and_then(|kib| kib.parse::<u64>().ok())
            .unwrap_or(0)
            / 1024
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
