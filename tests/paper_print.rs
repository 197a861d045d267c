//! The printed form: A4 sheets with the four marks on each, made by a real browser.

use std::path::Path;
use std::process::Command;

use minyi::locale::Language;
use minyi::pages::paper::print;
use minyi::survey::Catalogue;

use crate::support::{Scratch, root};

/// The pages of the form as text; `None` without browser or `pdftotext`.
fn pages(scratch: &Scratch, survey: &str, language: Language) -> Option<Vec<String>> {
    let catalogue = Catalogue::load(&root().join("surveys")).unwrap();
    let survey = &catalogue.surveys[survey];
    let questionnaire = &survey.questionnaire;
    let version = &survey.questionnaire_hash;
    let printed = print::form(language, questionnaire, &catalogue.areas, version);
    assert!(!printed.html.contains("<script"));
    let page = scratch.write("form.html", &printed.html);
    let pdf = scratch.path("form.pdf");
    print_to(&page, &pdf)?;
    let text = Command::new("pdftotext")
        .arg("-layout")
        .arg(&pdf)
        .arg("-")
        .output();
    let text = String::from_utf8(text.ok()?.stdout).unwrap();
    Some(
        text.trim_end_matches('\u{c}')
            .split('\u{c}')
            .map(str::to_owned)
            .collect(),
    )
}

fn print_to(page: &Path, pdf: &Path) -> Option<()> {
    let printed = Command::new("chromium")
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-pdf-header-footer",
        ])
        .arg(format!("--print-to-pdf={}", pdf.display()))
        .arg(page)
        .output()
        .ok()?;
    assert!(pdf.exists(), "{}", String::from_utf8_lossy(&printed.stderr));
    Some(())
}

#[test]
fn the_marks_and_the_version_are_on_every_sheet_in_both_languages() {
    let scratch = Scratch::new("paper-print");
    for (language, marks) in [
        (
            Language::ZH,
            [
                "ZMD601表",
                "驻马店市统计局",
                "（待批准）",
                "2027年1月",
                "试填演示",
            ],
        ),
        (
            Language::EN,
            [
                "ZMD601表",
                "Zhumadian Bureau of Statistics",
                "pending",
                "2027",
                "Trial",
            ],
        ),
    ] {
        let Some(pages) = pages(&scratch, "satisfaction-2026", language) else {
            eprintln!("SKIPPED: chromium or pdftotext is missing");
            return;
        };
        assert!((2..=4).contains(&pages.len()), "{} sheets", pages.len());
        let catalogue = Catalogue::load(&root().join("surveys")).unwrap();
        let survey = &catalogue.surveys["satisfaction-2026"];
        let version = &survey.questionnaire_hash[..12];
        for (number, page) in pages.iter().enumerate() {
            for mark in marks.iter().chain([&version]) {
                assert!(page.contains(mark), "sheet {number} lacks {mark}: {page}");
            }
        }
    }
}
