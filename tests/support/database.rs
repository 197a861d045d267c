//! Databases for one test: a SQLite file, or a database on the PostgreSQL server that
//! `MINYI_TEST_POSTGRES` names.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use minyi::store::{DatabaseUrl, Store};

use super::respondents::write_survey;
use super::{Scratch, Server};

/// A migration that no version has.
pub const NEWER: &str = "29990101000000";

/// A database that is deleted when the test ends.
pub struct Database {
    pub url: DatabaseUrl,
    _folder: Option<Scratch>,
    #[cfg(feature = "postgres")]
    on_server: Option<(String, String)>,
}

/// Runs `test` on an empty SQLite database, and on an empty PostgreSQL database if there is a
/// server.
pub fn each(name: &str, test: impl Fn(&Database)) {
    test(&Database::sqlite(name));
    if let Some(database) = Database::postgres(name) {
        test(&database);
    }
}

impl Database {
    pub fn sqlite(name: &str) -> Database {
        let folder = Scratch::new(name);
        let mut database = Database::at(DatabaseUrl::Sqlite(folder.path("minyi.sqlite")));
        database._folder = Some(folder);
        database
    }

    /// A database that is not deleted.
    pub fn at(url: DatabaseUrl) -> Database {
        Database {
            url,
            _folder: None,
            #[cfg(feature = "postgres")]
            on_server: None,
        }
    }

    #[cfg(not(feature = "postgres"))]
    pub fn postgres(_name: &str) -> Option<Database> {
        None
    }

    #[cfg(feature = "postgres")]
    pub fn postgres(name: &str) -> Option<Database> {
        use std::sync::atomic::{AtomicU32, Ordering};
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let server = std::env::var("MINYI_TEST_POSTGRES").ok()?;
        let database = format!(
            "minyi_{name}_{}_{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let mut connection =
            PgConnection::establish(&server).expect("MINYI_TEST_POSTGRES names no server");
        connection
            .batch_execute(&format!("CREATE DATABASE {database}"))
            .unwrap();
        let (host, _) = server.rsplit_once('/').unwrap();
        let url = DatabaseUrl::Postgres(format!("{host}/{database}"));
        Some(Database {
            url,
            _folder: None,
            on_server: Some((server, database)),
        })
    }

    pub fn open(&self) -> Store {
        Store::open(&self.url).unwrap()
    }

    /// Opens it for reading after its server has died: PostgreSQL may still be recovering. Not for
    /// writing: a process that another test starts at this moment can hold the lock for a while.
    pub fn reopen(&self) -> Store {
        for _ in 0..200 {
            if let Ok(store) = Store::open_reader(&self.url) {
                return store;
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        Store::open_reader(&self.url).unwrap()
    }

    /// Kills one process of PostgreSQL that works on this database; PostgreSQL then recovers.
    pub fn kill_one_process(&self) {
        #[cfg(feature = "postgres")]
        if let (DatabaseUrl::Postgres(_), Some((server, database))) = (&self.url, &self.on_server) {
            use diesel::sql_types::Integer;
            let mut connection = PgConnection::establish(server).unwrap();
            let query =
                format!("SELECT pid FROM pg_stat_activity WHERE datname = '{database}' LIMIT 1");
            let pid: Option<i32> = diesel::select(diesel::dsl::sql::<
                diesel::sql_types::Nullable<Integer>,
            >(&format!("({query})")))
            .get_result(&mut connection)
            .unwrap();
            if let Some(pid) = pid {
                std::process::Command::new("kill")
                    .args(["-9", &pid.to_string()])
                    .status()
                    .unwrap();
            }
        }
    }

    /// Starts a server on it, with the survey of [`crate::support::respondents`] and data in
    /// `folder`.
    pub fn serve(&self, folder: &Scratch) -> Server {
        let (data, surveys) = (folder.path("data"), folder.path("surveys"));
        write_survey(&surveys);
        let (data, surveys) = (data.to_str().unwrap(), surveys.to_str().unwrap());
        let place = ["--data", data, "--surveys", surveys];
        let address = ["--database", &self.address()];
        Server::start(&[&["serve"][..], &place, &address].concat())
    }

    /// The URL for `--database`.
    pub fn address(&self) -> String {
        match &self.url {
            DatabaseUrl::Sqlite(path) => format!("sqlite:{}", path.display()),
            DatabaseUrl::Postgres(url) => url.clone(),
        }
    }

    /// Marks it as migrated by a version of minyi that does not exist yet.
    pub fn migrate_as_newer(&self) {
        self.execute(&format!(
            "INSERT INTO __diesel_schema_migrations (version, run_on) \
             VALUES ('{NEWER}', '2999-01-01')"
        ));
    }

    /// Runs SQL on it past the store.
    /// The texts of a query with one column `value`, in the order of the database.
    pub fn texts(&self, sql: &str) -> Vec<String> {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = diesel::sql_types::Text)]
            value: String,
        }
        let rows: Vec<Row> = match &self.url {
            DatabaseUrl::Sqlite(path) => {
                let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
                diesel::sql_query(sql).load(&mut connection).unwrap()
            }
            #[cfg(feature = "postgres")]
            DatabaseUrl::Postgres(url) => {
                let mut connection = PgConnection::establish(url).unwrap();
                diesel::sql_query(sql).load(&mut connection).unwrap()
            }
            #[cfg(not(feature = "postgres"))]
            DatabaseUrl::Postgres(_) => unreachable!(),
        };
        rows.into_iter().map(|row| row.value).collect()
    }

    pub fn execute(&self, sql: &str) {
        match &self.url {
            DatabaseUrl::Sqlite(path) => sqlite(path).batch_execute(sql).unwrap(),
            #[cfg(feature = "postgres")]
            DatabaseUrl::Postgres(url) => PgConnection::establish(url)
                .unwrap()
                .batch_execute(sql)
                .unwrap(),
            #[cfg(not(feature = "postgres"))]
            DatabaseUrl::Postgres(_) => unreachable!(),
        }
    }

    /// Holds a SQLite file's write lock, as a backup tool can, until dropped.
    pub fn hold(&self) -> SqliteConnection {
        let DatabaseUrl::Sqlite(path) = &self.url else {
            unreachable!()
        };
        let mut connection = sqlite(path);
        connection.batch_execute("BEGIN IMMEDIATE").unwrap();
        connection
    }
}

fn sqlite(path: &std::path::Path) -> SqliteConnection {
    SqliteConnection::establish(&path.to_string_lossy()).unwrap()
}

#[cfg(feature = "postgres")]
impl Drop for Database {
    fn drop(&mut self) {
        if let Some((server, database)) = &self.on_server
            && let Ok(mut connection) = PgConnection::establish(server)
        {
            // FORCE: a failed test can leave a connection.
            let _ = connection
                .batch_execute(&format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)"));
        }
    }
}
