//! Compares population.csv and frame.csv with what can be answered and with the plan.

use std::collections::{BTreeMap, BTreeSet};

use crate::estimation::spec::LonelyPsu;
use crate::questionnaire::{Areas, Kind, Questionnaire};
use crate::survey::categories::{self, Category, answers};
use crate::survey::check_report::Report;
use crate::survey::frame::FrameUnit;
use crate::survey::plan::{Combine, Plan, Variable};
use crate::survey::population::{Figure, Population};

/// A plan and the files that it takes figures from.
pub(super) struct Margins<'a> {
    pub(super) plan: &'a Plan,
    pub(super) questionnaire: &'a Questionnaire,
    pub(super) areas: &'a Areas,
    pub(super) population: &'a Population,
    /// Its name, for messages.
    pub(super) population_file: &'a str,
    pub(super) frame: &'a [FrameUnit],
    /// Its name, for messages.
    pub(super) frame_file: &'a str,
}

impl<'a> Margins<'a> {
    /// The population: of the first dimension that the plan weights to, else of the frame.
    pub(super) fn people(&self) -> Option<f64> {
        let mut rake = self.plan.weighting.rake.iter();
        let figures = rake.find_map(|dimension| self.population.dimensions.get(dimension));
        let total = figures.map(|figures| figures.values().map(|own| own.population).sum());
        let frame = || self.frame.iter().map(|unit| unit.population).sum();
        total.or_else(|| (!self.frame.is_empty()).then(frame))
    }

    /// Reports rows of the population that nobody can be in, and answers without a row.
    pub(super) fn rows(&self, report: &mut Report<'_>) {
        for (dimension, figures) in &self.population.dimensions {
            let mut parts = dimension.split('*');
            // A file that waves share may have dimensions that this plan does not use.
            if !parts.all(|part| part == "mode" || self.plan.variables.contains_key(part)) {
                continue;
            }
            let possible =
                categories::of_dimension(dimension, self.plan, self.questionnaire, self.areas);
            let Some(possible) = possible else { continue };
            self.unanswerable(report, dimension, figures, &possible);
            self.without_row(report, dimension, figures, &possible);
        }
        self.parts(report);
    }

    fn weights_to(&self, dimension: &str) -> bool {
        let weighting = &self.plan.weighting;
        weighting.base == dimension || weighting.rake.iter().any(|own| own == dimension)
    }

    fn unanswerable(
        &self,
        report: &mut Report<'_>,
        dimension: &str,
        figures: &BTreeMap<String, Figure>,
        possible: &[Category<'_>],
    ) {
        let known: BTreeSet<&str> = possible
            .iter()
            .map(|(category, _)| category.as_str())
            .collect();
        for (category, figure) in figures {
            if !known.contains(category.as_str()) && figure.population > 0.0 {
                report.elsewhere(format!(
                    "{}:{}: {dimension} {category}: no answer leads to this category, so nobody \
                     could stand for these people; use a code of the questionnaire or a group of \
                     the plan",
                    self.population_file, figure.line
                ));
            }
        }
    }

    fn without_row(
        &self,
        report: &mut Report<'_>,
        dimension: &str,
        figures: &BTreeMap<String, Figure>,
        possible: &[Category<'_>],
    ) {
        let line = first_line(figures);
        let mut seen = BTreeSet::new();
        for (category, answers) in possible {
            let figure = figures.get(category);
            if figure.is_some_and(|figure| figure.population > 0.0) || !seen.insert(category) {
                continue;
            }
            let (line, what) = match figure {
                Some(figure) => (figure.line, "has a population of 0"),
                None => (line, "has no row"),
            };
            if !self.weights_to(dimension) && figure.is_some() {
                continue;
            }
            let answers = answers
                .iter()
                .map(|(question, code)| format!("{question} = {code}"));
            let answers = answers.collect::<Vec<_>>().join(", ");
            report.elsewhere(format!(
                "{}:{line}: {dimension} {category} {what}, but can be answered ({answers}); give \
                 its population, or group the answers in plan.toml",
                self.population_file
            ));
        }
    }

    /// Reports dimensions that share a variable but count it differently.
    fn parts(&self, report: &mut Report<'_>) {
        let used = self.population.dimensions.iter();
        let used: Vec<_> = used
            .filter(|(dimension, _)| self.weights_to(dimension))
            .collect();
        for (place, (first, figures)) in used.iter().enumerate() {
            for (second, others) in used.iter().skip(place + 1) {
                for variable in first.split('*') {
                    let (one, other) = (
                        by_part(first, figures, variable),
                        by_part(second, others, variable),
                    );
                    let Some((one, other)) = one.zip(other) else {
                        continue;
                    };
                    let unlike = one.iter().find_map(|(category, n)| {
                        let m = other.get(category).copied().unwrap_or(0.0);
                        ((n - m).abs() > 0.5).then_some((category, n, m))
                    });
                    // Unlike totals are reported as such.
                    let (total, all): (f64, f64) = (one.values().sum(), other.values().sum());
                    if let Some((category, n, m)) = unlike
                        && (total - all).abs() <= 0.5
                    {
                        report.elsewhere(format!(
                            "{}:{}: {variable} {category} has {n} people by the rows of `{first}`, \
                             but {m} by those of `{second}`; correct the rows",
                            self.population_file,
                            first_line(others)
                        ));
                    }
                }
            }
        }
    }

    /// Reports units of the frame that cannot be weighted, and strata that nobody is drawn from.
    pub(super) fn frame(&self, report: &mut Report<'_>) {
        let design = &self.plan.design;
        if self.frame.is_empty() || design.psu.is_none() {
            if self.plan.weighting.base == "frame" && design.psu.is_none() {
                let what = "base = \"frame\" takes the weights from PSUs; write psu = \"psu\" under \
                            [design]";
                report.mistake(&["weighting".into(), "base".into()], what);
            }
            return;
        }
        let unknown = design
            .strata
            .iter()
            .position(|name| !self.is_of_frame(name));
        if unknown.is_some() || design.strata.is_empty() {
            let what = "the frame tells strata by area and `urban` only, so with these strata it \
                        would not be used and every PSU would count as drawn; write variables of \
                        the area, and `urban`";
            let place = unknown.unwrap_or(0);
            if self.plan.modes.combine != Combine::Pool || self.plan.weighting.base == "frame" {
                report.mistake(&["design".into(), "strata".into(), place.into()], what);
            }
            return;
        }
        let mut strata: BTreeMap<String, (u64, usize)> = BTreeMap::new();
        let mut missing = BTreeSet::new();
        for unit in self.frame {
            self.unit(report, unit, &mut missing);
            if let Some(stratum) = self.cell(&design.strata.join("*"), unit) {
                let (_, drawn) = strata.entry(stratum).or_insert((unit.line, 0));
                *drawn += usize::from(unit.selected == 1);
            }
        }
        for (stratum, (line, drawn)) in &strata {
            let cure = match drawn {
                0 => "no PSU is drawn, so nobody stands for its people; mark at least two",
                1 if design.lonely_psu == LonelyPsu::Fail => {
                    "one PSU is drawn, and lonely_psu = \"fail\" then gives no figures; mark \
                     another, or write lonely_psu = \"adjust\""
                }
                _ => continue,
            };
            let file = self.frame_file;
            report.elsewhere(format!("{file}:{line}: in the stratum {stratum} {cure}"));
        }
    }

    fn unit(&self, report: &mut Report<'_>, unit: &FrameUnit, missing: &mut BTreeSet<String>) {
        let (file, line, psu) = (self.frame_file, unit.line, &unit.psu);
        if psu.is_empty() || psu.chars().count() > 64 {
            report.elsewhere(format!(
                "{file}:{line}: the PSU has no code of 1 to 64 characters, so no response can name \
                 it; give it one"
            ));
        }
        let areas = self
            .plan
            .design
            .strata
            .iter()
            .filter_map(|name| self.area_codes(name));
        if areas
            .into_iter()
            .any(|codes| !codes.contains(&unit.area.as_str()))
            && self.areas.get(&unit.area).is_some()
        {
            report.elsewhere(format!(
                "{file}:{line}: the area `{}` of {psu} is no answer to the question of the area; \
                 use a county or zone that can be answered",
                unit.area
            ));
            return;
        }
        for (dimension, figures) in &self.population.dimensions {
            let cell = self
                .cell(dimension, unit)
                .filter(|_| self.weights_to(dimension));
            let Some(cell) = cell.filter(|_| unit.selected == 1) else {
                continue;
            };
            if !figures.contains_key(&cell) && missing.insert(format!("{dimension} {cell}")) {
                report.elsewhere(format!(
                    "{file}:{line}: {psu} is drawn in {dimension} {cell}, which has no population; \
                     add its row to {}",
                    self.population_file
                ));
            }
        }
    }

    /// Whether the frame tells a variable.
    fn is_of_frame(&self, name: &str) -> bool {
        let Some(variable) = self.plan.variables.get(name) else {
            return false;
        };
        name == "urban" || self.area_question(variable)
    }

    fn area_question(&self, variable: &Variable) -> bool {
        let question = self.questionnaire.question(&variable.question);
        question.is_some_and(|question| matches!(question.kind, Kind::Area { .. }))
    }

    fn area_codes(&self, name: &str) -> Option<Vec<&'a str>> {
        let variable = self.plan.variables.get(name)?;
        let question = self.questionnaire.question(&variable.question)?;
        matches!(question.kind, Kind::Area { .. })
            .then(|| answers(question, self.areas))
            .flatten()
    }

    /// The category of a unit in a dimension that the frame tells.
    fn cell(&self, dimension: &str, unit: &FrameUnit) -> Option<String> {
        let part = |name: &str| {
            let variable = self.plan.variables.get(name)?;
            match self.area_question(variable) {
                true => Some(categories::category(variable, self.areas, &unit.area)),
                false => (name == "urban").then(|| unit.urban.clone()),
            }
        };
        let parts: Option<Vec<String>> = dimension.split('*').map(part).collect();
        parts.map(|parts| parts.join("*"))
    }
}

/// The first line of a dimension.
pub(super) fn first_line(figures: &BTreeMap<String, Figure>) -> u64 {
    figures
        .values()
        .map(|figure| figure.line)
        .min()
        .unwrap_or(1)
}

/// The people of each category of one variable of a dimension.
fn by_part<'f>(
    dimension: &str,
    figures: &'f BTreeMap<String, Figure>,
    variable: &str,
) -> Option<BTreeMap<&'f str, f64>> {
    let place = dimension.split('*').position(|part| part == variable)?;
    let mut sums = BTreeMap::new();
    for (category, figure) in figures {
        let part = category.split('*').nth(place)?;
        *sums.entry(part).or_insert(0.0) += figure.population;
    }
    Some(sums)
}
