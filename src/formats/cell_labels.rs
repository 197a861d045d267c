//! The labels of codes in each version of the questionnaire, for cells that hold labels.

use std::collections::BTreeMap;

use crate::formats::column::{Column, Source};
use crate::formats::csv::without_formula;
use crate::formats::labelled_spec::Labels;
use crate::questionnaire::codebook::{Variable, codebook};
use crate::questionnaire::{Areas, Questionnaire};
use crate::release::versions::StoredVersions;

/// For each column of answers, the Chinese label of each of its codes; `None` for a code that the
/// version did not have.
pub type LabelLists = Vec<Vec<Option<String>>>;

/// The labels of one version; none if it cannot be read.
pub fn label_lists(
    questionnaire: Option<&Questionnaire>,
    areas: &Areas,
    columns: &[Column],
) -> LabelLists {
    let variables = questionnaire.map_or_else(Vec::new, |own| codebook(own, areas));
    let variables: BTreeMap<&str, &Variable> = variables
        .iter()
        .map(|variable| (variable.name.as_str(), variable))
        .collect();
    let answers = columns.iter().filter(|own| own.source == Source::Answer);
    let lists = answers.map(|column| {
        let variable = variables.get(column.name.as_str());
        let label = |code: &str| {
            let mut values = variable?.values.iter();
            let value = values.find(|value| value.code == code)?;
            Some(value.label.get("zh").to_owned())
        };
        let values = column.values.iter();
        values.map(|value| label(&value.code)).collect()
    });
    lists.collect()
}

/// The labels that stand in the cells of a CSV file with labels for responses to the version
/// with this hash. Empty if it is not stored: then codes stand there.
#[must_use]
pub fn cell_labels(versions: &StoredVersions, hash: &str, areas: &Areas) -> Labels {
    let version = versions.answered(hash);
    let questionnaire = version.and_then(|version| version.questionnaire.as_ref());
    let variables = questionnaire.map_or_else(Vec::new, |own| codebook(own, areas));
    let whole = variables
        .iter()
        .filter(|variable| variable.choice.is_none());
    let labels = whole.flat_map(|variable| {
        let values = variable.values.iter();
        values.map(|value| {
            (
                (variable.name.clone(), value.code.clone()),
                without_formula(value.label.get("zh")),
            )
        })
    });
    labels.collect()
}
