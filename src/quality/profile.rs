//! What a response looks like as a whole: a few numbers, each cut into classes.
//!
//! For every block of items that are answered in the same way: the shares of the highest choice, of
//! the one below it and of "don't know"; for rating scales the longest run and how many sections
//! have a single answer. Further: the [`person_fit`](super::person_fit) of each block; the
//! [`coherence`](super::coherence) of the ratings, of the other blocks and of the background; the largest share of equal answers with another response; and the
//! time that it took, as a multiple of the mode's median.
//!
//! Nothing here depends on who somebody is, only on how the form was filled in.

use std::collections::BTreeMap;

use super::coherence::coherence;
use super::doors::Door;
use super::near_duplicates::Nearest;
use super::person_fit::person_fit;
use super::responses::{BLANK, Choice, DONT_KNOW, Item, Responses};

/// Classes of a number.
pub const CLASSES: usize = 16;

/// The class of each response; one column for each number.
pub type Profile = Vec<Vec<u8>>;

/// Fewest items of a block.
const MIN_ITEMS: usize = 3;

/// The profile of every response.
#[must_use]
pub fn profile(responses: &Responses, doors: &[Door], nearest: &[Nearest]) -> Profile {
    let blocks = blocks(&responses.items);
    let known = known(doors, responses.len());
    let mut columns = Vec::new();
    for block in blocks.values() {
        columns.extend(shares(responses, block));
    }
    for block in blocks.values() {
        columns.push(person_fit(responses, block, &known));
    }
    let in_block = |item: &&usize| blocks.values().any(|block| block.contains(item));
    let rated: Vec<Vec<usize>> = parts(responses, |item| is_rated(responses, *item));
    let unrated = parts(responses, |item| {
        !is_rated(responses, *item) && in_block(&item)
    });
    let others = parts(responses, |item| {
        !is_rated(responses, *item) && !in_block(&item)
    });
    columns.extend(runs(responses));
    columns.push(single_answers(responses, &rated));
    for groups in [&rated, &unrated, &others] {
        columns.push(coherence(responses, groups, &known));
    }
    columns.push(nearest.iter().map(|nearest| nearest.share).collect());
    let mut profile: Profile = columns.iter().map(|column| classes(column)).collect();
    profile.push(time_classes(responses, doors));
    profile
}

/// The items of each section that are wanted.
fn parts(responses: &Responses, is_wanted: impl Fn(&usize) -> bool) -> Vec<Vec<usize>> {
    let sections = sections(&responses.items).into_values();
    let wanted = sections.map(|items| items.into_iter().filter(&is_wanted).collect());
    wanted.collect()
}

/// Responses whose answers say what is usual: those of sampled doors, all if they are few.
#[must_use]
pub fn known(doors: &[Door], n_rows: usize) -> Vec<u32> {
    let sampled = doors.iter().filter(|door| door.is_sampled);
    let mut rows: Vec<u32> = sampled.flat_map(|door| door.rows.iter().copied()).collect();
    if rows.len() < 500 {
        rows = (0..u32::try_from(n_rows).unwrap_or(u32::MAX)).collect();
    }
    rows.sort_unstable();
    rows
}

/// The items of each section.
#[must_use]
pub fn sections(items: &[Item]) -> BTreeMap<usize, Vec<usize>> {
    let mut sections: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (place, item) in items.iter().enumerate() {
        sections.entry(item.section).or_default().push(place);
    }
    sections
}

/// Items that are answered in the same way, by scale or else by the number of choices. Only those of
/// sections of which they are at least half, so that sex is not counted among the activities; and
/// only blocks of at least [`MIN_ITEMS`].
fn blocks(items: &[Item]) -> BTreeMap<(Option<usize>, u8), Vec<usize>> {
    let mut blocks: BTreeMap<(Option<usize>, u8), Vec<usize>> = BTreeMap::new();
    for section in sections(items).values() {
        let mut own: BTreeMap<(Option<usize>, u8), Vec<usize>> = BTreeMap::new();
        for place in section {
            if let Some(item) = items.get(*place) {
                own.entry((item.scale, item.choices))
                    .or_default()
                    .push(*place);
            }
        }
        own.retain(|_, places| 2 * places.len() >= section.len());
        for (key, places) in own {
            blocks.entry(key).or_default().extend(places);
        }
    }
    blocks.retain(|_, items| items.len() >= MIN_ITEMS);
    blocks
}

fn is_rated(responses: &Responses, item: usize) -> bool {
    let item = responses.items.get(item);
    item.is_some_and(|item| item.scale.is_some())
}

/// Shares of the highest choice, the next, the first, and of "don't know" among `items`.
fn shares(responses: &Responses, items: &[usize]) -> [Vec<f64>; 4] {
    let share = |wanted: fn(Choice, &Item) -> bool| -> Vec<f64> {
        let mut sums = vec![0.0; responses.len()];
        for place in items {
            let (Some(item), Some(column)) =
                (responses.items.get(*place), responses.answers.get(*place))
            else {
                continue;
            };
            for (sum, answer) in sums.iter_mut().zip(column) {
                *sum += f64::from(u8::from(wanted(*answer, item)));
            }
        }
        sums
    };
    [
        share(|answer, item| answer == item.choices),
        share(|answer, item| item.choices > 2 && answer.saturating_add(1) == item.choices),
        share(|answer, _| answer == 1),
        share(|answer, _| answer == DONT_KNOW || answer == BLANK),
    ]
}

/// The longest run of one answer over the items of each scale of at least 6.
fn runs(responses: &Responses) -> Vec<Vec<f64>> {
    let blocks = blocks(&responses.items);
    let scales = blocks
        .iter()
        .filter(|((scale, _), items)| scale.is_some() && items.len() >= 6);
    scales
        .map(|(_, items)| longest_runs(responses, items))
        .collect()
}

/// The longest run of one answer over `items` in each response; blank items are passed over.
#[must_use]
pub fn longest_runs(responses: &Responses, items: &[usize]) -> Vec<f64> {
    let columns = items.iter().filter_map(|item| responses.answers.get(*item));
    let mut state = vec![(BLANK, 0.0_f64, 0.0_f64); responses.len()];
    for column in columns {
        for ((last, run, longest), answer) in state.iter_mut().zip(column) {
            if *answer == BLANK {
                continue;
            }
            *run = if answer == last { *run + 1.0 } else { 1.0 };
            (*last, *longest) = (*answer, longest.max(*run));
        }
    }
    state.into_iter().map(|(_, _, longest)| longest).collect()
}

/// The number of sections with a single answer to all rated items.
fn single_answers(responses: &Responses, sections: &[Vec<usize>]) -> Vec<f64> {
    let mut counts = vec![0.0; responses.len()];
    for items in sections.iter().filter(|items| items.len() > 1) {
        let n_items = f64::from(u32::try_from(items.len()).unwrap_or(u32::MAX));
        for (count, run) in counts.iter_mut().zip(longest_runs(responses, items)) {
            *count += f64::from(u8::from(run >= n_items));
        }
    }
    counts
}

/// Cuts a column into at most [`CLASSES`] classes of about equal size; equal values stay together.
fn classes(column: &[f64]) -> Vec<u8> {
    let mut sorted = column.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let mut cuts: Vec<f64> = (1..CLASSES)
        .filter_map(|class| sorted.get(sorted.len() * class / CLASSES).copied())
        .collect();
    cuts.dedup();
    let class = |value: &f64| {
        let below = cuts.partition_point(|cut| cut.total_cmp(value).is_le());
        u8::try_from(below).unwrap_or(u8::MAX)
    };
    column.iter().map(class).collect()
}

/// Classes of the time as a multiple of the mode's median; unknown and impossible times have
/// classes of their own.
fn time_classes(responses: &Responses, doors: &[Door]) -> Vec<u8> {
    let medians = medians(responses, doors);
    let of_row = |row: usize| {
        let flags = responses.flags.of_row(row);
        if flags.split(' ').any(|flag| flag == "bad_time") {
            return 15;
        }
        let Some(relative) = relative_time(responses, &medians, row) else {
            return 14;
        };
        // Eighth powers of 2: from a quarter of the median to four times the median.
        let place = (libm::log2(relative) * 3.0 + 6.0).clamp(0.0, 13.0);
        (0..14_u8)
            .rev()
            .find(|class| f64::from(*class) <= place)
            .unwrap_or_default()
    };
    (0..responses.len()).map(of_row).collect()
}

/// The median time of each mode, seconds. Of the sampled doors of the mode if they have at least
/// 100 responses with a time, else of all.
#[must_use]
pub fn medians(responses: &Responses, doors: &[Door]) -> BTreeMap<String, f64> {
    let mut times: BTreeMap<&str, [Vec<u32>; 2]> = BTreeMap::new();
    for door in doors {
        let [sampled, all] = times.entry(door.mode.as_str()).or_default();
        let known = door.rows.iter().filter_map(|row| {
            let time = responses.duration.get(usize::try_from(*row).ok()?)?;
            (*time != Responses::NO_DURATION).then_some(*time)
        });
        let known: Vec<u32> = known.collect();
        if door.is_sampled {
            sampled.extend(&known);
        }
        all.extend(&known);
    }
    let medians = times
        .into_iter()
        .filter_map(|(mode, [mut sampled, mut all])| {
            let times = if sampled.len() >= 100 {
                &mut sampled
            } else {
                &mut all
            };
            times.sort_unstable();
            let median = times.get(times.len() / 2)?;
            Some((mode.to_owned(), f64::from(*median).max(1.0)))
        });
    medians.collect()
}

/// The time of a response as a multiple of its mode's median; `None` if it is unknown.
#[must_use]
pub fn relative_time(
    responses: &Responses,
    medians: &BTreeMap<String, f64>,
    row: usize,
) -> Option<f64> {
    let time = *responses.duration.get(row)?;
    let median = medians.get(responses.mode.of_row(row))?;
    (time != Responses::NO_DURATION).then(|| f64::from(time.max(1)) / median)
}
