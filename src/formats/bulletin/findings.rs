//! The headlines: key figures, one sentence each, earlier waves, other readings.

use super::estimates::{self, Estimates, Part};
use super::number;
use super::words::Words;
use crate::disclosure::Disclosed;
use crate::estimation::comparison::Direction;
use crate::estimation::{Estimate, Verdict};
use crate::formats::pdf::document::{Block, KeyFigure, Run};
use crate::release::figures::IndicatorFigures;
use crate::survey::plan::{IndicatorKind, Target};

/// The key figures.
#[must_use]
pub fn key_figures(words: &Words<'_>, headlines: &[&IndicatorFigures]) -> Block {
    let figure = |indicator: &&IndicatorFigures| {
        let whole = indicator.whole.shown();
        let value = whole.map_or_else(
            || number::HIDDEN.to_owned(),
            |own| number::estimate(indicator, own.estimate),
        );
        let mut lines: Vec<String> = Vec::new();
        if let Some(own) = whole {
            let interval = number::bounds(indicator, own);
            lines.push(words.of_results_with("interval_words", &[("interval", &interval)]));
        }
        lines.extend(change(words, indicator).map(|own| capitalised(&own)));
        KeyFigure {
            label: estimates::heading(words, indicator),
            value,
            verdict: capitalised(&verdict(words, indicator).unwrap_or_default()),
            lines,
        }
    };
    Block::KeyFigures(headlines.iter().map(figure).collect())
}

/// `text` with a large first letter.
fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).collect()
}

/// The section with the findings.
#[must_use]
pub fn section(words: &Words<'_>, headlines: &[&IndicatorFigures]) -> Vec<Block> {
    let mut blocks = vec![Block::Heading(words.heading(&words.say("findings")))];
    for indicator in headlines {
        let title = words.plain(&indicator.title).into_owned();
        let lead = words.say_with("lead", &[("title", &title)]);
        let runs = vec![Run::strong(lead), Run::plain(sentence(words, indicator))];
        blocks.push(Block::Paragraph(runs));
    }
    blocks.extend(waves(words, headlines));
    blocks.extend(references(words));
    blocks
}

/// The finding in words: figure, interval, verdict with its reason, change.
#[must_use]
pub fn sentence(words: &Words<'_>, indicator: &IndicatorFigures) -> String {
    let title = words.plain(&indicator.title);
    let Some(whole) = indicator.whole.shown() else {
        return words.say_with("sentence_hidden", &[("title", &title)]);
    };
    let unit = match indicator.kind {
        IndicatorKind::Mean => words.of(&indicator.unit),
        IndicatorKind::Share | IndicatorKind::Ratio => "",
    };
    let shown = |value: f64| number::estimate(indicator, value);
    let value = number::with_unit(shown(whole.estimate), unit);
    let (lower, upper) = bounds(indicator, whole);
    let upper = number::with_unit(upper, unit);
    let values = [
        ("title", title.as_ref()),
        ("value", value.as_str()),
        ("lower", lower.as_str()),
        ("upper", upper.as_str()),
    ];
    let mut clauses = vec![words.say_with("sentence", &values)];
    clauses.extend(verdict(words, indicator));
    clauses.extend(change(words, indicator));
    let mut sentence = clauses.join(&words.say("clause"));
    sentence.push_str(&words.of_results("stop"));
    sentence.push_str(&reason(words, indicator).unwrap_or_default());
    sentence
}

fn bounds(indicator: &IndicatorFigures, whole: &Estimate) -> (String, String) {
    let print = |bound: f64| number::value(indicator.kind, bound, 1);
    (print(whole.lower), print(whole.upper))
}

/// What is said of the target; `None` without one.
#[must_use]
pub fn verdict(words: &Words<'_>, indicator: &IndicatorFigures) -> Option<String> {
    let verdict = indicator.whole.verdict()?;
    Some(match indicator.target? {
        Target::AtLeast(line) => {
            let line = number::threshold(indicator.kind, line);
            let key = match verdict {
                Verdict::Met => "target_met",
                Verdict::NotMet => "target_not_met",
                Verdict::Inconclusive => "target_open",
                Verdict::Suppressed => "unjudged_target",
            };
            words.of_results_with(key, &[("line", &line)])
        }
        Target::BelowPreviousWave => words.of_results(match verdict {
            Verdict::Met => "below_met",
            Verdict::NotMet => "below_not_met",
            Verdict::Inconclusive => "below_open",
            Verdict::Suppressed => "unjudged",
        }),
    })
}

/// Why the verdict is so: the bound beside the target.
fn reason(words: &Words<'_>, indicator: &IndicatorFigures) -> Option<String> {
    let whole = indicator.whole.shown()?;
    let line = number::line(indicator)?;
    let (lower, upper) = (whole.decision_lower?, whole.decision_upper?);
    let key = match whole.verdict? {
        Verdict::Met => "reason_met",
        Verdict::NotMet => "reason_not_met",
        Verdict::Inconclusive => "reason_open",
        Verdict::Suppressed => return None,
    };
    let values = [
        ("lower", number::estimate(indicator, lower)),
        ("upper", number::estimate(indicator, upper)),
        ("line", number::threshold(indicator.kind, line)),
    ];
    let values = values
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    Some(words.say_with(key, &values))
}

/// The change since the wave before; `None` without one.
#[must_use]
pub fn change(words: &Words<'_>, indicator: &IndicatorFigures) -> Option<String> {
    let change = indicator.change.as_ref()?;
    let key = match change.difference.direction {
        Direction::Risen => "rose",
        Direction::Fallen => "fell",
        Direction::Unchanged => "steady",
    };
    let size = change.difference.difference.abs();
    let size = number::amount(words.language, indicator, size);
    let before = change.previous.rsplit_once('-');
    let wave = before.map_or(change.previous.as_str(), |(_, wave)| wave);
    Some(words.of_results_with(key, &[("wave", wave), ("size", &size)]))
}

/// The waves so far; nothing if this is the first.
fn waves(words: &Words<'_>, headlines: &[&IndicatorFigures]) -> Option<Block> {
    let with_trend = headlines
        .iter()
        .find(|indicator| indicator.trend.len() > 1)?;
    let parts: Vec<Part<'_>> = with_trend
        .trend
        .iter()
        .map(|(wave, _)| {
            Part::Row(Estimates {
                label: wave.clone(),
                figures: headlines.iter().map(|own| of_wave(own, wave)).collect(),
                is_strong: *wave == words.figures.wave,
            })
        })
        .collect();
    let titles = (words.say("waves"), words.of_results("wave"));
    let table = estimates::table(words, headlines, (&titles.0, titles.1), &parts);
    Some(Block::Table(table))
}

fn of_wave<'f>(indicator: &'f IndicatorFigures, wave: &str) -> Option<&'f Disclosed> {
    let mut trend = indicator.trend.iter();
    trend.find(|(own, _)| own == wave).map(|(_, figure)| figure)
}

/// Other readings of the same answers, which are not judged.
fn references(words: &Words<'_>) -> Option<Block> {
    let all = &words.figures.indicators;
    let has_judged = all.iter().any(|own| own.number.is_some());
    let others = all.iter().filter(|own| own.number.is_none());
    let others: Vec<String> = others
        .filter(|_| has_judged)
        .filter_map(|own| {
            let whole = own.whole.shown()?;
            let value = number::estimate(own, whole.estimate);
            let value = number::with_unit(value, words.of(&own.unit));
            let values = [
                ("title", words.plain(&own.title).into_owned()),
                ("value", value),
                ("interval", number::bounds(own, whole)),
            ];
            let values = values
                .each_ref()
                .map(|(name, value)| (*name, value.as_str()));
            Some(words.say_with("reference", &values))
        })
        .collect();
    let list = words.list(&others);
    (!others.is_empty()).then(|| Block::Note(words.say_with("references", &[("list", &list)])))
}
