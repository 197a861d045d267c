//! The bytes of a file from some offset on.

use std::io;

/// Bytes that can be read at any offset, from several threads.
pub trait Source: Sync {
    /// Number of bytes.
    ///
    /// # Errors
    /// As the source says.
    fn size(&self) -> io::Result<u64>;

    /// Fills `buffer` from `offset` and returns the number of bytes read.
    ///
    /// # Errors
    /// As the source says.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;
}

impl Source for [u8] {
    fn size(&self) -> io::Result<u64> {
        u64::try_from(self.len()).map_err(io::Error::other)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = usize::try_from(offset).ok().and_then(|at| self.get(at..));
        io::Read::read(&mut rest.unwrap_or_default(), buffer)
    }
}

/// Bytes read at a time.
const CHUNK: usize = 1 << 16;

/// A position in a source, and the bytes after it that have been read.
pub(super) struct Input<'a, S: Source + ?Sized> {
    source: &'a S,
    buffer: &'a mut Vec<u8>,
    /// Start and end in `buffer` of the bytes not yet consumed.
    start: usize,
    end: usize,
    /// Offset in the source of the end.
    offset: u64,
}

impl<'a, S: Source + ?Sized> Input<'a, S> {
    pub(super) fn new(source: &'a S, offset: u64, buffer: &'a mut Vec<u8>) -> Self {
        buffer.resize(CHUNK, 0);
        Self {
            source,
            buffer,
            start: 0,
            end: 0,
            offset,
        }
    }

    /// Some of the bytes after the position; none at the end of the source only.
    #[inline]
    pub(super) fn rest(&mut self) -> io::Result<&[u8]> {
        if self.start == self.end {
            self.fill()?;
        }
        Ok(self.buffer.get(self.start..self.end).unwrap_or_default())
    }

    /// Moves the position past `bytes` of [`Input::rest`].
    #[inline]
    pub(super) const fn consume(&mut self, bytes: usize) {
        self.start += bytes;
    }

    /// The position in the source.
    #[inline]
    pub(super) fn position(&self) -> u64 {
        let ahead = u64::try_from(self.end - self.start).unwrap_or_default();
        self.offset - ahead
    }

    #[cold]
    fn fill(&mut self) -> io::Result<()> {
        let read = loop {
            match self.source.read_at(self.offset, self.buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        (self.start, self.end) = (0, read);
        self.offset += u64::try_from(read).map_err(io::Error::other)?;
        Ok(())
    }

    /// Moves past the next line feed, or to the end.
    pub(super) fn skip_line(&mut self) -> io::Result<()> {
        loop {
            let rest = self.rest()?;
            let (length, feed) = (rest.len(), memchr::memchr(b'\n', rest));
            self.consume(feed.map_or(length, |feed| feed + 1));
            if feed.is_some() || length == 0 {
                return Ok(());
            }
        }
    }

    /// Moves past line breaks (line feeds, carriage returns, or pairs of them) and counts them.
    /// `after_return`: a carriage return before the position is part of the first of them.
    #[inline]
    pub(super) fn skip_line_breaks(&mut self, after_return: bool) -> io::Result<usize> {
        let (mut lines, mut open) = (0, after_return);
        loop {
            match self.rest()?.first() {
                Some(b'\n') => {
                    lines += 1;
                    open = false;
                }
                Some(b'\r') => {
                    lines += usize::from(open);
                    open = true;
                }
                _ => return Ok(lines + usize::from(open)),
            }
            self.consume(1);
        }
    }
}
