//! Back-checks: the interviews that are checked, and the error rates of enumerators.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::collection::back_check::{BackCheckKey, Choice};
use crate::collection::disposition::VISIT_MODES;
use crate::estimation::interval::clopper_pearson;
use crate::release::kept::WaveColumns;
use crate::store::BackCheck;

/// Level of the intervals.
pub const LEVEL: f64 = 0.95;

/// An interview that is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedInterview {
    /// Its short reference; see [`BackCheckKey::reference`].
    pub reference: String,
    /// Id of the response.
    pub id: Uuid,
    /// The enumerator.
    pub enumerator: String,
    /// `onsite`, `phone` or `intercept`.
    pub mode: String,
    /// The PSU; may be empty.
    pub psu: String,
    /// When it was received, microseconds UTC.
    pub received_at: i64,
}

/// The interviews that are checked, as far as the responses of a survey were looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckedInterviews {
    /// In the order of the log.
    pub chosen: Vec<CheckedInterview>,
    /// All interviews of each enumerator.
    pub interviews: BTreeMap<String, usize>,
    /// Responses that were looked at.
    n: usize,
    /// The leaf of the last of them.
    last_leaf: i64,
}

impl CheckedInterviews {
    /// With those of the responses of `wave` that were not looked at yet. What was chosen stays: the
    /// choice depends on nothing that comes later.
    #[must_use]
    pub fn with(&self, wave: &WaveColumns, key: &BackCheckKey) -> CheckedInterviews {
        let last = self
            .n
            .checked_sub(1)
            .and_then(|last| wave.leaf_index.get(last));
        let is_continued = last.is_some_and(|leaf| *leaf == self.last_leaf);
        let before = match is_continued {
            true => self.clone(),
            false => CheckedInterviews::default(),
        };
        let mut chosen = before.chosen;
        let mut choice = Choice::after(key, before.interviews);
        let rows = before.n..wave.len();
        let (modes, psus) = (
            wave.mode.decode(rows.clone()),
            wave.psu.decode(rows.clone()),
        );
        let labels = wave.mode.labels().iter();
        let is_visited: Vec<bool> = labels
            .map(|label| VISIT_MODES.iter().any(|mode| mode.as_str() == label))
            .collect();
        let is_visited = |mode: u32| {
            let at = usize::try_from(mode).unwrap_or(usize::MAX);
            is_visited.get(at).copied().unwrap_or(false)
        };
        let enumerators = wave.enumerator.decode(rows.clone());
        let codes = modes.iter().zip(&psus).zip(&enumerators);
        for (row, ((mode, psu), enumerator)) in rows.zip(codes) {
            let enumerator = wave.enumerator.label(*enumerator);
            let Some(id) = wave.id.get(row).filter(|_| is_visited(*mode)) else {
                continue;
            };
            let written = id.to_string();
            if !enumerator.is_empty() && choice.takes(enumerator, &written) {
                chosen.push(CheckedInterview {
                    reference: key.reference(&written),
                    id: *id,
                    enumerator: enumerator.to_owned(),
                    mode: wave.mode.label(*mode).to_owned(),
                    psu: wave.psu.label(*psu).to_owned(),
                    received_at: wave.received_at.get(row).copied().unwrap_or(0),
                });
            }
        }
        chosen.shrink_to_fit();
        CheckedInterviews {
            interviews: choice.interviews().clone(),
            n: wave.len(),
            last_leaf: wave.leaf_index.last().copied().unwrap_or(-1),
            chosen,
        }
    }

    /// How many of each enumerator are checked.
    #[must_use]
    pub fn n_chosen(&self) -> BTreeMap<String, usize> {
        let mut n = BTreeMap::new();
        for own in &self.chosen {
            *n.entry(own.enumerator.clone()).or_insert(0) += 1;
        }
        n
    }
}

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
