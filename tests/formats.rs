//! Files of `minyi export` in the programs that statisticians use: all formats hold the same rows, and
//! no program takes an answer for a formula.
//!
//! Needed: python3 with pandas, pyarrow, openpyxl and pyreadstat (`MINYI_TEST_PYTHON` names another one),
//! pspp, LibreOffice (soffice). What is not there is skipped.
//! `MINYI_TEST_ROWS` (such as 1000000) also exports that many responses in every format within 200 MiB
//! of memory; use a release build.

use std::process::Command;

use minyi::collection::{Response, Timing};
use minyi::store::{DatabaseUrl, Store};

use crate::support::{Scratch, city, minyi, root, run};

const SURVEY: &str = "satisfaction-2026";
const ITEM: &str = "a1";
/// What an answer must never be taken for.
const FORMULAS: [&str; 14] = [
    "=1+1",
    "=HYPERLINK(\"http://evil.example\",\"x\")",
    "=WEBSERVICE(\"http://evil.example\")",
    "+1+1",
    "-1+1",
    "@SUM(1;1)",
    "＝1+1",
    "＋1",
    "－1",
    "＠1",
    "=cmd|'/C calc'!A0",
    "'=1+1",
    "{=1+1}",
    "=SUM(1,1)*ROW()",
];

/// A city with answers that look like formulas, rare characters, a long text, and responses that the
/// plan leaves out.
fn city_of(name: &str) -> Scratch {
    let scratch = Scratch::new(name);
    city::make(&scratch.0, 6000);
    let store = Store::open(&DatabaseUrl::Sqlite(scratch.path("minyi.sqlite"))).unwrap();
    let long = "驻马店𠮷".repeat(470);
    let mut texts: Vec<&str> = FORMULAS.to_vec();
    texts.extend(["\"a\", b; c\nd", "𠮷€ÄЖ₿", &long, "末尾"]);
    let some = store.scan(SURVEY, -1, 40).unwrap();
    let more = some.into_iter().enumerate().map(|(place, row)| {
        let mut answers: serde_json::Value = serde_json::from_str(&row.answers).unwrap();
        answers["opinion"] = texts[place % texts.len()].into();
        let started = row.received_at - 10_000_000;
        let is_fast = place >= 30;
        Response {
            id: uuid::Uuid::new_v4(),
            survey: row.survey,
            questionnaire_hash: row.questionnaire_hash,
            mode: row.mode,
            channel: row.channel,
            psu: row.psu,
            area: row.area,
            invitation: None,
            timing: Timing {
                received_at: row.received_at,
                started_at: if is_fast {
                    Some(started)
                } else {
                    row.started_at
                },
                finished_at: if is_fast {
                    Some(row.received_at)
                } else {
                    row.finished_at
                },
            },
            enumerator: row.enumerator,
            device: row.device,
            flags: row.flags,
            answers: serde_json::to_string(&answers).unwrap(),
        }
    });
    store.insert_all(more.collect()).unwrap();
    scratch
}

fn export(scratch: &Scratch, file: &str, more: &[&str]) {
    let (file, data) = (scratch.path(file), scratch.0.to_str().unwrap());
    let mut arguments = vec!["export", SURVEY, "--data", data];
    arguments.extend(["-o", file.to_str().unwrap()]);
    arguments.extend(more);
    let (code, _, errors) = run(&arguments);
    assert_eq!(code, 0, "{more:?}: {errors}");
}

/// Whether a program is there and runs with these arguments.
fn has(program: &str, arguments: &[&str]) -> bool {
    let output = Command::new(program).args(arguments).output();
    let is_there = output.is_ok_and(|output| output.status.success());
    if !is_there {
        println!("SKIPPED: {program} {arguments:?} does not run");
    }
    is_there
}

/// The share of the satisfied with [`ITEM`], as `minyi estimate` gives it from the CSV.
fn estimated(scratch: &Scratch) -> f64 {
    let (data, spec) = (scratch.path("all.csv"), scratch.path("all-spec.toml"));
    let (code, out, errors) = run(&[
        "estimate",
        "--data",
        data.to_str().unwrap(),
        "--spec",
        spec.to_str().unwrap(),
    ]);
    assert_eq!(code, 0, "{errors}");
    let found: serde_json::Value = serde_json::from_str(&out).unwrap();
    let name = format!("satisfaction/environment/{ITEM}");
    let mut estimates = found["estimates"].as_array().unwrap().iter();
    let whole = estimates.find(|own| own["name"] == *name).unwrap();
    whole["estimate"].as_f64().unwrap()
}

#[test]
fn every_format_holds_the_same_rows_and_gives_the_offices_weighted_figure_again() {
    let scratch = city_of("formats");
    export(&scratch, "all.csv", &[]);
    export(&scratch, "gb.csv", &["--encoding", "gb18030"]);
    for format in ["xlsx", "sav", "dta", "parquet", "json"] {
        export(&scratch, &format!("all.{format}"), &["--format", format]);
    }
    // A server stores the wording that the labels are taken from.
    drop(city::serve(&scratch.0));
    for format in ["sav", "parquet"] {
        let more = ["--labels", "--format", format];
        export(&scratch, &format!("labels.{format}"), &more);
    }
    let python = std::env::var("MINYI_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let needed = "import pandas, pyarrow, openpyxl, pyreadstat";
    if has(&python, &["-c", needed]) {
        let read = Command::new(&python)
            .arg(root().join("tests/formats_read.py"))
            .arg(&scratch.0)
            .args([ITEM, &estimated(&scratch).to_string()])
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&read.stderr);
        assert!(read.status.success(), "{errors}");
    }
    if has("pspp", &["--version"]) {
        let syntax = scratch.write(
            "read.sps",
            &format!(
                "GET FILE='{}'.\nFREQUENCIES VARIABLES={ITEM}.\n",
                scratch.path("all.sav").display()
            ),
        );
        let read = Command::new("pspp").arg(&syntax).output().unwrap();
        let text = String::from_utf8_lossy(&read.stdout).into_owned();
        assert!(read.status.success() && text.contains("非常满意"), "{text}");
        // The user-missing code is not among the valid ones, and the file names its weight.
        let missing = text.lines().find(|line| line.contains("不清楚")).unwrap();
        assert!(missing.starts_with("|Missing"), "{missing}");
        assert!(!text.contains("error"), "{text}");
    }
}

#[test]
fn a_spreadsheet_computes_nothing_from_answers() {
    let scratch = city_of("formulas");
    if !has("soffice", &["--version"]) {
        return;
    }
    export(&scratch, "all.csv", &[]);
    export(&scratch, "all.xlsx", &["--format", "xlsx"]);
    for file in ["all.csv", "all.xlsx"] {
        let profile = format!(
            "-env:UserInstallation=file://{}/profile",
            scratch.0.display()
        );
        // Fields: comma, quotation mark, UTF-8, first line.
        let filter = if file == "all.csv" {
            "--infilter=CSV:44,34,76,1"
        } else {
            "--infilter=Calc MS Excel 2007 XML"
        };
        let converted = Command::new("soffice")
            .args([&profile, "--headless", filter, "--convert-to", "fods"])
            .args(["--outdir", scratch.0.to_str().unwrap()])
            .arg(scratch.path(file))
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&converted.stderr);
        assert!(converted.status.success(), "{errors}");
        let path = scratch.path("all.fods");
        let sheet = std::fs::read_to_string(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert!(sheet.contains("驻马店𠮷"), "{file} was not read");
        assert!(sheet.contains("HYPERLINK"), "{file} lost an answer");
        assert!(!sheet.contains("table:formula"), "{file} has a formula");
    }
}

#[test]
fn a_choice_that_makes_no_sense_is_refused_before_anything_is_written() {
    let scratch = Scratch::new("formats-refused");
    city::make(&scratch.0, 6000);
    let file = scratch.path("all.sav");
    let data = scratch.0.to_str().unwrap();
    let (code, _, errors) = run(&[
        "export",
        SURVEY,
        "--format",
        "sav",
        "--encoding",
        "gb18030",
        "--data",
        data,
        "-o",
        file.to_str().unwrap(),
    ]);
    assert_eq!(code, 1, "{errors}");
    assert!(errors.contains("--encoding is for csv"), "{errors}");
    assert!(!file.exists());
}

#[test]
fn a_million_responses_leave_in_little_memory() {
    let Ok(rows) = std::env::var("MINYI_TEST_ROWS") else {
        println!("SKIPPED: MINYI_TEST_ROWS is not set");
        return;
    };
    let scratch = Scratch::new("formats-many");
    // Three fifths of the responses are of this survey.
    let rows: u32 = rows.parse().unwrap();
    city::make(&scratch.0, rows.div_ceil(3) * 5);
    for format in ["csv", "parquet", "sav", "dta", "json", "xlsx"] {
        let file = scratch.path(&format!("many.{format}"));
        let export = minyi(&["export", SURVEY, "--format", format])
            .args(["--data", scratch.0.to_str().unwrap(), "-o"])
            .arg(&file)
            .spawn()
            .unwrap();
        let (seconds, peak) = measured(export);
        println!("{format}: {seconds:.1} s, {peak} KiB");
        assert!(peak < 200 * 1024, "{format}: {peak} KiB");
        std::fs::remove_file(&file).unwrap();
    }
}

/// Seconds and peak memory (KiB) of a program.
fn measured(mut program: std::process::Child) -> (f64, u64) {
    let start = std::time::Instant::now();
    let mut peak = 0;
    loop {
        let status = std::fs::read_to_string(format!("/proc/{}/status", program.id()));
        let line = status.ok().and_then(|status| {
            let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
            line.split_whitespace().nth(1)?.parse().ok()
        });
        peak = line.unwrap_or(0).max(peak);
        if let Some(status) = program.try_wait().unwrap() {
            assert!(status.success());
            return (start.elapsed().as_secs_f64(), peak);
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}
