//! Crosstabs, response rates and contrasts as tables for people.

use std::io::{self, Write};

use crate::commands::estimate::cells::{domain_of, number, percent, print_aligned};
use crate::estimation::analysis::Named;
use crate::estimation::contrast::Contrast;
use crate::estimation::crosstab::{Crosstab, Test};
use crate::estimation::response_rate::{Outcomes, ResponseRates};

/// A table of the shares of each row with their standard errors, and the tests of independence.
pub(super) fn print_crosstab(out: &mut impl Write, crosstab: &Named<Crosstab>) -> io::Result<()> {
    let table = &crosstab.result;
    let [row, column] = &table.variables;
    writeln!(
        out,
        "{}, {}: {row} (rows) by {column} (columns), per cent of the row (s.e.); n {}, df {:.0}",
        crosstab.name,
        domain_of(&crosstab.domain),
        table.n,
        table.df
    )?;
    let mut header = vec![String::new()];
    header.extend(table.columns.iter().cloned());
    header.extend(["total".to_owned(), "n".to_owned()]);
    let mut rows = vec![header];
    for cells in table.cells.chunks(table.columns.len().max(1)) {
        let label = cells.first().map_or("", |cell| cell.row.as_str());
        let total: f64 = cells.iter().map(|cell| cell.total).sum();
        let n: u64 = cells.iter().map(|cell| cell.n).sum();
        let mut line = vec![label.to_owned()];
        line.extend(cells.iter().map(|cell| {
            let error = number(cell.row_share_std_error * 100.0, 1);
            format!("{} ({error})", percent(cell.row_share))
        }));
        line.extend([number(total, 0), n.to_string()]);
        rows.push(line);
    }
    let numbers: Vec<bool> = (0..table.columns.len() + 3).map(|at| at > 0).collect();
    print_aligned(out, &rows, &numbers)?;
    let Some(tests) = &table.tests else {
        return writeln!(out, "no test of independence");
    };
    for (name, test) in [
        ("Rao-Scott, second order", &tests.rao_scott_second_order),
        ("Rao-Scott, first order", &tests.rao_scott_first_order),
        ("Rao-Scott, saddle point", &tests.saddle_point),
        ("Wald", &tests.wald),
        ("Wald, adjusted", &tests.adjusted_wald),
    ] {
        writeln!(out, "{name}: {}", words_of(test))?;
    }
    Ok(())
}

/// A test in words.
fn words_of(test: &Test) -> String {
    let statistic = match test.df.as_slice() {
        [df1, df2] => format!("F({df1:.2}, {df2:.2})"),
        [df] => format!("X2 ({df:.0} df)"),
        _ => "X2".to_owned(),
    };
    format!(
        "{statistic} = {}, P = {}",
        number(test.statistic, 3),
        number(test.p_value, 4)
    )
}

/// The rates from numbers of cases and from base weights, and the cases by disposition.
pub(super) fn print_response_rates(
    out: &mut impl Write,
    rates: &Named<ResponseRates>,
) -> io::Result<()> {
    let ResponseRates {
        unweighted,
        weighted,
    } = &rates.result;
    writeln!(
        out,
        "{}, {}: response rates",
        rates.name,
        domain_of(&rates.domain)
    )?;
    let mut rows = vec![["", "unweighted", "weighted"].map(str::to_owned).to_vec()];
    let both = unweighted
        .rates
        .named()
        .into_iter()
        .zip(weighted.rates.named());
    rows.extend(both.map(|((name, unweighted), (_, weighted))| {
        vec![name.to_owned(), percent(unweighted), percent(weighted)]
    }));
    print_aligned(out, &rows, &[false, true, true])?;
    writeln!(out, "cases: {}", cases_of(unweighted, 0))?;
    writeln!(out, "weighted cases: {}", cases_of(weighted, 1))
}

/// The cases by disposition, and e.
fn cases_of(outcomes: &Outcomes, decimals: usize) -> String {
    let cases = &outcomes.cases;
    let cases = [
        ("I", cases.complete),
        ("P", cases.partial),
        ("R", cases.refusal),
        ("NC", cases.non_contact),
        ("O", cases.other),
        ("UH", cases.unknown_household),
        ("UO", cases.unknown_other),
        ("NE", cases.not_eligible),
    ];
    let cases = cases.map(|(code, count)| format!("{code} {}", number(count, decimals)));
    let source = match outcomes.e_given {
        true => "given",
        false => "from the cases of known eligibility",
    };
    format!(
        "{}; e {} ({source})",
        cases.join(", "),
        number(outcomes.e, 3)
    )
}

/// One line per contrast, with its groups.
pub(super) fn print_contrasts(
    out: &mut impl Write,
    contrasts: &[Named<Contrast>],
) -> io::Result<()> {
    let header = ["contrast", "value", "s.e.", "interval", "df", "P", "groups"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    rows.extend(contrasts.iter().map(|contrast| {
        let Contrast {
            estimate,
            std_error,
            lower,
            upper,
            df,
            p_value,
            by,
            groups,
            ..
        } = &contrast.result;
        let groups = groups.iter().map(|group| {
            let (label, coefficient) = (&group.label, group.coefficient);
            format!(
                "{coefficient:+} x {by} {label} ({})",
                number(group.estimate, 4)
            )
        });
        vec![
            contrast.name.clone(),
            number(*estimate, 4),
            number(*std_error, 4),
            format!("{} to {}", number(*lower, 4), number(*upper, 4)),
            number(*df, 0),
            number(*p_value, 4),
            groups.collect::<Vec<_>>().join(", "),
        ]
    }));
    print_aligned(out, &rows, &[false, true, true, true, true, true, false])
}
