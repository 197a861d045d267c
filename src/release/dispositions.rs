//! What became of the issued cases: counts for each PSU and mode, and outcome rates.
//!
//! # What counts
//!
//! An interview is a valid stored response in a drawn PSU, since for it there is evidence. All other
//! outcomes come from the visits. Where visits say "interview" more often than responses are stored,
//! the surplus counts as "other": the case is eligible, and there is no interview. A PSU with
//! interviews but without any visit is in no rate, since nothing is known of its other cases.
//!
//! # Weights
//!
//! ```text
//! w = M_h / (a_h · n_k)
//! ```
//!
//! M_h is the population of stratum h in the frame, a_h the PSUs of h with visits, n_k the issued
//! cases of PSU k: the inverse of the probability that a case was drawn, see
//! [`base_weights`](crate::release::base_weights).

use std::collections::{BTreeMap, BTreeSet};

use crate::collection::disposition::{VISIT_MODES, VisitOutcome, final_outcome};
use crate::estimation::response_rate::{Dispositions, Outcomes, ResponseRates};
use crate::fieldwork::count;
use crate::locale::{every_language, in_every_language};
use crate::questionnaire::answer::Mode;
use crate::questionnaire::{Areas, Question, Text};
use crate::release::interviews::Interviews;
use crate::release::row::{DatasetError, Reader};
use crate::release::sample_design::stratum_of;
use crate::store::Visit;
use crate::survey::{FrameUnit, Survey, categories};

/// Numbers of issued cases by what finally became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CaseCounts {
    /// Interviews: valid stored responses.
    pub interview: u64,
    /// Partial interviews.
    pub partial: u64,
    /// Refusals.
    pub refusal: u64,
    /// Cases without contact.
    pub no_contact: u64,
    /// Eligible, without interview for another reason.
    pub other: u64,
    /// Not eligible.
    pub ineligible: u64,
    /// Not known whether eligible.
    pub unknown: u64,
}

impl CaseCounts {
    /// All cases.
    #[must_use]
    pub fn issued(&self) -> u64 {
        self.counts().iter().map(|(_, n)| n).sum()
    }

    /// Each outcome with its count, in the order of tables.
    #[must_use]
    pub fn counts(&self) -> [(VisitOutcome, u64); 7] {
        [
            (VisitOutcome::Interview, self.interview),
            (VisitOutcome::Partial, self.partial),
            (VisitOutcome::Refusal, self.refusal),
            (VisitOutcome::NoContact, self.no_contact),
            (VisitOutcome::Other, self.other),
            (VisitOutcome::Ineligible, self.ineligible),
            (VisitOutcome::Unknown, self.unknown),
        ]
    }

    fn add(&mut self, outcome: VisitOutcome) {
        *match outcome {
            VisitOutcome::Interview => &mut self.interview,
            VisitOutcome::Partial => &mut self.partial,
            VisitOutcome::Refusal => &mut self.refusal,
            VisitOutcome::NoContact => &mut self.no_contact,
            VisitOutcome::Other => &mut self.other,
            VisitOutcome::Ineligible => &mut self.ineligible,
            VisitOutcome::Unknown => &mut self.unknown,
        } += 1;
    }
}

/// The cases of one PSU in one mode.
#[derive(Debug, Clone, PartialEq)]
pub struct PsuCases {
    /// The PSU, a drawn one.
    pub psu: String,
    /// `onsite`, `phone` or `intercept`.
    pub mode: Mode,
    /// Category of the plan's `county`, or the area of the frame.
    pub county: String,
    /// `urban` or `rural`, as in the frame.
    pub urban: String,
    /// Variance stratum that the PSU was drawn from; empty if the plan has none.
    pub stratum: String,
    /// People in the stratum, by the frame.
    pub stratum_population: f64,
    /// People in the PSU, by the frame.
    pub population: f64,
    /// What became of the cases.
    pub counts: CaseCounts,
    /// Cases that visits call an interview. Another number than `counts.interview` needs a look.
    pub claimed_interviews: u64,
    /// Visits, or calls; 0 if none was recorded.
    pub visits: u64,
    /// The day of the last visit, `2026-06-01`; empty without visits.
    pub last_visit: String,
}

impl PsuCases {
    /// Whether anything is known of the cases without interview.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.visits > 0
    }

    /// Whether visits and responses agree on the number of interviews.
    #[must_use]
    pub fn agrees(&self) -> bool {
        !self.is_known() || self.claimed_interviews == self.counts.interview
    }

    /// The cases as dispositions of AAPOR, each with this weight.
    fn dispositions(&self, weight: f64) -> Dispositions {
        let of = |n: u64| count::number(n) * weight;
        let unknown = of(self.counts.unknown);
        let (unknown_household, unknown_other) = match self.mode {
            Mode::Intercept => (0.0, unknown),
            _ => (unknown, 0.0),
        };
        Dispositions {
            complete: of(self.counts.interview),
            partial: of(self.counts.partial),
            refusal: of(self.counts.refusal),
            non_contact: of(self.counts.no_contact),
            other: of(self.counts.other),
            unknown_household,
            unknown_other,
            not_eligible: of(self.counts.ineligible),
        }
    }
}

/// The cases of a survey: one entry for each PSU and mode with visits or interviews, in the order of
/// PSU and mode.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SurveyCases {
    /// The entries.
    pub psus: Vec<PsuCases>,
}

/// Outcome rates of a part of the cases.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupRates {
    /// What the part is cut by: empty for all cases, `mode`, `county` or `urban`.
    pub dimension: &'static str,
    /// The category; empty for all cases.
    pub category: String,
    /// The category in words.
    pub label: Text,
    /// Issued cases that the rates rest on.
    pub issued: u64,
    /// PSUs that the rates rest on.
    pub psus: u64,
    /// PSUs with interviews but without visits; they are in no rate.
    pub unknown_psus: u64,
    /// The rates. e is that of proportional allocation.
    pub rates: ResponseRates,
}

impl SurveyCases {
    /// The cases from interviews and visits. Those outside drawn PSUs are left out.
    ///
    /// # Errors
    /// When an exclusion rule of the plan cannot be read.
    pub fn new(
        survey: &Survey,
        areas: &Areas,
        interviews: &Interviews,
        visits: &[Visit],
    ) -> Result<SurveyCases, DatasetError> {
        let frame = DrawnPsus::new(survey, areas)?;
        let mut by_case: BTreeMap<(&str, &str), BTreeMap<i64, Vec<&Visit>>> = BTreeMap::new();
        for visit in visits {
            let of_psu = by_case.entry((&visit.psu, &visit.mode)).or_default();
            of_psu.entry(visit.case_number).or_default().push(visit);
        }
        let with_interviews = interviews.keys();
        let with_interviews = with_interviews.map(|(psu, mode)| (psu.as_str(), mode.as_str()));
        let keys: BTreeSet<(&str, &str)> = by_case.keys().copied().chain(with_interviews).collect();
        let none = BTreeMap::new();
        let psus = keys.into_iter().filter_map(|(psu, mode)| {
            let empty = frame.psu(psu, Mode::from_name(mode)?)?;
            let stored = interviews.get(&(psu.to_owned(), mode.to_owned()));
            let cases = by_case.get(&(psu, mode)).unwrap_or(&none);
            Some(filled(empty, cases, stored.copied().unwrap_or(0)))
        });
        Ok(SurveyCases {
            psus: psus.collect(),
        })
    }

    /// Outcome rates of the cases that `is_in` chooses; `None` if nothing is known of any.
    #[must_use]
    pub fn rates(&self, is_in: &dyn Fn(&PsuCases) -> bool) -> Option<ResponseRates> {
        let known = || self.psus.iter().filter(|own| own.is_known() && is_in(own));
        let mut issued: BTreeMap<&str, u64> = BTreeMap::new();
        let mut reached: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for own in known() {
            *issued.entry(&own.psu).or_insert(0) += own.counts.issued();
            reached.entry(&own.stratum).or_default().insert(&own.psu);
        }
        let weight = |own: &PsuCases| {
            let cases = issued.get(own.psu.as_str()).copied().unwrap_or(0);
            let psus = reached.get(own.stratum.as_str()).map_or(0, BTreeSet::len);
            let psus = u64::try_from(psus).unwrap_or(u64::MAX);
            own.stratum_population / (count::number(psus) * count::number(cases))
        };
        let sum = |weight: &dyn Fn(&PsuCases) -> f64| {
            let all = known().map(|own| own.dispositions(weight(own)));
            all.fold(Dispositions::default(), added)
        };
        (!issued.is_empty()).then(|| ResponseRates {
            unweighted: Outcomes::new(sum(&|_| 1.0), None),
            weighted: Outcomes::new(sum(&weight), None),
        })
    }

    /// The rates of all cases, then by mode, county and urban or rural; empty without visits.
    #[must_use]
    pub fn groups(&self, survey: &Survey, areas: &Areas) -> Vec<GroupRates> {
        let mut groups = Vec::new();
        groups.extend(self.group(("", ""), Text::default(), &|_| true));
        for mode in VISIT_MODES {
            let label = in_every_language(&format!("results.mode_{mode}"));
            let is_in = |own: &PsuCases| own.mode == mode;
            groups.extend(self.group(("mode", mode.as_str()), label, &is_in));
        }
        let categories = |of: fn(&PsuCases) -> &String| -> BTreeSet<&String> {
            self.psus.iter().map(of).collect()
        };
        for county in categories(|own| &own.county) {
            let name = areas.get(county).map(|area| area.name.clone());
            let is_in = |own: &PsuCases| own.county == *county;
            let label = name.unwrap_or_else(|| same(county));
            groups.extend(self.group(("county", county), label, &is_in));
        }
        let choices = survey.questionnaire.question("urban");
        let choices = choices.map_or(&[][..], Question::choices);
        for urban in categories(|own| &own.urban) {
            let choice = choices.iter().find(|choice| choice.code == *urban);
            let label = choice.map_or_else(|| same(urban), |choice| choice.label.clone());
            let is_in = |own: &PsuCases| own.urban == *urban;
            groups.extend(self.group(("urban", urban), label, &is_in));
        }
        groups
    }

    fn group(
        &self,
        (dimension, category): (&'static str, &str),
        label: Text,
        is_in: &dyn Fn(&PsuCases) -> bool,
    ) -> Option<GroupRates> {
        let psus = |known: bool| {
            let own = self.psus.iter();
            let own = own.filter(|own| own.is_known() == known && is_in(own));
            let names: BTreeSet<&str> = own.map(|own| own.psu.as_str()).collect();
            u64::try_from(names.len()).unwrap_or(u64::MAX)
        };
        let known = self.psus.iter();
        let known = known.filter(|own| own.is_known() && is_in(own));
        Some(GroupRates {
            dimension,
            issued: known.map(|own| own.counts.issued()).sum(),
            category: category.to_owned(),
            label,
            psus: psus(true),
            unknown_psus: psus(false),
            rates: self.rates(is_in)?,
        })
    }
}

/// An entry with its cases.
fn filled(mut own: PsuCases, cases: &BTreeMap<i64, Vec<&Visit>>, stored: u64) -> PsuCases {
    for visits in cases.values() {
        let outcomes = visits.iter();
        let outcomes = outcomes.filter_map(|visit| VisitOutcome::parse(&visit.outcome));
        if let Some(outcome) = final_outcome(outcomes) {
            own.counts.add(outcome);
        }
        own.visits += u64::try_from(visits.len()).unwrap_or(u64::MAX);
        let days = visits.iter().filter_map(|visit| visit.visited_at.get(..10));
        if let Some(last) = days.max().filter(|last| **last > *own.last_visit) {
            last.clone_into(&mut own.last_visit);
        }
    }
    own.claimed_interviews = own.counts.interview;
    own.counts.interview = stored;
    own.counts.other += own.claimed_interviews.saturating_sub(stored);
    own
}

/// The drawn PSUs of the frame.
struct DrawnPsus<'a> {
    survey: &'a Survey,
    areas: &'a Areas,
    /// PSU, and the stratum that it was drawn from.
    units: BTreeMap<&'a str, (&'a FrameUnit, String)>,
    populations: BTreeMap<String, f64>,
}

impl<'a> DrawnPsus<'a> {
    fn new(survey: &'a Survey, areas: &'a Areas) -> Result<DrawnPsus<'a>, DatasetError> {
        let reader = Reader::new(survey, areas)?;
        let plan = survey.plan.as_ref();
        let mut populations = BTreeMap::new();
        let mut units = BTreeMap::new();
        for unit in &survey.frame {
            let stratum = plan.and_then(|plan| stratum_of(unit, survey, plan, &reader));
            let stratum = stratum.unwrap_or_default();
            *populations.entry(stratum.clone()).or_insert(0.0) += unit.population;
            if unit.selected == 1 {
                units.insert(unit.psu.as_str(), (unit, stratum));
            }
        }
        Ok(DrawnPsus {
            survey,
            areas,
            units,
            populations,
        })
    }

    /// A PSU without cases; `None` if it was not drawn.
    fn psu(&self, psu: &str, mode: Mode) -> Option<PsuCases> {
        let (unit, stratum) = self.units.get(psu)?;
        let plan = self.survey.plan.as_ref();
        let county = plan.and_then(|plan| plan.variables.get("county"));
        let county = county.map(|own| categories::category(own, self.areas, &unit.area));
        Some(PsuCases {
            psu: psu.to_owned(),
            mode,
            county: county.unwrap_or_else(|| unit.area.clone()),
            urban: unit.urban.clone(),
            stratum: stratum.clone(),
            stratum_population: self.populations.get(stratum).copied().unwrap_or(0.0),
            population: unit.population,
            counts: CaseCounts::default(),
            claimed_interviews: 0,
            visits: 0,
            last_visit: String::new(),
        })
    }
}

fn added(a: Dispositions, b: Dispositions) -> Dispositions {
    Dispositions {
        complete: a.complete + b.complete,
        partial: a.partial + b.partial,
        refusal: a.refusal + b.refusal,
        non_contact: a.non_contact + b.non_contact,
        other: a.other + b.other,
        unknown_household: a.unknown_household + b.unknown_household,
        unknown_other: a.unknown_other + b.unknown_other,
        not_eligible: a.not_eligible + b.not_eligible,
    }
}

/// A text that is the same in every language.
fn same(words: &str) -> Text {
    every_language(|_| words.to_owned())
}
