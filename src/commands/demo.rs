//! `minyi demo`: a fictional city whose truth is known, filled in and served.

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use uuid::Uuid;

use crate::collection::{self, Answers, Intake, Response, Submission, Timing};
use crate::commands::serve::{ListenArgs, ReserveArgs, serve};
use crate::commands::settings::Place;
use crate::commands::{Exit, open, progress};
use crate::demo::instruments;
use crate::locale::Language;
use crate::questionnaire::answer;
use crate::release::figures::{Figures, Presentation};
use crate::release::stored;
use crate::store::{Store, Upkeep};
use crate::survey::plan::IndicatorKind;
use crate::survey::{Catalogue, Survey};
use crate::web::app::Site;

use crate::demo::city::{self, City, Truth};

/// Make a repeatable fictional city and serve it
#[derive(Debug, Args)]
#[command(
    after_help = "Makes survey folders and responses under --data, prints what is true of the city beside the unweighted and the\n\
                        weighted figures, and serves. On a folder that has a city already it goes on with it.\n\n\
                        Examples:\n  minyi demo\n  minyi demo --responses 1000000 --data /tmp/big --listen 0.0.0.0:8080"
)]
pub struct DemoArgs {
    /// Folder of the demonstration
    #[arg(
        long,
        env = "MINYI_DATA",
        default_value = "demo-data",
        value_name = "DIR"
    )]
    pub data: PathBuf,
    /// Responses to make, over all surveys and waves
    #[arg(
        long,
        env = "MINYI_RESPONSES",
        default_value_t = 12_000,
        value_name = "N"
    )]
    pub responses: u32,
    /// The same seed makes the same city
    #[arg(long, env = "MINYI_SEED", default_value_t = 1, value_name = "N")]
    pub seed: u64,
    /// Database: sqlite:PATH or postgres://… [default: minyi.sqlite in --data]
    #[arg(long, env = "MINYI_DATABASE", value_name = "URL")]
    pub database: Option<String>,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "a doc comment here would become the help text of the whole command"
    )]
    pub listen: ListenArgs,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "a doc comment here would become the help text of the whole command"
    )]
    pub reserve: ReserveArgs,
}

/// Responses stored at a time.
const BATCH: usize = 2_000;

/// True shares of positive answers by section or indicator.
type Levels = &'static [(&'static str, f64)];

/// Each survey's share of the responses, and what is true of its sections and indicators in that wave.
const SURVEYS: [(&str, f64, Levels); 6] = [
    (
        "satisfaction-2025",
        0.22,
        &[
            ("environment", 0.884),
            ("habitat", 0.893),
            ("economy", 0.887),
            ("education", 0.901),
            ("institutions", 0.895),
            ("z1", 0.902),
            ("building", 0.861),
            ("creation", 0.842),
            ("living", 0.917),
            ("consumption", 0.892),
        ],
    ),
    (
        "satisfaction-2026",
        0.60,
        &[
            ("environment", 0.905),
            ("habitat", 0.914),
            ("economy", 0.908),
            ("education", 0.921),
            ("institutions", 0.917),
            ("z1", 0.920),
            ("building", 0.879),
            ("creation", 0.862),
            ("living", 0.929),
            ("consumption", 0.914),
        ],
    ),
    ("disposables-2025", 0.08, &[("count", 1.0)]),
    ("disposables-2026", 0.08, &[("count", 0.9)]),
    ("appliances-2026", 0.01, &[("appliances", 0.962)]),
    ("fixtures-2026", 0.01, &[("fixtures", 0.986)]),
];

/// Makes the city, unless it is there, and serves it.
pub fn run(args: &DemoArgs) -> Exit {
    let place = Place {
        data: args.data.clone(),
        surveys: Some(args.data.join("surveys")),
        database: args.database.clone(),
    };
    if let Err(error) = instruments::write(&args.data.join("surveys")) {
        eprintln!("minyi demo: {}: {error}", args.data.display());
        return Exit::Io;
    }
    let catalogue = match open::catalogue(&place) {
        Ok(catalogue) => catalogue,
        Err(exit) => return exit,
    };
    let store = match open::store_with(
        &place,
        &catalogue,
        Upkeep::serving(args.reserve.reserve_mib),
    ) {
        Ok(store) => store,
        Err(exit) => return exit,
    };
    if let Err(exit) = populate(args, &catalogue, &store) {
        return exit;
    }
    report(args, &catalogue, &store);
    let site = Site {
        public_url: String::new(),
        demonstration: true,
        batch: 1,
    };
    let data = args.data.clone();
    serve(catalogue, store, site, &args.listen.listen(), |url| {
        invite(url, &data)
    })
}

/// Fills in what is missing of every survey. A city cut short while it was made is made to its end.
fn populate(args: &DemoArgs, catalogue: &Catalogue, store: &Store) -> Result<(), Exit> {
    let stored = |id: &str| store.count(id).unwrap_or(0);
    let fresh = SURVEYS.iter().all(|(id, ..)| stored(id) == 0);
    let wanted: Vec<(&Survey, u64, Levels)> = SURVEYS
        .iter()
        .filter_map(|(id, share, levels)| {
            let count = (f64::from(args.responses) * share).round().max(1.0);
            Some((
                catalogue.surveys.get(*id)?,
                count.to_string().parse().unwrap_or(1),
                *levels,
            ))
        })
        .collect();
    let done = store
        .keep("demo_done", || "0".to_owned())
        .map_err(|error| open::store_error(&error))?;
    if !fresh
        && done == "0"
        && wanted
            .iter()
            .all(|(survey, count, _)| stored(&survey.id) >= *count)
    {
        return Ok(());
    }
    let total = wanted.iter().map(|(_, count, _)| count).sum();
    let bar = progress::bar(total);
    let mut made = 0;
    for (survey, count, levels) in wanted {
        let mut city = City::new(survey, &catalogue.areas, args.seed, levels);
        let skip = stored(&survey.id);
        if skip >= count {
            made += count;
            continue;
        }
        let mut batch = Vec::with_capacity(BATCH);
        for number in 0..count {
            let filled = city.respond();
            made += 1;
            if number < skip {
                continue;
            }
            match response(catalogue, survey, &filled, args.seed, number, count) {
                Some(response) => batch.push(response),
                None => {
                    eprintln!(
                        "minyi demo: a fictional response to {} is not valid: a fault of ours",
                        survey.id
                    );
                    return Err(Exit::Software);
                }
            }
            if batch.len() == BATCH || number + 1 == count {
                store
                    .insert_all(std::mem::take(&mut batch))
                    .map_err(|error| open::submit_error("minyi demo", &error))?;
                bar.set_position(made);
            }
        }
    }
    bar.finish_and_clear();
    Ok(())
}

/// A filled-in form on the way of every form: parsed, then stored.
fn response(
    catalogue: &Catalogue,
    survey: &Survey,
    filled: &city::Filled,
    seed: u64,
    number: u64,
    count: u64,
) -> Option<Response> {
    let mode = answer::Mode::from_name(filled.mode)?;
    let fields = || {
        filled
            .fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    };
    let asked = answer::asked(&survey.questionnaire, &catalogue.areas, mode, fields());
    let asked: Vec<(&str, &str)> = fields().filter(|(name, _)| asked.contains(name)).collect();
    let id = Uuid::new_v5(
        &Uuid::NAMESPACE_OID,
        format!("demo/{seed}/{}/{number}", survey.id).as_bytes(),
    );
    // Spread over the first two months of collection, by daylight.
    let opens: jiff::civil::Date = survey.questionnaire.opens.parse().ok()?;
    let day = i64::try_from(number * 60 / count.max(1)).ok()?;
    let second = i64::try_from(number.wrapping_mul(7_919) % 39_600).ok()?;
    let start = opens
        .at(8, 0, 0, 0)
        .to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(8)))
        .ok()?
        .timestamp();
    let started = Timestamp::from_second(start.as_second() + day * 86_400 + second).ok()?;
    let finished = Timestamp::from_second(started.as_second() + i64::from(filled.seconds)).ok()?;
    let timing = Timing::new(finished, Some(started), Some(finished));
    let submission = Submission {
        id,
        mode,
        channel: &filled.channel,
        psu: &filled.psu,
        enumerator: "",
        device: "",
        timing,
        flags: "",
        answers: Answers::Form(&asked),
    };
    match collection::intake(survey, &catalogue.areas, &submission) {
        Intake::Accepted(response) => Some(*response),
        _ => None,
    }
}

/// Prints the truth beside what the raw and the weighted answers say.
fn report(args: &DemoArgs, catalogue: &Catalogue, store: &Store) {
    let mut previous = std::collections::BTreeMap::new();
    println!(
        "A fictional city (seed {}): what is true, what the raw answers say, what the weighted ones say",
        args.seed
    );
    for (id, _, levels) in SURVEYS {
        let Some(survey) = catalogue.surveys.get(id) else {
            continue;
        };
        match stored::figures(catalogue, survey, store, u64::MAX, &previous) {
            Ok(figures) => {
                let truth = City::new(survey, &catalogue.areas, args.seed, levels).truth();
                print_figures(&figures, &truth);
                previous.insert(id.to_owned(), std::sync::Arc::new(figures));
            }
            Err(error) => eprintln!("minyi demo: {id}: {error}"),
        }
    }
}

fn print_figures(figures: &Figures, truth: &Truth) {
    for indicator in &figures.indicators {
        let Some(truth) = truth.get(&indicator.code) else {
            continue;
        };
        let shown = |value: f64| match indicator.kind {
            IndicatorKind::Mean => format!("{value:8.2}"),
            IndicatorKind::Share | IndicatorKind::Ratio => format!("{:7.2}%", value * 100.0),
        };
        let whole = &indicator.whole;
        let weighted = if whole.presentation == Presentation::Suppress {
            "*".to_owned()
        } else {
            shown(whole.estimate)
        };
        println!(
            "  {:20} {:16} true {}   unweighted {}   weighted {}  [{}, {}]",
            figures.survey,
            indicator.code,
            shown(*truth),
            indicator.unweighted.map_or_else(String::new, shown),
            weighted,
            shown(whole.lower).trim(),
            shown(whole.upper).trim(),
        );
    }
}

/// The addresses, and a QR code to try it on a phone.
fn invite(url: &str, data: &std::path::Path) {
    let language = Language::ZH;
    println!(
        "\n{} minyi  data in {}",
        crate::locale::text(language, "site.name"),
        data.display()
    );
    println!("  home           {url}/");
    println!("  questionnaire  {url}/s/satisfaction-2026");
    println!("  results        {url}/results/satisfaction-2026");
    println!("  tables         {url}/results/satisfaction-2026.csv  .json");
    if let Ok(code) = fast_qr::QRBuilder::new(format!("{url}/s/satisfaction-2026")).build() {
        println!("\n{}", code.to_str());
    }
    println!("Ctrl+C stops. In earnest: minyi serve --data /var/lib/minyi");
}
