//! What every part of a results page needs: the language, the figures, the number of the next chart.

use std::borrow::Cow;
use std::cell::Cell;

use crate::collection::label::is_hidden;
use crate::locale::{Language, text, text_with};
use crate::questionnaire::Text;
use crate::release::figures::{Figures, IndicatorFigures};
use crate::survey::plan::IndicatorKind;

use super::number;

/// One results page while it is written.
pub struct Sheet<'a> {
    /// Language of the page.
    pub language: Language,
    /// What it shows.
    pub figures: &'a Figures,
    charts: Cell<u64>,
}

impl<'a> Sheet<'a> {
    /// A page on which no chart is numbered yet.
    pub fn new(language: Language, figures: &'a Figures) -> Sheet<'a> {
        Sheet {
            language,
            figures,
            charts: Cell::new(0),
        }
    }

    /// The text of `results.{key}`.
    pub fn say(&self, key: &str) -> String {
        text(self.language, &format!("results.{key}"))
    }

    /// The text of `results.{key}` with its placeholders filled.
    pub fn fill(&self, key: &str, values: &[(&str, &str)]) -> String {
        text_with(self.language, &format!("results.{key}"), values)
    }

    /// A text in the page's language.
    pub fn own<'t>(&self, text: &'t Text) -> &'t str {
        text.get(self.language.code())
    }

    /// A text that a respondent may have written: what cannot be seen in it is named, so that it cannot reorder its line or
    /// look like another.
    pub fn written<'t>(&self, text: &'t Text) -> Cow<'t, str> {
        let text = self.own(text);
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

    /// The number of the next chart, from 1.
    pub fn next_chart(&self) -> String {
        self.charts.set(self.charts.get() + 1);
        number::count(self.charts.get())
    }

    /// Responses by mode: on site first, then paper, then online.
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

    /// Names in a row: `甲、乙、丙`, `A, B, C`.
    pub fn list(&self, names: &[&str]) -> String {
        names.join(&self.say("comma"))
    }

    /// `value` of `indicator` with its unit.
    pub fn with_unit(&self, indicator: &IndicatorFigures, value: f64, decimals: usize) -> String {
        let number = number::value(indicator.kind, value, decimals);
        match (indicator.kind, self.own(&indicator.unit)) {
            (IndicatorKind::Mean, unit) if !unit.is_empty() => format!("{number} {unit}"),
            _ => number,
        }
    }

    /// A difference of `indicator` with its sign and unit.
    pub fn difference(&self, indicator: &IndicatorFigures, value: f64) -> String {
        number::difference(
            self.language,
            indicator.kind,
            self.own(&indicator.unit),
            value,
        )
    }

    /// An interval of a difference.
    pub fn difference_interval(
        &self,
        indicator: &IndicatorFigures,
        interval: (f64, f64),
    ) -> String {
        self.fill(
            "from_to",
            &[
                (
                    "lower",
                    &number::bare_difference(indicator.kind, interval.0),
                ),
                ("upper", &self.difference(indicator, interval.1)),
            ],
        )
    }
}

/// `2025` of `satisfaction-2025`.
pub fn wave(survey: &str) -> &str {
    survey.rsplit_once('-').map_or(survey, |(_, wave)| wave)
}
