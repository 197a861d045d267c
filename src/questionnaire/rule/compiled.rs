//! A checked rule: its text and its compiled form.

use std::fmt;

use super::evaluate::Operand;
use super::expression::{Expression, Literal, Variable};
use super::mistake::RuleMistake;
use super::parse;
use super::scope::{Scope, Type};

/// A rule without mistakes.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// The rule as the file writes it.
    pub source: String,
    pub(crate) tree: Expression,
}

impl Rule {
    /// Most bytes of a rule.
    pub const LONGEST: usize = parse::LONGEST;

    /// Parses and type-checks `source`. It may name the variables of `scope`, and its value must be
    /// true or false.
    ///
    /// # Errors
    /// The first mistake, with its place in `source` and its cure.
    pub fn parse(source: &str, scope: &Scope) -> Result<Rule, RuleMistake> {
        parse::rule(source, scope).map(|tree| Rule {
            source: source.to_owned(),
            tree,
        })
    }

    /// Parses and type-checks an exclusion rule of a plan. It may name `duration` (seconds) and
    /// `mode`.
    ///
    /// # Errors
    /// The first mistake, with its place in `source` and its cure.
    pub fn of_response(source: &str) -> Result<Rule, RuleMistake> {
        Rule::parse(source, &Scope::of([("duration", Type::Number)]))
    }

    /// Whether a rule made by [`Rule::of_response`] is true of a response. Unknown is not true.
    pub fn holds_for_response(&self, duration: Option<i64>, mode: &str) -> bool {
        let duration = duration.and_then(|seconds| seconds.to_string().parse().ok());
        let holds = self.holds(&|variable| match variable.place {
            Variable::MODE => Operand::Text(mode),
            _ => duration.map_or(Operand::Unknown, Operand::Number),
        });
        holds == Some(true)
    }

    /// Parses and type-checks `source`, whose value may have any type. Tests use it for arithmetic
    /// without a comparison.
    ///
    /// # Errors
    /// The first mistake, with its place in `source` and its cure.
    pub fn parse_value(source: &str, scope: &Scope) -> Result<Rule, RuleMistake> {
        parse::value(source, scope).map(|tree| Rule {
            source: source.to_owned(),
            tree,
        })
    }

    /// Whether the rule is true; `None` if that is unknown. `operand` gives the value of a
    /// variable.
    pub fn holds<'a>(&'a self, operand: &impl Fn(&Variable) -> Operand<'a>) -> Option<bool> {
        match self.value(operand) {
            Operand::Boolean(value) => Some(value),
            _ => None,
        }
    }

    /// The value of the rule, of any type. `operand` gives the value of a variable.
    pub fn value<'a>(&'a self, operand: &impl Fn(&Variable) -> Operand<'a>) -> Operand<'a> {
        self.tree.evaluate(operand)
    }

    /// The compiled form for browsers and other programs: a constant is itself, everything else an
    /// array that starts with its operator.
    pub fn json(&self) -> serde_json::Value {
        self.tree.json()
    }

    /// The variables that the rule names, each once, in the order of the rule.
    pub fn variables(&self) -> Vec<&Variable> {
        let mut named = Vec::new();
        self.tree.each_variable(&mut |variable| {
            if !named.contains(&variable) {
                named.push(variable);
            }
        });
        named
    }

    /// Calls `visit` with every variable and constant that the rule compares with `=`, `!=` or
    /// `in`.
    pub(crate) fn each_equality<'r>(&'r self, visit: &mut impl FnMut(&'r Variable, &'r Literal)) {
        self.tree.each_equality(visit);
    }

    /// Calls `visit` with every variable, as often as the rule names it.
    pub(crate) fn each_variable<'r>(&'r self, visit: &mut impl FnMut(&'r Variable)) {
        self.tree.each_variable(visit);
    }
}

/// The compiled form as text, with canonical spaces and the fewest parentheses. Parsing that text
/// gives the same rule.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.tree)
    }
}
