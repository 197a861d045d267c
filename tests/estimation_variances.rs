//! Variances by different ways agree, and what has no variance is refused.

use std::sync::Arc;

use minyi::estimation::analyse;
use minyi::estimation::analysis::weighted_design;
use minyi::estimation::replicate::Replicates;
use minyi::estimation::simple_random::{ratio_variance, total_variance};
use minyi::estimation::spec::{Kind, LonelyPsu, ReplicateMethod, ReplicateSpec, Spec};
use minyi::estimation::statistic::Sample;
use minyi::estimation::study_variable::StudyVariable;
use proptest::prelude::*;

use crate::support::small_city::{City, city, close, spec};

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 24,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn one_pass_over_domains_agrees_with_influences_row_by_row(city in city()) {
        let columns = city.columns();
        let spec = spec(true);
        let (design, _) = weighted_design(&columns, &city.margins, &spec).unwrap();
        let analysis = analyse(&columns, &city.margins, &spec).unwrap();
        let county = columns.get("county").unwrap().to_category();
        let codes = county.decode();
        for estimate in analysis.estimates.iter().filter(|estimate| estimate.domain.len() < 2) {
            let level = estimate.domain.first().map(|(_, level)| level);
            let member = |row: usize| {
                level.is_none_or(|level| county.levels[codes[row] as usize] == *level)
            };
            let sample = Sample {
                design: &design,
                replicates: None,
                member: (0..design.rows).map(member).collect(),
            };
            let own = spec.estimates.iter().find(|own| own.name == estimate.name).unwrap();
            let (a, b) = StudyVariable::new(&columns, own).unwrap().decode(design.rows);
            let slow = match own.kind {
                Kind::Total => sample.totals(std::slice::from_ref(&a)),
                _ => sample.ratio(&a, &b),
            };
            let srs_variance = match own.kind {
                Kind::Total => total_variance(&design.weights, &a, &sample.member, slow.n),
                _ => {
                    let ratio = slow.values[0];
                    ratio_variance(&design.weights, &a, &b, &sample.member, slow.n, ratio)
                }
            };
            prop_assert!(close(slow.values[0], estimate.estimate, 1e-11), "{estimate:?} {slow:?}");
            let error = slow.std_error(0);
            prop_assert!(close(error, estimate.std_error, 1e-9), "{estimate:?} {slow:?}");
            prop_assert_eq!(slow.df, estimate.df);
            if own.kind != Kind::Proportion {
                let design_effect = slow.covariance[0] / srs_variance;
                prop_assert!(close(design_effect, estimate.design_effect, 1e-9));
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
