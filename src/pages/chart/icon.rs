//! The shapes of verdicts, so that a verdict can be read without colours.

use maud::{Markup, html};

/// A shape and the verdict that it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A disc with a tick: met.
    Tick,
    /// A square with a cross: not met.
    Cross,
    /// A ring with a dash: inconclusive.
    Dash,
    /// A star: suppressed.
    Star,
}

/// A shape in the colour of the text around it. Screen readers skip it, since the verdict is in
/// words too.
pub fn icon(shape: Shape) -> Markup {
    html! {
        svg.icon viewBox="0 0 20 20" width="20" height="20" aria-hidden="true"
            focusable="false" { (draw(shape, "currentColor")) }
    }
}

/// A shape in a square of 20 px, in that colour.
pub(super) fn draw(shape: Shape, colour: &str) -> Markup {
    html! {
        @match shape {
            Shape::Tick => {
                circle cx="10" cy="10" r="9" fill=(colour) {}
                path.inside d="M5.6 10.4l3 3 5.8-6.4" fill="none" stroke="#ffffff"
                    stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round" {}
            }
            Shape::Cross => {
                rect x="1.5" y="1.5" width="17" height="17" rx="3" fill=(colour) {}
                path.inside d="M6.5 6.5l7 7M13.5 6.5l-7 7" fill="none" stroke="#ffffff"
                    stroke-width="2.2" stroke-linecap="round" {}
            }
            Shape::Dash => {
                circle cx="10" cy="10" r="8" fill="none" stroke=(colour) stroke-width="2.2"
                    stroke-dasharray="3.4 2.2" {}
                path d="M6.4 10h7.2" fill="none" stroke=(colour) stroke-width="2.2"
                    stroke-linecap="round" {}
            }
            Shape::Star => {
                path d="M10 3v14M4 6.5l12 7M16 6.5l-12 7" fill="none" stroke=(colour)
                    stroke-width="2.2" stroke-linecap="round" {}
            }
        }
    }
}
