//! The sentence for people who answer faster than anyone reads: once, and never for others.

use serde_json::Value;

use crate::support::browser::{Browser, PHONE};
use crate::support::site::Site;

/// Answers a questionnaire up to its review, the same answer everywhere, each step in
/// `seconds_a_step` or as fast as a test is. How often the sentence was shown.
fn shown(seconds_a_step: u32) -> usize {
    let site = Site::start("prompt");
    let browser = Browser::open(PHONE);
    let address = &site.server.address;
    browser.go(&format!("http://{address}/s/satisfaction-2026?lang=en"));
    browser.run(
        "var real = Date.now; window.ahead = 0;
         Date.now = function () { return real.call(Date) + window.ahead; };",
    );
    browser.tap("#start");
    let place = || browser.run("return (history.state || {}).at");
    let mut shown = 0;
    for step in 0..40 {
        if browser.is_shown("#s-review") {
            return shown;
        }
        browser.answer_step(usize::from(step > 0));
        browser.run(&format!("window.ahead += {seconds_a_step} * 1000"));
        // Two taps within 0.3 s count as one.
        browser.pause(400);
        let before: Value = place();
        browser.tap("#next");
        if place() == before {
            let said = browser.text("#state");
            assert!(said.contains("quick"), "{said}");
            shown += 1;
            browser.tap("#next");
            assert_ne!(place(), before, "the person goes on");
        }
    }
    panic!("no review");
}

#[test]
fn whoever_answers_implausibly_fast_reads_the_sentence_once_and_goes_on() {
    assert_eq!(shown(0), 1);
}

#[test]
fn whoever_takes_the_time_to_read_never_sees_the_sentence() {
    assert_eq!(shown(60), 0);
}
