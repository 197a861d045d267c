//! A typist types a whole form by keyboard alone, in a real browser.

use serde_json::json;

use crate::support::browser::{Browser, DESK};
use crate::support::paper::{Office, SURVEY, answers, link_of};

/// Presses keys where the cursor is.
fn press(browser: &Browser, keys: &str) {
    browser.press(":focus", keys);
}

fn focus(browser: &Browser) -> String {
    let name = browser.run("return document.activeElement.name || document.activeElement.id");
    name.as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_form_is_typed_by_keyboard_alone() {
    let office = Office::start("paper-typing");
    let browser = Browser::open(DESK);
    let site = format!("http://{}", office.server.address);
    browser.go(&format!("{site}/office/enter/{}", link_of("anna")));
    browser.tap("form button");
    browser.wait_until(
        "the log-in",
        "return !location.pathname.includes('/enter/')",
    );
    browser.go(&format!("{site}/office/{SURVEY}/paper/type"));
    let is_ready =
        "return document.activeElement.id === 'id' || document.activeElement.name === 'id'";
    browser.wait_until("the cursor in the first field", is_ready);
    const ENTER: &str = "\u{e007}";
    const BACK: &str = "\u{e003}";
    const ESCAPE: &str = "\u{e00c}";
    for value in ["31", "411702-U-06", "17", "20260601"] {
        press(&browser, value);
        press(&browser, ENTER);
    }
    assert_eq!(focus(&browser), "version");
    press(&browser, ENTER);
    // A wrong code is marked, and the cursor stays; the right one replaces it.
    assert_eq!(focus(&browser), "adult");
    press(&browser, "7");
    assert_eq!(focus(&browser), "adult");
    assert!(browser.is_shown("#q-adult.bad"));
    press(&browser, "1");
    assert_eq!(focus(&browser), "residence");
    assert!(!browser.is_shown("#q-adult.bad"));
    // Backspace in an empty field goes back; Escape takes the last change back.
    press(&browser, BACK);
    assert_eq!(focus(&browser), "adult");
    press(&browser, ENTER);
    press(&browser, "1");
    assert_eq!(focus(&browser), "area");
    press(&browser, ESCAPE);
    assert_eq!(focus(&browser), "residence");
    for (code, value) in answers().into_iter().skip(1) {
        while focus(&browser) != code {
            // A question that may stay empty.
            press(&browser, ENTER);
        }
        press(&browser, value);
    }
    assert_eq!(focus(&browser), "opinion");
    press(&browser, "\u{e004}");
    assert_eq!(focus(&browser), "typing-save");
    press(&browser, ENTER);
    browser.wait_until(
        "the form is stored",
        "return location.search.indexOf('as=first') >= 0",
    );
    // The head is kept for the next form of the pile.
    let kept = browser.run("return document.forms.typing.psu.value");
    assert_eq!(kept, json!("411702-U-06"));
    assert_eq!(focus(&browser), "id");
    let form = office.reader().paper_form(SURVEY, "31").unwrap();
    assert_eq!(form.entries.len(), 1);
    assert!(form.entries[0].answers.contains("\"age\":\"a60\""));
}
