//! PSUs: drawn, begun, done.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::estimation::count::count;
use crate::fieldwork::count::number;
use crate::fieldwork::period::Period;

/// A drawn PSU.
#[derive(Debug, Clone, PartialEq)]
pub struct Psu {
    /// Its code.
    pub code: String,
    /// Code of its county.
    pub county: String,
    /// Whether it is urban.
    pub is_urban: bool,
    /// Interviews wanted; absent: no target.
    pub target: Option<f64>,
    /// Valid interviews.
    pub interviews: u64,
    /// Day of the last interview.
    pub last_day: Option<Date>,
}

/// How far a PSU is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PsuState {
    /// No interview.
    NotBegun,
    /// Some interviews, fewer than its target. Without a target every PSU with an interview.
    Begun,
    /// As many as its target.
    Done,
}

impl Psu {
    /// How far it is.
    #[must_use]
    pub fn state(&self) -> PsuState {
        match self.target {
            _ if self.interviews == 0 => PsuState::NotBegun,
            // A target that was split has a fraction, and nobody interviews a part of a person.
            Some(target) if number(self.interviews) >= libm::floor(target) => PsuState::Done,
            _ => PsuState::Begun,
        }
    }
}

/// PSUs of a county, or of the whole sample.
#[derive(Debug, Clone, PartialEq)]
pub struct PsuSummary {
    /// Code of the county; `None` for all.
    pub county: Option<String>,
    /// PSUs drawn.
    pub drawn: usize,
    /// PSUs with an interview, those that are done included.
    pub begun: usize,
    /// PSUs that are done.
    pub done: usize,
    /// PSUs that should have begun: drawn · (share of the working time that is over).
    pub expected_begun: f64,
    /// Codes of those that have not, in order.
    pub not_begun: Vec<String>,
}

/// The whole sample first, then each county in the order of its code.
#[must_use]
pub fn summary(psus: &[Psu], period: &Period, today: Date) -> Vec<PsuSummary> {
    let mut groups: BTreeMap<Option<&str>, Vec<&Psu>> = BTreeMap::new();
    for psu in psus {
        for county in [None, Some(psu.county.as_str())] {
            groups.entry(county).or_default().push(psu);
        }
    }
    groups
        .into_iter()
        .map(|(county, psus)| {
            let of = |state: PsuState| psus.iter().filter(move |psu| psu.state() == state);
            let mut not_begun: Vec<String> =
                of(PsuState::NotBegun).map(|psu| psu.code.clone()).collect();
            not_begun.sort();
            PsuSummary {
                county: county.map(str::to_owned),
                drawn: psus.len(),
                begun: psus.len() - not_begun.len(),
                done: of(PsuState::Done).count(),
                expected_begun: count(psus.len()) * period.elapsed(today),
                not_begun,
            }
        })
        .collect()
}

/// A stratum's share of a target.
#[derive(Debug, Clone, PartialEq)]
pub struct Share {
    /// Interviews of the stratum.
    pub interviews: f64,
    /// Interviews of each of its drawn PSUs.
    pub per_psu: f64,
}

/// A target split over strata in proportion to their population, and evenly over the drawn PSUs of each,
/// as a self-weighting sample needs it.
///
/// * `strata`: population (≥ 0) and drawn PSUs of each; a stratum without drawn PSUs gets nothing
#[must_use]
pub fn split(target: f64, strata: &[(f64, usize)]) -> Vec<Share> {
    let reachable = |(population, drawn): &(f64, usize)| match *drawn > 0 {
        true => *population,
        false => 0.0,
    };
    let total: f64 = strata.iter().map(reachable).sum();
    strata
        .iter()
        .map(|stratum| {
            let interviews = match total > 0.0 {
                true => target * reachable(stratum) / total,
                false => 0.0,
            };
            Share {
                interviews,
                per_psu: interviews / count(stratum.1).max(1.0),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn psus_are_counted_by_county() {
        let psu = |code: &str, county: &str, interviews| Psu {
            code: code.to_owned(),
            county: county.to_owned(),
            is_urban: false,
            target: Some(20.4),
            interviews,
            last_day: None,
        };
        let psus = [
            psu("b2", "b", 0),
            psu("a1", "a", 20),
            psu("a2", "a", 5),
            psu("b1", "b", 0),
        ];
        let period = Period {
            first: date(2026, 6, 1),
            last: date(2026, 6, 10),
            days_off: Vec::new(),
        };
        let found = summary(&psus, &period, date(2026, 6, 6));
        let counts: Vec<_> = found
            .iter()
            .map(|own| (own.county.as_deref(), own.drawn, own.begun, own.done))
            .collect();
        assert_eq!(
            counts,
            [(None, 4, 2, 1), (Some("a"), 2, 2, 1), (Some("b"), 2, 0, 0)]
        );
        assert_eq!(found[2].not_begun, ["b1", "b2"]);
        assert_eq!(found[0].expected_begun, 2.0);
    }

    #[test]
    fn a_target_is_split_by_population() {
        let found = split(300.0, &[(1000.0, 5), (2000.0, 4), (500.0, 0)]);
        assert_eq!((found[0].interviews, found[0].per_psu), (100.0, 20.0));
        assert_eq!((found[1].interviews, found[1].per_psu), (200.0, 50.0));
        assert_eq!((found[2].interviews, found[2].per_psu), (0.0, 0.0));
    }
}
