//! Crosstabs, response rates and contrasts through `minyi estimate`: against the values that R
//! computed (`tests/reference/`) and against rates worked by hand.

use serde_json::Value;

use crate::support::{Scratch, root, run};

/// Runs `minyi estimate` on `data` with the specification `spec`; `more` are further arguments.
fn estimate(data: &str, spec: &str, margins: &str, more: &[&str]) -> (i32, String) {
    let scratch = Scratch::new("kinds");
    scratch.write("data.csv", data);
    scratch.write("spec.toml", spec);
    scratch.write("margins.csv", margins);
    let (data, spec) = (scratch.path("data.csv"), scratch.path("spec.toml"));
    let mut arguments = vec!["estimate", "--data", data.to_str().unwrap()];
    arguments.extend(["--spec", spec.to_str().unwrap()]);
    arguments.extend_from_slice(more);
    let (code, out, _) = run(&arguments);
    (code, out)
}

fn json(data: &str, spec: &str, margins: &str) -> Value {
    let (code, out) = estimate(data, spec, margins, &[]);
    assert_eq!(code, 0, "{out}");
    serde_json::from_str(&out).unwrap()
}

fn error(data: &str, spec: &str) -> (String, String) {
    let (code, out) = estimate(data, spec, "", &[]);
    assert_eq!(code, 1, "{out}");
    let body: Value = serde_json::from_str(&out).unwrap();
    let text = |key: &str| body["error"][key].as_str().unwrap().to_owned();
    (text("code"), text("message"))
}

fn close(found: &Value, expected: &Value, tolerance: f64) {
    let (found, expected) = (found.as_f64().unwrap(), expected.as_f64().unwrap());
    let gap = (found - expected).abs();
    assert!(gap <= tolerance * expected.abs(), "{found} {expected}");
}

/// A reference case: its data, design section and margins, and its queries.
struct Reference {
    data: String,
    design: String,
    margins: String,
    queries: Vec<Value>,
}

impl Reference {
    fn read(id: &str) -> Self {
        let folder = root().join("tests/reference");
        let text = std::fs::read_to_string(folder.join(format!("cases/{id}.json"))).unwrap();
        let case: Value = serde_json::from_str(&text).unwrap();
        let data = folder.join(case["data"].as_str().unwrap());
        let own = &case["design"];
        let mut design = "[design]\n".to_owned();
        for (key, name) in [("weights", "weight"), ("strata", "strata"), ("ids", "psu")] {
            let column = own[key].as_str().or(own[key][0].as_str()).unwrap();
            design.push_str(&format!("{name} = \"{column}\"\n"));
        }
        design.push_str(&format!(
            "nest = {}\n",
            own["nest"].as_bool().unwrap_or(false)
        ));
        let (weighting, margins) = weighting(&case["adjust"]);
        Self {
            data: std::fs::read_to_string(data).unwrap(),
            design: format!("{design}{weighting}"),
            margins,
            queries: case["queries"].as_array().unwrap().clone(),
        }
    }

    fn queries(&self, statistic: &str) -> impl Iterator<Item = (&Value, &Value)> {
        let queries = self.queries.iter();
        queries
            .filter(move |query| query["query"]["stat"] == statistic)
            .map(|query| (&query["query"], &query["expected"]))
    }

    fn json(&self, estimates: &str) -> Value {
        json(
            &self.data,
            &format!("{}{estimates}", self.design),
            &self.margins,
        )
    }
}

/// The weighting section and the margins of a case that is raked or post-stratified.
fn weighting(adjust: &Value) -> (String, String) {
    let Some(adjust) = adjust.as_array().and_then(|steps| steps.first()) else {
        return Default::default();
    };
    let (method, margins) = match adjust["op"].as_str().unwrap() {
        "rake" => (
            "rake\"\ncompat = \"r_rake",
            adjust["margins"].as_array().unwrap().clone(),
        ),
        _ => ("poststratify", vec![adjust["population"].clone()]),
    };
    let mut lines = "dimension,category,population\n".to_owned();
    for margin in margins {
        let word = |value: &Value| {
            let text = value.as_str().map(str::to_owned);
            text.unwrap_or_else(|| value.to_string())
        };
        let variables: Vec<String> = match &margin["vars"] {
            Value::Array(names) => names.iter().map(word).collect(),
            name => vec![word(name)],
        };
        for cell in margin["cells"].as_array().unwrap() {
            let labels: Vec<String> = variables.iter().map(|name| word(&cell[name])).collect();
            let (dimension, category) = (variables.join("*"), labels.join("*"));
            lines.push_str(&format!("{dimension},{category},{}\n", cell["freq"]));
        }
    }
    let section = format!("[weighting]\nmethod = \"{method}\"\nmargins = \"margins.csv\"\n");
    (section, lines)
}

#[test]
fn a_crosstab_has_the_table_and_the_tests_that_r_computes() {
    let mut checked = 0;
    for id in ["city_a_base", "city_a_ps", "city_a_rake", "nhanes"] {
        let case = Reference::read(id);
        for (query, expected) in case.queries("chisq") {
            let (row, column) = (
                query["row"].as_str().unwrap(),
                query["col"].as_str().unwrap(),
            );
            let body = case.json(&format!(
                "[[estimate]]\nname = \"t\"\nkind = \"crosstab\"\n\
                 variable = [\"{row}\", \"{column}\"]\n"
            ));
            let table = &body["crosstabs"][0];
            assert_eq!(table["variables"], serde_json::json!([row, column]));
            assert_eq!(table["domain"], serde_json::json!({}));
            close(&table["df"], &expected["df"], 1e-12);
            let cells = table["cells"].as_array().unwrap();
            let counts = expected["table"].as_array().unwrap().iter();
            let counts = counts.flat_map(|row| row.as_array().unwrap());
            assert_eq!(cells.len(), counts.clone().count(), "{id}");
            for (cell, count) in cells.iter().zip(counts) {
                close(&cell["total"], count, 1e-8);
                checked += 1;
            }
            for (name, ours) in [
                ("F", "rao_scott_second_order"),
                ("Chisq", "rao_scott_first_order"),
                ("lincom", "saddle_point"),
                ("Wald", "wald"),
                ("adjWald", "adjusted_wald"),
            ] {
                let (ours, theirs) = (&table["tests"][ours], &expected["tests"][name]);
                close(&ours["statistic"], &theirs["statistic"], 1e-6);
                close(&ours["p_value"], &theirs["p_value"], 1e-5);
                checked += 2;
            }
        }
    }
    assert_eq!(checked, 136, "every table and every test");
}

#[test]
fn shares_of_a_crosstab_are_those_of_proportions_with_their_errors() {
    let case = Reference::read("city_a_rake");
    let body = case.json(
        "[[estimate]]\nname = \"t\"\nkind = \"crosstab\"\nvariable = [\"area\", \"sat1\"]\n\
         by = [\"sex\"]\n\
         [[estimate]]\nname = \"p\"\nkind = \"proportion\"\nvariable = \"sat1\"\ncounts = [5]\n\
         by = [[\"area\", \"sex\"], \"sex\"]\n",
    );
    let tables = body["crosstabs"].as_array().unwrap();
    assert_eq!(tables.len(), 3, "the whole, women and men");
    let women = &tables[1];
    assert_eq!(women["domain"], serde_json::json!({"sex": "F"}));
    let cells = women["cells"].as_array().unwrap();
    let satisfied = |row: &str| {
        let mut cells = cells.iter();
        cells
            .find(|cell| cell["row"] == row && cell["column"] == "5")
            .unwrap()
    };
    let estimates = body["estimates"].as_array().unwrap();
    let estimate = |domain: Value| {
        let mut estimates = estimates.iter();
        estimates.find(|own| own["domain"] == domain).unwrap()
    };
    for row in ["urban", "rural"] {
        let own = estimate(serde_json::json!({"area": row, "sex": "F"}));
        close(&satisfied(row)["row_share"], &own["estimate"], 1e-10);
        close(
            &satisfied(row)["row_share_std_error"],
            &own["std_error"],
            1e-8,
        );
    }
    let n: u64 = cells.iter().map(|cell| cell["n"].as_u64().unwrap()).sum();
    let all = estimate(serde_json::json!({"sex": "F"}));
    assert_eq!((n, &women["n"]), (all["n"].as_u64().unwrap(), &all["n"]));
    let share: f64 = cells
        .iter()
        .map(|cell| cell["share"].as_f64().unwrap())
        .sum();
    assert!((share - 1.0).abs() < 1e-12);
}

#[test]
fn a_contrast_of_waves_has_the_error_that_r_computes_from_shared_units() {
    let mut checked = 0;
    for id in ["city_b_yoy", "city_b_yoy_raked"] {
        let case = Reference::read(id);
        for (query, expected) in case.queries("contrast") {
            let (variable, groups) = (&query["x"][0], &expected["groups"]);
            let mut estimate = format!(
                "[[estimate]]\nname = \"c\"\nkind = \"contrast\"\nvariable = {variable}\n\
                 by = [\"year\"]\ncoefficients = {{ {} = -1, {} = 1 }}\n",
                groups[0], groups[1]
            );
            for condition in query["domain"].as_array().into_iter().flatten() {
                let (column, code) = (condition["var"].as_str().unwrap(), &condition["value"]);
                estimate.push_str(&format!("where = {{ {column} = {code} }}\n"));
            }
            let body = case.json(&estimate);
            let contrast = &body["contrasts"][0];
            for (ours, theirs, tolerance) in [
                ("estimate", "estimate", 1e-6),
                ("std_error", "se", 1e-7),
                ("df", "df", 1e-12),
                ("p_value", "p_two_sided", 1e-5),
                ("lower", "ci_lower", 1e-6),
                ("upper", "ci_upper", 1e-6),
                ("relative_change", "relative_change", 1e-6),
                ("relative_change_std_error", "relative_change_se", 1e-6),
            ] {
                close(&contrast[ours], &expected[theirs], tolerance);
                checked += 1;
            }
            for group in [0, 1] {
                let (ours, theirs) = (&contrast["groups"][group], &expected["group_estimate"]);
                close(&ours["estimate"], &theirs[group], 1e-8);
            }
        }
    }
    assert_eq!(checked, 96, "twelve contrasts");
}

/// 500 complete, 50 partial, 200 refusals, 150 without contact, 20 others, 60 + 20 unknown, 80 not
/// eligible. Cases of county C2 have three times the weight of those of C1.
fn dispositions() -> String {
    let cases = [
        ("I", 500),
        ("P", 50),
        ("R", 200),
        ("NC", 150),
        ("O", 20),
        ("UH", 60),
        ("UO", 20),
        ("NE", 80),
    ];
    let mut text = String::from("county,w,disposition\n");
    for (code, count) in cases {
        for case in 0..count {
            // Half of the cases of each code, and all but ten of the non-contacts, are in C1.
            let second = if code == "NC" {
                case < 10
            } else {
                case % 2 == 1
            };
            let (county, weight) = if second { ("C2", 30) } else { ("C1", 10) };
            text.push_str(&format!("{county},{weight},{code}\n"));
        }
    }
    text
}

const RATES: &str = "[design]\nweight = \"w\"\n\
    [[estimate]]\nname = \"fieldwork\"\nkind = \"response_rates\"\nvariable = \"disposition\"\n\
    by = [\"county\"]\n";

#[test]
fn response_rates_follow_the_definitions() {
    let body = json(&dispositions(), RATES, "");
    let rates = body["response_rates"].as_array().unwrap();
    let domains: Vec<&Value> = rates.iter().map(|own| &own["domain"]).collect();
    let county = |code: &str| serde_json::json!({"county": code});
    assert_eq!(
        domains,
        [&serde_json::json!({}), &county("C1"), &county("C2")]
    );
    let unweighted = &rates[0]["unweighted"];
    // e = 920/(920 + 80): the eligible among the cases of known eligibility.
    let likely = 920.0 + 0.92 * 80.0;
    for (rate, expected) in [
        ("rr1", 0.5),
        ("rr2", 0.55),
        ("rr3", 500.0 / likely),
        ("rr4", 550.0 / likely),
        ("rr5", 500.0 / 920.0),
        ("rr6", 550.0 / 920.0),
        ("coop1", 500.0 / 770.0),
        ("coop2", 550.0 / 770.0),
        ("coop3", 500.0 / 750.0),
        ("coop4", 550.0 / 750.0),
        ("ref1", 0.2),
        ("ref2", 200.0 / likely),
        ("ref3", 200.0 / 920.0),
        ("con1", 0.77),
        ("con2", 770.0 / likely),
        ("con3", 770.0 / 920.0),
    ] {
        close(&unweighted["rates"][rate], &expected.into(), 1e-14);
    }
    assert_eq!(unweighted["cases"]["NC"], 150);
    assert_eq!(
        (&unweighted["e"], &unweighted["e_given"]),
        (&0.92.into(), &false.into())
    );
    // Each code but NC has half of its cases at 10 and half at 30, so 20 on average; NC has
    // 140 · 10 + 10 · 30 = 1,700. RR1 = 10,000/(15,400 + 1,700 + 1,600).
    let weighted = &rates[0]["weighted"];
    assert_eq!(weighted["cases"]["NC"], 1700);
    close(
        &weighted["rates"]["rr1"],
        &(10_000.0 / 18_700.0).into(),
        1e-14,
    );
    // In C1: 250 of 250 + 25 + 100 + 140 + 10 + 40.
    close(
        &rates[1]["unweighted"]["rates"]["rr1"],
        &(250.0 / 565.0).into(),
        1e-14,
    );
    close(
        &rates[1]["weighted"]["rates"]["rr3"],
        &rates[1]["unweighted"]["rates"]["rr3"],
        1e-14,
    );
}

#[test]
fn a_given_e_is_used_and_reported() {
    let body = json(&dispositions(), &format!("{RATES}e = 0.5\n"), "");
    let own = &body["response_rates"][0]["unweighted"];
    assert_eq!((&own["e"], &own["e_given"]), (&0.5.into(), &true.into()));
    close(&own["rates"]["rr3"], &(500.0 / 960.0).into(), 1e-14);
}

#[test]
fn tables_for_people_show_crosstabs_rates_and_contrasts() {
    let (code, out) = estimate(&dispositions(), RATES, "", &["--format", "table"]);
    assert_eq!(code, 0, "{out}");
    assert!(
        out.contains("fieldwork, county C1: response rates"),
        "{out}"
    );
    assert!(
        out.contains("RR1") && out.contains("50.0 %") && out.contains("NC 150"),
        "{out}"
    );
    let data = "y,g,a\n1,1,x\n2,1,y\n3,2,x\n5,2,y\n1,2,y\n2,1,x\n";
    let spec = "[design]\n[[estimate]]\nname = \"tab\"\nkind = \"crosstab\"\n\
        variable = [\"g\", \"a\"]\n\
        [[estimate]]\nname = \"gap\"\nkind = \"contrast\"\nvariable = \"y\"\nby = [\"g\"]\n\
        coefficients = { 1 = -1, 2 = 1 }\n";
    let (code, out) = estimate(data, spec, "", &["--format", "table"]);
    assert_eq!(code, 0, "{out}");
    assert!(
        out.contains("g (rows) by a (columns)") && out.contains("66.7 % ("),
        "{out}"
    );
    assert!(out.contains("Rao-Scott, second order: F("), "{out}");
    assert!(
        out.contains("-1 x g 1 (1.6667), +1 x g 2 (3.0000)"),
        "{out}"
    );
}

#[test]
fn faults_of_the_three_kinds_are_named() {
    let rates = |spec: &str| error(&dispositions(), spec);
    let (code, message) = error(&dispositions().replacen(",P\n", ",Q\n", 1), RATES);
    assert_eq!(code, "UNKNOWN_DISPOSITION");
    assert!(
        message.contains("row 502") && message.contains("'Q'"),
        "{message}"
    );
    let allowed = format!("{RATES}missing = [\"Q\"]\n");
    let (code, _) = estimate(
        &dispositions().replacen(",P\n", ",Q\n", 1),
        &allowed,
        "",
        &[],
    );
    assert_eq!(code, 0);
    let not_available = dispositions().replacen(",P\n", ",NA\n", 1);
    assert_eq!(error(&not_available, RATES).0, "NOT_A_CODE");
    let allowed = format!("{RATES}missing = [\"NA\"]\n");
    assert_eq!(estimate(&not_available, &allowed, "", &[]).0, 0);
    assert_eq!(rates(&format!("{RATES}e = 1.5\n")).0, "SPEC_INVALID");
    let spec = |estimate: &str| format!("[design]\n[[estimate]]\nname = \"x\"\n{estimate}");
    for estimate in [
        "kind = \"crosstab\"\nvariable = \"county\"\n",
        "kind = \"crosstab\"\nvariable = [\"county\", \"w\"]\ntarget = \">= 0.5\"\n",
        "kind = \"contrast\"\nvariable = \"w\"\nby = [\"county\"]\n",
        "kind = \"contrast\"\nvariable = \"w\"\nby = [\"county\"]\ncoefficients = { C3 = 1 }\n",
        "kind = \"mean\"\nvariable = \"w\"\ne = 0.5\n",
    ] {
        assert_eq!(rates(&spec(estimate)).0, "SPEC_INVALID", "{estimate}");
    }
    let one_level = "kind = \"crosstab\"\nvariable = [\"county\", \"disposition\"]\n\
        where = { county = \"C1\" }\n";
    assert_eq!(rates(&spec(one_level)).0, "EMPTY_DOMAIN");
    let nobody = "kind = \"contrast\"\nvariable = \"w\"\nby = [\"county\"]\n\
        coefficients = { C1 = 1, C2 = -1 }\nwhere = { county = \"C1\" }\n";
    assert_eq!(rates(&spec(nobody)).0, "EMPTY_DOMAIN");
}

/// Every key that a table of the specification takes, read from what the parser expects.
fn keys(table: &str) -> Vec<String> {
    let (_, message) = error("x\n1\n", table);
    let expected = message.split("expected").nth(1).unwrap();
    let keys = expected.split('`').skip(1).step_by(2);
    keys.map(str::to_owned).collect()
}

#[test]
fn help_and_readme_list_every_key_of_a_specification() {
    let help = run(&["estimate", "--help"]).1;
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    // Other names of probs.
    let aliases = ["prob", "probability", "probabilities", "p", "quantile"];
    let mut found = 0;
    for table in [
        "unknown = 1",
        "[design]\nunknown = 1",
        "[design]\n[weighting]\nunknown = 1",
        "[design]\n[weighting.trim]\nunknown = 1",
        "[design]\n[weighting]\nmethod = \"rake\"\n[weighting.nonresponse]\nunknown = 1",
        "[design]\n[replicates]\nunknown = 1",
        "[design]\n[blend]\nunknown = 1",
        "[design]\n[sensitivity]\nunknown = 1",
        "[design]\n[sensitivity]\nestimates = []\n[[sensitivity.scenario]]\nunknown = 1",
        "[design]\n[[estimate]]\nunknown = 1",
        "[design]\n[[estimate]]\nsections = [{ unknown = 1 }]",
    ] {
        let is_alias = |key: &String| aliases.contains(&key.as_str());
        for key in keys(table).into_iter().filter(|key| !is_alias(key)) {
            let is_word = |text: &str| {
                let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
                words.any(|word| word == key)
            };
            assert!(is_word(&help), "`minyi estimate --help` lacks {key}");
            assert!(is_word(&readme), "README lacks {key}");
            found += 1;
        }
    }
    assert!(found > 60, "{found} keys");
}

#[test]
fn a_category_that_has_only_rows_without_weight_needs_no_margin() {
    let data = "sex,w,psu,y\nF,1,1,1\nF,1,2,0\nM,1,3,1\nM,1,4,1\nX,0,5,1\n";
    let margins = "dimension,category,population\nsex,F,60\nsex,M,60\n";
    for method in ["rake", "calibrate"] {
        let spec = format!(
            "[design]\nweight = \"w\"\npsu = \"psu\"\n[weighting]\nmethod = \"{method}\"\n\
             margins = \"margins.csv\"\n[[estimate]]\nname = \"y\"\nkind = \"proportion\"\n\
             variable = \"y\"\ncounts = [1]\n"
        );
        let found = json(data, &spec, margins);
        close(&found["estimates"][0]["estimate"], &0.75.into(), 1e-9);
    }
}
