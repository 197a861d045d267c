//! Whether the survey folders agree with the answers that are stored.
//!
//! The first response freezes the questionnaire, and with it plan, population and frame. After that a
//! folder that says something else would give stored answers another meaning.

use std::collections::BTreeMap;
use std::path::Path;

use crate::questionnaire::{self, Areas, Difference, Questionnaire, Subject, differences};
use crate::store::{PlanVersion, QuestionnaireVersion, Store, StoreError, in_force};
use crate::survey::{Catalogue, PlanFiles, Survey};

/// Responses read from the database at a time.
const PAGE: i64 = 5_000;

/// A questionnaire that is not the one that was answered.
#[derive(Debug, Clone)]
pub struct Disagreement {
    /// `satisfaction-2026`.
    pub survey: String,
    /// How many responses it has.
    pub n: u64,
    /// What differs from the newest stored version, each with the number of stored answers to it.
    pub changes: Vec<(Difference, u64)>,
    /// What makes it more than another wording. Also differences from older versions whose answers
    /// count in the same figures.
    pub not_wording: Vec<Difference>,
    /// The questionnaire as its file has it, for line numbers.
    source: String,
    /// The newest stored version can no longer be read.
    unread: bool,
}

impl Disagreement {
    /// Whether answers before and after mean the same, so that the change can be amended.
    #[must_use]
    pub fn is_wording(&self) -> bool {
        self.not_wording.is_empty() && !self.unread
    }

    /// A line for each difference, and one that says what to do; `folder` is the folder of the
    /// survey folders.
    #[must_use]
    pub fn lines(&self, folder: &Path) -> Vec<String> {
        let file = folder.join(&self.survey).join("questionnaire.toml");
        let file = file.display();
        let restore = format!(
            "restore the old file, which `minyi amend {} --stored` prints",
            self.survey
        );
        if self.unread {
            return vec![format!(
                "{file}:1: the questionnaire that {} stored responses answered cannot be read by this \
                 version of minyi; use the version that stored it",
                self.n
            )];
        }
        let cure = |is_wording: bool| match is_wording {
            true => String::new(),
            false => {
                "; restore the old file, or ask it under a new code in the next wave".to_owned()
            }
        };
        let line = |difference: &Difference, n: u64| {
            let line = line_of(&self.source, &difference.subject);
            let cure = cure(!self.not_wording.contains(difference));
            format!("{file}:{line}: {difference}; {n} stored answers are at stake{cure}")
        };
        let mut lines: Vec<String> = self
            .changes
            .iter()
            .map(|(difference, n)| line(difference, *n))
            .collect();
        let known = |own: &&Difference| !self.changes.iter().any(|(change, _)| change == *own);
        let older = self.not_wording.iter().filter(known);
        lines.extend(older.map(|difference| {
            let line = line_of(&self.source, &difference.subject);
            format!("{file}:{line}: compared with an older stored version: {difference}")
        }));
        lines.push(match self.is_wording() {
            true => format!(
                "{file}:1: the questionnaire is not the one that {} stored responses answered. Only \
                 its wording differs: take it into use with `minyi amend {} --reason TEXT`, or \
                 {restore}",
                self.n, self.survey
            ),
            false => format!(
                "{file}:1: the questionnaire is not the one that {} stored responses answered, and \
                 more than its wording differs: {restore}",
                self.n
            ),
        });
        lines
    }
}

/// The line of the file in which the question or section begins; 1 if there is none.
fn line_of(source: &str, subject: &Subject) -> usize {
    let (Subject::Question(code) | Subject::Section(code)) = subject else {
        return 1;
    };
    let has_code = |line: &str| {
        let rest = line.trim_start().strip_prefix("code");
        let value = rest.and_then(|rest| rest.trim_start().strip_prefix('='));
        value.is_some_and(|value| {
            let value = value.trim_start();
            value.starts_with(&format!("\"{code}\"")) || value.starts_with(&format!("'{code}'"))
        })
    };
    source.lines().position(has_code).map_or(1, |line| line + 1)
}

/// Compares every questionnaire with the newest version that is stored. A questionnaire that is the
/// same gets the hash under which it is stored. Writes nothing.
///
/// # Errors
/// When the database cannot be read.
pub fn settle(store: &Store, catalogue: &mut Catalogue) -> Result<Vec<Disagreement>, StoreError> {
    let mut found = Vec::new();
    let areas = catalogue.areas.clone();
    for survey in catalogue.surveys.values_mut() {
        let versions = store.versions(&survey.id)?;
        let Some(newest) = versions.last() else {
            continue;
        };
        let n = store.count(&survey.id)?;
        match compared(survey, newest, &areas) {
            Some(differences) if differences.is_empty() => {
                survey.questionnaire_hash = newest.hash.clone();
            }
            _ if n == 0 => {}
            differences => {
                let stakes = Stakes::count(store, &survey.id, n)?;
                found.push(disagreement(survey, &versions, differences, &areas, stakes));
            }
        }
    }
    Ok(found)
}

/// The differences of a survey's questionnaire from a stored version; `None` if the stored version
/// cannot be read.
fn compared(
    survey: &Survey,
    version: &QuestionnaireVersion,
    areas: &Areas,
) -> Option<Vec<Difference>> {
    if version.source == survey.questionnaire_source {
        return Some(Vec::new());
    }
    let stored = questionnaire_of(version, areas)?;
    Some(changes(&stored, &survey.questionnaire))
}

/// The differences of `after` from `before` that make another version.
pub fn changes(before: &Questionnaire, after: &Questionnaire) -> Vec<Difference> {
    let mut found = differences(before, after);
    found.retain(|difference| !difference.is_administrative());
    found
}

/// The questionnaire of a stored version; `None` if this version of minyi cannot read it.
pub fn questionnaire_of(version: &QuestionnaireVersion, areas: &Areas) -> Option<Questionnaire> {
    questionnaire::load(&version.source, "questionnaire.toml", areas).ok()
}

fn disagreement(
    survey: &Survey,
    versions: &[QuestionnaireVersion],
    differences: Option<Vec<Difference>>,
    areas: &Areas,
    stakes: Stakes,
) -> Disagreement {
    let unread = differences.is_none();
    let mut not_wording: Vec<Difference> = Vec::new();
    for version in in_force(versions).iter().rev() {
        for difference in compared(survey, version, areas).unwrap_or_default() {
            if !difference.is_wording() && !not_wording.contains(&difference) {
                not_wording.push(difference);
            }
        }
    }
    let with_stake = |difference: Difference| {
        let stake = stakes.of(&difference.subject);
        (difference, stake)
    };
    let differences = differences.unwrap_or_default();
    Disagreement {
        survey: survey.id.clone(),
        n: stakes.n,
        changes: differences.into_iter().map(with_stake).collect(),
        not_wording,
        source: survey.questionnaire_source.clone(),
        unread,
    }
}

/// How many stored answers each question has.
struct Stakes {
    n: u64,
    answers: BTreeMap<String, u64>,
}

impl Stakes {
    fn count(store: &Store, survey: &str, n: u64) -> Result<Stakes, StoreError> {
        let mut answers: BTreeMap<String, u64> = BTreeMap::new();
        let mut after = -1;
        loop {
            let page = store.scan(survey, after, PAGE)?;
            let Some(last) = page.last() else { break };
            after = last.leaf_index;
            for response in &page {
                let given: Result<BTreeMap<String, serde::de::IgnoredAny>, _> =
                    serde_json::from_str(&response.answers);
                for question in given.unwrap_or_default().into_keys() {
                    *answers.entry(question).or_insert(0) += 1;
                }
            }
        }
        Ok(Stakes { n, answers })
    }

    /// Of a question: the answers to it. Of a section or of the whole: the responses.
    fn of(&self, subject: &Subject) -> u64 {
        match subject {
            Subject::Question(code) => self.answers.get(code).copied().unwrap_or(0),
            Subject::Section(_) | Subject::Questionnaire => self.n,
        }
    }
}

/// A plan, population or frame that is not the one that was fixed.
#[derive(Debug, Clone)]
pub struct OtherPlan {
    /// `satisfaction-2026`.
    pub survey: String,
    /// How many responses it has.
    pub n: u64,
    /// The files that differ, such as `plan.toml`.
    pub files: Vec<&'static str>,
    /// The plan that was fixed.
    pub fixed: PlanVersion,
}

impl OtherPlan {
    /// One line that says what differs and what to do; `folder` is the folder of the survey folders.
    #[must_use]
    pub fn line(&self, folder: &Path) -> String {
        let file = folder.join(&self.survey).join("plan.toml");
        format!(
            "{}:1: {} differs from what was fixed before {} responses came in, so no figures are \
             computed; restore the old files, or take the new ones into use with `minyi amend {} \
             --reason TEXT`, which keeps the figures under the old plan visible",
            file.display(),
            self.files.join(", "),
            self.n,
            self.survey
        )
    }
}

/// The surveys with responses whose plan, population or frame is not the newest that is stored.
///
/// # Errors
/// When the database cannot be read.
pub fn other_plans(store: &Store, catalogue: &Catalogue) -> Result<Vec<OtherPlan>, StoreError> {
    let mut found = Vec::new();
    for survey in catalogue.surveys.values() {
        let Some(fixed) = store.plan_versions(&survey.id)?.pop() else {
            continue;
        };
        let n = store.count(&survey.id)?;
        if n > 0 && fixed.hash != survey.plan_files.hash() {
            let files = PlanFiles::from_json(&fixed.source).unwrap_or_default();
            found.push(OtherPlan {
                survey: survey.id.clone(),
                n,
                files: survey.plan_files.changed_from(&files),
                fixed,
            });
        }
    }
    Ok(found)
}
