//! Rounding of figures for readers.

/// `value` with `decimals` decimals, halves rounded away from zero, as statistical yearbooks do. Not
/// a number if it is not finite.
#[must_use]
pub fn half_up(value: f64, decimals: usize) -> f64 {
    let power = 10_f64.powi(i32::try_from(decimals).unwrap_or(0));
    // 0.285 × 100 is 28.499999999999996 in binary. Half a unit in the last place is added to it.
    let scaled = value.abs() * power;
    let rounded = (scaled + 0.5 + scaled * f64::EPSILON).floor() / power;
    match value < 0.0 && rounded > 0.0 {
        true => -rounded,
        false => rounded,
    }
}

/// How many decimals to print: at least `least`, and enough that the printed value is on the same
/// side of `line` as the value. So 89.996 is not printed as 90.00 beside a target of 90.
#[must_use]
pub fn decimals(value: f64, line: Option<f64>, least: usize) -> usize {
    let Some(line) = line else { return least };
    let line_shown = half_up(line, 6);
    (least..7)
        .find(|decimals| (half_up(value, *decimals) >= line_shown) == (value >= line))
        .unwrap_or(7)
}
