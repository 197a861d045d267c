//! Access for everyone: axe-core in every state, large targets, large text, narrow screens; and the poster's code, read by machine.
//!
//! Lighthouse, by hand, with the demonstration running (`cargo run --release -- demo`):
//! `CHROME_PATH=$(which chromium) npx lighthouse@12 http://127.0.0.1:8080/s/satisfaction-2026 --throttling-method=simulate --chrome-flags="--headless=new --no-sandbox"`
//! (its own profile is a slow 4G; `--throttling.rttMs=400 --throttling.throughputKbps=400` makes it a slow 3G, for which it
//! reckons three round trips before the first byte; `browser_slow` has a line that is slow in fact).

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::support::browser::{Browser, DESK, PHONE};
use crate::support::root;
use crate::support::site::Site;

const FORM: &str = "/s/satisfaction-2026";
const AXE: &str = "axe-core@4.14.1";

/// axe-core's source, fetched by npm on the first use into `target/`.
fn axe() -> Option<&'static str> {
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

/// Fails if axe finds anything at all in the page as it stands.
fn check(browser: &Browser, axe: &str, state: &str) {
    browser.run(axe);
    let found = browser.run_async(
        "var done = arguments[arguments.length - 1];
         axe.run(document).then(function (r) {
           done(r.violations.map(function (v) { return v.id + ': ' + v.nodes.map(function (n) { return n.html.slice(0, 160) }).slice(0, 3).join(' | ') }));
         }, function (e) { done(['axe failed: ' + e]) })",
    );
    assert_eq!(found, json!([]), "{state}");
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
    // The network returns: what waits is sent by itself.
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

#[test]
fn everything_to_tap_is_large_and_larger_in_large_text_with_or_without_script() {
    let site = Site::start("targets");
    for browser in [Browser::open(PHONE), Browser::without_script(PHONE)] {
        browser.go(&format!("http://{}{FORM}", site.server.address));
        if browser.is_shown("#nav #next") || !browser.is_shown("#send") {
            browser.tap("#start");
        }
        let smallest = "return Math.min.apply(null, [].map.call(document.querySelectorAll('.row,select,button:not([aria-hidden]),.go,textarea,.top label'),
            function (n) { return n.getClientRects().length ? n.getBoundingClientRect().height : 999 }))";
        let size = "return parseFloat(getComputedStyle(document.querySelector('[name=a1]').parentNode).fontSize)";
        let number = |script: &str| browser.run(script).as_f64().unwrap();
        assert!(number(smallest) >= 44.0, "{}", number(smallest));
        let rows = "return [].map.call(document.querySelectorAll('.row'), function (n) { return n.getBoundingClientRect().height }).filter(Boolean).sort(function (a, b) { return a - b })[0]";
        assert!(number(rows) >= 48.0, "{}", number(rows));
        assert!(number(size) >= 18.0);
        browser.tap("label[for=large]");
        browser.wait_until(
            "the text is large",
            "return document.getElementById('large').checked",
        );
        assert!(number(size) >= 22.0, "{}", number(size));
        assert!(number(rows) >= 60.0, "{}", number(rows));
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

#[test]
fn the_posters_code_is_read_by_machine_and_leads_to_its_channel() {
    let site = Site::start("poster");
    let browser = Browser::open(DESK);
    for size in ["a4", "a5"] {
        browser.go(&format!(
            "http://{}{FORM}/poster?c=poster-17&size={size}",
            site.server.address
        ));
        let picture = browser.run_async(
            "var done = arguments[arguments.length - 1], svg = document.querySelector('.qr svg').cloneNode(true), image = new Image();
             svg.setAttribute('width', 300); svg.setAttribute('height', 300);
             image.onload = function () {
               var canvas = document.createElement('canvas'); canvas.width = canvas.height = 300;
               var context = canvas.getContext('2d'); context.drawImage(image, 0, 0, 300, 300);
               var data = context.getImageData(0, 0, 300, 300).data, grey = [];
               for (var i = 0; i < data.length; i += 4) grey.push(data[i]);
               done(grey);
             };
             image.onerror = function () { done('no image') };
             image.src = 'data:image/svg+xml,' + encodeURIComponent(new XMLSerializer().serializeToString(svg));",
        );
        let grey: Vec<u8> = serde_json::from_value(picture).expect("pixels");
        let mut image =
            rqrr::PreparedImage::prepare_from_greyscale(300, 300, |x, y| grey[y * 300 + x]);
        let codes = image.detect_grids();
        let (_, address) = codes.first().expect("a QR code").decode().unwrap();
        assert!(
            address.ends_with("/s/satisfaction-2026?c=poster-17"),
            "{address}"
        );
        let beside = browser.text(".poster");
        assert!(
            beside.contains("poster-17") && beside.contains("/s/satisfaction-2026?c=poster-17"),
            "{beside}"
        );
        assert_eq!(
            browser.run("return document.querySelector('.poster').classList.contains('a5')"),
            Value::Bool(size == "a5")
        );
    }
}
