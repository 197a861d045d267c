//! What is found in the files of a survey folder, each line as `file:line: what; cure`.

use crate::survey::lines::{Lines, Step};

/// The mistakes and warnings of a survey folder, each as `file:line: what; cure`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// What has to be corrected: a figure would be wrong, empty or missing.
    pub mistakes: Vec<String>,
    /// What is allowed, but probably not meant.
    pub warnings: Vec<String>,
}

impl Findings {
    /// The findings in the order of file and line, each once.
    #[must_use]
    pub fn sorted(mut self) -> Findings {
        for list in [&mut self.mistakes, &mut self.warnings] {
            list.sort_by(|one, other| place(one).cmp(&place(other)));
            list.dedup();
        }
        self
    }

    /// Adds those of `other`.
    pub fn extend(&mut self, other: Findings) {
        self.mistakes.extend(other.mistakes);
        self.warnings.extend(other.warnings);
    }
}

/// File, line and text of a finding; line 0 if it names none.
fn place(finding: &str) -> (&str, usize, &str) {
    let mut colons = finding.match_indices(": ").map(|(at, _)| at);
    let found = colons.find_map(|at| {
        let (file, line) = finding.get(..at)?.rsplit_once(':')?;
        Some((file, line.parse().ok()?, finding.get(at..)?))
    });
    found.unwrap_or((finding, 0, ""))
}

/// Collects the findings about one plan.toml.
pub(super) struct Report<'s> {
    file: String,
    lines: Lines<'s>,
    found: Findings,
}

impl<'s> Report<'s> {
    /// A report on the plan `source`; `file` is its name.
    pub(super) fn on(source: &'s str, file: &str) -> Report<'s> {
        Report {
            file: file.to_owned(),
            lines: Lines::of(source),
            found: Findings::default(),
        }
    }

    /// `what` is wrong at `path`, with its cure.
    pub(super) fn mistake(&mut self, path: &[Step<'_>], what: &str) {
        let line = self.lines.line(path);
        self.found
            .mistakes
            .push(format!("{}:{line}: {what}", self.file));
    }

    /// `what` is probably not meant, with its cure.
    pub(super) fn warning(&mut self, path: &[Step<'_>], what: &str) {
        let line = self.lines.line(path);
        self.found
            .warnings
            .push(format!("{}:{line}: {what}", self.file));
    }

    /// A mistake in another file than the plan, already with its place.
    pub(super) fn elsewhere(&mut self, mistake: String) {
        self.found.mistakes.push(mistake);
    }

    /// All that was found.
    pub(super) fn finish(self) -> Findings {
        self.found
    }
}
