//! The indicators.

use std::collections::BTreeMap;

use crate::fieldwork::representativity::propensity::{Group, Model, Variable, estimate};

/// How representative the response is.
#[derive(Debug, Clone, PartialEq)]
pub struct Representativity {
    /// ρ̄, the weighted response rate, 0 to 1.
    pub mean: f64,
    /// S(ρ), 0 to 0.5.
    pub spread: f64,
    /// R = 1 − 2S, 0 to 1.
    pub r: f64,
    /// R without the noise of the estimated propensities, at least `r`.
    pub r_adjusted: f64,
    /// S/ρ̄.
    pub cv: f64,
    /// The largest bias S(ρ)S(y)/ρ̄ of a mean whose answers have the standard deviation S(y).
    pub largest_bias: f64,
    /// The partial indicators of each variable.
    pub partials: Vec<Partial>,
    /// The propensity of each group, in the order given.
    pub propensities: Vec<f64>,
}

/// What a variable has to do with the response.
#[derive(Debug, Clone, PartialEq)]
pub struct Partial {
    /// The variable.
    pub variable: String,
    /// P_u, ≥ 0.
    pub unconditional: f64,
    /// P_c, ≥ 0.
    pub conditional: f64,
    /// P_u(Z, k) of each category: negative where too few answered. 0 for a category without cases.
    pub categories: Vec<(String, f64)>,
}

/// The indicators of a sample.
///
/// * `groups`: cases with equal categories and weight; groups without cases count for nothing
/// * `spread_of_answers`: S(y), such as √(p(1−p)) for a share p
///
/// `None` while nobody answered or where a group has not one category for each variable.
///
/// # Example
///
/// ```
/// use minyi::fieldwork::representativity::{Group, Model, Variable, representativity};
///
/// let urban = Variable { name: "urban".to_owned(), categories: vec!["town".to_owned(), "village".to_owned()] };
/// let group = |category, respondents| Group {
///     categories: vec![category], cases: 100, respondents, weight: 5.0,
/// };
/// let found = representativity(&[urban], &[group(0, 40), group(1, 60)], Model::Logistic, 0.3).unwrap();
/// assert!((found.r - 0.8).abs() < 1e-3);
/// assert!(found.partials[0].categories[0].1 < 0.0, "towns answer too rarely");
/// ```
#[must_use]
pub fn representativity(
    variables: &[Variable],
    groups: &[Group],
    model: Model,
    spread_of_answers: f64,
) -> Option<Representativity> {
    let is_complete = |group: &Group| {
        group.categories.len() == variables.len()
            && group
                .categories
                .iter()
                .zip(variables)
                .all(|(category, variable)| *category < variable.categories.len())
    };
    let people: f64 = groups.iter().map(Group::people).sum();
    let has_answers = groups
        .iter()
        .any(|group| group.respondents > 0 && group.cases > 0);
    if !groups.iter().all(is_complete) || !has_answers || people <= 1.0 {
        return None;
    }
    let found = estimate(variables, groups, model);
    let rho = found.rho;
    let weighted = |values: &dyn Fn(usize) -> f64| -> f64 {
        let terms = groups.iter().enumerate();
        terms.map(|(at, group)| group.people() * values(at)).sum()
    };
    let value = |values: &[f64], at: usize| values.get(at).copied().unwrap_or(0.0);
    let mean = weighted(&|at| value(&rho, at)) / people;
    let square = |at: usize| {
        let gap = value(&rho, at) - mean;
        gap * gap
    };
    let variance = weighted(&square) / (people - 1.0);
    let noise = weighted(&|at| value(&found.variance, at)) / people;
    let spread = variance.sqrt();
    let partials = variables
        .iter()
        .enumerate()
        .map(|(at, variable)| partial(at, variable, groups, &rho, mean))
        .collect();
    Some(Representativity {
        mean,
        spread,
        r: 1.0 - 2.0 * spread,
        r_adjusted: 1.0 - 2.0 * (variance - noise).max(0.0).sqrt(),
        cv: spread / mean,
        largest_bias: spread * spread_of_answers / mean,
        partials,
        propensities: rho,
    })
}

/// Σ d and Σ dρ of a set of cases.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    people: f64,
    rho: f64,
}

impl Sum {
    fn add(&mut self, people: f64, rho: f64) {
        self.people += people;
        self.rho += people * rho;
    }

    fn mean(self) -> f64 {
        self.rho / self.people
    }
}

/// The partial indicators of variable `at`.
fn partial(at: usize, variable: &Variable, groups: &[Group], rho: &[f64], mean: f64) -> Partial {
    let mut by_category = vec![Sum::default(); variable.categories.len()];
    let mut by_others: BTreeMap<Vec<usize>, Sum> = BTreeMap::new();
    let others = |group: &Group| -> Vec<usize> {
        let kept = group.categories.iter().enumerate();
        let kept = kept.filter(|(position, _)| *position != at);
        kept.map(|(_, category)| *category).collect()
    };
    for (group, rho) in groups.iter().zip(rho) {
        let category = group.categories.get(at).copied();
        if let Some(sum) = category.and_then(|category| by_category.get_mut(category)) {
            sum.add(group.people(), *rho);
        }
        by_others
            .entry(others(group))
            .or_default()
            .add(group.people(), *rho);
    }
    let people: f64 = groups.iter().map(Group::people).sum();
    let of_category = |sum: &Sum| match sum.people > 0.0 {
        true => (sum.people / people).sqrt() * (sum.mean() - mean),
        false => 0.0,
    };
    let signed: Vec<f64> = by_category.iter().map(of_category).collect();
    let within: f64 = groups
        .iter()
        .zip(rho)
        .filter(|(group, _)| group.people() > 0.0)
        .map(|(group, rho)| {
            let centre = by_others.get(&others(group)).map_or(*rho, |sum| sum.mean());
            group.people() * (rho - centre) * (rho - centre)
        })
        .sum();
    Partial {
        variable: variable.name.clone(),
        unconditional: signed.iter().map(|value| value * value).sum::<f64>().sqrt(),
        conditional: (within / (people - 1.0)).sqrt(),
        categories: variable.categories.iter().cloned().zip(signed).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable(name: &str, categories: usize) -> Variable {
        Variable {
            name: name.to_owned(),
            categories: (0..categories).map(|at| at.to_string()).collect(),
        }
    }

    #[test]
    fn half_that_answer_and_half_that_do_not_give_zero() {
        let group = |category, respondents| Group {
            categories: vec![category],
            cases: 5000,
            respondents,
            weight: 10.0,
        };
        for model in [Model::Logistic, Model::Cells] {
            let groups = [group(0, 0), group(1, 5000)];
            let found = representativity(&[variable("a", 2)], &groups, model, 0.3).unwrap();
            assert!(found.r.abs() < 1e-4, "{found:?}");
            let groups = [group(0, 3000), group(1, 3000)];
            let found = representativity(&[variable("a", 2)], &groups, model, 0.3).unwrap();
            assert!((found.r - 1.0).abs() < 1e-6 && (found.mean - 0.6).abs() < 1e-9);
            assert_eq!(found.r_adjusted, 1.0);
        }
    }

    #[test]
    fn nobody_yet_or_a_wrong_category_gives_nothing() {
        let group = Group {
            categories: vec![0],
            cases: 10,
            respondents: 0,
            weight: 1.0,
        };
        let one = [variable("a", 1)];
        assert_eq!(representativity(&one, &[], Model::Logistic, 0.3), None);
        let groups = [group.clone()];
        assert_eq!(representativity(&one, &groups, Model::Logistic, 0.3), None);
        let wrong = [Group {
            categories: vec![3],
            respondents: 5,
            ..group
        }];
        assert_eq!(representativity(&one, &wrong, Model::Cells, 0.3), None);
    }
}
