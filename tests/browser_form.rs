//! The questionnaire as respondents meet it: with script and without, on bad networks, with thumbs and second thoughts.

use std::io::{Read, Write};
use std::net::TcpListener;

use serde_json::{Value, json};

use crate::chromium::{Browser, DESK, PHONE};
use crate::respond::{Site, stored};
use crate::support::{Scratch, Server, root};

const FORM: &str = "/s/satisfaction-2026";

fn at(site: &Site, path: &str) -> String {
    format!("http://{}{path}", site.server.address)
}

#[test]
fn a_resident_answers_on_a_phone_step_by_step_and_the_count_rises_by_one() {
    let site = Site::start("phone");
    let browser = Browser::open(PHONE);
    browser.go(&at(&site, &format!("{FORM}?c=poster-17")));
    let requests = "return performance.getEntriesByType('resource').filter(function (r) { return !/favicon|^data:/.test(r.name) }).length";
    assert_eq!(browser.run(requests), json!(0), "one response holds everything");
    browser.tap("#start");
    assert_eq!(browser.text("#where"), "第 1 步，还有 11 步");
    browser.answer_step(0);
    browser.next();
    assert!(
        browser.is_at("生态环境质量"),
        "{}",
        browser.run("return document.body.innerText")
    );
    assert_eq!(
        browser.text("#where"),
        "第 2 步，还有 10 步",
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
    assert!(browser.text("main").contains("第 1 份"));
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

#[test]
fn the_language_can_be_changed_at_any_step_without_losing_an_answer() {
    let site = Site::start("language");
    let browser = Browser::open(DESK);
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
    assert!(browser.is_shown("[name=a1]") && browser.is_shown("[name=p12]") && browser.is_shown("#send"));
    assert!(
        !browser.is_shown("#next") && !browser.is_shown("[name=website]"),
        "nothing that needs a script, no trap"
    );
    for (name, value) in crate::respond::complete() {
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
    assert!(browser.text("#sum").contains("“饮用水的水质”：请选择一个答案"));
    assert!(site.stored().is_empty());
    browser.tap("#sum a");
    browser.tap("[name=a3][value='4']");
    browser.tap("#send");
    browser.wait_for_receipt();
    assert!(browser.text("main").contains("第 1 份"));
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
    for (name, value) in crate::respond::complete() {
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
fn a_page_that_the_browser_itself_froze_and_thawed_goes_on_where_it_was() {
    let site = Site::start("thawed");
    let browser = Browser::open(PHONE);
    browser.go(&at(&site, FORM));
    browser.tap("#start");
    browser.answer_step(0);
    browser.next();
    browser.tap("[name=a1][value='2']");
    browser.run(
        "window.thawed = 0; addEventListener('pageshow', function (e) { thawed += e.persisted ? 1 : 0 })",
    );
    browser.go(&at(&site, "/"));
    browser.back();
    browser.wait_until(
        "the page comes out of the back-forward cache, not from the server",
        "return window.thawed == 1",
    );
    assert!(browser.is_at("生态环境质量"));
    assert_eq!(
        browser.run("return document.querySelector('[name=a1]:checked').value"),
        "2"
    );
    // Frozen while it was sending: the way to send is open again.
    browser.answer_step(1);
    browser.next();
    for _ in 0..20 {
        if browser.is_shown("#s-review") {
            break;
        }
        browser.answer_step(1);
        browser.next();
    }
    browser.run("document.getElementById('send').disabled = true");
    browser.go(&at(&site, "/"));
    browser.back();
    browser.wait_until("thawed again", "return window.thawed == 2");
    browser.send();
    browser.wait_for_receipt();
    assert_eq!(site.stored().len(), 1);
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

#[test]
fn the_phones_own_back_button_leads_one_step_back_with_the_answers() {
    let site = Site::start("back");
    let browser = Browser::open(PHONE);
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

#[test]
fn a_draft_outlives_a_killed_tab_and_can_be_discarded_on_a_shared_phone() {
    let site = Site::start("draft");
    let browser = Browser::open(PHONE);
    browser.go(&at(&site, FORM));
    browser.tap("#start");
    browser.answer_step(0);
    browser.next();
    browser.tap("[name=a1][value='2']");
    browser.new_tab_after_killing_this();
    browser.go(&at(&site, FORM));
    assert!(browser.is_shown("#resume"), "the draft is offered");
    assert_eq!(
        browser.run("return document.querySelector('[name=a1]:checked')"),
        Value::Null,
        "and not shown to whoever opens the page"
    );
    browser.tap("#resume-yes");
    assert!(browser.is_at("生态环境质量"));
    assert_eq!(
        browser.run("return document.querySelector('[name=a1]:checked').value"),
        "2"
    );
    browser.back();
    browser.wait_until(
        "back leads through the steps before",
        "return !!document.querySelector('.step:not([hidden]) [name=adult]')",
    );
    browser.new_tab_after_killing_this();
    browser.go(&at(&site, FORM));
    browser.tap("#resume-no");
    browser.go(&at(&site, FORM));
    assert!(!browser.is_shown("#resume"), "discarded is gone");
}

#[test]
fn a_tab_killed_at_any_step_costs_no_answer_and_nothing_is_left_after_the_receipt() {
    let site = Site::start("killed-tabs");
    let browser = Browser::open(PHONE);
    browser.go(&at(&site, FORM));
    browser.tap("#start");
    let answered = "return document.querySelector('.step:not([hidden])').id + \
                    [].map.call(document.querySelectorAll('[data-q] :checked, [data-q] input'), function (i) { \
                      return /radio|checkbox/.test(i.type) ? i.checked && i.name + i.value : i.name + i.value }).join()";
    let mut steps = 0;
    while !browser.is_shown("#s-review") {
        browser.answer_step(usize::from(steps > 0));
        let before = browser.run(answered);
        browser.new_tab_after_killing_this();
        browser.go(&at(&site, FORM));
        browser.tap("#resume-yes");
        assert_eq!(browser.run(answered), before, "step {steps}");
        browser.next();
        steps += 1;
        assert!(steps < 40);
    }
    assert!(steps > 5, "{steps}");
    browser.send();
    browser.wait_for_receipt();
    // On a shared phone the next person finds nothing.
    assert_eq!(
        browser.run("return localStorage.length + sessionStorage.length"),
        json!(0)
    );
    browser.go(&at(&site, FORM));
    assert!(!browser.is_shown("#resume"));
    assert_eq!(site.stored().len(), 1);
}

fn serve(scratch: &Scratch, listen: &str) -> Server {
    let data = scratch.0.to_str().unwrap();
    Server::start_at(listen, &["serve", "--data", data, "--surveys", "surveys"])
}

/// A phone at its review, and the address of the server that is no more.
fn ready_to_send_when_the_server_died(scratch: &Scratch) -> (Browser, String) {
    let server = serve(scratch, "127.0.0.1:0");
    let address = server.address.clone();
    let browser = Browser::open(PHONE);
    browser.go(&format!("http://{address}{FORM}"));
    browser.walk_to_review(1);
    server.kill();
    (browser, address)
}

fn send_in_vain(browser: &Browser) {
    browser.send();
    browser.wait_until(
        "it is said that nothing was sent",
        "return /还没有提交成功/.test(document.getElementById('state').textContent)",
    );
}

#[test]
fn a_form_sent_while_the_server_is_down_says_so_and_arrives_once_when_it_is_back() {
    let scratch = Scratch::new("down");
    let (browser, address) = ready_to_send_when_the_server_died(&scratch);
    send_in_vain(&browser);
    // The reader leaves the page and comes back to it: what waits to be sent goes on waiting.
    let server = serve(&scratch, &address);
    browser.wait_for_receipt();
    assert!(browser.text("main").contains("第 1 份"));
    assert_eq!(stored(&scratch, "satisfaction-2026").len(), 1);
    drop(server);
}

#[test]
fn a_filter_on_the_way_that_forbids_the_form_does_not_cost_its_answers() {
    let scratch = Scratch::new("filter");
    let (browser, address) = ready_to_send_when_the_server_died(&scratch);
    let filter = TcpListener::bind(&address).unwrap();
    let refused = std::thread::spawn(move || {
        let (mut phone, _) = filter.accept().unwrap();
        let mut head = [0; 4096];
        let _ = phone.read(&mut head).unwrap();
        let page = "<!doctype html><title>403</title><main><h1>Forbidden</h1><p>Request blocked.</p></main>";
        let answer = format!(
            "HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{page}",
            page.len()
        );
        phone.write_all(answer.as_bytes()).unwrap();
    });
    send_in_vain(&browser);
    refused.join().unwrap();
    let _server = serve(&scratch, &address);
    browser.wait_for_receipt();
    assert_eq!(stored(&scratch, "satisfaction-2026").len(), 1);
}

#[test]
fn a_double_tap_on_send_is_one_response() {
    let site = Site::start("twice");
    let browser = Browser::open(PHONE);
    browser.go(&at(&site, FORM));
    browser.walk_to_review(1);
    browser.pause(400);
    browser.run("var b = document.getElementById('send'); b.click(); b.click(); b.click()");
    browser.wait_for_receipt();
    assert_eq!(site.stored().len(), 1);
}

#[test]
fn a_page_out_of_the_back_forward_cache_has_live_buttons_and_a_sent_form_shows_no_answers() {
    let site = Site::start("frozen");
    let browser = Browser::open(PHONE);
    browser.go(&at(&site, FORM));
    browser.walk_to_review(1);
    browser.run(
        "document.getElementById('send').disabled = true;
         window.dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))",
    );
    assert_eq!(
        browser.run("return document.getElementById('send').disabled"),
        false
    );
    browser.send();
    browser.wait_for_receipt();
    browser.back();
    browser.wait_until(
        "the form is back",
        "return !!document.getElementById('s-front') && document.readyState == 'complete'",
    );
    browser.wait_until(
        "it is blank, for a phone that others use",
        "return !document.querySelector('[data-q] input:checked') && !document.getElementById('s-front').hidden",
    );
    assert_eq!(site.stored().len(), 1);
}

#[test]
fn faults_are_said_on_the_spot_in_the_servers_words_and_lead_to_their_question() {
    let site = Site::start("spot");
    let browser = Browser::open(PHONE);
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

#[test]
fn whoever_is_not_asked_is_thanked_and_nothing_is_kept() {
    let site = Site::start("young");
    let browser = Browser::open(PHONE);
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

#[test]
fn a_question_appears_when_its_condition_holds_and_full_width_digits_count() {
    let site = Site::start("shop");
    let browser = Browser::open(PHONE);
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
        browser.run("return document.getElementById('i-fridge_saving').getAttribute('aria-invalid')"),
        "true"
    );
}

#[test]
fn the_browser_gives_every_rule_the_value_that_the_server_gives_it() {
    let site = Site::start("rules");
    let browser = Browser::open(PHONE);
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
