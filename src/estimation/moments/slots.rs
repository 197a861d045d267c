//! Where the rows of a design are summed: by sampling unit or, for units of one row, by class.
//!
//! A volunteer is a sampling unit, so there may be a million units. Sums by unit would take
//! gigabytes. Units of one row that share stratum, auxiliaries and weights form a class: the
//! variance needs only the number of them, and the sum and the squares of their answers
//! ([`parts`](super::parts)).
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "units and slots are numbered below their count"
)]

use crate::estimation::columns::MISSING;
use crate::estimation::design::sample_design::Design;
use crate::estimation::design::stage::Units;
use crate::estimation::moments::row_groups::RowGroups;
use crate::estimation::weighting::adjustment::Adjustment;

/// Classes are used if they have at least this many rows on average.
const ROWS_OF_CLASS: usize = 4;

/// The slots of a design: its units of several rows first, in their order, then the classes.
pub(super) struct Slots {
    /// The slot of every row.
    pub(super) of_row: Vec<u32>,
    /// The sampling unit of each slot before the classes.
    pub(super) units: Vec<u32>,
    /// Units of one row, in the order of stratum, auxiliaries and weights.
    pub(super) classes: Vec<Class>,
}

/// Units of one row that share stratum, auxiliaries and weights.
#[derive(Debug, Clone, Copy)]
pub(super) struct Class {
    /// Their stratum.
    pub(super) stratum: u32,
    /// Their record of auxiliaries; [`MISSING`] without any.
    pub(super) record: u32,
    /// The final weight of each.
    pub(super) weight: f64,
    /// The weight of each after the adjustment and before trimming.
    pub(super) adjusted: f64,
    /// Their number.
    pub(super) rows: u32,
}

/// What tells classes apart: stratum, record, bits of the base and of the final weight.
type Key = (u32, u32, u64, u64);

impl Slots {
    /// The slots of a design. `None` if every row is a unit and too few share a class.
    ///
    pub(super) fn new(design: &Design, adjustment: Option<&Adjustment>) -> Option<Self> {
        let record_of = adjustment.map(|adjustment| &adjustment.record_of);
        let first = design.first();
        let unit_of = first.unit_of(design.rows);
        let mut rows = vec![0_u32; first.len()];
        unit_of.iter().for_each(|&unit| rows[unit as usize] += 1);
        let alone = rows.iter().filter(|rows| **rows == 1).count();
        let key = |row: usize| -> Option<Key> {
            let unit = unit_of[row] as usize;
            (rows[unit] == 1).then(|| {
                let record = record_of.map_or(MISSING, |records| records[row]);
                let (base, weight) = (design.base[row].to_bits(), design.weights[row].to_bits());
                (first.stratum_of[unit], record, base, weight)
            })
        };
        let most = alone / ROWS_OF_CLASS;
        let classes = (most > 0)
            .then(|| RowGroups::new(design.rows, most, |range, keys| keys.extend(range.map(key))));
        let Some(classes) = classes.flatten() else {
            return match first.units {
                Units::Clusters(_) => Some(Self::of_units(unit_of, first.len())),
                Units::Rows | Units::Mixed { .. } => None,
            };
        };
        let units: Vec<u32> = (0..first.len() as u32)
            .filter(|unit| rows[*unit as usize] != 1)
            .collect();
        let mut slot_of_unit = vec![MISSING; first.len()];
        for (slot, unit) in (0..).zip(&units) {
            slot_of_unit[*unit as usize] = slot;
        }
        let first_class = units.len() as u32;
        let mut of_row = classes.of_row;
        for (slot, unit) in of_row.iter_mut().zip(unit_of) {
            *slot = match *slot {
                MISSING => slot_of_unit[unit as usize],
                class => first_class + class,
            };
        }
        let keys = classes.keys.iter().zip(classes.rows);
        let classes = keys.map(|(&(stratum, record, base, weight), rows)| Class {
            stratum,
            record,
            weight: f64::from_bits(weight),
            adjusted: adjusted(
                adjustment,
                (f64::from_bits(base), f64::from_bits(weight)),
                record,
            ),
            rows,
        });
        Some(Self {
            of_row,
            units,
            classes: classes.collect(),
        })
    }

    /// One slot for each unit.
    fn of_units(unit_of: Vec<u32>, units: usize) -> Self {
        Self {
            of_row: unit_of,
            units: (0..units as u32).collect(),
            classes: Vec::new(),
        }
    }

    /// Number of slots.
    pub(super) fn len(&self) -> usize {
        self.units.len() + self.classes.len()
    }
}

/// The weight of a row after the adjustment and before trimming, from its base and final weight.
pub(super) fn adjusted(
    adjustment: Option<&Adjustment>,
    (base, weight): (f64, f64),
    record: u32,
) -> f64 {
    adjustment.map_or(weight, |adjustment| adjustment.weight_after(base, record))
}
