//! Issued, returned, left out, valid.

use crate::release::report::basis::Basis;
use crate::release::report::table::{Cell, Table};
use crate::release::report::words::percent;

/// One row for each step from the forms issued to those that count.
pub(super) fn table(basis: Basis<'_>) -> Table {
    let words = basis.words;
    let figures = &basis.snapshot.figures;
    let received = figures.n_received;
    let row = |item: String, n: u64| {
        let share = match received {
            0 => Cell::Empty,
            _ => percent(ratio(n, received)),
        };
        vec![Cell::Text(item), Cell::Count(n), share]
    };
    let issued = match basis.issued {
        0 => vec![
            Cell::Text(words.say("issued")),
            Cell::Text(words.say("unknown")),
            Cell::Empty,
        ],
        issued => vec![
            Cell::Text(words.say("issued")),
            Cell::Count(issued),
            Cell::Empty,
        ],
    };
    let mut rows = vec![issued, row(words.say("received"), received)];
    let reasons = figures.exclusions.iter();
    rows.extend(reasons.map(|(reason, n)| {
        let reason = words.of(reason);
        row(words.say_with("excluded", &[("reason", &reason)]), *n)
    }));
    rows.push(row(words.say("valid"), figures.n));
    rows.push(row(words.say("sampled"), figures.n_sampled));
    let volunteers = figures.n.saturating_sub(figures.n_sampled);
    rows.push(row(words.say("volunteers"), volunteers));
    rows.extend(figures.n_by_mode.iter().map(|(mode, n)| {
        let mode = words.of_results(&format!("mode_{mode}"));
        row(words.say_with("valid_by_mode", &[("mode", &mode)]), *n)
    }));
    rows.extend(figures.n_by_flag.iter().map(|(flag, n)| {
        let flag = words.say(&format!("flag_{flag}"));
        row(words.say_with("valid_flagged", &[("flag", &flag)]), *n)
    }));
    Table {
        name: words.say("exclusions"),
        title: words.say("exclusions_title"),
        notes: vec![words.say("exclusions_note")],
        header: words.header(&["item", "forms", "share_of_received"]),
        rows,
    }
}

/// `part` of `whole`.
fn ratio(part: u64, whole: u64) -> f64 {
    let number = |n: u64| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    number(part) / number(whole)
}
