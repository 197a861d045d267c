//! What the rules of responses, floods and channels find in a wave.
//!
//! Rules of enumerators and of consistency are not here.

use super::bursts::bursts;
use super::density_ratio::strangeness;
use super::doors::{Door, doors, finest_groups};
use super::duplicate_vectors::copies;
use super::finding::{Finding, Measure, Subject};
use super::limits::{Limits, Ratios};
use super::near_duplicates::{Nearest, Scope, near_duplicates};
use super::null_model::{FIXED_SHARE, NullModel, scales};
use super::profile::{Profile, longest_runs, medians, profile, relative_time};
use super::responses::Responses;
use super::rules::rule_of;

/// What the rules of responses, floods and channels find in a wave.
#[derive(Debug, Clone, PartialEq)]
pub struct Assessment {
    /// The findings.
    pub findings: Vec<Finding>,
    /// How often responses are alike; `None` without responses.
    pub near_duplicates: Option<NearDuplicateRates>,
}

/// How often a response is more like another one than a limit allows. All numbers are 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NearDuplicateRates {
    /// Share of equal answers that few honest responses exceed, by the null model.
    pub limit: f64,
    /// Share of the responses above it.
    pub flagged: f64,
    /// Share of the responses above the fixed limit of 85 %, which is never used.
    pub fixed_flagged: f64,
    /// Share of honest responses above the fixed limit, by the null model.
    pub fixed_honest: f64,
}

/// The findings of [`assess`].
#[must_use]
pub fn findings(responses: &Responses, limits: &Limits) -> Vec<Finding> {
    assess(responses, limits).findings
}

/// Everything that the rules of responses, floods and channels find; the same input gives the same
/// findings in the same order.
#[must_use]
pub fn assess(responses: &Responses, limits: &Limits) -> Assessment {
    let doors = doors(responses);
    let mut findings = single_responses(responses, &doors, limits);
    let Some(null) = NullModel::draw(responses, &doors, limits.seed) else {
        return Assessment {
            findings,
            near_duplicates: None,
        };
    };
    findings.extend(longstrings(responses, &null, limits));
    let limit = null.share_limit(limits.near_duplicate_rate);
    // The smallest share above the limit: all shares are quotients of small numbers.
    let at_least = (limit + 1e-6).min(1.0);
    let within = finest_groups(responses);
    let scope = Scope {
        at_least,
        within: &within,
    };
    let nearest = near_duplicates(&responses.answers, scope);
    let above = |limit: f64| {
        let above = nearest.iter().filter(|nearest| nearest.share > limit);
        count(above.count()) / count(nearest.len()).max(1.0)
    };
    let rates = NearDuplicateRates {
        limit,
        flagged: above(limit),
        fixed_flagged: above(FIXED_SHARE),
        fixed_honest: null.fixed_rate(),
    };
    let wave = Wave {
        responses,
        doors: &doors,
        null: &null,
        limits,
    };
    findings.extend(wave.near_duplicates(&nearest, rates, at_least));
    findings.extend(wave.duplicate_vectors());
    let profile = profile(responses, &doors, &nearest);
    for door in &doors {
        findings.extend(wave.odd_channel(door, &profile));
        findings.extend(wave.floods(door, &profile));
    }
    Assessment {
        findings,
        near_duplicates: Some(rates),
    }
}

/// The flags of the door, and times that are too short: each response by itself.
fn single_responses(responses: &Responses, doors: &[Door], limits: &Limits) -> Vec<Finding> {
    let mut found = Vec::new();
    for id in ["honeypot", "bad_time", "no_time"] {
        let is_flagged = |row: usize| {
            responses
                .flags
                .of_row(row)
                .split(' ')
                .any(|flag| flag == id)
        };
        let rows = rows_where(responses, is_flagged);
        found.extend(finding(id, Subject::Responses, rows, &[]));
    }
    let medians = medians(responses, doors);
    let is_fast = |row: usize| {
        let time = relative_time(responses, &medians, row);
        time.is_some_and(|time| time < limits.too_fast)
    };
    let rows = rows_where(responses, is_fast);
    let measures = [("limit", limits.too_fast)];
    found.extend(finding("too_fast", Subject::Responses, rows, &measures));
    found
}

fn longstrings(responses: &Responses, null: &NullModel, limits: &Limits) -> Vec<Finding> {
    let scales = scales(responses).into_iter().filter_map(|(scale, items)| {
        let limit = null.run_limit(scale, limits.longstring_rate)?;
        let runs = longest_runs(responses, &items);
        let is_long = |row: usize| runs.get(row).is_some_and(|run| *run > limit);
        let rows = rows_where(responses, is_long);
        finding("longstring", Subject::Responses, rows, &[("limit", limit)])
    });
    scales.collect()
}

/// Rows, and what was measured.
type Proposal = (Vec<u32>, [(&'static str, f64); 4]);

/// A wave with what is known of it before the rules of clusters.
struct Wave<'a> {
    responses: &'a Responses,
    doors: &'a [Door],
    null: &'a NullModel,
    limits: &'a Limits,
}

impl Wave<'_> {
    /// Flags responses that are more like another one than honest ones are; proposes those that
    /// have many such partners.
    fn near_duplicates(
        &self,
        nearest: &[Nearest],
        rates: NearDuplicateRates,
        at_least: f64,
    ) -> Vec<Finding> {
        let measures = [
            ("limit", rates.limit),
            ("share_flagged", rates.flagged),
            ("fixed_limit", FIXED_SHARE),
            ("fixed_share_flagged", rates.fixed_flagged),
            ("fixed_share_honest", rates.fixed_honest),
        ];
        let of = |row: usize| nearest.get(row);
        let alike = rows_where(self.responses, |row| {
            of(row).is_some_and(|nearest| nearest.n_partners > 0)
        });
        let mut found = Vec::new();
        let flag = finding("near_duplicate", Subject::Responses, alike, &measures);
        found.extend(flag.map(|finding| Finding {
            is_proposed: false,
            ..finding
        }));
        let honest = self.null.nearest(self.responses, at_least);
        let most = honest.iter().map(|nearest| nearest.n_partners).max();
        let least = (5 * most.unwrap_or_default()).max(10);
        for door in self.doors {
            let many = door.rows.iter().copied().filter(|row| {
                let nearest = usize::try_from(*row).ok().and_then(of);
                nearest.is_some_and(|nearest| nearest.n_partners >= least)
            });
            let many: Vec<u32> = many.collect();
            if many.len() >= self.limits.min_cluster {
                let measures = [("limit", rates.limit), ("n_partners", f64::from(least))];
                found.extend(finding("near_duplicate", subject(door), many, &measures));
            }
        }
        found
    }

    /// The same complete answers many times at one door.
    fn duplicate_vectors(&self) -> Vec<Finding> {
        let all = copies(self.responses, self.doors, self.null, 5);
        let many = all.into_iter().filter(|copies| {
            let n_copies = count(copies.rows.len());
            let by_chance = copies.expected + 6.0 * libm::sqrt(copies.expected);
            n_copies > self.limits.copies * copies.expected && n_copies > by_chance
        });
        let found = many.filter_map(|copies| {
            let door = self.doors.get(copies.door)?;
            let measures = [
                ("n_copies", count(copies.rows.len())),
                ("expected", copies.expected),
                ("limit", self.limits.copies),
            ];
            finding("duplicate_vector", subject(door), copies.rows, &measures)
        });
        found.collect()
    }

    /// What a door is compared with: sampled responses, of its own mode if there are enough; and
    /// the other open doors.
    fn references(&self, door: &Door) -> Vec<Vec<u32>> {
        let rows = |wanted: &dyn Fn(&Door) -> bool| -> Vec<u32> {
            let others = self
                .doors
                .iter()
                .filter(|other| *other != door && wanted(other));
            others
                .flat_map(|other| other.rows.iter().copied())
                .collect()
        };
        let own_mode = rows(&|other| other.is_sampled && other.mode == door.mode);
        let sampled = match own_mode.len() >= 500 {
            true => own_mode,
            false => rows(&|other| other.is_sampled),
        };
        let open = rows(&|other| !other.is_sampled);
        let references = [sampled, open].into_iter();
        references
            .filter(|rows| rows.len() >= self.limits.min_door)
            .collect()
    }

    /// Responses of a door that are far more frequent there than at all other doors.
    fn odd_channel(&self, door: &Door, profile: &Profile) -> Option<Finding> {
        if !is_checked(door) || door.rows.len() < self.limits.min_door {
            return None;
        }
        let references = self.references(door);
        let ratios = self.limits.odd_channel;
        let found = self.strange(ratios, profile, &door.rows, &references);
        found.and_then(|(rows, measures)| finding("odd_channel", subject(door), rows, &measures))
    }

    /// Bursts of a door, and the responses in them that are strange.
    fn floods(&self, door: &Door, profile: &Profile) -> Vec<Finding> {
        if !is_checked(door) {
            return Vec::new();
        }
        let bursts = bursts(self.responses, &door.rows, self.limits.burst);
        let usual = door.rows.iter().copied().filter(|row| {
            let mut bursts = bursts.iter();
            bursts.all(|burst| burst.around.binary_search(row).is_err())
        });
        let usual: Vec<u32> = usual.collect();
        let mut references = self.references(door);
        if usual.len() >= self.limits.min_door {
            references.push(usual);
        }
        let mut found = Vec::new();
        for burst in bursts {
            let flood = self.strange(self.limits.flood, profile, &burst.around, &references);
            let flood =
                flood.and_then(|(rows, measures)| finding("flood", subject(door), rows, &measures));
            let measures = [
                ("n", count(burst.rows.len())),
                ("expected", burst.expected),
                ("limit", self.limits.burst.ratio),
                ("z", burst.z),
            ];
            found.extend(finding("burst", subject(door), burst.rows, &measures));
            found.extend(flood);
        }
        found
    }

    /// The responses of `set` that are far more frequent in it than in every reference.
    fn strange(
        &self,
        ratios: Ratios,
        profile: &Profile,
        set: &[u32],
        references: &[Vec<u32>],
    ) -> Option<Proposal> {
        let all = strangeness(profile, set, references);
        let from = |ratio: f64| {
            let n = all.partition_point(|one| one.ratio >= ratio);
            let last = n.checked_sub(1).and_then(|last| all.get(last));
            (n, last.map_or(0.0, |last| last.expected))
        };
        let (n_strange, expected) = from(ratios.proof);
        // Doors differ: half of the expected count is its standard deviation.
        let variance = 1.0 + expected + 0.25 * expected * expected;
        let least = expected + 4.0 * libm::sqrt(variance);
        if n_strange < self.limits.min_cluster || count(n_strange) < least {
            return None;
        }
        let (mut n, mut expected_in_all) = from(ratios.edge);
        if count(n) < ratios.overall * expected_in_all {
            (n, expected_in_all) = (n_strange, expected);
        }
        let mut rows: Vec<u32> = all.iter().take(n).map(|one| one.row).collect();
        rows.sort_unstable();
        let measures = [
            ("n", count(rows.len())),
            ("expected", expected_in_all),
            ("limit", ratios.proof),
            ("n_set", count(set.len())),
        ];
        Some((rows, measures))
    }
}

/// Whether a door is one at which nobody of the office stands.
fn is_checked(door: &Door) -> bool {
    !door.is_sampled || door.mode == "online"
}

fn subject(door: &Door) -> Subject {
    match door.is_sampled {
        true => Subject::Responses,
        false => Subject::Channel(door.channel.clone()),
    }
}

/// A finding of `rule`; `None` without rows.
fn finding(
    rule: &str,
    subject: Subject,
    rows: Vec<u32>,
    measures: &[(&'static str, f64)],
) -> Option<Finding> {
    let rule = rule_of(rule)?;
    let measures = measures
        .iter()
        .map(|(key, value)| Measure { key, value: *value });
    (!rows.is_empty()).then(|| Finding {
        rule: rule.id,
        version: rule.version,
        subject,
        rows,
        is_proposed: rule.is_proposed,
        measures: measures.collect(),
    })
}

fn rows_where(responses: &Responses, is_wanted: impl Fn(usize) -> bool) -> Vec<u32> {
    let rows = (0..responses.len()).filter(|row| is_wanted(*row));
    rows.filter_map(|row| u32::try_from(row).ok()).collect()
}

fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::MAX, f64::from)
}
