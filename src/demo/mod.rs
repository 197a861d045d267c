//! The fictional city of `minyi demo`: its survey folders and its people.

pub mod city;
pub mod instruments;
