//! Reads the values of one question as its kind demands.

use std::borrow::Cow;

use super::fault::{FaultKind, clipped};
use super::sheet::{Slot, has_control};
use super::value::{Code, Value};
use crate::questionnaire::area::Areas;
use crate::questionnaire::choice::Choice;
use crate::questionnaire::instrument::{Kind, Question};
use crate::questionnaire::rule::evaluate::{Chosen, Operand};
use crate::questionnaire::text::Text;

/// An answer without fault. Choices are positions in the list of choices.
#[derive(Debug, Clone)]
pub(super) enum Filled<'f> {
    Choice(usize),
    /// Bit `i` is 1 if choice `i` is chosen.
    Choices(u128),
    Integer(i64),
    Decimal {
        digits: String,
        number: f64,
    },
    Text(Cow<'f, str>),
    Area(String),
}

impl Filled<'_> {
    /// The value in a rule; `numeric` says whether the codes of the question are numbers there.
    pub(super) fn operand<'a>(&'a self, question: &'a Question, numeric: bool) -> Operand<'a> {
        let choices = question.choices();
        match self {
            Self::Choice(place) => match choices.get(*place) {
                Some(choice) if numeric => {
                    choice.number().map_or(Operand::Unknown, Operand::Number)
                }
                Some(choice) => Operand::Text(&choice.code),
                None => Operand::Unknown,
            },
            Self::Choices(mask) => Operand::Set(Chosen::Choices(choices, *mask)),
            // Exact: answers are at most 2^53 in size.
            #[expect(
                clippy::as_conversions,
                reason = "no From<i64> for f64; |number| <= 2^53 is checked on reading"
            )]
            Self::Integer(number) => Operand::Number(*number as f64),
            Self::Decimal { number, .. } => Operand::Number(*number),
            Self::Text(text) => Operand::Text(text),
            Self::Area(code) => Operand::Text(code),
        }
    }

    pub(super) fn into_value(self, question: &Question) -> Value {
        let choices = question.choices();
        match self {
            Self::Choice(place) => Value::Choice(Code::of(
                choices.get(place).map_or("", |choice| choice.code.as_str()),
            )),
            Self::Choices(mask) => Value::Choices(
                chosen(choices, mask)
                    .map(|choice| Code::of(&choice.code))
                    .collect(),
            ),
            Self::Integer(number) => Value::Integer(number),
            Self::Decimal { digits, .. } => Value::Decimal(digits),
            Self::Text(text) => Value::Text(text.into_owned()),
            Self::Area(code) => Value::Area(code),
        }
    }
}

fn chosen(choices: &[Choice], mask: u128) -> impl Iterator<Item = &Choice> {
    choices
        .iter()
        .enumerate()
        .filter(move |(place, _)| (mask >> place) & 1 == 1)
        .map(|(_, choice)| choice)
}

/// Reads the values of `slot` as an answer to `question`; `None` if there is none.
///
/// # Errors
/// What is wrong with the answer.
pub(super) fn read<'f>(
    question: &Question,
    areas: &Areas,
    slot: &Slot<'f>,
) -> Result<Option<Filled<'f>>, FaultKind> {
    let Some(first) = &slot.first else {
        return Ok(None);
    };
    if slot.values().any(has_control) {
        return Err(FaultKind::ControlCharacter);
    }
    let filled = match &question.kind {
        Kind::Single(choices) => Filled::Choice(place_of(choices, first)?),
        Kind::Multiple {
            choices,
            min_choices,
            max_choices,
        } => multiple(choices, (*min_choices, *max_choices), slot)?,
        Kind::Integer { min, max, unit } => integer(&folded(first), (*min, *max), unit)?,
        Kind::Decimal {
            min,
            max,
            decimals,
            unit,
        } => decimal(&folded(first), (*min, *max), *decimals, unit)?,
        Kind::Text { max_length } => text(first, *max_length)?,
        Kind::Area { kinds } => area(&folded(first), kinds, areas)?,
        Kind::Note => return Ok(None),
    };
    Ok(Some(filled))
}

/// The text without blanks at its ends, and with full-width ASCII characters, which Chinese
/// keyboards write, made half-width.
pub(super) fn folded(given: &str) -> Cow<'_, str> {
    let trimmed = given.trim();
    if trimmed.is_ascii() {
        return Cow::Borrowed(trimmed);
    }
    Cow::Owned(trimmed.chars().map(half_width).collect())
}

/// The ASCII character of a full-width one; any other character as it is.
pub fn half_width(wide: char) -> char {
    // U+FF01..=U+FF5E are the characters `!`..=`~` at a fixed distance.
    const DISTANCE: u32 = 0xff01 - 0x21;
    match wide {
        '\u{ff01}'..='\u{ff5e}' => u32::from(wide)
            .checked_sub(DISTANCE)
            .and_then(char::from_u32)
            .unwrap_or(wide),
        other => other,
    }
}

fn place_of(choices: &[Choice], given: &str) -> Result<usize, FaultKind> {
    let code = folded(given);
    let place = choices.iter().position(|choice| choice.code == code);
    place.ok_or_else(|| FaultKind::NotAChoice {
        given: clipped(given.trim()),
    })
}

fn multiple<'f>(
    choices: &[Choice],
    (min, max): (u32, u32),
    slot: &Slot<'_>,
) -> Result<Filled<'f>, FaultKind> {
    let mut mask = 0_u128;
    for given in slot.values() {
        let bit = 1_u128 << place_of(choices, given)?;
        if mask & bit != 0 {
            return Err(FaultKind::DuplicateField);
        }
        mask |= bit;
    }
    let count = mask.count_ones();
    let exclusive = chosen(choices, mask).find(|choice| choice.exclusive);
    match exclusive {
        Some(choice) if count > 1 => Err(FaultKind::Exclusive {
            choice: choice.label.clone(),
        }),
        // "None of these" alone is a full answer, whatever the smallest number of choices is.
        None if count < min => Err(FaultKind::TooFewChoices { min_choices: min }),
        _ if count > max => Err(FaultKind::TooManyChoices { max_choices: max }),
        _ => Ok(Filled::Choices(mask)),
    }
}

/// Whether a number is negative, and its digits before and after the point; `None` if `written` is
/// no plain number. Minus zero is no number.
fn parts(written: &str) -> Option<(bool, &str, Option<&str>)> {
    let (negative, digits) = match written.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, written.strip_prefix('+').unwrap_or(written)),
    };
    let (whole, fraction) = match digits.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (digits, None),
    };
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let some_digit = !whole.is_empty() || fraction.is_some_and(|fraction| !fraction.is_empty());
    let zero = digits.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    let plain =
        all_digits(whole) && fraction.is_none_or(all_digits) && some_digit && !(negative && zero);
    plain.then(|| (negative, whole.trim_start_matches('0'), fraction))
}

fn integer<'f>(
    written: &str,
    (min, max): (i64, i64),
    unit: &Text,
) -> Result<Filled<'f>, FaultKind> {
    let (negative, whole, fraction) = parts(written).ok_or_else(|| FaultKind::NotANumber {
        given: clipped(written),
    })?;
    if fraction.is_some() {
        return Err(FaultKind::NotAWholeNumber {
            given: clipped(written),
        });
    }
    let size = if whole.is_empty() {
        Some(0)
    } else {
        whole.parse::<i64>().ok()
    };
    let number = size.map(|size| {
        if negative {
            size.saturating_neg()
        } else {
            size
        }
    });
    match number {
        Some(number) if number < min => Err(FaultKind::BelowMin {
            min: min.to_string(),
            unit: unit.clone(),
        }),
        Some(number) if number <= max => Ok(Filled::Integer(number)),
        None if negative => Err(FaultKind::BelowMin {
            min: min.to_string(),
            unit: unit.clone(),
        }),
        _ => Err(FaultKind::AboveMax {
            max: max.to_string(),
            unit: unit.clone(),
        }),
    }
}

fn decimal<'f>(
    written: &str,
    (min, max): (f64, f64),
    decimals: u32,
    unit: &Text,
) -> Result<Filled<'f>, FaultKind> {
    let not_a_number = || FaultKind::NotANumber {
        given: clipped(written),
    };
    let (negative, whole, fraction) = parts(written).ok_or_else(not_a_number)?;
    let fraction = fraction.filter(|fraction| !fraction.is_empty());
    if fraction
        .is_some_and(|fraction| u32::try_from(fraction.len()).is_ok_and(|digits| digits > decimals))
    {
        return Err(FaultKind::TooManyDecimals { decimals });
    }
    let mut digits = String::with_capacity(written.len().saturating_add(1));
    digits.push_str(if negative { "-" } else { "" });
    digits.push_str(if whole.is_empty() { "0" } else { whole });
    if let Some(fraction) = fraction {
        digits.push('.');
        digits.push_str(fraction);
    }
    let number: f64 = digits.parse().map_err(|_| not_a_number())?;
    if number < min {
        return Err(FaultKind::BelowMin {
            min: min.to_string(),
            unit: unit.clone(),
        });
    }
    if number > max {
        return Err(FaultKind::AboveMax {
            max: max.to_string(),
            unit: unit.clone(),
        });
    }
    Ok(Filled::Decimal { digits, number })
}

fn text<'f>(given: &Cow<'f, str>, max_length: u32) -> Result<Filled<'f>, FaultKind> {
    // Browsers send every line break as CR LF; a CR alone is no line break.
    let unix = if given.contains('\r') {
        Cow::Owned(given.replace("\r\n", "\n"))
    } else {
        given.clone()
    };
    if unix.contains('\r') {
        return Err(FaultKind::ControlCharacter);
    }
    let trimmed = match unix {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    };
    let allowed = usize::try_from(max_length).unwrap_or(usize::MAX);
    // A text has no more characters than bytes, so a short one need not be counted.
    let length = if trimmed.len() <= allowed {
        0
    } else {
        trimmed.chars().count()
    };
    if length > allowed {
        return Err(FaultKind::TooLong { length, max_length });
    }
    Ok(Filled::Text(trimmed))
}

fn area<'f>(code: &str, kinds: &[String], areas: &Areas) -> Result<Filled<'f>, FaultKind> {
    let area = areas.get(code).filter(|area| kinds.contains(&area.kind));
    area.map(|area| Filled::Area(area.code.clone()))
        .ok_or_else(|| FaultKind::NotAnArea {
            given: clipped(code),
        })
}
