//! The limits of the rules of responses, floods and channels.

use super::bursts::BurstLimits;
use super::rules::rule_of;

/// The limits of the rules; the defaults are those of [`RULES`](super::rules::RULES).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Share of the mode's median time below which a response is too fast.
    pub too_fast: f64,
    /// Part of null responses, 0 to 1, that may be as much like another one, or have as long a run.
    pub near_duplicate_rate: f64,
    /// Part of null responses, 0 to 1, that may have as long a run.
    pub longstring_rate: f64,
    /// Multiple of the expected copies of an answer vector.
    pub copies: f64,
    /// From when on a count is a burst.
    pub burst: BurstLimits,
    /// In a burst.
    pub flood: Ratios,
    /// In a channel.
    pub odd_channel: Ratios,
    /// Fewest responses of a cluster that is proposed.
    pub min_cluster: usize,
    /// Fewest responses of a door or of a reference.
    pub min_door: usize,
    /// Seed of the null responses.
    pub seed: u64,
}

/// How many times as frequent as elsewhere a kind of response must be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ratios {
    /// To prove that somebody floods.
    pub proof: f64,
    /// To be proposed, once it is proved.
    pub edge: f64,
    /// All that are proposed together; if this is not reached, only those are proposed that prove
    /// it. Channels of honest people differ a little in many responses, a flood much in some.
    pub overall: f64,
}

impl Default for Limits {
    fn default() -> Limits {
        let limit = |id| rule_of(id).map_or(f64::INFINITY, |rule| rule.limit);
        Limits {
            too_fast: limit("too_fast"),
            near_duplicate_rate: limit("near_duplicate"),
            longstring_rate: limit("longstring"),
            copies: limit("duplicate_vector"),
            burst: BurstLimits {
                min_count: 20,
                ratio: limit("burst"),
                z: 6.0,
            },
            flood: Ratios {
                proof: limit("flood"),
                edge: 1.5,
                overall: 2.5,
            },
            odd_channel: Ratios {
                proof: limit("odd_channel"),
                edge: 2.0,
                overall: 2.5,
            },
            min_cluster: 15,
            min_door: 200,
            seed: 1,
        }
    }
}
