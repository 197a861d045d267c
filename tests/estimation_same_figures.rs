//! The same input gives the same figures.

use minyi::estimation::spec::{EstimateSpec, Spec};
use minyi::estimation::{Estimate, Verdict, analyse};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::support::reference_city::reference_city;

/// The digest of every figure about the fictional city of the reference cases, each number rounded
/// to 10 significant digits: two fewer than are published, so that the maths functions of another
/// platform do not change it.
const DIGEST: &str = "ede7ae70bc254bb2e1d2730f1c1e2250cd311baf2f2eaa5ce5932ecb146d3d1d";

fn figures(permuted: bool, threads: usize) -> Value {
    let (columns, margins, spec) = reference_city(permuted);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap();
    let analysis = pool.install(|| analyse(&columns, &margins, &spec)).unwrap();
    serde_json::to_value(&analysis).unwrap()
}

/// A JSON value with every number in 10 significant digits.
fn rounded(value: &Value) -> Value {
    match value {
        Value::Number(number) => number
            .as_f64()
            .map_or(Value::Null, |number| format!("{number:.9e}").into()),
        Value::Array(values) => values.iter().map(rounded).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| (key.clone(), rounded(value)))
            .collect(),
        other => other.clone(),
    }
}

#[test]
fn the_same_rows_give_the_same_bytes_in_any_order_on_any_number_of_threads() {
    let first = figures(false, 1).to_string();
    for (permuted, threads) in [(false, 2), (true, 1), (true, 5)] {
        assert_eq!(figures(permuted, threads).to_string(), first);
    }
}

#[test]
fn no_figure_changes_unnoticed() {
    let digits = rounded(&figures(false, 2)).to_string();
    let digest: String = Sha256::digest(digits)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(digest, DIGEST, "if the change is meant, change the digest");
}

#[test]
fn holm_makes_county_verdicts_no_bolder_and_leaves_the_city_alone() {
    let (columns, margins, spec) = reference_city(false);
    let plain = Spec {
        estimates: spec
            .estimates
            .iter()
            .map(|e| EstimateSpec {
                holm: false,
                ..e.clone()
            })
            .collect(),
        ..spec.clone()
    };
    let (with, without) = (
        analyse(&columns, &margins, &spec).unwrap(),
        analyse(&columns, &margins, &plain).unwrap(),
    );
    let mut weaker = 0;
    for (a, b) in with.estimates.iter().zip(&without.estimates) {
        let decided = |e: &Estimate| matches!(e.verdict, Some(Verdict::Met | Verdict::NotMet));
        assert!(!decided(a) || a.verdict == b.verdict);
        assert!(!a.domain.is_empty() || a.verdict == b.verdict);
        weaker += usize::from(decided(b) && !decided(a));
    }
    assert!(weaker > 0, "the case should show the correction");
}
