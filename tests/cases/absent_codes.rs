//! A code that counts must be in some row, unless the specification lists all codes.

use minyi::estimation::{Code, Margins, Spec, analyse, csv};
use minyi::release::spec::{PlanSpec, Scope};
use minyi::survey::Catalogue;

use super::estimate::{command, estimate, refused};
use crate::support::root;

const DATA: &str = "psu,y,z\na,1,no\nb,2,yes\nc,4,no\nd,5,yes\ne,4,yes\nf,,no\n";

fn spec(keys: &str) -> String {
    format!("[design]\npsu = \"psu\"\n[[estimate]]\nname = \"e\"\n{keys}\n")
}

#[test]
fn a_code_that_no_row_holds_is_named() {
    let cases = [
        (
            "kind = \"proportion\"\nvariable = \"y\"\ncounts = [45]",
            "45",
        ),
        (
            "kind = \"proportion\"\nvariable = \"y\"\ncounts = [4, 5, 6]",
            "6",
        ),
        (
            "kind = \"proportion\"\nvariable = \"z\"\ncounts = [\"Yes\"]",
            "Yes",
        ),
        (
            "kind = \"indicator\"\ncounts = [3]\nsections = [{ code = \"s\", items = [\"y\"] }]",
            "3",
        ),
    ];
    for (keys, code) in cases {
        let error = refused(DATA, &spec(keys));
        assert_eq!(error.kind(), Code::NotACode);
        assert!(
            error
                .message()
                .contains(&format!("no row holds code {code} ")),
            "{error}"
        );
    }
    let (code, body) = command(DATA, &spec(cases[0].0));
    assert_eq!(
        (code, body["error"]["code"].as_str()),
        (1, Some("NOT_A_CODE"))
    );
    assert!(body["error"]["detail"]["file"].is_string());
}

#[test]
fn labels_in_the_cells_are_not_counted_as_no() {
    let labels = DATA
        .replace(",4,", ",satisfied,")
        .replace(",5,", ",very satisfied,");
    let error = refused(
        &labels,
        &spec("kind = \"proportion\"\nvariable = \"y\"\ncounts = [4, 5]"),
    );
    assert_eq!(error.kind(), Code::NotANumber);
    let text =
        "kind = \"proportion\"\nvariable = \"y\"\ncounts = [\"satisfied\", \"very satisfied\"]";
    assert!(estimate(&labels, &spec(text)).is_ok());
    assert_eq!(refused(DATA, &spec(text)).kind(), Code::NotACode);
}

#[test]
fn an_item_may_lack_a_code_that_another_item_of_the_indicator_holds() {
    let data = "psu,a,b\n1,4,1\n2,2,5\n3,4,2\n4,1,5\n";
    let keys = "kind = \"indicator\"\ncounts = [4, 5]\n\
                sections = [{ code = \"s\", items = [\"a\", \"b\"] }]";
    assert!(estimate(data, &spec(keys)).is_ok());
}

#[test]
fn a_code_that_the_specification_knows_need_not_occur() {
    let keys = "kind = \"proportion\"\nvariable = \"y\"\ncounts = [3]\ncodes = [1, 2, 3, 4, 5]";
    assert_eq!(
        estimate(DATA, &spec(keys)).unwrap().estimates[0].estimate,
        0.0
    );
}

#[test]
fn a_code_cannot_both_count_and_be_missing() {
    for keys in [
        "counts = [4, 5]\nmissing = [5]",
        "counts = [4, 5]\nmissing = [\"NA\", \"5\"]",
        "counts = [4, 5]\nmissing = [5.0]",
        "counts = [4, 6]\ncodes = [1, 2, 3, 4, 5]",
    ] {
        let keys = format!("kind = \"proportion\"\nvariable = \"y\"\n{keys}");
        assert_eq!(
            refused(DATA, &spec(&keys)).kind(),
            Code::SpecInvalid,
            "{keys}"
        );
    }
}

/// Early in fieldwork the survey product computes figures although nobody has chosen some code yet.
#[test]
fn columns_in_memory_may_lack_a_code() {
    let text = spec("kind = \"proportion\"\nvariable = \"y\"\ncounts = [3]");
    let (spec, margins) = (Spec::parse(&text).unwrap(), Margins::new());
    let columns = csv::read(DATA.as_bytes(), &spec.columns(&margins), &|_| {}).unwrap();
    let analysis = analyse(&columns, &margins, &spec).unwrap();
    assert_eq!(analysis.estimates[0].estimate, 0.0);
}

/// Without them `minyi estimate` would refuse an export of the first days.
#[test]
fn the_specification_of_an_export_knows_the_codes_of_its_questions() {
    let catalogue = Catalogue::load(&root().join("surveys")).unwrap();
    let mut counted = 0;
    for survey in catalogue.surveys.values() {
        let Some(plan) = &survey.plan else { continue };
        let text = PlanSpec::new(survey, plan, Scope::Full, "margins.csv").text();
        for estimate in Spec::parse(&text).unwrap().estimates {
            assert!(
                estimate.counts.is_empty() || !estimate.codes.is_empty(),
                "{}",
                estimate.name
            );
            counted += usize::from(!estimate.counts.is_empty());
        }
    }
    assert!(counted > 50);
}
