//! The fictional city of the reference cases, with a specification that uses most kinds.

use minyi::estimation::{Columns, Margin, Margins, Spec, csv};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

const DESIGN: &str = r#"
[design]
weight = "base_wt"
strata = "stratum"
psu = "psu"
[weighting]
method = "rake"
bounds = [0.3, 3.0]
"#;

const ITEM: &str = r#"
[[estimate]]
name = "s{item}"
kind = "proportion"
variable = "sat{item}"
counts = [4, 5]
by = ["county", ["county", "area"]]
target = ">= 0.90"
holm = true
"#;

const OTHERS: &str = r#"
[[estimate]]
name = "goods"
kind = "ratio"
variable = "goods1"
denominator = "hhsize"
by = ["county"]
[[estimate]]
name = "median"
kind = "quantile"
variable = "goods8"
probs = [0.25, 0.5]
by = ["area"]
[[estimate]]
name = "overall"
kind = "indicator"
counts = [4, 5]
by = ["county"]
sections = [
    { code = "a", items = ["sat1", "sat2"] },
    { code = "b", items = ["sat3", "sat4"], combine = "any" },
]
"#;

/// Its columns, margins and specification; `permuted` puts the rows in another order.
pub fn reference_city(permuted: bool) -> (Columns, Margins, Spec) {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference");
    let mut text = std::fs::read_to_string(root.join("data/city_a.csv")).unwrap();
    if permuted {
        let mut lines: Vec<&str> = text.lines().collect();
        lines[1..].shuffle(&mut ChaCha8Rng::seed_from_u64(5));
        text = lines.join("\r\n");
    }
    let mut spec = DESIGN.to_owned();
    for item in 1..=6 {
        spec.push_str(&ITEM.replace("{item}", &item.to_string()));
    }
    spec.push_str(OTHERS);
    let spec = Spec::parse(&spec).unwrap();
    let case: Value = serde_json::from_str(
        &std::fs::read_to_string(root.join("cases/city_a_rake.json")).unwrap(),
    )
    .unwrap();
    let mut margins = Margins::new();
    for margin in case["adjust"][0]["margins"].as_array().unwrap() {
        let variables: Vec<String> = margin["vars"]
            .as_array()
            .unwrap()
            .iter()
            .map(|v| v.as_str().unwrap().to_owned())
            .collect();
        let cells = margin["cells"].as_array().unwrap().iter();
        let cells = cells.map(|cell| {
            (
                variables
                    .iter()
                    .map(|name| cell[name].as_str().unwrap().to_owned())
                    .collect(),
                cell["freq"].as_f64().unwrap(),
            )
        });
        margins.push(Margin {
            cells: cells.collect(),
            variables,
        });
    }
    let columns = csv::read(text.as_bytes(), &spec.columns(&margins), &|_| {}).unwrap();
    (columns, margins, spec)
}
