//! The lines of a release's tables with their numbers as they are published: percentages to one
//! decimal, counts to ten, and a marker where there is no number.

use std::borrow::Cow;

use crate::disclosure::Disclosed;
use crate::estimation::Estimate;
use crate::locale::{every_language, in_every_language, text_with};
use crate::questionnaire::Text;
use crate::release::figures::{Figures, IndicatorFigures};
use crate::release::marker::Marker;
use crate::release::rounding::{decimals, half_up};
use crate::release::tables::{Line, lines};
use crate::survey::plan::{IndicatorKind, Target};

/// A number as it is published, or what stands for it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Measured {
    /// A rounded number with the decimals that it is printed with.
    Number {
        /// The rounded value.
        value: f64,
        /// Decimals.
        decimals: usize,
    },
    /// No number.
    Marked(Marker),
}

impl Measured {
    /// `value` with so many decimals. A number that rounds to zero but is not gets
    /// [`Marker::Low`], one that is no number [`Marker::NotApplicable`].
    #[must_use]
    pub fn rounded(value: f64, decimals: usize) -> Measured {
        let shown = half_up(value, decimals);
        if !value.is_finite() {
            Measured::Marked(Marker::NotApplicable)
        } else if shown == 0.0 && value.abs() > f64::EPSILON {
            Measured::Marked(Marker::Low)
        } else {
            Measured::Number {
                value: shown,
                decimals,
            }
        }
    }

    /// A count of people, rounded to ten.
    #[must_use]
    pub fn people(n: f64) -> Measured {
        match Measured::rounded(n / 10.0, 0) {
            Measured::Number { value, .. } => Measured::Number {
                value: value * 10.0,
                decimals: 0,
            },
            marked @ Measured::Marked(_) => marked,
        }
    }

    /// A count of people, rounded to ten.
    #[must_use]
    pub fn count(n: u64) -> Measured {
        Measured::people(as_number(n))
    }

    /// A share from 0 to 1 in percent, with one decimal.
    #[must_use]
    pub fn percent(share: f64) -> Measured {
        Measured::rounded(share * 100.0, 1)
    }

    /// The rounded number, if there is one.
    #[must_use]
    pub fn value(self) -> Option<f64> {
        match self {
            Measured::Number { value, .. } => Some(value),
            Measured::Marked(_) => None,
        }
    }

    /// The marker, if there is no number.
    #[must_use]
    pub fn marker(self) -> Option<Marker> {
        match self {
            Measured::Number { .. } => None,
            Measured::Marked(marker) => Some(marker),
        }
    }

    /// As text for files: `86.4`, `[c]`. Minus is a hyphen.
    #[must_use]
    pub fn text(self) -> String {
        match self {
            Measured::Number { value, decimals } => format!("{value:.decimals$}"),
            Measured::Marked(marker) => marker.shorthand().to_owned(),
        }
    }
}

/// A count as a number; exact to 4,294,967,295, more are taken for that.
#[must_use]
pub fn as_number(n: u64) -> f64 {
    f64::from(u32::try_from(n).unwrap_or(u32::MAX))
}

/// The numbers of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// The estimate, in percent or the unit of the indicator.
    Estimate,
    /// Lower end of the interval.
    Lower,
    /// Upper end.
    Upper,
    /// Standard error, in percentage points or the unit of the indicator.
    StdError,
    /// Answers behind it, to ten.
    N,
    /// Degrees of freedom.
    Df,
    /// Confidence of the interval, percent.
    Confidence,
    /// Design effect.
    DesignEffect,
    /// Effective sample size, to ten.
    EffectiveN,
}

impl Measure {
    /// All, in the order of the columns.
    pub const ALL: [Measure; 9] = [
        Measure::N,
        Measure::Estimate,
        Measure::Lower,
        Measure::Upper,
        Measure::Confidence,
        Measure::StdError,
        Measure::Df,
        Measure::DesignEffect,
        Measure::EffectiveN,
    ];

    /// Its name in files.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Measure::Estimate => "estimate",
            Measure::Lower => "lower",
            Measure::Upper => "upper",
            Measure::StdError => "std_error",
            Measure::N => "n",
            Measure::Df => "df",
            Measure::Confidence => "confidence",
            Measure::DesignEffect => "design_effect",
            Measure::EffectiveN => "n_effective",
        }
    }
}

/// A line with its published numbers.
pub struct PublicLine<'a> {
    /// The indicator.
    pub indicator: &'a IndicatorFigures,
    /// The wave: that of the figures, or one before.
    pub wave: &'a str,
    /// What was estimated for whom.
    pub line: Line<'a>,
    /// Whether it is a share, in percent.
    pub is_share: bool,
}

/// All lines of the public figures, indicator by indicator; after each indicator its earlier waves,
/// as dimension `wave`.
#[must_use]
pub fn public_lines(figures: &Figures) -> Vec<PublicLine<'_>> {
    let mut all: Vec<PublicLine<'_>> = Vec::new();
    let of_now = lines(figures);
    let mut of_now = of_now.into_iter().peekable();
    for indicator in &figures.indicators {
        while let Some(line) = of_now.next_if(|line| line.indicator == indicator.code) {
            all.push(PublicLine {
                is_share: indicator.kind != IndicatorKind::Mean || line.dimension == "dont_know",
                indicator,
                wave: &figures.wave,
                line,
            });
        }
        let earlier = indicator.trend.iter();
        let earlier = earlier.filter(|(wave, _)| *wave != figures.wave);
        all.extend(earlier.map(|(wave, estimate)| earlier_wave(indicator, wave, estimate)));
    }
    all
}

fn earlier_wave<'a>(
    indicator: &'a IndicatorFigures,
    wave: &'a str,
    estimate: &'a Disclosed,
) -> PublicLine<'a> {
    PublicLine {
        indicator,
        wave,
        line: Line {
            indicator: &indicator.code,
            dimension: "wave",
            dimension_title: Cow::Owned(in_every_language("results.wave")),
            level: wave,
            label: Cow::Owned(every_language(|_| wave.to_owned())),
            estimate,
        },
        is_share: indicator.kind != IndicatorKind::Mean,
    }
}

impl PublicLine<'_> {
    /// One of its numbers.
    #[must_use]
    pub fn measure(&self, measure: Measure) -> Measured {
        match self.line.estimate {
            Disclosed::Shown(estimate) => self.of_shown(estimate, measure),
            Disclosed::Suppressed { reason, .. } => Measured::Marked(Marker::of(*reason)),
        }
    }

    fn of_shown(&self, estimate: &Estimate, measure: Measure) -> Measured {
        let (size, least) = match self.is_share {
            true => (100.0, 1),
            false => (1.0, 2),
        };
        match measure {
            Measure::Estimate => {
                let value = estimate.estimate * size;
                // So that 89.996 is not published as 90.0 beside the verdict "not met".
                let line = match (estimate.verdict, self.indicator.target) {
                    (Some(_), Some(Target::AtLeast(line))) => Some(line * size),
                    _ => None,
                };
                Measured::rounded(value, decimals(value, line, least))
            }
            Measure::Lower => Measured::rounded(estimate.lower * size, least),
            Measure::Upper => Measured::rounded(estimate.upper * size, least),
            Measure::StdError => Measured::rounded(estimate.std_error * size, 2),
            Measure::N => Measured::count(estimate.n),
            Measure::Df => Measured::rounded(estimate.df, 0),
            Measure::Confidence => Measured::rounded(estimate.level * 100.0, 0),
            Measure::DesignEffect => Measured::rounded(estimate.design_effect, 2),
            Measure::EffectiveN => Measured::people(estimate.n_effective),
        }
    }

    /// Why its estimate is no number, or [`Marker::Low`].
    #[must_use]
    pub fn status(&self) -> Option<Marker> {
        self.measure(Measure::Estimate).marker()
    }

    /// The unit of estimate and bounds in every language: percent, or the unit of the indicator.
    #[must_use]
    pub fn unit(&self) -> Text {
        match self.is_share {
            true => in_every_language("release_files.percent"),
            false => self.indicator.unit.clone(),
        }
    }

    /// The words for the target of the indicator; empty without one, or for a line that is not judged.
    #[must_use]
    pub fn target(&self) -> Text {
        match self.line.estimate.verdict() {
            Some(_) => target(self.indicator),
            None => Text::default(),
        }
    }
}

/// The words for the target of an indicator; empty without one.
#[must_use]
pub fn target(indicator: &IndicatorFigures) -> Text {
    match indicator.target {
        Some(Target::AtLeast(line)) => {
            // At most four decimals, none of them a zero at the end.
            let line = match indicator.kind {
                IndicatorKind::Mean => half_up(line, 4).to_string(),
                IndicatorKind::Share | IndicatorKind::Ratio => {
                    format!("{}%", half_up(line * 100.0, 4))
                }
            };
            let values = [("line", line.as_str())];
            every_language(|language| text_with(language, "release_files.at_least", &values))
        }
        Some(Target::BelowPreviousWave) => in_every_language("release_files.below_previous"),
        None => Text::default(),
    }
}
