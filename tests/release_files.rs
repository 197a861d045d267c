//! The files of a release: CSV, JSON-stat, JSON-LD, data package, quality report, made of public figures.
//!
//! `MINYI_TEST_PYTHON` names a Python with pyjstat, jsonstat.py, frictionless and openpyxl; with node and
//! jsonstat-toolkit (`NODE_PATH`) that is asked too. Without it this is skipped.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::LazyLock;

use minyi::disclosure::{Disclosed, Reason};
use minyi::formats::{
    json_ld, quality_json, release_csv, release_json_stat, release_package, release_xlsx,
};
use minyi::locale::Language;
use minyi::pages::results;
use minyi::release::figures::Figures;
use minyi::release::imprint::Imprint;
use minyi::release::marker::Marker;
use minyi::release::quality_report::{QualityLine, QualityReport, QualityValue, quality_report};
use minyi::release::stored::{self, Extent};
use minyi::store::{DatabaseUrl, Store};
use minyi::survey::hex_digest;
use serde_json::Value;

use crate::support::figures::{TRACES, about, judged, words};
use crate::support::waves::{city, goods, shops, thin};
use crate::support::{Scratch, city as made, root};

/// 2026-12-01 09:30 in China.
pub const PUBLISHED: i64 = 1_796_088_600_000_000;

pub fn imprint(number: u32) -> Imprint {
    Imprint {
        number,
        published_at: PUBLISHED,
        reason: match number {
            1 => String::new(),
            _ => "更正：县区边界 <调整>".to_owned(),
        },
        next: Some(PUBLISHED + 365 * 86_400_000_000),
        public_url: "https://survey.example".to_owned(),
    }
}

/// All files of a release, in the order of its data package.
pub fn files(figures: &Figures, imprint: &Imprint) -> Vec<(String, Vec<u8>)> {
    let report = quality_report(figures, imprint, None);
    let mut all = vec![(
        release_csv::FILE_NAME.to_owned(),
        release_csv::figures_csv(figures, imprint),
    )];
    for (language, ending) in [(Language::ZH, ""), (Language::EN, ".en")] {
        all.push((
            format!("figures{ending}.json"),
            release_json_stat::dataset(figures, imprint, language),
        ));
        all.push((
            format!("figures{ending}.xlsx"),
            release_xlsx::figures_xlsx(figures, imprint, &report, language).unwrap(),
        ));
        all.push((
            format!("dataset{ending}.jsonld"),
            json_ld::dataset(figures, imprint, language).into_bytes(),
        ));
    }
    all.push((
        quality_json::FILE_NAME.to_owned(),
        quality_json::quality_json(&report, imprint),
    ));
    let borrowed: Vec<(&str, &[u8])> = all
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
        .collect();
    let package = release_package::describe(figures, imprint, &borrowed);
    all.push((release_package::FILE_NAME.to_owned(), package.into_bytes()));
    all
}

/// The figures of the fictional city, computed from stored responses.
static COMPUTED: LazyLock<Figures> = LazyLock::new(|| {
    let scratch = Scratch::new("release-computed");
    let catalogue = made::make(&scratch.0, 4000);
    let store = Store::open(&DatabaseUrl::Sqlite(scratch.path("minyi.sqlite"))).unwrap();
    let survey = &catalogue.surveys["satisfaction-2026"];
    let before = stored::figures_before(&catalogue, survey, &store);
    stored::figures(
        &catalogue,
        survey,
        &store,
        Extent::now(&store, survey, u64::MAX).unwrap(),
        &before,
    )
    .unwrap()
});

/// The rows of a CSV by the code of each column: the last word of its heading.
fn rows(bytes: &[u8]) -> Vec<BTreeMap<String, String>> {
    let bytes = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap();
    let mut reader = csv::Reader::from_reader(bytes);
    let heading = |name: &str| name.rsplit(' ').next().unwrap().to_owned();
    let headings: Vec<String> = reader.headers().unwrap().iter().map(heading).collect();
    let records = reader.records().map(|record| {
        let record = record.unwrap();
        headings
            .iter()
            .cloned()
            .zip(record.iter().map(str::to_owned))
            .collect()
    });
    records.collect()
}

const NUMBERS: [&str; 9] = [
    "n",
    "estimate",
    "lower",
    "upper",
    "confidence",
    "std_error",
    "df",
    "design_effect",
    "n_effective",
];

#[test]
fn the_table_has_rounded_numbers_or_says_why_there_is_none() {
    for figures in [city(), goods(), shops(), thin(), COMPUTED.clone()] {
        let rows = rows(&release_csv::figures_csv(&figures, &imprint(1)));
        assert!(rows.len() >= figures.indicators.len());
        for row in rows {
            for name in NUMBERS {
                let cell = &row[name];
                if Marker::ALL.iter().any(|marker| marker.shorthand() == cell) {
                    continue;
                }
                let number: f64 = cell.parse().unwrap();
                let decimals = cell.split_once('.').map_or(0, |(_, own)| own.len());
                let most = match name {
                    "n" | "n_effective" | "df" | "confidence" => 0,
                    "estimate" | "lower" | "upper" if row["unit_zh"] == "%" => 1,
                    _ => 2,
                };
                // An estimate may have more where it would be printed as its target.
                let is_near = name == "estimate" && !row["target_zh"].is_empty();
                assert!(decimals <= most || is_near, "{name} {cell}");
                assert!(
                    !matches!(name, "n" | "n_effective") || number % 10.0 == 0.0,
                    "{cell}"
                );
            }
            let is_hidden = row["presentation"] == "suppress";
            assert_eq!(
                is_hidden,
                matches!(row["status"].as_str(), "[c]" | "[u]"),
                "{row:?}"
            );
            assert!(!is_hidden || NUMBERS.iter().all(|name| row[*name] == row["status"]));
        }
    }
}

#[test]
fn the_marker_follows_from_the_reason() {
    let mut figures = city();
    let hidden = |reason| Disclosed::Suppressed {
        reason,
        is_judged: true,
    };
    let rows_of = &mut figures.indicators[0].domains[0].rows;
    rows_of[0].estimate = hidden(Reason::FewAnswers);
    rows_of[1].estimate = hidden(Reason::WideInterval);
    rows_of[2].estimate = hidden(Reason::NoPrecision);
    rows_of[3].estimate = about(0.000_2, 0.000_1, 700);
    rows_of[4].estimate = judged(0.899_96, 0.002, 700, 0.9);
    rows_of[0].label = words("=1+1", "@SUM(1)");
    let rows = rows(&release_csv::figures_csv(&figures, &imprint(1)));
    let counties: Vec<_> = rows
        .iter()
        .filter(|row| row["indicator"] == "satisfaction" && row["dimension"] == "county")
        .collect();
    let found: Vec<&str> = counties
        .iter()
        .take(5)
        .map(|row| row["estimate"].as_str())
        .collect();
    // Below its target it is not printed as the target.
    assert_eq!(found, ["[c]", "[u]", "[u]", "[low]", "89.996"]);
    assert_eq!(
        (&*counties[0]["label_zh"], &*counties[0]["label_en"]),
        ("'=1+1", "'@SUM(1)")
    );
    assert_eq!(
        (&*counties[0]["verdict"], &*counties[0]["n"]),
        ("suppressed", "[c]")
    );
}

#[test]
fn no_file_has_a_suppressed_number_or_more_digits_than_are_published() {
    let digits = regex::Regex::new(r"\d\.\d{5,}").unwrap();
    let hashes = regex::Regex::new(r"[0-9a-f]{32,}").unwrap();
    for (figures, is_computed) in [
        (city(), false),
        (goods(), false),
        (thin(), false),
        (COMPUTED.clone(), true),
    ] {
        for (name, bytes) in files(&figures, &imprint(2)) {
            let text = match name.ends_with(".xlsx") {
                true => {
                    let book = crate::support::workbook::Book::read(&bytes);
                    book.sheets()
                        .iter()
                        .flat_map(|sheet| &sheet.cells)
                        .map(|cell| format!("{}\n", cell.text))
                        .collect()
                }
                false => String::from_utf8(bytes).unwrap(),
            };
            // Hashes are no figures.
            let text = hashes.replace_all(&text, "");
            assert!(!digits.is_match(&text), "{name}: {:?}", digits.find(&text));
            // By chance the computed figures have one of these numbers.
            for trace in TRACES.iter().filter(|_| !is_computed) {
                assert!(!text.contains(*trace), "{name} has {trace}");
            }
        }
    }
}

#[test]
fn the_same_release_has_the_same_bytes() {
    for figures in [city(), goods()] {
        assert!(files(&figures, &imprint(2)) == files(&figures, &imprint(2)));
    }
}

/// What schema.org's `Dataset` needs for Google's data set search, and what it recommends:
/// <https://developers.google.com/search/docs/appearance/structured-data/dataset>, 2025.
const REQUIRED: [&str; 2] = ["name", "description"];
const RECOMMENDED: [&str; 14] = [
    "url",
    "identifier",
    "license",
    "creator",
    "publisher",
    "keywords",
    "isAccessibleForFree",
    "temporalCoverage",
    "spatialCoverage",
    "variableMeasured",
    "measurementTechnique",
    "distribution",
    "version",
    "dateModified",
];

#[test]
fn the_release_describes_itself_to_search_engines() {
    let mut figures = city();
    figures.title = words("</script><b>标题", "</script><b>Title & more");
    for language in [Language::ZH, Language::EN] {
        let text = json_ld::dataset(&figures, &imprint(2), language);
        assert!(!text.contains(['<', '>', '&', '\u{2028}']), "{text}");
        let json: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json["@context"], "https://schema.org/");
        assert_eq!(json["@type"], "Dataset");
        for property in REQUIRED.iter().chain(&RECOMMENDED) {
            let value = &json[property];
            let is_empty =
                value.is_null() || *value == "" || value.as_array().is_some_and(Vec::is_empty);
            assert!(!is_empty, "{property} is missing in {}", language.code());
        }
        let description = json["description"].as_str().unwrap().chars().count();
        assert!((50..=5000).contains(&description), "{description}");
        assert!(json["name"].as_str().unwrap().contains("</script>"));
        let distribution = json["distribution"].as_array().unwrap();
        for own in distribution {
            let address = own["contentUrl"].as_str().unwrap();
            assert!(address.starts_with("https://survey.example/results/satisfaction-2026/r/2/"));
            assert_eq!(own["@type"], "DataDownload");
            assert!(own["encodingFormat"].as_str().unwrap().contains('/'));
        }
        assert!(distribution.len() >= 6);
        for (place, kind) in [
            ("creator", "GovernmentOrganization"),
            ("publisher", "GovernmentOrganization"),
        ] {
            assert_eq!(json[place]["@type"], kind);
            assert!(!json[place]["name"].as_str().unwrap().is_empty());
        }
        assert_eq!(json["temporalCoverage"], "2026-06-01/2026-08-31");
        assert_eq!(
            json["isBasedOn"],
            "https://survey.example/results/satisfaction-2026/r/1"
        );
        assert_eq!(json["dateModified"], "2026-12-01T09:30:00+08:00");
        let first: Value =
            serde_json::from_str(&json_ld::dataset(&figures, &imprint(1), language)).unwrap();
        assert!(first["isBasedOn"].is_null());
    }
}

fn line<'r>(report: &'r QualityReport, section: &str, code: &str) -> &'r QualityLine {
    let mut sections = report.sections.iter();
    let section = sections.find(|own| own.code == section).unwrap();
    let mut lines = section.lines.iter();
    let found = lines.find(|own| own.code == code);
    found.unwrap_or_else(|| panic!("no line {code}"))
}

fn said(report: &QualityReport, section: &str, code: &str) -> String {
    line(report, section, code).value.text(Language::EN)
}

#[test]
fn the_quality_report_is_computed_and_says_what_is_not_known() {
    let figures = city();
    let report = quality_report(&figures, &imprint(1), None);
    for (section, code, expected) in [
        ("coverage", "psus_drawn", "120"),
        ("coverage", "psus_reached", "118"),
        ("coverage", "psus_share", "98.3"),
        ("coverage", "under_coverage", "not known"),
        ("unit_non_response", "received", "7390"),
        ("unit_non_response", "psus_empty", "2"),
        ("unit_non_response", "response_rate", "not known"),
        ("item_non_response", "item:a1", "2.0"),
        ("item_non_response", "item:a5", "[u]"),
        ("sampling_error", "std_error:satisfaction", "0.39"),
        ("sampling_error", "df:satisfaction", "212"),
        ("measurement", "difference:satisfaction", "2.0"),
        ("processing", "excluded_share", "2.4"),
        ("processing", "max_g", "2.63"),
        ("confidentiality", "unreliable", "3"),
        ("timeliness", "time_lag", "92"),
        ("timeliness", "next", "2027-12-01"),
        ("comparability", "wordings", "1"),
        ("comparability", "waves:satisfaction", "2"),
        ("revisions", "revision", "first release, nothing is revised"),
    ] {
        assert_eq!(said(&report, section, code), expected, "{code}");
    }
    let hidden = quality_report(&thin(), &imprint(1), None);
    assert_eq!(
        said(&hidden, "sampling_error", "estimate:satisfaction"),
        "[u]"
    );
    let without = Figures {
        coverage: None,
        weighting: None,
        period: ("2026-06-01".into(), "soon".into()),
        ..shops()
    };
    let report = quality_report(&without, &imprint(1), None);
    assert_eq!(
        line(&report, "coverage", "psus_drawn").value,
        QualityValue::NotKnown
    );
    assert_eq!(
        line(&report, "timeliness", "time_lag").value,
        QualityValue::NotKnown
    );
    assert_eq!(
        line(&report, "measurement", "mode_effect").value,
        QualityValue::NotKnown
    );
}

#[test]
fn a_revision_says_how_far_it_moved_the_figures() {
    let before = city();
    let mut now = city();
    now.indicators[0].whole = judged(0.917, 0.0039, 7214, 0.9);
    now.indicators[0].domains[0].rows[1].estimate = judged(0.914, 0.011, 640, 0.9);
    let report = quality_report(&now, &imprint(2), Some(&before));
    assert_eq!(
        said(&report, "revisions", "revised_by:satisfaction"),
        "0.30"
    );
    assert_eq!(
        said(&report, "revisions", "revised_by:participation"),
        "0.00"
    );
    assert_eq!(said(&report, "revisions", "revised"), "2");
    let compared: u32 = said(&report, "revisions", "compared").parse().unwrap();
    assert!(compared > 80, "{compared}");
    let unknown = quality_report(&now, &imprint(2), None);
    assert_eq!(said(&unknown, "revisions", "revised"), "not known");
}

#[test]
fn the_quality_report_has_a_page_and_data_in_both_languages() {
    let figures = city();
    let report = quality_report(&figures, &imprint(1), None);
    let json: Value =
        serde_json::from_slice(&quality_json::quality_json(&report, &imprint(1))).unwrap();
    let sections = json["sections"].as_array().unwrap();
    assert_eq!(sections.len(), report.sections.len());
    let all = sections
        .iter()
        .flat_map(|own| own["lines"].as_array().unwrap());
    for own in all {
        for part in ["label", "unit", "note"] {
            let is_empty = own[part].as_object().unwrap().is_empty();
            assert!(is_empty || own[part]["zh"] != Value::Null && own[part]["en"] != Value::Null);
            // A text that is missing in a locale file is its own name.
            assert!(!own[part].to_string().contains("quality_report."), "{own}");
        }
        assert!(own["known"] == true || own["value"].is_null());
    }
    for (language, response_rate) in [(Language::ZH, "回答率"), (Language::EN, "Response rate")]
    {
        let page = results::quality(language, &imprint(1), &figures, &report).into_string();
        assert!(
            page.contains(response_rate) && page.contains("120"),
            "{page}"
        );
        assert!(!page.contains("quality_report."));
    }
}

#[test]
fn the_data_package_describes_every_file_and_the_columns_of_every_table() {
    let table = "\u{feff}县,满意度 estimate\r\n411702,[c]\r\n西平县,91.2\r\n";
    let figure = ("figure-1.csv", table.as_bytes());
    let own = release_csv::figures_csv(&city(), &imprint(2));
    let files = [
        ("figures.csv", own.as_slice()),
        figure,
        ("card.png", b"x".as_slice()),
    ];
    let text = release_package::describe(&city(), &imprint(2), &files);
    let json: Value = serde_json::from_str(&text).unwrap();
    let resources = json["resources"].as_array().unwrap();
    assert_eq!(resources.len(), 3);
    let headings = |bytes: &[u8]| -> Vec<String> {
        let bytes = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap();
        let mut reader = csv::Reader::from_reader(bytes);
        reader
            .headers()
            .unwrap()
            .iter()
            .map(str::to_owned)
            .collect()
    };
    for ((name, bytes), resource) in files.iter().zip(resources) {
        assert_eq!(resource["path"], *name);
        assert_eq!(resource["bytes"], bytes.len());
        assert_eq!(resource["hash"], format!("sha256:{}", hex_digest(bytes)));
        let fields = resource["schema"]["fields"].as_array();
        let fields = fields.map(|own| {
            own.iter()
                .map(|own| own["name"].as_str().unwrap())
                .collect()
        });
        let fields: Option<Vec<&str>> = fields;
        assert_eq!(fields.is_some(), name.ends_with(".csv"), "{name}");
        if let Some(fields) = fields {
            assert_eq!(fields, headings(bytes));
        }
    }
    let kinds = resources[1]["schema"]["fields"].as_array().unwrap();
    assert_eq!(
        (&kinds[0]["type"], &kinds[1]["type"]),
        (&"string".into(), &"number".into())
    );
}

#[test]
fn other_programs_read_the_files_and_write_them_again() {
    let scratch = Scratch::new("release-files");
    for (name, figures) in [
        ("city", city()),
        ("goods", goods()),
        ("shops", shops()),
        ("thin", thin()),
        ("computed", COMPUTED.clone()),
    ] {
        std::fs::create_dir(scratch.path(name)).unwrap();
        for (file, bytes) in files(&figures, &imprint(2)) {
            std::fs::write(scratch.path(name).join(file), bytes).unwrap();
        }
        if let Ok(keep) = std::env::var("MINYI_TEST_KEEP") {
            let to = std::path::Path::new(&keep).join(name);
            std::fs::create_dir_all(&to).unwrap();
            for (file, bytes) in files(&figures, &imprint(2)) {
                std::fs::write(to.join(file), bytes).unwrap();
            }
        }
        let Ok(python) = std::env::var("MINYI_TEST_PYTHON") else {
            println!("SKIPPED: MINYI_TEST_PYTHON is not set");
            continue;
        };
        let read = Command::new(python)
            .arg(root().join("tests/release_read.py"))
            .arg(scratch.path(name))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&read.stdout);
        let errors = String::from_utf8_lossy(&read.stderr);
        assert!(read.status.success(), "{name}: {said}{errors}");
        print!("{said}");
    }
}
