//! What a screen reader reads, and whether every state of the questionnaire fits in large text and
//! on narrow screens.

use serde_json::{Value, json};

use crate::support::browser::{Browser, PHONE};
use crate::support::site::Site;

const FORM: &str = "/s/satisfaction-2026";

/// The narrowest screen of WCAG 1.4.10.
const NARROW: (u32, u32) = (320, 640);

fn at(site: &Site, path: &str) -> String {
    format!("http://{}{path}", site.server.address)
}

/// Role, name, description and state of everything that a screen reader reads, in its order.
fn heard(browser: &Browser) -> Vec<String> {
    browser.devtools("Accessibility.enable", json!({}));
    let tree = browser.devtools("Accessibility.getFullAXTree", json!({}));
    let nodes = tree["nodes"].as_array().expect("a tree");
    let mut lines = Vec::new();
    read(nodes, &nodes[0], &mut lines);
    lines
}

fn read(nodes: &[Value], node: &Value, lines: &mut Vec<String>) {
    const SILENT: [&str; 12] = [
        "none",
        "generic",
        "paragraph",
        "listitem",
        "LabelText",
        "Legend",
        "StaticText",
        "InlineTextBox",
        "LineBreak",
        "ListMarker",
        "MenuListPopup",
        "option",
    ];
    let value = |of: &Value| of["value"].as_str().unwrap_or_default().to_owned();
    let role = value(&node["role"]);
    if node["ignored"] != Value::Bool(true) && !SILENT.contains(&role.as_str()) {
        let mut line = role;
        let (name, description) = (value(&node["name"]), value(&node["description"]));
        if !name.is_empty() {
            line = format!("{line} {name}");
        }
        if !description.is_empty() {
            line = format!("{line} ({description})");
        }
        for property in node["properties"].as_array().into_iter().flatten() {
            let (is, state) = (&property["name"], &property["value"]["value"]);
            if is == "level" && line.starts_with("heading") {
                line = format!("{line} {state}");
            } else if (is == "checked" || is == "invalid") && state == "true" {
                line = format!("{line} {}", is.as_str().unwrap_or_default());
            }
        }
        lines.push(line);
    }
    for child in node["childIds"].as_array().into_iter().flatten() {
        if let Some(child) = nodes.iter().find(|node| node["nodeId"] == *child) {
            read(nodes, child, lines);
        }
    }
}

/// Fails unless `wanted` occur in this order. Others may be between them.
fn in_order(lines: &[String], wanted: &[&str]) {
    let mut rest = lines.iter();
    for line in wanted {
        assert!(
            rest.any(|heard| heard == line),
            "no `{line}` in its place: {lines:#?}"
        );
    }
}

#[test]
fn a_screen_reader_hears_who_asks_then_the_start_then_question_and_choices() {
    let site = Site::start("heard");
    let browser = Browser::open(PHONE);
    browser.go(&at(&site, FORM));
    let title = "2026年驻马店市生态文明建设公众满意度和参与度调查问卷";
    let front = heard(&browser);
    let heading = format!("heading {title} 1");
    in_order(
        &front,
        &[
            "main",
            "checkbox 大字",
            "button English",
            "form",
            "list",
            &heading,
            "term 谁来填",
            "term 保密",
            "DisclosureTriangle 个人信息处理告知",
            "button 同意并开始填写",
        ],
    );
    let unseen = ["radio", "group", "textbox", "alert"];
    assert!(
        !front.iter().any(|line| unseen
            .iter()
            .any(|role| line.starts_with(role) && line != "group")),
        "what is not shown is not heard: {front:#?}"
    );
    browser.tap("#start");
    browser.tap("[name=adult][value=yes]");
    in_order(
        &heard(&browser),
        &[
            "status",
            "heading 您的基本情况 1",
            "group 您年满18周岁了吗？",
            "radio 是，已满18周岁 checked",
            "radio 还没有",
            "group 您在驻马店住了多久？",
            "radio 住满6个月",
            "button 上一步",
            "button 下一步",
        ],
    );
    browser.answer_step(0);
    browser.next();
    let step = heard(&browser);
    assert_eq!(
        step.iter()
            .filter(|line| line.starts_with("heading"))
            .count(),
        1,
        "one heading a step: {step:#?}"
    );
    assert_eq!(
        step.iter().filter(|line| line.starts_with("radio")).count(),
        step.iter()
            .filter(|line| line.starts_with("group "))
            .count()
            * 6,
        "every choice within its question: {step:#?}"
    );
}

#[test]
fn a_fault_is_an_alert_with_links_and_the_description_of_its_question() {
    let site = Site::start("alert");
    let of_step = (
        "heading 有几处需要修改 2",
        "link “您年满18周岁了吗？”：请选择一个答案",
    );
    // Without script the form is one page, and unanswered questions are counted by section.
    let of_form = ("heading 还有 42 题没有回答 2", "link 您的基本情况：4 题");
    for (browser, plain, (heading, link)) in [
        (Browser::open(PHONE), false, of_step),
        (Browser::without_script(PHONE), true, of_form),
    ] {
        browser.go(&at(&site, FORM));
        if plain {
            browser.tap("#send");
            browser.wait_until(
                "the page is back",
                "return document.readyState == 'complete' && document.title.indexOf('错误：') == 0",
            );
        } else {
            browser.tap("#start");
            browser.pause(400);
            browser.tap("#next");
        }
        let lines = heard(&browser);
        in_order(
            &lines,
            &[
                "alert",
                heading,
                link,
                "group 您年满18周岁了吗？ (请选择一个答案)",
            ],
        );
        assert!(
            lines.iter().any(|line| line
                .starts_with("combobox 您住在哪个县（区）？ (请选择一个答案")
                && line.ends_with("invalid")),
            "{lines:#?}"
        );
    }
}

/// Fails if anything is wider than the screen, or cut off by its box.
fn reflows(browser: &Browser, state: &str) {
    let beyond = browser.run(
        "return [].filter.call(document.body.getElementsByTagName('*'), function (n) {
           var box = n.getBoundingClientRect(), look = getComputedStyle(n);
           // Hidden texts, boxes that scroll and drawings do not count.
           if (!box.width || !box.height || look.position == 'absolute' || n.closest('svg,.scroll')) return false;
           return box.right > innerWidth + 1 || box.left < -1 || n.scrollWidth > n.clientWidth + 1 && n.clientWidth && look.overflowX == 'hidden';
         }).map(function (n) { return n.outerHTML.slice(0, 120) }).slice(0, 3)",
    );
    assert_eq!(beyond, json!([]), "{state}");
    assert_eq!(
        browser.run("return document.documentElement.scrollWidth <= innerWidth"),
        true,
        "{state} scrolls sideways"
    );
}

/// Fails if something does not fit in any state of the questionnaire.
fn fits(browser: &Browser, site: &Site, language: &str) {
    browser.go(&at(site, &format!("{FORM}?lang={language}")));
    reflows(browser, "front");
    browser.run("document.querySelector('details').open = true");
    reflows(browser, "privacy notice");
    browser.tap("#start");
    browser.pause(400);
    browser.run("document.getElementById('next').click()");
    assert!(browser.is_shown("#sum"));
    reflows(browser, "faults");
    for step in 1..40 {
        if browser.is_shown("#s-review") {
            break;
        }
        browser.answer_step(0);
        browser.next();
        reflows(browser, &format!("after step {step}"));
    }
    reflows(browser, "review");
    browser.send();
    browser.wait_for_receipt();
    reflows(browser, "receipt");
    for path in [
        "/",
        "/results",
        "/api",
        "/s/satisfaction-2026/poster?c=poster-17",
        "/nowhere",
    ] {
        let joint = if path.contains('?') { '&' } else { '?' };
        browser.go(&at(site, &format!("{path}{joint}lang={language}")));
        reflows(browser, path);
    }
}

#[test]
fn at_320_pixels_nothing_is_cut_off_or_scrolls_sideways_in_any_state() {
    let site = Site::start("narrow");
    fits(&Browser::open(NARROW), &site, "en");
}

#[test]
fn with_the_readers_own_text_at_200_percent_everything_still_fits_and_is_twice_as_large() {
    let site = Site::start("double-text");
    let browser = Browser::with_text(PHONE, 32);
    browser.go(&at(&site, FORM));
    let size = "return parseFloat(getComputedStyle(document.body).fontSize)";
    assert_eq!(browser.run(size), json!(36), "18 px at a browser's own 16");
    fits(&browser, &site, "zh");
}
