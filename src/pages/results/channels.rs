//! Which channels and address blocks move a figure by more than half a point, and by how much.

use maud::{Markup, html};

use super::number;
use super::view::View;
use crate::release::figures::{BlockEffect, ChannelEffect, IndicatorFigures};

/// One sentence for each channel; nothing if none moves the figure.
pub fn section(view: &View<'_>, indicator: &IndicatorFigures) -> Markup {
    if indicator.channels.is_empty() && indicator.block.is_none() {
        return html! {};
    }
    html! {
        div.trial role="note" {
            @for effect in &indicator.channels {
                p { (size(view, effect)) (figures(view, indicator, effect)) }
            }
            @if let Some(effect) = &indicator.block { p { (block(view, indicator, effect)) } }
        }
    }
}

/// How many questionnaires came through the channel, and how fast.
fn size(view: &View<'_>, effect: &ChannelEffect) -> String {
    let counts = [effect.n, effect.of, effect.busiest_hour].map(number::count);
    let [n, of, hour] = counts.each_ref().map(String::as_str);
    let values = [
        ("channel", view.translated(&effect.label)),
        ("n", n),
        ("of", of),
        ("hour", hour),
    ];
    view.text_with("channel_size", &values)
}

/// What the figures would be without it.
fn figures(view: &View<'_>, indicator: &IndicatorFigures, effect: &ChannelEffect) -> String {
    let shown = |figure| number::shown(indicator.kind, figure, None, 1);
    let values = [
        ("with", shown(&effect.with)),
        ("without", shown(&effect.without)),
        ("size", view.difference(indicator, effect.moved)),
    ];
    let values = values
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let is_of_volunteers = indicator.parts.is_some();
    let mut sentence = match is_of_volunteers {
        true => view.text_with("channel_volunteers", &values),
        false => view.text_with("channel_all", &values),
    };
    if let Some(headline) = effect
        .headline_without
        .as_ref()
        .filter(|_| is_of_volunteers)
    {
        let (moved, headline) = (
            view.difference(indicator, effect.headline_moved),
            shown(headline),
        );
        sentence += &match view.is_calibrated() {
            true => {
                let values = [("without", headline.as_str()), ("size", moved.as_str())];
                view.text_with("channel_headline", &values)
            }
            false => view.text("channel_not_headline"),
        };
    }
    sentence
}

/// What the largest address blocks gave and what they move.
fn block(view: &View<'_>, indicator: &IndicatorFigures, effect: &BlockEffect) -> String {
    let share = |value| view.with_unit(indicator, value, 1);
    let values = [
        ("days", number::count(effect.days)),
        ("n", number::count(effect.n)),
        ("of", number::count(effect.of)),
        ("with", share(effect.with)),
        ("without", share(effect.without)),
        ("size", view.difference(indicator, effect.moved())),
    ];
    let values = values
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    view.text_with("block_effect", &values)
}
