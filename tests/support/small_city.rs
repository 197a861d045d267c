//! A small fictional city of interviews, at random from a seed.

use minyi::estimation::spec::{
    DesignSpec, EstimateSpec, Kind, Names, Spec, WeightingMethod, WeightingSpec,
};
use minyi::estimation::{Analysis, Column, Columns, Margin, Margins, Target, analyse};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Rows of a small city, kept apart so that they can be permuted and doubled.
#[derive(Debug, Clone)]
pub struct City {
    pub rows: Vec<Row>,
    pub margins: Margins,
}

#[derive(Debug, Clone)]
pub struct Row {
    pub county: &'static str,
    pub psu: String,
    pub sex: &'static str,
    pub age: &'static str,
    pub weight: f64,
    pub answer: Option<i8>,
    pub goods: f64,
    pub household: f64,
}

const COUNTIES: [&str; 3] = ["C01", "C02", "C03"];
const SEXES: [&str; 2] = ["F", "M"];
const AGES: [&str; 3] = ["15-34", "35-54", "55+"];

impl City {
    /// A city in which every category is inhabited, with margins that some weights meet.
    pub fn new(seed: u64, per_psu: usize) -> Self {
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

    pub fn columns(&self) -> Columns {
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

    pub fn analysis(&self, spec: &Spec) -> Analysis {
        analyse(&self.columns(), &self.margins, spec).unwrap()
    }
}

pub fn one(name: &str) -> Option<Names> {
    Some(Names::One(name.to_owned()))
}

pub fn spec(weighted: bool) -> Spec {
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
                target: Target::parse(">= 0.30"),
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

fn rake() -> WeightingSpec {
    let text = "[design]\n[weighting]\nmethod = \"rake\"\n";
    let spec = Spec::parse(text).unwrap();
    assert_eq!(
        spec.weighting.as_ref().unwrap().method,
        WeightingMethod::Rake
    );
    spec.weighting.unwrap()
}

pub fn close(a: f64, b: f64, tolerance: f64) -> bool {
    (a.is_nan() && b.is_nan()) || (a - b).abs() <= tolerance * a.abs().max(b.abs()).max(1e-300)
}

pub fn city() -> impl Strategy<Value = City> {
    (any::<u64>(), 4..12_usize).prop_map(|(seed, per_psu)| City::new(seed, per_psu))
}
