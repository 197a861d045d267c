//! Cells as people and spreadsheet programs write them: what is unambiguous is accepted, and every
//! other cell of a row is named.

use minyi::questionnaire::answer::{Fault, Mode, Outcome, parse_row};

use crate::questionnaire::{areas, survey};

fn row(cells: &[(&str, &str)]) -> Outcome {
    parse_row(&survey("table"), &areas(), Mode::Paper, cells)
}

fn stored(cells: &[(&str, &str)]) -> String {
    match row(cells) {
        Outcome::Complete(complete) => complete.canonical_json(),
        other => panic!("{cells:?}: {other:?}"),
    }
}

/// The column and the kind of each fault.
fn faults(cells: &[(&str, &str)]) -> Vec<(String, &'static str)> {
    match row(cells) {
        Outcome::Faults(faults) => faults
            .iter()
            .map(|fault: &Fault| (fault.pointer.clone(), fault.kind.key()))
            .collect(),
        other => panic!("{cells:?}: {other:?}"),
    }
}

/// A row without fault, but for these cells.
fn with<'c>(cells: &[(&'c str, &'c str)]) -> Vec<(&'c str, &'c str)> {
    let mut row = vec![("area", "411721"), ("a1", "5")];
    for cell in cells {
        row.retain(|(column, _)| *column != cell.0);
        row.push(*cell);
    }
    row
}

const HEADER: [&str; 7] = ["area", "a1", "m__1", "m__2", "m__3", "m__other", "m__none"];

fn line(line: &str) -> Vec<(&'static str, &str)> {
    HEADER.into_iter().zip(line.split(',')).collect()
}

#[test]
fn every_bad_cell_of_a_row_is_named() {
    let bad = line("411721,5,1.5,maybe,7,-,2.0");
    let expected = ["m__1", "m__2", "m__3", "m__other", "m__none"];
    assert_eq!(
        faults(&bad),
        expected.map(|column| (column.to_owned(), "not_a_choice"))
    );
    let bad = line("nowhere,6,1,?,0,?,0");
    assert_eq!(
        faults(&bad),
        [
            ("area", "not_an_area"),
            ("a1", "not_a_choice"),
            ("m__2", "not_a_choice"),
            ("m__other", "not_a_choice"),
        ]
        .map(|(column, kind)| (column.to_owned(), kind))
    );
}

#[test]
fn each_ticked_cell_of_a_question_that_is_not_asked_is_named() {
    let cells = with(&[
        ("often__1", "x"),
        ("often__2", "0"),
        ("often__3", "1"),
        ("often__none", "?"),
    ]);
    assert_eq!(
        faults(&cells),
        ["often__1", "often__3", "often__none"].map(|column| (column.to_owned(), "not_asked"))
    );
}

#[test]
fn a_cell_that_cannot_be_read_is_named_even_if_the_question_depends_on_a_fault() {
    let cells = with(&[("a1", "6"), ("bags", "many"), ("hours", "late")]);
    assert_eq!(
        faults(&cells),
        [
            ("a1", "not_a_choice"),
            ("bags", "not_a_number"),
            ("hours", "not_a_number")
        ]
        .map(|(column, kind)| (column.to_owned(), kind))
    );
    let cells = with(&[("a1", "6"), ("bags", "3")]);
    assert_eq!(
        faults(&cells),
        [("a1".to_owned(), "not_a_choice")],
        "bags can be right or wrong, that depends on a1"
    );
}

#[test]
fn a_code_with_a_decimal_zero_is_the_code() {
    assert_eq!(
        stored(&line("411721.0,5.0,1.0,0.0,0.0,0.0,0.0")),
        r#"{"area":"411721","a1":5,"m":[1]}"#
    );
    for (column, cell, json) in [
        ("a1", "4.00", r#""a1":4}"#),
        ("a1", "５．０", r#""a1":5}"#),
        ("m", "1.0;3.0", r#""a1":5,"m":[1,3]}"#),
        ("m__other", "１．０", r#""a1":5,"m":["other"]}"#),
        ("bags", "12.0", r#""a1":5,"bags":12}"#),
        ("bags", "1200.00", r#""a1":5,"bags":1200}"#),
        ("hours", "1.500", ""),
        ("hours", "1.5000", r#""a1":5,"hours":"1.50"}"#),
        ("hours", "2.0", r#""a1":5,"hours":"2.0"}"#),
    ] {
        let cells = with(&[(column, cell)]);
        if json.is_empty() {
            assert_eq!(faults(&cells).len(), 1, "{column} {cell}");
        } else {
            assert_eq!(
                stored(&cells),
                format!(r#"{{"area":"411721",{json}"#),
                "{column} {cell}"
            );
        }
    }
}

#[test]
fn a_number_that_can_mean_two_things_is_refused() {
    for (column, cell, kind) in [
        ("a1", "5.1", "not_a_choice"),
        ("a1", "5.000", "not_a_choice"),
        ("a1", ".0", "not_a_choice"),
        ("a1", "1;5", "not_a_choice"),
        ("area", "4.11721E+05", "not_an_area"),
        ("bags", "1.500", "not_a_whole_number"),
        ("bags", "5.000", "not_a_whole_number"),
        ("bags", "1,500", "not_a_number"),
        ("hours", "1.500", "too_many_decimals"),
        ("hours", "1.555", "too_many_decimals"),
        ("m__1", "1.5", "not_a_choice"),
    ] {
        let cells = with(&[(column, cell)]);
        assert_eq!(
            faults(&cells),
            [(column.to_owned(), kind)],
            "{column} {cell}"
        );
    }
}

#[test]
fn a_label_stands_for_its_code_if_no_other_choice_has_it() {
    for (column, cell, json) in [
        ("area", "Xiping", r#"{"area":"411721","a1":5}"#),
        ("area", "西平县", r#"{"area":"411721","a1":5}"#),
        ("a1", "满意", r#"{"area":"411721","a1":4}"#),
        ("a1", "Don't know", r#"{"area":"411721","a1":9}"#),
        ("a1", "不满意(很)", r#"{"area":"411721","a1":1}"#),
        (
            "m",
            "绿色出行；Other",
            r#"{"area":"411721","a1":5,"m":[1,"other"]}"#,
        ),
        ("m__2", "垃圾分类", r#"{"area":"411721","a1":5,"m":[2]}"#),
    ] {
        assert_eq!(stored(&with(&[(column, cell)])), json, "{column} {cell}");
    }
    let cells = with(&[("a1", "其他")]);
    assert_eq!(
        faults(&cells),
        [("a1".to_owned(), "not_a_choice")],
        "two choices have this label"
    );
    let cells = with(&[("m__2", "绿色出行")]);
    assert_eq!(
        faults(&cells),
        [("m__2".to_owned(), "not_a_choice")],
        "the label of another choice"
    );
}
