//! How the figures were made and how precise they are.

use super::estimates::{self, Estimates, Part};
use super::number;
use super::words::Words;
use crate::estimation::Estimate;
use crate::formats::pdf::document::{Align, Block, Row, Run, Table};
use crate::locale::text;
use crate::release::figures::{IndicatorFigures, WeightingSummary};
use crate::release::labels::title_key;

/// The section.
#[must_use]
pub fn section(words: &Words<'_>, headlines: &[&IndicatorFigures]) -> Vec<Block> {
    let figures = words.figures;
    let mut points: Vec<(String, String)> = Vec::new();
    let weights = figures.weighting.as_ref();
    points.push((
        words.of_results("method_weights_title"),
        weights.map_or_else(
            || words.of_results("method_unweighted"),
            |own| weighting(words, own),
        ),
    ));
    points.push((
        words.of_results("method_variance_title"),
        words.of_results(match weights {
            Some(_) => "method_variance",
            None => "method_variance_plain",
        }),
    ));
    for topic in ["interval", "verdict", "suppression"] {
        points.push((
            words.of_results(&format!("method_{topic}_title")),
            words.of_results(&format!("method_{topic}")),
        ));
    }
    points.extend(exclusions(words));
    points.extend(volunteers(words, headlines));
    let points = points.into_iter().map(|(title, own)| {
        let title = words.say_with("lead", &[("title", &title)]);
        vec![Run::strong(title), Run::plain(own)]
    });
    let mut blocks = vec![
        Block::Heading(words.heading(&words.say("quality"))),
        Block::List(points.collect()),
        Block::Table(precision(words, headlines)),
    ];
    blocks.extend(choices(words, headlines));
    blocks.push(Block::Note(words.of_results("rounding")));
    blocks
}

/// How the weights were made, with their effect.
fn weighting(words: &Words<'_>, own: &WeightingSummary) -> String {
    let name = |variable: &str| match title_key(variable) {
        Some(key) => text(words.language, &key),
        None => variable.to_owned(),
    };
    // `county*urban` is one margin of two variables.
    let margin = |own: &String| own.split('*').map(name).collect::<Vec<_>>().join(" × ");
    let margins: Vec<String> = own.rake.iter().map(margin).collect();
    let key = match words.figures.coverage {
        Some(_) if own.is_from_frame => "method_weights",
        _ => "method_weights_plain",
    };
    let values = [
        ("margins", words.list(&margins)),
        ("sweeps", own.sweeps.to_string()),
        ("deff", number::fixed(own.kish_deff, 2)),
        ("n_effective", number::fixed(own.n_effective, 0)),
        ("low", number::fixed(own.g_range.0, 2)),
        ("high", number::fixed(own.g_range.1, 2)),
    ];
    let values = values
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    words.of_results_with(key, &values)
}

/// Which questionnaires do not count, and why; `None` if all count.
fn exclusions(words: &Words<'_>) -> Option<(String, String)> {
    let excluded = words.figures.exclusions.iter().filter(|(_, n)| *n > 0);
    let excluded: Vec<String> = excluded
        .map(|(reason, n)| {
            let values = [("reason", words.of(reason)), ("n", &number::count(*n))];
            words.say_with("excluded", &values)
        })
        .collect();
    let list = words.list(&excluded);
    let sentence = words.say_with("exclusions", &[("list", &list)]);
    (!excluded.is_empty()).then(|| (words.say("exclusions_title"), sentence))
}

/// What the volunteers say, beside the sample; `None` for a survey without them.
fn volunteers(words: &Words<'_>, headlines: &[&IndicatorFigures]) -> Option<(String, String)> {
    let sentence = |indicator: &&IndicatorFigures| {
        let parts = indicator.parts.as_ref()?;
        let values = [
            ("title", words.plain(&indicator.title).into_owned()),
            ("sampled", number::cell(indicator, &parts.sampled)),
            ("volunteer", number::cell(indicator, &parts.volunteer)),
        ];
        let values = values
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        Some(words.say_with("volunteers", &values))
    };
    let mut sentences: Vec<String> = headlines.iter().filter_map(sentence).collect();
    if sentences.is_empty() {
        return None;
    }
    let weighting = words.figures.weighting.as_ref();
    let is_blend = weighting.is_some_and(|own| own.sampled_share.is_some());
    let how = match is_blend {
        true => "parts_note_calibrated",
        false => "parts_note_sampled",
    };
    sentences.insert(0, words.of_results(how).trim().to_owned());
    let text = sentences.join(&words.of_results("space"));
    Some((words.of_results("part_volunteer"), text))
}

/// Number of answers, standard error, design effect and degrees of freedom of each headline.
fn precision(words: &Words<'_>, headlines: &[&IndicatorFigures]) -> Table {
    let keys = [
        "n_valid",
        "estimate",
        "std_error",
        "interval",
        "deff",
        "n_effective",
        "df",
    ];
    let mut head = vec![words.of_results("indicator")];
    head.extend(keys.map(|key| match key {
        "interval" => words.say("interval_head"),
        _ => words.of_results(key),
    }));
    let rows = headlines.iter().map(|indicator| {
        let whole = indicator.whole.shown();
        let cell = |print: &dyn Fn(&Estimate) -> String| {
            whole.map_or_else(|| number::HIDDEN.to_owned(), print)
        };
        Row::Cells(vec![
            words.plain(&indicator.title).into_owned(),
            cell(&|own| number::count(own.n)),
            number::cell(indicator, &indicator.whole),
            cell(&|own| number::value(indicator.kind, own.std_error, 2)),
            number::interval(indicator, &indicator.whole),
            cell(&|own| number::fixed(own.design_effect, 2)),
            cell(&|own| number::fixed(own.n_effective, 0)),
            cell(&|own| number::fixed(own.df, 0)),
        ])
    });
    let mut columns = vec![Align::Start];
    columns.extend(keys.map(|_| Align::End));
    Table {
        caption: words.table_caption(&words.of_results("quality")),
        columns,
        spanning: Vec::new(),
        head,
        rows: rows.collect(),
        note: words.of_results("deff_note"),
    }
}

/// The headlines under other choices; nothing for a survey without.
fn choices(words: &Words<'_>, headlines: &[&IndicatorFigures]) -> Option<Block> {
    let with_choices: Vec<&IndicatorFigures> = headlines
        .iter()
        .copied()
        .filter(|own| !own.sensitivity.is_empty())
        .take(2)
        .collect();
    let first = with_choices.first()?;
    let mut parts = Vec::new();
    for choice in &first.sensitivity {
        let of_choice = with_choices.iter().map(|own| {
            let mut choices = own.sensitivity.iter();
            let own = choices.find(|other| other.code == choice.code)?;
            Some(&own.estimate)
        });
        let label = words.of_results(&format!("choice_{}", choice.code));
        parts.push(Part::Row(Estimates {
            label,
            figures: of_choice.collect(),
            is_strong: false,
        }));
    }
    let column = words.of_results("choice");
    let caption = words.of_results("robustness");
    let table = estimates::table(words, &with_choices, (&caption, column), &parts);
    Some(Block::Table(table))
}
