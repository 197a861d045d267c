//! How far an attacker can narrow a cell down: linear programming over all that is published.
//!
//! The attacker knows every published size and ratio with the step that it was rounded to, that no
//! number is negative, and that all weights are equal. The last is not so, and makes the attacker
//! stronger than anyone is: shares are published weighted.

use good_lp::{
    Constraint, Expression, ProblemVariables, Solution, SolverModel, Variable, default_solver,
    variable,
};

use crate::disclosure::system::{Cell, Publishes, System, small};

/// A whole number of persons: an interval may miss its width by this much of rounding error.
const SLACK: f64 = 1e-6;

/// Knows the published cells, and remembers what could be true for all that they say.
pub struct Audit<'s> {
    system: &'s System,
    /// Whether each cell is published.
    is_published: Vec<bool>,
    /// Numbers of all groups that agree with all that is published; the first are the true ones.
    possible: Vec<Vec<[f64; 2]>>,
}

/// What of a cell is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    First,
    Second,
    Size,
}

impl<'s> Audit<'s> {
    /// An audit of `system`, whose groups should be merged.
    pub fn new(system: &'s System, is_published: Vec<bool>) -> Audit<'s> {
        Audit {
            system,
            is_published,
            possible: vec![system.groups.clone()],
        }
    }

    /// Whether each cell is published.
    pub fn published(&self) -> &[bool] {
        &self.is_published
    }

    /// Takes a cell out of what is published. What was possible before still is.
    pub fn withdraw(&mut self, cell: usize) {
        if let Some(own) = self.is_published.get_mut(cell) {
            *own = false;
        }
    }

    /// Publishes a cell again. Only what agrees with it is still possible.
    pub fn publish(&mut self, place: usize) {
        if let Some(own) = self.is_published.get_mut(place) {
            *own = true;
        }
        if let Some(cell) = self.system.cells.get(place) {
            let system = self.system;
            self.possible.retain(|own| agrees(system, cell, own));
        }
    }

    /// Whether no interval of `cell` is narrower than it must be.
    pub fn is_wide(&mut self, cell: &Cell) -> bool {
        let parts = match self.system.publishes {
            Publishes {
                ratio_step: None, ..
            } => vec![(Part::Size, 2)],
            Publishes { is_share: true, .. } => {
                vec![(Part::Size, 2), (Part::Second, 1), (Part::First, 0)]
            }
            Publishes {
                is_share: false, ..
            } => vec![(Part::Size, 2), (Part::First, 0)],
        };
        parts.into_iter().all(|(part, place)| {
            let width = cell.widths.get(place).copied().unwrap_or(0.0);
            self.reaches(cell, part, width - SLACK)
        })
    }

    /// Whether what is possible of a part of `cell` is at least `width` wide.
    fn reaches(&mut self, cell: &Cell, part: Part, width: f64) -> bool {
        if self.known_width(cell, part) >= width {
            return true;
        }
        for is_greatest in [true, false] {
            // The solver may stumble over an order of the rows. Another order is the same question.
            let mut orders = [false, true].into_iter();
            let found = orders.find_map(|is_back| self.solve(cell, part, is_greatest, is_back));
            self.possible.extend(found);
            if self.known_width(cell, part) >= width {
                return true;
            }
        }
        false
    }

    /// How wide the possible numbers found so far are.
    fn known_width(&self, cell: &Cell, part: Part) -> f64 {
        let values = self
            .possible
            .iter()
            .map(|own| value(self.system, cell, part, own));
        let (least, greatest) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), own| {
            (a.min(own), b.max(own))
        });
        greatest - least
    }

    /// Numbers that agree with all that is published and make a part of `cell` greatest or least.
    /// `None` if the solver gives up, which counts as no other possibility.
    fn solve(
        &self,
        cell: &Cell,
        part: Part,
        is_greatest: bool,
        is_back: bool,
    ) -> Option<Vec<[f64; 2]>> {
        let system = self.system;
        let mut variables = ProblemVariables::new();
        let unknown: Vec<[Variable; 2]> = system
            .groups
            .iter()
            .map(|_| [(); 2].map(|()| variables.add(variable().min(0.0))))
            .collect();
        let mut constraints = self.constraints(&mut variables, &unknown);
        let [first, second] = sums(cell, &unknown);
        let objective = match part {
            Part::First => first,
            Part::Second => second,
            Part::Size => of_size(system, first, second),
        };
        // A cell that no published one bounds: far enough, and not infinite.
        let far = system
            .groups
            .iter()
            .flatten()
            .sum::<f64>()
            .mul_add(4.0, 1000.0);
        constraints.push(objective.clone().leq(far));
        if is_back {
            constraints.reverse();
        }
        let problem = match is_greatest {
            true => variables.maximise(objective),
            false => variables.minimise(objective),
        };
        let solved = problem
            .using(default_solver)
            .with_all(constraints)
            .solve()
            .ok()?;
        let found = unknown.iter();
        Some(
            found
                .map(|own| own.map(|own| solved.value(own).max(0.0)))
                .collect(),
        )
    }

    /// What all published cells say of the unknown numbers.
    fn constraints(
        &self,
        variables: &mut ProblemVariables,
        unknown: &[[Variable; 2]],
    ) -> Vec<Constraint> {
        let system = self.system;
        let has_amount = system.publishes.ratio_step.is_some();
        let mut constraints = Vec::new();
        let shown = system.cells.iter().zip(&self.is_published);
        for (cell, _) in shown.filter(|(_, is_published)| **is_published) {
            let Some(statement) = statement(system, cell) else {
                continue;
            };
            let [low, high] = statement.size;
            let size = variables.add(variable().min(low).max(high.max(low)));
            let [first, second] = sums(cell, unknown);
            let Some([least, most]) = statement.ratio.filter(|_| has_amount) else {
                constraints.push((of_size(system, first, second) - size).eq(0.0));
                continue;
            };
            let amount = variables.add(variable().min(0.0));
            constraints.push((first.clone() - amount).eq(0.0));
            constraints.push((of_size(system, first, second) - size).eq(0.0));
            constraints.push((amount - least * size).geq(0.0));
            constraints.push((amount - most * size).leq(0.0));
        }
        constraints
    }
}

/// What is said of a cell that is published.
struct Statement {
    /// Least and greatest size.
    size: [f64; 2],
    /// Least and greatest ratio.
    ratio: Option<[f64; 2]>,
}

/// What a cell says if it is published; `None` for an empty one.
fn statement(system: &System, cell: &Cell) -> Option<Statement> {
    let [first, _, size] = system.values(cell);
    if size <= 0.0 {
        return None;
    }
    let ratio = system.publishes.ratio_step.map(|step| {
        let shown = (first / size / step).round() * step;
        [shown - step / 2.0, shown + step / 2.0]
    });
    let size = match system.publishes.size_step {
        None => [size, size],
        // Sizes are whole numbers: 95 to 104 are shown as 100.
        Some(step) => {
            let shown = ((size + step / 2.0) / step).floor() * step;
            [shown - step / 2.0, shown + step / 2.0 - 1.0]
        }
    };
    Some(Statement { size, ratio })
}

fn sums(cell: &Cell, unknown: &[[Variable; 2]]) -> [Expression; 2] {
    let mut sums = [Expression::from(0.0), Expression::from(0.0)];
    for (group, factor) in &cell.sum {
        if let Some(own) = unknown.get(*group) {
            for (sum, own) in sums.iter_mut().zip(own) {
                sum.add_mul(small(*factor), own);
            }
        }
    }
    sums
}

fn of_size(system: &System, first: Expression, second: Expression) -> Expression {
    if system.publishes.is_share {
        first + second
    } else {
        second
    }
}

fn value(system: &System, cell: &Cell, part: Part, groups: &[[f64; 2]]) -> f64 {
    let mut sums = [0.0; 2];
    for (group, factor) in &cell.sum {
        if let Some(own) = groups.get(*group) {
            for (sum, own) in sums.iter_mut().zip(own) {
                *sum += small(*factor) * own;
            }
        }
    }
    let [first, second] = sums;
    match part {
        Part::First => first,
        Part::Second => second,
        Part::Size if system.publishes.is_share => first + second,
        Part::Size => second,
    }
}

fn agrees(system: &System, cell: &Cell, groups: &[[f64; 2]]) -> bool {
    let Some(statement) = statement(system, cell) else {
        return true;
    };
    let size = value(system, cell, Part::Size, groups);
    let first = value(system, cell, Part::First, groups);
    let [low, high] = statement.size;
    let is_in = |value: f64, low: f64, high: f64| value >= low - SLACK && value <= high + SLACK;
    let fits = statement
        .ratio
        .is_none_or(|[least, most]| is_in(first, least * size, most * size));
    is_in(size, low, high.max(low)) && fits
}
