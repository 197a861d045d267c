//! The results pages show no suppressed number, not even by the order of rows.

use minyi::locale::Language;
use minyi::pages::results;
use minyi::release::figures::Estimate;

use crate::support::figures::{TRACES, hidden};
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

#[test]
fn suppressed_groups_stand_last_and_their_order_says_nothing() {
    let mut figures = city();
    let rows = &mut figures.indicators[0].domains[0].rows;
    for (row, estimate) in rows.iter_mut().take(2).zip([0.1, 0.9]) {
        row.estimate = Estimate {
            estimate,
            ..hidden()
        };
    }
    let first = page(Language::ZH, &figures);
    let rows = &mut figures.indicators[0].domains[0].rows;
    for (row, estimate) in rows.iter_mut().take(2).zip([0.9, 0.1]) {
        row.estimate = Estimate {
            estimate,
            ..hidden()
        };
    }
    assert_eq!(first, page(Language::ZH, &figures));
}

#[test]
fn the_list_of_results_shows_each_headline_and_no_suppressed_number() {
    for language in Language::all().iter().copied() {
        let (city, thin) = (city(), thin());
        let list = results::index(language, &[&city, &thin]).into_string();
        assert!(list.contains("91.4%") && list.contains("89.9%"));
        assert!(TRACES.iter().all(|trace| !list.contains(trace)));
        let target = if language == Language::ZH {
            "/results/satisfaction-2026\""
        } else {
            "/results/satisfaction-2026?lang=en\""
        };
        assert!(list.contains(target));
    }
}
