//! What an estimate needs of the classes of units, beyond the sums of the pass.
#![expect(
    clippy::indexing_slicing,
    reason = "domains, classes and pairs are numbered below their count"
)]

use crate::estimation::domains::{Domain, Domains};
use crate::estimation::moments::linearised::{Combination, Known, Linearised, Moments, Wanted};
use crate::estimation::moments::parts::Part;
use crate::estimation::moments::slots::Class;
use crate::estimation::moments::spread::{Coefficients, Job, Spread, Term, of_counts};
use crate::estimation::moments::table::Table;

impl Moments<'_> {
    /// The squares of those of `combinations` that need a pass of their own.
    pub(super) fn spreads(&self, domains: &[Domains], combinations: &[Combination]) -> Vec<Known> {
        if self.slots.classes.is_empty() {
            return Vec::new();
        }
        let mut wanted: Vec<Wanted> = Vec::new();
        for own in combinations {
            for (order, &at) in own.domains.iter().enumerate() {
                let has_levels = domains[at].each_level().next().is_some();
                let parts = [(true, order == 0), (false, has_levels)];
                for (is_whole, _) in parts.into_iter().filter(|(_, is_wanted)| *is_wanted) {
                    let one = Wanted {
                        at,
                        is_whole,
                        terms: own.terms.clone(),
                        is_total: own.is_total,
                    };
                    if !self.is_counted(&one) && !wanted.contains(&one) {
                        wanted.push(one);
                    }
                }
            }
        }
        let jobs: Vec<Job> = wanted
            .iter()
            .map(|wanted| self.job(wanted, &domains[wanted.at]))
            .collect();
        let spread = Spread {
            rows: self.design.rows,
            weights: &self.design.weights,
            slots: &self.slots,
            domains,
            pairs: self.tables.iter().map(Table::pairs).collect(),
            first: self.tables.iter().map(Table::first_class).collect(),
            variables: self.variables,
        };
        let squares = spread.of(&jobs).into_iter().zip(wanted);
        squares
            .map(|(squares, wanted)| Known { wanted, squares })
            .collect()
    }

    /// Whether the squares of an estimate follow from the number of answers.
    fn is_counted(&self, wanted: &Wanted) -> bool {
        match wanted.terms.as_slice() {
            [(variable, _)] => self.variables[*variable].is_share(),
            _ => false,
        }
    }

    /// What the pass has to do for an estimate on one of the domains.
    fn job(&self, wanted: &Wanted, domains: &Domains) -> Job {
        let each: Vec<Domain> = match wanted.is_whole {
            true => vec![Domain::Whole],
            false => domains.each_level().collect(),
        };
        let table = &self.tables[wanted.at];
        let shift = |variable: usize| table.totals(variable).map_or(0.0, |totals| totals.shift);
        let mut job = Job {
            at: wanted.at,
            terms: wanted
                .terms
                .iter()
                .map(|&(variable, _)| Term {
                    variable,
                    shift: shift(variable),
                    levels: Vec::new(),
                })
                .collect(),
            centres: vec![0.0; table.class_pairs()],
        };
        for domain in each {
            let own = self.coefficients(wanted, domain);
            let own = own.unwrap_or_else(|| vec![Coefficients::default(); wanted.terms.len()]);
            let sums = self.linearised(wanted, domain, &own);
            for (pair, class, rows) in table.classes(domain) {
                let class = &self.slots.classes[class];
                job.centres[pair] = mean(sums.classes[pair], class, rows);
            }
            for (term, own) in job.terms.iter_mut().zip(own) {
                term.levels.push(own);
            }
        }
        if !wanted.is_whole {
            // Rows without a level are in none of these domains.
            job.terms
                .iter_mut()
                .for_each(|term| term.levels.push(Coefficients::default()));
        }
        job
    }

    /// Σ (wy − mean)² of an estimate by pair of class and domain; 0 outside the domain.
    ///
    /// * `totals`: Σ wy of these pairs
    pub(super) fn squares(
        &self,
        wanted: &Wanted,
        domain: Domain,
        coefficients: &[Coefficients],
        totals: &[f64],
    ) -> Vec<f64> {
        let table = &self.tables[wanted.at];
        let known = self.spreads.iter().find(|known| known.wanted == *wanted);
        let share = wanted.terms.first().filter(|_| self.is_counted(wanted));
        let share = share.and_then(|(variable, _)| table.totals(*variable));
        let share = share.zip(coefficients.first());
        let mut squares = vec![f64::NAN; totals.len()];
        for (pair, class, rows) in table.classes(domain) {
            let class = &self.slots.classes[class];
            let found = match (share, known) {
                (Some((sums, own)), _) => {
                    let [b, a] = table.of_class(sums, pair);
                    let number = |sum: f64| libm::round(sum / class.weight);
                    let counted = number(a + sums.shift * b);
                    let counts = (f64::from(rows), number(b), counted);
                    of_counts(*own, sums.shift, counts, mean(totals[pair], class, rows))
                }
                (None, Some(known)) => known.squares[pair],
                // Not among the combinations that were asked for.
                (None, None) => f64::NAN,
            };
            squares[pair] = class.weight * class.weight * found;
        }
        squares
    }

    /// The units of several rows, and the parts of the classes: those in the domain and the others.
    pub(super) fn parts(
        &self,
        table: &Table,
        domain: Domain,
        sums: &Linearised,
        squares: &[f64],
        beta: &[f64],
    ) -> Vec<Part> {
        let first = self.design.first();
        let units = self.slots.units.iter().zip(&sums.units);
        let mut parts: Vec<Part> = units
            .map(|(&unit, &mean)| Part {
                stratum: first.stratum_of[index(unit)],
                units: 1.0,
                mean,
                squares: 0.0,
            })
            .collect();
        let classes = self.slots.classes.iter();
        let fitted: Vec<f64> = classes.map(|class| self.fitted(class, beta)).collect();
        let mut outside: Vec<u32> = self.slots.classes.iter().map(|class| class.rows).collect();
        for (pair, class, rows) in table.classes(domain) {
            outside[class] -= rows;
            parts.push(Part {
                stratum: self.slots.classes[class].stratum,
                units: f64::from(rows),
                mean: sums.classes[pair] / f64::from(rows) - fitted[class],
                squares: squares[pair],
            });
        }
        let rest = self.slots.classes.iter().zip(&fitted).zip(outside);
        let rest = rest.filter(|(_, rows)| *rows > 0);
        parts.extend(rest.map(|((class, fitted), rows)| Part {
            stratum: class.stratum,
            units: f64::from(rows),
            mean: -fitted,
            squares: 0.0,
        }));
        parts
    }

    /// w x′β of each unit of a class, with the weight before trimming.
    fn fitted(&self, class: &Class, beta: &[f64]) -> f64 {
        match &self.projection {
            Some(projection) if class.weight != 0.0 => {
                let columns = projection.cells.members(index(class.record)).iter();
                let sum: f64 = columns.map(|&column| beta[index(column)]).sum();
                class.adjusted * sum
            }
            _ => 0.0,
        }
    }
}

/// ȳ of a pair of class and domain, from its Σ wy.
fn mean(total: f64, class: &Class, rows: u32) -> f64 {
    total / (class.weight * f64::from(rows))
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
