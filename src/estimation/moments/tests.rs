//! The sums and the way row by row give the same numbers where units are single rows.

use std::collections::BTreeMap;

use crate::estimation::analysis::one_sample::weighted;
use crate::estimation::columns::{Column, Columns};
use crate::estimation::design::Design;
use crate::estimation::domains::{Domain, Domains};
use crate::estimation::figure::Figure;
use crate::estimation::moments::linearised::{Combination, Moments};
use crate::estimation::rowwise::RowwiseEstimator;
use crate::estimation::spec::{
    DesignSpec, EstimateSpec, Kind, Label, Labels, LonelyPsu, Names, Spec, TrimSpec,
    WeightingMethod, WeightingSpec,
};
use crate::estimation::study_variable::StudyVariable;
use crate::estimation::weighting::margins::Margins;

const ROWS: u32 = 6000;

/// A number from 0 to `below`, by row and purpose.
fn random(row: u32, purpose: u32, below: u32) -> u32 {
    let mixed = (u64::from(row) << 8 | u64::from(purpose)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    u32::try_from(mixed >> 33).unwrap() % below
}

/// Rows of two strata, a third of them in clusters, with shares, numbers and few different weights.
fn columns() -> Columns {
    let label = |text: &dyn Fn(u32) -> Option<String>| {
        let labels: Vec<Option<String>> = (0..ROWS).map(text).collect();
        Column::categories(labels.iter().map(Option::as_deref))
    };
    let number = |of: &dyn Fn(u32) -> f64| Column::numbers((0..ROWS).map(of).collect());
    let mut columns = Columns::new();
    let mut push = |name: &str, column: Column| columns.push(name, column).unwrap();
    push("stratum", label(&|row| Some(format!("s{}", row % 2))));
    let cluster = |row: u32| row.is_multiple_of(3).then(|| format!("c{}", row % 24));
    push("psu", label(&cluster));
    push("sex", label(&|row| Some(format!("x{}", random(row, 1, 2)))));
    push("age", label(&|row| Some(format!("a{}", random(row, 2, 3)))));
    let county = |row: u32| (!row.is_multiple_of(50)).then(|| format!("k{}", random(row, 3, 4)));
    push("county", label(&county));
    push(
        "block",
        label(&|row| Some(format!("b{}", random(row, 4, 300)))),
    );
    push(
        "in",
        label(&|row| Some(u32::from(row % 7 != 0).to_string())),
    );
    push(
        "w",
        number(&|row| {
            if row == 5 {
                0.0
            } else {
                f64::from(1 + row % 2) * 1.7
            }
        }),
    );
    for item in 0..4 {
        let answer = |row: u32| match random(row, 10 + item, 10) {
            9 => f64::NAN,
            other => f64::from(u32::from(other > 2 + item)),
        };
        push(&format!("q{item}"), number(&answer));
    }
    push("goods", number(&|row| f64::from(random(row, 20, 90)) / 7.0));
    push("people", number(&|row| f64::from(1 + random(row, 21, 5))));
    columns
}

fn share(item: u32) -> EstimateSpec {
    EstimateSpec {
        variable: Some(Names::One(format!("q{item}"))),
        ..EstimateSpec::new("share", Kind::Proportion)
    }
}

fn linear(kind: Kind) -> EstimateSpec {
    EstimateSpec {
        variable: Some(Names::One("goods".to_owned())),
        denominator: (kind == Kind::Ratio).then(|| Names::One("people".to_owned())),
        ..EstimateSpec::new("linear", kind)
    }
}

/// A design of `columns`: raked, raked and trimmed, or neither.
fn design(columns: &Columns, psu: bool, raked: bool, trimmed: bool) -> Design {
    let spec = DesignSpec {
        weight: Some("w".to_owned()),
        strata: Some(Names::One("stratum".to_owned())),
        psu: psu.then(|| Names::One("psu".to_owned())),
        lonely_psu: LonelyPsu::Adjust,
        ..DesignSpec::default()
    };
    let margins = "dimension,category,population\nsex,x0,7000\nsex,x1,6000\nage,a0,5000\nage,a1,4500\n\
                   age,a2,3500\n";
    let margins = Margins::parse(margins).unwrap();
    let weighting = WeightingSpec {
        trim: trimmed.then_some(TrimSpec {
            upper: Some(2.9),
            lower: None,
            strict: true,
        }),
        ..WeightingSpec::new(WeightingMethod::Rake)
    };
    let spec = Spec {
        weighting: raked.then_some(weighting),
        design: spec,
        ..Spec::default()
    };
    let design = Design::with_rows_as_units(columns, &spec.design).unwrap();
    weighted(design, columns, &margins, &spec).unwrap().0
}

fn assert_same(what: &str, own: Option<Figure>, other: Option<Figure>) {
    let (own, other) = (own.expect(what), other.expect(what));
    let numbers = |of: Figure| {
        let counts = [of.n, of.df, of.estimate, of.variance];
        [counts.as_slice(), &[of.srs_variance, of.satterthwaite]].concat()
    };
    for (own, other) in numbers(own).into_iter().zip(numbers(other)) {
        let is_same = (own - other).abs() <= 1e-11 * other.abs() || own.is_nan() && other.is_nan();
        assert!(is_same, "{what}: {own} {other}");
    }
}

#[test]
fn classes_of_units_give_the_numbers_of_the_way_row_by_row() {
    let columns = columns();
    let specs = [share(0), share(1), share(2), share(3)];
    let linears = [linear(Kind::Mean), linear(Kind::Ratio), linear(Kind::Total)];
    let specs = specs.iter().chain(&linears);
    let variables: Vec<StudyVariable> = specs
        .map(|spec| StudyVariable::new(&columns, spec).unwrap())
        .collect();
    let restriction = BTreeMap::from([("in".to_owned(), Labels::One(Label::from("1")))]);
    let domains = |by: &str, restriction: &BTreeMap<String, Labels>| {
        Domains::new(&columns, &[by.to_owned()], restriction).unwrap()
    };
    let three = vec![(0, 0.5), (1, 0.25), (3, 0.25)];
    for by in ["county", "block"] {
        let domains = [
            domains(by, &BTreeMap::new()),
            domains("county", &restriction),
        ];
        for at in 0..16 {
            // With blocks there are too many groups, so that every variable goes by row.
            if by == "block" && ![2, 7, 11].contains(&at) {
                continue;
            }
            let (psu, raked) = (at & 1 != 0, at & 2 != 0);
            let (trimmed, with_linears) = (raked && at & 4 != 0, at & 8 != 0);
            let design = design(&columns, psu, raked, trimmed);
            let mut terms = vec![vec![(2, 1.0)], three.clone()];
            if with_linears {
                terms.extend([vec![(4, 1.0)], vec![(5, 1.0)]]);
            }
            let mut combinations: Vec<Combination> = terms
                .iter()
                .map(|terms| Combination {
                    domains: vec![0, 1],
                    terms: terms.clone(),
                    is_total: false,
                })
                .chain([1, 0].map(|at| Combination {
                    domains: vec![at],
                    terms: vec![(0, 0.5), (1, 0.5)],
                    is_total: false,
                }))
                .collect();
            let total = if with_linears { 6 } else { 3 };
            combinations.push(Combination {
                domains: vec![0],
                terms: vec![(total, 1.0)],
                is_total: true,
            });
            let used: Vec<usize> = (0..if with_linears { 7 } else { 4 }).collect();
            let used = [used.clone(), used];
            let found = Moments::new(&design, &domains, &variables, &used, &combinations);
            // Trimmed weights are served by groups of shares only.
            assert_eq!(
                found.is_none(),
                trimmed && (with_linears || by == "block"),
                "{by} {at}"
            );
            let Some(found) = found else { continue };
            assert!(!found.slots.classes.is_empty());
            let rowwise = RowwiseEstimator {
                design: &design,
                variables: &variables,
                replicates: None,
                with_satterthwaite: true,
            };
            let all = [
                (0, Domain::Whole),
                (0, Domain::Level(1)),
                (1, Domain::Level(3)),
            ];
            for (list, domain) in all {
                let own = &domains[list];
                for terms in &terms {
                    let what = format!("{by} {at} {list} {domain:?} {terms:?}");
                    let slow = rowwise.ratio(own, domain, terms);
                    assert_same(&what, found.ratio(list, domain, terms), slow);
                    assert_eq!(
                        found.degrees_of_freedom(list, domain),
                        rowwise.degrees_of_freedom(own, domain)
                    );
                }
            }
            let slow = rowwise.total(&domains[0], Domain::Level(2), total);
            let fast = found.total(0, Domain::Level(2), total);
            assert_same(&format!("{by} {at} total"), fast, slow);
        }
    }
}
