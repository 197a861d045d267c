//! JSON whose numbers have 17 significant digits, as many as a double needs to come back unchanged.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};

/// Writes a value to standard output as indented JSON.
pub(super) fn write_json(value: &impl Serialize) -> io::Result<()> {
    write_json_to(value, io::BufWriter::new(io::stdout().lock()))
}

/// Writes a value as indented JSON.
pub(super) fn write_json_to(value: &impl Serialize, mut out: impl Write) -> io::Result<()> {
    let mut serializer = Serializer::with_formatter(&mut out, Digits::default());
    value.serialize(&mut serializer).map_err(io::Error::from)?;
    writeln!(out)?;
    out.flush()
}

/// A number with 17 significant digits; a whole one without decimals.
pub(super) fn digits(value: f64) -> String {
    if value.trunc() == value && value.abs() < 1e15 {
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

/// Indented JSON with [`digits`].
#[derive(Default)]
struct Digits {
    pretty: PrettyFormatter<'static>,
}

macro_rules! as_pretty {
    ($($name:ident($($argument:ident: $kind:ty),*);)*) => {
        $(fn $name<W: ?Sized + Write>(
            &mut self,
            writer: &mut W
            $(, $argument: $kind)*
        ) -> io::Result<()> {
            self.pretty.$name(writer $(, $argument)*)
        })*
    };
}

impl Formatter for Digits {
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
