//! Databases for one test: a SQLite file, or a database on the PostgreSQL server that
//! `MINYI_TEST_POSTGRES` names.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use minyi::store::{DatabaseUrl, Store};

use super::Scratch;

/// A database that is removed when the test ends.
pub struct Database {
    pub url: DatabaseUrl,
    _folder: Option<Scratch>,
    #[cfg(feature = "postgres")]
    on_server: Option<(String, String)>,
}

/// Runs `test` with an empty SQLite database, and with an empty PostgreSQL database if there is a
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

    /// A database that is not removed.
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

    /// Opens the database for reading after its server was killed. PostgreSQL may still be
    /// recovering. Not for writing: a process that another test starts at this moment inherits the
    /// lock file and would hold it for a while.
    pub fn reopen(&self) -> Store {
        for _ in 0..200 {
            if let Ok(store) = Store::open_reader(&self.url) {
                return store;
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        Store::open_reader(&self.url).unwrap()
    }

    /// Kills one process of the PostgreSQL server that works on this database. The server then
    /// recovers from its log.
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

    /// Its URL for `--database`.
    pub fn address(&self) -> String {
        match &self.url {
            DatabaseUrl::Sqlite(path) => format!("sqlite:{}", path.display()),
            DatabaseUrl::Postgres(url) => url.clone(),
        }
    }

    /// Executes SQL on it without the store.
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

    /// Holds the write lock of a SQLite file until the returned connection is dropped, as a backup
    /// tool may do.
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
            // FORCE: a test that failed may have left a connection.
            let _ = connection
                .batch_execute(&format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)"));
        }
    }
}
