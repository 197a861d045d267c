//! All tables in one list, for backup, restore and audit.

use crate::store::logged_table::LoggedTable;
use crate::store::{
    announcement, audit, back_check, block_share, device_token, evidence_review, fieldwork_change,
    hold, invitation, objection, paper_entry, plan_version, questionnaire_version, release,
    release_decision, staff, visit,
};

/// Tables for which backup, restore and audit have separate code: `response` is read in pages,
/// `leaf` is the log, `tally` is computed from the responses, rows of `meta` have no leaf, rows of
/// `invitation` are deleted when they are spent. Sessions, used codes and links are in no backup, so
/// that a stolen backup opens none.
#[cfg(test)]
const TREATED_SEPARATELY: [&str; 8] = [
    "response",
    "leaf",
    "tally",
    "meta",
    "invitation",
    "session",
    "used_code",
    "entry_link",
];

/// Tables that only grow and whose every row has a leaf of the table's kind.
pub(super) const LOGGED: [LoggedTable; 23] = [
    questionnaire_version::TABLE,
    device_token::TABLE,
    invitation::TABLE,
    block_share::TABLE,
    plan_version::TABLE,
    fieldwork_change::TABLE,
    staff::TABLE,
    audit::TABLE,
    paper_entry::ENTRIES,
    paper_entry::SETTLEMENTS,
    release::RELEASES,
    release::FILES,
    release_decision::DECISIONS,
    announcement::ANNOUNCEMENTS,
    announcement::EARLY_READERS,
    objection::OBJECTIONS,
    objection::REPLIES,
    evidence_review::TABLE,
    visit::TABLE,
    back_check::TABLE,
    hold::PROPOSALS,
    hold::HOLDS,
    hold::FREES,
];

/// The logged table with this name.
pub(super) fn logged(name: &str) -> Option<&'static LoggedTable> {
    LOGGED.iter().find(|table| table.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use diesel::dsl::sql;
    use diesel::prelude::*;
    use diesel::sql_types::Text;

    use super::*;
    use crate::store::connection::AnyConnection;
    use crate::store::migrations::migrate;
    use crate::store::url::DatabaseUrl;

    #[test]
    fn every_table_of_the_database_is_in_the_list() {
        let mut connection =
            AnyConnection::Sqlite(SqliteConnection::establish(":memory:").unwrap());
        migrate(&DatabaseUrl::Sqlite(":memory:".into()), &mut connection).unwrap();
        let names =
            "name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_\\_%' ESCAPE '\\'";
        #[cfg_attr(
            not(feature = "postgres"),
            expect(irrefutable_let_patterns, reason = "only one back end is built in")
        )]
        let AnyConnection::Sqlite(sqlite) = &mut connection else {
            unreachable!()
        };
        let found: Vec<String> = diesel::select(sql::<Text>(names)).load(sqlite).unwrap();
        let listed = LOGGED.iter().map(|table| table.name);
        let listed = listed.chain(TREATED_SEPARATELY).map(str::to_owned);
        assert_eq!(
            found.into_iter().collect::<BTreeSet<_>>(),
            listed.collect::<BTreeSet<_>>()
        );
    }
}
