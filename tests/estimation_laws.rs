//! The laws that every estimate obeys, on random small cities.

use minyi::estimation::Estimate;
use minyi::estimation::spec::{EstimateSpec, Kind, Label, Labels, Names, Spec};
use proptest::prelude::*;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::support::reference_city::reference_city;
use crate::support::small_city::{City, city, close, spec};

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 24,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn raked_weights_meet_every_margin(city in city()) {
        let analysis = city.analysis(&spec(true));
        let columns = city.columns();
        for margin in city.margins.dimensions() {
            let category = columns.get(&margin.variables[0]).unwrap().to_category();
            let codes = category.decode();
            for (labels, target) in &margin.cells {
                let at = category.levels.iter().position(|level| *level == labels[0]).unwrap();
                let rows = codes.iter().zip(&analysis.weights);
                let own = rows.filter(|(code, _)| **code as usize == at);
                let sum: f64 = own.map(|(_, weight)| weight).sum();
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
            let text = format!("[design]\n[weighting]\n{text}\n");
            let how = Spec::parse(&text).unwrap().weighting.unwrap();
            let analysis = city.analysis(&Spec { weighting: Some(how.clone()), ..spec(true) });
            let report = analysis.weighting.unwrap();
            prop_assert!(report.max_misfit <= 1e-8);
            if let Some((lower, upper)) = how.bounds {
                prop_assert!(report.min_g >= lower - 1e-12 && report.max_g <= upper + 1e-12);
            }
        }
    }

    #[test]
    fn the_scale_of_base_weights_changes_only_unadjusted_totals(
        city in city(),
        factor in 0.01..100.0_f64,
    ) {
        let mut scaled = city.clone();
        scaled.rows.iter_mut().for_each(|row| row.weight *= factor);
        for weighted in [false, true] {
            let before = city.analysis(&spec(weighted));
            let after = scaled.analysis(&spec(weighted));
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
            prop_assert!(close(a.estimate, b.estimate, 1e-9), "{a:?} {b:?}");
            prop_assert!(close(a.std_error, b.std_error, 1e-7), "{a:?} {b:?}");
        }
    }

    #[test]
    fn permuted_rows_give_the_same_bytes(city in city(), seed in any::<u64>()) {
        let mut permuted = city.clone();
        permuted.rows.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        for weighted in [false, true] {
            let text = |city: &City| {
                serde_json::to_string(&city.analysis(&spec(weighted))).unwrap()
            };
            prop_assert_eq!(text(&city), text(&permuted));
        }
    }

    #[test]
    fn domain_totals_and_counts_add_up_to_the_whole(city in city()) {
        let analysis = city.analysis(&spec(true));
        let of = |name: &str, depth: usize| -> Vec<Estimate> {
            let estimates = analysis.estimates.iter().filter(|e| e.name == name);
            estimates.filter(|e| e.domain.len() == depth).cloned().collect()
        };
        let whole = &of("all goods", 0)[0];
        for depth in [1, 2] {
            let domains = of("all goods", depth);
            let total: f64 = domains.iter().map(|own| own.estimate).sum();
            prop_assert!(close(total, whole.estimate, 1e-9));
            prop_assert_eq!(domains.iter().map(|own| own.n).sum::<u64>(), whole.n);
        }
    }

    #[test]
    fn every_interval_contains_its_estimate(city in city()) {
        let analysis = city.analysis(&spec(true));
        for estimate in analysis.estimates.iter().filter(|own| own.lower.is_finite()) {
            prop_assert!(estimate.lower <= estimate.estimate + 1e-12, "{estimate:?}");
            prop_assert!(estimate.estimate <= estimate.upper + 1e-12, "{estimate:?}");
        }
    }
}

#[test]
fn an_indicator_is_the_mean_of_its_sections_and_a_section_of_its_items() {
    let (columns, margins, _) = reference_city(false);
    let small = Spec::parse(
        r#"
        [design]
        weight = "base_wt"
        strata = "stratum"
        psu = "psu"
        [[estimate]]
        name = "all"
        kind = "indicator"
        counts = [4, 5]
        sections = [{ code = "a", items = ["sat1", "sat2"] }, { code = "b", items = ["sat3"] }]
        [[estimate]]
        name = "a"
        kind = "indicator"
        counts = [4, 5]
        sections = [{ code = "a", items = ["sat1", "sat2"] }]
        [[estimate]]
        name = "s1"
        kind = "proportion"
        variable = "sat1"
        counts = [4, 5]
        [[estimate]]
        name = "s2"
        kind = "proportion"
        variable = "sat2"
        counts = [4, 5]
        [[estimate]]
        name = "s3"
        kind = "proportion"
        variable = "sat3"
        counts = [4, 5]
        "#,
    )
    .unwrap();
    let estimates = minyi::estimation::analyse(&columns, &margins, &small)
        .unwrap()
        .estimates;
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
            minyi::estimation::Column::categories(mode.iter().map(|mode| Some(*mode))),
        )
        .unwrap();
    let blend = "[blend]\nmode = \"mode\"\nreference = [\"onsite\"]\nvolunteer = [\"online\"]\n";
    let mut spec = spec(true);
    spec.blend = Spec::parse(&format!("[design]\n{blend}")).unwrap().blend;
    let analysis = minyi::estimation::analyse(&columns, &city.margins, &spec).unwrap();
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
fn a_blend_is_the_same_in_any_order_of_the_rows() {
    let mut city = City::new(5, 100);
    // Few different weights, so that volunteers are summed by class.
    for row in &mut city.rows {
        row.weight = if row.household > 3.0 { 2.0 } else { 1.0 };
    }
    let blend = "[blend]\nmode = \"mode\"\nreference = [\"onsite\"]\nvolunteer = [\"online\"]\n";
    let mut spec = spec(true);
    spec.blend = Spec::parse(&format!("[design]\n{blend}")).unwrap().blend;
    let figures = |city: &City| {
        let mode = |goods: f64| if goods < 7.0 { "online" } else { "onsite" };
        let modes = city.rows.iter().map(|row| Some(mode(row.goods)));
        let mut columns = city.columns();
        let modes = minyi::estimation::Column::categories(modes);
        columns.push("mode", modes).unwrap();
        let analysis = minyi::estimation::analyse(&columns, &city.margins, &spec).unwrap();
        serde_json::to_string(&analysis.blend).unwrap()
    };
    let first = figures(&city);
    city.rows.shuffle(&mut ChaCha8Rng::seed_from_u64(3));
    assert_eq!(figures(&city), first);
}
