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
    /// Size of the finding, and most of its lines.
    finding: (f64, usize),
    big: f64,
    words: f64,
    foot: f64,
}

const WIDE: Shapes = Shapes {
    size: (1200.0, 630.0),
    edge: 60.0,
    eyebrow: 25.0,
    finding: (44.0, 2),
    big: 100.0,
    words: 26.0,
    foot: 24.0,
};

const SQUARE: Shapes = Shapes {
    size: (1080.0, 1080.0),
    edge: 68.0,
    eyebrow: 30.0,
    finding: (54.0, 3),
    big: 148.0,
    words: 34.0,
    foot: 29.0,
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
    let (size, finding) = finding(card.finding, shapes.finding, room);
    let eyebrow_level = 14.0 + shapes.edge * 0.5 + shapes.eyebrow;
    let finding_level = eyebrow_level + size * 1.4;
    let figures_top = finding_level + (count(finding.len()) - 1.0) * size * 1.3 + size * 0.5;
    let alt = AltText {
        title: card.eyebrow,
        finding: card.finding,
    };
    let body = html! {
        rect width=(round(width)) height=(round(height)) fill="#ffffff" {}
        rect width=(round(width)) height="14" fill="#0b6b4b" {}
        (texts(&eyebrow, (shapes.edge, eyebrow_level), 0.0, shapes.eyebrow, "#4c5f57", false))
        (texts(&finding, (shapes.edge, finding_level), size * 1.3, size, "#12261e", true))
        (figures(card, shapes, figures_top, room))
        (foot(card, shapes, room))
    };
    standing_alone(shapes.size, &alt, &body)
}

/// Size and lines of the finding: smaller if it has too many lines; broken at its comma if both
/// parts have room.
fn finding(words: &str, (largest, most): (f64, usize), room: f64) -> (f64, Vec<String>) {
    let is_comma = |letter: char| matches!(letter, ',' | '，');
    let mut commas = words.char_indices().filter(|(at, letter)| {
        // A comma within a number has no space after it.
        let after = words.get(at + letter.len_utf8()..).unwrap_or("");
        is_comma(*letter) && (*letter == '，' || after.starts_with(' '))
    });
    let halves = commas
        .next_back()
        .map(|(at, letter)| words.split_at(at + letter.len_utf8()));
    let sizes = [1.0, 0.9, 0.8, 0.7].map(|factor| largest * factor);
    for size in sizes {
        if let Some((first, last)) = halves
            && text_metrics::width(first, size) <= room
            && text_metrics::width(last.trim(), size) <= room
        {
            return (size, vec![first.to_owned(), last.trim().to_owned()]);
        }
        let lines = text_metrics::lines(words, size, room, most);
        if lines.last().is_none_or(|line| !line.ends_with('…')) {
            return (size, lines);
        }
    }
    let size = largest * 0.7;
    (size, text_metrics::lines(words, size, room, most))
}

/// The figures: beside each other on a wide card, below each other on a square one. What is left of
/// the room is shared out above, between and below them.
fn figures(card: &Card<'_>, shapes: &Shapes, top: f64, room: f64) -> Markup {
    let figures = || card.figures.iter().take(2);
    let number = figures().count();
    let beside = !card.is_square && number > 1;
    let wide = if beside { room / 2.0 - 20.0 } else { room };
    let (rows, below) = match beside {
        true => (1.0, BELOW_HALF),
        false => (count(number), BELOW_WHOLE),
    };
    let tall = label_height(shapes) + shapes.big * CAP + shapes.words * below;
    let gap = ((foot_top(card, shapes) - top - rows * tall) / (rows + 1.0)).max(0.0);
    html! {
        @for (index, figure) in figures().enumerate() {
            @let at = count(index);
            @let (right, down) = match beside {
                true => (at * (wide + 40.0), gap),
                false => (0.0, gap + at * (tall + gap)),
            };
            (draw_figure(figure, shapes, (shapes.edge + right, top + down), (wide, beside)))
        }
    }
}

/// Height of a digit, as a part of the size of the text.
const CAP: f64 = 0.94;

/// From the value down to the detail below it, as a multiple of the size of the words: where the
/// verdict stands between them, and where it does not.
const BELOW_HALF: f64 = 4.0;
const BELOW_WHOLE: f64 = 1.6;

fn label_height(shapes: &Shapes) -> f64 {
    shapes.words * 1.2
}

/// Label, value with unit and verdict, detail. Where two figures stand beside each other the verdict
/// is below the value.
fn draw_figure(
    figure: &CardFigure,
    shapes: &Shapes,
    (x, top): (f64, f64),
    (room, is_half): (f64, bool),
) -> Markup {
    let words = shapes.words;
    let label = text_metrics::lines(&figure.label, words, room, 1);
    let label_level = top + label_height(shapes);
    let big_level = label_level + shapes.big * CAP;
    let value = text_metrics::width(&figure.value, shapes.big) + 20.0;
    let unit = text_metrics::width(&figure.unit, words);
    let verdict = figure.verdict.as_ref();
    let pill_width = verdict.map_or(0.0, |(_, verdict)| pill_width(verdict, words));
    let after = if is_half { 0.0 } else { 28.0 + pill_width };
    let unit_fits = !figure.unit.is_empty() && value + unit + after <= room;
    let beside = value + if unit_fits { unit + 28.0 } else { 0.0 };
    let pill_place = match is_half {
        true => (x, big_level + words * 0.75),
        false => (x + beside, big_level - words * 1.75),
    };
    let mut detail = figure.detail.clone();
    if !figure.unit.is_empty() && !unit_fits {
        detail = format!("{} · {detail}", figure.unit);
    }
    let detail = text_metrics::lines(&detail, words * 0.88, room, 1);
    let below = words * if is_half { BELOW_HALF } else { BELOW_WHOLE };
    html! {
        (texts(&label, (x, label_level), 0.0, words, "#4c5f57", false))
        text x=(round(x)) y=(round(big_level)) font-size=(round(shapes.big)) font-weight="bold"
            fill="#12261e" { (figure.value) }
        @if unit_fits {
            text x=(round(x + value)) y=(round(big_level)) font-size=(words) fill="#4c5f57" {
                (figure.unit)
            }
        }
        @if let Some((shape, verdict)) = &figure.verdict {
            (pill(*shape, verdict, words, pill_place))
        }
        (texts(&detail, (x, big_level + below), 0.0, words * 0.88, "#4c5f57", false))
    }
}

fn pill_width(verdict: &str, size: f64) -> f64 {
    text_metrics::width(verdict, size) + size * 2.6
}

/// A verdict with its shape on coloured ground.
fn pill(shape: Shape, verdict: &str, size: f64, (x, y): (f64, f64)) -> Markup {
    let (ink, ground) = colours(shape);
    let wide = pill_width(verdict, size);
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

/// Height of the address, of the source and of the line above them.
fn foot_levels(shapes: &Shapes) -> (f64, f64, f64) {
    let size = shapes.foot;
    let address = shapes.size.1 - shapes.edge * 0.55;
    let source = address - size * 1.5;
    (address, source, source - size * 1.5)
}

/// Where the figures must end.
fn foot_top(card: &Card<'_>, shapes: &Shapes) -> f64 {
    let (_, _, rule) = foot_levels(shapes);
    match card.warning.is_empty() {
        true => rule,
        false => rule - shapes.foot * 1.8 - 8.0,
    }
}

/// Warning, source, date and address at the bottom.
fn foot(card: &Card<'_>, shapes: &Shapes, room: f64) -> Markup {
    let (width, size) = (shapes.size.0, shapes.foot);
    let source = text_metrics::lines(card.source, size, room * 0.6, 1);
    let address = text_metrics::lines(card.address, size, room, 1);
    let (address_level, source_level, rule) = foot_levels(shapes);
    let top = foot_top(card, shapes);
    html! {
        @if !card.warning.is_empty() {
            @let warning = text_metrics::lines(card.warning, size, room, 1);
            rect y=(round(top)) width=(round(width)) height=(round(size * 1.8)) fill="#fdecec" {}
            (texts(&warning, (shapes.edge, top + size * 1.26), 0.0, size, "#a4262c", true))
        }
        line x1=(shapes.edge) x2=(round(width - shapes.edge)) y1=(round(rule)) y2=(round(rule))
            stroke="#cfd9d3" stroke-width="2" {}
        (texts(&source, (shapes.edge, source_level), 0.0, size, "#12261e", true))
        text x=(round(width - shapes.edge)) y=(round(source_level)) font-size=(size)
            text-anchor="end" fill="#12261e" { (card.date) }
        (texts(&address, (shapes.edge, address_level), 0.0, size, "#4c5f57", false))
    }
}
