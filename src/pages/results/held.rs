//! What was held after review, and what that changes, in words.

use super::number;
use super::view::View;
use crate::disclosure::Disclosed;
use crate::locale::rule_name;
use crate::release::figures::IndicatorFigures;
use crate::release::scenarios::WITH_HELD;

/// How many questionnaires are held, by which rules, and what the figures would be with them; `None` if
/// none is, or so few that their number is not published.
pub fn sentence(view: &View<'_>) -> Option<String> {
    let figures = view.figures;
    if figures.held.is_empty() {
        return None;
    }
    let rules = figures.held.iter().map(|(rule, n)| {
        let name = rule_name(view.language, rule);
        view.text_with("held_rule", &[("rule", &name), ("n", &view.count(*n))])
    });
    let rules: Vec<String> = rules.collect();
    let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
    let effects: Vec<String> = figures
        .indicators
        .iter()
        .flat_map(|own| effects(view, own))
        .collect();
    let effects: Vec<&str> = effects.iter().map(String::as_str).collect();
    let held = view.text_with("held", &[("rules", &view.list(&rules))]);
    Some(match effects.is_empty() {
        true => held,
        false => {
            let with = view.text_with("held_effect", &[("list", &view.list(&effects))]);
            format!("{held}{with}")
        }
    })
}

/// The headline and the figure of the volunteers with the held, each beside the published one.
fn effects(view: &View<'_>, indicator: &IndicatorFigures) -> Vec<String> {
    let title = view.translated(&indicator.title);
    let mut choices = indicator.sensitivity.iter();
    let with_held = choices.find(|choice| choice.code == WITH_HELD);
    let headline = with_held.map(|own| (title.to_owned(), &own.estimate, &indicator.whole));
    let parts = indicator.parts.as_ref();
    let volunteers = parts.and_then(|parts| {
        let name = format!("{title} · {}", view.text("part_volunteer"));
        Some((name, parts.volunteer_with_held.as_ref()?, &parts.volunteer))
    });
    let both = headline.into_iter().chain(volunteers);
    both.filter_map(|(title, with, now)| {
        let line = number::target_line(indicator.target);
        let printed = |figure: &Disclosed| number::shown(indicator.kind, figure, line, 1);
        with.shown()?;
        now.shown()?;
        let mut now_words = printed(now);
        let mut with_words = printed(with);
        if let (Some(with), Some(now)) = (with.verdict(), now.verdict())
            && with != now
        {
            let verdict = |verdict| view.text(&format!("verdict_{}", number::verdict_key(verdict)));
            with_words = format!("{with_words} · {}", verdict(with));
            now_words = format!("{now_words} · {}", verdict(now));
        }
        let values = [
            ("title", title.as_str()),
            ("with", &with_words),
            ("now", &now_words),
        ];
        Some(view.text_with("held_figure", &values))
    })
    .collect()
}
