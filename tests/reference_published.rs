//! Every figure of the demonstration surveys agrees with R's `survey`, which rebuilds them from the
//! exported files alone: weights, estimates, intervals, bounds, blend and scenarios.

use std::path::Path;
use std::process::Command;

use crate::support::{Scratch, city, root, run};

/// Surveys of the fictional city.
const SURVEYS: [&str; 4] = [
    "satisfaction-2026",
    "disposables-2026",
    "appliances-2026",
    "fixtures-2026",
];

/// Whether R and the packages that the script needs are installed. Prints a line if not.
fn has_r() -> bool {
    let packages = "library(survey); library(jsonlite)";
    let output = Command::new("Rscript").args(["-e", packages]).output();
    let is_there = output.is_ok_and(|output| output.status.success());
    if !is_there {
        println!(
            "SKIPPED: R with survey and jsonlite is not installed \
             (Debian: apt-get install r-cran-survey r-cran-jsonlite)"
        );
    }
    is_there
}

/// Writes `out.csv` with the files beside it and `out.json` of a survey into `folder`.
fn export(survey: &str, data: &Path, folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    let [table, spec] = ["out.csv", "out-spec.toml"].map(|name| folder.join(name));
    let surveys = data.join("surveys");
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let [data, surveys] = [text(data), text(&surveys)];
    let [table, spec] = [text(&table), text(&spec)];
    let (code, _, errors) = run(&[
        "export",
        survey,
        "-o",
        &table,
        "--data",
        &data,
        "--surveys",
        &surveys,
    ]);
    assert_eq!(code, 0, "{survey}: {errors}");
    let (code, figures, errors) = run(&["estimate", "--data", &table, "--spec", &spec]);
    assert_eq!(code, 0, "{survey}: {errors}");
    std::fs::write(folder.join("out.json"), figures).unwrap();
}

#[test]
fn r_rebuilds_every_published_figure_from_the_exported_files() {
    if !has_r() {
        return;
    }
    let scratch = Scratch::new("published");
    let data = scratch.path("city");
    city::make(&data, 12_000);
    let mut failed = Vec::new();
    for survey in SURVEYS {
        let folder = scratch.path(survey);
        export(survey, &data, &folder);
        let output = Command::new("Rscript")
            .arg(root().join("tests/reference/published.R"))
            .arg(&folder)
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        println!("{survey}\n{}{}", text(&output.stdout), text(&output.stderr));
        if !output.status.success() {
            failed.push(survey);
        }
    }
    assert!(failed.is_empty(), "R disagrees: {failed:?}");
}
