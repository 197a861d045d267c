//! Values in, pages out. The only module that names maud.
