//! The answers to a question that rules can tell apart.

use super::answer::mode::Mode;
use super::area::Areas;
use super::choice::{Choice, is_numeric};
use super::instrument::{Kind, Question};
use super::rule::compiled::Rule;
use super::rule::evaluate::{Chosen, Operand};
use super::rule::expression::Literal;

/// Most choices of one `multiple` that rules can name: 2^13 sets are nearly as many as can be
/// tried.
const MOST_NAMED: usize = 13;

/// One answer, or none.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Candidate<'q> {
    Unanswered,
    Number(f64),
    Text(String),
    /// Bit `i` is 1 if choice `i` is chosen.
    Set(&'q [Choice], u128),
}

impl Candidate<'_> {
    /// The value in rules.
    pub(super) fn operand(&self) -> Operand<'_> {
        match self {
            Self::Unanswered => Operand::Unknown,
            Self::Number(number) => Operand::Number(*number),
            Self::Text(text) => Operand::Text(text),
            Self::Set(choices, mask) => Operand::Set(Chosen::Choices(choices, *mask)),
        }
    }
}

/// All modes.
pub(super) fn modes() -> Vec<Candidate<'static>> {
    let modes = Mode::ALL.into_iter();
    modes
        .map(|mode| Candidate::Text(mode.as_str().to_owned()))
        .collect()
}

/// Answers to `question` such that every other answer gives each of `rules` the same value as one
/// of them; `None` if those are more than `most`.
///
/// Of numbers these are the limits, the constants of the rules and their neighbours; if a rule
/// computes with numbers, all numbers. Of choices these are all, but of a `multiple` without the
/// choices that no rule names, which only count.
pub(super) fn candidates<'q>(
    question: &'q Question,
    areas: &Areas,
    rules: &[&Rule],
    most: usize,
) -> Option<Vec<Candidate<'q>>> {
    let texts = |codes: Vec<&str>| {
        let codes = codes.into_iter().map(str::to_owned);
        codes.map(Candidate::Text).collect()
    };
    let candidates: Vec<_> = match &question.kind {
        Kind::Single(choices) if is_numeric(choices) => {
            let numbers = choices.iter().filter_map(Choice::number);
            numbers.map(Candidate::Number).collect()
        }
        Kind::Single(choices) => texts(choices.iter().map(|own| own.code.as_str()).collect()),
        Kind::Multiple {
            choices,
            min_choices,
            max_choices,
        } => sets(choices, (*min_choices, *max_choices), &constants(rules))?,
        Kind::Integer { min, max, .. } => {
            let limits = (min.to_string().parse().ok()?, max.to_string().parse().ok()?);
            numbers(limits, 1.0, rules, most)?
        }
        Kind::Decimal {
            min, max, decimals, ..
        } => {
            let scale = 10_f64.powi(i32::try_from(*decimals).ok()?);
            numbers((*min, *max), scale, rules, most)?
        }
        Kind::Text { .. } => {
            // Two texts that no rule names: they are equal to themselves only.
            let named = constants(rules).into_iter();
            let named = named.filter_map(|literal| match literal {
                Literal::Text(text) => Some(text.as_str()),
                _ => None,
            });
            texts(named.chain(["\u{1}", "\u{2}"]).collect())
        }
        Kind::Area { kinds } => {
            let areas = areas.of_kinds(kinds);
            texts(areas.map(|area| area.code.as_str()).collect())
        }
        Kind::Note => Vec::new(),
    };
    (candidates.len() <= most).then_some(candidates)
}

fn constants<'r>(rules: &[&'r Rule]) -> Vec<&'r Literal> {
    let mut constants = Vec::new();
    for rule in rules {
        rule.tree
            .each_literal(&mut |literal| constants.push(literal));
    }
    constants
}

/// The multiples of `1 / scale` from `min` to `max` that the rules can tell apart.
fn numbers(
    (min, max): (f64, f64),
    scale: f64,
    rules: &[&Rule],
    most: usize,
) -> Option<Vec<Candidate<'static>>> {
    let step = 1.0 / scale;
    let count = ((max - min) * scale).round();
    let first = |count: u32| (0..=count).map(|place| min + f64::from(place) * step);
    let few = u32::try_from(most).ok()?;
    let computes = rules.iter().any(|rule| rule.tree.has_arithmetic());
    let mut numbers: Vec<f64> = if count < 20.0 || (computes && count < f64::from(few)) {
        first(few)
            .take_while(|number| *number < max + step)
            .collect()
    } else if computes {
        return None;
    } else {
        first(2)
            .chain([max - 2.0 * step, max - step, max])
            .collect()
    };
    for literal in constants(rules) {
        if let Literal::Number(number) = literal {
            let near = (number * scale).floor() * step;
            numbers.extend([near - step, near, near + step, near + 2.0 * step]);
        }
    }
    // A number with these decimals is the quotient of two whole numbers, exactly rounded.
    for number in &mut numbers {
        *number = (*number * scale).round() / scale;
    }
    numbers.retain(|number| (min..=max).contains(number));
    numbers.sort_by(f64::total_cmp);
    numbers.dedup();
    Some(numbers.into_iter().map(Candidate::Number).collect())
}

/// The sets of choices: each exclusive choice alone, and each set of choices that a rule names with
/// any number of the others.
fn sets<'q>(
    choices: &'q [Choice],
    (min, max): (u32, u32),
    constants: &[&Literal],
) -> Option<Vec<Candidate<'q>>> {
    let is_named = |choice: &Choice| {
        constants.iter().any(|literal| match literal {
            Literal::Number(number) => choice.number() == Some(*number),
            Literal::Text(text) => choice.code == *text,
            Literal::Boolean(_) => false,
        })
    };
    let (mut named, mut others, mut masks) = (Vec::new(), Vec::new(), Vec::new());
    for (place, choice) in choices.iter().enumerate() {
        let bit = 1_u128 << place;
        if choice.exclusive {
            masks.push(bit);
        } else if is_named(choice) {
            named.push(bit);
        } else {
            others.push(bit);
        }
    }
    if named.len() > MOST_NAMED {
        return None;
    }
    let mut subsets = vec![0_u128];
    for bit in named {
        let with: Vec<_> = subsets.iter().map(|mask| mask | bit).collect();
        subsets.extend(with);
    }
    for subset in subsets {
        let mut mask = subset;
        for bit in std::iter::once(0).chain(others.iter().copied()) {
            mask |= bit;
            if mask != 0 && (min..=max).contains(&mask.count_ones()) {
                masks.push(mask);
            }
        }
    }
    let sets = masks.into_iter();
    Some(sets.map(|mask| Candidate::Set(choices, mask)).collect())
}
