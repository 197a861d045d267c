//! How long a person waits for the page on a slow connection. It measures time, so run it by hand
//! on a machine without other work:
//! `cargo test --release --all-features --test main browser_slow:: -- --ignored --nocapture`.
//!
//! A relay delays every packet as slow 3G does: 400 ms for a round trip, also of the handshake, and
//! 400 kbit/s. The processor runs at a quarter of its speed.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::browser::{Browser, PHONE};
use crate::support::site::Site;

/// Half of the round trip.
const ONE_WAY: Duration = Duration::from_millis(200);

/// Bytes a second; bytes of a packet without and with its header.
const RATE: f64 = 400_000.0 / 8.0;
const PACKET: usize = 1460;
const HEAD: usize = 40;

/// Passes on what `from` sends, after `delay` and at the speed of the line.
fn relay(mut from: TcpStream, mut to: TcpStream, delay: Duration) {
    let (send, packets) = mpsc::channel::<(Instant, Vec<u8>)>();
    thread::spawn(move || {
        for (due, packet) in packets {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if to.write_all(&packet).is_err() {
                return;
            }
        }
        let _ = to.shutdown(Shutdown::Write);
    });
    let mut free = Instant::now();
    let mut packet = [0; PACKET];
    while let Ok(length @ 1..) = from.read(&mut packet) {
        let on_the_line = Duration::from_secs_f64((length + HEAD) as f64 / RATE);
        free = free.max(Instant::now()) + on_the_line;
        if send
            .send((free + delay, packet[..length].to_vec()))
            .is_err()
        {
            return;
        }
    }
}

/// Starts a slow line to `server`; returns its address.
fn line(server: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for near in listener.incoming().map_while(Result::ok) {
            let Ok(far) = TcpStream::connect(&server) else {
                return;
            };
            let (near_again, far_again) = (near.try_clone().unwrap(), far.try_clone().unwrap());
            // The handshake takes a round trip before the first byte.
            thread::spawn(move || relay(near, far, ONE_WAY * 3));
            thread::spawn(move || relay(far_again, near_again, ONE_WAY));
        }
    });
    address
}

#[test]
#[ignore = "measures time"]
fn on_slow_3g_the_first_question_can_be_reached_within_a_second_and_a_half() {
    let site = Site::start("slow");
    let mut waits = Vec::new();
    for _ in 0..7 {
        // A new browser and a new line each time, so that nothing is cached or connected.
        let browser = Browser::open(PHONE);
        browser.devtools("Emulation.setCPUThrottlingRate", json!({"rate": 4}));
        browser.go(&format!(
            "http://{}/s/satisfaction-2026",
            line(site.server.address.clone())
        ));
        browser.pause(1000);
        let wait = browser.run(
            "var page = performance.getEntriesByType('navigation')[0];
             return [performance.getEntriesByName('first-contentful-paint')[0].startTime, page.domContentLoadedEventEnd]",
        );
        let wait: [f64; 2] = serde_json::from_value(wait).unwrap();
        println!(
            "first contentful paint {:.0} ms, interactive {:.0} ms",
            wait[0], wait[1]
        );
        waits.push(wait);
    }
    for (place, what) in ["first contentful paint", "interactive"]
        .into_iter()
        .enumerate()
    {
        waits.sort_by(|a, b| a[place].total_cmp(&b[place]));
        let median = waits[waits.len() / 2][place];
        println!("median of {what}: {median:.0} ms");
        assert!(median < 1500.0, "{what}: {median:.0} ms");
    }
}
