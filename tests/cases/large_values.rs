//! A large value beside small ones takes no digit from them, wherever they are summed.
//!
//! Expected values were computed with Python's `fractions` from the decimals in the files: with
//! R = Σwy/Σw, u_k = Σ_k w(y − R)/Σw and V = Σ_h n_h/(n_h − 1) Σ_k (u_k − ū_h)², all in rational
//! numbers, the root of V with 60 digits; the design effect is V/(s²/n) with
//! s² = n/(n−1) Σw(y − R)²/Σw.

use minyi::estimation::{Column, Columns, Margins, Presentation, Spec, analyse};

use super::estimate::{data, estimate, of, same};

fn spec(estimates: &[(&str, &str)]) -> String {
    let mut text = String::from("[design]\nweight = \"w\"\npsu = \"psu\"\n");
    for (name, keys) in estimates {
        text.push_str(&format!("[[estimate]]\nname = \"{name}\"\n{keys}\n"));
    }
    text
}

/// Estimate, standard error and design effect.
type Expected = (f64, f64, f64);

fn check(file: &str, spec: &str, cases: &[(&str, Option<&str>, Expected)]) {
    let analysis = estimate(&data(&format!("large_values/{file}.csv")), spec).unwrap();
    for &(name, level, (value, std_error, design_effect)) in cases {
        let found = of(&analysis, name, level);
        let case = format!("{file} {name} {level:?}: {found:?}");
        assert!(same(found.estimate, value), "{case}");
        assert!(same(found.std_error, std_error), "{case}");
        assert!(
            design_effect.is_nan() || same(found.design_effect, design_effect),
            "{case}"
        );
    }
}

const NONE: f64 = f64::NAN;
const MEAN: (&str, &str) = ("mean", "kind = \"mean\"\nvariable = \"y\"");
const TOTAL: (&str, &str) = ("total", "kind = \"total\"\nvariable = \"y\"");

#[test]
fn a_mean_is_the_total_divided_by_the_households_whatever_the_largest_turnover() {
    let spec = spec(&[
        ("mean", "kind = \"mean\"\nvariable = \"turnover\""),
        ("total", "kind = \"total\"\nvariable = \"turnover\""),
        ("households", "kind = \"total\"\nvariable = \"one\""),
        (
            "ratio",
            "kind = \"ratio\"\nvariable = \"turnover\"\ndenominator = \"one\"",
        ),
    ]);
    let mean = (62500124375.0, 62499982232.149445, 1.0);
    check(
        "turnover",
        &spec,
        &[
            ("mean", None, mean),
            ("ratio", None, mean),
            ("total", None, (2650005273500.0, 2649999246643.136, NONE)),
            ("households", None, (42.4, 0.0, NONE)),
        ],
    );
}

/// One value of 5e11 in the north, values below 10 elsewhere.
#[test]
fn an_outlier_moves_no_domain_that_it_is_not_in() {
    let by = "by = [\"region\"]";
    let (mean, total) = (format!("{}\n{by}", MEAN.1), format!("{}\n{by}", TOTAL.1));
    let spec =
        spec(&[("mean", &mean), ("total", &total)]).replace("psu =", "strata = \"st\"\npsu =");
    let (south, west) = (Some("south"), Some("west"));
    check(
        "outlier",
        &spec,
        &[
            (
                "mean",
                None,
                (3457509800.126577, 3422101206.7984967, 0.8117322917469113),
            ),
            (
                "mean",
                south,
                (4.438102597928058, 0.30425650037549495, 0.7004201702847235),
            ),
            (
                "mean",
                west,
                (4.715628391153076, 0.44297659932894845, 1.3287965786662885),
            ),
            ("total", None, (737250000945.6902, 737250000002.3706, NONE)),
            ("total", south, (341.1352, 21.66123220892313, NONE)),
            ("total", west, (337.2127, 39.55669736119985, NONE)),
        ],
    );
    let with = data("large_values/outlier.csv");
    let without = with.replace(",500000000000\n", ",5\n");
    assert_ne!(with, without);
    let (with, without) = (
        estimate(&with, &spec).unwrap(),
        estimate(&without, &spec).unwrap(),
    );
    for name in ["mean", "total"] {
        for level in [south, west] {
            assert_eq!(of(&with, name, level), of(&without, name, level));
        }
    }
}

/// Turnovers from 1e-9 to 1e14 with weights from 1e-4 to 1e5.
#[test]
fn turnovers_that_differ_by_twenty_orders_of_magnitude_keep_their_digits() {
    let mean = format!("{}\nby = [\"region\"]", MEAN.1);
    let ratio = "kind = \"ratio\"\nvariable = \"y\"\ndenominator = \"x\"";
    let spec = spec(&[("mean", &mean), TOTAL, ("ratio", ratio)])
        .replace("psu =", "strata = \"st\"\npsu =");
    check(
        "spread",
        &spec,
        &[
            (
                "mean",
                None,
                (2274923530755.8535, 2238380166097.858, 5.662099214832365),
            ),
            (
                "mean",
                Some("south"),
                (6924775239.766895, 5639854686.297627, 0.0063556221037597395),
            ),
            (
                "mean",
                Some("west"),
                (7467099177799.627, 7824387076967.955, 7.517426149321789),
            ),
            (
                "total",
                None,
                (1.6053631397000453e18, 1.5479388732488494e18, NONE),
            ),
            (
                "ratio",
                None,
                (14862817.13167545, 17529305.62480678, 6.623807750898097),
            ),
        ],
    );
}

/// Gains and losses of 1e20 that cancel within two PSUs, beside values below 10.
#[test]
fn what_is_left_when_large_values_cancel_is_right() {
    check(
        "losses",
        &spec(&[MEAN, TOTAL]),
        &[
            ("mean", None, (0.1112887323943662, 0.5559535185933155, NONE)),
            ("total", None, (15.803, 78.34039028554115, NONE)),
        ],
    );
}

/// Forty rows, in each of which weight times value is above 1e15.
#[test]
fn a_domain_with_answers_is_not_empty_however_large_they_are() {
    check(
        "wealth",
        &spec(&[MEAN, TOTAL]),
        &[
            (
                "mean",
                None,
                (4189458132729.263, 428014574142.30707, 0.9181069915683215),
            ),
            (
                "total",
                None,
                (6.48780789355933e18, 6.58357712142789e17, NONE),
            ),
        ],
    );
}

/// Values of 1e9, 1e9 + 1 and 1e9 + 2: their squares differ in the 19th digit.
#[test]
fn values_that_differ_in_the_last_digits_only_have_their_design_effect() {
    check(
        "close",
        &spec(&[MEAN, TOTAL]),
        &[
            (
                "mean",
                None,
                (1000000001.1558353, 0.08455776159328779, 0.8648726681963117),
            ),
            ("total", None, (136563400157.8448, 5281466247.229497, NONE)),
        ],
    );
}

#[test]
fn a_sum_beyond_the_numbers_is_not_published() {
    for values in ["1e308", "-1e308", "1e-200"] {
        let rows: String = (0..40)
            .map(|row| format!("9,p{},{values}\n", row % 10))
            .collect();
        let rows = rows.replacen(values, "0", 1);
        let analysis = estimate(&format!("w,psu,y\n{rows}"), &spec(&[TOTAL])).unwrap();
        let total = of(&analysis, "total", None);
        assert_eq!(total.presentation, Presentation::Suppress, "{total:?}");
        assert!(total.reasons.contains(&"not_a_number"), "{total:?}");
    }
    let rows: String = (0..40)
        .map(|row| format!("1,p{},1,{}\n", row % 10, row % 2 * 2 - 1))
        .collect();
    let ratio = (
        "ratio",
        "kind = \"ratio\"\nvariable = \"y\"\ndenominator = \"x\"",
    );
    let analysis = estimate(&format!("w,psu,y,x\n{rows}"), &spec(&[ratio])).unwrap();
    assert_eq!(
        of(&analysis, "ratio", None).reasons,
        ["not_a_number"],
        "the sum below is zero"
    );
}

/// Whole numbers, and weights that are multiples of 1/16, are summed as integers of 128 bits here.
#[test]
fn a_hundred_thousand_rows_with_an_outlier_are_summed_exactly_on_any_number_of_threads() {
    const ROWS: u32 = 100_000;
    let weight = |row: u32| i128::from(row * 7 % 61 + 8);
    let value = |row: u32| -> i128 {
        match row {
            31_337 => 500_000_000_000,
            _ => i128::from(row * 31 % 97) - 40,
        }
    };
    let rows = || 0..ROWS;
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    let numbers = |of: &dyn Fn(u32) -> i128, unit: f64| {
        Column::numbers(rows().map(|row| of(row) as f64 * unit).collect())
    };
    let labels = |count: u32| {
        let labels = (0..count).map(|label| format!("{label:03}")).collect();
        Column::codes(rows().map(|row| row % count).collect(), labels)
    };
    let mut columns = Columns::new();
    columns.push("w", numbers(&weight, 1.0 / 16.0)).unwrap();
    columns.push("psu", labels(200)).unwrap();
    columns.push("area", labels(8)).unwrap();
    columns.push("y", numbers(&value, 1.0)).unwrap();
    let by = |keys: &str| format!("{keys}\nby = [\"area\"]");
    let spec = spec(&[("mean", &by(MEAN.1)), ("total", &by(TOTAL.1))]);
    let spec = Spec::parse(&spec).unwrap();
    let analyse_on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| analyse(&columns, &Margins::new(), &spec))
            .unwrap()
    };
    let analysis = analyse_on(2);
    assert_eq!(analysis, analyse_on(5));
    for area in 0..8 {
        let members = || rows().filter(|row| row % 8 == area);
        let above: i128 = members().map(|row| weight(row) * value(row)).sum();
        let below: i128 = members().map(weight).sum();
        let level = format!("{area:03}");
        #[expect(clippy::cast_precision_loss, reason = "rounded once, as the sums are")]
        let (mean, total) = (above as f64 / below as f64, above as f64 / 16.0);
        assert_eq!(of(&analysis, "mean", Some(&level)).estimate, mean);
        assert_eq!(of(&analysis, "total", Some(&level)).estimate, total);
    }
}
