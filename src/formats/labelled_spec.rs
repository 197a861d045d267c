//! The specification of an export whose cells are labels instead of codes.

use std::collections::{BTreeMap, BTreeSet};

use crate::estimation::spec::{EstimateSpec, Label, Names, Spec};

/// The labels of the cells, by variable and code.
pub type Labels = BTreeMap<(String, String), String>;

/// Replaces the codes of every estimate by the labels that stand in the cells of its variables: those of
/// each wording that was answered.
pub fn with_labels(spec: &mut Spec, wordings: &[Labels]) {
    for estimate in &mut spec.estimates {
        let variables = variables_of(estimate);
        for codes in [
            &mut estimate.counts,
            &mut estimate.missing,
            &mut estimate.codes,
        ] {
            *codes = translated(codes, &variables, wordings);
        }
    }
}

/// The labels of `codes` in each of the variables, each once; a code without label stays.
fn translated(codes: &[Label], variables: &[String], wordings: &[Labels]) -> Vec<Label> {
    let mut found = BTreeSet::new();
    for code in codes {
        for variable in variables {
            let key = (variable.clone(), code.to_string());
            for labels in wordings {
                let label = labels.get(&key).cloned();
                found.insert(label.unwrap_or_else(|| code.to_string()));
            }
        }
    }
    found.into_iter().map(Label::Text).collect()
}

fn variables_of(estimate: &EstimateSpec) -> Vec<String> {
    let names = estimate.variable.iter().flat_map(Names::as_slice);
    let items = estimate.sections.iter().flat_map(|section| &section.items);
    names.chain(items).cloned().collect()
}

/// The categories of a margin as they stand in the cells: `sex,1` becomes `sex,男` if the variable
/// `sex` is a question with labels.
pub fn margins_with_labels(margins: &str, labels: &Labels) -> String {
    let line = |line: &str| {
        let mut fields = line.splitn(3, ',');
        let (Some(dimension), Some(category), Some(rest)) =
            (fields.next(), fields.next(), fields.next())
        else {
            return line.to_owned();
        };
        let parts = dimension.split('*').zip(category.split('*'));
        let parts = parts.map(|(variable, code)| {
            let key = (variable.to_owned(), code.to_owned());
            labels.get(&key).map_or(code, String::as_str)
        });
        let category: Vec<&str> = parts.collect();
        format!("{dimension},{},{rest}", category.join("*"))
    };
    let lines: Vec<String> = margins.lines().map(line).collect();
    lines.join("\n") + "\n"
}
