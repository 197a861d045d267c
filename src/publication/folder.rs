//! A release as a folder.
