//! What every part of a results page needs: language, figures, texts, and the figure numbers.

use std::borrow::Cow;
use std::cell::Cell;

use crate::collection::label::is_hidden;
use crate::locale::{Language, text, text_with};
use crate::questionnaire::Text;
use crate::release::figures::{Figures, IndicatorFigures};
use crate::survey::plan::IndicatorKind;

use super::number;

/// A results page that is being written.
pub struct View<'a> {
    /// The language of the page.
    pub language: Language,
    /// The figures that it shows.
    pub figures: &'a Figures,
    /// The figures numbered so far.
    numbered: Cell<u64>,
}

impl<'a> View<'a> {
    /// A page without numbered figures.
    pub fn new(language: Language, figures: &'a Figures) -> View<'a> {
        View {
            language,
            figures,
            numbered: Cell::new(0),
        }
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
        self.numbered.set(self.numbered.get() + 1);
        number::count(self.numbered.get())
    }

    /// Whether the figures rest on the sampled and the volunteers together.
    pub fn is_calibrated(&self) -> bool {
        let weighting = self.figures.weighting.as_ref();
        weighting.is_some_and(|weighting| weighting.sampled_share.is_some())
    }

    /// The responses by mode: on site, paper, online.
    pub fn modes(&self) -> Vec<(&'a str, u64)> {
        let order = ["onsite", "paper", "online"];
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
        number::difference(
            self.language,
            indicator.kind,
            self.translated(&indicator.unit),
            value,
        )
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
                ("lower", &number::signed(indicator.kind, interval.0)),
                ("upper", &self.difference(indicator, interval.1)),
            ],
        )
    }
}

/// The wave in a survey id: `2025` in `satisfaction-2025`.
pub fn wave(survey: &str) -> &str {
    survey.rsplit_once('-').map_or(survey, |(_, wave)| wave)
}
