//! `minyi estimate`: the estimation core on any CSV file.

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use serde_json::{Value, json};

use crate::commands::Exit;
use crate::estimation::csv::Source;
use crate::estimation::{self, Analysis, Code, Error, Estimate, Margins, Spec};

/// Weighted estimates with honest errors from a CSV file and a specification
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  minyi estimate --data answers.csv --spec spec.toml\n  \
                        minyi estimate --data answers.csv --spec spec.toml --format table\n\n\
                        A specification:\n  [design]\n  weight = \"w\"   strata = \"cu\"   psu = \"psu\"\n  \
                        [weighting]\n  method = \"rake\"   margins = \"margins.csv\"      # beside the specification\n  \
                        [[estimate]]\n  name = \"s1\"   kind = \"proportion\"   variable = \"s1\"   counts = [4, 5]\n  \
                        by = [\"county\"]   target = \">= 0.90\"\n\n\
                        A cell of the data is empty or holds what its column holds: a number where numbers are needed or\n\
                        counted, no NA or the like anywhere. An estimate may name other texts and codes that are missing\n\
                        (missing = [\"NA\", 9]), a line before [design] those of all columns (missing = [\"NA\", \".\"]).\n\
                        Every code of counts must occur, unless the estimate lists all codes (codes = [1, 2, 3, 4, 5]).\n\n\
                        Exit code 0: estimates on standard output. 1: the data or the specification is at fault; what and where,\n\
                        as {\"error\": {\"code\", \"message\", \"detail\"}}."
)]
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
    match estimate(args) {
        Ok(analysis) => {
            let printed = match args.format {
                Format::Json => print_json(&analysis),
                Format::Table => print_table(&analysis),
            };
            match printed {
                Ok(()) => Exit::Fine,
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Fine,
                Err(error) => fail(&format!("writing the result failed: {error}")),
            }
        }
        Err(Failure::Input(error)) => {
            let body = json!({"error": error});
            match write_json(&body) {
                Ok(()) => Exit::Input,
                Err(error) => fail(&format!("writing the error failed: {error}")),
            }
        }
        Err(Failure::Io(message)) => fail(&message),
    }
}

enum Failure {
    Input(Error),
    Io(String),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Input(error)
    }
}

fn fail(message: &str) -> Exit {
    eprintln!("minyi estimate: {message}");
    Exit::Io
}

fn estimate(args: &EstimateArgs) -> Result<Analysis, Failure> {
    let started = std::time::Instant::now();
    let spec = Spec::parse(&text_of(&args.spec)?)?;
    let margins = match spec
        .weighting
        .as_ref()
        .and_then(|weighting| weighting.margins.as_ref())
    {
        Some(name) => Margins::parse(&text_of(
            &args.spec.parent().unwrap_or(Path::new(".")).join(name),
        )?)?,
        None => Margins::new(),
    };
    let columns = read_columns(&args.data, &spec, &margins)?;
    let read = started.elapsed();
    let (weighted, analysis) = if spec.blend.is_some() {
        (
            started.elapsed(),
            estimation::analyse(&columns, &margins, &spec)?,
        )
    } else {
        let (design, report) = estimation::analysis::weighted_design(&columns, &margins, &spec)?;
        (
            started.elapsed(),
            estimation::analysis::finish(&columns, &spec, &design, report)?,
        )
    };
    if args.timings {
        let seconds =
            |from: std::time::Duration, to: std::time::Duration| (to - from).as_secs_f64();
        eprintln!(
            "read {:.3} s, weight {:.3} s, estimate {:.3} s",
            read.as_secs_f64(),
            seconds(read, weighted),
            seconds(weighted, started.elapsed())
        );
    }
    if let Some(path) = &args.weights {
        write_weights(path, &analysis.weights)
            .map_err(|error| Failure::Io(format!("{}: {error}", path.display())))?;
    }
    Ok(analysis)
}

fn text_of(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| {
        Error::new(
            Code::SpecInvalid,
            format!("{}: {error}", path.display()),
            json!({"file": path.display().to_string()}),
        )
        .into()
    })
}

/// A file that several threads read at once.
struct Data(File);

impl Source for Data {
    fn size(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    #[cfg(unix)]
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(&self.0, buffer, offset)
    }

    #[cfg(windows)]
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(&self.0, buffer, offset)
    }
}

fn read_columns(
    path: &Path,
    spec: &Spec,
    margins: &Margins,
) -> Result<estimation::Columns, Failure> {
    let in_file = |error: Error| error.in_file(&path.display().to_string());
    let at_fault =
        |error: io::Error| in_file(Error::new(Code::CsvInvalid, error.to_string(), json!({})));
    let file = File::open(path).map_err(at_fault)?;
    if !file.metadata().map_err(at_fault)?.is_file() {
        // A pipe has no offsets.
        let bytes = std::fs::read(path).map_err(at_fault)?;
        let columns = estimation::file::read(bytes.as_slice(), spec, margins, &|_| {});
        return Ok(columns.map_err(in_file)?);
    }
    let data = Data(file);
    let bar = progress(data.size().map_err(at_fault)?);
    let columns = estimation::file::read(&data, spec, margins, &|done| bar.set_position(done));
    bar.finish_and_clear();
    Ok(columns.map_err(in_file)?)
}

/// A bar on standard error if a person watches and the file is long enough to wait for.
fn progress(bytes: u64) -> ProgressBar {
    if !io::stderr().is_terminal() || bytes < 64 << 20 {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("reading {bytes} of {total_bytes} {wide_bar} {eta}");
    ProgressBar::new(bytes).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn write_weights(path: &Path, weights: &[f64]) -> io::Result<()> {
    let mut out = io::BufWriter::new(File::create(path)?);
    writeln!(out, "weight")?;
    for weight in weights {
        writeln!(out, "{}", digits(*weight))?;
    }
    out.flush()
}

fn print_json(analysis: &Analysis) -> io::Result<()> {
    write_json(analysis)
}

fn write_json(value: &impl Serialize) -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    value
        .serialize(&mut serde_json::Serializer::with_formatter(
            &mut out,
            Digits::default(),
        ))
        .map_err(io::Error::from)?;
    writeln!(out)?;
    out.flush()
}

/// Pretty JSON whose numbers have 17 significant digits, as many as a double needs to come back unchanged.
#[derive(Default)]
struct Digits {
    pretty: serde_json::ser::PrettyFormatter<'static>,
}

macro_rules! as_pretty {
    ($($name:ident($($argument:ident: $kind:ty),*);)*) => {
        $(fn $name<W: ?Sized + Write>(&mut self, writer: &mut W $(, $argument: $kind)*) -> io::Result<()> {
            self.pretty.$name(writer $(, $argument)*)
        })*
    };
}

impl serde_json::ser::Formatter for Digits {
    as_pretty! {
        begin_array();
        end_array();
        begin_array_value(first: bool);
        end_array_value();
        begin_object();
        end_object();
        begin_object_key(first: bool);
        begin_object_value();
        end_object_value();
    }

    fn write_f64<W: ?Sized + Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        writer.write_all(digits(value).as_bytes())
    }
}

/// A number with 17 significant digits; a whole one without decimals.
fn digits(value: f64) -> String {
    if libm::trunc(value) == value && value.abs() < 1e15 {
        return format!("{value:.0}");
    }
    let scientific = format!("{value:.16e}");
    let exponent = scientific
        .split_once('e')
        .and_then(|(_, exponent)| exponent.parse::<i32>().ok())
        .unwrap_or(0);
    if !(-5..16).contains(&exponent) {
        return scientific;
    }
    let decimals = usize::try_from(16 - exponent).unwrap_or(0);
    format!("{value:.decimals$}")
}

fn print_table(analysis: &Analysis) -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    if let Some(weighting) = &analysis.weighting {
        writeln!(
            out,
            "Weights: {} rows to {:.0} people in {} sweeps (worst misfit {:.1e}); g {:.2} to {:.2}; design effect of weighting {:.2}, effective n {:.0}",
            weighting.n,
            weighting.sum,
            weighting.sweeps,
            weighting.max_misfit,
            weighting.min_g,
            weighting.max_g,
            weighting.kish_deff,
            weighting.n_effective
        )?;
        for warning in &weighting.warnings {
            writeln!(out, "  ! {warning}")?;
        }
        writeln!(out)?;
    }
    let mut rows = vec![
        [
            "estimate", "domain", "n", "value", "s.e.", "interval", "df", "deff", "verdict", "note",
        ]
        .map(str::to_owned),
    ];
    rows.extend(analysis.estimates.iter().map(row_of));
    let widths: Vec<usize> = (0..10)
        .map(|at| {
            rows.iter()
                .filter_map(|row| row.get(at))
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or(0)
        })
        .collect();
    for row in rows {
        let mut line = String::new();
        for (at, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let padding = " ".repeat(width - cell.chars().count());
            let words = !(2..=7).contains(&at);
            line.push_str(&if words {
                format!("{cell}{padding}  ")
            } else {
                format!("{padding}{cell}  ")
            });
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    out.flush()
}

fn row_of(estimate: &Estimate) -> [String; 10] {
    use estimation::judgement::{Presentation, Verdict};
    use estimation::spec::Kind;
    let share = matches!(estimate.kind, Kind::Proportion | Kind::Indicator);
    let value = |value: f64| match (value.is_nan(), share) {
        (true, _) => "–".to_owned(),
        (false, true) => format!("{:.1} %", value * 100.0),
        (false, false) => format!("{value:.4}"),
    };
    let domain: Vec<String> = estimate
        .domain
        .iter()
        .map(|(variable, level)| format!("{variable} {level}"))
        .collect();
    let name = estimate.probability.map_or_else(
        || estimate.name.clone(),
        |p| format!("{} (p = {p})", estimate.name),
    );
    let verdict = estimate.verdict.map_or("", |verdict| match verdict {
        Verdict::Met => "met",
        Verdict::NotMet => "NOT MET",
        Verdict::Inconclusive => "inconclusive",
        Verdict::Suppressed => "suppressed",
    });
    let target = estimate.target.map_or_else(String::new, |target| {
        let text = serde_json::to_value(target).ok();
        text.as_ref()
            .and_then(Value::as_str)
            .map_or_else(String::new, |text| format!(" ({text})"))
    });
    let presentation = match estimate.presentation {
        Presentation::Publish => "",
        Presentation::Review => "review: ",
        Presentation::Suppress => "suppress: ",
    };
    [
        name,
        if domain.is_empty() {
            "all".to_owned()
        } else {
            domain.join(", ")
        },
        estimate.n.to_string(),
        value(estimate.estimate),
        value(estimate.std_error),
        format!("{} to {}", value(estimate.lower), value(estimate.upper)),
        format!("{:.0}", estimate.df),
        if estimate.design_effect.is_nan() {
            "–".to_owned()
        } else {
            format!("{:.2}", estimate.design_effect)
        },
        format!(
            "{verdict}{}",
            if verdict.is_empty() {
                String::new()
            } else {
                target
            }
        ),
        format!("{presentation}{}", estimate.reasons.join(", ")),
    ]
}
