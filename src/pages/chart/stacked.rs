//! 100 % bars of the answers to items on one scale.

use maud::{Markup, html};

use super::dots::clip;
use super::{WIDTHS, Words, round, svg};

/// One item.
pub struct Bar {
    /// Label above (phone) or left (desk).
    pub label: String,
    /// Shares in the order of the scale, summing to 1.
    pub shares: Vec<f64>,
    /// The summary at the right, such as the share of the two best answers.
    pub shown: String,
}

/// Colours from the best to the worst answer; the class carries the page's own.
const COLOURS: [&str; 5] = ["#0b6b4b", "#63b394", "#d9dfd9", "#e9a96b", "#b3541e"];

/// The bars in both widths.
pub fn stacked(words: &Words<'_>, bars: &[Bar]) -> Markup {
    html! { @for (class, width) in WIDTHS { (draw(words, bars, class, width)) } }
}

fn draw(words: &Words<'_>, bars: &[Bar], class: &str, width: f64) -> Markup {
    let narrow = class == "narrow";
    let (left, row, thick) = if narrow {
        (0.0, 50.0, 16.0)
    } else {
        (250.0, 32.0, 20.0)
    };
    let span = width - left - 62.0;
    let count = u32::try_from(bars.len()).map_or(0.0, f64::from);
    svg(
        class,
        width,
        count * row + 4.0,
        words,
        html! {
            @for (index, bar) in bars.iter().enumerate() {
                @let top = u32::try_from(index).map_or(0.0, f64::from) * row;
                @let y = if narrow { top + 26.0 } else { top + 6.0 };
                text.label x="0" y=(round(if narrow { top + 18.0 } else { top + 21.0 })) fill="#12261e" {
                    (clip(&bar.label, if narrow { 20 } else { 15 }))
                }
                @for (place, (start, share)) in starts(&bar.shares).into_iter().enumerate() {
                    @let colour = COLOURS.get(place).copied().unwrap_or("#999999");
                    rect class={ "scale s" (place) } x=(round(left + start * span)) y=(round(y)) width=(round((share * span - 1.0).max(0.0))) height=(thick) fill=(colour) {}
                }
                text.value x=(width) y=(round(y + thick - 4.0)) text-anchor="end" fill="#12261e" { (bar.shown) }
            }
        },
    )
}

fn starts(shares: &[f64]) -> Vec<(f64, f64)> {
    let mut start = 0.0;
    shares
        .iter()
        .map(|share| {
            let own = start;
            start += share;
            (own, *share)
        })
        .collect()
}
