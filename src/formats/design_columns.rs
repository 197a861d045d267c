//! The columns of the design in exported microdata: who was drawn, strata, PSUs, weights.

use crate::estimation::Column;
use crate::estimation::analysis::final_weights::final_weights;
use crate::estimation::weighting::WeightingReport;
use crate::formats::export_error::ExportError;
use crate::release::columns::{
    BASE_WEIGHT, FLAGGED, HELD, ONSITE_WEIGHT, PART, POOLED_WEIGHT, PSU, STRATUM, UNFLAGGED_WEIGHT,
    WITH_HELD_WEIGHT,
};
use crate::release::margins::margins;
use crate::release::spec::{PlanSpec, Scope};
use crate::release::stored::{self, Extent, NoFigures};
use crate::store::Store;
use crate::survey::plan::{Combine, Plan};
use crate::survey::{Catalogue, Survey};

/// The column of the final weight.
pub const WEIGHT: &str = "weight";

/// Columns of the design with their description, in the order of the file.
pub const DESIGN_COLUMNS: [(&str, &str, &str); 11] = [
    (PART, "抽样样本或自愿填答", "sampled or volunteer"),
    (FLAGGED, "有疑点标记", "1 if the response has flags"),
    (
        HELD,
        "审核后暂不计入",
        "1 if the response is held after review",
    ),
    (STRATUM, "方差层", "variance stratum"),
    (PSU, "初级抽样单元", "primary sampling unit"),
    (BASE_WEIGHT, "基础权数", "weight before raking"),
    (
        POOLED_WEIGHT,
        "视为同一样本时的基础权数",
        "weight before raking if all were one sample",
    ),
    (
        ONSITE_WEIGHT,
        "只计访问员访问时的基础权数",
        "weight before raking if only the interviewed counted",
    ),
    (
        UNFLAGGED_WEIGHT,
        "不计有标记问卷时的基础权数",
        "weight before raking without the flagged",
    ),
    (
        WITH_HELD_WEIGHT,
        "计入暂不计入问卷时的基础权数",
        "weight before raking if nothing was held",
    ),
    (WEIGHT, "最终权数", "final weight"),
];

/// The design of every response used and of every held one, in leaf order; no columns without a plan.
#[derive(Default)]
pub struct DesignColumns {
    columns: Vec<(&'static str, Column)>,
    weighting: Option<WeightingReport>,
}

impl DesignColumns {
    /// The columns of the first `counted` responses.
    ///
    /// # Errors
    /// When the responses cannot be read.
    pub fn new(
        catalogue: &Catalogue,
        survey: &Survey,
        store: &Store,
        counted: u64,
    ) -> Result<DesignColumns, ExportError> {
        let Some(plan) = &survey.plan else {
            return Ok(DesignColumns::default());
        };
        // Weights rest on no indicator, and the answers of a million rows take much memory. Those of a
        // blend do: λ is found from the estimates.
        let indicators = match plan.modes.combine {
            Combine::Calibrated => plan.indicators.clone(),
            Combine::Sampled | Combine::Pool => Vec::new(),
        };
        let lean = Plan {
            indicators,
            evidence: None,
            ..plan.clone()
        };
        let extent = Extent::now(store, survey, counted);
        let extent = extent.map_err(|error| ExportError::Read(NoFigures::Store(error)))?;
        let dataset =
            stored::dataset(catalogue, survey, &lean, store, extent).map_err(ExportError::Read)?;
        // A sample too thin to be weighted is exported all the same, without final weights.
        let mut spec = PlanSpec::new(survey, plan, Scope::Full, "");
        if dataset.with_held.is_some() {
            spec = spec.with_held(plan);
        }
        let (rows, spec) = (dataset.every_row(), spec.spec);
        let weighted = margins(plan, &survey.population)
            .and_then(|margins| final_weights(rows, &margins, &spec));
        let (weights, weighting) = weighted.unwrap_or_default();
        let found = DESIGN_COLUMNS.iter().filter_map(|(name, _, _)| {
            let column = rows.get(name).ok()?;
            Some((*name, column.clone()))
        });
        let mut columns: Vec<(&'static str, Column)> = found.collect();
        columns.push((WEIGHT, Column::numbers(weights)));
        Ok(DesignColumns { columns, weighting })
    }

    /// Whether some responses are held.
    pub fn has_held(&self) -> bool {
        self.columns.iter().any(|(name, _)| *name == HELD)
    }

    /// The names of the columns, in the order of the file.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.columns.iter().map(|(name, _)| *name)
    }

    /// What the weighting reported; `None` without one, and for a blend.
    pub fn weighting(&self) -> Option<&WeightingReport> {
        self.weighting.as_ref()
    }

    /// The number of weights above 0 and their sum; `None` if there are no final weights.
    pub fn weight_counts(&self) -> Option<(usize, f64)> {
        let mut columns = self.columns.iter();
        let (_, weights) = columns.find(|(name, _)| *name == WEIGHT)?;
        let (mut count, mut sum) = (0, 0.0);
        for row in 0..weights.len() {
            if let DesignValue::Number(weight) = value(weights, row)
                && weight > 0.0
            {
                count += 1;
                sum += weight;
            }
        }
        (!weights.is_empty()).then_some((count, sum))
    }

    /// The most bytes of a text in a column; 0 for numbers.
    pub fn width(&self, name: &str) -> usize {
        let mut columns = self.columns.iter();
        match columns.find(|(own, _)| *own == name) {
            Some((_, Column::Category(category))) => {
                category.levels.iter().map(String::len).max().unwrap_or(0)
            }
            _ => 0,
        }
    }

    /// The values of a row, in the order of [`names`](DesignColumns::names).
    pub fn row(&self, row: usize) -> impl Iterator<Item = DesignValue<'_>> {
        let columns = self.columns.iter();
        columns.map(move |(_, column)| value(column, row))
    }
}

fn value(column: &Column, row: usize) -> DesignValue<'_> {
    let rows = row..row + 1;
    match column {
        Column::Category(category) => {
            let mut code = [0];
            if row < category.codes.len() {
                category.codes.fill(rows, &mut code);
                let [code] = code;
                let level = usize::try_from(code).ok();
                let level = level.and_then(|level| category.levels.get(level));
                return DesignValue::Label(level.map_or("", String::as_str));
            }
            DesignValue::Label("")
        }
        Column::Numeric(numbers) => {
            let mut number = [f64::NAN];
            if row < numbers.len() {
                numbers.fill(rows, &mut number);
            }
            let [number] = number;
            DesignValue::Number(number)
        }
    }
}

/// A value of a column of the design.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum DesignValue<'a> {
    /// A label; empty where there is none.
    Label(&'a str),
    /// A number; NaN where there is none.
    Number(f64),
}
