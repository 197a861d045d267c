//! The rule language of `ask_if`, `valid_if` and `screen_out_if`: one small language without side effects.
//!
//! Three-valued (Kleene): whatever rests on an unanswered question is unknown, neither true nor false.
//! The same compiled form ([`Rule::json`]) is evaluated by the page script; `tests/journeys/rules.json` holds both to the
//! same answers.

mod check;
mod conditions;
mod evaluate;
mod parse;
mod print;
mod scope;
mod token;

pub use conditions::{Condition, Conditions, Operator};
pub use evaluate::{Chosen, Operand};
pub use scope::{RuleMistake, Scope, Type};

/// A checked rule: as written, and compiled.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// As written.
    pub source: String,
    tree: Expression,
}

impl Rule {
    /// Longest rule, in bytes: far above any real one, and too short to exhaust the stack.
    pub const LONGEST: usize = 2_000;

    /// Parses and type-checks `source`, which may name the variables of `scope` and must be true or false.
    ///
    /// # Errors
    /// The first mistake, with its place in `source` and its cure.
    pub fn parse(source: &str, scope: &Scope) -> Result<Rule, RuleMistake> {
        parse::rule(source, scope).map(|tree| Rule {
            source: source.to_owned(),
            tree,
        })
    }

    /// Parses and type-checks an exclusion rule of a plan, which may name `duration` (seconds) and `mode`.
    ///
    /// # Errors
    /// The first mistake, with its place in `source` and its cure.
    pub fn of_response(source: &str) -> Result<Rule, RuleMistake> {
        Rule::parse(source, &Scope::of([("duration", Type::Number)]))
    }

    /// Whether a rule made by [`Rule::of_response`] is true of a response; unknown is not true.
    pub fn holds_for_response(&self, duration: Option<i64>, mode: &str) -> bool {
        let duration = duration.and_then(|seconds| seconds.to_string().parse().ok());
        let holds = self.holds(&|variable| match variable.place {
            Variable::MODE => Operand::Text(mode),
            _ => duration.map_or(Operand::Unknown, Operand::Number),
        });
        holds == Some(true)
    }

    /// Parses and type-checks `source`, whose value may be of any type; its golden cases include arithmetic alone.
    ///
    /// # Errors
    /// The first mistake, with its place in `source` and its cure.
    pub fn parse_value(source: &str, scope: &Scope) -> Result<Rule, RuleMistake> {
        parse::value(source, scope).map(|tree| Rule {
            source: source.to_owned(),
            tree,
        })
    }

    /// Whether the rule is true; `None` if it is unknown. `operand` gives the value of a variable.
    pub fn holds<'a>(&'a self, operand: &impl Fn(&Variable) -> Operand<'a>) -> Option<bool> {
        match self.value(operand) {
            Operand::Boolean(value) => Some(value),
            _ => None,
        }
    }

    /// The value of the rule, of whatever type. `operand` gives the value of a variable.
    pub fn value<'a>(&'a self, operand: &impl Fn(&Variable) -> Operand<'a>) -> Operand<'a> {
        self.tree.evaluate(operand)
    }

    /// The compiled form for browsers: a literal as itself, everything else an array that starts with its operator.
    pub fn json(&self) -> serde_json::Value {
        self.tree.json()
    }

    /// The variables that the rule names, in order of first mention, each once.
    pub fn variables(&self) -> Vec<&Variable> {
        let mut named = Vec::new();
        self.tree.each_variable(&mut |variable| {
            if !named.contains(&variable) {
                named.push(variable);
            }
        });
        named
    }

    /// Calls `visit` with every variable and literal that the rule holds to be equal, unequal or one of a list.
    pub(super) fn each_equality<'r>(&'r self, visit: &mut impl FnMut(&'r Variable, &'r Literal)) {
        self.tree.each_equality(visit);
    }

    /// Calls `visit` with every variable mentioned, as often as it is mentioned.
    pub(super) fn each_variable<'r>(&'r self, visit: &mut impl FnMut(&'r Variable)) {
        self.tree.each_variable(visit);
    }
}

/// The rule printed from its compiled form: canonical spacing, fewest parentheses. Parsing it gives the same rule.
impl std::fmt::Display for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.tree)
    }
}

/// A variable of a rule: a question, or the predefined `mode`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its code.
    pub code: String,
    /// Its position in the [`Scope`], which for a questionnaire is the position of the question; [`Variable::MODE`] for `mode`.
    pub place: usize,
}

impl Variable {
    /// The place of the predefined variable `mode`.
    pub const MODE: usize = usize::MAX;
}

/// A constant of a rule.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// A finite number.
    Number(f64),
    /// A text.
    Text(String),
    /// True or false.
    Boolean(bool),
}

/// A compiled rule. Only well-typed trees are ever built.
#[derive(Debug, Clone, PartialEq)]
enum Expression {
    Literal(Literal),
    Variable(Variable),
    /// Number of choices chosen; 0 if unanswered.
    Count(Variable),
    /// Whether there is an answer; never unknown.
    Answered(Variable),
    Negate(Box<Expression>),
    Arithmetic(Arithmetic, Box<Expression>, Box<Expression>),
    Compare(Comparison, Box<Expression>, Box<Expression>),
    In(Box<Expression>, Vec<Literal>),
    Not(Box<Expression>),
    And(Vec<Expression>),
    Or(Vec<Expression>),
}

impl Expression {
    fn each_equality<'r>(&'r self, visit: &mut impl FnMut(&'r Variable, &'r Literal)) {
        match self {
            Self::Literal(_) | Self::Variable(_) | Self::Count(_) | Self::Answered(_) => {}
            Self::In(inner, literals) => match inner.as_ref() {
                Self::Variable(variable) => {
                    literals.iter().for_each(|literal| visit(variable, literal))
                }
                other => other.each_equality(visit),
            },
            Self::Compare(Comparison::Equal | Comparison::NotEqual, left, right) => {
                match (left.as_ref(), right.as_ref()) {
                    (Self::Variable(variable), Self::Literal(literal))
                    | (Self::Literal(literal), Self::Variable(variable)) => {
                        visit(variable, literal)
                    }
                    (left, right) => {
                        left.each_equality(visit);
                        right.each_equality(visit);
                    }
                }
            }
            Self::Negate(inner) | Self::Not(inner) => inner.each_equality(visit),
            Self::Arithmetic(_, left, right) | Self::Compare(_, left, right) => {
                left.each_equality(visit);
                right.each_equality(visit);
            }
            Self::And(parts) | Self::Or(parts) => {
                parts.iter().for_each(|part| part.each_equality(visit))
            }
        }
    }

    fn each_variable<'r>(&'r self, visit: &mut impl FnMut(&'r Variable)) {
        match self {
            Self::Literal(_) => {}
            Self::Variable(variable) | Self::Count(variable) | Self::Answered(variable) => {
                visit(variable)
            }
            Self::Negate(inner) | Self::Not(inner) | Self::In(inner, _) => {
                inner.each_variable(visit)
            }
            Self::Arithmetic(_, left, right) | Self::Compare(_, left, right) => {
                left.each_variable(visit);
                right.each_variable(visit);
            }
            Self::And(parts) | Self::Or(parts) => {
                for part in parts {
                    part.each_variable(visit);
                }
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
}

impl Arithmetic {
    const fn symbol(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Equal,
    NotEqual,
    Less,
    AtMost,
    More,
    AtLeast,
}

impl Comparison {
    const fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::More => ">",
            Self::AtLeast => ">=",
        }
    }

    fn of_symbol(symbol: &str) -> Option<Comparison> {
        Some(match symbol {
            "=" | "==" => Self::Equal,
            "!=" => Self::NotEqual,
            "<" => Self::Less,
            "<=" => Self::AtMost,
            ">" => Self::More,
            ">=" => Self::AtLeast,
            _ => return None,
        })
    }

    /// The comparison that says the same with its sides exchanged.
    const fn mirrored(self) -> Comparison {
        match self {
            Self::Less => Self::More,
            Self::AtMost => Self::AtLeast,
            Self::More => Self::Less,
            Self::AtLeast => Self::AtMost,
            same => same,
        }
    }

    fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::Less => left < right,
            Self::AtMost => left <= right,
            Self::More => left > right,
            Self::AtLeast => left >= right,
        }
    }
}
