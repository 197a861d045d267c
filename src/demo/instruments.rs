//! The survey folders of this repository, carried in the program so that a demonstration needs
//! nothing else.

use std::io;
use std::path::Path;

macro_rules! embedded {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../surveys/", $name)))),*]
    };
}

const FILES: &[(&str, &str)] = embedded!(
    "areas.toml",
    "plan.toml",
    "satisfaction-2026/questionnaire.toml",
    "satisfaction-2026/plan.toml",
    "satisfaction-2026/population.csv",
    "satisfaction-2026/frame.csv",
    "satisfaction-2025/questionnaire.toml",
    "satisfaction-2025/plan.toml",
    "disposables-2026/questionnaire.toml",
    "disposables-2026/plan.toml",
    "disposables-2025/questionnaire.toml",
    "disposables-2025/plan.toml",
    "appliances-2026/questionnaire.toml",
    "appliances-2026/plan.toml",
    "fixtures-2026/questionnaire.toml",
    "fixtures-2026/plan.toml",
);

/// Writes the folders, leaving alone every file that is there.
///
/// # Errors
/// When a file cannot be written.
pub fn write(folder: &Path) -> io::Result<()> {
    for (name, text) in FILES {
        let path = folder.join(name);
        if path.exists() {
            continue;
        }
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(path, text)?;
    }
    Ok(())
}
