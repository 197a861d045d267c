//! The results pages show no suppressed number, not even by the order of rows.

use minyi::disclosure::{Disclosed, disclose};
use minyi::estimation::{Estimate, Presentation};
use minyi::locale::Language;

use crate::support::figures::{TRACES, estimate};
use crate::support::waves::{city, goods, page, readable, thin};

#[test]
fn a_suppressed_number_is_nowhere_on_the_page() {
    for figures in [city(), goods(), thin()] {
        for language in Language::all().iter().copied() {
            let words = readable(&page(language, &figures));
            for trace in TRACES {
                assert!(!words.contains(trace), "{} in {}", trace, language.code());
            }
        }
    }
}

/// An estimate that must be suppressed.
fn unreliable(value: f64) -> Disclosed {
    disclose(&Estimate {
        presentation: Presentation::Suppress,
        ..estimate(value, 0.3, 12)
    })
}

#[test]
fn suppressed_groups_stand_last_and_their_order_says_nothing() {
    let mut figures = city();
    let rows = &mut figures.indicators[0].domains[0].rows;
    for (row, value) in rows.iter_mut().take(2).zip([0.1, 0.9]) {
        row.estimate = unreliable(value);
    }
    let first = page(Language::ZH, &figures);
    let rows = &mut figures.indicators[0].domains[0].rows;
    for (row, value) in rows.iter_mut().take(2).zip([0.9, 0.1]) {
        row.estimate = unreliable(value);
    }
    assert_eq!(first, page(Language::ZH, &figures));
}
