//! The laws that every estimate obeys, on random small cities.

use std::sync::Arc;

use minyi::estimation::analysis::weighted_design;
use minyi::estimation::replicate::Replicates;
use minyi::estimation::series::Series;
use minyi::estimation::spec::{
    DesignSpec, EstimateSpec, Kind, Label, Labels, LonelyPsu, Names, ReplicateMethod,
    ReplicateSpec, Spec, WeightingMethod, WeightingSpec,
};
use minyi::estimation::statistic::Sample;
use minyi::estimation::{Analysis, Column, Columns, Estimate, Margin, Margins, Verdict, analyse};
use proptest::prelude::*;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};

/// Rows of a small city, kept apart so that they can be permuted and doubled.
#[derive(Debug, Clone)]
struct City {
    rows: Vec<Row>,
    margins: Margins,
}

#[derive(Debug, Clone)]
struct Row {
    county: &'static str,
    psu: String,
    sex: &'static str,
    age: &'static str,
    weight: f64,
    answer: Option<i8>,
    goods: f64,
    household: f64,
}

const COUNTIES: [&str; 3] = ["C01", "C02", "C03"];
const SEXES: [&str; 2] = ["F", "M"];
const AGES: [&str; 3] = ["15-34", "35-54", "55+"];

impl City {
    /// A city in which every category is inhabited, with margins that some weights meet.
    fn new(seed: u64, per_psu: usize) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut rows = Vec::new();
        for county in COUNTIES {
            for psu in 0..4 {
                for row in 0..per_psu {
                    rows.push(Row {
                        county,
                        psu: format!("{county}-{psu}"),
                        sex: SEXES[row % 2],
                        age: AGES[random.random_range(0..3_usize)],
                        weight: random.random_range(0.5..5.0),
                        answer: (random.random::<f64>() > 0.05)
                            .then(|| random.random_range(1..=5_i8)),
                        goods: f64::from(random.random_range(0..20_u8)),
                        household: f64::from(random.random_range(1..6_u8)),
                    });
                }
            }
        }
        for (row, age) in rows.iter_mut().zip(AGES) {
            row.age = age;
        }
        let tilt = |label: &str, by: f64| {
            if label.len().is_multiple_of(2) {
                1.0
            } else {
                by
            }
        };
        let wanted: Vec<f64> = rows
            .iter()
            .map(|row| {
                row.weight
                    * tilt(row.sex, 1.3)
                    * if row.age == "55+" { 1.5 } else { 0.8 }
                    * if row.county == "C02" { 1.2 } else { 1.0 }
            })
            .collect();
        let mut margins = Margins::new();
        let mut push = |name: &str, levels: &[&str], of: &dyn Fn(&Row) -> &'static str| {
            let sum = |level: &str| {
                rows.iter()
                    .zip(&wanted)
                    .filter(|(row, _)| of(row) == level)
                    .map(|(_, w)| w)
                    .sum()
            };
            let cells = levels
                .iter()
                .map(|level| (vec![(*level).to_owned()], sum(level)))
                .collect();
            margins.push(Margin {
                variables: vec![name.to_owned()],
                cells,
            });
        };
        push("county", &COUNTIES, &|row| row.county);
        push("sex", &SEXES, &|row| row.sex);
        push("age", &AGES, &|row| row.age);
        Self { rows, margins }
    }

    fn columns(&self) -> Columns {
        let label = |of: &dyn Fn(&Row) -> String| {
            let labels: Vec<String> = self.rows.iter().map(of).collect();
            Column::categories(labels.iter().map(|label| Some(label.as_str())))
        };
        let number = |of: &dyn Fn(&Row) -> f64| Column::numbers(self.rows.iter().map(of).collect());
        let mut columns = Columns::new();
        columns
            .push("county", label(&|row| row.county.to_owned()))
            .unwrap();
        columns.push("psu", label(&|row| row.psu.clone())).unwrap();
        columns
            .push("sex", label(&|row| row.sex.to_owned()))
            .unwrap();
        columns
            .push("age", label(&|row| row.age.to_owned()))
            .unwrap();
        columns.push("w", number(&|row| row.weight)).unwrap();
        columns
            .push(
                "answer",
                number(&|row| row.answer.map_or(f64::NAN, f64::from)),
            )
            .unwrap();
        columns.push("goods", number(&|row| row.goods)).unwrap();
        columns
            .push("household", number(&|row| row.household))
            .unwrap();
        columns
    }

    fn analysis(&self, spec: &Spec) -> Analysis {
        analyse(&self.columns(), &self.margins, spec).unwrap()
    }
}

fn one(name: &str) -> Option<Names> {
    Some(Names::One(name.to_owned()))
}

fn spec(weighted: bool) -> Spec {
    let estimate = |name: &str, kind: Kind, variable: &str| EstimateSpec {
        variable: one(variable),
        by: vec![
            Names::One("county".to_owned()),
            Names::Many(vec!["county".to_owned(), "sex".to_owned()]),
        ],
        ..EstimateSpec::new(name, kind)
    };
    Spec {
        design: DesignSpec {
            weight: Some("w".to_owned()),
            strata: one("county"),
            psu: one("psu"),
            ..DesignSpec::default()
        },
        weighting: weighted.then(rake),
        estimates: vec![
            EstimateSpec {
                counts: vec![4.into(), 5.into()],
                target: "".parse_target(),
                ..estimate("satisfied", Kind::Proportion, "answer")
            },
            estimate("goods", Kind::Mean, "goods"),
            estimate("all goods", Kind::Total, "goods"),
            EstimateSpec {
                denominator: one("household"),
                ..estimate("goods per person", Kind::Ratio, "goods")
            },
        ],
        ..Spec::default()
    }
}

trait ParseTarget {
    fn parse_target(&self) -> Option<minyi::estimation::judgement::Target>;
}

impl ParseTarget for str {
    fn parse_target(&self) -> Option<minyi::estimation::judgement::Target> {
        minyi::estimation::judgement::Target::parse(">= 0.30")
    }
}

fn rake() -> WeightingSpec {
    let text = "[design]\n[weighting]\nmethod = \"rake\"\n";
    let spec = Spec::parse(text).unwrap();
    assert_eq!(
        spec.weighting.as_ref().unwrap().method,
        WeightingMethod::Rake
    );
    spec.weighting.unwrap()
}

fn close(a: f64, b: f64, tolerance: f64) -> bool {
    (a.is_nan() && b.is_nan()) || (a - b).abs() <= tolerance * a.abs().max(b.abs()).max(1e-300)
}

fn city() -> impl Strategy<Value = City> {
    (any::<u64>(), 4..12_usize).prop_map(|(seed, per_psu)| City::new(seed, per_psu))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn raked_weights_meet_every_margin(city in city()) {
        let analysis = city.analysis(&spec(true));
        let columns = city.columns();
        for margin in city.margins.dimensions() {
            let category = columns.get(&margin.variables[0]).unwrap().to_category();
            let codes = category.decode();
            for (labels, target) in &margin.cells {
                let at = category.levels.iter().position(|level| *level == labels[0]).unwrap();
                let sum: f64 = codes.iter().zip(&analysis.weights).filter(|(code, _)| **code as usize == at).map(|(_, w)| w).sum();
                prop_assert!(close(sum, *target, 1e-8), "{labels:?}: {sum} {target}");
            }
        }
    }

    #[test]
    fn every_distance_meets_every_margin_and_bounds_hold(city in city()) {
        for text in [
            "method = \"calibrate\"\ndistance = \"exponential\"",
            "method = \"calibrate\"\ndistance = \"logit\"\nbounds = [0.2, 4.0]",
            "method = \"calibrate\"\ndistance = \"linear\"\nbounds = [0.2, 4.0]",
            "method = \"rake\"\nbounds = [0.2, 4.0]",
        ] {
            let how = Spec::parse(&format!("[design]\n[weighting]\n{text}\n")).unwrap().weighting.unwrap();
            let analysis = city.analysis(&Spec { weighting: Some(how.clone()), ..spec(true) });
            let report = analysis.weighting.unwrap();
            prop_assert!(report.max_misfit <= 1e-8);
            if let Some((lower, upper)) = how.bounds {
                prop_assert!(report.min_g >= lower - 1e-12 && report.max_g <= upper + 1e-12);
            }
        }
    }

    #[test]
    fn the_scale_of_base_weights_changes_only_unadjusted_totals(city in city(), factor in 0.01..100.0_f64) {
        let mut scaled = city.clone();
        scaled.rows.iter_mut().for_each(|row| row.weight *= factor);
        for weighted in [false, true] {
            let (before, after) = (city.analysis(&spec(weighted)), scaled.analysis(&spec(weighted)));
            for (a, b) in before.estimates.iter().zip(&after.estimates) {
                let by = if !weighted && a.kind == Kind::Total { factor } else { 1.0 };
                prop_assert!(close(a.estimate * by, b.estimate, 1e-9), "{a:?} {b:?}");
                prop_assert!(close(a.std_error * by, b.std_error, 1e-7), "{a:?} {b:?}");
                prop_assert_eq!(a.verdict, b.verdict);
            }
        }
    }

    #[test]
    fn a_doubled_data_set_gives_the_same_shares_and_errors(city in city()) {
        let mut doubled = city.clone();
        doubled.rows.extend(city.rows.clone());
        let (before, after) = (city.analysis(&spec(true)), doubled.analysis(&spec(true)));
        for (a, b) in before.estimates.iter().zip(&after.estimates) {
            prop_assert_eq!(a.n * 2, b.n);
            prop_assert!(close(a.estimate, b.estimate, 1e-9) && close(a.std_error, b.std_error, 1e-7), "{:?} {:?}", a, b);
        }
    }

    #[test]
    fn permuted_rows_give_the_same_bytes(city in city(), seed in any::<u64>()) {
        let mut permuted = city.clone();
        permuted.rows.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        for weighted in [false, true] {
            let (a, b) = (city.analysis(&spec(weighted)), permuted.analysis(&spec(weighted)));
            prop_assert_eq!(serde_json::to_string(&a).unwrap(), serde_json::to_string(&b).unwrap());
        }
    }

    #[test]
    fn domain_totals_and_counts_add_up_to_the_whole(city in city()) {
        let analysis = city.analysis(&spec(true));
        let of = |name: &str, depth: usize| -> Vec<Estimate> {
            analysis.estimates.iter().filter(|e| e.name == name && e.domain.len() == depth).cloned().collect()
        };
        let whole = &of("all goods", 0)[0];
        for depth in [1, 2] {
            let parts = of("all goods", depth);
            prop_assert!(close(parts.iter().map(|part| part.estimate).sum(), whole.estimate, 1e-9));
            prop_assert_eq!(parts.iter().map(|part| part.n).sum::<u64>(), whole.n);
        }
    }

    #[test]
    fn every_interval_contains_its_estimate(city in city()) {
        for estimate in city.analysis(&spec(true)).estimates.iter().filter(|estimate| estimate.lower.is_finite()) {
            prop_assert!(estimate.lower <= estimate.estimate + 1e-12 && estimate.estimate <= estimate.upper + 1e-12, "{estimate:?}");
        }
    }

    #[test]
    fn one_pass_over_domains_agrees_with_influences_row_by_row(city in city()) {
        let columns = city.columns();
        let spec = spec(true);
        let (design, _) = weighted_design(&columns, &city.margins, &spec).unwrap();
        let analysis = analyse(&columns, &city.margins, &spec).unwrap();
        let county = columns.get("county").unwrap().to_category();
        let codes = county.decode();
        for estimate in analysis.estimates.iter().filter(|estimate| estimate.domain.len() < 2) {
            let member = |row: usize| estimate.domain.first().is_none_or(|(_, level)| county.levels[codes[row] as usize] == *level);
            let sample = Sample { design: &design, replicates: None, member: (0..design.rows).map(member).collect() };
            let own = spec.estimates.iter().find(|own| own.name == estimate.name).unwrap();
            let (a, b) = Series::of(&columns, own).unwrap().decode(design.rows);
            let slow = match own.kind {
                Kind::Total => sample.totals(&[a]),
                _ => sample.ratio(&a, &b),
            };
            prop_assert!(close(slow.values[0], estimate.estimate, 1e-11), "{estimate:?} {slow:?}");
            prop_assert!(close(slow.std_error(0), estimate.std_error, 1e-9), "{estimate:?} {slow:?}");
            prop_assert_eq!(slow.df, estimate.df);
            if own.kind != Kind::Proportion {
                prop_assert!(close(slow.covariance[0] / slow.reference[0], estimate.design_effect, 1e-9));
            }
        }
    }
}

#[test]
fn replicates_agree_with_linearisation_within_simulation_error() {
    let city = City::new(7, 40);
    let spec = spec(true);
    let columns = city.columns();
    let (design, _) = weighted_design(&columns, &city.margins, &spec).unwrap();
    let values = columns
        .get("goods")
        .unwrap()
        .to_numbers("goods")
        .unwrap()
        .decode();
    let linear = Sample::whole(&design, None)
        .means(std::slice::from_ref(&values))
        .std_error(0);
    for (method, count, tolerance) in [
        (ReplicateMethod::Jk1, 0, 0.35),
        (ReplicateMethod::Jkn, 0, 0.10),
        (ReplicateMethod::Bootstrap, 1000, 0.12),
    ] {
        let how = ReplicateSpec {
            method,
            count,
            seed: 3,
            rho: 0.3,
            mse: false,
        };
        let replicates = Replicates::of(&design, &how).unwrap();
        let error = Sample::whole(&design, Some(&replicates))
            .means(std::slice::from_ref(&values))
            .std_error(0);
        assert!(
            (error / linear - 1.0).abs() < tolerance,
            "{method:?}: {error} {linear}"
        );
    }
}

#[test]
fn balanced_half_samples_and_fay_agree_with_linearisation_for_two_psus() {
    let mut city = City::new(11, 60);
    city.rows
        .retain(|row| row.psu.ends_with("-0") || row.psu.ends_with("-1"));
    let spec = Spec {
        weighting: None,
        ..spec(false)
    };
    let (design, _) = weighted_design(&city.columns(), &city.margins, &spec).unwrap();
    let columns = city.columns();
    let values = columns
        .get("goods")
        .unwrap()
        .to_numbers("goods")
        .unwrap()
        .decode();
    let linear = Sample::whole(&design, None)
        .means(std::slice::from_ref(&values))
        .std_error(0);
    for (method, rho) in [(ReplicateMethod::Brr, 0.0), (ReplicateMethod::Fay, 0.5)] {
        let replicates = Replicates::of(
            &design,
            &ReplicateSpec {
                method,
                count: 0,
                seed: 0,
                rho,
                mse: true,
            },
        )
        .unwrap();
        let error = Sample::whole(&design, Some(&replicates))
            .means(std::slice::from_ref(&values))
            .std_error(0);
        assert!(
            (error / linear - 1.0).abs() < 0.05,
            "{method:?}: {error} {linear}"
        );
    }
}

/// The digest of everything published about the fictional city of the reference cases: debug and release, any number of
/// threads, rows in any order.
const DIGEST: &str = "8c462b9bc748bf2ce5ce9093189149c75af07a2acab2b2affc3907b92f78293a";

fn reference_city(permuted: bool) -> (Columns, Margins, Spec) {
    use minyi::estimation::csv;
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
    let case: serde_json::Value = serde_json::from_str(
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

fn digest(permuted: bool, threads: usize) -> String {
    let (columns, margins, spec) = reference_city(permuted);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap();
    let analysis = pool.install(|| analyse(&columns, &margins, &spec)).unwrap();
    let bytes = serde_json::to_vec(&analysis).unwrap();
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[test]
fn the_same_rows_give_the_same_bytes_in_any_order_on_any_number_of_threads() {
    let first = digest(false, 1);
    for (permuted, threads) in [(false, 2), (true, 1), (true, 5)] {
        assert_eq!(digest(permuted, threads), first);
    }
    assert_eq!(
        first, DIGEST,
        "a published digit has changed; if that is meant, say so and change the digest"
    );
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

#[test]
fn an_indicator_is_the_mean_of_its_sections_and_a_section_of_its_items() {
    let (columns, margins, spec) = reference_city(false);
    let items = |names: &[&str]| format!("{:?}", names);
    let text = format!(
        "[design]\nweight = \"base_wt\"\nstrata = \"stratum\"\npsu = \"psu\"\n\
         [[estimate]]\nname = \"all\"\nkind = \"indicator\"\ncounts = [4, 5]\nsections = [{{ code = \"a\", items = {} }}, {{ code = \"b\", items = {} }}]\n\
         [[estimate]]\nname = \"a\"\nkind = \"indicator\"\ncounts = [4, 5]\nsections = [{{ code = \"a\", items = {} }}]\n\
         [[estimate]]\nname = \"s1\"\nkind = \"proportion\"\nvariable = \"sat1\"\ncounts = [4, 5]\n\
         [[estimate]]\nname = \"s2\"\nkind = \"proportion\"\nvariable = \"sat2\"\ncounts = [4, 5]\n\
         [[estimate]]\nname = \"s3\"\nkind = \"proportion\"\nvariable = \"sat3\"\ncounts = [4, 5]\n",
        items(&["sat1", "sat2"]),
        items(&["sat3"]),
        items(&["sat1", "sat2"])
    );
    let small = Spec::parse(&text).unwrap();
    let _ = spec;
    let estimates = analyse(&columns, &margins, &small).unwrap().estimates;
    let value = |name: &str| {
        estimates
            .iter()
            .find(|estimate| estimate.name == name)
            .unwrap()
    };
    let a = (value("s1").estimate + value("s2").estimate) / 2.0;
    assert!(close(value("a").estimate, a, 1e-13));
    assert!(close(
        value("all").estimate,
        (a + value("s3").estimate) / 2.0,
        1e-13
    ));
    let largest = value("s1").std_error.max(value("s2").std_error);
    assert!(value("a").std_error > 0.0 && value("a").std_error < largest);
    assert!(value("all").n >= value("s3").n);
}

#[test]
fn a_domain_by_where_is_the_domain_by_level() {
    let city = City::new(3, 10);
    let mut spec = spec(true);
    let restricted = EstimateSpec {
        name: "men".to_owned(),
        restriction: [("sex".to_owned(), Labels::One(Label::from("M")))].into(),
        by: Vec::new(),
        ..spec.estimates[1].clone()
    };
    spec.estimates[1].by = vec![Names::One("sex".to_owned())];
    spec.estimates.push(restricted);
    let estimates = city.analysis(&spec).estimates;
    let by_level = estimates
        .iter()
        .find(|e| e.name == "goods" && e.domain == [("sex".to_owned(), "M".to_owned())])
        .unwrap();
    let by_where = estimates.iter().find(|e| e.name == "men").unwrap();
    assert_eq!(
        (
            by_level.estimate,
            by_level.std_error,
            by_level.n,
            by_level.df
        ),
        (
            by_where.estimate,
            by_where.std_error,
            by_where.n,
            by_where.df
        )
    );
}

#[test]
fn a_blend_gives_all_three_and_lies_between_its_parts() {
    let city = City::new(21, 40);
    let mut columns = city.columns();
    let mode: Vec<&str> = (0..columns.rows())
        .map(|row| if row % 3 == 0 { "online" } else { "onsite" })
        .collect();
    columns
        .push(
            "mode",
            Column::categories(mode.iter().map(|mode| Some(*mode))),
        )
        .unwrap();
    let blend = "[blend]\nmode = \"mode\"\nreference = [\"onsite\"]\nvolunteer = [\"online\"]\n";
    let mut spec = spec(true);
    spec.blend = Spec::parse(&format!("[design]\n{blend}")).unwrap().blend;
    let analysis = analyse(&columns, &city.margins, &spec).unwrap();
    let report = analysis.blend.unwrap();
    assert_eq!(analysis.estimates, report.blended);
    assert_eq!(report.differences.len(), report.reference.len());
    let lambda = report.factor[""];
    assert!(lambda > 0.5 && lambda < 0.9, "{lambda}");
    let (on, off, both) = (
        &report.reference[0],
        &report.volunteer[0],
        &report.blended[0],
    );
    let (low, high) = (on.estimate.min(off.estimate), on.estimate.max(off.estimate));
    assert!(both.estimate > low - 0.02 && both.estimate < high + 0.02);
    assert_eq!(on.n + off.n, both.n);
    assert!(analysis.weighting.unwrap().max_misfit <= 1e-8);
    let sum: f64 = analysis.weights.iter().sum();
    assert!(close(sum, city.margins.dimensions()[0].total(), 1e-8));
}

#[test]
fn a_lonely_psu_is_refused_and_every_policy_answers() {
    let mut city = City::new(2, 8);
    city.rows
        .retain(|row| row.county != "C03" || row.psu == "C03-0");
    let mut spec = Spec {
        weighting: None,
        ..spec(false)
    };
    let error = analyse(&city.columns(), &city.margins, &spec).unwrap_err();
    assert_eq!(error.code(), "LONELY_PSU");
    assert_eq!(error.detail()["strata"], serde_json::json!(["C03"]));
    let mut errors = Vec::new();
    for policy in [
        LonelyPsu::Certainty,
        LonelyPsu::Remove,
        LonelyPsu::Adjust,
        LonelyPsu::Average,
    ] {
        spec.design.lonely_psu = policy;
        errors.push(city.analysis(&spec).estimates[0].std_error);
    }
    assert_eq!(errors[0], errors[1]);
    assert!(errors[2] > errors[0] && errors[3] > errors[0]);
}

#[test]
fn arcs_keep_designs_cheap_to_share() {
    let city = City::new(1, 5);
    let (design, _) = weighted_design(&city.columns(), &city.margins, &spec(false)).unwrap();
    assert!(
        Arc::ptr_eq(&design.base, &design.weights),
        "unadjusted weights are not copied"
    );
}
