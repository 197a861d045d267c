//! Round ticks around the values of a chart.

/// An axis with round ends.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// Left or lower end.
    pub low: f64,
    /// Right or upper end.
    pub high: f64,
    /// Round values from `low` to `high`.
    pub ticks: Vec<f64>,
    /// Distance between ticks.
    pub step: f64,
}

impl Axis {
    /// An axis that holds every finite one of `values` and ends within `bounds`.
    pub fn around(values: impl IntoIterator<Item = f64>, bounds: (f64, f64)) -> Axis {
        let (low, high) = values
            .into_iter()
            .filter(|value| value.is_finite())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
                (low.min(value), high.max(value))
            });
        // Without values, or with zeros only, any axis is right; 0 to 1 reads well.
        let known = low <= high && (low, high) != (0.0, 0.0);
        let (low, high) = if known { (low, high) } else { (0.0, 1.0) };
        let step = step((high - low).max(high.abs() * 0.02).max(1e-9) / 4.0);
        let mut start = (low / step + 1e-9).floor();
        let mut end = (high / step - 1e-9).ceil();
        if end <= start {
            start -= 1.0;
            end += 1.0;
        }
        let low = (start * step).max(bounds.0);
        let high = (end * step).min(bounds.1);
        let mut ticks = Vec::new();
        let mut count = (low / step - 1e-9).ceil();
        while count * step <= high + step * 1e-6 && ticks.len() < 16 {
            ticks.push(count * step);
            count += 1.0;
        }
        Axis {
            low,
            high,
            ticks,
            step,
        }
    }

    /// Where `value` lies, from 0 (low end) to 1 (high end). A value outside lies at the end.
    pub fn position(&self, value: f64) -> f64 {
        if self.high > self.low {
            ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
        } else {
            0.5
        }
    }
}

/// 1, 2 or 5 times a power of ten, at least `raw`.
fn step(raw: f64) -> f64 {
    let power = 10_f64.powf(raw.log10().floor());
    [1.0, 2.0, 5.0]
        .iter()
        .map(|factor| factor * power)
        .find(|step| *step >= raw * (1.0 - 1e-9))
        .unwrap_or(10.0 * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_hold_every_value() {
        let axis = Axis::around([0.871, 0.946, 0.9], (0.0, 1.0));
        assert!(axis.low <= 0.871 && axis.high >= 0.946);
        assert!(axis.ticks.len() >= 3 && axis.ticks.len() <= 7);
        let axis = Axis::around([0.97, 0.999, 1.0], (0.0, 1.0));
        assert!(axis.high <= 1.0);
    }

    #[test]
    fn one_value_and_no_value_still_make_an_axis() {
        for values in [vec![0.9], vec![], vec![f64::NAN], vec![0.0, 0.0]] {
            let axis = Axis::around(values, (0.0, 1.0));
            assert!(axis.high > axis.low && !axis.ticks.is_empty());
        }
    }
}
