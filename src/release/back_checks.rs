//! Error rates of enumerators from back-checks.

use std::collections::BTreeMap;

use crate::estimation::interval::clopper_pearson;
use crate::store::BackCheck;

/// Level of the intervals.
pub const LEVEL: f64 = 0.95;

/// What the back-checks of one enumerator say.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EnumeratorErrors {
    /// The enumerator.
    pub enumerator: String,
    /// Interviews.
    pub interviews: u64,
    /// Interviews that are chosen to be checked.
    pub chosen: u64,
    /// Those with a result.
    pub checked: u64,
    /// Those with a result where somebody was reached.
    pub reached: u64,
    /// Reached, and the interview was denied or was with another person.
    pub not_confirmed: u64,
    /// Reached, and the duration is not plausible.
    pub implausible: u64,
    /// Facts that were asked again.
    pub compared: u64,
    /// Facts that differ.
    pub differing: u64,
    /// Reached checks with any error: not confirmed, implausible, or a fact that differs.
    pub in_error: u64,
    /// `in_error` of `reached`, 0 to 1, with its exact interval; `None` if nobody was reached.
    pub rate: Option<(f64, f64, f64)>,
}

impl EnumeratorErrors {
    fn add(&mut self, check: &BackCheck) {
        let count = |n: i64| u64::try_from(n).unwrap_or(0);
        self.checked += 1;
        if check.contact != "reached" {
            return;
        }
        let not_confirmed = check.interview != "confirmed";
        let implausible = check.duration == "implausible";
        self.reached += 1;
        self.not_confirmed += u64::from(not_confirmed);
        self.implausible += u64::from(implausible);
        self.compared += count(check.compared);
        self.differing += count(check.differing);
        self.in_error += u64::from(not_confirmed || implausible || check.differing > 0);
    }

    fn with_rate(self) -> EnumeratorErrors {
        let number = |n: u64| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
        let (errors, n) = (number(self.in_error), number(self.reached));
        let rate = (self.reached > 0).then(|| {
            let (lower, upper) = clopper_pearson(errors / n, n, LEVEL);
            (errors / n, lower, upper)
        });
        EnumeratorErrors { rate, ..self }
    }
}

/// The error rates of all enumerators, highest first. `interviews` and `chosen`: how many each has.
#[must_use]
pub fn enumerator_errors(
    interviews: &BTreeMap<String, usize>,
    chosen: &BTreeMap<String, usize>,
    checks: &[BackCheck],
) -> Vec<EnumeratorErrors> {
    let count = |n: Option<&usize>| u64::try_from(n.copied().unwrap_or(0)).unwrap_or(u64::MAX);
    let mut all: BTreeMap<&str, EnumeratorErrors> = BTreeMap::new();
    for (enumerator, n) in interviews {
        let own = EnumeratorErrors {
            enumerator: enumerator.clone(),
            interviews: count(Some(n)),
            chosen: count(chosen.get(enumerator)),
            ..EnumeratorErrors::default()
        };
        all.insert(enumerator, own);
    }
    for check in checks {
        if let Some(own) = all.get_mut(check.enumerator.as_str()) {
            own.add(check);
        }
    }
    let mut all: Vec<EnumeratorErrors> =
        all.into_values().map(EnumeratorErrors::with_rate).collect();
    let rate = |own: &EnumeratorErrors| own.rate.map_or(-1.0, |(rate, _, _)| rate);
    all.sort_by(|a, b| {
        let by_rate = rate(b).total_cmp(&rate(a));
        by_rate.then_with(|| a.enumerator.cmp(&b.enumerator))
    });
    all
}
