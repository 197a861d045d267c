//! Interviews by PSU and mode: the valid stored responses of the modes in which cases are visited.

use std::collections::BTreeMap;

use crate::collection::disposition::VISIT_MODES;
use crate::store::StoredResponse;

/// Valid stored responses by PSU and mode.
pub type Interviews = BTreeMap<(String, String), u64>;

/// Counts a valid response if it is an interview in a PSU.
pub(super) fn count_interview(interviews: &mut Interviews, response: &StoredResponse) {
    let is_visited = VISIT_MODES.iter().any(|own| own.as_str() == response.mode);
    if is_visited && !response.psu.is_empty() {
        let key = (response.psu.clone(), response.mode.clone());
        *interviews.entry(key).or_insert(0) += 1;
    }
}
