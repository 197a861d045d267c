//! Transactions for changes of any table but `response`: the rows and their leaves together.

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

/// A leaf that was appended for a row. The row stores both fields, so that the leaf can be computed
/// again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// Index of the leaf, from 0.
    pub(super) leaf_index: i64,
    /// 32 random bytes, hex: the key of the leaf's hash.
    pub(super) nonce: String,
}

impl Transaction<'_> {
    /// Locks the log against other servers until the transaction ends, so that what is read from
    /// now on does not change. Returns the next free leaf index.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) fn lock_log(&mut self) -> QueryResult<i64> {
        let next = match self.next {
            Some(next) => next,
            None => next_leaf(self.connection)?,
        };
        self.next = Some(next);
        Ok(next)
    }

    /// Makes the next leaf be looked up again, because others are appended by other code.
    pub(super) fn forget_next_leaf(&mut self) {
        self.next = None;
    }

    /// Appends a leaf of `kind` with the hash of `fields`.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) fn append_leaf(&mut self, kind: &str, fields: &[&str]) -> QueryResult<Entry> {
        let leaf_index = self.lock_log()?;
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

/// The hash of a leaf of any kind but `sub`: HMAC-SHA256 under the nonce of `0x01`, then kind and
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
/// When the database fails; then nothing is stored.
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
