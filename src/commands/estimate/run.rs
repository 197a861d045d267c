//! The arguments of `minyi estimate`, and the command from reading to printing.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use serde_json::json;

use crate::commands::Exit;
use crate::commands::estimate::failure::Failure;
use crate::commands::estimate::json::{digits, write_json, write_json_to};
use crate::commands::estimate::table::print_table;
use crate::commands::estimate::{keys, read};
use crate::estimation::analysis::{finish, weighted_design};
use crate::estimation::{Analysis, analyse};

/// Weighted estimates with honest errors from a CSV file and a specification
#[derive(Debug, Args)]
#[command(after_help = keys::EXAMPLES, after_long_help = keys::HELP)]
pub struct EstimateArgs {
    /// CSV file with a header; empty cells are missing
    #[arg(long, value_name = "FILE.csv")]
    pub data: PathBuf,
    /// TOML file that says how the sample was drawn and what to estimate
    #[arg(long, value_name = "SPEC.toml")]
    pub spec: PathBuf,
    /// How to print the result
    #[arg(long, env = "MINYI_FORMAT", default_value = "json", value_enum)]
    pub format: Format,
    /// Write the final weights to this CSV file, one line per row of the data
    #[arg(long, value_name = "FILE.csv")]
    pub weights: Option<PathBuf>,
    /// Print seconds spent reading, weighting and estimating to standard error
    #[arg(long)]
    pub timings: bool,
}

/// How estimates are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// One JSON object, numbers with 17 significant digits
    Json,
    /// A table for people
    Table,
}

/// Reads, estimates, prints.
pub fn run(args: &EstimateArgs) -> Exit {
    let (printed, exit) = match estimate(args) {
        Ok(analysis) => {
            let printed = match args.format {
                Format::Json => write_json(&analysis),
                Format::Table => print_table(&analysis),
            };
            (printed, Exit::Fine)
        }
        Err(Failure::Input(error)) => (write_json(&json!({"error": error})), Exit::Input),
        Err(Failure::Io(message)) => return fail(&message),
    };
    match printed {
        Ok(()) => exit,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => exit,
        Err(error) => fail(&format!("writing the result failed: {error}")),
    }
}

/// What `minyi estimate --format json` prints.
///
/// # Errors
/// Why there are no estimates.
pub fn estimates_json(data: &Path, spec: &Path) -> Result<Vec<u8>, String> {
    let args = EstimateArgs {
        data: data.to_owned(),
        spec: spec.to_owned(),
        format: Format::Json,
        weights: None,
        timings: false,
    };
    let analysis = estimate(&args).map_err(|failure| match failure {
        Failure::Input(error) => error.to_string(),
        Failure::Io(message) => message,
    })?;
    let mut bytes = Vec::new();
    write_json_to(&analysis, &mut bytes).map_err(|error| error.to_string())?;
    Ok(bytes)
}

fn fail(message: &str) -> Exit {
    eprintln!("minyi estimate: {message}");
    Exit::Io
}

fn estimate(args: &EstimateArgs) -> Result<Analysis, Failure> {
    let started = Instant::now();
    let (spec, margins) = read::specification(&args.spec)?;
    let columns = read::columns(&args.data, &spec, &margins)?;
    let read = started.elapsed();
    let is_one_step = spec.blend.is_some() || spec.sensitivity.is_some() || !spec.keep.is_empty();
    let (weighted, analysis) = if is_one_step {
        (started.elapsed(), analyse(&columns, &margins, &spec)?)
    } else {
        let (design, report) = weighted_design(&columns, &margins, &spec)?;
        let weighted = started.elapsed();
        (weighted, finish(&columns, &spec, &design, report)?)
    };
    if args.timings {
        print_timings(read, weighted, started.elapsed());
    }
    if let Some(path) = &args.weights {
        write_weights(path, &analysis.weights)
            .map_err(|error| Failure::Io(format!("{}: {error}", path.display())))?;
    }
    Ok(analysis)
}

/// Each is the time since the start at the end of a phase.
fn print_timings(read: Duration, weighted: Duration, estimated: Duration) {
    eprintln!(
        "read {:.3} s, weight {:.3} s, estimate {:.3} s",
        read.as_secs_f64(),
        (weighted - read).as_secs_f64(),
        (estimated - weighted).as_secs_f64()
    );
}

fn write_weights(path: &Path, weights: &[f64]) -> io::Result<()> {
    let mut out = io::BufWriter::new(File::create(path)?);
    writeln!(out, "weight")?;
    for weight in weights {
        writeln!(out, "{}", digits(*weight))?;
    }
    out.flush()
}
