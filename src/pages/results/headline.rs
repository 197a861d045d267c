//! The card of one indicator: the big figure, its interval beside its target, the verdict, the sentence.

use maud::{Markup, html};

use super::figure::lines;
use super::finding::{headline_value, sentence, suppressed};
use super::number;
use super::sheet::Sheet;
use crate::pages::chart::icon::{Shape, icon};
use crate::pages::chart::{self, Line, Span, Words};
use crate::pages::title;
use crate::release::figures::{IndicatorFigures, Verdict};
use crate::survey::plan::{IndicatorKind, Target};

/// The card.
pub fn card(sheet: &Sheet<'_>, indicator: &IndicatorFigures) -> Markup {
    let whole = &indicator.whole;
    let title = sheet.own(&indicator.title);
    html! {
        section.headline.{ "is-" (verdict_class(whole.verdict)) } aria-labelledby={ "headline-" (indicator.code) } {
            @if let Some(number) = indicator.number {
                p.eyebrow { (sheet.fill("plan_number", &[("number", &number::count(u64::from(number)))])) }
            }
            h2.title id={ "headline-" (indicator.code) } { a href={ "#" (indicator.code) } { (title::title(title)) } }
            div.result {
                (big(sheet, indicator))
                (verdict(sheet, whole.verdict))
            }
            @if suppressed(whole) { p.soft { (sheet.say("flag_suppress")) } } @else { (interval(sheet, indicator)) }
            p.sentence { (sentence(sheet, indicator)) }
        }
    }
}

/// The figure as large as it is important; what is suppressed is a star.
fn big(sheet: &Sheet<'_>, indicator: &IndicatorFigures) -> Markup {
    let whole = &indicator.whole;
    html! {
        p.big {
            @if suppressed(whole) {
                span aria-hidden="true" { "*" } span.unseen { (sheet.say("flag_suppress")) }
            } @else {
                @let decimals = number::decimals(indicator.kind, whole.estimate, number::line(indicator.target), 1);
                @let printed = number::value(indicator.kind, whole.estimate, decimals);
                @if indicator.kind == IndicatorKind::Mean {
                    (printed) span.unit { " " (sheet.own(&indicator.unit)) }
                } @else {
                    (printed.trim_end_matches('%')) span.percent { "%" }
                }
            }
        }
    }
}

/// One line for a list of surveys.
pub fn brief(sheet: &Sheet<'_>, indicator: &IndicatorFigures) -> Markup {
    html! {
        p.brief {
            span.name { (sheet.own(&indicator.title)) }
            strong { @if suppressed(&indicator.whole) { "*" } @else { (headline_value(sheet, indicator)) } }
            (verdict(sheet, indicator.whole.verdict))
        }
    }
}

/// Colour, shape and words of a verdict.
pub fn verdict(sheet: &Sheet<'_>, verdict: Option<Verdict>) -> Markup {
    let Some(verdict) = verdict else {
        return html! {};
    };
    let key = number::verdict_key(verdict);
    let shape = match verdict {
        Verdict::Met => Shape::Tick,
        Verdict::NotMet => Shape::Cross,
        Verdict::Inconclusive => Shape::Dash,
        Verdict::Suppressed => Shape::Star,
    };
    html! { span.verdict.{ (key) } { (icon(shape)) (sheet.say(&format!("verdict_{key}"))) } }
}

fn verdict_class(verdict: Option<Verdict>) -> &'static str {
    verdict.map_or("plain", number::verdict_key)
}

/// The wave before, where the target is to be lower than it.
fn before(sheet: &Sheet<'_>, indicator: &IndicatorFigures) -> Option<Line> {
    indicator
        .target
        .filter(|target| *target == Target::BelowPreviousWave)?;
    let (wave, estimate) = indicator.trend.iter().rev().nth(1)?;
    let shown = number::shown(indicator.kind, estimate, None, 1);
    (!suppressed(estimate)).then(|| Line {
        place: estimate.estimate,
        label: sheet.fill("before_line", &[("wave", wave), ("value", &shown)]),
        target: true,
    })
}

/// The estimate, its interval, the target and the national line on one axis.
fn interval(sheet: &Sheet<'_>, indicator: &IndicatorFigures) -> Markup {
    let whole = &indicator.whole;
    if !(whole.lower.is_finite() && whole.upper.is_finite()) {
        return html! {};
    }
    let mut lines = lines(sheet, indicator, true);
    lines.extend(before(sheet, indicator));
    let shown = number::interval(indicator.kind, whole, 1);
    let words = sheet.fill("interval_words", &[("interval", &shown)]);
    let finding = sentence(sheet, indicator);
    html! {
        div.interval {
            (chart::span(&Span {
                words: Words { title: sheet.own(&indicator.title), finding: &finding },
                place: (whole.lower, whole.estimate, whole.upper),
                shown: words,
                lines,
            }))
        }
    }
}
