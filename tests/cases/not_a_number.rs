//! A cell that is neither empty nor what its column holds is an error with its row and column.

use minyi::estimation::Code;
use serde_json::json;

use super::estimate::{command, data, estimate, of, places, refused};

/// Texts that stand for a missing value.
const MARKERS: [&str; 9] = [
    "NA", ".", " ", "NaN", "#N/A", "NULL", "n/a", "-", "\u{3000}",
];

/// Other texts that are no numbers.
const TEXTS: [&str; 9] = [
    "five", "５", "满意", "1,234", "1 234", "5 (good)", "0x5", "inf", "1e999",
];

const DESIGN: &str = "[design]\nweight = \"w\"\nstrata = \"st\"\npsu = \"psu\"\n";

fn spec(estimate: &str) -> String {
    format!("{DESIGN}[[estimate]]\nname = \"e\"\n{estimate}\n")
}

/// Eight rows in two strata and four PSUs. The cell of `column` in the fifth line is `text`.
fn file(column: &str, text: &str) -> String {
    let names = ["w", "st", "psu", "y", "x", "area", "pop"];
    let mut lines = names.join(",") + "\n";
    for row in 0..8 {
        let (st, psu, y) = (["a", "b"][row / 4], row / 2, row % 5 + 1);
        let mut cells = [
            "1.5".to_owned(),
            st.to_owned(),
            format!("p{psu}"),
            y.to_string(),
            (row + 2).to_string(),
            ["n", "s"][row % 2].to_owned(),
            "40".to_owned(),
        ];
        if row == 3 {
            let at = names.iter().position(|name| *name == column).unwrap();
            cells[at] = format!("\"{text}\"");
        }
        lines.push_str(&(cells.join(",") + "\n"));
    }
    lines
}

/// Estimates of every kind, and their columns that hold numbers.
const KINDS: [(&str, &[&str]); 8] = [
    (
        "kind = \"proportion\"\nvariable = \"y\"\ncounts = [4, 5]",
        &["y"],
    ),
    (
        "kind = \"proportion\"\nvariable = \"y\"\ncounts = [4, 5]\nmissing = [9, \"x\"]",
        &["y"],
    ),
    ("kind = \"mean\"\nvariable = \"y\"", &["y"]),
    ("kind = \"mean\"\nvariable = [\"y\", \"x\"]", &["y", "x"]),
    ("kind = \"total\"\nvariable = \"x\"", &["x"]),
    (
        "kind = \"ratio\"\nvariable = \"y\"\ndenominator = \"x\"",
        &["y", "x"],
    ),
    ("kind = \"quantile\"\nvariable = \"x\"", &["x"]),
    (
        "kind = \"indicator\"\ncounts = [4, 5]\nsections = [{ code = \"s\", items = [\"y\"] }]",
        &["y"],
    ),
];

#[test]
fn na_is_not_no() {
    let satisfied = data("not_a_number/satisfied.csv");
    let spec =
        spec("kind = \"proportion\"\nvariable = \"y\"\ncounts = [4, 5]\ntarget = \">= 0.90\"");
    let (code, body) = command(&satisfied, &spec);
    assert_eq!(code, 1);
    let error = &body["error"];
    assert_eq!(error["code"], "NOT_A_NUMBER");
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("row 4, column y: \"NA\""),
        "{error}"
    );
    assert_eq!(error["detail"]["count"], 2);
    assert!(
        error["detail"]["file"]
            .as_str()
            .unwrap()
            .ends_with("data.csv")
    );
    let declared = spec.replace("target", "missing = [\"NA\"]\ntarget");
    let (code, body) = command(&satisfied, &declared);
    assert_eq!(code, 0, "{body}");
    assert_eq!(body["estimates"][0]["n"], 6);
    assert_eq!(body["estimates"][0]["estimate"].as_f64(), Some(5.0 / 6.0));
}

#[test]
fn a_number_is_a_number_in_every_kind_of_estimate() {
    for (keys, columns) in KINDS {
        let spec = spec(keys);
        assert!(estimate(&file("w", "1.5"), &spec).is_ok(), "{keys}");
        for column in columns {
            for text in MARKERS.iter().chain(&TEXTS) {
                let error = refused(&file(column, text), &spec);
                let case = format!("{text:?} in {column} of {keys}: {error}");
                assert_eq!(error.kind(), Code::NotANumber, "{case}");
                assert_eq!(
                    places(&error),
                    [(5, (*column).to_owned(), (*text).to_owned())],
                    "{case}"
                );
            }
        }
    }
}

#[test]
fn a_weight_and_a_population_are_numbers() {
    let mean = "kind = \"mean\"\nvariable = \"y\"";
    let spec = spec(mean).replace("psu =", "fpc = \"pop\"\npsu =");
    assert!(estimate(&file("w", "1.5"), &spec).is_ok());
    for column in ["w", "pop"] {
        for text in MARKERS.iter().chain(&TEXTS) {
            let error = refused(&file(column, text), &spec);
            assert_eq!(error.kind(), Code::NotANumber, "{text:?}: {error}");
            assert_eq!(places(&error)[0].0, 5);
        }
    }
}

#[test]
fn a_missing_value_is_no_stratum_no_psu_and_no_domain() {
    let by = "kind = \"mean\"\nvariable = \"y\"\nby = [\"area\"]";
    let place = "kind = \"mean\"\nvariable = \"y\"\nwhere = { area = [\"n\", \"s\"] }";
    for (column, keys) in [("st", by), ("psu", by), ("area", by), ("area", place)] {
        for text in MARKERS {
            let error = refused(&file(column, text), &spec(keys));
            assert_eq!(
                error.kind(),
                Code::NotACode,
                "{text:?} in {column}: {error}"
            );
            assert_eq!(places(&error), [(5, column.to_owned(), text.to_owned())]);
        }
    }
    assert!(estimate(&file("area", "Nan Shan"), &spec(by)).is_ok());
}

#[test]
fn a_text_that_the_specification_names_is_missing_there_and_nowhere_else() {
    for text in ["NA", ".", "no answer"] {
        let mean = format!("kind = \"mean\"\nvariable = \"y\"\nmissing = [{text:?}]");
        let empty = estimate(&file("y", ""), &spec(&mean)).unwrap();
        assert_eq!(estimate(&file("y", text), &spec(&mean)).unwrap(), empty);
        assert_eq!(of(&empty, "e", None).n, 7);
        assert_eq!(
            refused(&file("w", text), &spec(&mean)).kind(),
            Code::NotANumber
        );
        // Another estimate of the same column does not allow it.
        let more = "[[estimate]]\nname = \"f\"\nkind = \"total\"\nvariable = \"y\"\n";
        assert_eq!(
            refused(&file("y", text), &(spec(&mean) + more)).kind(),
            Code::NotANumber
        );
    }
    // In every column: a row without a domain counts for the whole, a weight must be there.
    let by = spec("kind = \"mean\"\nvariable = \"y\"\nby = [\"area\"]");
    let by = format!("missing = [\"NA\"]\n{by}");
    let analysis = estimate(&file("area", "NA"), &by).unwrap();
    assert_eq!(of(&analysis, "e", None).n, 8);
    assert_eq!(of(&analysis, "e", Some("s")).n, 3);
    let error = refused(&file("w", "NA"), &by);
    assert_eq!(error.kind(), Code::InvalidWeight);
    assert_eq!(error.detail()["first_rows"], json!([5]));
    // A marker that an estimate names is missing in its domains too; a code of its answers is not.
    let by = "kind = \"mean\"\nvariable = \"y\"\nby = [\"area\"]\nmissing = [\"NA\", \"s\"]";
    let analysis = estimate(&file("area", "NA"), &spec(by)).unwrap();
    assert_eq!(of(&analysis, "e", Some("s")).n, 3);
}

#[test]
fn a_cell_that_is_none_of_the_codes_is_refused() {
    let keys = "kind = \"proportion\"\nvariable = \"y\"\ncounts = [4, 5]\ncodes = [1, 2, 3, 4, 5]\n\
                missing = [9]";
    for good in ["9", "5.0", "05", " 3", ""] {
        assert!(estimate(&file("y", good), &spec(keys)).is_ok(), "{good:?}");
    }
    for bad in ["6", "44", "4.5", "-1"] {
        let error = refused(&file("y", bad), &spec(keys));
        assert_eq!(error.kind(), Code::NotACode);
        assert_eq!(places(&error), [(5, "y".to_owned(), bad.to_owned())]);
    }
    let mean = "kind = \"mean\"\nvariable = \"y\"\ncodes = [1, 2, 3, 4, 5]";
    assert_eq!(refused(&file("y", "6"), &spec(mean)).kind(), Code::NotACode);
    let area =
        "kind = \"proportion\"\nvariable = \"area\"\ncounts = [\"n\"]\ncodes = [\"n\", \"s\"]";
    assert_eq!(
        refused(&file("area", "S"), &spec(area)).kind(),
        Code::NotACode
    );
}

#[test]
fn all_faults_of_a_file_are_listed_by_row() {
    let text = "w,st,psu,y,x\n1,a,p1,5,1\n?,NA,p1,NA,2\n\n1,b,p2,four,.\n1,b,p3,4,1\n";
    let error = refused(
        text,
        &spec("kind = \"ratio\"\nvariable = \"y\"\ndenominator = \"x\""),
    );
    let found = places(&error);
    let found: Vec<(u64, &str, &str)> = found
        .iter()
        .map(|(row, column, text)| (*row, column.as_str(), text.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            (3, "w", "?"),
            (3, "st", "NA"),
            (3, "y", "NA"),
            (5, "y", "four"),
            (5, "x", ".")
        ]
    );
    assert_eq!(error.detail()["count"], 5);
}
