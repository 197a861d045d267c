//! Final dispositions of sampled cases (AAPOR 2023, *Standard Definitions*, 10th ed.).
//!
//! Every sampled case has one: interview, eligible without interview, of unknown eligibility, or
//! not eligible.

use serde::Serialize;

/// How a sampled case ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// I: complete interview.
    Complete,
    /// P: partial interview.
    Partial,
    /// R: refusal or break-off.
    Refusal,
    /// NC: no contact.
    NonContact,
    /// O: other eligible case without interview.
    Other,
    /// UH: unknown whether there is a household.
    UnknownHousehold,
    /// UO: unknown eligibility for another reason.
    UnknownOther,
    /// NE: not eligible.
    NotEligible,
}

impl Disposition {
    /// The codes, in the order of the definitions.
    pub const CODES: [(&'static str, Self); 8] = [
        ("I", Self::Complete),
        ("P", Self::Partial),
        ("R", Self::Refusal),
        ("NC", Self::NonContact),
        ("O", Self::Other),
        ("UH", Self::UnknownHousehold),
        ("UO", Self::UnknownOther),
        ("NE", Self::NotEligible),
    ];

    /// The disposition with a code, in capital letters and without regard to spaces around it;
    /// `None` for any other text.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        let mut codes = Self::CODES.into_iter();
        codes
            .find(|(known, _)| *known == code.trim())
            .map(|(_, disposition)| disposition)
    }
}

/// Numbers of sampled cases by disposition, or sums of their base weights.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Dispositions {
    /// I: complete interviews.
    #[serde(rename = "I")]
    pub complete: f64,
    /// P: partial interviews.
    #[serde(rename = "P")]
    pub partial: f64,
    /// R: refusals and break-offs.
    #[serde(rename = "R")]
    pub refusal: f64,
    /// NC: no contact.
    #[serde(rename = "NC")]
    pub non_contact: f64,
    /// O: other eligible cases without interview.
    #[serde(rename = "O")]
    pub other: f64,
    /// UH: unknown whether there is a household.
    #[serde(rename = "UH")]
    pub unknown_household: f64,
    /// UO: unknown eligibility for another reason.
    #[serde(rename = "UO")]
    pub unknown_other: f64,
    /// NE: not eligible. They are in no rate; they serve to estimate e.
    #[serde(rename = "NE")]
    pub not_eligible: f64,
}

impl Dispositions {
    /// Adds a case with a `weight` (1 to count it) to its disposition.
    pub fn add(&mut self, disposition: Disposition, weight: f64) {
        *match disposition {
            Disposition::Complete => &mut self.complete,
            Disposition::Partial => &mut self.partial,
            Disposition::Refusal => &mut self.refusal,
            Disposition::NonContact => &mut self.non_contact,
            Disposition::Other => &mut self.other,
            Disposition::UnknownHousehold => &mut self.unknown_household,
            Disposition::UnknownOther => &mut self.unknown_other,
            Disposition::NotEligible => &mut self.not_eligible,
        } += weight;
    }

    /// I+P.
    #[must_use]
    pub fn interviews(&self) -> f64 {
        self.complete + self.partial
    }

    /// (I+P)+R+O: the eligible cases that were contacted.
    #[must_use]
    pub fn contacted(&self) -> f64 {
        self.interviews() + self.refusal + self.other
    }

    /// (I+P)+(R+NC+O): the cases known to be eligible.
    #[must_use]
    pub fn eligible(&self) -> f64 {
        self.contacted() + self.non_contact
    }

    /// UH+UO: the cases of unknown eligibility.
    #[must_use]
    pub fn unknown(&self) -> f64 {
        self.unknown_household + self.unknown_other
    }

    /// e by proportional allocation: the share of the eligible among the cases of known
    /// eligibility.
    ///
    /// # Formula
    ///
    /// ```text
    /// ((I+P)+(R+NC+O))/((I+P)+(R+NC+O)+NE)
    /// ```
    ///
    /// 1 without cases that are not eligible.
    ///
    /// # Source
    ///
    /// CASRO 1982, *On the Definition of Response Rates*.
    #[must_use]
    pub fn eligibility(&self) -> f64 {
        self.eligible() / (self.eligible() + self.not_eligible)
    }
}
