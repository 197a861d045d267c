//! Cells are suppressed so that no protected one is a combination of published ones, and not many more
//! than must be.

use std::collections::BTreeSet;

use minyi::disclosure::suppression::{eliminated, suppressed};
use minyi::disclosure::{Cell, Guard, Publishes, Role, System};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

/// A table of `counts` with all totals; cells of fewer than `limit` are protected.
fn table(shape: &[usize], counts: &[u32], limit: u32) -> System {
    let mut places: Vec<Vec<usize>> = vec![Vec::new()];
    for size in shape {
        let longer = places
            .iter()
            .flat_map(|place| (0..=*size).map(move |own| [place.clone(), vec![own]].concat()));
        places = longer.collect();
    }
    let levels = |mut group: usize| -> Vec<usize> {
        let mut levels = vec![0; shape.len()];
        for (level, size) in levels.iter_mut().zip(shape).rev() {
            *level = group % size;
            group /= size;
        }
        levels
    };
    let cell = |place: &Vec<usize>| {
        let is_in = |group: &usize| {
            let own = levels(*group);
            let pairs = place.iter().zip(shape).zip(own);
            pairs
                .into_iter()
                .all(|((place, size), own)| place == size || *place == own)
        };
        let members: Vec<usize> = (0..counts.len()).filter(is_in).collect();
        let n: u32 = members.iter().map(|group| counts[*group]).sum();
        Cell {
            sum: members.into_iter().map(|group| (group, 1)).collect(),
            cost: u64::from(n),
            guard: if n < limit { Guard::Full } else { Guard::None },
            widths: [0.0, 0.0, 2.0],
            ..Cell::default()
        }
    };
    System {
        groups: counts.iter().map(|n| [0.0, f64::from(*n)]).collect(),
        cells: places.iter().map(cell).collect(),
        publishes: Publishes {
            is_share: false,
            size_step: None,
            ratio_step: None,
        },
    }
}

/// The rank of rows, by floating-point elimination with the largest pivot.
fn rank(rows: &[&Cell], columns: usize) -> usize {
    let mut rows: Vec<Vec<f64>> = rows
        .iter()
        .map(|cell| {
            let mut row = vec![0.0; columns];
            for (column, factor) in &cell.sum {
                row[*column] += *factor as f64;
            }
            row
        })
        .collect();
    let mut rank = 0;
    for column in 0..columns {
        let by_size =
            |a: &usize, b: &usize| rows[*a][column].abs().total_cmp(&rows[*b][column].abs());
        let Some(pivot) = (rank..rows.len()).max_by(by_size) else {
            break;
        };
        if rows[pivot][column].abs() < 1e-9 {
            continue;
        }
        rows.swap(rank, pivot);
        let lead = rows[rank].clone();
        for row in &mut rows[rank + 1..] {
            let factor = row[column] / lead[column];
            for (own, other) in row.iter_mut().zip(&lead) {
                *own -= factor * other;
            }
        }
        rank += 1;
    }
    rank
}

/// The protected cells that are combinations of published ones.
fn given_away<'s>(system: &'s System, hidden: &BTreeSet<usize>) -> Vec<&'s Cell> {
    let cells = system.cells.iter().enumerate();
    let shown: Vec<&Cell> = cells
        .filter(|(place, cell)| match cell.role {
            Role::Open => !hidden.contains(place),
            Role::Published => true,
            Role::Unpublished => false,
        })
        .map(|(_, cell)| cell)
        .collect();
    let columns = system.groups.len();
    let base = rank(&shown, columns);
    let protected = system.cells.iter().filter(|cell| cell.guard == Guard::Full);
    protected
        .filter(|cell| rank(&[shown.clone(), vec![*cell]].concat(), columns) == base)
        .collect()
}

fn seeded(seed: u64) -> System {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let shapes: [&[usize]; 4] = [&[6], &[4, 3], &[5, 4], &[3, 2, 3]];
    let shape = shapes[random.random_range(0..4)];
    let cells = shape.iter().product();
    let count = |_| match random.random_range(0..6) {
        0 => random.random_range(1..4),
        _ => random.random_range(4..40),
    };
    let counts: Vec<u32> = (0..cells).map(count).collect();
    table(shape, &counts, 4)
}

#[test]
fn no_protected_cell_is_a_combination_of_published_ones() {
    let mut hidden = 0;
    for seed in 0..40 {
        let system = seeded(seed);
        let found = suppressed(&system);
        assert_eq!(found, suppressed(&system), "the same each time");
        assert!(given_away(&system, &found).is_empty(), "table {seed}");
        // Every protected cell is hidden, and no cell could be published besides.
        for (place, cell) in system.cells.iter().enumerate() {
            assert!(cell.guard == Guard::None || found.contains(&place));
        }
        hidden += found.len();
    }
    assert!(hidden > 100);
}

#[test]
fn what_is_suppressed_for_another_could_not_be_shown_alone() {
    for seed in 100..120 {
        let system = seeded(seed);
        let found = eliminated(&system);
        for place in &found {
            if system.cells[*place].guard == Guard::None {
                let mut fewer = found.clone();
                fewer.remove(place);
                assert!(
                    !given_away(&system, &fewer).is_empty(),
                    "table {seed}, cell {place}"
                );
            }
        }
    }
}

#[test]
fn an_interval_that_is_too_narrow_is_widened() {
    // Two protected cells hide each other, but their sum is 3: neither can be more.
    let mut system = table(&[4], &[1, 2, 30, 40], 4);
    for cell in &mut system.cells {
        cell.widths = [0.0, 0.0, 10.0];
    }
    assert_eq!(eliminated(&system).len(), 2);
    let found = suppressed(&system);
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found.contains(&2), "the smaller of the others");
}

/// Tables with their fewest suppressed cells by tau-Argus; tests/reference/suppression/optima.py.
const OPTIMA: &str = include_str!("reference/suppression/optima.json");

#[test]
fn hardly_more_cells_are_suppressed_than_the_optimum() {
    let instances: Vec<Value> = serde_json::from_str(OPTIMA).unwrap();
    let numbers = |own: &Value| -> Vec<u64> {
        own.as_array()
            .unwrap()
            .iter()
            .map(|own| own.as_u64().unwrap())
            .collect()
    };
    let mut ratios: Vec<f64> = Vec::new();
    for own in &instances {
        let shape: Vec<usize> = numbers(&own["shape"])
            .iter()
            .map(|own| usize::try_from(*own).unwrap())
            .collect();
        let counts: Vec<u32> = numbers(&own["counts"])
            .iter()
            .map(|own| u32::try_from(*own).unwrap())
            .collect();
        let system = table(&shape, &counts, 4);
        let protected = system
            .cells
            .iter()
            .filter(|cell| cell.guard == Guard::Full)
            .count();
        assert_eq!(
            u64::try_from(protected).unwrap(),
            own["primary"].as_u64().unwrap()
        );
        let more = eliminated(&system).len() - protected;
        ratios.push(more as f64 / own["secondary"].as_f64().unwrap());
    }
    assert_eq!(ratios.len(), 10);
    ratios.sort_by(f64::total_cmp);
    let median = (ratios[4] + ratios[5]) / 2.0;
    assert!(median <= 1.15, "{ratios:?}");
}

#[test]
fn the_example_of_sdctable_needs_three_more_cells() {
    // Region A to D by gender (male, female) of `microdata1` in the R package sdcTable; the women of
    // region A are protected. Its optimum hides 3 more cells.
    let mut system = table(&[4, 2], &[18, 2, 14, 19, 12, 10, 11, 14], 3);
    for cell in &mut system.cells {
        cell.widths = [0.0; 3];
    }
    let found = suppressed(&system);
    assert_eq!(found.len(), 4, "{found:?}");
    assert!(given_away(&system, &found).is_empty());
}
