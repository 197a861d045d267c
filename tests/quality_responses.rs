//! All indices of all responses of a wave: each is that of its own formula, whatever the number of
//! processors.

use minyi::quality::indices::even_odd::across_factors;
use minyi::quality::indices::irv::irv;
use minyi::quality::indices::mahalanobis::Mahalanobis;
use minyi::quality::indices::moments::Moments;
use minyi::quality::indices::person_total::person_total;
use minyi::quality::response_indices::{ResponseIndices, response_indices};
use minyi::quality::responses::{BLANK, DONT_KNOW};
use minyi::quality::{Choice, Item, Responses};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn item(scale: Option<usize>, section: usize, is_reversed: bool) -> Item {
    Item {
        code: "q".to_owned(),
        scale,
        choices: 5,
        section,
        is_reversed,
    }
}

/// Sections of five items on scale 0, then one item without a scale and two on scale 1.
fn wave(people: usize, sections: usize) -> Responses {
    let mut items: Vec<Item> = (0..sections * 5)
        .map(|at| item(Some(0), at / 5, at % 5 == 4))
        .collect();
    items.push(item(None, sections, false));
    items.extend([
        item(Some(1), sections, false),
        item(Some(1), sections, false),
    ]);
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    let mut answers = vec![Vec::with_capacity(people); items.len()];
    for _ in 0..people {
        let person: u8 = rng.random_range(2..=4);
        for (column, item) in answers.iter_mut().zip(&items) {
            let answer: Choice = person + rng.random_range(0..=2) - 1;
            let turned = if item.is_reversed { 6 - answer } else { answer };
            let fate = rng.random_range(0..100);
            column.push(match fate {
                0 => BLANK,
                1..=3 => DONT_KNOW,
                _ => turned,
            });
        }
    }
    Responses {
        items,
        answers,
        received_at: vec![0; people],
        ..Responses::default()
    }
}

fn number(answer: Choice) -> f64 {
    if answer == BLANK || answer == DONT_KNOW {
        f64::NAN
    } else {
        f64::from(answer)
    }
}

fn same(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-12 || (a.is_nan() && b.is_nan())
}

#[test]
fn every_index_is_that_of_its_own_formula() {
    let wave = wave(500, 4);
    let found = response_indices(&wave);
    assert_eq!(found.len(), 500);
    let rated: Vec<usize> = (0..20).chain([21, 22]).collect();
    let columns: Vec<Vec<f64>> = rated
        .iter()
        .map(|item| wave.answers[*item].iter().map(|x| number(*x)).collect())
        .collect();
    let moments = Moments::of(&columns);
    let reference = Mahalanobis::new(&moments);
    for (row, found) in found.iter().enumerate() {
        let of_rated: Vec<f64> = columns.iter().map(|column| column[row]).collect();
        let distance = reference.distance(&of_rated);
        assert_eq!(found.d_squared, distance.squared);
        assert!(same(found.d_p, distance.p()));
        assert!(same(found.irv, irv(&of_rated[..20])));
        assert!(same(found.irv_thirds[0], irv(&of_rated[..7])));
        assert!(same(
            found.person_total,
            person_total(&of_rated, &moments.mean)
        ));
        let share = |item: usize| {
            let share = (number(wave.answers[item][row]) - 1.0) / 4.0;
            if wave.items[item].is_reversed {
                1.0 - share
            } else {
                share
            }
        };
        let factors: Vec<Vec<f64>> = (0..4)
            .map(|section| (section * 5..section * 5 + 5).map(share).collect())
            .chain([vec![share(21), share(22)]])
            .collect();
        let expected = across_factors(factors.iter().map(Vec::as_slice), 3);
        assert!(same(found.even_odd, expected));
        let answers = wave.answers.iter().map(|column| column[row]);
        let answered = answers.clone().filter(|x| *x != BLANK).count();
        assert_eq!(usize::from(found.answered), answered);
        let unknown = answers.filter(|x| *x == DONT_KNOW).count();
        assert_eq!(usize::from(found.dont_know), unknown);
    }
}

#[test]
fn a_run_ends_with_its_scale() {
    let mut wave = wave(3, 1);
    for (item, column) in wave.answers.iter_mut().enumerate() {
        *column = vec![4, if item < 5 { 4 } else { 2 }, BLANK];
    }
    let found = response_indices(&wave);
    let runs: Vec<_> = found
        .iter()
        .map(|found| (found.longest_run, found.longest_run_overall))
        .collect();
    assert_eq!(runs, [(5, 7), (5, 5), (0, 0)]);
    assert_eq!(found[0].mean_run, 3.5);
    assert_eq!(found[0].irv, 0.0);
    assert!(found[2].irv.is_nan() && found[2].mean_run.is_nan());
}

#[test]
fn no_responses_and_no_scales_have_no_indices() {
    assert!(response_indices(&Responses::default()).is_empty());
    let mut wave = wave(5, 1);
    for item in &mut wave.items {
        item.scale = None;
    }
    let found = response_indices(&wave);
    assert!(
        found
            .iter()
            .all(|found| found.longest_run == 0 && found.irv.is_nan())
    );
}

/// The bytes of all values: NaN equals NaN.
fn bytes(found: &[ResponseIndices]) -> Vec<u64> {
    found
        .iter()
        .flat_map(|found| {
            [
                found.mean_run,
                found.irv,
                found.d_squared,
                found.d_p,
                found.synonyms,
                found.antonyms,
                found.even_odd,
                found.person_total,
            ]
        })
        .map(f64::to_bits)
        .collect()
}

#[test]
fn the_same_responses_give_the_same_bytes_on_any_number_of_processors() {
    let wave = wave(5_000, 2);
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| bytes(&response_indices(&wave)))
    };
    assert_eq!(on(1), on(3));
}

#[test]
fn a_million_responses_are_done_in_a_few_seconds() {
    if std::env::var("MINYI_TEST_SLOW").is_err() {
        return;
    }
    let wave = wave(1_000_000, 9);
    let start = std::time::Instant::now();
    let found = response_indices(&wave);
    println!("{} responses: {:?}", found.len(), start.elapsed());
    assert_eq!(found.len(), 1_000_000);
}
