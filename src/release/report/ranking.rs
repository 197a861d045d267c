//! Estimates in the order of their size.

use crate::disclosure::Disclosed;
use crate::disclosure::few_answers::Support;
use crate::release::report::words::support_of;

/// `all` with their ranks, the largest estimate first; those that are not shown come last, without a
/// rank.
pub(super) fn ranked<T>(
    mut all: Vec<T>,
    estimate: impl Fn(&T) -> &Disclosed,
) -> impl Iterator<Item = (Option<u64>, T)> {
    let shown = |own: &T| {
        let figure = estimate(own);
        let is_shown = support_of(figure) > Support::Hidden;
        figure.shown().filter(|_| is_shown).map(|own| own.estimate)
    };
    all.sort_by(|a, b| match (shown(a), shown(b)) {
        (Some(a), Some(b)) => b.total_cmp(&a),
        (a, b) => b.is_some().cmp(&a.is_some()),
    });
    let is_shown: Vec<bool> = all.iter().map(|own| shown(own).is_some()).collect();
    let ranks = (1..).zip(is_shown);
    ranks
        .map(|(rank, is_shown)| is_shown.then_some(rank))
        .zip(all)
}
