//! The page of weights: what the plan does, what another choice would do, and that trying changes
//! nothing.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use minyi::store::{DatabaseUrl, Store};
use serde_json::json;

use crate::browser_access::{axe, findings};
use crate::support::browser::{Browser, DESK};
use crate::support::city::{self, copied};
use crate::support::office::Staff;
use crate::support::{Scratch, Server, run, site, wait_for};

const SURVEY: &str = "satisfaction-2026";
const PAGE: &str = "/office/satisfaction-2026/weighting";

/// The plan's margins as a query.
const MARGINS: &str = "rake=county*urban&rake=sex&rake=age&rake=schooling&combine=sampled";

/// The cells of the table that has this label.
fn table(page: &str, label: &str) -> Vec<Vec<String>> {
    let start = format!("aria-label=\"{label}\"");
    let (_, rest) = page
        .split_once(&start)
        .unwrap_or_else(|| panic!("no table {label} in {page}"));
    let rest = rest.split("</table>").next().unwrap();
    let body = rest.split("<tbody>").nth(1).unwrap();
    let text = |cell: &str| {
        let mut text = String::new();
        let mut inside = false;
        for letter in cell.chars() {
            match letter {
                '<' => inside = true,
                '>' => inside = false,
                letter if !inside => text.push(letter),
                _ => {}
            }
        }
        text
    };
    let rows = body.split("<tr>").skip(1);
    rows.map(|row| {
        let cells = row.replace("</th>", "</td>");
        let cells = cells.split("</td>");
        let cells: Vec<&str> = cells.filter(|cell| cell.contains("<t")).collect();
        cells
            .iter()
            .map(|cell| text(&cell[cell.find("<t").unwrap()..]))
            .collect()
    })
    .collect()
}

/// The rows of an export of the data folder.
fn exported(data: &Path) -> Vec<BTreeMap<String, String>> {
    let (out, surveys) = (data.join("out.csv"), data.join("surveys"));
    let [out, data, surveys] = [&out, data, &surveys].map(|path| path.to_str().unwrap());
    let arguments = [
        "export",
        SURVEY,
        "-o",
        out,
        "--data",
        data,
        "--surveys",
        surveys,
    ];
    let (code, _, errors) = run(&arguments);
    assert_eq!(code, 0, "{errors}");
    site::rows(out)
}

#[test]
fn the_page_shows_the_steps_of_the_plan_with_the_weights_of_the_export() {
    let scratch = copied("weighting-page");
    let data = scratch.0.clone();
    let rows = exported(&data);
    let server = city::serve(&data);
    let statistician = Staff::with_role(&server, &data, "statistician");
    let publisher = Staff::with_role(&server, &data, "publisher");
    let page = statistician.get(PAGE);
    assert_eq!(page.status, 200, "{}", page.text());
    let page = page.text();
    let number = |row: &BTreeMap<String, String>, name: &str| row[name].parse::<f64>().unwrap();
    let sampled: Vec<_> = rows.iter().filter(|row| row["part"] == "sampled").collect();
    let mut largest: Vec<(f64, f64)> = sampled
        .iter()
        .map(|row| (number(row, "weight"), number(row, "base_weight")))
        .collect();
    largest.sort_by(|one, other| other.0.total_cmp(&one.0));
    let shown = table(&page, "最大的十个权数（抽样样本）");
    assert_eq!(shown.len(), 10);
    for (row, (weight, base)) in shown.iter().zip(&largest) {
        assert_eq!(row[0].replace(',', ""), format!("{weight:.2}"));
        assert_eq!(row[1], format!("{:.3}", weight / base));
    }
    // Every margin of the plan is met, and its counts are those of the export.
    for (title, name, categories) in [("性别", "sex", 2), ("年龄", "age", 4)] {
        let shown = table(&page, title);
        assert_eq!(shown.len(), categories, "{title}");
        let n: usize = shown
            .iter()
            .map(|row| row[2].replace(',', "").parse::<usize>().unwrap())
            .sum();
        let has_value = |row: &&&BTreeMap<String, String>| !row[name].is_empty();
        assert_eq!(n, sampled.iter().filter(has_value).count());
        for row in &shown {
            assert_eq!(row[6], "0.00%", "{row:?}");
            assert_eq!(row[1], row[4], "{row:?}");
        }
    }
    assert_eq!(table(&page, "县（区） × 城乡").len(), 20);
    assert_eq!(table(&page, "一、基础权数").len(), 20);
    assert!(page.contains("<svg class=\"days\"") && page.contains("g 的分布"));
    // A publisher reads and does not try; a citizen logs in.
    let read = publisher.get(PAGE);
    assert_eq!(read.status, 200);
    assert!(!read.text().contains("name=\"rake\"") && page.contains("name=\"rake\""));
    let query = format!("{PAGE}?try=1&{MARGINS}");
    assert_eq!(publisher.get(&query).status, 403);
    let citizen = server.get(PAGE);
    assert_eq!(citizen.status, 303);
    assert!(
        citizen
            .header("location")
            .unwrap()
            .starts_with("/office/login")
    );
    let english = statistician.get(&format!("{PAGE}?lang=en")).text();
    assert!(english.contains("Kish's design effect") || english.contains("Kish&#39;s"));
}

#[test]
fn another_choice_is_tried_and_changes_nothing() {
    let scratch = copied("weighting-tried");
    let data = scratch.0.clone();
    let leaves = || {
        let store = Store::open(&DatabaseUrl::Sqlite(data.join("minyi.sqlite"))).unwrap();
        (
            store.leaves(0, 100_000).unwrap(),
            store.plan_versions(SURVEY).unwrap().len(),
        )
    };
    let plan = data.join("surveys").join(SURVEY).join("plan.toml");
    let text = std::fs::read_to_string(&plan).unwrap();
    let cookies = {
        let server = city::serve(&data);
        let cookies = Staff::with_role(&server, &data, "statistician").cookies;
        assert_eq!(server.terminate(), Some(0));
        cookies
    };
    let before = leaves();
    let server = city::serve(&data);
    let statistician = Staff::with_cookies(&server, "statistician1", &cookies);
    let compared = |query: &str| {
        let answer = statistician.get(&format!("{PAGE}?try=1&{query}"));
        assert_eq!(answer.status, 200, "{}", answer.text());
        (table(&answer.text(), "方案与试算对照"), answer.text())
    };
    let (same, page) = compared(&format!("{MARGINS}&calibrator=online"));
    assert!(page.contains("方案没有改动"));
    for row in &same {
        assert_eq!(row[1], row[2], "the plan's own choice gives its figures");
    }
    let (other, _) = compared("rake=sex&combine=sampled");
    let row = |table: &[Vec<String>], name: &str| -> Vec<String> {
        let mut rows = table.iter();
        rows.find(|row| row[0].starts_with(name)).unwrap().clone()
    };
    assert_eq!(row(&other, "对齐的人口维度")[2], "性别");
    assert_ne!(other[3][1], other[3][2], "the headline moves");
    let ratios = row(&other, "g（");
    assert_ne!(ratios[1], ratios[2]);
    let (blended, page) = compared(&format!(
        "{}&calibrator=online&calibrator=civic",
        MARGINS.replace("sampled", "calibrated")
    ));
    assert_ne!(blended[3][1], blended[3][2]);
    assert!(page.contains("校准合并"));
    // Impossible bounds say which would do, and those do.
    let tight = format!("{MARGINS}&lower=0.99&upper=1.01");
    let (_, page) = compared(&tight);
    assert!(page.contains("CALIBRATION_INFEASIBLE"), "{page}");
    let (_, rest) = page.split_once("把界限放宽到").unwrap();
    let (bounds, _) = rest.split_once("即可").unwrap();
    let (lower, upper) = bounds.split_once('–').unwrap();
    let (wider, page) = compared(&format!("{MARGINS}&lower={lower}&upper={upper}"));
    assert!(!page.contains("CALIBRATION_INFEASIBLE"));
    assert_eq!(row(&wider, "最大偏差")[2], "0.0000%");
    // A choice that is none: a message, and what was typed.
    for (query, message, kept) in [
        (
            "rake=sex&combine=sampled&lower=2&upper=3",
            "0 ≤ 下界",
            "value=\"2\"",
        ),
        (
            "rake=sex&combine=sampled&lower=x&upper=3",
            "须都是数字",
            "value=\"x\"",
        ),
        ("rake=income&combine=sampled", "income", "name=\"rake\""),
        ("rake=sex&combine=pool", "pool", "value=\"sex\" checked"),
        (
            "rake=sex&combine=calibrated",
            "至少要有一个校准变量",
            "value=\"calibrated\" selected",
        ),
    ] {
        let answer = statistician.get(&format!("{PAGE}?try=1&{query}"));
        assert_eq!(answer.status, 422, "{query}");
        let page = answer.text();
        assert!(
            page.contains(message) && page.contains(kept),
            "{query}: {page}"
        );
    }
    assert_eq!(server.terminate(), Some(0));
    assert_eq!(std::fs::read_to_string(&plan).unwrap(), text);
    assert!(leaves() == before, "trying writes nothing");
}

#[test]
fn axe_finds_nothing_on_the_whole_page_and_it_fits_a_phone() {
    let is_slow = std::env::var("MINYI_TEST_SLOW").is_ok();
    let Some(axe) = axe().filter(|_| is_slow) else {
        return;
    };
    let scratch = copied("weighting-axe");
    let server = city::serve(&scratch.0);
    let statistician = Staff::with_role(&server, &scratch.0, "statistician");
    let browser = Browser::open(DESK);
    browser.go(&format!("http://{}/office/login", server.address));
    for cookie in statistician.cookies.split("; ") {
        browser.run(&format!("document.cookie = '{cookie}; path=/'"));
    }
    let tried = format!("{PAGE}?try=1&{MARGINS}&lower=0.99&upper=1.01");
    for path in [PAGE, &tried, &format!("{PAGE}?try=1&rake=sex&lang=en")] {
        browser.go(&format!("http://{}{path}", server.address));
        browser.run(
            "[].forEach.call(document.querySelectorAll('details'), function (d) { d.open = true })",
        );
        assert_eq!(findings(&browser, axe), json!([]), "{path}");
        if let Ok(folder) = std::env::var("MINYI_TEST_PICTURES") {
            let size = browser.devtools("Page.getLayoutMetrics", json!({}));
            let size = &size["cssContentSize"];
            let clip = json!({"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1});
            let options = json!({"format": "png", "captureBeyondViewport": true, "clip": clip});
            let picture = browser.devtools("Page.captureScreenshot", options);
            let name = format!("{folder}/weighting-{}.b64", path.len());
            std::fs::write(name, picture["data"].as_str().unwrap()).unwrap();
        }
        browser.devtools(
            "Emulation.setDeviceMetricsOverride",
            json!({"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": true}),
        );
        let width = browser.run("return document.documentElement.scrollWidth");
        assert_eq!(width, 360, "{path}");
        browser.devtools("Emulation.clearDeviceMetricsOverride", json!({}));
    }
}

/// `MINYI_TEST_SLOW=1`: a wave that is too large to be read at each request. The pages answer at once,
/// and show what was made in the background when it is there.
#[test]
fn the_pages_of_a_large_wave_show_what_was_made_in_the_background() {
    if std::env::var_os("MINYI_TEST_SLOW").is_none() {
        eprintln!("skipped: set MINYI_TEST_SLOW=1");
        return;
    }
    let scratch = Scratch::new("large-wave");
    city::make(&scratch.0, 40_000);
    let server = Server::start(&["serve", "--data", scratch.0.to_str().unwrap()]);
    let staff = Staff::with_role(&server, &scratch.0, "statistician");
    let first = staff.get(PAGE).text();
    assert!(first.contains("data-every=\"1\""), "{first}");
    let two_minutes = Duration::from_secs(120);
    let has = |path: &str, what: &str| staff.get(path).text().contains(what);
    wait_for("the weights", two_minutes, || has(PAGE, "<tbody>"));
    let tried = staff.get(&format!("{PAGE}?try=1&{MARGINS}&lower=0.4&upper=3"));
    assert_eq!(tried.status, 200, "{}", tried.text());
    let office = format!("/office/{SURVEY}");
    for (page, what) in [("back-checks", "?check="), ("fieldwork", "class=\"days\"")] {
        let path = format!("{office}/{page}");
        wait_for(page, two_minutes, || has(&path, what));
    }
    assert!(has(&format!("{office}/visits"), "<tbody>"));
}
