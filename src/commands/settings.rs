//! Settings that several commands share; their values come from a flag, the environment, minyi.toml
//! or a default, in this order.

use std::path::{Path, PathBuf};

use clap::{Args, Command};

use crate::commands::file;

/// Where the data and the surveys are.
#[derive(Debug, Clone, Args)]
pub struct Place {
    /// Folder of the data
    #[arg(
        long,
        env = "MINYI_DATA",
        default_value = "minyi-data",
        value_name = "DIR"
    )]
    pub data: PathBuf,
    /// Folder of the survey folders [default: DIR/surveys of --data if it is there, else ./surveys]
    #[arg(long, env = "MINYI_SURVEYS", value_name = "DIR")]
    pub surveys: Option<PathBuf>,
    /// Database: sqlite:PATH or postgres://… [default: minyi.sqlite in --data]
    #[arg(long, env = "MINYI_DATABASE", value_name = "URL")]
    pub database: Option<String>,
}

impl Place {
    /// The folder of the survey folders.
    pub fn surveys(&self) -> PathBuf {
        if let Some(surveys) = &self.surveys {
            return surveys.clone();
        }
        let beside = self.data.join("surveys");
        if beside.is_dir() {
            beside
        } else {
            PathBuf::from("surveys")
        }
    }

    /// The database's URL.
    pub fn database(&self) -> String {
        self.database
            .clone()
            .unwrap_or_else(|| format!("sqlite:{}", self.data.join("minyi.sqlite").display()))
    }
}

/// `command` with the values of minyi.toml as defaults of its flags. The file is the one that
/// `MINYI_CONFIG` names, or `minyi.toml` in the working folder if it is there.
///
/// # Errors
/// A file that cannot be read, wrong TOML, a key that no command has as a flag; with the cure.
pub fn with_file_defaults(command: Command) -> Result<Command, String> {
    let named = std::env::var_os("MINYI_CONFIG").map(PathBuf::from);
    let path = named.clone().unwrap_or_else(|| PathBuf::from("minyi.toml"));
    if named.is_none() && !path.exists() {
        return Ok(command);
    }
    let source = std::fs::read_to_string(&path).map_err(|error| file::message(&path, &error))?;
    let table: toml::Table =
        toml::from_str(&source).map_err(|error| format!("{}: {error}", path.display()))?;
    apply(command, &table, &path)
}

fn apply(mut command: Command, table: &toml::Table, path: &Path) -> Result<Command, String> {
    let known: std::collections::BTreeSet<String> = command
        .get_subcommands()
        .flat_map(|sub| sub.get_arguments().filter_map(clap::Arg::get_long))
        .map(str::to_owned)
        .collect();
    for (key, value) in table {
        let flag = key.replace('_', "-");
        if !known.contains(&flag) {
            let cure = "write the name of a flag, such as listen";
            return Err(format!("{}: unknown key `{key}`; {cure}", path.display()));
        }
        let value = match value {
            toml::Value::Array(parts) => parts.iter().map(written).collect::<Vec<_>>().join(","),
            one => written(one),
        };
        let names: Vec<String> = command
            .get_subcommands()
            .map(|sub| sub.get_name().to_owned())
            .collect();
        for name in names {
            let (flag, value) = (flag.clone(), value.clone());
            command = command.mut_subcommand(name, |sub| {
                let has = sub
                    .get_arguments()
                    .find(|argument| argument.get_long() == Some(&flag));
                match has.map(|argument| argument.get_id().clone()) {
                    Some(id) => sub.mut_arg(id, |argument| argument.default_value(value)),
                    None => sub,
                }
            });
        }
    }
    Ok(command)
}

/// A value as one writes it on the command line.
fn written(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
