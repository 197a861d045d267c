//! Response propensities by logistic regression or by cells.

use std::collections::BTreeMap;

use crate::estimation::linear_algebra::cholesky::Factor;
use crate::fieldwork::count::number;

/// Steps after which the propensities are taken as they are. Where a category has no respondent, its
/// coefficient has no finite maximum; each step then brings the propensity nearer to 0 by a factor of e.
const STEPS: u32 = 50;

/// Change of every propensity below which the steps end.
const NEAR: f64 = 1e-14;

/// An auxiliary variable that is known for every case, such as the county.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its categories.
    pub categories: Vec<String>,
}

/// Cases of the sample with the same categories and the same design weight, such as those of a PSU.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Position of the category of each variable, in the order of the variables.
    pub categories: Vec<usize>,
    /// Cases that were issued.
    pub cases: u64,
    /// Cases that answered; more than `cases` count as `cases`.
    pub respondents: u64,
    /// Design weight of each case, > 0.
    pub weight: f64,
}

impl Group {
    /// Σ d over its cases.
    pub(super) fn people(&self) -> f64 {
        number(self.cases) * self.weight
    }

    fn answered(&self) -> f64 {
        number(self.respondents.min(self.cases))
    }
}

/// How propensities are estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Model {
    /// Weighted logistic regression on the main effects of all variables.
    Logistic,
    /// The weighted response rate of each cell of all variables. For few and large cells.
    Cells,
}

/// The propensity of each group, 0 to 1, and the variance of its estimate.
pub(super) struct Propensities {
    pub(super) rho: Vec<f64>,
    pub(super) variance: Vec<f64>,
}

/// The propensities of all groups.
pub(super) fn estimate(variables: &[Variable], groups: &[Group], model: Model) -> Propensities {
    match model {
        Model::Logistic => logistic(variables, groups),
        Model::Cells => cells(groups),
    }
}

/// Σ d over respondents, over cases, and Σ d² over cases, of one cell.
#[derive(Default, Clone, Copy)]
struct Cell {
    answered: f64,
    people: f64,
    squares: f64,
}

fn cells(groups: &[Group]) -> Propensities {
    let mut by_cell: BTreeMap<&[usize], Cell> = BTreeMap::new();
    for group in groups {
        let cell = by_cell.entry(&group.categories).or_default();
        cell.answered += group.answered() * group.weight;
        cell.people += group.people();
        cell.squares += group.people() * group.weight;
    }
    let of = |group: &Group| {
        let cell = by_cell
            .get(group.categories.as_slice())
            .copied()
            .unwrap_or_default();
        let rho = match cell.people > 0.0 {
            true => cell.answered / cell.people,
            false => 0.0,
        };
        let size = cell.squares / (cell.people * cell.people);
        (
            rho,
            if cell.people > 0.0 {
                rho * (1.0 - rho) * size
            } else {
                0.0
            },
        )
    };
    let (rho, variance) = groups.iter().map(of).unzip();
    Propensities { rho, variance }
}

/// Columns of the design matrix of each group: the intercept and one dummy of each variable. The columns
/// are collinear; the factor keeps a basis.
struct Design {
    columns: Vec<Vec<usize>>,
    size: usize,
}

impl Design {
    fn new(variables: &[Variable], groups: &[Group]) -> Self {
        let mut starts = Vec::new();
        let mut size = 1;
        for variable in variables {
            starts.push(size);
            size += variable.categories.len();
        }
        let columns = groups
            .iter()
            .map(|group| {
                let dummies = group.categories.iter().zip(&starts);
                let dummies = dummies.map(|(category, start)| start + category);
                std::iter::once(0)
                    .chain(dummies.filter(|column| *column < size))
                    .collect()
            })
            .collect();
        Self { columns, size }
    }

    /// x′β of a group.
    fn predictor(columns: &[usize], beta: &[f64]) -> f64 {
        let coefficient = |column: &usize| beta.get(*column).copied().unwrap_or(0.0);
        columns.iter().map(coefficient).sum()
    }

    /// Σ_g value_g x_g x_g′, row-major.
    fn cross_products(&self, values: &[f64]) -> Vec<f64> {
        let mut matrix = vec![0.0; self.size * self.size];
        for (columns, value) in self.columns.iter().zip(values) {
            for row in columns {
                for column in columns {
                    if let Some(element) = matrix.get_mut(row * self.size + column) {
                        *element += value;
                    }
                }
            }
        }
        matrix
    }
}

/// The maximum of the weighted likelihood by Newton's method, with halved steps where a step would lower
/// it. Variances by the sandwich A⁻BA⁻ with A = Σ d ρ(1−ρ) xx′ and B = Σ d² ρ(1−ρ) xx′.
fn logistic(variables: &[Variable], groups: &[Group]) -> Propensities {
    let design = Design::new(variables, groups);
    let mut beta = vec![0.0; design.size];
    let mut rho = propensities(&design, &beta);
    for _ in 0..STEPS {
        let step = newton_step(&design, groups, &rho);
        let before = likelihood(groups, &rho);
        let mut length = 1.0;
        let (next, next_rho) = loop {
            let next: Vec<f64> = beta
                .iter()
                .zip(&step)
                .map(|(b, s)| b + length * s)
                .collect();
            let next_rho = propensities(&design, &next);
            let is_worse = likelihood(groups, &next_rho) < before - 1e-9 * before.abs();
            if !is_worse || length < 1e-3 {
                break (next, next_rho);
            }
            length *= 0.5;
        };
        let change = rho
            .iter()
            .zip(&next_rho)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f64::max);
        (beta, rho) = (next, next_rho);
        if change < NEAR {
            break;
        }
    }
    let variance = variances(&design, groups, &rho);
    Propensities { rho, variance }
}

fn propensities(design: &Design, beta: &[f64]) -> Vec<f64> {
    let rho = |columns: &Vec<usize>| 1.0 / (1.0 + libm::exp(-Design::predictor(columns, beta)));
    design.columns.iter().map(rho).collect()
}

/// The weighted log-likelihood.
fn likelihood(groups: &[Group], rho: &[f64]) -> f64 {
    let term = |n: f64, p: f64| if n > 0.0 { n * libm::log(p) } else { 0.0 };
    groups
        .iter()
        .zip(rho)
        .map(|(group, rho)| {
            let silent = number(group.cases) - group.answered();
            group.weight * (term(group.answered(), *rho) + term(silent, 1.0 - rho))
        })
        .sum()
}

/// A⁻ Σ d (r − nρ) x.
fn newton_step(design: &Design, groups: &[Group], rho: &[f64]) -> Vec<f64> {
    let mut score = vec![0.0; design.size];
    for ((group, columns), rho) in groups.iter().zip(&design.columns).zip(rho) {
        let residual = group.weight * (group.answered() - number(group.cases) * rho);
        for column in columns {
            if let Some(element) = score.get_mut(*column) {
                *element += residual;
            }
        }
    }
    let information = design.cross_products(&information(groups, rho));
    Factor::new(&information, design.size).solve(&score)
}

/// d·n·ρ(1−ρ) of each group.
fn information(groups: &[Group], rho: &[f64]) -> Vec<f64> {
    groups
        .iter()
        .zip(rho)
        .map(|(group, rho)| group.people() * rho * (1.0 - rho))
        .collect()
}

fn variances(design: &Design, groups: &[Group], rho: &[f64]) -> Vec<f64> {
    let bread = information(groups, rho);
    let filling: Vec<f64> = bread
        .iter()
        .zip(groups)
        .map(|(value, group)| value * group.weight)
        .collect();
    let middle = design.cross_products(&filling);
    let factor = Factor::new(&design.cross_products(&bread), design.size);
    let mut known: BTreeMap<&[usize], f64> = BTreeMap::new();
    design
        .columns
        .iter()
        .zip(rho)
        .map(|(columns, rho)| {
            let slope = rho * (1.0 - rho);
            let of_predictor = *known.entry(columns.as_slice()).or_insert_with(|| {
                let mut x = vec![0.0; design.size];
                for column in columns {
                    if let Some(element) = x.get_mut(*column) {
                        *element = 1.0;
                    }
                }
                let y = factor.solve(&x);
                middle
                    .chunks(design.size)
                    .zip(&y)
                    .map(|(row, own)| own * row.iter().zip(&y).map(|(a, b)| a * b).sum::<f64>())
                    .sum()
            });
            slope * slope * of_predictor
        })
        .collect()
}
