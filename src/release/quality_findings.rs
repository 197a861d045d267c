//! What the rules of quality find in the responses of a wave.

use std::collections::BTreeMap;

use crate::quality::enumerators::{self, Settings};
use crate::quality::{Finding, Limits, NearDuplicateRates, Responses, Subject, assess};
use crate::questionnaire::Areas;
use crate::release::fieldwork_counts::county_of;
use crate::release::kept::WaveColumns;
use crate::release::quality_input::responses;
use crate::survey::Survey;

/// Version of the rule `out_of_area`.
const OUT_OF_AREA: u16 = 1;

/// What the rules found.
#[derive(Debug, Clone, Default)]
pub struct QualityFindings {
    /// How many responses they looked at.
    pub n: u64,
    /// The findings: proposals before flags, the largest first.
    pub findings: Vec<Finding>,
    /// The leaf of each row that a finding proposes to hold.
    pub leaves: BTreeMap<u32, i64>,
    /// How often responses are alike.
    pub near_duplicates: Option<NearDuplicateRates>,
}

/// What the rules find in `wave`.
#[must_use]
pub fn quality_findings(survey: &Survey, areas: &Areas, wave: &WaveColumns) -> QualityFindings {
    let responses = responses(survey, wave);
    let assessed = assess(&responses, &Limits::default());
    let mut findings = assessed.findings;
    findings.extend(enumerators::findings(&responses, &Settings::default()));
    findings.extend(out_of_area(survey, areas, &responses));
    findings.sort_by(|one, other| {
        let rank = |own: &Finding| (!own.is_proposed, std::cmp::Reverse(own.rows.len()));
        rank(one)
            .cmp(&rank(other))
            .then_with(|| (one.rule, &one.subject).cmp(&(other.rule, &other.subject)))
    });
    let findings = joined(findings);
    let proposed = findings.iter().filter(|own| own.is_proposed);
    let rows = proposed.flat_map(|own| &own.rows);
    let leaves = rows.filter_map(|row| {
        let leaf = wave.leaf_index.get(usize::try_from(*row).ok()?)?;
        Some((*row, *leaf))
    });
    QualityFindings {
        n: u64::try_from(wave.len()).unwrap_or(u64::MAX),
        leaves: leaves.collect(),
        near_duplicates: assessed.near_duplicates,
        findings,
    }
}

/// One finding for each rule and subject, with the measures of the largest.
fn joined(findings: Vec<Finding>) -> Vec<Finding> {
    let mut joined: Vec<Finding> = Vec::new();
    for own in findings {
        let is_same = |known: &&mut Finding| {
            (known.rule, known.version, known.is_proposed)
                == (own.rule, own.version, own.is_proposed)
                && known.subject == own.subject
        };
        match joined.iter_mut().find(is_same) {
            Some(known) => {
                known.rows.extend(own.rows);
                known.rows.sort_unstable();
                known.rows.dedup();
            }
            None => joined.push(own),
        }
    }
    joined
}

/// Responses of a drawn PSU whose respondent lives in another county.
fn out_of_area(survey: &Survey, areas: &Areas, responses: &Responses) -> Option<Finding> {
    let units = survey.frame.iter();
    let units: BTreeMap<&str, String> = units
        .map(|unit| (unit.psu.as_str(), county_of(areas, &unit.area)))
        .collect();
    let of_psu: Vec<Option<&String>> = responses
        .psu
        .labels
        .iter()
        .map(|psu| units.get(psu.as_str()))
        .collect();
    let of_area: Vec<String> = responses
        .area
        .labels
        .iter()
        .map(|area| county_of(areas, area))
        .collect();
    let at = |code: &u32| usize::try_from(*code).unwrap_or(usize::MAX);
    let codes = responses.psu.codes.iter().zip(&responses.area.codes);
    let rows: Vec<u32> = (0_u32..)
        .zip(codes)
        .filter(|(_, (psu, area))| {
            let county = of_psu.get(at(psu)).copied().flatten();
            let own = of_area.get(at(area)).filter(|own| !own.is_empty());
            county.zip(own).is_some_and(|(county, own)| county != own)
        })
        .map(|(row, _)| row)
        .collect();
    (!rows.is_empty()).then(|| Finding {
        rule: "out_of_area",
        version: OUT_OF_AREA,
        subject: Subject::Responses,
        rows,
        is_proposed: false,
        measures: Vec::new(),
    })
}
