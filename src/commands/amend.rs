//! `minyi amend`: takes a new wording, or another plan, into use while responses are stored.

use std::collections::BTreeMap;

use clap::Args;
use jiff::Timestamp;

use crate::commands::agreement::{self, Disagreement, OtherPlan, changes, questionnaire_of};
use crate::commands::local::{Answer, Request, carry_out, unexpected};
use crate::commands::settings::Place;
use crate::commands::{Exit, open, reason};
use crate::release::headlines::headlines;
use crate::release::history::Headlines;
use crate::release::refresh::whole_batches;
use crate::release::stored::{self, NoFigures};
use crate::store::{Amendment, PlanChange, Store, StoreError};
use crate::survey::{Catalogue, PlanFiles, Survey};

/// Take a new wording of a questionnaire, or another plan, into use after the first responses
#[derive(Debug, Args)]
#[command(after_help = "\
The first response freezes the questionnaire and the plan. After that the texts of the questionnaire
may change, with a reason: correct questionnaire.toml, then run this. Codes, kinds, scales, their
order, rules and limits may not change, and a text may not move to another choice or question: answers
would get another meaning. To go back to an earlier wording, put its file back and amend again.

If plan.toml, population.csv or frame.csv changed, the headline figures under the old plan are computed
first, from the responses that the published figures rest on, and stay on the results page.

It may run while minyi serves, and takes effect at once. A form that was loaded before is stored
under the wording that the person saw.

Examples:
  minyi amend satisfaction-2026 --reason 'a3 said 公园 twice' --data /var/lib/minyi
  minyi amend satisfaction-2026 --stored --data /var/lib/minyi > old.toml    print the stored file

Exit code 0: done. 1: nothing changed, no reason, or the change is more than wording.")]
pub struct AmendArgs {
    /// Survey, such as satisfaction-2026
    pub survey: String,
    /// Why it changes; readers of the figures see it
    #[arg(long, value_name = "TEXT", required_unless_present = "stored")]
    pub reason: Option<String>,
    /// Print the questionnaire.toml that is in use, and change nothing
    #[arg(long, conflicts_with = "reason")]
    pub stored: bool,
    /// As of `minyi serve`: the figures under the old plan rest on the responses that the published
    /// ones rest on
    #[arg(long, env = "MINYI_BATCH", default_value_t = 50, value_name = "N")]
    pub batch: u64,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "a doc comment here would become the help text of the whole command"
    )]
    pub place: Place,
}

/// Checks what changed and stores it with the reason.
pub fn run(args: &AmendArgs) -> Exit {
    match args.stored {
        true => print_stored(args),
        false => amend(args).unwrap_or_else(|exit| exit),
    }
}

fn print_stored(args: &AmendArgs) -> Exit {
    let store = match reader(args) {
        Ok(store) => store,
        Err(exit) => return exit,
    };
    match store.versions(&args.survey) {
        Ok(versions) => match versions.last() {
            Some(newest) => {
                print!("{}", newest.source);
                Exit::Fine
            }
            None => {
                eprintln!(
                    "minyi amend: no questionnaire of `{}` is stored; correct the name, or --data",
                    args.survey
                );
                Exit::Input
            }
        },
        Err(error) => open::store_error(&error),
    }
}

fn reader(args: &AmendArgs) -> Result<Store, Exit> {
    if !open::has_database(&args.place) {
        eprintln!(
            "minyi amend: there is no database in {}; --data names the folder of the server",
            args.place.data.display()
        );
        return Err(Exit::Input);
    }
    open::reader(&args.place)
}

fn amend(args: &AmendArgs) -> Result<Exit, Exit> {
    let reason = reason::checked("minyi amend", args.reason.as_deref().unwrap_or_default())?;
    let mut catalogue = open::catalogue(&args.place)?;
    let store = reader(args)?;
    let unread = |error: StoreError| open::store_error(&error);
    let mut changed = agreement::settle(&store, &mut catalogue).map_err(unread)?;
    changed.retain(|changed| changed.survey == args.survey);
    let mut plans = agreement::other_plans(&store, &catalogue).map_err(unread)?;
    plans.retain(|plan| plan.survey == args.survey);
    let Some(survey) = catalogue.surveys.get(&args.survey) else {
        return Err(open::no_such_survey(&catalogue, &args.survey));
    };
    let (changed, plan) = (changed.pop(), plans.pop());
    let change = Change {
        args,
        catalogue: &catalogue,
        store: &store,
        survey,
    };
    change.refuse(changed.as_ref(), plan.as_ref())?;
    let questionnaire = match &changed {
        Some(_) => Some(change.version().map_err(unread)?),
        None => None,
    };
    let plan = plan.map(|plan| change.plan(&plan)).transpose()?;
    let headlines = plan.as_ref().map(|(_, headlines)| headlines.clone());
    let amendment = Amendment {
        survey: survey.id.clone(),
        reason,
        since: Timestamp::now().as_microsecond(),
        questionnaire,
        plan: plan.map(|(plan, _)| plan),
    };
    match carry_out(&args.place, Request::Amend(Box::new(amendment)))? {
        Answer::Done => {}
        answer => return Err(unexpected(&answer)),
    }
    if let Some(changed) = &changed {
        for (difference, n) in &changed.changes {
            println!("{difference}; {n} stored answers keep the earlier wording");
        }
    }
    if let Some(headlines) = &headlines {
        println!("another plan is in use; what came out by the plan before stays visible:");
        print_headlines(headlines.as_ref());
    }
    eprintln!("minyi amend: stored; a server that runs uses the new files from now on");
    Ok(Exit::Fine)
}

/// The change of one survey.
struct Change<'a> {
    args: &'a AmendArgs,
    catalogue: &'a Catalogue,
    store: &'a Store,
    survey: &'a Survey,
}

impl Change<'_> {
    /// Says why nothing can be amended, if so.
    fn refuse(&self, changed: Option<&Disagreement>, plan: Option<&OtherPlan>) -> Result<(), Exit> {
        if let Some(changed) = changed.filter(|changed| !changed.is_wording()) {
            for line in changed.lines(&self.args.place.surveys()) {
                println!("{line}");
            }
            eprintln!("minyi amend: more than the wording changed; nothing was stored");
            return Err(Exit::Input);
        }
        if changed.is_none() && plan.is_none() {
            eprintln!(
                "minyi amend: nothing to amend: the files of {} are those that are in use, or it has \
                 no responses yet and may change freely",
                self.survey.id
            );
            return Err(Exit::Input);
        }
        if plan.is_some() && self.survey.plan.is_none() {
            eprintln!(
                "minyi amend: plan.toml of {} is gone; put a plan there, then amend",
                self.survey.id
            );
            return Err(Exit::Input);
        }
        Ok(())
    }

    /// Hash and source of the new wording. A wording that was in use before has the hash under which
    /// it is stored.
    fn version(&self) -> Result<(String, String), StoreError> {
        let (survey, areas) = (self.survey, &self.catalogue.areas);
        let versions = self.store.versions(&survey.id)?;
        let earlier = versions.iter().rev().find(|version| {
            questionnaire_of(version, areas)
                .is_some_and(|own| changes(&own, &survey.questionnaire).is_empty())
        });
        let hash = earlier.map_or(&survey.questionnaire_hash, |version| &version.hash);
        Ok((hash.clone(), survey.questionnaire_source.clone()))
    }

    /// The new plan, and the headline figures under the plan before.
    fn plan(&self, other: &OtherPlan) -> Result<(PlanChange, Option<Headlines>), Exit> {
        let headlines = self.headlines_before(other)?;
        let files = &self.survey.plan_files;
        let change = PlanChange {
            hash: files.hash(),
            source: files.to_json(),
            figures: headlines
                .as_ref()
                .map_or_else(String::new, Headlines::to_json),
        };
        Ok((change, headlines))
    }

    /// The headline figures under the plan before; `None` if it gives none.
    fn headlines_before(&self, other: &OtherPlan) -> Result<Option<Headlines>, Exit> {
        let whole = whole_batches(other.n, self.args.batch);
        let none = |why: &dyn std::fmt::Display| {
            eprintln!("minyi amend: no figures under the plan before: {why}");
            Ok(None)
        };
        if whole == 0 {
            return none(&"too few responses");
        }
        let Some(files) = PlanFiles::from_json(&other.fixed.source) else {
            return none(&"it cannot be read");
        };
        let before = match self.survey.with_plan_files(&files, &self.catalogue.areas) {
            Ok(before) => before,
            Err(mistakes) => return none(&mistakes.join("; ")),
        };
        let (catalogue, store) = (self.catalogue, self.store);
        match stored::figures(catalogue, &before, store, whole, &BTreeMap::new()) {
            Ok(figures) => Ok(Some(headlines(&figures))),
            Err(NoFigures::Store(error)) => Err(open::store_error(&error)),
            Err(error) => none(&error),
        }
    }
}

fn print_headlines(headlines: Option<&Headlines>) {
    let Some(headlines) = headlines else {
        println!("  no figures");
        return;
    };
    for headline in &headlines.indicators {
        let verdict = headline.verdict.as_deref().unwrap_or("no target");
        match headline.estimate {
            Some([estimate, lower, upper]) => println!(
                "  {}: {estimate:.4} ({lower:.4} to {upper:.4}), {verdict}, {} responses",
                headline.code, headlines.n
            ),
            None => println!("  {}: suppressed", headline.code),
        }
    }
}
