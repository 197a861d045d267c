//! Every page of the office in a real browser, as every role: no text that anyone wrote becomes
//! markup or runs, axe finds nothing, and no page is wider than a phone.

use std::collections::BTreeSet;

use minyi::staff::Role;
use serde_json::json;

use crate::browser_access::{axe, findings};
use crate::support::Server;
use crate::support::browser::{Browser, DESK};
use crate::support::field::{Field, SURVEY, post};
use crate::support::office::Staff;
use crate::support::paper;
use crate::support::site::complete;

/// Texts that become elements, or run, on a page that writes them as they are.
const CORPUS: [&str; 7] = [
    "<script>xss()</script>",
    "\"><img class=xss src=x onerror=xss()>",
    "'><svg class=xss onload=xss()>",
    "</textarea></title><img class=xss src=x onerror=xss()>",
    "\" autofocus class=xss onfocus=\"xss()",
    "--><iframe class=xss srcdoc=x>",
    "javascript:xss()",
];

/// Writes the corpus before every Chinese text of a file of the survey.
fn poison(field: &Field, file: &str) {
    let all = CORPUS.concat().replace('"', "\\\"");
    let text = field
        .read(file)
        .replace("zh = \"", &format!("zh = \"{all}"));
    std::fs::write(field.file(file), text).unwrap();
}

/// Stores the corpus wherever people can write text.
fn write_everywhere(server: &Server, statistician: &Staff<'_>, administrator: &Staff<'_>) {
    for (n, text) in CORPUS.iter().enumerate() {
        let mut answers = complete();
        answers.push(("opinion", text));
        let sent = post(server, &answers);
        assert_eq!(sent.status, 303, "{}", sent.text());
        let name = format!("person{n}");
        let person = [
            ("name", name.as_str()),
            ("full_name", text),
            ("role", "auditor"),
            ("reason", text),
        ];
        let added = administrator.post("/office/staff", &person);
        assert_eq!(added.status, 200, "{}", added.text());
        let close = [("do", "close"), ("reason", text)];
        let open = [("do", "open"), ("until", "2026-12-20"), ("reason", text)];
        for fields in [&close[..], &open] {
            let office = format!("/office/{SURVEY}");
            let answer = statistician.post(&office, fields);
            assert_eq!(answer.status, 303, "{}", answer.text());
        }
        let number = format!("{}", n + 1);
        let head = [
            ("id", number.as_str()),
            ("psu", paper::PSU),
            ("enumerator", "17"),
            ("started_at", "20260601"),
            ("opinion", text),
        ];
        let form = [&head, paper::answers().as_slice()].concat();
        let typed = statistician.post(&format!("/office/{SURVEY}/paper/type"), &form);
        assert_eq!(typed.status, 303, "{}", typed.text());
    }
    let marks = [
        ("form_number", CORPUS[0]),
        ("agency_zh", CORPUS[1]),
        ("agency_en", CORPUS[2]),
        ("approval_number", CORPUS[3]),
        ("valid_until", "2027-05"),
        ("reason", CORPUS[4]),
    ];
    let entered = statistician.post(&format!("/office/{SURVEY}/approval"), &marks);
    assert_eq!(entered.status, 303, "{}", entered.text());
}

/// What is wrong with the page: a text became an element or ran, or axe finds something.
fn wrong(browser: &Browser, axe: Option<&str>, state: &str) -> Vec<String> {
    let marked = "return [window.ran, document.querySelectorAll('.xss,[onerror],[onload],[onfocus]').length, \
                  document.querySelectorAll('a[href^=javascript]').length]";
    let marked = browser.run(marked);
    let mut wrong = Vec::new();
    if marked != json!([0, 0, 0]) {
        wrong.push(format!("{state}: ran, elements, links: {marked}"));
    }
    let found = axe.map(|axe| findings(browser, axe));
    for finding in found.iter().flat_map(|found| found.as_array().unwrap()) {
        wrong.push(format!("{state}: {finding}"));
    }
    wrong
}

/// A browser in which `window.ran` counts what ran.
fn browser() -> Browser {
    let browser = Browser::open(DESK);
    browser.devtools(
        "Page.addScriptToEvaluateOnNewDocument",
        json!({"source": "window.ran = 0; window.xss = function () { ran++ }"}),
    );
    browser
}

fn narrow(browser: &Browser, on: bool) {
    match on {
        true => browser.devtools(
            "Emulation.setDeviceMetricsOverride",
            json!({"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": true}),
        ),
        false => browser.devtools("Emulation.clearDeviceMetricsOverride", json!({})),
    };
    browser.devtools(
        "Emulation.setEmulatedMedia",
        json!({"features": [{"name": "prefers-color-scheme", "value": if on { "dark" } else { "light" }}]}),
    );
}

/// The pages that can be reached from `start` by links, in the order in which they were found. Pages
/// of other surveys and files are left out.
fn crawl(browser: &Browser, address: &str, start: &[&str], mut visit: impl FnMut(&str)) {
    let mut waiting: Vec<String> = start.iter().map(|path| (*path).to_owned()).collect();
    let mut seen: BTreeSet<String> = waiting.iter().cloned().collect();
    while let Some(path) = waiting.pop() {
        browser.go(&format!("http://{address}{path}"));
        visit(&path);
        let links = browser.run(
            "return [].map.call(document.querySelectorAll('a[href]'), function (a) {
               return a.origin == location.origin ? a.pathname : '' })",
        );
        for link in links.as_array().unwrap() {
            let link = link.as_str().unwrap();
            let is_other = link.contains("-20") && !link.contains(SURVEY);
            let is_file = [".csv", ".json", ".xlsx", ".svg"]
                .iter()
                .any(|end| link.ends_with(end));
            let is_page =
                link.starts_with('/') && !is_other && (!is_file || link.contains("/download/"));
            if is_page && seen.insert(link.to_owned()) {
                waiting.push(link.to_owned());
            }
        }
    }
}

#[test]
fn no_text_runs_and_axe_finds_nothing_on_any_page_of_any_role() {
    let field = Field::new("office-pages");
    poison(&field, "questionnaire.toml");
    poison(&field, "plan.toml");
    let server = field.serve();
    let people = Role::ALL.map(|role| Staff::with_role(&server, &field.scratch.0, role.as_str()));
    let of = |role: Role| {
        people
            .iter()
            .find(|person| person.name.starts_with(role.as_str()))
    };
    let statistician = of(Role::Statistician).unwrap();
    write_everywhere(&server, statistician, of(Role::Administrator).unwrap());
    let (axe, browser) = (axe(), browser());
    let (mut checked, mut faults) = (BTreeSet::new(), Vec::new());
    for person in people.iter().map(Some).chain([None]) {
        let name = person.map_or("nobody", |person| person.name.as_str());
        browser.go(&format!("http://{}/office/login", server.address));
        let cookies = person.map(|person| person.cookies.split("; "));
        for cookie in cookies.into_iter().flatten() {
            browser.run(&format!("document.cookie = '{cookie}; path=/'"));
        }
        let start: &[&str] = match person {
            Some(_) => &["/office"],
            None => &["/", "/office/login", &format!("/s/{SURVEY}/poster")],
        };
        let mut n_pages = 0;
        crawl(&browser, &server.address, start, |path| {
            n_pages += 1;
            let is_new = checked.insert(path.to_owned());
            let state = format!("{path} as {name}");
            faults.extend(wrong(&browser, axe.filter(|_| is_new), &state));
            if is_new {
                narrow(&browser, true);
                let state = format!("{state}, on a phone in the dark");
                faults.extend(wrong(&browser, axe, &state));
                let width = browser.run("return document.documentElement.scrollWidth");
                // The sheet is for A4 paper.
                if width != 360 && !path.ends_with("/print") {
                    faults.push(format!("{state}: {width} px wide"));
                }
                narrow(&browser, false);
            }
        });
        println!("{name}: {n_pages} pages");
        assert!(n_pages >= 2, "{name}: {n_pages} pages");
        browser.devtools("Network.clearBrowserCookies", json!({}));
    }
    assert!(checked.len() >= 25, "{checked:?}");
    faults.extend(wrong_input(&browser, &server, statistician, axe));
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Fills every text field of every form with the corpus and sends it: the page that names the faults
/// is like any other.
fn wrong_input(
    browser: &Browser,
    server: &Server,
    statistician: &Staff<'_>,
    axe: Option<&str>,
) -> Vec<String> {
    let mut faults = Vec::new();
    browser.go(&format!("http://{}/office/login", server.address));
    for cookie in statistician.cookies.split("; ") {
        browser.run(&format!("document.cookie = '{cookie}; path=/'"));
    }
    let mut pages = Vec::new();
    crawl(browser, &server.address, &["/office"], |path| {
        let forms = "return [].map.call(document.querySelectorAll('form[method=post]'), function (f, n) {
            return /logout|account/.test(f.action) || f.querySelector('[type=file]') ? -1 : n }).filter(function (n) { return n >= 0 })";
        for form in browser.run(forms).as_array().unwrap() {
            pages.push((path.to_owned(), form.as_u64().unwrap()));
        }
    });
    assert!(pages.len() >= 5, "{pages:?}");
    for (path, form) in pages {
        browser.go(&format!("http://{}{path}", server.address));
        browser.run(&format!(
            "var f = document.querySelectorAll('form[method=post]')[{form}];
             f.noValidate = true;
             [].forEach.call(f.querySelectorAll('input[type=text],input:not([type]),textarea'), function (i) {{
               i.removeAttribute('maxlength'); i.value = {} }});
             var e = document.createElement('input'); e.type = 'hidden'; e.name = 'do'; f.appendChild(e);
             setTimeout(function () {{ HTMLFormElement.prototype.submit.call(f) }})",
            json!(CORPUS.concat())
        ));
        browser.pause(700);
        let state = format!("{path}, form {form}, sent with the corpus");
        faults.extend(wrong(browser, axe, &state));
    }
    faults
}
