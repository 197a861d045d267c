//! Checks the indicators of a plan: what they count, of which questions, against which target.

use std::collections::BTreeSet;

use crate::questionnaire::{Areas, Kind, Question, Questionnaire, is_numeric};
use crate::survey::categories::answers;
use crate::survey::check_report::Report;
use crate::survey::lines::Step;
use crate::survey::plan::{Indicator, IndicatorKind, Plan, Target, Term, as_code};

/// One indicator and its place in the plan.
struct Judged<'a> {
    questionnaire: &'a Questionnaire,
    areas: &'a Areas,
    indicator: &'a Indicator,
    place: usize,
}

/// An item of a share, with the codes that it can be answered with.
struct Item<'a> {
    at: Vec<Step<'a>>,
    question: &'a Question,
    codes: Vec<&'a str>,
}

/// Reports what is wrong with the indicators.
pub(super) fn indicators(
    report: &mut Report<'_>,
    plan: &Plan,
    questionnaire: &Questionnaire,
    areas: &Areas,
) {
    if plan.indicators.is_empty() {
        let what = "the plan has no indicator, so there are no figures; add an [[indicator]]";
        report.mistake(&[], what);
    }
    let mut codes = BTreeSet::new();
    for (place, indicator) in plan.indicators.iter().enumerate() {
        let judged = Judged {
            questionnaire,
            areas,
            indicator,
            place,
        };
        if !codes.insert(&indicator.code) {
            let what = format!(
                "two indicators have the code `{}`, so one of them has no figure; give one another \
                 code",
                indicator.code
            );
            report.mistake(&judged.at(&["code".into()]), &what);
        }
        judged.parts(report);
        judged.targets(report);
        match indicator.kind {
            IndicatorKind::Share => judged.share(report),
            IndicatorKind::Mean | IndicatorKind::Ratio => judged.terms(report),
        }
        judged.domains(report, plan);
    }
}

impl<'a> Judged<'a> {
    fn at<'s>(&self, steps: &[Step<'s>]) -> Vec<Step<'s>> {
        [&["indicator".into(), self.place.into()], steps].concat()
    }

    fn mistake(&self, report: &mut Report<'_>, steps: &[Step<'_>], what: &str) {
        let what = format!("indicator {}: {what}", self.indicator.code);
        report.mistake(&self.at(steps), &what);
    }

    /// The parts that an indicator of this kind needs, and those that it does not use.
    fn parts(&self, report: &mut Report<'_>) {
        let own = self.indicator;
        let is_share = own.kind == IndicatorKind::Share;
        let has_items = own.sections.iter().any(|section| !section.items.is_empty());
        let has_terms =
            !own.terms.is_empty() || own.sections.iter().any(|section| !section.terms.is_empty());
        let needed = match own.kind {
            IndicatorKind::Share if !has_items => {
                Some("a share needs items; add an [[indicator.section]] with items")
            }
            IndicatorKind::Share if own.counts.is_empty() => {
                Some("a share needs the codes that count; write them, such as counts = [4, 5]")
            }
            IndicatorKind::Mean if !has_terms => {
                Some("a mean needs terms; add an [[indicator.term]] or [[indicator.section.term]]")
            }
            IndicatorKind::Ratio if own.terms.is_empty() || own.denominators.is_empty() => Some(
                "a ratio needs terms and denominators; add [[indicator.term]] and \
                 [[indicator.denominator]]",
            ),
            _ => None,
        };
        if let Some(what) = needed {
            self.mistake(report, &["code".into()], what);
        }
        let unused = [
            ("counts", !is_share && !own.counts.is_empty()),
            ("lenient", !is_share && !own.lenient.is_empty()),
            ("term", is_share && !own.terms.is_empty()),
            (
                "denominator",
                own.kind != IndicatorKind::Ratio && !own.denominators.is_empty(),
            ),
            ("section", !is_share && has_items),
            (
                "section",
                is_share && own.sections.iter().any(|section| !section.terms.is_empty()),
            ),
        ];
        for (key, _) in unused.into_iter().filter(|(_, is_unused)| *is_unused) {
            let what = format!(
                "an indicator of this kind does not use what is written at `{key}`; remove it, or \
                 change the kind"
            );
            self.mistake(report, &[key.into()], &what);
        }
        let mut sections = BTreeSet::new();
        for (place, section) in own.sections.iter().enumerate() {
            let at = ["section".into(), place.into(), "code".into()];
            if !sections.insert(&section.code) {
                let what = format!("two sections have the code `{}`; rename one", section.code);
                self.mistake(report, &at, &what);
            }
            if section.items.is_empty() && section.terms.is_empty() {
                let what = format!("section {} has no questions; add some", section.code);
                self.mistake(report, &at, &what);
            }
        }
    }

    /// The target and what belongs to it.
    fn targets(&self, report: &mut Report<'_>) {
        let own = self.indicator;
        let at = ["target".into()];
        if own.reference && own.target.is_some() {
            let what = "it is shown for reference only, so its target is never judged; remove \
                        target, or reference = true";
            self.mistake(report, &at, what);
        }
        if own.target == Some(Target::BelowPreviousWave) && own.previous.is_none() {
            let what = "the target is the wave before, but `previous` names none; add it, such as \
                        previous = \"satisfaction-2025\"";
            self.mistake(report, &at, what);
        }
        if own.kind != IndicatorKind::Mean {
            if own
                .national_line
                .is_some_and(|line| !(0.0..=1.0).contains(&line))
            {
                let what = "the national line is not a share; write 0.80 for 80 %";
                self.mistake(report, &["national_line".into()], what);
            }
            return;
        }
        let terms = own
            .sections
            .iter()
            .flat_map(|section| &section.terms)
            .chain(&own.terms);
        let (mut low, mut high) = (0.0, 0.0);
        for term in terms {
            let Some((least, most)) = self.range(&term.question) else {
                return;
            };
            let ends = [term.factor * least, term.factor * most];
            low += ends[0].min(ends[1]);
            high += ends[0].max(ends[1]);
        }
        let line = match own.target {
            Some(Target::AtLeast(line)) => Some(("target", line)),
            _ => None,
        };
        let national = own.national_line.map(|line| ("national_line", line));
        for (key, line) in line.into_iter().chain(national) {
            if !(low..=high).contains(&line) {
                let what = format!(
                    "{key} {line} is outside what the answers can give, {low} to {high}; write it \
                     in the unit of the mean"
                );
                self.mistake(report, &[key.into()], &what);
            }
        }
    }

    /// The smallest and the largest number that a question can be answered with.
    fn range(&self, question: &str) -> Option<(f64, f64)> {
        match &self.questionnaire.question(question)?.kind {
            Kind::Integer { min, max, .. } => {
                Some((min.to_string().parse().ok()?, max.to_string().parse().ok()?))
            }
            Kind::Decimal { min, max, .. } => Some((*min, *max)),
            Kind::Single(choices) if is_numeric(choices) => {
                let codes = choices.iter().filter_map(|choice| choice.number());
                let span = |(low, high): (f64, f64), code: f64| (low.min(code), high.max(code));
                Some(codes.fold((f64::INFINITY, f64::NEG_INFINITY), span))
            }
            _ => None,
        }
    }

    /// The items of a share, and the codes that count in them.
    fn share(&self, report: &mut Report<'_>) {
        let mut known: BTreeSet<String> = BTreeSet::new();
        let mut is_listed = true;
        let mut missing: BTreeSet<&str> = BTreeSet::new();
        let mut items: Vec<Item<'_>> = Vec::new();
        for (section, own) in self.indicator.sections.iter().enumerate() {
            let mut seen = BTreeSet::new();
            for (place, item) in own.items.iter().enumerate() {
                let at = [
                    "section".into(),
                    section.into(),
                    "items".into(),
                    place.into(),
                ];
                if !seen.insert(item) {
                    let what = format!("`{item}` is twice in section {}; keep one", own.code);
                    self.mistake(report, &at, &what);
                }
                let Some(question) = self.questionnaire.question(item) else {
                    continue;
                };
                missing.extend(missing_codes(question));
                match answers(question, self.areas) {
                    Some(codes) => {
                        known.extend(codes.iter().map(|code| (*code).to_owned()));
                        items.push(Item {
                            at: at.to_vec(),
                            question,
                            codes,
                        });
                    }
                    None if matches!(question.kind, Kind::Integer { .. }) => is_listed = false,
                    None => {
                        is_listed = false;
                        let what = format!(
                            "the item `{item}` is of the kind `{}`, which no code counts in; use a \
                             question of the kind `single`",
                            question.kind.name()
                        );
                        self.mistake(report, &at, &what);
                    }
                }
            }
        }
        self.constant(report, &items);
        self.codes(report, &missing, is_listed.then_some(&known));
    }

    /// Reports codes that count but are no answers. `known`: all answers to the items, if they can be
    /// listed.
    fn codes(
        &self,
        report: &mut Report<'_>,
        missing: &BTreeSet<&str>,
        known: Option<&BTreeSet<String>>,
    ) {
        let own = self.indicator;
        for (key, codes) in [("counts", &own.counts), ("lenient", &own.lenient)] {
            for (place, code) in codes.iter().enumerate() {
                let code = as_code(code);
                let what = if missing.contains(code.as_ref()) {
                    "is marked as missing in the questionnaire, so it is outside the base; remove it"
                } else if known.is_some_and(|known| !known.contains(code.as_ref())) {
                    "is not an answer to any of its items; use a code of the questionnaire"
                } else if key == "lenient" && own.counts.iter().any(|own| as_code(own) == code) {
                    "counts already; name codes that do not, or remove it"
                } else {
                    continue;
                };
                self.mistake(
                    report,
                    &[key.into(), place.into()],
                    &format!("{key}: `{code}` {what}"),
                );
            }
        }
    }

    /// Reports items whose answers all count, or of which none counts; once if that is so of all.
    fn constant(&self, report: &mut Report<'_>, items: &[Item<'_>]) {
        let counts = &self.indicator.counts;
        if counts.is_empty() {
            return;
        }
        let counts = |code: &&str| counts.iter().any(|counted| as_code(counted) == *code);
        let constant = |item: &&Item<'_>| {
            let n = item.codes.iter().filter(|code| counts(code)).count();
            n == 0 || n == item.codes.len()
        };
        let is_some = |item: &Item<'_>| item.codes.iter().any(&counts);
        let always = |item: &Item<'_>| match is_some(item) {
            true => "100 %: every answer counts",
            false => "0 %: none of its answers counts",
        };
        let found: Vec<&Item<'_>> = items.iter().filter(constant).collect();
        if found.len() == items.len() {
            // If no item has the codes that count, these are reported.
            if items.iter().any(is_some) {
                let what = "every item has always the same value, whatever is answered; correct \
                            counts";
                self.mistake(report, &["counts".into()], what);
            }
            return;
        }
        for item in found {
            let what = format!(
                "the item `{}` is always {}; correct counts, or remove the item",
                item.question.code,
                always(item)
            );
            self.mistake(report, &item.at, &what);
        }
    }

    /// The terms of a mean or a ratio.
    fn terms(&self, report: &mut Report<'_>) {
        let own = self.indicator;
        for (place, term) in own.terms.iter().enumerate() {
            self.term(report, &["term".into(), place.into()], term);
        }
        for (place, term) in own.denominators.iter().enumerate() {
            self.term(report, &["denominator".into(), place.into()], term);
        }
        for (section, sections) in own.sections.iter().enumerate() {
            for (place, term) in sections.terms.iter().enumerate() {
                let at = [
                    "section".into(),
                    section.into(),
                    "term".into(),
                    place.into(),
                ];
                self.term(report, &at, term);
            }
        }
    }

    fn term(&self, report: &mut Report<'_>, at: &[Step<'_>], term: &Term) {
        if !term.factor.is_finite() || term.factor == 0.0 {
            let what = "the factor must be a number other than 0; correct it";
            self.mistake(report, &[at, &["factor".into()]].concat(), what);
        }
        let Some(question) = self.questionnaire.question(&term.question) else {
            return;
        };
        let what = match &question.kind {
            Kind::Integer { .. } | Kind::Decimal { .. } => return,
            Kind::Single(choices) if is_numeric(choices) => {
                let Some(code) = missing_codes(question).next() else {
                    return;
                };
                format!(
                    "has the code {code} for \"don't know\", which would be added up as a number; \
                     use a question of the kind `integer`"
                )
            }
            kind => format!(
                "is of the kind `{}`, which has no numbers to add up; use one of the kind `integer` \
                 or `decimal`",
                kind.name()
            ),
        };
        let what = format!("the question `{}` {what}", question.code);
        self.mistake(report, &[at, &["question".into()]].concat(), &what);
    }

    fn domains(&self, report: &mut Report<'_>, plan: &Plan) {
        let mut seen = BTreeSet::new();
        let is_pool = plan.modes.combine == crate::survey::plan::Combine::Pool;
        for (place, domain) in self.indicator.domains.iter().enumerate() {
            let at = ["domains".into(), place.into()];
            if !seen.insert(domain) {
                let what = format!("the domain `{domain}` is named twice; keep one");
                self.mistake(report, &at, &what);
            }
            if domain == "mode" && !is_pool {
                let what = format!(
                    "indicator {}: the domain `mode` is not shown, because sampled and volunteers \
                     are shown apart; remove it",
                    self.indicator.code
                );
                report.warning(&self.at(&at), &what);
            }
        }
    }
}

fn missing_codes(question: &Question) -> impl Iterator<Item = &str> {
    let choices = question.choices().iter();
    choices
        .filter(|choice| choice.missing)
        .map(|choice| choice.code.as_str())
}
