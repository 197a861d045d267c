//! What can need attention.

use jiff::civil::Date;

/// Something that needs attention.
#[derive(Debug, Clone, PartialEq)]
pub enum Attention {
    /// At this pace a minimum of the plan is missed.
    MinimumMissed {
        /// Which.
        minimum: Minimum,
        /// Responses missing at close in the middle of what is expected; 0 if it is reached more often
        /// than not.
        by: u64,
        /// P(missed).
        probability: f64,
    },
    /// The verdict may be inconclusive.
    Undecidable {
        /// Code of the indicator.
        indicator: String,
        /// P(the verdict is *met* or *not met*).
        probability: f64,
    },
    /// A county is behind its target.
    CountyBehind {
        /// Code of the county.
        county: String,
        /// Mode of the target; `None` for all modes.
        mode: Option<String>,
        /// Share of what was expected that is missing, 0.4 for 40 %.
        behind: f64,
        /// Responses missing at close at this pace.
        missing_at_close: u64,
    },
    /// A mode, the sampled part or all responses are behind their target.
    ModeBehind {
        /// The mode; `None` for all modes.
        mode: Option<String>,
        /// Whether the target is that of the sampled part.
        is_sampled: bool,
        /// Share of what was expected that is missing.
        behind: f64,
        /// Responses missing at close at this pace.
        missing_at_close: u64,
    },
    /// PSUs of a county should have begun and have not.
    PsuNotBegun {
        /// Code of the county.
        county: String,
        /// PSUs without an interview.
        not_begun: usize,
        /// PSUs drawn.
        drawn: usize,
        /// Codes of those without an interview.
        psus: Vec<String>,
    },
    /// An enumerator has sent nothing for days.
    EnumeratorSilent {
        /// Code.
        enumerator: String,
        /// Working days without an interview.
        days: usize,
        /// Last day with one.
        last_day: Option<Date>,
    },
    /// A channel has brought nothing for days.
    ChannelSilent {
        /// Code; empty for the open link.
        channel: String,
        /// Working days without a response.
        days: usize,
        /// Last day with one.
        last_day: Option<Date>,
    },
    /// Two modes answer differently.
    ModeGap {
        /// Code of the indicator.
        indicator: String,
        /// The one mode.
        mode: String,
        /// The other.
        other: String,
        /// Mode − other.
        gap: f64,
        /// Two-sided P of the t-test.
        p_value: f64,
    },
    /// A margin of the sample is far from the population.
    MarginFar {
        /// Variable.
        variable: String,
        /// Category.
        category: String,
        /// Share of the sample.
        sampled: f64,
        /// Share of the population.
        population: f64,
    },
    /// Many leave an item out.
    ItemMissing {
        /// Code of the question.
        item: String,
        /// Share without a valid answer, 0 to 1.
        share: f64,
    },
    /// Those who answer differ from those who were drawn.
    Representativity {
        /// The bias-adjusted R-indicator.
        r: f64,
        /// The variable that contributes most.
        variable: String,
        /// Its category that answers most too rarely.
        category: String,
        /// The largest bias that this allows.
        largest_bias: f64,
    },
}

/// A minimum of the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Minimum {
    /// Of sampled responses.
    Sampled,
    /// Of all valid responses.
    Valid,
}
