//! The figures as lines of a table: what was estimated for whom. Every format writes these lines.

use std::borrow::Cow;

use crate::locale::in_every_language;
use crate::questionnaire::Text;
use crate::release::figures::{Estimate, Figures, IndicatorFigures, Presentation, Verdict};

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
    /// The estimate.
    pub estimate: &'a Estimate,
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
    // Each part weighted to the population alone: the combined figure never without them beside it.
    let modes = indicator.modes.iter();
    let parts = modes.flat_map(|modes| [("onsite", &modes.onsite), ("online", &modes.online)]);
    lines.extend(parts.map(|(level, estimate)| Line {
        indicator: &indicator.code,
        dimension: "part",
        dimension_title: words("table_part"),
        level,
        label: words(&format!("mode_part_{level}")),
        estimate,
    }));
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

/// The verdict's word in files.
pub fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Met => "met",
        Verdict::NotMet => "not_met",
        Verdict::Inconclusive => "inconclusive",
        Verdict::Suppressed => "suppressed",
    }
}

/// The presentation's word in files.
pub fn presentation(presentation: Presentation) -> &'static str {
    match presentation {
        Presentation::Publish => "publish",
        Presentation::Review => "review",
        Presentation::Suppress => "suppress",
    }
}
