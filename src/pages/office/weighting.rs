//! What the weights do, step by step, and what another choice would do.

use maud::{Markup, html};

use crate::locale::{Language, text_with};
use crate::pages::assets;
use crate::pages::office::frame::{Frame, fault};
use crate::pages::office::weighting_tables::Tables;
use crate::pages::results::Absence;
use crate::pages::results::number::{self, fixed};
use crate::release::labels::margin_names;
use crate::release::weighting::choice::{
    Asked, ChoiceFault, possible_calibrators, possible_combinations, possible_margins,
};
use crate::release::weighting::steps::{Headline, Weighted, WeightingSteps};
use crate::staff::Role;
use crate::survey::Survey;
use crate::survey::plan::Plan;

/// What the page shows.
pub struct WeightingPage<'a> {
    /// The survey.
    pub survey: &'a Survey,
    /// The steps of its plan, or why there are none; `None`: they are being computed.
    pub steps: Result<&'a WeightingSteps, Option<Absence>>,
    /// The choice that somebody tries.
    pub asked: Option<&'a Asked>,
    /// What it gives.
    pub tried: Option<&'a Tried>,
}

/// What a choice gives.
#[derive(Debug)]
pub enum Tried {
    /// Its steps.
    Steps(Box<WeightingSteps>),
    /// It is no choice.
    Refused(Vec<ChoiceFault>),
}

/// The page.
#[must_use]
pub fn page(frame: Frame<'_>, view: &WeightingPage<'_>) -> Markup {
    let page = Page { frame, view };
    let title = &view.survey.questionnaire.title;
    let body = html! {
        h1 { (page.say("title")) " · " (title.get(frame.language().code())) }
        @match view.steps {
            Err(Some(absence)) => p.well { (frame.text(absence.key())) },
            Err(None) => {
                p #live .well data-every="1" { (page.say("not_yet")) }
                script src=(assets::live_script_path()) defer {}
            }
            Ok(steps) => {
                (page.what_if(steps))
                (Tables { frame, steps }.all())
            }
        }
    };
    frame.page(&page.say("title"), body)
}

struct Page<'a> {
    frame: Frame<'a>,
    view: &'a WeightingPage<'a>,
}

impl Page<'_> {
    fn say(&self, key: &str) -> String {
        self.frame.text(&format!("weighting.{key}"))
    }

    fn say_with(&self, key: &str, values: &[(&str, &str)]) -> String {
        text_with(self.frame.language(), &format!("weighting.{key}"), values)
    }

    /// The choice that is tried beside the plan, and the form; only for who may try.
    fn what_if(&self, steps: &WeightingSteps) -> Markup {
        let plan = self.view.survey.plan.as_ref();
        let Some(plan) = plan.filter(|_| self.frame.role == Role::Statistician) else {
            return html! {};
        };
        html! {
            @match self.view.tried {
                Some(Tried::Refused(faults)) => {
                    @for own in faults { (fault(&self.fault(own))) }
                }
                Some(Tried::Steps(other)) => (self.comparison(steps, other)),
                None => {}
            }
            details.screen open[self.view.asked.is_some()] {
                summary { (self.say("what_if")) }
                p.soft { (self.say("what_if_note")) }
                (self.form(plan))
            }
        }
    }

    fn fault(&self, own: &ChoiceFault) -> String {
        match own {
            ChoiceFault::Margin(name) => self.say_with("fault_margin", &[("name", name)]),
            ChoiceFault::Calibrator(name) => self.say_with("fault_calibrator", &[("name", name)]),
            ChoiceFault::Combine(name) => self.say_with("fault_combine", &[("name", name)]),
            ChoiceFault::NoCalibrator => self.say("fault_no_calibrator"),
            ChoiceFault::BoundsNotNumbers => self.say("fault_bounds_numbers"),
            ChoiceFault::BoundsNotAroundOne => self.say("fault_bounds"),
            ChoiceFault::BoundsWithoutMargin => self.say("fault_bounds_margin"),
        }
    }

    fn form(&self, plan: &Plan) -> Markup {
        let survey = self.view.survey;
        let own = Asked::of_plan(plan);
        let asked = self.view.asked.unwrap_or(&own);
        let path = format!("/office/{}/weighting", survey.id);
        let margins = possible_margins(survey, plan);
        let calibrators = possible_calibrators(survey, plan);
        let combinations: Vec<&str> = possible_combinations(plan).map(|(word, _)| word).collect();
        let checks = |name: &str, title: &str, all: &[&str], chosen: &[String]| {
            html! { fieldset {
                legend { (title) }
                @for own in all {
                    label.check {
                        input type="checkbox" name=(name) value=(own) checked[chosen.iter().any(|one| one == own)];
                        " " (self.variable(plan, own))
                    }
                }
            } }
        };
        let bound = |name: &str, value: &str| {
            html! {
                label for=(name) { (self.say(name)) }
                input id=(name) name=(name) inputmode="decimal" maxlength="20" value=(value);
            }
        };
        html! {
            form.stack method="get" action=(path) {
                @if self.frame.language() != Language::ZH {
                    input type="hidden" name="lang" value=(self.frame.language().code());
                }
                @if self.frame.reader.large { input type="hidden" name="text" value="large"; }
                input type="hidden" name="try" value="1";
                (checks("rake", &self.say("margins"), &margins, &asked.rake))
                (bound("lower", &asked.lower))
                (bound("upper", &asked.upper))
                label for="combine" { (self.say("combine")) }
                select id="combine" name="combine" {
                    @for word in &combinations {
                        option value=(word) selected[*word == asked.combine] { (self.say(&format!("combine_{word}"))) }
                    }
                }
                @if !calibrators.is_empty() {
                    (checks("calibrator", &self.say("calibrators"), &calibrators, &asked.calibrators))
                }
                button.button type="submit" { (self.say("try")) }
            }
        }
    }

    /// A dimension or a variable in words.
    fn variable(&self, plan: &Plan, name: &str) -> String {
        let own = plan.variables.get(name);
        let title = own.and_then(|own| own.title.as_ref());
        match title {
            Some(title) => title.get(self.frame.language().code()).to_owned(),
            None => margin_names(&[name.to_owned()], self.frame.language()),
        }
    }

    fn comparison(&self, plan: &WeightingSteps, other: &WeightingSteps) -> Markup {
        let headings = ["compared_what", "plan", "choice"].map(|key| self.say(key));
        html! {
            section.well {
                h2 { (self.say("compared")) }
                p { strong { (self.say("not_touched")) } }
                div.numbers { (self.frame.table(&self.say("compared"), &headings, self.compared(plan, other))) }
                @if let Err(error) = &other.weighted {
                    (Tables { frame: self.frame, steps: other }.refusal(error))
                }
                @if plan.margin_titles != other.margin_titles || plan.n != other.n {
                    (Tables { frame: self.frame, steps: other }.merges())
                }
            }
        }
    }

    fn compared(&self, plan: &WeightingSteps, other: &WeightingSteps) -> Markup {
        let sides = [plan, other];
        let row = |name: &str, cell: &dyn Fn(&WeightingSteps) -> String| {
            html! { tr { th scope="row" { (name) } @for side in sides { td { (cell(side)) } } } }
        };
        let of_weights = |of: fn(&Weighted) -> String| {
            move |steps: &WeightingSteps| {
                let weighted = steps.weighted.as_ref();
                weighted.map_or_else(|_| "—".to_owned(), of)
            }
        };
        let language = self.frame.language();
        let comma = self.say("comma");
        let margins = |steps: &WeightingSteps| match steps.margin_titles.as_slice() {
            [] => self.say("none"),
            all => {
                let all: Vec<&str> = all.iter().map(|own| own.get(language.code())).collect();
                all.join(&comma)
            }
        };
        let bounds = |steps: &WeightingSteps| match (&*steps.choice.lower, &*steps.choice.upper) {
            ("", _) => self.say("none"),
            (lower, upper) => format!("{lower}–{upper}"),
        };
        let combine =
            |steps: &WeightingSteps| self.say(&format!("combine_{}", steps.choice.combine));
        let pairs = match (&plan.weighted, &other.weighted) {
            (Ok(one), Ok(other)) => headlines(one)
                .map(|own| (Some(own), same(other, own)))
                .collect(),
            (Ok(one), Err(_)) => headlines(one).map(|own| (Some(own), None)).collect(),
            (Err(_), Ok(other)) => headlines(other).map(|own| (None, Some(own))).collect(),
            (Err(_), Err(_)) => Vec::new(),
        };
        html! {
            (row(&self.say("margins"), &margins))
            (row(&self.say("bounds"), &bounds))
            (row(&self.say("combine"), &combine))
            @for (one, other) in pairs { tr {
                th scope="row" { @if let Some(own) = one.or(other) { (own.title.get(language.code())) } }
                @for own in [one, other] { td {
                    @match own { Some(own) => (self.headline(own)), None => "—" }
                } }
            } }
            (row(&self.say("kish_deff"), &of_weights(|own| fixed(own.report.kish_deff, 3))))
            (row(&self.say("n_effective"), &of_weights(|own| number::plain(own.report.n_effective, 0))))
            (row(&self.say("g_range"), &of_weights(|own| {
                format!("{}–{}", fixed(own.report.min_g, 3), fixed(own.report.max_g, 3))
            })))
            (row(&self.say("largest_misfit"), &of_weights(|own| {
                format!("{}%", fixed(own.largest_misfit * 100.0, 4))
            })))
        }
    }

    fn headline(&self, own: &Headline) -> Markup {
        let tables = self.view.steps.map(|steps| Tables {
            frame: self.frame,
            steps,
        });
        html! { @if let Ok(tables) = tables {
            strong { (tables.value(own)) } " " (tables.interval(own))
            @if let Some(verdict) = tables.verdict(own) { " · " (verdict) }
            " · n_eff " (tables.n_effective(own))
        } }
    }
}

fn headlines(weighted: &Weighted) -> impl Iterator<Item = &Headline> {
    weighted.headlines.iter()
}

/// The headline of the same indicator.
fn same<'w>(weighted: &'w Weighted, own: &Headline) -> Option<&'w Headline> {
    headlines(weighted).find(|other| other.code == own.code)
}
