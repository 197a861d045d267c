//! The bulletin of a release: the document that the city publishes, four to six pages, in each
//! language. It says only what the public figures say.
//!
//! | file | does |
//! |---|---|
//! | [`words`], [`number`] | texts of the language; numbers as they are printed |
//! | [`findings`] | headlines: key figures, sentences, earlier waves |
//! | [`survey`] | how the survey was done, and whom the sample has |
//! | [`results`] | sections and questions, counties, groups |
//! | [`quality`] | weights, precision, other choices, exclusions |
//! | [`notes`] | definitions, revisions, contact, address, hashes |
//! | [`estimates`] | tables of estimates of several indicators side by side |
//! | [`press`] | three sentences for the media |

pub mod estimates;
pub mod findings;
pub mod notes;
pub mod number;
pub mod press;
pub mod quality;
pub mod results;
pub mod survey;
pub mod words;

use jiff::Timestamp;
use jiff::civil::DateTime;

use super::drawing::Drawing;
use super::pdf::document::{Block, Document, Figure, Made};
use super::pdf::{PdfError, pdf};
use crate::locale::Language;
use crate::release::figures::{Figures, IndicatorFigures};
use crate::release::imprint::Imprint;
use words::Words;

/// Where a chart stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChartPlace {
    /// With the main findings, such as the trend.
    Findings,
    /// With the counties.
    Counties,
}

/// A chart of the release.
#[derive(Debug, Clone)]
pub struct BulletinChart {
    /// Where it stands.
    pub place: ChartPlace,
    /// The chart as SVG, drawn for a desktop.
    pub svg: String,
    /// Its title; the number is put before it.
    pub caption: String,
    /// What it shows, for people who cannot see it.
    pub alt: String,
}

/// The indicators that are judged; all of them if none is judged.
#[must_use]
pub fn headlines(figures: &Figures) -> Vec<&IndicatorFigures> {
    let is_judged = |indicator: &&IndicatorFigures| indicator.number.is_some();
    let judged: Vec<_> = figures.indicators.iter().filter(is_judged).collect();
    match judged.is_empty() {
        true => figures.indicators.iter().collect(),
        false => judged,
    }
}

/// The bulletin of a release as PDF. `figures` are the public ones: suppressed cells are printed as
/// `*` and explained. The same release gives the same bytes.
///
/// # Errors
/// When a text or chart has a character without glyph, or a chart is not SVG.
pub fn bulletin(
    figures: &Figures,
    imprint: &Imprint,
    language: Language,
    charts: &[BulletinChart],
) -> Result<Vec<u8>, PdfError> {
    pdf(&document(figures, imprint, language, charts)?)
}

/// The bulletin before it is set.
///
/// # Errors
/// As [`bulletin`].
pub fn document(
    figures: &Figures,
    imprint: &Imprint,
    language: Language,
    charts: &[BulletinChart],
) -> Result<Document, PdfError> {
    let words = Words::new(language, figures);
    let title = words.title();
    let issue = words.say_with("issue", &[("number", &imprint.number.to_string())]);
    let mut blocks = vec![survey::title(&words, imprint, &title, &issue)];
    let headlines = headlines(figures);
    let place = |place: ChartPlace, blocks: &mut Vec<Block>| -> Result<(), PdfError> {
        for chart in charts.iter().filter(|chart| chart.place == place) {
            let figure = figure(&words, chart)?;
            blocks.push(Block::Figure(Box::new(figure)));
        }
        Ok(())
    };
    blocks.push(findings::key_figures(&words, &headlines));
    blocks.extend(survey::basis(&words));
    blocks.extend(findings::section(&words, &headlines));
    place(ChartPlace::Findings, &mut blocks)?;
    blocks.extend(survey::composition(&words));
    blocks.extend(results::first(&words, &headlines));
    let counties = results::counties(&words, &headlines);
    // The table may be broken over two pages and the chart may not: the chart stands first.
    let is_table = |block: &Block| matches!(block, Block::Table(_));
    let (tables, introduction): (Vec<Block>, Vec<Block>) = counties.into_iter().partition(is_table);
    blocks.extend(introduction);
    place(ChartPlace::Counties, &mut blocks)?;
    blocks.extend(tables);
    blocks.extend(results::groups(&words, &headlines));
    blocks.extend(results::others(&words, &headlines));
    blocks.extend(results::opinions(&words));
    blocks.extend(quality::section(&words, &headlines));
    blocks.extend(notes::section(&words, &headlines, imprint));
    Ok(Document {
        title: title.clone(),
        language: language.tag().to_owned(),
        author: words.of(&figures.agency).to_owned(),
        running: (title, issue),
        page_words: words.say("page"),
        continued: words.say("continued"),
        made: made(imprint),
        blocks,
    })
}

fn figure(words: &Words<'_>, chart: &BulletinChart) -> Result<Figure, PdfError> {
    Ok(Figure {
        drawing: Drawing::parse(&chart.svg)?,
        caption: words.figure_caption(&chart.caption),
        alt: chart.alt.clone(),
        width: 0.8,
    })
}

/// When the release is published, UTC.
fn made(imprint: &Imprint) -> Made {
    let time = Timestamp::from_microsecond(imprint.published_at).unwrap_or_default();
    let time: DateTime = jiff::tz::Offset::UTC.to_datetime(time);
    let small = |value: i8| u8::try_from(value).unwrap_or(0);
    Made {
        year: u16::try_from(time.year()).unwrap_or(0),
        month: small(time.month()),
        day: small(time.day()),
        hour: small(time.hour()),
        minute: small(time.minute()),
        second: small(time.second()),
    }
}
