//! The sections of an indicator and the figures of their questions.

use crate::disclosure::{Disclosed, disclose};
use crate::estimation::Columns;
use crate::locale::in_every_language;
use crate::questionnaire::{Choice, Kind, Question, Text};
use crate::release::analyses::Analyses;
use crate::release::category_totals::CategoryTotals;
use crate::release::figures::{ItemFigures, SectionFigures};
use crate::release::spec::Key;
use crate::survey::Survey;
use crate::survey::plan::{Indicator, IndicatorKind, IndicatorSection};

/// What the figures of sections are put together from.
#[derive(Clone, Copy)]
pub struct Sections<'a> {
    pub survey: &'a Survey,
    pub columns: &'a Columns,
    pub analyses: &'a Analyses<'a>,
}

impl Sections<'_> {
    /// The sections of an indicator. Those of a ratio are followed by one with its parts; `whole` is
    /// the headline.
    pub fn of(&self, indicator: &Indicator, whole: &Disclosed) -> Vec<SectionFigures> {
        let sections = indicator.sections.iter();
        let sections = sections.map(|section| self.section(indicator, section));
        sections.chain(self.parts(indicator, whole)).collect()
    }

    fn section(&self, indicator: &Indicator, section: &IndicatorSection) -> SectionFigures {
        let key = |item| Key::Item(&indicator.code, &section.code, item);
        let terms = section.terms.iter().map(|term| &term.question);
        let items = section.items.iter().chain(terms);
        SectionFigures {
            code: section.code.clone(),
            title: section.title.clone(),
            estimate: self.disclosed(Key::Section(&indicator.code, &section.code)),
            items: items
                .filter_map(|item| self.item(key(item), item, indicator.kind))
                .collect(),
        }
    }

    /// The parts of a ratio, each with the title of the section that its question is in; `None` for
    /// what has no parts.
    fn parts(&self, indicator: &Indicator, whole: &Disclosed) -> Option<SectionFigures> {
        if indicator.kind != IndicatorKind::Ratio {
            return None;
        }
        let parts = indicator.terms.iter().filter_map(|term| {
            let key = Key::Part(&indicator.code, &term.question);
            let item = self.item(key, &term.question, indicator.kind)?;
            let text = self.title_of_section_with(&item.code);
            Some(ItemFigures {
                text: text.unwrap_or_else(|| item.text.clone()),
                ..item
            })
        });
        let items: Vec<ItemFigures> = parts.collect();
        (!items.is_empty()).then(|| SectionFigures {
            code: "parts".to_owned(),
            title: in_every_language("results.by_kind"),
            estimate: whole.clone(),
            items,
        })
    }

    fn title_of_section_with(&self, question: &str) -> Option<Text> {
        let mut questions = self.survey.questionnaire.questions();
        let (section, _) = questions.find(|(_, known)| known.code == question)?;
        Some(section.title.clone())
    }

    fn disclosed(&self, key: Key<'_>) -> Disclosed {
        let found = self.analyses.whole(key);
        found.map_or_else(Disclosed::nothing, disclose)
    }

    fn item(&self, key: Key<'_>, code: &str, kind: IndicatorKind) -> Option<ItemFigures> {
        let question = self.survey.questionnaire.question(code)?;
        let estimate = disclose(self.analyses.whole(key)?);
        let is_shown = kind == IndicatorKind::Share && !estimate.is_suppressed();
        let (distribution, n_missing) = match is_shown {
            true => self.distribution(question),
            false => (Vec::new(), 0),
        };
        Some(ItemFigures {
            code: code.to_owned(),
            text: question.text.clone(),
            estimate,
            distribution,
            n_missing,
        })
    }

    /// The weighted shares of the valid choices, and the number of responses with another choice
    /// ("don't know"). Nothing for a question without choices.
    fn distribution(&self, question: &Question) -> (Vec<(String, Text, f64)>, u64) {
        let weights = &self.analyses.published.weights;
        let totals = CategoryTotals::of(self.columns, &question.code, weights);
        let (Kind::Single(choices), Some(totals)) = (&question.kind, totals) else {
            return (Vec::new(), 0);
        };
        let (missing, valid): (Vec<&Choice>, Vec<&Choice>) =
            choices.iter().partition(|choice| choice.missing);
        let weight = |choice: &&Choice| totals.get(&choice.code).weight;
        let total: f64 = valid.iter().map(weight).sum();
        let share = |weight: f64| if total > 0.0 { weight / total } else { 0.0 };
        let shares = valid.iter().map(|choice| {
            let share = share(totals.get(&choice.code).weight);
            (choice.code.clone(), choice.label.clone(), share)
        });
        let n_missing = missing
            .iter()
            .map(|choice| u64::from(totals.get(&choice.code).n));
        (shares.collect(), n_missing.sum())
    }
}
