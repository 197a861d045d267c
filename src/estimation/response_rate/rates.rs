//! The outcome rates of AAPOR 2023, *Standard Definitions*, 10th ed.
//!
//! Rates with number 1 treat all cases of unknown eligibility as eligible, so they are the lowest
//! response rates; RR5, RR6, REF3 and CON3 treat none as eligible. RR2, RR4, RR6, COOP2 and COOP4
//! count partial interviews as interviews.

use serde::Serialize;

use crate::estimation::response_rate::dispositions::Dispositions;

/// Outcome rates, counted and weighted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ResponseRates {
    /// From numbers of cases.
    pub unweighted: Outcomes,
    /// From sums of base weights: inverse inclusion probabilities, before any adjustment.
    pub weighted: Outcomes,
}

/// Dispositions with the rates that follow from them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcomes {
    /// Cases by disposition.
    pub cases: Dispositions,
    /// The share e of the cases of unknown eligibility that are taken as eligible, 0 to 1.
    pub e: f64,
    /// Whether e was given; if not, it is [`Dispositions::eligibility`].
    pub e_given: bool,
    /// The rates.
    pub rates: Rates,
}

impl Outcomes {
    /// The rates of some cases.
    ///
    /// * `e`: the share of unknown cases taken as eligible, 0 to 1; `None`: estimated by
    ///   [`Dispositions::eligibility`]
    #[must_use]
    pub fn new(cases: Dispositions, e: Option<f64>) -> Self {
        let used = e.unwrap_or_else(|| cases.eligibility());
        Self {
            cases,
            e: used,
            e_given: e.is_some(),
            rates: Rates::new(&cases, used),
        }
    }
}

/// Outcome rates, each 0 to 1; NaN if its denominator is 0.
///
/// I complete and P partial interviews, R refusals, NC non-contacts, O other eligible cases, UH and
/// UO cases of unknown eligibility, e the share of those that are eligible.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Rates {
    /// I/((I+P)+(R+NC+O)+(UH+UO)): the minimum response rate.
    pub rr1: f64,
    /// (I+P)/((I+P)+(R+NC+O)+(UH+UO)).
    pub rr2: f64,
    /// I/((I+P)+(R+NC+O)+e(UH+UO)).
    pub rr3: f64,
    /// (I+P)/((I+P)+(R+NC+O)+e(UH+UO)).
    pub rr4: f64,
    /// I/((I+P)+(R+NC+O)).
    pub rr5: f64,
    /// (I+P)/((I+P)+(R+NC+O)): the maximum response rate.
    pub rr6: f64,
    /// I/((I+P)+R+O): the minimum cooperation rate.
    pub coop1: f64,
    /// (I+P)/((I+P)+R+O).
    pub coop2: f64,
    /// I/((I+P)+R).
    pub coop3: f64,
    /// (I+P)/((I+P)+R).
    pub coop4: f64,
    /// R/((I+P)+(R+NC+O)+(UH+UO)).
    pub ref1: f64,
    /// R/((I+P)+(R+NC+O)+e(UH+UO)).
    pub ref2: f64,
    /// R/((I+P)+(R+NC+O)): the maximum refusal rate.
    pub ref3: f64,
    /// ((I+P)+R+O)/((I+P)+R+O+NC+(UH+UO)): the minimum contact rate.
    pub con1: f64,
    /// ((I+P)+R+O)/((I+P)+R+O+NC+e(UH+UO)).
    pub con2: f64,
    /// ((I+P)+R+O)/((I+P)+R+O+NC): the maximum contact rate.
    pub con3: f64,
}

impl Rates {
    /// The rates of some cases, with the share `e` of unknown cases taken as eligible, 0 to 1.
    ///
    /// # Example
    ///
    /// ```
    /// use minyi::estimation::response_rate::{Dispositions, Rates};
    ///
    /// let cases = Dispositions {
    ///     complete: 500.0,
    ///     partial: 50.0,
    ///     refusal: 200.0,
    ///     non_contact: 150.0,
    ///     other: 20.0,
    ///     unknown_household: 60.0,
    ///     unknown_other: 20.0,
    ///     not_eligible: 80.0,
    /// };
    /// assert_eq!(cases.eligibility(), 0.92);
    /// let rates = Rates::new(&cases, cases.eligibility());
    /// assert_eq!((rates.rr1, rates.rr2), (0.5, 0.55));
    /// assert!(rates.rr1 < rates.rr3 && rates.rr3 < rates.rr5);
    /// ```
    #[must_use]
    pub fn new(cases: &Dispositions, e: f64) -> Self {
        // Denominators with all, a share e and none of the unknown cases.
        let all = cases.eligible() + cases.unknown();
        let likely = cases.eligible() + e * cases.unknown();
        let known = cases.eligible();
        let asked = cases.interviews() + cases.refusal;
        Self {
            rr1: cases.complete / all,
            rr2: cases.interviews() / all,
            rr3: cases.complete / likely,
            rr4: cases.interviews() / likely,
            rr5: cases.complete / known,
            rr6: cases.interviews() / known,
            coop1: cases.complete / cases.contacted(),
            coop2: cases.interviews() / cases.contacted(),
            coop3: cases.complete / asked,
            coop4: cases.interviews() / asked,
            ref1: cases.refusal / all,
            ref2: cases.refusal / likely,
            ref3: cases.refusal / known,
            con1: cases.contacted() / all,
            con2: cases.contacted() / likely,
            con3: cases.contacted() / known,
        }
    }

    /// Each rate with its AAPOR name, in the order of the definitions.
    #[must_use]
    pub fn named(&self) -> [(&'static str, f64); 16] {
        [
            ("RR1", self.rr1),
            ("RR2", self.rr2),
            ("RR3", self.rr3),
            ("RR4", self.rr4),
            ("RR5", self.rr5),
            ("RR6", self.rr6),
            ("COOP1", self.coop1),
            ("COOP2", self.coop2),
            ("COOP3", self.coop3),
            ("COOP4", self.coop4),
            ("REF1", self.ref1),
            ("REF2", self.ref2),
            ("REF3", self.ref3),
            ("CON1", self.con1),
            ("CON2", self.con2),
            ("CON3", self.con3),
        ]
    }
}
