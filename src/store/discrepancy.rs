//! The contradictions that an audit of the log can find.

/// A contradiction between the log, the rows and the stored counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Discrepancy {
    /// A leaf is missing or repeated.
    NotDense {
        /// Index that was expected next.
        expected: i64,
        /// Index that was found.
        found: i64,
    },
    /// The hash of the response differs from the hash in its leaf.
    Altered {
        /// The leaf.
        index: i64,
    },
    /// No row belongs to the leaf.
    RowMissing {
        /// The leaf.
        index: i64,
    },
    /// The response has the number of a leaf that does not exist or belongs to another row.
    LeafMissing {
        /// The number in the response.
        index: i64,
    },
    /// A row of another table differs from its leaf, or has the number of another row's leaf.
    Row {
        /// The table.
        table: &'static str,
        /// The leaf; -1 if the row could not be decoded.
        index: i64,
    },
    /// A search by id does not find the response, because the database index on the id is damaged.
    /// The same response could be stored twice, and its receipt is not found.
    NotIndexed {
        /// The leaf.
        index: i64,
    },
    /// The first or last leaf that `tally` stores for a survey and mode is wrong. A reader would
    /// miss responses.
    LeafRange {
        /// The survey.
        survey: String,
        /// The mode.
        mode: String,
        /// First and last leaf of the rows.
        rows: (i64, i64),
        /// First and last leaf that `tally` stores.
        stored: (i64, i64),
    },
    /// The number of responses in `tally` differs from the number of rows.
    Count {
        /// The survey.
        survey: String,
        /// The mode.
        mode: String,
        /// Number of rows.
        rows: u64,
        /// Number that `tally` stores.
        stored: u64,
    },
}

impl std::fmt::Display for Discrepancy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Discrepancy::NotDense { expected, found } => {
                write!(f, "expected leaf {expected}, found leaf {found}")
            }
            Discrepancy::Altered { index } => {
                write!(f, "the response at leaf {index} is not what was logged")
            }
            Discrepancy::RowMissing { index } => {
                write!(f, "the response at leaf {index} is missing")
            }
            Discrepancy::LeafMissing { index } => {
                write!(
                    f,
                    "a response names leaf {index}, which is missing or belongs to another row"
                )
            }
            Discrepancy::Row { table, index } => {
                write!(f, "{table}: the row of leaf {index} is not what was logged")
            }
            Discrepancy::NotIndexed { index } => {
                write!(f, "the response at leaf {index} is not found by its id")
            }
            Discrepancy::LeafRange {
                survey,
                mode,
                rows,
                stored,
            } => write!(
                f,
                "{survey}: responses by mode {mode} are at leaves {} to {}, the \
                 stored range is {} to {}",
                rows.0, rows.1, stored.0, stored.1
            ),
            Discrepancy::Count {
                survey,
                mode,
                rows,
                stored,
            } => write!(
                f,
                "{survey}: {rows} responses by mode {mode}, the stored count is {stored}"
            ),
        }
    }
}
