//! The page of weights: what the plan does, what another choice would do, and that trying changes
//! nothing.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use minyi::disclosure::Disclosed;
use minyi::release::dataset::Dataset;
use minyi::release::kept::KeptColumns;
use minyi::release::stored::{figures, lean_dataset};
use minyi::release::weighting::choice::{Asked, ChoiceFault, has_same_rows};
use minyi::release::weighting::steps::WeightingSteps;
use minyi::store::{DatabaseUrl, Store};
use minyi::survey::plan::{Combine, Plan};
use minyi::survey::{Catalogue, Survey};

use crate::support::office::Staff;
use crate::support::{Scratch, city, run, site};

const SURVEY: &str = "satisfaction-2026";
const PAGE: &str = "/office/satisfaction-2026/weighting";

/// The plan's margins as a query.
const MARGINS: &str = "rake=county*urban&rake=sex&rake=age&rake=schooling&combine=sampled";

/// Responses of the city over all waves.
const RESPONSES: u32 = 1500;

/// A city that nobody opens, so that it can be copied.
static ORIGINAL: LazyLock<Scratch> = LazyLock::new(|| {
    let scratch = Scratch::new("weighting-original");
    city::make(&scratch.0, RESPONSES);
    scratch
});

/// A copy of the city.
fn copied(name: &str) -> Scratch {
    fn copy(from: &Path, to: &Path) {
        std::fs::create_dir_all(to).unwrap();
        for entry in std::fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            let to = to.join(entry.file_name());
            match entry.file_type().unwrap().is_dir() {
                true => copy(&entry.path(), &to),
                false => drop(std::fs::copy(entry.path(), to).unwrap()),
            }
        }
    }
    let scratch = Scratch::new(name);
    copy(&ORIGINAL.0, &scratch.0);
    scratch
}

/// A city that several tests read, and none changes.
struct City {
    scratch: Scratch,
    catalogue: Catalogue,
    store: Store,
}

static CITY: LazyLock<City> = LazyLock::new(|| {
    let scratch = copied("weighting-city");
    let catalogue = Catalogue::load(&scratch.path("surveys")).unwrap();
    let store = Store::open(&DatabaseUrl::Sqlite(scratch.path("minyi.sqlite"))).unwrap();
    City {
        scratch,
        catalogue,
        store,
    }
});

impl City {
    fn survey(&self) -> (&Survey, &Plan) {
        let survey = &self.catalogue.surveys[SURVEY];
        (survey, survey.plan.as_ref().unwrap())
    }

    fn dataset(&self, plan: &Plan) -> Dataset {
        let kept = KeptColumns::nowhere();
        let (survey, _) = self.survey();
        lean_dataset(
            &self.catalogue,
            survey,
            plan,
            (&self.store, &kept),
            u64::MAX,
        )
        .unwrap()
    }

    fn steps(&self, plan: &Plan) -> WeightingSteps {
        let (survey, _) = self.survey();
        WeightingSteps::new(&self.catalogue, survey, plan, &self.dataset(plan))
    }
}

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
    let effective = row(&other, "有效样本量");
    assert_ne!(effective[1], effective[2]);
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
fn the_headlines_are_the_provisional_ones() {
    let (survey, plan) = CITY.survey();
    let steps = CITY.steps(plan);
    let weighted = steps.weighted.unwrap();
    let figures = figures(
        &CITY.catalogue,
        survey,
        &CITY.store,
        u64::MAX,
        &BTreeMap::new(),
    )
    .unwrap();
    assert_eq!(weighted.headlines.len(), figures.indicators.len());
    for (own, published) in weighted.headlines.iter().zip(&figures.indicators) {
        assert_eq!(own.code, published.code);
        let (Disclosed::Shown(own), Disclosed::Shown(published)) =
            (&own.estimate, &published.whole)
        else {
            assert_eq!(own.estimate, published.whole, "{}", own.code);
            continue;
        };
        assert_eq!(own.estimate, published.estimate);
        assert_eq!((own.lower, own.upper), (published.lower, published.upper));
        assert_eq!(own.verdict, published.verdict);
    }
    let summary = figures.weighting.unwrap();
    assert_eq!(weighted.report.kish_deff, summary.kish_deff);
    assert_eq!(weighted.report.n_effective, summary.n_effective);
    assert!(CITY.scratch.0.exists());
}

#[test]
fn bounds_and_thin_categories_are_told() {
    let (survey, plan) = CITY.survey();
    let within = |lower: f64, upper: f64| {
        let asked = Asked {
            lower: lower.to_string(),
            upper: upper.to_string(),
            ..Asked::of_plan(plan)
        };
        CITY.steps(&asked.plan(survey, plan).unwrap())
    };
    let refused = within(0.999, 1.001).weighted.unwrap_err();
    let tightest = &refused.detail()["tightest_feasible_bounds"];
    let [lower, upper] = [0, 1].map(|at| tightest[at].as_f64().unwrap());
    let (lower, upper) = (lower - 0.001, upper + 0.001);
    let steps = within(lower, upper);
    let weighted = steps.weighted.unwrap();
    let report = &weighted.report;
    assert!(report.min_g >= lower - 1e-9 && report.max_g <= upper + 1e-9);
    let at_bounds: u64 = weighted.at_bounds.unwrap().iter().sum();
    assert!(at_bounds > 0, "hardly any other weights are possible");
    let all: u64 = weighted.histogram.iter().map(|bin| bin.n).sum();
    assert_eq!(all, steps.n);
    // A few hundred sampled in 20 cells: every thin one has a merge within its county.
    let crossed = steps
        .margins
        .iter()
        .find(|own| own.rows.len() == 20)
        .unwrap();
    for row in &crossed.rows {
        assert_eq!(row.merge.is_some(), row.n < 30);
        if let Some(merge) = &row.merge {
            let county = |text: &str| text.split('·').next().unwrap().to_owned();
            assert_eq!(county(row.label.get("zh")), county(merge.with.get("zh")));
            assert_eq!(merge.n, row.n + merge.other.0);
            assert_eq!(merge.is_enough, merge.n >= 30);
        }
    }
    assert!(crossed.rows.iter().any(|row| row.merge.is_some()));
}

#[test]
fn rows_are_used_again_only_where_they_are_the_same() {
    let (survey, plan) = CITY.survey();
    let dataset = CITY.dataset(plan);
    let fewer = Asked {
        rake: vec!["sex".into()],
        ..Asked::of_plan(plan)
    };
    let fewer = fewer.plan(survey, plan).unwrap();
    assert!(has_same_rows(&dataset, plan, &fewer));
    let again = CITY.dataset(&fewer);
    assert_eq!(again.columns.rows(), dataset.columns.rows());
    let mut pooled = plan.clone();
    pooled.modes.combine = Combine::Pool;
    assert!(!has_same_rows(&dataset, plan, &pooled));
    // A new calibrator: who has no value of it would not count.
    let mut with = plan.clone();
    let mut variable = plan.variables["sex"].clone();
    variable.question = "opinion".into();
    with.variables.insert("wrote".into(), variable);
    let mut other = with.clone();
    other.weighting.calibrators = vec!["wrote".into()];
    let dataset = CITY.dataset(&with);
    let n = CITY.dataset(&other).columns.rows();
    assert!(n < dataset.columns.rows());
    assert!(!has_same_rows(&dataset, &with, &other));
    let unknown = Asked {
        calibrators: vec!["nothing".into()],
        ..Asked::of_plan(plan)
    };
    assert_eq!(
        unknown.plan(survey, plan).unwrap_err(),
        [ChoiceFault::Calibrator("nothing".into())]
    );
}
