//! The quality report of a release, computed from its public figures: the aspects of the European
//! Statistical System's handbook (SIMS). What is not recorded is said to be not known.
//!
//! | file | does |
//! |---|---|
//! | `line` | a line of the report, and what it says |
//! | `sample` | relevance, coverage, non-response |
//! | `accuracy` | sampling error, measurement, processing, confidentiality |
//! | `held` | what was held after review |
//! | `time` | timeliness, comparability, revisions, accessibility |

mod accuracy;
mod held;
mod line;
mod sample;
mod time;

use crate::locale::in_every_language;
use crate::questionnaire::Text;
use crate::release::figures::Figures;
use crate::release::imprint::Imprint;

pub use line::{QualityLine, QualityValue};

/// The report.
#[derive(Debug, Clone, PartialEq)]
pub struct QualityReport {
    /// The survey.
    pub survey: String,
    /// Number of the release.
    pub release: u32,
    /// One for each aspect.
    pub sections: Vec<QualitySection>,
}

/// One aspect of quality.
#[derive(Debug, Clone, PartialEq)]
pub struct QualitySection {
    /// Its code, such as `coverage`.
    pub code: &'static str,
    /// Its title.
    pub title: Text,
    /// What is said of it.
    pub lines: Vec<QualityLine>,
}

/// The report on the public `figures`. `before`: those of the release that this one takes the place
/// of.
#[must_use]
pub fn quality_report(
    figures: &Figures,
    imprint: &Imprint,
    before: Option<&Figures>,
) -> QualityReport {
    let section = |code, lines| QualitySection {
        code,
        title: in_every_language(&format!("quality_report.section_{code}")),
        lines,
    };
    QualityReport {
        survey: figures.survey.clone(),
        release: imprint.number,
        sections: vec![
            section("relevance", sample::relevance(figures)),
            section("coverage", sample::coverage(figures)),
            section("unit_non_response", sample::unit_non_response(figures)),
            section("item_non_response", sample::item_non_response(figures)),
            section("sampling_error", accuracy::sampling_error(figures)),
            section("measurement", accuracy::measurement(figures)),
            section("processing", accuracy::processing(figures)),
            section("confidentiality", accuracy::confidentiality(figures)),
            section("timeliness", time::timeliness(figures, imprint)),
            section("comparability", time::comparability(figures)),
            section("revisions", time::revisions(figures, imprint, before)),
            section("accessibility", time::accessibility(figures, imprint)),
        ],
    }
}
