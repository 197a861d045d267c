//! Reading the columns of a CSV file, and nothing else of it.
//!
//! The crate `csv-core` splits records into fields. The file is cut into pieces that are read in
//! parallel; a piece starts after the first line break at or after its offset. That guess is wrong
//! only inside a quoted field with a line break. Then the end of one piece is not the start of the
//! next; that is checked after all pieces are read, and the file is read again in one piece.
//!
//! A comma separates, double quotes enclose, an empty cell is missing; CRLF, blank lines between
//! records and a byte order mark are understood. Everything else must be what its column holds: see
//! [`Role`]. Columns that are not wanted are split but not read.
//!
//! | file | what |
//! |---|---|
//! | `wanted` | which columns are read, and what their cells may be |
//! | `read` | reading a file in pieces, and putting the pieces together |
//! | `header` | the names of the columns |
//! | `piece`, `batch` | the records of one piece, split into fields |
//! | `column` | cells as numbers or labels |
//! | `input` | the bytes of a file from an offset on |
//! | `fault` | what is wrong with a file, and where |

mod batch;
mod column;
mod fault;
mod header;
mod input;
mod piece;
mod read;
mod wanted;

pub(in crate::estimation) use column::is_marker;
pub use input::Source;
pub use read::{header, read};
pub use wanted::{Role, Wanted};
