//! The ratios of final to base weight as bars.

use maud::{Markup, html};

use crate::fieldwork::count;
use crate::pages::chart::Axis;
use crate::pages::results::number::fixed;
use crate::release::weighting::Bin;

/// Size of the chart, pixels.
const WIDTH: f64 = 900.0;
const HEIGHT: f64 = 200.0;
/// Room for the labels on the left and below.
const LEFT: f64 = 64.0;
const BELOW: f64 = 26.0;

/// A bar for each bin. `alt` says what the chart shows.
#[must_use]
pub fn weight_histogram(bins: &[Bin], alt: &str) -> Markup {
    let (Some(first), Some(last)) = (bins.first(), bins.last()) else {
        return html! {};
    };
    let most = bins
        .iter()
        .map(|bin| count::number(bin.n))
        .fold(1.0, f64::max);
    let axis = Axis::around([0.0, most], (0.0, f64::INFINITY));
    let y = |value: f64| (HEIGHT - BELOW) * (1.0 - value / axis.high) + 12.0;
    let step = (WIDTH - LEFT) / count::number(u64::try_from(bins.len()).unwrap_or(1));
    let number = |value: f64| fixed(value, 1).replace('−', "-");
    let places = (0..).map(|place: u32| LEFT + step * f64::from(place));
    html! {
        svg.days viewBox=(format!("0 0 {WIDTH} {}", HEIGHT + 14.0)) role="img" aria-label=(alt) {
            @for tick in &axis.ticks {
                line class="grid" x1=(LEFT) x2=(WIDTH) y1=(number(y(*tick))) y2=(number(y(*tick))) {}
                text class="tick" x=(LEFT - 6.0) y=(number(y(*tick) + 5.0)) text-anchor="end" { (fixed(*tick, 0)) }
            }
            @for (bin, x) in bins.iter().zip(places) {
                @let top = y(count::number(bin.n));
                rect class="bar" x=(number(x)) width=(number((step * 0.9).max(0.5))) y=(number(top)) height=(number(y(0.0) - top)) {}
            }
            text class="tick" x=(LEFT) y=(HEIGHT + 8.0) { "g = " (fixed(first.from, 2)) }
            text class="tick" x=(WIDTH) y=(HEIGHT + 8.0) text-anchor="end" { (fixed(last.to, 2)) }
        }
    }
}
