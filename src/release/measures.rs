//! What each respondent gives to each estimate, counted by cell.

use std::collections::BTreeMap;

use crate::estimation::columns::Category;
use crate::estimation::spec::Label;
use crate::release::cells::{Cells, Layout, Measure, Scale, Unit};
use crate::release::codes::{ItemCodes, labels};
use crate::release::columns::{denominator, numerator};
use crate::release::dataset::Dataset;
use crate::release::layouts;
use crate::release::spec::{domains, terms};
use crate::survey::Survey;
use crate::survey::plan::{
    Combine, Indicator, IndicatorKind, IndicatorSection, Plan, SectionCombine, Term,
};

impl Cells {
    /// The cells of the tables that `plan` gives of `dataset`.
    #[must_use]
    pub fn of(survey: &Survey, plan: &Plan, dataset: &Dataset) -> Cells {
        let has_ratio = |kind| kind == IndicatorKind::Ratio;
        let is_register = plan.modes.combine == Combine::Pool
            && plan.indicators.iter().any(|own| has_ratio(own.kind));
        Cells {
            survey: survey.id.clone(),
            unit: match is_register {
                true => Unit::Shop,
                false => Unit::Person,
            },
            measures: all(survey, plan, dataset),
        }
    }
}

/// All measures of a plan.
fn all(survey: &Survey, plan: &Plan, dataset: &Dataset) -> Vec<Measure> {
    let source = Source {
        survey,
        dataset,
        whole: layouts::whole(plan, dataset),
    };
    // Indicators with the same domains share a layout: making one reads every row often.
    let mut known: BTreeMap<Vec<&String>, Layout> = BTreeMap::new();
    let mut measures = Vec::new();
    for indicator in &plan.indicators {
        let domains: Vec<&String> = domains(plan, indicator).collect();
        let layout = known
            .entry(domains.clone())
            .or_insert_with(|| layouts::of_indicator(plan, dataset, &domains));
        measures.extend(source.indicator(indicator, layout));
    }
    mark_same(&mut measures);
    measures
}

/// The name of the measure of an indicator in another reading.
pub fn reading(indicator: &str, reading: &str) -> String {
    format!("{indicator}/reading/{reading}")
}

struct Source<'a> {
    survey: &'a Survey,
    dataset: &'a Dataset,
    /// The cell of the published part alone.
    whole: Layout,
}

/// What a respondent gives to an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    None,
    DontKnow,
    Counted { is_lenient: bool },
    Other { is_lenient: bool },
}

/// The sums of one respondent over the items of a section, or the sections of an indicator.
#[derive(Debug, Clone, Copy, Default)]
struct Score {
    sum: f32,
    of: u16,
}

impl Score {
    fn add(&mut self, score: f32) {
        self.sum += score;
        self.of += 1;
    }

    fn mean(self) -> Option<f32> {
        (self.of > 0).then(|| self.sum / f32::from(self.of))
    }
}

impl Source<'_> {
    fn rows(&self) -> usize {
        self.dataset.every_row().rows()
    }

    fn indicator(&self, indicator: &Indicator, layout: &Layout) -> Vec<Measure> {
        match indicator.kind {
            IndicatorKind::Share => self.share(indicator, layout),
            IndicatorKind::Mean => self.mean(indicator, layout),
            IndicatorKind::Ratio => self.ratio(indicator, layout),
        }
    }

    fn measure(
        name: String,
        scale: Scale,
        layout: &Layout,
        of: impl Fn(usize) -> Option<[f64; 3]>,
    ) -> Measure {
        Measure {
            name,
            scale,
            cells: layout.names.clone(),
            groups: layout.groups(of),
            sum_of: Vec::new(),
            same_as: None,
            choices: BTreeMap::new(),
        }
    }

    fn share(&self, indicator: &Indicator, layout: &Layout) -> Vec<Measure> {
        let code = &indicator.code;
        let mut measures = Vec::new();
        let mut whole = vec![Score::default(); self.rows()];
        let mut dont_know = vec![Score::default(); self.rows()];
        let mut lenient = vec![Score::default(); self.rows()];
        for section in &indicator.sections {
            let mut scores = vec![Score::default(); self.rows()];
            let combine = section.combine.unwrap_or(indicator.combine);
            for item in &section.items {
                let (mut own, answers) = self.item(indicator, section, item);
                own.choices = self.choices(item);
                measures.push(own);
                let rows = answers.into_iter().zip(&mut scores);
                let beside = dont_know.iter_mut().zip(&mut lenient);
                for ((answer, score), (unknown, lenient)) in rows.zip(beside) {
                    read(answer, combine, score, unknown, lenient);
                }
            }
            let mean = |row: usize| scores.get(row).and_then(|score| score.mean());
            let name = format!("{code}/{}", section.code);
            let of = |row| mean(row).map(sides);
            let mut own = Self::measure(name, Scale::Share, &self.whole, of);
            if combine == SectionCombine::Mean || section.items.len() == 1 {
                own.sum_of = names(&own.name, section.items.iter());
            }
            measures.push(own);
            for (row, whole) in whole.iter_mut().enumerate() {
                if let Some(score) = mean(row) {
                    whole.add(score);
                }
            }
        }
        let of = |scores: &[Score], row: usize| scores.get(row).and_then(|own| own.mean());
        for (name, scores) in [("dont_know", &dont_know), ("lenient", &lenient)] {
            let of = |row| of(scores, row).map(sides);
            let name = reading(code, name);
            measures.push(Self::measure(name, Scale::Share, &self.whole, of));
        }
        let of = |row| of(&whole, row).map(sides);
        let mut own = Self::measure(code.clone(), Scale::Share, layout, of);
        own.sum_of = names(code, indicator.sections.iter().map(|section| &section.code));
        measures.push(own);
        measures
    }

    /// The measure of an item, and what each row gives to it.
    fn item(
        &self,
        indicator: &Indicator,
        section: &IndicatorSection,
        item: &String,
    ) -> (Measure, Vec<Answer>) {
        let answers = self.answers(indicator, item);
        let of = |row: usize| match answers.get(row) {
            Some(Answer::Counted { .. }) => Some(sides(1.0)),
            Some(Answer::Other { .. }) => Some(sides(0.0)),
            _ => None,
        };
        let name = format!("{}/{}/{item}", indicator.code, section.code);
        let own = Self::measure(name, Scale::Share, &self.whole, of);
        (own, answers)
    }

    fn category(&self, column: &str) -> Option<Category> {
        let column = self.dataset.every_row().get(column).ok()?;
        Some(column.to_category())
    }

    fn answers(&self, indicator: &Indicator, item: &String) -> Vec<Answer> {
        let codes = ItemCodes::new(self.survey, [item]);
        let (counts, lenient) = (labels(&indicator.counts), labels(&indicator.lenient));
        let is_in = |codes: &[Label], level: &str| codes.iter().any(|code| code.matches(level));
        let Some(category) = self.category(item) else {
            return vec![Answer::None; self.rows()];
        };
        let levels = category.levels.iter();
        let meaning: Vec<Answer> = levels
            .map(|level| {
                let is_lenient = is_in(&lenient, level);
                match (is_in(&codes.missing, level), is_in(&counts, level)) {
                    (true, _) => Answer::DontKnow,
                    (false, true) => Answer::Counted { is_lenient },
                    (false, false) => Answer::Other { is_lenient },
                }
            })
            .collect();
        let of = |code: u32| {
            let place = usize::try_from(code).ok()?;
            meaning.get(place).copied()
        };
        let codes = category.decode().into_iter();
        codes.map(|code| of(code).unwrap_or(Answer::None)).collect()
    }

    /// How many of the published part gave each answer.
    fn choices(&self, item: &str) -> BTreeMap<String, u64> {
        let Some(category) = self.category(item) else {
            return BTreeMap::new();
        };
        let mut counts = vec![0_u64; category.levels.len()];
        for (row, code) in category.decode().into_iter().enumerate() {
            let place = usize::try_from(code).ok();
            let count = place.and_then(|place| counts.get_mut(place));
            if let Some(count) = count.filter(|_| self.whole.has(row, 0)) {
                *count += 1;
            }
        }
        category.levels.iter().cloned().zip(counts).collect()
    }

    fn numbers(&self, column: &str) -> Vec<f64> {
        let found = self.dataset.every_row().get(column).ok();
        let numbers = found.and_then(|own| own.to_numbers(column).ok());
        numbers.map_or_else(
            || vec![f64::NAN; self.rows()],
            |numbers| numbers.decode().clone(),
        )
    }

    /// Σ factor × answer of each row; NaN if none is answered.
    fn amounts<'t>(&self, terms: impl Iterator<Item = &'t Term>) -> Vec<f64> {
        let mut sums = vec![f64::NAN; self.rows()];
        for term in terms {
            for (sum, own) in sums.iter_mut().zip(self.numbers(&term.question)) {
                let own = own * term.factor;
                *sum = match (sum.is_nan(), own.is_nan()) {
                    (true, _) => own,
                    (false, true) => *sum,
                    (false, false) => *sum + own,
                };
            }
        }
        sums
    }

    fn mean(&self, indicator: &Indicator, layout: &Layout) -> Vec<Measure> {
        let code = &indicator.code;
        let of = |name: String, amounts: &[f64], layout: &Layout| {
            let amount = |row: usize| amounts.get(row).copied().filter(|own| own.is_finite());
            let of = |row| amount(row).map(|amount| [amount, 0.0, amount.abs()]);
            Self::measure(name, Scale::Mean, layout, of)
        };
        let mut measures = Vec::new();
        for section in &indicator.sections {
            let name = format!("{code}/{}", section.code);
            let amounts = self.amounts(section.terms.iter());
            let mut own = of(name.clone(), &amounts, &self.whole);
            own.sum_of = names(&name, section.terms.iter().map(|term| &term.question));
            measures.push(own);
            for term in &section.terms {
                let amounts = self.amounts([term].into_iter());
                let name = format!("{name}/{}", term.question);
                measures.push(of(name, &amounts, &self.whole));
            }
        }
        let amounts = self.amounts(terms(indicator));
        let mut own = of(code.clone(), &amounts, layout);
        own.sum_of = names(code, indicator.sections.iter().map(|section| &section.code));
        measures.push(own);
        measures
    }

    fn ratio(&self, indicator: &Indicator, layout: &Layout) -> Vec<Measure> {
        let of = |name: String, above: &[f64], below: &[f64], layout: &Layout| {
            let of = |row: usize| {
                let (above, below) = (*above.get(row)?, *below.get(row)?);
                let has_both = above.is_finite() && below.is_finite();
                has_both.then_some([above, below - above, below.abs()])
            };
            Self::measure(name, Scale::Ratio, layout, of)
        };
        let mut measures = Vec::new();
        for (above, below) in indicator.terms.iter().zip(&indicator.denominators) {
            let name = format!("{}/parts/{}", indicator.code, above.question);
            let amounts = [above, below].map(|term| self.numbers(&term.question));
            let [above, below] = &amounts;
            measures.push(of(name, above, below, &self.whole));
        }
        let above = self.numbers(&numerator(indicator));
        let below = self.numbers(&denominator(indicator));
        let mut own = of(indicator.code.clone(), &above, &below, layout);
        let parts = format!("{}/parts", indicator.code);
        own.sum_of = names(&parts, indicator.terms.iter().map(|term| &term.question));
        measures.push(own);
        measures
    }
}

/// The names of measures below `parent`.
fn names<'c>(parent: &str, codes: impl Iterator<Item = &'c String>) -> Vec<String> {
    codes.map(|code| format!("{parent}/{code}")).collect()
}

/// Marks the measures of items that another section has too.
fn mark_same(measures: &mut [Measure]) {
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    for measure in measures.iter_mut().filter(|own| !own.choices.is_empty()) {
        let code = measure
            .name
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_owned();
        measure.same_as = known.get(&code).cloned();
        known.entry(code).or_insert_with(|| measure.name.clone());
    }
}

/// What a respondent with `score` gives to both sides. The size is that of one person: nobody can
/// dominate.
fn sides(score: f32) -> [f64; 3] {
    let score = f64::from(score);
    [score, 1.0 - score, 0.0]
}

fn read(
    answer: Answer,
    combine: SectionCombine,
    score: &mut Score,
    dont_know: &mut Score,
    lenient: &mut Score,
) {
    let (counted, is_lenient) = match answer {
        Answer::None => return,
        Answer::DontKnow => {
            dont_know.add(1.0);
            return;
        }
        Answer::Counted { is_lenient } => (1.0, is_lenient),
        Answer::Other { is_lenient } => (0.0, is_lenient),
    };
    dont_know.add(0.0);
    lenient.add(if is_lenient { 1.0 } else { 0.0 });
    match combine {
        SectionCombine::Mean => score.add(counted),
        SectionCombine::Any => {
            *score = Score {
                sum: score.sum.max(counted),
                of: 1,
            };
        }
    }
}
