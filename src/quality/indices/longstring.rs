//! Longstring: runs of one answer.

/// The runs of one answer in a person's answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Runs {
    /// Number of answers in the longest run; 0 without an answer.
    pub longest: usize,
    /// Number of runs.
    pub runs: usize,
    /// Number of answers.
    pub answers: usize,
}

impl Runs {
    /// The mean length of a run; NaN without an answer.
    #[must_use]
    pub fn mean(self) -> f64 {
        crate::estimation::count::count(self.answers) / crate::estimation::count::count(self.runs)
    }

    /// The runs of two groups of items, such as two scales, together: the longest of both, and all
    /// runs of both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            longest: self.longest.max(other.longest),
            runs: self.runs + other.runs,
            answers: self.answers + other.answers,
        }
    }
}

/// The runs of one answer over items of one scale.
///
/// # Formula
///
/// ```text
/// longest = max of the lengths of runs        mean = answers/runs
/// ```
///
/// * `answers`: in the order in which they were asked; NaN for a missing one. A missing answer is
///   passed over: a question that was not asked does not end a run.
///
/// # Example
///
/// ```
/// use minyi::quality::indices::longstring::longstring;
///
/// let runs = longstring([3.0, 3.0, f64::NAN, 3.0, 1.0]);
/// assert_eq!((runs.longest, runs.runs), (3, 2));
/// assert_eq!(runs.mean(), 2.0);
/// ```
///
/// # Source
///
/// Johnson 2005, J. Res. Pers. 39, 103–129; equal to `careless-py` 1.1.0 `longstring`.
pub fn longstring(answers: impl IntoIterator<Item = f64>) -> Runs {
    let mut found = Runs::default();
    let mut last = f64::NAN;
    let mut length = 0;
    for answer in answers.into_iter().filter(|answer| !answer.is_nan()) {
        found.answers += 1;
        if answer == last {
            length += 1;
        } else {
            found.runs += 1;
            length = 1;
        }
        last = answer;
        found.longest = found.longest.max(length);
    }
    found
}
