//! The card of one indicator: the figure, its verdict, its interval with the target, the sentence.

use maud::{Markup, html};

use super::figure::lines;
use super::finding::{change_clause, sentence};
use super::number;
use super::view::View;
use crate::disclosure::Disclosed;
use crate::estimation::{Estimate, Verdict};
use crate::pages::chart::icon::{Shape, icon};
use crate::pages::chart::{self, AltText, Line, Span};
use crate::pages::title::title;
use crate::release::figures::{Figures, IndicatorFigures};
use crate::survey::plan::{IndicatorKind, Target};

/// The indicators that are judged; all of them if none is judged.
pub fn headlines(figures: &Figures) -> impl Iterator<Item = &IndicatorFigures> {
    let is_judged = |indicator: &IndicatorFigures| indicator.number.is_some();
    let some_judged = figures.indicators.iter().any(is_judged);
    let indicators = figures.indicators.iter();
    indicators.filter(move |indicator| !some_judged || is_judged(indicator))
}

/// The card.
pub fn card(view: &View<'_>, indicator: &IndicatorFigures) -> Markup {
    let whole = &indicator.whole;
    let id = format!("headline-{}", indicator.code);
    let name = view.translated(&indicator.title);
    let number = indicator
        .number
        .map(|number| number::count(u64::from(number)));
    html! {
        section.headline.{ "is-" (verdict_class(whole.verdict())) } aria-labelledby=(id) {
            @if let Some(number) = number {
                p.eyebrow { (view.text_with("plan_number", &[("number", &number)])) }
            }
            h2.title id=(id) {
                a href={ "#" (indicator.code) } aria-label=(name) { (title(name)) }
            }
            div.result {
                (big(view, indicator))
                (verdict(view, whole.verdict()))
            }
            @match whole {
                Disclosed::Shown(estimate) => (interval(view, indicator, estimate)),
                Disclosed::Suppressed { .. } => p.soft { (view.text("flag_suppress")) },
            }
            @if !view.is_public() {
                p.sentence { (sentence(view, indicator)) }
            } @else if let Some(change) = change_clause(view, indicator) {
                p.sentence { (view.word_with("changed", &[("change", &change)])) }
            }
        }
    }
}

/// The estimate in large type; if it is suppressed the reason, in the office a star.
fn big(view: &View<'_>, indicator: &IndicatorFigures) -> Markup {
    if let Some(reason) = view.reason(&indicator.whole) {
        return html! { p.big { span.unit { (reason) } } };
    }
    let Some(whole) = indicator.whole.shown() else {
        return html! {
            p.big {
                span aria-hidden="true" { "*" } span.unseen { (view.text("flag_suppress")) }
            }
        };
    };
    let line = number::target_line(indicator.target);
    let decimals = number::decimals(indicator.kind, whole.estimate, line, 1);
    let printed = number::value(indicator.kind, whole.estimate, decimals);
    html! {
        p.big {
            @if indicator.kind == IndicatorKind::Mean {
                (printed) span.unit { " " (view.translated(&indicator.unit)) }
            } @else {
                (printed.trim_end_matches('%')) span.percent { "%" }
            }
        }
    }
}

/// A verdict in colour, shape and words.
pub fn verdict(view: &View<'_>, verdict: Option<Verdict>) -> Markup {
    let Some(verdict) = verdict else {
        return html! {};
    };
    let key = number::verdict_key(verdict);
    let words = view.text(&format!("verdict_{key}"));
    html! { span.verdict.{ (key) } { (icon(shape(verdict))) (words) } }
}

/// The shape of a verdict.
pub fn shape(verdict: Verdict) -> Shape {
    match verdict {
        Verdict::Met => Shape::Tick,
        Verdict::NotMet => Shape::Cross,
        Verdict::Inconclusive => Shape::Dash,
        Verdict::Suppressed => Shape::Star,
    }
}

fn verdict_class(verdict: Option<Verdict>) -> &'static str {
    verdict.map_or("plain", number::verdict_key)
}

/// The previous wave as a line, where the target is to be below it.
fn before(view: &View<'_>, indicator: &IndicatorFigures) -> Option<Line> {
    indicator
        .target
        .filter(|target| *target == Target::BelowPreviousWave)?;
    let (wave, figure) = indicator.trend.iter().rev().nth(1)?;
    let shown = number::shown(indicator.kind, figure, None, 1);
    figure.shown().map(|estimate| Line {
        value: estimate.estimate,
        label: view.text_with("before_line", &[("wave", wave), ("value", &shown)]),
        is_target: true,
    })
}

/// The estimate, its interval, the target and the national line on one axis.
fn interval(view: &View<'_>, indicator: &IndicatorFigures, whole: &Estimate) -> Markup {
    if !(whole.lower.is_finite() && whole.upper.is_finite()) {
        return html! {};
    }
    let mut lines = lines(view, indicator, true);
    lines.extend(before(view, indicator));
    let printed = number::interval(indicator.kind, &indicator.whole, 1);
    let finding = sentence(view, indicator);
    html! {
        div.interval {
            (chart::span(&Span {
                alt: AltText { title: view.translated(&indicator.title), finding: &finding },
                interval: (whole.lower, whole.estimate, whole.upper),
                label: view.text_with("interval_words", &[("interval", &printed)]),
                lines,
            }))
        }
    }
}
