//! What a phone keeps: drafts, pages in the back-forward cache, forms that wait to be sent.

use std::io::{Read, Write};
use std::net::TcpListener;

use serde_json::{Value, json};

use crate::support::browser::{Browser, Engine, PHONE, in_every_engine};
use crate::support::database::Database;
use crate::support::field::Field;
use crate::support::site::{Site, stored};
use crate::support::{Scratch, Server};

const FORM: &str = "/s/satisfaction-2026";

fn at(site: &Site, path: &str) -> String {
    format!("http://{}{path}", site.server.address)
}

/// Answers that the page shows, and answers that the draft on the phone holds.
const ANSWERS: &str = "var draft = JSON.parse(localStorage.getItem('minyi:/s/satisfaction-2026') || '{}');
    return [[].filter.call(document.querySelectorAll('[data-q]'), function (q) {
              return q.querySelector(':checked:not(option)') || (q.querySelector('select') || {}).value }).length,
            Object.keys(draft.a || {}).length]";

in_every_engine![
    a_page_that_the_browser_itself_froze_and_thawed_goes_on_where_it_was,
    a_draft_outlives_a_killed_tab_and_can_be_discarded_on_a_shared_phone,
    a_tab_killed_at_any_step_costs_no_answer_and_nothing_is_left_after_the_receipt,
    a_form_sent_while_the_server_is_down_says_so_and_arrives_once_when_it_is_back,
    a_filter_on_the_way_that_forbids_the_form_does_not_cost_its_answers,
    a_double_tap_on_send_is_one_response,
    a_page_out_of_the_back_forward_cache_has_live_buttons_and_a_sent_form_shows_no_answers,
    every_answer_is_there_when_the_page_is_left_in_mid_form_and_comes_back,
    every_answer_is_sent_when_the_page_is_left_at_the_review_and_comes_back,
    every_answer_is_there_when_the_other_language_was_looked_at_and_the_page_comes_back,
    a_finished_form_that_waits_to_be_sent_is_sent_whole_after_the_page_was_left,
    a_form_that_waits_to_be_sent_keeps_the_version_of_the_page_that_it_was_sent_from,
    a_form_of_an_unknown_version_comes_back_on_the_new_page_with_its_answers,
];

fn a_page_that_the_browser_itself_froze_and_thawed_goes_on_where_it_was(engine: Engine) {
    let site = Site::start("thawed");
    let browser = Browser::open_in(engine, PHONE);
    browser.go(&at(&site, FORM));
    browser.tap("#start");
    browser.answer_step(0);
    browser.next();
    browser.tap("[name=a1][value='2']");
    count_thaws(&browser);
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
    // It was frozen while it was sending. Now it can send again.
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

fn a_draft_outlives_a_killed_tab_and_can_be_discarded_on_a_shared_phone(engine: Engine) {
    let site = Site::start("draft");
    let browser = Browser::open_in(engine, PHONE);
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

fn a_tab_killed_at_any_step_costs_no_answer_and_nothing_is_left_after_the_receipt(engine: Engine) {
    let site = Site::start("killed-tabs");
    let browser = Browser::open_in(engine, PHONE);
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
    // On a shared phone the next person must find no answer.
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

/// A phone at the review, and the address of the server, which has stopped.
fn ready_to_send_when_the_server_died(engine: Engine, scratch: &Scratch) -> (Browser, String) {
    let server = serve(scratch, "127.0.0.1:0");
    let address = server.address.clone();
    let browser = Browser::open_in(engine, PHONE);
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

fn a_form_sent_while_the_server_is_down_says_so_and_arrives_once_when_it_is_back(engine: Engine) {
    let scratch = Scratch::new("down");
    let (browser, address) = ready_to_send_when_the_server_died(engine, &scratch);
    send_in_vain(&browser);
    // The person leaves the page and returns. The form still waits to be sent.
    let server = serve(&scratch, &address);
    browser.wait_for_receipt();
    assert!(
        browser
            .text("main")
            .contains("您是最早参加这项调查的人之一")
    );
    assert_eq!(stored(&scratch, "satisfaction-2026").len(), 1);
    drop(server);
}

fn a_filter_on_the_way_that_forbids_the_form_does_not_cost_its_answers(engine: Engine) {
    let scratch = Scratch::new("filter");
    let (browser, address) = ready_to_send_when_the_server_died(engine, &scratch);
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

fn a_double_tap_on_send_is_one_response(engine: Engine) {
    let site = Site::start("twice");
    let browser = Browser::open_in(engine, PHONE);
    browser.go(&at(&site, FORM));
    browser.walk_to_review(1);
    browser.pause(400);
    browser.run("var b = document.getElementById('send'); b.click(); b.click(); b.click()");
    browser.wait_for_receipt();
    assert_eq!(site.stored().len(), 1);
}

fn a_page_out_of_the_back_forward_cache_has_live_buttons_and_a_sent_form_shows_no_answers(
    engine: Engine,
) {
    let site = Site::start("frozen");
    let browser = Browser::open_in(engine, PHONE);
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

/// Counts in `window.thawed` how often the page has come out of the back-forward cache. It counts in
/// a timer, after what the page and the browser do at once.
fn count_thaws(browser: &Browser) {
    browser.run(
        "window.thawed = 0;
         addEventListener('pageshow', function (e) {
           if (e.persisted) setTimeout(function () { thawed++ });
         })",
    );
}

/// Opens another page of the site and returns through the back-forward cache.
fn leave_and_come_back(browser: &Browser, site: &str) {
    count_thaws(browser);
    browser.go(&format!("http://{site}/results"));
    browser.back();
    browser.wait_until("the page is thawed", "return window.thawed == 1");
}

fn every_answer_is_there_when_the_page_is_left_in_mid_form_and_comes_back(engine: Engine) {
    let site = Site::start("left-in-mid-form");
    let browser = Browser::open_in(engine, PHONE);
    browser.go(&at(&site, FORM));
    browser.tap("#start");
    browser.answer_step(0);
    browser.next();
    browser.answer_step(1);
    browser.next();
    let before = browser.run(ANSWERS);
    leave_and_come_back(&browser, &site.server.address);
    assert_eq!(browser.run(ANSWERS), before);
    browser.tap(".step:not([hidden]) [data-q] input");
    let [page, draft] = [0, 1].map(|n| before[n].as_u64().unwrap() + 1);
    assert_eq!(browser.run(ANSWERS), json!([page, draft]));
    let tinted = "return [].every.call(document.querySelectorAll('.row'), function (r) {
        return r.classList.contains('on') == r.firstElementChild.checked })";
    assert_eq!(
        browser.run(tinted),
        true,
        "rows look chosen if and only if they are"
    );
}

fn every_answer_is_sent_when_the_page_is_left_at_the_review_and_comes_back(engine: Engine) {
    let site = Site::start("left-at-review");
    let browser = Browser::open_in(engine, PHONE);
    browser.go(&at(&site, FORM));
    browser.walk_to_review(1);
    let before = browser.run(ANSWERS);
    leave_and_come_back(&browser, &site.server.address);
    assert_eq!(browser.run(ANSWERS), before);
    browser.send();
    browser.wait_for_receipt();
    let answered = |row: &std::collections::BTreeMap<String, String>| {
        row.values().filter(|cell| !cell.is_empty()).count()
    };
    assert!(answered(&site.stored()[0]) > 40, "{:?}", site.stored());
}

fn every_answer_is_there_when_the_other_language_was_looked_at_and_the_page_comes_back(
    engine: Engine,
) {
    let site = Site::start("language-and-back");
    let browser = Browser::open_in(engine, PHONE);
    browser.go(&at(&site, FORM));
    browser.tap("#start");
    browser.answer_step(0);
    browser.next();
    browser.answer_step(1);
    let before = browser.run(ANSWERS);
    browser.tap("[name=lang]");
    browser.wait_until(
        "the page is English",
        "return document.documentElement.lang == 'en'",
    );
    assert_eq!(browser.run(ANSWERS), before);
    // The English page shows the same step and has the steps before it in its history. Switch back.
    for _ in 0..4 {
        if browser.run("return document.documentElement.lang") == "en" {
            browser.back();
        }
    }
    browser.wait_until(
        "the page is Chinese",
        "return document.documentElement.lang == 'zh-CN'",
    );
    browser.pause(200);
    if browser.is_shown("#resume") {
        browser.tap("#resume-yes");
    }
    assert_eq!(browser.run(ANSWERS), before);
}

fn a_finished_form_that_waits_to_be_sent_is_sent_whole_after_the_page_was_left(engine: Engine) {
    let (database, folder) = (Database::sqlite("waits"), Scratch::new("waits"));
    let data = folder.0.to_str().unwrap();
    let address = database.address();
    let arguments = [
        "serve",
        "--data",
        data,
        "--surveys",
        "surveys",
        "--database",
        &address,
    ];
    let server = Server::start(&arguments);
    let browser = Browser::open_in(engine, PHONE);
    browser.go(&format!("http://{}{FORM}", server.address));
    browser.walk_to_review(1);
    let before = browser.run(ANSWERS);
    let outside = database.hold();
    send_in_vain(&browser);
    leave_and_come_back(&browser, &server.address);
    assert_eq!(browser.run(ANSWERS), before);
    drop(outside);
    browser.wait_for_receipt();
    let stored = database.reopen().scan("satisfaction-2026", -1, 10).unwrap();
    assert_eq!(stored.len(), 1);
    let answers: Value = serde_json::from_str(&stored[0].answers).unwrap();
    assert!(answers.as_object().unwrap().len() > 35, "{answers}");
}

/// A phone at the review of a page of `field`, and the address of the server, which has stopped.
fn at_the_review_when_the_server_died(engine: Engine, field: &Field) -> (Browser, String) {
    let server = field.serve();
    let address = server.address.clone();
    let browser = Browser::open_in(engine, PHONE);
    browser.go(&format!("http://{address}{FORM}"));
    browser.walk_to_review(1);
    server.kill();
    (browser, address)
}

const NEW_WORDS: &str = "您周围的空气质量";

fn change_words(field: &Field) {
    let old = "text.zh = \"空气质量\"";
    field.edit(
        "questionnaire.toml",
        old,
        &format!("text.zh = \"{NEW_WORDS}\""),
    );
}

fn a_form_that_waits_to_be_sent_keeps_the_version_of_the_page_that_it_was_sent_from(
    engine: Engine,
) {
    let field = Field::new("waits-version").answered(1);
    let (browser, address) = at_the_review_when_the_server_died(engine, &field);
    send_in_vain(&browser);
    change_words(&field);
    field.amend("clearer");
    let server = serve_field(&field, &address);
    // The person opens the page again: it has the new words, but the old ones were answered.
    browser.go(&format!("http://{address}{FORM}"));
    browser.wait_for_receipt();
    drop(server);
    let rows = field.export(&[]);
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0]["version"], rows[1]["version"]);
}

fn a_form_of_an_unknown_version_comes_back_on_the_new_page_with_its_answers(engine: Engine) {
    // Nobody has answered yet, so the words may change without a trace of the old ones.
    let field = Field::new("unknown-version");
    let (browser, address) = at_the_review_when_the_server_died(engine, &field);
    change_words(&field);
    let server = serve_field(&field, &address);
    let before = browser.run(ANSWERS);
    browser.send();
    browser.wait_until(
        "the new page says that the questions have changed",
        "return /请再看一遍/.test((document.getElementById('state') || {}).textContent)",
    );
    assert!(browser.text("#review").contains(NEW_WORDS));
    assert_eq!(browser.run(ANSWERS), before, "no answer is lost");
    assert!(field.export(&[]).is_empty());
    browser.send();
    browser.wait_for_receipt();
    drop(server);
    assert_eq!(field.export(&[]).len(), 1);
}

fn serve_field(field: &Field, address: &str) -> Server {
    let place = ["serve", "--data", &field.data, "--surveys", &field.surveys];
    Server::start_at(address, &place)
}
