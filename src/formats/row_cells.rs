//! The cells of one response, in the order of the columns.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::formats::cell_labels::{LabelLists, label_lists};
use crate::formats::column::{Cell, Column, ColumnKind, Source};
use crate::formats::design_columns::DesignValue;
use crate::questionnaire::answer::is_asked;
use crate::questionnaire::codebook::codebook;
use crate::questionnaire::{Areas, Question, Section};
use crate::release::row::{Row, ratio_indicators, sum};
use crate::release::versions::StoredVersions;
use crate::survey::Survey;
use crate::survey::plan::Indicator;

/// Makes the cells of responses.
pub struct RowCells<'a> {
    survey: &'a Survey,
    versions: &'a StoredVersions,
    columns: &'a [Column],
    answers: Vec<AnswerColumn<'a>>,
    /// The columns of analysis variables, with their place among those of the plan.
    variables: Vec<(&'a Column, usize)>,
    ratios: Vec<&'a Indicator>,
    design: Vec<&'a Column>,
    /// Labels by the hash of the version.
    labels: BTreeMap<&'a str, LabelLists>,
}

/// A column of answers.
struct AnswerColumn<'a> {
    column: &'a Column,
    question: &'a Question,
    /// Set where a rule decides whether the question is asked.
    section: Option<&'a Section>,
    /// The codes as numbers, where they are numbers.
    numbers: Vec<Option<i64>>,
}

impl<'a> RowCells<'a> {
    /// For the responses of `survey`.
    pub fn new(
        survey: &'a Survey,
        areas: &Areas,
        versions: &'a StoredVersions,
        columns: &'a [Column],
    ) -> RowCells<'a> {
        let of = |source: Source| columns.iter().filter(move |column| column.source == source);
        let variables = codebook(&survey.questionnaire, areas);
        let derived = crate::formats::columns::derived(survey, &variables);
        let places = derived.into_iter().map(|(place, _)| place);
        let labels = versions.all().iter();
        let labels = labels.map(|version| {
            let questionnaire = version.questionnaire.as_ref();
            (
                version.row.hash.as_str(),
                label_lists(questionnaire, areas, columns),
            )
        });
        RowCells {
            survey,
            versions,
            columns,
            answers: of(Source::Answer)
                .filter_map(|column| AnswerColumn::new(survey, column))
                .collect(),
            variables: of(Source::Variable).zip(places).collect(),
            ratios: survey.plan.iter().flat_map(ratio_indicators).collect(),
            design: of(Source::Design).chain(of(Source::Weight)).collect(),
            labels: labels.collect(),
        }
    }

    /// The cells of `row`. `design` is empty for a response that does not count, for the reason `reason`.
    pub fn row<'c>(
        &'c self,
        row: &'c Row<'_>,
        design: Option<impl Iterator<Item = DesignValue<'c>>>,
        reason: &'c str,
    ) -> Vec<Cell<'c>> {
        let mut cells = Vec::with_capacity(self.columns.len());
        let response = row.response;
        cells.extend([
            Cell::of_text(&response.id),
            Cell::of_text(&response.channel),
            Cell::Time(response.received_at),
            response.duration.map_or(Cell::Empty, Cell::Whole),
            Cell::of_text(&response.enumerator),
            Cell::of_text(&response.flags),
            Cell::of_text(&response.questionnaire_hash),
        ]);
        cells.extend(
            self.columns
                .get(cells.len())
                .map(|own| coded(own, &response.mode)),
        );
        let version = self.versions.answered(&response.questionnaire_hash);
        let labels = version.and_then(|version| self.labels.get(version.row.hash.as_str()));
        for (place, answer) in self.answers.iter().enumerate() {
            let labels = labels.and_then(|labels| labels.get(place));
            cells.push(answer.cell(self.survey, row, labels.map(Vec::as_slice)));
        }
        for (column, place) in &self.variables {
            let value = row.variables.get(*place).and_then(Option::as_deref);
            cells.push(value.map_or(Cell::Empty, |value| coded(column, value)));
        }
        for indicator in &self.ratios {
            cells.push(Cell::of_number(sum(&indicator.terms, &row.answers)));
            cells.push(Cell::of_number(sum(&indicator.denominators, &row.answers)));
        }
        match design {
            Some(values) => {
                cells.extend(
                    self.design
                        .iter()
                        .zip(values)
                        .map(|(column, value)| match value {
                            DesignValue::Label(label) => coded(column, label),
                            DesignValue::Number(number) => Cell::of_number(number),
                        }),
                )
            }
            None => cells.extend(self.design.iter().map(|_| Cell::Empty)),
        }
        if let Some(last) = self
            .columns
            .last()
            .filter(|last| last.source == Source::Excluded)
        {
            cells.push(coded(last, reason));
        }
        cells
    }
}

/// A value of a column as a code, if it has codes, else as a text.
fn coded<'c>(column: &'c Column, value: &'c str) -> Cell<'c> {
    let place = match column.kind {
        ColumnKind::Coded => column.position(value),
        _ => None,
    };
    let found = place.and_then(|place| Some((place, column.values.get(place)?)));
    match found {
        Some((place, own)) => Cell::Code {
            place,
            code: &own.code,
            label: own.label.get("zh"),
        },
        None => Cell::of_text(value),
    }
}

impl<'a> AnswerColumn<'a> {
    fn new(survey: &'a Survey, column: &'a Column) -> Option<AnswerColumn<'a>> {
        let code = column.question.as_deref()?;
        let mut questions = survey.questionnaire.questions();
        let (section, question) = questions.find(|(_, question)| question.code == code)?;
        let has_rule = section.ask_if.is_some() || question.ask_if.is_some();
        let codes = column.values.iter();
        Some(AnswerColumn {
            column,
            question,
            section: (has_rule || question.interviewer_only).then_some(section),
            numbers: codes.map(|value| value.code.parse().ok()).collect(),
        })
    }

    fn cell<'c>(
        &'c self,
        survey: &Survey,
        row: &'c Row<'_>,
        labels: Option<&'c [Option<String>]>,
    ) -> Cell<'c> {
        let Some(answer) = row.answers.get(&self.question.code) else {
            return self.unanswered(survey, row);
        };
        if let Some(choice) = &self.column.choice {
            let is_chosen = |code: &Value| match code {
                Value::String(code) => code == choice,
                Value::Number(code) => code.to_string() == *choice,
                _ => false,
            };
            let chosen = answer.as_array();
            let place = usize::from(chosen.is_some_and(|chosen| chosen.iter().any(is_chosen)));
            return self.code(place, None);
        }
        match (answer, self.column.kind) {
            (Value::String(code), ColumnKind::Coded) => match self.column.position(code) {
                Some(place) => self.code(place, labels),
                None => Cell::of_text(code),
            },
            (Value::Number(number), kind) => {
                let whole = number.as_i64();
                let place = match kind {
                    ColumnKind::Coded => self.numbers.iter().position(|own| *own == whole),
                    _ => None,
                };
                match (place, whole, number.as_f64()) {
                    (Some(place), _, _) => self.code(place, labels),
                    (None, Some(whole), _) => Cell::Whole(whole),
                    (None, None, Some(value)) => Cell::of_number(value),
                    (None, None, None) => Cell::Empty,
                }
            }
            (Value::String(written), ColumnKind::Number(_)) => match written.parse() {
                Ok(value) => Cell::Number {
                    value,
                    written: Some(written),
                },
                Err(_) => Cell::of_text(written),
            },
            (Value::String(text), _) => Cell::of_text(text),
            _ => Cell::Empty,
        }
    }

    fn code<'c>(&'c self, place: usize, labels: Option<&'c [Option<String>]>) -> Cell<'c> {
        let Some(value) = self.column.values.get(place) else {
            return Cell::Empty;
        };
        let label = match &self.column.choice {
            Some(_) => value.label.get("zh"),
            None => labels
                .and_then(|labels| labels.get(place)?.as_deref())
                .unwrap_or(&value.code),
        };
        Cell::Code {
            place,
            code: &value.code,
            label,
        }
    }

    fn unanswered(&self, survey: &Survey, row: &Row<'_>) -> Cell<'static> {
        let is_asked = |section| {
            let mode = &row.response.mode;
            is_asked(
                &survey.questionnaire,
                (section, self.question),
                mode,
                &row.answers,
            )
        };
        match self.section {
            Some(section) if !is_asked(section) => Cell::NotAsked,
            _ => Cell::Empty,
        }
    }
}
