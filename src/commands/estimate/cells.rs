//! Cells of printed tables: numbers, percentages, domains, aligned columns.

use std::io::{self, Write};

/// What is printed where there is no number.
pub(super) const NO_NUMBER: &str = "–";

/// Prints rows in columns as wide as their widest cell; columns of `numbers` to the right.
pub(super) fn print_aligned(
    out: &mut impl Write,
    rows: &[Vec<String>],
    numbers: &[bool],
) -> io::Result<()> {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..numbers.len()).map(width).collect();
    for row in rows {
        let mut line = String::new();
        for ((cell, width), numbers) in row.iter().zip(&widths).zip(numbers) {
            let padding = " ".repeat(width - cell.chars().count());
            line.push_str(&match numbers {
                true => format!("{padding}{cell}  "),
                false => format!("{cell}{padding}  "),
            });
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// A share in per cent with one decimal.
pub(super) fn percent(share: f64) -> String {
    if share.is_nan() {
        return NO_NUMBER.to_owned();
    }
    format!("{:.1} %", share * 100.0)
}

/// A number with a number of decimals.
pub(super) fn number(value: f64, decimals: usize) -> String {
    if value.is_nan() {
        return NO_NUMBER.to_owned();
    }
    format!("{value:.decimals$}")
}

/// A domain in words.
pub(super) fn domain_of(domain: &[(String, String)]) -> String {
    if domain.is_empty() {
        return "all".to_owned();
    }
    let levels = domain
        .iter()
        .map(|(column, label)| format!("{column} {label}"));
    levels.collect::<Vec<_>>().join(", ")
}
