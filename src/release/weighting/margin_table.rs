//! Population and sample by category, before and after weighting, and merges of thin categories.

use std::collections::BTreeMap;

use crate::estimation::columns::MISSING;
use crate::estimation::summation::exact_by;
use crate::estimation::{Column, Columns};
use crate::questionnaire::Text;
use crate::release::labels::Labels;
use crate::survey::population::Figure;

/// Respondents in a category below which its weight is uncertain.
pub const FEW: u64 = 30;

/// The categories of one dimension.
#[derive(Debug, Clone, PartialEq)]
pub struct MarginTable {
    /// The dimension in words.
    pub title: Text,
    /// Whether the weights meet it.
    pub is_raked: bool,
    /// Its categories, in the order of the question.
    pub rows: Vec<MarginRow>,
}

/// One category.
#[derive(Debug, Clone, PartialEq)]
pub struct MarginRow {
    /// The category in words.
    pub label: Text,
    /// People.
    pub population: f64,
    /// Responses with a weight.
    pub n: u64,
    /// Sum of their base weights.
    pub base: f64,
    /// Sum of their final weights; `None` if there are none.
    pub weighted: Option<f64>,
    /// How far the share by base weights is from that of the population, relative: 0.1 is 10 % too
    /// many.
    pub misfit_before: f64,
    /// How far the sum of final weights is from the population, relative.
    pub misfit_after: Option<f64>,
    /// The merge that would mend a thin or empty category.
    pub merge: Option<Merge>,
}

/// A thin or empty category together with another one.
#[derive(Debug, Clone, PartialEq)]
pub struct Merge {
    /// The other category in words.
    pub with: Text,
    /// Its responses and people.
    pub other: (u64, f64),
    /// Responses of both.
    pub n: u64,
    /// People of both.
    pub population: f64,
    /// Whether both together have enough responses.
    pub is_enough: bool,
}

/// The category of each row in a dimension such as `county*urban`, and their codes; `None` if the data
/// do not have it.
pub(super) fn categories(columns: &Columns, dimension: &str) -> Option<(Vec<u32>, Vec<String>)> {
    let mut parts = dimension.split('*');
    let first = columns.get(parts.next()?).ok().map(Column::to_category)?;
    let (mut codes, mut names) = (first.decode(), first.levels.to_vec());
    for part in parts {
        let next = columns.get(part).ok().map(Column::to_category)?;
        let width = u32::try_from(next.levels.len()).ok()?;
        for (code, own) in codes.iter_mut().zip(next.decode()) {
            *code = match (*code, own) {
                (MISSING, _) | (_, MISSING) => MISSING,
                (before, own) => before.checked_mul(width)?.checked_add(own)?,
            };
        }
        let crossed = |name: &String| {
            let levels = next.levels.iter();
            levels
                .map(|level| format!("{name}*{level}"))
                .collect::<Vec<_>>()
        };
        names = names.iter().flat_map(crossed).collect();
    }
    Some((codes, names))
}

/// The table of a dimension, whose population is `figures`. `weights`: the final weight of each row.
pub(super) fn margin_table(
    (dimension, figures): (&str, &BTreeMap<String, Figure>),
    columns: &Columns,
    (base, weights): (&[f64], Option<&[f64]>),
    labels: Labels<'_>,
) -> Option<MarginTable> {
    let (codes, names) = categories(columns, dimension)?;
    let ones: Vec<f64> = base.iter().map(|own| f64::from(*own > 0.0)).collect();
    let sums = |values: &[f64]| -> BTreeMap<&str, f64> {
        let sums = exact_by(values, &codes, names.len());
        names.iter().map(String::as_str).zip(sums).collect()
    };
    let (n, bases, weighted) = (sums(&ones), sums(base), weights.map(&sums));
    let people: f64 = figures.values().map(|own| own.population).sum();
    let all: f64 = bases.values().sum();
    let mut order: Vec<&String> = figures.keys().collect();
    order.sort_by_key(|code| {
        let parts = code.split('*').map(str::to_owned);
        let places = positions(labels, dimension, code).into_iter();
        places.zip(parts).collect::<Vec<(usize, String)>>()
    });
    let of = |sums: &BTreeMap<&str, f64>, code: &str| sums.get(code).copied().unwrap_or(0.0);
    let row = |code: &&String| {
        let population = figures.get(*code).map_or(0.0, |own| own.population);
        let base = of(&bases, code);
        let weighted = weighted.as_ref().map(|sums| of(sums, code));
        MarginRow {
            label: labels.cross_label(dimension, code),
            population,
            n: rounded(of(&n, code)),
            base,
            weighted,
            misfit_before: base / all / (population / people) - 1.0,
            misfit_after: weighted.map(|weighted| weighted / population - 1.0),
            merge: None,
        }
    };
    let mut rows: Vec<MarginRow> = order.iter().map(row).collect();
    let thin: Vec<usize> = (0..rows.len())
        .filter(|at| rows.get(*at).is_some_and(|row| row.n < FEW))
        .collect();
    for at in thin {
        let merge = merge(&rows, &order, at, (dimension, labels));
        if let Some(row) = rows.get_mut(at) {
            row.merge = merge;
        }
    }
    let titles = dimension.split('*').map(|part| labels.title(part));
    Some(MarginTable {
        title: joined(&titles.collect::<Vec<_>>(), " × "),
        is_raked: false,
        rows,
    })
}

/// The merge of the category `at`: with the neighbour in the order of the answers, in a
/// cross-classification within the same first labels, or else with the smallest other one.
fn merge(
    rows: &[MarginRow],
    codes: &[&String],
    at: usize,
    (dimension, labels): (&str, Labels<'_>),
) -> Option<Merge> {
    let own = rows.get(at)?;
    let group = |place: usize| {
        codes
            .get(place)
            .map(|code| code.rsplit_once('*').map(|own| own.0))
    };
    let is_ordered = |place: usize| {
        let position = codes
            .get(place)
            .map(|code| positions(labels, dimension, code));
        position.is_some_and(|own| own.last().is_some_and(|last| *last != usize::MAX))
    };
    let others = (0..rows.len()).filter(|place| *place != at && group(*place) == group(at));
    let n = |place: &usize| rows.get(*place).map_or(u64::MAX, |row| row.n);
    let mut others: Vec<usize> = others.collect();
    if others.is_empty() {
        others = (0..rows.len()).filter(|place| *place != at).collect();
    }
    let other = match is_ordered(at) {
        true => others
            .iter()
            .min_by_key(|place| (place.abs_diff(at), n(place))),
        false => others.iter().min_by_key(|place| n(place)),
    };
    let other = rows.get(*other?)?;
    let together = own.n + other.n;
    Some(Merge {
        with: other.label.clone(),
        other: (other.n, other.population),
        n: together,
        population: own.population + other.population,
        is_enough: together >= FEW,
    })
}

/// Where each part of a category stands in its question.
fn positions(labels: Labels<'_>, dimension: &str, code: &str) -> Vec<usize> {
    let parts = dimension.split('*').zip(code.split('*'));
    parts
        .map(|(variable, level)| labels.position(variable, level))
        .collect()
}

/// Texts one after another, in every language.
pub(super) fn joined(texts: &[Text], between: &str) -> Text {
    let languages = texts.iter().flat_map(|text| text.0.keys());
    let joined = languages.map(|language| {
        let words: Vec<&str> = texts.iter().map(|text| text.get(language)).collect();
        (language.clone(), words.join(between))
    });
    Text::from(joined.collect::<BTreeMap<String, String>>())
}

/// A sum of ones as a count.
#[expect(
    clippy::as_conversions,
    reason = "a whole number from 0 to the number of rows"
)]
fn rounded(sum: f64) -> u64 {
    sum as u64
}
