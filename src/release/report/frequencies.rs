//! The answers to every question: unweighted counts, weighted shares.

use std::collections::BTreeMap;

use crate::disclosure::few_answers::{Support, support, support_of_parts};
use crate::estimation::Column;
use crate::questionnaire::codebook::codebook;
use crate::questionnaire::{Areas, Kind, Question, Text};
use crate::release::category_totals::{CategoryTotal, CategoryTotals};
use crate::release::columns::answer;
use crate::release::report::basis::Basis;
use crate::release::report::table::{Cell, Table};
use crate::release::report::words::{Words, number, percent, supported};

/// One row for each answer that can be given to a question.
pub(super) fn table(basis: Basis<'_>) -> Table {
    let words = basis.words;
    let questions = basis.survey.questionnaire.questions();
    let rows = questions.flat_map(|(_, question)| rows(basis, question));
    Table {
        name: words.say("frequencies"),
        title: words.say("frequencies_title"),
        notes: vec![words.say("frequencies_note")],
        header: words.header(&[
            "code",
            "question",
            "answer_code",
            "answer",
            "n",
            "share_of_answered",
            "share_of_valid",
            "mean",
            "median",
        ]),
        rows: rows.collect(),
    }
}

fn rows(basis: Basis<'_>, question: &Question) -> Vec<Vec<Cell>> {
    let (columns, weights) = (&basis.snapshot.dataset.columns, &basis.snapshot.weights);
    let name = answer(&question.code);
    let words = basis.words;
    match (&question.kind, columns.get(&name)) {
        (Kind::Integer { .. } | Kind::Decimal { .. }, Ok(Column::Numeric(numbers))) => {
            vec![of_numbers(words, question, &numbers.decode(), weights)]
        }
        (Kind::Multiple { .. }, Ok(_)) => CategoryTotals::of(columns, &name, weights)
            .map(|totals| of_multiple(words, question, &totals))
            .unwrap_or_default(),
        (Kind::Single(_) | Kind::Area { .. }, Ok(_)) => {
            let totals = CategoryTotals::of(columns, &name, weights);
            let areas = &basis.catalogue.areas;
            totals
                .map(|totals| of_choices(words, (basis, areas), question, &totals))
                .unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

/// The cells that name a question and an answer.
fn names(words: Words, question: &Question, code: &str, label: Cell) -> Vec<Cell> {
    vec![
        Cell::text(&question.code),
        words.cell(&question.text),
        Cell::text(code),
        label,
    ]
}

fn of_choices(
    words: Words,
    (basis, areas): (Basis<'_>, &Areas),
    question: &Question,
    totals: &CategoryTotals,
) -> Vec<Vec<Cell>> {
    let variables = codebook(&basis.survey.questionnaire, areas);
    let own = variables.iter().find(|own| own.name == question.code);
    let values: Vec<(&str, &Text, bool)> = own
        .iter()
        .flat_map(|own| &own.values)
        .map(|value| (value.code.as_str(), &value.label, value.missing))
        .collect();
    let weight = |missing: bool| -> f64 {
        let own = values.iter().filter(|(_, _, own)| missing || !own);
        own.map(|(code, _, _)| totals.get(code).weight).sum()
    };
    let (answered, valid) = (weight(true), weight(false));
    let counts: Vec<u64> = values
        .iter()
        .map(|(code, _, _)| totals.get(code).n.into())
        .collect();
    let all = support(counts.iter().sum());
    let mut total = names(words, question, "", Cell::Text(words.say("all_answers")));
    let sum = [Cell::Count(counts.iter().sum()), share(answered, answered)];
    total.extend(sum.map(|cell| supported(all, cell)));
    total.extend([Cell::Empty, Cell::Empty, Cell::Empty]);
    let mut rows = vec![total];
    for ((code, label, missing), support) in values.into_iter().zip(support_of_parts(&counts)) {
        let own = totals.get(code);
        let of_valid = match missing {
            true => Cell::Empty,
            false => share(own.weight, valid),
        };
        let mut cells = names(words, question, code, words.cell(label));
        let numbers = [
            Cell::Count(own.n.into()),
            share(own.weight, answered),
            of_valid,
        ];
        cells.extend(numbers.map(|cell| supported(support, cell)));
        cells.extend([Cell::Empty, Cell::Empty]);
        rows.push(cells);
    }
    rows
}

/// The choices of a question that takes several: each is a whole of chosen and not chosen.
fn of_multiple(words: Words, question: &Question, totals: &CategoryTotals) -> Vec<Vec<Cell>> {
    let Kind::Multiple { choices, .. } = &question.kind else {
        return Vec::new();
    };
    let mut chosen: BTreeMap<&str, CategoryTotal> = BTreeMap::new();
    for (codes, total) in &totals.categories {
        for code in codes.split(';') {
            let own = chosen.entry(code).or_default();
            own.n += total.n;
            own.weight += total.weight;
        }
    }
    let all = totals.sum();
    let rows = choices.iter().map(|choice| {
        let own = chosen
            .get(choice.code.as_str())
            .copied()
            .unwrap_or_default();
        let parts = support_of_parts(&[own.n.into(), (all.n - own.n).into()]);
        let support = parts.first().copied().unwrap_or(Support::Hidden);
        let mut cells = names(words, question, &choice.code, words.cell(&choice.label));
        let numbers = [Cell::Count(own.n.into()), share(own.weight, all.weight)];
        cells.extend(numbers.map(|cell| supported(support, cell)));
        cells.extend([Cell::Empty, Cell::Empty, Cell::Empty]);
        cells
    });
    rows.collect()
}

/// Mean and median of a number.
fn of_numbers(words: Words, question: &Question, values: &[f64], weights: &[f64]) -> Vec<Cell> {
    let rows = values.iter().zip(weights);
    let rows = rows.filter(|(value, weight)| value.is_finite() && **weight > 0.0);
    let mut known: Vec<(f64, f64)> = rows.map(|(value, weight)| (*value, *weight)).collect();
    known.sort_by(|a, b| a.0.total_cmp(&b.0));
    let all: f64 = known.iter().map(|(_, weight)| weight).sum();
    let mean = known
        .iter()
        .map(|(value, weight)| value * weight)
        .sum::<f64>()
        / all;
    let mut below = 0.0;
    let median = known.iter().find(|(_, weight)| {
        below += weight;
        below >= all / 2.0
    });
    let n = u64::try_from(known.len()).unwrap_or(u64::MAX);
    let support = support(n);
    let mut cells = names(words, question, "", Cell::Text(words.say("number")));
    cells.push(supported(support, Cell::Count(n)));
    cells.extend([Cell::Empty, Cell::Empty]);
    let median = median.map_or(Cell::Empty, |(value, _)| number(*value));
    cells.extend([number(mean), median].map(|cell| supported(support, cell)));
    cells
}

/// A share in percent; empty of nothing.
fn share(part: f64, whole: f64) -> Cell {
    match whole > 0.0 {
        true => percent(part / whole),
        false => Cell::Empty,
    }
}
