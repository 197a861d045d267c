//! Which columns are read, and what their cells are.

/// What the cells of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Labels: any text except those that mean a missing value in other programs, such as `NA`.
    Category,
    /// Labels that are numbers, such as the codes of answers.
    Code,
    /// Numbers.
    Number,
}

/// A column that is to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Its name in the header.
    pub name: String,
    /// What its cells are.
    pub role: Role,
    /// Texts that are missing values, besides the empty cell.
    pub missing: Vec<String>,
    /// The codes that its cells may hold; none: any.
    pub codes: Vec<String>,
}

impl Wanted {
    /// A column in which only empty cells are missing and any code may occur.
    #[must_use]
    pub fn new(name: impl Into<String>, role: Role) -> Self {
        Self {
            name: name.into(),
            role,
            missing: Vec::new(),
            codes: Vec::new(),
        }
    }
}
