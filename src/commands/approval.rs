//! `minyi approval`: enters the four marks of a form when its approval comes.

use clap::Args;

use crate::commands::settings::Place;
use crate::commands::{Exit, local, open};
use crate::survey::approval::Approval;
use crate::survey::written::enter_approval;
use crate::web::surveys::in_force;

/// Enter the approval of a survey's form
#[derive(Debug, Args)]
#[command(after_help = "\
Writes the four marks of a statistical form (表号, 制定机关, 批准文号, 有效期) into questionnaire.toml
and keeps its comments. A server that runs shows them at once. What was asked stays the same version.

Example:
  minyi approval satisfaction-2026 --approval-number '国统制〔2026〕1号' --valid-until 2027-06 \\
      --data /var/lib/minyi

Exit code 0: done. 1: the survey or a mark is at fault.")]
pub struct ApprovalArgs {
    /// Survey, such as satisfaction-2026
    pub survey: String,
    /// 批准文号
    #[arg(long, value_name = "TEXT")]
    pub approval_number: String,
    /// 有效期: the last month, YYYY-MM
    #[arg(long, value_name = "MONTH")]
    pub valid_until: String,
    /// 表号 [default: that of the file]
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub form_number: String,
    /// 制定机关 in Chinese [default: that of the file]
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub agency_zh: String,
    /// 制定机关 in English [default: that of the file]
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub agency_en: String,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "a doc comment here would become the help text of the whole command"
    )]
    pub place: Place,
}

/// Enters them.
pub fn run(args: &ApprovalArgs) -> Exit {
    enter(args).err().unwrap_or(Exit::Fine)
}

fn enter(args: &ApprovalArgs) -> Result<(), Exit> {
    let catalogue = open::catalogue(&args.place)?;
    let survey = catalogue.surveys.get(&args.survey);
    let survey = survey.ok_or_else(|| open::no_such_survey(&catalogue, &args.survey))?;
    let changes = open::fieldwork_changes(&args.place)?;
    let last = in_force(survey, &changes).closes;
    let approval = Approval {
        form_number: args.form_number.clone(),
        agency_zh: args.agency_zh.clone(),
        agency_en: args.agency_en.clone(),
        approval_number: args.approval_number.clone(),
        valid_until: args.valid_until.clone(),
    };
    let last = last.map_or_else(String::new, |day| day.to_string());
    let surveys = args.place.surveys();
    let entered = enter_approval(&surveys, &survey.id, &approval, &last, &catalogue.areas);
    let questionnaire = entered.map_err(|mistakes| {
        eprintln!("{}", mistakes.join("\n"));
        eprintln!("minyi approval: nothing was changed");
        Exit::Input
    })?;
    println!(
        "{}\t{}\t{}\t{}",
        questionnaire.form_number,
        questionnaire.agency.get("zh"),
        questionnaire.approval_number,
        questionnaire.valid_until
    );
    local::read_surveys(&args.place)
}
