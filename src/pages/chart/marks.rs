//! The marks of charts of rows.

use maud::{Markup, html};

use super::canvas::{Screen, round};

/// What is drawn at a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// A disc: an estimate, or one that meets its target.
    Disc,
    /// A ring: an inconclusive estimate, or the sample before weighting.
    Ring,
    /// A diamond: an estimate that does not meet its target.
    Diamond,
    /// A vertical stroke: the share in the population.
    Stroke,
    /// A cross: an estimate without a verdict among others that have one.
    Cross,
    /// A bar from zero.
    Bar,
}

/// Straight lines as the path of an SVG, each from its first to its second point. Their ends are
/// butt, so a line ends where its value says.
pub(super) fn segments(lines: impl Iterator<Item = ((f64, f64), (f64, f64))>) -> String {
    lines.fold(String::new(), |mut path, ((x1, y1), (x2, y2))| {
        let end = match (x1 == x2, y1 == y2) {
            (_, true) => format!("H{}", round(x2)),
            (true, _) => format!("V{}", round(y2)),
            _ => format!("L{} {}", round(x2), round(y2)),
        };
        path.push_str(&format!("M{} {}{end}", round(x1), round(y1)));
        path
    })
}

/// Marks of one kind with their centres at those points, in one group. Nothing for bars, which are
/// drawn from zero.
pub(super) fn draw_marks(screen: Screen, mark: Mark, points: &[(f64, f64)]) -> Markup {
    if points.is_empty() {
        return html! {};
    }
    let discs = |radius: &str| {
        html! {
            @for (x, y) in points { circle cx=(round(*x)) cy=(round(*y)) r=(radius) {} }
        }
    };
    match mark {
        Mark::Disc => html! { g.point fill=[screen.ink("#0b6b4b")] { (discs("6")) } },
        Mark::Ring => html! {
            g.ring fill=[screen.ink("#ffffff")] stroke=[screen.ink("#8a4b00")]
                stroke-width=[screen.ink("2.5")] {
                (discs("5.5"))
            }
        },
        Mark::Diamond => {
            let corners = points.iter();
            let corners =
                corners.map(|(x, y)| format!("M{} {}l8 8-8 8-8-8z", round(*x), round(y - 8.0)));
            html! { path.diamond d=(corners.collect::<String>()) fill=[screen.ink("#a4262c")] {} }
        }
        Mark::Stroke => {
            let ends = points.iter().map(|(x, y)| ((*x, y - 10.0), (*x, y + 10.0)));
            html! { path.stroke d=(segments(ends)) stroke=[screen.ink("#12261e")] stroke-width=[screen.ink("3")] {} }
        }
        Mark::Cross => {
            let arms = points.iter();
            let arms = arms
                .map(|(x, y)| format!("M{} {}l10 10m0-10l-10 10", round(x - 5.0), round(y - 5.0)));
            html! {
                path.cross d=(arms.collect::<String>()) stroke=[screen.ink("#12261e")]
                    stroke-width=[screen.ink("2.5")] {}
            }
        }
        Mark::Bar => html! {},
    }
}
