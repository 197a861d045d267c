//! The tables of the database in one list: backup, restore, audit and doctor take them from here.

use crate::store::logged_table::LoggedTable;
use crate::store::questionnaire_version;

/// Tables with a part of their own in backup, restore and audit: responses are read in pages; leaves
/// are the log; counts follow from the responses; named values have no leaf.
#[cfg(test)]
const WITH_OWN_PART: [&str; 4] = ["response", "leaf", "tally", "meta"];

/// Tables that only grow, whose every row has a leaf of the table's kind.
pub(super) const LOGGED: [LoggedTable; 1] = [questionnaire_version::TABLE];

/// The logged table of that name.
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
        let AnyConnection::Sqlite(sqlite) = &mut connection else {
            unreachable!()
        };
        let there: Vec<String> = diesel::select(sql::<Text>(names)).load(sqlite).unwrap();
        let listed = LOGGED.iter().map(|table| table.name).chain(WITH_OWN_PART);
        let listed: BTreeSet<String> = listed.map(str::to_owned).collect();
        assert_eq!(there.into_iter().collect::<BTreeSet<_>>(), listed);
    }
}
