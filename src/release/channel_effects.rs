//! What each channel moves the figures by: the figures again without it.

use crate::disclosure::disclose;
use crate::release::analyses::Analyses;
use crate::release::figures::ChannelEffect;
use crate::release::spec::Key;
use crate::survey::plan::{Combine, Indicator, IndicatorKind, Plan};

/// A move that is published, as a share: half a point.
pub const PUBLISHED_MOVE: f64 = 0.005;

/// The groups that move an indicator by more than half a point, the largest move first.
///
/// Where the published figure rests on the drawn alone, a channel cannot move it, and the figure that
/// it moves is that of the volunteers. Only shares and ratios: the other units have no points.
pub fn of(plan: &Plan, analyses: &Analyses<'_>, indicator: &Indicator) -> Vec<ChannelEffect> {
    if indicator.kind == IndicatorKind::Mean {
        return Vec::new();
    }
    let key = Key::Indicator(&indicator.code);
    let mut effects: Vec<ChannelEffect> = analyses
        .without(key)
        .filter_map(|without| {
            let is_pool = plan.modes.combine == Combine::Pool;
            let headline = analyses.whole(key)?;
            let parts = analyses.parts(key);
            let (with, figure) = match (is_pool, &parts) {
                (true, _) => (headline, without.headline?),
                (false, parts) => (parts.as_ref()?.volunteer, without.volunteer?),
            };
            let headline_moved = without
                .headline
                .map(|without| headline.estimate - without.estimate);
            Some(ChannelEffect {
                code: without.size.group.code(),
                label: without.size.group.label(plan),
                n: without.size.n,
                of: without.of,
                busiest_hour: without.size.busiest_hour,
                moved: with.estimate - figure.estimate,
                with: disclose(with),
                without: disclose(figure),
                headline_moved: headline_moved.unwrap_or(0.0),
                headline_without: without.headline.map(disclose),
            })
        })
        .filter(|effect| {
            let is_shown = effect.with.shown().is_some() && effect.without.shown().is_some();
            is_shown && effect.largest_move() > PUBLISHED_MOVE
        })
        .collect();
    effects.sort_by(|a, b| b.largest_move().total_cmp(&a.largest_move()));
    effects
}
