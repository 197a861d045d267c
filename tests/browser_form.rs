//! The questionnaire in a browser: with and without script, by touch, with corrections.

use serde_json::{Value, json};

use crate::support::browser::{Browser, DESK, Engine, PHONE, in_every_engine};
use crate::support::root;
use crate::support::site::Site;

const FORM: &str = "/s/satisfaction-2026";

in_every_engine![
    a_resident_answers_on_a_phone_step_by_step_and_the_count_rises_by_one,
    the_language_can_be_changed_at_any_step_without_losing_an_answer,
    the_phones_own_back_button_leads_one_step_back_with_the_answers,
    faults_are_said_on_the_spot_in_the_servers_words_and_lead_to_their_question,
    whoever_is_not_asked_is_thanked_and_nothing_is_kept,
    a_question_appears_when_its_condition_holds_and_full_width_digits_count,
    the_browser_gives_every_rule_the_value_that_the_server_gives_it,
];

fn at(site: &Site, path: &str) -> String {
    format!("http://{}{path}", site.server.address)
}

fn a_resident_answers_on_a_phone_step_by_step_and_the_count_rises_by_one(engine: Engine) {
    let site = Site::start("phone");
    let browser = Browser::open_in(engine, PHONE);
    browser.go(&at(&site, &format!("{FORM}?c=poster-17")));
    let requests = "return performance.getEntriesByType('resource').filter(function (r) { return !/favicon|^data:/.test(r.name) }).length";
    assert_eq!(
        browser.run(requests),
        json!(0),
        "one response holds everything"
    );
    browser.tap("#start");
    assert_eq!(browser.text("#where"), "第 1 步，还有 12 步");
    browser.answer_step(0);
    browser.next();
    assert!(
        browser.is_at("生态环境质量"),
        "{}",
        browser.run("return document.body.innerText")
    );
    assert_eq!(
        browser.text("#where"),
        "第 2 步，还有 11 步",
        "progress in words, and true"
    );
    for _ in 0..20 {
        if browser.is_shown("#s-review") {
            break;
        }
        browser.answer_step(1);
        browser.next();
    }
    let reviewed = browser.text("#review");
    assert!(
        reviewed.contains("空气质量") && reviewed.contains("比较满意"),
        "{reviewed}"
    );
    browser.send();
    browser.wait_for_receipt();
    assert!(
        browser
            .text("main")
            .contains("您是最早参加这项调查的人之一")
    );
    assert_eq!(
        browser.run("return localStorage.getItem('minyi:/s/satisfaction-2026')"),
        Value::Null,
        "the draft is cleared after the receipt"
    );
    let rows = site.stored();
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (rows[0]["a1"].as_str(), rows[0]["channel"].as_str()),
        ("4", "poster-17")
    );
}

fn the_language_can_be_changed_at_any_step_without_losing_an_answer(engine: Engine) {
    let site = Site::start("language");
    let browser = Browser::open_in(engine, DESK);
    browser.go(&at(&site, &format!("{FORM}?lang=en&c=mail")));
    browser.tap("#start");
    browser.answer_step(0);
    browser.next();
    assert!(browser.is_at("Environmental quality"));
    browser.answer_step(1);
    browser.tap("[name=lang]");
    browser.wait_until(
        "the page is Chinese",
        "return document.documentElement.lang == 'zh-CN'",
    );
    assert!(browser.is_at("生态环境质量"), "the same step");
    assert!(
        browser
            .run("return location.search")
            .as_str()
            .unwrap()
            .contains("c=mail"),
        "the channel goes along"
    );
    assert_eq!(
        browser.run("return document.querySelector('[name=a1]:checked').value"),
        "4"
    );
    browser.next();
    for _ in 0..20 {
        if browser.is_shown("#s-review") {
            break;
        }
        browser.answer_step(1);
        browser.next();
    }
    browser.send();
    browser.wait_for_receipt();
    assert_eq!(site.stored()[0]["channel"], "mail");
}

#[test]
fn without_script_the_whole_form_stands_on_one_page_and_a_fault_keeps_every_answer() {
    let site = Site::start("plain");
    let browser = Browser::without_script(PHONE);
    browser.go(&at(&site, FORM));
    assert!(
        browser.is_shown("[name=a1]")
            && browser.is_shown("[name=p12]")
            && browser.is_shown("#send")
    );
    assert!(
        !browser.is_shown("#next") && !browser.is_shown("[name=website]"),
        "nothing that needs a script, no trap"
    );
    for (name, value) in crate::support::site::complete() {
        match name {
            "a3" => {}
            "area" => browser.tap("[name=area] [value='411702']"),
            _ => browser.tap(&format!("[name={name}][value='{value}']")),
        }
    }
    browser.tap("#send");
    browser.wait_until(
        "the page is back, and its title says so first",
        "return document.readyState == 'complete' && document.title.indexOf('错误：') == 0",
    );
    assert!(
        browser
            .text("#sum")
            .contains("“饮用水的水质”：请选择一个答案")
    );
    assert!(site.stored().is_empty());
    browser.tap("#sum a");
    browser.tap("[name=a3][value='4']");
    browser.tap("#send");
    browser.wait_for_receipt();
    assert!(
        browser
            .text("main")
            .contains("您是最早参加这项调查的人之一")
    );
    assert_eq!(site.stored()[0]["p12"], "1");
}

#[test]
fn without_script_language_and_large_text_change_in_mid_form_and_nothing_is_lost() {
    let site = Site::start("plain-switch");
    let browser = Browser::without_script(PHONE);
    browser.go(&at(&site, &format!("{FORM}?c=poster-17")));
    browser.tap("[name=a1][value='2']");
    browser.tap("label[for=large]");
    browser.tap("[name=lang]");
    browser.wait_until(
        "the page is English",
        "return document.readyState == 'complete' && document.documentElement.lang == 'en'",
    );
    let kept = "return document.querySelector('[name=a1][value=\"2\"]').checked && document.getElementById('large').checked";
    assert_eq!(browser.run(kept), true);
    for (name, value) in crate::support::site::complete() {
        match name {
            "area" => browser.tap("[name=area] [value='411702']"),
            _ => browser.tap(&format!("[name={name}][value='{value}']")),
        }
    }
    browser.tap("#send");
    browser.wait_for_receipt();
    assert_eq!(
        browser.run("return [document.documentElement.lang, document.documentElement.className]"),
        json!(["en", "large"])
    );
    assert_eq!(site.stored()[0]["channel"], "poster-17");
}

#[test]
fn without_script_a_condition_is_said_in_words() {
    let site = Site::start("words");
    let browser = Browser::without_script(PHONE);
    browser.go(&at(&site, "/s/appliances-2026"));
    let condition = browser.text("#q-fridge_saving .cond");
    assert!(condition.contains("大于 0"), "{condition}");
    assert!(browser.is_shown("#q-fridge_saving .cond"));
}

fn the_phones_own_back_button_leads_one_step_back_with_the_answers(engine: Engine) {
    let site = Site::start("back");
    let browser = Browser::open_in(engine, PHONE);
    browser.go(&at(&site, FORM));
    browser.tap("#start");
    browser.answer_step(0);
    browser.next();
    assert!(browser.is_at("生态环境质量"));
    browser.back();
    browser.wait_until(
        "the first step is back",
        "return !!document.querySelector('.step:not([hidden]) [name=adult]:checked')",
    );
    assert!(browser.is_at("您的基本情况"));
    browser.next();
    assert!(browser.is_at("生态环境质量"), "and forward again");
    browser.tap("#back");
    browser.wait_until(
        "the page's own back does the same",
        "return !!document.querySelector('.step:not([hidden]) [name=adult]:checked')",
    );
}

fn faults_are_said_on_the_spot_in_the_servers_words_and_lead_to_their_question(engine: Engine) {
    let site = Site::start("spot");
    let browser = Browser::open_in(engine, PHONE);
    browser.go(&at(&site, FORM));
    browser.tap("#start");
    browser.tap("[name=adult][value=yes]");
    browser.pause(400);
    browser.tap("#next");
    assert_eq!(
        browser.run("return document.activeElement.id"),
        "sum",
        "focus is on the summary"
    );
    assert_eq!(
        browser.run("return document.querySelectorAll('#sum li').length"),
        json!(3)
    );
    assert!(
        browser
            .run("return document.title")
            .as_str()
            .unwrap()
            .starts_with("错误：")
    );
    browser.tap("#sum li:last-child a");
    assert_eq!(browser.run("return document.activeElement.name"), "urban");
    browser.answer_step(0);
    browser.next();
    assert!(browser.is_at("生态环境质量"));
    assert!(!browser.is_shown("#sum"));
}

fn whoever_is_not_asked_is_thanked_and_nothing_is_kept(engine: Engine) {
    let site = Site::start("young");
    let browser = Browser::open_in(engine, PHONE);
    browser.go(&at(&site, FORM));
    browser.tap("#start");
    browser.tap("[name=adult][value=no]");
    browser.answer_step(0);
    browser.next();
    assert!(
        browser.text("#end").contains("18周岁"),
        "{}",
        browser.run("return document.body.innerText")
    );
    assert!(!browser.is_shown("#send") && !browser.is_shown("#next"));
    assert_eq!(
        browser.run("return localStorage.getItem('minyi:/s/satisfaction-2026')"),
        Value::Null
    );
    assert!(site.stored().is_empty());
}

fn a_question_appears_when_its_condition_holds_and_full_width_digits_count(engine: Engine) {
    let site = Site::start("shop");
    let browser = Browser::open_in(engine, PHONE);
    browser.go(&at(&site, "/s/appliances-2026"));
    browser.tap("#start");
    browser.answer_step(0);
    browser.next();
    assert!(!browser.is_shown("#q-fridge_saving"));
    let number = browser.run("return [].map.call(document.querySelectorAll('.step:not([hidden]) [inputmode]'), function (i) { return i.id })");
    assert!(number.to_string().contains("i-fridge_all"), "{number}");
    browser.press("#i-fridge_all", "１２\t");
    assert!(browser.is_shown("#q-fridge_saving"));
    browser.press("#i-fridge_saving", "13\t");
    browser.pause(400);
    browser.tap("#next");
    let said = browser.text("#q-fridge_saving .err");
    assert!(!said.is_empty(), "more energy-saving ones than all");
    assert_eq!(
        browser
            .run("return document.getElementById('i-fridge_saving').getAttribute('aria-invalid')"),
        "true"
    );
}

fn the_browser_gives_every_rule_the_value_that_the_server_gives_it(engine: Engine) {
    let site = Site::start("rules");
    let browser = Browser::open_in(engine, PHONE);
    browser.go(&at(&site, FORM));
    let cases = std::fs::read_to_string(root().join("tests/journeys/rules.json")).unwrap();
    let count = serde_json::from_str::<Value>(&cases)
        .unwrap()
        .as_array()
        .unwrap()
        .len();
    let differing = browser.run(&format!(
        "var cases = {cases};
         return cases.filter(function (c) {{
           var value = minyiRule(c.json, function (code) {{ return code in c.answers ? c.answers[code] : null; }});
           return JSON.stringify(value) !== JSON.stringify(c.value);
         }}).map(function (c) {{ return c.rule + ' of ' + JSON.stringify(c.answers); }})"
    ));
    assert_eq!(differing, json!([]), "of {count}");
    assert!(count > 50);
}
