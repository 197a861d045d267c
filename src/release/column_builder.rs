//! A column that grows row by row.

use std::collections::HashMap;

use serde_json::Value;

use crate::estimation::columns::{Column, MISSING};
use crate::questionnaire::Kind;
use crate::release::row::{category, number};
use crate::survey::Survey;

/// Values of a column so far.
pub(super) enum ColumnBuilder {
    Category {
        index: HashMap<String, u32>,
        levels: Vec<String>,
        codes: Vec<u32>,
    },
    Number(Vec<f64>),
}

impl ColumnBuilder {
    pub(super) fn category() -> ColumnBuilder {
        ColumnBuilder::Category {
            index: HashMap::new(),
            levels: Vec::new(),
            codes: Vec::new(),
        }
    }

    pub(super) fn for_question(survey: &Survey, code: &str) -> ColumnBuilder {
        match survey
            .questionnaire
            .question(code)
            .map(|question| &question.kind)
        {
            Some(Kind::Integer { .. } | Kind::Decimal { .. }) => ColumnBuilder::Number(Vec::new()),
            _ => ColumnBuilder::category(),
        }
    }

    pub(super) fn push(&mut self, answer: Option<&Value>) {
        match self {
            ColumnBuilder::Number(values) => {
                values.push(answer.and_then(number).unwrap_or(f64::NAN))
            }
            ColumnBuilder::Category { .. } => self.push_label(answer.and_then(category).as_deref()),
        }
    }

    pub(super) fn push_label(&mut self, label: Option<&str>) {
        let ColumnBuilder::Category {
            index,
            levels,
            codes,
        } = self
        else {
            return;
        };
        let code = match label {
            None => MISSING,
            Some(label) => match index.get(label) {
                Some(code) => *code,
                None => {
                    let code = u32::try_from(levels.len()).unwrap_or(MISSING);
                    index.insert(label.to_owned(), code);
                    levels.push(label.to_owned());
                    code
                }
            },
        };
        codes.push(code);
    }

    pub(super) fn column(self) -> Column {
        match self {
            ColumnBuilder::Number(values) => Column::numbers(values),
            ColumnBuilder::Category { codes, levels, .. } => Column::codes(codes, levels),
        }
    }
}
