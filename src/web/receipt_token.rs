//! The token in the address of a receipt. It is not the id of the response: who sees the address must
//! not be able to send something under that id.

use aes::Aes128;
use aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::survey::hex;

/// Turns ids into tokens and back: AES-128 of the 16 bytes of the id, under a key that all servers of
/// a database share. A token that was not issued is the id of no response.
pub struct ReceiptTokens(Aes128);

impl ReceiptTokens {
    /// Tokens under a key that is derived from `secret`.
    #[must_use]
    pub fn new(secret: &[u8]) -> ReceiptTokens {
        let digest = Sha256::new()
            .chain_update(b"receipt")
            .chain_update(secret)
            .finalize();
        let mut key = [0; 16];
        key.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        ReceiptTokens(Aes128::new(&key.into()))
    }

    /// The token of an id: 32 hexadecimal digits.
    #[must_use]
    pub fn token(&self, id: Uuid) -> String {
        let mut block = id.into_bytes().into();
        self.0.encrypt_block(&mut block);
        hex(block)
    }

    /// The id of a token; `None` for a text that is none.
    #[must_use]
    pub fn id(&self, token: &str) -> Option<Uuid> {
        let is_token = token.len() == 32 && token.bytes().all(|digit| digit.is_ascii_hexdigit());
        let number = u128::from_str_radix(token, 16).ok().filter(|_| is_token)?;
        let mut block = number.to_be_bytes().into();
        self.0.decrypt_block(&mut block);
        Some(Uuid::from_bytes(block.into()))
    }
}
