//! 100 % bars of the answers to items on one scale, with the two ends summed up in words.

use maud::{Markup, html};

use super::{Form, LABEL, SMALL, Words, lettering, place, round, svg};

/// One item.
#[derive(Debug, Clone)]
pub struct Bar {
    /// Label at the left, or above on a phone.
    pub label: String,
    /// Shares in the order of the scale, summing to 1, with their words; empty for a suppressed item.
    pub shares: Vec<(f64, String)>,
    /// The summaries at the right: what counts, and the other end.
    pub values: [String; 2],
}

/// The whole chart.
pub struct Stacked<'a> {
    /// Title and finding.
    pub words: Words<'a>,
    /// Items from top to bottom.
    pub bars: Vec<Bar>,
    /// Headings of the two summaries.
    pub columns: [String; 2],
}

/// From the best to the worst answer, distinct for every kind of colour vision (ColorBrewer BrBG); the class carries the
/// page's own.
const COLOURS: [&str; 5] = ["#01665e", "#5ab4ac", "#dfe3e0", "#d8b365", "#8c510a"];

/// Which of the five colours the answer at `place` of `of` takes: the ends always differ most.
pub fn shade(place: usize, of: usize) -> usize {
    match (of, place) {
        (2, 1) => 4,
        (3, place) => place * 2,
        (4, place) if place > 1 => place + 1,
        (_, place) => place.min(4),
    }
}

/// The bars in both forms.
pub fn stacked(chart: &Stacked<'_>) -> Markup {
    html! { @for form in Form::ALL { (draw(chart, form)) } }
}

fn draw(chart: &Stacked<'_>, form: Form) -> Markup {
    let narrow = form == Form::Narrow;
    let width = form.width();
    let far = lettering::width(&chart.columns[1], SMALL) + 14.0;
    let (second, first) = (width, width - far.max(if narrow { 60.0 } else { 76.0 }));
    let (left, right) = if narrow {
        (0.0, first - 62.0)
    } else {
        (210.0, first - 70.0)
    };
    let room = if narrow { width } else { left - 16.0 };
    let thick = 22.0;
    let line = 20.0;
    let mut y = 30.0;
    let mut body = Vec::new();
    for bar in &chart.bars {
        let lines = lettering::lines(&bar.label, LABEL, room, 3);
        let count = place(lines.len());
        let (label, bar_top, height) = if narrow {
            (
                y + 20.0,
                y + count * line + 8.0,
                count * line + thick + 18.0,
            )
        } else {
            let height = (count * line + 14.0).max(38.0);
            (
                y + height / 2.0 - count * line / 2.0 + 15.0,
                y + (height - thick) / 2.0,
                height,
            )
        };
        body.push(html! {
            line.row x1="0" x2=(width) y1=(round(y)) y2=(round(y)) stroke="#e6ece8" {}
            @for (index, text) in lines.iter().enumerate() { text.label x="0" y=(round(label + place(index) * line)) fill="#12261e" { (text) } }
            (segments(bar, left, right, bar_top, thick))
            text.value.strong x=(round(first)) y=(round(bar_top + 16.5)) text-anchor="end" fill="#12261e" font-weight="bold" { (bar.values[0]) }
            text.value.minor x=(round(second)) y=(round(bar_top + 16.5)) text-anchor="end" fill="#4c5f57" { (bar.values[1]) }
        });
        y += height;
    }
    svg(
        form,
        y + 4.0,
        &chart.words,
        html! {
            text.tick x=(round(first)) y="18" text-anchor="end" fill="#4c5f57" font-size=(SMALL) { (chart.columns[0]) }
            text.tick x=(round(second)) y="18" text-anchor="end" fill="#4c5f57" font-size=(SMALL) { (chart.columns[1]) }
            @for part in &body { (part) }
        },
    )
}

fn segments(bar: &Bar, left: f64, right: f64, top: f64, thick: f64) -> Markup {
    let mut start = 0.0;
    let mut parts = Vec::new();
    for (index, (share, words)) in bar.shares.iter().enumerate() {
        let shade = shade(index, bar.shares.len());
        let colour = COLOURS.get(shade).copied().unwrap_or("#999999");
        let (from, wide) = (left + start * (right - left), share * (right - left));
        let fits = lettering::width(words, SMALL) + 8.0 <= wide;
        let ink = if shade == 0 || shade == 4 {
            "#ffffff"
        } else {
            "#12261e"
        };
        parts.push(html! {
            rect class={ "scale s" (shade) } x=(round(from)) y=(round(top)) width=(round((wide - 1.0).max(0.4))) height=(thick) fill=(colour) {}
            @if fits { text.on.light[ink == "#ffffff"] x=(round(from + wide / 2.0)) y=(round(top + 16.0)) text-anchor="middle" fill=(ink) font-size=(SMALL) { (words) } }
        });
        start += share;
    }
    html! { @for part in &parts { (part) } }
}
