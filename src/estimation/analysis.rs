//! The one entry that turns columns, margins and a specification into judged estimates; `minyi estimate` and the release
//! both go through it, so both give the same figures to the last digit.
#![expect(
    clippy::indexing_slicing,
    reason = "plans refer to series and partitions by the index they were given"
)]

use rayon::prelude::*;
use serde::Serialize;
use serde_json::json;

use super::blend::{self, BlendReport};
use super::columns::Columns;
use super::design::Design;
use super::error::{Code, Error};
use super::interval::{self, Method};
use super::judgement::{self, Presentation, Standard, Target, Verdict};
use super::moments::{self, Domain, Figure, Moments};
use super::replicate::Replicates;
use super::rows::Rows;
use super::series::{Answers, Partition, Series};
use super::spec::{Combine, EstimateSpec, Kind, Names, Spec};
use super::weighting::margins::Margins;
use super::weighting::{self, WeightingReport};

/// Everything an analysis gives.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Analysis {
    /// What the weighting did; `None` without `[weighting]`.
    pub weighting: Option<WeightingReport>,
    /// In the order of the specification; per estimate the whole first, then the levels of each `by`, sorted.
    pub estimates: Vec<Estimate>,
    /// The probability sample alone, the volunteers alone and both, if the specification blends modes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blend: Option<BlendReport>,
    /// Final weight of every row, 0 out of sample.
    #[serde(skip)]
    pub weights: Vec<f64>,
}

/// One figure with what may be said of it. Numbers that do not exist (no answer, no degree of freedom) are NaN.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Estimate {
    /// Name from the specification.
    pub name: String,
    /// The domain as (column, level) in order; empty for the whole.
    #[serde(serialize_with = "as_map")]
    pub domain: Vec<(String, String)>,
    /// Interviews behind it: rows of the domain with an answer and weight above zero.
    pub n: u64,
    /// The estimate; a share is between 0 and 1.
    pub estimate: f64,
    /// Its standard error.
    pub std_error: f64,
    /// Degrees of freedom: PSUs − strata with members of the domain.
    pub df: f64,
    /// Lower end of the two-sided interval.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
    /// Confidence of the interval.
    pub level: f64,
    /// v/(s²/n): variance over that of a simple random sample of the same size with replacement.
    pub design_effect: f64,
    /// p(1 − p)/v of a share; n/deff of anything else.
    pub n_effective: f64,
    /// The verdict on the target, if there is one.
    pub verdict: Option<Verdict>,
    /// The target.
    pub target: Option<Target>,
    /// One-sided bounds behind the verdict, each at confidence 1 − α (after Holm's correction, if asked for).
    pub decision_lower: Option<f64>,
    /// The upper one.
    pub decision_upper: Option<f64>,
    /// P of the t-test against the target in the direction of meeting it, uncorrected.
    pub p_value: Option<f64>,
    /// Publish, review or suppress.
    pub presentation: Presentation,
    /// Why, as stable words; of a published figure, footnotes.
    pub reasons: Vec<&'static str>,
    /// What it is.
    pub kind: Kind,
    /// The probability of a quantile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
}

fn as_map<S: serde::Serializer>(domain: &[(String, String)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(domain.iter().map(|(variable, level)| (variable, level)))
}

/// Weights, estimates and judges.
///
/// # Errors
/// Every code of [`Code`]: the first fault found in the order design, weighting, estimates, with all its places.
pub fn analyse(columns: &Columns, margins: &Margins, spec: &Spec) -> Result<Analysis, Error> {
    if let Some(how) = &spec.blend {
        blend::check(spec, how)?;
        let blended = blend::blend(columns, margins, spec, how)?;
        let (weighting, estimates, weights) = (blended.weighting, blended.estimates, blended.weights);
        return Ok(Analysis {
            weighting,
            estimates,
            blend: Some(blended.report),
            weights,
        });
    }
    let (design, report) = weighted_design(columns, margins, spec)?;
    finish(columns, spec, &design, report)
}

/// The estimates of a specification without blend on its weighted design: the second half of [`analyse`], for callers
/// that time or report the halves apart.
///
/// # Errors
/// As [`analyse`].
pub fn finish(
    columns: &Columns,
    spec: &Spec,
    design: &Design,
    report: Option<WeightingReport>,
) -> Result<Analysis, Error> {
    let replicates = spec
        .replicates
        .as_ref()
        .map(|replicates| Replicates::of(design, replicates))
        .transpose()?;
    let estimates = estimate(columns, design, replicates.as_ref(), &spec.estimates)?;
    Ok(Analysis {
        weighting: report,
        estimates,
        blend: None,
        weights: design.weights.to_vec(),
    })
}

/// The design of a specification with its weights adjusted.
///
/// # Errors
/// The codes of [`Design::new`] and of the weighting steps.
pub fn weighted_design(
    columns: &Columns,
    margins: &Margins,
    spec: &Spec,
) -> Result<(Design, Option<WeightingReport>), Error> {
    let mut design = Design::new(columns, &spec.design)?;
    let Some(weighting) = &spec.weighting else {
        return Ok((design, None));
    };
    let report = weighting::apply(&mut design, columns, margins, weighting)?;
    Ok((design, Some(report)))
}

/// Every estimate of `specs` on a weighted design.
///
/// # Errors
/// `SPEC_INVALID`, `UNKNOWN_COLUMN`, `NOT_A_NUMBER`; `EMPTY_DOMAIN` and `DF_ZERO` for the whole (levels without rows or
/// degrees of freedom are suppressed instead).
pub fn estimate(
    columns: &Columns,
    design: &Design,
    replicates: Option<&Replicates>,
    specs: &[EstimateSpec],
) -> Result<Vec<Estimate>, Error> {
    let plan = Plan::new(columns, specs)?;
    let fast = if replicates.is_none() && moments::serves(design) {
        Moments::new(design, &plan.partitions, &plan.series, &plan.used)
    } else {
        None
    };
    let rows = Rows {
        design,
        partitions: &plan.partitions,
        series: &plan.series,
        replicates,
    };
    let engine = Engine { fast, rows };
    let mut tasks: Vec<(&Planned, usize, Domain)> = Vec::new();
    for planned in &plan.estimates {
        for (at, &partition) in planned.places.iter().enumerate() {
            let own = &plan.partitions[partition];
            let levels = if own.by.is_empty() { 0 } else { own.crossing.len() };
            let whole = (at == 0).then_some(Domain::Whole);
            tasks.extend(
                whole
                    .into_iter()
                    .chain((0..levels).map(Domain::Level))
                    .map(|domain| (planned, partition, domain)),
            );
        }
    }
    let figures: Vec<Vec<Estimate>> = tasks
        .par_iter()
        .map(|&(planned, partition, domain)| {
            let labels = labels(&plan.partitions[partition], domain);
            engine.estimates(columns, planned, partition, domain, labels)
        })
        .collect::<Result<_, _>>()?;
    let mut estimates: Vec<Estimate> = Vec::with_capacity(figures.len());
    let mut start = 0;
    for planned in &plan.estimates {
        let own = tasks[start..]
            .iter()
            .take_while(|(other, ..)| std::ptr::eq(*other, planned))
            .count();
        let mut block: Vec<Estimate> = figures[start..start + own].iter().flatten().cloned().collect();
        start += own;
        if planned.spec.holm {
            holm(&mut block, planned.spec);
        }
        estimates.append(&mut block);
    }
    Ok(estimates)
}

/// What is to be summed for the estimates.
struct Plan<'a> {
    series: Vec<Series>,
    keys: Vec<String>,
    partitions: Vec<Partition>,
    partition_keys: Vec<String>,
    used: Vec<Vec<usize>>,
    estimates: Vec<Planned<'a>>,
}

struct Planned<'a> {
    spec: &'a EstimateSpec,
    parts: Vec<(usize, f64)>,
    /// The series whose answered rows are n.
    counted: usize,
    /// Partitions: the first also gives the whole.
    places: Vec<usize>,
}

impl<'a> Plan<'a> {
    fn new(columns: &Columns, specs: &'a [EstimateSpec]) -> Result<Self, Error> {
        let mut plan = Self {
            series: Vec::new(),
            keys: Vec::new(),
            partitions: Vec::new(),
            partition_keys: Vec::new(),
            used: Vec::new(),
            estimates: Vec::new(),
        };
        for spec in specs {
            check(spec)?;
            let (parts, counted) = plan.parts(columns, spec)?;
            let mut places = Vec::new();
            let none = Names::Many(Vec::new());
            for by in if spec.by.is_empty() {
                std::slice::from_ref(&none)
            } else {
                &spec.by
            } {
                places.push(plan.partition(columns, spec, by.as_slice())?);
            }
            if spec.kind != Kind::Quantile {
                for &place in &places {
                    for series in parts.iter().map(|(series, _)| *series).chain([counted]) {
                        if !plan.used[place].contains(&series) {
                            plan.used[place].push(series);
                        }
                    }
                }
            }
            plan.estimates.push(Planned {
                spec,
                parts,
                counted,
                places,
            });
        }
        Ok(plan)
    }

    fn parts(&mut self, columns: &Columns, spec: &EstimateSpec) -> Result<(Vec<(usize, f64)>, usize), Error> {
        if spec.kind != Kind::Indicator {
            let key = format!(
                "{:?} {:?} {:?} {:?} {:?} {:?} {:?}",
                spec.kind == Kind::Proportion,
                spec.variable,
                spec.factors,
                spec.denominator,
                spec.denominator_factors,
                spec.counts,
                spec.missing
            );
            let series = self.series(key, || Series::of(columns, spec))?;
            return Ok((vec![(series, 1.0)], series));
        }
        let sections = weighting::count(spec.sections.len());
        let mut parts = Vec::new();
        let mut every = Vec::new();
        for section in &spec.sections {
            let items: Vec<Answers> = section
                .items
                .iter()
                .map(|item| Answers::new(columns, item, &spec.counts, &spec.missing))
                .collect::<Result<_, _>>()?;
            every.extend(items.iter().cloned());
            let codes = format!("{:?} {:?}", spec.counts, spec.missing);
            match section.combine {
                Combine::Any => {
                    let series = self.series(format!("any {:?} {codes}", section.items), || {
                        Ok(Series::AnyOf(items))
                    })?;
                    parts.push((series, 1.0 / sections));
                }
                Combine::Mean => {
                    let width = weighting::count(items.len());
                    for (item, answers) in section.items.iter().zip(items) {
                        let series =
                            self.series(format!("item {item} {codes}"), || Ok(Series::Share(answers)))?;
                        parts.push((series, 1.0 / sections / width));
                    }
                }
            }
        }
        let all: Vec<&String> = spec.sections.iter().flat_map(|section| &section.items).collect();
        let counted = self.series(
            format!("any {all:?} {:?} {:?}", spec.counts, spec.missing),
            || Ok(Series::AnyOf(every)),
        )?;
        Ok((parts, counted))
    }

    fn series(&mut self, key: String, make: impl FnOnce() -> Result<Series, Error>) -> Result<usize, Error> {
        if let Some(known) = self.keys.iter().position(|known| *known == key) {
            return Ok(known);
        }
        self.series.push(make()?);
        self.keys.push(key);
        Ok(self.series.len() - 1)
    }

    fn partition(&mut self, columns: &Columns, spec: &EstimateSpec, by: &[String]) -> Result<usize, Error> {
        let key = format!("{by:?} {:?}", spec.restriction);
        if let Some(known) = self.partition_keys.iter().position(|known| *known == key) {
            return Ok(known);
        }
        self.partitions
            .push(Partition::new(columns, by, &spec.restriction)?);
        self.partition_keys.push(key);
        self.used.push(Vec::new());
        Ok(self.partitions.len() - 1)
    }
}

fn check(spec: &EstimateSpec) -> Result<(), Error> {
    let fault = |what: &str| Err(Error::spec(format!("estimate {}: {what}", spec.name)));
    let share = |value: f64| value > 0.0 && value < 1.0;
    if !share(spec.level) || !share(spec.alpha) {
        return fault("level and alpha must lie between 0 and 1");
    }
    if (spec.kind == Kind::Indicator) == spec.sections.is_empty() {
        return fault("an indicator has sections, nothing else has");
    }
    if spec.sections.iter().any(|section| section.items.is_empty()) {
        return fault("a section needs items");
    }
    if spec.kind == Kind::Indicator && spec.variable.is_some() {
        return fault("an indicator names its items in sections, not a variable");
    }
    if !matches!(spec.kind, Kind::Proportion | Kind::Indicator) && !spec.counts.is_empty() {
        return fault("counts belongs to proportions and indicators");
    }
    if !matches!(spec.kind, Kind::Proportion | Kind::Indicator)
        && spec.interval.is_some_and(|method| method != Method::Wald)
    {
        return fault("this interval is for proportions and indicators; others use t");
    }
    Ok(())
}

fn labels(partition: &Partition, domain: Domain) -> Vec<(String, String)> {
    match domain {
        Domain::Whole => Vec::new(),
        Domain::Level(level) => partition
            .by
            .iter()
            .cloned()
            .zip(partition.crossing.labels(level).into_iter().map(str::to_owned))
            .collect(),
    }
}

struct Engine<'a> {
    fast: Option<Moments<'a>>,
    rows: Rows<'a>,
}

impl Engine<'_> {
    fn estimates(
        &self,
        columns: &Columns,
        planned: &Planned<'_>,
        partition: usize,
        domain: Domain,
        labels: Vec<(String, String)>,
    ) -> Result<Vec<Estimate>, Error> {
        let spec = planned.spec;
        if spec.kind == Kind::Quantile {
            return super::quantile::estimates(columns, &self.rows, spec, partition, domain, labels);
        }
        let (figure, n, df) = match &self.fast {
            Some(fast) => {
                let figure = match spec.kind {
                    Kind::Total => fast.total(partition, domain, planned.counted),
                    _ => fast.ratio(partition, domain, &planned.parts),
                };
                (
                    figure,
                    fast.rows(partition, domain, planned.counted),
                    fast.degrees_of_freedom(partition, domain),
                )
            }
            None => {
                let figure = match spec.kind {
                    Kind::Total => self.rows.total(partition, domain, planned.counted),
                    _ => self.rows.ratio(partition, domain, &planned.parts),
                };
                (
                    figure,
                    self.rows.rows(partition, domain, planned.counted),
                    self.rows.degrees_of_freedom(partition, domain),
                )
            }
        };
        let Some(mut figure) = figure else {
            return missing(spec, labels, n, df, "no_answer", Code::EmptyDomain)
                .map(|estimate| vec![estimate]);
        };
        figure.n = n;
        if figure.df < 1.0 {
            let mut estimate = missing(spec, labels, n, df, "df_zero", Code::DfZero)?;
            estimate.estimate = figure.estimate;
            return Ok(vec![estimate]);
        }
        Ok(vec![judge(spec, labels, &figure)])
    }
}

/// An estimate that cannot be made: an error for the whole, suppressed for a level.
pub(super) fn missing(
    spec: &EstimateSpec,
    domain: Vec<(String, String)>,
    n: f64,
    df: f64,
    reason: &'static str,
    code: Code,
) -> Result<Estimate, Error> {
    if domain.is_empty() {
        let message = match code {
            Code::DfZero => format!(
                "estimate {} has as many strata as PSUs, so its error is unknown",
                spec.name
            ),
            _ => format!("estimate {} has no row with an answer", spec.name),
        };
        return Err(Error::new(
            code,
            message,
            json!({"estimate": spec.name, "n": n, "df": df}),
        ));
    }
    let mut estimate = blank(spec, domain, n, df);
    estimate.reasons = vec![reason];
    Ok(estimate)
}

fn blank(spec: &EstimateSpec, domain: Vec<(String, String)>, n: f64, df: f64) -> Estimate {
    Estimate {
        name: spec.name.clone(),
        domain,
        n: as_count(n),
        estimate: f64::NAN,
        std_error: f64::NAN,
        df,
        lower: f64::NAN,
        upper: f64::NAN,
        level: spec.level,
        design_effect: f64::NAN,
        n_effective: f64::NAN,
        verdict: spec.target.map(|_| Verdict::Suppressed),
        target: spec.target,
        decision_lower: None,
        decision_upper: None,
        p_value: None,
        presentation: Presentation::Suppress,
        reasons: Vec::new(),
        kind: spec.kind,
        probability: None,
    }
}

#[expect(clippy::as_conversions, reason = "a count of rows, never negative")]
fn as_count(n: f64) -> u64 {
    n as u64
}

/// Interval, presentation and verdict of a figure.
pub(super) fn judge(spec: &EstimateSpec, domain: Vec<(String, String)>, figure: &Figure) -> Estimate {
    let share = matches!(spec.kind, Kind::Proportion | Kind::Indicator);
    let p = interval::Proportion {
        estimate: figure.estimate,
        variance: figure.variance,
        n: figure.n,
        df: figure.df,
    };
    let at_edge = figure.estimate <= 0.0 || figure.estimate >= 1.0;
    let binomial = figure.estimate * (1.0 - figure.estimate);
    let n_effective = match (share, at_edge) {
        (true, true) => figure.n,
        (true, false) => binomial / figure.variance,
        (false, _) => figure.n * figure.reference / figure.variance,
    };
    let reference = if figure.reference.is_nan() {
        binomial / figure.n
    } else {
        figure.reference
    };
    let (lower, upper) = bounds(spec, p, spec.level);
    let std_error = libm::sqrt(figure.variance);
    let standard = if share {
        let same = spec.level == 0.95 && spec.interval.is_none_or(|method| method == Method::KornGraubard);
        let (l, u) = if same {
            (lower, upper)
        } else {
            interval::korn_graubard(p, 0.95)
        };
        judgement::proportion_standard(figure.estimate, l, u, figure.n, n_effective, figure.df)
    } else {
        judgement::variation_standard(figure.estimate, std_error, figure.n, figure.df)
    };
    let Standard {
        presentation,
        reasons,
    } = standard;
    let mut estimate = Estimate {
        estimate: figure.estimate,
        std_error,
        lower,
        upper,
        design_effect: figure.variance / reference,
        n_effective,
        presentation,
        reasons,
        ..blank(spec, domain, figure.n, figure.df)
    };
    if let Some(target) = spec.target {
        let t = (figure.estimate - target.value) / std_error;
        let p_value = super::distribution::t_upper(if target.wants_more() { t } else { -t }, figure.df);
        estimate.p_value = Some(p_value);
        decide(&mut estimate, spec, p, spec.alpha);
    }
    estimate
}

/// Sets the verdict from one-sided bounds at `alpha`.
fn decide(estimate: &mut Estimate, spec: &EstimateSpec, p: interval::Proportion, alpha: f64) {
    let Some(target) = spec.target else { return };
    let (lower, upper) = decision_bounds(spec, p, alpha);
    estimate.decision_lower = Some(lower);
    estimate.decision_upper = Some(upper);
    estimate.verdict = Some(if estimate.presentation == Presentation::Suppress {
        Verdict::Suppressed
    } else {
        judgement::decide(target, lower, upper)
    });
}

/// The two-sided interval that the specification asks for.
fn bounds(spec: &EstimateSpec, p: interval::Proportion, level: f64) -> (f64, f64) {
    match (spec.kind, spec.interval) {
        (Kind::Proportion | Kind::Indicator, method) => {
            interval::proportion(method.unwrap_or(Method::KornGraubard), p, level)
        }
        _ => interval::wald(p.estimate, p.variance, p.df, level),
    }
}

/// One-sided bounds, each at confidence 1 − α. A share is never judged by the symmetric interval, which near 0.9 declares
/// targets met twice too often (see the table in [`super`]).
fn decision_bounds(spec: &EstimateSpec, p: interval::Proportion, alpha: f64) -> (f64, f64) {
    let level = 1.0 - 2.0 * alpha;
    match (spec.kind, spec.interval) {
        (Kind::Proportion | Kind::Indicator, Some(method @ (Method::Logit | Method::Wilson))) => {
            interval::proportion(method, p, level)
        }
        (Kind::Proportion | Kind::Indicator, _) => interval::korn_graubard(p, level),
        _ => interval::wald(p.estimate, p.variance, p.df, level),
    }
}

/// Holm's step-down over the levels of each `by` (Holm 1979, Scand. J. Stat. 6): the k-th smallest P is judged at
/// α/(m − k + 1); the first that decides nothing ends the decisions.
fn holm(block: &mut [Estimate], spec: &EstimateSpec) {
    let mut families: Vec<Vec<usize>> = Vec::new();
    let mut names: Vec<Vec<String>> = Vec::new();
    for (at, estimate) in block.iter().enumerate() {
        if estimate.domain.is_empty()
            || estimate
                .verdict
                .is_none_or(|verdict| verdict == Verdict::Suppressed)
        {
            continue;
        }
        let family: Vec<String> = estimate
            .domain
            .iter()
            .map(|(variable, _)| variable.clone())
            .collect();
        match names.iter().position(|known| *known == family) {
            Some(known) => families[known].push(at),
            None => {
                names.push(family);
                families.push(vec![at]);
            }
        }
    }
    for family in families {
        let mut order: Vec<(f64, usize)> = family
            .iter()
            .map(|&at| (smallest_alpha(&block[at], spec), at))
            .collect();
        order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut open = true;
        for (rank, &(needed, at)) in order.iter().enumerate() {
            let alpha = spec.alpha / weighting::count(order.len() - rank);
            open &= needed <= alpha;
            let p = proportion_of(&block[at]);
            decide(&mut block[at], spec, p, alpha);
            if !open {
                block[at].verdict = Some(Verdict::Inconclusive);
            }
        }
    }
}

fn proportion_of(estimate: &Estimate) -> interval::Proportion {
    #[expect(clippy::as_conversions, reason = "no count of rows reaches 2^53")]
    let n = estimate.n as f64;
    interval::Proportion {
        estimate: estimate.estimate,
        variance: estimate.std_error * estimate.std_error,
        n,
        df: estimate.df,
    }
}

/// The smallest α at which the bounds decide anything.
fn smallest_alpha(estimate: &Estimate, spec: &EstimateSpec) -> f64 {
    let Some(target) = spec.target else { return 1.0 };
    let p = proportion_of(estimate);
    let decides = |alpha: f64| {
        let (lower, upper) = decision_bounds(spec, p, alpha);
        judgement::decide(target, lower, upper) != Verdict::Inconclusive
    };
    let (mut low, mut high) = (-30.0_f64, libm::log(0.499));
    if !decides(libm::exp(high)) {
        return 1.0;
    }
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if decides(libm::exp(middle)) {
            high = middle;
        } else {
            low = middle;
        }
    }
    libm::exp(high)
}
