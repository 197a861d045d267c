//! Files that come again, saved in another way or with more rows, are recognised by their content.

use std::collections::BTreeSet;

use minyi::store::{DatabaseUrl, Store};

use crate::cases::import::Desk;
use crate::support::Scratch;
use crate::support::field::{Field, SURVEY};
use crate::support::site::complete;

const HEADING: &str = "area,a1,m,note\n";
const ROWS: [&str; 3] = ["411721,5,1;2,好\n", "411722,4,3,\n", "411723,1,none,x\n"];

fn file(rows: &[&str]) -> String {
    format!("{HEADING}{}", rows.concat())
}

/// Imports a file that must be accepted; what the command says.
fn accepted(desk: &Desk, bytes: &[u8], extra: &[&str]) -> String {
    let (code, out, errors) = desk.import(bytes, extra);
    assert_eq!(code, 0, "{out}{errors}");
    out
}

fn ids(desk: &Desk) -> BTreeSet<String> {
    let url = DatabaseUrl::Sqlite(desk.scratch.path("data/minyi.sqlite"));
    let store = Store::open_reader(&url).unwrap();
    let rows = store.scan("t-2026", -1, 1_000).unwrap();
    rows.into_iter().map(|row| row.id).collect()
}

#[test]
fn the_same_rows_are_recognised_however_the_file_was_saved() {
    let desk = Desk::new("again");
    let plain = file(&ROWS);
    assert_eq!(
        accepted(&desk, plain.as_bytes(), &[]),
        "3 rows stored, 0 were stored already\n"
    );
    let before = desk.stored();
    let with = |delimiter: &str| plain.replace("1;2", "\"1;2\"").replace(',', delimiter);
    let units = with("\t");
    let units = units.encode_utf16().flat_map(u16::to_le_bytes);
    let variants: [(&str, Vec<u8>); 10] = [
        ("the same", plain.clone().into()),
        ("byte order mark", format!("\u{feff}{plain}").into()),
        (
            "GB18030",
            encoding_rs::GB18030.encode(&plain).0.into_owned(),
        ),
        ("UTF-16", [0xFF, 0xFE].into_iter().chain(units).collect()),
        ("semicolons", with(";").into()),
        ("line ends", plain.replace('\n', "\r\n").into()),
        ("blank lines", plain.replace('\n', "\n\n").into()),
        ("order", file(&[ROWS[2], ROWS[0], ROWS[1]]).into()),
        (
            "labels",
            "note,area,a1,m\n好,西平县,非常满意,垃圾分类；绿色出行\n,411722,4.0,3\nx,411723,1,都没有\n".into(),
        ),
        ("fewer rows", file(&ROWS[1..]).into()),
    ];
    for (name, again) in variants {
        let n = if name == "fewer rows" { 2 } else { 3 };
        assert_eq!(
            accepted(&desk, &again, &["--dry-run"]),
            format!(
                "0 rows can be imported, {n} were stored already; nothing was stored (--dry-run)\n"
            ),
            "{name}"
        );
        assert_eq!(
            accepted(&desk, &again, &[]),
            format!("0 rows stored, {n} were stored already\n"),
            "{name}"
        );
        assert_eq!(desk.stored(), before, "{name}");
    }
}

#[test]
fn a_file_with_one_row_added_is_refused_until_the_person_says_what_the_others_are() {
    let desk = Desk::new("row-added");
    accepted(&desk, file(&ROWS).as_bytes(), &[]);
    let more = format!(
        "{HEADING}{}\n411721,4,2,new\n{}{}",
        ROWS[0], ROWS[1], ROWS[2]
    );
    for extra in [&["--dry-run"][..], &[]] {
        let (code, out, errors) = desk.import(more.as_bytes(), extra);
        assert_eq!((code, out.as_str()), (1, ""), "{errors}");
        for part in [
            "of 4 rows, 3 are stored already",
            "row 2, 5, 6; nothing was stored",
            "--known skip",
            "--known store",
        ] {
            assert!(errors.contains(part), "{errors}");
        }
        assert_eq!(desk.n_stored(), 3);
    }
    assert_eq!(
        accepted(&desk, more.as_bytes(), &["--known", "skip"]),
        "1 row stored, 3 were stored already\n"
    );
    assert!(desk.stored()[3].contains("new"), "{:?}", desk.stored());
    assert_eq!(
        accepted(&desk, more.as_bytes(), &["--known", "skip"]),
        "0 rows stored, 4 were stored already\n"
    );
    for n in [8, 12] {
        assert_eq!(
            accepted(&desk, more.as_bytes(), &["--known", "store"]),
            "4 rows stored, 0 were stored already\n"
        );
        assert_eq!(desk.n_stored(), n);
    }
    assert_eq!(ids(&desk).len(), 12);
    assert_eq!(
        accepted(&desk, more.as_bytes(), &[]),
        "0 rows stored, 4 were stored already\n"
    );
}

#[test]
fn two_equal_rows_of_a_file_are_two_people_also_when_it_comes_again() {
    let desk = Desk::new("equal-rows");
    let row = ROWS[0];
    let two = file(&[row, ROWS[1], row]);
    assert_eq!(
        accepted(&desk, two.as_bytes(), &[]),
        "3 rows stored, 0 were stored already\n"
    );
    assert_eq!(
        accepted(&desk, two.as_bytes(), &[]),
        "0 rows stored, 3 were stored already\n"
    );
    let three = file(&[row, row, row]);
    let (code, _, errors) = desk.import(three.as_bytes(), &[]);
    assert_eq!(code, 1);
    assert!(
        errors.contains("2 are stored already, with the same answers: row 2, 3;"),
        "{errors}"
    );
    // One more of these people: four in all, and the one row alone is known.
    assert_eq!(
        accepted(&desk, file(&[row]).as_bytes(), &["--known", "store"]),
        "1 row stored, 0 were stored already\n"
    );
    assert_eq!(desk.n_stored(), 4);
    assert_eq!(
        accepted(&desk, three.as_bytes(), &["--known", "store"]),
        "3 rows stored, 0 were stored already\n"
    );
    assert_eq!(
        accepted(&desk, file(&[row; 6]).as_bytes(), &[]),
        "0 rows stored, 6 were stored already\n"
    );
    let (code, _, errors) = desk.import(file(&[row; 7]).as_bytes(), &[]);
    assert_eq!(code, 1);
    assert!(
        errors.contains("of 7 rows, 6 are stored already"),
        "{errors}"
    );
}

#[test]
fn equal_answers_of_another_place_enumerator_time_or_mode_are_another_questionnaire() {
    let desk = Desk::new("other-place");
    let heading = "psu,channel,enumerator,started_at,finished_at,area,a1,m\n";
    let time = "2026-07-01T08:00:00Z";
    let labels = [
        ["", "", "", "", ""],
        ["x", "", "", "", ""],
        ["", "x", "", "", ""],
        ["", "", "x", "", ""],
        ["", "", "", time, ""],
        ["", "", "", "", time],
    ];
    let rows = labels.map(|labels| format!("{heading}{},411721,5,1\n", labels.join(",")));
    for row in &rows {
        assert!(
            accepted(&desk, row.as_bytes(), &[]).starts_with("1 row stored, 0"),
            "{row}"
        );
    }
    assert!(
        accepted(&desk, rows[0].as_bytes(), &["--mode", "onsite"]).starts_with("1 row stored, 0")
    );
    for row in &rows {
        assert!(
            accepted(&desk, row.as_bytes(), &[]).starts_with("0 rows stored, 1"),
            "{row}"
        );
    }
    assert_eq!(desk.n_stored(), 7);
}

#[test]
fn at_most_ten_rows_that_are_stored_already_are_named() {
    let desk = Desk::new("ten-named");
    let rows: Vec<String> = (0..12).map(|n| format!("411721,5,1,{n}\n")).collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    accepted(&desk, file(&rows).as_bytes(), &[]);
    let more = file(&[&rows[..], &["411721,5,1,new\n"]].concat());
    let (code, _, errors) = desk.import(more.as_bytes(), &[]);
    assert_eq!(code, 1);
    let named = "row 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 2 more; nothing";
    assert!(errors.contains(named), "{errors}");
}

#[test]
fn nobody_can_make_the_id_from_guessed_answers() {
    let desks = [Desk::new("key-one"), Desk::new("key-two")];
    for desk in &desks {
        accepted(desk, file(&ROWS).as_bytes(), &[]);
    }
    // The key is another in each database.
    assert!(ids(&desks[0]).is_disjoint(&ids(&desks[1])));
}

#[test]
fn rows_with_ids_need_no_word_when_others_come_with_them() {
    let desk = Desk::new("with-ids");
    let row = |n: u32, a1: &str| format!("0190a000-0000-7000-8000-00000000000{n},411721,{a1},1\n");
    let heading = "response_id,area,a1,m\n";
    let one = format!("{heading}{}", row(1, "5"));
    accepted(&desk, one.as_bytes(), &[]);
    let two = format!("{one}{}", row(2, "5"));
    assert_eq!(
        accepted(&desk, two.as_bytes(), &[]),
        "1 row stored, 1 were stored already\n"
    );
    let changed = format!("{heading}{}{}", row(3, "5"), row(2, "4"));
    for extra in [&["--dry-run"][..], &[]] {
        let (code, out, _) = desk.import(changed.as_bytes(), extra);
        assert_eq!(code, 1);
        let expected = "row 3, column response_id: this questionnaire is stored with other answers";
        assert!(out.contains(expected), "{out}");
    }
    let (code, out, _) = desk.import(one.as_bytes(), &["--mode", "onsite"]);
    assert_eq!(code, 1);
    assert!(
        out.contains("row 2, column response_id: this questionnaire is stored with the mode paper"),
        "{out}"
    );
    assert_eq!(desk.n_stored(), 2);
}

#[test]
fn a_file_is_recognised_beside_a_running_server_and_without_it() {
    let field = Field::new("again-beside");
    let (names, values): (Vec<&str>, Vec<&str>) = complete().into_iter().unzip();
    let heading = format!("psu,{}\n", names.join(","));
    let row = |psu: &str| format!("{psu},{}\n", values.join(","));
    let one = format!("{heading}{}", row("411702-U-06"));
    let import = |scratch: &Scratch, text: &str, extra: &[&str]| {
        let file = scratch.write("paper.csv", text);
        let file = file.to_str().unwrap();
        field.run(&[&["import", SURVEY, file, "--language", "en"], extra].concat())
    };
    let server = field.serve();
    let said = |(code, out, errors): (i32, String, String)| {
        assert_eq!(code, 0, "{out}{errors}");
        out
    };
    assert!(said(import(&field.scratch, &one, &[])).starts_with("1 row stored, 0 "));
    assert!(said(import(&field.scratch, &one, &[])).starts_with("0 rows stored, 1 "));
    let two = format!("{one}{}", row("411702-U-06"));
    assert_eq!(import(&field.scratch, &two, &[]).0, 1);
    assert!(
        said(import(&field.scratch, &two, &["--known", "skip"])).starts_with("1 row stored, 1 ")
    );
    assert_eq!(server.terminate(), Some(0));
    assert!(said(import(&field.scratch, &two, &[])).starts_with("0 rows stored, 2 "));
    assert_eq!(field.export(&[]).len(), 2);
}

#[cfg(feature = "postgres")]
#[test]
fn an_empty_database_of_postgresql_is_made_on_request_and_knows_the_file_again() {
    let Some(database) = crate::support::database::Database::postgres("again") else {
        return;
    };
    let desk = Desk::new("again-postgres");
    let address = database.address();
    let extra = ["--database", address.as_str()];
    for expected in ["3 rows stored, 0 were", "0 rows stored, 3 were"] {
        let out = accepted(&desk, file(&ROWS).as_bytes(), &extra);
        assert!(out.starts_with(expected), "{out}");
    }
}
