//! All steps from base weights to headlines.

use crate::disclosure::{Disclosed, disclose};
use crate::estimation::analysis::final_weights::final_weights;
use crate::estimation::spec::BlendChoice;
use crate::estimation::weighting::{WeightingReport, report};
use crate::estimation::{self, Analysis, Code, Columns, Margins};
use crate::questionnaire::Text;
use crate::release::columns::{BASE_WEIGHT, PART};
use crate::release::dataset::Dataset;
use crate::release::labels::Labels;
use crate::release::margins::margins;
use crate::release::sample_design::Part;
use crate::release::spec::{Key, PlanSpec, Scope};
use crate::release::weighting::base_table::{BaseRow, base_table};
use crate::release::weighting::choice::{Asked, possible_margins};
use crate::release::weighting::margin_table::{MarginTable, categories, margin_table};
use crate::release::weighting::weight_table::{Bin, LargeWeight, histogram, largest_weights};
use crate::survey::plan::{Combine, IndicatorKind, Plan};
use crate::survey::{Catalogue, Survey};

/// What a plan does, step by step.
#[derive(Debug)]
pub struct WeightingSteps {
    /// Margins, bounds, combination and calibrators.
    pub choice: Asked,
    /// The margins in words.
    pub margin_titles: Vec<Text>,
    /// Whether volunteers have a weight.
    pub has_volunteers: bool,
    /// Responses that the figures rest on.
    pub n: u64,
    /// Base weights by stratum.
    pub base: Vec<BaseRow>,
    /// Each dimension of the population that the data have; those that are raked to first.
    pub margins: Vec<MarginTable>,
    /// The calibrators, where volunteers are combined with the sampled.
    pub calibrators: Vec<CalibratorTable>,
    /// The final weights and what they give, or why there are none.
    pub weighted: Result<Weighted, estimation::Error>,
}

/// Final weights and what they give.
#[derive(Debug)]
pub struct Weighted {
    /// Range, design effect, effective sample size, sweeps.
    pub report: WeightingReport,
    /// The largest relative misfit of a margin.
    pub largest_misfit: f64,
    /// Rows whose ratio is at the lower and at the upper bound; `None` without bounds.
    pub at_bounds: Option<[u64; 2]>,
    /// The largest weights of the sampled.
    pub largest: Vec<LargeWeight>,
    /// The ratios of final to base weight.
    pub histogram: Vec<Bin>,
    /// The headline of each indicator.
    pub headlines: Vec<Headline>,
}

/// The headline of an indicator.
#[derive(Debug, Clone)]
pub struct Headline {
    /// Its code.
    pub code: String,
    /// Its title.
    pub title: Text,
    /// What it is.
    pub kind: IndicatorKind,
    /// The estimate as staff may see it, with its verdict if it has a target.
    pub estimate: Disclosed,
}

/// A calibrator: its totals among the sampled bind the volunteers.
#[derive(Debug, Clone, PartialEq)]
pub struct CalibratorTable {
    /// The variable in words.
    pub title: Text,
    /// Each category in words, its total by the weights of the sampled, and by the final weights.
    pub rows: Vec<(Text, f64, Option<f64>)>,
}

/// The rows that an analysis rests on, and its specification.
struct Sample<'a> {
    columns: Columns,
    keys: PlanSpec<'a>,
    margins: Margins,
}

impl WeightingSteps {
    /// The steps of `plan`, that of the survey or another choice, on a dataset that was made by it.
    #[must_use]
    pub fn new(
        catalogue: &Catalogue,
        survey: &Survey,
        plan: &Plan,
        dataset: &Dataset,
    ) -> WeightingSteps {
        let labels = Labels::new(catalogue, survey, plan);
        let columns = rows_with_weight(plan, &dataset.columns);
        let sample = sample(survey, plan, dataset, &columns);
        let base = base_of(&columns);
        let analysis = sample.and_then(|sample| {
            let spec = &sample.keys.spec;
            let analysis = estimation::analyse(&sample.columns, &sample.margins, spec)?;
            Ok((analysis, sample))
        });
        let weights = analysis
            .as_ref()
            .ok()
            .map(|(own, _)| own.weights.as_slice());
        let tables = margin_tables(survey, plan, &columns, (&base, weights), labels);
        let calibrators = match &analysis {
            Ok((analysis, sample)) => calibrators(plan, sample, &analysis.weights, labels),
            Err(_) => Vec::new(),
        };
        let places = (survey, plan, &catalogue.areas);
        let base_rows = base_table(places, &columns, &base, labels);
        let weighted = analysis.map(|(analysis, sample)| {
            let misfits = tables.iter().filter(|own| own.is_raked);
            let misfits = misfits.flat_map(|own| &own.rows);
            let misfits = misfits.filter_map(|row| row.misfit_after);
            let misfit = misfits.fold(0.0, |most: f64, own| most.max(own.abs()));
            weighted(plan, &sample, &analysis, (&base, misfit), labels)
        });
        let titles = tables.iter().filter(|own| own.is_raked);
        WeightingSteps {
            choice: Asked::of_plan(plan),
            margin_titles: titles.map(|own| own.title.clone()).collect(),
            has_volunteers: plan.modes.combine == Combine::Calibrated,
            n: u64::try_from(columns.rows()).unwrap_or(u64::MAX),
            base: base_rows,
            margins: tables,
            calibrators,
            weighted,
        }
    }
}

/// The rows that the figures rest on. Where only the sampled are published, they are a survey of their
/// own: the volunteers would be weighted in vain.
fn rows_with_weight(plan: &Plan, columns: &Columns) -> Columns {
    match plan.modes.combine {
        Combine::Sampled => columns.select(&sampled_rows(columns)),
        Combine::Calibrated | Combine::Pool => columns.clone(),
    }
}

/// These rows with their specification.
fn sample<'a>(
    survey: &'a Survey,
    plan: &'a Plan,
    dataset: &Dataset,
    columns: &Columns,
) -> Result<Sample<'a>, estimation::Error> {
    let mut keys = PlanSpec::new(survey, plan, Scope::Verdict, "margins.csv");
    let margins = margins(plan, &survey.population)?;
    if columns.rows() == 0 {
        let message = "there is no row of the probability sample, whose figures are published";
        let detail = serde_json::json!({});
        return Err(estimation::Error::new(Code::EmptyDomain, message, detail));
    }
    if plan.modes.combine == Combine::Sampled {
        keys.spec.blend = None;
        let rows = u64::try_from(dataset.columns.rows()).unwrap_or(u64::MAX);
        for estimate in &mut keys.spec.estimates {
            // It counts the volunteers too.
            estimate.minimum_rows = estimate.minimum_rows.filter(|minimum| rows < *minimum);
        }
    }
    Ok(Sample {
        columns: columns.clone(),
        keys,
        margins,
    })
}

/// Whether each row is of the sampled.
fn sampled_rows(columns: &Columns) -> Vec<bool> {
    let Ok(column) = columns.get(PART) else {
        return Vec::new();
    };
    let parts = column.to_category();
    let sampled = parts
        .levels
        .iter()
        .position(|own| own == Part::Sampled.as_str());
    let sampled = sampled.and_then(|at| u32::try_from(at).ok());
    let codes = parts.decode().into_iter();
    codes.map(|code| Some(code) == sampled).collect()
}

/// The base weight of each row.
fn base_of(columns: &Columns) -> Vec<f64> {
    let mut base = vec![f64::NAN; columns.rows()];
    let column = columns.get(BASE_WEIGHT);
    if let Ok(numbers) = column.and_then(|column| column.to_numbers(BASE_WEIGHT)) {
        numbers.fill(0..columns.rows(), &mut base);
    }
    base
}

fn margin_tables(
    survey: &Survey,
    plan: &Plan,
    columns: &Columns,
    weights: (&[f64], Option<&[f64]>),
    labels: Labels<'_>,
) -> Vec<MarginTable> {
    let raked = &plan.weighting.rake;
    let possible = possible_margins(survey, plan);
    let others = possible
        .into_iter()
        .filter(|own| !raked.iter().any(|raked| raked == own));
    let all = raked.iter().map(|own| (own.as_str(), true));
    let all = all.chain(others.map(|own| (own, false)));
    let table = |(dimension, is_raked): (&str, bool)| {
        let figures = survey.population.dimensions.get(dimension)?;
        let table = margin_table((dimension, figures), columns, weights, labels)?;
        Some(MarginTable { is_raked, ..table })
    };
    all.filter_map(table).collect()
}

/// The totals of the calibrators; none where the volunteers have no weight.
fn calibrators(
    plan: &Plan,
    sample: &Sample<'_>,
    weights: &[f64],
    labels: Labels<'_>,
) -> Vec<CalibratorTable> {
    if plan.modes.combine != Combine::Calibrated {
        return Vec::new();
    }
    let mut spec = sample.keys.spec.clone();
    if let Some(blend) = &mut spec.blend {
        blend.publish = BlendChoice::Reference;
    }
    let Ok((sampled, _)) = final_weights(&sample.columns, &sample.margins, &spec) else {
        return Vec::new();
    };
    let table = |name: &String| {
        let (codes, names) = categories(&sample.columns, name)?;
        let sums = |weights: &[f64]| estimation::summation::exact_by(weights, &codes, names.len());
        let totals = sums(&sampled).into_iter().zip(sums(weights));
        let rows = names.iter().zip(totals);
        let row = |(code, (sampled, all)): (&String, (f64, f64))| {
            (labels.label(name, code), sampled, Some(all))
        };
        Some(CalibratorTable {
            title: labels.title(name),
            rows: rows.map(row).collect(),
        })
    };
    let names = plan.weighting.calibrators.iter();
    names.filter_map(table).collect()
}

fn weighted(
    plan: &Plan,
    sample: &Sample<'_>,
    analysis: &Analysis,
    (base, largest_misfit): (&[f64], f64),
    labels: Labels<'_>,
) -> Weighted {
    let weights = &analysis.weights;
    // That of a blend has the weights of the sampled alone as its base.
    let mut report = report(base, weights, None);
    if let Some(own) = &analysis.weighting {
        report.sweeps = own.sweeps;
        report.max_misfit = own.max_misfit;
    }
    let range = (report.min_g, report.max_g);
    let at = |bound: f64| {
        let rows = base
            .iter()
            .zip(weights)
            .filter(|(_, weight)| **weight > 0.0);
        let rows = rows.filter(|(base, weight)| (*weight / *base - bound).abs() < 1e-9);
        u64::try_from(rows.count()).unwrap_or(u64::MAX)
    };
    let headlines = plan.indicators.iter().filter_map(|indicator| {
        let key = Key::Indicator(&indicator.code);
        let estimate = sample.keys.whole(&analysis.estimates, key)?;
        Some(Headline {
            code: indicator.code.clone(),
            title: indicator.title.clone(),
            kind: indicator.kind,
            estimate: disclose(estimate),
        })
    });
    Weighted {
        largest_misfit,
        at_bounds: plan.weighting.bounds.map(|bounds| bounds.map(at)),
        largest: largest_weights(plan, &sample.columns, (base, weights), labels),
        histogram: histogram(base, weights, range),
        headlines: headlines.collect(),
        report,
    }
}
