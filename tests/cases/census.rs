//! Where every unit of the population is in the sample there is no sampling error: the standard
//! error is zero, the interval is the estimate, and a target is met or not.

use minyi::estimation::{Presentation, Verdict};

use super::estimate::{estimate, of};

const SPEC: &str = "[design]\nfpc = \"pop\"\npsu = \"psu\"\nstrata = \"st\"\n\
    [[estimate]]\nname = \"share\"\nkind = \"proportion\"\nvariable = \"y\"\n\
    counts = [1]\nby = [\"st\"]\n\
    target = \">= 0.90\"\nholm = true\n\
    [[estimate]]\nname = \"mean\"\nkind = \"mean\"\nvariable = \"y\"\ntarget = \"< 0.5\"\n\
    [[estimate]]\nname = \"median\"\nkind = \"quantile\"\nvariable = \"y\"\ntarget = \">= 1\"\n";

/// A hundred and twenty rows in twelve PSUs of two strata; `no` of them do not count.
fn file(no: usize, population: [u32; 2]) -> String {
    let mut text = String::from("st,psu,pop,y\n");
    for row in 0..120 {
        let st = row % 2;
        let y = u8::from(row % 11 != 0 || row / 11 >= no);
        text.push_str(&format!(
            "{},p{},{},{y}\n",
            ["a", "b"][st],
            row % 12,
            population[st]
        ));
    }
    text
}

#[test]
fn a_census_has_no_error_and_a_verdict() {
    // 109/120 = .9083.
    let analysis = estimate(&file(11, [6, 6]), SPEC).unwrap();
    for level in [None, Some("a"), Some("b")] {
        let share = of(&analysis, "share", level);
        assert!(share.census && share.std_error == 0.0, "{share:?}");
        assert_eq!((share.lower, share.upper), (share.estimate, share.estimate));
        let met = if share.estimate >= 0.9 {
            Verdict::Met
        } else {
            Verdict::NotMet
        };
        assert_eq!(share.verdict, Some(met));
        assert_eq!(share.presentation, Presentation::Publish);
    }
    assert_eq!(of(&analysis, "share", None).estimate, 109.0 / 120.0);
    assert_eq!(of(&analysis, "share", None).verdict, Some(Verdict::Met));
    assert_eq!(of(&analysis, "mean", None).verdict, Some(Verdict::NotMet));
    assert_eq!(of(&analysis, "median", None).verdict, Some(Verdict::Met));
}

#[test]
fn a_census_at_the_target_or_at_the_edge_has_a_verdict_too() {
    // A share of exactly 0.9 meets "at least 0.90".
    let rows: String = (0..40)
        .map(|row| format!("a,p{},40,{}\n", row, u8::from(row > 3)))
        .collect();
    let at = estimate(&format!("st,psu,pop,y\n{rows}"), SPEC).unwrap();
    assert_eq!(of(&at, "share", None).verdict, Some(Verdict::Met));
    let all = estimate(&file(0, [6, 6]), SPEC).unwrap();
    assert_eq!(of(&all, "share", None).lower, 1.0);
    assert_eq!(of(&all, "share", None).verdict, Some(Verdict::Met));
    // One PSU, the only one there is, leaves no degree of freedom and needs none.
    let one = estimate("st,psu,pop,y\na,p,1,1\na,p,1,1\na,p,1,0\n", SPEC).unwrap();
    assert_eq!(of(&one, "share", None).verdict, Some(Verdict::NotMet));
}

#[test]
fn a_census_of_one_stratum_is_one_there_only() {
    let analysis = estimate(&file(11, [6, 60]), SPEC).unwrap();
    let (a, b) = (
        of(&analysis, "share", Some("a")),
        of(&analysis, "share", Some("b")),
    );
    assert!(a.census && a.std_error == 0.0);
    assert!(!b.census && b.std_error > 0.0 && b.lower < b.estimate);
    let whole = of(&analysis, "share", None);
    assert!(!whole.census && whole.std_error > 0.0);
}

#[test]
fn psus_that_happen_to_agree_are_no_census() {
    // Every PSU has nine in ten, so the variance is found to be zero; the interval is not a point.
    let rows: String = (0..120)
        .map(|row| format!("a,p{},60,{}\n", row % 12, u8::from(row / 12 != 5)))
        .collect();
    let analysis = estimate(&format!("st,psu,pop,y\n{rows}"), SPEC).unwrap();
    let share = of(&analysis, "share", None);
    assert!(!share.census && share.lower < share.estimate && share.estimate < share.upper);
    assert_eq!(share.verdict, Some(Verdict::Inconclusive));
}
