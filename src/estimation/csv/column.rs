//! The cells of a column as numbers or as labels.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "codes below the level count, rows below the size of a batch"
)]

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;

use crate::estimation::columns::{
    Category, Codes, Column, MISSING, Numbers, all_numbers, compare_levels, number,
};
use crate::estimation::csv::batch::BATCH;
use crate::estimation::csv::wanted::{Role, Wanted};
use crate::estimation::error::Code;

/// The cells of a column in one piece of the file.
pub(super) enum Cells {
    Numbers(Numbers),
    Labels(Labels),
}

impl Cells {
    /// Room for about `rows` cells.
    pub(super) fn new(wanted: &Wanted, rows: usize) -> Self {
        match wanted.role {
            Role::Number => Self::Numbers(Numbers::with_capacity(rows)),
            Role::Category | Role::Code => Self::Labels(Labels::new(rows)),
        }
    }

    /// Adds at most [`BATCH`] cells. `fault` is called for each that is not what the column
    /// holds, with its number among these cells, its text, the kind of fault and a sentence.
    pub(super) fn extend<'a>(
        &mut self,
        cells: impl ExactSizeIterator<Item = &'a [u8]>,
        wanted: &Wanted,
        mut fault: impl FnMut(usize, String, Code, String),
    ) {
        let count = cells.len();
        match self {
            Self::Numbers(numbers) => {
                let mut values = [f64::NAN; BATCH];
                for (row, (value, cell)) in values.iter_mut().zip(cells).enumerate() {
                    match cell_number(cell) {
                        Some(number) => *value = number,
                        None if is_missing(cell, wanted) => {}
                        None => {
                            let text = String::from_utf8_lossy(cell).into_owned();
                            let message = not_a_number(&text);
                            fault(row, text, Code::NotANumber, message);
                        }
                    }
                }
                numbers.extend(&values[..count]);
            }
            Self::Labels(labels) => {
                let mut codes = [MISSING; BATCH];
                for (code, cell) in codes.iter_mut().zip(cells) {
                    *code = labels.code(cell, wanted);
                }
                labels.codes.extend(&codes[..count]);
                if labels.any_fault {
                    for (row, code) in codes[..count].iter().enumerate() {
                        if let Some(level) = labels.levels.get(*code as usize)
                            && let Some((kind, message)) = &level.fault
                        {
                            fault(row, level.text.clone(), *kind, message.clone());
                        }
                    }
                }
            }
        }
    }
}

/// A number, NaN of an empty cell, `None` of anything else.
#[inline]
fn cell_number(cell: &[u8]) -> Option<f64> {
    match cell {
        [] => Some(f64::NAN),
        [digit @ b'0'..=b'9'] => Some(f64::from(*digit - b'0')),
        _ => match fast_float2::parse::<f64, _>(cell) {
            Ok(value) if value.is_finite() => Some(value),
            // Blanks around a number.
            _ => number(std::str::from_utf8(cell).ok()?),
        },
    }
}

fn is_missing(cell: &[u8], wanted: &Wanted) -> bool {
    wanted.missing.iter().any(|text| text.as_bytes() == cell)
}

/// The labels of one piece, in the order of first appearance.
pub(super) struct Labels {
    codes: Codes,
    levels: Vec<Level>,
    any_fault: bool,
    /// The codes of labels of one byte, by far the commonest; [`UNSEEN`] before their first cell.
    single: Box<[u32; 256]>,
    /// The codes of labels of up to seven bytes, by [`word`].
    short: HashMap<u64, u32, RandomState>,
    /// The codes of longer labels.
    index: HashMap<Box<[u8]>, u32, RandomState>,
}

struct Level {
    text: String,
    fault: Option<(Code, String)>,
}

const UNSEEN: u32 = MISSING - 1;

impl Labels {
    fn new(rows: usize) -> Self {
        Self {
            codes: Codes::with_capacity(rows),
            levels: Vec::new(),
            any_fault: false,
            single: Box::new([UNSEEN; 256]),
            short: HashMap::default(),
            index: HashMap::default(),
        }
    }

    #[inline]
    fn code(&mut self, cell: &[u8], wanted: &Wanted) -> u32 {
        match cell {
            [] => MISSING,
            [byte] => {
                let at = usize::from(*byte);
                if self.single[at] == UNSEEN {
                    self.single[at] = self.add(cell, wanted);
                }
                self.single[at]
            }
            _ => {
                let known = if cell.len() < 8 {
                    self.short.get(&word(cell))
                } else {
                    self.index.get(cell)
                };
                match known {
                    Some(&code) => code,
                    None => self.add(cell, wanted),
                }
            }
        }
    }

    /// The code of a label that has not been seen before.
    #[cold]
    fn add(&mut self, cell: &[u8], wanted: &Wanted) -> u32 {
        let code = if is_missing(cell, wanted) {
            MISSING
        } else {
            let fault = label_fault(cell, wanted);
            self.any_fault |= fault.is_some();
            self.levels.push(Level {
                text: String::from_utf8_lossy(cell).into_owned(),
                fault,
            });
            (self.levels.len() - 1) as u32
        };
        if cell.len() < 8 {
            self.short.insert(word(cell), code);
        } else {
            self.index.insert(cell.into(), code);
        }
        code
    }
}

/// A text of up to seven bytes as a number: its length, then its bytes.
#[inline]
fn word(text: &[u8]) -> u64 {
    text.iter().fold(text.len() as u64, |word, byte| {
        (word << 8) | u64::from(*byte)
    })
}

/// Why a label is not allowed in its column.
fn label_fault(cell: &[u8], wanted: &Wanted) -> Option<(Code, String)> {
    let Ok(text) = std::str::from_utf8(cell) else {
        let text = String::from_utf8_lossy(cell);
        return Some((Code::CsvInvalid, format!("{text:?} is not UTF-8")));
    };
    if wanted.role == Role::Code && number(text).is_none() {
        return Some((Code::NotANumber, not_a_number(text)));
    }
    if wanted.role == Role::Category && is_marker(text) {
        let message = format!(
            "{text:?} stands for a missing value; leave the cell empty, or name it in `missing`"
        );
        return Some((Code::NotACode, message));
    }
    let known =
        |code: &String| code == text || number(code).is_some_and(|n| number(text) == Some(n));
    if !wanted.codes.is_empty() && !wanted.codes.iter().any(known) {
        let codes = wanted.codes.join(", ");
        let message = format!("{text:?} is none of the codes {codes}, and not in `missing`");
        return Some((Code::NotACode, message));
    }
    None
}

fn not_a_number(text: &str) -> String {
    if is_marker(text) {
        format!("{text:?} is not a number; leave the cell empty, or name it in `missing`")
    } else {
        format!("{text:?} is not a number")
    }
}

/// Whether a text stands for a missing value in R, pandas, SAS, Stata or a spreadsheet, or is an
/// error that a spreadsheet wrote.
pub(in crate::estimation) fn is_marker(text: &str) -> bool {
    const MARKERS: [&str; 22] = [
        "na", "n/a", "#n/a", "#na", "#n/a n/a", "<na>", "nan", "-nan", "null", "(null)", "#null!",
        "#div/0!", "#value!", "#ref!", "#name?", "#num!", ".", "..", "-", "--", "—", "?",
    ];
    let text = text.trim().to_lowercase();
    text.is_empty() || MARKERS.contains(&text.as_str())
}

/// The column of which these are the parts in turn.
pub(super) fn join(parts: Vec<Cells>) -> Column {
    let (mut numbers, mut labels) = (Vec::new(), Vec::new());
    for part in parts {
        match part {
            Cells::Numbers(part) => numbers.push(part),
            Cells::Labels(part) => labels.push(part),
        }
    }
    if labels.is_empty() {
        Column::Numeric(Arc::new(Numbers::concat(numbers)))
    } else {
        Column::Category(join_labels(&labels))
    }
}

fn join_labels(parts: &[Labels]) -> Category {
    let all = parts.iter().flat_map(|part| &part.levels);
    let mut levels: Vec<String> = all.map(|level| level.text.clone()).collect();
    levels.sort_unstable();
    levels.dedup();
    let numeric = all_numbers(&levels);
    levels.sort_by(|a, b| compare_levels(a, b, numeric));
    let place: HashMap<&str, u32> = levels.iter().map(String::as_str).zip(0..).collect();
    let mut codes = Codes::with_capacity(parts.iter().map(|part| part.codes.len()).sum());
    for part in parts {
        let own = part.levels.iter().map(|level| level.text.as_str());
        let to: Vec<u32> = own
            .map(|text| place.get(text).copied().unwrap_or(MISSING))
            .collect();
        codes.extend_mapped(&part.codes, &to);
    }
    Category {
        codes: Arc::new(codes),
        levels: Arc::new(levels),
    }
}
