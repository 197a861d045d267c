//! CSV files as spreadsheet programs and people make them: read where they are unambiguous, else
//! refused with the line, and nothing is stored.

use std::path::Path;

use minyi::store::{DatabaseUrl, Store};

use crate::support::{Scratch, root, run};

/// A folder to import into.
pub struct Desk {
    pub scratch: Scratch,
}

impl Desk {
    pub fn new(name: &str) -> Desk {
        Desk {
            scratch: Scratch::new(name),
        }
    }

    /// Imports `bytes` into the survey t-2026: the exit code, standard output and standard error.
    pub fn import(&self, bytes: &[u8], extra: &[&str]) -> (i32, String, String) {
        let (file, data) = (self.scratch.path("in.csv"), self.scratch.path("data"));
        std::fs::write(&file, bytes).unwrap();
        let surveys = root().join("tests/cases/data/import/surveys");
        let text = |path: &Path| path.to_str().unwrap().to_owned();
        let (file, data, surveys) = (text(&file), text(&data), text(&surveys));
        let place = [
            "--create",
            "--data",
            &data,
            "--surveys",
            &surveys,
            "--language",
            "en",
        ];
        run(&[&["import", "t-2026", &file], &place[..], extra].concat())
    }

    /// The messages about a file that is refused, from the line on.
    fn refused(&self, bytes: &[u8]) -> Vec<String> {
        let (code, faults, errors) = self.import(bytes, &[]);
        assert_eq!(code, 1, "{faults}{errors}");
        assert!(errors.contains("nothing stored"), "{errors}");
        assert_eq!(self.n_stored(), 0);
        let lines = faults
            .lines()
            .map(|line| line.split_once(".csv: ").unwrap().1);
        lines.map(str::to_owned).collect()
    }

    /// Asserts that the file is refused with one message for each of `expected`, which it starts
    /// with.
    fn assert_refused(&self, file: &str, expected: &[&str]) {
        let found = self.refused(file.as_bytes());
        assert_eq!(found.len(), expected.len(), "{file}: {found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(
                found.starts_with(expected),
                "{file}: {found}, not {expected}"
            );
        }
    }

    pub fn n_stored(&self) -> u64 {
        let database = self.scratch.path("data/minyi.sqlite");
        if !database.exists() {
            return 0;
        }
        let store = Store::open_reader(&DatabaseUrl::Sqlite(database)).unwrap();
        store.count("t-2026").unwrap()
    }

    /// The stored answers in the order of the rows.
    pub fn stored(&self) -> Vec<String> {
        let url = DatabaseUrl::Sqlite(self.scratch.path("data/minyi.sqlite"));
        let store = Store::open_reader(&url).unwrap();
        let rows = store.scan("t-2026", -1, 1_000).unwrap();
        rows.into_iter().map(|row| row.answers).collect()
    }
}

#[test]
fn a_quote_that_opens_and_never_closes_is_refused_with_the_row_where_it_opens() {
    let desk = Desk::new("open-quote");
    let reported = include_bytes!("data/import/open-quote.csv");
    let found = desk.refused(reported);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with("row 3: a quotation mark opens here"),
        "{found:?}"
    );
    let opens = "a quotation mark opens here";
    for (file, row) in [
        ("area,a1,m,note\n411721,5,1,fine\n411722,5,2,\"last", 3),
        ("area,a1,m,\"note\n411721,5,1,fine\n", 1),
        (
            "area;a1;m;note\r\n\r\n411721;5;1;\"fine\r\n411722;5;2;x\r\n",
            3,
        ),
        (
            "area\ta1\tm\tnote\n411721\t5\t1\t\"\"\"quoted\"\" text\n",
            2,
        ),
    ] {
        desk.assert_refused(file, &[&format!("row {row}: {opens}")]);
    }
}

#[test]
fn a_quote_that_closes_rows_later_is_refused_and_a_line_break_in_a_comment_is_not() {
    let desk = Desk::new("late-quote");
    let holds = "a cell that begins here holds a line break";
    for (file, row) in [
        (
            "area,a1,m,note\n411721,4,1,\"he said\n411722,5,2,second\"\n411723,1,3,x\n",
            2,
        ),
        (
            "area,a1,m,note\n411721,5,1,x\n\n411721,4,1,\"a\nb\n411722,5,2,c\"\n",
            4,
        ),
        (
            "area;a1;m;note\n411721;4;1;\"he said\n411722;5;2;x\n411723;1;3;\"y\"\n",
            2,
        ),
    ] {
        desk.assert_refused(file, &[&format!("row {row}: {holds}")]);
    }
    let comments =
        "area,a1,m,note\n411721,4,1,\"first line\nsecond line\"\n411722,5,2,\"5\"\" pipe\"\n";
    let (code, out, _) = desk.import(comments.as_bytes(), &[]);
    assert_eq!(
        (code, out.as_str()),
        (0, "2 rows stored, 0 were stored already\n")
    );
    assert!(
        desk.stored()[0].contains("first line\\nsecond line"),
        "{:?}",
        desk.stored()
    );
    assert!(
        desk.stored()[1].contains("5\\\" pipe"),
        "{:?}",
        desk.stored()
    );
}

#[test]
fn a_fault_is_reported_with_the_line_of_the_file_whatever_is_empty_before_it() {
    let desk = Desk::new("lines");
    for (file, line) in [
        ("area,a1,m\n411721,5,1\n\n\n411721,7,1\n", 5),
        ("area,a1,m\r\n411721,5,1\r\n\r\n\r\n411721,7,1\r\n", 5),
        ("\n\narea,a1,m\n,,\n411721,7,1\n", 5),
        ("sep=,\narea,a1,m\n\n411721,7,1\n", 4),
        ("area,a1,m,note\n411721,5,1,\"a\n\nb\"\n411721,7,1,c\n", 5),
    ] {
        desk.assert_refused(file, &[&format!("row {line}, column a1: ")]);
    }
}

#[test]
fn every_fault_of_a_row_is_reported_and_the_faults_of_all_rows() {
    let desk = Desk::new("all-faults");
    desk.assert_refused(
        "response_id,started_at,area,a1,m,bags\nx,yesterday,999999,7,1,-1\n\n,,411721,,1,many\n",
        &[
            "row 2, column response_id: ",
            "row 2, column started_at: ",
            "row 2, column area: ",
            "row 2, column a1: ",
            "row 2, column bags: ",
            "row 4, column a1: ",
            "row 4, column bags: ",
        ],
    );
}

#[test]
fn files_of_spreadsheet_programs_are_stored_like_the_plain_table() {
    let plain = "area,a1,m,note\n411721,5,1;2,好\n411722,4,3,\n";
    let expected = {
        let desk = Desk::new("plain");
        assert_eq!(desk.import(plain.as_bytes(), &[]).0, 0);
        desk.stored()
    };
    assert_eq!(expected.len(), 2);
    let with = |delimiter: &str| plain.replace("1;2", "\"1;2\"").replace(',', delimiter);
    let wide = |mark: &[u8]| -> Vec<u8> {
        let units = with("\t");
        let units = units.encode_utf16().flat_map(u16::to_le_bytes);
        mark.iter().copied().chain(units).collect()
    };
    let (gb18030, _, _) = encoding_rs::GB18030.encode(plain);
    let variants: [(&str, Vec<u8>); 11] = [
        ("empty columns", plain.replace('\n', ",,\n").into()),
        ("empty rows", format!("{plain},,,\n,,,\n\n").into()),
        ("sep=,", format!("sep=,\n{plain}").into()),
        (
            "sep=;",
            format!("sep=;\r\n{}", with(";").replace('\n', "\r\n")).into(),
        ),
        ("semicolon", with(";").into()),
        ("tab", with("\t").into()),
        ("byte order mark", format!("\u{feff}{plain}").into()),
        ("UTF-16", wide(&[0xFF, 0xFE])),
        ("UTF-16 without mark", wide(&[])),
        ("GB18030", gb18030.into_owned()),
        (
            "labels",
            "area,a1,m,note\n西平县,非常满意,绿色出行；垃圾分类,好\n\
             Shangcai County,Fairly satisfied,Saving water,\n"
                .into(),
        ),
    ];
    for (name, file) in variants {
        let desk = Desk::new("spreadsheet");
        let (code, out, errors) = desk.import(&file, &[]);
        assert_eq!(code, 0, "{name}: {out}{errors}");
        assert_eq!(desk.stored(), expected, "{name}");
    }
}

#[test]
fn a_file_that_is_not_a_table_gets_one_message_that_says_what_it_is() {
    let desk = Desk::new("no-table");
    let one = |bytes: &[u8], message: &str| {
        let found = desk.refused(bytes);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains(message), "{found:?}");
    };
    one(b"", "the file is empty");
    one(b"\xEF\xBB\xBF\r\n \r\n", "the file is empty");
    one(b"area,a1,m\n", "a heading and no rows");
    one(b"area,a1,m\n,,\n\n", "a heading and no rows");
    one(b"PK\x03\x04\x14\x00", "the file is no XLSX workbook");
    one(
        b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1",
        "the workbook is of an old format",
    );
    one(
        b"area,a1,m,note\n411721,5,1,\xFF\xFF\n",
        "neither UTF-8 nor",
    );
    one(
        b"area,a1,m\n411721,5,1,1\n",
        "4 cells, but the heading has 3 columns",
    );
    one(
        b"area,,a1,m\n411721,x,5,1\n",
        "column 2 has cells but no name",
    );
}

#[test]
fn one_id_in_two_rows_is_found_by_a_dry_run_and_both_rows_are_named() {
    let id = "0190a000-0000-7000-8000-000000000001";
    let heading = "response_id,area,a1,m\n";
    let row = |id: &str, a1: &str| format!("{id},411721,{a1},1\n");
    let spelled = [id.to_uppercase(), format!("uuid:{id}"), id.replace('-', "")];
    let desk = Desk::new("one-id");
    for second in [
        &row(id, "4"),
        &row(id, "5"),
        &row(&spelled[0], "4"),
        &row(&spelled[1], "4"),
        &row(&spelled[2], "4"),
    ] {
        let file = format!("{heading}{}\n{second}", row(id, "5"));
        for extra in [&["--dry-run"][..], &[]] {
            let (code, out, _) = desk.import(file.as_bytes(), extra);
            assert_eq!(code, 1, "{out}");
            let expected = "row 4, column response_id: the same response_id as in row 2\n";
            assert!(out.ends_with(expected), "{out}");
        }
    }
    // Also where a row has other faults.
    let file = format!("{heading}{}{}{}", row(id, "5"), row(id, "7"), row(id, "4"));
    let same = "the same response_id as in row 2";
    desk.assert_refused(
        &file,
        &[
            &format!("row 3, column response_id: {same}"),
            "row 3, column a1: ",
            &format!("row 4, column response_id: {same}"),
        ],
    );
    let other = "0190a000-0000-7000-8000-000000000002";
    let file = format!("{heading}{}{}", row(id, "5"), row(other, "5"));
    assert_eq!(desk.import(file.as_bytes(), &["--dry-run"]).0, 0);
    assert_eq!(desk.n_stored(), 0);
    assert_eq!(desk.import(file.as_bytes(), &[]).0, 0);
    assert_eq!(desk.n_stored(), 2);
}
