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
        ("title", words.of(&figures.title).to_owned()),
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
        sentences.push(words.of_results_with("method_coverage", &values));
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
    let mut set: Vec<Row> = Vec::new();
    let mut dimension = "";
    for row in rows {
        if words.of(&row.dimension) != dimension {
            dimension = words.of(&row.dimension);
            set.push(Row::Group(dimension.to_owned()));
        }
        set.push(Row::Cells(vec![
            words.of(&row.category).to_owned(),
            number::percent(row.weighted),
            number::percent(row.population),
        ]));
    }
    vec![
        Block::Heading(words.heading(&words.say("composition"))),
        Block::Paragraph(vec![Run::plain(words.say("composition_text"))]),
        Block::Table(Table {
            caption: words.table_caption(&words.say("composition_caption")),
            columns: vec![Align::Start, Align::End, Align::End],
            spanning: Vec::new(),
            head: ["group", "share_weighted", "share_census"]
                .map(|key| words.of_results(key))
                .to_vec(),
            rows: set,
            note: String::new(),
        }),
    ]
}
