//! Three sentences that a newspaper can print unchanged: what, how it was found, how precise it is.

use super::findings::{change, verdict};
use super::words::Words;
use super::{headlines, number};
use crate::locale::Language;
use crate::release::figures::{Figures, IndicatorFigures};
use crate::release::imprint::Imprint;
use crate::survey::plan::IndicatorKind;

/// The text for the media, with where it comes from. Ends in a line break.
#[must_use]
pub fn press(figures: &Figures, imprint: &Imprint, language: Language) -> String {
    let words = Words::new(language, figures);
    let headlines = headlines(figures);
    let findings: Vec<String> = headlines.iter().map(|own| finding(&words, own)).collect();
    let findings = findings.join(&words.say("between"));
    let agency = words.of(&figures.agency);
    let n = number::count(figures.n);
    let survey = [
        ("opens", number::day(language, &figures.period.0)),
        ("closes", number::day(language, &figures.period.1)),
        ("n", n),
    ];
    let survey = survey
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let what = [("agency", agency), ("findings", findings.as_str())];
    let mut sentences = vec![
        words.say_with("press_what", &what),
        words.say_with("press_how", &survey),
    ];
    sentences.extend(precision(&words, &headlines));
    let mut lines = Vec::new();
    lines.extend(figures.demonstration.then(|| words.say("demonstration")));
    lines.push(sentences.join(&words.of_results("space")));
    let address = imprint.address(&figures.survey);
    lines.push(words.say_with("press_source", &[("address", &address)]));
    lines.push(String::new());
    lines.join("\n")
}

/// A headline without a full stop.
fn finding(words: &Words<'_>, indicator: &IndicatorFigures) -> String {
    let title = words.plain(&indicator.title);
    let Some(whole) = indicator.whole.shown() else {
        return words.say_with("press_hidden", &[("title", &title)]);
    };
    let unit = match indicator.kind {
        IndicatorKind::Mean => words.of(&indicator.unit),
        IndicatorKind::Share | IndicatorKind::Ratio => "",
    };
    let value = number::with_unit(number::estimate(indicator, whole.estimate), unit);
    let values = [("title", title.as_ref()), ("value", value.as_str())];
    let mut clauses = vec![words.of_results_with("sentence", &values)];
    clauses.extend(verdict(words, indicator));
    clauses.extend(change(words, indicator));
    clauses.join(&words.of_results("then"))
}

/// The interval of each headline that is published; `None` if none is.
fn precision(words: &Words<'_>, headlines: &[&IndicatorFigures]) -> Option<String> {
    let intervals: Vec<String> = headlines
        .iter()
        .filter_map(|own| {
            let whole = own.whole.shown()?;
            let title = words.plain(&own.title);
            let interval = number::bounds(own, whole);
            let values = [("title", title.as_ref()), ("interval", interval.as_str())];
            Some(words.say_with("press_interval", &values))
        })
        .collect();
    let list = words.list(&intervals);
    (!intervals.is_empty()).then(|| words.say_with("press_precision", &[("list", &list)]))
}
