//! `minyi plan-sample`: how many interviews a verdict needs, before the fieldwork is paid for.

use std::io::{self, Write};

use clap::{Args, ValueEnum};
use serde_json::json;

use crate::commands::Exit;
use crate::estimation::interval::Method;
use crate::estimation::power::{
    Question, average_effect, design_effect, interviews_needed, power, share_to_meet,
};

/// What `--help` says after the arguments.
const EXAMPLE: &str = "\
Example: the city's 90 % target in 10 counties, 12 interviews in each village or neighbourhood:
  minyi plan-sample --target 0.90 --truth 0.93 --per-psu 12 --domains 10

The verdict is \"met\" if the one-sided bound reaches the target, so a share just above the target is
not enough: the table says what share must be observed. The indicator of the city plan is an average
of 19 items, which takes fewer interviews than a single item; --items 1 plans for a single item.";

/// How many interviews a verdict on a target needs
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct PlanSampleArgs {
    /// Target share, between 0 and 1
    #[arg(long, default_value_t = 0.90)]
    pub target: f64,
    /// Share that is expected to be true
    #[arg(long, default_value_t = 0.93)]
    pub truth: f64,
    /// Probability of the verdict "met" if it is
    #[arg(long, default_value_t = 0.80)]
    pub power: f64,
    /// Probability of a false "met"
    #[arg(long, default_value_t = 0.05)]
    pub alpha: f64,
    /// Interviews per village or neighbourhood committee (PSU)
    #[arg(long, default_value_t = 10)]
    pub per_psu: u32,
    /// Likeness of answers within a PSU (intraclass correlation)
    #[arg(long, default_value_t = 0.03)]
    pub correlation: f64,
    /// Coefficient of variation of the weights
    #[arg(long, default_value_t = 0.4)]
    pub weight_cv: f64,
    /// Items that the indicator averages [default: 19; 1 with --design-effect]
    #[arg(long)]
    pub items: Option<u32>,
    /// Likeness of one person's answers to two items (correlation)
    #[arg(long, default_value_t = 0.3)]
    pub item_correlation: f64,
    /// Design effect, instead of the values above
    #[arg(long)]
    pub design_effect: Option<f64>,
    /// Number of counties that each need their own verdict
    #[arg(long, default_value_t = 1)]
    pub domains: u32,
    /// Strata per county; each needs at least two PSUs
    #[arg(long, default_value_t = 2)]
    pub strata: u32,
    /// Share of addresses that lead to an interview
    #[arg(long, default_value_t = 0.6)]
    pub response_rate: f64,
    /// How to print the result
    #[arg(long, env = "MINYI_FORMAT", default_value = "table", value_enum)]
    pub format: Format,
}

/// How the plan is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// One JSON object
    Json,
    /// A table for people
    Table,
}

/// Items of the satisfaction indicator.
const ITEMS: u32 = 19;

/// Sizes offered beside the one that is needed.
const SIZES: [f64; 7] = [60.0, 100.0, 150.0, 200.0, 300.0, 600.0, 1200.0];

/// Plans and prints.
pub fn run(args: &PlanSampleArgs) -> Exit {
    if let Some(fault) = fault(args) {
        eprintln!("minyi plan-sample: {fault}");
        return Exit::Usage;
    }
    let items = args.items.unwrap_or(match args.design_effect {
        Some(_) => 1,
        None => ITEMS,
    });
    let deff = args.design_effect.unwrap_or_else(|| {
        design_effect(f64::from(args.per_psu), args.correlation, args.weight_cv)
    });
    let deff = deff * average_effect(f64::from(items), args.item_correlation);
    let question = Question {
        target: args.target,
        truth: args.truth,
        design_effect: deff,
        alpha: args.alpha,
        interval: match items {
            1 => Method::KornGraubard,
            _ => Method::Logit,
        },
    };
    let plan = Plan::new(args, question);
    let printed = match args.format {
        Format::Json => print_json(args, question, &plan),
        Format::Table => print_table(args, question, &plan),
    };
    match printed {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            eprintln!("minyi plan-sample: writing the result failed: {error}");
            Exit::Io
        }
        _ => Exit::Fine,
    }
}

fn fault(args: &PlanSampleArgs) -> Option<&'static str> {
    let share = |value: f64| value > 0.0 && value < 1.0;
    if !(share(args.target)
        && share(args.truth)
        && share(args.power)
        && share(args.alpha)
        && args.alpha < 0.5)
    {
        return Some(
            "--target, --truth, --power and --alpha lie between 0 and 1 (--alpha below 0.5)",
        );
    }
    if args.truth <= args.target {
        return Some(
            "no number of interviews finds a target met that is not: --truth must exceed --target",
        );
    }
    if !(args.response_rate > 0.0 && args.response_rate <= 1.0) {
        return Some("--response-rate lies between 0 and 1");
    }
    if !(0.0..=1.0).contains(&args.item_correlation) || args.items == Some(0) {
        return Some("--item-correlation lies between 0 and 1, --items is at least 1");
    }
    if !(0.0..1.0).contains(&args.correlation)
        || args.weight_cv < 0.0
        || args.design_effect.is_some_and(|deff| deff <= 0.0)
    {
        return Some(
            "--correlation lies between 0 and 1, --weight-cv and --design-effect are not negative",
        );
    }
    if args.per_psu == 0 || args.domains == 0 || args.strata == 0 {
        return Some("--per-psu, --domains and --strata are at least 1");
    }
    None
}

struct Plan {
    needed: f64,
    rows: Vec<Row>,
}

/// What n interviews in a county can say.
struct Row {
    n: f64,
    df: f64,
    share_to_meet: f64,
    power: f64,
}

impl Plan {
    fn new(args: &PlanSampleArgs, question: Question) -> Self {
        let df = |n: f64| {
            let strata = f64::from(args.strata);
            ((n / f64::from(args.per_psu)).round().max(2.0 * strata) - strata).max(1.0)
        };
        let row = |n: f64| Row {
            n,
            df: df(n),
            share_to_meet: share_to_meet(question, n, df(n)),
            power: power(question, n, df(n)),
        };
        // The formula ignores degrees of freedom, so it only starts the search.
        let mut needed = interviews_needed(question, args.power);
        while row(needed).power < args.power && needed < 1e7 {
            needed = (needed * 1.01).ceil();
        }
        let mut sizes: Vec<f64> = SIZES.to_vec();
        sizes.push(needed);
        sizes.sort_by(f64::total_cmp);
        sizes.dedup();
        Self {
            needed,
            rows: sizes.into_iter().map(row).collect(),
        }
    }
}

fn print_json(args: &PlanSampleArgs, question: Question, plan: &Plan) -> io::Result<()> {
    let domains = f64::from(args.domains);
    let rows: Vec<serde_json::Value> = plan
        .rows
        .iter()
        .map(|row| {
            let share = if row.share_to_meet.is_nan() {
                None
            } else {
                Some(row.share_to_meet)
            };
            json!({"interviews": row.n, "df": row.df, "share_to_meet": share, "power": row.power})
        })
        .collect();
    let body = json!({
        "target": args.target, "truth": args.truth, "power": args.power, "alpha": args.alpha,
        "design_effect": question.design_effect,
        "interviews_per_domain": plan.needed,
        "interviews": plan.needed * domains,
        "addresses": (plan.needed * domains / args.response_rate).ceil(),
        "table": rows,
    });
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, &body).map_err(io::Error::from)?;
    writeln!(out)
}

fn print_table(args: &PlanSampleArgs, question: Question, plan: &Plan) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let domains = f64::from(args.domains);
    writeln!(
        out,
        "Target {:.1} %, truth {:.1} %, design effect {:.2}",
        args.target * 100.0,
        args.truth * 100.0,
        question.design_effect
    )?;
    let each = if args.domains > 1 {
        format!(
            " in each of {} counties, {:.0} in all",
            args.domains,
            plan.needed * domains
        )
    } else {
        String::new()
    };
    writeln!(
        out,
        "For \"met\" with probability {:.0} %: {:.0} interviews{each}; about {:.0} addresses at a \
         response rate of {:.0} %",
        args.power * 100.0,
        plan.needed,
        (plan.needed * domains / args.response_rate).ceil(),
        args.response_rate * 100.0
    )?;
    writeln!(
        out,
        "\n{:>10}  {:>4}  {:>24}  {:>10}",
        "interviews", "df", "observed share for \"met\"", "power"
    )?;
    for row in &plan.rows {
        let share = if row.share_to_meet.is_nan() {
            "not possible".to_owned()
        } else {
            format!("{:.1} %", row.share_to_meet * 100.0)
        };
        writeln!(
            out,
            "{:>10.0}  {:>4.0}  {share:>24}  {:>8.0} %",
            row.n,
            row.df,
            row.power * 100.0
        )?;
    }
    Ok(())
}
