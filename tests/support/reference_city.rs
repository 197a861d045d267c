//! The fictional city of the reference cases, with a specification that uses most kinds.

use minyi::estimation::{Columns, Margin, Margins, Spec, csv};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

/// Its columns, margins and specification; `permuted` puts the rows in another order.
pub fn reference_city(permuted: bool) -> (Columns, Margins, Spec) {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference");
    let mut text = std::fs::read_to_string(root.join("data/city_a.csv")).unwrap();
    if permuted {
        let mut lines: Vec<&str> = text.lines().collect();
        lines[1..].shuffle(&mut ChaCha8Rng::seed_from_u64(5));
        text = lines.join("\r\n");
    }
    let mut spec = String::from(
        "[design]\nweight = \"base_wt\"\nstrata = \"stratum\"\npsu = \"psu\"\n[weighting]\nmethod = \"rake\"\nbounds = [0.3, 3.0]\n",
    );
    for item in 1..=6 {
        spec.push_str(&format!(
            "[[estimate]]\nname = \"s{item}\"\nkind = \"proportion\"\nvariable = \"sat{item}\"\ncounts = [4, 5]\nby = [\"county\", [\"county\", \"area\"]]\ntarget = \">= 0.90\"\nholm = true\n"
        ));
    }
    spec.push_str("[[estimate]]\nname = \"goods\"\nkind = \"ratio\"\nvariable = \"goods1\"\ndenominator = \"hhsize\"\nby = [\"county\"]\n");
    spec.push_str("[[estimate]]\nname = \"median\"\nkind = \"quantile\"\nvariable = \"goods8\"\nprobs = [0.25, 0.5]\nby = [\"area\"]\n");
    spec.push_str("[[estimate]]\nname = \"overall\"\nkind = \"indicator\"\ncounts = [4, 5]\nby = [\"county\"]\nsections = [{ code = \"a\", items = [\"sat1\", \"sat2\"] }, { code = \"b\", items = [\"sat3\", \"sat4\"], combine = \"any\" }]\n");
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
