//! What the words mean, how figures are revised, whom to ask, where the release stands, and the
//! hashes of what it was made from.

use super::number;
use super::survey::time;
use super::words::Words;
use crate::formats::pdf::document::{Align, Block, Row, Run, Table};
use crate::release::figures::IndicatorFigures;
use crate::release::imprint::Imprint;

/// The section.
#[must_use]
pub fn section(
    words: &Words<'_>,
    headlines: &[&IndicatorFigures],
    imprint: &Imprint,
) -> Vec<Block> {
    let figures = words.figures;
    let address = imprint.address(&figures.survey);
    let mut points: Vec<(String, String)> = Vec::new();
    for indicator in headlines {
        let note = words.of(&indicator.note);
        if !note.is_empty() {
            points.push((words.plain(&indicator.title).into_owned(), note.to_owned()));
        }
    }
    if !figures.population_sources.is_empty() {
        let sources = figures.population_sources.join(&words.say("between"));
        points.push((words.of_results("method_sources"), sources));
    }
    points.push((words.say("revisions_title"), words.say("revisions")));
    if let Some(next) = imprint.next {
        let next = time(words, next);
        points.push((
            words.say("next_title"),
            words.say_with("next", &[("time", &next)]),
        ));
    }
    let agency = words.of(&figures.agency);
    let contact = words.say_with("contact", &[("agency", agency)]);
    points.push((words.say("contact_title"), contact));
    let title = words.title();
    let values = [
        ("agency", agency),
        ("title", title.as_str()),
        ("number", &imprint.number.to_string()),
        ("address", address.as_str()),
    ];
    points.push((words.say("cite_title"), words.say_with("cite", &values)));
    let points = points.into_iter().map(|(title, own)| {
        let title = words.say_with("lead", &[("title", &title)]);
        vec![Run::strong(title), Run::plain(own)]
    });
    vec![
        Block::Heading(words.heading(&words.say("notes"))),
        Block::List(points.collect()),
        Block::Table(hashes(words)),
    ]
}

/// The hashes of the files that decide the figures.
fn hashes(words: &Words<'_>) -> Table {
    let figures = words.figures;
    let files = [
        ("plan.toml", &figures.plan_hash),
        ("population.csv", &figures.population_hash),
        ("frame.csv", &figures.frame_hash),
        ("questionnaire.toml", &figures.questionnaire_hash),
    ];
    let known = files.iter().filter(|(_, hash)| !hash.is_empty());
    let rows = known.map(|(name, hash)| Row::Cells(vec![(*name).to_owned(), (*hash).clone()]));
    let values = [
        ("received", number::count(figures.n_received)),
        ("software", figures.software.clone()),
    ];
    let values = values
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    Table {
        caption: words.table_caption(&words.say("hashes")),
        columns: vec![Align::Start, Align::Start],
        spanning: Vec::new(),
        head: vec![words.say("file"), "SHA-256".to_owned()],
        rows: rows.collect(),
        note: words.say_with("hashes_note", &values),
    }
}
