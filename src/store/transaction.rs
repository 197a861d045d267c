//! A change of anything but responses: its rows and the leaves that prove them, in one transaction.

use diesel::prelude::*;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::store::connection::AnyConnection;
use crate::store::nonce::nonce;
use crate::store::response::{Leaf, hex};
use crate::store::schema::leaf;
use crate::store::statements::Statements;

/// A transaction of the writer.
pub(super) struct Transaction<'c> {
    /// The connection, inside the transaction.
    pub(super) connection: &'c mut AnyConnection,
    /// The next free leaf; looked up when first needed, since few changes append one.
    next: Option<i64>,
}

/// The place of a change in the log; its row keeps both, so that the leaf can be computed again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// Position in the log, from 0.
    pub(super) leaf_index: i64,
    /// 32 random bytes, hex: the key of the leaf's hash.
    pub(super) nonce: String,
}

impl Transaction<'_> {
    /// Holds the log until the transaction ends, so that what is read from now on does not change:
    /// other servers wait. Returns the next free leaf.
    ///
    /// # Errors
    /// The database's.
    pub(super) fn hold_log(&mut self) -> QueryResult<i64> {
        let next = match self.next {
            Some(next) => next,
            None => next_leaf(self.connection)?,
        };
        self.next = Some(next);
        Ok(next)
    }

    /// Appends a leaf of `kind` over `fields`.
    ///
    /// # Errors
    /// The database's.
    pub(super) fn append(&mut self, kind: &str, fields: &[&str]) -> QueryResult<Entry> {
        let leaf_index = self.hold_log()?;
        let bytes = nonce().map_err(|_| diesel::result::Error::RollbackTransaction)?;
        let row = Leaf {
            idx: leaf_index,
            kind: kind.to_owned(),
            hash: leaf_hash(&bytes, kind, fields),
        };
        diesel::insert_into(leaf::table)
            .values((
                leaf::idx.eq(row.idx),
                leaf::kind.eq(row.kind),
                leaf::hash.eq(row.hash),
            ))
            .execute(self.connection)?;
        self.next = Some(leaf_index + 1);
        Ok(Entry {
            leaf_index,
            nonce: hex(&bytes),
        })
    }
}

/// The hash of a leaf that is not of a response: HMAC-SHA256 under the nonce of `0x01`, then kind and
/// fields, each as its length in bytes (u32, big-endian) and its UTF-8 bytes.
pub(super) fn leaf_hash(nonce: &[u8], kind: &str, fields: &[&str]) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(nonce) else {
        return String::new();
    };
    mac.update(&[1]);
    for field in [&[kind], fields].concat() {
        mac.update(&u32::try_from(field.len()).unwrap_or(u32::MAX).to_be_bytes());
        mac.update(field.as_bytes());
    }
    hex(&mac.finalize().into_bytes())
}

fn next_leaf(connection: &mut AnyConnection) -> QueryResult<i64> {
    match connection {
        #[cfg(feature = "postgres")]
        AnyConnection::Postgres(connection) => connection.next_leaf(),
        AnyConnection::Sqlite(connection) => connection.next_leaf(),
    }
}

/// Runs `change` in a transaction of its own.
///
/// # Errors
/// The database's; nothing is stored then.
pub(super) fn run<T>(
    connection: &mut AnyConnection,
    change: impl FnOnce(&mut Transaction<'_>) -> QueryResult<T>,
) -> QueryResult<T> {
    connection.transaction(|connection| {
        change(&mut Transaction {
            connection,
            next: None,
        })
    })
}
