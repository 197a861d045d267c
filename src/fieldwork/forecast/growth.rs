//! Which PSUs have how many interviews at close.

use crate::estimation::count::count;
use crate::fieldwork::count::number;

/// A stratum of the frame with the PSUs that were drawn in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Stratum {
    /// Its population, or any number in proportion to it, > 0.
    pub population: f64,
    /// PSUs drawn.
    pub drawn: usize,
    /// Valid interviews of each PSU that has any, in any order.
    pub interviews: Vec<u64>,
    /// Interviews planned per PSU; absent: what a PSU has now in the median.
    pub planned: Option<f64>,
    /// Sampled interviews in it on the days of the pace. If it is 0 in all strata, interviews are taken to
    /// come where they are missing.
    pub recent: u64,
}

/// A stratum now, as the formulas need it.
#[derive(Debug, Clone)]
pub(super) struct Now {
    /// Share of the population.
    pub(super) share: f64,
    /// Interviews of the PSUs that have begun.
    pub(super) takes: Vec<f64>,
    /// Sampled interviews on the days of the pace.
    pub(super) recent: f64,
    drawn: f64,
    planned: f64,
}

/// A stratum at close.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Close {
    /// PSUs that have interviews already.
    pub(super) old: f64,
    /// PSUs that begin between now and close.
    pub(super) new: f64,
    /// Σ 1/m over the old PSUs, with the interviews they have now.
    pub(super) inverse_now: f64,
    /// The same at close.
    pub(super) inverse_old: f64,
    /// Σ 1/m over the new PSUs at close.
    pub(super) inverse_new: f64,
}

/// Interviews of all strata.
pub(super) fn interviews(strata: &[Now]) -> f64 {
    strata.iter().map(Now::interviews).sum()
}

impl Now {
    /// The strata in the form of the formulas. The shares add up to 1.
    pub(super) fn of(strata: &[Stratum]) -> Vec<Self> {
        let total: f64 = strata.iter().map(|own| own.population).sum();
        strata
            .iter()
            .map(|own| {
                let mut takes: Vec<f64> = own
                    .interviews
                    .iter()
                    .filter(|n| **n > 0)
                    .map(|n| number(*n))
                    .collect();
                takes.sort_by(f64::total_cmp);
                Self {
                    share: own.population / total,
                    recent: number(own.recent),
                    drawn: count(own.drawn).max(count(takes.len())),
                    planned: own
                        .planned
                        .filter(|planned| *planned > 0.0)
                        .or_else(|| takes.get(takes.len() / 2).copied())
                        .unwrap_or(1.0),
                    takes,
                }
            })
            .collect()
    }

    /// PSUs with interviews.
    pub(super) fn begun(&self) -> f64 {
        count(self.takes.len())
    }

    fn interviews(&self) -> f64 {
        self.takes.iter().sum()
    }

    /// Interviews that are missing in the PSUs that have begun.
    fn missing_in_begun(&self) -> f64 {
        let missing = |take: &f64| (self.planned - take).max(0.0);
        self.takes.iter().map(missing).sum()
    }

    /// Interviews that are missing in all drawn PSUs.
    pub(super) fn missing(&self) -> f64 {
        self.missing_in_begun() + (self.drawn - self.begun()) * self.planned
    }

    /// The stratum after `coming` interviews ≥ 0 came in.
    ///
    /// PSUs that have begun are finished before others begin, and others begin one after another. Once
    /// nothing is missing, every PSU grows in proportion.
    pub(super) fn at_close(&self, coming: f64) -> Close {
        let missing = self.missing();
        let arriving = coming.min(missing);
        let stretch = match coming > missing {
            true => (self.interviews() + coming) / (self.interviews() + missing),
            false => 1.0,
        };
        let of_begun = self.missing_in_begun();
        let finished = match of_begun > 0.0 {
            true => (arriving / of_begun).min(1.0),
            false => 1.0,
        };
        let left = (arriving - of_begun).max(0.0);
        let complete = libm::floor(left / self.planned + 1e-9).min(self.drawn - self.begun());
        let last = left - complete * self.planned;
        let has_last = last >= 1.0 && complete < self.drawn - self.begun();
        let grown = |take: &f64| (take + finished * (self.planned - take).max(0.0)) * stretch;
        Close {
            old: self.begun(),
            new: complete + if has_last { 1.0 } else { 0.0 },
            inverse_now: self.takes.iter().map(|take| 1.0 / take).sum(),
            inverse_old: self.takes.iter().map(|take| 1.0 / grown(take)).sum(),
            inverse_new: complete / (self.planned * stretch)
                + if has_last { 1.0 / last } else { 0.0 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stratum(drawn: usize, interviews: &[u64], planned: Option<f64>) -> Now {
        let own = Stratum {
            population: 1.0,
            drawn,
            interviews: interviews.to_vec(),
            planned,
            recent: 0,
        };
        Now::of(&[own]).remove(0)
    }

    #[test]
    fn begun_psus_are_finished_before_others_begin() {
        let own = stratum(6, &[20, 10], Some(20.0));
        assert_eq!(own.missing(), 90.0);
        let half = own.at_close(5.0);
        assert_eq!((half.old, half.new), (2.0, 0.0));
        assert!((half.inverse_old - (1.0 / 20.0 + 1.0 / 15.0)).abs() < 1e-12);
        let more = own.at_close(40.0);
        assert_eq!((more.old, more.new), (2.0, 2.0));
        assert!((more.inverse_old - 0.1).abs() < 1e-12);
        assert!((more.inverse_new - (0.05 + 0.1)).abs() < 1e-9);
        let all = own.at_close(90.0 + 120.0);
        assert_eq!((all.old, all.new), (2.0, 4.0));
        assert!((all.inverse_new - 4.0 / 40.0).abs() < 1e-12);
    }

    #[test]
    fn without_a_plan_a_psu_gets_what_the_others_have() {
        assert_eq!(stratum(4, &[8, 10, 12], None).missing(), 2.0 + 10.0);
        assert_eq!(stratum(2, &[], None).missing(), 2.0);
    }
}
