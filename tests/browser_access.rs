//! Access for everyone: axe-core in every state, large targets, large text, narrow screens.
//!
//! Lighthouse, by hand, with the demonstration running (`cargo run --release -- demo`):
//! ```sh
//! CHROME_PATH=$(which chromium) npx lighthouse@12 http://127.0.0.1:8080/s/satisfaction-2026 \
//!   --throttling-method=simulate --chrome-flags="--headless=new --no-sandbox"
//! ```
//! This simulates a slow 4G. With `--throttling.rttMs=400 --throttling.throughputKbps=400` it is a
//! slow 3G with three round trips before the first byte. `browser_slow` uses a connection that is
//! slow.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use serde_json::json;

use crate::support::browser::{Browser, DESK, Engine, PHONE, in_every_engine};
use crate::support::root;
use crate::support::site::Site;

const FORM: &str = "/s/satisfaction-2026";
const AXE: &str = "axe-core@4.14.1";

in_every_engine![
    everything_to_tap_is_large_and_larger_in_large_text,
    the_buttons_take_at_most_a_sixth_of_a_small_screen_in_large_text,
];

/// The source of axe-core. npm fetches it into `target/` on the first use.
pub fn axe() -> Option<&'static str> {
    static SOURCE: OnceLock<Option<String>> = OnceLock::new();
    let source = SOURCE.get_or_init(|| {
        let folder = root().join("target/axe");
        let file: PathBuf = folder.join("node_modules/axe-core/axe.min.js");
        if !file.exists() {
            let _ = std::fs::create_dir_all(&folder);
            let _ = Command::new("npm")
                .args(["install", "--no-audit", "--no-fund", "--prefix"])
                .arg(&folder)
                .arg(AXE)
                .output();
        }
        std::fs::read_to_string(file).ok()
    });
    if source.is_none() {
        println!("SKIPPED: npm cannot fetch {AXE}, so no page is checked by axe");
    }
    source.as_deref()
}

/// What axe finds in the page in its present state.
pub fn findings(browser: &Browser, axe: &str) -> serde_json::Value {
    browser.run(axe);
    browser.run_async(
        "var done = arguments[arguments.length - 1];
         axe.run(document).then(function (r) {
           done(r.violations.map(function (v) { return v.id + ': ' + v.nodes.map(function (n) { return n.html.slice(0, 160) }).slice(0, 3).join(' | ') }));
         }, function (e) { done(['axe failed: ' + e]) })",
    )
}

/// Fails if axe finds anything in the page in its present state.
fn check(browser: &Browser, axe: &str, state: &str) {
    assert_eq!(findings(browser, axe), json!([]), "{state}");
}

/// Walks through every state of the questionnaire.
fn walk(site: &Site, language: &str, size: (u32, u32), dark: bool, large: bool) {
    let Some(axe) = axe() else { return };
    let browser = Browser::open(size);
    if dark {
        browser.dark();
    }
    let name = |state: &str| format!("{state}, {language}, {size:?}, dark {dark}, large {large}");
    browser.go(&format!(
        "http://{}{FORM}?lang={language}",
        site.server.address
    ));
    if large {
        browser.run("document.getElementById('large').click()");
    }
    check(&browser, axe, &name("front"));
    browser.tap("#start");
    browser.pause(400);
    browser.tap("#next");
    assert!(browser.is_shown("#sum"));
    check(&browser, axe, &name("faults"));
    for step in 1..30 {
        if browser.is_shown("#s-review") {
            break;
        }
        browser.answer_step(0);
        check(&browser, axe, &name(&format!("step {step}")));
        assert_eq!(
            browser.run("return document.documentElement.scrollWidth <= innerWidth"),
            true,
            "{}",
            name("wider than the screen")
        );
        browser.next();
    }
    check(&browser, axe, &name("review"));
    browser.run(
        "window.open_ = XMLHttpRequest.prototype.open;
         XMLHttpRequest.prototype.open = function (method) { open_.call(this, method, 'http://127.0.0.1:9/') }",
    );
    browser.send();
    browser.wait_until(
        "nothing was sent",
        "return !!document.getElementById('state').textContent && !document.getElementById('send').disabled",
    );
    check(&browser, axe, &name("not sent"));
    // When the network is back, the form is sent without a tap.
    browser.run("XMLHttpRequest.prototype.open = open_; window.dispatchEvent(new Event('online'))");
    browser.wait_for_receipt();
    check(&browser, axe, &name("receipt"));
}

#[test]
fn axe_finds_nothing_in_any_state_on_a_phone() {
    let site = Site::start("axe-phone");
    walk(&site, "zh", PHONE, false, false);
}

#[test]
fn axe_finds_nothing_in_the_dark_in_large_text_on_the_narrowest_screen() {
    let site = Site::start("axe-large");
    walk(&site, "en", (320, 640), true, true);
}

#[test]
fn axe_finds_nothing_without_script_and_on_the_other_pages() {
    let Some(axe) = axe() else { return };
    let site = Site::start("axe-other");
    let at = |path: &str| format!("http://{}{path}", site.server.address);
    let browser = Browser::open(DESK);
    for path in [
        "/",
        "/?lang=en",
        "/results",
        "/api",
        "/s/satisfaction-2026/poster?c=poster-17",
        "/nowhere",
        "/s/satisfaction-2025",
    ] {
        for dark in [false, true] {
            if dark {
                browser.dark();
            }
            browser.go(&at(path));
            check(&browser, axe, &format!("{path}, dark {dark}"));
        }
    }
}

/// Fails unless everything that can be tapped is large, and larger in large text.
fn everything_to_tap_is_large_and_larger_in_large_text(engine: Engine) {
    let site = Site::start("targets");
    let browser = Browser::open_in(engine, PHONE);
    browser.go(&format!("http://{}{FORM}", site.server.address));
    targets_are_large(&browser);
}

#[test]
fn without_script_everything_to_tap_is_large_and_larger_in_large_text() {
    let site = Site::start("targets-plain");
    let browser = Browser::without_script(PHONE);
    browser.go(&format!("http://{}{FORM}", site.server.address));
    targets_are_large(&browser);
}

fn targets_are_large(browser: &Browser) {
    let smallest = |selector: &str| {
        let script = format!(
            "return Math.min.apply(null, [].map.call(document.querySelectorAll('{selector}'),
             function (n) {{ return n.getClientRects().length ? n.getBoundingClientRect().height : 999 }}))"
        );
        browser.run(&script).as_f64().unwrap()
    };
    let targets = "a,button:not([aria-hidden]),label,select,summary,textarea";
    assert!(smallest(targets) >= 44.0, "front: {}", smallest(targets));
    if browser.is_shown("#start") && !browser.is_shown("#send") {
        browser.tap("#start");
    }
    assert!(smallest(targets) >= 44.0, "{}", smallest(targets));
    assert!(smallest(".row") >= 48.0, "{}", smallest(".row"));
    let size = "return parseFloat(getComputedStyle(document.querySelector('[name=a1]').parentNode).fontSize)";
    let size = || browser.run(size).as_f64().unwrap();
    assert!(size() >= 18.0);
    browser.tap("label[for=large]");
    browser.wait_until(
        "the text is large",
        "return document.getElementById('large').checked",
    );
    assert!(size() >= 22.0, "{}", size());
    assert!(smallest(".row") >= 60.0, "{}", smallest(".row"));
}

/// In large text the buttons at the bottom of a step take little of a small screen.
fn the_buttons_take_at_most_a_sixth_of_a_small_screen_in_large_text(engine: Engine) {
    let site = Site::start("bar");
    for language in ["zh", "en"] {
        let browser = Browser::open_in(engine, (360, 560));
        let address = format!(
            "http://{}{FORM}?lang={language}&text=large",
            site.server.address
        );
        browser.go(&address);
        browser.tap("#start");
        browser.answer_step(0);
        browser.next();
        let height = "return document.getElementById('nav').getBoundingClientRect().height";
        let height = browser.run(height).as_f64().unwrap();
        assert!(height <= 560.0 / 6.0, "{language}: {height}");
    }
}

#[test]
fn a_keyboard_alone_gets_through_a_step() {
    let site = Site::start("keys");
    let browser = Browser::open(DESK);
    browser.go(&format!("http://{}{FORM}", site.server.address));
    browser.press("#start", "\u{e007}");
    browser.pause(400);
    browser.press("[name=adult]", " ");
    browser.press("[name=residence]", " ");
    browser.press("[name=area]", "\u{e015}");
    browser.press("[name=urban]", " ");
    assert_eq!(
        browser.run("return document.activeElement.name"),
        "urban",
        "choosing moves nobody who uses keys"
    );
    browser.press("#next", "\u{e007}");
    if browser.is_shown("#state") {
        browser.press("#next", "\u{e007}");
    }
    assert!(browser.is_at("生态环境质量"), "{}", browser.text("#sum"));
    assert_eq!(
        browser.run("return document.activeElement.tagName"),
        "H2",
        "a reader is told of the new step"
    );
}
