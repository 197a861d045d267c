//! How far weighting went.

use crate::release::figures::WeightingSummary;
use crate::release::report::basis::Basis;
use crate::release::report::table::{Cell, Table};
use crate::release::report::words::{number, percent, with_decimals};

/// One row for each measure.
pub(super) fn table(basis: Basis<'_>) -> Table {
    let words = basis.words;
    let mut rows = spread(&basis.snapshot.weights);
    rows.extend(basis.snapshot.figures.weighting.iter().flat_map(raking));
    let rows = rows.into_iter().map(|(key, cell)| {
        let meaning = words.say(&format!("weight_{key}_note"));
        vec![
            Cell::Text(words.say(&format!("weight_{key}"))),
            cell,
            Cell::Text(meaning),
        ]
    });
    Table {
        name: words.say("weights"),
        title: words.say("weights_title"),
        notes: vec![words.say("weights_note")],
        header: words.header(&["item", "value", "meaning"]),
        rows: rows.collect(),
    }
}

/// The spread of the final weights above zero.
fn spread(weights: &[f64]) -> Vec<(&'static str, Cell)> {
    let mut known: Vec<f64> = weights.iter().copied().filter(|own| *own > 0.0).collect();
    known.sort_by(f64::total_cmp);
    let n = u32::try_from(known.len()).unwrap_or(u32::MAX);
    let sum: f64 = known.iter().sum();
    let mean = sum / f64::from(n);
    let squares: f64 = known.iter().map(|own| (own - mean).powi(2)).sum();
    let at = |place: usize| known.get(place).copied().map_or(Cell::Empty, number);
    vec![
        ("n", Cell::Count(n.into())),
        ("sum", number(sum)),
        ("mean", number(mean)),
        ("min", at(0)),
        ("median", at(known.len() / 2)),
        ("max", at(known.len().saturating_sub(1))),
        ("cv", percent((squares / f64::from(n)).sqrt() / mean)),
    ]
}

fn raking(summary: &WeightingSummary) -> Vec<(&'static str, Cell)> {
    let mut rows = vec![
        ("kish_deff", with_decimals(summary.kish_deff, 4)),
        ("n_effective", number(summary.n_effective)),
        ("g_min", with_decimals(summary.g_range.0, 4)),
        ("g_max", with_decimals(summary.g_range.1, 4)),
        ("sweeps", Cell::Count(summary.sweeps.into())),
        ("misfit", Cell::Text(format!("{:.1e}", summary.max_misfit))),
        ("rake", Cell::Text(summary.rake.join("; "))),
    ];
    if let Some(share) = summary.sampled_share {
        rows.push(("sampled_share", percent(share)));
    }
    rows
}
