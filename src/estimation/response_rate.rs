//! Response rates of a probability sample (AAPOR, *Standard Definitions*, 10th ed. 2023).
//!
//! Volunteers have none: an open link has no denominator.

use serde::{Deserialize, Serialize};

/// Final dispositions of sampled cases, counted or summed with base weights.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize, Serialize)]
pub struct Dispositions {
    /// I: complete interviews.
    pub complete: f64,
    /// P: partial interviews.
    pub partial: f64,
    /// R: refusals and break-offs.
    pub refusal: f64,
    /// NC: non-contacts.
    pub non_contact: f64,
    /// O: other eligible non-interviews.
    pub other: f64,
    /// UH: unknown whether there is a household.
    pub unknown_household: f64,
    /// UO: unknown for another reason.
    pub unknown_other: f64,
}

impl Dispositions {
    fn eligible(&self) -> f64 {
        self.complete + self.partial + self.refusal + self.non_contact + self.other
    }

    fn unknown(&self) -> f64 {
        self.unknown_household + self.unknown_other
    }

    /// RR1 = I/((I+P)+(R+NC+O)+(UH+UO)): the smallest.
    #[must_use]
    pub fn rr1(&self) -> f64 {
        self.complete / (self.eligible() + self.unknown())
    }

    /// RR2 = (I+P)/((I+P)+(R+NC+O)+(UH+UO)).
    #[must_use]
    pub fn rr2(&self) -> f64 {
        (self.complete + self.partial) / (self.eligible() + self.unknown())
    }

    /// RR3 = I/((I+P)+(R+NC+O)+e(UH+UO)), e the share of unknown cases taken as eligible.
    #[must_use]
    pub fn rr3(&self, e: f64) -> f64 {
        self.complete / (self.eligible() + e * self.unknown())
    }

    /// RR4 = (I+P)/((I+P)+(R+NC+O)+e(UH+UO)).
    #[must_use]
    pub fn rr4(&self, e: f64) -> f64 {
        (self.complete + self.partial) / (self.eligible() + e * self.unknown())
    }

    /// RR5 = I/((I+P)+(R+NC+O)): RR3 with e = 0.
    #[must_use]
    pub fn rr5(&self) -> f64 {
        self.rr3(0.0)
    }

    /// RR6 = (I+P)/((I+P)+(R+NC+O)): RR4 with e = 0, the largest.
    #[must_use]
    pub fn rr6(&self) -> f64 {
        self.rr4(0.0)
    }

    /// COOP1 = I/((I+P)+R+O): of those contacted.
    #[must_use]
    pub fn coop1(&self) -> f64 {
        self.complete / (self.complete + self.partial + self.refusal + self.other)
    }

    /// REF1 = R/((I+P)+(R+NC+O)+(UH+UO)).
    #[must_use]
    pub fn ref1(&self) -> f64 {
        self.refusal / (self.eligible() + self.unknown())
    }

    /// The share of unknown cases taken as eligible in proportion to the known ones (CASRO): eligible over eligible plus
    /// `ineligible` known cases.
    #[must_use]
    pub fn eligibility(&self, ineligible: f64) -> f64 {
        self.eligible() / (self.eligible() + ineligible)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rates_are_ordered_and_follow_the_definitions() {
        let cases = Dispositions {
            complete: 500.0,
            partial: 50.0,
            refusal: 200.0,
            non_contact: 150.0,
            other: 20.0,
            unknown_household: 60.0,
            unknown_other: 20.0,
        };
        assert!((cases.rr1() - 0.5).abs() < 1e-15 && (cases.rr2() - 0.55).abs() < 1e-15);
        assert!(
            (cases.rr5() - 500.0 / 920.0).abs() < 1e-15
                && (cases.rr6() - 550.0 / 920.0).abs() < 1e-15
        );
        let e = cases.eligibility(80.0);
        assert!((e - 0.92).abs() < 1e-15);
        assert!(cases.rr1() < cases.rr3(e) && cases.rr3(e) < cases.rr5());
        assert!(
            (cases.coop1() - 500.0 / 770.0).abs() < 1e-15 && (cases.ref1() - 0.2).abs() < 1e-15
        );
    }
}
