//! Which rows of a dataset are in which cells of the tables.

use crate::release::cells::{Layout, WHOLE, level};
use crate::release::channel_groups::can_be_shown;
use crate::release::columns::{FLAGGED, MODE, PART};
use crate::release::dataset::Dataset;
use crate::release::sample_design::Part;
use crate::release::scenarios::{VOLUNTEERS_WITH_HELD, WITH_HELD};
use crate::release::spec::domain_column;
use crate::survey::plan::{Combine, Plan};

/// For each row whether `wanted` holds for its category.
fn rows_with(dataset: &Dataset, column: &str, wanted: &dyn Fn(&str) -> bool) -> Vec<bool> {
    let columns = dataset.every_row();
    let Some(category) = columns.get(column).ok().map(|own| own.to_category()) else {
        return vec![false; columns.rows()];
    };
    let is: Vec<bool> = category.levels.iter().map(|own| wanted(own)).collect();
    let of = |code: u32| is.get(usize::try_from(code).ok()?).copied();
    let codes = category.decode().into_iter();
    codes.map(|code| of(code).unwrap_or(false)).collect()
}

fn is_true(rows: &[bool], row: usize) -> bool {
    rows.get(row).copied().unwrap_or(false)
}

/// Adds one cell.
fn push(layout: &mut Layout, name: &str, has: &dyn Fn(usize) -> bool) {
    layout.push(vec![name.to_owned()], |row| has(row).then_some(0));
}

/// Adds one cell of rows that count.
fn push_counted(layout: &mut Layout, dataset: &Dataset, name: &str, has: &dyn Fn(usize) -> bool) {
    push(layout, name, &|row| dataset.counts(row) && has(row));
}

/// For each row whether it was drawn.
fn sampled(dataset: &Dataset) -> Vec<bool> {
    rows_with(dataset, PART, &|part| part == Part::Sampled.as_str())
}

/// The cell of the published part.
pub fn whole(plan: &Plan, dataset: &Dataset) -> Layout {
    let mut layout = Layout::new(dataset.every_row().rows());
    let sampled = sampled(dataset);
    let is_all = plan.modes.combine != Combine::Sampled;
    push_counted(&mut layout, dataset, WHOLE, &|row| {
        is_all || is_true(&sampled, row)
    });
    layout
}

/// The cells of an indicator with these domains.
pub fn of_indicator(plan: &Plan, dataset: &Dataset, domains: &[&String]) -> Layout {
    let columns = dataset.every_row();
    let mut layout = whole(plan, dataset);
    let sampled = sampled(dataset);
    let is_sampled = |row: usize| is_true(&sampled, row);
    let is_published = |row: usize| plan.modes.combine != Combine::Sampled || is_sampled(row);
    for domain in domains {
        let Ok(column) = columns.get(domain_column(domain)) else {
            continue;
        };
        let category = column.to_category();
        let names = category.levels.iter().map(|own| level(domain, own));
        let codes = category.decode();
        let count = category.levels.len();
        layout.push(names.collect(), |row| {
            let code = codes.get(row).and_then(|code| usize::try_from(*code).ok());
            let is_in = dataset.counts(row) && is_published(row);
            code.filter(|code| *code < count && is_in)
        });
    }
    with_held(&mut layout, plan, dataset, &sampled);
    if plan.modes.combine == Combine::Pool {
        return with_channels(layout, dataset, &|_| true);
    }
    push_counted(&mut layout, dataset, "part:sampled", &is_sampled);
    push_counted(&mut layout, dataset, "part:volunteer", &|row| {
        !is_sampled(row)
    });
    push_counted(&mut layout, dataset, "part:blend", &|_| true);
    let is_onsite = |mode: &str| plan.modes.onsite.iter().any(|own| own == mode);
    let onsite = rows_with(dataset, MODE, &is_onsite);
    let unflagged = rows_with(dataset, FLAGGED, &|flagged| flagged == "0");
    for (code, rows) in [("onsite", &onsite), ("unflagged", &unflagged)] {
        for (kind, wanted) in [("choice", true), ("hidden", false)] {
            push_counted(&mut layout, dataset, &format!("{kind}:{code}"), &|row| {
                is_sampled(row) && is_true(rows, row) == wanted
            });
        }
    }
    with_channels(layout, dataset, &|row| !is_sampled(row))
}

/// Adds the cells of the figures as if nothing was held, and those of the held alone.
fn with_held(layout: &mut Layout, plan: &Plan, dataset: &Dataset, sampled: &[bool]) {
    if dataset.with_held.is_none() {
        return;
    }
    let is_all = plan.modes.combine != Combine::Sampled;
    let published = |row: usize| is_all || is_true(sampled, row);
    let volunteers = |row: usize| !is_true(sampled, row);
    let mut both = |code: &str, is_in: &dyn Fn(usize) -> bool| {
        push(layout, &format!("choice:{code}"), is_in);
        push(layout, &format!("hidden:{code}"), &|row| {
            is_in(row) && !dataset.counts(row)
        });
    };
    both(WITH_HELD, &published);
    if plan.modes.combine != Combine::Pool {
        both(VOLUNTEERS_WITH_HELD, &volunteers);
    }
}

/// Adds the cells without each group of responses that came the same way.
fn with_channels(mut layout: Layout, dataset: &Dataset, is_in: &dyn Fn(usize) -> bool) -> Layout {
    let of = dataset.channels.n();
    for size in dataset.channels.sizes() {
        if !can_be_shown(&size, of) {
            continue;
        }
        let kept = dataset.spread(&dataset.channels.without(&size.group));
        let code = size.group.code();
        for (kind, wanted) in [("without", true), ("hidden", false)] {
            push_counted(&mut layout, dataset, &format!("{kind}:{code}"), &|row| {
                is_in(row) && is_true(&kept, row) == wanted
            });
        }
    }
    layout
}
