//! `minyi estimate` and `minyi plan-sample` as a person or a script meets them.

use serde_json::Value;

use crate::support::{Scratch, run};

const SPEC: &str = r#"[design]
weight = "w"
strata = "stratum"
psu = "psu"

[weighting]
method = "rake"
margins = "margins.csv"

[[estimate]]
name = "s1"
kind = "proportion"
variable = "s1"
counts = [4, 5]
by = ["county"]
target = ">= 0.50"
"#;

const MARGINS: &str = "dimension,category,population\n\
    county*sex,C1*F,600\ncounty*sex,C1*M,500\n\
    county*sex,C2*F,450\ncounty*sex,C2*M,450\n";

/// 160 answers: two counties, four villages each, both sexes.
fn data() -> String {
    let mut text = String::from("id,county,stratum,psu,sex,w,s1,note\n");
    for row in 0..160 {
        let (county, psu, sex) = (
            row % 2 + 1,
            row / 2 % 4,
            if row / 8 % 2 == 0 { "F" } else { "M" },
        );
        let answer = if row % 11 == 0 {
            String::new()
        } else {
            ((row * 7) % 5 + 1).to_string()
        };
        text.push_str(&format!(
            "{row},C{county},S{county},P{county}{psu},{sex},{}.5,{answer},\"a, \"\"b\"\"\"\n",
            row % 5 + 1
        ));
    }
    text
}

struct Case {
    scratch: Scratch,
}

impl Case {
    fn new(data: &str, margins: &str, spec: &str) -> Self {
        let scratch = Scratch::new("estimate");
        scratch.write("data.csv", data);
        scratch.write("margins.csv", margins);
        scratch.write("spec.toml", spec);
        Self { scratch }
    }

    fn run(&self, more: &[&str]) -> (i32, String, String) {
        let (data, spec) = (
            self.scratch.path("data.csv"),
            self.scratch.path("spec.toml"),
        );
        let mut arguments = vec![
            "estimate",
            "--data",
            data.to_str().unwrap(),
            "--spec",
            spec.to_str().unwrap(),
        ];
        arguments.extend_from_slice(more);
        run(&arguments)
    }

    fn json(&self) -> Value {
        let (code, out, err) = self.run(&[]);
        assert_eq!((code, err.as_str()), (0, ""), "{out}");
        serde_json::from_str(&out).unwrap()
    }

    fn error(&self) -> (String, Value) {
        let (code, out, _) = self.run(&[]);
        assert_eq!(code, 1, "{out}");
        let body: Value = serde_json::from_str(&out).unwrap();
        assert!(!body["error"]["message"].as_str().unwrap().is_empty());
        (
            body["error"]["code"].as_str().unwrap().to_owned(),
            body["error"]["detail"].clone(),
        )
    }
}

#[test]
fn the_estimate_command_keeps_its_contract() {
    let body = Case::new(&data(), MARGINS, SPEC).json();
    for key in [
        "sweeps",
        "max_misfit",
        "kish_deff",
        "n_effective",
        "min_g",
        "max_g",
    ] {
        assert!(body["weighting"][key].is_number(), "{key}");
    }
    let estimates = body["estimates"].as_array().unwrap();
    let domains: Vec<&Value> = estimates
        .iter()
        .map(|estimate| &estimate["domain"])
        .collect();
    assert_eq!(
        domains,
        [
            &serde_json::json!({}),
            &serde_json::json!({"county": "C1"}),
            &serde_json::json!({"county": "C2"})
        ]
    );
    let keys: Vec<&String> = estimates[0].as_object().unwrap().keys().take(12).collect();
    assert_eq!(
        keys,
        [
            "name",
            "domain",
            "n",
            "estimate",
            "std_error",
            "df",
            "lower",
            "upper",
            "level",
            "design_effect",
            "n_effective",
            "verdict"
        ]
    );
    assert_eq!(estimates[0]["df"], 6);
    assert_eq!(estimates[0]["n"], 145);
    assert!(
        ["met", "not_met", "inconclusive", "suppressed"]
            .contains(&estimates[0]["verdict"].as_str().unwrap())
    );
}

#[test]
fn crlf_a_byte_order_mark_and_quotes_change_nothing() {
    let plain = Case::new(&data(), MARGINS, SPEC).json();
    let dressed = format!(
        "\u{feff}{}",
        data().replace('\n', "\r\n").replace("C1,", "\"C1\",")
    );
    assert_eq!(Case::new(&dressed, MARGINS, SPEC).json(), plain);
    let broken_lines = data().replace("a, \"\"b\"\"", "a,\n\nb");
    assert_eq!(Case::new(&broken_lines, MARGINS, SPEC).json(), plain);
}

#[test]
fn numbers_come_back_unchanged_from_17_digits() {
    let (_, out, _) = Case::new(&data(), MARGINS, SPEC).run(&[]);
    let line = out
        .lines()
        .find(|line| line.contains("\"std_error\""))
        .unwrap();
    let digits = line
        .chars()
        .filter(char::is_ascii_digit)
        .collect::<String>();
    assert_eq!(digits.trim_start_matches('0').len(), 17, "{line}");
}

#[test]
fn a_table_is_printed_for_people() {
    let (code, out, _) = Case::new(&data(), MARGINS, SPEC).run(&["--format", "table"]);
    assert_eq!(code, 0);
    assert!(
        out.contains("county C1") && out.contains('%') && out.contains("Weights: 160 rows"),
        "{out}"
    );
}

#[test]
fn weights_can_be_written_and_meet_the_margins() {
    let case = Case::new(&data(), MARGINS, SPEC);
    let path = case.scratch.path("w.csv");
    let (code, ..) = case.run(&["--weights", path.to_str().unwrap()]);
    assert_eq!(code, 0);
    let sum: f64 = std::fs::read_to_string(path)
        .unwrap()
        .lines()
        .skip(1)
        .map(|line| line.parse::<f64>().unwrap())
        .sum();
    assert!((sum - 2000.0).abs() < 1e-6);
}

#[test]
fn faults_of_the_margins_are_named_with_their_categories() {
    let case = |margins: &str| Case::new(&data(), margins, SPEC).error();
    let (code, detail) = case(&format!("{MARGINS}county*sex,C3*F,10\n"));
    assert_eq!(code, "MARGIN_CATEGORY_EMPTY");
    assert_eq!(detail["categories"][0]["category"], "C3*F");
    assert_eq!(detail["categories"][0]["merge_with"], "C2*M");
    let (code, detail) = case(&MARGINS.replace("county*sex,C2*M,450\n", ""));
    assert_eq!(
        (code.as_str(), &detail["categories"][0]["category"]),
        ("CATEGORY_NOT_IN_POPULATION", &Value::from("C2*M"))
    );
    assert_eq!(
        case(&MARGINS.replace("C2*M,450", "C2*M,0")).0,
        "ZERO_TARGET_WITH_RESPONDENTS"
    );
    let (code, detail) = case(&format!("{MARGINS}sex,F,1000\nsex,M,1200\n"));
    assert_eq!(code, "MARGIN_TOTALS_DISAGREE");
    assert!(detail["relative_gap"].as_f64().unwrap() > 0.05);
    assert_eq!(
        case("dimension,category,population\nsex,F,many\n").0,
        "MARGINS_INVALID"
    );
}

#[test]
fn faults_of_the_data_are_named_with_row_and_column() {
    let with =
        |from: &str, to: &str| Case::new(&data().replacen(from, to, 1), MARGINS, SPEC).error();
    assert_eq!(with(",C1,S1,", ",C1,,").0, "NA_IN_DESIGN_VARIABLE");
    assert_eq!(
        with("0,C1,S1,P10,F,", "0,C1,S1,P10,,").0,
        "NA_IN_WEIGHTING_VARIABLE"
    );
    assert_eq!(with("1.5,", "-1.5,").0, "INVALID_WEIGHT");
    let (code, detail) = with("1.5,", "1.5x,");
    assert_eq!(
        (
            code.as_str(),
            &detail["faults"][0]["row"],
            &detail["faults"][0]["column"]
        ),
        ("NOT_A_NUMBER", &Value::from(2), &Value::from("w"))
    );
    let (code, detail) = with("2,C1,", "2,");
    assert_eq!(
        (code.as_str(), &detail["faults"][0]["row"]),
        ("CSV_INVALID", &Value::from(4))
    );
    assert_eq!(with("P20", "P10").0, "PSU_NOT_NESTED");
    assert_eq!(with("county", "kreis").0, "UNKNOWN_COLUMN");
}

#[test]
fn faults_of_the_specification_are_named() {
    let with = |from: &str, to: &str| {
        Case::new(&data(), MARGINS, &SPEC.replace(from, to))
            .error()
            .0
    };
    assert_eq!(
        with("[design]", "[design]\nwheight = \"w\""),
        "SPEC_INVALID"
    );
    assert_eq!(
        with("variable = \"s1\"", "variable = \"s2\""),
        "UNKNOWN_COLUMN"
    );
    assert_eq!(with("counts = [4, 5]", ""), "SPEC_INVALID");
    assert_eq!(
        with("kind = \"proportion\"", "kind = \"ratio\""),
        "SPEC_INVALID"
    );
    assert_eq!(
        with(
            "method = \"rake\"",
            "method = \"calibrate\"\ndistance = \"logit\""
        ),
        "CALIBRATION_BOUNDS_REQUIRED"
    );
    assert_eq!(
        with(
            "method = \"rake\"",
            "method = \"rake\"\nbounds = [0.999, 1.001]"
        ),
        "CALIBRATION_INFEASIBLE"
    );
    assert_eq!(
        with("by = [\"county\"]", "where = { county = \"C9\" }"),
        "EMPTY_DOMAIN"
    );
}

#[test]
fn an_unknown_flag_is_a_fault_of_usage() {
    assert_eq!(run(&["estimate", "--dta", "x"]).0, 2);
}

#[test]
fn plan_sample_tells_what_a_verdict_needs() {
    let (code, out, _) = run(&[
        "plan-sample",
        "--design-effect",
        "1.5",
        "--per-psu",
        "10",
        "--format",
        "json",
    ]);
    assert_eq!(code, 0);
    let body: Value = serde_json::from_str(&out).unwrap();
    let needed = body["interviews"].as_f64().unwrap();
    assert!((830.0..1000.0).contains(&needed), "{needed}");
    let table = body["table"].as_array().unwrap();
    assert!(
        table
            .iter()
            .any(|row| row["interviews"] == 60.0 && row["power"].as_f64().unwrap() < 0.5)
    );
    let (code, out, _) = run(&["plan-sample", "--domains", "10"]);
    assert!(code == 0 && out.contains("in each of 10 counties"), "{out}");
    assert_eq!(run(&["plan-sample", "--truth", "0.85"]).0, 2);
}
