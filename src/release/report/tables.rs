//! All tables of one survey, in the order of the report.

use crate::locale::Language;
use crate::release::report::basis::Basis;
use crate::release::report::table::Table;
use crate::release::report::words::Words;
use crate::release::report::{
    composition, cover, exclusions, frequencies, groups, headlines, items, variables, weights,
};
use crate::release::stored::{self, Extent, NoFigures};
use crate::store::Store;
use crate::survey::{Catalogue, Survey};

/// The tables of the report on the provisional figures of `survey`, from all responses that are
/// stored now.
///
/// # Errors
/// See [`NoFigures`].
pub fn tables(
    catalogue: &Catalogue,
    survey: &Survey,
    store: &Store,
    language: Language,
) -> Result<Vec<Table>, NoFigures> {
    let before = stored::figures_before(catalogue, survey, store);
    let snapshot = stored::snapshot(
        catalogue,
        survey,
        store,
        Extent::now(store, survey, u64::MAX)?,
        &before,
    )?;
    let Some(plan) = &survey.plan else {
        return Ok(Vec::new());
    };
    let counts = store.invitation_counts(&survey.id)?;
    let basis = Basis {
        catalogue,
        survey,
        plan,
        snapshot: &snapshot,
        issued: counts.values().map(|count| count.issued).sum(),
        words: Words { language },
    };
    let mut tables = vec![
        cover::table(basis),
        composition::table(basis),
        headlines::table(basis),
    ];
    tables.extend(items::satisfaction(basis));
    tables.extend(groups::counties(basis));
    tables.extend(groups::people(basis));
    tables.extend(items::participation(basis));
    tables.extend(items::quantities(basis));
    tables.extend(items::parts(basis));
    tables.extend([
        frequencies::table(basis),
        weights::table(basis),
        exclusions::table(basis),
        variables::table(basis),
    ]);
    Ok(tables)
}
