//! An attacker with a computer: knows all that several releases publish, and how it is rounded, and
//! finds by linear programming what a number can be at least and at most.
//!
//! Written apart from the audit of the program: other variables (one for each kind of respondent and
//! each set of releases), no merging, every statement as two inequalities.

use std::collections::BTreeMap;

use good_lp::{Expression, ProblemVariables, Solution, SolverModel, default_solver, variable};

/// low ≤ Σ factor · unknown ≤ high.
#[derive(Debug, Clone)]
pub struct Fact {
    pub sum: Vec<(usize, f64)>,
    pub low: f64,
    pub high: f64,
}

/// Least and greatest value of `target`; a tenth of a million if nothing bounds it.
pub fn interval(unknowns: usize, facts: &[Fact], target: &[(usize, f64)]) -> (f64, f64) {
    let end = |greatest: bool| {
        // The solver may stumble over an order of the rows. Another order is the same question.
        let orders = 0..facts.len().clamp(1, 8);
        let mut ends = orders.filter_map(|first| end(unknowns, facts, first, target, greatest));
        ends.next()
            .expect("what is published is true, so something is possible")
    };
    (end(false), end(true))
}

fn end(
    unknowns: usize,
    facts: &[Fact],
    first: usize,
    target: &[(usize, f64)],
    greatest: bool,
) -> Option<f64> {
    let mut variables = ProblemVariables::new();
    let unknown: Vec<_> = (0..unknowns)
        .map(|_| variables.add(variable().min(0.0)))
        .collect();
    let sum = |terms: &[(usize, f64)]| {
        let mut sum = Expression::from(0.0);
        for (place, factor) in terms {
            sum.add_mul(*factor, unknown[*place]);
        }
        sum
    };
    let problem = match greatest {
        true => variables.maximise(sum(target)),
        false => variables.minimise(sum(target)),
    };
    let mut model = problem.using(default_solver);
    for fact in facts.iter().cycle().skip(first).take(facts.len()) {
        if fact.low == fact.high {
            model.add_constraint(sum(&fact.sum).eq(fact.low));
            continue;
        }
        if fact.low.is_finite() {
            model.add_constraint(sum(&fact.sum).geq(fact.low));
        }
        if fact.high.is_finite() {
            model.add_constraint(sum(&fact.sum).leq(fact.high));
        }
    }
    model.add_constraint(sum(target).leq(100_000.0));
    model.add_constraint(sum(target).geq(-100_000.0));
    let solved = model.solve().ok()?;
    let terms = target.iter();
    Some(
        terms
            .map(|(place, factor)| factor * solved.value(unknown[*place]))
            .sum(),
    )
}

/// A kind of respondent: the levels of each dimension, and the releases that they are in.
pub type Kind = (Vec<usize>, Vec<bool>);

/// What of a kind there is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sums {
    pub counted: f64,
    pub other: f64,
    pub n: f64,
}

/// The unknowns of the attacker.
pub struct Unknowns {
    pub kinds: BTreeMap<Kind, Sums>,
}

impl Unknowns {
    /// The kinds that are in a cell of a release: all, or those of one level of a dimension.
    pub fn members(&self, cell: Option<(usize, usize)>, release: usize) -> Vec<usize> {
        let is_in = |(levels, releases): &Kind| {
            releases[release] && cell.is_none_or(|(dimension, level)| levels[dimension] == level)
        };
        let kinds = self.kinds.keys().enumerate();
        kinds
            .filter(|(_, kind)| is_in(kind))
            .map(|(place, _)| place)
            .collect()
    }

    pub fn sums(&self, members: &[usize]) -> Sums {
        let all: Vec<&Sums> = self.kinds.values().collect();
        members.iter().fold(Sums::default(), |sum, place| Sums {
            counted: sum.counted + all[*place].counted,
            other: sum.other + all[*place].other,
            n: sum.n + all[*place].n,
        })
    }
}

/// What a published share of persons says: the unknowns are the two sides of each kind.
pub fn share_of_persons(members: &[usize], sums: Sums) -> Vec<Fact> {
    let mut facts = ratio(members, sums);
    facts.push(rounded(members, sums.n, |place| {
        vec![(2 * place, 1.0), (2 * place + 1, 1.0)]
    }));
    facts
}

/// What a published ratio of shops says to someone who knows how much all of them sell.
pub fn ratio_of_shops(members: &[usize], sums: Sums) -> Vec<Fact> {
    let mut facts = ratio(members, sums);
    let total = sums.counted + sums.other;
    facts.push(Fact {
        sum: members
            .iter()
            .flat_map(|own| [(2 * own, 1.0), (2 * own + 1, 1.0)])
            .collect(),
        low: total,
        high: total,
    });
    facts
}

/// What a rounded number of shops says: the unknown is the number of each kind.
pub fn number_of_shops(members: &[usize], sums: Sums) -> Vec<Fact> {
    vec![rounded(members, sums.n, |place| vec![(place, 1.0)])]
}

fn ratio(members: &[usize], sums: Sums) -> Vec<Fact> {
    let shown = ((sums.counted / (sums.counted + sums.other)) * 1000.0).round();
    let (least, most) = ((shown - 0.5) / 1000.0, (shown + 0.5) / 1000.0);
    let bound = |share: f64| -> Vec<(usize, f64)> {
        let terms = members.iter();
        terms
            .flat_map(|own| [(2 * own, 1.0 - share), (2 * own + 1, -share)])
            .collect()
    };
    vec![
        Fact {
            sum: bound(least),
            low: 0.0,
            high: f64::INFINITY,
        },
        Fact {
            sum: bound(most),
            low: f64::NEG_INFINITY,
            high: 0.0,
        },
    ]
}

fn rounded(members: &[usize], n: f64, of: impl Fn(usize) -> Vec<(usize, f64)>) -> Fact {
    let shown = ((n + 5.0) / 10.0 + 1e-9).floor() * 10.0;
    Fact {
        sum: members.iter().flat_map(|own| of(*own)).collect(),
        low: shown - 5.0,
        high: shown + 4.0,
    }
}
