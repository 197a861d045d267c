//! Which questionnaire version the rows of an imported file may answer.

use crate::questionnaire::version_named;
use crate::store::QuestionnaireVersion;
use crate::survey::Survey;

/// Which version a row answers.
pub struct Versions<'a> {
    /// The hashes that a row may name.
    pub known: Vec<&'a str>,
    /// That of rows that name none; `None` if they must name one.
    pub default: Option<&'a str>,
}

impl<'a> Versions<'a> {
    /// Of the `stored` versions; `named` is the one that the command line names.
    pub fn new(
        stored: &'a [QuestionnaireVersion],
        survey: &'a Survey,
        named: Option<&str>,
    ) -> Versions<'a> {
        let mut known: Vec<&str> = stored.iter().map(|own| own.hash.as_str()).collect();
        known.push(&survey.questionnaire_hash);
        known.sort_unstable();
        known.dedup();
        let default = match (named, known.as_slice()) {
            (Some(named), _) => version_named(&known, named),
            (None, [only]) => Some(*only),
            (None, _) => None,
        };
        Versions { known, default }
    }
}
