//! Rows of a table: codes or labels, a `multiple` in one column or several, every fault with its
//! column.

use minyi::questionnaire::answer::{Fault, Mode, Outcome, check_header, columns, parse_row};

use crate::questionnaire::{areas, survey};

fn row(name: &str, header: &[&str], cells: &[&str]) -> Outcome {
    let questionnaire = survey(name);
    check_header(&questionnaire, header).unwrap();
    let cells: Vec<_> = header.iter().copied().zip(cells.iter().copied()).collect();
    parse_row(&questionnaire, &areas(), Mode::Paper, &cells)
}

fn stored(outcome: Outcome) -> String {
    match outcome {
        Outcome::Complete(complete) => complete.canonical_json(),
        other => panic!("not complete: {other:?}"),
    }
}

fn faults(outcome: Outcome) -> Vec<(String, &'static str)> {
    match outcome {
        Outcome::Faults(faults) => named(&faults),
        other => panic!("no faults: {other:?}"),
    }
}

fn named(faults: &[Fault]) -> Vec<(String, &'static str)> {
    faults
        .iter()
        .map(|fault| (fault.pointer.clone(), fault.kind.key()))
        .collect()
}

fn at(column: &str, key: &'static str) -> (String, &'static str) {
    (column.to_owned(), key)
}

#[test]
fn a_multiple_has_a_column_for_each_choice() {
    assert_eq!(
        columns(&survey("multiple")),
        ["m__1", "m__2", "m__3", "m__none", "w__10", "w__m2", "w__0"]
    );
    assert_eq!(columns(&survey("note")), ["bags"]);
}

#[test]
fn codes_and_labels_of_either_language_are_accepted() {
    for cells in [
        ["4", "yes", "red"],
        ["满意", "是", "红"],
        [" Satisfied ", "Yes", "Red"],
        ["４", "ｙｅｓ", "red"],
    ] {
        let outcome = row("single", &["a1", "b", "c"], &cells);
        assert_eq!(
            stored(outcome),
            r#"{"a1":4,"b":"yes","c":"red"}"#,
            "{cells:?}"
        );
    }
    assert_eq!(
        stored(row("area", &["area", "town"], &["经济开发区", "Renmin"])),
        r#"{"area":"411771","town":"411702001"}"#
    );
}

#[test]
fn a_multiple_is_read_from_one_cell_or_from_a_column_for_each_choice() {
    for cell in ["1;3", "3；1", "绿色出行;Saving water", "1; 3;"] {
        assert_eq!(
            stored(row("multiple", &["m"], &[cell])),
            r#"{"m":[1,3]}"#,
            "{cell}"
        );
    }
    let header = ["m__3", "m__2", "m__1", "w__m2"];
    for cells in [
        ["1", "0", "1", "1"],
        ["是", "否", "√", "x"],
        ["TRUE", "", "Yes", "１"],
    ] {
        assert_eq!(
            stored(row("multiple", &header, &cells)),
            r#"{"m":[1,3],"w":[-2]}"#,
            "{cells:?}"
        );
    }
}

#[test]
fn every_fault_of_a_row_names_its_column() {
    assert_eq!(
        faults(row("single", &["c", "b", "a1"], &["绿", "maybe", ""])),
        [
            at("a1", "missing"),
            at("b", "not_a_choice"),
            at("c", "not_a_choice")
        ]
    );
    assert_eq!(
        faults(row(
            "multiple",
            &["m__1", "m__2", "w"],
            &["1", "perhaps", "10;0"]
        )),
        [at("m__2", "not_a_choice"), at("w", "exclusive")]
    );
    assert_eq!(
        faults(row("multiple", &["m__1", "m__2"], &["0", ""])),
        [at("m__1", "missing")]
    );
    assert_eq!(
        faults(row("ask_if", &["b", "why", "bags"], &["no", "x", "3"])),
        [at("bags", "not_asked")]
    );
}

#[test]
fn a_short_row_leaves_the_rest_unanswered() {
    assert_eq!(stored(row("single", &["a1", "b"], &["5"])), r#"{"a1":5}"#);
}

#[test]
fn reserved_columns_are_left_to_the_caller_and_a_byte_order_mark_is_no_part_of_a_name() {
    assert_eq!(
        stored(row(
            "single",
            &["\u{feff}a1", "received_at", " b "],
            &["3", "2026", "no"]
        )),
        r#"{"a1":3,"b":"no"}"#
    );
}

#[test]
fn a_heading_with_unknown_double_or_missing_columns_is_refused_at_once() {
    let refused =
        |name: &str, header: &[&str]| named(&check_header(&survey(name), header).unwrap_err());
    assert_eq!(
        refused("single", &["b", "b", "zz", "b__yes"]),
        [
            at("b", "duplicate_field"),
            at("zz", "unknown_field"),
            at("b__yes", "unknown_field"),
            at("a1", "missing")
        ]
    );
    assert_eq!(
        refused("multiple", &["m__7", "m"]),
        [at("m__7", "unknown_field")]
    );
    assert_eq!(
        refused("multiple", &["m", "w__10", "m__1", "w"]),
        [at("m__1", "duplicate_field"), at("w", "duplicate_field")],
        "one answer in two ways"
    );
    assert_eq!(
        refused("note", &["hello"]),
        [at("hello", "unknown_field")],
        "a note has no column"
    );
}

#[test]
fn a_row_without_a_checked_heading_is_judged_all_the_same() {
    let cells = [("a1", "5"), ("zz", "1"), ("a1", "4")];
    let outcome = parse_row(&survey("single"), &areas(), Mode::Paper, &cells);
    assert_eq!(
        faults(outcome),
        [at("a1", "duplicate_field"), at("zz", "unknown_field")]
    );
}
