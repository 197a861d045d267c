//! The figures as lines of a table: what was estimated for whom. Every format writes these lines.

use std::borrow::Cow;

use crate::disclosure::Disclosed;
use crate::estimation::{Presentation, Verdict};
use crate::locale::in_every_language;
use crate::questionnaire::Text;
use crate::release::figures::{Figures, IndicatorFigures};

/// One line.
pub struct Line<'a> {
    /// Code of the indicator.
    pub indicator: &'a str,
    /// What the estimate is broken down by: empty for the whole, `part`, `section`, `item`, or a
    /// variable of the plan.
    pub dimension: &'a str,
    /// Title of the dimension; empty for the whole.
    pub dimension_title: Cow<'a, Text>,
    /// Code within the dimension; empty for the whole.
    pub level: &'a str,
    /// Label of the level, or the title of the indicator.
    pub label: Cow<'a, Text>,
    /// The estimate, or why it is not shown.
    pub estimate: &'a Disclosed,
}

/// All lines, indicator by indicator.
pub fn lines(figures: &Figures) -> Vec<Line<'_>> {
    figures
        .indicators
        .iter()
        .flat_map(indicator_lines)
        .collect()
}

fn indicator_lines(indicator: &IndicatorFigures) -> Vec<Line<'_>> {
    let line = |dimension, title: &Cow<'_, Text>, level, label, estimate| Line {
        indicator: &indicator.code,
        dimension,
        dimension_title: Cow::Owned(title.clone().into_owned()),
        level,
        label: Cow::Borrowed(label),
        estimate,
    };
    let words = |name: &str| Cow::Owned(in_every_language(&format!("results.{name}")));
    let whole = Cow::Owned(Text::default());
    let mut lines = vec![line("", &whole, "", &indicator.title, &indicator.whole)];
    lines.extend(beside_headline(indicator));
    for table in &indicator.domains {
        let title = Cow::Borrowed(&table.title);
        let rows = table.rows.iter();
        lines.extend(rows.map(|row| {
            line(
                &table.dimension,
                &title,
                &row.level,
                &row.label,
                &row.estimate,
            )
        }));
    }
    let (of_section, of_item) = (words("table_section"), words("table_item"));
    for section in &indicator.sections {
        let title = &section.title;
        lines.push(line(
            "section",
            &of_section,
            &section.code,
            title,
            &section.estimate,
        ));
        let items = section.items.iter();
        lines.extend(
            items.map(|item| line("item", &of_item, &item.code, &item.text, &item.estimate)),
        );
    }
    lines
}

/// The lines beside a headline: its parts, other choices, "don't know".
fn beside_headline(indicator: &IndicatorFigures) -> Vec<Line<'_>> {
    let words = |name: &str| Cow::Owned(in_every_language(&format!("results.{name}")));
    let mut lines = Vec::new();
    let parts = indicator.parts.iter().flat_map(|parts| {
        let with_held = parts.volunteer_with_held.iter();
        [
            ("sampled", &parts.sampled),
            ("volunteer", &parts.volunteer),
            ("blend", &parts.blend),
        ]
        .into_iter()
        .chain(with_held.map(|own| ("volunteer_with_held", own)))
    });
    lines.extend(parts.map(|(level, estimate)| Line {
        indicator: &indicator.code,
        dimension: "part",
        dimension_title: words("table_part"),
        level,
        label: words(&format!("part_{level}")),
        estimate,
    }));
    let channels = indicator.channels.iter();
    lines.extend(channels.map(|effect| Line {
        indicator: &indicator.code,
        dimension: "without",
        dimension_title: words("table_without"),
        level: &effect.code,
        label: Cow::Borrowed(&effect.label),
        estimate: &effect.without,
    }));
    let choices = indicator.sensitivity.iter();
    lines.extend(choices.map(|choice| Line {
        indicator: &indicator.code,
        dimension: "sensitivity",
        dimension_title: words("robustness"),
        level: &choice.code,
        label: words(&format!("choice_{}", choice.code)),
        estimate: &choice.estimate,
    }));
    let dont_know = indicator.dont_know.iter();
    lines.extend(dont_know.map(|dont_know| Line {
        indicator: &indicator.code,
        dimension: "dont_know",
        dimension_title: words("dont_know"),
        level: "share",
        label: words("dont_know"),
        estimate: &dont_know.share,
    }));
    lines
}

/// The verdict's word in files.
pub fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Met => "met",
        Verdict::NotMet => "not_met",
        Verdict::Inconclusive => "inconclusive",
        Verdict::Suppressed => "suppressed",
    }
}

/// The word for the presentation of an estimate in files.
pub fn presentation(estimate: &Disclosed) -> &'static str {
    match estimate.shown().map(|estimate| estimate.presentation) {
        Some(Presentation::Publish) => "publish",
        Some(Presentation::Review) => "review",
        Some(Presentation::Suppress) | None => "suppress",
    }
}
