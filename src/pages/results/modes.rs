//! An indicator by mode: on site, online and both, and whether the two modes differ.

use maud::{Markup, html};

use super::comparison::{Compared, Comparison, Style, comparison};
use super::finding::suppressed;
use super::number;
use super::view::View;
use crate::release::figures::{IndicatorFigures, ModeComparison};

/// The figure; nothing if the indicator was not compared by mode.
pub fn section(view: &View<'_>, indicator: &IndicatorFigures) -> Markup {
    let Some(modes) = &indicator.modes else {
        return html! {};
    };
    let rows = vec![
        (view.text("mode_part_onsite"), &modes.onsite),
        (view.text("mode_part_online"), &modes.online),
        (view.text("mode_part_both"), &indicator.whole),
    ];
    let (headline, notes) = finding(view, indicator, modes);
    comparison(
        view,
        indicator,
        Comparison {
            topic: view.text("by_mode"),
            spoken: headline.clone(),
            headline,
            notes,
            aside: html! {},
            style: Style::points(rows.iter().map(|(_, estimate)| *estimate)),
            groups: vec![Compared {
                heading: String::new(),
                rows,
            }],
            column: view.text("mode"),
            has_total: true,
        },
    )
}

/// Whether the modes differ, with the test. Nothing but a remark if one of them is suppressed.
fn finding(
    view: &View<'_>,
    indicator: &IndicatorFigures,
    modes: &ModeComparison,
) -> (String, Vec<String>) {
    if suppressed(&modes.onsite) || suppressed(&modes.online) || !modes.p_value.is_finite() {
        return (view.text("modes_hidden"), Vec::new());
    }
    let key = match (modes.p_value < 0.05, modes.difference > 0.0) {
        (false, _) => "modes_alike",
        (true, true) => "modes_higher",
        (true, false) => "modes_lower",
    };
    let unit = view.translated(&indicator.unit);
    let size = modes.difference.abs();
    let size = number::amount(view.language, indicator.kind, unit, size);
    let test = [
        ("size", view.difference(indicator, modes.difference)),
        (
            "interval",
            view.difference_interval(indicator, modes.interval),
        ),
        ("p", number::p_value(modes.p_value)),
    ];
    let test = test.each_ref().map(|(name, value)| (*name, value.as_str()));
    let notes = vec![view.text_with("modes_test", &test), view.text("modes_note")];
    (view.text_with(key, &[("size", &size)]), notes)
}
