//! The pictures for shared links: wide (1200 × 630 px) and square (1080 × 1080 px).

use maud::{Markup, html};

use super::canvas::{AltText, count, round};
use super::icon::{Shape, draw};
use super::plate::{standing_alone, texts};
use super::text_metrics;

/// A figure on a card.
#[derive(Debug, Clone)]
pub struct CardFigure {
    /// What it is.
    pub label: String,
    /// The figure as it is printed, such as `91.4%`.
    pub value: String,
    /// Its unit in words; empty for shares.
    pub unit: String,
    /// Shape and words of the verdict; `None` without a target.
    pub verdict: Option<(Shape, String)>,
    /// Target and interval in words; may be empty.
    pub detail: String,
}

/// A picture for shared links.
pub struct Card<'a> {
    /// Title of the survey, above the finding.
    pub eyebrow: &'a str,
    /// The finding.
    pub finding: &'a str,
    /// At most two are drawn.
    pub figures: &'a [CardFigure],
    /// Warning in a red band; empty for none.
    pub warning: &'a str,
    /// Who publishes it.
    pub source: &'a str,
    /// The date, and the address without its scheme.
    pub date: &'a str,
    /// See `date`.
    pub address: &'a str,
    /// Whether it is square.
    pub is_square: bool,
}

/// Places and sizes of one shape of the card, px.
struct Shapes {
    size: (f64, f64),
    edge: f64,
    eyebrow: f64,
    finding: f64,
    big: f64,
    words: f64,
    foot: f64,
}

const WIDE: Shapes = Shapes {
    size: (1200.0, 630.0),
    edge: 64.0,
    eyebrow: 26.0,
    finding: 46.0,
    big: 120.0,
    words: 28.0,
    foot: 24.0,
};

const SQUARE: Shapes = Shapes {
    size: (1080.0, 1080.0),
    edge: 72.0,
    eyebrow: 32.0,
    finding: 60.0,
    big: 148.0,
    words: 36.0,
    foot: 30.0,
};

/// The colours of a verdict: of its words and of the ground under them.
fn colours(shape: Shape) -> (&'static str, &'static str) {
    match shape {
        Shape::Tick => ("#0b6b4b", "#e7f3ed"),
        Shape::Cross => ("#a4262c", "#fdecec"),
        Shape::Dash | Shape::Star => ("#8a4b00", "#fff4e0"),
    }
}

/// The SVG.
pub fn card(card: &Card<'_>) -> String {
    let shapes = if card.is_square { &SQUARE } else { &WIDE };
    let (width, height) = shapes.size;
    let room = width - 2.0 * shapes.edge;
    let eyebrow = text_metrics::lines(card.eyebrow, shapes.eyebrow, room, 1);
    let most = if card.is_square { 3 } else { 2 };
    let finding = text_metrics::lines(card.finding, shapes.finding, room, most);
    let line = shapes.finding * 1.34;
    let eyebrow_level = 14.0 + shapes.edge * 0.75 + shapes.eyebrow;
    let finding_level = eyebrow_level + shapes.finding * 1.5;
    let figures_top = finding_level + count(finding.len()) * line - shapes.finding * 0.6;
    let alt = AltText {
        title: card.eyebrow,
        finding: card.finding,
    };
    let body = html! {
        rect width=(round(width)) height=(round(height)) fill="#ffffff" {}
        rect width=(round(width)) height="14" fill="#0b6b4b" {}
        (texts(&eyebrow, (shapes.edge, eyebrow_level), 0.0, shapes.eyebrow, "#4c5f57", false))
        (texts(&finding, (shapes.edge, finding_level), line, shapes.finding, "#12261e", true))
        (figures(card, shapes, figures_top, room))
        (foot(card, shapes, room))
    };
    standing_alone(shapes.size, &alt, &body)
}

/// The figures: beside each other on a wide card, below each other on a square one.
fn figures(card: &Card<'_>, shapes: &Shapes, top: f64, room: f64) -> Markup {
    let figures = || card.figures.iter().take(2);
    let beside = !card.is_square && figures().count() > 1;
    let wide = if beside { room / 2.0 - 16.0 } else { room };
    let step = if card.is_square {
        shapes.big * 2.05
    } else {
        0.0
    };
    html! {
        @for (index, figure) in figures().enumerate() {
            @let left = shapes.edge + if beside { count(index) * (wide + 32.0) } else { 0.0 };
            (draw_figure(figure, shapes, (left, top + count(index) * step), wide))
        }
    }
}

fn draw_figure(figure: &CardFigure, shapes: &Shapes, (x, top): (f64, f64), room: f64) -> Markup {
    let words = shapes.words;
    let label = text_metrics::lines(&figure.label, words, room, 1);
    let label_level = top + words * 1.1;
    let big_level = label_level + shapes.big * 0.98;
    let value = text_metrics::width(&figure.value, shapes.big);
    let big = shapes.big * (room / value.max(room));
    let detail = text_metrics::lines(&figure.detail, words * 0.86, room, 1);
    let beside = x + text_metrics::width(&figure.value, big) + 24.0;
    let has_room = |words: f64| beside + words <= x + room;
    let unit = text_metrics::width(&figure.unit, words);
    let detail_level = big_level + words * 1.65;
    html! {
        (texts(&label, (x, label_level), 0.0, words, "#4c5f57", false))
        text x=(round(x)) y=(round(big_level)) font-size=(round(big)) font-weight="bold"
            fill="#12261e" { (figure.value) }
        @if !figure.unit.is_empty() && has_room(unit) {
            text x=(round(beside)) y=(round(big_level)) font-size=(words) fill="#4c5f57" {
                (figure.unit)
            }
        }
        @if let Some((shape, verdict)) = &figure.verdict {
            @let wide = text_metrics::width(verdict, words) + words * 2.6;
            @if has_room(wide) && (figure.unit.is_empty() || !has_room(unit)) {
                (pill(*shape, verdict, words, (beside, big_level - words * 2.1)))
            } @else {
                (pill(*shape, verdict, words, (x + room - wide, label_level - words * 1.3)))
            }
        }
        (texts(&detail, (x, detail_level), 0.0, words * 0.86, "#4c5f57", false))
    }
}

/// A verdict with its shape on coloured ground.
fn pill(shape: Shape, verdict: &str, size: f64, (x, y): (f64, f64)) -> Markup {
    let (ink, ground) = colours(shape);
    let wide = text_metrics::width(verdict, size) + size * 2.6;
    let scale = size / 20.0 * 1.1;
    html! {
        rect x=(round(x)) y=(round(y)) width=(round(wide)) height=(round(size * 1.9))
            rx=(round(size * 0.95)) fill=(ground) {}
        g transform={
            "translate(" (round(x + size * 0.6)) " " (round(y + size * 0.4)) ") scale(" (scale) ")"
        } { (draw(shape, ink)) }
        text x=(round(x + size * 1.9)) y=(round(y + size * 1.3)) font-size=(size)
            font-weight="bold" fill=(ink) { (verdict) }
    }
}

/// Warning, source, date and address at the bottom.
fn foot(card: &Card<'_>, shapes: &Shapes, room: f64) -> Markup {
    let (width, height) = shapes.size;
    let size = shapes.foot;
    let source = text_metrics::lines(card.source, size, room * 0.6, 1);
    let address = text_metrics::lines(card.address, size, room, 1);
    let address_level = height - shapes.edge * 0.7;
    let source_level = address_level - size * 1.6;
    let rule = source_level - size * 1.7;
    html! {
        @if !card.warning.is_empty() {
            @let band = size * 2.0;
            @let warning = text_metrics::lines(card.warning, size, room, 1);
            rect y=(round(rule - band - 8.0)) width=(round(width)) height=(round(band))
                fill="#fdecec" {}
            (texts(&warning, (shapes.edge, rule - band - 8.0 + size * 1.36), 0.0, size, "#a4262c",
                true))
        }
        line x1=(shapes.edge) x2=(round(width - shapes.edge)) y1=(round(rule)) y2=(round(rule))
            stroke="#cfd9d3" stroke-width="2" {}
        (texts(&source, (shapes.edge, source_level), 0.0, size, "#12261e", true))
        text x=(round(width - shapes.edge)) y=(round(source_level)) font-size=(size)
            text-anchor="end" fill="#12261e" { (card.date) }
        (texts(&address, (shapes.edge, address_level), 0.0, size, "#4c5f57", false))
    }
}
