//! The cells of a release's tables, and how many respondents are in them, unweighted and unrounded.
//! Disclosure control works on them. They are kept in the database and never published.
//!
//! Rows that are in the same cells are one group. So the size grows with the tables, not with the
//! responses.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Name of the cell of the published headline.
pub const WHOLE: &str = "whole";

/// Name of the cell of one level of a domain.
#[must_use]
pub fn level(dimension: &str, level: &str) -> String {
    format!("{dimension}:{level}")
}

/// Who answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// Persons.
    Person,
    /// Shops of a register.
    Shop,
}

/// What the numbers of a measure are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scale {
    /// A share of the respondents: each gives 0 to 1 to one side and the rest to the other.
    Share,
    /// A mean: each gives an amount.
    Mean,
    /// A ratio of amounts: each gives what counts and what does not.
    Ratio,
}

/// The cells of all tables of one release.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cells {
    /// The survey, such as `satisfaction-2026`.
    pub survey: String,
    /// Who answers.
    pub unit: Unit,
    /// One for each estimate that is broken down or shown for the whole.
    pub measures: Vec<Measure>,
}

/// The cells of one estimate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// Name, such as `satisfaction/environment/a1`.
    pub name: String,
    /// What its numbers are.
    pub scale: Scale,
    /// The names of its cells. Those that begin with `hidden:` are in no table; they are the
    /// difference of two that are.
    pub cells: Vec<String>,
    /// Respondents that are in the same cells.
    pub groups: Vec<Group>,
    /// The measures whose mean or sum it is, if everybody answers all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sum_of: Vec<String>,
    /// An earlier measure of the same item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_as: Option<String>,
    /// Answers to each choice of an item in the published part, by its code, "don't know" too.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub choices: BTreeMap<String, u64>,
}

/// Respondents with an answer that are in the same cells.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// The cells, as places in the list of names, ascending.
    pub cells: Vec<usize>,
    /// What they are.
    #[serde(flatten)]
    pub content: Content,
}

/// What is in a group or in a cell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Content {
    /// Respondents with an answer.
    pub n: u64,
    /// Sum of what counts. Of a mean: the sum of the amounts.
    pub counted: f64,
    /// Sum of what does not count. Of a mean: 0.
    pub other: f64,
    /// Respondents who gave something to what counts.
    pub n_counted: u64,
    /// Respondents who gave something to the other side.
    pub n_other: u64,
    /// The largest and the second largest amount (of a share: 0) of one respondent.
    pub largest: [f64; 2],
}

impl Content {
    /// Adds one respondent.
    pub fn add(&mut self, counted: f64, other: f64, size: f64) {
        self.merge(&Content {
            n: 1,
            counted,
            other,
            n_counted: u64::from(counted > 0.0),
            n_other: u64::from(other > 0.0),
            largest: [size, 0.0],
        });
    }

    /// Adds the respondents of `with`.
    pub fn merge(&mut self, with: &Content) {
        self.n += with.n;
        self.counted += with.counted;
        self.other += with.other;
        self.n_counted += with.n_counted;
        self.n_other += with.n_other;
        for size in with.largest {
            let [first, second] = self.largest;
            self.largest = match size {
                size if size > first => [size, first],
                size if size > second => [first, size],
                _ => self.largest,
            };
        }
    }
}

impl Cells {
    /// The measure `name`.
    #[must_use]
    pub fn measure(&self, name: &str) -> Option<&Measure> {
        self.measures.iter().find(|own| own.name == name)
    }
}

impl Measure {
    /// What is in each cell, in the order of their names.
    #[must_use]
    pub fn contents(&self) -> Vec<Content> {
        let mut contents = vec![Content::default(); self.cells.len()];
        for group in &self.groups {
            for place in &group.cells {
                if let Some(content) = contents.get_mut(*place) {
                    content.merge(&group.content);
                }
            }
        }
        contents
    }
}

/// Which rows are in which cells.
pub struct Layout {
    /// Names of the cells.
    pub names: Vec<String>,
    /// For each row its place in `sets`.
    of_row: Vec<usize>,
    /// Distinct sets of cells; the first is empty.
    sets: Vec<Vec<usize>>,
}

impl Layout {
    /// `rows` rows in no cell.
    #[must_use]
    pub fn new(rows: usize) -> Layout {
        Layout {
            names: Vec::new(),
            of_row: vec![0; rows],
            sets: vec![Vec::new()],
        }
    }

    /// Adds cells. `place` gives the place of each row among `names`, if it is in one of them.
    pub fn push(&mut self, names: Vec<String>, place: impl Fn(usize) -> Option<usize>) {
        let first = self.names.len();
        let width = names.len();
        self.names.extend(names);
        // The set that each set becomes with each of the cells.
        let mut next: Vec<Option<usize>> = vec![None; self.sets.len() * width];
        for (row, set) in self.of_row.iter_mut().enumerate() {
            let Some(place) = place(row).filter(|place| *place < width) else {
                continue;
            };
            let Some(known) = next.get_mut(*set * width + place) else {
                continue;
            };
            *set = *known.get_or_insert_with(|| {
                let mut cells = self.sets.get(*set).cloned().unwrap_or_default();
                cells.push(first + place);
                self.sets.push(cells);
                self.sets.len() - 1
            });
        }
    }

    /// The groups of the rows for which `of` gives what counts, what does not, and the size.
    #[must_use]
    pub fn groups(&self, of: impl Fn(usize) -> Option<[f64; 3]>) -> Vec<Group> {
        let mut contents = vec![Content::default(); self.sets.len()];
        for (row, set) in self.of_row.iter().enumerate() {
            let Some(content) = contents.get_mut(*set).filter(|_| *set > 0) else {
                continue;
            };
            if let Some([counted, other, size]) = of(row) {
                content.add(counted, other, size);
            }
        }
        let groups = self.sets.iter().cloned().zip(contents);
        let mut groups: Vec<Group> = groups
            .filter(|(_, content)| content.n > 0)
            .map(|(cells, content)| Group { cells, content })
            .collect();
        // The order must not tell in which order the responses came.
        groups.sort_by(|a, b| a.cells.cmp(&b.cells));
        groups
    }

    /// Whether a row is in a cell.
    #[must_use]
    pub fn has(&self, row: usize, cell: usize) -> bool {
        let set = self.of_row.get(row).and_then(|set| self.sets.get(*set));
        set.is_some_and(|set| set.contains(&cell))
    }
}
