//! A chart with its number, finding, legend, basis and table; axes and lines of charts.

use maud::{Markup, html};

use super::frame::{Basis, Frame};
use super::number;
use super::table::table;
use super::view::View;
use crate::pages::chart::{AltText, Axis, Line, legend};
use crate::release::figures::IndicatorFigures;
use crate::survey::plan::IndicatorKind;

/// The figure with the next number.
pub fn figure(view: &View<'_>, frame: Frame) -> Markup {
    let number = view.next_figure_number();
    let words = view.text_with("figure", &[("number", &number)]);
    let alt = AltText {
        title: &frame.topic,
        finding: &frame.spoken,
    };
    let markup = html! {
        figure.figure id={ "figure-" (number) } {
            figcaption {
                p.topic { (words) " · " (frame.topic) }
                h3 { (frame.headline) }
                @for note in &frame.notes { p.soft { (note) } }
            }
            div.plot {
                (legend(&frame.legend))
                (frame.drawing.on_page(&alt))
                (basis(view, &frame.basis))
                details { summary { (view.text("table")) } (table(&frame.table)) }
                (taking(view, &number, &frame))
            }
        }
    };
    view.keep(frame);
    markup
}

/// What was asked, how to read the chart, how many answered. Only on the page of a release.
fn basis(view: &View<'_>, basis: &Basis) -> Markup {
    let Some(path) = view.release_path() else {
        return html! {};
    };
    let n = basis.n.map(number::count);
    let count = number::count(u64::try_from(basis.questions.len()).unwrap_or(0));
    html! {
        p.basis {
            @match basis.questions.as_slice() {
                [] => {},
                [only] => { (view.word_with("asked_one", &[("question", only)])) " " },
                [first, ..] => {
                    (view.word_with("asked_many", &[("question", first), ("n", &count)]))
                    a href={ (view.link(&path)) "#questions" } { (view.word("asked_all")) } " "
                },
            }
            @if let Some(n) = n { (view.word_with("answers", &[("n", &n)])) " " }
            span.reading { (basis.reading) }
        }
    }
}

/// Links to the files of a chart, and the code to embed it. Only on the page of a release.
fn taking(view: &View<'_>, number: &str, frame: &Frame) -> Markup {
    let (Some(path), Some(address)) = (view.release_path(), view.release_address()) else {
        return html! {};
    };
    let file = |kind: &str| view.file(&format!("{path}/figure-{number}.{kind}"));
    let picture = view.file(&format!("{address}/figure-{number}.svg"));
    let embedded = html! { img src=(picture) alt=(frame.topic); };
    html! {
        div.take role="group" aria-label=(view.text_with("figure", &[("number", number)])) {
            @for kind in ["svg", "png", "csv"] {
                a href=(file(kind)) download { (kind.to_uppercase()) }
            }
            details {
                summary { (view.word("embed")) }
                pre { code { (embedded.into_string()) } }
            }
        }
    }
}

/// The target and the national line, if they are set.
pub fn lines(view: &View<'_>, indicator: &IndicatorFigures, with_national: bool) -> Vec<Line> {
    let line = |key: &str, value: f64, is_target: bool| {
        let printed = number::threshold(indicator.kind, value);
        Line {
            value,
            label: view.text_with(key, &[("line", &printed)]),
            is_target,
        }
    };
    let target = number::target_line(indicator.target);
    let target = target.map(|value| line("target_line", value, true));
    let national = indicator.national_line.filter(|_| with_national);
    let national = national.map(|value| line("national_line", value, false));
    national.into_iter().chain(target).collect()
}

/// The smallest and the largest value that an indicator of that kind can have.
pub fn bounds(kind: IndicatorKind) -> (f64, f64) {
    match kind {
        IndicatorKind::Share | IndicatorKind::Ratio => (0.0, 1.0),
        IndicatorKind::Mean => (0.0, f64::INFINITY),
    }
}

/// The labels of the ticks of `axis`, with as many decimals as its steps need.
pub fn ticks(kind: IndicatorKind, axis: &Axis) -> Vec<String> {
    let step = if kind == IndicatorKind::Mean {
        axis.step
    } else {
        axis.step * 100.0
    };
    let decimals = [1.0, 0.1, 0.01]
        .iter()
        .take_while(|unit| step < **unit * 0.999)
        .count();
    axis.ticks
        .iter()
        .map(|tick| number::value(kind, *tick, decimals))
        .collect()
}

/// What a chart of `indicator` rests on: the questions of all its sections and the answers of the
/// whole. `reading` is the key of how to read it.
pub fn basis_of(view: &View<'_>, indicator: &IndicatorFigures, reading: &str) -> Basis {
    let items = indicator.sections.iter().flat_map(|section| &section.items);
    Basis {
        questions: items
            .map(|item| view.translated(&item.text).to_owned())
            .collect(),
        reading: view.word(reading),
        n: indicator.whole.shown().map(|whole| whole.n),
    }
}
