//! From where on something needs attention.

/// A part that is this far behind needs attention: 10 % less than expected is a day of ten, which a team
/// makes up.
pub const BEHIND: f64 = 0.10;

/// A minimum that is missed with this probability needs attention: one wave in ten.
pub const MINIMUM_MISSED: f64 = 0.10;

/// A verdict that can be decided with less than this probability needs attention: samples are planned for
/// 80 % power.
pub const DECIDABLE: f64 = 0.80;

/// Working days without an interview after which an enumerator is silent: one day may be a day off, two
/// in a row a weekend.
pub const SILENT_DAYS: usize = 3;

/// PSUs that should have begun and have not, as a share of the drawn: a tenth of the sample.
pub const NOT_BEGUN: f64 = 0.10;

/// A margin this far from the population: above it weights pass 1.5 for a category of 15 %.
pub const MARGIN_FAR: f64 = 0.05;

/// A mode gap needs attention from this size on ...
pub const MODE_GAP: f64 = 0.05;

/// ... and below this P, as in `statistics.md` §3.
pub const MODE_GAP_P: f64 = 0.01;

/// Item nonresponse from which bounds are published beside the estimate.
pub const ITEM_MISSING: f64 = 0.10;

/// A bias-adjusted R-indicator below this needs attention: surveys with good fieldwork report 0.8 and
/// more (Schouten, Cobben & Bethlehem 2009).
pub const REPRESENTATIVITY: f64 = 0.80;

/// Fewest sampled cases for a statement on representativity: below, its noise is as large as what it
/// should find.
pub const FEWEST_CASES: u64 = 200;
