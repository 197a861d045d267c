//! The columns of the design in exported microdata: who was drawn, strata, PSUs, weights.

use crate::estimation::weighting::WeightingReport;
use crate::estimation::{self, Column};
use crate::formats::export_error::ExportError;
use crate::release::columns::{
    BASE_WEIGHT, FLAGGED, ONSITE_WEIGHT, PART, POOLED_WEIGHT, PSU, STRATUM, UNFLAGGED_WEIGHT,
};
use crate::release::margins::margins;
use crate::release::spec::{PlanSpec, Scope};
use crate::release::stored;
use crate::store::Store;
use crate::survey::{Catalogue, Survey};

/// The column of the final weight.
pub const WEIGHT: &str = "weight";

/// Columns of the design with their description, in the order of the file.
pub const DESIGN_COLUMNS: [(&str, &str, &str); 9] = [
    (PART, "抽样样本或自愿填答", "sampled or volunteer"),
    (FLAGGED, "有疑点标记", "1 if the response has flags"),
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
    (WEIGHT, "最终权数", "final weight"),
];

/// The design of every response used, in leaf order; no columns without a plan.
#[derive(Default)]
pub struct DesignColumns {
    columns: Vec<(&'static str, DesignColumn)>,
    weighting: Option<WeightingReport>,
}

enum DesignColumn {
    Labels(Vec<u32>, Vec<String>),
    Numbers(Vec<f64>),
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
        let dataset =
            stored::dataset(catalogue, survey, plan, store, counted).map_err(ExportError::Read)?;
        let mut columns = Vec::new();
        for (name, _, _) in DESIGN_COLUMNS {
            let Ok(column) = dataset.columns.get(name) else {
                continue;
            };
            let column = match column {
                Column::Numeric(numbers) => DesignColumn::Numbers(numbers.decode()),
                Column::Category(category) => {
                    DesignColumn::Labels(category.decode(), category.levels.to_vec())
                }
            };
            columns.push((name, column));
        }
        // A sample too thin to be weighted is exported all the same, without final weights.
        let spec = PlanSpec::new(survey, plan, Scope::Full, "").spec;
        // Weights rest on no estimate, and estimates of a million rows take gigabytes.
        let spec = estimation::Spec {
            estimates: Vec::new(),
            replicates: None,
            sensitivity: None,
            ..spec
        };
        let weighted = margins(plan, &survey.population).and_then(|margins| match spec.blend {
            Some(_) => {
                let analysis = estimation::analyse(&dataset.columns, &margins, &spec)?;
                Ok((analysis.weights, analysis.weighting))
            }
            None => {
                let (design, report) =
                    estimation::analysis::weighted_design(&dataset.columns, &margins, &spec)?;
                Ok((design.weights.to_vec(), report))
            }
        });
        let (weights, weighting) = weighted.unwrap_or_default();
        columns.push((WEIGHT, DesignColumn::Numbers(weights)));
        Ok(DesignColumns { columns, weighting })
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
        let DesignColumn::Numbers(weights) = weights else {
            return None;
        };
        let used = weights.iter().filter(|weight| **weight > 0.0);
        (!weights.is_empty()).then(|| (used.clone().count(), used.sum()))
    }

    /// The most bytes of a text in a column; 0 for numbers.
    pub fn width(&self, name: &str) -> usize {
        let mut columns = self.columns.iter();
        match columns.find(|(own, _)| *own == name) {
            Some((_, DesignColumn::Labels(_, labels))) => {
                labels.iter().map(String::len).max().unwrap_or(0)
            }
            _ => 0,
        }
    }

    /// The values of a row, in the order of [`names`](DesignColumns::names).
    pub fn row(&self, row: usize) -> impl Iterator<Item = DesignValue<'_>> {
        self.columns.iter().map(move |(_, column)| match column {
            DesignColumn::Labels(codes, labels) => {
                let code = codes.get(row).and_then(|code| usize::try_from(*code).ok());
                let label = code.and_then(|code| labels.get(code));
                DesignValue::Label(label.map_or("", String::as_str))
            }
            DesignColumn::Numbers(values) => {
                DesignValue::Number(values.get(row).copied().unwrap_or(f64::NAN))
            }
        })
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
