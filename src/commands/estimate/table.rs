//! Estimates as a table for people.

use std::io::{self, Write};

use serde_json::Value;

use crate::commands::estimate::cells::{NO_NUMBER, domain_of, number, percent, print_aligned};
use crate::commands::estimate::tabulations::{
    print_contrasts, print_crosstab, print_response_rates,
};
use crate::estimation::weighting::WeightingReport;
use crate::estimation::{Analysis, Estimate, Presentation, Verdict};

/// The columns of the table of estimates, and whether each holds numbers.
const COLUMNS: [(&str, bool); 10] = [
    ("estimate", false),
    ("domain", false),
    ("n", true),
    ("value", true),
    ("s.e.", true),
    ("interval", true),
    ("df", true),
    ("deff", true),
    ("verdict", false),
    ("note", false),
];

/// Prints an analysis to standard output.
pub(super) fn print_table(analysis: &Analysis) -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    if let Some(weighting) = &analysis.weighting {
        print_weighting(&mut out, weighting)?;
        writeln!(out)?;
    }
    let mut blank = false;
    if !analysis.estimates.is_empty() {
        let numbers = COLUMNS.map(|(_, numbers)| numbers);
        let header = COLUMNS.map(|(name, _)| name.to_owned());
        let rows = analysis.estimates.iter().map(|own| row_of(own).to_vec());
        let rows: Vec<Vec<String>> = std::iter::once(header.to_vec()).chain(rows).collect();
        print_aligned(&mut out, &rows, &numbers)?;
        blank = true;
    }
    for crosstab in &analysis.crosstabs {
        separate(&mut out, &mut blank)?;
        print_crosstab(&mut out, crosstab)?;
    }
    for rates in &analysis.response_rates {
        separate(&mut out, &mut blank)?;
        print_response_rates(&mut out, rates)?;
    }
    if !analysis.contrasts.is_empty() {
        separate(&mut out, &mut blank)?;
        print_contrasts(&mut out, &analysis.contrasts)?;
    }
    out.flush()
}

/// A blank line between two tables.
fn separate(out: &mut impl Write, blank: &mut bool) -> io::Result<()> {
    if std::mem::replace(blank, true) {
        writeln!(out)?;
    }
    Ok(())
}

fn print_weighting(out: &mut impl Write, weighting: &WeightingReport) -> io::Result<()> {
    writeln!(
        out,
        "Weights: {} rows to {:.0} people in {} sweeps (worst misfit {:.1e}); g {:.2} to {:.2}; \
         design effect of weighting {:.2}, effective n {:.0}",
        weighting.n,
        weighting.sum,
        weighting.sweeps,
        weighting.max_misfit,
        weighting.min_g,
        weighting.max_g,
        weighting.kish_deff,
        weighting.n_effective
    )?;
    for warning in &weighting.warnings {
        writeln!(out, "  ! {warning}")?;
    }
    Ok(())
}

/// The cells of one estimate.
fn row_of(estimate: &Estimate) -> [String; 10] {
    let value = |value: f64| match estimate.kind.is_share() {
        _ if value.is_nan() => NO_NUMBER.to_owned(),
        true => percent(value),
        false => format!("{value:.4}"),
    };
    let name = match estimate.probability {
        Some(p) => format!("{} (p = {p})", estimate.name),
        None => estimate.name.clone(),
    };
    [
        name,
        domain_of(&estimate.domain),
        estimate.n.to_string(),
        value(estimate.estimate),
        value(estimate.std_error),
        format!("{} to {}", value(estimate.lower), value(estimate.upper)),
        format!("{:.0}", estimate.df),
        number(estimate.design_effect, 2),
        verdict_of(estimate),
        note_of(estimate),
    ]
}

/// The verdict with its target, empty without one.
fn verdict_of(estimate: &Estimate) -> String {
    let verdict = match estimate.verdict {
        None => return String::new(),
        Some(Verdict::Met) => "met",
        Some(Verdict::NotMet) => "NOT MET",
        Some(Verdict::Inconclusive) => "inconclusive",
        Some(Verdict::Suppressed) => "suppressed",
    };
    let target = estimate
        .target
        .and_then(|target| serde_json::to_value(target).ok());
    match target.as_ref().and_then(Value::as_str) {
        Some(target) => format!("{verdict} ({target})"),
        None => verdict.to_owned(),
    }
}

/// Why the estimate is to be reviewed or suppressed, and footnotes.
fn note_of(estimate: &Estimate) -> String {
    let presentation = match estimate.presentation {
        Presentation::Publish => "",
        Presentation::Review => "review: ",
        Presentation::Suppress => "suppress: ",
    };
    format!("{presentation}{}", estimate.reasons.join(", "))
}
