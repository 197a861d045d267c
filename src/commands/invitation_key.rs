//! The file `invitation.key` in the data folder: the key under which codes of invitations are hashed.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::collection::InvitationKey;
use crate::commands::{Exit, file, open};
use crate::survey::hex;

/// Name of the file. It is not in the database or its backups, so that none of them alone lets
/// anyone try codes.
pub const FILE: &str = "invitation.key";

/// The key of a data folder. A new one is made if there is none.
///
/// # Errors
/// The exit code when it cannot be read or made; a message was printed.
pub fn of(data: &Path) -> Result<InvitationKey, Exit> {
    let path = data.join(FILE);
    read_or_make(data, &path).map_err(|error| {
        eprintln!("minyi: {}", file::message(&path, &error));
        file::exit(&error)
    })
}

/// The key of a data folder, if it has one that can be read.
pub fn existing(data: &Path) -> Option<InvitationKey> {
    let text = std::fs::read_to_string(data.join(FILE)).ok()?;
    parse(text.trim())
}

fn read_or_make(data: &Path, path: &Path) -> io::Result<InvitationKey> {
    match std::fs::read_to_string(path) {
        Ok(text) => parse(text.trim()).ok_or_else(|| {
            let cure =
                "this is not a key of 64 hexadecimal digits; put back the file that minyi made";
            io::Error::new(io::ErrorKind::InvalidData, cure)
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            open::data_folder(data)?;
            make(data, path)
        }
        Err(error) => Err(error),
    }
}

/// Makes a new key. Another process may make one at the same moment: the one that is there counts.
fn make(data: &Path, path: &Path) -> io::Result<InvitationKey> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    let unfinished = data.join(format!("{FILE}.{}", std::process::id()));
    let text = hex(bytes);
    let made = File::options()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&unfinished)
        .and_then(|mut file| {
            writeln!(file, "{text}")?;
            file.sync_all()
        })
        // Unlike a rename, a link never replaces a key that is there.
        .and_then(|()| std::fs::hard_link(&unfinished, path));
    let _ = std::fs::remove_file(&unfinished);
    match made {
        Ok(()) => {
            File::open(data)?.sync_all()?;
            Ok(InvitationKey::new(bytes))
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => read_or_make(data, path),
        Err(error) => Err(error),
    }
}

fn parse(text: &str) -> Option<InvitationKey> {
    let is_key = text.len() == 64 && text.bytes().all(|digit| digit.is_ascii_hexdigit());
    let mut bytes = [0; 32];
    for (position, byte) in bytes.iter_mut().enumerate() {
        let digits = text.get(position * 2..position * 2 + 2)?;
        *byte = u8::from_str_radix(digits, 16).ok()?;
    }
    is_key.then(|| InvitationKey::new(bytes))
}
