//! The office at work on a large survey, while forms come in.
//!
//! `cargo bench --bench office -- --responses 1840000 --rate 300 --seconds 60`: makes the fictional city
//! (1,840,000 responses over all waves are 1,104,000 of the one that is measured), starts the server
//! twice, and prints
//!
//! * the time from the second start until the figures are there, beside the time that computing them
//!   took after the first start;
//! * the memory of the server at rest;
//! * for each page of the office the median and the longest time, and so for other choices of weights
//!   that are tried, at rest and while `--rate` forms a second are stored;
//! * the time from the moment when a form should be sent until its answer: median, 99th percentile,
//!   longest.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a benchmark may panic"
)]
#![allow(missing_docs, dead_code, unused_imports, unused_macros)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Parser;

use support::office::Staff;
use support::{Scratch, Server, city, site};

const SURVEY: &str = "satisfaction-2026";

const PAGES: [&str; 7] = [
    "",
    "/fieldwork",
    "/figures",
    "/quality",
    "/weighting",
    "/visits",
    "/back-checks",
];

/// Other choices of weights: margins, bounds, combination.
const CHOICES: [&str; 3] = [
    "/weighting?try=1&rake=age&rake=sex&combine=sampled",
    "/weighting?try=1&rake=age&rake=county*urban&rake=schooling&rake=sex&lower=0.3&upper=3&combine=sampled",
    "/weighting?try=1&rake=age&rake=county*urban&rake=schooling&rake=sex&combine=calibrated&calibrator=civic&calibrator=online&calibrator=surveyed",
];

/// Threads that send forms.
const SENDERS: u64 = 8;

#[derive(Parser)]
struct Args {
    /// Responses to make, over all waves
    #[arg(long, default_value_t = 60_000)]
    responses: u32,
    /// Forms a second
    #[arg(long, default_value_t = 300.0)]
    rate: f64,
    /// Seconds for which forms are sent
    #[arg(long, default_value_t = 30)]
    seconds: u64,
    /// Requests of each page
    #[arg(long, default_value_t = 10)]
    requests: usize,
    /// A folder that has the city already, or gets it; a new one by default, which is deleted
    #[arg(long)]
    data: Option<PathBuf>,
    /// Cargo passes this to every benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() {
    let args = Args::parse();
    let scratch = Scratch::new("office-bench");
    let data = args.data.clone().unwrap_or_else(|| scratch.path("data"));
    if !data.join("minyi.sqlite").exists() {
        std::fs::create_dir_all(&data).unwrap();
        let began = Instant::now();
        city::make(&data, args.responses);
        println!(
            "made {} responses in {:.0?}",
            args.responses,
            began.elapsed()
        );
    }
    let serve = ["serve", "--data", data.to_str().unwrap()];

    let began = Instant::now();
    let server = Server::start(&serve);
    let name = format!("bench{}", std::process::id());
    let secret = support::office::add(&data, &name, "statistician");
    let staff = Staff::log_in(&server, &name, &secret);
    let first = figures_after(&staff, began);
    counted(&staff, "fieldwork");
    let cookies = staff.cookies.clone();
    server.terminate();

    let began = Instant::now();
    let server = Server::start(&serve);
    let staff = Staff::with_cookies(&server, &name, &cookies);
    let second = figures_after(&staff, began);
    println!("figures after the first start: {first:.1?}; after the second: {second:.1?}");
    counted(&staff, "fieldwork");
    std::thread::sleep(Duration::from_secs(20));
    println!("memory at rest: {} MiB", server.memory("VmRSS") / 1024);
    counted(&staff, "weighting");

    println!("\nat rest, median and longest, ms:");
    pages(&staff, args.requests);
    println!("\nwhile {} forms a second come in:", args.rate);
    let sent = std::thread::scope(|scope| {
        let (server, args) = (&server, &args);
        let senders: Vec<_> = (0..SENDERS)
            .map(|sender| scope.spawn(move || send(server, args, sender)))
            .collect();
        std::thread::sleep(Duration::from_secs(3));
        pages(&staff, args.requests);
        let times = senders.into_iter().map(|own| own.join().unwrap());
        times.collect::<Vec<_>>().concat()
    });
    let n = sent.len();
    let [median, late, longest] = [0.5, 0.99, 1.0].map(|share| quantile(sent.clone(), share));
    println!("{n} forms: median {median:.1} ms, 99 % {late:.1} ms, longest {longest:.1} ms");
    println!("memory: {} MiB", server.memory("VmRSS") / 1024);
}

/// How long after `began` the figures are there.
fn figures_after(staff: &Staff<'_>, began: Instant) -> Duration {
    let path = format!("/office/{SURVEY}/figures.csv");
    while staff.get(&path).status != 200 {
        std::thread::sleep(Duration::from_millis(20));
    }
    began.elapsed()
}

/// Waits until a page that is made in the background is there.
fn counted(staff: &Staff<'_>, page: &str) {
    let path = format!("/office/{SURVEY}/{page}");
    while staff.get(&path).text().len() < 5_000 {
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn pages(staff: &Staff<'_>, requests: usize) {
    for page in PAGES.iter().chain(&CHOICES) {
        let path = format!("/office/{SURVEY}{page}");
        let times: Vec<f64> = (0..requests)
            .map(|_| {
                let began = Instant::now();
                assert_eq!(staff.get(&path).status, 200, "{path}");
                began.elapsed().as_secs_f64() * 1000.0
            })
            .collect();
        let (median, longest) = (quantile(times.clone(), 0.5), quantile(times, 1.0));
        println!("{median:9.1} {longest:9.1}  {path}");
    }
}

/// Sends the forms of one sender at their times. Returns the milliseconds of each from the moment when
/// it should be sent.
fn send(server: &Server, args: &Args, sender: u64) -> Vec<f64> {
    let began = Instant::now();
    let mut times = Vec::new();
    for number in (sender..).step_by(SENDERS as usize) {
        let due = Duration::from_secs_f64(number as f64 / args.rate);
        if due.as_secs() >= args.seconds {
            return times;
        }
        std::thread::sleep(due.saturating_sub(began.elapsed()));
        let (id, now) = (uuid::Uuid::new_v4(), jiff::Timestamp::now());
        let started = (now - jiff::SignedDuration::from_mins(3)).to_string();
        let (id, finished) = (id.to_string(), now.to_string());
        let mut fields = site::complete();
        fields.extend([
            ("response_id", id.as_str()),
            ("started_at", &started),
            ("finished_at", &finished),
        ]);
        let sent = server.post_form(&format!("/s/{SURVEY}"), &fields);
        assert_eq!(sent.status, 303, "{}", sent.text());
        times.push((began.elapsed() - due).as_secs_f64() * 1000.0);
    }
    times
}

fn quantile(mut times: Vec<f64>, share: f64) -> f64 {
    times.sort_by(f64::total_cmp);
    times[((times.len() - 1) as f64 * share) as usize]
}
