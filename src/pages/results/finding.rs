//! What was found, in sentences: the target, the change, the paragraph for the press.

use super::number;
use super::sheet::{Sheet, wave};
use crate::release::figures::{
    ChangeConclusion, Estimate, IndicatorFigures, Presentation, Verdict,
};
use crate::survey::plan::{IndicatorKind, Target};

/// Whether the number itself must not be shown.
pub fn suppressed(estimate: &Estimate) -> bool {
    estimate.presentation == Presentation::Suppress
}

/// The finding in one or two sentences: the figure, the verdict with its reason, the change.
pub fn sentence(sheet: &Sheet<'_>, indicator: &IndicatorFigures) -> String {
    let title = sheet.own(&indicator.title);
    let whole = &indicator.whole;
    if suppressed(whole) {
        return sheet.fill("sentence_suppressed", &[("title", title)]);
    }
    let value = headline_value(sheet, indicator);
    let mut sentence = sheet.fill("sentence", &[("title", title), ("value", &value)]);
    let verdict = verdict_clause(sheet, indicator);
    let change = change_clause(sheet, indicator);
    for clause in [verdict, change].into_iter().flatten() {
        sentence.push_str(&sheet.say("then"));
        sentence.push_str(&clause);
    }
    sentence.push_str(&sheet.say("stop"));
    sentence
}

/// The big figure in words, with its unit and enough decimals beside its target.
pub fn headline_value(sheet: &Sheet<'_>, indicator: &IndicatorFigures) -> String {
    let whole = &indicator.whole;
    let decimals = number::decimals(
        indicator.kind,
        whole.estimate,
        number::line(indicator.target),
        1,
    );
    sheet.with_unit(indicator, whole.estimate, decimals)
}

/// The verdict and why; `None` if nothing was promised.
fn verdict_clause(sheet: &Sheet<'_>, indicator: &IndicatorFigures) -> Option<String> {
    let verdict = indicator.whole.verdict?;
    Some(match (indicator.target, verdict) {
        (Some(Target::AtLeast(line)), Verdict::Suppressed) => {
            let line = number::threshold(indicator.kind, line);
            let least = indicator
                .minimum_sample
                .filter(|least| sheet.figures.n < *least);
            match least {
                Some(least) => sheet.fill(
                    "too_few_for_target",
                    &[
                        ("line", &line),
                        ("n", &number::count(sheet.figures.n)),
                        ("least", &number::count(least)),
                    ],
                ),
                None => sheet.fill("unjudged_target", &[("line", &line)]),
            }
        }
        (Some(Target::AtLeast(line)), verdict) => {
            let key = match verdict {
                Verdict::Met => "target_met",
                Verdict::NotMet => "target_not_met",
                Verdict::Inconclusive | Verdict::Suppressed => "target_open",
            };
            let target = number::threshold(indicator.kind, line);
            let reason = reason(sheet, indicator).map_or_else(String::new, |reason| {
                sheet.fill("in_brackets", &[("words", &reason)])
            });
            format!("{}{reason}", sheet.fill(key, &[("line", &target)]))
        }
        (_, Verdict::Met) => sheet.say("below_met"),
        (_, Verdict::NotMet) => sheet.say("below_not_met"),
        (_, Verdict::Inconclusive) => sheet.say("below_open"),
        (_, Verdict::Suppressed) => sheet.say("unjudged"),
    })
}

/// The bound that decided, beside the target it was held against.
pub fn reason(sheet: &Sheet<'_>, indicator: &IndicatorFigures) -> Option<String> {
    let (lower, upper) = indicator.whole.decision?;
    let line = number::line(indicator.target)?;
    let shown = |bound: f64| {
        number::value(
            indicator.kind,
            bound,
            number::decimals(indicator.kind, bound, Some(line), 1),
        )
    };
    let key = match indicator.whole.verdict? {
        Verdict::Met => "reason_met",
        Verdict::NotMet => "reason_not_met",
        Verdict::Inconclusive => "reason_open",
        Verdict::Suppressed => return None,
    };
    Some(sheet.fill(
        key,
        &[
            ("lower", &shown(lower)),
            ("upper", &shown(upper)),
            ("line", &number::threshold(indicator.kind, line)),
        ],
    ))
}

/// The change since the wave before; `None` without one, or where a number of it must not be shown.
pub fn change_clause(sheet: &Sheet<'_>, indicator: &IndicatorFigures) -> Option<String> {
    let change = indicator
        .change
        .as_ref()
        .filter(|_| change_is_shown(indicator))?;
    let key = match change.conclusion {
        ChangeConclusion::Rose => "rose",
        ChangeConclusion::Fell => "fell",
        ChangeConclusion::NoSignificantChange => "steady",
    };
    let size = number::amount(
        sheet.language,
        indicator.kind,
        sheet.own(&indicator.unit),
        change.difference.abs(),
    );
    Some(sheet.fill(key, &[("wave", wave(&change.previous)), ("size", &size)]))
}

/// A difference gives away a suppressed side of it.
pub fn change_is_shown(indicator: &IndicatorFigures) -> bool {
    let known = indicator.change.as_ref().is_some_and(|change| {
        change.difference.is_finite() && change.std_error.is_finite() && change.p_value.is_finite()
    });
    known
        && !suppressed(&indicator.whole)
        && indicator
            .trend
            .iter()
            .rev()
            .take(2)
            .all(|(_, estimate)| !suppressed(estimate))
}

/// Half the width of the interval, as the margin of error: its size and its unit.
pub fn margin(sheet: &Sheet<'_>, indicator: &IndicatorFigures) -> (String, String) {
    let half = (indicator.whole.upper - indicator.whole.lower) / 2.0;
    let unit = match indicator.kind {
        IndicatorKind::Share | IndicatorKind::Ratio => sheet.say("points"),
        IndicatorKind::Mean => sheet.own(&indicator.unit).to_owned(),
    };
    let size = number::bare_difference(indicator.kind, half);
    (format!("±{}", size.trim_start_matches('+')), unit)
}

/// A paragraph that can be printed as it stands.
pub fn press(sheet: &Sheet<'_>, headlines: &[&IndicatorFigures]) -> String {
    let figures = sheet.figures;
    let modes: Vec<String> = sheet
        .modes()
        .into_iter()
        .map(|(mode, n)| {
            sheet.fill(
                "mode_count",
                &[
                    ("mode", &sheet.say(&format!("mode_{mode}"))),
                    ("n", &number::count(n)),
                ],
            )
        })
        .collect();
    let modes: Vec<&str> = modes.iter().map(String::as_str).collect();
    let modes = sheet.list(&modes);
    let mut paragraph = sheet.fill(
        "press_start",
        &[
            ("agency", sheet.own(&figures.agency)),
            ("title", sheet.own(&figures.title)),
        ],
    );
    for indicator in headlines {
        paragraph.push_str(&sheet.say("space"));
        paragraph.push_str(&sentence(sheet, indicator));
    }
    let key = if figures.weighting.is_some() {
        "press_weighted"
    } else {
        "press_plain"
    };
    paragraph.push_str(&sheet.say("space"));
    paragraph.push_str(&sheet.fill(
        key,
        &[
            ("opens", &number::day(sheet.language, &figures.period.0)),
            ("closes", &number::day(sheet.language, &figures.period.1)),
            ("n", &number::count(figures.n)),
            ("modes", &modes),
        ],
    ));
    let judged = headlines.iter().find(|indicator| {
        !suppressed(&indicator.whole)
            && indicator.whole.upper.is_finite()
            && indicator.kind != IndicatorKind::Mean
    });
    if let Some(indicator) = judged {
        let (size, unit) = margin(sheet, indicator);
        paragraph.push_str(&sheet.say("space"));
        paragraph.push_str(&sheet.fill("press_margin", &[("margin", &format!("{size} {unit}"))]));
    }
    paragraph
}
