//! The responses of each day as bars.

use std::collections::BTreeMap;

use jiff::civil::Date;
use maud::{Markup, html};

use crate::fieldwork::count;
use crate::pages::chart::Axis;
use crate::pages::results::number::fixed;

/// Size of the chart, pixels.
const WIDTH: f64 = 900.0;
const HEIGHT: f64 = 200.0;
/// Room for the labels on the left, above and below.
const LEFT: f64 = 48.0;
const ABOVE: f64 = 12.0;
const BELOW: f64 = 26.0;

/// Bars of each day: sampled below, others above. `a_day`: sampled responses that a day should bring,
/// as a line. `alt` says what the chart shows.
#[must_use]
pub fn days_chart(days: &BTreeMap<Date, (u64, u64)>, a_day: Option<f64>, alt: &str) -> Markup {
    let (Some(first), Some(last)) = (days.keys().next(), days.keys().next_back()) else {
        return html! {};
    };
    let place = |day: &Date| {
        let days = day.since(*first).map_or(0, |span| span.get_days());
        f64::from(days)
    };
    let n = place(last) + 1.0;
    let most = days.values().map(|(one, other)| count::number(one + other));
    let most = most.chain(a_day).fold(1.0, f64::max);
    let axis = Axis::around([0.0, most], (0.0, f64::INFINITY));
    let top = axis.high;
    let y = |value: f64| (HEIGHT - BELOW) * (1.0 - value / top) + ABOVE;
    let (step, base) = ((WIDTH - LEFT) / n, y(0.0));
    let number = |value: f64| fixed(value, 1).replace('−', "-");
    html! {
        svg.days viewBox=(format!("0 0 {WIDTH} {}", HEIGHT + ABOVE + 4.0)) role="img" aria-label=(alt) {
            @for tick in &axis.ticks {
                line class="grid" x1=(LEFT) x2=(WIDTH) y1=(number(y(*tick))) y2=(number(y(*tick))) {}
                text class="tick" x=(LEFT - 6.0) y=(number(y(*tick) + 5.0)) text-anchor="end" { (fixed(*tick, 0)) }
            }
            @for (day, (sampled, others)) in days {
                @let x = LEFT + step * place(day);
                @let (sampled, all) = (count::number(*sampled), count::number(sampled + others));
                rect class="bar" x=(number(x)) width=(number((step * 0.85).max(0.5))) y=(number(y(sampled))) height=(number(base - y(sampled))) {}
                rect class="bar-other" x=(number(x)) width=(number((step * 0.85).max(0.5))) y=(number(y(all))) height=(number(y(sampled) - y(all))) {}
            }
            @if let Some(a_day) = a_day {
                line class="target" x1=(LEFT) x2=(WIDTH) y1=(number(y(a_day))) y2=(number(y(a_day))) {}
            }
            text class="tick" x=(LEFT) y=(HEIGHT + ABOVE - 4.0) { (first) }
            text class="tick" x=(WIDTH) y=(HEIGHT + ABOVE - 4.0) text-anchor="end" { (last) }
        }
    }
}
