//! Interviews by PSU and mode: the valid stored responses of the modes in which cases are visited.

use std::collections::BTreeMap;

use crate::collection::disposition::VISIT_MODES;
use crate::release::kept::WaveColumns;
use crate::store::Held;

/// Valid stored responses by PSU and mode.
pub type Interviews = BTreeMap<(String, String), u64>;

/// The interviews among the responses of `wave`; `is_valid` says by row whether one is valid. A `held`
/// response is no interview: two people said that it may be false.
pub(super) fn interviews(
    wave: &WaveColumns,
    held: &Held,
    is_valid: impl Fn(usize) -> bool,
) -> Interviews {
    let mut by_code: BTreeMap<(u32, u32), u64> = BTreeMap::new();
    let codes = wave
        .psu
        .decode_all()
        .into_iter()
        .zip(wave.mode.decode_all());
    for ((row, code), leaf) in codes.enumerate().zip(&wave.leaf_index) {
        if is_valid(row) && !held.contains(*leaf) {
            *by_code.entry(code).or_insert(0) += 1;
        }
    }
    let is_visited = |mode: &str| VISIT_MODES.iter().any(|own| own.as_str() == mode);
    let counted = by_code.into_iter().filter_map(|((psu, mode), n)| {
        let (psu, mode) = (wave.psu.label(psu), wave.mode.label(mode));
        let is_interview = is_visited(mode) && !psu.is_empty();
        is_interview.then(|| ((psu.to_owned(), mode.to_owned()), n))
    });
    counted.filter(|(_, n)| *n > 0).collect()
}
