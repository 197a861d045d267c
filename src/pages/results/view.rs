//! What every part of a results page needs: language, figures, texts, and the figure numbers.

use std::borrow::Cow;
use std::cell::RefCell;

use crate::collection::label::is_hidden;
use crate::disclosure::Disclosed;
use crate::locale::{Language, text, text_with};
use crate::pages::layout::Reader;
use crate::questionnaire::Text;
use crate::release::figures::{Figures, IndicatorFigures};
use crate::release::imprint::Imprint;
use crate::survey::plan::IndicatorKind;

use super::frame::Frame;
use super::number;

/// A results page that is being written.
pub struct View<'a> {
    /// The language of the page.
    pub language: Language,
    /// The figures that it shows.
    pub figures: &'a Figures,
    /// The release that the page is of; `None` for the provisional figures of the office.
    imprint: Option<&'a Imprint>,
    /// Repeats the size of the text in links.
    reader: Reader,
    /// The figures of the page so far, in the order of their numbers.
    drawn: RefCell<Vec<Frame>>,
}

impl<'a> View<'a> {
    /// A page for staff, without numbered figures. All digits are shown.
    pub fn new(language: Language, figures: &'a Figures) -> View<'a> {
        View {
            language,
            figures,
            imprint: None,
            reader: language.into(),
            drawn: RefCell::default(),
        }
    }

    /// A page of a release, without numbered figures. It shows fewer digits, no counts of small
    /// groups but rounded ones, and where to take each figure.
    pub fn of_release(reader: Reader, imprint: &'a Imprint, figures: &'a Figures) -> View<'a> {
        View {
            language: reader.language,
            figures,
            imprint: Some(imprint),
            reader,
            drawn: RefCell::default(),
        }
    }

    /// Whether everyone may see the page.
    pub fn is_public(&self) -> bool {
        self.imprint.is_some()
    }

    /// Path of the release: `/results/satisfaction-2026/r/1`.
    pub fn release_path(&self) -> Option<String> {
        self.imprint
            .map(|imprint| imprint.path(&self.figures.survey))
    }

    /// Absolute URL of the release.
    pub fn release_address(&self) -> Option<String> {
        self.imprint
            .map(|imprint| imprint.address(&self.figures.survey))
    }

    /// `path` with the language and text size of the reader.
    pub fn link(&self, path: &str) -> String {
        self.reader.link(path)
    }

    /// The path of a file, which has a language but no text size.
    pub fn file(&self, path: &str) -> String {
        Reader::from(self.language).link(path)
    }

    /// The text of `release_page.{key}`.
    pub fn word(&self, key: &str) -> String {
        text(self.language, &format!("release_page.{key}"))
    }

    /// The text of `release_page.{key}` with its placeholders filled.
    pub fn word_with(&self, key: &str, values: &[(&str, &str)]) -> String {
        text_with(self.language, &format!("release_page.{key}"), values)
    }

    /// The text of `results.{key}`.
    pub fn text(&self, key: &str) -> String {
        text(self.language, &format!("results.{key}"))
    }

    /// The text of `results.{key}` with its placeholders filled.
    pub fn text_with(&self, key: &str, values: &[(&str, &str)]) -> String {
        text_with(self.language, &format!("results.{key}"), values)
    }

    /// A text in the page's language.
    pub fn translated<'t>(&self, text: &'t Text) -> &'t str {
        text.get(self.language.code())
    }

    /// A text that a respondent may have written. Invisible characters are shown by their code
    /// points, since they could reorder the line or make two texts look alike.
    pub fn respondent_text<'t>(&self, text: &'t Text) -> Cow<'t, str> {
        let text = self.translated(text);
        if !text.contains(is_hidden) {
            return Cow::Borrowed(text);
        }
        let mut named = String::with_capacity(text.len() + 8);
        for letter in text.chars() {
            match is_hidden(letter) {
                true => named.push_str(&format!("[U+{:04X}]", u32::from(letter))),
                false => named.push(letter),
            }
        }
        Cow::Owned(named)
    }

    /// The number of the next figure, from 1.
    pub fn next_figure_number(&self) -> String {
        (self.drawn.borrow().len() + 1).to_string()
    }

    /// Keeps a figure, which takes the next number.
    pub fn keep(&self, frame: Frame) {
        self.drawn.borrow_mut().push(frame);
    }

    /// All figures of the page, in the order of their numbers.
    pub fn into_frames(self) -> Vec<Frame> {
        self.drawn.into_inner()
    }

    /// Fewest decimals of percentages and means in tables.
    pub fn decimals(&self) -> usize {
        if self.is_public() { 1 } else { 2 }
    }

    /// A count of answers: in public it is rounded, and says so.
    pub fn count(&self, n: u64) -> String {
        let printed = number::count(n);
        match self.is_public() {
            true => self.word_with("about", &[("n", &printed)]),
            false => printed,
        }
    }

    /// Heading of a column of counts.
    pub fn n_heading(&self) -> String {
        match self.is_public() {
            true => self.word("n_rounded"),
            false => "n".to_owned(),
        }
    }

    /// An estimate as a cell of a table: the reason if it is suppressed; in the office a star, beside
    /// which the reason stands.
    pub fn shown(
        &self,
        indicator_kind: IndicatorKind,
        figure: &Disclosed,
        line: Option<f64>,
        least: usize,
    ) -> String {
        self.reason(figure)
            .unwrap_or_else(|| number::shown(indicator_kind, figure, line, least))
    }

    /// An interval as a cell of a table; see [`View::shown`].
    pub fn interval(
        &self,
        indicator_kind: IndicatorKind,
        figure: &Disclosed,
        decimals: usize,
    ) -> String {
        self.reason(figure)
            .unwrap_or_else(|| number::interval(indicator_kind, figure, decimals))
    }

    /// Why an estimate is not shown, in a few words for a cell; `None` if it is shown, and in the
    /// office.
    pub fn reason(&self, figure: &Disclosed) -> Option<String> {
        match figure {
            Disclosed::Suppressed { reason, .. } if self.is_public() => {
                Some(self.word(&format!("reason_{}", reason.word())))
            }
            _ => None,
        }
    }

    /// Whether the figures rest on the sampled and the volunteers together.
    pub fn is_calibrated(&self) -> bool {
        let weighting = self.figures.weighting.as_ref();
        weighting.is_some_and(|weighting| weighting.sampled_share.is_some())
    }

    /// The responses by mode: those with an enumerator, paper, online.
    pub fn modes(&self) -> Vec<(&'a str, u64)> {
        let order = ["onsite", "phone", "intercept", "paper", "online"];
        let mut modes: Vec<(&str, u64)> = self
            .figures
            .n_by_mode
            .iter()
            .map(|(mode, n)| (mode.as_str(), *n))
            .collect();
        modes.sort_by_key(|(mode, _)| order.iter().position(|known| known == mode));
        modes
    }

    /// Names as a list: `甲、乙、丙`, `A, B, C`.
    pub fn list(&self, names: &[&str]) -> String {
        names.join(&self.text("comma"))
    }

    /// A value of `indicator` with its unit.
    pub fn with_unit(&self, indicator: &IndicatorFigures, value: f64, decimals: usize) -> String {
        let number = number::value(indicator.kind, value, decimals);
        match (indicator.kind, self.translated(&indicator.unit)) {
            (IndicatorKind::Mean, unit) if !unit.is_empty() => format!("{number} {unit}"),
            _ => number,
        }
    }

    /// A difference of `indicator` with its sign and unit.
    pub fn difference(&self, indicator: &IndicatorFigures, value: f64) -> String {
        let sign = if value > 0.0 { "+" } else { "" };
        format!("{sign}{}", self.amount(indicator, value))
    }

    /// The size of a difference of `indicator`, with its unit.
    pub fn amount(&self, indicator: &IndicatorFigures, value: f64) -> String {
        let unit = self.translated(&indicator.unit);
        let least = self.decimals();
        number::amount(self.language, indicator.kind, unit, value, least)
    }

    /// A difference of `indicator` with its sign and without unit.
    pub fn signed(&self, indicator: &IndicatorFigures, value: f64) -> String {
        number::signed(indicator.kind, value, self.decimals())
    }

    /// The interval of a difference of `indicator`.
    pub fn difference_interval(
        &self,
        indicator: &IndicatorFigures,
        interval: (f64, f64),
    ) -> String {
        self.text_with(
            "from_to",
            &[
                ("lower", &self.signed(indicator, interval.0)),
                ("upper", &self.difference(indicator, interval.1)),
            ],
        )
    }
}

/// The wave in a survey id: `2025` in `satisfaction-2025`.
pub fn wave(survey: &str) -> &str {
    survey.rsplit_once('-').map_or(survey, |(_, wave)| wave)
}
