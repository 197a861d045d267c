//! The sampled beside the volunteers: how they differ, and how far volunteers could move a figure.

use maud::{Markup, html};

use super::comparison::{Comparison, Style, comparison};
use super::figure::basis_of;
use super::number;
use super::view::View;
use crate::release::figures::{IndicatorFigures, PartComparison};

/// The figure; nothing for a survey without volunteers.
pub fn section(view: &View<'_>, indicator: &IndicatorFigures) -> Markup {
    let Some(parts) = &indicator.parts else {
        return html! {};
    };
    let volunteer = match indicator.channels.is_empty() {
        true => view.text("part_volunteer"),
        false => view.text("part_volunteer_moved"),
    };
    let rows = vec![
        (view.text("part_sampled"), &parts.sampled),
        (volunteer, &parts.volunteer),
        (view.text("part_blend"), &parts.blend),
    ];
    let (headline, notes) = finding(view, indicator, parts);
    let style = Style::points(rows.iter().map(|(_, estimate)| *estimate));
    let (topic, column) = (view.text("by_part"), view.text("table_part"));
    let basis = basis_of(view, indicator, "reading_parts");
    let compared = Comparison::of_rows(topic, column, headline, notes, style, rows).on(basis);
    comparison(view, indicator, compared)
}

/// Whether the parts differ, with the test, and what the volunteers could do to the figure. Nothing
/// but a remark if one part is suppressed.
fn finding(
    view: &View<'_>,
    indicator: &IndicatorFigures,
    parts: &PartComparison,
) -> (String, Vec<String>) {
    let how = match view.is_calibrated() {
        true => "parts_note_calibrated",
        false => "parts_note_sampled",
    };
    let how = view.text(how);
    let Some(change) = parts.difference else {
        return (view.text("parts_hidden"), vec![how]);
    };
    let key = match (change.p_value < 0.05, change.difference > 0.0) {
        (false, _) => "parts_alike",
        (true, true) => "parts_higher",
        (true, false) => "parts_lower",
    };
    let size = view.amount(indicator, change.difference.abs());
    let test = [
        ("size", view.difference(indicator, change.difference)),
        (
            "interval",
            view.difference_interval(indicator, (change.lower, change.upper)),
        ),
        ("p", number::p_value(change.p_value)),
    ];
    let test = test.each_ref().map(|(name, value)| (*name, value.as_str()));
    let mut notes = vec![view.text_with("parts_test", &test), how];
    notes.extend(effect(view, indicator, parts));
    (view.text_with(key, &[("size", &size)]), notes)
}

/// How far the volunteers would move the figure of the sampled.
fn effect(view: &View<'_>, indicator: &IndicatorFigures, parts: &PartComparison) -> Option<String> {
    let (sampled, blend) = (parts.sampled.shown()?, parts.blend.shown()?);
    let moved = view.difference(indicator, blend.estimate - sampled.estimate);
    let line = number::target_line(indicator.target);
    let blend = number::shown(indicator.kind, &parts.blend, line, 1);
    Some(view.text_with("parts_effect", &[("blend", &blend), ("size", &moved)]))
}
