//! The files of a release: CSV, JSON-stat, JSON-LD, data package, quality report, made of public figures.
//!
//! `MINYI_TEST_PYTHON` names a Python with pyjstat, jsonstat.py, frictionless and openpyxl; with node and
//! jsonstat-toolkit (`NODE_PATH`) that is asked too. Without it this is skipped.

use std::process::Command;

use minyi::formats::{
    json_ld, quality_json, release_csv, release_json_stat, release_package, release_xlsx,
};
use minyi::locale::Language;
use minyi::release::figures::Figures;
use minyi::release::imprint::Imprint;
use minyi::release::quality_report::quality_report;

use crate::support::waves::{city, goods, shops, thin};
use crate::support::{Scratch, root};

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

#[test]
fn other_programs_read_the_files_and_write_them_again() {
    let scratch = Scratch::new("release-files");
    for (name, figures) in [
        ("city", city()),
        ("goods", goods()),
        ("shops", shops()),
        ("thin", thin()),
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
