//! Compares the plan of a wave with the waves and the city plan beside its folder.

use std::path::Path;

use crate::survey::catalogue::Catalogue;
use crate::survey::check_report::Report;
use crate::survey::plan::{Indicator, Plan};

/// Reports waves before that do not exist or have no such indicator, and numbers that the city plan
/// does not have. `path`: the survey folder.
pub(super) fn waves(report: &mut Report<'_>, path: &Path, plan: &Plan, beside: &Catalogue) {
    let own = format!("{}-{}", plan.survey, plan.wave);
    for (place, indicator) in plan.indicators.iter().enumerate() {
        if let Some(previous) = &indicator.previous
            && let Some(what) = wrong_wave(path, plan, &own, indicator, previous, beside)
        {
            let at = ["indicator".into(), place.into(), "previous".into()];
            report.mistake(&at, &format!("indicator {}: {what}", indicator.code));
        }
        let listed = &beside.plan_indicators;
        if let Some(number) = indicator.number
            && !listed.is_empty()
            && !listed.iter().any(|listed| listed.number == number)
        {
            let what = format!(
                "indicator {}: the city plan beside the survey folders has no indicator {number}; \
                 correct the number, or add it to that plan.toml",
                indicator.code
            );
            let at = ["indicator".into(), place.into(), "number".into()];
            report.mistake(&at, &what);
        }
    }
}

/// What is wrong with the wave that an indicator is compared with.
fn wrong_wave(
    path: &Path,
    plan: &Plan,
    own: &str,
    indicator: &Indicator,
    previous: &str,
    beside: &Catalogue,
) -> Option<String> {
    if previous == own {
        return Some(format!(
            "`{previous}` is this wave itself; name the wave before, or remove `previous`"
        ));
    }
    let Some(before) = beside.surveys.get(previous) else {
        // A wave with mistakes of its own is there, but cannot be compared with.
        let folder = path.join("..").join(previous).join("questionnaire.toml");
        return (!folder.is_file()).then(|| {
            format!(
                "there is no survey folder `{previous}` beside this one, so there would be no \
                 comparison; add the folder, or remove `previous`"
            )
        });
    };
    if before.questionnaire.survey == plan.survey && before.questionnaire.wave >= plan.wave {
        return Some(format!(
            "`{previous}` is not before {own}; name an earlier wave"
        ));
    }
    let before = before.plan.as_ref()?;
    let same = before
        .indicators
        .iter()
        .find(|other| other.code == indicator.code);
    match same {
        None => Some(format!(
            "the plan of `{previous}` has no indicator `{}`, so there would be no comparison; give \
             both one code, or remove `previous`",
            indicator.code
        )),
        Some(other) if other.kind != indicator.kind => Some(format!(
            "it is of another kind in `{previous}`, so the two cannot be compared; rename it"
        )),
        Some(_) => None,
    }
}
