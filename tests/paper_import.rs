//! Workbooks that come in: the template, cells as a person sees them, every fault by its cell, and
//! archives that are refused. `MINYI_TEST_PYTHON` names a Python with openpyxl; the default is
//! `python3`.

use std::process::Command;

use libdeflater::{CompressionLvl, Compressor, crc32};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

use crate::cases::import::Desk;
use crate::support::paper::{Office, PSU, SURVEY};
use crate::support::{Scratch, minyi, run};

/// A ZIP archive of parts: name, content, and the size that it states.
fn archive(parts: &[(&str, &[u8], usize)]) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for (name, content, stated) in parts {
        let mut packer = Compressor::new(CompressionLvl::default());
        let mut packed = vec![0; packer.deflate_compress_bound(content.len())];
        let length = packer.deflate_compress(content, &mut packed).unwrap();
        packed.truncate(length);
        let mut head = vec![20, 0, 0, 0, 8, 0, 0, 0, 0x21, 0];
        head.extend(crc32(content).to_le_bytes());
        head.extend((packed.len() as u32).to_le_bytes());
        head.extend((*stated as u32).to_le_bytes());
        head.extend((name.len() as u16).to_le_bytes());
        head.extend([0, 0]);
        let at = file.len() as u32;
        file.extend([b"PK\x03\x04", head.as_slice(), name.as_bytes(), &packed].concat());
        directory.extend([b"PK\x01\x02\x14\x00", head.as_slice(), &[0; 10]].concat());
        directory.extend(at.to_le_bytes());
        directory.extend(name.bytes());
    }
    let (at, n) = (file.len() as u32, parts.len() as u16);
    file.extend(&directory);
    file.extend(b"PK\x05\x06\0\0\0\0");
    file.extend([n.to_le_bytes(), n.to_le_bytes()].concat());
    file.extend([(directory.len() as u32).to_le_bytes(), at.to_le_bytes()].concat());
    file.extend([0, 0]);
    file
}

#[test]
fn cells_are_read_as_a_person_sees_them() {
    let desk = Desk::new("workbook-cells");
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (column, name) in (0..).zip(["area", "a1", "m", "note", "started_at"]) {
        sheet.write(0, column, name).unwrap();
    }
    let time = Format::new().set_num_format("yyyy/m/d h:mm");
    let at = ExcelDateTime::parse_from_str("2026-06-01 09:30").unwrap();
    sheet.write(1, 0, 411721.0).unwrap();
    sheet.write(1, 1, 5.0).unwrap();
    sheet.write(1, 2, 1).unwrap();
    sheet.write(1, 3, 0.1 + 0.2).unwrap();
    sheet.write_datetime_with_format(1, 4, &at, &time).unwrap();
    sheet.write(2, 0, "411722").unwrap();
    sheet.write(2, 1, "4").unwrap();
    sheet.write(2, 2, "绿色出行; 3").unwrap();
    sheet.write(2, 3, "水质，好").unwrap();
    let (code, out, errors) = desk.import(&book.save_to_buffer().unwrap(), &[]);
    assert_eq!(
        (code, out.as_str()),
        (0, "2 rows stored, 0 were stored already\n"),
        "{errors}"
    );
    let stored = desk.stored();
    assert!(
        stored[0].contains("\"a1\":5") && stored[0].contains("\"note\":\"0.3\""),
        "{stored:?}"
    );
    assert!(stored[1].contains("\"note\":\"水质，好\""), "{stored:?}");
}

#[test]
fn every_fault_of_a_workbook_is_named_by_its_cell_at_once() {
    let desk = Desk::new("workbook-faults");
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    // An empty column stands between, and the first rows are empty.
    for (column, name) in [(1, "area"), (3, "a1"), (4, "m"), (27, "note")] {
        sheet.write(2, column, name).unwrap();
    }
    for row in [3, 16] {
        sheet
            .write(row, 1, if row == 3 { "411721" } else { "nowhere" })
            .unwrap();
        sheet.write(row, 3, 8).unwrap();
        sheet.write(row, 4, 1).unwrap();
        sheet.write(row, 27, "x".repeat(3_000)).unwrap();
    }
    let (code, faults, _) = desk.import(&book.save_to_buffer().unwrap(), &[]);
    assert_eq!(code, 1);
    let mut cells: Vec<&str> = faults
        .lines()
        .map(|line| line.split(": ").nth(1).unwrap())
        .collect();
    cells.sort_unstable();
    let expected = [
        "AB17 (note)",
        "AB4 (note)",
        "B17 (area)",
        "D17 (a1)",
        "D4 (a1)",
    ];
    assert_eq!(cells, expected, "{faults}");
    assert_eq!(desk.n_stored(), 0);
}

#[test]
fn archives_beyond_a_limit_are_refused_with_little_memory() {
    let scratch = Scratch::new("workbook-bombs");
    let nothing = vec![b' '; 200 << 20];
    let large = &nothing[..60 << 20];
    let many: Vec<(String, Vec<u8>)> = (0..65).map(|n| (format!("xl/{n}.xml"), vec![])).collect();
    let many: Vec<(&str, &[u8], usize)> = many
        .iter()
        .map(|(name, content)| (name.as_str(), content.as_slice(), 0))
        .collect();
    let laughs =
        b"<?xml version=\"1.0\"?><!DOCTYPE l [<!ENTITY a \"ha\">]><workbook>&a;</workbook>";
    let counted = b"<sst count=\"1\" uniqueCount=\"99999999999999\"></sst>";
    let mut wide = Workbook::new();
    let sheet = wide.add_worksheet();
    for row in 0..201 {
        for column in 0..1_000 {
            sheet.write(row, column, 1).unwrap();
        }
    }
    let sheet_name = "xl/worksheets/sheet1.xml";
    let files: [(&str, Vec<u8>, &str); 8] = [
        (
            "honest",
            archive(&[(sheet_name, large, large.len())]),
            "more than 50 MiB",
        ),
        (
            "lying",
            archive(&[(sheet_name, &nothing, 1_000)]),
            "damaged",
        ),
        ("many", archive(&many), "64 parts"),
        (
            "laughs",
            archive(&[("xl/workbook.xml", laughs, laughs.len())]),
            "DOCTYPE",
        ),
        (
            "counted",
            archive(&[("xl/sharedStrings.xml", counted, counted.len())]),
            "damaged",
        ),
        (
            "large",
            [archive(&[]), vec![0; 6 << 20]].concat(),
            "no XLSX",
        ),
        (
            "traversal",
            archive(&[("../../x.xml", b"<a/>", 4)]),
            "no XLSX",
        ),
        ("cells", wide.save_to_buffer().unwrap(), "200,000 cells"),
    ];
    drop(nothing);
    for (name, bytes, reason) in files {
        let file = scratch.path(&format!("{name}.xlsx"));
        let bytes = match name {
            "large" => [b"PK\x03\x04".as_slice(), &bytes].concat(),
            _ => bytes,
        };
        std::fs::write(&file, &bytes).unwrap();
        let command = minyi(&[]);
        let program = command.get_program().to_str().unwrap();
        // Twice what a small import takes; a bomb alone would take more.
        let limited = format!(
            "ulimit -v 700000; exec {program} import {SURVEY} {} --create --language en --data {} --surveys surveys",
            file.display(),
            scratch.path("data").display()
        );
        let run = Command::new("sh")
            .args(["-c", &limited])
            .current_dir(crate::support::root())
            .output()
            .unwrap();
        let out = String::from_utf8_lossy(&run.stdout).into_owned();
        let errors = String::from_utf8_lossy(&run.stderr).into_owned();
        assert_eq!(run.status.code(), Some(1), "{name}: {out}{errors}");
        let reason = if name == "large" { "5 MiB" } else { reason };
        assert!(out.contains(reason), "{name}: {out}");
    }
}

#[test]
fn a_template_that_was_filled_in_can_be_imported() {
    let scratch = Scratch::new("workbook-template");
    let (template, filled) = (scratch.path("template.xlsx"), scratch.path("filled.xlsx"));
    let data = scratch.path("data");
    let text = |path: &std::path::Path| path.to_str().unwrap().to_owned();
    let made = [
        "import",
        SURVEY,
        "--template",
        &text(&template),
        "--surveys",
        "surveys",
    ];
    let (code, _, errors) = run(&made);
    assert_eq!(code, 0, "{errors}");
    // In each column with a list, the first entry of the list; in the others nothing.
    let program = format!(
        "import openpyxl, sys
book = openpyxl.load_workbook(sys.argv[1])
sheet = book.worksheets[0]
lists = {{}}
for rule in sheet.data_validations.dataValidation:
    if rule.type == 'list':
        name, cells = rule.formula1.split('!')
        first = book[name.strip(\"'\")][cells.replace('$', '').split(':')[0]].value
        lists[str(rule.sqref).split('2:')[0]] = first
assert len(lists) > 40, lists
for row in (2, 3):
    for column, entry in lists.items():
        sheet[column + str(row)] = entry
    for cell in sheet[1]:
        if cell.value == 'psu':
            sheet.cell(row, cell.column).value = '{PSU}'
book.save(sys.argv[2])"
    );
    let python = std::env::var("MINYI_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let has_library = Command::new(&python)
        .args(["-c", "import openpyxl"])
        .output();
    if !has_library.is_ok_and(|output| output.status.success()) {
        eprintln!("SKIPPED: {python} has no openpyxl (MINYI_TEST_PYTHON)");
        return;
    }
    let made = Command::new(&python)
        .args(["-c", &program, &text(&template), &text(&filled)])
        .output()
        .unwrap();
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    let (code, out, errors) = run(&[
        "import",
        SURVEY,
        &text(&filled),
        "--create",
        "--data",
        &text(&data),
        "--surveys",
        "surveys",
    ]);
    assert_eq!(code, 0, "{out}{errors}");
    assert!(out.starts_with("2 rows stored"), "{out}");
}

#[test]
fn an_upload_stores_nothing_until_all_is_right_and_is_confirmed() {
    let office = Office::start("paper-upload");
    let person = office.log_in("anna");
    let template = person.get("/template.xlsx");
    assert_eq!(template.status, 200);
    assert!(template.body.starts_with(b"PK"));
    let columns: Vec<&str> = crate::support::site::complete()
        .iter()
        .map(|(code, _)| *code)
        .collect();
    let values: Vec<&str> = crate::support::site::complete()
        .iter()
        .map(|(_, value)| *value)
        .collect();
    let file = |a1: &str| {
        let mut row = values.clone();
        row[4] = a1;
        let line = format!("{PSU},{}\n", row.join(","));
        let other = format!("{PSU},{}\n", values.join(","));
        format!("psu,{}\n{line}{other}", columns.join(","))
    };
    let check = [("do", "check"), ("mode", "paper")];
    let wrong = person.upload(&check, Some(("forms.csv", file("77").as_bytes())));
    assert_eq!(wrong.status, 422, "{}", wrong.text());
    assert!(wrong.text().contains("<td>a1</td>"), "{}", wrong.text());
    assert_eq!(office.reader().count(SURVEY).unwrap(), 0);
    let (wide, _, _) = encoding_rs::GB18030.encode("不清楚");
    let right = file("#").into_bytes();
    let at = right.iter().position(|byte| *byte == b'#').unwrap();
    let right = [&right[..at], &wide, &right[at + 1..]].concat();
    let checked = person.upload(&check, Some(("forms.csv", &right)));
    assert_eq!(checked.status, 200, "{}", checked.text());
    assert_eq!(office.reader().count(SURVEY).unwrap(), 0);
    let page = checked.text();
    let token = page.split("name=\"token\" value=\"").nth(1).unwrap();
    let token = token.split('"').next().unwrap();
    let store = [
        ("do", "store"),
        ("token", token),
        ("reason", "forms of June"),
    ];
    let other = office.log_in("bo");
    assert_eq!(other.upload(&store, None).status, 422);
    let stored = person.upload(&store, None);
    assert_eq!(stored.status, 200, "{}", stored.text());
    assert_eq!(office.reader().count(SURVEY).unwrap(), 2);
    assert_eq!(person.upload(&store, None).status, 422);
    let filter = minyi::store::AuditFilter::default();
    let audited = office.reader().audit_entries(&filter, 100).unwrap();
    let uploads = audited
        .iter()
        .filter(|(_, own)| own.action.as_str() == "uploaded");
    let reasons: Vec<&str> = uploads.map(|(_, own)| own.reason.as_str()).collect();
    assert_eq!(reasons, ["forms of June"]);
}
