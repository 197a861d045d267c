//! Where in the figures of an indicator each cell is shown.

use crate::disclosure::Disclosed;
use crate::release::cells::{WHOLE, level};
use crate::release::figures::IndicatorFigures;
use crate::release::measures::reading;
use crate::release::scenarios::{VOLUNTEERS_WITH_HELD, WITH_HELD};

/// The measure and the cell that an estimate is of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CellName {
    /// Name of the measure.
    pub measure: String,
    /// Name of the cell.
    pub cell: String,
}

impl CellName {
    /// A name.
    #[must_use]
    pub fn new(measure: impl Into<String>, cell: impl Into<String>) -> CellName {
        CellName {
            measure: measure.into(),
            cell: cell.into(),
        }
    }
}

/// Calls `with` for each estimate of an indicator and the cells that it is of, most important first.
/// The figures of earlier waves are none of them.
pub fn each(indicator: &mut IndicatorFigures, with: &mut dyn FnMut(&[CellName], &mut Disclosed)) {
    let code = indicator.code.clone();
    let own = |cell: String| CellName::new(&code, cell);
    let whole = || own(WHOLE.to_owned());
    with(&[whole()], &mut indicator.whole);
    if let Some((_, estimate)) = indicator.trend.last_mut() {
        with(&[whole()], estimate);
    }
    if let Some(parts) = &mut indicator.parts {
        with(&[own("part:sampled".to_owned())], &mut parts.sampled);
        with(&[own("part:volunteer".to_owned())], &mut parts.volunteer);
        with(&[own("part:blend".to_owned())], &mut parts.blend);
        if let Some(estimate) = &mut parts.volunteer_with_held {
            with(&[own(format!("choice:{VOLUNTEERS_WITH_HELD}"))], estimate);
        }
    }
    for table in &mut indicator.domains {
        for row in &mut table.rows {
            with(
                &[own(level(&table.dimension, &row.level))],
                &mut row.estimate,
            );
        }
    }
    for section in &mut indicator.sections {
        let name = format!("{code}/{}", section.code);
        let estimate = match section.code.as_str() {
            "parts" => whole(),
            _ => CellName::new(&name, WHOLE),
        };
        with(&[estimate], &mut section.estimate);
        for item in &mut section.items {
            let name = CellName::new(format!("{name}/{}", item.code), WHOLE);
            with(&[name], &mut item.estimate);
        }
    }
    beside(indicator, with);
}

/// The same for what stands beside the headline.
fn beside(indicator: &mut IndicatorFigures, with: &mut dyn FnMut(&[CellName], &mut Disclosed)) {
    let code = indicator.code.clone();
    let own = |cell: String| CellName::new(&code, cell);
    let whole = || own(WHOLE.to_owned());
    let dont_know = CellName::new(reading(&code, "dont_know"), WHOLE);
    if let Some(own) = &mut indicator.dont_know {
        let both = [whole(), dont_know.clone()];
        with(&both, &mut own.share);
        with(&both, &mut own.all_against);
        with(&both, &mut own.all_for);
    }
    for choice in &mut indicator.sensitivity {
        let names = match choice.code.as_str() {
            "calibrated" | "pooled" => vec![own("part:blend".to_owned())],
            "onsite" | "unflagged" | WITH_HELD => vec![own(format!("choice:{}", choice.code))],
            "lenient" => vec![whole(), CellName::new(reading(&code, "lenient"), WHOLE)],
            "all_against" | "all_for" => vec![whole(), dont_know.clone()],
            _ => vec![own("part:sampled".to_owned())],
        };
        with(&names, &mut choice.estimate);
    }
    let of_all = match indicator.parts {
        Some(_) => "part:volunteer",
        None => WHOLE,
    };
    for effect in &mut indicator.channels {
        let without = own(format!("without:{}", effect.code));
        with(&[own(of_all.to_owned())], &mut effect.with);
        with(std::slice::from_ref(&without), &mut effect.without);
        if let Some(headline) = &mut effect.headline_without {
            with(&[whole(), without], headline);
        }
    }
}
