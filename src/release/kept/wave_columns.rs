//! The stored responses of a wave as columns, before the plan does anything with them.

use std::collections::BTreeSet;

use rayon::prelude::*;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::questionnaire::Kind;
use crate::release::kept::label_column::LabelColumn;
use crate::release::row::{AT_ONCE, DatasetError, category};
use crate::store::StoredResponse;
use crate::survey::Survey;
use crate::survey::plan::Plan;

/// No duration is known.
pub const NO_DURATION: i64 = i64::MIN;

/// The stored responses of a wave as columns, one row a response in leaf order. All columns have the
/// same length.
#[derive(Debug, Clone, Default)]
pub struct WaveColumns {
    /// Ids.
    pub id: Vec<Uuid>,
    /// Leaf indices, ascending.
    pub leaf_index: Vec<i64>,
    /// When each was received, microseconds UTC.
    pub received_at: Vec<i64>,
    /// Seconds between start and finish; [`NO_DURATION`] if unknown.
    pub duration: Vec<i64>,
    /// Mode.
    pub mode: LabelColumn,
    /// Channel inside the mode.
    pub channel: LabelColumn,
    /// PSU.
    pub psu: LabelColumn,
    /// Enumerator; empty online.
    pub enumerator: LabelColumn,
    /// Area code.
    pub area: LabelColumn,
    /// Hash of the questionnaire version.
    pub version: LabelColumn,
    /// Flags, separated by spaces.
    pub flags: LabelColumn,
    /// Answers by question, in the order of [`questions`]: codes, areas, numbers as written, several
    /// choices joined by `;`.
    pub answers: Vec<(String, LabelColumn)>,
}

/// The questions whose answers are kept: all but notes and those texts that the plan does not name.
#[must_use]
pub fn questions(survey: &Survey) -> Vec<&str> {
    let named = survey.plan.iter().flat_map(Plan::questions);
    let named: BTreeSet<&str> = named.map(|(code, _)| code).collect();
    let all = survey.questionnaire.questions();
    let kept = all.filter(|(_, question)| match question.kind {
        Kind::Note => false,
        Kind::Text { .. } => named.contains(question.code.as_str()),
        _ => true,
    });
    kept.map(|(_, question)| question.code.as_str()).collect()
}

impl WaveColumns {
    /// No rows yet, for the responses of `survey`.
    #[must_use]
    pub fn new(survey: &Survey) -> WaveColumns {
        let column = |code: &str| (code.to_owned(), LabelColumn::default());
        WaveColumns {
            answers: questions(survey).into_iter().map(column).collect(),
            ..WaveColumns::default()
        }
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.leaf_index.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.leaf_index.is_empty()
    }

    /// The answers to a question; `None` if they are not kept.
    #[must_use]
    pub fn answers_to(&self, question: &str) -> Option<&LabelColumn> {
        let mut all = self.answers.iter();
        all.find(|(code, _)| code == question)
            .map(|(_, column)| column)
    }

    /// The columns of labels that every response has, by name.
    #[must_use]
    pub fn label_columns(&self) -> [(&'static str, &LabelColumn); 7] {
        [
            ("mode", &self.mode),
            ("channel", &self.channel),
            ("psu", &self.psu),
            ("enumerator", &self.enumerator),
            ("area", &self.area),
            ("version", &self.version),
            ("flags", &self.flags),
        ]
    }

    /// Adds stored responses in leaf order; parses their answers on all cores.
    ///
    /// # Errors
    /// [`DatasetError::Damaged`] for a response whose answers or id cannot be read.
    pub fn push(&mut self, page: &[StoredResponse]) -> Result<(), DatasetError> {
        for part in page.chunks(AT_ONCE) {
            let parsed: Result<Vec<_>, DatasetError> = part.par_iter().map(parse).collect();
            for (response, (id, answers)) in part.iter().zip(parsed?) {
                self.push_row(response, id, &answers);
            }
        }
        Ok(())
    }

    fn push_row(&mut self, response: &StoredResponse, id: Uuid, answers: &Map<String, Value>) {
        self.id.push(id);
        self.leaf_index.push(response.leaf_index);
        self.received_at.push(response.received_at);
        self.duration.push(response.duration.unwrap_or(NO_DURATION));
        self.mode.push(Some(&response.mode));
        self.channel.push(Some(&response.channel));
        self.psu.push(Some(&response.psu));
        self.enumerator.push(Some(&response.enumerator));
        self.area.push(Some(&response.area));
        self.version.push(Some(&response.questionnaire_hash));
        self.flags.push(Some(&response.flags));
        for (code, column) in &mut self.answers {
            match answers.get(code.as_str()) {
                Some(Value::String(label)) => column.push(Some(label)),
                answer => column.push(answer.and_then(category).as_deref()),
            }
        }
    }

    /// Adds the rows of `other`, which has the same questions.
    pub fn append(&mut self, other: &WaveColumns) {
        self.id.extend_from_slice(&other.id);
        self.leaf_index.extend_from_slice(&other.leaf_index);
        self.received_at.extend_from_slice(&other.received_at);
        self.duration.extend_from_slice(&other.duration);
        let others = other.label_columns();
        for (own, (_, other)) in self.label_columns_mut().into_iter().zip(others) {
            own.append(other);
        }
        for ((_, own), (_, other)) in self.answers.iter_mut().zip(&other.answers) {
            own.append(other);
        }
    }

    /// Keeps the first `rows` rows.
    pub fn truncate(&mut self, rows: usize) {
        self.id.truncate(rows);
        self.leaf_index.truncate(rows);
        self.received_at.truncate(rows);
        self.duration.truncate(rows);
        for column in self.label_columns_mut() {
            column.truncate(rows);
        }
        for (_, column) in &mut self.answers {
            column.truncate(rows);
        }
    }

    fn label_columns_mut(&mut self) -> [&mut LabelColumn; 7] {
        [
            &mut self.mode,
            &mut self.channel,
            &mut self.psu,
            &mut self.enumerator,
            &mut self.area,
            &mut self.version,
            &mut self.flags,
        ]
    }
}

/// The id and the answers of a response.
fn parse(response: &StoredResponse) -> Result<(Uuid, Map<String, Value>), DatasetError> {
    let damaged = || DatasetError::Damaged {
        leaf_index: response.leaf_index,
    };
    let id = Uuid::parse_str(&response.id).map_err(|_| damaged())?;
    let answers = serde_json::from_str(&response.answers).map_err(|_| damaged())?;
    Ok((id, answers))
}
