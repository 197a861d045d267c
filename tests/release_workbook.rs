//! The workbook of a release against the 36 points of the checklist for accessible spreadsheets of the
//! UK's Government Statistical Service. The points are in `points.rs`; here each is made to fail once.

mod points;

use minyi::formats::release_xlsx::figures_xlsx;
use minyi::locale::Language;
use minyi::release::figures::Figures;
use minyi::release::quality_report::quality_report;

use crate::release_files::imprint;
use crate::support::waves::{city, goods, shops, thin};
use crate::support::workbook::Book;
use points::{POINTS, not_met};

fn bytes(figures: &Figures, language: Language) -> Vec<u8> {
    let imprint = imprint(2);
    let report = quality_report(figures, &imprint, None);
    figures_xlsx(figures, &imprint, &report, language).unwrap()
}

#[test]
fn the_workbook_meets_the_points_of_accessible_spreadsheets() {
    let languages = [Language::ZH, Language::EN];
    for (name, figures) in [
        ("city", city()),
        ("goods", goods()),
        ("shops", shops()),
        ("thin", thin()),
    ] {
        for language in languages {
            let book = Book::read(&bytes(&figures, language));
            let sheets = book.sheets();
            println!("{name}, {}:", language.code());
            let mut missed = Vec::new();
            for (place, (point, is_essential)) in POINTS.iter().enumerate() {
                let why = not_met(place + 1, &book, &sheets);
                let mark = if *is_essential { "E" } else { " " };
                match &why {
                    None => println!("{:2} {mark} met      {point}", place + 1),
                    Some(why) => println!("{:2} {mark} NOT MET  {point}: {why}", place + 1),
                }
                if why.is_some() {
                    missed.push((place + 1, is_essential));
                }
            }
            println!("{} of 36 met", 36 - missed.len());
            assert!(
                missed.len() <= 2 && missed.iter().all(|(_, own)| !**own),
                "{missed:?}"
            );
        }
    }
    let n_essential = POINTS.iter().filter(|(_, own)| *own).count();
    assert_eq!((POINTS.len(), n_essential), (36, 19));
}

#[test]
fn the_same_release_has_the_same_workbook() {
    for language in [Language::ZH, Language::EN] {
        assert!(bytes(&city(), language) == bytes(&city(), language));
    }
}

/// A string in quotation marks is replaced by the next one, in parts whose names begin so.
const DAMAGE: [(usize, &str, &str, &str); 36] = [
    (
        1,
        "xl/worksheets/sheet4.xml",
        "<tablePart r:id",
        "<noPart r:id",
    ),
    (2, "xl/tables/table3.xml", "table_headlines", "Table3"),
    (
        3,
        "xl/worksheets/sheet4.xml",
        "</sheetData>",
        "</sheetData><mergeCells count=\"1\"><mergeCell ref=\"A1:B1\"/></mergeCells>",
    ),
    (4, "xl/worksheets/sheet4.xml", "<c r=\"A6\"", "<d r=\"A6\""),
    (
        5,
        "xl/tables/table1.xml",
        "id=\"2\" name=\"Content\"",
        "id=\"2\" name=\"Sheet\"",
    ),
    (6, "xl/styles.xml", "wrapText=\"1\"", "wrapText=\"0\""),
    (
        7,
        "xl/worksheets/sheet4.xml",
        "<sheetView ",
        "<pane xSplit=\"1\"/><sheetView ",
    ),
    (8, "xl/worksheets/sheet4.xml", "<c r=\"C5\"", "<d r=\"C5\""),
    (
        9,
        "xl/workbook.xml",
        "<sheet name=\"Notes\"",
        "<sheet name=\"Notes\" state=\"hidden\"",
    ),
    (
        10,
        "xl/worksheets/sheet4.xml",
        "<col min=\"2\" max=\"2\" width=\"",
        "<col min=\"2\" max=\"2\" width=\"9",
    ),
    (11, "xl/sharedStrings.xml", ">Estimate [", ">Estimate* ["),
    (
        12,
        "xl/sharedStrings.xml",
        ">Estimate [note 2]",
        ">Estimate [2]",
    ),
    (13, "xl/sharedStrings.xml", ">[u]<", ">12.5 [u]<"),
    (14, "xl/sharedStrings.xml", ">Note 2<", ">Remark<"),
    (
        15,
        "xl/sharedStrings.xml",
        ">This sheet has one table.",
        "> one two three four five six seven eight nine ten eleven twelve one two three four five six seven eight nine ten eleven twelve one two three four five six seven eight nine ten eleven twelve one two three four five six seven eight nine ten eleven twelve.",
    ),
    (
        16,
        "xl/sharedStrings.xml",
        ">Open the web page of this release<",
        ">https://survey.example/r/2<",
    ),
    (17, "xl/styles.xml", "<sz val=\"12\"/>", "<sz val=\"9\"/>"),
    (18, "xl/styles.xml", " builtinId=\"16\"", ""),
    (
        19,
        "xl/sharedStrings.xml",
        ">Verdict [",
        ">Verdict & more [",
    ),
    (
        20,
        "xl/worksheets/sheet4.xml",
        "<tableParts",
        "<headerFooter><oddHeader>x</oddHeader></headerFooter><tableParts",
    ),
    (21, "xl/styles.xml", "<left/>", "<left style=\"thin\"/>"),
    (
        22,
        "xl/styles.xml",
        "<patternFill patternType=\"gray125\"/>",
        "<patternFill patternType=\"solid\"/>",
    ),
    (
        23,
        "xl/worksheets/sheet4.xml",
        "<tableParts",
        "<conditionalFormatting sqref=\"A1\"/><tableParts",
    ),
    (24, "xl/styles.xml", "FF0563C1", "FFDDEEFF"),
    (25, "docProps/app.xml", "", ""),
    (
        26,
        "[Content_Types].xml",
        "sheet.main+xml",
        "sheet.macroEnabled.main+xml",
    ),
    (
        27,
        "xl/workbook.xml",
        "<sheet name=\"Notes\"",
        "<sheet name=\"Contents\"",
    ),
    (28, "xl/worksheets/sheet4.xml", "<c r=", "<d r="),
    (29, "xl/worksheets/sheet4.xml", "<c r=\"A5\"", "<d r=\"A5\""),
    (30, "xl/tables/table3.xml", " ref=\"A4", " ref=\"B4"),
    (
        31,
        "xl/worksheets/sheet4.xml",
        "</sheetData>",
        "<row r=\"90\"><c r=\"A90\"><v>1</v></c></row></sheetData>",
    ),
    (
        32,
        "xl/worksheets/sheet4.xml",
        "<tablePart r:id",
        "<tablePart r:id=\"rId8\"/><tablePart r:id",
    ),
    (
        33,
        "xl/sharedStrings.xml",
        ">This sheet has",
        ">This this sheet %{has}",
    ),
    (34, "xl/tables/table3.xml", "altText=", "noText="),
    (35, "docProps/core.xml", "<dc:title>", "<dc:other>"),
    (
        36,
        "xl/workbook.xml",
        "<workbookView ",
        "<workbookView activeTab=\"2\" ",
    ),
];

#[test]
fn every_point_fails_for_a_workbook_that_misses_it() {
    let book = Book::read(&bytes(&city(), Language::EN));
    for (point, part, from, to) in DAMAGE {
        let damaged = match point {
            25 => {
                let mut damaged = book.clone();
                let picture = "xl/media/image1.png".to_owned();
                damaged.parts.insert(picture, String::new());
                damaged
            }
            _ => book.with(part, from, to),
        };
        let name = POINTS[point - 1].0;
        assert!(
            not_met(point, &damaged, &damaged.sheets()).is_some(),
            "{point} {name} is met"
        );
    }
}
