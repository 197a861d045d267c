//! Who answered: unweighted counts and weighted shares, beside the population.

use crate::disclosure::few_answers::support_of_parts;
use crate::questionnaire::{Kind, Text};
use crate::release::category_totals::{CategoryTotal, CategoryTotals};
use crate::release::columns::answer;
use crate::release::report::basis::Basis;
use crate::release::report::table::{Cell, Table};
use crate::release::report::words::{percent, supported};

/// Background variables in the order of the table.
const BACKGROUND: [&str; 6] = ["area", "urban", "sex", "age", "education", "occupation"];

/// The variable that counties are called by.
const COUNTY: &str = "county";

/// One category of a background variable.
struct Category {
    code: String,
    label: Text,
    total: CategoryTotal,
}

/// The categories of all background variables.
pub(super) fn table(basis: Basis<'_>) -> Table {
    let words = basis.words;
    let dimensions = dimensions(basis);
    let rows = dimensions.iter().flat_map(|(dimension, column)| {
        let title = basis.labels().title(dimension);
        rows(basis, dimension, &title, column)
    });
    Table {
        name: words.say("composition"),
        title: words.say("composition_title"),
        notes: vec![words.say("composition_note")],
        header: words.header(&[
            "dimension",
            "group",
            "group_code",
            "n",
            "unweighted_share",
            "weighted_share",
            "population_share",
            "weighted_less_population",
        ]),
        rows: rows.collect(),
    }
}

/// The dimensions with their columns: the background questions, then what the population is known by.
fn dimensions(basis: Basis<'_>) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for role in BACKGROUND {
        let mut questions = basis.survey.questionnaire.questions();
        let own = questions.find(|(_, question)| question.role.as_deref() == Some(role));
        let Some((_, question)) = own else { continue };
        let name = if role == "area" { COUNTY } else { role };
        let is_county = role == "area" && basis.plan.variables.contains_key(COUNTY);
        let column = match is_county {
            true => COUNTY.to_owned(),
            false => answer(&question.code),
        };
        found.push((name.to_owned(), column));
    }
    for dimension in basis.survey.population.dimensions.keys() {
        let is_new = !found.iter().any(|(known, _)| known == dimension);
        if is_new && basis.plan.variables.contains_key(dimension) {
            found.push((dimension.clone(), dimension.clone()));
        }
    }
    found
}

fn rows(basis: Basis<'_>, dimension: &str, title: &Text, column: &str) -> Vec<Vec<Cell>> {
    let words = basis.words;
    let Some(categories) = categories(basis, dimension, column) else {
        return Vec::new();
    };
    let all = CategoryTotal {
        n: categories.iter().map(|own| own.total.n).sum(),
        weight: categories.iter().map(|own| own.total.weight).sum(),
    };
    let counts: Vec<u64> = categories.iter().map(|own| own.total.n.into()).collect();
    let supports = support_of_parts(&counts);
    let population = basis.survey.population.dimensions.get(dimension);
    let people: f64 = population
        .iter()
        .flat_map(|figures| figures.values())
        .map(|figure| figure.population)
        .sum();
    let own = categories.iter().zip(supports);
    own.map(|(category, support)| {
        let weighted = category.total.weight / all.weight;
        let figure = population.and_then(|figures| figures.get(&category.code));
        let share = figure.map(|figure| figure.population / people);
        let numbers = [
            Cell::Count(category.total.n.into()),
            percent(f64::from(category.total.n) / f64::from(all.n)),
            percent(weighted),
            share.map_or(Cell::Empty, percent),
            share.map_or(Cell::Empty, |share| percent(weighted - share)),
        ];
        let [n, unweighted, weighted, share, difference] = numbers;
        let mut cells = vec![
            words.cell(title),
            words.cell(&category.label),
            Cell::text(&category.code),
        ];
        cells.extend([n, unweighted, weighted].map(|cell| supported(support, cell)));
        cells.push(share);
        cells.push(supported(support, difference));
        cells
    })
    .collect()
}

/// The categories in the order of the questionnaire, then those who gave no answer.
fn categories(basis: Basis<'_>, dimension: &str, column: &str) -> Option<Vec<Category>> {
    let snapshot = basis.snapshot;
    let totals = CategoryTotals::of(&snapshot.dataset.columns, column, &snapshot.weights)?;
    let labels = basis.labels();
    let question = column.strip_prefix(&answer(""));
    let question = question.and_then(|code| basis.survey.questionnaire.question(code));
    let choices = match question.map(|question| &question.kind) {
        Some(Kind::Single(choices)) => choices.as_slice(),
        _ => &[],
    };
    let place = |code: &str| {
        let own = choices.iter().position(|choice| choice.code == code);
        own.unwrap_or_else(|| labels.position(dimension, code))
    };
    let label = |code: &str| {
        let own = choices.iter().find(|choice| choice.code == code);
        own.map_or_else(|| labels.label(dimension, code), |own| own.label.clone())
    };
    let known = totals.sum();
    let own = totals.categories.into_iter();
    let mut categories: Vec<Category> = own
        .filter(|(_, total)| total.n > 0)
        .map(|(code, total)| Category {
            label: label(&code),
            code,
            total,
        })
        .collect();
    categories.sort_by_key(|own| place(&own.code));
    let positive = snapshot.weights.iter().filter(|weight| **weight > 0.0);
    let n = u32::try_from(positive.clone().count()).unwrap_or(u32::MAX);
    if n > known.n {
        categories.push(Category {
            code: String::new(),
            label: crate::locale::in_every_language("report.no_answer"),
            total: CategoryTotal {
                n: n - known.n,
                weight: (positive.sum::<f64>() - known.weight).max(0.0),
            },
        });
    }
    Some(categories)
}
