//! How the figures were made, and how precise they are.

use maud::{Markup, html};

use super::frame::Table;
use super::held;
use super::number;
use super::table::{table, unless_suppressed};
use super::view::View;
use crate::estimation::Estimate;
use crate::locale::text;
use crate::questionnaire::Text;
use crate::release::figures::{IndicatorFigures, WeightingSummary};
use crate::release::labels::title_key;
use crate::survey::plan::IndicatorKind;

/// The section.
pub fn section(view: &View<'_>, headlines: &[&IndicatorFigures]) -> Markup {
    let figures = view.figures;
    let weights = match &figures.weighting {
        Some(weighting) => weights(view, weighting),
        None => view.text("method_unweighted"),
    };
    let variance = match figures.weighting {
        Some(_) => "method_variance",
        None => "method_variance_plain",
    };
    html! {
        section.plain #method {
            h2 { (view.text("method")) }
            dl.method {
                div { dt { (view.text("method_sample")) } dd { (sample(view)) } }
                div { dt { (view.text("method_weights_title")) } dd { (weights) } }
                div { dt { (view.text("method_variance_title")) } dd { (view.text(variance)) } }
                @for topic in ["interval", "verdict", "suppression"] {
                    div {
                        dt { (view.text(&format!("method_{topic}_title"))) }
                        dd { (view.text(&format!("method_{topic}"))) }
                    }
                }
                @if !figures.population_sources.is_empty() {
                    div {
                        dt { (view.text("method_sources")) }
                        dd { ul { @for source in &figures.population_sources { li { (source) } } } }
                    }
                }
            }
            (table(&quality(view, headlines)))
            p.soft { (view.text("deff_note")) " " (view.text("rounding")) }
        }
    }
}

/// How many questionnaires were received and used, and why others were excluded.
fn sample(view: &View<'_>) -> Markup {
    let figures = view.figures;
    let received = view.count(figures.n_received);
    let counts = [
        ("received", received.as_str()),
        ("used", &view.count(figures.n)),
    ];
    let excluded = |(reason, n): &(Text, u64)| {
        let values = [("reason", view.translated(reason)), ("n", &view.count(*n))];
        view.text_with("method_excluded", &values)
    };
    let exclusions = figures.exclusions.iter().filter(|(_, n)| *n > 0);
    let exclusions: Vec<String> = exclusions.map(excluded).collect();
    let coverage = figures.coverage.map(|coverage| {
        let values = [
            ("drawn", number::count(coverage.drawn)),
            ("reached", number::count(coverage.reached)),
            ("n", view.count(figures.n_sampled)),
        ];
        let values = values
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        view.text_with("method_coverage", &values)
    });
    html! {
        @if figures.issued > 0 {
            (view.text_with("method_issued", &[("n", &view.count(figures.issued))]))
        }
        (view.text_with("method_received", &counts))
        @if let Some(share) = figures.valid_share() {
            (view.text_with("method_valid_share", &[
                ("share", &number::value(IndicatorKind::Share, share, 1)),
            ]))
        }
        @if let Some(coverage) = coverage { (coverage) }
        @if !exclusions.is_empty() { ul { @for line in &exclusions { li { (line) } } } }
        @if let Some(held) = held::sentence(view) { p { (held) } }
    }
}

/// How the weights were made, with their effect.
fn weights(view: &View<'_>, weighting: &WeightingSummary) -> String {
    let name = |variable: &str| match title_key(variable) {
        Some(key) => text(view.language, &key),
        None => variable.to_owned(),
    };
    let margins: Vec<String> = weighting
        .rake
        .iter()
        .map(|margin| margin.split('*').map(name).collect::<Vec<_>>().join("×"))
        .collect();
    let margins: Vec<&str> = margins.iter().map(String::as_str).collect();
    let parts = match weighting.sampled_share {
        Some(share) => view.text_with(
            "method_parts_calibrated",
            &[("share", &number::value(IndicatorKind::Share, share, 1))],
        ),
        None if weighting.is_sampled_alone => view.text("method_parts_sampled"),
        None => String::new(),
    };
    let is_from_frame = view.figures.coverage.is_some() && weighting.is_from_frame;
    if view.is_public() {
        let key = match is_from_frame {
            true => "weights_from_frame",
            false => "weights_plain",
        };
        let weights = view.word_with(key, &[("margins", &view.list(&margins))]);
        return [weights, parts].concat();
    }
    let key = match is_from_frame {
        true => "method_weights",
        false => "method_weights_plain",
    };
    let weights = view.text_with(
        key,
        &[
            ("margins", &view.list(&margins)),
            ("sweeps", &weighting.sweeps.to_string()),
            ("deff", &number::fixed(weighting.kish_deff, 2)),
            ("n_effective", &number::plain(weighting.n_effective, 0)),
            ("low", &number::fixed(weighting.g_range.0, 2)),
            ("high", &number::fixed(weighting.g_range.1, 2)),
        ],
    );
    [weights, parts].concat()
}

/// n, precision and degrees of freedom of each indicator; in public without what has more digits
/// than the interval earns.
fn quality(view: &View<'_>, headlines: &[&IndicatorFigures]) -> Table {
    let keys: &[&str] = match view.is_public() {
        true => &["n_valid", "estimate", "interval", "decision", "deff"],
        false => &[
            "n_valid",
            "estimate",
            "interval",
            "decision",
            "deff",
            "std_error",
            "n_effective",
            "df",
        ],
    };
    let rows = headlines.iter().map(|indicator| {
        let cells = quality_of(view, indicator);
        let shown = cells.into_iter().take(keys.len()).collect();
        (view.translated(&indicator.title).to_owned(), shown)
    });
    Table {
        caption: view.text("quality"),
        head: std::iter::once(view.text("indicator"))
            .chain(keys.iter().map(|key| view.text(key)))
            .collect(),
        rows: rows.collect(),
    }
}

/// The cells of one indicator, in the order of the keys above.
fn quality_of(view: &View<'_>, indicator: &IndicatorFigures) -> Vec<String> {
    let (kind, whole, decimals) = (indicator.kind, &indicator.whole, view.decimals());
    let cell = |print: &dyn Fn(&Estimate) -> String| unless_suppressed(view, whole, print);
    let line = number::target_line(indicator.target);
    let bound =
        |bound: f64| number::value(kind, bound, number::decimals(kind, bound, line, decimals));
    let decision = |estimate: &Estimate| match (estimate.decision_lower, estimate.decision_upper) {
        (Some(lower), Some(upper)) => format!("{}–{}", bound(lower), bound(upper)),
        _ => "—".to_owned(),
    };
    vec![
        cell(&|estimate| number::count(estimate.n)),
        view.shown(kind, whole, line, decimals),
        view.interval(kind, whole, decimals),
        cell(&decision),
        cell(&|estimate| number::plain(estimate.design_effect, decimals)),
        cell(&|estimate| number::value(kind, estimate.std_error, 3)),
        cell(&|estimate| number::plain(estimate.n_effective, 0)),
        cell(&|estimate| number::plain(estimate.df, 0)),
    ]
}
