//! The fictional city of `minyi demo`: its survey folders, its people, their answers.
//!
//! | file | does |
//! |---|---|
//! | [`instruments`] | the survey folders, embedded in the program |
//! | [`waves`] | the surveys of the city: how many responses each gets, what is true in it |
//! | [`truth`] | the true value behind each answer and each indicator |
//! | [`persons`] | who answers: place, mode, background |
//! | `backgrounds` | sex, age, schooling and other traits, and what they change |
//! | `villages` | the drawn villages: how satisfied, how many interviews |
//! | [`enumerators`] | who interviews and who types, one of each carelessly |
//! | [`calendar`] | on which day and at what time responses come in |
//! | [`answers`] | what a person answers |
//! | [`shops`] | what a shop sells |
//! | [`city`] | one wave: a person, their answers, a filled-in form |
//! | [`filled`] | a filled-in form |
//! | [`populate`] | fills the database with the responses of all waves |
//! | [`office`] | a person for each role of the office, and what they did |
//! | [`paper`] | paper forms, one of them typed differently by two people |
//! | [`releases`] | the releases of 2025 and 2026, and what is announced |
//! | [`report`] | the truth beside the raw, the pooled and the published figures |

pub mod answers;
mod backgrounds;
pub mod calendar;
pub mod city;
pub mod enumerators;
pub mod filled;
pub mod instruments;
pub mod office;
pub mod paper;
pub mod persons;
pub mod populate;
pub mod releases;
pub mod report;
pub mod shops;
pub mod truth;
mod villages;
pub mod waves;
