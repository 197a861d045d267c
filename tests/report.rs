//! `minyi report`: the tables of the report in one workbook, with the numbers of `minyi estimate`.
//!
//! `MINYI_TEST_PYTHON` names a Python with openpyxl (default `python3`), which looks at the file again.
//! LibreOffice opens it where it is installed.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use calamine::{Data, Reader, Xlsx, open_workbook};

use crate::support::site::rows;
use crate::support::{Scratch, city, run};

/// CSV in UTF-8, in the words of LibreOffice.
const UTF8_CSV: &str = "csv:Text - txt - csv (StarCalc):44,34,76";

/// The rows of a sheet under its headings, and the rows above them.
fn sheet(file: &Path, name: &str, heading: &str) -> (Vec<BTreeMap<String, String>>, Vec<String>) {
    let mut workbook: Xlsx<_> = open_workbook(file).unwrap();
    let range = workbook.worksheet_range(name).unwrap();
    let mut above = Vec::new();
    let mut lines = range.rows();
    let header = loop {
        let line = lines.next().unwrap();
        if line[0] == *heading {
            break line.to_vec();
        }
        above.push(line[0].to_string());
    };
    let row = |line: &[Data]| {
        let cells = header.iter().zip(line);
        cells
            .map(|(name, cell)| (name.to_string(), cell.to_string()))
            .collect()
    };
    (lines.map(row).collect(), above)
}

fn number(cell: &str) -> f64 {
    cell.trim_matches(['(', ')']).parse().unwrap()
}

fn report(data: &Path, survey: &str, file: &Path, more: &[&str]) -> String {
    let mut arguments = vec!["report", survey, "-o", file.to_str().unwrap()];
    arguments.extend(["--data", data.to_str().unwrap()]);
    arguments.extend(more);
    let (code, out, errors) = run(&arguments);
    assert_eq!(code, 0, "{errors}");
    out
}

/// The estimates of `minyi estimate` from the files of `minyi export`, and the exported rows.
fn estimated(scratch: &Scratch) -> (serde_json::Value, Vec<BTreeMap<String, String>>) {
    let file = scratch.path("out.csv");
    let (file, data) = (file.to_str().unwrap(), scratch.0.to_str().unwrap());
    let export = ["export", "satisfaction-2026", "-o", file, "--data", data];
    let (code, _, errors) = run(&export);
    assert_eq!(code, 0, "{errors}");
    let spec = scratch.path("out-spec.toml");
    let (code, out, errors) = run(&["estimate", "--data", file, "--spec", spec.to_str().unwrap()]);
    assert_eq!(code, 0, "{errors}");
    (serde_json::from_str(&out).unwrap(), rows(file))
}

fn half_up(share: f64) -> f64 {
    (share * 10_000.0 + 0.5).floor() / 100.0
}

#[test]
fn the_workbook_has_the_numbers_of_the_estimates_and_hides_what_few_answers_support() {
    let scratch = Scratch::new("report");
    city::make(&scratch.0, 6000);
    let file = scratch.path("report.xlsx");
    let out = report(&scratch.0, "satisfaction-2026", &file, &[]);
    assert!(out.starts_with("11 sheets"), "{out}");
    let (again, data) = estimated(&scratch);
    headline_is_estimated(&file, &again);
    counties_are_estimated(&file, &again);
    frequencies_are_those_of_the_rows(&file, &data);
    composition_is_that_of_the_rows(&file, &data);
    other_programs_open_it(&scratch, &file);

    let english = scratch.path("en.xlsx");
    report(&scratch.0, "disposables-2026", &english, &["--lang", "en"]);
    let (kinds, above) = sheet(&english, "Disposables", "Indicator");
    assert!(above[1].contains("not published"), "{above:?}");
    assert!(kinds.len() > 5 && kinds.iter().all(|row| !row["Unit"].is_empty()));
    let arguments = [
        "report",
        "satisfaction-2026",
        "-o",
        "x.xlsx",
        "--lang",
        "xx",
    ];
    let (code, _, errors) = run(&arguments);
    assert_eq!(code, 2, "{errors}");
    assert!(errors.contains("zh, en"), "{errors}");
}

fn of_whole<'j>(again: &'j serde_json::Value, name: &str) -> &'j serde_json::Value {
    let mut all = again["estimates"].as_array().unwrap().iter();
    let is_whole = |own: &serde_json::Value| own["domain"].as_object().unwrap().is_empty();
    all.find(|own| own["name"] == name && is_whole(own))
        .unwrap()
}

fn headline_is_estimated(file: &Path, again: &serde_json::Value) {
    let (results, above) = sheet(file, "主要结果", "指标");
    assert!(above[1].contains("内部 未发布"), "{above:?}");
    let whole = of_whole(again, "satisfaction");
    let row = &results[0];
    assert_eq!(number(&row["n（未加权）"]), whole["n"].as_f64().unwrap());
    for (column, measure) in [
        ("数值", "estimate"),
        ("95%下限", "lower"),
        ("95%上限", "upper"),
    ] {
        let found = whole[measure].as_f64().unwrap();
        assert_eq!(number(&row[column]), half_up(found), "{measure} {found}");
    }
    assert_eq!(number(&row["目标值"]), 90.0);
    assert_eq!(row["变化单位"], "个百分点");
    let (before, change) = (number(&row["上次数值"]), number(&row["比上次变化"]));
    assert!((number(&row["数值"]) - before - change).abs() < 0.011);
    let (items, _) = sheet(file, "五领域与逐题满意率", "指标");
    let a1 = items.iter().find(|row| row["代码"] == "a1").unwrap();
    let whole = of_whole(again, "satisfaction/environment/a1");
    assert_eq!(
        number(&a1["数值"]),
        half_up(whole["estimate"].as_f64().unwrap())
    );
    let domains = items.iter().filter(|row| row["层级"] == "领域（类别）");
    let values: Vec<f64> = domains.map(|row| number(&row["数值"])).collect();
    assert_eq!(values.len(), 5);
    assert!(values.is_sorted_by(|a, b| a >= b), "{values:?}");
}

fn counties_are_estimated(file: &Path, again: &serde_json::Value) {
    let (counties, _) = sheet(file, "分县区", "指标");
    let mut compared = 0;
    for found in again["estimates"].as_array().unwrap() {
        let Some(county) = found["domain"]["county"].as_str() else {
            continue;
        };
        if found["name"] != "satisfaction" {
            continue;
        }
        let row = counties
            .iter()
            .find(|row| row["组别代码"] == county && row["指标"] == "公众对生态文明建设的满意度");
        let row = row.unwrap();
        let (n, shown) = (found["n"].as_u64().unwrap(), &row["数值"]);
        match shown.as_str() {
            "*" => assert!(n < 10 || found["presentation"] == "suppress", "{county}"),
            _ => {
                assert!(n >= 10);
                assert_eq!(
                    shown.starts_with('('),
                    n < 30 || found["presentation"] == "review",
                    "{county}"
                );
                assert_eq!(
                    number(&row["数值"]),
                    half_up(found["estimate"].as_f64().unwrap())
                );
            }
        }
        compared += 1;
    }
    assert_eq!(compared, 10);
}

/// Unweighted count and weight of the rows that count, by the value of a column.
fn counted(data: &[BTreeMap<String, String>], column: &str) -> BTreeMap<String, (u32, f64)> {
    let mut counted: BTreeMap<String, (u32, f64)> = BTreeMap::new();
    for row in data {
        let weight: f64 = row["weight"].parse().unwrap_or(0.0);
        if weight > 0.0 {
            let own = counted.entry(row[column].clone()).or_default();
            *own = (own.0 + 1, own.1 + weight);
        }
    }
    counted
}

fn frequencies_are_those_of_the_rows(file: &Path, data: &[BTreeMap<String, String>]) {
    let (all, _) = sheet(file, "逐题频数", "代码");
    for question in ["a1", "p4", "occupation", "surveyed"] {
        let mut counts = counted(data, question);
        counts.remove("");
        let answered: f64 = counts.values().map(|own| own.1).sum();
        let rows = all
            .iter()
            .filter(|row| row["代码"] == question && !row["选项代码"].is_empty());
        let mut seen = 0;
        for row in rows {
            let code = &row["选项代码"];
            let (n, weight) = counts.get(code).copied().unwrap_or_default();
            if row["n（未加权）"] == "*" {
                assert_eq!(row["加权占作答（%）"], "*");
                continue;
            }
            assert!(n == 0 || n >= 10, "{question} {code} {n}");
            assert_eq!(
                number(&row["n（未加权）"]),
                f64::from(n),
                "{question} {code}"
            );
            let share = number(&row["加权占作答（%）"]);
            assert!((share - weight / answered * 100.0).abs() < 0.005_001);
            assert_eq!(
                row["加权占作答（%）"].starts_with('('),
                n > 0 && n < 30,
                "{question} {code}"
            );
            seen += 1;
        }
        assert!(seen >= 2, "{question}");
    }
}

fn composition_is_that_of_the_rows(file: &Path, data: &[BTreeMap<String, String>]) {
    let (all, _) = sheet(file, "样本构成", "分组变量");
    let counts = counted(data, "sex");
    for (code, (n, _)) in counts {
        let row = all.iter().find(|row| row["组别代码"] == code);
        assert_eq!(number(&row.unwrap()["n（未加权）"]), f64::from(n));
    }
    let titles: std::collections::BTreeSet<String> =
        all.iter().map(|row| row["分组变量"].clone()).collect();
    for title in ["县（区）", "性别", "年龄", "文化程度", "职业", "城乡"] {
        assert!(titles.contains(title), "{title}: {titles:?}");
    }
}

fn other_programs_open_it(scratch: &Scratch, file: &Path) {
    let python = std::env::var("MINYI_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let script = "import sys, openpyxl\n\
        book = openpyxl.load_workbook(sys.argv[1])\n\
        assert len(book.sheetnames) == 11, book.sheetnames\n\
        for sheet in book:\n\
        \x20   assert not sheet.merged_cells.ranges, sheet.title\n\
        \x20   assert len(sheet.tables) == 1, sheet.title\n\
        \x20   assert '内部 未发布' in sheet['A2'].value\n\
        \x20   for row in sheet.iter_rows():\n\
        \x20       for cell in row:\n\
        \x20           assert cell.data_type != 'f', cell\n\
        print(book['主要结果']['D6'].value)";
    let has = Command::new(&python)
        .args(["-c", "import openpyxl"])
        .output();
    if has.is_ok_and(|output| output.status.success()) {
        let output = Command::new(&python)
            .args(["-c", script])
            .arg(file)
            .output();
        let output = output.unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
        let (results, _) = sheet(file, "主要结果", "指标");
        let read: f64 = String::from_utf8_lossy(&output.stdout)
            .trim()
            .parse()
            .unwrap();
        assert_eq!(read, number(&results[0]["数值"]));
    } else {
        println!("SKIPPED: {python} has no openpyxl; MINYI_TEST_PYTHON names a Python that has it");
    }
    let profile = format!(
        "-env:UserInstallation=file://{}",
        scratch.path("lo").display()
    );
    let arguments = ["--headless", &profile, "--convert-to", UTF8_CSV, "--outdir"];
    let opened = Command::new("soffice")
        .args(arguments)
        .arg(&scratch.0)
        .arg(file)
        .output();
    match opened {
        Ok(output) => {
            let text = std::fs::read_to_string(scratch.path("report.csv"));
            let text = text.unwrap_or_else(|error| panic!("{error}: {output:?}"));
            assert!(text.contains("调查概况与指标口径"), "{text}");
        }
        Err(_) => println!("SKIPPED: LibreOffice is not installed"),
    }
}
