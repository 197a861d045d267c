//! Indices of careless answers equal those of `careless-py` and of the R package `careless`.

use minyi::quality::indices::even_odd::{across_factors, within_factors};
use minyi::quality::indices::irv::{irv, irv_by_thirds};
use minyi::quality::indices::longstring::longstring;
use minyi::quality::indices::mahalanobis::Mahalanobis;
use minyi::quality::indices::moments::Moments;
use minyi::quality::indices::person_total::person_total;
use minyi::quality::indices::synonyms::{CRITICAL_R, Direction, LEAST_PAIRS, pairs, within_person};

const DATA: &str = include_str!("reference/careless/data.csv");
const EXPECTED: &str = include_str!("reference/careless/expected.csv");
const EXPECTED_R: &str = include_str!("reference/careless/expected_r.csv");

/// Items of a scale in the data.
const SCALE: usize = 5;

fn table(text: &str) -> (Vec<String>, Vec<Vec<f64>>) {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let names = reader
        .headers()
        .unwrap()
        .iter()
        .map(str::to_owned)
        .collect();
    let rows = reader
        .records()
        .map(|row| {
            row.unwrap()
                .iter()
                .map(|cell| cell.parse().unwrap_or(f64::NAN))
                .collect()
        })
        .collect();
    (names, rows)
}

fn column(text: &str, name: &str) -> Vec<f64> {
    let (names, rows) = table(text);
    let at = names.iter().position(|other| other == name).unwrap();
    rows.iter().map(|row| row[at]).collect()
}

fn answers() -> Vec<Vec<f64>> {
    table(DATA).1
}

fn with_holes() -> Vec<Vec<f64>> {
    let mut rows = answers();
    for (row, answers) in rows.iter_mut().enumerate().step_by(4) {
        for (item, answer) in answers.iter_mut().enumerate() {
            if (row + 5 * item) % 9 == 0 {
                *answer = f64::NAN;
            }
        }
    }
    rows
}

/// The answers with items 11 to 20 and 31 to 40 turned.
fn turned() -> Vec<Vec<f64>> {
    let mut rows = answers();
    for answers in &mut rows {
        for (item, answer) in answers.iter_mut().enumerate() {
            if item / (2 * SCALE) % 2 == 1 {
                *answer = 6.0 - *answer;
            }
        }
    }
    rows
}

fn moments(rows: &[Vec<f64>]) -> Moments {
    let columns: Vec<Vec<f64>> = (0..rows[0].len())
        .map(|item| rows.iter().map(|row| row[item]).collect())
        .collect();
    Moments::of(&columns)
}

/// Compares our value of each person with the expected one; both may be NaN.
fn same(text: &str, name: &str, ours: impl IntoIterator<Item = f64>) {
    let expected = column(text, name);
    let ours: Vec<f64> = ours.into_iter().collect();
    assert_eq!(ours.len(), expected.len());
    for (person, (ours, expected)) in ours.into_iter().zip(expected).enumerate() {
        let equal = (ours - expected).abs() <= 1e-9 || (ours.is_nan() && expected.is_nan());
        assert!(
            equal,
            "{name} of person {person}: {ours}, expected {expected}"
        );
    }
}

/// `careless-py` writes 0 where there is no value.
fn or_zero(x: f64) -> f64 {
    if x.is_nan() { 0.0 } else { x }
}

#[test]
fn longstring_is_that_of_careless_py() {
    for (rows, ending) in [(answers(), ""), (with_holes(), "_holes")] {
        let runs: Vec<_> = rows
            .iter()
            .map(|row| longstring(row.iter().copied()))
            .collect();
        let longest = runs
            .iter()
            .map(|runs| f64::from(u32::try_from(runs.longest).unwrap()));
        same(EXPECTED, &format!("longstring{ending}"), longest);
        let mean = runs.iter().map(|runs| runs.mean());
        same(EXPECTED, &format!("mean_run{ending}"), mean);
    }
}

#[test]
fn irv_is_that_of_careless_py_whole_and_by_thirds() {
    let rows = answers();
    same(EXPECTED, "irv", rows.iter().map(|row| irv(row)));
    same(
        EXPECTED,
        "irv_holes",
        with_holes().iter().map(|row| irv(row)),
    );
    for third in 0..3 {
        let ours = rows.iter().map(|row| irv_by_thirds(row)[third]);
        same(EXPECTED, &format!("irv_{}", third + 1), ours);
    }
    let mean = rows
        .iter()
        .map(|row| irv_by_thirds(row).iter().sum::<f64>() / 3.0);
    same(EXPECTED, "irv_mean_of_thirds", mean);
    // R divides by k - 1.
    let with_k_minus_1 = rows.iter().map(|row| irv(row) * (50.0_f64 / 49.0).sqrt());
    same(EXPECTED_R, "irv", with_k_minus_1);
}

#[test]
fn mahalanobis_is_that_of_careless_py_and_flags_the_same_people() {
    let rows = answers();
    let reference = Mahalanobis::new(&moments(&rows));
    let ours: Vec<_> = rows.iter().map(|row| reference.distance(row)).collect();
    same(EXPECTED, "d", ours.iter().map(|found| found.squared.sqrt()));
    let flags = ours
        .iter()
        .map(|found| if found.p() < 0.01 { 1.0 } else { 0.0 });
    same(EXPECTED, "d_flag", flags);

    // careless-py leaves out everyone with a missing answer.
    let rows = with_holes();
    let is_complete = |row: &&Vec<f64>| row.iter().all(|x| !x.is_nan());
    let complete: Vec<Vec<f64>> = rows.iter().filter(is_complete).cloned().collect();
    let reference = Mahalanobis::new(&moments(&complete));
    let ours = rows.iter().map(|row| {
        if is_complete(&row) {
            reference.distance(row).squared.sqrt()
        } else {
            f64::NAN
        }
    });
    same(EXPECTED, "d_holes", ours);
}

#[test]
fn mahalanobis_without_an_answer_is_that_of_the_other_items() {
    let rows = answers();
    let whole = moments(&rows);
    let all = Mahalanobis::new(&whole);
    let kept: Vec<usize> = (0..50).filter(|item| item % 7 != 3).collect();
    let fewer: Vec<Vec<f64>> = rows
        .iter()
        .map(|row| kept.iter().map(|&item| row[item]).collect())
        .collect();
    let expected = Mahalanobis::new(&moments(&fewer));
    for (row, fewer) in rows.iter().zip(&fewer) {
        let mut row = row.clone();
        for item in (0..50).filter(|item| item % 7 == 3) {
            row[item] = f64::NAN;
        }
        let (ours, expected) = (all.distance(&row), expected.distance(fewer));
        assert_eq!(ours.df, kept.len());
        assert!((ours.squared - expected.squared).abs() < 1e-9 * expected.squared);
    }
    assert!(all.distance(&[f64::NAN; 50]).squared == 0.0);
    assert!(all.distance(&[f64::NAN; 50]).p().is_nan());
}

#[test]
fn mahalanobis_stands_a_sum_of_items_among_the_items() {
    let rows: Vec<Vec<f64>> = answers()
        .iter()
        .map(|row| vec![row[0], row[1], row[0] + row[1], 3.0])
        .collect();
    let two: Vec<Vec<f64>> = rows.iter().map(|row| row[..2].to_vec()).collect();
    let (with_sum, without) = (
        Mahalanobis::new(&moments(&rows)),
        Mahalanobis::new(&moments(&two)),
    );
    for (row, two) in rows.iter().zip(&two) {
        let (ours, expected) = (with_sum.distance(row), without.distance(two));
        assert_eq!(ours.df, 2);
        assert!((ours.squared - expected.squared).abs() < 1e-9);
    }
}

#[test]
fn synonyms_and_antonyms_are_those_of_careless_py() {
    for (rows, direction, name) in [
        (answers(), Direction::Synonyms, "synonym"),
        (turned(), Direction::Antonyms, "antonym"),
    ] {
        let found = pairs(&moments(&rows), direction, CRITICAL_R);
        let expected = column(EXPECTED, &format!("{name}_pairs"))[0];
        assert!((f64::from(u32::try_from(found.len()).unwrap()) - expected).abs() < 0.5);
        assert!(found.len() >= LEAST_PAIRS);
        let ours = rows
            .iter()
            .map(|row| or_zero(within_person(row, &found, LEAST_PAIRS)));
        same(EXPECTED, &format!("{name}s"), ours);
    }
}

#[test]
fn synonyms_with_missing_answers_are_those_of_r() {
    for (rows, name) in [(answers(), "synonyms"), (with_holes(), "synonyms_holes")] {
        let found = pairs(&moments(&rows), Direction::Synonyms, CRITICAL_R);
        let ours = rows
            .iter()
            .map(|row| within_person(row, &found, LEAST_PAIRS));
        same(EXPECTED_R, name, ours);
    }
}

#[test]
fn even_odd_is_that_of_careless_py_and_that_of_r() {
    for (rows, ending) in [(answers(), ""), (with_holes(), "_holes")] {
        let name = format!("even_odd{ending}");
        let ours = rows
            .iter()
            .map(|row| or_zero(within_factors(row.chunks(SCALE))));
        same(EXPECTED, &name, ours);
        let ours = rows.iter().map(|row| across_factors(row.chunks(SCALE), 2));
        same(EXPECTED_R, &name, ours);
    }
}

#[test]
fn person_total_is_that_of_careless_py() {
    for (rows, name) in [
        (answers(), "person_total"),
        (with_holes(), "person_total_holes"),
    ] {
        let means = moments(&rows).mean;
        same(
            EXPECTED,
            name,
            rows.iter().map(|row| person_total(row, &means)),
        );
    }
}

#[test]
fn someone_who_is_satisfied_with_everything_has_no_consistency() {
    let row = [5.0; 20];
    assert!(across_factors(row.chunks(5), 3).is_nan());
    assert!(within_person(&row, &[(1, 0), (3, 2), (5, 4)], LEAST_PAIRS).is_nan());
    assert_eq!(irv(&row), 0.0);
    assert!(irv(&[f64::NAN; 3]).is_nan());
    assert_eq!(longstring([f64::NAN; 3]).longest, 0);
    assert!(longstring([f64::NAN; 3]).mean().is_nan());
}
