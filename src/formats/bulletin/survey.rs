//! The head of the bulletin, how the survey was done, and whom the sample has.

use jiff::Timestamp;

use super::number;
use super::words::Words;
use crate::formats::pdf::document::{Align, Block, Row, Run, Table};
use crate::release::imprint::Imprint;

/// The head of the first page.
#[must_use]
pub fn title(words: &Words<'_>, imprint: &Imprint, title: &str, issue: &str) -> Block {
    let figures = words.figures;
    let time = time(words, imprint.published_at);
    let address = imprint.address(&figures.survey);
    let mut below = vec![
        words.say_with("published", &[("time", &time)]),
        words.say_with("at", &[("address", &address)]),
    ];
    if !imprint.reason.is_empty() {
        below.push(words.say_with("revised", &[("reason", &imprint.reason)]));
    }
    below.extend(figures.demonstration.then(|| words.say("demonstration")));
    below.extend(
        figures
            .population_unverified
            .then(|| words.say("unverified")),
    );
    Block::Title {
        above: (words.of(&figures.agency).to_owned(), issue.to_owned()),
        title: title.to_owned(),
        below,
    }
}

/// A time in words, in the zone of the city, to the minute.
#[must_use]
pub fn time(words: &Words<'_>, microseconds: i64) -> String {
    let time = Timestamp::from_microsecond(microseconds).unwrap_or_default();
    let time = jiff::tz::offset(8).to_datetime(time);
    let day = number::day(words.language, &time.date().to_string());
    let clock = format!("{}:{:02}", time.hour(), time.minute());
    words.say_with("time", &[("day", &day), ("clock", &clock)])
}

/// Who asked whom, when, and how many answered.
#[must_use]
pub fn basis(words: &Words<'_>) -> Vec<Block> {
    let figures = words.figures;
    let modes = figures.n_by_mode.iter();
    let modes: Vec<String> = modes
        .filter(|(_, n)| *n > 0)
        .map(|(mode, n)| {
            let mode = words.of_results(&format!("mode_{mode}"));
            let n = number::count(*n);
            words.of_results_with("mode_count", &[("mode", &mode), ("n", &n)])
        })
        .collect();
    let values = [
        ("agency", words.of(&figures.agency).to_owned()),
        ("title", words.survey().to_owned()),
        ("opens", number::day(words.language, &figures.period.0)),
        ("closes", number::day(words.language, &figures.period.1)),
        ("received", number::count(figures.n_received)),
        ("n", number::count(figures.n)),
        ("modes", words.list(&modes)),
    ];
    let values = values
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let mut sentences = vec![words.say_with("basis", &values)];
    if let Some(coverage) = figures.coverage {
        let values = [
            ("drawn", number::count(coverage.drawn)),
            ("reached", number::count(coverage.reached)),
            ("n", number::count(figures.n_sampled)),
        ];
        let values = values
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        let coverage = words.of_results_with("method_coverage", &values);
        sentences.push(coverage.trim().to_owned());
    }
    let text = sentences.join(&words.of_results("space"));
    vec![
        Block::Heading(words.heading(&words.say("basis_title"))),
        Block::Paragraph(vec![Run::plain(text)]),
    ]
}

/// The weighted sample beside the population; nothing without weights.
#[must_use]
pub fn composition(words: &Words<'_>) -> Vec<Block> {
    let weighting = words.figures.weighting.as_ref();
    let rows = weighting.map(|weighting| weighting.composition.as_slice());
    let rows = rows.unwrap_or_default();
    if rows.is_empty() {
        return Vec::new();
    }
    let mut halves = [Vec::new(), Vec::new()];
    let half = rows.len().div_ceil(2);
    for (index, row) in rows.iter().enumerate() {
        let before = index.checked_sub(1).filter(|_| index != half);
        let before = before.and_then(|before| rows.get(before));
        let is_new = before.is_none_or(|before| before.dimension != row.dimension);
        let dimension = if is_new { words.of(&row.dimension) } else { "" };
        let cells = [
            dimension.to_owned(),
            words.of(&row.category).to_owned(),
            number::percent(row.weighted),
            number::percent(row.population),
        ];
        if let Some(own) = halves.get_mut(usize::from(index >= half)) {
            own.push(cells);
        }
    }
    let [left, right] = halves;
    let right = right
        .into_iter()
        .chain(std::iter::repeat_with(Default::default));
    let set = left.into_iter().zip(right);
    let set = set.map(|(left, right)| Row::Cells([left, right].concat()));
    let half = [Align::Start, Align::Start, Align::End, Align::End];
    let head = ["dimension", "group", "weighted", "population"];
    let head = head.map(|key| words.say(&format!("composition_{key}")));
    vec![
        Block::Heading(words.heading(&words.say("composition"))),
        Block::Paragraph(vec![Run::plain(words.say("composition_text"))]),
        Block::Table(Table {
            caption: words.table_caption(&words.say("composition_caption")),
            columns: [half, half].concat(),
            spanning: Vec::new(),
            head: [head.clone(), head].concat(),
            rows: set.collect(),
            note: String::new(),
        }),
    ]
}
