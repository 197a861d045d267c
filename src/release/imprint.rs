//! What a release says of itself beside its figures.

/// Number, time and reason of a release. Together with the figures it gives every byte of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imprint {
    /// Number of the release within its survey, from 1.
    pub number: u32,
    /// When it is published, microseconds UTC.
    pub published_at: i64,
    /// Why it takes the place of the release before; empty for the first.
    pub reason: String,
    /// When the next release of this survey, or of its next wave, is published, microseconds UTC;
    /// `None` if nothing is announced.
    pub next: Option<i64>,
    /// URL of the site, such as `https://survey.example`, without a slash at the end.
    pub public_url: String,
}

impl Imprint {
    /// Path of the release of `survey`: `/results/satisfaction-2026/r/1`.
    #[must_use]
    pub fn path(&self, survey: &str) -> String {
        path_of(survey, self.number)
    }

    /// Absolute address of the release, for citations.
    #[must_use]
    pub fn address(&self, survey: &str) -> String {
        format!("{}{}", self.public_url, self.path(survey))
    }
}

/// Path of a release: `/results/satisfaction-2026/r/1`.
#[must_use]
pub fn path_of(survey: &str, number: u32) -> String {
    format!("/results/{survey}/r/{number}")
}
