//! What the largest address block of each day moves an indicator by, to the first order.

use crate::release::channel_effects::PUBLISHED_MOVE;
use crate::release::channel_groups::has_enough;
use crate::release::figures::BlockEffect;
use crate::store::{BlockShare, Scores};

/// The effect of the largest blocks on an indicator, if it is more than half a point.
///
/// Only days on which the largest block and all others gave enough responses: else two publications
/// would differ by a few persons' answers. The key of each day is gone, so it is not known whether the
/// blocks of two days are the same; they are taken together.
pub fn of(shares: &[BlockShare], indicator: &str) -> Option<BlockEffect> {
    let days = shares.iter().filter_map(|share| {
        let scores = share.scores.get(indicator)?;
        let is_shown = has_enough(scores.largest.n, scores.all.n)
            && has_enough(share.largest, share.responses);
        is_shown.then_some((share, scores))
    });
    let mut effect = BlockEffect::default();
    let (mut all, mut largest) = (Scores::default(), Scores::default());
    for (share, scores) in days {
        effect.days += 1;
        effect.n += share.largest;
        effect.of += share.responses;
        for (sum, own) in [(&mut all, scores.all), (&mut largest, scores.largest)] {
            sum.n += own.n;
            sum.sum += own.sum;
        }
    }
    let rest = Scores {
        n: all.n.saturating_sub(largest.n),
        sum: all.sum.saturating_sub(largest.sum),
    };
    effect.with = mean(all)?;
    effect.without = mean(rest)?;
    (effect.moved().abs() > PUBLISHED_MOVE).then_some(effect)
}

/// The mean score, 0 to 1.
fn mean(scores: Scores) -> Option<f64> {
    // Sums fit into 32 bits up to 4,294 responses; beyond, both are halved alike.
    let (mut n, mut sum) = (scores.n.saturating_mul(1_000_000), scores.sum);
    while n > u64::from(u32::MAX) {
        n /= 2;
        sum /= 2;
    }
    let (n, sum) = (u32::try_from(n).ok()?, u32::try_from(sum).ok()?);
    (n > 0).then(|| f64::from(sum) / f64::from(n))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::BlockScores;

    fn day(all: (u64, u64), largest: (u64, u64)) -> BlockShare {
        let scores = |(n, percent): (u64, u64)| Scores {
            n,
            sum: n * percent * 10_000,
        };
        let own = BlockScores {
            all: scores(all),
            largest: scores(largest),
        };
        BlockShare {
            survey: "satisfaction-2026".to_owned(),
            day: "2026-06-01".to_owned(),
            responses: all.0,
            largest: largest.0,
            scores: [("satisfaction".to_owned(), own)].into(),
        }
    }

    #[test]
    fn the_move_is_that_of_the_sums_and_small_days_and_small_moves_are_not_shown() {
        // 4,000 at 90 %, of which 1,000 at 100 %: without them 86.67 %.
        let shares = [day((4000, 90), (1000, 100)), day((60, 50), (29, 100))];
        let effect = of(&shares, "satisfaction").unwrap();
        assert_eq!((effect.days, effect.n, effect.of), (1, 1000, 4000));
        assert!((effect.with - 0.9).abs() < 1e-6, "{}", effect.with);
        assert!(
            (effect.without - 2.6 / 3.0).abs() < 1e-6,
            "{}",
            effect.without
        );
        assert_eq!(of(&shares, "participation"), None);
        assert_eq!(of(&[day((4000, 90), (1000, 91))], "satisfaction"), None);
        assert_eq!(of(&[day((40, 50), (20, 100))], "satisfaction"), None);
        let million = of(&[day((3_000_000, 90), (1_000_000, 100))], "satisfaction").unwrap();
        assert!((million.without - 0.85).abs() < 1e-6, "{}", million.without);
    }
}
