//! A rule as a tree of operators, variables and constants.

/// A variable of a rule: a question, or the predefined `mode`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its code.
    pub code: String,
    /// Its position in the scope: in a questionnaire the position of the question, and
    /// [`Variable::MODE`] for `mode`.
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

/// A compiled rule. The parser checks all types, so every tree is well-typed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Expression {
    Literal(Literal),
    Variable(Variable),
    /// How many choices are chosen; 0 if the question is unanswered.
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
    /// Calls `visit` with every variable and constant that the rule compares with `=`, `!=` or
    /// `in`.
    pub(super) fn each_equality<'r>(&'r self, visit: &mut impl FnMut(&'r Variable, &'r Literal)) {
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

    /// Calls `visit` with every constant.
    pub(crate) fn each_literal<'r>(&'r self, visit: &mut impl FnMut(&'r Literal)) {
        match self {
            Self::Literal(literal) => visit(literal),
            Self::Variable(_) | Self::Count(_) | Self::Answered(_) => {}
            Self::In(inner, literals) => {
                inner.each_literal(visit);
                literals.iter().for_each(visit);
            }
            Self::Negate(inner) | Self::Not(inner) => inner.each_literal(visit),
            Self::Arithmetic(_, left, right) | Self::Compare(_, left, right) => {
                left.each_literal(visit);
                right.each_literal(visit);
            }
            Self::And(parts) | Self::Or(parts) => {
                parts.iter().for_each(|part| part.each_literal(visit));
            }
        }
    }

    /// Whether the rule computes with numbers, and does not only compare them.
    pub(crate) fn has_arithmetic(&self) -> bool {
        match self {
            Self::Literal(_) | Self::Variable(_) | Self::Count(_) | Self::Answered(_) => false,
            Self::Arithmetic(..) | Self::Negate(_) => true,
            Self::Not(inner) | Self::In(inner, _) => inner.has_arithmetic(),
            Self::Compare(_, left, right) => left.has_arithmetic() || right.has_arithmetic(),
            Self::And(parts) | Self::Or(parts) => parts.iter().any(Self::has_arithmetic),
        }
    }

    /// Calls `visit` with every variable, as often as the rule names it.
    pub(super) fn each_variable<'r>(&'r self, visit: &mut impl FnMut(&'r Variable)) {
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
pub(crate) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
}

impl Arithmetic {
    pub(super) const fn symbol(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    AtMost,
    More,
    AtLeast,
}

impl Comparison {
    pub(super) const fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::More => ">",
            Self::AtLeast => ">=",
        }
    }

    pub(super) fn of_symbol(symbol: &str) -> Option<Comparison> {
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

    /// The comparison that means the same when both sides change places.
    pub(crate) const fn mirrored(self) -> Comparison {
        match self {
            Self::Less => Self::More,
            Self::AtMost => Self::AtLeast,
            Self::More => Self::Less,
            Self::AtLeast => Self::AtMost,
            same => same,
        }
    }

    pub(crate) fn holds(self, left: f64, right: f64) -> bool {
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
