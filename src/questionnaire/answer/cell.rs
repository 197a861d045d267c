//! One cell of a table: codes or labels, written as people and spreadsheet programs write them.
//!
//! What is unambiguous is accepted. Everything else stays as it is, and the walk reports it.

use std::borrow::Cow;

use super::read::folded;
use crate::questionnaire::choice::Choice;
use crate::questionnaire::text::Text;

/// What a cell in the column of one choice can contain if the choice is chosen.
const CHOSEN: [&str; 9] = ["1", "true", "yes", "y", "x", "是", "√", "✓", "✔"];

/// What it can contain if the choice is not chosen; it can also be empty.
const NOT_CHOSEN: [&str; 6] = ["0", "false", "no", "n", "否", "×"];

/// The code that a cell stands for, among `options` of code and label: the code itself, a label
/// that only one option has, the code with `.0` at its end, or code and label with a blank between.
/// `None` if it is none of these.
///
/// Spreadsheet programs write `.0` after a code that they take for a number. No code of a choice or
/// area contains a point, so `5.0` can only mean `5`.
pub(super) fn code<'q>(
    options: impl Iterator<Item = (&'q str, &'q Text)> + Clone,
    cell: &str,
) -> Option<&'q str> {
    let written = folded(cell);
    let codes = || options.clone().map(|(code, _)| code);
    if let Some(code) = codes().find(|code| *code == written) {
        return Some(code);
    }
    let label = cell.trim();
    only(options.clone(), |own| own == label)
        .or_else(|| only(options.clone(), |own| folded(own) == written))
        .or_else(|| {
            let whole = without_zeros(&written)?;
            codes().find(|code| *code == whole)
        })
        .or_else(|| {
            let (code, label) = written.split_once(' ')?;
            let mut named = options.filter(|(own, _)| *own == code);
            let (code, labels) = named.next()?;
            let is_own = |own: &String| folded(own) == label.trim();
            labels.0.values().any(is_own).then_some(code)
        })
}

/// The code of the only option with a label, in any language, for which `fits` is true.
fn only<'q>(
    options: impl Iterator<Item = (&'q str, &'q Text)>,
    fits: impl Fn(&str) -> bool,
) -> Option<&'q str> {
    let mut named = options.filter(|(_, label)| label.0.values().any(|own| fits(own)));
    match (named.next(), named.next()) {
        (Some((code, _)), None) => Some(code),
        _ => None,
    }
}

/// Whether the choice is chosen, by the cell in its column; `None` if the cell says neither.
pub(super) fn is_chosen(choice: &Choice, cell: &str) -> Option<bool> {
    let written = folded(cell);
    let mark = without_zeros(&written).unwrap_or(&written).to_lowercase();
    if CHOSEN.contains(&mark.as_str()) {
        Some(true)
    } else if mark.is_empty() || NOT_CHOSEN.contains(&mark.as_str()) {
        Some(false)
    } else {
        let label = (choice.code.as_str(), &choice.label);
        only(std::iter::once(label), |own| folded(own) == written).map(|_| true)
    }
}

/// A whole number without the `.0` or `.00` that a spreadsheet program adds.
pub(super) fn integer(cell: &str) -> Cow<'_, str> {
    match folded(cell) {
        Cow::Borrowed(written) => Cow::Borrowed(without_zeros(written).unwrap_or(written)),
        Cow::Owned(written) => {
            let whole = without_zeros(&written).map(str::to_owned);
            Cow::Owned(whole.unwrap_or(written))
        }
    }
}

/// A decimal without the zeros at its end that exceed `decimals` digits: `1.50` is `1.5`. Three
/// digits after the point are left, because `1.500` can also mean one thousand five hundred.
pub(super) fn decimal(cell: &str, decimals: u32) -> Cow<'_, str> {
    let written = folded(cell);
    let digits = written
        .split_once('.')
        .map_or(0, |(_, digits)| digits.len());
    let allowed = usize::try_from(decimals).unwrap_or(usize::MAX);
    let end = written.len().saturating_sub(digits.saturating_sub(allowed));
    let superfluous = written.get(end..).unwrap_or_default();
    if digits == 3 || superfluous.is_empty() || superfluous.bytes().any(|byte| byte != b'0') {
        return written;
    }
    Cow::Owned(written.get(..end).unwrap_or_default().to_owned())
}

/// The digits before `.0` or `.00`; `None` if `written` is no whole number that ends so. Three
/// zeros are not accepted: `5.000` can mean five thousand.
fn without_zeros(written: &str) -> Option<&str> {
    let whole = written
        .strip_suffix(".00")
        .or_else(|| written.strip_suffix(".0"))?;
    let digits = whole.strip_prefix('-').unwrap_or(whole);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some(whole)
}
